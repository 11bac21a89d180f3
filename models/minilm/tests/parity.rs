//! all-MiniLM-L6-v2 against sentence-transformers on the same weights.
//!
//! `tests/reference` holds what sentence-transformers 6.2.0 with torch 2.15.0 (CPU, f32) computed: the embeddings of twelve
//! sentences with their token numbers, and of fixed token numbers in batches of 1 x 16, 32 x 64 and 32 x 256 (the first two
//! rows of each are kept). `BERING_REFERENCE` names another directory with the same three files.

mod common;

use common::{assert_close, minilm, model, npy_f32, npy_i32};
use minilm::{Embedder, Form, Options, Tokens};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Largest absolute difference of an element of a unit vector.
const TOLERANCE: f64 = 2e-5;

fn reference(file: &str) -> Vec<u8> {
    let own = || Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference");
    let directory = std::env::var_os("BERING_REFERENCE").map_or_else(own, PathBuf::from);
    let path = directory.join(file);
    std::fs::read(&path).unwrap_or_else(|error| panic!("`{}`: {error}", path.display()))
}

struct Sentences {
    texts: Vec<String>,
    ids: Vec<Vec<u32>>,
    embeddings: Vec<Vec<f32>>,
}

fn sentences() -> Sentences {
    let json: serde_json::Value = serde_json::from_slice(&reference("minilm_sentences.json")).unwrap();
    Sentences {
        texts: serde_json::from_value(json["sentences"].clone()).unwrap(),
        ids: serde_json::from_value(json["input_ids"].clone()).unwrap(),
        embeddings: npy_f32(&reference("minilm_embeddings.npy")),
    }
}

fn open(options: Options) -> Embedder {
    Embedder::open(&model(), &options).unwrap()
}

fn tokens(ids: &[i32]) -> Tokens {
    Tokens { ids: ids.iter().map(|&id| id as u32).collect(), truncated: false }
}

#[test]
fn tokens_are_those_of_the_reference() {
    let embedder = open(Options::default());
    let reference = sentences();
    for (text, ids) in reference.texts.iter().zip(&reference.ids) {
        let tokens = embedder.tokenizer().encode(text).unwrap();
        assert_eq!((&tokens.ids, tokens.truncated), (ids, false), "{text}");
    }
}

#[test]
fn sentences_in_every_batch_size() {
    let reference = sentences();
    let cases =
        [(None, Form::Kernels), (Some(1), Form::Kernels), (Some(4), Form::Kernels), (None, Form::Plain)];
    for (batch, form) in cases {
        let embedder = open(Options { batch, form: Some(form), ..Options::default() });
        let embeddings = embedder.embed(&reference.texts).unwrap();
        assert_eq!(embeddings.rows().len(), reference.texts.len());
        for ((found, expected), text) in embeddings.rows().zip(&reference.embeddings).zip(&reference.texts) {
            assert_close(found, expected, TOLERANCE, &format!("batch {batch:?}, {form:?}, {text}"));
        }
    }
}

#[test]
fn one_thread_gives_the_same() {
    let reference = sentences();
    let embedder = open(Options { threads: Some(1), ..Options::default() });
    let embeddings = embedder.embed(&reference.texts[..2]).unwrap();
    for (found, expected) in embeddings.rows().zip(&reference.embeddings) {
        assert_close(found, expected, TOLERANCE, "one thread");
    }
}

#[test]
fn fixed_tokens_up_to_the_longest_input() {
    let arrays = stored_zip(&reference("minilm_fixed_ids_ref.npz"));
    let embedder = open(Options::default());
    for case in ["b1s16", "b32s64", "b32s256"] {
        let ids = npy_i32(&arrays[&format!("{case}_ids.npy")]);
        let expected = npy_f32(&arrays[&format!("{case}_emb.npy")]);
        let sentences: Vec<Tokens> = ids.iter().map(|row| tokens(row)).collect();
        let embeddings = embedder.embed_tokens(&sentences).unwrap();
        assert_eq!(embeddings.rows().len(), expected.len());
        for (found, expected) in embeddings.rows().zip(&expected) {
            assert_close(found, expected, TOLERANCE, case);
        }
    }
}

/// Padding, neighbours and the position in a batch must not show in an embedding.
#[test]
fn an_embedding_does_not_depend_on_its_neighbours() {
    let arrays = stored_zip(&reference("minilm_fixed_ids_ref.npz"));
    let ids = npy_i32(&arrays["b32s256_ids.npy"]);
    let embedder = open(Options::default());
    let lengths = [3, 15, 16, 17, 47, 63, 65, 100, 130, 200, 255];
    let sentences: Vec<Tokens> = lengths.iter().map(|&length| tokens(&ids[0][..length])).collect();
    let together = embedder.embed_tokens(&sentences).unwrap();
    for (sentence, found) in sentences.iter().zip(together.rows()) {
        let alone = embedder.embed_tokens(std::slice::from_ref(sentence)).unwrap();
        let what = format!("{} tokens", sentence.ids.len());
        assert_close(found, alone.rows().next().unwrap(), 2e-6, &what);
    }
}

#[test]
fn the_command_line_gives_the_same_in_every_format() {
    let reference = sentences();
    let input = reference.texts.join("\n");
    let run = |format: &str| {
        let output = minilm(&["embed", "-", "--format", format], input.as_bytes());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    let check = |rows: Vec<Vec<f32>>, format: &str| {
        assert_eq!(rows.len(), reference.texts.len(), "{format}");
        for (found, expected) in rows.iter().zip(&reference.embeddings) {
            assert_close(found, expected, TOLERANCE, format);
        }
    };
    check(npy_f32(&run("npy")), "npy");
    let csv = String::from_utf8(run("csv")).unwrap();
    check(
        csv.lines().map(|line| line.split(',').map(|value| value.parse().unwrap()).collect()).collect(),
        "csv",
    );
    let jsonl = String::from_utf8(run("jsonl")).unwrap();
    let objects: Vec<serde_json::Value> =
        jsonl.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(objects.iter().zip(&reference.texts).all(|(object, text)| object["text"] == *text));
    check(
        objects.into_iter().map(|o| serde_json::from_value(o["embedding"].clone()).unwrap()).collect(),
        "jsonl",
    );
}

/// The members of a zip archive that stores them uncompressed, as `numpy.savez` does.
fn stored_zip(bytes: &[u8]) -> HashMap<String, Vec<u8>> {
    let word = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]) as usize;
    let long = |at: usize| word(at) | word(at + 2) << 16;
    // The central directory has the sizes also where the local headers leave them out.
    let end = bytes.windows(4).rposition(|window| window == b"PK\x05\x06").expect("an end of directory");
    let (count, mut at) = (word(end + 10), long(end + 16));
    let mut members = HashMap::new();
    for _ in 0..count {
        assert_eq!((&bytes[at..at + 4], word(at + 10)), (&b"PK\x01\x02"[..], 0), "a stored member");
        let (size, name, local) = (long(at + 24), word(at + 28), long(at + 42));
        let title = String::from_utf8(bytes[at + 46..][..name].to_vec()).expect("a name");
        let start = local + 30 + word(local + 26) + word(local + 28);
        members.insert(title, bytes[start..][..size].to_vec());
        at += 46 + name + word(at + 30) + word(at + 32);
    }
    members
}
