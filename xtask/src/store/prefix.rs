//! Prefixes: one directory that shows the artifacts of a lock as if they had been installed together.
//!
//! A prefix is made of symbolic links into `artifacts-v1`. A directory that one artifact owns alone is one link, so a prefix
//! of ten thousand files is some forty links, made in a moment. Symbolic links because they cost nothing, work
//! across buckets that are mounted apart and stay right when the store is moved (they are relative); and they keep what
//! programs find beside themselves: a library's `$ORIGIN`, an executable's `../share` and an `#include "../x.h"` are looked
//! up either beside the link or beside its target, and both places hold the same artifact. `.bering` is the one absolute link.

use super::index::{self, Entry};
use super::own::{self, OwnFile};
use super::{Key, Store, artifact, durable, lockfile};
use crate::checkout;
use crate::targets::{self, Machines, Selection};
use anyhow::{Context as _, Result, bail};
use bering_build::lock::{Artifact, Lock};
use bering_build::{LOCK_FILE, MANIFEST_FILE};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Raise it when the same lock gives another prefix.
const VERSION: u32 = 2;

/// The key of the prefix that a lock gives on a host for some targets. Cheap: no file is read.
pub(crate) fn key(lock_text: &str, machines: Machines<'_>, selection: &Selection) -> Key {
    let own = own::fingerprint();
    let versions = format!("bering prefix {VERSION}, unpack {}", crate::unpack::VERSION);
    let Machines { here, host } = machines;
    let from = if here == host { String::new() } else { format!("{here} for ") };
    artifact::short_key(&format!("{versions}\n{own}\n{from}{host}\n{}\n{lock_text}", selection.to_text()))
}

/// What a prefix says about itself. `build-support` only looks whether it is there and compares the lock's copy.
#[derive(Debug, Deserialize)]
pub(crate) struct Manifest {
    /// The machine that it builds on, if another than the one it builds for.
    here: Option<String>,
    /// The machine that it builds for.
    pub(crate) host: String,
    /// Every path that the assembly made; if they are all there, the prefix is whole.
    pub(crate) paths: Vec<String>,
    /// The targets that it is for.
    #[serde(flatten)]
    pub(crate) selection: Selection,
    #[serde(default)]
    pub(crate) component: Vec<Component>,
}

/// One artifact of a prefix.
#[derive(Debug, Deserialize)]
pub(crate) struct Component {
    pub(crate) name: String,
    /// The artifact's key in the store.
    pub(crate) artifact: String,
}

impl Manifest {
    pub(crate) fn read(prefix: &Path) -> Result<Self> {
        let path = prefix.join(MANIFEST_FILE);
        let text =
            std::fs::read_to_string(&path).with_context(|| format!("`{}` cannot be read", path.display()))?;
        toml::from_str(&text).with_context(|| format!("`{}` is damaged", path.display()))
    }

    pub(crate) fn machines(&self) -> Machines<'_> {
        Machines { here: self.here.as_deref().unwrap_or(&self.host), host: &self.host }
    }

    /// Whether everything that was assembled can still be reached.
    pub(crate) fn is_whole(&self, prefix: &Path) -> bool {
        self.paths.iter().all(|path| prefix.join(path).exists())
    }
}

/// Makes the prefix of a lock, all of whose artifacts for these machines and targets are in the store, unless it is there.
pub(crate) fn ensure(
    store: &Store,
    lock_text: &str,
    machines: Machines<'_>,
    selection: &Selection,
) -> Result<PathBuf> {
    let key = key(lock_text, machines, selection);
    let place = store.prefix(&key);
    let whole = || Manifest::read(&place).is_ok_and(|manifest| manifest.is_whole(&place));
    if whole() {
        return Ok(place);
    }
    let _guard = lockfile::exclusive(&store.lock(&format!("prefix-{key}")), || ())?;
    if whole() {
        return Ok(place);
    }
    let work = store.tmp().join(format!("prefix-{key}"));
    durable::remove_tree(&work)?;
    assemble(store, lock_text, machines, selection, &key, &work)?;
    // One that was damaged by hand is in the way.
    durable::remove_tree(&place)?;
    durable::publish_dir(&work, &place)?;
    Ok(place)
}

fn assemble(
    store: &Store,
    lock_text: &str,
    machines: Machines<'_>,
    selection: &Selection,
    key: &Key,
    work: &Path,
) -> Result<()> {
    let lock: Lock = checkout::parse_lock(lock_text)?;
    let artifacts = targets::artifacts(&lock, machines, selection)?;
    let mut root = Node::default();
    let mut all = Vec::new();
    for (owner, artifact) in artifacts.iter().enumerate() {
        let entries = index::read(&store.artifact(&artifact::key(artifact)))?;
        for entry in &entries {
            root.insert(&entry.path, Owner::Artifact(owner))
                .with_context(|| format!("`{}`", artifact.purl))?;
        }
        all.extend(entries);
    }
    let own = own::files(&artifacts, &all);
    for (number, file) in own.iter().enumerate() {
        root.insert(&file.path, Owner::Own(number))?;
    }
    std::fs::create_dir_all(work).map_err(|error| durable::failed(error, work))?;
    let mut layout = Layout { work, artifacts: &artifacts, own: &own, paths: Vec::new() };
    layout.lay(&root, "")?;
    let manifest = manifest(key, machines, selection, &artifacts, &layout.paths);
    durable::write_new(&work.join(LOCK_FILE), lock_text.as_bytes(), false)?;
    let path = work.join(MANIFEST_FILE);
    durable::write_new(&path, manifest.as_bytes(), false)?;
    age(&path)
}

/// Dates the manifest back to a fixed day.
///
/// Build scripts track it, and cargo compares times. A prefix that differs in its targets alone must not make anything be
/// built again; where the difference matters to a build, [`forget_builds`](crate::cargo::forget_builds) sees to it, which
/// compares contents.
fn age(manifest: &Path) -> Result<()> {
    let then = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
    let set = || std::fs::File::open(manifest)?.set_modified(then);
    set().map_err(|error| durable::failed(error, manifest))
}

/// Who a path belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    Artifact(usize),
    Own(usize),
}

/// A directory, or a file if it has no children.
#[derive(Debug, Default)]
struct Node {
    children: BTreeMap<String, Node>,
    /// The owners of everything below, without repetition.
    owners: Vec<Owner>,
    is_file: bool,
}

impl Node {
    fn insert(&mut self, path: &str, owner: Owner) -> Result<()> {
        let mut node = self;
        node.own(owner);
        for segment in path.split('/') {
            if node.is_file {
                bail!("`{path}` is below a file of another artifact");
            }
            node = node.children.entry(segment.to_owned()).or_default();
            node.own(owner);
        }
        if node.is_file || !node.children.is_empty() {
            bail!("`{path}` is laid by two artifacts");
        }
        node.is_file = true;
        Ok(())
    }

    fn own(&mut self, owner: Owner) {
        if !self.owners.contains(&owner) {
            self.owners.push(owner);
        }
    }
}

/// Whether a directory is made for real, though one artifact owns it alone.
///
/// Plugins look for libraries at paths like `$ORIGIN/../../nvidia/cu13/lib`, and the kernel resolves `..` after it has
/// followed links: from a linked directory that leads into the artifact, where no other artifact's files are.
fn is_apart(path: &str) -> bool {
    path.split('/').next() == Some(targets::PLUGINS)
}

struct Layout<'a> {
    work: &'a Path,
    artifacts: &'a [&'a Artifact],
    own: &'a [OwnFile],
    paths: Vec<String>,
}

impl Layout<'_> {
    /// Lays what is below `node`, whose path is `path` (empty for the root, which is never a link).
    fn lay(&mut self, node: &Node, path: &str) -> Result<()> {
        for (name, child) in &node.children {
            let below = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
            match child.owners[..] {
                [Owner::Artifact(owner)] if child.is_file || !is_apart(&below) => self.link(owner, &below)?,
                [Owner::Own(number)] if child.is_file => {
                    let file = &self.own[number];
                    durable::write_new(&self.work.join(&below), file.content.as_bytes(), file.executable)?;
                    self.paths.push(below);
                }
                _ => self.lay(child, &below)?,
            }
        }
        Ok(())
    }

    fn link(&mut self, owner: usize, path: &str) -> Result<()> {
        let link = self.work.join(path);
        // From `prefixes-v1/<key>/`, and just as well from `tmp/prefix-<key>/`, up to the store's root.
        let up = "../".repeat(2 + path.matches('/').count());
        let key = artifact::key(self.artifacts[owner]);
        let target = format!("{up}artifacts-v1/{key}/{}/{path}", artifact::TREE);
        let make = || -> std::io::Result<()> {
            std::fs::create_dir_all(link.parent().unwrap_or(self.work))?;
            durable::symlink(Path::new(&target), &link)
        };
        make().map_err(|error| durable::failed(error, &link))?;
        self.paths.push(path.to_owned());
        Ok(())
    }
}

fn manifest(
    key: &Key,
    Machines { here, host }: Machines<'_>,
    selection: &Selection,
    artifacts: &[&Artifact],
    paths: &[String],
) -> String {
    let mut text = String::from("# What `cargo xtask setup` assembled here.\n");
    let from = if here == host { String::new() } else { format!("here = \"{here}\"\n") };
    // Names, purls and paths were checked to need no escapes in TOML but quotes. Writing to a string cannot fail.
    let _ = writeln!(text, "key = \"{key}\"\n{from}host = \"{host}\"\n{}paths = [", selection.to_text());
    for path in paths {
        let _ = writeln!(text, "    \"{}\",", path.replace('"', "\\\""));
    }
    text.push_str("]\n");
    for artifact in artifacts {
        let _ = writeln!(
            text,
            "\n[[component]]\nname = \"{}\"\npurl = \"{}\"\nartifact = \"{}\"",
            artifact.name,
            artifact.purl,
            artifact::key(artifact)
        );
    }
    text
}

/// All files that a prefix shows, by owner; for `store verify`.
pub(crate) fn damage(store: &Store, prefix: &Path) -> Result<Vec<String>> {
    let manifest = Manifest::read(prefix)?;
    let lock_text =
        std::fs::read_to_string(prefix.join(LOCK_FILE)).context("its copy of the lock cannot be read")?;
    let lock = checkout::parse_lock(&lock_text)?;
    let artifacts = targets::artifacts(&lock, manifest.machines(), &manifest.selection)?;
    let mut all: Vec<Entry> = Vec::new();
    for artifact in &artifacts {
        all.extend(index::read(&store.artifact(&artifact::key(artifact)))?);
    }
    let mut bad: Vec<String> =
        manifest.paths.iter().filter(|path| !prefix.join(path).exists()).cloned().collect();
    for file in own::files(&artifacts, &all) {
        let found = std::fs::read(prefix.join(&file.path));
        if found.is_ok_and(|found| found != file.content.as_bytes()) {
            bad.push(file.path);
        }
    }
    Ok(bad)
}
