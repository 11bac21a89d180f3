//! The checkout: lock, prefix, store, and the registries that would be asked.

use anyhow::Result;
use bering_build::Prefix;
use std::path::Path;

use super::Report;
use crate::checkout::{Checkout, host};
use crate::fetch::http::Client;
use crate::progress::size;
use crate::registry::{Options, Registries};
use crate::store::prefix::Manifest;
use crate::store::{Store, durable};
use crate::targets::{self, Machines};

pub(super) fn examine(checkout: &Checkout, options: &Options, report: &mut Report) {
    report.outcome("lock", lock(checkout));
    prefix(checkout, report);
    report.outcome("store", store());
    registries(options, report);
}

fn lock(checkout: &Checkout) -> Result<String> {
    let lock = checkout.lock()?;
    let selection = Manifest::read(&checkout.link()).map(|manifest| manifest.selection).unwrap_or_default();
    let artifacts = targets::artifacts(&lock, Machines::one(host()?), &selection)?;
    let total = artifacts.iter().map(|artifact| artifact.size).sum();
    let names: Vec<_> = artifacts.iter().map(|artifact| artifact.name.as_str()).collect();
    Ok(format!("{} to download for this machine: {}", size(total), names.join(", ")))
}

fn prefix(checkout: &Checkout, report: &mut Report) {
    let link = checkout.link();
    let opened = Prefix::open(&link, Some(&checkout.lock_path())).map_err(|error| error.to_string());
    let whole = opened.and_then(|_| match Manifest::read(&link) {
        Ok(manifest) if manifest.is_whole(&link) => Ok(manifest),
        Ok(_) => Err("files that were set up are gone".to_string()),
        Err(error) => Err(format!("{error:#}")),
    });
    match whole {
        Ok(manifest) => {
            let target = std::fs::read_link(&link).unwrap_or_else(|_| link.clone());
            let count = manifest.component.len();
            let plural = if count == 1 { "" } else { "s" };
            let shown = target.display();
            report.good(
                "prefix",
                format!("{count} component{plural} in `{shown}`, for {}", manifest.selection),
            );
        }
        Err(error) => {
            let text: Vec<&str> = error.lines().filter(|line| !line.starts_with("hint: ")).collect();
            report.missing("prefix", text.join("\n"), "run `cargo xtask setup`");
        }
    }
}

fn store() -> Result<String> {
    let store = Store::from_environment()?;
    let buckets = [
        ("unpacked", vec![store.artifacts()]),
        ("downloads", vec![store.downloads(), store.partials()]),
        ("prefixes", vec![store.prefixes()]),
        ("unfinished", vec![store.tmp()]),
    ];
    let mut parts = Vec::new();
    for (name, directories) in buckets {
        let total = directories.iter().map(|directory| durable::disk_use(directory)).sum();
        parts.push(format!("{name} {}", size(total)));
    }
    let free = free_space(store.root()).map(|free| format!("; free on its disk: {}", size(free)));
    Ok(format!("`{}`: {}{}", store.root().display(), parts.join(", "), free.unwrap_or_default()))
}

/// What `df` says of the disk on which a path lies or would lie.
fn free_space(path: &Path) -> Option<u64> {
    let existing = path.ancestors().find(|path| path.exists())?;
    let df = crate::registry::programs::find_program("df")?;
    let text = crate::registry::programs::ask(&df, &["-P", "-k", existing.to_str()?])?;
    let kilobytes: u64 = text.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()?;
    Some(kilobytes * 1024)
}

/// Only what is configured: asking them is what `lock verify` is for.
fn registries(options: &Options, report: &mut Report) {
    let client = match Client::new() {
        Ok(client) => client,
        Err(error) => return report.missing("network", format!("{error:#}"), "see the message"),
    };
    let registries = Registries::of_machine(options, &client);
    match registries.python.indexes() {
        Ok(indexes) => {
            let indexes: Vec<String> = indexes.iter().map(ToString::to_string).collect();
            report.good("Python index", indexes.join("\n"));
        }
        // A machine that is set up downloads nothing, so this is no failure in itself.
        Err(error) => report.note("Python index", format!("{error:#}")),
    }
    let bases = registries.debian.bases();
    if bases.is_empty() {
        let text = "no apt sources found; BERING_DEBIAN_URL can name a mirror for what comes from Debian";
        report.note("Debian archive", text);
    } else {
        report.good("Debian archive", bases.join("\n"));
    }
}
