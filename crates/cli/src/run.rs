//! `bering run`: a program on arrays.

use crate::inputs::{self, Inputs};
use crate::output;
use crate::program::{DeviceArguments, ProgramArguments, with_sizes};
use anyhow::{Context, Result};
use bering::arrays;
use bering::runtime::CompileOptions;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Barrier;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    program: ProgramArguments,
    #[command(flatten)]
    device: DeviceArguments,
    /// Arrays to run it on, in order: npy files, or npz files with several
    #[arg(long = "input", short, value_name = "FILE")]
    inputs: Vec<PathBuf>,
    /// Where results go: an npz file (`out0`, `out1`, ...), or an npy file for a single one [default: they are shown]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Arguments {
    pub(crate) fn run(&self) -> Result<()> {
        if let Some(path) = &self.output {
            output::check(path, None)?;
        }
        let inputs = Inputs::open(&self.inputs)?;
        let sizes = inputs.sizes();
        let failed = || format!("cannot run `{}`", self.program.path().display());
        let started = Barrier::new(2);
        let (device, module, program, arrays) = std::thread::scope(|scope| {
            let reading = std::thread::Builder::new().spawn_scoped(scope, || {
                started.wait();
                inputs.read()
            });
            let arrays = reading.context("cannot start a thread that reads the inputs")?;
            // A thread's first steps take the loader's lock, which is held while the device's plugin is loaded.
            started.wait();
            let device = self.device.open()?;
            let module = with_sizes(&self.program.read()?, &sizes).with_context(failed)?;
            let program = module.compile(&device, &CompileOptions::new()).with_context(failed)?;
            let arrays = arrays.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            anyhow::Ok((device, module, program, arrays))
        })?;
        let dtypes: Vec<_> = program.outputs().map(|spec| spec.dtype()).collect();
        if let Some(path) = &self.output {
            output::check(path, Some(dtypes.len()))?;
        }
        let buffers = inputs::upload(&device, &module, arrays?)?;
        let results = program.run(&buffers.iter().collect::<Vec<_>>()).with_context(failed)?;
        let results = results.iter().map(arrays::download).collect::<Result<Vec<_>, _>>()?;
        if let Some(path) = &self.output {
            output::save(path, &results)?;
        } else {
            let mut stdout = std::io::stdout().lock();
            for (index, (dtype, array)) in dtypes.into_iter().zip(&results).enumerate() {
                writeln!(stdout, "{}", output::show(index, dtype, array))?;
            }
            stdout.flush()?;
        }
        // Taking the program and the client apart would take a fifth of a short run.
        bering::runtime::exit_at_once(0)
    }
}
