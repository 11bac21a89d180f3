//! `vit`: says what is on images.
#![forbid(unsafe_code)]

use anyhow::Result;
use bering::DeviceOptions;
use clap::Parser;
use std::path::PathBuf;
use std::process::ExitCode;
use vit::{Classifier, decode};

#[derive(Parser)]
#[command(version, about = "Classifies images with a vision transformer in timm's layout, compiled by XLA")]
struct Arguments {
    /// PNG or JPEG files
    #[arg(required = true, value_name = "IMAGE")]
    images: Vec<PathBuf>,
    /// Directory with `model.safetensors` and timm's `config.json`
    #[arg(long, value_name = "DIR")]
    model: PathBuf,
    /// Classes to print for each image
    #[arg(short = 'k', long, value_name = "N", default_value_t = 5)]
    top: usize,
    /// Device to run on: `auto`, or a target of this build such as `cpu`, `cuda`
    #[arg(long, value_name = "NAME", default_value = "auto")]
    device: String,
    /// Threads to compute with [default: one a processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    threads: Option<u32>,
}

#[allow(clippy::print_stderr)] // Where errors go.
fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[allow(clippy::print_stdout, clippy::print_stderr)] // Results and notes of the program.
fn run(arguments: &Arguments) -> Result<()> {
    let options = DeviceOptions {
        threads: arguments.threads.map(|threads| threads as usize),
        ..DeviceOptions::default()
    };
    let opened = bering::open(&arguments.device, &options)?;
    opened.notes.iter().for_each(|note| eprintln!("{note}"));
    let classifier = Classifier::open(&arguments.model, opened.device)?;
    for path in &arguments.images {
        let guesses = classifier.classify(&decode(path)?, arguments.top)?;
        println!("{}", path.display());
        for guess in guesses {
            let label = guess.label.unwrap_or_else(|| format!("class {}", guess.class));
            println!("  {:6.2} %  {label}", guess.probability * 100.0);
        }
    }
    Ok(())
}
