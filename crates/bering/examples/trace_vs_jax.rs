//! Bering's side of `benches/trace_vs_jax/run.py`: answers `CASE MEASURE REPEATS` lines with a median in microseconds.
//!
//! `lower` traces a program and lowers it to what the compiler reads; `run` executes it and waits. The programs are those of
//! `benches/trace_vs_jax/peer.py`.

use bering::frontend::control::scan;
use bering::frontend::nn::{self, LayerNorm, Linear, Module};
use bering::prelude::*;
use bering::{Error, Lowered};
use std::io::{BufRead, Write};
use std::time::Instant;

const LAYERS: usize = 12;
const BATCH: usize = 4;
const TOKENS: usize = 128;
const WIDTH: usize = 256;
const HEADS: usize = 8;
const STEPS: usize = 512;

/// A decoder with learned norms, causal attention and a feed-forward of four times the width.
fn transformer(params: &Params, x: &Tensor) -> Tensor {
    let mask = Tensor::tri(TOKENS, TOKENS, 0).select(Tensor::zeros(DType::F32, []), -1e9);
    (0..LAYERS).fold(x.clone(), |x, layer| block(&params.at(format!("layer.{layer}")), &x, &mask))
}

fn block(params: &Params, x: &Tensor, mask: &Tensor) -> Tensor {
    let norm = |name: &str, x: &Tensor| LayerNorm::new(&params.at(name), WIDTH, 1e-5).forward(x);
    let dense = |name: &str, from, to, x: &Tensor| Linear::new(&params.at(name), from, to).forward(x);
    let normed = norm("attention_norm", x);
    let [q, k, v] = ["q", "k", "v"]
        .map(|name| dense(name, WIDTH, WIDTH, &normed).reshape([BATCH, TOKENS, HEADS, WIDTH / HEADS]));
    let mixed = nn::attention(&q, &k, &v, Some(mask)).reshape([BATCH, TOKENS, WIDTH]);
    let x = x + dense("o", WIDTH, WIDTH, &mixed);
    let hidden = dense("up", WIDTH, 4 * WIDTH, &norm("mlp_norm", &x)).gelu_tanh();
    x + dense("down", 4 * WIDTH, WIDTH, &hidden)
}

/// A thousand operations, one after another.
fn chain(x: &Tensor) -> Tensor {
    (0..250).fold(x.clone(), |x, _| -(x * 0.9 + 0.1).tanh())
}

/// A recurrent network over its steps.
fn recurrence(params: &Params, x: &Tensor) -> Tensor {
    let input = params.get("input", DType::F32, [128, 128]);
    let hidden = params.get("hidden", DType::F32, [128, 128]);
    let bias = params.get("bias", DType::F32, [128]);
    let step = |state: Tensor, x: Tensor| {
        let next = (x.matmul(&input) + state.matmul(&hidden) + &bias).tanh();
        (next.clone(), next)
    };
    let (_, states) = scan(step, Tensor::zeros(DType::F32, [16, 128]), x);
    states
}

fn traced(case: &str) -> bering::frontend::Result<Graph> {
    let spec = |dims: &[usize]| [Spec::new(DType::F32, dims)];
    match case {
        "transformer" => trace(case, &spec(&[BATCH, TOKENS, WIDTH]), |params, x| transformer(params, &x[0])),
        "chain" => trace(case, &spec(&[65536]), |_, x| chain(&x[0])),
        _ => trace(case, &spec(&[STEPS, 16, 128]), |params, x| recurrence(params, &x[0])),
    }
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn lower(case: &str, repeats: usize) -> Result<f64, Error> {
    let mut times = Vec::with_capacity(repeats);
    for _ in 0..repeats {
        let start = Instant::now();
        let lowered = Lowered::new(&traced(case)?)?;
        times.push(start.elapsed().as_secs_f64() * 1e6);
        drop(lowered);
    }
    Ok(median(times))
}

fn run(device: &Device, case: &str, repeats: usize) -> Result<f64, Error> {
    let function = compile(device, &traced(case)?)?;
    let mut arguments = Vec::new();
    for input in function.inputs() {
        // Small numbers of both signs; what they are changes no operation's time.
        let count = input.spec.shape.elements().unwrap_or(0);
        let values: Vec<f32> = (0..count).map(|i| (i * 7 % 13) as f32 / 130.0 - 0.046).collect();
        arguments.push(device.client().buffer_from_slice(&values, input.spec.dims())?);
    }
    let arguments: Vec<&Buffer> = arguments.iter().collect();
    let mut times = Vec::with_capacity(repeats);
    for _ in 0..repeats + 3 {
        let start = Instant::now();
        let results = function.call(&arguments)?;
        results[0].ready()?.wait()?;
        times.push(start.elapsed().as_secs_f64() * 1e6);
    }
    Ok(median(times.split_off(3)))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let device = device("cpu")?;
    let mut out = std::io::stdout();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split(' ').collect();
        let [case, measure, repeats] = words[..] else { return Err("takes `CASE MEASURE REPEATS`".into()) };
        let repeats = repeats.parse()?;
        let micros = match measure {
            "lower" => lower(case, repeats)?,
            _ => run(&device, case, repeats)?,
        };
        writeln!(out, "{micros}")?;
        out.flush()?;
    }
    Ok(())
}
