//! `cargo xtask build --target T -p NAME`: set up, build a binary in release, say where it is.

use super::setup;
use crate::build::{Build, Manner};
use crate::checkout::{self, Checkout};
use crate::cross::{self, Cross};
use crate::store::Store;
use crate::store::prefix::Manifest;
use anyhow::Result;
use std::process::ExitCode;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    setup: setup::Arguments,
    #[command(flatten)]
    what: What,
}

/// What is built; the same for `dist`.
#[derive(clap::Args)]
#[group(skip)]
pub(crate) struct What {
    /// The package whose binary is built
    #[arg(short, long, value_name = "NAME")]
    pub(crate) package: String,
    /// The machine to build for [default: this one]
    #[arg(long, value_name = "TRIPLE")]
    pub(crate) host: Option<String>,
}

impl What {
    /// How to build for the host, if it is another machine than this one.
    ///
    /// # Errors
    /// If nothing can be built here for that host.
    pub(crate) fn cross(&self) -> Result<Option<&'static Cross>> {
        let here = checkout::host()?;
        let cross = cross::find(here, self.host.as_deref().unwrap_or(here))?;
        cross.map_or(Ok(()), Cross::check)?;
        Ok(cross)
    }
}

pub(crate) fn main(arguments: Arguments) -> Result<ExitCode> {
    let cross = arguments.what.cross()?;
    let checkout = Checkout::find()?;
    arguments.setup.set_up(&checkout)?;
    let selection = Manifest::read(&checkout.link())?.selection;
    if let Some(cross) = cross {
        arguments.setup.set_up_for(&checkout, &Store::from_environment()?, cross.host, &selection)?;
    }
    let What { package, host } = &arguments.what;
    let build = Build {
        root: checkout.root(),
        package,
        selection: &selection,
        host: host.as_deref(),
        manner: Manner::Usual,
    };
    // Cargo has said why it failed.
    let Some(built) = build.run()? else { return Ok(ExitCode::FAILURE) };
    println!("{}", built.binary.display());
    Ok(ExitCode::SUCCESS)
}
