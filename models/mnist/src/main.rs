//! `mnist`: draws digits, trains a network on them, says how many of others it reads right.
#![forbid(unsafe_code)]

use anyhow::{Context as _, Result, ensure};
use bering::checkpoint::{self, Checkpoint};
use bering::{DeviceOptions, Error};
use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use mnist::{Digits, Progress, Settings, Trainer, confusions, pictures};
use std::path::PathBuf;
use std::process::ExitCode;

/// Digits that are drawn from seeds this far from those of training are others.
const HELD_OUT: u64 = 1 << 40;

#[derive(Parser)]
#[command(version, about = "Trains a convolutional network on digits that it draws, in about a minute")]
struct Arguments {
    /// What everything random follows from
    #[arg(long, default_value_t = Settings::default().seed)]
    seed: u64,
    /// Digits to learn from
    #[arg(long, value_name = "N", default_value_t = Settings::default().digits)]
    digits: usize,
    /// How often each of them is seen
    #[arg(long, value_name = "N", default_value_t = Settings::default().epochs)]
    epochs: usize,
    /// Digits of one step
    #[arg(long, value_name = "N", default_value_t = Settings::default().batch)]
    batch: usize,
    /// The highest learning rate
    #[arg(long, default_value_t = Settings::default().rate)]
    rate: f64,
    /// Digits to test on
    #[arg(long, value_name = "N", default_value_t = 2000)]
    test: usize,
    /// Where pictures and the checkpoint are put
    #[arg(long, value_name = "DIR", default_value = "target/mnist")]
    output: PathBuf,
    /// Goes on from the checkpoint that is there
    #[arg(long)]
    resume: bool,
    /// Device to run on: `auto`, or a target of this build such as `cpu`, `cuda`
    #[arg(long, value_name = "NAME", default_value = "auto")]
    device: String,
    /// Threads to compute with [default: one a processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    threads: Option<u32>,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

#[allow(clippy::print_stderr)] // Results alone go to stdout.
fn say(text: &str) {
    eprintln!("{text}");
}

#[allow(clippy::print_stdout)] // The result of the program.
fn run(arguments: &Arguments) -> Result<()> {
    let Arguments { seed, digits, epochs, batch, rate, .. } = *arguments;
    ensure!(batch > 0 && digits >= batch, "`--digits` must be at least `--batch` ({batch}), got {digits}");
    ensure!(arguments.test > 0, "`--test` must be at least 1, got 0");
    let options = DeviceOptions {
        threads: arguments.threads.map(|threads| threads as usize),
        ..DeviceOptions::default()
    };
    let opened = bering::open(&arguments.device, &options)?;
    opened.notes.iter().for_each(|note| say(note));
    let output = &arguments.output;
    std::fs::create_dir_all(output).with_context(|| format!("cannot make `{}`", output.display()))?;

    let train = Digits::draw(seed, digits);
    let test = Digits::draw(seed ^ HELD_OUT, arguments.test);
    let first: Vec<usize> = (0..digits.min(200)).collect();
    pictures::contact_sheet(&train.pick(&first), 20, &output.join("digits.png"))?;

    let trainer = Trainer::new(opened.device.clone(), Settings { seed, digits, epochs, batch, rate });
    let path = output.join("checkpoint.safetensors");
    let mut progress = trainer.start()?;
    if arguments.resume {
        progress = Checkpoint::open(&path)?.restore(&opened.device, &progress)?;
    }
    let (progress, losses) = train_all(&trainer, progress, &train, &test, &path)?;
    let predictions = trainer.predict(&progress.0, &test)?;
    let counts = confusions(&test.labels, &predictions);
    pictures::loss_curve(&losses, &output.join("loss.png"))?;
    pictures::confusion_matrix(&counts, &output.join("confusion.png"))?;
    let right: usize = (0..10).map(|i| counts[i][i]).sum();
    println!("{right} of {} held-out digits read right: {:.2} %", test.len(), percent(right, test.len()));
    say(&format!("pictures and the checkpoint are in `{}`", output.display()));
    Ok(())
}

fn percent(part: usize, of: usize) -> f64 {
    100.0 * part as f64 / of.max(1) as f64
}

/// Trains epoch by epoch, and saves after each. Gives the losses of all steps.
fn train_all(
    trainer: &Trainer,
    mut progress: Progress,
    train: &Digits,
    test: &Digits,
    path: &std::path::Path,
) -> Result<(Progress, Vec<f32>)> {
    let settings = trainer.settings();
    let (steps, each) = (settings.steps(), settings.digits / settings.batch);
    let bar = ProgressBar::new(steps as u64).with_style(ProgressStyle::with_template(
        "{bar:30} step {pos}/{len}, loss {msg}, {elapsed} of about {duration}",
    )?);
    let mut losses = Vec::with_capacity(steps);
    for epoch in 1..=settings.epochs {
        let tell = |loss: f32| -> Result<(), Error> {
            losses.push(loss);
            bar.set_message(format!("{loss:.4}"));
            bar.inc(1);
            Ok(())
        };
        progress = trainer.train(progress, train, epoch * each, tell)?;
        checkpoint::save(path, &progress, &[("epoch", &epoch.to_string())])?;
        let predictions = trainer.predict(&progress.0, test)?;
        let right = predictions.iter().zip(&test.labels).filter(|(found, label)| found == label).count();
        bar.suspend(|| {
            say(&format!("epoch {epoch}: {:.2} % of held-out digits", percent(right, test.len())))
        });
    }
    bar.finish();
    Ok((progress, losses))
}
