//! Programs in other forms: text, portable artifacts, shapes made static.

use bering_runtime::{CompileOptions, ErrorKind, Program};

use crate::{client, plugin};

const DOUBLE: &str = "module @double { func.func public @main(%arg0: tensor<2xf32>) -> tensor<2xf32> {
    %0 = stablehlo.add %arg0, %arg0 : tensor<2xf32> return %0 : tensor<2xf32> } }";

/// `main` has static arguments, and calls what takes any number of rows and asserts that there are some.
fn any_rows(rows: usize) -> String {
    format!(
        r#"module {{
  func.func public @main(%x: tensor<{rows}x2xf32>) -> tensor<?x2xf32> {{
    %0 = stablehlo.convert %x : (tensor<{rows}x2xf32>) -> tensor<?x2xf32>
    %1 = call @inner(%0) : (tensor<?x2xf32>) -> tensor<?x2xf32>
    return %1 : tensor<?x2xf32>
  }}
  func.func private @inner(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {{
    %n = stablehlo.get_dimension_size %x, dim = 0 : (tensor<?x2xf32>) -> tensor<i32>
    %one = stablehlo.constant dense<1> : tensor<i32>
    %some = stablehlo.compare GE, %n, %one : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.custom_call @shape_assertion(%some, %n) {{has_side_effect = true, error_message = "no rows: {{0}}", api_version = 2 : i32}} : (tensor<i1>, tensor<i32>) -> ()
    %0 = stablehlo.add %x, %x : tensor<?x2xf32>
    return %0 : tensor<?x2xf32>
  }}
}}"#
    )
}

#[test]
fn portable_artifacts_are_read_back() {
    let plugin = plugin();
    for version in [None, Some("1.8.0"), Some("1.0.0")] {
        let artifact = plugin.portable_artifact(&Program::mlir(DOUBLE), version).expect("written");
        assert!(artifact.starts_with(b"ML\xefR"), "bytecode begins with its magic number");
        let producer = format!("StableHLO_v{}", version.unwrap_or("1."));
        let found = artifact.windows(producer.len()).any(|window| window == producer.as_bytes());
        assert!(found, "the artifact names its version: {producer}");
        let text = plugin.program_text(&Program::mlir(&artifact)).expect("readable");
        assert!(text.contains("stablehlo.add %arg0, %arg0 : tensor<2xf32>"), "{text}");
        let executable =
            client().compile(Program::mlir(&artifact), &CompileOptions::new()).expect("compiles");
        assert_eq!(executable.outputs().next().expect("one result").dims(), [2]);
    }
}

#[test]
fn what_cannot_be_converted_is_an_error() {
    let plugin = plugin();
    let error = plugin.program_text(&Program::mlir("module {")).expect_err("half a module");
    assert!(error.to_string().starts_with("cannot read the program"), "{error}");
    for version in ["nonsense", "0.1.0"] {
        let error =
            plugin.portable_artifact(&Program::mlir(DOUBLE), Some(version)).expect_err("no such version");
        assert!(error.to_string().contains(version), "{error}");
    }
    let error = plugin.program_text(&Program::hlo(b"proto")).expect_err("HLO");
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    // `arith` is no dialect that an artifact may hold.
    let foreign = "module { func.func @main() -> i32 { %0 = arith.constant 1 : i32 return %0 : i32 } }";
    assert!(plugin.portable_artifact(&Program::mlir(foreign), None).is_err());
}

#[test]
fn shapes_are_refined() {
    let plugin = plugin();
    let refined = plugin.refine_shapes(&Program::mlir(&any_rows(3))).expect("refined");
    let executable = client().compile(Program::mlir(&refined), &CompileOptions::new()).expect("compiles");
    assert_eq!(executable.outputs().next().expect("one result").dims(), [3, 2]);
    let error = plugin.refine_shapes(&Program::mlir(&any_rows(0))).expect_err("the assertion fails");
    assert!(error.to_string().contains("no rows: 0"), "{error}");
    let dynamic =
        "module { func.func public @main(%x: tensor<?xf32>) -> tensor<?xf32> { return %x : tensor<?xf32> } }";
    let error = plugin.refine_shapes(&Program::mlir(dynamic)).expect_err("the argument is dynamic");
    assert!(error.to_string().starts_with("cannot make the program's shapes static"), "{error}");
}

#[test]
fn custom_calls_are_known() {
    let plugin = plugin();
    assert!(!plugin.has_custom_call("no_such_target").expect("asked"));
    assert!(!plugin.has_custom_call("").expect("asked"));
}
