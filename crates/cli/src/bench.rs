//! `bering bench`: how long a program takes to compile, to load from its serialized form, and to run.
//!
//! A run is waited for before the next one starts. Runs too short for the clock are timed in batches. Donated inputs are kept,
//! so that every run has the same ones: the program copies them.

use crate::inputs::{self, Inputs};
use crate::inspect::costs;
use crate::program::{DeviceArguments, ProgramArguments, Size, sizes, with_sizes};
use anyhow::{Context, Result};
use bering::LoadedModule;
use bering::runtime::{Buffer, CompileOptions};
use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// A batch takes at least this long.
const BATCH: Duration = Duration::from_millis(1);
/// Fewer batches say nothing of the spread.
const FEWEST: usize = 10;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    program: ProgramArguments,
    #[command(flatten)]
    device: DeviceArguments,
    /// Arrays to run it on, as for `run` [default: floats between -1 and 1 and integers 0, the same every time]
    #[arg(long = "input", short, value_name = "FILE")]
    inputs: Vec<PathBuf>,
    /// A size for one that the program leaves open, such as `b=8`; may be repeated
    #[arg(long = "dim", value_name = "NAME=SIZE", conflicts_with = "inputs")]
    sizes: Vec<Size>,
    /// How long to measure
    #[arg(long, value_name = "SECONDS", default_value_t = 2.0)]
    seconds: f64,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// What was measured. Times are in seconds.
struct Measured {
    compile: f64,
    load: Option<f64>,
    first: f64,
    /// Of one run, sorted, one for each batch.
    runs: Vec<f64>,
    batch: usize,
    flops: f64,
    bytes: f64,
}

impl Arguments {
    pub(crate) fn run(&self) -> Result<()> {
        let inputs = Inputs::open(&self.inputs)?;
        let device = self.device.open()?;
        let module = self.program.read()?;
        let invented = self.inputs.is_empty();
        let sizes = if invented { sizes(&module, &self.sizes)? } else { inputs.sizes() };
        let module = with_sizes(&module, &sizes)?;
        let start = Instant::now();
        let program = module.compile_anew(&device, &CompileOptions::new())?;
        let compile = start.elapsed().as_secs_f64();
        let load = loading(&program);
        let buffers = if invented {
            inputs::invent(&device, &module)?
        } else {
            inputs::upload(&device, &module, inputs.read()?)?
        };
        let buffers: Vec<&Buffer> = buffers.iter().collect();
        let measured = measure(&program, &buffers, self.seconds.clamp(0.0, 3600.0), compile, load)
            .with_context(|| format!("cannot run `{}`", self.program.path().display()))?;
        let mut out = std::io::stdout().lock();
        if self.json {
            writeln!(out, "{}", measured.json(module.name(), &device.to_string()))?;
            return Ok(());
        }
        measured.print(&mut out, module.name(), &device.to_string())
    }
}

/// How long a serialized executable takes to load, if the plugin serializes.
fn loading(program: &LoadedModule) -> Option<f64> {
    let executable = program.executable();
    let bytes = executable.serialize().ok()?;
    let start = Instant::now();
    executable.client().deserialize(&bytes).ok()?;
    Some(start.elapsed().as_secs_f64())
}

fn once(program: &LoadedModule, inputs: &[&Buffer]) -> Result<()> {
    let execution = program.start(inputs, false)?;
    Ok(execution.done.wait()?)
}

fn measure(
    program: &LoadedModule,
    inputs: &[&Buffer],
    seconds: f64,
    compile: f64,
    load: Option<f64>,
) -> Result<Measured> {
    let start = Instant::now();
    once(program, inputs)?;
    let first = start.elapsed().as_secs_f64();
    let timed = |batch: usize| -> Result<Duration> {
        let start = Instant::now();
        (0..batch).try_for_each(|_| once(program, inputs))?;
        Ok(start.elapsed())
    };
    let mut batch = 1;
    while timed(batch)? < BATCH {
        batch *= 2;
    }
    let mut runs = Vec::new();
    let begin = Instant::now();
    while runs.len() < FEWEST || begin.elapsed().as_secs_f64() < seconds {
        runs.push(timed(batch)?.as_secs_f64() / batch as f64);
    }
    runs.sort_by(f64::total_cmp);
    let (flops, bytes) = costs(program.executable())?;
    Ok(Measured { compile, load, first, runs, batch, flops, bytes })
}

impl Measured {
    /// The value below which `part` of the batches are.
    fn quantile(&self, part: f64) -> f64 {
        self.runs[((self.runs.len() - 1) as f64 * part) as usize]
    }

    /// Thousand millions a second of `amount` in the median run.
    fn rate(&self, amount: f64) -> f64 {
        amount / self.quantile(0.5) / 1e9
    }

    fn json(&self, name: &str, device: &str) -> serde_json::Value {
        serde_json::json!({
            "name": name,
            "device": device,
            "compile_s": self.compile,
            "load_s": self.load,
            "first_run_s": self.first,
            "median_s": self.quantile(0.5),
            "p10_s": self.quantile(0.1),
            "p90_s": self.quantile(0.9),
            "min_s": self.runs[0],
            "batches": self.runs.len(),
            "runs_per_batch": self.batch,
            "flops": self.flops,
            "bytes": self.bytes,
            "gflop_per_s": self.rate(self.flops),
            "gb_per_s": self.rate(self.bytes),
        })
    }

    fn print(&self, out: &mut impl Write, name: &str, device: &str) -> Result<()> {
        let (low, median, high) = (self.quantile(0.1), self.quantile(0.5), self.quantile(0.9));
        writeln!(out, "{name} on {device}")?;
        writeln!(out, "  compile  {}", time(self.compile))?;
        if let Some(load) = self.load {
            writeln!(out, "  load     {} from its serialized form", time(load))?;
        }
        let batches = self.runs.len();
        writeln!(
            out,
            "  run      {} ({} to {} in eight of ten of {batches} batches)",
            time(median),
            time(low),
            time(high)
        )?;
        writeln!(
            out,
            "  rate     {:.3} GFLOP/s, {:.3} GB/s by the compiler's estimate",
            self.rate(self.flops),
            self.rate(self.bytes)
        )?;
        Ok(())
    }
}

/// A time in the unit that suits it.
fn time(seconds: f64) -> String {
    match seconds {
        s if s < 1e-3 => format!("{:.2} us", s * 1e6),
        s if s < 1.0 => format!("{:.2} ms", s * 1e3),
        s => format!("{s:.2} s"),
    }
}
