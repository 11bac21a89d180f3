//! Programs on four CPU devices give what one device gives: collectives, their derivatives and batches; and what is said of programs
//! that no mesh can run.
#![allow(missing_docs)]

mod four;

use bering::frontend::sharding::{Mesh, Partition, axis_index, shard_map};
use bering::frontend::{grad, jvp, vmap};
use bering::prelude::*;
use four::{close, mesh, values};

#[test]
fn tensors_come_back_as_they_went() {
    let mesh = mesh([("x", 2), ("y", 2)]);
    let all = values(8 * 4 * 3, 1);
    let ways: [Partition; 6] = [
        Partition::replicated(),
        ["x", "y"].into(),
        ["_", "x+y"].into(),
        ["y+x"].into(),
        ["_", "y"].into(),
        ["x", "_", "_"].into(),
    ];
    for partition in ways {
        let tensor = mesh.tensor(&all, [8, 4, 3], &partition).unwrap();
        assert_eq!(tensor.to_vec::<f32>().unwrap(), all, "{partition}");
        assert_eq!(tensor.partition(), Some(&partition));
        let same = jit("same", |x: Tensor| x * 1.0).result_sharding("", &partition);
        assert_eq!(same.call(&mesh, &tensor).unwrap().to_vec::<f32>().unwrap(), all, "{partition}");
    }
    let error = mesh.tensor(&all, [32, 3], ["_", "x"]).unwrap_err().to_string();
    assert!(error.contains("is not divided by the 2 devices along `x`"), "{error}");
}

/// One collective on `[8, 4]`, split by rows, inside of `shard_map`, and the partition of its result.
type Exchange = fn(Tensor) -> Tensor;

fn exchanges() -> Vec<(&'static str, Exchange, Partition)> {
    let rows = || Partition::from(["x", "_"]);
    vec![
        ("all_reduce", |x| x.all_reduce("x"), Partition::replicated()),
        ("all_gather", |x| x.all_gather("x", 0), Partition::replicated()),
        ("reduce_scatter", |x| x.reduce_scatter("x", 1), ["_", "x"].into()),
        ("all_to_all", |x| x.all_to_all("x", 1, 0), ["_", "x"].into()),
        ("collective_permute", |x| x.collective_permute("x", &[(0, 1), (1, 2), (2, 3)]), rows()),
        ("axis_index", |x| axis_index("x").convert(DType::F32) * x, rows()),
    ]
}

/// What they are on the whole array.
fn whole(name: &str, x: &Tensor) -> Tensor {
    let parts = x.reshape([4, 2, 4]);
    match name {
        "all_reduce" | "reduce_scatter" => parts.sum(0),
        "all_gather" | "all_to_all" => x.clone(),
        "collective_permute" => {
            Tensor::concatenate(&[&Tensor::zeros(DType::F32, [2, 4]), &x.at((..6, ..)).get()], 0)
        }
        _axis_index => {
            let places = Tensor::iota(DType::F32, [4, 2, 4], 0);
            (places * parts).reshape([8, 4])
        }
    }
}

#[test]
fn collectives_are_what_they_are_on_the_whole() {
    let mesh = mesh([("x", 4)]);
    let x = mesh.tensor(&values(32, 2), [8, 4], ["x", "_"]).unwrap();
    let t = mesh.tensor(&values(32, 3), [8, 4], ["x", "_"]).unwrap();
    for (name, exchange, partition) in exchanges() {
        let axes = mesh.axes().clone();
        let split = move |x: &Tensor| shard_map(&axes, [["x", "_"]], [&partition], exchange, x);
        // Squared, so that cotangents are of no symmetry either.
        let both = |f: &dyn Fn(&Tensor) -> Tensor, x: &Tensor, t: &Tensor| {
            let loss = |x: Tensor| {
                let y = f(&x);
                (&y * &y).sum(..)
            };
            let (_, tangent) = jvp(|x: Tensor| f(&x), x, t);
            let batch = vmap(|x: Tensor| f(&x), 0, 0, Tensor::stack(&[x, t], 0));
            (f(x), grad(loss, x), tangent, batch)
        };
        let by_hand = jit("by_hand", |(x, t): (Tensor, Tensor)| both(&split, &x, &t));
        let expected = jit("expected", |(x, t): (Tensor, Tensor)| both(&|x| whole(name, x), &x, &t));
        let got = by_hand.call(&mesh, (&x, &t)).unwrap();
        let expected = expected.call(&mesh, (&x, &t)).unwrap();
        for (part, (got, expected)) in ["value", "gradient", "tangent", "batch"]
            .iter()
            .zip(tree::leaves(&got).iter().zip(tree::leaves(&expected)))
        {
            let what = format!("{part} of {name}");
            close(&what, &got.to_vec::<f32>().unwrap(), &expected.to_vec::<f32>().unwrap());
        }
    }
}

#[test]
fn extrema_have_no_derivative() {
    let mesh = mesh([("x", 2), ("y", 2)]);
    let axes = mesh.axes().clone();
    let largest =
        |x: &Tensor| shard_map(&axes, [["x", "y"]], [["_", "_"]], |x: Tensor| x.all_reduce_max("x+y"), x);
    let x = mesh.tensor(&[1.0f32, 5.0, -2.0, 3.0], [2, 2], ["x", "y"]).unwrap();
    let smallest =
        |x: &Tensor| shard_map(&axes, [["x", "y"]], [["_", "_"]], |x: Tensor| x.all_reduce_min("x+y"), x);
    let both = jit("both", |x: Tensor| (largest(&x), smallest(&x)));
    let (largest_of, smallest_of) = both.call(&mesh, &x).unwrap();
    assert_eq!((largest_of.item::<f32>().unwrap(), smallest_of.item::<f32>().unwrap()), (5.0, -2.0));
    let error = jit("g", |x: Tensor| grad(|x: Tensor| largest(&x).sum(..), x)).call(&mesh, &x).unwrap_err();
    assert!(error.to_string().contains("has no derivative"), "{error}");
}

#[test]
fn programs_for_a_mesh_run_nowhere_else() {
    let mesh = mesh([("x", 4)]);
    let axes = mesh.axes().clone();
    let sum =
        jit("sum", move |x: Tensor| shard_map(&axes, [["x"]], [["_"]], |x: Tensor| x.all_reduce("x"), &x));
    let device = &mesh.devices()[0];
    let x = device.tensor(&[1.0f32, 2.0, 3.0, 4.0], [4]).unwrap();
    let error = sum.call(device, &x).unwrap_err().to_string();
    assert_eq!(error, "`sum` is written for the mesh [x=4] and cannot run on `cpu:0`");
    let pair = DeviceMesh::new(mesh.devices(), [("x", 2)]).unwrap();
    let error = sum.call(&pair, &x).unwrap_err().to_string();
    assert_eq!(error, "`sum` is written for the mesh [x=4] and cannot run on the mesh [x=2]");
    // A tensor on one device is copied to all.
    assert_eq!(sum.call(&mesh, &x).unwrap().to_vec::<f32>().unwrap(), [10.0]);
    let error = DeviceMesh::new(mesh.devices(), [("x", 5)]).unwrap_err().to_string();
    assert_eq!(error, "the mesh [x=5] takes 5 devices, got 4");
}

#[test]
fn mistakes_are_the_users_lines() {
    let mesh = Mesh::new([("x", 2)]).unwrap();
    let message = |f: &dyn Fn(&Tensor) -> Tensor| {
        let error = jit("f", |x: Tensor| f(&x)).eval_shape(Tensor::typed(DType::F32, [4, 3])).unwrap_err();
        assert!(error.to_string().contains("sharding.rs:"), "{error}");
        error.to_string()
    };
    let of = |x: &Tensor, f: fn(Tensor) -> Tensor| shard_map(&mesh, [["x", "_"]], [["x", "_"]], f, x);
    let error = message(&|x| x.all_reduce("x"));
    assert!(error.contains("is an exchange between devices, which `shard_map` is the place for"), "{error}");
    let error = message(&|x| of(x, |x| x.all_reduce("y")));
    assert!(error.contains("all_reduce: the mesh [x=2] has no axis `y`"), "{error}");
    let error = message(&|x| of(x, |x| x.reduce_scatter("x", 1)));
    assert!(
        error.contains("reduce_scatter: axis 3 (axis 1) of f32[2, 3] is not divided by the 2 devices"),
        "{error}"
    );
    let error = message(&|x| of(x, |x| x.collective_permute("x", &[(0, 1), (1, 1)])));
    assert!(error.contains("collective_permute: 1 -> 1 uses a place for the second time"), "{error}");
    let error = message(&|x| shard_map(&mesh, [["_", "x"]], [["x", "_"]], |x: Tensor| x, x));
    assert!(error.contains("shard_map: axis 3 (axis 1) of f32[4, 3] is not divided"), "{error}");
}
