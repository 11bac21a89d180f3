//! What a distribution consists of, before anything is written: which file lies where, and where its bytes come from.

use super::output::failed;
use crate::sha256::{self, Hasher};
use crate::unpack;
use anyhow::{Context as _, Result, bail};
use bering_build::lock::Sha256;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File as Handle;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

/// The name of the list of hashes; it is in the form that `sha256sum -c` reads.
pub(crate) const SUMS: &str = "SHA256SUMS";

/// Files by their path in the distribution.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    files: BTreeMap<String, File>,
}

/// One file.
#[derive(Debug, Clone)]
pub(crate) struct File {
    pub(crate) content: Content,
    pub(crate) part: Part,
    pub(crate) executable: bool,
    /// The file was built here, so that it may carry symbols and paths that are to go.
    pub(crate) built: bool,
}

#[derive(Debug, Clone)]
pub(crate) enum Content {
    /// The bytes of another file.
    Path(PathBuf),
    Bytes(Vec<u8>),
}

/// What a file belongs to; what changes seldom comes first. A part becomes one layer of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    Libraries,
    Model,
    Program,
}

impl File {
    pub(crate) fn of(path: impl Into<PathBuf>, part: Part) -> Self {
        Self { content: Content::Path(path.into()), part, executable: false, built: false }
    }

    pub(crate) fn text(text: String, part: Part) -> Self {
        Self { content: Content::Bytes(text.into_bytes()), part, executable: false, built: false }
    }

    pub(crate) fn built(path: impl Into<PathBuf>, part: Part) -> Self {
        Self { executable: true, built: true, ..Self::of(path, part) }
    }
}

impl Tree {
    /// # Errors
    /// If another file lies there.
    pub(crate) fn insert(&mut self, path: impl Into<String>, file: File) -> Result<()> {
        let path = path.into();
        if self.files.contains_key(&path) {
            bail!("two files of the distribution would lie at `{path}`");
        }
        self.files.insert(path, file);
        Ok(())
    }

    pub(crate) fn get(&self, path: &str) -> Option<&File> {
        self.files.get(path)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &File)> {
        self.files.iter().map(|(path, file)| (path.as_str(), file))
    }

    /// Writes everything below `root`, an empty directory, and the list of hashes last.
    pub(crate) fn write(&mut self, root: &Path) -> Result<()> {
        let mut sums = String::new();
        for (path, file) in &self.files {
            let place = root.join(path);
            let hash = file.write(&place)?;
            // Writing to a string cannot fail.
            let _ = writeln!(sums, "{hash}  {path}");
        }
        let sums = File::text(sums, Part::Program);
        sums.write(&root.join(SUMS))?;
        self.insert(SUMS, sums)
    }
}

impl File {
    fn write(&self, place: &Path) -> Result<Sha256> {
        let written = |error: std::io::Error| failed(error, place);
        if let Some(parent) = place.parent() {
            std::fs::create_dir_all(parent).map_err(written)?;
        }
        let mut to =
            Handle::options().read(true).write(true).create_new(true).open(place).map_err(written)?;
        let hash = match &self.content {
            Content::Bytes(bytes) => {
                to.write_all(bytes).map_err(written)?;
                sha256::of(bytes)
            }
            Content::Path(from) => copy(from, &mut to, place)?,
        };
        let hash = if self.built { reduced(&mut to, place)?.unwrap_or(hash) } else { hash };
        set_mode(&to, if self.executable { 0o755 } else { 0o644 }).map_err(written)?;
        Ok(hash)
    }
}

fn copy(from: &Path, to: &mut Handle, place: &Path) -> Result<Sha256> {
    let unreadable = || format!("`{}` cannot be read", from.display());
    let mut source = Handle::open(from).with_context(unreadable)?;
    let mut hasher = Hasher::default();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match source.read(&mut buffer).with_context(unreadable)? {
            0 => return Ok(hasher.finish()),
            count => {
                hasher.update(&buffer[..count]);
                to.write_all(&buffer[..count]).map_err(|error| failed(error, place))?;
            }
        }
    }
}

/// Takes the symbols and debug data out of what was built here; the new hash if there were any.
fn reduced(file: &mut Handle, place: &Path) -> Result<Option<Sha256>> {
    if !unpack::reduce(file).with_context(|| format!("`{}`", place.display()))? {
        return Ok(None);
    }
    let (hash, _) = sha256::of_file(place).with_context(|| format!("`{}`", place.display()))?;
    Ok(Some(hash))
}

#[cfg(unix)]
fn set_mode(file: &Handle, mode: u32) -> std::io::Result<()> {
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(mode))
}

#[cfg(not(unix))]
fn set_mode(_file: &Handle, _mode: u32) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_hashes_names_every_other_file_in_order() {
        let dir = tempfile::tempdir().unwrap();
        let from = dir.path().join("two");
        std::fs::write(&from, "2").unwrap();
        let mut tree = Tree::default();
        tree.insert("z", File::text("z".into(), Part::Program)).unwrap();
        tree.insert("a/b/two", File::of(from, Part::Model)).unwrap();
        assert!(tree.insert("z", File::text(String::new(), Part::Program)).is_err());
        let root = dir.path().join("root");
        tree.write(&root).unwrap();
        let sums = std::fs::read_to_string(root.join(SUMS)).unwrap();
        let expected = format!("{}  a/b/two\n{}  z\n", sha256::of(b"2"), sha256::of(b"z"));
        assert_eq!(sums, expected);
    }
}
