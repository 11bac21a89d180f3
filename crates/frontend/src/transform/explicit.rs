//! The graph of a `shard_map` with what devices share told from what each has of its own, before it goes backwards.
//!
//! A value that devices share along an axis has one cotangent there; where it is used beside values that differ, each device
//! finds a part of that. So such uses take it through [`Exchange::Vary`], whose transpose is a sum, and sums yield shared
//! values ([`Exchange::Total`]), whose transpose moves nothing. Then every other operation has operands and results of one
//! kind, and its rule holds on each device alone.

use super::derive::derive;
use super::emit::{Origin, Slots, emit, emit_one, fill, steps, store, value};
use super::forward::is_inexact;
use super::varying::{Varying, branch_inputs};
use crate::error::Result;
use crate::sharding::{AxisSet, Collective, Exchange};
use crate::{Graph, Node, NodeId, Op, Rule, Scan, Tensor};
use std::collections::HashMap;
use std::sync::Arc;

/// The graph again, on inputs that differ along `inputs`, with outputs that count as different along `outputs` exactly.
///
/// # Errors
/// As [`Varying::outputs`].
pub(super) fn explicit(
    varying: Varying<'_>,
    graph: &Graph,
    inputs: &[AxisSet],
    outputs: &[AxisSet],
) -> Result<Arc<Graph>> {
    let specs: Vec<_> = graph.inputs().iter().map(|input| input.spec.clone()).collect();
    let (slots, sets) = varying.values(graph, inputs)?;
    derive(graph.name(), &specs, |tensors| {
        let values = fill(graph, &slots, tensors)?;
        let mut writer = Writer { varying, slots: &slots, sets: &sets, values, own: HashMap::new() };
        for index in steps(graph) {
            let node = &graph.nodes()[index];
            let _origin = Origin::of(node);
            let range = slots.range(graph, index);
            let results = writer.node(node, &sets[range.clone()])?;
            store(&mut writer.values, range, results);
        }
        graph.output_ids().iter().zip(outputs).map(|(&id, &wanted)| writer.exactly(id, wanted)).collect()
    })
}

struct Writer<'w> {
    varying: Varying<'w>,
    slots: &'w Slots,
    sets: &'w [AxisSet],
    values: Vec<Option<Tensor>>,
    /// Shared values that devices took as their own, by slot and axes: once, so that their cotangents are summed once.
    own: HashMap<(usize, AxisSet), Tensor>,
}

impl Writer<'_> {
    fn node(&mut self, node: &Node, results: &[AxisSet]) -> Result<Vec<Tensor>> {
        let (op, ids) = (&node.op, &node.operands);
        let sets: Vec<AxisSet> = ids.iter().map(|&id| self.sets[self.slots.of(id)]).collect();
        let all = AxisSet::of_all(sets.iter().copied());
        if let Op::Collective(collective) = op {
            return Ok(vec![self.exchange(collective, ids[0])?]);
        }
        let (op, inputs) = if let Op::Case { branches } = op {
            let inputs = branch_inputs(&sets);
            let branch = |branch: &Arc<Graph>| explicit(self.varying, branch, &inputs, results);
            let branches = branches.iter().map(branch).collect::<Result<_>>()?;
            (Op::Case { branches }, [&sets[..1], &inputs].concat())
        } else if let Op::While { cond, body } = op {
            let inputs = self.varying.settle_while(cond, body, &sets)?;
            let body = explicit(self.varying, body, &inputs, results)?;
            (Op::While { cond: cond.clone(), body }, inputs)
        } else if let Op::Scan(scan) = op {
            let inputs = self.varying.settle(&scan.body, scan.carry, &sets)?;
            let body = explicit(self.varying, &scan.body, &inputs, results)?;
            (Op::Scan(Scan { body, ..scan.clone() }), inputs)
        } else if let Op::Call { body, rule } = op {
            let inputs = self.varying.called(rule, body, &sets)?;
            let rule = self.rule(rule, body, &inputs, results)?;
            (Op::Call { body: explicit(self.varying, body, &inputs, results)?, rule }, inputs)
        } else if let Op::OptimizationBarrier = op {
            (op.clone(), sets)
        } else {
            (op.clone(), vec![all; ids.len()])
        };
        let operands: Vec<Tensor> =
            ids.iter().zip(inputs).map(|(&id, set)| self.at_least(id, set)).collect::<Result<_>>()?;
        Ok(emit(op, &operands.iter().collect::<Vec<_>>()))
    }

    fn exchange(&mut self, collective: &Collective, id: NodeId) -> Result<Tensor> {
        let (axes, own) = (self.varying.mesh().set(&collective.axes), self.sets[self.slots.of(id)]);
        let exchange = match &collective.exchange {
            Exchange::Vary => return self.at_least(id, axes.and(own)),
            Exchange::Sum => Exchange::Total,
            other => other.clone(),
        };
        let operand = self.at_least(id, axes.and(own))?;
        Ok(emit_one(Op::Collective(collective.with(exchange)), &[&operand]))
    }

    /// A given derivative, with cotangents of the kinds that its values have.
    fn rule(&self, rule: &Rule, body: &Graph, inputs: &[AxisSet], results: &[AxisSet]) -> Result<Rule> {
        let Rule::CustomVjp { forward, backward } = rule else { return Ok(rule.clone()) };
        let mut yielded = self.varying.outputs(forward, inputs)?;
        yielded[..results.len()].copy_from_slice(results);
        let arriving = self.varying.arriving(body, &yielded);
        let smooth = body.inputs().iter().zip(inputs).filter(|(input, _)| is_inexact(&input.spec));
        let leaving: Vec<AxisSet> = smooth.map(|(_, &set)| set).collect();
        Ok(Rule::CustomVjp {
            forward: explicit(self.varying, forward, inputs, &yielded)?,
            backward: explicit(self.varying, backward, &arriving, &leaving)?,
        })
    }

    /// A value that counts as different along these axes too. What has no cotangent stays as it is.
    fn at_least(&mut self, id: NodeId, wanted: AxisSet) -> Result<Tensor> {
        let slot = self.slots.of(id);
        let tensor = value(self.slots, &self.values, id)?;
        let missing = wanted.without(self.sets[slot]);
        if missing.is_empty() || !is_inexact(tensor.spec()) {
            return Ok(tensor);
        }
        let vary = || self.between(missing, Exchange::Vary, &tensor);
        Ok(self.own.get(&(slot, missing)).cloned().unwrap_or_else(vary)).inspect(|own| {
            self.own.insert((slot, missing), own.clone());
        })
    }

    /// A value that counts as different along these axes and no others.
    fn exactly(&mut self, id: NodeId, wanted: AxisSet) -> Result<Tensor> {
        let tensor = self.at_least(id, wanted)?;
        let surplus = self.sets[self.slots.of(id)].without(wanted);
        match surplus.is_empty() || !is_inexact(tensor.spec()) {
            true => Ok(tensor),
            false => Ok(self.between(surplus, Exchange::Same, &tensor)),
        }
    }

    fn between(&self, axes: AxisSet, exchange: Exchange, tensor: &Tensor) -> Tensor {
        let mesh = self.varying.mesh();
        let collective = Collective { mesh: mesh.clone(), axes: mesh.named(axes), exchange };
        emit_one(Op::Collective(collective), &[tensor])
    }
}
