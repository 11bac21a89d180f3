//! A transformer layer on four CPU devices, split by heads, by examples and both ways, by the compiler and by hand: results, gradients and
//! steps of an optimizer are those of one device.
#![allow(missing_docs)]

mod four;

use bering::Where;
use bering::frontend::optim::{self, Optimizer, State};
use bering::frontend::sharding::{Partition, shard_map};
use bering::frontend::{grad, value_and_grad};
use bering::prelude::*;
use four::{close, mesh, values};
use std::sync::OnceLock;

#[path = "../examples/ring_attention.rs"]
mod ring_attention;

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

/// The loss that layers are trained by.
fn loss(y: &Tensor) -> Tensor {
    (y * y).mean(..)
}

fn examples() -> Vec<f32> {
    values(4 * 3 * WIDTH, 5)
}

const STEPS: usize = 3;

fn optimizer() -> Optimizer {
    optim::chain([optim::clip_by_global_norm(1.0), optim::adamw(1e-2, 1e-2)])
}

/// What a layer gives and becomes.
struct Trained {
    result: Vec<f32>,
    gradient: Vec<Vec<f32>>,
    losses: Vec<f32>,
    /// Parameters after some steps.
    parameters: Vec<Vec<f32>>,
}

fn on_host(layer: &Layer) -> Vec<Vec<f32>> {
    tree::leaves(layer).iter().map(|leaf| leaf.to_vec().unwrap()).collect()
}

/// Trains a layer in one place, and the layer then. `split` says of a path in parameters, moments and results how it is split.
fn train<'p, P>(
    place: &'p P,
    layer: Layer,
    x: &Tensor,
    apply: impl Fn(&Layer, &Tensor) -> Tensor,
    split: impl Fn(&str) -> Partition,
) -> (Trained, Layer)
where
    &'p P: Into<Where>,
{
    let first = jit("first", |(layer, x): (Layer, Tensor)| {
        let gradient = grad(|layer: Layer| loss(&apply(&layer, &x)), &layer);
        (apply(&layer, &x), gradient, optimizer().init(&layer))
    });
    let names = tree::names(&first.eval_shape((&layer, x)).unwrap());
    let first = names.iter().skip(1).fold(first, |first, name| first.result_sharding(name, split(name)));
    let (result, gradient, mut state) = first.call(place, (&layer, x)).unwrap();
    let step = jit("step", |(layer, state, x): (Layer, State<Layer>, Tensor)| {
        let (loss, gradient) = value_and_grad(|layer: Layer| loss(&apply(&layer, &x)), &layer);
        let (updates, state) = optimizer().update(&gradient, &state, &layer);
        (optim::apply(&layer, &updates), state, loss)
    });
    let names = tree::names(&step.eval_shape((&layer, &state, x)).unwrap());
    let step = names.iter().fold(step, |step, name| step.result_sharding(name, split(name)));
    let (mut layer, mut losses) = (layer, Vec::new());
    for _ in 0..STEPS {
        let loss: Tensor;
        (layer, state, loss) = step.call(place, (Donate(layer), Donate(state), x)).unwrap();
        losses.push(loss.item::<f32>().unwrap());
    }
    assert_eq!(step.programs(), 1, "what comes out of a step fits the next");
    let (result, gradient) = (result.to_vec().unwrap(), on_host(&gradient));
    (Trained { result, gradient, losses, parameters: on_host(&layer) }, layer)
}

fn on_one_device() -> &'static Trained {
    static KNOWN: OnceLock<Trained> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let device = bering::device("cpu").unwrap();
        let x = device.tensor(&examples(), [4, 3, WIDTH]).unwrap();
        let layer = layer(|_, values, dims| device.tensor(values, dims).unwrap());
        let whole = |layer: &Layer, x: &Tensor| transformer(layer, x, |y| y);
        train(&device, layer, &x, whole, |_| Partition::replicated()).0
    })
}

/// Trains a layer on a mesh, its weights and examples split so, and compares with one device; the program of its value.
#[track_caller]
fn check(
    mesh: &DeviceMesh,
    partitions: [[&str; 2]; 6],
    batch: [&str; 3],
    apply: impl Fn(&Layer, &Tensor) -> Tensor,
) -> String {
    let layer = layer(|at, values, dims| mesh.tensor(values, dims, partitions[at]).unwrap());
    let x = mesh.tensor(&examples(), [4, 3, WIDTH], batch).unwrap();
    let text = jit("value", |(layer, x): (Layer, Tensor)| apply(&layer, &x));
    let text = text.lower_on(mesh.axes(), (&layer, &x)).unwrap().text().to_string();
    let split = |path: &str| -> Partition {
        let named = NAMES.iter().position(|name| path.ends_with(name));
        named.map_or_else(Partition::replicated, |at| partitions[at].into())
    };
    let (got, layer) = train(mesh, layer, &x, apply, split);
    let down = layer.down.partition().unwrap().to_rank(2);
    assert_eq!(down, Partition::from(partitions[5]).to_rank(2));
    let expected = on_one_device();
    close("result", &got.result, &expected.result);
    close("losses", &got.losses, &expected.losses);
    for (at, name) in NAMES.iter().enumerate() {
        close(&format!("gradient of {name}"), &got.gradient[at], &expected.gradient[at]);
        close(&format!("trained {name}"), &got.parameters[at], &expected.parameters[at]);
    }
    assert!(got.losses.is_sorted_by(|before, after| before > after), "{:?}", got.losses);
    text
}

/// The layer by hand: one device's weights and examples, what its part gives summed over `model`.
fn by_hand(
    mesh: &DeviceMesh,
    partitions: [[&str; 2]; 6],
    batch: [&'static str; 3],
    sum: impl Fn(Tensor) -> Tensor + Copy,
) -> impl Fn(&Layer, &Tensor) -> Tensor {
    let axes = mesh.axes().clone();
    let weights: Vec<Partition> = partitions.iter().map(|&partition| partition.into()).collect();
    move |layer, x| {
        let inputs = weights.iter().cloned().chain([batch.into()]);
        let part = |(layer, x): (Layer, Tensor)| transformer(&layer, &x, sum);
        shard_map(&axes, inputs, [batch], part, (layer, x))
    }
}

const NAMES: [&str; 6] = ["query", "key", "value", "output", "up", "down"];
const WHOLE: [[&str; 2]; 6] = [["_", "_"]; 6];
const TOGETHER: [&str; 3] = ["_", "_", "_"];
const BY_EXAMPLE: [&str; 3] = ["data", "_", "_"];

#[test]
fn split_by_heads_by_the_compiler() {
    let mesh = mesh([("model", 4)]);
    let text = check(&mesh, SPLIT, TOGETHER, |layer, x| transformer(layer, x, |y| y));
    assert!(text.contains("sdy.sharding = #sdy.sharding<@mesh, [{}, {\"model\"}]>"), "{text}");
}

#[test]
fn split_by_heads_by_hand() {
    let mesh = mesh([("model", 4)]);
    let text = check(&mesh, SPLIT, TOGETHER, by_hand(&mesh, SPLIT, TOGETHER, |y| y.all_reduce("model")));
    assert!(text.contains("sdy.manual_computation") && text.contains("stablehlo.all_reduce"), "{text}");
}

#[test]
fn split_by_examples_by_the_compiler() {
    let mesh = mesh([("data", 4)]);
    let rows = mesh.sharding(BY_EXAMPLE);
    check(&mesh, WHOLE, BY_EXAMPLE, |layer, x| transformer(layer, x, |y| y).shard(&rows));
}

#[test]
fn split_by_examples_by_hand() {
    let mesh = mesh([("data", 4)]);
    let text = check(&mesh, WHOLE, BY_EXAMPLE, by_hand(&mesh, WHOLE, BY_EXAMPLE, |y| y));
    assert!(!text.contains("stablehlo.all_reduce"), "only its gradient is summed over devices\n{text}");
}

#[test]
fn split_both_ways_by_the_compiler() {
    let mesh = mesh([("data", 2), ("model", 2)]);
    let rows = mesh.sharding(BY_EXAMPLE);
    check(&mesh, SPLIT, BY_EXAMPLE, |layer, x| transformer(layer, x, |y| y.shard(&rows)));
}

#[test]
fn split_both_ways_by_hand() {
    let mesh = mesh([("data", 2), ("model", 2)]);
    check(&mesh, SPLIT, BY_EXAMPLE, by_hand(&mesh, SPLIT, BY_EXAMPLE, |y| y.all_reduce("model")));
}

#[test]
fn a_ring_of_devices_attends_as_one() {
    ring_attention::main().unwrap();
}

#[test]
fn gradients_inside_are_each_devices_own() {
    let mesh = mesh([("data", 4)]);
    let axes = mesh.axes().clone();
    let x = mesh.tensor(&examples(), [12, WIDTH], ["data", "_"]).unwrap();
    let w = mesh.tensor(&values(WIDTH, 6), [WIDTH, 1], ["_", "_"]).unwrap();
    let local = |w: &Tensor, x: &Tensor| x.matmul(w).tanh().mean(..);
    let inside = |step: &dyn Fn(Tensor, Tensor) -> Tensor, w: &Tensor, x: &Tensor| {
        let part = |(w, x): (Tensor, Tensor)| step(w, x);
        shard_map(&axes, [["_", "_"], ["data", "_"]], [["_", "_"]], part, (w, x))
    };
    let program = jit("inside", |(w, x): (Tensor, Tensor)| {
        let whole = grad(|w: Tensor| local(&w, &x), &w);
        let of_own_loss = |w: Tensor, x: Tensor| grad(|w: Tensor| local(&w, &x), &w).all_reduce_mean("data");
        let shared = |w: Tensor, x: Tensor| local(&w, &x).all_reduce_mean("data");
        let of_shared_loss =
            |w: Tensor, x: Tensor| grad(|w: Tensor| shared(w, x.clone()), &w).all_reduce_mean("data");
        (whole, inside(&of_own_loss, &w, &x), inside(&of_shared_loss, &w, &x))
    });
    let (whole, own, shared) = program.call(&mesh, (&w, &x)).unwrap();
    let whole = whole.to_vec::<f32>().unwrap();
    close("of each device's loss", &own.to_vec::<f32>().unwrap(), &whole);
    close("of a loss that all share", &shared.to_vec::<f32>().unwrap(), &whole);
    // That they are not shared yet is seen.
    let forgotten = jit("forgotten", |(w, x): (Tensor, Tensor)| {
        inside(&|w: Tensor, x: Tensor| grad(|w: Tensor| local(&w, &x), &w), &w, &x)
    });
    let error = forgotten.call(&mesh, (&w, &x)).unwrap_err().to_string();
    assert!(error.contains("differs from device to device along `data`"), "{error}");
}
