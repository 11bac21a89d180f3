//! Graphs derived from the bodies of operations, and what of a body a derivative reaches.

use super::emit::{Slots, steps};
use super::forward::is_inexact;
use super::rule::Derivative;
use super::rules::rule;
use crate::error::{Result, error};
use crate::trace::{Closed, subtrace};
use crate::{Graph, Location, Op, Scan, Spec, Tensor};
use std::sync::Arc;

/// The graph of what `function` writes on inputs of these types.
///
/// # Errors
/// The function's.
pub(super) fn derive(
    name: &str,
    specs: &[Spec],
    function: impl FnOnce(&[Tensor]) -> Result<Vec<Tensor>>,
) -> Result<Arc<Graph>> {
    let mut failure = None;
    let traced = subtrace(name, specs, Location::caller(), |inputs| {
        function(&inputs).unwrap_or_else(|error| {
            failure = Some(error);
            Vec::new()
        })
    });
    match (failure, traced.closed) {
        (Some(error), _) => Err(error),
        (None, Some(Closed { graph, captures })) if captures.is_empty() => Ok(graph),
        (None, _) => Err(error!(Verify, "what was derived from `{name}` is no closed graph")),
    }
}

/// Which outputs of a graph have a derivative with respect to the inputs that are flagged.
pub(super) fn reach(graph: &Graph, inputs: &[bool]) -> Vec<bool> {
    let slots = Slots::new(graph);
    let mut active: Vec<bool> = slots.empty::<()>().iter().map(Option::is_some).collect();
    for (input, &flag) in graph.inputs().iter().zip(inputs) {
        active[slots.of(input.node)] = flag && is_inexact(&input.spec);
    }
    for index in steps(graph) {
        let node = &graph.nodes()[index];
        let operands: Vec<bool> = node.operands.iter().map(|&id| active[slots.of(id)]).collect();
        if !operands.contains(&true) {
            continue;
        }
        let specs = node.ty.specs();
        for (slot, (flag, spec)) in slots
            .range(graph, index)
            .zip(reach_results(&node.op, &operands, specs.len()).into_iter().zip(specs))
        {
            active[slot] = flag && is_inexact(spec);
        }
    }
    graph.output_ids().iter().map(|&id| active[slots.of(id)]).collect()
}

fn reach_results(op: &Op, operands: &[bool], results: usize) -> Vec<bool> {
    if let Op::Case { branches } = op {
        reach_any(branches, &operands[1..])
    } else if let Op::While { body, .. } = op {
        settle(body, results, operands)[..results].to_vec()
    } else if let Op::Scan(Scan { body, carry, .. }) = op {
        reach(body, &settle(body, *carry, operands))
    } else {
        vec![!matches!(rule(op).derivative, Derivative::Zero); results]
    }
}

/// Which outputs any of several graphs reaches.
pub(super) fn reach_any(graphs: &[Arc<Graph>], inputs: &[bool]) -> Vec<bool> {
    let each = graphs.iter().map(|graph| reach(graph, inputs));
    each.reduce(|all, more| all.iter().zip(more).map(|(&a, b)| a || b).collect()).unwrap_or_default()
}

/// The flags of a loop body's inputs once those of the first `carry`, which come from its outputs, change no more.
pub(super) fn settle(body: &Graph, carry: usize, inputs: &[bool]) -> Vec<bool> {
    let mut inputs = inputs.to_vec();
    loop {
        let outputs = reach(body, &inputs);
        let before = inputs.clone();
        inputs[..carry].iter_mut().zip(outputs).for_each(|(input, output)| *input |= output);
        if inputs == before {
            return inputs;
        }
    }
}
