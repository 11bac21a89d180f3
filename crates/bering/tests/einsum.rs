//! Einsum against NumPy: every specification of `fixtures/einsum/einsum.safetensors`, which `fixtures/einsum/generate.py` writes.

#[path = "ops/fixture.rs"]
mod fixture;

use bering::frontend::einsum;
use bering::prelude::*;
use fixture::{Array, Fixture};

/// Runs a specification on the arguments of its case.
fn run(device: &Device, specification: &str, arguments: &[&Array]) -> Result<Vec<u8>, String> {
    let specs: Vec<Spec> = arguments.iter().map(|array| array.spec()).collect();
    let graph =
        trace("einsum", &specs, |_, x| einsum(specification, &x.iter().collect::<Vec<_>>())).map_err(text)?;
    let function = compile(device, &graph).map_err(text)?;
    let mut buffers = Vec::new();
    for array in arguments {
        let view = HostView::from_bytes(array.runtime_dtype()?, &array.dims, &array.bytes).map_err(text)?;
        buffers.push(device.client().buffer(&view, device).map_err(text)?);
    }
    let results = function.call(&buffers.iter().collect::<Vec<_>>()).map_err(text)?;
    assert_eq!(results[0].dims(), graph.outputs()[0].dims());
    results[0].to_bytes().map_err(text)
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

#[test]
fn specifications_agree_with_numpy() {
    let device = device("cpu").unwrap();
    let fixture = Fixture::load("tests/fixtures/einsum");
    let mut failures = Vec::new();
    for name in fixture.names() {
        let (_, specification) = name.split_once(' ').unwrap();
        let expected = fixture.arrays(&name, "out")[0];
        let result = run(&device, specification, &fixture.arrays(&name, "in"))
            .and_then(|got| expected.compare(&got, false));
        failures.extend(result.err().map(|error| format!("{name}: {error}")));
    }
    assert!(fixture.names().len() >= 150, "{} specifications", fixture.names().len());
    assert!(failures.is_empty(), "{} fail\n{}", failures.len(), failures.join("\n"));
}
