//! Splitting reverse mode in two: what a body computes on the way there, and what it computes on the way back.
//!
//! A body's way there and back are first written as one graph. The nodes of the way back read some of the way there: those
//! values are the residuals, which the first of the two graphs yields and the second takes. Left out of them is what the
//! second can have for less: inputs that are at hand again, what depends on constants alone, and values that
//! are larger than what they were made of and cost nothing to make.

use super::derive::derive;
use super::graph::written;
use super::reverse::Linearized;
use crate::error::{Result, error};
use crate::sharding::{Collective, Exchange};
use crate::trace::current_or_none;
use crate::{Graph, Node, NodeId, Op, Spec};
use std::sync::Arc;

/// Where an input of a body is found on the way back.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum AtHand {
    /// Nowhere, so that it is a residual if it is needed.
    No,
    /// In the operation's operands.
    Yes,
    /// In the operation's operands, the same for all steps of a loop: what depends on such alone is made again.
    Constant,
}

/// The two halves of a body in reverse mode.
pub(super) struct Split {
    /// From the body's inputs to its outputs, then residuals.
    pub(super) forward: Arc<Graph>,
    /// From the inputs in `kept`, the residuals and the cotangents of flowing outputs, to those of wanted inputs.
    pub(super) backward: Arc<Graph>,
    /// Inputs of the body that the way back reads.
    pub(super) kept: Vec<usize>,
    /// The types of the residuals.
    pub(super) residuals: Vec<Spec>,
}

impl Split {
    /// Splits a body. `wanted` says which inputs want a cotangent, `flowing` which outputs have one, `at_hand` where
    /// inputs are found on the way back.
    ///
    /// # Errors
    /// When the body is not differentiable; with the user's line.
    pub(super) fn new(
        body: &Arc<Graph>,
        wanted: &[bool],
        flowing: &[bool],
        at_hand: &[AtHand],
    ) -> Result<Split> {
        let (joint, boundary) = there_and_back(body, wanted, flowing)?;
        let outputs = body.output_ids().len();
        let mut cut = Cut::new(&joint, boundary, at_hand);
        cut.visit_all(&joint.output_ids()[outputs..]);
        let inputs = &joint.inputs()[..at_hand.len()];
        let inputs: Vec<NodeId> = inputs.iter().map(|input| input.node).collect();
        let there = [&joint.output_ids()[..outputs], &cut.residuals].concat();
        let forward = extract(&joint, &inputs, |_| true, &there)?;
        cut.kept.sort_unstable();
        let flows = joint.inputs()[at_hand.len()..].iter().map(|input| input.node);
        let kept = cut.kept.iter().map(|&index| inputs[index]);
        let taken: Vec<NodeId> = kept.chain(cut.residuals.iter().copied()).chain(flows).collect();
        let backward = extract(&joint, &taken, |index| cut.back[index], &joint.output_ids()[outputs..])?;
        let residuals = cut.residuals.iter().filter_map(|&id| joint.node(id).ty.spec().cloned()).collect();
        Ok(Split { forward: Arc::new(forward), backward: Arc::new(backward), kept: cut.kept, residuals })
    }
}

/// One graph of a body's outputs, then the cotangents of wanted inputs, on the body's inputs and the cotangents of flowing
/// outputs; and the number of nodes that belong to the way there.
fn there_and_back(body: &Arc<Graph>, wanted: &[bool], flowing: &[bool]) -> Result<(Arc<Graph>, usize)> {
    let mut specs: Vec<Spec> = body.inputs().iter().map(|input| input.spec.clone()).collect();
    let count = specs.len();
    specs.extend(body.outputs().into_iter().zip(flowing).filter(|(_, flows)| **flows).map(|(spec, _)| spec));
    let mut boundary = 0;
    let joint = derive(body.name(), &specs, |inputs| {
        let (primals, flows) = inputs.split_at(count);
        let linearized = Linearized::new(body.clone(), primals, wanted)?;
        let mut outputs = linearized.outputs()?;
        boundary = current_or_none().len();
        let mut flows = flows.iter().cloned();
        let cotangents: Vec<_> =
            flowing.iter().map(|&flows_here| if flows_here { flows.next() } else { None }).collect();
        let pulled = linearized.pull(&cotangents)?;
        for (primal, (pulled, _)) in
            primals.iter().zip(pulled.iter().zip(wanted)).filter(|(_, (_, wanted))| **wanted)
        {
            outputs.push(written(pulled, primal));
        }
        Ok(outputs)
    })?;
    Ok((joint, boundary))
}

/// The search for what the way back consists of.
struct Cut<'g> {
    joint: &'g Graph,
    boundary: usize,
    at_hand: &'g [AtHand],
    /// Nodes of the way there that depend on constants alone.
    constant: Vec<bool>,
    seen: Vec<bool>,
    /// Nodes that are computed on the way back.
    back: Vec<bool>,
    kept: Vec<usize>,
    residuals: Vec<NodeId>,
}

impl<'g> Cut<'g> {
    fn new(joint: &'g Graph, boundary: usize, at_hand: &'g [AtHand]) -> Cut<'g> {
        let count = joint.nodes().len();
        let mut constant: Vec<bool> = Vec::with_capacity(count);
        for node in joint.nodes() {
            constant.push(match &node.op {
                Op::Input { index, .. } => at_hand.get(*index) == Some(&AtHand::Constant),
                _computed => node.operands.iter().all(|id| constant[id.index()]),
            });
        }
        let (seen, back) = (vec![false; count], vec![false; count]);
        Cut { joint, boundary, at_hand, constant, seen, back, kept: Vec::new(), residuals: Vec::new() }
    }

    fn visit_all(&mut self, ids: &[NodeId]) {
        let mut pending = ids.to_vec();
        while let Some(id) = pending.pop() {
            if !std::mem::replace(&mut self.seen[id.index()], true) {
                pending.extend(self.visit(id));
            }
        }
        // The order of the search means nothing; that of the nodes is the order in which they are there.
        self.residuals.sort_unstable();
    }

    /// Decides about a node that the way back needs; the nodes that it needs in turn.
    fn visit(&mut self, id: NodeId) -> Vec<NodeId> {
        let node = self.joint.node(id);
        if let Op::Input { index, .. } = &node.op {
            match self.at_hand.get(*index) {
                Some(AtHand::No) => self.residuals.push(id),
                Some(AtHand::Yes | AtHand::Constant) => self.kept.push(*index),
                None => {}
            }
            return Vec::new();
        }
        if id.index() < self.boundary && !self.constant[id.index()] && !self.is_cheap(node) {
            self.residuals.push(id);
            return Vec::new();
        }
        self.back[id.index()] = true;
        node.operands.clone()
    }

    /// Whether a value is better made again than kept: it holds no more than what it is made of.
    fn is_cheap(&self, node: &Node) -> bool {
        match (&node.op, node.operands.first()) {
            (Op::Convert { dtype }, Some(&operand)) => {
                self.joint.node(operand).ty.specs().iter().all(|spec| spec.dtype.bits() <= dtype.bits())
            }
            (op, _) => matches!(
                op,
                Op::Constant(_)
                    | Op::Iota { .. }
                    | Op::BroadcastInDim { .. }
                    | Op::Reshape { .. }
                    | Op::Transpose { .. }
                    | Op::StopGradient
                    | Op::Collective(Collective { exchange: Exchange::Vary | Exchange::Same, .. })
            ),
        }
    }
}

/// The graph from some nodes to others, of those nodes in between that are `chosen`.
fn extract(
    graph: &Graph,
    inputs: &[NodeId],
    chosen: impl Fn(usize) -> bool,
    outputs: &[NodeId],
) -> Result<Graph> {
    let mut part = Graph::new(graph.name());
    let mut ids: Vec<Option<NodeId>> = vec![None; graph.nodes().len()];
    for &input in inputs {
        let node = graph.node(input);
        let spec = node.ty.spec().ok_or_else(|| error!(Verify, "{input} is no tensor"))?;
        ids[input.index()] = Some(part.push_input(spec.clone(), None, node.location)?);
    }
    // Prints belong to the part that has what they print.
    let effects =
        (0..graph.nodes().len()).filter(|&index| chosen(index) && graph.nodes()[index].op.has_effect());
    let live = graph.live_for(&outputs.iter().copied().chain(effects.map(NodeId::new)).collect::<Vec<_>>());
    for (index, node) in graph.nodes().iter().enumerate() {
        if ids[index].is_some() || !live[index] || !chosen(index) || matches!(node.op, Op::Input { .. }) {
            continue;
        }
        let operands: Option<Vec<NodeId>> = node.operands.iter().map(|id| ids[id.index()]).collect();
        // A node between inputs: what depends on it is an input already.
        let Some(operands) = operands else { continue };
        ids[index] = Some(part.push(node.op.clone(), &operands, node.location, node.name.clone())?);
    }
    let outputs: Option<Vec<NodeId>> = outputs.iter().map(|id| ids[id.index()]).collect();
    part.set_outputs(&outputs.ok_or_else(|| error!(Verify, "`{}` is split where it holds", graph.name()))?)?;
    Ok(part)
}
