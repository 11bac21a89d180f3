//! What every command on a program needs: the file, the device, and sizes for what the program leaves open.

use anyhow::{Context, Result, anyhow, bail};
use bering::runtime::Device;
use bering::{DeviceOptions, Module, device_with};
use clap::Args;
use std::path::{Path, PathBuf};

/// Where programs run.
#[derive(Args)]
pub(crate) struct DeviceArguments {
    /// Device to run on: `cpu`, `cpu:0` or `auto`
    #[arg(long, value_name = "NAME", default_value = "auto")]
    device: String,
    /// Threads to compute with [default: one a processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    threads: Option<u32>,
}

impl DeviceArguments {
    pub(crate) fn open(&self) -> Result<Device> {
        let options = DeviceOptions {
            threads: self.threads.map(|threads| threads as usize),
            ..DeviceOptions::default()
        };
        Ok(device_with(&self.device, &options)?)
    }
}

/// A program's file.
#[derive(Args)]
pub(crate) struct ProgramArguments {
    /// StableHLO as MLIR text or bytecode, or a file of `jax.export`
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl ProgramArguments {
    pub(crate) fn read(&self) -> Result<Module> {
        let file = self.file.display();
        let bytes = std::fs::read(&self.file).with_context(|| format!("cannot read `{file}`"))?;
        Module::read(bytes).with_context(|| format!("cannot use `{file}`"))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.file
    }
}

/// A size for one that the program leaves open.
#[derive(Clone)]
pub(crate) struct Size {
    name: String,
    size: usize,
}

impl std::str::FromStr for Size {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Size> {
        let (name, size) = text.split_once('=').ok_or_else(|| anyhow!("a size is given as NAME=SIZE"))?;
        let size = size.parse().map_err(|_| anyhow!("`{size}` is no size"))?;
        Ok(Size { name: name.to_owned(), size })
    }
}

/// The sizes of every input, with `given` for open ones.
pub(crate) fn sizes(module: &Module, given: &[Size]) -> Result<Vec<Vec<usize>>> {
    let inputs = module.inputs();
    let size = |open: &String| {
        let found = given.iter().find(|size| size.name == *open).map(|size| size.size);
        found.ok_or_else(|| {
            let asks = inputs.iter().flat_map(|input| &input.dims).filter_map(|dim| dim.as_ref().err());
            let mut asks: Vec<String> = asks.map(|name| format!("`{name}`")).collect();
            asks.sort();
            asks.dedup();
            anyhow!("the program leaves sizes open: {}\nhint: give each: `--dim {open}=8`, or arrays: `--input x.npy`", asks.join(", "))
        })
    };
    if let Some(unknown) = given.iter().find(|given| {
        !inputs
            .iter()
            .flat_map(|input| &input.dims)
            .any(|dim| dim.as_ref().is_err_and(|open| *open == given.name))
    }) {
        bail!("the program has no open size `{}`", unknown.name);
    }
    inputs
        .iter()
        .map(|input| input.dims.iter().map(|dim| dim.as_ref().map_or_else(size, |size| Ok(*size))).collect())
        .collect()
}

/// The module for these sizes.
pub(crate) fn with_sizes(module: &Module, sizes: &[Vec<usize>]) -> Result<Module> {
    let sizes: Vec<&[usize]> = sizes.iter().map(Vec::as_slice).collect();
    Ok(module.with_sizes(&sizes)?)
}
