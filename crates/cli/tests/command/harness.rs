//! Running the command, and the fixtures.

use bering::interchange::npy::{Array, Kind};
use bering::interchange::npz::{self, Archive};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A file of `tests/fixtures`.
pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

pub(crate) fn path(path: &Path) -> &str {
    path.to_str().expect("a path of this test")
}

/// Runs the command, with a compile cache of its own so that tests leave nothing behind.
pub(crate) fn bering(arguments: &[&str]) -> Output {
    let cache = tempfile::tempdir().expect("a directory for temporary files");
    bering_in(cache.path(), arguments)
}

pub(crate) fn bering_in(cache: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bering"));
    command.args(arguments).env("BERING_CACHE", cache).env_remove("BERING_DUMP");
    command.output().expect("the command starts")
}

/// Runs to success; gives stdout.
#[track_caller]
pub(crate) fn succeeds(arguments: &[&str]) -> String {
    let output = bering(arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && errors.is_empty(), "{arguments:?}: {:?}: {errors}", output.status);
    String::from_utf8(output.stdout).expect("text")
}

/// Runs to an error: exit code 1 (a panic's is 101, an abort has none), and every one of `texts` in the message.
#[track_caller]
pub(crate) fn fails(arguments: &[&str], texts: &[&str]) -> String {
    let output = bering(arguments);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {:?}: {message}", output.status);
    assert!(message.starts_with("error: "), "{message}");
    for text in texts {
        assert!(message.contains(text), "`{text}` is not in: {message}");
    }
    message
}

/// The arrays of an archive whose names begin with `prefix`.
pub(crate) fn arrays(file: &Path, prefix: &str) -> Vec<Array> {
    let mut archive = Archive::open(File::open(file).expect("a file")).expect("an archive");
    let wanted: Vec<usize> =
        (0..archive.names().len()).filter(|&index| archive.names()[index].starts_with(prefix)).collect();
    wanted.into_iter().map(|index| archive.read(index, 1 << 20).expect("an array")).collect()
}

pub(crate) fn save(file: &Path, arrays: &[Array]) {
    let names: Vec<String> = (0..arrays.len()).map(|index| format!("in{index}")).collect();
    npz::write(File::create(file).expect("writable"), names.iter().map(String::as_str).zip(arrays))
        .expect("written");
}

/// Fails unless both are the same: integers, booleans and bits exactly, floats within the rounding of another XLA.
#[track_caller]
pub(crate) fn assert_close(found: &Array, expected: &Array, what: &str) {
    assert_eq!(found.dims(), expected.dims(), "{what}");
    let (kind, width) = (expected.element().kind(), expected.element().bytes());
    assert_eq!(found.element().bytes(), width, "{what}");
    let Some((read, tolerance)) = floats(kind, width) else {
        assert_eq!(found.data(), expected.data(), "{what}");
        return;
    };
    let (found, expected) = (read(found.data()), read(expected.data()));
    let largest =
        expected.iter().copied().filter(|value| value.is_finite()).map(f64::abs).fold(1.0, f64::max);
    for (index, (found, expected)) in found.iter().zip(&expected).enumerate() {
        let close = found == expected
            || (found - expected).abs() <= tolerance * largest
            || found.is_nan() && expected.is_nan();
        assert!(close, "{what}: element {index} is {found}, expected {expected}");
    }
}

type Read = fn(&[u8]) -> Vec<f64>;

fn floats(kind: Kind, width: usize) -> Option<(Read, f64)> {
    let single: Read = |bytes| {
        bytes.chunks_exact(4).map(|b| f64::from(f32::from_le_bytes(b.try_into().expect("4")))).collect()
    };
    let double: Read =
        |bytes| bytes.chunks_exact(8).map(|b| f64::from_le_bytes(b.try_into().expect("8"))).collect();
    let half: Read = |bytes| {
        bytes.chunks_exact(2).map(|b| half::f16::from_le_bytes(b.try_into().expect("2")).to_f64()).collect()
    };
    let brain: Read = |bytes| {
        bytes.chunks_exact(2).map(|b| half::bf16::from_le_bytes(b.try_into().expect("2")).to_f64()).collect()
    };
    match (kind, width) {
        (Kind::Float, 4) | (Kind::Complex, 8) => Some((single, 2e-5)),
        (Kind::Float, 8) | (Kind::Complex, 16) => Some((double, 1e-12)),
        (Kind::Float, 2) => Some((half, 2e-3)),
        // The only two-byte type that NumPy lacks.
        (Kind::Void, 2) => Some((brain, 2e-2)),
        _ => None,
    }
}
