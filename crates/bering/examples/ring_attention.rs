//! Attention over a sequence that is split over devices: each has a part of queries, keys and values, keys and values go round.
//!
//! No device ever holds the whole sequence, and the scores of one part with another are all there is of the matrix of scores. What
//! is done to scores is a function of them and of positions, so a variant of attention is one closure: here causal with ALiBi.
//!
//! Run with `cargo run --example ring_attention`.

use bering::frontend::control::{ScanOptions, scan_with};
use bering::frontend::grad;
use bering::frontend::sharding::{axis_index, axis_size, shard_map};
use bering::prelude::*;

const HEADS: usize = 2;
const TOKENS: usize = 32;
const WIDTH: usize = 8;

/// Attention of `[heads, tokens, width]`, of which each device along `axis` has a part of the tokens.
///
/// `modify` gets scores `[heads, queries, keys]`, and the positions of queries `[queries, 1]` and of keys `[1, keys]`.
fn ring_attention(
    axis: &str,
    [query, key, value]: [Tensor; 3],
    modify: impl Fn(Tensor, &Tensor, &Tensor) -> Tensor,
) -> Tensor {
    let (devices, here) = (axis_size(axis), axis_index(axis));
    let [heads, tokens, width] = query.sizes();
    let positions = |part: &Tensor| part * tokens as i32 + Tensor::arange(DType::I32, tokens);
    let query_positions = positions(&here).expand_dims(-1);
    let query = query * (1.0 / (width as f64).sqrt());
    let next: Vec<(usize, usize)> = (0..devices).map(|at| (at, (at + 1) % devices)).collect();

    // The softmax so far: the largest score of each query, the sum of its weights, and the values under those weights.
    let softmax = (
        Tensor::full(-1e30, DType::F32, [heads, tokens, 1]),
        Tensor::zeros(DType::F32, [heads, tokens, 1]),
        Tensor::zeros(DType::F32, [heads, tokens, width]),
    );
    type Softmax = (Tensor, Tensor, Tensor);
    let step = |(key, value, part, (largest, sum, mixed)): (Tensor, Tensor, Tensor, Softmax), ()| {
        let scores = query.matmul(&key.transpose([0, 2, 1]));
        let scores = modify(scores, &query_positions, &positions(&part).expand_dims(0));
        // It only keeps exponentials in range, so it has no derivative.
        let now = largest.maximum(scores.max_keepdims(-1)).stop_gradient();
        let (fade, weights) = ((largest - &now).exp(), (scores - &now).exp());
        let sum = sum * &fade + weights.sum_keepdims(-1);
        let mixed = mixed * fade + weights.matmul(&value);
        // The neighbour's part comes, this one goes on.
        let (key, value) = (key.collective_permute(axis, &next), value.collective_permute(axis, &next));
        let part = (part + (devices - 1) as i32) % devices as i32;
        ((key, value, part, (now, sum, mixed)), ())
    };
    let options = ScanOptions { length: Some(devices), ..ScanOptions::default() };
    let ((_, _, _, (_, sum, mixed)), ()) = scan_with(&options, step, (key, value, here, softmax), ());
    mixed / sum
}

/// Later keys are not seen, distant ones count less, by a slope of each head.
fn causal_alibi(scores: Tensor, query: &Tensor, key: &Tensor) -> Tensor {
    let slopes = (-(Tensor::arange(DType::F32, HEADS) + 1.0)).exp2().reshape([HEADS, 1, 1]);
    let distance = (query - key).convert(DType::F32);
    query.ge(key).select(scores - slopes * distance, -1e30)
}

/// The same on one device.
fn attention([query, key, value]: [Tensor; 3]) -> Tensor {
    let scores = query.matmul(&key.transpose([0, 2, 1])) * (1.0 / (WIDTH as f64).sqrt());
    let positions = Tensor::arange(DType::I32, TOKENS);
    causal_alibi(scores, &positions.expand_dims(-1), &positions.expand_dims(0)).softmax(-1).matmul(&value)
}

/// Values and gradients of both.
pub(crate) fn main() -> bering::Result<()> {
    let devices = bering::devices("cpu", &bering::DeviceOptions { devices: Some(4), ..Default::default() })?;
    let mesh = DeviceMesh::new(&devices, [("ring", 4)])?;
    let number = |at: usize, seed: usize| ((at * 7919 + seed * 104_729) % 1009) as f32 / 504.5 - 1.0;
    let values = |seed| (0..HEADS * TOKENS * WIDTH).map(|at| number(at, seed)).collect::<Vec<f32>>();
    let split = ["_", "ring", "_"];
    let on_ring = |seed| mesh.tensor(&values(seed), [HEADS, TOKENS, WIDTH], split);
    let inputs = [on_ring(1)?, on_ring(2)?, on_ring(3)?];

    let axes = mesh.axes().clone();
    let in_parts = move |inputs: [Tensor; 3]| {
        let part = |inputs: [Tensor; 3]| ring_attention("ring", inputs, causal_alibi);
        shard_map(&axes, [split], [split], part, inputs)
    };
    let with_gradient = |f: &dyn Fn([Tensor; 3]) -> Tensor, inputs: [Tensor; 3]| {
        let loss = |inputs: [Tensor; 3]| f(inputs).sin().sum(..);
        (f(inputs.clone()), grad(loss, &inputs))
    };
    let ring = jit("ring", |inputs: [Tensor; 3]| with_gradient(&in_parts, inputs));
    let whole = jit("whole", |inputs: [Tensor; 3]| with_gradient(&attention, inputs));
    let (got, expected) = (ring.call(&mesh, &inputs)?, whole.call(&mesh, &inputs)?);
    for (name, (got, expected)) in
        tree::names(&got).iter().zip(tree::leaves(&got).iter().zip(tree::leaves(&expected)))
    {
        let pairs = got.to_vec::<f32>()?.into_iter().zip(expected.to_vec::<f32>()?);
        let worst = pairs.map(|(got, expected)| (got - expected).abs()).fold(0.0, f32::max);
        assert!(worst < 1e-4, "`{name}` differs by {worst}");
    }
    Ok(())
}
