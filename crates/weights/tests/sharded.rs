//! Sharded checkpoints: the index, and how it can disagree with its shards.

use bering_weights::{DType, ErrorKind, NewTensor, SafeTensors, save};
use std::path::Path;
use tempfile::TempDir;

/// A directory with two shards (`a` in the first, `b` and `extra` in the second) and this index.
fn checkpoint(index: &str) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let shard = |file: &str, names: &[&str]| {
        let tensors: Vec<_> = names
            .iter()
            .map(|name| NewTensor { name, dtype: DType::U8, dims: &[1], bytes: &name.as_bytes()[..1] })
            .collect();
        save(directory.path().join(file), &tensors).unwrap();
    };
    shard("model-1.safetensors", &["a"]);
    shard("model-2.safetensors", &["b", "extra"]);
    std::fs::write(directory.path().join("model.safetensors.index.json"), index).unwrap();
    directory
}

#[track_caller]
fn rejects(index: &str, text: &str) {
    let directory = checkpoint(index);
    let error = SafeTensors::open(directory.path()).unwrap_err();
    let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
    assert!(format!("{error}: {cause}").contains(text), "`{text}` is not in: {error}: {cause}");
}

#[test]
fn tensors_come_from_their_shards() {
    let directory = checkpoint(
        r#"{"metadata":{"total_size":2},"weight_map":{"a":"model-1.safetensors","b":"model-2.safetensors"}}"#,
    );
    let weights = SafeTensors::open(directory.path()).unwrap();
    assert_eq!(
        weights.names().collect::<Vec<_>>(),
        ["a", "b"],
        "the index decides what belongs to the checkpoint"
    );
    assert_eq!(weights.get("b").unwrap().bytes, b"b");
    assert!(weights.get("a").unwrap().file.ends_with("model-1.safetensors"));
    assert_eq!(weights.get("extra").unwrap_err().kind(), ErrorKind::Missing);
    let copied = SafeTensors::read(directory.path()).unwrap();
    assert_eq!(copied.iter().map(|tensor| tensor.bytes.to_vec()).collect::<Vec<_>>(), [b"a", b"b"]);
}

#[test]
fn a_single_file_wins() {
    let directory = checkpoint("not json");
    std::fs::copy(directory.path().join("model-1.safetensors"), directory.path().join("model.safetensors"))
        .unwrap();
    assert!(SafeTensors::open(directory.path()).unwrap().contains("a"));
}

#[test]
fn bad_indexes() {
    rejects("not json", "is not the index");
    rejects("{}", "missing field `weight_map`");
    rejects(r#"{"weight_map":{"a":"model-1.safetensors","a":"model-2.safetensors"}}"#, "listed twice");
    rejects(
        r#"{"weight_map":{"b":"model-1.safetensors"}}"#,
        "`b` is in `model-1.safetensors`, which does not hold it",
    );
    rejects(r#"{"weight_map":{"a":"model-3.safetensors"}}"#, "model-3.safetensors");
}

#[test]
fn shards_stay_in_their_directory() {
    let outside = Path::new("/etc/hostname").display().to_string();
    for file in ["../model-1.safetensors", "sub/model-1.safetensors", "..", "", ".", "x\0y", &outside] {
        let map = serde_json::json!({ "weight_map": { "a": file } });
        rejects(&map.to_string(), "not a plain file name");
    }
}
