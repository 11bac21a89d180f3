//! Locks between processes: `flock` on files of the store, released by the kernel however the holder ends.

use super::durable;
use anyhow::{Context as _, Result};
use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

/// Held until it is dropped.
#[derive(Debug)]
pub(crate) struct Guard {
    _file: File,
}

/// `waiting` is called once if somebody else holds the lock.
pub(crate) fn exclusive(path: &Path, waiting: impl FnOnce()) -> Result<Guard> {
    acquire(path, waiting, File::try_lock, File::lock)
}

pub(crate) fn shared(path: &Path, waiting: impl FnOnce()) -> Result<Guard> {
    acquire(path, waiting, File::try_lock_shared, File::lock_shared)
}

fn acquire(
    path: &Path,
    waiting: impl FnOnce(),
    attempt: fn(&File) -> Result<(), TryLockError>,
    wait: fn(&File) -> std::io::Result<()>,
) -> Result<Guard> {
    let open = || OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
    let file = open().map_err(|error| durable::failed(error, path))?;
    match attempt(&file) {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            waiting();
            wait(&file).with_context(|| format!("`{}` cannot be locked", path.display()))?;
        }
        Err(TryLockError::Error(error)) => {
            return Err(error).with_context(|| format!("`{}` cannot be locked", path.display()));
        }
    }
    Ok(Guard { _file: file })
}

#[cfg(test)]
mod tests {
    use super::{exclusive, shared};
    use std::sync::atomic::{AtomicBool, Ordering};

    #[test]
    fn an_exclusive_lock_waits_for_the_shared_ones() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.lock");
        let first = shared(&path, || ()).unwrap();
        let second = shared(&path, || ()).unwrap();
        let released = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let waiter = scope.spawn(|| {
                let _guard = exclusive(&path, || ()).unwrap();
                released.load(Ordering::SeqCst)
            });
            drop(first);
            released.store(true, Ordering::SeqCst);
            drop(second);
            assert!(waiter.join().unwrap(), "the exclusive lock was granted beside a shared one");
        });
    }
}
