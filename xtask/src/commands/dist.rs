//! `cargo xtask dist --target T -p NAME`: a relocatable directory and tarball, and an image if asked for.

use super::build::What;
use super::setup;
use crate::checkout::{Checkout, host};
use crate::dist::{self, Image, Request};
use crate::store::Store;
use anyhow::Result;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    setup: setup::Arguments,
    #[command(flatten)]
    what: What,
    /// Where to put the results [default: `distrib` in cargo's target directory]
    #[arg(short, long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Leave the model's weights out
    #[arg(long)]
    without_weights: bool,
    /// Include files whose vendors do not let everybody pass them on: you have read their terms
    #[arg(long)]
    include_restricted: bool,
    /// Write an OCI image layout, too; its lowest layer is this machine's C and C++ runtime
    #[arg(long)]
    oci: bool,
    /// Put the image onto the one of this layout instead of the runtime
    #[arg(long, value_name = "LAYOUT", requires = "oci")]
    oci_base: Option<PathBuf>,
}

pub(crate) fn main(arguments: Arguments) -> Result<ExitCode> {
    let cross = arguments.what.cross()?;
    let checkout = Checkout::find()?;
    let store = Store::from_environment()?;
    let selection = arguments.setup.selection()?.unwrap_or_default();
    let host = cross.map_or_else(host, |cross| Ok(cross.host))?;
    arguments.setup.set_up_for(&checkout, &store, host, &selection)?;
    let image = match &arguments.oci_base {
        Some(base) => Some(Image::OnBase(base)),
        None => arguments.oci.then_some(Image::OnRuntime),
    };
    let request = Request {
        package: &arguments.what.package,
        selection: &selection,
        host: arguments.what.host.as_deref(),
        out: arguments.out.as_deref(),
        weights: !arguments.without_weights,
        restricted: arguments.include_restricted,
        image,
    };
    let Some(places) = dist::run(&checkout, &store, &request)? else {
        return Ok(ExitCode::FAILURE);
    };
    places.iter().for_each(|place| println!("{}", place.display()));
    Ok(ExitCode::SUCCESS)
}
