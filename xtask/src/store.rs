//! The store: everything that was downloaded or unpacked, shared by all checkouts of a user.
//!
//! It lies in `$BERING_CACHE`, else `$XDG_CACHE_HOME/bering`, else `~/.cache/bering`. Buckets carry the version of their
//! layout, so that an old and a new `xtask` can share a directory without reading each other's files:
//!
//! ```text
//! downloads-v1/sha256/<hash>     whole files, hash checked. Dropped once unpacked unless `--keep-downloads`;
//!                                the directory above has the shape of a bundle (`setup --bundle DIR`)
//! downloads-v1/partial/<hash>    what has arrived of a download that broke off, and `<hash>.etag`, its validator
//! artifacts-v1/<key>/tree/...    what the lock's rules take from one file, at its path in the prefix
//! artifacts-v1/<key>/files       hash, size, mode and path of every file in `tree` (for `store verify`)
//! artifacts-v1/<key>/artifact.toml   the lock entry it was made from
//! prefixes-v1/<key>/             links into `artifacts-v1` and a few files of ours; `.bering` points here
//! checkouts-v1/<hash>            the path of a checkout, so that `store gc` knows what is in use
//! locks/                         files that processes lock; never deleted
//! tmp/                           what is being made; renamed into place when it is whole
//! ```
//!
//! *Invariant:* a name in a bucket is whole. Writers make things under `tmp/`, flush them and rename; a process that is
//! killed leaves nothing but files in `tmp/` and `partial/`, which the next one reuses or removes. Files are read-only;
//! directories stay writable for their owner, so that `rm -r` of a cache works.

pub(crate) mod artifact;
pub(crate) mod checkouts;
pub(crate) mod durable;
pub(crate) mod gc;
pub(crate) mod index;
pub(crate) mod lockfile;
pub(crate) mod own;
pub(crate) mod prefix;
#[cfg(test)]
mod tests;
pub(crate) mod verify;

use anyhow::{Context as _, Result, bail};
use bering_build::lock::Sha256;
use std::path::{Path, PathBuf};

/// Names something that is derived: the hash of everything it is made from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key(pub(crate) String);

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The paths of a store. Opening one creates nothing.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    root: PathBuf,
}

const SIGNATURE: &str =
    "Signature: 8a477f597d28d172789f06886806bc55\n# A cache of `cargo xtask`; it can be made again.\n";

impl Store {
    /// The store that the environment names.
    pub(crate) fn from_environment() -> Result<Self> {
        let variable =
            |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        if let Some(root) = variable("BERING_CACHE") {
            let root = std::path::absolute(&root).context("BERING_CACHE is not a path")?;
            return Ok(Self { root });
        }
        // The XDG specification says that relative values are to be ignored.
        if let Some(base) = variable("XDG_CACHE_HOME").filter(|base| base.is_absolute()) {
            return Ok(Self { root: base.join("bering") });
        }
        match std::env::home_dir().filter(|home| home.is_absolute()) {
            Some(home) => Ok(Self { root: home.join(".cache/bering") }),
            None => bail!("no place for the store: HOME is not set\nhint: set BERING_CACHE to a directory"),
        }
    }

    #[cfg(test)]
    pub(crate) fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn downloads(&self) -> PathBuf {
        self.root.join("downloads-v1/sha256")
    }

    pub(crate) fn download(&self, hash: &Sha256) -> PathBuf {
        self.downloads().join(hash.to_string())
    }

    pub(crate) fn partials(&self) -> PathBuf {
        self.root.join("downloads-v1/partial")
    }

    pub(crate) fn partial(&self, hash: &Sha256) -> PathBuf {
        self.partials().join(hash.to_string())
    }

    pub(crate) fn artifacts(&self) -> PathBuf {
        self.root.join("artifacts-v1")
    }

    pub(crate) fn artifact(&self, key: &Key) -> PathBuf {
        self.artifacts().join(&key.0)
    }

    pub(crate) fn prefixes(&self) -> PathBuf {
        self.root.join("prefixes-v1")
    }

    pub(crate) fn prefix(&self, key: &Key) -> PathBuf {
        self.prefixes().join(&key.0)
    }

    pub(crate) fn checkouts(&self) -> PathBuf {
        self.root.join("checkouts-v1")
    }

    pub(crate) fn tmp(&self) -> PathBuf {
        self.root.join("tmp")
    }

    pub(crate) fn lock(&self, name: &str) -> PathBuf {
        self.root.join("locks").join(format!("{name}.lock"))
    }

    /// Makes the buckets.
    ///
    /// # Errors
    /// If the store cannot be written, with the way to another place.
    pub(crate) fn prepare(&self) -> Result<()> {
        let make = |dir: PathBuf| std::fs::create_dir_all(dir);
        let buckets =
            [self.downloads(), self.partials(), self.artifacts(), self.prefixes(), self.checkouts()];
        buckets.into_iter().chain([self.tmp(), self.root.join("locks")]).try_for_each(make).map_err(|error| {
            anyhow::anyhow!(
                "the store `{}` cannot be written: {error}\nhint: set BERING_CACHE to a directory that can",
                self.root.display()
            )
        })?;
        let tag = self.root.join("CACHEDIR.TAG");
        if !tag.exists() {
            // Backup programs skip directories with this file. Losing it harms nobody, so a failure is none.
            let _ = std::fs::write(tag, SIGNATURE);
        }
        Ok(())
    }

    /// Taken shared by whoever adds to the store, exclusively by whoever removes from it.
    pub(crate) fn guard_shared(&self) -> Result<lockfile::Guard> {
        lockfile::shared(&self.lock("store"), || eprintln!("waiting for another process to clean the store"))
    }

    pub(crate) fn guard_exclusive(&self) -> Result<lockfile::Guard> {
        lockfile::exclusive(&self.lock("store"), || {
            eprintln!("waiting for another process that works on the store")
        })
    }
}
