//! `cargo xtask setup`: everything that a build needs and cargo does not fetch.

use crate::checkout::Checkout;
use crate::setup::{self, Options, Outcome};
use crate::store::Store;
use crate::store::prefix::Manifest;
use crate::targets::Selection;
use anyhow::Result;
use std::process::ExitCode;

#[derive(clap::Args)]
// Flattened into other commands' arguments: clap's implicit group would have the same name there.
#[group(skip)]
pub(crate) struct Arguments {
    /// Use only what is in the store (and a bundle on this machine)
    #[arg(long)]
    offline: bool,
    /// Take files from a directory or URL that serves `sha256/<hash>`, and from nowhere else
    #[arg(long, value_name = "DIR|URL")]
    bundle: Option<String>,
    /// Ask this directory or URL, which serves `sha256/<hash>`, before the registries; several are tried in order
    /// [default: those of BERING_MIRROR]
    #[arg(long, value_name = "DIR|URL", conflicts_with = "bundle")]
    mirror: Vec<String>,
    /// Ask this Python package index instead of the configured one
    #[arg(long, value_name = "URL")]
    index_url: Option<String>,
    /// Set up for these targets and no others, e.g. `cuda13` or `cuda12,tpu`; the CPU is always one
    /// [default: those that this checkout has]
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    target: Vec<String>,
    /// Leave out what only some programs need (cuDNN, cuFFT, CUPTI)
    #[arg(long, requires = "target")]
    minimal: bool,
    /// Add what is not set up by default, e.g. `nccl`
    #[arg(long, value_name = "NAME", value_delimiter = ',', requires = "target")]
    with: Vec<String>,
    /// How many artifacts to work on at once
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..))]
    jobs: Option<u8>,
    /// Keep downloaded archives after they are unpacked (their directory is a bundle)
    #[arg(long)]
    keep_downloads: bool,
}

pub(crate) fn main(arguments: Arguments) -> Result<ExitCode> {
    let checkout = Checkout::find()?;
    let outcome = arguments.set_up(&checkout)?;
    let link = checkout.link();
    let targets = Manifest::read(&link)?.selection;
    match outcome {
        Outcome::Warm => eprintln!("everything is set up in `{}` for {targets}", link.display()),
        Outcome::Linked => eprintln!("set up in `{}` for {targets}", link.display()),
    }
    Ok(ExitCode::SUCCESS)
}

impl Arguments {
    /// The targets that were asked for, if any were.
    pub(crate) fn selection(&self) -> Result<Option<Selection>> {
        if self.target.is_empty() {
            return Ok(None);
        }
        Selection::new(&self.target, self.minimal, &self.with).map(Some)
    }

    /// Sets the checkout up; says nothing if nothing is due.
    pub(crate) fn set_up(&self, checkout: &Checkout) -> Result<Outcome> {
        setup::run(checkout, &Store::from_environment()?, &self.options()?)
    }

    /// Sets the checkout up for the targets that it has, and brings what a build of `selection` for `host` needs into the
    /// store beside: who works on one target and makes a distribution for another finds the checkout as it was.
    pub(crate) fn set_up_for(
        &self,
        checkout: &Checkout,
        store: &Store,
        host: &str,
        selection: &Selection,
    ) -> Result<()> {
        let options = Options { selection: None, ..self.options()? };
        setup::run(checkout, store, &options)?;
        setup::run_for(checkout, store, host, selection, &options)
    }

    fn options(&self) -> Result<Options> {
        Ok(Options {
            offline: self.offline,
            bundle: self.bundle.clone(),
            mirrors: self.mirror.clone(),
            index_url: self.index_url.clone(),
            jobs: self.jobs.map(usize::from),
            keep_downloads: self.keep_downloads,
            selection: self.selection()?,
        })
    }
}
