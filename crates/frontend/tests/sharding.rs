//! What `shard_map` refuses while tracing, and what it takes.
#![allow(missing_docs)]

use bering_frontend::control::{ScanOptions, cond, fori_loop, scan_with, while_loop};
use bering_frontend::sharding::{
    Mesh, Partition, Sharding, axis_index, axis_size, shard_map, shard_map_unchecked,
};
use bering_frontend::{DType, Graph, Result, Spec, Tensor, trace};

fn mesh() -> Mesh {
    Mesh::new([("x", 2), ("y", 2)]).unwrap()
}

/// A function of parts of `f32[4, 4]`, split by rows over `x`.
fn by_rows(output: impl Into<Partition>, function: impl FnOnce(Tensor) -> Tensor) -> Result<Graph> {
    trace("f", &[Spec::new(DType::F32, [4, 4])], |_, x| {
        shard_map(&mesh(), [["x", "_"]], [output.into()], function, &x[0])
    })
}

/// The mistake of a program and its advice.
#[track_caller]
fn refused(program: Result<Graph>) -> (String, String) {
    let error = program.unwrap_err();
    assert!(error.location().is_some_and(|at| at.file().ends_with("tests/sharding.rs")), "{error}");
    (error.message().to_string(), error.advice().unwrap_or_default().to_string())
}

#[test]
fn a_result_that_differs_is_no_copy() {
    let (message, hint) = refused(by_rows(["_", "_"], |x| x.exp()));
    assert_eq!(
        message,
        "shard_map: `results` differs from device to device along `x` of the mesh [x=2, y=2], its partition [_, _] says that it does not"
    );
    assert_eq!(
        hint,
        "sum it (`all_reduce(\"x\")`), mention `x` in its partition, or use `shard_map_unchecked` if it is the same for a reason that is \
         not seen"
    );
    // Of a structure, the leaf is named.
    let two = trace("f", &[Spec::new(DType::F32, [4])], |_, x| {
        shard_map(&mesh(), [["x"]], [["_"], ["_"]], |x: Tensor| (x.all_reduce("x"), x), &x[0])
    });
    assert!(refused(two).0.contains("`results.1` differs"));
}

#[test]
fn what_makes_parts_alike_or_different_is_known() {
    let whole = || Partition::replicated();
    for alike in [
        (|x| x.all_reduce("x")) as fn(Tensor) -> Tensor,
        |x| x.all_reduce_max("x"),
        |x| x.all_reduce_min("x+y").sum(..),
        |x| x.all_reduce_mean("x") * 2.0,
        |x| x.all_gather("x", 0),
        |x| x.all_gather_stacked("x", 0),
        |x| x.broadcast_from("x", 1),
        |_| Tensor::ones(DType::F32, [3]) * axis_size("x") as f32,
        |x| x.all_reduce("x").sum(..).gt(0).select(x.all_reduce("x"), 1.0),
        // A loop that starts with what all share and stays so; a choice that all make alike.
        |x| fori_loop(0, 3, |_, y| y * x.all_reduce("x"), Tensor::ones(DType::F32, [2, 4])),
        |x| cond(&x.sum(..).all_reduce("x").gt(0), |x| x.all_reduce("x"), |x| x.all_reduce_max("x"), &x),
    ] {
        by_rows(whole(), alike).unwrap();
    }
    for different in [
        (|x| x) as fn(Tensor) -> Tensor,
        |x| x.all_reduce("y"),
        |x| x.all_reduce("x") + x,
        |x| x.all_reduce("x").collective_permute("x", &[(0, 1), (1, 0)]),
        |x| x.all_reduce("x").reduce_scatter("x", 0),
        |x| x.all_reduce("x").all_to_all("x", 1, 0),
        |_| axis_index("y"),
        |x| x.all_reduce("x") * axis_index("x+y").convert(DType::F32),
        // Only the second step carries what differs.
        |x| fori_loop(0, 3, |_, (y, z)| (z, x.clone() + y), (x.all_reduce("x"), x.all_reduce("x"))).0,
        |x| cond(&x.sum(..).gt(0), |x| x * 0.0, |x| x * 1.0, &x.all_reduce("x")),
        |x| while_loop(|y| y.sum(..).lt(x.sum(..)), |y| y + 1.0, &x.all_reduce("x")),
        |x| {
            let options = ScanOptions { length: Some(2), ..Default::default() };
            scan_with(&options, |c, ()| (c, x.sum(..)), &x.all_reduce("x"), ()).1
        },
    ] {
        let (message, _) = refused(by_rows(whole(), different));
        assert!(message.contains("differs from device to device"), "{message}");
    }
    // Without checks all of it is the user's word.
    let graph = trace("f", &[Spec::new(DType::F32, [4, 4])], |_, x| {
        shard_map_unchecked(&mesh(), [["x", "_"]], [whole()], |x: Tensor| x.exp(), &x[0])
    });
    assert_eq!(graph.unwrap().outputs(), [Spec::new(DType::F32, [2, 4])]);
}

#[test]
fn nobody_waits_for_a_device_that_does_not_come() {
    let (message, hint) =
        refused(by_rows(["x", "_"], |x| cond(&x.sum(..).gt(0), |x| x.all_reduce("x"), |x| x, &x)));
    assert_eq!(
        message,
        "all_reduce: along `x`, in a branch that devices along `x` take or not, each by itself"
    );
    assert_eq!(
        hint,
        "let all of them decide alike, or exchange outside of it: who gets there waits for the others"
    );
    let loops = by_rows(["x", "_"], |x| {
        while_loop(|y| y.sum(..).lt(10), |y| y.collective_permute("x", &[(0, 1), (1, 0)]) + 1.0, &x)
    });
    assert!(refused(loops).0.starts_with("collective_permute: along `x`, in a loop that devices along `x`"));
    // Along the other axis all devices of a group decide alike.
    by_rows(["x", "_"], |x| cond(&x.sum(..).gt(0), |x| x.all_reduce("y"), |x| x, &x)).unwrap();
}

#[test]
fn one_devices_part_is_not_split_again() {
    let inner = by_rows(["x", "_"], |x| shard_map(&mesh(), [["y"]], [["y"]], |x: Tensor| x, x));
    let message =
        "shard_map: inside of another on the mesh [x=2, y=2], whose function is one device's already";
    assert_eq!(refused(inner).0, message);
    let rows = Sharding::new(&mesh(), ["x"]);
    let message =
        "shard: in a `shard_map` on the mesh [x=2, y=2], whose function has one device's part already";
    assert_eq!(refused(by_rows(["x", "_"], |x| x.shard(&rows))).0, message);
}

#[test]
fn exchanges_say_what_they_do_not_take() {
    let message = |function: fn(Tensor) -> Tensor| refused(by_rows(["x", "_"], function)).0;
    assert_eq!(message(|x| x.broadcast_from("x", 2)), "broadcast_from: no place 2 among 2 devices");
    let whole = |x: Tensor| x.convert(DType::I32).all_reduce_mean("x");
    assert_eq!(message(whole), "all_reduce_mean: takes floating-point numbers, got i32[2, 4]");
    let stacked = "all_gather_stacked: axis 3 is out of range for a new axis of f32[2, 4]";
    assert_eq!(message(|x| x.all_gather_stacked("x", 3)), stacked);
    assert_eq!(message(|x| x * axis_size("z") as f32), "axis_size: the mesh [x=2, y=2] has no axis `z`");
    assert_eq!(
        message(|x| x + axis_index("x+z").convert(DType::F32)),
        "axis_index: the mesh [x=2, y=2] has no axis `z`"
    );
    let twice = |x: Tensor| x + axis_index("y+y").convert(DType::F32);
    assert_eq!(message(twice), "axis_index: axis `y` of the mesh is given twice");
    let outside = trace("f", &[], |_, _| axis_index("x"));
    assert!(refused(outside).0.contains("which `shard_map` is the place for"));
}
