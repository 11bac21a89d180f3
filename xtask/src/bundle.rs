//! Bundles: directories with whole files by hash, for machines without a network and for mirrors.
//!
//! A bundle is `sha256/<hash>` for every file, and beside it what a person wants to know: the lock that it was made for and
//! `SHA256SUMS`. Any static file server serves one; nothing in it needs to be trusted, because `setup` checks every file.
//! Adding to a bundle leaves what is there, so one directory can serve many versions of a lock.

use crate::progress::{Task, size};
use crate::recipe::terms;
use crate::setup::{self, Fetcher, Options};
use crate::sha256;
use crate::store::{Store, durable};
use crate::targets::{self, Machines, Selection};
use anyhow::{Context as _, Result, anyhow, bail};
use bering_build::LOCK_FILE;
use bering_build::lock::{Artifact, Lock};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// Where the files lie, in a bundle and on a mirror.
const FILES: &str = "sha256";
const SUMS: &str = "SHA256SUMS";

/// The artifacts for some hosts and targets, each file once.
pub(crate) fn artifacts<'a>(
    lock: &'a Lock,
    hosts: &'a [String],
    selection: &Selection,
) -> Result<Vec<&'a Artifact>> {
    let mut chosen: BTreeMap<String, &Artifact> = BTreeMap::new();
    for host in hosts {
        for artifact in targets::artifacts(lock, Machines::one(host), selection)? {
            chosen.insert(artifact.sha256.to_string(), artifact);
        }
    }
    let mut chosen: Vec<&Artifact> = chosen.into_values().collect();
    chosen.sort_by_key(|artifact| (&artifact.name, &artifact.host));
    Ok(chosen)
}

/// Refuses files that may not simply be passed on.
pub(crate) fn check_terms(artifacts: &[&Artifact]) -> Result<()> {
    let mut lines = String::new();
    for artifact in artifacts {
        if let Some(why) = terms::restriction(&artifact.license) {
            // Writing to a string cannot fail.
            let _ = write!(lines, "\n  `{}`: {why}", artifact.purl);
        }
    }
    if lines.is_empty() {
        return Ok(());
    }
    bail!(
        "the bundle would pass on files whose licences do not simply allow it{lines}\nhint: read the terms; if you may, for \
         example within one company, add `--include-restricted`"
    )
}

/// Makes a bundle of `artifacts`, or adds what is missing to one.
pub(crate) fn create(
    store: &Store,
    lock_text: &str,
    artifacts: &[&Artifact],
    directory: &Path,
    options: &Options,
) -> Result<()> {
    let directory = std::path::absolute(directory)?;
    let files = directory.join(FILES);
    fs::create_dir_all(&files).map_err(|error| failed(error, &files))?;
    let is_good = |artifact: &&&Artifact| check(&files, artifact).is_ok();
    let (there, due): (Vec<&Artifact>, Vec<&Artifact>) = artifacts.iter().partition(is_good);
    if !due.is_empty() {
        store.prepare()?;
        let _guard = store.guard_shared()?;
        setup::obtain(store, "bundling", &due, options, &|fetcher, artifact, task| {
            add(fetcher, artifact, &files, task)
        })?;
    }
    write(&directory.join(LOCK_FILE), lock_text.as_bytes())?;
    write(&directory.join(SUMS), sums(&files)?.as_bytes())?;
    let bytes = artifacts.iter().map(|artifact| artifact.size).sum();
    eprintln!(
        "`{}` has {} files of this lock, {}; {} were there before",
        directory.display(),
        artifacts.len(),
        size(bytes),
        there.len()
    );
    Ok(())
}

/// What is wrong with the files of some artifacts, as lines for people.
pub(crate) fn verify(artifacts: &[&Artifact], directory: &Path) -> Vec<String> {
    let files = directory.join(FILES);
    let wrong = |artifact: &&Artifact| {
        let error = check(&files, artifact).err()?;
        Some(format!("`{}` ({FILES}/{}): {error:#}", artifact.purl, artifact.sha256))
    };
    artifacts.iter().filter_map(wrong).collect()
}

fn check(files: &Path, artifact: &Artifact) -> Result<()> {
    let path = files.join(artifact.sha256.to_string());
    let length = fs::metadata(&path).map_err(|_| anyhow!("is missing"))?.len();
    if length != artifact.size {
        bail!("has {length} bytes, the lock says {}", artifact.size);
    }
    let (computed, _) = sha256::of_file(&path).context("cannot be read")?;
    if computed != artifact.sha256 {
        bail!("is damaged: it has sha256:{computed}");
    }
    Ok(())
}

fn add(fetcher: &Fetcher<'_>, artifact: &Artifact, files: &Path, task: &Task<'_>) -> Result<()> {
    let place = files.join(artifact.sha256.to_string());
    fetcher.with_archive(artifact, task, &|archive| {
        task.stage("copying");
        let partial = partial_of(&place);
        durable::remove_tree(&partial)?;
        fs::copy(archive, &partial).map_err(|error| failed(error, &partial))?;
        let file = File::open(&partial).map_err(|error| failed(error, &partial))?;
        // A server's user must be able to read what this one wrote.
        durable::seal(&file, false).map_err(|error| failed(error, &partial))?;
        durable::publish_file(&file, &partial, &place)
    })
}

/// A name that no server is asked for, in the same directory.
fn partial_of(place: &Path) -> PathBuf {
    let name = place.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    place.with_file_name(format!(".{name}.partial"))
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let partial = partial_of(path);
    fs::write(&partial, bytes).map_err(|error| failed(error, &partial))?;
    let file = File::open(&partial).map_err(|error| failed(error, &partial))?;
    durable::publish_file(&file, &partial, path)
}

/// The list of all files, also those of other locks. A file's name is its hash.
fn sums(files: &Path) -> Result<String> {
    let mut names = Vec::new();
    for entry in fs::read_dir(files).map_err(|error| failed(error, files))? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.retain(|name| !name.starts_with('.'));
    names.sort();
    Ok(names.iter().map(|name| format!("{name}  {FILES}/{name}\n")).collect())
}

fn failed(error: std::io::Error, path: &Path) -> anyhow::Error {
    let hint = match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::FileTooLarge => {
            "\nhint: what is whole stays; with more space, the same command goes on from there"
        }
        _ => "",
    };
    anyhow!("`{}` cannot be written: {error}{hint}", path.display())
}
