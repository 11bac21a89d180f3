//! Traced programs as portable artifacts and files of `jax.export`: their structure, and that they run as before. That JAX
//! loads them too is for `examples/load.py`.

use bering::frontend::Graph;
use bering::frontend::control::fori_loop;
use bering::interchange::exported::Exported;
use bering::prelude::*;
use bering::runtime::CompileOptions;
use bering::{Lowered, Module, ModuleForm};

/// A loop, a contraction and two results.
fn graph() -> Graph {
    let specs = [Spec::new(DType::F32, [2, 2]), Spec::new(DType::Bf16, [3])];
    trace("power", &specs, |_, args| {
        let factor = &args[0];
        let power = fori_loop(0, 3, |_, x: Tensor| x.matmul(factor), args[0].clone());
        (power, &args[1] + 1.0)
    })
    .expect("traced")
}

#[test]
fn an_export_has_the_graphs_signature() {
    let file = Lowered::new(&graph()).and_then(|program| program.jax_export(Some("1.8.0"))).expect("written");
    let exported = Exported::parse(&file).expect("readable");
    let text = |values: &[bering::interchange::exported::Abstract<'_>]| {
        values.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(text(&exported.arguments), ["f32[2, 2]", "bf16[3]"]);
    assert_eq!(text(&exported.results), ["f32[2, 2]", "bf16[3]"]);
    assert_eq!((exported.platforms, exported.devices, exported.kept), (vec!["cpu"], 1, vec![0, 1]));
    // MLIR bytecode: its magic number, a format version, then the producer that tells the version of the artifact.
    assert!(exported.module.starts_with(b"ML\xefR"));
    assert_eq!(exported.module[5..].split(|&byte| byte == 0).next(), Some(&b"StableHLO_v1.8.0"[..]));
}

#[test]
fn every_form_computes_the_same() {
    let device = device("cpu").expect("a device");
    let client = device.client();
    let x = client.buffer_from_slice(&[1f32, 1.0, 0.0, 1.0], [2, 2]).expect("a buffer");
    let y = client.buffer_from_slice(&[half::bf16::ONE; 3], [3]).expect("a buffer");
    let program = Lowered::new(&graph()).expect("lowered");
    let files = [
        (ModuleForm::Bytecode, program.portable_artifact(None)),
        (ModuleForm::Bytecode, program.portable_artifact(Some("1.0.0"))),
        (ModuleForm::Exported, program.jax_export(None)),
    ];
    for (form, file) in files {
        let module = Module::read(file.expect("written")).expect("readable");
        assert_eq!((module.form(), module.outline().operations["stablehlo.while"]), (form, 1));
        let loaded = module.compile(&device, &CompileOptions::new()).expect("compiles");
        let results = loaded.run(&[&x, &y]).expect("runs");
        assert_eq!(results[0].to_vec::<f32>().expect("f32"), [1.0, 4.0, 0.0, 1.0]);
        assert_eq!(results[1].to_vec::<half::bf16>().expect("bf16"), [half::bf16::from_f32(2.0); 3]);
    }
}

#[test]
fn open_sizes_cannot_be_exported() {
    let text =
        "module { func.func public @main(%x: tensor<?xf32>) -> tensor<?xf32> { return %x : tensor<?xf32> } }";
    let module = Module::read(text.as_bytes().to_vec()).expect("readable");
    let error = module.jax_export("cpu", None).expect_err("the size is open").to_string();
    assert_eq!(error, "tensor<?xf32> is no array of known sizes");
}
