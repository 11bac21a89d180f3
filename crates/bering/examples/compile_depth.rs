//! How compile time grows with the depth of a stack of equal layers: `benches/compile_depth/README.md`.
//!
//! Every layer is a gated feed-forward block with a norm. The stack is one struct whose leaves have the layers on their first axis,
//! applied by `scan`; and, to compare, the same layers written out one after another.
#![allow(clippy::print_stdout)]

use bering::prelude::*;
use bering::runtime::Origin;
use std::error::Error;
use std::time::Instant;

const WIDTH: usize = 64;
const ROUNDS: usize = 3;

#[derive(Tree)]
struct Layer {
    scale: Tensor,
    gate: Tensor,
    up: Tensor,
    down: Tensor,
}

/// Types of `layers` layers, in one struct.
fn stack(layers: usize) -> Layer {
    let typed = |dims: &[usize]| Tensor::typed(DType::F32, [&[layers], dims].concat());
    Layer {
        scale: typed(&[WIDTH]),
        gate: typed(&[WIDTH, 4 * WIDTH]),
        up: typed(&[WIDTH, 4 * WIDTH]),
        down: typed(&[4 * WIDTH, WIDTH]),
    }
}

fn block(x: Tensor, layer: &Layer) -> Tensor {
    let normed = &x * ((&x * &x).mean(-1).expand_dims(-1) + 1e-6).rsqrt() * &layer.scale;
    let hidden = normed.matmul(&layer.gate).silu() * normed.matmul(&layer.up);
    x + hidden.matmul(&layer.down)
}

fn scanned((layers, x): (Layer, Tensor)) -> Tensor {
    scan(|x: Tensor, layer: Layer| (block(x, &layer), ()), x, layers).0
}

fn written_out((layers, x): (Layer, Tensor)) -> Tensor {
    let depth = layers.scale.dims()[0];
    (0..depth).fold(x, |x, at| block(x, &tree::map(&layers, |leaf| leaf.at(at as i64).get())))
}

/// One way to apply the layers, whether it is differentiated, and how many layers there are.
type Case = (&'static str, fn((Layer, Tensor)) -> Tensor, bool, &'static [usize]);

const CASES: [Case; 4] = [
    ("scan", scanned, false, &[2, 24, 96]),
    ("scan, gradient", scanned, true, &[2, 24, 96]),
    ("written out", written_out, false, &[2, 24]),
    ("written out, gradient", written_out, true, &[2, 24]),
];

/// Bytes of StableHLO, then milliseconds to trace and lower, and to compile.
fn measure(
    device: &Device,
    &(_, apply, train, _): &Case,
    depth: usize,
) -> Result<(usize, f64, f64), Box<dyn Error>> {
    let arguments = (stack(depth), Tensor::typed(DType::F32, [8, WIDTH]));
    let start = Instant::now();
    let (text, lowered, function) = match train {
        false => {
            let staged = jit("forward", apply).lower(&arguments)?;
            let lowered = start.elapsed();
            (staged.text().len(), lowered, staged.compile(device)?.function().clone())
        }
        true => {
            let loss = |(layers, x): (Layer, Tensor)| {
                value_and_grad(|layers| apply((layers, x.clone())).mean(..), &layers)
            };
            let staged = jit("train", loss).lower(&arguments)?;
            let lowered = start.elapsed();
            (staged.text().len(), lowered, staged.compile(device)?.function().clone())
        }
    };
    if function.executable().origin() == Origin::Deserialized {
        return Err("set BERING_COMPILE_CACHE=off, or nothing is compiled".into());
    }
    let millis = |time: std::time::Duration| time.as_secs_f64() * 1e3;
    Ok((text, millis(lowered), millis(start.elapsed() - lowered)))
}

fn main() -> Result<(), Box<dyn Error>> {
    let device = device("cpu")?;
    println!("{:<24} {:>6} {:>10} {:>10} {:>12}", "case", "layers", "bytes", "lower ms", "compile ms");
    for case in &CASES {
        for &depth in case.3 {
            let mut rounds =
                (0..ROUNDS).map(|_| measure(&device, case, depth)).collect::<Result<Vec<_>, _>>()?;
            let mut median = |of: fn(&(usize, f64, f64)) -> f64| {
                rounds.sort_by(|lhs, rhs| of(lhs).total_cmp(&of(rhs)));
                of(&rounds[ROUNDS / 2])
            };
            let (lower, compile) = (median(|round| round.1), median(|round| round.2));
            println!("{:<24} {depth:>6} {:>10} {lower:>10.2} {compile:>12.1}", case.0, rounds[0].0);
        }
    }
    Ok(())
}
