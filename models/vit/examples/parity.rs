//! A network of any size against timm, layer by layer: `tests/reference/full.py` makes the directory.
//!
//!     parity DIRECTORY
//!
//! prints the largest difference of each layer's elements, relative to the layer's largest element, and fails above 1e-5.

use anyhow::{Context as _, Result, ensure};
use bering::prelude::*;
use std::path::PathBuf;
use vit::{Config, Vit};

/// Single precision against double, through so many layers.
const TOLERANCE: f32 = 1e-5;

fn floats(weights: &SafeTensors, name: &str) -> Result<Vec<f32>> {
    let bytes = weights.get(name)?.bytes;
    let (floats, _) = bytes.as_chunks::<4>();
    Ok(floats.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
}

#[allow(clippy::print_stdout)] // The result.
fn main() -> Result<()> {
    let directory = PathBuf::from(std::env::args_os().nth(1).context("usage: parity DIRECTORY")?);
    let device = device("cpu")?;
    let weights = SafeTensors::open(&directory)?;
    let layers = SafeTensors::read(directory.join("layers.safetensors"))?;
    let config = Config::read(&directory, &weights)?;
    let image = layers.get("image")?;
    let graph = trace("vit", &[Spec::new(DType::F32, image.dims)], |params: &Params, x| {
        let output = Vit::new(params, &config).forward(&x[0]);
        (output.hidden, output.logits)
    })?;
    let parameters = Parameters::load(&device, &graph, &weights)?;
    ensure!(parameters.names().eq(weights.names()), "the network has other parameters than timm's");
    let buffer = device.client().buffer_from_slice(&floats(&layers, "image")?, image.dims)?;
    let results = compile(&device, &graph)?.bind(&parameters)?.call(&[&buffer])?;
    let names = (0..=config.blocks).map(|i| format!("hidden.{i}")).chain(["logits".to_owned()]);
    let mut worst = 0.0f32;
    for (result, name) in results.iter().zip(names) {
        let (found, expected) = (result.to_vec::<f32>()?, floats(&layers, &name)?);
        ensure!(found.len() == expected.len(), "{name} has {} elements, not {}", found.len(), expected.len());
        let largest = expected.iter().fold(0.0f32, |largest, value| largest.max(value.abs()));
        let furthest = found.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0f32, f32::max);
        println!("{name}: {:.2e}", furthest / largest);
        worst = worst.max(furthest / largest);
    }
    ensure!(worst <= TOLERANCE, "a layer is off by {worst:e}");
    Ok(())
}
