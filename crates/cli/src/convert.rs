//! `bering convert`: a program as text or as a portable artifact, with open sizes fixed if they are given.

use crate::program::{ProgramArguments, Size, sizes, with_sizes};
use anyhow::{Context, Result};
use std::path::PathBuf;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    program: ProgramArguments,
    /// What to write
    #[arg(long, value_enum, default_value_t = Form::Portable)]
    to: Form,
    /// The oldest StableHLO that shall read a portable artifact [default: about twelve weeks old]
    #[arg(long, value_name = "VERSION")]
    stablehlo: Option<String>,
    /// A size for one that the program leaves open, such as `b=8`; may be repeated
    #[arg(long = "dim", value_name = "NAME=SIZE")]
    sizes: Vec<Size>,
    /// Where to
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Form {
    /// MLIR text
    Text,
    /// A portable artifact, which readers of StableHLO load
    Portable,
    /// A file that `jax.export.deserialize` reads; its function is for CPUs, takes arguments by position and gives several
    /// results as a tuple
    Jax,
}

impl Arguments {
    pub(crate) fn run(&self) -> Result<()> {
        let mut module = self.program.read()?;
        if !self.sizes.is_empty() {
            module = with_sizes(&module, &sizes(&module, &self.sizes)?)?;
        }
        let bytes = match self.to {
            Form::Text => module.text()?.into_bytes(),
            Form::Jax => module.jax_export("cpu", self.stablehlo.as_deref())?,
            Form::Portable => module.portable_artifact(self.stablehlo.as_deref())?,
        };
        std::fs::write(&self.output, bytes)
            .with_context(|| format!("cannot write `{}`", self.output.display()))
    }
}
