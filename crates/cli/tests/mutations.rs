//! Damaged programs: every form that is read, and the compiler behind them. Nothing may panic, abort or hang.

use bering::Module;
use bering::runtime::CompileOptions;
use bering_damage::{Random, Trial};
use std::path::{Path, PathBuf};

fn corpus(extensions: &[&str]) -> Vec<Vec<u8>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(directory).expect("fixtures").map(|entry| entry.expect("a file").path()).collect();
    files.retain(|path| {
        path.extension().is_some_and(|found| extensions.iter().any(|wanted| found == *wanted))
    });
    files.sort();
    assert!(!files.is_empty(), "no good files of {extensions:?}");
    files.iter().map(|path| std::fs::read(path).expect("readable")).collect()
}

fn modules() -> Vec<Module> {
    let files = corpus(&["jax", "mlir", "mlirbc"]);
    files.into_iter().map(|bytes| Module::read(bytes).expect("a module")).collect()
}

/// Through XLA, which ends the process on what it did not expect: the guard before it must.
fn compile(bytes: &[u8]) {
    let device = bering::device("cpu").expect("a device");
    let Ok(module) = Module::read(bytes.to_vec()) else { return };
    drop(module.portable_artifact(None));
    let inputs = module.inputs();
    let dims = inputs.iter().map(|input| input.dims.iter().map(|dim| *dim.as_ref().unwrap_or(&2)).collect());
    let sizes: Vec<Vec<usize>> = dims.collect();
    let sizes: Vec<&[usize]> = sizes.iter().map(Vec::as_slice).collect();
    if let Ok(module) = module.with_sizes(&sizes) {
        drop(module.compile_anew(&device, &CompileOptions::new()));
    }
}

#[test]
fn texts() {
    let texts: Vec<String> = modules().iter().map(|module| module.text().expect("text")).collect();
    let words = [
        "tensor<f32>",
        "tensor<0x0xf32>",
        "tensor<?xi32>",
        "tensor<1000000x1000000xf32>",
        "dense<0>",
        "@main",
        "%0",
        "%arg0",
        "i1",
        "f32",
        "bf16",
        "true",
    ];
    let make = |random: &mut Random| random.text(&texts, &words).into_bytes();
    Trial::new("text").attempts(25).native().run(make, compile);
}

#[test]
fn bytecode() {
    let files = corpus(&["mlirbc"]);
    Trial::new("bytecode").attempts(12).native().run(|random| random.bytes(&files), compile);
}

#[test]
fn files_of_jax() {
    let files = corpus(&["jax"]);
    Trial::new("jax").attempts(12).native().run(|random| random.bytes(&files), compile);
}

/// As other versions of StableHLO read them: another dialect (VHLO) under the same encoding.
#[test]
fn portable_artifacts() {
    let artifact = |module: &Module| module.portable_artifact(None).expect("an artifact");
    let files: Vec<Vec<u8>> = modules().iter().map(artifact).collect();
    Trial::new("artifact").attempts(12).native().run(|random| random.bytes(&files), compile);
}

/// Damage that sends MLIR's reader round and round, found by these trials.
#[test]
fn bytecode_that_never_ends_is_an_error() {
    let bytes = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/endless.damaged"));
    let Err(error) = Module::read(bytes.expect("the file")) else { panic!("it was read") };
    let error = error.to_string();
    assert!(error.contains("it took more time than its size is worth"), "{error}");
}
