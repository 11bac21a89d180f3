//! Lowering: a graph as StableHLO, in text or MLIR bytecode.
//!
//! The only module that sees MLIR. StableHLO's dialect is not linked: its operations are built as unregistered ones in
//! generic form, with attributes as the StableHLO parser reads them, which XLA accepts. Operations map one to one, in the
//! graph's order; those that no output depends on are left out. Inference has judged the graph before, so a failure here
//! is a defect of this module and still an `Err`.

mod attributes;
mod control;
mod emitter;
mod ops;
mod sharding;

use crate::error::{Result, error};
use crate::sharding::Sharding;
use crate::{Error, Graph};
use melior::ir::Module;
use melior::ir::operation::{OperationLike, OperationPrintingFlags};

/// The graph as StableHLO text without locations: the same program gives the same text wherever its source lines are.
///
/// ```
/// use bering_frontend::{DType, Spec, lower, trace};
/// let graph = trace("f", &[Spec::new(DType::F32, [2])], |_, args| args[0].tanh())?;
/// assert!(lower::to_stablehlo_text(&graph)?.contains("stablehlo.tanh"));
/// # Ok::<(), bering_frontend::Error>(())
/// ```
pub fn to_stablehlo_text(graph: &Graph) -> Result<String> {
    Lowering::new(graph).text()
}

/// The graph as MLIR bytecode with locations: what a compiler reads fastest and reports user lines from.
pub fn to_stablehlo_bytecode(graph: &Graph) -> Result<Vec<u8>> {
    Lowering::new(graph).bytecode()
}

/// What a compiler is told about one argument or result.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Annotation {
    AliasedOutput(usize),
    BufferDonor,
    LayoutMode(String),
    MemoryKind(String),
    Sharding(String),
    Partition(Sharding, usize),
}

/// Lowering of one graph, with requests about its arguments and results.
///
/// ```
/// use bering_frontend::{DType, Spec, lower::Lowering, trace};
/// let graph = trace("step", &[Spec::new(DType::F32, [2])], |_, args| &args[0] + 1.0)?;
/// let text = Lowering::new(&graph).alias(0, 0)?.text()?;
/// assert!(text.contains("tf.aliasing_output = 0 : i32"));
/// # Ok::<(), bering_frontend::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Lowering<'g> {
    graph: &'g Graph,
    arguments: Vec<Vec<Annotation>>,
    results: Vec<Vec<Annotation>>,
}

impl<'g> Lowering<'g> {
    /// A lowering without requests.
    pub fn new(graph: &'g Graph) -> Lowering<'g> {
        let (arguments, results) = (graph.inputs().len(), graph.output_ids().len());
        Lowering { graph, arguments: vec![Vec::new(); arguments], results: vec![Vec::new(); results] }
    }

    /// Donates an argument's buffer to hold a result of the same type.
    ///
    /// # Errors
    /// When either does not exist or their types differ.
    pub fn alias(self, argument: usize, result: usize) -> Result<Self> {
        let outputs = self.graph.outputs();
        match (self.graph.inputs().get(argument), outputs.get(result)) {
            (Some(input), Some(output)) if input.spec != *output => Err(error!(
                Argument,
                "alias: argument {argument} is {} and result {result} is {output}; they must be of one type",
                input.spec
            )),
            (_, None) => Err(missing("result", result, outputs.len())),
            _ => self.annotate_argument(argument, Annotation::AliasedOutput(result)),
        }
    }

    /// Donates an argument's buffer to the compiler's use.
    ///
    /// # Errors
    /// When there is no such argument.
    pub fn donate(self, argument: usize) -> Result<Self> {
        self.annotate_argument(argument, Annotation::BufferDonor)
    }

    /// Asks for a memory layout of an argument: minor-to-major axes as `{0,1}`, `default`, or `auto`.
    ///
    /// # Errors
    /// When there is no such argument.
    pub fn argument_layout(self, argument: usize, layout: &str) -> Result<Self> {
        self.annotate_argument(argument, Annotation::LayoutMode(layout.to_string()))
    }

    /// Asks for a memory layout of a result, as [`Lowering::argument_layout`].
    ///
    /// # Errors
    /// When there is no such result.
    pub fn result_layout(self, result: usize, layout: &str) -> Result<Self> {
        self.annotate_result(result, Annotation::LayoutMode(layout.to_string()))
    }

    /// Takes an argument from a memory of this kind, as the device names it: `pinned_host`.
    ///
    /// # Errors
    /// When there is no such argument.
    pub fn argument_memory(self, argument: usize, kind: &str) -> Result<Self> {
        self.annotate_argument(argument, Annotation::MemoryKind(kind.to_string()))
    }

    /// Puts a result in a memory of this kind.
    ///
    /// # Errors
    /// When there is no such result.
    pub fn result_memory(self, result: usize, kind: &str) -> Result<Self> {
        self.annotate_result(result, Annotation::MemoryKind(kind.to_string()))
    }

    /// Shards an argument over devices, in HLO's sharding syntax.
    ///
    /// # Errors
    /// When there is no such argument.
    pub fn argument_sharding(self, argument: usize, sharding: &str) -> Result<Self> {
        self.annotate_argument(argument, Annotation::Sharding(sharding.to_string()))
    }

    /// Shards a result over devices, in HLO's sharding syntax.
    ///
    /// # Errors
    /// When there is no such result.
    pub fn result_sharding(self, result: usize, sharding: &str) -> Result<Self> {
        self.annotate_result(result, Annotation::Sharding(sharding.to_string()))
    }

    /// Splits an argument over a mesh (Shardy).
    ///
    /// # Errors
    /// When there is no such argument, or the partition does not fit it.
    pub fn partition_argument(self, argument: usize, sharding: &Sharding) -> Result<Self> {
        let count = self.arguments.len();
        let input = self.graph.inputs().get(argument).ok_or_else(|| missing("argument", argument, count))?;
        sharding.partition.local("argument", &sharding.mesh, &input.spec)?;
        let rank = input.spec.rank();
        self.annotate_argument(argument, Annotation::Partition(sharding.clone(), rank))
    }

    /// Splits a result over a mesh (Shardy).
    ///
    /// # Errors
    /// When there is no such result, or the partition does not fit it.
    pub fn partition_result(self, result: usize, sharding: &Sharding) -> Result<Self> {
        let outputs = self.graph.outputs();
        let output = outputs.get(result).ok_or_else(|| missing("result", result, outputs.len()))?;
        sharding.partition.local("result", &sharding.mesh, output)?;
        self.annotate_result(result, Annotation::Partition(sharding.clone(), output.rank()))
    }

    /// The program as text without locations.
    pub fn text(&self) -> Result<String> {
        self.print(false)
    }

    /// The program as text in which every operation names the user's line.
    pub fn text_with_locations(&self) -> Result<String> {
        self.print(true)
    }

    /// The program as MLIR bytecode, with locations.
    pub fn bytecode(&self) -> Result<Vec<u8>> {
        emitter::with_module(self, |module| Ok(module.as_operation().write_bytecode()))
    }

    /// The program as [`bytecode`](Lowering::bytecode) and as [`text`](Lowering::text): what to compile, and what to know it
    /// by, wherever its source lines are.
    pub fn bytecode_and_text(&self) -> Result<(Vec<u8>, String)> {
        emitter::with_module(self, |module| {
            Ok((module.as_operation().write_bytecode(), print(module, false)?))
        })
    }

    fn print(&self, locations: bool) -> Result<String> {
        emitter::with_module(self, |module| print(module, locations))
    }

    fn annotate_argument(mut self, argument: usize, annotation: Annotation) -> Result<Self> {
        let count = self.arguments.len();
        self.arguments
            .get_mut(argument)
            .ok_or_else(|| missing("argument", argument, count))?
            .push(annotation);
        Ok(self)
    }

    fn annotate_result(mut self, result: usize, annotation: Annotation) -> Result<Self> {
        let count = self.results.len();
        self.results.get_mut(result).ok_or_else(|| missing("result", result, count))?.push(annotation);
        Ok(self)
    }
}

fn print(module: &Module<'_>, locations: bool) -> Result<String> {
    let flags = OperationPrintingFlags::new().enable_debug_info(locations, false);
    module.as_operation().to_string_with_flags(flags).map_err(refused)
}

fn missing(what: &str, index: usize, count: usize) -> Error {
    error!(Argument, "{what} {index} does not exist; the graph has {count}")
}

/// MLIR's refusal as an error of ours.
fn refused(error: melior::Error) -> Error {
    error!(Lower, "lowering failed: {error}")
}

#[cfg(test)]
mod tests;
