//! Damaged files: every parser, and the compiler behind them, on mutations of good files. Nothing may panic, abort or hang.
//!
//! A fixed number of mutations is drawn from a fixed seed; with `BERING_FUZZ_SECONDS` it goes on that long, and then the seed is
//! another each time and printed. What is tried is in `target/tmp/mutation` at any time, so that an abort leaves its cause behind.

use bering::Module;
use bering::interchange::exported::Exported;
use bering::interchange::npy::Array;
use bering::interchange::npz::Archive;
use bering::interchange::outline::{Outline, specialize};
use bering::runtime::CompileOptions;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

/// Kinds that go through the plugin.
const NATIVE: [&str; 2] = ["text", "bytecode"];

/// Longer for one file is a hang.
const PATIENCE: Duration = Duration::from_secs(120);

fn corpus(extensions: &[&str]) -> Vec<Vec<u8>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(directory).expect("fixtures").map(|entry| entry.expect("a file").path()).collect();
    files.retain(|path| {
        path.extension().is_some_and(|found| extensions.iter().any(|wanted| found == *wanted))
    });
    files.sort();
    files.iter().map(|path| std::fs::read(path).expect("readable")).collect()
}

/// xorshift64.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % bound.max(1)
    }

    /// A few bytes changed, removed, doubled, or taken from elsewhere.
    fn bytes(&mut self, good: &[u8]) -> Vec<u8> {
        let mut bytes = good.to_vec();
        for _ in 0..=self.below(4) {
            let (at, length) = (self.below(bytes.len()), 1 + self.below(8));
            let end = (at + length).min(bytes.len());
            match self.below(6) {
                0 => bytes.truncate(at),
                1 => drop(bytes.drain(at..end)),
                2 => bytes[at..end].iter_mut().for_each(|byte| *byte = 0xff),
                3 => {
                    let from = self.below(good.len());
                    let part = good[from..(from + length).min(good.len())].to_vec();
                    bytes.splice(at..at, part);
                }
                _ => bytes[at] ^= 1 << self.below(8),
            }
            if bytes.is_empty() {
                return bytes;
            }
        }
        bytes
    }

    /// A few words of a text replaced by words of its own, by odd numbers, or removed; lines doubled.
    fn text(&mut self, good: &str) -> String {
        const ODD: [&str; 14] = [
            "0",
            "-1",
            "9223372036854775807",
            "4294967296",
            "?",
            "",
            "%0",
            "i1",
            "f32",
            "tensor<f32>",
            "tensor<0x0xf32>",
            "tensor<?xi32>",
            "dense<0>",
            "@main",
        ];
        let is_word = |c: char| c.is_alphanumeric() || "_.%@?-".contains(c);
        let mut parts: Vec<&str> = Vec::new();
        let mut rest = good;
        while let Some(first) = rest.chars().next() {
            let end = match is_word(first) {
                true => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
                false => first.len_utf8(),
            };
            parts.push(&rest[..end]);
            rest = &rest[end..];
        }
        for _ in 0..=self.below(3) {
            let at = self.below(parts.len());
            match self.below(4) {
                0 => parts[at] = ODD[self.below(ODD.len())],
                1 => parts[at] = parts[self.below(parts.len())],
                2 => drop(parts.remove(at)),
                // Digits are sizes, axes and indices.
                _ => {
                    let numbers: Vec<usize> = (0..parts.len())
                        .filter(|&index| {
                            parts[index].bytes().next().is_some_and(|byte| byte.is_ascii_digit())
                        })
                        .collect();
                    if let Some(&number) = numbers.get(self.below(numbers.len())) {
                        parts[number] = ODD[self.below(5)];
                    }
                }
            }
            if parts.is_empty() {
                break;
            }
        }
        parts.concat()
    }
}

fn asked_seconds() -> Option<u64> {
    std::env::var("BERING_FUZZ_SECONDS").ok().and_then(|seconds| seconds.parse().ok())
}

/// Tries so many mutations of one kind, or as long as was asked for.
#[allow(clippy::print_stdout)]
fn try_for(
    name: &str,
    attempts: u64,
    mut attempt: impl FnMut(&mut Random) -> Vec<u8>,
    mut read: impl FnMut(Vec<u8>),
) {
    let asked = asked_seconds();
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").subsec_nanos();
    let seed = if asked.is_some() { u64::from(now) | 1 } else { 5 };
    let begin = Instant::now();
    let goes_on = |count: u64| match asked {
        Some(seconds) => begin.elapsed() < Duration::from_secs(seconds),
        None => count < attempts,
    };
    let last = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("mutation-{name}"));
    let (mut random, mut count, mut kept) = (Random(seed), 0u64, None::<Vec<u8>>);
    while goes_on(count) {
        let bytes = attempt(&mut random);
        // Only native code can end the process before a panic is caught, and a file for each mutation takes longer than a parser.
        if NATIVE.contains(&name) {
            std::fs::write(&last, &bytes).expect("writable");
        }
        let start = Instant::now();
        let copy = bytes.clone();
        if catch_unwind(AssertUnwindSafe(|| read(bytes))).is_err() || start.elapsed() > PATIENCE {
            kept = Some(copy);
            break;
        }
        count += 1;
    }
    println!("{name}: {count} mutations, seed {seed}");
    if let Some(bytes) = kept {
        std::fs::write(&last, bytes).expect("writable");
        panic!("`{}` is not read well", last.display());
    }
}

#[test]
fn arrays() {
    let archives = corpus(&["npz"]);
    let mut files = Vec::new();
    for bytes in &archives {
        let mut archive = Archive::open(Cursor::new(bytes)).expect("an archive");
        for index in 0..archive.names().len() {
            let mut file = Vec::new();
            archive.read(index, 1 << 20).and_then(|array| array.write(&mut file)).expect("an array");
            files.push(file);
        }
    }
    let pick = |random: &mut Random, from: &[Vec<u8>]| {
        let at = random.below(from.len());
        random.bytes(&from[at])
    };
    try_for("npy", 2000, |random| pick(random, &files), |bytes| drop(Array::read(&bytes[..], 1 << 20)));
    let read = |bytes: Vec<u8>| {
        let Ok(mut archive) = Archive::open(Cursor::new(bytes)) else { return };
        for index in 0..archive.names().len() {
            drop(archive.read(index, 1 << 20));
        }
    };
    try_for("npz", 500, |random| pick(random, &archives), read);
}

#[test]
fn exports_and_outlines() {
    let exports = corpus(&["jax"]);
    let pick = |random: &mut Random| {
        let at = random.below(exports.len());
        random.bytes(&exports[at])
    };
    try_for("exported", 2000, pick, |bytes| drop(Exported::parse(&bytes)));
    let texts: Vec<String> =
        corpus(&["mlir"]).into_iter().map(|bytes| String::from_utf8(bytes).expect("text")).collect();
    let pick = |random: &mut Random| {
        let at = random.below(texts.len());
        random.text(&texts[at]).into_bytes()
    };
    try_for("outline", 500, pick, |bytes| {
        let text = String::from_utf8(bytes).expect("text");
        if let Ok(outline) = Outline::read(&text) {
            let sizes = vec![&[2usize, 3][..]; outline.arguments.len()];
            drop(specialize(&text, &outline, &sizes));
        }
    });
}

/// Through XLA, which ends the process on what it did not expect: the guard before it must.
#[test]
fn modules() {
    let device = bering::device("cpu").expect("a device");
    let files = corpus(&["jax", "mlir", "mlirbc"]);
    let texts: Vec<String> = files
        .iter()
        .map(|bytes| Module::read(bytes.clone()).and_then(|module| module.text()).expect("a module"))
        .collect();
    let read = |bytes: Vec<u8>| {
        let Ok(module) = Module::read(bytes) else { return };
        drop(module.portable_artifact(None));
        let sizes: Vec<Vec<usize>> = module
            .inputs()
            .iter()
            .map(|input| input.dims.iter().map(|dim| *dim.as_ref().unwrap_or(&2)).collect())
            .collect();
        let sizes: Vec<&[usize]> = sizes.iter().map(Vec::as_slice).collect();
        if let Ok(module) = module.with_sizes(&sizes) {
            drop(module.compile_anew(&device, &CompileOptions::new()));
        }
    };
    let text = |random: &mut Random| {
        let at = random.below(texts.len());
        random.text(&texts[at]).into_bytes()
    };
    try_for("text", 60, text, read);
    let bytes = |random: &mut Random| {
        let at = random.below(files.len());
        random.bytes(&files[at])
    };
    try_for("bytecode", 60, bytes, read);
}
