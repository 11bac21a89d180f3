//! Every operation of the op table, executed on the CPU and compared with NumPy.
//!
//! The programs are those of `crates/frontend/tests/cases`; arguments and results come from `fixtures/ops.safetensors`, which
//! `fixtures/generate.py` writes.

#[path = "../../frontend/tests/cases/mod.rs"]
mod cases;

#[path = "ops/fixture.rs"]
mod fixture;

use bering::frontend::{Graph, lower};
use bering::prelude::*;
use bering::runtime::{CompileOptions, Program};
use fixture::{Array, Fixture};
use std::collections::BTreeSet;

/// Runs a lowered program on host arrays.
fn run(
    device: &Device,
    code: &[u8],
    arguments: &[&Array],
) -> Result<Vec<Vec<u8>>, Box<dyn std::error::Error>> {
    let client = device.client();
    let buffers = arguments
        .iter()
        .map(|array| {
            let view = HostView::from_bytes(array.runtime_dtype()?, &array.dims, &array.bytes)?;
            Ok(client.buffer(&view, device)?)
        })
        .collect::<Result<Vec<Buffer>, Box<dyn std::error::Error>>>()?;
    let executable = client.compile(Program::mlir(code), &CompileOptions::default())?;
    let results = executable.execute(&buffers.iter().collect::<Vec<_>>())?;
    Ok(results.iter().map(Buffer::to_bytes).collect::<Result<_, _>>()?)
}

/// What is wrong with a case, if anything is.
fn check(device: &Device, fixture: &Fixture, name: &str, graph: &Graph) -> Result<(), String> {
    let arguments = fixture.arrays(name, "in");
    let expected = fixture.arrays(name, "out");
    let specs = |arrays: &[&Array]| arrays.iter().map(|array| array.spec()).collect::<Vec<Spec>>();
    let inputs: Vec<Spec> = graph.inputs().iter().map(|input| input.spec.clone()).collect();
    if (inputs.clone(), graph.outputs()) != (specs(&arguments), specs(&expected)) {
        let (inputs, outputs) = (specs(&arguments), specs(&expected));
        return Err(format!("graph is {graph}, the fixture has {inputs:?} -> {outputs:?}"));
    }
    let text = lower::to_stablehlo_text(graph).map_err(|error| error.to_string())?;
    let mut forms =
        vec![("bytecode", lower::to_stablehlo_bytecode(graph).map_err(|error| error.to_string())?)];
    if !name.contains("__") {
        // Edge cases differ in values alone; compiling their text too would only take time.
        forms.push(("text", text.clone().into_bytes()));
    }
    for (form, code) in &forms {
        let results = run(device, code, &arguments).map_err(|error| format!("{form}: {error}\n{text}"))?;
        for (i, (got, want)) in results.iter().zip(&expected).enumerate() {
            want.compare(got, name.contains("fft"))
                .map_err(|difference| format!("{form}: result {i}: {difference}"))?;
        }
    }
    Ok(())
}

#[test]
fn operations_agree_with_numpy() {
    let device = device("cpu").unwrap();
    let fixture = Fixture::load("tests/fixtures");
    let mut failures = Vec::new();
    for case in cases::all() {
        let result = case
            .graph()
            .map_err(|error| error.to_string())
            .and_then(|graph| check(&device, &fixture, case.name, &graph));
        failures.extend(result.err().map(|error| format!("{}: {error}", case.name)));
    }
    assert!(failures.is_empty(), "{} cases fail\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn every_case_has_values_and_every_value_a_case() {
    let cases: BTreeSet<String> = cases::all().iter().map(|case| case.name.to_string()).collect();
    assert_eq!(cases, Fixture::load("tests/fixtures").names());
}
