//! Reverse mode: the graph forwards once, then cotangents backwards over the same nodes.
//!
//! The way back visits only nodes that lie between an input whose cotangent is wanted and an output that has one. Values
//! of the way there are read where they are, so nothing is saved but what structured operations ask for.

use super::emit::{Origin, Slots, emit, fill, gather, steps, store, value};
use super::forward::{add, is_inexact};
use super::rule::{Derivative, Partial, Residuals, Saved, Site};
use super::rules::rule;
use crate::error::{Result, error};
use crate::{Graph, Node, Tensor};
use std::collections::HashMap;
use std::sync::Arc;

/// A graph that went forwards in the current trace and can go backwards there.
pub(crate) struct Linearized {
    graph: Arc<Graph>,
    slots: Slots,
    values: Vec<Option<Tensor>>,
    /// Which slots depend on an input whose cotangent is wanted.
    active: Vec<bool>,
    /// Nodes that compute, in order.
    steps: Vec<usize>,
    /// What structured operations kept, by node.
    saved: HashMap<usize, Residuals>,
}

impl Linearized {
    /// Writes the way there; `wanted` says which inputs will want a cotangent.
    ///
    /// # Errors
    /// When an operation refuses to be prepared for the way back; with the user's line.
    pub(crate) fn new(graph: Arc<Graph>, primals: &[Tensor], wanted: &[bool]) -> Result<Linearized> {
        let slots = Slots::new(&graph);
        let mut values = fill(&graph, &slots, primals)?;
        let mut active = vec![false; values.len()];
        for (input, wanted) in graph.inputs().iter().zip(wanted) {
            active[slots.of(input.node)] = *wanted && is_inexact(&input.spec);
        }
        let mut saved = HashMap::new();
        let steps = steps(&graph);
        for &index in &steps {
            let node = &graph.nodes()[index];
            let _origin = Origin::of(node);
            let operands = gather(&slots, &values, node)?;
            let wanted: Vec<bool> = node.operands.iter().map(|&id| active[slots.of(id)]).collect();
            let range = slots.range(&graph, index);
            let derivative = rule(&node.op).derivative;
            let is_active = wanted.contains(&true) && !matches!(derivative, Derivative::Zero);
            let results = match derivative {
                Derivative::Structured(structured) if is_active => {
                    let Saved { results, residuals } = (structured.save)(&node.op, &operands, &wanted)
                        .map_err(|error| error.at(node.location))?;
                    saved.insert(index, residuals);
                    results
                }
                Derivative::Zero
                | Derivative::Elementwise(_)
                | Derivative::Linear(_)
                | Derivative::Multilinear(_)
                | Derivative::Custom { .. }
                | Derivative::Structured(_)
                | Derivative::Refused(_) => emit(node.op.clone(), &operands.iter().collect::<Vec<_>>()),
            };
            for (slot, spec) in range.clone().zip(node.ty.specs()) {
                active[slot] = is_active && is_inexact(spec);
            }
            store(&mut values, range, results);
        }
        Ok(Linearized { graph, slots, values, active, steps, saved })
    }

    /// The values of the graph's outputs.
    pub(crate) fn outputs(&self) -> Result<Vec<Tensor>> {
        self.graph.output_ids().iter().map(|&id| value(&self.slots, &self.values, id)).collect()
    }

    /// Writes the way back: from one cotangent an output (`None` is zero) one an input; `None` for inputs that nothing
    /// reaches or that were not wanted.
    ///
    /// # Errors
    /// When a node on the way has no derivative; with the user's line.
    pub(crate) fn pull(&self, cotangents: &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>> {
        let mut pending: Vec<Option<Tensor>> = self.slots.empty();
        for (&id, cotangent) in self.graph.output_ids().iter().zip(cotangents) {
            self.accumulate(&mut pending, self.slots.of(id), cotangent.clone());
        }
        for &index in self.steps.iter().rev() {
            let range = self.slots.range(&self.graph, index);
            let arrived: Vec<Option<Tensor>> = pending[range.clone()].iter_mut().map(Option::take).collect();
            if arrived.iter().all(Option::is_none) {
                continue;
            }
            let node = &self.graph.nodes()[index];
            let _origin = Origin::of(node);
            let wanted: Vec<bool> = node.operands.iter().map(|&id| self.active[self.slots.of(id)]).collect();
            let cotangents =
                self.pull_node(index, node, &wanted, &arrived).map_err(|error| error.at(node.location))?;
            for ((&id, cotangent), wanted) in node.operands.iter().zip(cotangents).zip(wanted) {
                if wanted {
                    self.accumulate(&mut pending, self.slots.of(id), cotangent);
                }
            }
        }
        Ok(self.graph.inputs().iter().map(|input| pending[self.slots.of(input.node)].take()).collect())
    }

    fn accumulate(&self, pending: &mut [Option<Tensor>], slot: usize, cotangent: Option<Tensor>) {
        if let (Some(cotangent), true) = (cotangent, self.active[slot]) {
            pending[slot] = Some(add(pending[slot].take(), cotangent));
        }
    }

    fn pull_node(
        &self,
        index: usize,
        node: &Node,
        wanted: &[bool],
        cotangents: &[Option<Tensor>],
    ) -> Result<Vec<Option<Tensor>>> {
        let operands = gather(&self.slots, &self.values, node)?;
        let results: Option<Vec<Tensor>> =
            self.values[self.slots.range(&self.graph, index)].iter().cloned().collect();
        let results = results.unwrap_or_default();
        let saved = self.saved.get(&index);
        let site = Site { op: &node.op, operands: &operands, results: &results, wanted, saved };
        match rule(&node.op).derivative {
            Derivative::Zero => Ok(vec![None; operands.len()]),
            Derivative::Elementwise(partials) => Ok(elementwise(&site, partials, cotangents)),
            Derivative::Linear(reverse) | Derivative::Multilinear(reverse) => reverse(&site, cotangents),
            Derivative::Custom { reverse, .. } => reverse(&site, cotangents),
            Derivative::Structured(structured) => (structured.reverse)(&site, cotangents),
            Derivative::Refused(reason) => Err(error!(Argument, "{}: {}", node.op.name(), reason(&node.op))),
        }
    }
}

fn elementwise(site: &Site<'_>, partials: &[Partial], cotangents: &[Option<Tensor>]) -> Vec<Option<Tensor>> {
    let Some(Some(cotangent)) = cotangents.first() else { return vec![None; site.operands.len()] };
    let pull = |((partial, operand), &wanted): ((&Partial, &Tensor), &bool)| {
        let pulled = wanted.then(|| partial(site, cotangent))?;
        // A scalar operand beside larger ones was stretched, so its cotangents add up.
        Some(if operand.rank() < pulled.rank() { pulled.sum(..) } else { pulled })
    };
    partials.iter().zip(site.operands).zip(site.wanted).map(pull).collect()
}
