//! Programs that JAX exported, with the outputs that JAX computed: recurrent, convolutional, attention, FFT, sorting, random
//! numbers, control flow, odd arguments, every type.

use crate::harness::{arrays, assert_close, bering_in, fixture, path, save, succeeds};
use bering::interchange::npy::Array;

/// Runs a fixture; gives its results beside the expected ones.
#[track_caller]
fn run(file: &str, inputs: &[Array]) -> Vec<Array> {
    let directory = tempfile::tempdir().expect("a directory for temporary files");
    let (input, output) = (directory.path().join("in.npz"), directory.path().join("out.npz"));
    save(&input, inputs);
    let file = fixture(file);
    let printed = succeeds(&["run", path(&file), "--input", path(&input), "--output", path(&output)]);
    assert_eq!(printed, "");
    arrays(&output, "out")
}

#[track_caller]
fn check(file: &str) {
    let (name, _) = file.split_once('.').expect("an extension");
    let data = fixture(&format!("{name}.npz"));
    let results = run(file, &arrays(&data, "in"));
    let expected = arrays(&data, "out");
    assert_eq!(results.len(), expected.len());
    for (index, (found, expected)) in results.iter().zip(&expected).enumerate() {
        assert_close(found, expected, &format!("result {index} of {file}"));
    }
}

macro_rules! programs {
    ($($name:ident: $file:literal),* $(,)?) => {
        $(#[test] fn $name() { check($file); })*

        /// No fixture is forgotten.
        #[test]
        fn every_program_is_run() {
            let listed = [$($file),*];
            let refused = ["other_platform.jax", "missing_custom_call.mlirbc"];
            for entry in std::fs::read_dir(fixture("")).expect("fixtures") {
                let name = entry.expect("a file").file_name().into_string().expect("text");
                let program = [".jax", ".mlir", ".mlirbc"].iter().any(|extension| name.ends_with(extension));
                assert!(!program || listed.contains(&&*name) || refused.contains(&&*name), "{name} is not run");
            }
        }
    };
}

programs! {
    lstm: "lstm.jax",
    gru_reversed: "gru_reversed.mlir",
    linear_recurrence: "linear_recurrence.jax",
    cnn: "cnn.jax",
    depthwise_dilated_transposed: "depthwise_dilated_transposed.mlirbc",
    causal_attention: "causal_attention.jax",
    transformer_gradient: "transformer_gradient.jax",
    fft: "fft.mlir",
    sorting: "sorting.jax",
    indexing: "indexing.jax",
    random_numbers: "random_numbers.jax",
    control_flow: "control_flow.mlirbc",
    several_functions: "several_functions.mlir",
    unused_arguments: "unused_arguments.jax",
    donated_arguments: "donated_arguments.jax",
    no_arguments: "no_arguments.jax",
    empty_and_scalar: "empty_and_scalar.jax",
    dynamic_batch: "dynamic_batch.jax",
    dynamic_raw: "dynamic_raw.mlirbc",
    two_platforms: "two_platforms.jax",
    int8_matmul: "int8_matmul.jax",
    small_types: "small_types.jax",
    wide_types: "wide_types.mlir",
    factorisations: "factorisations.jax",
    factorisations_wide: "factorisations_wide.mlirbc",
    factorisations_of_nothing: "factorisations_of_nothing.jax",
    torch_cnn: "torch_cnn.jax",
    torch_transformer: "torch_transformer.jax",
    torch_lstm: "torch_lstm.jax",
    torch_dynamic: "torch_dynamic.jax",
}

#[test]
fn unused_arguments_may_be_left_out() {
    let all = arrays(&fixture("unused_arguments.npz"), "in");
    let results = run("unused_arguments.jax", &[all[0].clone(), all[2].clone()]);
    assert_eq!(results, arrays(&fixture("unused_arguments.npz"), "out"));
}

#[test]
fn results_are_shown() {
    let text = succeeds(&["run", path(&fixture("no_arguments.jax"))]);
    assert_eq!(text, "0: i32[5] = 0, 1, 2, 3, 4\n1: f32[4] = 0, 0.33333334, 0.6666667, 1\n");
}

#[test]
fn a_single_result_is_saved_as_npy() {
    let directory = tempfile::tempdir().expect("a directory for temporary files");
    let (input, output) = (directory.path().join("in.npz"), directory.path().join("out.npy"));
    save(&input, &arrays(&fixture("two_platforms.npz"), "in"));
    let file = fixture("two_platforms.jax");
    succeeds(&["run", path(&file), "-i", path(&input), "-o", path(&output)]);
    let found = Array::read(std::fs::File::open(&output).expect("written"), 1 << 10).expect("an array");
    assert_eq!(vec![found], arrays(&fixture("two_platforms.npz"), "out"));
    let left = std::fs::read_dir(directory.path()).expect("listed").count();
    assert_eq!(left, 2, "no temporary file stays");
}

/// Every form of a program, one from the other, gives the same results.
#[test]
fn forms_are_converted() {
    let directory = tempfile::tempdir().expect("a directory for temporary files");
    let at = |name: &str| directory.path().join(name);
    let data = fixture("cnn.npz");
    save(&at("in.npz"), &arrays(&data, "in"));
    succeeds(&["convert", path(&fixture("cnn.jax")), "--to", "text", "-o", path(&at("text.mlir"))]);
    succeeds(&["convert", path(&at("text.mlir")), "--stablehlo", "1.8.0", "-o", path(&at("old.mlirbc"))]);
    succeeds(&["convert", path(&at("old.mlirbc")), "-o", path(&at("new.mlirbc"))]);
    succeeds(&["convert", path(&at("text.mlir")), "--to", "jax", "-o", path(&at("again.jax"))]);
    for name in ["text.mlir", "old.mlirbc", "new.mlirbc", "again.jax"] {
        succeeds(&["run", path(&at(name)), "-i", path(&at("in.npz")), "-o", path(&at("out.npz"))]);
        for (found, expected) in arrays(&at("out.npz"), "out").iter().zip(&arrays(&data, "out")) {
            assert_close(found, expected, name);
        }
    }
    // Sizes fixed on the way.
    let dynamic = fixture("dynamic_raw.mlirbc");
    succeeds(&["convert", path(&dynamic), "--dim", "?=5", "--to", "text", "-o", path(&at("static.mlir"))]);
    let text = std::fs::read_to_string(at("static.mlir")).expect("text");
    assert!(text.contains("tensor<5x4xf32>") && !text.contains('?'), "{text}");
}

/// The second process loads what the first one compiled, and the text that it read.
#[test]
fn compiled_programs_are_kept() {
    let directory = tempfile::tempdir().expect("a directory for temporary files");
    let arguments = ["run", path(&fixture("no_arguments.jax")).to_owned().leak()];
    let first = bering_in(directory.path(), &arguments);
    let entries = |root: &std::path::Path| {
        let mut files = Vec::new();
        let mut directories = vec![root.to_path_buf()];
        while let Some(directory) = directories.pop() {
            for entry in std::fs::read_dir(directory).expect("listed") {
                let path = entry.expect("an entry").path();
                if path.is_dir() { directories.push(path) } else { files.push(path) }
            }
        }
        files
    };
    assert_eq!(entries(directory.path()).len(), 2);
    let second = bering_in(directory.path(), &arguments);
    assert_eq!((first.stdout, entries(directory.path()).len()), (second.stdout, 2));
}
