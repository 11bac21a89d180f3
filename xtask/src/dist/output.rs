//! The directory that distributions are put into: made whole beside their final names, then renamed.
//!
//! Whoever is killed leaves `.NAME.partial`, which the next run for that name removes; a final name is whole or is not there.

use super::oci::LAYOUT_FILE;
use super::tree::SUMS;
use crate::store::durable;
use anyhow::{Context as _, Result, anyhow, bail};
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// An output directory that this process may write to, and no other `dist` at the same time.
#[derive(Debug)]
pub(crate) struct Output {
    directory: PathBuf,
    name: String,
    /// Its lock is released when it is closed, however this process ends.
    _guard: File,
}

impl Output {
    /// Makes the directory if need be, and the empty one to work in.
    ///
    /// # Errors
    /// If it cannot be written, or something that is no distribution lies where one is to go.
    pub(crate) fn open(directory: &Path, name: &str) -> Result<Self> {
        let directory = std::path::absolute(directory)?;
        fs::create_dir_all(&directory).map_err(|error| failed(error, &directory))?;
        let guard = File::open(&directory).map_err(|error| failed(error, &directory))?;
        if guard.try_lock().is_err() {
            eprintln!("waiting for another process that writes to `{}`", directory.display());
            guard.lock().with_context(|| format!("`{}` cannot be locked", directory.display()))?;
        }
        let output = Self { directory, name: name.to_owned(), _guard: guard };
        durable::remove_tree(&output.work())?;
        fs::create_dir(output.work()).map_err(|error| failed(error, &output.work()))?;
        Ok(output)
    }

    /// Where things are made; on the same file system as their final places.
    pub(crate) fn work(&self) -> PathBuf {
        self.directory.join(format!(".{}.partial", self.name))
    }

    /// Where something of this name will lie.
    pub(crate) fn place(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// Refuses to replace what is not a distribution.
    pub(crate) fn check_replaceable(&self, name: &str) -> Result<()> {
        let place = self.place(name);
        let Ok(found) = fs::symlink_metadata(&place) else { return Ok(()) };
        let ours = match name == self.name || name.ends_with(".oci") {
            true => found.is_dir() && [SUMS, LAYOUT_FILE].iter().any(|file| place.join(file).is_file()),
            false => found.is_file(),
        };
        if ours {
            return Ok(());
        }
        bail!(
            "`{}` is no distribution, so it was left alone\nhint: move it away, or choose another directory with `-o`",
            place.display()
        )
    }

    /// Gives what was made under `name` in the work directory its final name, in place of an earlier one.
    pub(crate) fn publish(&self, name: &str) -> Result<PathBuf> {
        self.check_replaceable(name)?;
        let (made, place) = (self.work().join(name), self.place(name));
        if made.is_dir() {
            if place.exists() {
                let old = self.work().join(format!("{name}.old"));
                fs::rename(&place, old).map_err(|error| failed(error, &place))?;
            }
            durable::publish_dir(&made, &place)?;
        } else {
            let file = File::open(&made).map_err(|error| failed(error, &made))?;
            durable::publish_file(&file, &made, &place)?;
        }
        Ok(place)
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        // What cannot be removed now is removed by the next run.
        let _ = durable::remove_tree(&self.work());
    }
}

/// What went wrong with a file of the output, with advice where there is some.
pub(crate) fn failed(error: std::io::Error, path: &Path) -> anyhow::Error {
    let hint = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            "\nhint: free some space, or choose a directory on another disk with `-o`"
        }
        ErrorKind::ReadOnlyFilesystem
        | ErrorKind::PermissionDenied
        | ErrorKind::NotADirectory
        | ErrorKind::AlreadyExists => "\nhint: choose a directory that can be written with `-o`",
        _ => "",
    };
    anyhow!("`{}` cannot be written: {error}{hint}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: &Path, text: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn a_distribution_is_replaced_and_anything_else_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        for text in ["one", "two"] {
            let output = Output::open(dir.path(), "demo").unwrap();
            write(&output.work().join("demo").join(SUMS), text);
            output.publish("demo").unwrap();
        }
        assert_eq!(fs::read_to_string(dir.path().join("demo").join(SUMS)).unwrap(), "two");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing else stays");
        write(&dir.path().join("other/precious"), "mine");
        let output = Output::open(dir.path(), "other").unwrap();
        let error = output.check_replaceable("other").unwrap_err().to_string();
        assert!(error.contains("no distribution") && error.contains("hint: "), "{error}");
    }
}
