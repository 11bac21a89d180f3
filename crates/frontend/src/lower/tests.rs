//! Lowering as a whole: what MLIR reads back, locations, annotations. Operation by operation it is tested by the golden
//! texts in `tests/golden`.

use super::*;
use crate::*;
use melior::ir::Module;

fn sample() -> Graph {
    let specs = [Spec::new(DType::F32, [2, 3])];
    trace("sample", &specs, |params, args| {
        let weight = params.at("layer.0").get("weight", DType::F32, [3, 4]);
        let (hidden, mask) = (args[0].matmul(&weight), Tensor::constant(&[true, false, true, true], [4]));
        (mask.select(&hidden, 0.0).softmax(-1), hidden.argmax(-1))
    })
    .unwrap()
}

#[track_caller]
fn read_back(module: Option<Module<'_>>) -> String {
    module.expect("MLIR reads what it wrote").as_operation().to_string()
}

#[test]
fn text_and_bytecode_read_back_alike() {
    let graph = sample();
    let context = melior::Context::new_with_threading(false);
    context.set_allow_unregistered_dialects(true);
    let text = to_stablehlo_text(&graph).unwrap();
    assert_eq!(read_back(Module::parse(&context, &text)), text);
    assert!(to_stablehlo_bytecode(&graph).unwrap().starts_with(b"ML\xefR"));
}

#[test]
fn locations_name_the_line_the_scope_and_the_parameter() {
    let text = Lowering::new(&sample()).text_with_locations().unwrap();
    let name = |line: &str| line.contains("lower/tests.rs\":");
    assert!(
        text.lines().any(|line| line.contains("\"layer.0.weight\"") && line.starts_with("#loc")),
        "{text}"
    );
    assert!(text.lines().any(|line| line.contains("\"softmax/exponential\"")), "{text}");
    assert!(text.lines().filter(|line| name(line)).count() >= 4, "{text}");
    assert!(
        !text.contains("tensor/activation.rs"),
        "an operation inside the library took the location\n{text}"
    );
}

#[test]
fn dead_nodes_are_left_out_and_inputs_stay() {
    let graph = trace("dead", &[Spec::new(DType::F32, [2]), Spec::new(DType::F32, [3])], |_, args| {
        let _unused = args[1].exp();
        args[0].tanh()
    })
    .unwrap();
    let text = to_stablehlo_text(&graph).unwrap();
    assert!(
        !text.contains("exponential") && text.contains("(tensor<2xf32>, tensor<3xf32>) -> tensor<2xf32>"),
        "{text}"
    );
}

#[test]
fn requests_become_argument_attributes_or_errors() {
    let graph = trace("step", &[Spec::new(DType::F32, [2]), Spec::new(DType::F32, [3])], |_, args| {
        (&args[0] + 1.0, &args[1] * 2.0)
    })
    .unwrap();
    let lowering = Lowering::new(&graph)
        .alias(1, 1)
        .and_then(|lowering| lowering.donate(0))
        .and_then(|lowering| lowering.argument_layout(0, "auto"))
        .and_then(|lowering| lowering.result_sharding(0, "{replicated}"))
        .unwrap();
    let text = lowering.text().unwrap();
    for part in [
        "arg_attrs = [{jax.buffer_donor = true, mhlo.layout_mode = \"auto\"}, {tf.aliasing_output = 1 : i32}]",
        "res_attrs = [{mhlo.sharding = \"{replicated}\"}, {}]",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    let message = |result: Result<Lowering<'_>>| result.unwrap_err().message().to_string();
    assert_eq!(
        message(Lowering::new(&graph).alias(0, 1)),
        "alias: argument 0 is f32[2] and result 1 is f32[3]; they must be of one type"
    );
    assert_eq!(message(Lowering::new(&graph).donate(2)), "argument 2 does not exist; the graph has 2");
    assert_eq!(message(Lowering::new(&graph).alias(0, 2)), "result 2 does not exist; the graph has 2");
}

#[test]
fn every_dtype_of_xla_has_a_type_and_a_constant() {
    for dtype in DType::ALL {
        let spec = Spec::new(dtype, [2]);
        let literal = Literal::from_bytes(spec.clone(), vec![1u8; spec.bytes().unwrap()]).unwrap();
        let graph = trace("constant", &[], |_, _| Tensor::literal(literal)).unwrap();
        let lowered = to_stablehlo_text(&graph);
        if matches!(dtype, DType::F6E2M3Fn | DType::F6E3M2Fn) {
            let message = lowered.unwrap_err().message().to_string();
            assert_eq!(message, format!("lowering failed: XLA has no {dtype}; StableHLO alone does"));
            continue;
        }
        let text = lowered.unwrap();
        assert!(text.contains("stablehlo.constant"), "{dtype}: {text}");
    }
}

#[test]
fn custom_calls_carry_typed_attributes_and_row_major_layouts() {
    let graph = trace("f", &[Spec::new(DType::F32, [2, 3])], |_, args| {
        let attributes = [("epsilon", 0.5_f32.into()), ("name", "a \"b\"\n".into()), ("count", 7_i64.into())];
        args[0].custom_call("acme.f", &[&args[0].sum(1)], attributes, Spec::new(DType::F32, [3]))
    });
    let text = to_stablehlo_text(&graph.unwrap()).unwrap();
    for part in [
        r#"call_target_name = "acme.f""#,
        "api_version = 4 : i32",
        r#"backend_config = {count = 7 : i64, epsilon = 5.000000e-01 : f32, name = "a \22b\22\0A"}"#,
        "operand_layouts = [dense<[1, 0]> : tensor<2xindex>, dense<0> : tensor<1xindex>]",
        "result_layouts = [dense<0> : tensor<1xindex>]",
    ] {
        assert!(text.contains(part), "no `{part}` in\n{text}");
    }
}
