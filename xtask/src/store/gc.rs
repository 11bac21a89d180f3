//! Removing what no known checkout uses.
//!
//! A checkout uses what its lock names for this host and its targets, and what its link points at, which may be older. Everything else can be
//! made again and goes. The caller holds the store's lock exclusively.

use super::verify::{children, name};
use super::{Store, artifact, checkouts, durable, prefix};
use crate::checkout;
use anyhow::Result;
use bering_build::{LOCK_FILE, PREFIX_LINK};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Something to remove, and the bytes that this frees.
#[derive(Debug)]
pub(crate) struct Garbage {
    pub(crate) path: PathBuf,
    pub(crate) bytes: u64,
}

/// The names of what is used, by bucket.
#[derive(Debug, Default)]
struct Used {
    downloads: BTreeSet<String>,
    artifacts: BTreeSet<String>,
    prefixes: BTreeSet<String>,
}

/// What can be removed.
pub(crate) fn garbage(store: &Store, host: &str, forget: bool) -> Result<Vec<Garbage>> {
    let mut used = Used::default();
    for checkout in checkouts::known(store, forget)? {
        used.add(store, &checkout, host);
    }
    let mut found = Vec::new();
    let mut sweep = |bucket: PathBuf, keep: &dyn Fn(&str) -> bool| {
        for path in children(&bucket) {
            if !keep(&name(&path)) {
                let bytes = durable::disk_use(&path);
                found.push(Garbage { path, bytes });
            }
        }
    };
    sweep(store.downloads(), &|name| used.downloads.contains(name));
    // What has arrived of a file that some lock still wants is worth keeping.
    let wanted = |name: &str| used.downloads.contains(name.split('.').next().unwrap_or(name));
    sweep(store.partials(), &wanted);
    sweep(store.artifacts(), &|name| used.artifacts.contains(name));
    sweep(store.prefixes(), &|name| used.prefixes.contains(name));
    // Whoever makes something holds the store's lock, so nobody does now.
    sweep(store.tmp(), &|_| false);
    Ok(found)
}

impl Used {
    fn add(&mut self, store: &Store, checkout: &Path, host: &str) {
        let text = std::fs::read_to_string(checkout.join(LOCK_FILE)).unwrap_or_default();
        let linked = std::fs::read_link(checkout.join(PREFIX_LINK)).ok();
        let manifest = linked.as_deref().and_then(|linked| prefix::Manifest::read(linked).ok());
        let selection = manifest.as_ref().map(|manifest| manifest.selection.clone()).unwrap_or_default();
        self.prefixes.insert(prefix::key(&text, host, &selection).0);
        // A lock that is being edited may not parse; what the link points at is kept all the same.
        if let Ok(lock) = checkout::parse_lock(&text) {
            for artifact in lock.for_host(host).filter(|artifact| selection.includes(&artifact.name)) {
                self.artifacts.insert(artifact::key(artifact).0);
                self.downloads.insert(artifact.sha256.to_string());
            }
        }
        let Some(linked) = linked.filter(|linked| linked.parent() == Some(&store.prefixes())) else { return };
        self.prefixes.insert(name(&linked));
        let components = manifest.map(|manifest| manifest.component).unwrap_or_default();
        self.artifacts.extend(components.into_iter().map(|component| component.artifact));
    }
}
