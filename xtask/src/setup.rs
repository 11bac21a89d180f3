//! From a lock to a prefix: what is missing is fetched, checked, unpacked and linked, in parallel.
//!
//! The common case is that nothing is missing. It is decided without parsing the lock or hashing a file: the prefix's key is
//! a hash of the lock's text, and the manifest says which paths must be there.

use crate::cargo;
use crate::checkout::{self, Checkout};
use crate::fetch::download::{Download, Retries, Unreachable};
use crate::fetch::http::Client;
use crate::fetch::mirror::{self, Mirror};
use crate::fetch::source::{Registry, Source};
use crate::progress::{Progress, Task, size};
use crate::registry::logins::Logins;
use crate::store::prefix::{self, Manifest};
use crate::store::{Store, artifact, checkouts, durable, lockfile};
use crate::targets::{self, Machines, Selection};
use crate::{recipe, registry, sha256, unpack};
use anyhow::{Context as _, Result, anyhow, bail};
use bering_build::lock::Artifact;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock, PoisonError};

/// How to set up.
#[derive(Debug, Clone, Default)]
pub(crate) struct Options {
    pub(crate) offline: bool,
    pub(crate) bundle: Option<String>,
    /// Asked before the registries, in this order; those of `BERING_MIRROR` if there are none.
    pub(crate) mirrors: Vec<String>,
    pub(crate) index_url: Option<String>,
    pub(crate) jobs: Option<usize>,
    pub(crate) keep_downloads: bool,
    /// The targets to set up; without, those that the checkout has already.
    pub(crate) selection: Option<Selection>,
}

/// Enough to keep a line busy while an archive is unpacked; more would only make the bars jump.
const DEFAULT_JOBS: usize = 4;

/// What a set-up did.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Nothing: all was there.
    Warm,
    /// The link was pointed at a prefix.
    Linked,
}

/// Sets `checkout` up. Warm, it takes a millisecond, writes nothing and needs no lock.
pub(crate) fn run(checkout: &Checkout, store: &Store, options: &Options) -> Result<Outcome> {
    let lock_text = checkout.lock_text()?;
    let machines = Machines::one(checkout::host()?);
    checkouts::record(store, checkout.root());
    let before = current(checkout);
    let kept = || before.as_ref().map(|(_, manifest)| manifest.selection.clone()).unwrap_or_default();
    let selection = options.selection.clone().unwrap_or_else(kept);
    let place = store.prefix(&prefix::key(&lock_text, machines, &selection));
    if before.as_ref().is_some_and(|(path, manifest)| *path == place && manifest.is_whole(path)) {
        return Ok(Outcome::Warm);
    }
    provide(store, &lock_text, machines, &selection, options)?;
    let after = Manifest::read(&place)?;
    durable::swap_link(&place, &checkout.link())?;
    cargo::forget_builds(checkout.root(), before.map(|(_, manifest)| manifest).as_ref(), &after);
    Ok(Outcome::Linked)
}

/// Brings what a build of these targets for a machine needs into the store. For another machine than this one, the
/// checkout gets a link to its prefix, too ([`Checkout::link_for`]).
///
/// # Errors
/// As [`run`], and if the lock has nothing for that machine.
pub(crate) fn run_for(
    checkout: &Checkout,
    store: &Store,
    host: &str,
    selection: &Selection,
    options: &Options,
) -> Result<()> {
    let machines = Machines { here: checkout::host()?, host };
    let place = provide(store, &checkout.lock_text()?, machines, selection, options)?;
    let link = checkout.link_for(host);
    if machines.here != host && std::fs::read_link(&link).ok().as_ref() != Some(&place) {
        durable::swap_link(&place, &link)?;
    }
    Ok(())
}

/// What the checkout's link points at now.
fn current(checkout: &Checkout) -> Option<(PathBuf, Manifest)> {
    let target = std::fs::read_link(checkout.link()).ok()?;
    let manifest = Manifest::read(&target).ok()?;
    Some((target, manifest))
}

/// The prefix of a lock for a build and some targets, made if it is not whole. No checkout is linked to it.
pub(crate) fn provide(
    store: &Store,
    lock_text: &str,
    machines: Machines<'_>,
    selection: &Selection,
    options: &Options,
) -> Result<PathBuf> {
    let place = store.prefix(&prefix::key(lock_text, machines, selection));
    if Manifest::read(&place).is_ok_and(|manifest| manifest.is_whole(&place)) {
        return Ok(place);
    }
    let lock = checkout::parse_lock(lock_text)?;
    let artifacts = targets::artifacts(&lock, machines, selection)?;
    for artifact in &artifacts {
        unpack::check(artifact).with_context(|| format!("`{}`", artifact.purl))?;
    }
    store.prepare()?;
    let _guard = store.guard_shared()?;
    let missing = |artifact: &&&Artifact| !artifact::is_present(store, &artifact::key(artifact));
    let due: Vec<&Artifact> = artifacts.iter().filter(missing).copied().collect();
    if !due.is_empty() {
        obtain(store, "setting up", &due, options, &|fetcher, artifact, task| {
            fetcher.install(artifact, task)
        })?;
    }
    prefix::ensure(store, lock_text, machines, selection)
}

/// What is done with each artifact that is due.
pub(crate) type Work<'a> = &'a (dyn Fn(&Fetcher<'_>, &Artifact, &Task<'_>) -> Result<()> + Sync);

/// Works on all of `due` in parallel, largest first, and reports everything that failed.
///
/// `doing` is what that is called, e.g. `setting up`.
pub(crate) fn obtain(
    store: &Store,
    doing: &str,
    due: &[&Artifact],
    options: &Options,
    work: Work<'_>,
) -> Result<()> {
    let progress = Progress::new();
    let fetcher = Fetcher {
        store,
        options,
        retries: Retries::from_environment()?,
        network: OnceLock::new(),
        unreachable: Unreachable::default(),
    };
    fetcher.refuse_if_offline(due)?;
    announce(&progress, store, doing, due);

    let mut queue = due.to_vec();
    queue.sort_by_key(|artifact| std::cmp::Reverse(artifact.size));
    let queue = Mutex::new(VecDeque::from(queue));
    let failures = Mutex::new(Vec::new());
    let jobs = options.jobs.unwrap_or(DEFAULT_JOBS).clamp(1, due.len().max(1));
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                // A closure, so that the queue is unlocked again before the work begins.
                let next = || lock(&queue).pop_front();
                while let Some(artifact) = next() {
                    let title = format!("{} {}", artifact.name, artifact.purl.version);
                    let task = progress.task(title, artifact.size);
                    match work(&fetcher, artifact, &task) {
                        Ok(()) => task.done("ready"),
                        Err(error) => {
                            // What others have begun goes on, for its bytes are kept; nothing new begins.
                            lock(&queue).clear();
                            lock(&failures).push(error);
                        }
                    }
                }
            });
        }
    });
    let mut failures = failures.into_inner().unwrap_or_else(PoisonError::into_inner);
    match failures.len() {
        0 => Ok(()),
        1 => Err(failures.remove(0)),
        _ => Err(all_of(&failures)),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One error that says what each said.
fn all_of(failures: &[anyhow::Error]) -> anyhow::Error {
    let texts: Vec<_> = failures.iter().map(|error| format!("{error:#}")).collect();
    anyhow!("{} artifacts could not be set up\n{}", failures.len(), texts.join("\n"))
}

fn announce(progress: &Progress, store: &Store, doing: &str, due: &[&Artifact]) {
    let total = due.iter().map(|artifact| artifact.size).sum();
    progress.line(&format!(
        "{doing} {} artifacts, {}, in `{}`",
        due.len(),
        size(total),
        store.root().display()
    ));
    for artifact in due {
        let purpose = recipe::find(&artifact.name).map(|recipe| recipe.purpose);
        progress.line(&format!(
            "  {:<16} {:<20} {:>10}  {}",
            artifact.name,
            artifact.purl.version,
            size(artifact.size),
            purpose.unwrap_or("")
        ));
    }
}

/// Gets archives from wherever they may come from.
pub(crate) struct Fetcher<'a> {
    store: &'a Store,
    options: &'a Options,
    retries: Retries,
    /// Made when a download is due: discovering registries may run programs.
    network: OnceLock<Result<Network, String>>,
    unreachable: Unreachable,
}

struct Network {
    client: Client,
    registries: Vec<Box<dyn Registry>>,
}

impl Fetcher<'_> {
    /// Fetches an artifact unless it is stored, unpacks it and puts it into the store.
    pub(crate) fn install(&self, artifact: &Artifact, task: &Task<'_>) -> Result<()> {
        let _guard = self.lock(artifact, task)?;
        if artifact::is_present(self.store, &artifact::key(artifact)) {
            return Ok(());
        }
        let archive = self.archive(artifact, task)?;
        task.stage("unpacking");
        artifact::install(self.store, artifact, &archive)?;
        self.dispose(&archive)
    }

    /// Makes an artifact again, in place of a damaged one.
    pub(crate) fn reinstall(&self, artifact: &Artifact, task: &Task<'_>) -> Result<()> {
        let _guard = self.lock(artifact, task)?;
        let archive = self.archive(artifact, task)?;
        task.stage("unpacking");
        artifact::replace(self.store, artifact, &archive)?;
        self.dispose(&archive)
    }

    /// Fetches an artifact's file unless it is stored, and hands it over as long as it is there.
    pub(crate) fn with_archive(
        &self,
        artifact: &Artifact,
        task: &Task<'_>,
        run: &dyn Fn(&std::path::Path) -> Result<()>,
    ) -> Result<()> {
        let _guard = self.lock(artifact, task)?;
        let kept = self.store.download(&artifact.sha256).exists();
        let archive = self.archive(artifact, task)?;
        run(&archive)?;
        if kept { Ok(()) } else { self.dispose(&archive) }
    }

    fn lock(&self, artifact: &Artifact, task: &Task<'_>) -> Result<lockfile::Guard> {
        let path = self.store.lock(&artifact.sha256.to_string());
        lockfile::exclusive(&path, || task.stage("waiting for another process that fetches it"))
    }

    /// The unpacked files are what is used; the archive would double the disk use.
    fn dispose(&self, archive: &std::path::Path) -> Result<()> {
        if self.options.keep_downloads { Ok(()) } else { durable::remove_tree(archive) }
    }

    /// A file whose hash was checked just now.
    fn archive(&self, artifact: &Artifact, task: &Task<'_>) -> Result<PathBuf> {
        let stored = self.store.download(&artifact.sha256);
        if stored.exists() {
            task.stage("checking");
            let found = sha256::of_file(&stored).map(|(hash, _)| hash);
            if found.is_ok_and(|hash| hash == artifact.sha256) {
                return Ok(stored);
            }
            task.note("the stored download is damaged, fetching it again");
            durable::remove_tree(&stored)?;
        }
        // Discovering registries may run programs, and an index may take its time.
        task.stage("looking up where it can be had");
        let network = self.network()?;
        let mut problems = Vec::new();
        let sources = sources(network, artifact, &mut problems);
        task.transfer("downloading");
        let download = Download {
            client: &network.client,
            store: self.store,
            artifact,
            retries: self.retries,
            unreachable: &self.unreachable,
            task,
        };
        download.run(&sources).map_err(|error| {
            let advice = network.registries.iter().find_map(|registry| registry.advice(artifact));
            let advice = advice.map_or_else(String::new, |advice| format!("\nhint: {advice}"));
            anyhow!("{error:#}{}{advice}", problems.concat())
        })
    }

    fn network(&self) -> Result<&Network> {
        let made = self.network.get_or_init(|| self.discover().map_err(|error| format!("{error:#}")));
        made.as_ref().map_err(|error| anyhow!(error.clone()))
    }

    fn discover(&self) -> Result<Network> {
        let client = Client::new()?;
        let mut registries: Vec<Box<dyn Registry>> = Vec::new();
        let logins = Logins::of_user();
        let mut add = |places: &[String], option: &str| -> Result<()> {
            let mirrors = Mirror::all(places, option, &logins)?;
            registries.extend(mirrors.into_iter().map(|mirror| Box::new(mirror) as Box<dyn Registry>));
            Ok(())
        };
        if let Some(bundle) = &self.options.bundle {
            // A bundle is asked alone: who gives one does not expect the network to be used.
            add(std::slice::from_ref(bundle), "--bundle")?;
            return Ok(Network { client, registries });
        }
        match self.options.mirrors.is_empty() {
            true => add(&mirrors_of_variable(), MIRRORS)?,
            false => add(&self.options.mirrors, "--mirror")?,
        }
        let options = registry::Options { index_url: self.options.index_url.clone() };
        registries.extend(registry::discover(&options, &client)?);
        Ok(Network { client, registries })
    }

    /// `--offline` allows the store and a bundle on this machine.
    fn refuse_if_offline(&self, due: &[&Artifact]) -> Result<()> {
        if !self.options.offline {
            return Ok(());
        }
        if let Some(bundle) = &self.options.bundle {
            if mirror::is_local_place(bundle, "--bundle")? {
                return Ok(());
            }
            bail!("`--offline` and a `--bundle` on the network contradict each other");
        }
        let absent: Vec<_> =
            due.iter().filter(|artifact| !self.store.download(&artifact.sha256).exists()).collect();
        if absent.is_empty() {
            return Ok(());
        }
        let lines: Vec<_> = absent
            .iter()
            .map(|artifact| format!("\n  `{}` ({})", artifact.purl, size(artifact.size)))
            .collect();
        bail!(
            "{} artifacts are not in the store `{}`, and `--offline` forbids fetching them{}\nhint: run `cargo xtask \
             setup` once with a network, or pass `--bundle DIR`",
            absent.len(),
            self.store.root().display(),
            lines.concat()
        )
    }
}

/// Places that are asked before the registries, separated by commas.
const MIRRORS: &str = "BERING_MIRROR";

fn mirrors_of_variable() -> Vec<String> {
    let text = std::env::var(MIRRORS).unwrap_or_default();
    text.split(',').map(str::trim).filter(|place| !place.is_empty()).map(str::to_owned).collect()
}

/// Every place that some registry knows; what the others said goes to `problems`.
fn sources(network: &Network, artifact: &Artifact, problems: &mut Vec<String>) -> Vec<Source> {
    let mut found = Vec::new();
    for registry in &network.registries {
        match registry.sources(artifact) {
            Ok(sources) => found.extend(sources),
            Err(error) => problems.push(format!("\n  {}: {error:#}", registry.label())),
        }
    }
    if found.is_empty() && problems.is_empty() {
        problems.push("\n  no registry is known that serves such a package".to_owned());
    }
    found
}
