//! Writing so that a crash shows either the old or the new, never something between.

use anyhow::{Context as _, Result, bail};
use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::Path;

/// Writes a file that is not there yet and makes it read-only.
pub(crate) fn write_new(path: &Path, content: &[u8], executable: bool) -> Result<()> {
    let write = || -> std::io::Result<()> {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        let mut file = File::create_new(path)?;
        file.write_all(content)?;
        seal(&file, executable)
    };
    write().map_err(|error| failed(error, path))
}

/// What went wrong with a file of the store, with advice where there is some.
pub(crate) fn failed(error: std::io::Error, path: &Path) -> anyhow::Error {
    let hint = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "\nhint: free some space (`cargo xtask store gc` helps), or set BERING_CACHE to a directory on another disk"
        }
        ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => {
            "\nhint: set BERING_CACHE to a directory that can be written"
        }
        _ => "",
    };
    anyhow::anyhow!("`{}` cannot be written: {error}{hint}", path.display())
}

/// Takes away the right to write to a file.
pub(crate) fn seal(file: &File, executable: bool) -> std::io::Result<()> {
    let mut permissions = file.metadata()?.permissions();
    #[cfg(unix)]
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, if executable { 0o555 } else { 0o444 });
    #[cfg(not(unix))]
    {
        let _ = executable;
        permissions.set_readonly(true);
    }
    file.set_permissions(permissions)
}

/// Renames a finished directory into its bucket after everything in it has reached the disk.
///
/// If somebody else put the same name there first, theirs stays: equal names have equal content.
pub(crate) fn publish_dir(from: &Path, to: &Path) -> Result<()> {
    flush_tree(from)?;
    match fs::rename(from, to) {
        Ok(()) => {}
        Err(_) if to.is_dir() => remove_tree(from)?,
        Err(error) => {
            let text = format!("`{}` cannot be renamed to `{}`", from.display(), to.display());
            return Err(error).context(text);
        }
    }
    flush_dir(to.parent());
    Ok(())
}

/// Renames a finished file into its bucket after its content has reached the disk.
pub(crate) fn publish_file(file: &File, from: &Path, to: &Path) -> Result<()> {
    file.sync_all().with_context(|| format!("`{}` cannot be flushed", from.display()))?;
    fs::rename(from, to)
        .with_context(|| format!("`{}` cannot be renamed to `{}`", from.display(), to.display()))?;
    flush_dir(to.parent());
    Ok(())
}

/// More files than this are flushed with one call for the whole file system.
#[cfg(target_os = "linux")]
const FEW: usize = 64;

/// Gets every file under `root` to the disk.
fn flush_tree(root: &Path) -> Result<()> {
    let mut files = Vec::new();
    collect_files(root, &mut files).with_context(|| format!("`{}` cannot be read", root.display()))?;
    #[cfg(target_os = "linux")]
    if files.len() > FEW {
        // A header set has thousands of small files, at milliseconds for each `fsync`.
        let dir = File::open(root).with_context(|| format!("`{}` cannot be opened", root.display()))?;
        return rustix::fs::syncfs(&dir).with_context(|| format!("`{}` cannot be flushed", root.display()));
    }
    for file in files {
        let flushed = File::open(&file).and_then(|open| open.sync_all());
        flushed.with_context(|| format!("`{}` cannot be flushed", file.display()))?;
    }
    Ok(())
}

fn collect_files(dir: &Path, files: &mut Vec<std::path::PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            collect_files(&entry.path(), files)?;
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
    Ok(())
}

/// Best effort: not every file system lets a directory be flushed, and the rename itself is atomic either way.
fn flush_dir(dir: Option<&Path>) {
    if let Some(Ok(dir)) = dir.map(File::open) {
        let _ = dir.sync_all();
    }
}

/// Removes a file or a directory with all that is in it; that it is not there is no error.
pub(crate) fn remove_tree(path: &Path) -> Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("`{}` cannot be removed", path.display()))
        }
        _ => Ok(()),
    }
}

/// Points `link` at `target` in one step: readers see the old target or the new one.
///
/// # Errors
/// If something that is not a link is in the way; it is left alone.
pub(crate) fn swap_link(target: &Path, link: &Path) -> Result<()> {
    match fs::symlink_metadata(link) {
        Ok(found) if !found.is_symlink() => bail!(
            "`{}` is not a link, so it was left alone\nhint: move it away, then run the command again",
            link.display()
        ),
        _ => {}
    }
    let mut fresh = link.as_os_str().to_owned();
    fresh.push(".new");
    let fresh = Path::new(&fresh);
    // Two set-ups in one checkout take this name from each other; the loser starts again.
    for _ in 0..100 {
        remove_tree(fresh)?;
        match symlink(target, fresh).and_then(|()| fs::rename(fresh, link)) {
            Ok(()) => return Ok(()),
            Err(error) if matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::NotFound) => {}
            Err(error) => {
                return Err(error).with_context(|| format!("the link `{}` cannot be made", link.display()));
            }
        }
    }
    bail!("the link `{}` cannot be made: another process keeps replacing it", link.display())
}

/// A symbolic link to a directory or file.
pub(crate) fn symlink(target: &Path, link: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    return std::os::unix::fs::symlink(target, link);
    #[cfg(windows)]
    return std::os::windows::fs::symlink_dir(target, link);
}

/// The bytes of all files under `path`.
pub(crate) fn disk_use(path: &Path) -> u64 {
    let Ok(found) = fs::symlink_metadata(path) else { return 0 };
    if !found.is_dir() {
        return found.len();
    }
    let Ok(entries) = fs::read_dir(path) else { return 0 };
    entries.flatten().map(|entry| disk_use(&entry.path())).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_swapped_and_other_things_are_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let link = dir.path().join("link");
        swap_link(Path::new("one"), &link).unwrap();
        swap_link(Path::new("two"), &link).unwrap();
        assert_eq!(fs::read_link(&link).unwrap(), Path::new("two"));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);

        let real = dir.path().join("real");
        fs::create_dir(&real).unwrap();
        assert!(swap_link(Path::new("one"), &real).unwrap_err().to_string().contains("is not a link"));
        assert!(real.is_dir());
    }

    #[test]
    fn many_threads_may_swap_one_link() {
        let dir = tempfile::tempdir().unwrap();
        let link = dir.path().join("link");
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..20).for_each(|_| swap_link(Path::new("same"), &link).unwrap()));
            }
        });
        assert_eq!(fs::read_link(&link).unwrap(), Path::new("same"));
    }

    #[test]
    fn the_first_of_two_equal_directories_stays() {
        let dir = tempfile::tempdir().unwrap();
        let (first, second, place) = (dir.path().join("1"), dir.path().join("2"), dir.path().join("place"));
        write_new(&first.join("file"), b"1", false).unwrap();
        write_new(&second.join("file"), b"2", false).unwrap();
        publish_dir(&first, &place).unwrap();
        publish_dir(&second, &place).unwrap();
        assert_eq!(fs::read(place.join("file")).unwrap(), b"1");
        assert!(!second.exists());
    }
}
