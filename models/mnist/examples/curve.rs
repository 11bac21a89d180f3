//! One training, measured: what `benches/mnist/run.py` asks of Bering.
//!
//!     curve DIRECTORY DIGITS EPOCHS
//!
//! writes `exchange.safetensors`, from which JAX starts too, and `bering.json`: the losses, and the seconds of the epochs after the
//! first.

use anyhow::{Context as _, Result};
use bering::checkpoint;
use bering::prelude::*;
use mnist::{Digits, SIDE, Settings, Trainer};
use std::path::Path;
use std::time::Instant;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [directory, digits, epochs] = arguments.as_slice() else {
        anyhow::bail!("usage: curve DIRECTORY DIGITS EPOCHS");
    };
    let settings = Settings { digits: digits.parse()?, epochs: epochs.parse()?, ..Settings::default() };
    let (directory, device) = (Path::new(directory), device("cpu")?);
    let digits = Digits::draw(settings.seed, settings.digits);
    let trainer = Trainer::new(device.clone(), settings.clone());
    let start = trainer.start()?;
    let warm = settings.steps() / settings.epochs;
    exchange(directory, &device, &trainer, &digits, &start, warm)?;

    let mut losses = Vec::new();
    let mut tell = |loss| {
        losses.push(loss);
        Ok(())
    };
    let progress = trainer.train(start, &digits, warm, &mut tell)?;
    let begin = Instant::now();
    trainer.train(progress, &digits, settings.steps(), &mut tell)?;
    let seconds = begin.elapsed().as_secs_f64();
    let text = format!("{{\"losses\": {losses:?}, \"seconds\": {seconds}}}");
    std::fs::write(directory.join("bering.json"), text).context("cannot write the result")
}

/// What the other side needs to do the same.
fn exchange(
    directory: &Path,
    device: &Device,
    trainer: &Trainer,
    digits: &Digits,
    start: &mnist::Progress,
    warm: usize,
) -> Result<()> {
    let settings = trainer.settings();
    let order: Vec<Vec<usize>> = trainer.batches(digits).collect();
    let flat: Vec<i32> = order.iter().flatten().map(|&place| place as i32).collect();
    let tree = std::collections::BTreeMap::from([
        ("images".to_owned(), device.tensor(&digits.images, [digits.len(), SIDE, SIDE, 1])?),
        ("labels".to_owned(), device.tensor(&digits.labels, [digits.len()])?),
        ("order".to_owned(), device.tensor(&flat, [order.len(), settings.batch])?),
    ]);
    let metadata = [
        ("steps", settings.steps().to_string()),
        ("warm", warm.to_string()),
        ("rate", settings.rate.to_string()),
        ("seed", settings.seed.to_string()),
    ];
    let metadata: Vec<(&str, &str)> = metadata.iter().map(|(key, value)| (*key, value.as_str())).collect();
    checkpoint::save(directory.join("exchange.safetensors"), &(tree, &start.0), &metadata)?;
    Ok(())
}
