//! Compiled programs kept on disk, so that the next process need not compile them.
//!
//! One file an entry, named by a hash of everything that decides what the compiler makes (see [`key`]):
//! `<directory>/executables-v1/<two hex digits>/<the other sixty-two>`. A file is written under another name and renamed,
//! so readers see whole entries or none, whichever processes share the directory; it carries a checksum, so a damaged
//! one is noticed, recompiled and replaced. Beside executables there are texts: programs from elsewhere, as read before. The
//! cache only saves time: whatever goes wrong with its files (no permission, no room, no directory) the program is compiled, and
//! [`CacheStatistics`] says what happened.

mod entry;
mod key;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};
use std::{fs, io};

use crate::client::Client;
use crate::error::Result;
use crate::executable::{Executable, Origin};
use crate::options::CompileOptions;
use crate::plugin::Plugin;
use crate::program::Program;
use crate::raw::RawExecutable;
use entry::Entry;

pub(crate) use key::libraries;

/// The layout of the directory and of entries: another layout gets another name, and ignores what older ones left.
const BUCKET: &str = "executables-v1";
/// How files are called until they are complete.
const TEMPORARY: &str = "tmp-";
/// After this long a temporary file was left by a process that died.
const STALE: Duration = Duration::from_secs(3600);

/// A directory of compiled programs, shared by processes.
#[derive(Debug)]
pub struct CompileCache {
    bucket: PathBuf,
    limit: u64,
    counters: Counters,
}

#[derive(Debug, Default)]
struct Counters {
    hits: AtomicU64,
    misses: AtomicU64,
    corrupt: AtomicU64,
    unwritten: AtomicU64,
}

/// What a cache did since it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheStatistics {
    /// Programs that were loaded.
    pub hits: u64,
    /// Programs that were compiled, corrupt ones included.
    pub misses: u64,
    /// Entries that were damaged or that the plugin did not accept, and were dropped.
    pub corrupt: u64,
    /// Compiled programs that could not be kept: no permission, no room, or a plugin that does not serialize.
    pub unwritten: u64,
}

impl CompileCache {
    /// The cache in `directory`, which is made when the first entry is written.
    pub fn new(directory: impl Into<PathBuf>) -> CompileCache {
        CompileCache { bucket: directory.into().join(BUCKET), limit: 1 << 30, counters: Counters::default() }
    }

    /// Bounds the size of all entries together, 1 GiB if nothing is said: beyond it the least recently used ones go.
    pub fn with_limit(mut self, bytes: u64) -> CompileCache {
        self.limit = bytes;
        self
    }

    /// What happened so far.
    pub fn statistics(&self) -> CacheStatistics {
        let counters = &self.counters;
        CacheStatistics {
            hits: counters.hits.load(Ordering::Relaxed),
            misses: counters.misses.load(Ordering::Relaxed),
            corrupt: counters.corrupt.load(Ordering::Relaxed),
            unwritten: counters.unwritten.load(Ordering::Relaxed),
        }
    }

    /// Loads the program if this cache has it, else compiles and keeps it; [`Executable::origin`] tells which.
    ///
    /// With `BERING_DUMP` set every program is compiled, as a dump is made by the compiler.
    ///
    /// # Errors
    /// As [`Client::compile`]; the cache itself never fails.
    pub fn compile<'a>(
        &self,
        client: &Client,
        program: impl Into<Program<'a>>,
        options: &CompileOptions,
    ) -> Result<Executable> {
        let program = program.into();
        if crate::dump::directory().is_some() {
            return client.compile(program, options);
        }
        let Ok(encoded) = options.encode() else {
            // The compiler's own path says what is wrong with the options.
            return client.compile(program, options);
        };
        let file = self.file(&key::program(client, &program, &encoded));
        if let Some(executable) = self.load(client, &file) {
            count(&self.counters.hits);
            return Ok(executable);
        }
        let executable = client.compile(program, options)?;
        count(&self.counters.misses);
        if !self.store(&executable, &file) {
            count(&self.counters.unwritten);
        }
        Ok(executable)
    }

    /// The text of a program as `plugin` prints it, from here if this cache has it, else made and kept.
    ///
    /// Bytecode from elsewhere is read in a process of its own, which takes longer than all else that a start needs.
    ///
    /// # Errors
    /// What `make` fails with; the cache itself never fails.
    pub fn text(
        &self,
        plugin: &Plugin,
        program: &Program<'_>,
        make: impl FnOnce() -> Result<String>,
    ) -> Result<String> {
        let file = self.file(&key::text(plugin, program));
        if let Some(text) = read_text(&file) {
            let _ = touch(&file);
            return Ok(text);
        }
        let text = make()?;
        self.write(&Entry { signature: None, payload: text.as_bytes() }, &file);
        Ok(text)
    }

    fn file(&self, key: &str) -> PathBuf {
        self.bucket.join(&key[..2]).join(&key[2..])
    }

    fn load(&self, client: &Client, file: &Path) -> Option<Executable> {
        let bytes = fs::read(file).ok()?;
        let executable = Entry::read(&bytes).and_then(|entry| {
            let raw = RawExecutable::deserialize(client.handle(), entry.payload).ok()?;
            Executable::new(raw, Origin::Deserialized, entry.signature).ok()
        });
        match &executable {
            // The time of modification is the time of use: what trimming goes by.
            Some(_) => drop(touch(file)),
            None => {
                count(&self.counters.corrupt);
                let _ = fs::remove_file(file);
            }
        }
        executable
    }

    fn store(&self, executable: &Executable, file: &Path) -> bool {
        let Ok(payload) = executable.serialize() else { return false };
        self.write(&Entry { signature: executable.signature(), payload: &payload }, file)
    }

    /// Whether the entry could be kept.
    fn write(&self, entry: &Entry<'_>, file: &Path) -> bool {
        let bytes = entry.write();
        if bytes.len() as u64 > self.limit {
            return false;
        }
        let written = write_atomically(file, &bytes).is_ok();
        if written {
            let _ = self.trim(file);
        }
        written
    }

    /// Removes the least recently used entries beyond the limit, and what dead processes left. `newest` stays.
    fn trim(&self, newest: &Path) -> io::Result<()> {
        let mut entries = Vec::new();
        let mut total = 0u64;
        for directory in fs::read_dir(&self.bucket)? {
            let Ok(files) = fs::read_dir(directory?.path()) else { continue };
            for file in files {
                // Another process may remove a file between the listing and the look at it.
                let Ok(file) = file else { continue };
                let Ok(metadata) = file.metadata() else { continue };
                let used = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                if file.file_name().to_string_lossy().starts_with(TEMPORARY) {
                    if used.elapsed().is_ok_and(|age| age > STALE) {
                        let _ = fs::remove_file(file.path());
                    }
                    continue;
                }
                total += metadata.len();
                entries.push((used, metadata.len(), file.path()));
            }
        }
        if total <= self.limit {
            return Ok(());
        }
        entries.sort();
        // A tenth below the limit, so that not every write has to trim.
        let target = self.limit - self.limit / 10;
        for (_, size, file) in entries {
            if total <= target {
                break;
            }
            if file != newest && fs::remove_file(&file).is_ok() {
                total -= size;
            }
        }
        Ok(())
    }
}

fn read_text(file: &Path) -> Option<String> {
    let bytes = fs::read(file).ok()?;
    String::from_utf8(Entry::read(&bytes)?.payload.to_vec()).ok()
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

fn touch(file: &Path) -> io::Result<()> {
    fs::File::options().append(true).open(file)?.set_modified(SystemTime::now())
}

/// Writes a file under another name in its directory and renames it.
///
/// It is not synced: after a power cut an entry may be damaged, which its checksum tells.
fn write_atomically(file: &Path, bytes: &[u8]) -> io::Result<()> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let directory = file.parent().ok_or(io::ErrorKind::InvalidInput)?;
    fs::create_dir_all(directory)?;
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let temporary = directory.join(format!("{TEMPORARY}{}-{number}", std::process::id()));
    let written = fs::write(&temporary, bytes).and_then(|()| fs::rename(&temporary, file));
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    fn temporary_directory() -> tempfile::TempDir {
        tempfile::tempdir().expect("a directory for temporary files")
    }

    /// Writes an entry that was last used `age` seconds ago.
    fn place(cache: &CompileCache, name: &str, size: usize, age: u64) -> PathBuf {
        let file = cache.bucket.join("00").join(name);
        write_atomically(&file, &vec![0; size]).expect("writable");
        let used = SystemTime::now() - Duration::from_secs(age);
        fs::File::options()
            .append(true)
            .open(&file)
            .and_then(|file| file.set_modified(used))
            .expect("writable");
        file
    }

    #[test]
    fn the_least_recently_used_go_first() {
        let directory = temporary_directory();
        let cache = CompileCache::new(directory.path()).with_limit(1000);
        let oldest = place(&cache, "a", 400, 300);
        let used = place(&cache, "b", 400, 200);
        let newest = place(&cache, "c", 400, 0);
        cache.trim(&newest).expect("listed");
        assert_eq!([oldest, used, newest].map(|file| file.exists()), [false, true, true]);
    }

    #[test]
    fn what_was_just_written_stays() {
        let directory = temporary_directory();
        let cache = CompileCache::new(directory.path()).with_limit(500);
        let newest = place(&cache, "a", 400, 900);
        let other = place(&cache, "b", 400, 100);
        cache.trim(&newest).expect("listed");
        assert_eq!([newest, other].map(|file| file.exists()), [true, false]);
    }

    #[test]
    fn leftovers_go_and_files_in_the_making_stay() {
        let directory = temporary_directory();
        let cache = CompileCache::new(directory.path());
        let dead = place(&cache, "tmp-1-0", 10, 2 * STALE.as_secs());
        let alive = place(&cache, "tmp-2-0", 10, 1);
        let newest = place(&cache, "c", 10, 0);
        cache.trim(&newest).expect("listed");
        assert_eq!([dead, alive].map(|file| file.exists()), [false, true]);
    }

    #[test]
    fn a_failed_write_leaves_nothing() {
        let directory = temporary_directory();
        // A directory stands where the file should go, so the rename fails.
        let file = directory.path().join("entry");
        fs::create_dir_all(file.join("inside")).expect("writable");
        assert!(write_atomically(&file, b"bytes").is_err());
        let left: Vec<_> = fs::read_dir(directory.path()).expect("listed").collect();
        assert_eq!(left.len(), 1);
    }
}
