//! Bad input: each mistake is named, and nothing panics, aborts or hangs.

use crate::harness::{arrays, bering, fails, fixture, path, save};
use bering::interchange::npy::{Array, Element, Kind};
use std::path::PathBuf;

/// A directory with `content` in files.
fn files(content: &[(&str, &[u8])]) -> (tempfile::TempDir, Vec<PathBuf>) {
    let directory = tempfile::tempdir().expect("a directory for temporary files");
    let paths = content.iter().map(|(name, content)| {
        let path = directory.path().join(name);
        std::fs::write(&path, content).expect("writable");
        path
    });
    let paths = paths.collect();
    (directory, paths)
}

#[test]
fn programs_that_cannot_run_here_say_why() {
    fails(
        &["run", path(&fixture("other_platform.jax")), "-i", path(&fixture("other_platform.npz"))],
        &["was exported for `tpu`, and this is `cpu`", "hint: "],
    );
    fails(
        &[
            "run",
            path(&fixture("missing_custom_call.mlirbc")),
            "-i",
            path(&fixture("missing_custom_call.npz")),
        ],
        &["hint: ", "no handler for: `lapack_sgeev_ffi`"],
    );
    let partitioned =
        "module attributes {mhlo.num_partitions = 8 : i32} { func.func public @main() -> tensor<i32> {
        %0 = stablehlo.constant dense<1> : tensor<i32> return %0 : tensor<i32> } }";
    let token = "module { func.func public @main(%t: !stablehlo.token) -> !stablehlo.token { return %t : !stablehlo.token } }";
    let platforms = "module { func.func public @main(%p: tensor<i32> {jax.global_constant = \"_platform_index\"}) -> tensor<i32> {
        return %p : tensor<i32> } }";
    let (_directory, paths) = files(&[
        ("8.mlir", partitioned.as_bytes()),
        ("t.mlir", token.as_bytes()),
        ("p.mlir", platforms.as_bytes()),
    ]);
    fails(&["run", path(&paths[0])], &["runs on 8 devices at once"]);
    fails(&["inspect", path(&paths[1])], &["has effects in an order"]);
    fails(&["run", path(&paths[2])], &["is for several platforms"]);
}

#[test]
fn wrong_inputs_are_named() {
    let file = fixture("lstm.jax");
    let good = arrays(&fixture("lstm.npz"), "in");
    let (directory, paths) = files(&[("text.txt", b"x"), ("not.npy", b"x"), ("not.npz", b"x")]);
    let run = |inputs: &[Array], texts: &[&str]| {
        let input = directory.path().join("in.npz");
        save(&input, inputs);
        fails(&["run", path(&file), "-i", path(&input)], texts);
    };
    run(&good[..2], &["takes 3 inputs, got 2"]);
    run(&[&good[..], &good[..1]].concat(), &["takes 3 inputs, got 4"]);
    let mut wrong = good.clone();
    wrong.swap(0, 1);
    run(&wrong, &["input 0 must be f32[6, 3, 5], got sizes [13, 32]"]);
    wrong = good.clone();
    wrong[2] =
        Array::new(Element::new(Kind::Float, 8).expect("f8"), vec![32], vec![0; 256]).expect("an array");
    run(
        &wrong,
        &["input 2 (`bias`) is of another type", "an array of f32 is f4 in a file, got f8[32]", "hint: "],
    );
    fails(&["run", path(&file), "-i", path(&paths[0])], &["`.npy` or `.npz`"]);
    fails(&["run", path(&file), "-i", path(&paths[1])], &["not an npy file"]);
    fails(&["run", path(&file), "-i", path(&paths[2])], &["zip archive"]);
    fails(&["run", path(&file), "-i", "/absent/x.npy"], &["cannot read `/absent/x.npy`"]);
    fails(&["run", path(&file), "-o", "x.txt"], &["neither an npy nor an npz"]);
}

/// `b` rows are promised to be at least one, and the same in both arguments.
#[test]
fn broken_promises_of_a_dynamic_program_are_named() {
    let array = |dims: [usize; 2]| {
        Array::new(Element::F32, dims.to_vec(), vec![0; 4 * dims[0] * dims[1]]).expect("an array")
    };
    let directory = tempfile::tempdir().expect("a directory for temporary files");
    let input = directory.path().join("in.npz");
    let file = fixture("dynamic_batch.jax");
    save(&input, &[array([2, 4]), array([3, 5])]);
    fails(
        &["run", path(&file), "-i", path(&input)],
        &["input 1 must be f32[b, n], got sizes [3, 5]: `b` is 2 in input 0"],
    );
    save(&input, &[array([0, 4]), array([0, 5])]);
    fails(&["run", path(&file), "-i", path(&input)], &["Expected value >= 1 for dimension variable 'b'"]);
    save(&input, &[array([2, 3]), array([2, 5])]);
    fails(&["run", path(&file), "-i", path(&input)], &["input 0 must be f32[b, 4], got sizes [2, 3]"]);
}

#[test]
fn files_that_are_no_programs_are_errors() {
    let jax = std::fs::read(fixture("lstm.jax")).expect("a fixture");
    let bytecode = std::fs::read(fixture("control_flow.mlirbc")).expect("a fixture");
    let cases: [(&str, &[u8], &str); 8] = [
        ("empty", b"", "program is empty"),
        ("words", b"hello", "cannot read the program"),
        ("no main", b"module { }", "no function `main`"),
        ("magic", b"ML\xefR", "cannot read the program"),
        ("garbage", &[0xff; 300], "not a file of `jax.export`"),
        ("half an export", &jax[..jax.len() / 2], "not a file of `jax.export`"),
        ("half a module", &bytecode[..bytecode.len() / 2], "cannot read the program"),
        ("archive", b"PK\x03\x04\xff\xff\xff\xff", "not a file of `jax.export`"),
    ];
    for (name, content, text) in cases {
        let (_directory, paths) = files(&[(name, content)]);
        fails(&["inspect", path(&paths[0])], &[text]);
    }
    fails(&["inspect", "/absent/program"], &["cannot read `/absent/program`"]);
    fails(&["inspect", "/"], &["cannot read `/`"]);
}

#[test]
fn usage_errors_are_claps() {
    for arguments in [&["run"][..], &["bench", "x", "--dim", "b"], &["convert", "x"], &["fly"]] {
        assert_eq!(bering(arguments).status.code(), Some(2), "{arguments:?}");
    }
    let help = bering(&["--help"]);
    assert!(help.status.success() && String::from_utf8_lossy(&help.stdout).contains("inspect"));
}
