//! Writes traced programs as files of `jax.export`, each with inputs and what Bering computes from them, for `load.py` beside.
//!
//! ```text
//! cargo run --release -p bering --example export -- DIRECTORY
//! python crates/bering/examples/load.py DIRECTORY
//! ```

#![forbid(unsafe_code)]

use bering::frontend::control::{fori_loop, scan};
use bering::frontend::sharding::shard_map;
use bering::interchange::npz;
use bering::prelude::*;
use bering::{DeviceOptions, Lowered, arrays};
use std::error::Error;
use std::fs::File;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let directory = std::env::args_os().nth(1).ok_or("usage: export DIRECTORY")?;
    std::fs::create_dir_all(&directory)?;
    let device = device("cpu")?;
    for graph in programs()? {
        write(&device, &graph, Path::new(&directory))?;
    }
    write_for_four(Path::new(&directory))
}

/// A program for four devices: a product by hand, the rest as the compiler splits it.
fn write_for_four(directory: &Path) -> Result<(), Box<dyn Error>> {
    let devices = bering::devices("cpu", &DeviceOptions { devices: Some(4), ..Default::default() })?;
    let mesh = DeviceMesh::new(&devices, [("x", 2), ("y", 2)])?;
    let axes = mesh.axes().clone();
    let layer = jit("four_devices", |(x, w): (Tensor, Tensor)| {
        let product = |(x, w): (Tensor, Tensor)| x.matmul(&w).all_reduce("y");
        let y = shard_map(&axes, [["x", "y"], ["y", "_"]], [["x", "_"]], product, (&x, &w));
        (y.tanh() * x.sum(..), y)
    });
    let x = data(&devices[0], &Spec::new(DType::F32, [4, 6]), 0)?;
    let w = data(&devices[0], &Spec::new(DType::F32, [6, 3]), 1)?;
    let mut files = vec![("in0", arrays::download(&x)?), ("in1", arrays::download(&w)?)];
    let (x, w) = (mesh.put(&x.to_tensor()?, ["x", "y"])?, mesh.put(&w.to_tensor()?, ["y"])?);
    let (y, product) = layer.call(&mesh, (&x, &w))?;
    for (name, result) in [("out0", y), ("out1", product)] {
        files.push((name, arrays::download(&mesh.put(&result, ["_", "_"])?.parts()?[0])?));
    }
    let artifact = layer.lower_on(mesh.axes(), (&x, &w))?.lowered().jax_export(None)?;
    std::fs::write(directory.join("four_devices.jax"), artifact)?;
    let file = File::create(directory.join("four_devices.npz"))?;
    Ok(npz::write(file, files.iter().map(|(name, array)| (*name, array)))?)
}

/// One of each kind: elementwise, contraction, reduction, loops, selection, ordering, types.
fn programs() -> Result<Vec<Graph>, bering::Error> {
    let f32 = |dims: &[usize]| Spec::new(DType::F32, dims);
    let attention = trace("attention", &[f32(&[2, 5, 8]), f32(&[2, 5, 8]), f32(&[2, 5, 8])], |_, args| {
        let scores = einsum!("bqd,bkd->bqk", &args[0], &args[1]) * 0.35;
        einsum!("bqk,bkd->bqd", &scores.softmax(-1), &args[2])
    })?;
    let recurrence = trace("recurrence", &[f32(&[6, 3]), f32(&[3, 3])], |_, args| {
        let weights = &args[1];
        scan(
            |h: Tensor, x: Tensor| {
                ((h.reshape([1, 3]).matmul(weights) + x.reshape([1, 3])).tanh().reshape([3]), h)
            },
            Tensor::zeros(DType::F32, [3]),
            args[0].clone(),
        )
    })?;
    let power = trace("power", &[f32(&[4])], |_, args| {
        let factor = &args[0];
        fori_loop(0, 5, |_, x: Tensor| x * factor, Tensor::ones(DType::F32, [4]))
    })?;
    let ordering = trace("ordering", &[f32(&[3, 7])], |_, args| (args[0].sort(1), args[0].top_k(2)))?;
    let narrow = trace("narrow", &[Spec::new(DType::Bf16, [5]), Spec::new(DType::I8, [4])], |_, args| {
        (&args[0] * 2.0, args[1].convert(DType::I32) * 3)
    })?;
    Ok(vec![attention, recurrence, power, ordering, narrow])
}

fn write(device: &Device, graph: &Graph, directory: &Path) -> Result<(), Box<dyn Error>> {
    let function = compile(device, graph)?;
    let mut files = Vec::new();
    let mut buffers = Vec::new();
    for (index, input) in graph.inputs().iter().enumerate() {
        let buffer = data(device, &input.spec, index)?;
        files.push((format!("in{index}"), arrays::download(&buffer)?));
        buffers.push(buffer);
    }
    let results = function.call(&buffers.iter().collect::<Vec<_>>())?;
    for (index, result) in results.iter().enumerate() {
        files.push((format!("out{index}"), arrays::download(result)?));
    }
    let name = graph.name();
    let artifact = Lowered::new(graph)?.jax_export(None)?;
    std::fs::write(directory.join(format!("{name}.jax")), artifact)?;
    npz::write(
        File::create(directory.join(format!("{name}.npz")))?,
        files.iter().map(|(name, array)| (name.as_str(), array)),
    )?;
    Ok(())
}

/// Numbers between -1 and 1, or small integers.
fn data(device: &Device, spec: &Spec, seed: usize) -> Result<Buffer, Box<dyn Error>> {
    let count = spec.shape.elements().unwrap_or(0);
    let values: Vec<f32> = (0..count).map(|i| (i as f32 * 1.7 + seed as f32).sin()).collect();
    let client = device.client();
    Ok(match spec.dtype {
        DType::F32 => client.buffer_from_slice(&values, spec.dims())?,
        DType::Bf16 => {
            let values: Vec<half::bf16> = values.into_iter().map(half::bf16::from_f32).collect();
            client.buffer_from_slice(&values, spec.dims())?
        }
        _ => client.buffer_from_slice(
            &values.iter().map(|value| (value * 100.0) as i8).collect::<Vec<_>>(),
            spec.dims(),
        )?,
    })
}
