//! Batching: a graph written for one example on a whole batch, each operation by its rule, with the batch on axis 0.

use super::emit::{Origin, Slots, emit, fill, gather, steps, store, value};
use super::rule::{Batching, Lane, Lanes, repeat};
use super::rules::rule;
use crate::error::{Result, error};
use crate::{Graph, Node, Op, Tensor};

/// Outputs of a graph on inputs some of which carry a batch of `size` on axis 0, written into the current trace.
///
/// # Errors
/// When an operation that a batch reaches has no batching rule; with the user's line.
pub(super) fn batch(graph: &Graph, inputs: &[Lane], size: usize) -> Result<Vec<Lane>> {
    let slots = Slots::new(graph);
    let mut values = fill(graph, &slots, inputs)?;
    for index in steps(graph) {
        let node = &graph.nodes()[index];
        let _origin = Origin::of(node);
        let operands = gather(&slots, &values, node)?;
        let results = batch_node(node, &operands, size).map_err(|error| error.at(node.location))?;
        store(&mut values, slots.range(graph, index), results);
    }
    graph.output_ids().iter().map(|&id| value(&slots, &values, id)).collect()
}

fn batch_node(node: &Node, operands: &[Lane], size: usize) -> Result<Vec<Lane>> {
    let op = &node.op;
    if operands.iter().all(|lane| !lane.batched) {
        let operands: Vec<&Tensor> = operands.iter().map(|lane| &lane.tensor).collect();
        return Ok(emit(op.clone(), &operands).into_iter().map(Lane::unbatched).collect());
    }
    match rule(op).batching {
        Batching::Elementwise => elementwise(op, node, operands, size),
        Batching::Rule(batch) => batch(&Lanes { op, operands, size }),
        Batching::Refused(reason) => Err(error!(Argument, "vmap: {}: {}", op.name(), reason(op))),
    }
}

fn elementwise(op: &Op, node: &Node, operands: &[Lane], size: usize) -> Result<Vec<Lane>> {
    let rank = node.ty.spec().map_or(0, |spec| spec.rank());
    let align = |lane: &Lane| match lane.rank() < rank {
        // A scalar beside larger operands: alone it stays one, with a batch it must take their shape.
        true if lane.batched => stretch(&lane.tensor, rank, operands),
        true => lane.tensor.clone(),
        false if lane.batched => lane.tensor.clone(),
        false => repeat(&lane.tensor, size),
    };
    let operands: Vec<Tensor> = operands.iter().map(align).collect();
    Ok(emit(op.clone(), &operands.iter().collect::<Vec<_>>()).into_iter().map(Lane::batched).collect())
}

/// A batch of scalars in the shape of the other operands.
fn stretch(scalars: &Tensor, rank: usize, operands: &[Lane]) -> Tensor {
    let full = operands.iter().find(|lane| lane.rank() == rank);
    let dims = full.map_or(&[][..], |lane| &lane.tensor.dims()[usize::from(lane.batched)..]);
    let shape: Vec<usize> = scalars.dims().iter().chain(dims).copied().collect();
    super::emit::emit_one(Op::BroadcastInDim { shape: shape.into(), axes: vec![0] }, &[scalars])
}
