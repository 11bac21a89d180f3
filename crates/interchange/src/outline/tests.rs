use super::*;

const TEXT: &str = r#"#loc = loc(unknown)
module @jit_f attributes {jax.uses_shape_polymorphism = true, mhlo.num_partitions = 2 : i32, mhlo.num_replicas = 3 : i32} {
  func.func public @main(%arg0: tensor<?x4xf32> {tf.aliasing_output = 0 : i32} loc("x"), %arg1: tensor<complex<f32>> loc("f.py":3:1), %arg2: !stablehlo.token) -> (tensor<?x4xf32> {jax.result_info = "result[0], {}"}, tensor<i1>) {
    %c = stablehlo.constant dense<1> : tensor<i32> loc(#loc)
    %0:2 = "stablehlo.sort"(%arg0, %arg0) <{dimension = 0 : i64}> ({
    ^bb0(%a: tensor<f32>, %b: tensor<f32>):
      %9 = stablehlo.compare LT, %a, %b : (tensor<f32>, tensor<f32>) -> tensor<i1> loc("stablehlo.negate")
      stablehlo.return %9 : tensor<i1>
    }) : (tensor<?x4xf32>, tensor<?x4xf32>) -> (tensor<?x4xf32>, tensor<?x4xf32>)
    %1 = stablehlo.custom_call @"odd name"(%c) : (tensor<i32>) -> tensor<i32>
    %2 = "stablehlo.custom_call"(%c) <{call_target_name = "plain", backend_config = "@x"}> : (tensor<i32>) -> tensor<i32>
    %3 = call @inner(%c) : (tensor<i32>) -> tensor<i1>
    return %0#0, %3 : tensor<?x4xf32>, tensor<i1>
  } loc(#loc)
  func.func private @inner(%arg0: tensor<i32>) -> tensor<i1> {
    %0 = stablehlo.constant dense<"0x00FF stablehlo.add"> : tensor<i1>
    return %0 : tensor<i1>
  }
}
"#;

#[test]
fn a_module_is_outlined() {
    let outline = Outline::read(TEXT).unwrap();
    assert_eq!((outline.name.as_str(), outline.functions, outline.devices), ("jit_f", 1, 6));
    let names: Vec<_> = outline.arguments.iter().map(|argument| argument.name.as_deref()).collect();
    assert_eq!(names, [Some("x"), None, None]);
    let first = &outline.arguments[0];
    assert_eq!(first.ty.dims(), Some(&[None, Some(4)][..]));
    assert_eq!((first.ty.element(), first.attribute("tf.aliasing_output")), (Some("f32"), Some("0 : i32")));
    assert_eq!(outline.arguments[1].ty.element(), Some("complex<f32>"));
    assert_eq!(
        (outline.arguments[2].ty.element(), outline.arguments[2].ty.to_string().as_str()),
        (None, "!stablehlo.token")
    );
    assert_eq!(outline.results.len(), 2);
    assert_eq!(outline.results[0].attribute("jax.result_info"), Some("result[0], {}"));
    let operations: Vec<_> = outline.operations.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    let expected = [
        ("func.call", 1),
        ("stablehlo.compare", 1),
        ("stablehlo.constant", 2),
        ("stablehlo.custom_call", 2),
        ("stablehlo.sort", 1),
    ];
    assert_eq!(operations, expected);
    assert_eq!(outline.custom_calls, BTreeSet::from(["odd name".to_owned(), "plain".to_owned()]));
    assert!(outline.is_dynamic() && !outline.has_platform_index());
}

#[test]
fn types_are_read() {
    for (text, dims, element) in [
        ("tensor<f32>", &[][..], "f32"),
        ("tensor<0x3xi8>", &[Some(0), Some(3)], "i8"),
        ("tensor<?x2xcomplex<f64>>", &[None, Some(2)], "complex<f64>"),
        ("tensor<4xf32, #stablehlo.bounds<4>>", &[Some(4)], "f32"),
        ("tensor<2x!quant.uniform<i8:f32, 1.0>>", &[Some(2)], "!quant.uniform<i8:f32, 1.0>"),
        ("tensor<index>", &[], "index"),
    ] {
        let ty = Type::parse(text);
        assert_eq!((ty.dims(), ty.element()), (Some(dims), Some(element)), "{text}");
    }
    for text in ["tuple<tensor<f32>>", "tensor<>", "tensor<", "f32", "", "tensor<99999999999999999999xf32>"] {
        assert_eq!(Type::parse(text).dims(), None, "{text}");
    }
}

#[test]
fn main_is_specialized() {
    let text = "module {\n  func.func public @other(%arg0: tensor<f32>) {\n    return\n  }\n  \
                func.func public @main(%arg0: tensor<?x4xf32> {jax.buffer_donor = true}, %arg1: tensor<i32>) -> (tensor<?xf32> {a = 1}) {\n    \
                // main_of_any_shape is taken\n    return %arg0 : tensor<?xf32>\n  }\n}\n";
    let outline = Outline::read(text).unwrap();
    let made = specialize(text, &outline, &[&[3, 4], &[]]).unwrap();
    let expected = "module {\n  func.func public @other(%arg0: tensor<f32>) {\n    return\n  }\n  \
        func.func public @main(%a0: tensor<3x4xf32> {jax.buffer_donor = true}, %a1: tensor<i32>) -> (tensor<?xf32> {a = 1}) {\n    \
        %d0 = stablehlo.convert %a0 : (tensor<3x4xf32>) -> tensor<?x4xf32>\n    \
        %r:1 = func.call @main_of_any_shape_(%d0, %a1) : (tensor<?x4xf32>, tensor<i32>) -> (tensor<?xf32>)\n    \
        func.return %r#0 : tensor<?xf32>\n  }\n  \
        func.func private @main_of_any_shape_(%arg0: tensor<?x4xf32> {jax.buffer_donor = true}, %arg1: tensor<i32>) -> (tensor<?xf32> {a = 1}) {\n";
    assert!(made.starts_with(expected), "{made}");
    for (dims, message) in [
        (&[&[3, 5][..], &[]][..], "argument 0 is tensor<?x4xf32>, got sizes [3, 5]"),
        (&[&[3, 4], &[1]], "argument 1 is tensor<i32>, got sizes [1]"),
        (&[&[3, 4]], "takes 2 arguments, got 1"),
    ] {
        let error = specialize(text, &outline, dims).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
}

#[test]
fn what_is_no_module_is_an_error_or_a_poor_outline() {
    for text in [
        "",
        "module",
        "func.func",
        "func.func @main",
        "func.func @main(",
        "func.func @main(%x)",
        "func.func @main(x: f32)",
        "\"",
        "%",
        "%0 = ",
    ] {
        assert!(Outline::read(text).is_err(), "{text}");
    }
    // Every prefix, and every byte replaced.
    for end in 0..TEXT.len() {
        drop(Outline::read(&TEXT[..end]));
    }
    for (at, byte) in
        ["\"", "(", "}", ">", "\\", "\n", "@", "\u{e9}"].iter().cycle().enumerate().take(TEXT.len())
    {
        let mut text = TEXT.to_owned();
        text.replace_range(at..at + 1, byte);
        if let Ok(outline) = Outline::read(&text) {
            drop(specialize(&text, &outline, &[&[1, 4], &[], &[]]));
        }
    }
}
