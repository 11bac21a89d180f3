//! Along which axes of a mesh values differ from device to device, in the graph of a `shard_map`.
//!
//! The one idea: an input differs along the axes that it is split over, a result along those that any operand differs along,
//! and collectives take axes away or add some. Loops are gone through until what is carried changes no more. Nothing is
//! said of values, so what is the same by chance counts as different.

use super::emit::{Slots, steps};
use crate::error::{Result, error};
use crate::sharding::{AxisSet, Collective, Exchange, Mesh};
use crate::{Graph, Node, Op, Rule, Scan};
use std::sync::Arc;

/// The rules, for one mesh.
#[derive(Clone, Copy)]
pub(crate) struct Varying<'m> {
    mesh: &'m Mesh,
    /// Whether each device has its own of what all have gathered.
    apart: bool,
}

impl<'m> Varying<'m> {
    /// What is the same: a gather's result is.
    pub(crate) fn by_value(mesh: &'m Mesh) -> Varying<'m> {
        Varying { mesh, apart: false }
    }

    /// Whose it is: a gather's result belongs to each device, so that its transpose is one exchange and not two.
    pub(super) fn by_owner(mesh: &'m Mesh) -> Varying<'m> {
        Varying { mesh, apart: true }
    }

    pub(super) fn mesh(&self) -> &'m Mesh {
        self.mesh
    }

    /// The axes that outputs differ along, if inputs differ along these.
    ///
    /// # Errors
    /// When devices would wait for each other forever: an exchange in a branch or loop that not all of them take.
    pub(crate) fn outputs(&self, graph: &Graph, inputs: &[AxisSet]) -> Result<Vec<AxisSet>> {
        let (slots, sets) = self.values(graph, inputs)?;
        Ok(graph.output_ids().iter().map(|&id| sets[slots.of(id)]).collect())
    }

    /// The axes that each value differs along, by slot.
    pub(super) fn values(&self, graph: &Graph, inputs: &[AxisSet]) -> Result<(Slots, Vec<AxisSet>)> {
        let slots = Slots::new(graph);
        let mut sets = vec![AxisSet::default(); slots.empty::<()>().len()];
        for (input, &set) in graph.inputs().iter().zip(inputs) {
            sets[slots.of(input.node)] = set;
        }
        for index in steps(graph) {
            let node = &graph.nodes()[index];
            let operands: Vec<AxisSet> = node.operands.iter().map(|&id| sets[slots.of(id)]).collect();
            let results = self.results(node, &operands).map_err(|error| error.at(node.location))?;
            sets[slots.range(graph, index)].copy_from_slice(&results);
        }
        Ok((slots, sets))
    }

    fn results(&self, node: &Node, operands: &[AxisSet]) -> Result<Vec<AxisSet>> {
        let all = AxisSet::of_all(operands.iter().copied());
        if let Op::AxisIndex { axis, .. } = &node.op {
            Ok(vec![self.mesh.set([axis])])
        } else if let Op::Collective(collective) = &node.op {
            Ok(vec![self.exchanged(collective, all)])
        } else if let Op::Case { branches } = &node.op {
            self.case(branches, operands)
        } else if let Op::While { cond, body } = &node.op {
            let carry = body.output_ids().len();
            Ok(self.settle_while(cond, body, operands)?[..carry].to_vec())
        } else if let Op::Scan(Scan { body, carry, .. }) = &node.op {
            let inputs = self.settle(body, *carry, operands)?;
            let mut outputs = self.outputs(body, &inputs)?;
            outputs[..*carry].copy_from_slice(&inputs[..*carry]);
            Ok(outputs)
        } else if let Op::Call { body, rule } = &node.op {
            self.outputs(body, &self.called(rule, body, operands)?)
        } else if let Op::OptimizationBarrier = &node.op {
            Ok(operands.to_vec())
        } else {
            Ok(vec![all; node.ty.specs().len()])
        }
    }

    fn exchanged(&self, collective: &Collective, operand: AxisSet) -> AxisSet {
        let axes = self.mesh.set(&collective.axes);
        match collective.exchange {
            Exchange::Sum | Exchange::Total | Exchange::Max | Exchange::Min => operand.without(axes),
            Exchange::Same => operand.without(axes),
            Exchange::Gather { .. } if !self.apart => operand.without(axes),
            Exchange::Vary if !self.apart => operand,
            Exchange::Gather { .. } | Exchange::ReduceScatter { .. } => operand.and(axes),
            Exchange::AllToAll { .. } | Exchange::Permute { .. } | Exchange::Vary => operand.and(axes),
        }
    }

    fn case(&self, branches: &[Arc<Graph>], operands: &[AxisSet]) -> Result<Vec<AxisSet>> {
        let given = branch_inputs(operands);
        let mut all: Vec<AxisSet> = Vec::new();
        for branch in branches {
            self.check_reached("a branch", operands[0], branch)?;
            let outputs = self.outputs(branch, &given)?;
            all.resize(outputs.len(), operands[0]);
            all.iter_mut().zip(outputs).for_each(|(all, set)| *all = all.and(set));
        }
        Ok(all)
    }

    /// What a loop's body differs along, once its carried values change no more.
    pub(super) fn settle(&self, body: &Graph, carry: usize, inputs: &[AxisSet]) -> Result<Vec<AxisSet>> {
        let mut inputs = inputs.to_vec();
        loop {
            let before = inputs.clone();
            let outputs = self.outputs(body, &inputs)?;
            inputs[..carry].iter_mut().zip(outputs).for_each(|(input, output)| *input = input.and(output));
            if inputs == before {
                return Ok(inputs);
            }
        }
    }

    /// As [`Varying::settle`], where devices leave the loop at different steps as the condition says.
    pub(super) fn settle_while(
        &self,
        cond: &Graph,
        body: &Graph,
        inputs: &[AxisSet],
    ) -> Result<Vec<AxisSet>> {
        let carry = body.output_ids().len();
        let mut inputs = inputs.to_vec();
        loop {
            inputs = self.settle(body, carry, &inputs)?;
            let leaves = AxisSet::of_all(self.outputs(cond, &inputs)?);
            let before = inputs.clone();
            inputs[..carry].iter_mut().for_each(|input| *input = input.and(leaves));
            if inputs == before {
                self.check_reached("a loop", leaves, cond)?;
                self.check_reached("a loop", leaves, body)?;
                return Ok(inputs);
            }
        }
    }

    /// What the body of a call differs along. A derivative that is given has cotangents of one kind, so all inputs are made
    /// what the most different of them is.
    pub(super) fn called(&self, rule: &Rule, body: &Graph, operands: &[AxisSet]) -> Result<Vec<AxisSet>> {
        let (true, Rule::CustomVjp { forward, backward }) = (self.apart, rule) else {
            return Ok(operands.to_vec());
        };
        let mut all = AxisSet::of_all(operands.iter().copied());
        loop {
            let given = vec![all; operands.len()];
            let mut yielded = self.outputs(body, &given)?;
            yielded.extend(self.outputs(forward, &given)?.drain(yielded.len()..));
            let arriving = self.arriving(body, &yielded);
            let next = all.and(AxisSet::of_all(self.outputs(backward, &arriving)?));
            if next == all {
                return Ok(given);
            }
            all = next;
        }
    }

    /// What the inputs of a given derivative differ along: residuals, then cotangents, from what `forward` yields.
    pub(super) fn arriving(&self, body: &Graph, forward: &[AxisSet]) -> Vec<AxisSet> {
        let outputs = body.outputs();
        let (results, residuals) = forward.split_at(outputs.len());
        let smooth = outputs.iter().zip(results).filter(|(spec, _)| super::forward::is_inexact(spec));
        residuals.iter().copied().chain(smooth.map(|(_, &set)| set)).collect()
    }

    /// Refuses exchanges along axes whose devices do not all take a branch.
    fn check_reached(&self, what: &str, taken: AxisSet, graph: &Graph) -> Result<()> {
        let Some((collective, location)) = waits(self.mesh, taken, graph) else { return Ok(()) };
        let axes = self.mesh.named(taken).join("+");
        let name = Op::Collective(collective.clone()).name();
        let along = collective.axes.join("+");
        Err(error!(
            Trace,
            "{name}: along `{along}`, in {what} that devices along `{axes}` take or not, each by itself"
        )
        .hint("let all of them decide alike, or exchange outside of it: who gets there waits for the others")
        .at(location))
    }
}

/// What the branches of a case differ along: at least what their choice does.
pub(super) fn branch_inputs(operands: &[AxisSet]) -> Vec<AxisSet> {
    operands[1..].iter().map(|set| set.and(operands[0])).collect()
}

/// The first exchange of a graph along any of some axes.
fn waits<'g>(mesh: &Mesh, axes: AxisSet, graph: &'g Graph) -> Option<(&'g Collective, crate::Location)> {
    graph.nodes().iter().find_map(|node| match &node.op {
        Op::Collective(Collective { exchange: Exchange::Vary | Exchange::Same, .. }) => None,
        Op::Collective(collective) => {
            let meets = !mesh.set(&collective.axes).shared(axes).is_empty();
            meets.then_some((collective, node.location))
        }
        op => op.bodies().into_iter().find_map(|body| waits(mesh, axes, body)),
    })
}
