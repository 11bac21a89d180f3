//! Compiling: what works, and the inputs that XLA would end the process for.

use crate::harness::{Client, ONE_DEVICE, double, failure, integer, invalid, module};

/// A field of a protobuf message: `number`, with a varint.
fn varint_field(number: u8, value: u64) -> Vec<u8> {
    let mut bytes = vec![number << 3];
    let mut rest = value;
    while rest >= 0x80 {
        bytes.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    bytes.push(rest as u8);
    bytes
}

/// A field that holds `content`.
fn bytes_field(number: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![number << 3 | 2, u8::try_from(content.len()).expect("short")];
    bytes.extend_from_slice(content);
    bytes
}

/// Compile options with `build` as their `executable_build_options`.
fn options(build: &[Vec<u8>]) -> Vec<u8> {
    bytes_field(3, &build.concat())
}

const NUM_REPLICAS: u8 = 4;
const NUM_PARTITIONS: u8 = 5;
const DEVICE_ORDINAL: u8 = 1;
const DEVICE_ASSIGNMENT: u8 = 9;

fn counts(replicas: u64, partitions: u64) -> Vec<Vec<u8>> {
    vec![varint_field(NUM_REPLICAS, replicas), varint_field(NUM_PARTITIONS, partitions)]
}

/// A `DeviceAssignmentProto`: one list of devices for each partition.
fn assignment(replicas: u64, partitions: u64, devices: &[&[u64]]) -> Vec<u8> {
    let mut bytes = [varint_field(1, replicas), varint_field(2, partitions)].concat();
    for list in devices {
        let ids: Vec<u8> = list.iter().flat_map(|id| varint_field(1, *id)).collect();
        bytes.extend(bytes_field(3, &ids));
    }
    bytes_field(DEVICE_ASSIGNMENT, &bytes)
}

#[test]
fn text_and_bytecode_compile() {
    let client = Client::new();
    client.compile(&double()).expect("pretty text");
    let generic = r#""builtin.module"() ({ "func.func"() ({ ^bb0(%a: tensor<4xf32>):
        %0 = "stablehlo.add"(%a, %a) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
        "func.return"(%0) : (tensor<4xf32>) -> () })
        {function_type = (tensor<4xf32>) -> tensor<4xf32>, sym_name = "main"} : () -> () }) : () -> ()"#;
    client.compile(generic).expect("generic text");
}

#[test]
fn missing_build_options_mean_one_device() {
    Client::new().compile_bytes(double().as_bytes(), "mlir", &[]).expect("it compiles");
}

#[test]
fn bad_counts_are_refused() {
    let client = Client::with(&[integer("cpu_device_count", 2)]).expect("a client");
    let compile = |build: &[Vec<u8>]| client.compile_bytes(double().as_bytes(), "mlir", &options(build));
    for (replicas, partitions) in [(0, 1), (1, 0), (0, 0), (u64::MAX, 1)] {
        let message = invalid(compile(&counts(replicas, partitions)));
        assert!(message.contains("at least 1"), "{message}");
    }
    for (replicas, partitions) in [(3, 1), (2, 2), (1 << 40, 1 << 40)] {
        let message = invalid(compile(&counts(replicas, partitions)));
        assert!(message.contains("more than the 2 devices"), "{message}");
    }
    let ordinal = |value: i64| {
        let mut build = counts(1, 1);
        build.push(varint_field(DEVICE_ORDINAL, value as u64));
        compile(&build)
    };
    ordinal(1).expect("the second device");
    ordinal(-1).expect("any device");
    assert!(invalid(ordinal(2)).contains("device_ordinal 2"));
    assert!(invalid(ordinal(-2)).contains("device_ordinal -2"));
}

#[test]
fn bad_device_assignments_are_refused() {
    let client = Client::with(&[integer("cpu_device_count", 2)]).expect("a client");
    let compile = |replicas, partitions, assignment: Vec<u8>| {
        let mut build = counts(replicas, partitions);
        build.push(assignment);
        client.compile_bytes(double().as_bytes(), "mlir", &options(&build))
    };
    compile(2, 1, assignment(2, 1, &[&[1, 0]])).expect("both devices");
    let cases = [
        (assignment(2, 1, &[&[0, 2]]), "device 2 of the device assignment"),
        (assignment(2, 1, &[&[0, 0]]), "device 0 is assigned more than once"),
        (assignment(2, 1, &[&[0]]), "1 devices for 2 replicas"),
        (assignment(2, 1, &[]), "is for 2 x 1 devices"),
        (assignment(1, 1, &[&[0]]), "is for 1 x 1 devices"),
        (assignment(2, 1, &[&[0, u64::MAX]]), "device -1 of the device assignment"),
    ];
    for (assignment, expected) in cases {
        let message = invalid(compile(2, 1, assignment));
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn garbage_options_are_refused() {
    let client = Client::new();
    let message = invalid(client.compile_bytes(double().as_bytes(), "mlir", b"\xff\xff\xff\xff"));
    assert!(message.contains("CompileOptionsProto"), "{message}");
    // A map entry of env_option_overrides: a flag that does not exist.
    let entry = [bytes_field(1, b"xla_no_such_flag"), bytes_field(2, &bytes_field(1, b"1"))].concat();
    let options = [ONE_DEVICE.to_vec(), bytes_field(7, &entry)].concat();
    let failure = failure(client.compile_bytes(double().as_bytes(), "mlir", &options));
    assert!(failure.message.contains("xla_no_such_flag"), "{failure}");
}

#[test]
fn garbage_programs_are_refused() {
    let client = Client::new();
    let text = double();
    let cases: [&[u8]; 8] = [
        b"not mlir at all",
        b"module {",
        b"\0\0\0\0",
        b"module { func.func @main() { return } } trailing",
        b"module { func.func public @f() { return } }",
        b"ML\xefR",
        b"ML\xefR\x0dStableHLO_v1.0.0\0\x07\x25",
        &text.as_bytes()[..text.len() - 10],
    ];
    for code in cases {
        let failure = failure(client.compile_bytes(code, "mlir", ONE_DEVICE));
        assert!(!failure.message.is_empty());
    }
    assert!(invalid(client.compile_bytes(b"", "mlir", ONE_DEVICE)).contains("empty"));
    let message = invalid(client.compile_bytes(text.as_bytes(), "onnx", ONE_DEVICE));
    assert!(message.contains("`onnx`") && message.contains("mlir, hlo, hlo_with_config"), "{message}");
}

#[test]
fn deeply_nested_text_is_no_stack_overflow() {
    let client = Client::new();
    for depth in [1_000, 20_000, 200_000] {
        let nested =
            format!("module attributes {{mhlo.a = {}1{}}} {{}}", "[".repeat(depth), "]".repeat(depth));
        failure(client.compile(&nested));
        let modules = "module {".repeat(depth) + &"}".repeat(depth);
        failure(client.compile(&modules));
        let types = format!(
            "module {{ func.func private @f() -> {}i32{} }}",
            "tuple<".repeat(depth),
            ">".repeat(depth)
        );
        failure(client.compile(&types));
    }
    // Closed brackets, strings and comments do not nest.
    let flat = format!(
        "// {0}\nmodule attributes {{mhlo.a = \"{0}\", mhlo.b = [{1}]}} {{",
        "[".repeat(2_000),
        "[],".repeat(2_000)
    );
    let flat = flat.replace(",]", "]") + double().trim_start_matches("module @test {");
    client.compile(&flat).expect("it compiles");
}

#[test]
fn unknown_operations_and_bad_types_are_errors() {
    let client = Client::new();
    let cases = [
        module(&["tensor<4xf32>"], "tensor<4xf32>", "%out = stablehlo.no_such %arg0 : tensor<4xf32>"),
        module(
            &["tensor<4xf32>", "tensor<5xf32>"],
            "tensor<4xf32>",
            "%out = stablehlo.add %arg0, %arg1 : tensor<4xf32>",
        ),
        module(
            &["tensor<4xf32>"],
            "tensor<4xf32>",
            "%out = stablehlo.custom_call @no_such_target(%arg0) : (tensor<4xf32>) -> tensor<4xf32>",
        ),
    ];
    for program in cases {
        let failure = failure(client.compile(&program));
        assert!(!failure.message.is_empty(), "{program}");
    }
}

/// `main` and the functions `extra` that it calls.
fn with_functions(body: &str, extra: &str) -> String {
    let main = module(&["tensor<4xf32>"], "tensor<4xf32>", body);
    format!("{}{extra} }}", main.trim_end().strip_suffix('}').expect("a module"))
}

fn function(name: &str, body: &str) -> String {
    format!(
        " func.func private @{name}(%a: tensor<4xf32>) -> tensor<4xf32> {{ {body} return %out : tensor<4xf32> }}"
    )
}

#[test]
fn calls_that_never_end_are_refused() {
    let client = Client::new();
    let call = |name: &str| format!("%out = func.call @{name}(%a) : (tensor<4xf32>) -> tensor<4xf32>");
    let from_main = |name: &str| call(name).replace("%a)", "%arg0)");
    let recursive = [
        with_functions(&from_main("main"), ""),
        with_functions(&from_main("f"), &function("f", &call("f"))),
        with_functions(&from_main("f"), &(function("f", &call("g")) + &function("g", &call("f")))),
        with_functions(
            "%out = stablehlo.composite \"x.y\" %arg0 {decomposition = @f} : (tensor<4xf32>) -> tensor<4xf32>",
            &function("f", &call("f")),
        ),
    ];
    for program in recursive {
        let message = invalid(client.compile(&program));
        assert!(message.contains("calls itself"), "{message}");
    }
    // Sixty levels of two calls each.
    let mut doubling = function("f60", "%out = stablehlo.negate %a : tensor<4xf32>");
    for level in 0..60 {
        let twice = format!(
            "%b = func.call @f{0}(%a) : (tensor<4xf32>) -> tensor<4xf32> {1}",
            level + 1,
            call(&format!("f{}", level + 1))
        );
        doubling += &function(&format!("f{level}"), &twice);
    }
    let message = invalid(client.compile(&with_functions(&from_main("f0"), &doubling)));
    assert!(message.contains("calls once they are inlined"), "{message}");
    // Ordinary calls, and a custom call that has the name of a function.
    let ordinary = with_functions(
        &from_main("f"),
        &(function("f", &call("g")) + &function("g", "%out = stablehlo.negate %a : tensor<4xf32>")),
    );
    client.compile(&ordinary).expect("it compiles");
}

#[test]
fn functions_without_a_body_are_refused() {
    let client = Client::new();
    let message =
        invalid(client.compile("module { func.func private @main(tensor<4xf32>) -> tensor<4xf32> }"));
    assert!(message.contains("`@main` has no body"), "{message}");
}

#[test]
fn targets_that_xla_reserves_are_refused() {
    let client = Client::new();
    for target in [
        "TopK",
        "SliceToDynamic",
        "PadToStatic",
        "__onednn$matmul",
        "xla.sdy.FuncResultSharding",
        "ragged_all_to_all",
    ] {
        let body = format!(
            "%out = \"stablehlo.custom_call\"(%arg0) {{call_target_name = \"{target}\"}} : (tensor<4xf32>) -> tensor<4xf32>"
        );
        let message = invalid(client.compile(&module(&["tensor<4xf32>"], "tensor<4xf32>", &body)));
        assert!(message.contains(&format!("`{target}` is reserved")), "{message}");
    }
}

/// Attributes that XLA reads from arguments, with values it has no use for: errors or programs, whichever it likes.
#[test]
fn odd_attributes_do_not_abort() {
    let client = Client::new();
    let attributes = [
        "mhlo.layout_mode = \"{5}\"",
        "mhlo.layout_mode = \"{0,1}\"",
        "mhlo.layout_mode = \"{99999999999999999999}\"",
        "mhlo.layout_mode = 3 : i32",
        "tf.aliasing_output = 7 : i32",
        "tf.aliasing_output = -1 : i32",
        "jax.buffer_donor = 3 : i32",
        "mhlo.memory_kind = \"no_such_kind\"",
        "mhlo.sharding = \"garbage\"",
        "mhlo.sharding = \"{devices=[0]}\"",
        "mhlo.sharding = \"{devices=[4]0,1,2,3}\"",
    ];
    for attribute in attributes {
        let argument = format!("tensor<4xf32> {{{attribute}}}");
        drop(client.compile(&module(
            &[&argument],
            "tensor<4xf32>",
            "%out = stablehlo.negate %arg0 : tensor<4xf32>",
        )));
        let result = "%out = stablehlo.negate %arg0 : tensor<4xf32>";
        let program = module(&["tensor<4xf32>"], "tensor<4xf32>", result)
            .replace("-> tensor<4xf32> {", &format!("-> (tensor<4xf32> {{{attribute}}}) {{"));
        drop(client.compile(&program));
    }
    client.compile(&double()).expect("still alive");
}

#[test]
fn odd_types_do_not_abort() {
    let client = Client::new();
    let types = [
        "tensor<?xf32>",
        "tensor<?xf32, #stablehlo.bounds<4>>",
        "tensor<1000000000000x1000000000xf32>",
        "tensor<9223372036854775807xf32>",
        "tensor<4xi3>",
        "tensor<4xi128>",
        "tensor<4xindex>",
        "tensor<4xf80>",
        "memref<4xf32>",
        "vector<4xf32>",
        "!stablehlo.token",
        "tuple<tensor<4xf32>, tensor<i32>>",
        "tensor<4x!quant.uniform<i8:f32, 1.0>>",
        "f32",
        "none",
    ];
    for ty in types {
        let program =
            format!("module {{ func.func public @main(%out: {ty}) -> {ty} {{ return %out : {ty} }} }}");
        drop(client.compile(&program));
    }
    client.compile(&double()).expect("still alive");
}

#[test]
fn garbage_hlo_is_refused() {
    let client = Client::new();
    for code in [&b"garbage"[..], &[0x0a, 0x01, b'm'], &[0xff; 64]] {
        let failure = failure(client.compile_bytes(code, "hlo", ONE_DEVICE));
        assert!(!failure.message.is_empty());
        failure_of_config(&client, code);
    }
}

fn failure_of_config(client: &Client, code: &[u8]) {
    assert!(client.compile_bytes(code, "hlo_with_config", ONE_DEVICE).is_err());
}

/// Every prefix, and every byte inverted: one of the ways in which a cache file or a network goes wrong.
#[test]
fn damaged_hlo_protos_are_errors_or_programs() {
    let client = Client::new();
    let good = crate::executables::optimized(&client.compile(&double()).expect("it compiles").executable());
    client.compile_bytes(&good, "hlo_with_config", ONE_DEVICE).expect("XLA takes its own program");
    for length in (0..good.len()).step_by(good.len() / 60 + 1) {
        drop(client.compile_bytes(&good[..length], "hlo_with_config", ONE_DEVICE));
    }
    for index in (0..good.len()).step_by(good.len() / 120 + 1) {
        let mut bytes = good.clone();
        bytes[index] ^= 0xff;
        drop(client.compile_bytes(&bytes, "hlo_with_config", ONE_DEVICE));
    }
}
