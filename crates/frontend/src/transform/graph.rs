//! Transforms of whole graphs: a traced program in, another program out.

use super::batching::batch;
use super::forward;
use super::reverse::Linearized;
use super::rule::{Lane, repeat};
use crate::error::{Result, error};
use crate::{Graph, NodeId, Op, Params, Spec, Tensor, trace};
use std::sync::Arc;

/// Which inputs of a graph a derivative is taken with respect to: positions, parameter names, or [`Parameters`].
pub trait Wrt {
    /// Positions in [`Graph::inputs`].
    ///
    /// # Errors
    /// When the graph has no such input.
    fn positions(&self, graph: &Graph) -> Result<Vec<usize>>;
}

/// Every parameter of a graph, in the graph's order.
#[derive(Clone, Copy, Debug, Default)]
pub struct Parameters;

impl Wrt for Parameters {
    fn positions(&self, graph: &Graph) -> Result<Vec<usize>> {
        Ok((0..graph.inputs().len()).filter(|&at| graph.inputs()[at].name.is_some()).collect())
    }
}

impl Wrt for &[usize] {
    fn positions(&self, graph: &Graph) -> Result<Vec<usize>> {
        let count = graph.inputs().len();
        match self.iter().find(|&&at| at >= count) {
            Some(at) => Err(error!(Argument, "`{}` has no input {at}, it has {count}", graph.name())),
            None => Ok(self.to_vec()),
        }
    }
}

impl Wrt for &[&str] {
    fn positions(&self, graph: &Graph) -> Result<Vec<usize>> {
        let position = |name: &&str| {
            let found = graph.inputs().iter().position(|input| input.name.as_deref() == Some(name));
            found.ok_or_else(|| error!(Parameter, "`{}` has no parameter `{name}`", graph.name()))
        };
        self.iter().map(position).collect()
    }
}

impl<const N: usize> Wrt for [usize; N] {
    fn positions(&self, graph: &Graph) -> Result<Vec<usize>> {
        self.as_slice().positions(graph)
    }
}

impl<const N: usize> Wrt for [&str; N] {
    fn positions(&self, graph: &Graph) -> Result<Vec<usize>> {
        self.as_slice().positions(graph)
    }
}

/// The program that computes a graph's outputs, then the gradients of its first output.
///
/// Inputs stay as they are. Outputs are the graph's, then one gradient for each input of `wrt`, of that input's type. The
/// first output is the one differentiated; others come along (metrics, new state).
///
/// # Errors
/// When the first output is no floating-point scalar, an input of `wrt` does not exist or is an integer, or an operation
/// on the way is not differentiable; the latter with the user's line.
///
/// # Examples
/// ```
/// use bering_frontend::{DType, Spec, trace, transform};
///
/// let loss = trace("loss", &[Spec::new(DType::F32, [8, 3])], |params, x| {
///     let weight = params.get("weight", DType::F32, [3, 1]);
///     let error = x[0].matmul(&weight) - 1.0;
///     (&error * &error).mean(..)
/// })?;
/// let step = transform::value_and_grad(&loss, transform::Parameters)?;
/// assert_eq!(step.inputs().len(), 2);
/// assert_eq!(step.outputs(), [Spec::scalar(DType::F32), Spec::new(DType::F32, [3, 1])]);
/// # Ok::<(), bering_frontend::Error>(())
/// ```
pub fn value_and_grad(graph: &Graph, wrt: impl Wrt) -> Result<Graph> {
    let wrt = differentiable(graph, &wrt)?;
    match graph.outputs().first() {
        Some(value) if value.rank() == 0 && value.dtype.is_float() => {}
        Some(value) => {
            return Err(error!(
                Argument,
                "grad: the first output of `{}` must be a floating-point scalar, got {value}",
                graph.name()
            )
            .hint("reduce it, for example with `.mean(..)`, or use `vjp`"));
        }
        None => return Err(error!(Argument, "grad: `{}` has no output", graph.name())),
    }
    derived("grad", graph, &[], |inputs, _| {
        let linearized = linearize(graph, inputs, &wrt)?;
        let outputs = linearized.outputs()?;
        let mut cotangents = vec![None; outputs.len()];
        cotangents[0] = Some(Tensor::ones(outputs[0].dtype(), []));
        let gradients = gradients(&linearized, &cotangents, inputs, &wrt)?;
        Ok([outputs, gradients].concat())
    })
}

/// The program that computes a graph's outputs, then the cotangents of some inputs from those of all outputs.
///
/// Inputs are the graph's data arguments, one cotangent for each floating-point or complex output, then the graph's
/// parameters. Outputs are the graph's, then one cotangent for each input of `wrt`.
///
/// # Errors
/// When an input of `wrt` does not exist or is an integer, or an operation on the way is not differentiable.
///
/// # Examples
/// ```
/// use bering_frontend::{DType, Spec, trace, transform};
/// let graph = trace("f", &[Spec::new(DType::F32, [2, 3])], |_, x| x[0].exp().sum(-1))?;
/// let back = transform::vjp(&graph, [0])?;
/// assert_eq!(back.inputs()[1].spec, Spec::new(DType::F32, [2]));
/// assert_eq!(back.outputs(), [Spec::new(DType::F32, [2]), Spec::new(DType::F32, [2, 3])]);
/// # Ok::<(), bering_frontend::Error>(())
/// ```
pub fn vjp(graph: &Graph, wrt: impl Wrt) -> Result<Graph> {
    let wrt = differentiable(graph, &wrt)?;
    let extra: Vec<Spec> = graph.outputs().into_iter().filter(forward::is_inexact).collect();
    derived("vjp", graph, &extra, |inputs, extra| {
        let linearized = linearize(graph, inputs, &wrt)?;
        let outputs = linearized.outputs()?;
        let mut extra = extra.iter().cloned();
        let cotangents: Vec<Option<Tensor>> = outputs
            .iter()
            .map(|output| if forward::is_inexact(output.spec()) { extra.next() } else { None })
            .collect();
        let gradients = gradients(&linearized, &cotangents, inputs, &wrt)?;
        Ok([outputs, gradients].concat())
    })
}

/// The program that computes a graph's outputs, then their tangents from those of some inputs.
///
/// Inputs are the graph's data arguments, one tangent for each input of `wrt`, then the graph's parameters. Outputs are
/// the graph's, then one tangent for each floating-point or complex output.
///
/// # Errors
/// As [`vjp`].
///
/// # Examples
/// ```
/// use bering_frontend::{DType, Spec, trace, transform};
/// let graph = trace("f", &[Spec::new(DType::F32, [2, 3])], |_, x| x[0].exp().sum(-1))?;
/// let forward = transform::jvp(&graph, [0])?;
/// assert_eq!(forward.inputs()[1].spec, Spec::new(DType::F32, [2, 3]));
/// assert_eq!(forward.outputs(), [Spec::new(DType::F32, [2]), Spec::new(DType::F32, [2])]);
/// # Ok::<(), bering_frontend::Error>(())
/// ```
pub fn jvp(graph: &Graph, wrt: impl Wrt) -> Result<Graph> {
    let wrt = differentiable(graph, &wrt)?;
    let extra: Vec<Spec> = wrt.iter().map(|&at| graph.inputs()[at].spec.clone()).collect();
    derived("jvp", graph, &extra, |inputs, extra| {
        let mut tangents = vec![None; inputs.len()];
        wrt.iter().zip(extra).for_each(|(&at, tangent)| tangents[at] = Some(tangent.clone()));
        let (mut outputs, tangents) = forward::jvp(graph, inputs, &tangents)?;
        for at in 0..tangents.len() {
            if forward::is_inexact(outputs[at].spec()) {
                outputs.push(written(&tangents[at], &outputs[at]));
            }
        }
        Ok(outputs)
    })
}

/// The program that runs a graph on a batch: `in_axes` says for every input which axis carries the batch of `size`
/// examples, `None` that all share it; `out_axes` where the batch goes in every output, `None` that it must have none.
///
/// # Errors
/// When the axes do not fit the graph, an output that may have no batch has one, or an operation has no batching rule;
/// the latter with the user's line.
///
/// # Examples
/// ```
/// use bering_frontend::{DType, Spec, trace, transform};
/// let specs = [Spec::new(DType::F32, [3]), Spec::new(DType::F32, [3])];
/// let dot = trace("dot", &specs, |_, x| x[0].matmul(&x[1]))?;
/// let rows = transform::vmap(&dot, &[Some(0), None], &[Some(0)], 8)?;
/// assert_eq!(rows.inputs()[0].spec, Spec::new(DType::F32, [8, 3]));
/// assert_eq!(rows.outputs(), [Spec::new(DType::F32, [8])]);
/// # Ok::<(), bering_frontend::Error>(())
/// ```
pub fn vmap(
    graph: &Graph,
    in_axes: &[Option<usize>],
    out_axes: &[Option<usize>],
    size: usize,
) -> Result<Graph> {
    let (inputs, outputs) = (graph.inputs().len(), graph.output_ids().len());
    if (in_axes.len(), out_axes.len()) != (inputs, outputs) {
        return Err(error!(
            Axis,
            "vmap: `{}` has {inputs} inputs and {outputs} outputs, got {} and {} axes",
            graph.name(),
            in_axes.len(),
            out_axes.len()
        ));
    }
    let mut specs = Vec::with_capacity(inputs);
    for (input, axis) in graph.inputs().iter().zip(in_axes) {
        specs.push(match axis {
            Some(axis) => with_axis(&input.spec, *axis, size)?,
            None => input.spec.clone(),
        });
    }
    let graph_with_batch = with_inputs("vmap", graph, &specs, &[], |inputs, _| {
        let lanes: Vec<Lane> =
            inputs.iter().zip(in_axes).map(|(input, axis)| carried(input, *axis)).collect();
        let lanes = batch(graph, &lanes, size)?;
        lanes.iter().zip(out_axes).map(|(lane, axis)| delivered(lane, *axis, size)).collect()
    })?;
    Ok(graph_with_batch)
}

/// The type with an axis of the batch at `axis`.
fn with_axis(spec: &Spec, axis: usize, size: usize) -> Result<Spec> {
    if axis > spec.rank() {
        return Err(error!(Axis, "vmap: axis {axis} is out of range for a batch of {spec}"));
    }
    let mut dims = spec.dims().to_vec();
    dims.insert(axis, size);
    Ok(spec.with_shape(dims))
}

/// A tensor with its batch moved to axis 0.
pub(super) fn carried(tensor: &Tensor, axis: Option<usize>) -> Lane {
    match axis {
        Some(axis) => {
            let others = (0..tensor.rank()).filter(|&other| other != axis);
            let permutation: Vec<usize> = std::iter::once(axis).chain(others).collect();
            Lane::batched(tensor.transpose(permutation))
        }
        None => Lane::unbatched(tensor.clone()),
    }
}

/// A result with its batch where it was asked for.
pub(super) fn delivered(lane: &Lane, axis: Option<usize>, size: usize) -> Result<Tensor> {
    let Some(axis) = axis else {
        return match lane.batched {
            true => {
                Err(error!(Axis, "vmap: an output differs between examples, so its axis cannot be `None`")
                    .hint("say where its batch goes, or make it independent of inputs that carry the batch"))
            }
            false => Ok(lane.tensor.clone()),
        };
    };
    if axis > lane.rank() {
        return Err(error!(
            Axis,
            "vmap: output axis {axis} is out of range for a batch of {:?}", lane.tensor
        ));
    }
    let tensor = if lane.batched { lane.tensor.clone() } else { repeat(&lane.tensor, size) };
    let mut permutation: Vec<usize> = (1..tensor.rank()).collect();
    permutation.insert(axis, 0);
    Ok(tensor.transpose(permutation))
}

/// The positions, if their tensors have derivatives.
fn differentiable(graph: &Graph, wrt: &impl Wrt) -> Result<Vec<usize>> {
    let positions = wrt.positions(graph)?;
    let whole = positions.iter().find(|&&at| !forward::is_inexact(&graph.inputs()[at].spec));
    match whole {
        Some(&at) => Err(error!(
            DType,
            "grad: input {at} of `{}` is {}, which has no derivative",
            graph.name(),
            graph.inputs()[at].spec
        )
        .hint("differentiate with respect to floating-point inputs")),
        None => Ok(positions),
    }
}

fn linearize(graph: &Graph, inputs: &[Tensor], wrt: &[usize]) -> Result<Linearized> {
    let wanted: Vec<bool> = (0..inputs.len()).map(|at| wrt.contains(&at)).collect();
    Linearized::new(Arc::new(graph.clone()), inputs, &wanted)
}

fn gradients(
    linearized: &Linearized,
    cotangents: &[Option<Tensor>],
    inputs: &[Tensor],
    wrt: &[usize],
) -> Result<Vec<Tensor>> {
    let gradients = linearized.pull(cotangents)?;
    Ok(wrt.iter().map(|&at| written(&gradients[at], &inputs[at])).collect())
}

/// A tangent or cotangent that must be there: zeros where nobody wrote any.
pub(super) fn written(flow: &Option<Tensor>, like: &Tensor) -> Tensor {
    flow.clone().unwrap_or_else(|| Tensor::zeros(like.dtype(), like.dims()))
}

/// A program with the inputs of `graph` and `extra` data arguments.
fn derived(
    what: &str,
    graph: &Graph,
    extra: &[Spec],
    function: impl FnOnce(&[Tensor], &[Tensor]) -> Result<Vec<Tensor>>,
) -> Result<Graph> {
    let specs: Vec<Spec> = graph.inputs().iter().map(|input| input.spec.clone()).collect();
    with_inputs(what, graph, &specs, extra, function)
}

/// A program with inputs named as those of `graph`, of these types, and `extra` data arguments before the parameters.
fn with_inputs(
    what: &str,
    graph: &Graph,
    specs: &[Spec],
    extra: &[Spec],
    function: impl FnOnce(&[Tensor], &[Tensor]) -> Result<Vec<Tensor>>,
) -> Result<Graph> {
    let data: Vec<Spec> = graph
        .inputs()
        .iter()
        .zip(specs)
        .filter(|(input, _)| input.name.is_none())
        .map(|(_, spec)| spec.clone())
        .chain(extra.iter().cloned())
        .collect();
    let mut failure = None;
    let traced = trace(&format!("{what}_{}", graph.name()), &data, |params: &Params, arguments| {
        let (own, extra) = arguments.split_at(arguments.len() - extra.len());
        let mut own = own.iter();
        let mut inputs = Vec::with_capacity(specs.len());
        for (input, spec) in graph.inputs().iter().zip(specs) {
            match &input.name {
                Some(name) => inputs.push(params.get(name, spec.dtype, &spec.shape)),
                None => inputs.extend(own.next().cloned()),
            }
        }
        function(&inputs, extra).unwrap_or_else(|error| {
            failure = Some(error);
            Vec::new()
        })
    });
    match failure {
        Some(error) => Err(error),
        None => pruned(&traced?),
    }
}

/// The graph without nodes that no output depends on; inputs stay.
fn pruned(graph: &Graph) -> Result<Graph> {
    let live = graph.live();
    let mut kept = Graph::new(graph.name());
    let mut ids: Vec<Option<NodeId>> = vec![None; graph.nodes().len()];
    for (index, node) in graph.nodes().iter().enumerate() {
        ids[index] = match &node.op {
            Op::Input { spec, .. } => {
                Some(kept.push_input(spec.clone(), node.name.as_deref(), node.location)?)
            }
            op if live[index] => {
                let operands: Vec<NodeId> = node.operands.iter().filter_map(|id| ids[id.index()]).collect();
                Some(kept.push(op.clone(), &operands, node.location, node.name.clone())?)
            }
            _dead => None,
        };
    }
    let outputs: Vec<NodeId> = graph.output_ids().iter().filter_map(|id| ids[id.index()]).collect();
    kept.set_outputs(&outputs)?;
    Ok(kept)
}
