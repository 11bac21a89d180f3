//! Serves `benches/minilm/run.py`: answers each line `ROWS TOKENS SECONDS` with the sentences a second it embedded.
//!
//! The token numbers are the same in every peer: `1000 + (31 * row + 17 * token) % 20000`, between `[CLS]` and `[SEP]`.

#![allow(clippy::print_stdout)] // a command-line program

use minilm::{Embedder, Options, Tokens};
use std::io::{self, BufRead, Write};
use std::path::Path;
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let model = arguments.next().ok_or("usage: throughput MODEL THREADS")?;
    let threads = arguments.next().ok_or("usage: throughput MODEL THREADS")?.parse()?;
    let options = Options { threads: Some(threads), ..Options::default() };
    let embedder = Embedder::open(Path::new(&model), &options)?;
    for line in io::stdin().lock().lines() {
        let line = line?;
        let numbers: Vec<f64> = line.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
        let [rows, tokens, seconds] = numbers[..] else { return Err("expected ROWS TOKENS SECONDS".into()) };
        let batch = batch(rows as usize, tokens as usize);
        embedder.embed_tokens(&batch)?;
        let (start, mut runs) = (Instant::now(), 0);
        while start.elapsed().as_secs_f64() < seconds {
            embedder.embed_tokens(&batch)?;
            runs += 1;
        }
        let rate = f64::from(runs) * rows / start.elapsed().as_secs_f64();
        let mut stdout = io::stdout().lock();
        writeln!(stdout, "{rate}")?;
        stdout.flush()?;
    }
    Ok(())
}

fn batch(rows: usize, tokens: usize) -> Vec<Tokens> {
    let id = |row: usize, token: usize| match token {
        0 => 101,
        _ if token == tokens - 1 => 102,
        _ => 1000 + ((31 * row + 17 * token) % 20000) as u32,
    };
    (0..rows)
        .map(|row| Tokens { ids: (0..tokens).map(|token| id(row, token)).collect(), truncated: false })
        .collect()
}
