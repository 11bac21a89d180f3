//! What several integration tests need: the set-up model, NumPy files, model directories made to order.
#![allow(dead_code, reason = "each test binary uses a part of this")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The checkout's root.
pub(crate) fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The directory of all-MiniLM-L6-v2, which set-up brings.
pub(crate) fn model() -> PathBuf {
    let directory = checkout().join(".bering/models/minilm");
    assert!(directory.is_dir(), "`{}` is missing: run `cargo xtask setup`", directory.display());
    directory
}

/// The binary under test, run to its end with this on stdin.
pub(crate) fn minilm(arguments: &[&str], stdin: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_minilm"))
        .args(arguments)
        .env_remove("BERING_MINILM_MODEL")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let (mut pipe, stdin) = (child.stdin.take().expect("a pipe"), stdin.to_vec());
    // On a thread, or a child that writes before it has read everything would wait for us and we for it. That the child
    // stops reading early is its right.
    let writer = std::thread::spawn(move || drop(std::io::Write::write_all(&mut pipe, &stdin)));
    let output = child.wait_with_output().expect("the binary ends");
    writer.join().expect("the writer does not panic");
    output
}

/// A two-dimensional NPY file of 4-byte elements: rows, columns, values as bytes.
pub(crate) fn npy(bytes: &[u8]) -> (usize, usize, Vec<[u8; 4]>) {
    assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00");
    let start = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let header = std::str::from_utf8(&bytes[10..start]).expect("an ASCII header");
    assert!(header.contains("'fortran_order': False"), "{header}");
    let shape = header.split("'shape': (").nth(1).and_then(|rest| rest.split(')').next()).expect("a shape");
    let mut sizes = shape.split(',').map(|size| size.trim().parse::<usize>().expect("a size"));
    let (rows, columns) = (sizes.next().expect("rows"), sizes.next().expect("columns"));
    let values: Vec<[u8; 4]> =
        bytes[start..].chunks_exact(4).map(|v| v.try_into().expect("4 bytes")).collect();
    assert_eq!(values.len(), rows * columns);
    (rows, columns, values)
}

/// The rows of a NPY file of `f32`.
pub(crate) fn npy_f32(bytes: &[u8]) -> Vec<Vec<f32>> {
    let (_, columns, values) = npy(bytes);
    let values: Vec<f32> = values.into_iter().map(f32::from_le_bytes).collect();
    values.chunks_exact(columns).map(<[f32]>::to_vec).collect()
}

/// The rows of a NPY file of `i32`.
pub(crate) fn npy_i32(bytes: &[u8]) -> Vec<Vec<i32>> {
    let (_, columns, values) = npy(bytes);
    let values: Vec<i32> = values.into_iter().map(i32::from_le_bytes).collect();
    values.chunks_exact(columns).map(<[i32]>::to_vec).collect()
}

/// Fails unless both are the same direction to 1e-5 and equal to `tolerance` everywhere.
#[track_caller]
pub(crate) fn assert_close(found: &[f32], expected: &[f32], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let dot =
        |a: &[f32], b: &[f32]| -> f64 { a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum() };
    let cosine = dot(found, expected) / (dot(found, found) * dot(expected, expected)).sqrt();
    let worst = found.iter().zip(expected).map(|(&a, &b)| f64::from((a - b).abs())).fold(0.0, f64::max);
    assert!(cosine >= 0.99999 && worst <= tolerance, "{what}: cosine {cosine}, largest difference {worst:e}");
}

/// A copy of the set-up model in which files can be replaced: everything else is linked.
pub(crate) struct Copy {
    directory: tempfile::TempDir,
}

impl Copy {
    pub(crate) fn new() -> Copy {
        let directory = tempfile::tempdir().expect("a temporary directory");
        for file in [
            "config.json",
            "modules.json",
            "sentence_bert_config.json",
            "tokenizer.json",
            "tokenizer_config.json",
        ] {
            std::fs::copy(model().join(file), directory.path().join(file)).expect(file);
        }
        std::fs::create_dir(directory.path().join("1_Pooling")).expect("a directory");
        std::fs::copy(model().join("1_Pooling/config.json"), directory.path().join("1_Pooling/config.json"))
            .expect("the pooling's file");
        let weights = model().join("model.safetensors").canonicalize().expect("weights");
        std::os::unix::fs::symlink(weights, directory.path().join("model.safetensors")).expect("a link");
        Copy { directory }
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn text(&self) -> &str {
        self.path().to_str().expect("a UTF-8 path")
    }

    pub(crate) fn write(&self, file: &str, content: impl AsRef<[u8]>) {
        let path = self.path().join(file);
        // Not through the link, which leads to the one model that all tests share.
        if path.is_symlink() {
            std::fs::remove_file(&path).expect("the link goes");
        }
        std::fs::write(path, content).expect("a file is written");
    }
}
