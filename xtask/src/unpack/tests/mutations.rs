//! Damaged archives: an error, or files inside the root. Damage goes into what is compressed, too, below sound compression.

use super::*;
use bering_damage::{Random, Trial};

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ::zstd::stream::encode_all(bytes, 1).unwrap()
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut xz = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(1)).unwrap();
    xz.write_all(bytes).unwrap();
    xz.finish().unwrap()
}

fn tar() -> Vec<u8> {
    tar_of(&[
        ("in/a", Ok("first")),
        ("in/deep/b", Ok("second")),
        ("in/link", Err((SYMLINK, "deep/b"))),
        ("out", Ok("third")),
        ("in/up", Err((SYMLINK, "../out"))),
    ])
}

/// The memory of the decoders is a window's, which is theirs to ask for.
const MEMORY: usize = 80 << 20;

#[test]
fn zips() {
    let good = [zip_of(&[("in/a", "first"), ("in/deep/b", "second")]), zip_of(&[("in/x", ""), ("y", "z")])];
    Trial::new("zip").attempts(1000).run(|random| random.bytes(&good), |bytes| drop(lay("a.whl", bytes)));
}

#[test]
fn tars() {
    let good = [tar()];
    let make = |random: &mut Random| match random.below(4) {
        0 => random.bytes(&[gzip(&good[0])]),
        _ => gzip(&random.bytes(&good)),
    };
    Trial::new("tar").attempts(1000).run(make, |bytes| drop(lay("a.tar.gz", bytes)));
}

#[test]
fn packages() {
    let good = [deb("data.tar.gz", &gzip(&tar())), deb("data.tar.zst", &zstd(&tar()))];
    let make = |random: &mut Random| random.bytes(&good);
    Trial::new("deb").attempts(1000).memory(MEMORY).run(make, |bytes| drop(lay("a.deb", bytes)));
}

#[test]
fn frames() {
    let (zstd, xz) = ([zstd(&tar())], [xz(&tar())]);
    Trial::new("zstd")
        .attempts(500)
        .memory(MEMORY)
        .run(|random| random.bytes(&zstd), |bytes| drop(lay("a.tar.zst", bytes)));
    Trial::new("xz")
        .attempts(500)
        .memory(MEMORY)
        .run(|random| random.bytes(&xz), |bytes| drop(lay("a.tar.xz", bytes)));
}
