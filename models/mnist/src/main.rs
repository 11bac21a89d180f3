//! `mnist`: draws digits, trains a network on them, says how many of others it reads right.
#![forbid(unsafe_code)]

use anyhow::{Context as _, Result, ensure};
use bering::checkpoint::{self, Checkpoint};
use bering::prelude::Values as _;
use bering::{DeviceOptions, Error};
use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use mnist::{Digits, Progress, Settings, Trainer, confusions, pictures};
use std::path::{Path, PathBuf};
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
    /// Leaves off after so many epochs, to be resumed
    #[arg(long, value_name = "N")]
    stop_after: Option<usize>,
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
    ensure!(rate.is_finite() && rate > 0.0, "`--rate` must be a positive number, got {rate}");
    ensure!(epochs > 0, "`--epochs` must be at least 1, got 0");
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
    let start = (trainer.start()?, Vec::new());
    let start = if arguments.resume { resumed(&trainer, &start.0, &path)? } else { start };
    let last = arguments.stop_after.unwrap_or(epochs).min(epochs);
    let (progress, losses) = train_all(&trainer, start, last, (&train, &test), &path)?;
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

/// Where training is, and the losses of all steps up to there.
type Trained = (Progress, Vec<f32>);

/// What an earlier run has saved, if it was of the same settings.
fn resumed(trainer: &Trainer, like: &Progress, path: &Path) -> Result<Trained> {
    let checkpoint = Checkpoint::open(path)?;
    let saved = |key: &str| checkpoint.metadata().get(key).map(String::as_str).unwrap_or_default();
    let (settings, found) = (settings_text(trainer.settings()), saved("settings"));
    ensure!(
        found == settings,
        "`{}` is of a training with {found}, this one has {settings}\nhint: leave out `--resume`, or repeat the flags of that run",
        path.display()
    );
    let losses: Result<Vec<f32>, _> = saved("losses").split_terminator(' ').map(str::parse).collect();
    let losses = losses.with_context(|| format!("the losses in `{}` are damaged", path.display()))?;
    let progress = checkpoint.restore(trainer.device(), like)?;
    let steps = progress.1.count.item::<i32>()?;
    ensure!(
        usize::try_from(steps) == Ok(losses.len()),
        "`{}` has {steps} steps and {} losses",
        path.display(),
        losses.len()
    );
    Ok((progress, losses))
}

fn save(trainer: &Trainer, (progress, losses): &Trained, epoch: usize, path: &Path) -> Result<(), Error> {
    // The shortest text of a float is read back as that float.
    let losses: Vec<String> = losses.iter().map(f32::to_string).collect();
    let metadata = [
        ("epoch", &*epoch.to_string()),
        ("settings", &settings_text(trainer.settings())),
        ("losses", &losses.join(" ")),
    ];
    checkpoint::save(path, progress, &metadata)
}

/// What one training has in all its runs. Epochs may be added: the rate then follows the longer schedule.
fn settings_text(settings: &Settings) -> String {
    let Settings { seed, digits, epochs: _, batch, rate } = settings;
    format!("--seed {seed} --digits {digits} --batch {batch} --rate {rate}")
}

/// Trains epoch by epoch, to the end of the last, and saves after each.
fn train_all(
    trainer: &Trainer,
    (mut progress, mut losses): Trained,
    last: usize,
    (train, test): (&Digits, &Digits),
    path: &Path,
) -> Result<Trained> {
    let settings = trainer.settings();
    let (steps, each) = (settings.steps(), settings.digits / settings.batch);
    let bar = ProgressBar::new(steps as u64).with_position(losses.len() as u64).with_style(
        ProgressStyle::with_template("{bar:30} step {pos}/{len}, loss {msg}, {elapsed} of about {duration}")?,
    );
    bar.reset_eta();
    for epoch in losses.len() / each + 1..=last {
        let tell = |loss: f32| -> Result<(), Error> {
            losses.push(loss);
            bar.set_message(format!("{loss:.4}"));
            bar.inc(1);
            Ok(())
        };
        progress = trainer.train(progress, train, epoch * each, tell)?;
        let trained = (progress, losses);
        save(trainer, &trained, epoch, path)?;
        (progress, losses) = trained;
        let predictions = trainer.predict(&progress.0, test)?;
        let right = predictions.iter().zip(&test.labels).filter(|(found, label)| found == label).count();
        bar.suspend(|| {
            say(&format!("epoch {epoch}: {:.2} % of held-out digits", percent(right, test.len())))
        });
    }
    // The line is the result's.
    bar.finish_and_clear();
    Ok((progress, losses))
}
