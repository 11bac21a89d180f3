//! Writing nodes: into the trace being made on this thread, under the line and scope of what they derive from.

use crate::error::{Error, Result, error};
use crate::trace::{Trace, current_or_none};
use crate::{DType, Graph, Location, Node, NodeId, Op, Spec, Tensor};
use std::rc::Rc;

/// An operation in the current trace.
#[track_caller]
pub(super) fn emit(op: Op, operands: &[&Tensor]) -> Vec<Tensor> {
    current_or_none().emit(op, operands, Location::caller())
}

/// An operation with one result in the current trace.
#[track_caller]
pub(super) fn emit_one(op: Op, operands: &[&Tensor]) -> Tensor {
    let guess = operands.first().map_or_else(|| Spec::scalar(DType::F32), |operand| operand.spec().clone());
    let first = emit(op, operands).into_iter().next();
    // There is a first result but after a mistake, which the trace knows of.
    first.unwrap_or_else(|| Tensor::from_parts(current_or_none(), None, guess))
}

/// Nodes written into the current trace while this lives carry the line and scope of a node.
pub(super) struct Origin {
    trace: Rc<Trace>,
    outer: Option<crate::trace::Origin>,
}

impl Origin {
    pub(super) fn of(node: &Node) -> Origin {
        let trace = current_or_none();
        let outer = trace.replace_origin(Some((node.location, node.name.clone())));
        Origin { trace, outer }
    }
}

impl Origin {
    /// What the library writes around a graph, on behalf of the user's line.
    pub(super) fn at(location: Location) -> Origin {
        let trace = current_or_none();
        let outer = trace.replace_origin(Some((location, None)));
        Origin { trace, outer }
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        self.trace.replace_origin(self.outer.take());
    }
}

/// Where each value of a graph is kept: a node has one slot a value, and `element` nodes are the slots of their operand.
pub(super) struct Slots {
    first: Vec<usize>,
    count: usize,
}

impl Slots {
    pub(super) fn new(graph: &Graph) -> Slots {
        let (mut first, mut count) = (Vec::with_capacity(graph.nodes().len()), 0);
        for node in graph.nodes() {
            match (&node.op, node.operands.first()) {
                (Op::Element { index }, Some(tuple)) => first.push(first[tuple.index()] + index),
                (_, _) => {
                    first.push(count);
                    count += node.ty.specs().len();
                }
            }
        }
        Slots { first, count }
    }

    /// The slot of a node's first value.
    pub(super) fn of(&self, id: NodeId) -> usize {
        self.first[id.index()]
    }

    /// The slots of the node at `index` of `graph`.
    pub(super) fn range(&self, graph: &Graph, index: usize) -> std::ops::Range<usize> {
        let first = self.first[index];
        first..first + graph.nodes()[index].ty.specs().len()
    }

    /// One empty place a value.
    pub(super) fn empty<T: Clone>(&self) -> Vec<Option<T>> {
        vec![None; self.count]
    }
}

/// The nodes of `graph` that an output depends on and that compute something, in order.
pub(super) fn steps(graph: &Graph) -> Vec<usize> {
    let live = graph.live();
    let computes = |index: &usize| {
        live[*index] && !matches!(graph.nodes()[*index].op, Op::Input { .. } | Op::Element { .. })
    };
    (0..graph.nodes().len()).filter(computes).collect()
}

/// The values of a node's operands.
pub(super) fn gather<T: Clone>(slots: &Slots, values: &[Option<T>], node: &Node) -> Result<Vec<T>> {
    node.operands.iter().map(|&id| value(slots, values, id)).collect()
}

/// The value of a node that has one.
pub(super) fn value<T: Clone>(slots: &Slots, values: &[Option<T>], id: NodeId) -> Result<T> {
    values.get(slots.of(id)).cloned().flatten().ok_or_else(|| missing(id))
}

fn missing(id: NodeId) -> Error {
    error!(Verify, "{id} is read before it is computed")
}

/// Puts one value an input into its slot.
///
/// # Errors
/// When there are not as many.
pub(super) fn fill<T: Clone>(graph: &Graph, slots: &Slots, inputs: &[T]) -> Result<Vec<Option<T>>> {
    if inputs.len() != graph.inputs().len() {
        return Err(error!(
            Argument,
            "`{}` takes {} inputs, got {}",
            graph.name(),
            graph.inputs().len(),
            inputs.len()
        ));
    }
    let mut values = slots.empty();
    for (input, value) in graph.inputs().iter().zip(inputs) {
        values[slots.of(input.node)] = Some(value.clone());
    }
    Ok(values)
}

/// Puts results into their slots.
pub(super) fn store<T>(values: &mut [Option<T>], slots: std::ops::Range<usize>, results: Vec<T>) {
    for (slot, result) in values[slots].iter_mut().zip(results) {
        *slot = Some(result);
    }
}
