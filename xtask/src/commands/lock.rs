//! `cargo xtask lock`: list, verify, inspect or update the entries of `third_party.lock`.
//!
//! The lock is made from the recipes and from what the registries say today; nobody edits it by hand.

mod audit;
mod inspect;
mod list;
mod update;
mod verify;

use anyhow::Result;
use clap::Subcommand;
use std::process::ExitCode;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show every entry: version, size, licence, and whether it was run
    List(list::Arguments),
    /// Check the lock against the recipes and against what the registries have today
    Verify(verify::Arguments),
    /// Ask the index about licences and withdrawn versions of what is locked
    Audit(audit::Arguments),
    /// Look into what is locked, also for other machines, and write down what was found
    Inspect(inspect::Arguments),
    /// Look components up again and write what changed
    Update(update::Arguments),
}

pub(crate) fn main(arguments: Arguments) -> Result<ExitCode> {
    match arguments.command {
        Command::List(arguments) => list::main(arguments),
        Command::Verify(arguments) => verify::main(arguments),
        Command::Audit(arguments) => audit::main(arguments),
        Command::Inspect(arguments) => inspect::main(arguments),
        Command::Update(arguments) => update::main(arguments),
    }
}
