//! Training, in few steps: it learns, the same seed gives the same bits, and going on from a checkpoint changes none.

use bering::checkpoint::{self, Checkpoint};
use bering::frontend::tree;
use bering::prelude::*;
use mnist::{Digits, Progress, Settings, Trainer};
use std::path::{Path, PathBuf};
use std::process::Command;

fn settings() -> Settings {
    Settings { seed: 3, digits: 320, epochs: 2, batch: 32, rate: 2e-3 }
}

fn file(name: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mnist");
    std::fs::create_dir_all(&directory).unwrap();
    directory.join(name)
}

fn trainer() -> (Trainer, Digits) {
    let settings = settings();
    let digits = Digits::draw(settings.seed, settings.digits);
    (Trainer::new(device("cpu").unwrap(), settings), digits)
}

/// Progress and the bits of losses after so many steps.
fn train(trainer: &Trainer, digits: &Digits, from: Progress, until: usize) -> (Progress, Vec<u32>) {
    let mut losses = Vec::new();
    let tell = |loss: f32| {
        losses.push(loss.to_bits());
        Ok(())
    };
    let progress = trainer.train(from, digits, until, tell).unwrap();
    (progress, losses)
}

/// The bits of all tensors, with their names.
fn bits(progress: &Progress) -> Vec<(String, Vec<u8>)> {
    let bytes = tree::leaves(progress).into_iter().map(|leaf| leaf.buffer().unwrap().to_bytes().unwrap());
    tree::names(progress).into_iter().zip(bytes).collect()
}

#[test]
fn the_same_seed_gives_the_same_bits() {
    let runs = [0, 1].map(|_| {
        let (trainer, digits) = trainer();
        let (progress, losses) = train(&trainer, &digits, trainer.start().unwrap(), 12);
        (bits(&progress), losses)
    });
    let [(first, losses), (second, again)] = runs;
    assert_eq!(losses.len(), 12);
    assert_eq!(losses, again);
    assert_eq!(first, second);
    // The count, three times eight tensors.
    assert_eq!(first.len(), 25);
}

#[test]
fn going_on_from_a_checkpoint_changes_no_bit() {
    let (trainer, digits) = trainer();
    let (whole, losses) = train(&trainer, &digits, trainer.start().unwrap(), 14);

    let path = file("resumed.safetensors");
    let (half, first) = train(&trainer, &digits, trainer.start().unwrap(), 6);
    checkpoint::save(&path, &half, &[("step", "6")]).unwrap();
    drop(half);
    let other = self::trainer().0;
    let saved = Checkpoint::open(&path).unwrap();
    assert_eq!(saved.metadata()["step"], "6");
    assert!(saved.names().any(|name| name == "1.slots.mu.conv1.weight"));
    let half = saved.restore(other.device(), &other.start().unwrap()).unwrap();
    let (resumed, second) = train(&other, &digits, half, 14);
    assert_eq!([first, second].concat(), losses);
    assert_eq!(bits(&resumed), bits(&whole));
}

#[test]
fn losses_fall() {
    let (trainer, digits) = trainer();
    let (_, losses) = train(&trainer, &digits, trainer.start().unwrap(), settings().steps());
    let losses: Vec<f32> = losses.into_iter().map(f32::from_bits).collect();
    let mean = |part: &[f32]| part.iter().sum::<f32>() / part.len() as f32;
    let (first, last) = (mean(&losses[..3]), mean(&losses[losses.len() - 3..]));
    assert!(last < first - 0.3, "{first} {last}");
}

#[test]
fn the_command_leaves_pictures_and_a_checkpoint() {
    let output = file("run");
    let run = |digits: &str, more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mnist"));
        command.args(["--digits", digits, "--batch", "32", "--test", "20"]).args(more);
        command.arg("--output").arg(&output);
        command.output().unwrap()
    };
    let first = run("96", &["--epochs", "1"]);
    let errors = String::from_utf8_lossy(&first.stderr).into_owned();
    assert!(first.status.success(), "{errors}");
    assert!(String::from_utf8_lossy(&first.stdout).contains("of 20 held-out digits read right"), "{errors}");
    for picture in ["digits.png", "loss.png", "confusion.png"] {
        let bytes = std::fs::read(output.join(picture)).unwrap();
        assert!(bytes.starts_with(b"\x89PNG") && bytes.len() > 500, "{picture}");
    }
    assert!(run("96", &["--epochs", "2", "--resume"]).status.success());
    std::fs::write(output.join("checkpoint.safetensors"), b"no checkpoint").unwrap();
    let damaged = run("96", &["--epochs", "2", "--resume"]);
    let errors = String::from_utf8_lossy(&damaged.stderr).into_owned();
    assert!(!damaged.status.success() && errors.contains("hint: the file is"), "{errors}");
    let wrong = run("8", &[]);
    let errors = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert!(errors.contains("`--digits` must be at least `--batch` (32), got 8"), "{errors}");
}
