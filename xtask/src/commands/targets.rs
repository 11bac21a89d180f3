//! `cargo xtask targets`: which hardware targets there are, what each needs and where it was run.

mod list;
mod show;
mod verify;

use anyhow::Result;
use std::process::ExitCode;

use crate::checkout::{self, Checkout};

#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Only for this host, e.g. `aarch64-unknown-linux-gnu`
    #[arg(long, value_name = "TRIPLE")]
    host: Option<String>,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Show the components of a target, or its files
    Show(Show),
    /// Examine a target's files, load its plugin, and compile programs for it, all without its hardware
    Verify(verify::Arguments),
}

#[derive(clap::Args)]
struct Show {
    /// The target, e.g. `cuda13`
    name: String,
    /// For this host [default: this machine]
    #[arg(long, value_name = "TRIPLE")]
    host: Option<String>,
    /// Every file that a program needs at run time, with its size and hash
    #[arg(long)]
    files: bool,
}

pub(crate) fn main(arguments: Arguments) -> Result<ExitCode> {
    match arguments.command {
        None => list::print(&Checkout::find()?.lock()?, arguments.host.as_deref()),
        Some(Command::Verify(arguments)) => return verify::main(&arguments),
        Some(Command::Show(Show { name, host, files })) => {
            let lock = Checkout::find()?.lock()?;
            let target = crate::targets::find(&name)?;
            let host = match &host {
                Some(host) => host.as_str(),
                None => checkout::host()?,
            };
            match files {
                true => show::files(&lock, host, target)?,
                false => show::components(&lock, host, target),
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
