//! Executables without their programs: what is loaded computes and answers as what was compiled.

use crate::executables::{costs, deserialize, memory, optimized, serialize};
use crate::harness::{Buffer, Client, Executable, Loaded, call, text};

/// A program whose arguments and results are of f32.
struct Program {
    name: &'static str,
    text: String,
    arguments: Vec<Vec<i64>>,
    /// How many elements each result has.
    results: Vec<usize>,
}

fn program(
    name: &'static str,
    signature: &str,
    body: &str,
    arguments: &[&[i64]],
    results: &[usize],
) -> Program {
    Program {
        name,
        text: format!("module @outlined {{ func.func public @main{signature} {{ {body} }} }}"),
        arguments: arguments.iter().map(|dims| dims.to_vec()).collect(),
        results: results.to_vec(),
    }
}

/// Numbers that XLA must keep as a constant.
fn table() -> String {
    let numbers: Vec<String> = (0..64).map(|i| format!("{}.5", (i * 37) % 64)).collect();
    format!("%table = stablehlo.constant dense<[{}]> : tensor<64xf32>", numbers.join(", "))
}

const LOOK_UP: &str = "
    %found = stablehlo.dynamic_slice %table, %i, sizes = [1] : (tensor<64xf32>, tensor<i32>) -> tensor<1xf32>";

/// `%s` after `body` has run five times on it, and on `%i`, which counts.
fn repeated(ty: &str, body: &str) -> String {
    format!(
        "%zero = stablehlo.constant dense<0> : tensor<i32>
         %w:2 = stablehlo.while(%i = %zero, %s = %arg0) : tensor<i32>, {ty}
         cond {{ %five = stablehlo.constant dense<5> : tensor<i32>
           %less = stablehlo.compare LT, %i, %five : (tensor<i32>, tensor<i32>) -> tensor<i1>
           stablehlo.return %less : tensor<i1> }}
         do {{ {body}
           %one = stablehlo.constant dense<1> : tensor<i32>
           %next = stablehlo.add %i, %one : tensor<i32>
           stablehlo.return %next, %t : tensor<i32>, {ty} }}"
    )
}

fn programs() -> Vec<Program> {
    let square = "tensor<96x96xf32>";
    let product = |x: &str, out: &str| {
        format!(
            "{out} = stablehlo.dot_general {x}, %arg1, contracting_dims = [1] x [0]
                : ({square}, {square}) -> {square}"
        )
    };
    let step = format!("{} %t = stablehlo.tanh %p : {square}", product("%s", "%p"));
    vec![
        program(
            "a constant",
            "(%arg0: tensor<f32>) -> tensor<1xf32>",
            &format!(
                "{} %i = stablehlo.convert %arg0 : (tensor<f32>) -> tensor<i32> {LOOK_UP}
                 return %found : tensor<1xf32>",
                table()
            ),
            &[&[]],
            &[1],
        ),
        program(
            "a constant in a loop",
            "(%arg0: tensor<1xf32>) -> tensor<1xf32>",
            &format!(
                "{} return %w#1 : tensor<1xf32>",
                repeated(
                    "tensor<1xf32>",
                    &format!("{} {LOOK_UP} %t = stablehlo.add %s, %found : tensor<1xf32>", table())
                )
            ),
            &[&[1]],
            &[1],
        ),
        program(
            "results that are the same, an argument, and a constant",
            "(%arg0: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<f32>)",
            "%x = stablehlo.sine %arg0 : tensor<8xf32>
             %c = stablehlo.constant dense<7.5> : tensor<f32>
             return %x, %arg0, %x, %c : tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<f32>",
            &[&[8]],
            &[8, 8, 8, 1],
        ),
        program("no results", "(%arg0: tensor<8xf32>)", "return", &[&[8]], &[]),
        program(
            "products in a loop",
            &format!("(%arg0: {square}, %arg1: {square}) -> {square}"),
            &format!("{} return %w#1 : {square}", repeated(square, &step)),
            &[&[96, 96], &[96, 96]],
            &[96 * 96],
        ),
        program(
            "products in branches and outside",
            &format!("(%arg0: {square}, %arg1: {square}, %arg2: tensor<f32>) -> ({square}, {square})"),
            &format!(
                "%i = stablehlo.convert %arg2 : (tensor<f32>) -> tensor<i32>
                 {} %q = stablehlo.tanh %o : {square}
                 %c = \"stablehlo.case\"(%i) ({{ {} stablehlo.return %a : {square} }},
                   {{ {} %n = stablehlo.negate %b : {square} stablehlo.return %n : {square} }})
                   : (tensor<i32>) -> {square}
                 return %q, %c : {square}, {square}",
                product("%arg0", "%o"),
                product("%arg0", "%a"),
                product("%q", "%b"),
            ),
            &[&[96, 96], &[96, 96], &[]],
            &[96 * 96, 96 * 96],
        ),
        program(
            "a sum that is written over its donated argument",
            "(%arg0: tensor<64xf32> {tf.aliasing_output = 0 : i32}, %arg1: tensor<64xf32>)
                -> (tensor<64xf32>, tensor<64xf32>)",
            "%s = stablehlo.add %arg0, %arg1 : tensor<64xf32>
             %p = stablehlo.multiply %arg0, %arg1 : tensor<64xf32>
             return %s, %p : tensor<64xf32>, tensor<64xf32>",
            &[&[64], &[64]],
            &[64, 64],
        ),
    ]
}

fn run(client: &Client, loaded: &Loaded, program: &Program) -> Vec<Vec<u32>> {
    let buffers: Vec<Buffer> = program
        .arguments
        .iter()
        .enumerate()
        .map(|(index, dims)| {
            let count = dims.iter().product::<i64>() as usize;
            let numbers: Vec<f32> = (0..count).map(|i| ((i * 7 + index) % 13 + 1) as f32 / 13.0).collect();
            client.buffer(&numbers, dims)
        })
        .collect();
    let results = loaded.run(&buffers.iter().collect::<Vec<_>>(), program.results.len()).expect(program.name);
    let bits = |(result, count): (&Buffer, &usize)| {
        result.read::<f32>(*count).expect("readable").into_iter().map(f32::to_bits).collect()
    };
    results.iter().zip(&program.results).map(bits).collect()
}

fn fingerprint(executable: &Executable) -> String {
    let args =
        call!(PJRT_Executable_Fingerprint(PJRT_Executable_Fingerprint_Args) { executable: executable.0 })
            .expect("a fingerprint");
    text(args.executable_fingerprint, args.executable_fingerprint_size)
}

#[test]
fn loaded_executables_compute_and_answer_as_compiled_ones() {
    let client = Client::new();
    for program in programs() {
        let name = program.name;
        let compiled = client.compile(&program.text).expect(name);
        let bytes = serialize(&compiled.executable());
        let loaded = deserialize(&client, &bytes).expect(name);
        let again = deserialize(&client, &serialize(&loaded.executable())).expect(name);
        let expected = run(&client, &compiled, &program);
        for loaded in [&loaded, &again] {
            assert_eq!(run(&client, loaded, &program), expected, "{name}");
            assert_eq!(run(&client, loaded, &program), expected, "{name}, again");
            let (was, is) = (compiled.executable(), loaded.executable());
            assert_eq!(fingerprint(&is), fingerprint(&was), "{name}");
            assert_eq!(memory(&is), memory(&was), "{name}");
            assert_eq!(costs(&is), costs(&was), "{name}");
            // The same text up to the order of what has none.
            assert_eq!(sorted(optimized(&is)), sorted(optimized(&was)), "{name}");
        }
    }
}

fn sorted(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.sort_unstable();
    bytes
}

/// Loading must not get slower with the program's operations, only with what it runs: of a program's many equal products
/// the outline has one.
#[test]
fn the_outline_is_small() {
    let serialized = |layers: usize| {
        let loaded = Client::new().compile(&crate::executables::layers(layers)).expect("it compiles");
        serialize(&loaded.executable())
    };
    // What stands before the executable is the program.
    let outline = |bytes: &[u8]| {
        let header = 32;
        let program = u64::from_le_bytes(bytes[header..header + 8].try_into().expect("eight bytes")) as usize;
        let outline = &bytes[header + 8 + program..];
        outline.windows(15).filter(|window| window == b"bering.outlined").count()
    };
    // The result, what it counts, and two operands for each of two kinds of product.
    assert_eq!(outline(&serialized(6)), outline(&serialized(24)));
}
