//! The compile cache as `jit` uses it, from process to process: what a second one finds in it, what is compiled anew, and what
//! damage does.
#![allow(missing_docs)]

use bering::frontend::sharding::shard_map;
use bering::prelude::*;
use bering::runtime::{CompileOptions, Origin};
use bering::{DeviceOptions, devices};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Programs that a cache must tell apart, each with a run's first result: one function, and then another dtype, shape, static
/// value, donation, layout, option and function.
fn programs(device: &Device) -> Vec<(&'static str, Origin, f64)> {
    let scale = |(x, by): (Tensor, Static<f64>)| (x.sum(..), x * *by);
    let plain = || jit("scale", scale);
    let f32 = |dims: &[usize]| device.tensor(&vec![1.5f32; dims.iter().product()], dims).unwrap();
    let f64 = device.tensor(&[1.5f64; 6], [2, 3]).unwrap();
    let fast = CompileOptions::new().set("xla_cpu_enable_fast_math", true);
    vec![
        run("plain", device, &plain(), (f32(&[2, 3]), Static(2.0))),
        run("dtype", device, &plain(), (f64, Static(2.0))),
        run("shape", device, &plain(), (f32(&[3, 2]), Static(2.0))),
        run("static", device, &plain(), (f32(&[2, 3]), Static(3.0))),
        run("donation", device, &plain(), (Donate(f32(&[2, 3])), Static(2.0))),
        run("layout", device, &plain().result_layout("1", "{0,1}"), (f32(&[2, 3]), Static(2.0))),
        run("option", device, &plain().options(fast), (f32(&[2, 3]), Static(2.0))),
        run(
            "function",
            device,
            &jit("scale", |(x, _): (Tensor, Static<f64>)| (x.sum(..), x + 1.0)),
            (f32(&[2, 3]), Static(2.0)),
        ),
    ]
}

/// The same for four devices: one function, and then another partition, another order of the devices and another mesh.
fn programs_for_four() -> Vec<(&'static str, Origin, f64)> {
    let four = DeviceOptions { devices: Some(4), ..Default::default() };
    let four = devices("cpu", &four).unwrap();
    let turned: Vec<Device> = four.iter().rev().cloned().collect();
    let on = |what, mesh: DeviceMesh, axes: &'static str, partition: [&str; 2]| {
        let x = mesh.tensor(&[1.5f32; 32], [4, 8], partition).unwrap();
        let mesh_axes = mesh.axes().clone();
        let scale = jit("scale", move |x: Tensor| {
            let part = |x: Tensor| x.sum(..).all_reduce(axes) / 16.0;
            let mean = shard_map(&mesh_axes, [[axes]], [[]], part, &x);
            (mean.clone(), x * mean)
        });
        let staged = scale.lower_on(mesh.axes(), &x).unwrap();
        let compiled = staged.compile(&mesh).unwrap();
        let (mean, _) = compiled.call(&x).unwrap();
        (what, compiled.function().executable().origin(), f64::from(mean.item::<f32>().unwrap()))
    };
    let mesh = |devices: &[Device]| DeviceMesh::new(devices, [("x", 4)]).unwrap();
    let grid = DeviceMesh::new(&four, [("x", 2), ("y", 2)]).unwrap();
    vec![
        on("mesh", mesh(&four), "x", ["x", "_"]),
        on("partition", mesh(&four), "x", ["_", "x"]),
        on("order", mesh(&turned), "x", ["x", "_"]),
        on("grid", grid, "x+y", ["x", "y"]),
    ]
}

fn run<A, F, X>(
    what: &'static str,
    device: &Device,
    function: &Jit<A, (Tensor, Tensor), F>,
    arguments: X,
) -> (&'static str, Origin, f64)
where
    A: Tree<Owned = A>,
    F: Fn(A) -> (Tensor, Tensor),
    X: Tree<Owned = A>,
{
    let compiled = function.lower(&arguments).unwrap().compile(device).unwrap();
    let (_, y) = compiled.call(arguments).unwrap();
    let first = match y.dtype() {
        DType::F64 => y.to_vec::<f64>().unwrap()[0],
        _ => f64::from(y.to_vec::<f32>().unwrap()[0]),
    };
    (what, compiled.function().executable().origin(), first)
}

/// Not a test of its own: what the processes run that the tests start. Their expectation is in a variable.
#[test]
fn child() {
    let Ok(expected) = std::env::var("EXPECTED_ORIGIN") else { return };
    let results = programs(&device("cpu").unwrap());
    for (what, origin, first) in results.into_iter().chain(programs_for_four()) {
        assert_eq!(format!("{origin:?}"), expected, "{what}");
        let right = match what {
            "static" => 4.5,
            "function" => 2.5,
            _ => 3.0,
        };
        assert_eq!(first, right, "{what}");
    }
}

/// Runs all programs in a process of their own, each of which must come from where is said.
#[track_caller]
fn check(cache: &Path, expected: Origin) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "child"]).env("EXPECTED_ORIGIN", format!("{expected:?}"));
    let output = command.env("BERING_CACHE", cache).env_remove("BERING_COMPILE_CACHE").output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
}

/// All files below a directory.
fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn another_process_finds_every_program_and_compiles_damaged_ones_anew() {
    let directory = tempfile::tempdir().unwrap();
    check(directory.path(), Origin::Compiled);
    let entries = files(directory.path());
    assert_eq!(entries.len(), 12, "programs share entries: {entries:?}");
    check(directory.path(), Origin::Deserialized);
    for (at, entry) in entries.iter().enumerate() {
        let whole = fs::read(entry).unwrap();
        let mut flipped = whole.clone();
        flipped[whole.len() * 3 / 4] ^= 0x10;
        let damaged = match at % 4 {
            0 => &flipped[..],
            1 => &whole[..whole.len() - 1],
            2 => &whole[..20.min(whole.len())],
            _ => b"",
        };
        fs::write(entry, damaged).unwrap();
    }
    check(directory.path(), Origin::Compiled);
    check(directory.path(), Origin::Deserialized);
}
