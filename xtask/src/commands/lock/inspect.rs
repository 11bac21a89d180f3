//! `cargo xtask lock inspect`: look into what is locked, also for other machines, and write down what was found.
//!
//! No registry is asked for versions: the lock stays what it is, and its entries get the size of what is unpacked and, for plugins,
//! the version of PJRT that they speak. A plugin for another machine is loaded where cargo knows what runs that machine's
//! programs (`CARGO_TARGET_<TRIPLE>_RUNNER`, for example qemu-user).

use anyhow::{Context as _, Result, bail};
use bering_build::lock::{ANY_HOST, Artifact, Checked, Lock};
use std::process::ExitCode;

use super::update::{refuse_other_major, write_whole};
use crate::checkout::{self, Checkout, parse_lock};
use crate::inspect::{Facts, facts, plugin_version};
use crate::progress::size;
use crate::recipe;
use crate::setup::{self, Options};
use crate::store::{Store, artifact};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The components to look into [default: all]
    names: Vec<String>,
    /// Of these machines [default: this one]
    #[arg(long, value_name = "TRIPLE", value_delimiter = ',')]
    host: Vec<String>,
    /// Use only what is in the store
    #[arg(long)]
    offline: bool,
    /// A Python package index to ask instead of the configured one
    #[arg(long, value_name = "URL")]
    index_url: Option<String>,
}

pub(crate) fn main(arguments: Arguments) -> Result<ExitCode> {
    let checkout = Checkout::find()?;
    let old_text = checkout.lock_text()?;
    let mut lock = parse_lock(&old_text)?;
    let hosts = match arguments.host.is_empty() {
        true => vec![checkout::host()?.to_owned()],
        false => arguments.host.clone(),
    };
    let due = chosen(&lock, &arguments.names, &hosts)?;
    let store = Store::from_environment()?;
    store.prepare()?;
    let found = {
        let _guard = store.guard_shared()?;
        let options = Options {
            offline: arguments.offline,
            index_url: arguments.index_url.clone(),
            ..Options::default()
        };
        let absent = |artifact: &&Artifact| !artifact::is_present(&store, &artifact::key(artifact));
        let absent: Vec<&Artifact> = due.iter().copied().filter(absent).collect();
        if !absent.is_empty() {
            setup::obtain(&store, "inspecting", &absent, &options, &|fetcher, artifact, task| {
                fetcher.install(artifact, task)
            })?;
        }
        due.iter().map(|artifact| look(&checkout, &store, artifact)).collect::<Result<Vec<_>>>()?
    };
    for (artifact, facts) in due.iter().zip(&found) {
        print!("{}", told(artifact, facts));
    }
    let hashes: Vec<_> = due.iter().map(|artifact| (artifact.sha256, artifact.host.clone())).collect();
    for ((hash, host), facts) in hashes.iter().zip(found) {
        let same = |artifact: &&mut Artifact| artifact.sha256 == *hash && artifact.host == *host;
        if let Some(artifact) = lock.artifacts.iter_mut().find(same) {
            note(artifact, facts);
        }
    }
    let text = lock.to_string();
    if text == old_text {
        println!("`{}` says all of it already", bering_build::LOCK_FILE);
    } else {
        let path = checkout.lock_path();
        write_whole(&path, &text).with_context(|| format!("`{}` cannot be written", path.display()))?;
        println!("wrote `{}`; review the diff", bering_build::LOCK_FILE);
    }
    Ok(ExitCode::SUCCESS)
}

/// The artifacts of those names for those machines.
fn chosen<'a>(lock: &'a Lock, names: &[String], hosts: &[String]) -> Result<Vec<&'a Artifact>> {
    let for_hosts = |artifact: &Artifact| artifact.host == ANY_HOST || hosts.contains(&artifact.host);
    let all: Vec<&Artifact> = lock.artifacts.iter().filter(|artifact| for_hosts(artifact)).collect();
    for name in names {
        if !all.iter().any(|artifact| artifact.name == *name) {
            bail!("{} has no `{name}` for {}", bering_build::LOCK_FILE, hosts.join(", "));
        }
    }
    let wanted = |artifact: &&Artifact| names.is_empty() || names.contains(&artifact.name);
    Ok(all.into_iter().filter(wanted).collect())
}

fn look(checkout: &Checkout, store: &Store, artifact: &Artifact) -> Result<Facts> {
    let mut found = facts(store, artifact)?.context("an artifact is not where it was just put")?;
    if let Some(plugin) = found.plugin.as_ref().filter(|_| recipe::is_plugin(&artifact.name)) {
        let host = match artifact.host.as_str() {
            ANY_HOST => checkout::host()?,
            host => host,
        };
        match plugin_version(checkout.root(), host, plugin) {
            Ok(version) => found.pjrt = Some(version),
            Err(error) => {
                eprintln!("note: `{}` ({}) tells no version: {error:#}", artifact.name, artifact.host)
            }
        }
    }
    refuse_other_major(artifact, &found)?;
    Ok(found)
}

/// Writes down what was found. A version that could not be asked for here stays as it was.
fn note(artifact: &mut Artifact, facts: Facts) {
    artifact.unpacked = Some(facts.unpacked);
    artifact.pjrt = facts.pjrt.or(artifact.pjrt.take());
    if artifact.checked == Checked::Locked {
        artifact.checked = Checked::Inspected;
    }
}

fn told(artifact: &Artifact, facts: &Facts) -> String {
    let needs: Vec<&str> = facts.needed.iter().map(String::as_str).collect();
    let mut text = format!("{} ({}) {}\n", artifact.name, artifact.host, artifact.purl.version);
    text.push_str(&format!("    unpacked {}\n", size(facts.unpacked)));
    if !needs.is_empty() {
        text.push_str(&format!("    needs    {}\n", needs.join(" ")));
    }
    if let Some(version) = &facts.pjrt {
        text.push_str(&format!("    PJRT     {version}\n"));
    }
    text
}
