//! Control flow: what wrong closures are told, what is captured, and what the graphs look like.

use bering_frontend::control::*;
use bering_frontend::*;

/// Traces a program of these arguments and compares its error; `@` stands for the location, which must be on a line that
/// holds `at`.
#[track_caller]
fn check<O: Tree>(function: impl FnOnce(&Params, &[Tensor]) -> O, at: &str, expect: &str) {
    let error = trace("wrong", &specs(), function).expect_err("the program is wrong");
    let location = error.location().expect("a mistake has a location");
    let line = include_str!("control.rs").lines().nth(location.line() as usize - 1).unwrap();
    assert!(location.file() == file!() && line.contains(at), "the error is at `{line}`\n{error}");
    assert_eq!(error.to_string().replace(&location.to_string(), "@"), expect);
}

/// The arguments of all programs here: a vector, a matrix, a number, an index, a truth value.
fn specs() -> Vec<Spec> {
    vec![
        Spec::new(DType::F32, [3]),
        Spec::new(DType::F32, [4, 3]),
        Spec::scalar(DType::F32),
        Spec::scalar(DType::I32),
        Spec::scalar(DType::Bool),
    ]
}

#[test]
fn carried_values_keep_their_types() {
    check(
        |_, x| scan(|c, row| (Tensor::stack(&[&c, &row], 0), ()), &x[0], &x[1]).0,
        "scan(",
        "scan: the body returns f32[2, 3] for `carry`, which is f32[3] (@)",
    );
    check(
        |_, x| while_loop(|(i, _)| i.lt(3), |(i, y)| (i.convert(DType::F32), y), (&x[3], vec![&x[0]])),
        "while_loop(",
        "while_loop: the body returns f32[] for `carry.0`, which is i32[] (@)\n\
         hint: dtypes are never promoted implicitly; convert one of the two",
    );
    check(
        |_, x| fori_loop(0, 9, |_, (a, b)| (a, vec![b[0].clone()]), (&x[0], vec![&x[0], &x[0]])).0,
        "fori_loop(",
        "fori_loop: the body returns another structure: (counter, carry.0, carry.1[0]), not \
         (counter, carry.0, carry.1[0], carry.1[1]) (@)",
    );
    check(
        |_, x| fori_loop(&x[3], 9, |_, a| Tensor::stack(&[&a, &a], 0), &x[0]),
        "fori_loop(",
        "fori_loop: the body returns f32[2, 3] for `carry`, which is f32[3] (@)",
    );
}

#[test]
fn branches_return_alike() {
    check(
        |_, x| cond(&x[4], |y| (y.clone(), y.sum(..)), |y| (y.clone(), y), &x[0]).0,
        "cond(",
        "cond: `otherwise` returns f32[3] for `result.1`, which is f32[] (@)",
    );
    check(
        |_, x| switch(&x[3], 3, |branch, y| if branch == 2 { y.sum(..) } else { y }, &x[0]),
        "switch(",
        "switch: branch 2 returns f32[] for `result`, which is f32[3] (@)",
    );
}

#[test]
fn predicates_indices_and_bounds_are_scalars_of_their_kind() {
    check(
        |_, x| cond(&x[0].gt(0), |y| y, |y| -y, &x[0]),
        "cond(",
        "cond: the predicate must be bool[], got bool[3] (@)\nhint: for an elementwise choice use `select`",
    );
    check(
        |_, x| switch(&x[2], 2, |_, y| y, &x[0]),
        "switch(",
        "switch: the index must be an integer scalar, got f32[] (@)",
    );
    check(
        |_, x| switch(&x[3], 0, |_, y| y, &x[0]),
        "switch(",
        "switch: takes 1 to 2147483647 branches, got 0 (@)",
    );
    check(
        |_, x| while_loop(|y| y.gt(0), |y| y - 1, &x[0]),
        "while_loop(",
        "while_loop: the condition must be bool[], got bool[3] (@)",
    );
    check(
        |_, x| fori_loop(0, &x[2], |_, y| y, &x[0]),
        "fori_loop(",
        "fori_loop: bounds must be integer scalars of one dtype, got f32[] and f32[] (@)",
    );
}

#[test]
fn scans_need_arrays_of_one_length() {
    check(
        |_, x| scan(|c, (a, b)| (c + a + b, ()), &x[2], (&x[0], &x[1].select_at(1, 0))).0,
        "scan(",
        "scan: `xs.1` is f32[4] and takes 4 steps, `xs.0` 3 (@)",
    );
    check(
        |_, x| scan(|c, [y]| (c + y, ()), &x[0], [&x[2]]).0,
        "scan(",
        "scan: `xs[0]` is f32[] and has no axis to go along (@)",
    );
    check(
        |_, x| scan(|c, ()| (c, ()), &x[0], ()).0,
        "scan(",
        "scan: nothing says how many steps there are (@)\n\
         hint: give `ScanOptions::length` where there is no array to go along",
    );
    let options = ScanOptions { length: Some(5), ..ScanOptions::default() };
    check(
        |_, x| scan_with(&options, |c, y| (c + y, ()), &x[0], &x[1]).0,
        "scan_with(",
        "scan: `xs` is f32[4, 3] and takes 4 steps, `length` 5 (@)",
    );
    check(
        |_, x| associative_scan(|(a, b), (c, d)| (a + c, b + d), (&x[0], &x[1]), 0, false),
        "associative_scan(",
        "associative_scan: `elements.1` is f32[4, 3] and has 4 elements along axis 0, the first has 3 (@)",
    );
    check(
        |_, x| associative_scan(|a: Tensor, b: Tensor| Tensor::concatenate(&[&a, &b], 1), &x[1], 0, false),
        "associative_scan(",
        "associative_scan: the function returns f32[2, 6] for `elements`, which is f32[2, 3] (@)",
    );
}

#[test]
fn the_first_mistake_is_the_one_inside_a_closure() {
    check(
        |_, x| {
            scan(
                |c, row| {
                    let wrong = row.reshape([2, 2]);
                    (c + wrong, ())
                },
                &x[0],
                &x[1],
            )
            .0
        },
        "row.reshape([2, 2])",
        "reshape: f32[3] has 3 elements, [2, 2] takes 4 (@)",
    );
    check(
        |p, x| cond(&x[4], |y| y * p.get("w", DType::F32, [3]), |y| y + p.get("w", DType::F32, [4]), &x[0]),
        "p.get",
        "parameter `w` was asked for as f32[3] and is now asked for as f32[4] (@)",
    );
}

#[test]
fn tensors_of_a_body_stay_in_it() {
    let mut kept = None;
    check(
        |_, x| {
            let last = fori_loop(
                0,
                3,
                |_, y| {
                    kept = Some(y.exp());
                    y
                },
                &x[0],
            );
            last + kept.as_ref().unwrap()
        },
        "last + kept",
        "add: operands belong to different traces: `wrong` and `body`, which has ended (@)\n\
         hint: return tensors from a closure to use them after it",
    );
}

#[test]
fn a_panic_in_a_body_is_the_users_unless_a_mistake_caused_it() {
    let own = std::panic::catch_unwind(|| {
        trace("own", &specs(), |_, x| {
            fori_loop(0, 3, |_, _: Tensor| -> Tensor { panic!("the user's") }, &x[0])
        })
    });
    assert!(own.is_err());
    let caused = trace("caused", &specs(), |_, x| {
        fori_loop(0, 3, |_, y: Tensor| if y.sum(7).rank() == 0 { y } else { panic!("a consequence") }, &x[0])
    });
    assert_eq!(caused.unwrap_err().message(), "sum: axis 7 is out of range for f32[3]");
    assert!(trace("after", &specs(), |_, x| x[0].exp()).is_ok(), "the stack of traces is as before");
}

#[test]
fn captures_are_operands_once_and_parameters_are_inputs() {
    let graph = trace("f", &specs(), |params, x| {
        let (scale, shift) = (x[2].exp(), &x[0] * 2.0);
        scan(
            |c, row| {
                let weight = params.get("weight", DType::F32, [3]);
                let inner = fori_loop(0, 2, |_, c| c * &scale + &weight + &shift + &scale, &c);
                (inner + row, ())
            },
            &x[0],
            &x[1],
        )
        .0
    })
    .unwrap();
    verify(&graph).unwrap();
    assert_eq!(graph.inputs().last().unwrap().name.as_deref(), Some("weight"));
    let scan = graph.nodes().iter().find(|node| matches!(node.op, Op::Scan(_))).unwrap();
    assert_eq!(scan.operands.len(), 2 + 3, "carry, array, and three captures\n{graph}");
    let body = scan.op.bodies()[0];
    assert_eq!(body.inputs().len(), 5);
    let inner = body.nodes().iter().find(|node| matches!(node.op, Op::Scan(_))).unwrap();
    assert_eq!(inner.operands.len(), 2 + 3, "counter, carry, and three captures\n{graph}");
}

#[test]
fn a_loops_program_does_not_grow_with_its_length() {
    let text = |length: usize| {
        let specs = [Spec::new(DType::F32, [3]), Spec::new(DType::F32, [length, 3])];
        let graph = trace("f", &specs, |_, x| scan(|c, x| (c + x, ()), &x[0], &x[1]).0).unwrap();
        lower::to_stablehlo_text(&graph).unwrap().lines().count()
    };
    assert_eq!(text(2), text(100_000));
}

#[test]
fn names_of_axes_go_through() {
    let specs = [Spec::new(DType::F32, shape![k = 3]), Spec::new(DType::F32, shape![t = 4, k = 3])];
    let graph = trace("f", &specs, |_, x| scan(|c, row| (c + &row, row.sum("k")), &x[0], &x[1])).unwrap();
    assert_eq!(graph.outputs()[0].to_string(), "f32[k=3]");
}
