//! Finding NaN, printing from a running program, dumps, and the user's lines in profiles.

use bering::ErrorKind;
use bering::debug::{Forbidden, compile_checked, debug_print, set_print};
use bering::frontend::control::{cond, fori_loop, scan, while_loop};
use bering::frontend::transform;
use bering::prelude::*;
use std::process::Command;
use std::sync::Mutex;

/// Runs a checked program on one vector: its first result, or the error without the place of the line, which must be
/// the one that holds `at`.
#[track_caller]
fn check<O: bering::frontend::Tree>(
    forbidden: Forbidden,
    input: &[f32],
    function: impl FnOnce(&Tensor) -> O,
    at: &str,
) -> Result<Vec<f32>, String> {
    let device = device("cpu").unwrap();
    let graph = trace("program", &[Spec::new(DType::F32, [input.len()])], |_, x| function(&x[0])).unwrap();
    let checked = compile_checked(&device, &graph, forbidden).unwrap();
    let x = device.client().buffer_from_slice(input, [input.len()]).unwrap();
    match checked.call(&[&x]) {
        Ok(results) => {
            assert_eq!(results.len(), graph.outputs().len());
            Ok(results[0].to_vec().unwrap())
        }
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Number);
            let message = error.to_string();
            let (text, place) = message.rsplit_once(" (").unwrap();
            let mut place = place.trim_end_matches(')').rsplit(':');
            let (_, line) = (place.next(), place.next().unwrap().parse::<usize>().unwrap());
            let line = include_str!("debugging.rs").lines().nth(line - 1).unwrap();
            assert!(line.contains(at), "{message} points at `{line}`");
            Err(text.to_string())
        }
    }
}

fn message(text: &str) -> Result<Vec<f32>, String> {
    Err(text.to_string())
}

#[test]
fn the_first_nan_is_named() {
    use Forbidden::{Nan, NonFinite};
    let program = |x: &Tensor| (scope("head", || x.log()) * 2.0).sqrt() + 1.0;
    assert_eq!(check(Nan, &[1.0, 1.0], program, ""), Ok(vec![1.0, 1.0]));
    let first = message("log: result f32[2] of `program` holds a NaN, in scope `head`");
    assert_eq!(check(Nan, &[1.0, -1.0], program, "x.log()"), first);
    let infinite = message("log: result f32[2] of `program` holds a NaN or an infinity, in scope `head`");
    assert_eq!(check(NonFinite, &[1.0, 0.0], program, "x.log()"), infinite);
    let argument = message("input 0: value f32[2] of `program` holds a NaN");
    assert_eq!(check(Nan, &[f32::NAN, 0.0], program, "trace("), argument);
    // An infinity is no NaN, and what moves elements makes none.
    assert_eq!(check(Nan, &[0.0, 1.0], |x| x.log().flip(0), ""), Ok(vec![0.0, f32::NEG_INFINITY]));
    assert_eq!(check(Nan, &[4.0], |x| x.convert(DType::Bf16).sqrt().convert(DType::F32), ""), Ok(vec![2.0]));
    let complex = message("log: result c64[1] of `program` holds a NaN or an infinity");
    assert_eq!(check(NonFinite, &[0.0], |x| x.convert(DType::C64).log(), "log()"), complex);
}

#[test]
fn nan_in_branches_and_loops_is_named() {
    use Forbidden::Nan;
    let branch = |x: &Tensor| cond(&x.sum(0).gt(0), |x: Tensor| x.sqrt(), |x: Tensor| x.log(), x);
    assert_eq!(check(Nan, &[1.0, 4.0], branch, ""), Ok(vec![1.0, 2.0]));
    let taken = message("log: result f32[2] of `program` holds a NaN");
    assert_eq!(check(Nan, &[1.0, -4.0], branch, "x.log()"), taken);

    let looped = |x: &Tensor| fori_loop(0, 3, |_, x: Tensor| (x - 1.0).sqrt(), x);
    let inside = message("sqrt: result f32[1] of `program` holds a NaN");
    assert_eq!(check(Nan, &[0.5], looped, "(x - 1.0).sqrt()"), inside);
    assert_eq!(
        check(Nan, &[5.0], |x| fori_loop(0, 2, |_, x: Tensor| (x - 1.0).sqrt(), x), ""),
        Ok(vec![1.0])
    );

    let open = |x: &Tensor| {
        let (x, _) = while_loop(
            |(_, steps)| steps.lt(4),
            |(x, steps)| ((x - 1.0).log(), steps + 1),
            (x, Tensor::zeros(DType::I32, [])),
        );
        x.sqrt()
    };
    let inside = message("log: result f32[1] of `program` holds a NaN");
    assert_eq!(check(Nan, &[2.5], open, "(x - 1.0).log()"), inside);

    let scanned = |x: &Tensor| {
        let (last, all) = scan(
            |sum: Tensor, x: Tensor| {
                let next = sum + x.log();
                (next.clone(), next)
            },
            Tensor::zeros(DType::F32, []),
            x,
        );
        (all, last)
    };
    assert_eq!(check(Nan, &[1.0, 1.0], scanned, ""), Ok(vec![0.0, 0.0]));
    let inside = message("log: result f32[] of `program` holds a NaN");
    assert_eq!(check(Nan, &[1.0, -2.0, 3.0], scanned, "x.log()"), inside);
}

#[test]
fn values_are_printed_from_the_running_program() {
    static PRINTED: Mutex<Vec<String>> = Mutex::new(Vec::new());
    set_print(|text| PRINTED.lock().unwrap().push(text.to_string()));
    let device = device("cpu").unwrap();
    let graph = trace("prints", &[Spec::new(DType::F32, [2, 2])], |_, x| {
        debug_print("unused", &(&x[0] * 2.0));
        let doubled = fori_loop(
            0,
            2,
            |step, x: Tensor| {
                debug_print("step", &step);
                x * 2.0
            },
            &x[0],
        );
        debug_print("half", &doubled.sum(..).convert(DType::Bf16));
        debug_print("flags", &doubled.gt(5.0));
        debug_print("long", &Tensor::arange(DType::I64, 20));
        doubled
    })
    .unwrap();
    let function = compile(&device, &graph).unwrap();
    let x = device.client().buffer_from_slice(&[1.0f32, 1.5, -2.0, 0.25], [2, 2]).unwrap();
    let result = function.call(&[&x]).unwrap()[0].to_vec::<f32>().unwrap();
    assert_eq!(result, [4.0, 6.0, -8.0, 1.0]);
    // What is derived from a program prints as the program does, a batch as a whole.
    let graph = trace("derived", &[Spec::new(DType::F32, [])], |_, x| {
        debug_print("primal", &(&x[0] * 3.0));
        &x[0] * &x[0]
    })
    .unwrap();
    let gradient = transform::value_and_grad(&graph, [0]).unwrap();
    let batched = transform::vmap(&gradient, &[Some(0)], &[Some(0), Some(0)], 2).unwrap();
    let x = device.client().buffer_from_slice(&[1.0f32, 2.0], [2]).unwrap();
    let results = compile(&device, &batched).unwrap().call(&[&x]).unwrap();
    assert_eq!(results[1].to_vec::<f32>().unwrap(), [2.0, 4.0]);

    let printed = PRINTED.lock().unwrap();
    let of = |label: &str| {
        let mut texts: Vec<&str> =
            printed.iter().map(String::as_str).filter(|text| text.starts_with(label)).collect();
        texts.sort_unstable();
        texts.join("; ")
    };
    assert_eq!(of("unused"), "unused: f32[2, 2] [[2.0, 3.0], [-4.0, 0.5]]");
    assert_eq!(of("primal"), "primal: f32[2] [3.0, 6.0]");
    assert_eq!(of("step"), "step: i32[] 0; step: i32[] 1");
    assert_eq!(of("half"), "half: bf16[] 3.0");
    assert_eq!(of("flags"), "flags: bool[2, 2] [[false, true], [false, false]]");
    assert_eq!(of("long"), "long: i64[20] [0, 1, 2, .., 17, 18, 19]");
}

/// What the child of the next tests does; alone it only compiles.
#[test]
fn child() {
    let device = device("cpu").unwrap();
    let graph = trace("child", &[Spec::new(DType::F32, [2])], |_, x| x[0].log().sqrt()).unwrap();
    let function = compile(&device, &graph).unwrap();
    let x = device.client().buffer_from_slice(&[1.0f32, -1.0], [2]).unwrap();
    if let Some(expected) = std::env::var_os("EXPECTED_ERROR") {
        let error = function.call(&[&x]).unwrap_err().to_string();
        assert!(error.starts_with(expected.to_str().unwrap()), "{error}");
    }
}

fn run_child(variables: &[(&str, &str)]) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let output = command.args(["--exact", "child"]).envs(variables.iter().copied()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn a_variable_asks_for_checks() {
    let expected = "log: result f32[2] of `child` holds a NaN";
    run_child(&[("BERING_CHECK_NANS", "1"), ("EXPECTED_ERROR", expected)]);
}

#[test]
fn a_dump_has_every_form_of_a_program() {
    let directory = std::env::temp_dir().join(format!("bering-dump-{}", std::process::id()));
    run_child(&[("BERING_DUMP", directory.to_str().unwrap())]);
    let files: Vec<_> = std::fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    let text = |matches: &dyn Fn(&str) -> bool| {
        let found = files.iter().find(|path| matches(path.file_name().unwrap().to_str().unwrap()));
        found
            .map(|path| String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned())
            .unwrap_or_default()
    };
    let graph = text(&|name| name.starts_with("child_") && name.ends_with(".graph"));
    assert!(graph.contains("%1 = log(%0) : f32[2]  // ") && graph.contains("debugging.rs:"), "{graph}");
    assert!(text(&|name| name.starts_with("child_") && name.ends_with(".mlir")).contains("stablehlo.log"));
    assert!(!text(&|name| name.starts_with("child_") && name.contains(".hlo")).is_empty(), "{files:?}");
    assert!(text(&|name| name.contains("after_optimizations.txt")).contains("log("), "{files:?}");
    std::fs::remove_dir_all(directory).unwrap();
}

#[test]
fn profiles_name_the_users_lines() {
    use bering::runtime::{ProfileOptions, Profiler};
    let device = device("cpu").unwrap();
    let specs = [Spec::new(DType::F32, [256, 256])];
    let graph = trace("profiled", &specs, |_, x| scope("product", || x[0].matmul(&x[0]))).unwrap();
    let function = compile(&device, &graph).unwrap();
    let x = device.client().buffer_from_slice(&vec![1.0f32; 256 * 256], [256, 256]).unwrap();
    let profiler = Profiler::start(device.client().plugin(), &ProfileOptions::new()).unwrap();
    function.call(&[&x]).unwrap()[0].ready().unwrap().wait().unwrap();
    let profile = profiler.stop().unwrap();
    let holds = |text: &str| profile.xspace().windows(text.len()).any(|bytes| bytes == text.as_bytes());
    assert!(holds("product/dot_general"), "the profile names the scope");
    assert!(holds("debugging.rs"), "the profile names the file");
}
