//! Damaged checkpoints: never a panic or memory without end, and whatever is accepted is consistent.

use bering_damage::{Random, Trial, json};
use bering_weights::{DType, NewTensor, SafeTensors, save};
use std::cell::Cell;
use std::error::Error as _;

const HEADERS: [&str; 2] = [
    r#"{"__metadata__":{"k":"v"},"x.weight":{"dtype":"F32","shape":[4,3],"data_offsets":[0,48]},"x.bias":{"dtype":"I64","shape":[2],"data_offsets":[48,64]},"y":{"dtype":"BOOL","shape":[],"data_offsets":[64,65]}}"#,
    r#"{"e":{"dtype":"BF16","shape":[0,7],"data_offsets":[0,0]},"f":{"dtype":"F4","shape":[2,9],"data_offsets":[0,9]},"g":{"dtype":"F8_E5M2","shape":[1,1,1,56],"data_offsets":[9,65]}}"#,
];
/// The bytes of data that both headers tell of.
const DATA: usize = 65;

fn file(header: &str) -> Vec<u8> {
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(header.as_bytes());
    bytes.extend(0..DATA as u8);
    bytes
}

/// Damage anywhere, or in the JSON alone, whose length is then right.
fn damaged(random: &mut Random) -> Vec<u8> {
    match random.below(3) {
        0 => random.bytes(&HEADERS.map(file)),
        1 => file(&random.text(&HEADERS, &["\"F64\"", "\"F4\"", "64", "65", "\"data_offsets\"", "[]"])),
        _ => file(&json::damaged(random, &HEADERS)),
    }
}

fn check(weights: &SafeTensors, bytes: &[u8]) {
    let total: usize = weights.iter().map(|tensor| tensor.bytes.len()).sum();
    let header = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    assert_eq!(total, bytes.len() - 8 - header, "the data is not tiled");
    for tensor in weights.iter() {
        assert_eq!(tensor.dtype.size_of(tensor.dims), Some(tensor.bytes.len()));
        assert_eq!(weights.get(tensor.name).unwrap().bytes, tensor.bytes);
    }
    assert!(weights.get("nobody").is_err());
}

#[test]
fn files() {
    let (accepted, rejected) = (Cell::new(0), Cell::new(0));
    Trial::new("safetensors").attempts(20_000).memory(8 << 20).run(damaged, |bytes| {
        match SafeTensors::from_bytes("damaged", bytes.to_vec()) {
            Ok(weights) => {
                accepted.set(accepted.get() + 1);
                check(&weights, bytes);
            }
            Err(error) => {
                rejected.set(rejected.get() + 1);
                assert!(!error.to_string().is_empty());
            }
        }
    });
    // Both must happen, or the damage is too weak or too strong to test anything.
    let (accepted, rejected) = (accepted.get(), rejected.get());
    assert!(accepted > 500 && rejected > 5000, "accepted {accepted}, rejected {rejected}");
}

#[test]
fn indexes() {
    let directory = tempfile::tempdir().unwrap();
    for (file, names) in [("model-1.safetensors", ["a", "b"]), ("model-2.safetensors", ["c", "d"])] {
        let tensor = |name| NewTensor { name, dtype: DType::U8, dims: &[1], bytes: &[7] };
        save(directory.path().join(file), &names.map(tensor)).unwrap();
    }
    let good = r#"{"metadata":{"total_size":4},"weight_map":{"a":"model-1.safetensors","b":"model-1.safetensors","c":"model-2.safetensors","d":"model-2.safetensors"}}"#;
    let path = directory.path().join("model.safetensors.index.json");
    let make = |random: &mut Random| match random.below(2) {
        0 => random.bytes(&[good]),
        _ => json::damaged(random, &[good]).into_bytes(),
    };
    Trial::new("index").attempts(2000).memory(8 << 20).run(make, |bytes| {
        std::fs::write(&path, bytes).unwrap();
        match SafeTensors::open(directory.path()) {
            Ok(weights) => assert!(weights.iter().all(|tensor| tensor.bytes == [7])),
            Err(error) => drop(format!("{error} {:?}", error.source())),
        }
    });
}

/// Names in an index lead to files beside it, whatever they are.
#[test]
fn an_index_cannot_lead_elsewhere() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("model.safetensors.index.json");
    for shard in ["../x", "/etc/passwd", "a/b", ".", "..", "", "a\\u0000b", "model.safetensors.index.json"] {
        std::fs::write(&path, format!(r#"{{"weight_map":{{"a":"{shard}"}}}}"#)).unwrap();
        assert!(SafeTensors::open(&path).is_err(), "{shard}");
    }
}

/// What costs much if believed: a header that is longer than the file, deeper than a stack, or of many equal names.
#[test]
fn claims_are_not_believed() {
    let refused = |bytes: Vec<u8>, text: &str| {
        let error = SafeTensors::from_bytes("damaged", bytes).unwrap_err();
        let shown = format!("{error}: {}", error.source().map(ToString::to_string).unwrap_or_default());
        assert!(shown.contains(text), "{shown}");
    };
    for length in [100_000_001u64, 1 << 40, u64::MAX - 7, u64::MAX] {
        let mut bytes = file(HEADERS[0]);
        bytes[..8].copy_from_slice(&length.to_le_bytes());
        refused(bytes, "announces a header of");
    }
    refused(file(&format!("{{\"a\":{}", "[".repeat(1_000_000))), "not the JSON");
    refused(file(&format!("{}1{}", "{\"a\":".repeat(100_000), "}".repeat(100_000))), "not the JSON");
    let entry = r#""x":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}"#;
    refused(file(&format!("{{{}}}", [entry; 1000].join(","))), "names tensor `x` twice");
    refused(
        file(r#"{"__metadata__":{},"__metadata__":{}}"#),
        "not the JSON that the format asks for: `__metadata__` is there twice",
    );
    let sizes = r#"{"x":{"dtype":"F32","shape":[4294967296,4294967296,4],"data_offsets":[0,65]}}"#;
    refused(file(sizes), "no whole number of bytes, or too many");
}
