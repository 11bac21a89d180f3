//! One program of a function: traced, then lowered, for arguments of one structure and types.

use super::Compiled;
use super::key::Key;
use crate::Values;
use crate::compile::Lowered;
use crate::error::{Error, ErrorKind, Result};
use crate::mesh::Where;
use bering_frontend::lower::Lowering;
use bering_frontend::sharding::{Partition, Sharding};
use bering_frontend::{Graph, Op, Spec, Tensor, Tree, tree};
use bering_runtime::CompileOptions;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A function as a graph.
pub(super) struct Traced<O: Tree> {
    pub(super) graph: Graph,
    /// What the function captured, which the graph's last inputs stand for.
    pub(super) captured: Vec<Tensor>,
    pub(super) outputs: Vec<Spec>,
    /// What the function returned, around types.
    pattern: O::Owned,
}

/// Runs the function once over tensors like these leaves.
pub(super) fn trace<A, X, O>(
    name: &str,
    function: impl Fn(A) -> O,
    arguments: &X,
    leaves: &[Tensor],
) -> Result<Traced<O>>
where
    A: Tree<Owned = A>,
    X: Tree<Owned = A>,
    O: Tree,
{
    let specs: Vec<Spec> = leaves.iter().map(|leaf| leaf.spec().clone()).collect();
    let mut pattern = None;
    let (graph, captured) = bering_frontend::trace_with_values(name, &specs, |_, inputs| {
        let output = function(tree::rebuild(arguments, inputs.to_vec()));
        pattern = Some(tree::map(&output, |leaf| Tensor::of(leaf.spec().clone())));
        output
    })?;
    let missing = || Error::new(ErrorKind::Trace, format!("`{name}` returned nothing"));
    let outputs = graph.outputs();
    Ok(Traced { graph, captured, outputs, pattern: pattern.ok_or_else(missing)? })
}

impl<O: Tree> Traced<O> {
    /// What the function returns, as types.
    pub(super) fn results(&self) -> O::Owned {
        tree::map(&self.pattern, |leaf| leaf)
    }

    /// What the function returns, around these leaves.
    pub(super) fn rebuild(&self, leaves: Vec<Tensor>) -> O::Owned {
        tree::rebuild(&self.pattern, leaves)
    }
}

/// Layouts asked for, by path.
#[derive(Clone, Default)]
pub(super) struct Requests {
    pub(super) arguments: Vec<(String, String)>,
    pub(super) results: Vec<(String, String)>,
    pub(super) partitions: Vec<(String, Partition)>,
    /// Memory kinds asked for, by path.
    pub(super) argument_memories: Vec<(String, String)>,
    pub(super) result_memories: Vec<(String, String)>,
}

/// A function lowered for arguments of one structure and types, ready to be compiled for any device.
///
/// ```
/// use bering::prelude::*;
/// let f = jit("double", |x: Tensor| x * 2.0);
/// let staged = f.lower(Tensor::typed(DType::F32, [4]))?;
/// assert!(staged.text().contains("stablehlo.multiply"));
/// let compiled = staged.compile(&device("cpu")?)?;
/// assert!(compiled.memory_analysis()?.arguments >= 16);
/// # Ok::<(), bering::Error>(())
/// ```
///
/// A cheap handle: clones are the same program.
pub struct Staged<A, O: Tree>(Rc<Inner<A, O>>);

impl<A, O: Tree> Clone for Staged<A, O> {
    fn clone(&self) -> Self {
        Staged(self.0.clone())
    }
}

pub(super) struct Inner<A, O: Tree> {
    pub(super) traced: Traced<O>,
    pub(super) key: Key,
    /// Paths of the arguments' leaves and of the results'.
    pub(super) arguments: Vec<String>,
    pub(super) results: Vec<String>,
    /// How each result is split over the mesh, if there is one.
    pub(super) partitions: Vec<Partition>,
    /// Kinds of memory that a device must have.
    memories: Vec<String>,
    lowered: Lowered,
    options: CompileOptions,
    marker: PhantomData<fn(A)>,
}

impl<A, O: Tree> Staged<A, O> {
    pub(super) fn new(
        traced: Traced<O>,
        key: Key,
        arguments: Vec<String>,
        requests: &Requests,
        options: &CompileOptions,
    ) -> Result<Staged<A, O>> {
        let results = tree::names(&traced.pattern);
        let graph = &traced.graph;
        let mut partitions: Vec<Partition> = (0..results.len()).map(|at| made_as(graph, at)).collect();
        for (path, partition) in &requests.partitions {
            for index in below(graph, "result", path, &results)? {
                partitions[index] = partition.clone();
            }
        }
        let lowered = Lowered::with(graph, |lowering| {
            let lowering = donate(lowering, graph, &key, &partitions)?;
            let mut lowering = split(lowering, &key, &traced.captured, &partitions)?;
            for (path, layout) in &requests.arguments {
                for index in below(graph, "argument", path, &arguments)? {
                    lowering = lowering.argument_layout(index, layout)?;
                }
            }
            for (path, layout) in &requests.results {
                for index in below(graph, "result", path, &results)? {
                    lowering = lowering.result_layout(index, layout)?;
                }
            }
            for (path, kind) in &requests.argument_memories {
                for index in below(graph, "argument", path, &arguments)? {
                    lowering = lowering.argument_memory(index, kind)?;
                }
            }
            for (path, kind) in &requests.result_memories {
                for index in below(graph, "result", path, &results)? {
                    lowering = lowering.result_memory(index, kind)?;
                }
            }
            Ok(lowering)
        })?;
        let memories = requests.argument_memories.iter().chain(&requests.result_memories);
        let memories = memories.map(|(_, kind)| kind.clone()).collect();
        let (options, marker) = (options.clone(), PhantomData);
        Ok(Staged(Rc::new(Inner {
            traced,
            key,
            arguments,
            results,
            partitions,
            memories,
            lowered,
            options,
            marker,
        })))
    }

    pub(super) fn key(&self) -> &Key {
        &self.0.key
    }

    /// The program as a graph; its inputs are the arguments' leaves in order, then what was captured.
    pub fn graph(&self) -> &Graph {
        &self.0.traced.graph
    }

    /// The tensors from outside that the function uses: what the program takes after the arguments' leaves.
    pub fn captured(&self) -> &[Tensor] {
        &self.0.traced.captured
    }

    /// The program as StableHLO, without source locations.
    pub fn text(&self) -> &str {
        self.0.lowered.text()
    }

    /// The program for those who run it elsewhere: portable artifacts and files of `jax.export`.
    pub fn lowered(&self) -> &Lowered {
        &self.0.lowered
    }

    /// What the function returns, as types.
    pub fn results(&self) -> O::Owned {
        self.0.traced.results()
    }

    /// Compiles it for a device, or for the devices of a mesh.
    ///
    /// # Errors
    /// If XLA refuses the program, an option is unknown, or a captured tensor is elsewhere.
    pub fn compile(&self, place: impl Into<Where>) -> Result<Compiled<A, O>> {
        let place = place.into();
        self.check_memories(&place)?;
        let function = self.0.lowered.compile_on(&place, &self.0.options)?;
        Compiled::new(self.0.clone(), function, place)
    }
}

impl<A, O: Tree> Staged<A, O> {
    fn check_memories(&self, place: &Where) -> Result<()> {
        let devices = match place {
            Where::Device(device) => std::slice::from_ref(device),
            Where::Mesh(mesh) => mesh.devices(),
        };
        for kind in &self.0.memories {
            devices.iter().try_for_each(|device| crate::memory(device, kind).map(drop))?;
        }
        Ok(())
    }

    /// XLA's program after its optimisations, as HLO text. The program is compiled anew for it, past every cache.
    ///
    /// # Errors
    /// As [`Staged::compile`]; if XLA cannot write to the directory for temporary files.
    ///
    /// ```
    /// use bering::prelude::*;
    /// let f = jit("double", |x: Tensor| x * 2.0);
    /// let text = f.lower(Tensor::typed(DType::F32, [4]))?.hlo_text(&device("cpu")?)?;
    /// assert!(text.starts_with("HloModule") && text.contains("f32[4]"));
    /// # Ok::<(), bering::Error>(())
    /// ```
    pub fn hlo_text(&self, place: impl Into<Where>) -> Result<String> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let directory = std::env::temp_dir().join(format!("bering-hlo-{}-{number}", std::process::id()));
        let options = self.0.options.clone();
        let options =
            options.set("xla_dump_to", directory.display().to_string()).set("xla_dump_hlo_as_text", true);
        let compiled = self.0.lowered.compile_uncached(&place.into(), &options);
        let text = compiled.and_then(|()| read_optimized(&directory));
        let _ = std::fs::remove_dir_all(&directory);
        text
    }
}

/// The text of the last stage in what XLA wrote.
fn read_optimized(directory: &Path) -> Result<String> {
    let failed = |what: String| Error::new(ErrorKind::Runtime, format!("no HLO text: {what}"));
    let entries = std::fs::read_dir(directory)
        .map_err(|error| failed(format!("`{}`: {error}", directory.display())))?;
    let paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    let optimized = |path: &&PathBuf| path.to_string_lossy().ends_with("after_optimizations.txt");
    let path = paths.iter().find(optimized).ok_or_else(|| failed("XLA wrote none".to_owned()))?;
    std::fs::read_to_string(path).map_err(|error| failed(format!("`{}`: {error}", path.display())))
}

/// How a result is split that nothing is said of: as where it is made.
fn made_as(graph: &Graph, at: usize) -> Partition {
    let node = graph.node(graph.output_ids()[at]);
    let (op, index) = match &node.op {
        Op::Element { index } => (&graph.node(node.operands[0]).op, *index),
        op => (op, 0),
    };
    match op {
        Op::ShardingConstraint(sharding) => sharding.partition.clone(),
        Op::ShardMap(map) => map.outputs.get(index).cloned().unwrap_or_default(),
        _elsewhere => Partition::replicated(),
    }
}

/// Splits arguments and results over the mesh, if there is one.
fn split<'g>(
    mut lowering: Lowering<'g>,
    key: &Key,
    captured: &[Tensor],
    partitions: &[Partition],
) -> bering_frontend::Result<Lowering<'g>> {
    let Some(mesh) = &key.mesh else { return Ok(lowering) };
    let replicated = Partition::replicated();
    let given = key.leaves.iter().map(|leaf| &leaf.partition);
    let captured = captured.iter().map(|tensor| tensor.partition().unwrap_or(&replicated));
    for (index, partition) in given.chain(captured).enumerate() {
        lowering = lowering.partition_argument(index, &Sharding::new(mesh, partition))?;
    }
    for (index, partition) in partitions.iter().enumerate() {
        lowering = lowering.partition_result(index, &Sharding::new(mesh, partition))?;
    }
    Ok(lowering)
}

/// Donates the arguments that are given away, each to the first result of its type that no other has taken.
fn donate<'g>(
    mut lowering: Lowering<'g>,
    graph: &Graph,
    key: &Key,
    partitions: &[Partition],
) -> bering_frontend::Result<Lowering<'g>> {
    let outputs = graph.outputs();
    let mut taken = vec![false; outputs.len()];
    for (index, leaf) in key.leaves.iter().enumerate().filter(|(_, leaf)| leaf.donated) {
        let alike = |at: usize| key.mesh.is_none() || partitions[at] == leaf.partition;
        let fits = |at: usize| outputs[at] == leaf.spec && alike(at);
        let free = (0..outputs.len()).find(|&at| !taken[at] && fits(at));
        lowering = match free {
            Some(at) => {
                taken[at] = true;
                lowering.alias(index, at)?
            }
            None => lowering.donate(index)?,
        };
    }
    Ok(lowering)
}

/// The leaves at a path or below it.
fn below(graph: &Graph, what: &str, path: &str, names: &[String]) -> Result<Vec<usize>> {
    let is_below = |name: &str| {
        let rest = name.strip_prefix(path);
        path.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    let found: Vec<usize> = (0..names.len()).filter(|&index| is_below(&names[index])).collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let names: Vec<String> = names.iter().take(10).map(|name| format!("`{name}`")).collect();
    let message = format!("`{}` has no {what} `{path}`; it has {}", graph.name(), names.join(", "));
    Err(Error::new(ErrorKind::Mismatch, message))
}
