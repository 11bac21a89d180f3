//! Training, in few steps: it learns, the same seed gives the same bits, and going on from a checkpoint changes none.

use bering::checkpoint::{self, Checkpoint};
use bering::frontend::tree;
use bering::prelude::*;
use mnist::{Digits, Progress, Settings, Trainer};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

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

/// The command with small settings where no others are given.
fn mnist(output: &Path, flags: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mnist"));
    for (flag, value) in [("--digits", "96"), ("--batch", "32"), ("--test", "20")] {
        if !flags.contains(&flag) {
            command.args([flag, value]);
        }
    }
    command.args(flags).arg("--output").arg(output).output().unwrap()
}

fn succeeds(output: Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn fails(output: Output, text: &str) {
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && errors.contains(text), "{errors}");
    assert!(!errors.contains("panicked"), "{errors}");
}

#[test]
fn the_command_leaves_pictures_and_a_checkpoint() {
    let output = file("run");
    // From nothing, as on a first run.
    let _ = std::fs::remove_dir_all(&output);
    let first = succeeds(mnist(&output, &["--epochs", "1"]));
    assert!(first.contains("of 20 held-out digits read right"), "{first}");
    for picture in ["digits.png", "loss.png", "confusion.png"] {
        let bytes = std::fs::read(output.join(picture)).unwrap();
        assert!(bytes.starts_with(b"\x89PNG") && bytes.len() > 500, "{picture}");
    }
    succeeds(mnist(&output, &["--epochs", "2", "--resume"]));
    let other = ["--epochs", "2", "--resume", "--rate", "0.1"];
    fails(
        mnist(&output, &other),
        "--batch 32 --rate 0.002, this one has --seed 0 --digits 96 --batch 32 --rate 0.1",
    );
    std::fs::write(output.join("checkpoint.safetensors"), b"no checkpoint").unwrap();
    fails(mnist(&output, &["--epochs", "2", "--resume"]), "hint: the file is");
}

/// Two runs of two epochs, and one of four, in processes of their own: the same parameters, optimizer state, step, losses and so
/// pictures, bit for bit.
#[test]
fn resumed_runs_end_as_uninterrupted_ones() {
    let (straight, resumed) = (file("straight"), file("resumed"));
    [&straight, &resumed].iter().for_each(|output| drop(std::fs::remove_dir_all(output)));
    let epochs = ["--epochs", "4"];
    let said = succeeds(mnist(&straight, &epochs));
    succeeds(mnist(&resumed, &[&epochs[..], &["--stop-after", "2"]].concat()));
    let half = Checkpoint::open(resumed.join("checkpoint.safetensors")).unwrap();
    assert_eq!(half.metadata()["epoch"], "2");
    assert_eq!(half.metadata()["losses"].split(' ').count(), 6);
    assert_eq!(succeeds(mnist(&resumed, &[&epochs[..], &["--resume"]].concat())), said);
    for name in ["checkpoint.safetensors", "loss.png", "confusion.png", "digits.png"] {
        let [whole, again] = [&straight, &resumed].map(|output| std::fs::read(output.join(name)).unwrap());
        assert!(whole == again, "`{name}` differs");
    }
}

/// A process that is killed at any moment leaves a whole checkpoint, from which the run ends as if nothing had been.
#[test]
fn killed_runs_leave_whole_checkpoints() {
    let output = file("killed");
    let _ = std::fs::remove_dir_all(&output);
    let path = output.join("checkpoint.safetensors");
    for (kill, flags) in [(0, &[][..]), (1, &["--resume"]), (2, &["--resume"])] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mnist"));
        command.args(["--digits", "32", "--batch", "32", "--test", "1", "--epochs", "2000"]).args(flags);
        command.arg("--output").arg(&output).stdout(Stdio::null()).stderr(Stdio::null());
        let mut run = command.spawn().unwrap();
        let before = std::fs::metadata(&path).and_then(|metadata| metadata.modified()).ok();
        let begin = Instant::now();
        let newer = |file: std::fs::Metadata| file.modified().ok() > before;
        while !std::fs::metadata(&path).is_ok_and(newer) {
            assert!(begin.elapsed().as_secs() < 120 && run.try_wait().unwrap().is_none(), "no checkpoint");
            std::thread::sleep(Duration::from_millis(5));
        }
        // Saving takes most of such short epochs: this hits it more often than not.
        std::thread::sleep(Duration::from_millis(37 * kill));
        run.kill().unwrap();
        run.wait().unwrap();
        let checkpoint = Checkpoint::open(&path).unwrap();
        let (trainer, _) = trainer();
        checkpoint.restore(trainer.device(), &trainer.start().unwrap()).unwrap();
        let losses = checkpoint.metadata()["losses"].split(' ').count();
        assert_eq!(losses.to_string(), checkpoint.metadata()["epoch"]);
    }
}

#[test]
fn wrong_flags_are_errors() {
    let output = file("wrong");
    fails(mnist(&output, &["--digits", "8"]), "`--digits` must be at least `--batch` (32), got 8");
    fails(mnist(&output, &["--batch", "0"]), "`--digits` must be at least `--batch` (0), got 96");
    fails(mnist(&output, &["--test", "0"]), "`--test` must be at least 1, got 0");
    fails(mnist(&output, &["--epochs", "0"]), "`--epochs` must be at least 1, got 0");
    fails(mnist(&output, &["--rate=-1"]), "`--rate` must be a positive number");
    fails(mnist(&output, &["--rate", "nan"]), "`--rate` must be a positive number, got NaN");
    fails(mnist(&output, &["--threads", "0"]), "--threads");
    fails(mnist(&output, &["--device", "abacus"]), "abacus");
    fails(mnist(&file("nowhere"), &["--resume"]), "cannot read");
    let taken = file("taken");
    std::fs::write(&taken, b"a file").unwrap();
    fails(mnist(&taken, &[]), "cannot make");
}
