//! `cargo xtask targets`: which hardware targets there are, what each needs and where it was run.

mod list;
mod show;

use anyhow::Result;
use std::process::ExitCode;

use crate::checkout::{self, Checkout};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Show the components of this target instead of all targets
    name: Option<String>,
    /// Only for this host, e.g. `aarch64-unknown-linux-gnu` [default: all, for one target this machine]
    #[arg(long, value_name = "TRIPLE")]
    host: Option<String>,
    /// With a target: every file that a program needs at run time, with its size and hash
    #[arg(long, requires = "name")]
    files: bool,
}

pub(crate) fn main(arguments: Arguments) -> Result<ExitCode> {
    let checkout = Checkout::find()?;
    let lock = checkout.lock()?;
    match &arguments.name {
        None => list::print(&lock, arguments.host.as_deref()),
        Some(name) => {
            let target = crate::targets::find(name)?;
            let host = match &arguments.host {
                Some(host) => host.as_str(),
                None => checkout::host()?,
            };
            match arguments.files {
                true => show::files(&lock, host, target)?,
                false => show::components(&lock, host, target),
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
