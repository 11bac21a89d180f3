//! `bering`: runs, inspects, measures and converts StableHLO programs that other frameworks exported.
//!
//! Results go to stdout, everything else to stderr. Each command is one file; `program` and `inputs` are what they share.
#![forbid(unsafe_code)]

mod bench;
mod convert;
mod devices;
mod inputs;
mod inspect;
mod output;
mod program;
mod run;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

#[derive(Parser)]
#[command(
    version,
    about = "Runs, inspects and measures StableHLO programs: MLIR text, bytecode, and files of jax.export"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run a program on arrays from npy or npz files
    Run(run::Arguments),
    /// Print a program's signature, operations, custom calls, memory and layouts
    Inspect(inspect::Arguments),
    /// Measure how fast a program compiles and runs
    Bench(bench::Arguments),
    /// Write a program in another form
    Convert(convert::Arguments),
    /// List the devices that programs can run on
    Devices(devices::Arguments),
}

#[allow(clippy::print_stderr)]
fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Run(command) => command.run(),
        Command::Inspect(command) => command.run(),
        Command::Bench(command) => command.run(),
        Command::Convert(command) => command.run(),
        Command::Devices(command) => command.run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", report(&error));
            ExitCode::FAILURE
        }
    }
}

/// The error with its causes, and any advice (`hint:` lines) of them at the end.
fn report(error: &anyhow::Error) -> String {
    let (mut text, mut hints) = (String::new(), String::new());
    for (depth, cause) in error.chain().enumerate() {
        let message = cause.to_string();
        let (hint, message): (Vec<&str>, Vec<&str>) =
            message.lines().partition(|line| line.starts_with("hint: "));
        text += if depth == 0 { "" } else { "\n  caused by: " };
        text += &message.join("\n  ");
        hint.iter().for_each(|line| hints += &format!("\n{line}"));
    }
    text + &hints
}

/// Whether the reader of our output went away, as `head` does: it has what it wanted.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let io = error.chain().find_map(|cause| cause.downcast_ref::<std::io::Error>());
    io.is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
}
