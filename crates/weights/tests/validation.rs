//! Every lie a safetensors file can tell, one at a time, and what is said about it.

use bering_weights::{DType, ErrorKind, NewTensor, SafeTensors, save};

/// A file of this header and `data` zero bytes.
fn file(header: &str, data: usize) -> Vec<u8> {
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(header.as_bytes());
    bytes.resize(bytes.len() + data, 0);
    bytes
}

/// The error of these bytes: its kind must be `kind`, its text (with its causes) must contain `text`.
#[track_caller]
fn rejects(bytes: Vec<u8>, kind: ErrorKind, text: &str) {
    let error = SafeTensors::from_bytes("f.safetensors", bytes).expect_err("the file must be rejected");
    let mut message = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        message += &format!(": {error}");
        cause = error.source();
    }
    assert_eq!(error.kind(), kind, "{message}");
    assert!(message.contains("f.safetensors"), "the file is not named: {message}");
    assert!(message.contains(text), "`{text}` is not in: {message}");
}

const GOOD: &str = r#"{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"b":{"dtype":"BF16","shape":[3],"data_offsets":[16,22]}}"#;

#[test]
fn a_good_file_is_read() {
    let mut bytes = file(GOOD, 22);
    let start = bytes.len() - 22;
    bytes[start..start + 4].copy_from_slice(&1.5f32.to_le_bytes());
    let weights = SafeTensors::from_bytes("f.safetensors", bytes).unwrap();
    assert_eq!(weights.names().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(weights.metadata()["format"], "pt");
    let a = weights.get("a").unwrap();
    assert_eq!((a.dtype, a.dims, a.bytes.len()), (DType::F32, &[2, 2][..], 16));
    assert_eq!(a.bytes[..4], 1.5f32.to_le_bytes());
    assert_eq!(weights.get("b").unwrap().bytes.len(), 6);
}

#[test]
fn trailing_spaces_scalars_and_empty_tensors_are_legal() {
    let header = r#"{"empty":{"dtype":"F32","shape":[0,7],"data_offsets":[0,0]},"scalar":{"dtype":"I64","shape":[],"data_offsets":[0,8]}}   "#;
    let weights = SafeTensors::from_bytes("f", file(header, 8)).unwrap();
    assert!(weights.get("empty").unwrap().bytes.is_empty());
    assert!(weights.get("scalar").unwrap().dims.is_empty());
    assert_eq!(SafeTensors::from_bytes("f", file("{}", 0)).unwrap().names().len(), 0);
}

#[test]
fn header_length() {
    rejects(vec![], ErrorKind::Header, "is 0 bytes long");
    rejects(vec![1, 2, 3], ErrorKind::Header, "is 3 bytes long");
    rejects(u64::MAX.to_le_bytes().to_vec(), ErrorKind::Header, "announces a header of 18446744073709551615");
    rejects(file(GOOD, 22)[..40].to_vec(), ErrorKind::Header, "truncated");
    rejects(file("", 10), ErrorKind::Header, "got nothing");
    let mut long = 100_000_001u64.to_le_bytes().to_vec();
    long.resize(8 + 100_000_001, b' ');
    rejects(long, ErrorKind::Header, "limit of 100000000");
}

#[test]
fn json() {
    rejects(file(" {}", 0), ErrorKind::Header, "must start with `{`, got byte 0x20");
    rejects(file("{\"a\":", 0), ErrorKind::Header, "EOF");
    rejects(file("{} x", 0), ErrorKind::Header, "trailing characters");
    rejects(
        file("{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4),
        ErrorKind::Header,
        "missing field `data_offsets`",
    );
    rejects(
        file(r#"{"t.w":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4),
        ErrorKind::Header,
        "tensor `t.w`: invalid value: integer `-1`",
    );
    rejects(
        file(r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4.5]}}"#, 4),
        ErrorKind::Header,
        "floating point",
    );
    rejects(file(r#"{"__metadata__":{"a":1}}"#, 0), ErrorKind::Header, "expected a string");
    let nested = format!("{{\"a\":{}", "[".repeat(100_000));
    rejects(file(&nested, 0), ErrorKind::Header, "");
    let mut invalid = file(GOOD, 22);
    invalid[20] = 0xff;
    rejects(invalid, ErrorKind::Header, "not the JSON");
}

#[test]
fn names() {
    let twice = r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#;
    rejects(file(twice, 8), ErrorKind::Header, "names tensor `a` twice");
}

#[test]
fn dtypes_and_sizes() {
    let entry = |dtype: &str, shape: &str, start: u64, end: u64| {
        format!(r#"{{"a":{{"dtype":"{dtype}","shape":{shape},"data_offsets":[{start},{end}]}}}}"#)
    };
    rejects(file(&entry("F33", "[1]", 0, 4), 4), ErrorKind::Tensor, "unknown dtype `F33`; known are: F4");
    rejects(file(&entry("F32", "[2]", 0, 4), 4), ErrorKind::Tensor, "f32[2], which takes 8 bytes");
    rejects(file(&entry("F4", "[3]", 0, 2), 2), ErrorKind::Tensor, "no whole number of bytes");
    let overflow = "[9223372036854775807, 4611686018427387904]";
    rejects(file(&entry("F32", overflow, 0, 4), 4), ErrorKind::Tensor, "or too many");
    rejects(
        file(&entry("F32", "[1]", 4, 0), 4),
        ErrorKind::Tensor,
        "ends (offset 0) before it starts (offset 4)",
    );
    rejects(file(&entry("F32", "[2]", 0, 8), 4), ErrorKind::Tensor, "offsets 0..8, the file holds 4 bytes");
    rejects(file(&entry("F32", "[1]", u64::MAX - 4, u64::MAX), 4), ErrorKind::Tensor, "the file holds 4");
}

#[test]
fn tiling() {
    let two = |a: (u64, u64), b: (u64, u64)| {
        format!(
            r#"{{"a":{{"dtype":"U8","shape":[{}],"data_offsets":[{},{}]}},"b":{{"dtype":"U8","shape":[{}],"data_offsets":[{},{}]}}}}"#,
            a.1 - a.0,
            a.0,
            a.1,
            b.1 - b.0,
            b.0,
            b.1
        )
    };
    rejects(
        file(&two((0, 4), (3, 8)), 8),
        ErrorKind::Tensor,
        "`a` and `b` in `f.safetensors` share the byte at offset 3",
    );
    rejects(file(&two((0, 3), (4, 8)), 8), ErrorKind::Tensor, "data bytes 3..4");
    rejects(file(&two((1, 4), (4, 8)), 8), ErrorKind::Tensor, "data bytes 0..1");
    rejects(file(&two((0, 4), (4, 7)), 8), ErrorKind::Tensor, "data bytes 7..8");
    assert!(
        SafeTensors::from_bytes("f", file(&two((4, 8), (0, 4)), 8)).is_ok(),
        "order in the header is free"
    );
}

#[test]
fn missing_names_suggest_prefixes() {
    let header = r#"{"bert.a.weight":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#;
    let weights = SafeTensors::from_bytes("f.safetensors", file(header, 4)).unwrap();
    let error = weights.get("a.weight").unwrap_err();
    assert_eq!((error.kind(), error.tensor()), (ErrorKind::Missing, Some("a.weight")));
    assert_eq!(
        error.to_string(),
        "no tensor `a.weight` in `f.safetensors`\nhint: similar names there: `bert.a.weight`"
    );
}

#[test]
fn saved_files_are_aligned_and_round_trip() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("out.safetensors");
    let (odd, even) = ([7u8; 12], [1u8; 256]);
    let tensors = [
        NewTensor { name: "a.odd", dtype: DType::F32, dims: &[3], bytes: &odd },
        NewTensor { name: "b.even", dtype: DType::F32, dims: &[8, 8], bytes: &even },
        NewTensor { name: "c.even", dtype: DType::U8, dims: &[256], bytes: &even },
    ];
    save(&path, &tensors).unwrap();
    let weights = SafeTensors::open(&path).unwrap();
    for tensor in &tensors {
        assert_eq!(weights.get(tensor.name).unwrap().bytes, tensor.bytes);
    }
    assert!(weights.get("b.even").unwrap().alignment() >= 64);
    assert!(weights.get("c.even").unwrap().alignment() >= 64);

    let wrong = [NewTensor { name: "a", dtype: DType::F32, dims: &[4], bytes: &odd }];
    assert!(save(&path, &wrong).unwrap_err().to_string().contains("takes 16 bytes"));
    let twice = [tensors[0], tensors[0]];
    assert!(save(&path, &twice).unwrap_err().to_string().contains("twice"));
    let reserved = [NewTensor { name: "__metadata__", ..tensors[0] }];
    assert!(save(&path, &reserved).unwrap_err().to_string().contains("keeps that name for metadata"));
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1, "a temporary file was left behind");
    assert!(SafeTensors::open(&path).is_ok(), "a failed save must leave the old file");
}

#[test]
fn shared_bytes_outlive_the_checkpoint() {
    let bytes = {
        let weights = SafeTensors::from_bytes("f", file(GOOD, 22)).unwrap();
        weights.get("a").unwrap().to_shared()
    };
    assert_eq!(bytes.as_ref(), [0; 16]);
}

#[test]
fn what_is_no_file_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let empty = SafeTensors::open(directory.path()).unwrap_err();
    assert!(empty.to_string().contains("holds neither `model.safetensors`"), "{empty}");
    let absent = SafeTensors::open(directory.path().join("absent.safetensors")).unwrap_err();
    assert_eq!(absent.kind(), ErrorKind::Io);
    let device = SafeTensors::open("/dev/null").unwrap_err();
    assert_eq!(device.kind(), ErrorKind::Io);
}
