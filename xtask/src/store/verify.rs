//! Looking for damage: every file of the store is hashed again and compared with its list.

use super::artifact::{self, TREE};
use super::{Key, Store, index, prefix};
use crate::sha256;
use anyhow::Result;
use bering_build::lock::{Artifact, Sha256};
use std::path::{Path, PathBuf};

/// Something that is not as it was made.
#[derive(Debug)]
pub(crate) struct Damage {
    pub(crate) path: PathBuf,
    pub(crate) what: String,
    pub(crate) cure: Cure,
}

/// What makes it whole again.
#[derive(Debug)]
pub(crate) enum Cure {
    /// Unpack the artifact again.
    Reinstall(Box<Artifact>),
    /// Remove it; whoever needs it makes it again.
    Remove(PathBuf),
}

/// What was looked at, and what is wrong with it.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) files: usize,
    pub(crate) bytes: u64,
    pub(crate) damages: Vec<Damage>,
}

/// Looks at the whole store. Writes nothing.
pub(crate) fn run(store: &Store) -> Result<Report> {
    let mut report = Report::default();
    for path in children(&store.downloads()) {
        check_download(&path, &mut report);
    }
    for path in children(&store.artifacts()) {
        check_artifact(&path, &mut report);
    }
    for path in children(&store.prefixes()) {
        check_prefix(store, &path, &mut report);
    }
    Ok(report)
}

/// What is in a bucket, sorted; a bucket that is not there is empty.
pub(super) fn children(bucket: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(bucket).into_iter().flatten().flatten();
    let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// The last part of a path, as text.
pub(super) fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

impl Report {
    fn bad(&mut self, path: &Path, what: impl Into<String>, cure: Cure) {
        self.damages.push(Damage { path: path.to_owned(), what: what.into(), cure });
    }
}

fn check_download(path: &Path, report: &mut Report) {
    report.files += 1;
    let expected = name(path).parse::<Sha256>();
    match (expected, sha256::of_file(path)) {
        (Ok(expected), Ok((computed, size))) => {
            report.bytes += size;
            if computed != expected {
                report.bad(path, format!("has sha256:{computed}"), Cure::Remove(path.to_owned()));
            }
        }
        (Err(_), _) => report.bad(path, "does not belong here", Cure::Remove(path.to_owned())),
        (_, Err(error)) => {
            report.bad(path, format!("cannot be read: {error}"), Cure::Remove(path.to_owned()))
        }
    }
}

fn check_artifact(dir: &Path, report: &mut Report) {
    let entry = match artifact::entry(dir) {
        Ok(entry) if artifact::key(&entry) == Key(name(dir)) => entry,
        // Made by rules that this program no longer has, or unreadable: it can only be removed.
        Ok(_) => return report.bad(dir, "is not what its entry says", Cure::Remove(dir.to_owned())),
        Err(error) => return report.bad(dir, format!("{error:#}"), Cure::Remove(dir.to_owned())),
    };
    let cure = || Cure::Reinstall(Box::new(entry.clone()));
    let listed = match index::read(dir) {
        Ok(listed) => listed,
        Err(error) => return report.bad(dir, format!("{error:#}"), cure()),
    };
    let tree = dir.join(TREE);
    for file in &listed {
        let path = tree.join(&file.path);
        report.files += 1;
        match sha256::of_file(&path) {
            Ok((computed, size)) => {
                report.bytes += size;
                if computed != file.sha256 {
                    report.bad(
                        &path,
                        format!("has sha256:{computed}, its list says {}", file.sha256),
                        cure(),
                    );
                }
            }
            Err(error) => report.bad(&path, format!("cannot be read: {error}"), cure()),
        }
    }
    let mut found = Vec::new();
    walk(&tree, &mut found);
    for path in found {
        let relative = path.strip_prefix(&tree).unwrap_or(&path).to_string_lossy().into_owned();
        if listed.binary_search_by(|file| file.path.as_str().cmp(&relative)).is_err() {
            report.bad(&path, "is not in its list", cure());
        }
    }
}

fn check_prefix(store: &Store, dir: &Path, report: &mut Report) {
    match prefix::damage(store, dir) {
        Ok(bad) => {
            for path in bad {
                report.bad(&dir.join(path), "is missing or changed", Cure::Remove(dir.to_owned()));
            }
        }
        Err(error) => report.bad(dir, format!("{error:#}"), Cure::Remove(dir.to_owned())),
    }
}

/// Every file and link below a directory.
fn walk(dir: &Path, found: &mut Vec<PathBuf>) {
    for path in children(dir) {
        match std::fs::symlink_metadata(&path) {
            Ok(kind) if kind.is_dir() => walk(&path, found),
            _ => found.push(path),
        }
    }
}
