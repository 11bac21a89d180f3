//! `cargo xtask`: fetches, checks and lays out the prebuilt artifacts of `third_party.lock`, then runs and tests.
//!
//! The only code of the project that downloads or writes the store. `main` parses the command line and dispatches; each
//! command is one file under `commands/`.
#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, clippy::print_stderr)] // a command-line program

// Its macros take a reader that went away, as `head` does, for what it is; std's panic.
#[macro_use(print, println)]
extern crate anstream;

mod build;
mod bundle;
mod cargo;
mod checkout;
mod ci;
mod columns;
mod commands;
mod cross;
mod dist;
mod elf;
mod fetch;
mod inspect;
mod macho;
mod progress;
mod recipe;
mod registry;
mod resolve;
mod setup;
mod sha256;
mod store;
mod targets;
mod unpack;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Sets up, runs and tests this checkout.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Fetch, check and lay out every artifact that this machine needs
    Setup(commands::setup::Arguments),
    /// Set up, build a binary in release and run it
    Run(commands::run::Arguments),
    /// Set up and build a binary for a target
    Build(commands::build::Arguments),
    /// Make a directory, tarball or image of a binary with all that it needs elsewhere
    Dist(commands::dist::Arguments),
    /// Make or check a directory with all files of the lock, for other machines
    Bundle(commands::bundle::Arguments),
    /// Set up and run every test
    Test(commands::test::Arguments),
    /// Say what is there, what is missing and whether it works
    Doctor(commands::doctor::Arguments),
    /// Show which hardware targets there are, what each needs and where it was run
    Targets(commands::targets::Arguments),
    /// List, verify or update the entries of third_party.lock
    Lock(commands::lock::Arguments),
    /// Run the jobs of ci/matrix.toml, or make workflow files from them
    Ci(commands::ci::Arguments),
    /// Inspect, verify, repair or shrink the store
    Store(commands::store::Arguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match arguments.command {
        Command::Setup(arguments) => commands::setup::main(arguments),
        Command::Run(arguments) => commands::run::main(arguments),
        Command::Build(arguments) => commands::build::main(arguments),
        Command::Dist(arguments) => commands::dist::main(arguments),
        Command::Bundle(arguments) => commands::bundle::main(arguments),
        Command::Test(arguments) => commands::test::main(arguments),
        Command::Doctor(arguments) => commands::doctor::main(arguments),
        Command::Targets(arguments) => commands::targets::main(arguments),
        Command::Lock(arguments) => commands::lock::main(arguments),
        Command::Ci(arguments) => commands::ci::main(arguments),
        Command::Store(arguments) => commands::store::main(arguments),
    };
    result.unwrap_or_else(|error| {
        report(&error);
        ExitCode::FAILURE
    })
}

/// Prints an error as `cause: cause`, with the `hint:` lines of all causes last.
fn report(error: &anyhow::Error) {
    let mut hints = Vec::new();
    let mut texts: Vec<String> = Vec::new();
    for cause in error.chain() {
        let text = cause.to_string();
        let (hint, body): (Vec<_>, Vec<_>) = text.lines().partition(|line| line.starts_with("hint: "));
        hints.extend(hint.into_iter().map(str::to_owned));
        if !body.is_empty() {
            texts.push(body.join("\n"));
        }
    }
    eprintln!("error: {}", texts.join(": "));
    hints.iter().for_each(|hint| eprintln!("{hint}"));
}
