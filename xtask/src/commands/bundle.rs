//! `cargo xtask bundle`: directories with all files of the lock, for machines without a network and for mirrors.

use crate::bundle;
use crate::cargo;
use crate::checkout::{Checkout, host, parse_lock};
use crate::setup::Options;
use crate::store::{Store, durable};
use crate::targets::Selection;
use anyhow::{Context as _, Result, bail};
use bering_build::lock::{Artifact, Lock};
use clap::Subcommand;
use std::path::{Path, PathBuf};
use std::process::{ExitCode, Stdio};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make a bundle, or add to one what it lacks
    Create {
        #[command(flatten)]
        what: What,
        /// Include files whose vendors do not let everybody pass them on: you have read their terms
        #[arg(long)]
        include_restricted: bool,
        /// Include the crates of Cargo.lock, too
        #[arg(long)]
        crates: bool,
        /// Take files from the store, and from nowhere else
        #[arg(long)]
        offline: bool,
        /// Ask this Python package index instead of the configured one
        #[arg(long, value_name = "URL")]
        index_url: Option<String>,
    },
    /// Hash the files of a bundle and name what is missing or damaged
    Verify {
        #[command(flatten)]
        what: What,
    },
}

#[derive(clap::Args)]
#[group(skip)]
struct What {
    /// The bundle
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// For these targets; the CPU is always one
    #[arg(long, value_name = "NAME", value_delimiter = ',', default_value = "cpu")]
    target: Vec<String>,
    /// For these machines [default: this one]
    #[arg(long, value_name = "TRIPLE", value_delimiter = ',')]
    host: Vec<String>,
    /// Leave out what only some programs need (cuDNN, cuFFT, CUPTI)
    #[arg(long)]
    minimal: bool,
    /// Add what is not set up by default, e.g. `nccl`
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    with: Vec<String>,
}

impl What {
    fn hosts(&self) -> Result<Vec<String>> {
        if self.host.is_empty() { Ok(vec![host()?.to_owned()]) } else { Ok(self.host.clone()) }
    }

    fn artifacts<'a>(&self, lock: &'a Lock, hosts: &'a [String]) -> Result<Vec<&'a Artifact>> {
        bundle::artifacts(lock, hosts, &Selection::new(&self.target, self.minimal, &self.with)?)
    }
}

pub(crate) fn main(arguments: Arguments) -> Result<ExitCode> {
    let checkout = Checkout::find()?;
    let lock_text = checkout.lock_text()?;
    let lock = parse_lock(&lock_text)?;
    match arguments.command {
        Command::Create { what, include_restricted, crates, offline, index_url } => {
            let hosts = what.hosts()?;
            let artifacts = what.artifacts(&lock, &hosts)?;
            if !include_restricted {
                bundle::check_terms(&artifacts)?;
            }
            let options = Options { offline, index_url, ..Options::default() };
            bundle::create(&Store::from_environment()?, &lock_text, &artifacts, &what.directory, &options)?;
            if crates {
                vendor(checkout.root(), &what.directory)?;
            }
        }
        Command::Verify { what } => {
            let hosts = what.hosts()?;
            let artifacts = what.artifacts(&lock, &hosts)?;
            let wrong = bundle::verify(&artifacts, &what.directory);
            if !wrong.is_empty() {
                bail!(
                    "`{}` lacks {} of {} files of this lock\n  {}\nhint: `cargo xtask bundle create` with the same arguments adds them",
                    what.directory.display(),
                    wrong.len(),
                    artifacts.len(),
                    wrong.join("\n  ")
                );
            }
            println!("`{}` has all {} files of this lock", what.directory.display(), artifacts.len());
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Has cargo put the crates beside the files, and its configuration where cargo finds it for whatever lies below.
fn vendor(root: &Path, directory: &Path) -> Result<()> {
    let directory = std::path::absolute(directory)?;
    let partial = directory.join(".crates.partial");
    durable::remove_tree(&partial)?;
    let output = cargo::command(root)
        .args(["vendor", "--locked", "--versioned-dirs"])
        .arg(&partial)
        .stderr(Stdio::inherit())
        .output()
        .context("cargo cannot be run")?;
    if !output.status.success() {
        bail!("`cargo vendor` failed");
    }
    let config = String::from_utf8(output.stdout).context("`cargo vendor` printed no text")?;
    let config = config.replace(&partial.display().to_string(), "crates");
    let place = directory.join("crates");
    durable::remove_tree(&place)?;
    if partial.is_dir() {
        durable::publish_dir(&partial, &place)?;
    }
    let path = directory.join(".cargo/config.toml");
    durable::remove_tree(&path)?;
    durable::write_new(&path, config.as_bytes(), false)
}
