//! Programs: compiling, describing, running, donating, serializing, and what is said when something is wrong.

use bering_runtime::{Argument, CompileOptions, DType, Error, ErrorKind, NamedValue, Origin, Program, Spec};

use crate::{client, compile, error_text, module};

const ADD: &str = "%out = stablehlo.add %arg0, %arg1 : tensor<2x3xf32>";
const MATRIX: &str = "tensor<2x3xf32>";
/// Doubles its argument, in place if it may.
const DONATED: &str = "module @donated { func.func public @main(%x: tensor<4xf32> {tf.aliasing_output = 0 : i32}) \
                       -> tensor<4xf32> { %y = stablehlo.add %x, %x : tensor<4xf32> return %y : tensor<4xf32> } }";

#[test]
fn a_program_runs_and_describes_itself() {
    let client = client();
    let add = compile(&client, &[MATRIX, MATRIX], MATRIX, ADD);
    let spec = Spec::new(DType::F32, [2, 3]);
    assert!(add.name().contains("test"), "{}", add.name());
    assert_eq!(add.outputs().collect::<Vec<_>>(), [&spec]);
    assert_eq!(add.parameters().expect("known").collect::<Vec<_>>(), [&spec, &spec]);
    assert_eq!(add.origin(), Origin::Compiled);
    assert_eq!(add.devices(), [client.default_device()]);
    assert_eq!((add.num_replicas().ok(), add.num_partitions().ok()), (Some(1), Some(1)));

    let x = client.buffer_from_slice(&[1.0f32, 2.0, 3.0, 4.0, 5.0, 6.0], [2, 3]).expect("a buffer");
    let y = add.execute(&[&x, &x]).expect("it runs");
    assert_eq!(y[0].to_vec::<f32>().expect("values"), [2.0, 4.0, 6.0, 8.0, 10.0, 12.0]);
    let z = add.execute(&[&y[0], &x]).expect("results are arguments");
    assert_eq!(z[0].to_vec::<f32>().expect("values"), [3.0, 6.0, 9.0, 12.0, 15.0, 18.0]);
}

#[test]
fn the_compiler_says_what_a_program_costs() {
    let client = client();
    let dot = compile(
        &client,
        &["tensor<64x32xf32>", "tensor<32x16xf32>"],
        "tensor<64x16xf32>",
        "%out = stablehlo.dot_general %arg0, %arg1, contracting_dims = [1] x [0] : \
         (tensor<64x32xf32>, tensor<32x16xf32>) -> tensor<64x16xf32>",
    );
    let costs = dot.cost_analysis().expect("costs");
    let flops = costs.iter().find(|(name, _)| name == "flops").map(|(_, value)| value);
    assert_eq!(flops, Some(&NamedValue::F32(2.0 * 64.0 * 32.0 * 16.0)));
    let memory = dot.memory_stats().expect("sizes");
    assert_eq!((memory.arguments, memory.outputs), ((64 * 32 + 32 * 16) * 4, 64 * 16 * 4));
    let (format, code) = dot.optimized_program().expect("a program");
    assert!(!format.is_empty() && !code.is_empty());
    assert!(!dot.fingerprint().expect("a fingerprint").is_empty());
}

#[test]
fn fingerprints_tell_programs_apart() {
    let client = client();
    let print =
        |body: &str| compile(&client, &[MATRIX, MATRIX], MATRIX, body).fingerprint().expect("a fingerprint");
    assert_eq!(print(ADD), print(ADD));
    assert_ne!(print(ADD), print("%out = stablehlo.multiply %arg0, %arg1 : tensor<2x3xf32>"));
}

#[test]
fn several_results_come_in_order() {
    let client = client();
    let text = "module @two { func.func public @main(%x: tensor<2xi32>) -> (tensor<i1>, tensor<2xi32>) { \
                %t = stablehlo.constant dense<true> : tensor<i1> %y = stablehlo.negate %x : tensor<2xi32> \
                return %t, %y : tensor<i1>, tensor<2xi32> } }";
    let two = client.compile(text, &CompileOptions::new()).expect("it compiles");
    let x = client.buffer_from_slice(&[1, 2], [2]).expect("a buffer");
    let outputs = two.execute(&[&x]).expect("it runs");
    assert_eq!(outputs[0].to_vec::<bool>().expect("values"), [true]);
    assert_eq!(outputs[1].to_vec::<i32>().expect("values"), [-1, -2]);
}

#[test]
fn programs_may_take_nothing_or_many() {
    let client = client();
    let constant =
        compile(&client, &[], "tensor<2xf64>", "%out = stablehlo.constant dense<[1.5, 2.5]> : tensor<2xf64>");
    let outputs = constant.execute(&[]).expect("it runs");
    assert_eq!(outputs[0].to_vec::<f64>().expect("values"), [1.5, 2.5]);

    // More arguments than fit on the stack of a call.
    let count = 100;
    let sums: Vec<String> = (1..count)
        .map(|index| {
            let (left, right) = (if index == 1 { "%arg0".into() } else { format!("%s{}", index - 1) }, index);
            let name = if index == count - 1 { "%out".into() } else { format!("%s{index}") };
            format!("{name} = stablehlo.add {left}, %arg{right} : tensor<i64>")
        })
        .collect();
    let sum = compile(&client, &vec!["tensor<i64>"; count], "tensor<i64>", &sums.join(" "));
    let buffers: Vec<_> =
        (0..count as i64).map(|value| client.buffer_from_slice(&[value], []).expect("a buffer")).collect();
    let outputs = sum.execute(&buffers.iter().collect::<Vec<_>>()).expect("it runs");
    assert_eq!(outputs[0].to_vec::<i64>().expect("values"), [4950]);
}

#[test]
fn a_requested_layout_is_reported() {
    let client = client();
    let text = "module @layouts { func.func public @main(%x: tensor<2x3xf32> {mhlo.layout_mode = \"{0,1}\"}) \
                -> (tensor<2x3xf32> {mhlo.layout_mode = \"default\"}) { return %x : tensor<2x3xf32> } }";
    let program = client.compile(text, &CompileOptions::new()).expect("it compiles");
    assert_eq!(program.parameter_layouts().expect("layouts"), ["{0,1}"]);
    assert_eq!(program.output_layouts().expect("layouts"), ["{1,0}"]);
    let values = [1.0f32, 2.0, 3.0, 4.0, 5.0, 6.0];
    let view = bering_runtime::HostView::of(&values, [2, 3]).and_then(|view| view.with_device_layout([0, 1]));
    let x = client.buffer(&view.expect("a layout"), client.default_device()).expect("a buffer");
    assert_eq!(program.execute(&[&x]).expect("it runs")[0].to_vec::<f32>().expect("values"), values);
}

#[test]
fn wrong_arguments_are_told_before_anything_runs() {
    let client = client();
    let add = compile(&client, &[MATRIX, MATRIX], MATRIX, ADD);
    let x = client.buffer_from_slice(&[0.0f32; 6], [2, 3]).expect("a buffer");
    let turned = client.buffer_from_slice(&[0.0f32; 6], [3, 2]).expect("a buffer");
    let ints = client.buffer_from_slice(&[0i32; 6], [2, 3]).expect("a buffer");
    let text = |result| {
        let error: Error = Result::<Vec<_>, _>::unwrap_err(result);
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        error.to_string()
    };
    let name = add.name();
    assert_eq!(text(add.execute(&[&x])), format!("cannot execute `{name}`: it takes 2 argument(s), got 1"));
    assert_eq!(
        text(add.execute(&[&x, &x, &x])),
        format!("cannot execute `{name}`: it takes 2 argument(s), got 3")
    );
    let shape = format!("cannot execute `{name}`: argument 1 must be f32[2, 3], got f32[3, 2]");
    assert_eq!(text(add.execute(&[&x, &turned])), shape);
    let dtype = format!("cannot execute `{name}`: argument 0 must be f32[2, 3], got i32[2, 3]");
    assert_eq!(text(add.execute(&[&ints, &x])), dtype);
    let foreign = crate::client().buffer_from_slice(&[0.0f32; 6], [2, 3]).expect("a buffer");
    let owner = format!("cannot execute `{name}`: argument 1 belongs to another client");
    assert_eq!(text(add.execute(&[&x, &foreign])), owner);
    let sharded = format!("cannot execute `{name}`: it runs on 1 device(s), got arguments for 2");
    assert_eq!(error_text(add.execute_sharded(&[vec![&x, &x], vec![&x, &x]])), sharded);
}

#[test]
fn a_donated_buffer_gives_its_memory_and_is_gone() {
    let client = client();
    let double = client.compile(DONATED, &CompileOptions::new()).expect("it compiles");
    let x = client.buffer_from_slice(&[1.0f32; 4], [4]).expect("a buffer");

    // Without donation the argument stays, though the program could use its memory.
    let kept = double.execute(&[&x]).expect("it runs");
    assert_eq!(kept[0].to_vec::<f32>().expect("values"), [2.0; 4]);
    assert_eq!(x.to_vec::<f32>().expect("still there"), [1.0; 4]);

    let address = x.address().expect("an address");
    let run = double.execute_with(&[Argument::Donate(&x)]).expect("it runs");
    run.done.wait().expect("done");
    assert_eq!(run.outputs[0].address().expect("an address"), address, "the result took the memory over");
    assert_eq!(run.outputs[0].to_vec::<f32>().expect("values"), [2.0; 4]);
    assert!(x.is_deleted());
    let text = error_text(x.to_vec::<f32>());
    assert!(text.starts_with("buffer f32[4] was donated to an earlier execution\nhint: "), "{text}");
    let text = error_text(double.execute(&[&x]));
    assert!(text.starts_with("cannot execute `donated`: argument 0: buffer f32[4] was donated"), "{text}");
}

#[test]
fn donating_without_need_gives_up_all_the_same() {
    let client = client();
    let add = compile(&client, &[MATRIX, MATRIX], MATRIX, ADD);
    let x = client.buffer_from_slice(&[1.0f32; 6], [2, 3]).expect("a buffer");
    let y = client.buffer_from_slice(&[2.0f32; 6], [2, 3]).expect("a buffer");
    let run = add.execute_with(&[Argument::Donate(&x), Argument::Keep(&y)]).expect("it runs");
    assert_eq!(run.outputs[0].to_vec::<f32>().expect("values"), [3.0; 6]);
    assert!(x.is_deleted() && !y.is_deleted());
}

#[test]
fn one_buffer_cannot_be_donated_and_used_at_once() {
    let client = client();
    let text = "module @twice { func.func public @main(%x: tensor<4xf32> {tf.aliasing_output = 0 : i32}, \
                %y: tensor<4xf32>) -> tensor<4xf32> { %z = stablehlo.add %x, %y : tensor<4xf32> \
                return %z : tensor<4xf32> } }";
    let add = client.compile(text, &CompileOptions::new()).expect("it compiles");
    let x = client.buffer_from_slice(&[1.0f32; 4], [4]).expect("a buffer");
    assert!(add.execute_with(&[Argument::Donate(&x), Argument::Keep(&x)]).is_err());
    assert_eq!(x.to_vec::<f32>().expect("a refused call takes nothing"), [1.0; 4]);
}

#[test]
fn programs_that_do_not_compile_are_errors() {
    let client = client();
    let compile = |text: &str| client.compile(text, &CompileOptions::new());
    for (text, what) in [
        ("", "nothing"),
        ("module {", "no end"),
        ("module @m { func.func public @main() -> tensor<f32> { return } }", "no result"),
        ("module @m { func.func private @other() { return } }", "no main"),
        ("\u{0}\u{1}\u{2} not a program", "bytes"),
        ("ML\u{ef}R", "a broken start"),
    ] {
        let error = compile(text).map(|_| ()).expect_err(what);
        let text = error.to_string();
        assert!(text.starts_with("compile failed on `cpu` (PJRT 0."), "{what}: {text}");
        assert!(error.is_from_plugin() && error.hint().is_some(), "{what}: {text}");
    }
    let mismatch = module(&[MATRIX], "tensor<f32>", "%out = stablehlo.add %arg0, %arg0 : tensor<f32>");
    assert!(compile(&mismatch).is_err());
}

#[test]
fn options_that_contradict_are_errors() {
    let client = client();
    let text = module(&[MATRIX, MATRIX], MATRIX, ADD);
    let compile = |options: CompileOptions| error_text(client.compile(&text, &options));
    let zero = compile(CompileOptions::new().replicas(0));
    assert!(zero.ends_with("replicas and partitions must be at least 1, got 0 and 1"), "{zero}");
    // More devices than there are, a device that is none, an option XLA does not have.
    compile(CompileOptions::new().replicas(1000));
    compile(CompileOptions::new().device_ids(vec![vec![77]]));
    compile(CompileOptions::new().set("xla_no_such_option", true));
}

#[test]
fn xla_options_are_taken() {
    let client = client();
    let directory = tempfile::tempdir().expect("a directory for temporary files");
    let path = directory.path().to_str().expect("a path in UTF-8");
    let options = CompileOptions::new().set("xla_dump_to", path);
    client.compile(&module(&[MATRIX, MATRIX], MATRIX, ADD), &options).expect("it compiles");
    assert!(std::fs::read_dir(directory.path()).expect("listed").count() > 0, "XLA dumped something");
}

#[test]
fn serialized_executables_run() {
    let client = client();
    let bytes = compile(&client, &[MATRIX, MATRIX], MATRIX, ADD).serialize().expect("bytes");
    let other = crate::client();
    let add = other.deserialize(&bytes).expect("it loads");
    assert_eq!(add.origin(), Origin::Deserialized);
    let x = other.buffer_from_slice(&[1.0f32; 6], [2, 3]).expect("a buffer");
    assert_eq!(add.execute(&[&x, &x]).expect("it runs")[0].to_vec::<f32>().expect("values"), [2.0; 6]);
    // What it takes is known as it is for the compiled one.
    let scalar = other.buffer_from_slice(&[1.0f32], []).expect("a buffer");
    assert!(error_text(add.execute(&[&x, &scalar])).contains("argument 1 must be f32[2, 3], got f32[]"));
    let text = error_text(other.deserialize(b"not an executable"));
    assert!(text.starts_with("cannot load a serialized executable on `cpu`"), "{text}");
}

#[test]
fn programs_may_be_given_as_bytes() {
    let client = client();
    let text = module(&[MATRIX, MATRIX], MATRIX, ADD);
    let program = client.compile(Program::mlir(text.as_bytes()), &CompileOptions::new());
    assert_eq!(program.expect("it compiles").outputs().len(), 1);
}

#[test]
fn many_threads_compile_and_run_at_once() {
    let client = client();
    let shared = compile(&client, &[MATRIX, MATRIX], MATRIX, ADD);
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (client, shared) = (&client, &shared);
            scope.spawn(move || {
                for round in 0..25 {
                    let value = (thread * 100 + round) as f32;
                    let x = client.buffer_from_slice(&[value; 6], [2, 3]).expect("a buffer");
                    let y = shared.execute(&[&x, &x]).expect("it runs");
                    assert_eq!(y[0].to_vec::<f32>().expect("values"), [2.0 * value; 6]);
                    if round % 10 == 0 {
                        let body = format!(
                            "%c = stablehlo.constant dense<{value:?}> : tensor<2x3xf32> \
                             %out = stablehlo.multiply %arg0, %c : tensor<2x3xf32>"
                        );
                        let own = compile(client, &[MATRIX], MATRIX, &body);
                        let z = own.execute(&[&x]).expect("it runs");
                        assert_eq!(z[0].to_vec::<f32>().expect("values"), [value * value; 6]);
                    }
                }
            });
        }
    });
}

#[test]
fn things_may_be_dropped_in_any_order() {
    let client = client();
    let add = compile(&client, &[MATRIX, MATRIX], MATRIX, ADD);
    let x = client.buffer_from_slice(&[1.0f32; 6], [2, 3]).expect("a buffer");
    drop(client);
    let y = add.execute(&[&x, &x]).expect("it runs");
    drop((add, x));
    let copy = y[0].to_vec_async::<f32>().expect("a copy");
    drop(y);
    assert_eq!(copy.wait().expect("values"), [2.0; 6]);
}
