//! `cargo xtask store`: where it is, whether it is whole, and what of it nobody needs.

use crate::checkout;
use crate::progress::size;
use crate::setup::{self, Options};
use crate::store::verify::{Cure, Damage};
use crate::store::{Store, durable, gc, verify};
use anyhow::{Result, bail};
use bering_build::lock::Artifact;
use clap::Subcommand;
use std::collections::BTreeMap;
use std::process::ExitCode;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Print the store's directory
    Path,
    /// Hash every file again and name what is damaged
    Verify {
        /// Make damaged artifacts again, downloading them if needed
        #[arg(long)]
        repair: bool,
    },
    /// Remove what no checkout on this machine uses
    Gc {
        /// Only say what would be removed
        #[arg(long)]
        dry_run: bool,
    },
}

pub(crate) fn main(arguments: Arguments) -> Result<ExitCode> {
    let store = Store::from_environment()?;
    match arguments.command {
        Command::Path => println!("{}", store.root().display()),
        Command::Verify { repair } => verify(&store, repair)?,
        Command::Gc { dry_run } => collect(&store, dry_run)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn verify(store: &Store, repair: bool) -> Result<()> {
    if !store.root().is_dir() {
        bail!("there is no store at `{}`\nhint: run `cargo xtask setup`", store.root().display());
    }
    let guard = if repair { Some(store.guard_exclusive()?) } else { None };
    let report = verify::run(store)?;
    for damage in &report.damages {
        println!("damaged: `{}` {}", damage.path.display(), damage.what);
    }
    println!("{} files, {}: {} damaged", report.files, size(report.bytes), report.damages.len());
    if report.damages.is_empty() {
        return Ok(());
    }
    if guard.is_none() {
        bail!("the store is damaged\nhint: run `cargo xtask store verify --repair`");
    }
    mend(store, report.damages)?;
    let left = verify::run(store)?.damages;
    match left.first() {
        None => {
            println!("repaired; run `cargo xtask setup` in each checkout whose prefix was removed");
            Ok(())
        }
        Some(damage) => bail!("`{}` is still damaged: {}", damage.path.display(), damage.what),
    }
}

fn mend(store: &Store, damages: Vec<Damage>) -> Result<()> {
    let mut artifacts: BTreeMap<String, Artifact> = BTreeMap::new();
    for damage in damages {
        match damage.cure {
            Cure::Remove(path) => durable::remove_tree(&path)?,
            Cure::Reinstall(artifact) => {
                artifacts.insert(crate::store::artifact::key(&artifact).0, *artifact);
            }
        }
    }
    if artifacts.is_empty() {
        return Ok(());
    }
    let due: Vec<&Artifact> = artifacts.values().collect();
    setup::obtain(store, "making again", &due, &Options::default(), &|fetcher, artifact, task| {
        fetcher.reinstall(artifact, task)
    })
}

fn collect(store: &Store, dry_run: bool) -> Result<()> {
    if !store.root().is_dir() {
        println!("there is no store at `{}`", store.root().display());
        return Ok(());
    }
    store.prepare()?;
    let _guard = store.guard_exclusive()?;
    let garbage = gc::garbage(store, checkout::host()?, !dry_run)?;
    let mut freed = 0;
    for item in &garbage {
        println!(
            "{} `{}` ({})",
            if dry_run { "would remove" } else { "removing" },
            item.path.display(),
            size(item.bytes)
        );
        if !dry_run {
            durable::remove_tree(&item.path)?;
        }
        freed += item.bytes;
    }
    println!("{} {}", if dry_run { "would free" } else { "freed" }, size(freed));
    Ok(())
}
