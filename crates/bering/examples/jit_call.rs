//! Bering's side of `benches/jit_call/run.py`: answers `CASE LEAVES CALLS` lines with the median time of a call in nanoseconds.
//!
//! The programs compute next to nothing, so what is timed is what a call costs by itself. They are those of
//! `benches/jit_call/peer.py`.

use bering::Error;
use bering::prelude::*;
use std::io::{BufRead, Write};
use std::time::Instant;

/// Batches a measurement consists of; their median is the answer.
const BATCHES: usize = 15;

/// The median time of a call in nanoseconds, of batches that end when the last result is there.
fn time(calls: usize, mut call: impl FnMut() -> Result<Tensor, Error>) -> Result<f64, Error> {
    let mut times = Vec::with_capacity(BATCHES);
    for _ in 0..BATCHES {
        let start = Instant::now();
        for _ in 1..calls {
            call()?;
        }
        call()?.buffer()?.ready()?.wait()?;
        times.push(start.elapsed().as_secs_f64() * 1e9 / calls as f64);
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}

fn measure(device: &Device, case: &str, leaves: usize, calls: usize) -> Result<f64, Error> {
    let leaf = |_| device.tensor(&[1.0f32; 8], [8]);
    let mut tree = (0..leaves).map(leaf).collect::<Result<Vec<Tensor>, Error>>()?;
    let add = |x: Tensor, y: &Tensor| x + y;
    let sum = jit("sum", |tree: Vec<Tensor>| tree[1..].iter().fold(tree[0].clone(), add));
    let map = jit("map", |tree: Vec<Tensor>| tree::map(&tree, |leaf| leaf + 1.0));
    match case {
        "sum" => time(calls, || sum.call(device, &tree)),
        "map" => time(calls, || Ok(map.call(device, &tree)?.remove(0))),
        _ => time(calls, || {
            tree = map.call(device, Donate(std::mem::take(&mut tree)))?;
            Ok(tree[0].clone())
        }),
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let device = device("cpu")?;
    let mut out = std::io::stdout();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split(' ').collect();
        let [case, leaves, calls] = words[..] else { return Err("takes `CASE LEAVES CALLS`".into()) };
        writeln!(out, "{}", measure(&device, case, leaves.parse()?, calls.parse()?)?)?;
        out.flush()?;
    }
    Ok(())
}
