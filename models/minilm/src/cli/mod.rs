//! The command line: arguments, and how errors become exit codes.
//!
//! Results go to stdout, everything else (notes, progress, errors) to stderr.

mod embed;
mod input;
mod output;
mod search;
mod similarity;

use anyhow::{Context, Result, bail};
use clap::{Args, Parser, Subcommand};
use minilm::{Embedder, Options};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Parser)]
#[command(version, about = "Sentence embeddings with BERT encoders, compiled by XLA")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    model: ModelArguments,
}

#[derive(Subcommand)]
enum Command {
    /// Embed sentences, one a line
    Embed(embed::Arguments),
    /// Print the cosine similarity of every pair of sentences
    Similarity(similarity::Arguments),
    /// Find the lines of a file that are most similar to a query
    Search(search::Arguments),
}

/// What every command needs to know about the model and where it runs.
#[derive(Args)]
struct ModelArguments {
    /// Model directory [default: the all-MiniLM-L6-v2 that `cargo xtask setup` brings]
    #[arg(long, value_name = "DIR", global = true, env = "BERING_MINILM_MODEL")]
    model: Option<PathBuf>,
    /// Device to run on: `auto`, or a target of this build such as `cpu`, `cuda`, `cuda13:1`
    #[arg(long, value_name = "NAME", global = true, default_value = "auto")]
    device: String,
    /// Threads to compute with [default: one a processor]
    #[arg(long, value_name = "N", global = true, value_parser = clap::value_parser!(u32).range(1..=1024))]
    threads: Option<u32>,
    /// Sentences run together at most [default: as many as fill the processor's cache]
    #[arg(long, value_name = "N", global = true, value_parser = clap::value_parser!(u32).range(1..=4096))]
    batch: Option<u32>,
}

impl ModelArguments {
    /// Opens the model. `normalize` adds a normalisation to unit length if the model has none of its own.
    fn open(&self, normalize: bool) -> Result<Embedder> {
        let directory = match &self.model {
            Some(directory) => directory.clone(),
            None => default_model()?,
        };
        let options = Options {
            device: self.device.clone(),
            threads: self.threads.map(|threads| threads as usize),
            batch: self.batch.map(|batch| batch as usize),
            normalize,
            form: None,
        };
        Embedder::open(&directory, &options)
            .with_context(|| format!("cannot use the model in `{}`", directory.display()))
    }
}

/// The model that set-up brings.
fn default_model() -> Result<PathBuf> {
    let places = minilm::default_directories();
    if let Some(found) = places.iter().find(|place| place.is_dir()) {
        return Ok(found.clone());
    }
    let looked: Vec<String> = places.iter().map(|place| format!("`{}`", place.display())).collect();
    let looked = match looked.as_slice() {
        [] => "where this program lies is unknown (is `/proc` mounted?)".to_owned(),
        places => format!("looked in {}", places.join(", ")),
    };
    bail!(
        "no model found; {looked}\nhint: run `cargo xtask setup` in the checkout, or name a directory with `--model`"
    );
}

/// Tells what the user should know besides the results: better devices that were passed over, inputs that were cut.
#[allow(clippy::print_stderr)]
fn note(truncated: usize, embedder: &Embedder) -> Result<()> {
    embedder.notes()?.iter().for_each(|note| eprintln!("note: {note}"));
    if truncated > 0 {
        let (inputs, were) = if truncated == 1 { ("input", "was") } else { ("inputs", "were") };
        eprintln!("note: {truncated} {inputs} {were} truncated to {} tokens", embedder.max_seq_length());
    }
    Ok(())
}

#[allow(clippy::print_stderr)]
pub(crate) fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match &arguments.command {
        Command::Embed(command) => command.run(&arguments.model),
        Command::Similarity(command) => command.run(&arguments.model),
        Command::Search(command) => command.run(&arguments.model),
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
