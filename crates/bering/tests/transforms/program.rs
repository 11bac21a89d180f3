//! Many small graphs in one compiled program: compiling is what takes the time.

use super::sample::Array;
use bering::frontend::{Spec, Tensor, lower, trace};
use bering::prelude::*;
use bering::runtime::{CompileOptions, Program};

/// A compiled function of host arrays.
pub(crate) struct Compiled {
    graph: Graph,
    device: Device,
    executable: bering::runtime::Executable,
}

impl Compiled {
    /// Traces and compiles.
    pub(crate) fn new(specs: &[Spec], function: impl FnOnce(&[Tensor]) -> Vec<Tensor>) -> Compiled {
        let graph = trace("program", specs, |_, arguments| function(arguments)).unwrap();
        let device = device("cpu").unwrap();
        let code = lower::to_stablehlo_bytecode(&graph).unwrap();
        // What is tested is the graphs, not how well XLA optimises them, and that is most of the time.
        let options = CompileOptions::new().set("xla_backend_optimization_level", 0);
        let executable = device.client().compile(Program::mlir(&code), &options).unwrap();
        Compiled { graph, device, executable }
    }

    /// How often XLA's optimised program, in whatever form it has, mentions an operation.
    pub(crate) fn mentions(&self, operation: &str) -> usize {
        let (_, program) = self.executable.optimized_program().unwrap();
        program.windows(operation.len()).filter(|window| *window == operation.as_bytes()).count()
    }

    /// Runs it.
    pub(crate) fn call(&self, arguments: &[Array]) -> Vec<Array> {
        let known = bering::runtime::DType::ALL;
        let buffer = |array: &Array| {
            let dtype = known.iter().copied().find(|dtype| dtype.name() == array.spec.dtype.name()).unwrap();
            let bytes = array.bytes();
            let view = HostView::from_bytes(dtype, array.spec.dims(), &bytes).unwrap();
            self.device.client().buffer(&view, &self.device).unwrap()
        };
        let buffers: Vec<Buffer> = arguments.iter().map(buffer).collect();
        let results = self.executable.execute(&buffers.iter().collect::<Vec<_>>()).unwrap();
        let specs = self.graph.outputs();
        let array = |(buffer, spec): (&Buffer, &Spec)| Array::from_bytes(spec, &buffer.to_bytes().unwrap());
        results.iter().zip(&specs).map(array).collect()
    }
}

/// What differs most between arrays, relative to `tolerance`; `None` if nothing is out of it.
pub(crate) fn difference(got: &[f64], want: &[f64], tolerance: f64) -> Option<String> {
    assert_eq!(got.len(), want.len());
    for (i, (got, want)) in got.iter().zip(want).enumerate() {
        let same = got == want || (got.is_nan() && want.is_nan());
        // A NaN beside a number is not within the tolerance.
        let close = (got - want).abs() <= tolerance * (1.0 + want.abs());
        if !same && !close {
            return Some(format!("element {i} is {got:e}, not {want:e}"));
        }
    }
    None
}
