//! LAPACK's calls as programs from elsewhere make them: operands that do not fit are errors, and memory that is shared against
//! the rules is too. That the results are JAX's is for the command's tests.

use bering::Module;
use bering::prelude::*;
use bering::runtime::CompileOptions;

/// Runs a module of one function, given all its arguments as zeros; the message if it fails.
fn run(signature: &str, call: &str, arguments: &[&[usize]]) -> Result<Vec<Buffer>, String> {
    let text = format!("module {{ func.func public @main{signature} {{ {call} }} }}");
    let device = device("cpu").expect("a device");
    let module = Module::read(text.into_bytes()).map_err(|error| error.to_string())?;
    let loaded = module.compile(&device, &CompileOptions::new()).map_err(|error| error.to_string())?;
    let zeros = |dims: &&[usize]| {
        let count = dims.iter().product();
        device.client().buffer_from_slice(&vec![0f32; count], dims).expect("a buffer")
    };
    let buffers: Vec<Buffer> = arguments.iter().map(zeros).collect();
    let results = loaded.run(&buffers.iter().collect::<Vec<_>>()).map_err(|error| error.to_string())?;
    // An execution fails when its results are asked for.
    results.iter().try_for_each(|result| result.to_bytes().map(drop)).map_err(|error| error.to_string())?;
    Ok(results)
}

#[test]
fn operands_that_do_not_fit_are_errors() {
    let potrf = |attributes: &str, ty: &str, results: &str| {
        (
            format!("(%a: tensor<{ty}>) -> tensor<{ty}>"),
            format!(
                "%r:2 = stablehlo.custom_call @lapack_spotrf_ffi(%a) {{api_version = 4 : i32, backend_config = {{{attributes}}}}} \
                 : (tensor<{ty}>) -> ({results}) return %r#0 : tensor<{ty}>"
            ),
        )
    };
    let square = "tensor<2x2xf32>, tensor<i32>";
    let wrong = [
        (
            potrf("uplo = 76 : ui8", "2x3xf32", "tensor<2x3xf32>, tensor<i32>"),
            "takes square matrices, got sizes [2, 3]",
        ),
        (potrf("uplo = 77 : ui8", "2x2xf32", square), "attribute `uplo` is 'M', takes one of ['L', 'U']"),
        (potrf("uplo = 76 : i32", "2x2xf32", square), "attribute `uplo` is no u8"),
        (potrf("", "2x2xf32", square), "attribute `uplo` is missing"),
        (
            potrf("uplo = 76 : ui8", "2x2xf32", "tensor<2x2xf32>, tensor<3xi32>"),
            "info has 3 elements, takes 1",
        ),
        (potrf("uplo = 76 : ui8", "2x2xf32", "tensor<2x2xf32>, tensor<f32>"), "elements of f32, takes i32"),
        (potrf("uplo = 76 : ui8", "4xf32", "tensor<4xf32>, tensor<i32>"), "takes matrices, got sizes [4]"),
    ];
    for ((signature, call), expect) in wrong {
        let dims: &[usize] = if call.contains("2x3xf32") {
            &[2, 3]
        } else if call.contains("4xf32") {
            &[4]
        } else {
            &[2, 2]
        };
        let message = run(&signature, &call, &[dims]).map(drop).expect_err(expect);
        assert!(message.contains("lapack_spotrf_ffi: ") && message.contains(expect), "{message}");
    }
    let trsm = "%r = stablehlo.custom_call @lapack_strsm_ffi(%a, %b) {api_version = 4 : i32, backend_config = \
                {side = 76 : ui8, uplo = 76 : ui8, diag = 78 : ui8, trans_x = 78 : ui8}} \
                : (tensor<3x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32> return %r : tensor<2x3xf32>";
    let message =
        run("(%a: tensor<3x3xf32>, %b: tensor<2x3xf32>) -> tensor<2x3xf32>", trsm, &[&[3, 3], &[2, 3]]);
    let message = message.map(drop).expect_err("the system has three equations, the sides have two");
    assert!(message.contains("a of sizes [3, 3] does not fit b of [2, 3]"), "{message}");
    let orgqr = "%r = stablehlo.custom_call @lapack_sorgqr_ffi(%a, %t) {api_version = 4 : i32, backend_config = {}} \
                 : (tensor<3x2xf32>, tensor<3xf32>) -> tensor<3x2xf32> return %r : tensor<3x2xf32>";
    let message = run("(%a: tensor<3x2xf32>, %t: tensor<3xf32>) -> tensor<3x2xf32>", orgqr, &[&[3, 2], &[3]]);
    let message = message.map(drop).expect_err("three reflections of two columns");
    assert!(message.contains("3 reflections do not fit sizes [3, 2]"), "{message}");
}

/// No matrices, each larger than any memory, of a program that makes them itself.
#[test]
fn empty_arrays_take_no_memory() {
    let ty = "tensor<0x1073741824x1073741824xf32>";
    let call = format!(
        "%z = stablehlo.constant dense<0.0> : tensor<f32> \
         %a = stablehlo.broadcast_in_dim %z, dims = [] : (tensor<f32>) -> {ty} \
         %r:2 = stablehlo.custom_call @lapack_spotrf_ffi(%a) {{api_version = 4 : i32, backend_config = {{uplo = 76 : ui8}}}} \
         : ({ty}) -> ({ty}, tensor<0xi32>) return %r#1 : tensor<0xi32>"
    );
    let results = run("() -> tensor<0xi32>", &call, &[]).expect("there is nothing to do");
    assert_eq!(results[0].dims(), [0]);
}

/// A result in the place of an argument is what some handlers work on, and for all others memory borrowed twice.
#[test]
fn memory_is_shared_only_with_whoever_works_in_place() {
    let aliases = "output_operand_aliases = [#stablehlo.output_operand_alias<output_tuple_indices = [], operand_index = 0, \
                   operand_tuple_indices = []>]";
    let norm = |aliases: &str| {
        format!(
            "%x = stablehlo.add %a, %a : tensor<2x4xf32> \
             %r = stablehlo.custom_call @bering.layer_norm(%x, %a, %s, %s) {{api_version = 4 : i32, \
             backend_config = {{epsilon = 1.0e-5 : f32}} {aliases}}} \
             : (tensor<2x4xf32>, tensor<2x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<2x4xf32> return %r : tensor<2x4xf32>"
        )
    };
    let signature = "(%a: tensor<2x4xf32>, %s: tensor<4xf32>) -> tensor<2x4xf32>";
    let arguments: [&[usize]; 2] = [&[2, 4], &[4]];
    assert!(run(signature, &norm(""), &arguments).is_ok());
    let message = run(signature, &norm(&format!(", {aliases}")), &arguments).map(drop).expect_err("shared");
    assert!(message.contains("result 0 lies where operand 0 does"), "{message}");
}
