//! Removing what no known checkout uses.
//!
//! A checkout uses what its lock names for this host and its targets, and what its link points at, which may be older. Everything else can be
//! made again and goes. The caller holds the store's lock exclusively.

use super::prefix::Manifest;
use super::verify::{children, name};
use super::{Store, artifact, checkouts, durable, prefix};
use crate::checkout;
use crate::targets::{self, Machines, Selection};
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

/// The links of a checkout to prefixes: its own, and those for other machines.
fn links(checkout: &Path) -> Vec<PathBuf> {
    children(checkout).into_iter().filter(|path| name(path).starts_with(PREFIX_LINK)).collect()
}

impl Used {
    fn add(&mut self, store: &Store, checkout: &Path, host: &str) {
        let text = std::fs::read_to_string(checkout.join(LOCK_FILE)).unwrap_or_default();
        let links: Vec<PathBuf> =
            links(checkout).iter().filter_map(|link| std::fs::read_link(link).ok()).collect();
        let manifests: Vec<Manifest> = links.iter().filter_map(|link| Manifest::read(link).ok()).collect();
        // A lock that is being edited may not parse; what the links point at is kept all the same.
        let lock = checkout::parse_lock(&text).ok();
        let mut want = |machines: Machines<'_>, selection: &Selection| {
            self.prefixes.insert(prefix::key(&text, machines, selection).0);
            let artifacts = lock.as_ref().map(|lock| targets::artifacts(lock, machines, selection));
            for artifact in artifacts.and_then(Result::ok).unwrap_or_default() {
                self.artifacts.insert(artifact::key(artifact).0);
                self.downloads.insert(artifact.sha256.to_string());
            }
        };
        if !manifests.iter().any(|manifest| manifest.host == host) {
            want(Machines::one(host), &Selection::default());
        }
        manifests.iter().for_each(|manifest| want(manifest.machines(), &manifest.selection));
        let stored = links.iter().filter(|link| link.parent() == Some(&store.prefixes()));
        self.prefixes.extend(stored.map(|link| name(link)));
        let components = manifests.into_iter().flat_map(|manifest| manifest.component);
        self.artifacts.extend(components.map(|component| component.artifact));
    }
}
