//! `cargo xtask lock verify`: is the lock what the recipes ask for, and do the registries still have it?

use anyhow::{Context as _, Result, bail};
use bering_build::lock::{Artifact, Lock};
use std::process::ExitCode;

use crate::checkout::{Checkout, parse_lock};
use crate::fetch::http::Client;
use crate::recipe;
use crate::registry::{Options, Registries};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Check the file alone; ask no registry
    #[arg(long)]
    offline: bool,
    /// A Python package index to ask instead of the configured one
    #[arg(long, value_name = "URL")]
    index_url: Option<String>,
}

pub(crate) fn main(arguments: Arguments) -> Result<ExitCode> {
    let text = Checkout::find()?.lock_text()?;
    let lock = parse_lock(&text)?;
    let mut problems = problems_of_text(&text, &lock);
    problems.extend(problems_against_recipes(&lock)?);
    if !arguments.offline {
        let client = Client::new()?;
        let registries = Registries::of_machine(&Options { index_url: arguments.index_url }, &client);
        for artifact in &lock.artifacts {
            match place_at_registry(&registries, &client, artifact) {
                Ok(place) => println!(
                    "ok       {} ({}) {}: {place}",
                    artifact.name, artifact.host, artifact.purl.version
                ),
                Err(error) => problems.push(format!("`{}` ({}): {error:#}", artifact.name, artifact.host)),
            }
        }
    }
    problems.iter().for_each(|problem| println!("problem  {problem}"));
    let (artifacts, found) = (lock.artifacts.len(), problems.len());
    println!("{artifacts} artifacts, {found} problem{}", if found == 1 { "" } else { "s" });
    Ok(if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn problems_of_text(text: &str, lock: &Lock) -> Vec<String> {
    let mut problems = Vec::new();
    if lock.to_string() != text {
        problems.push("the file is not as `lock update` writes it (sorted, one field a line)".to_string());
    }
    for artifact in &lock.artifacts {
        // An upstream address is the identity of a generic package, and the only place for a host.
        let qualifiers = artifact.purl.qualifiers.iter().filter(|(key, _)| key != "download_url");
        let texts =
            qualifiers.map(|(_, value)| value.as_str()).chain([artifact.file.as_str(), &artifact.license]);
        if texts.into_iter().any(|text| text.contains("://")) {
            problems.push(format!("`{}` ({}) names a host", artifact.name, artifact.host));
        }
    }
    problems
}

fn problems_against_recipes(lock: &Lock) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for recipe in recipe::all() {
        for host in recipe.hosts() {
            let package = recipe.package_for(host).unwrap_or_default();
            let entry = lock.artifacts.iter().find(|artifact| {
                artifact.name == recipe.name && artifact.host == host && artifact.purl.name == package
            });
            let name = recipe.name;
            let Some(entry) = entry else {
                problems.push(format!(
                    "`{name}` ({host}) lacks `{package}`; run `cargo xtask lock update {name}`"
                ));
                continue;
            };
            if entry.unpack != recipe.unpack(&entry.purl.version, host)? || entry.license != recipe.license {
                problems.push(format!(
                    "`{name}` ({host}) is older than its recipe; run `cargo xtask lock update {name}`"
                ));
            }
        }
    }
    for artifact in &lock.artifacts {
        if recipe::find(&artifact.name).is_none() {
            problems.push(format!("`{}` ({}) has no recipe", artifact.name, artifact.host));
        }
    }
    Ok(problems)
}

/// Where the file lies; an error if the registry does not have it as the lock says.
fn place_at_registry(registries: &Registries, client: &Client, artifact: &Artifact) -> Result<String> {
    match artifact.purl.kind.as_str() {
        "pypi" => registries.python.confirm(artifact),
        "deb" => registries.debian.confirm(artifact),
        "generic" => registries.upstream.confirm(client, artifact),
        kind => bail!("no registry is known for `pkg:{kind}`"),
    }
    .context("the registry does not confirm it")
}
