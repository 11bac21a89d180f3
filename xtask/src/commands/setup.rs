//! `cargo xtask setup`: everything that a build needs and cargo does not fetch.

use crate::checkout::Checkout;
use crate::setup::{self, Options, Outcome};
use crate::store::Store;
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
    /// Ask this Python package index instead of the configured one
    #[arg(long, value_name = "URL")]
    index_url: Option<String>,
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
    match outcome {
        Outcome::Warm => eprintln!("everything is set up in `{}`", link.display()),
        Outcome::Linked => eprintln!("set up in `{}`", link.display()),
    }
    Ok(ExitCode::SUCCESS)
}

impl Arguments {
    /// Sets the checkout up; says nothing if nothing is due.
    pub(crate) fn set_up(&self, checkout: &Checkout) -> Result<Outcome> {
        let options = Options {
            offline: self.offline,
            bundle: self.bundle.clone(),
            index_url: self.index_url.clone(),
            jobs: self.jobs.map(usize::from),
            keep_downloads: self.keep_downloads,
        };
        setup::run(checkout, &Store::from_environment()?, &options)
    }
}
