//! Unpacked artifacts: their keys, and making one from a downloaded file.

use super::{Key, Store, durable, index};
use crate::{sha256, unpack};
use anyhow::{Context as _, Result};
use bering_build::lock::{Artifact, Lock};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Where an artifact's files lie, under their paths in the prefix.
pub(crate) const TREE: &str = "tree";
/// The lock entry that an artifact was made from.
pub(crate) const ENTRY: &str = "artifact.toml";

/// The key of an artifact: everything that decides the bytes of its tree.
pub(crate) fn key(artifact: &Artifact) -> Key {
    let mut text = format!("bering artifact {}\n{}\n{}\n", unpack::VERSION, artifact.sha256, artifact.file);
    for rule in &artifact.unpack {
        // `{:?}` quotes, so that no two lists of rules give one text. Writing to a string cannot fail.
        let fields = (rule.glob.to_string(), &rule.strip, &rule.to, rule.trim, &rule.edit, rule.executable);
        let _ = writeln!(text, "{fields:?}");
    }
    short_key(&text)
}

/// 128 bits are enough for names that nobody attacks: what is behind them is checked by its full hash.
pub(super) fn short_key(text: &str) -> Key {
    let mut name = sha256::of(text.as_bytes()).to_string();
    name.truncate(32);
    Key(name)
}

/// Whether an artifact is unpacked and whole.
pub(crate) fn is_present(store: &Store, key: &Key) -> bool {
    store.artifact(key).join(index::FILES).is_file()
}

/// Unpacks `archive`, whose hash the caller has checked, and puts the result into the store.
///
/// The caller holds the lock of the archive's hash, so nobody else works under the same name in `tmp/`.
pub(crate) fn install(store: &Store, artifact: &Artifact, archive: &Path) -> Result<()> {
    let key = key(artifact);
    let made = make(store, artifact, archive, &key)?;
    durable::publish_dir(&made, &store.artifact(&key))
}

/// Like [`install`], in place of a damaged one. Links into it dangle for the moment between two renames.
pub(crate) fn replace(store: &Store, artifact: &Artifact, archive: &Path) -> Result<()> {
    let key = key(artifact);
    let made = make(store, artifact, archive, &key)?;
    let old = store.tmp().join(format!("damaged-{key}"));
    durable::remove_tree(&old)?;
    let place = store.artifact(&key);
    if place.exists() {
        std::fs::rename(&place, &old).map_err(|error| durable::failed(error, &place))?;
    }
    durable::publish_dir(&made, &place)?;
    durable::remove_tree(&old)
}

fn make(store: &Store, artifact: &Artifact, archive: &Path, key: &Key) -> Result<PathBuf> {
    let work = store.tmp().join(format!("artifact-{key}"));
    durable::remove_tree(&work)?;
    let tree = work.join(TREE);
    std::fs::create_dir_all(&tree).map_err(|error| durable::failed(error, &tree))?;
    let unpacked = unpack::unpack(archive, artifact, &tree);
    let entries = match unpacked {
        Ok(entries) => entries,
        Err(error) => {
            // The error is what matters; the rest of `work` is removed by whoever comes next.
            let _ = durable::remove_tree(&work);
            return Err(error.context(format!("`{}`", artifact.purl)));
        }
    };
    let entry = Lock { artifacts: vec![artifact.clone()] };
    durable::write_new(&work.join(ENTRY), entry.to_string().as_bytes(), false)?;
    durable::write_new(&work.join(index::FILES), index::to_text(&entries).as_bytes(), false)?;
    Ok(work)
}

/// The lock entry that an unpacked artifact was made from.
pub(crate) fn entry(dir: &Path) -> Result<Artifact> {
    let path = dir.join(ENTRY);
    let text =
        std::fs::read_to_string(&path).with_context(|| format!("`{}` cannot be read", path.display()))?;
    let lock = Lock::parse(&text).with_context(|| format!("`{}` is damaged", path.display()))?;
    lock.artifacts.into_iter().next().with_context(|| format!("`{}` is empty", path.display()))
}
