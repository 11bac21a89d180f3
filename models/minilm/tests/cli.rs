//! The command line: what it prints, and what it says about bad input. Never a panic, never a wrong exit code.

mod common;

use bering::weights::{DType, NewTensor, SafeTensors, save};
use common::{Copy, minilm, model, npy};
use std::process::Output;

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Runs to success; gives stdout and stderr.
#[track_caller]
fn succeeds(arguments: &[&str], stdin: &[u8]) -> (String, String) {
    let output = minilm(arguments, stdin);
    assert!(output.status.success(), "{:?}: {}", output.status, stderr(&output));
    (stdout(&output), stderr(&output))
}

/// Runs to an error: exit code 1 (a panic's is 101), nothing on stdout, `text` in the message.
#[track_caller]
fn fails(arguments: &[&str], stdin: &[u8], text: &str) -> String {
    let output = minilm(arguments, stdin);
    let message = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.starts_with("error: ") && message.contains(text), "`{text}` is not in: {message}");
    message
}

#[test]
fn similarity_of_three_sentences() {
    let sentences = ["A man is playing guitar", "Someone strums an instrument", "The stock market fell"];
    let (table, _) = succeeds(&[&["similarity"], &sentences[..]].concat(), b"");
    let rows: Vec<Vec<f64>> = table
        .lines()
        .skip(1)
        .map(|line| line.split_whitespace().rev().take(3).map(|value| value.parse().unwrap()).collect())
        .collect();
    // Values from right to left. Guitar and instrument are alike, the market is like neither.
    assert_eq!((rows[0][2], rows[1][1], rows[2][0]), (1.0, 1.0, 1.0), "{table}");
    assert!(rows[0][1] > 0.5 && rows[0][0] < 0.1 && rows[1][0] < 0.1, "{table}");
    assert_eq!(rows[0][1], rows[1][2], "the table is symmetric: {table}");
}

#[test]
fn search_finds_the_nearest_lines() {
    let corpus = "The market fell sharply.\nA cat sleeps on the sofa.\nA dog barks at the mailman.\nKittens nap all day.\n";
    let (found, _) =
        succeeds(&["search", "--corpus", "-", "a sleeping kitten", "-k", "2"], corpus.as_bytes());
    let lines: Vec<&str> = found.lines().collect();
    assert_eq!(lines.len(), 2, "{found}");
    assert!(lines.iter().all(|line| line.contains("cat sleeps") || line.contains("Kittens nap")), "{found}");
    fails(&["search", "--corpus", "-", "query"], b"", "the corpus `-` has no lines");
    fails(&["search", "--corpus", "/absent/file", "query"], b"", "cannot read `/absent/file`");
}

#[test]
fn odd_input_is_embedded() {
    let (empty, _) = succeeds(&["embed"], b"");
    assert_eq!(empty, "", "no lines, no output");
    let (lines, _) = succeeds(&["embed"], "\n\n \u{0} \n\u{1F642}\n".as_bytes());
    assert_eq!(lines.lines().count(), 4, "an empty line is a sentence too");
    let objects: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(objects[0]["embedding"], objects[1]["embedding"]);
    let output = minilm(&["embed", "--format", "npy"], b"");
    let (rows, columns, _) = npy(&output.stdout);
    assert_eq!((rows, columns), (0, 384));
}

#[test]
fn long_lines_are_cut_with_a_note() {
    let word = b"lengthy ".repeat(1 << 17);
    let unbroken = b"x".repeat(1 << 20);
    let input = [&word[..], b"\nshort\n", &unbroken[..], b"\n"].concat();
    let (lines, note) = succeeds(&["embed", "--format", "csv"], &input);
    assert_eq!(lines.lines().count(), 3);
    // A word of a million letters is one unknown token, not too many.
    assert_eq!(note, "note: 1 input was truncated to 256 tokens\n");
}

#[test]
fn invalid_utf8_names_its_line() {
    let message = fails(
        &["embed", "--output", "/tmp/never-written-by-minilm.jsonl"],
        b"fine\n\xff\xfe\n",
        "line 2 of standard input",
    );
    assert!(message.contains("not valid UTF-8"), "{message}");
    assert!(!std::path::Path::new("/tmp/never-written-by-minilm.jsonl").exists());
}

#[test]
fn files_in_and_out() {
    let directory = tempfile::tempdir().unwrap();
    let (input, output) = (directory.path().join("in.txt"), directory.path().join("out.npy"));
    std::fs::write(&input, "one\ntwo\n").unwrap();
    let paths = [input.to_str().unwrap(), output.to_str().unwrap()];
    let (nothing, _) = succeeds(&["embed", paths[0], "--format", "npy", "-o", paths[1]], b"");
    assert_eq!(nothing, "");
    assert_eq!(npy(&std::fs::read(&output).unwrap()).0, 2);
    fails(&["embed", paths[0], "-o", "/absent/out.npy"], b"", "cannot write `/absent/out.npy`");
    fails(&["embed", directory.path().to_str().unwrap()], b"", "it is a directory");
    fails(&["embed", "/absent/in.txt"], b"", "cannot read `/absent/in.txt`");
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    use std::io::{BufRead, BufReader, Write};
    use std::process::{Command, Stdio};
    let mut child = Command::new(env!("CARGO_BIN_EXE_minilm"))
        .args(["embed", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"first\n").unwrap();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    // The first line is answered while the input is still open.
    reader.read_line(&mut line).unwrap();
    assert!(line.starts_with("{\"text\":\"first\""), "{line}");
    drop(reader);
    stdin.write_all(b"second\n").unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{:?}", output.status);
    assert_eq!(stderr(&output), "");
}

#[test]
fn devices_and_arguments() {
    let absent =
        fails(&["similarity", "a", "b", "--device", "cpu:7"], b"", "no device `cpu:7`; there is: `cpu:0`");
    assert!(!absent.contains("panicked"), "{absent}");
    let hint =
        if cfg!(feature = "cuda13") { "no NVIDIA driver" } else { "hint: build with `--features cuda13`" };
    fails(&["similarity", "a", "b", "--device", "cuda"], b"", hint);
    fails(&["similarity", "a", "b", "--device", "tpux"], b"", "no device `tpux`; this build has: ");
    succeeds(&["similarity", "a", "b", "--device", "cpu:0", "--threads", "1"], b"");
    for arguments in
        [&["similarity", "a"][..], &["embed", "--format", "xml"], &["embed", "--threads", "0"], &["frob"]]
    {
        // 2 is clap's exit code for a wrong command line.
        assert_eq!(minilm(arguments, b"").status.code(), Some(2), "{arguments:?}");
    }
    fails(&["similarity", "a", "b", "--model", "/absent/model"], b"", "`/absent/model` is not a directory");
}

/// A safetensors file made of the model's own tensors, changed by `change`.
fn rewrite(copy: &Copy, change: impl Fn(&str, &mut DType, &mut Vec<usize>, &mut Vec<u8>) -> bool) {
    let weights = SafeTensors::open(model()).unwrap();
    let tensors: Vec<_> = weights
        .iter()
        .filter_map(|tensor| {
            let (mut dtype, mut dims, mut bytes) =
                (tensor.dtype, tensor.dims.to_vec(), tensor.bytes.to_vec());
            change(tensor.name, &mut dtype, &mut dims, &mut bytes).then_some((
                tensor.name,
                dtype,
                dims,
                bytes,
            ))
        })
        .collect();
    let new: Vec<_> = tensors
        .iter()
        .map(|(name, dtype, dims, bytes)| NewTensor { name, dtype: *dtype, dims, bytes })
        .collect();
    copy.write("model.safetensors", "");
    save(copy.path().join("model.safetensors"), &new).unwrap();
}

#[track_caller]
fn fails_on(copy: &Copy, text: &str) -> String {
    fails(&["similarity", "a man", "a plan", "--model", copy.text()], b"", text)
}

#[test]
fn missing_tensors_are_all_named() {
    let copy = Copy::new();
    rewrite(&copy, |name, _, _, _| name != "encoder.layer.3.output.dense.bias");
    fails_on(&copy, "no tensor `encoder.layer.3.output.dense.bias` in `");
    rewrite(&copy, |name, _, _, _| !name.starts_with("encoder.layer.5"));
    let message = fails_on(&copy, "no tensors `encoder.layer.5.");
    assert_eq!(message.matches("`encoder.layer.5.").count(), 10, "{message}");
    assert!(message.contains(" and 6 more in `"), "{message}");
}

#[test]
fn mis_shaped_and_mistyped_tensors() {
    let copy = Copy::new();
    const NAME: &str = "encoder.layer.0.attention.self.query.weight";
    rewrite(&copy, |name, _, dims, _| {
        if name == NAME {
            *dims = vec![192, 768];
        }
        true
    });
    fails_on(&copy, &format!("tensor `{NAME}` is f32[192, 768] in `"));
    rewrite(&copy, |name, dtype, _, bytes| {
        if name == NAME {
            *dtype = DType::F16;
            bytes.truncate(bytes.len() / 2);
        }
        true
    });
    let message = fails_on(&copy, &format!("tensor `{NAME}` is f16[384, 384] in `"));
    assert!(message.contains("the model asks for f32[384, 384]"), "{message}");
}

#[test]
fn weights_that_are_not_numbers() {
    let copy = Copy::new();
    rewrite(&copy, |name, _, _, bytes| {
        if name == "encoder.layer.2.intermediate.dense.weight" {
            bytes[400..404].copy_from_slice(&f32::NAN.to_le_bytes());
        }
        true
    });
    fails_on(&copy, "non-finite embedding: tensor `encoder.layer.2.intermediate.dense.weight` in `");
}

#[test]
fn damaged_files() {
    let copy = Copy::new();
    let whole = std::fs::read(model().join("model.safetensors")).unwrap();
    copy.write("model.safetensors", &whole[..whole.len() / 2]);
    fails_on(&copy, "truncated");
    copy.write("model.safetensors", &whole[..100]);
    fails_on(&copy, "truncated");
    copy.write("model.safetensors", "");
    fails_on(&copy, "0 bytes long");
    let mut lying = whole[..20_000].to_vec();
    lying[..8].copy_from_slice(&u64::MAX.to_le_bytes());
    copy.write("model.safetensors", &lying);
    fails_on(&copy, "announces a header of 18446744073709551615 bytes");
    std::fs::remove_file(copy.path().join("model.safetensors")).unwrap();
    fails_on(&copy, "holds neither `model.safetensors` nor");
}

#[test]
fn other_files_of_the_directory() {
    let copy = Copy::new();
    copy.write("tokenizer.json", "{}");
    fails_on(&copy, "tokenizer.json` is not a tokenizer");
    copy.write("tokenizer.json", std::fs::read(model().join("tokenizer.json")).unwrap());
    let config = std::fs::read_to_string(model().join("config.json")).unwrap();
    copy.write("config.json", config.replace("\"vocab_size\": 30522", "\"vocab_size\": 100"));
    fails_on(&copy, "numbers tokens up to 30521, the model has 100 words");
    copy.write("config.json", config.replace("\"bert\"", "\"t5\""));
    fails_on(&copy, "a model of type `t5`");
    copy.write("config.json", "not json");
    fails_on(&copy, "config.json` is not what it should be");
}
