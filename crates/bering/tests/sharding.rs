//! Programs on four CPU devices give what one device gives: collectives, their derivatives and batches, and a transformer layer split
//! by heads and by examples, both as the compiler splits it and by hand.
#![allow(missing_docs)]

use bering::frontend::sharding::{Mesh, Partition, axis_index, shard_map};
use bering::frontend::{grad, jvp, value_and_grad, vmap};
use bering::prelude::*;
use bering::{DeviceOptions, devices};

fn mesh<const N: usize>(axes: [(&str, usize); N]) -> DeviceMesh {
    let four = DeviceOptions { devices: Some(4), ..Default::default() };
    DeviceMesh::new(&devices("cpu", &four).unwrap(), axes).unwrap()
}

/// Values of no symmetry, the same every time.
fn values(count: usize, seed: usize) -> Vec<f32> {
    (0..count).map(|i| (((i * 7919 + seed * 104_729) % 1009) as f32 / 504.5 - 1.0) * 0.5).collect()
}

#[track_caller]
fn close(what: &str, got: &[f32], expected: &[f32]) {
    assert_eq!(got.len(), expected.len(), "{what}");
    for (at, (g, e)) in got.iter().zip(expected).enumerate() {
        assert!((g - e).abs() <= 2e-5 * (1.0 + e.abs()), "{what}: element {at}: {g} is not {e}");
    }
}

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

const WIDTH: usize = 8;
const HEADS: usize = 4;

#[derive(Tree)]
struct Layer {
    query: Tensor,
    key: Tensor,
    value: Tensor,
    output: Tensor,
    up: Tensor,
    down: Tensor,
}

/// A layer on `[batch, tokens, WIDTH]`. `sum` adds up what the heads and the hidden units that are here give.
fn transformer(layer: &Layer, x: &Tensor, sum: impl Fn(Tensor) -> Tensor) -> Tensor {
    let [batch, tokens, _] = x.sizes();
    let heads = |weight: &Tensor| {
        let heads = weight.dims()[1] / (WIDTH / HEADS);
        x.matmul(weight).reshape([batch, tokens, heads, WIDTH / HEADS]).transpose([0, 2, 1, 3])
    };
    let (query, key, value) = (heads(&layer.query), heads(&layer.key), heads(&layer.value));
    let scores = query.matmul(&key.transpose([0, 1, 3, 2])).softmax(-1);
    let mixed = scores.matmul(&value).transpose([0, 2, 1, 3]);
    let here = mixed.dims()[2] * mixed.dims()[3];
    let x = x + sum(mixed.reshape([batch, tokens, here]).matmul(&layer.output));
    let hidden = x.matmul(&layer.up).tanh();
    &x + sum(hidden.matmul(&layer.down))
}

const PARTS: [(usize, usize); 6] =
    [(WIDTH, WIDTH), (WIDTH, WIDTH), (WIDTH, WIDTH), (WIDTH, WIDTH), (WIDTH, 4 * WIDTH), (4 * WIDTH, WIDTH)];
const COLUMNS: [&str; 2] = ["_", "model"];
const ROWS: [&str; 2] = ["model", "_"];
/// Heads and hidden units over the devices.
const SPLIT: [[&str; 2]; 6] = [COLUMNS, COLUMNS, COLUMNS, ROWS, COLUMNS, ROWS];

fn layer(tensor: impl Fn(usize, &[f32], [usize; 2]) -> Tensor) -> Layer {
    let make = |at: usize| {
        let (rows, columns) = PARTS[at];
        tensor(at, &values(rows * columns, 10 + at), [rows, columns])
    };
    Layer { query: make(0), key: make(1), value: make(2), output: make(3), up: make(4), down: make(5) }
}

/// The layer's result and the gradient of its squares on one device.
fn on_one_device() -> (Vec<f32>, Vec<Vec<f32>>) {
    let device = bering::device("cpu").unwrap();
    let x = device.tensor(&values(4 * 3 * WIDTH, 5), [4, 3, WIDTH]).unwrap();
    let layer = layer(|_, values, dims| device.tensor(values, dims).unwrap());
    let f = jit("layer", |(layer, x): (Layer, Tensor)| {
        let loss = |layer: Layer| {
            let y = transformer(&layer, &x, |y| y);
            (&y * &y).mean(..)
        };
        (transformer(&layer, &x, |y| y), grad(loss, &layer))
    });
    let (y, gradient) = f.call(&device, (&layer, &x)).unwrap();
    let gradient = tree::leaves(&gradient).iter().map(|leaf| leaf.to_vec().unwrap()).collect();
    (y.to_vec().unwrap(), gradient)
}

#[track_caller]
fn check(y: &Tensor, gradient: &Layer) {
    let (expected, gradients) = on_one_device();
    close("result", &y.to_vec::<f32>().unwrap(), &expected);
    let leaves = tree::leaves(gradient);
    for ((leaf, name), expected) in leaves.iter().zip(&tree::names(gradient)).zip(gradients) {
        close(name, &leaf.to_vec::<f32>().unwrap(), &expected);
    }
}

/// Runs a layer with the derivative of its squares on a mesh.
fn run(
    mesh: &DeviceMesh,
    partitions: [[&str; 2]; 6],
    batch: [&str; 3],
    apply: impl Fn(&Layer, &Tensor) -> Tensor,
) -> (Tensor, Layer, String) {
    let layer = layer(|at, values, dims| mesh.tensor(values, dims, partitions[at]).unwrap());
    let x = mesh.tensor(&values(4 * 3 * WIDTH, 5), [4, 3, WIDTH], batch).unwrap();
    let f = jit("layer", |(layer, x): (Layer, Tensor)| {
        let loss = |layer: Layer| {
            let y = apply(&layer, &x);
            (&y * &y).mean(..)
        };
        (apply(&layer, &x), grad(loss, &layer))
    });
    let text = f.lower_on(mesh.axes(), (&layer, &x)).unwrap().text().to_string();
    let (y, gradient) = f.call(mesh, (&layer, &x)).unwrap();
    (y, gradient, text)
}

#[test]
fn a_layer_split_by_heads_by_the_compiler() {
    let mesh = mesh([("model", 4)]);
    let (y, gradient, text) = run(&mesh, SPLIT, ["_", "_", "_"], |layer, x| transformer(layer, x, |y| y));
    assert!(text.contains("sdy.sharding = #sdy.sharding<@mesh, [{}, {\"model\"}]>"), "{text}");
    check(&y, &gradient);
}

#[test]
fn a_layer_split_by_heads_by_hand() {
    let mesh = mesh([("model", 4)]);
    let axes = mesh.axes().clone();
    let inputs: Vec<Partition> =
        SPLIT.iter().map(|&axes| axes.into()).chain([Partition::replicated()]).collect();
    let (y, gradient, text) = run(&mesh, SPLIT, ["_", "_", "_"], |layer, x| {
        let part = |(layer, x): (Layer, Tensor)| transformer(&layer, &x, |y| y.all_reduce("model"));
        shard_map(&axes, inputs.clone(), [Partition::replicated()], part, (layer, x))
    });
    assert!(text.contains("sdy.manual_computation") && text.contains("stablehlo.all_reduce"), "{text}");
    check(&y, &gradient);
}

#[test]
fn a_layer_split_by_examples_by_the_compiler() {
    let mesh = mesh([("data", 4)]);
    let rows = mesh.sharding(["data", "_", "_"]);
    let whole = [["_", "_"]; 6];
    let (y, gradient, _) =
        run(&mesh, whole, ["data", "_", "_"], |layer, x| transformer(layer, x, |y| y).shard(&rows));
    assert_eq!(y.partition(), Some(&["data", "_", "_"].into()));
    check(&y, &gradient);
}

#[test]
fn a_layer_split_by_examples_by_hand() {
    let mesh = mesh([("data", 4)]);
    let axes = mesh.axes().clone();
    let batch = || Partition::from(["data", "_", "_"]);
    let (y, gradient, text) = run(&mesh, [["_", "_"]; 6], ["data", "_", "_"], |layer, x| {
        let inputs = vec![Partition::replicated(); 6].into_iter().chain([batch()]);
        let part = |(layer, x): (Layer, Tensor)| transformer(&layer, &x, |y| y);
        shard_map(&axes, inputs, [batch()], part, (layer, x))
    });
    assert!(text.contains("stablehlo.all_reduce"), "the gradient is summed over devices\n{text}");
    check(&y, &gradient);
}

#[test]
fn a_training_step_on_a_mesh_of_both_gives_its_memory_on() {
    let mesh = mesh([("data", 2), ("model", 2)]);
    let step = SPLIT.iter().zip(["query", "key", "value", "output", "up", "down"]).fold(
        jit("step", |(layer, x): (Layer, Tensor)| {
            let loss = |layer: Layer| {
                let y = transformer(&layer, &x, |y| y);
                (&y * &y).mean(..)
            };
            let (loss, gradient) = value_and_grad(loss, &layer);
            (tree::zip(&layer, &gradient, |p, g| p - g * 0.1), loss)
        }),
        |step, (&partition, name)| step.result_sharding(&format!("0.{name}"), partition),
    );
    let mut layer = layer(|at, values, dims| mesh.tensor(values, dims, SPLIT[at]).unwrap());
    let x = mesh.tensor(&values(4 * 3 * WIDTH, 5), [4, 3, WIDTH], ["data", "_", "_"]).unwrap();
    let mut losses = Vec::new();
    for _ in 0..3 {
        let (next, loss) = step.call(&mesh, (Donate(layer), &x)).unwrap();
        layer = next;
        losses.push(loss.item::<f32>().unwrap());
    }
    assert!(losses[2] < losses[1] && losses[1] < losses[0], "{losses:?}");
    assert_eq!(step.programs(), 1);
    assert_eq!(layer.down.partition(), Some(&ROWS.into()));
    let expected = on_one_device().0.iter().map(|y| y * y).sum::<f32>() / (4 * 3 * WIDTH) as f32;
    close("loss", &losses[..1], &[expected]);
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
