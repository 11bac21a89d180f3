//! Forward mode: bodies on values and tangents side by side.

use super::super::super::derive::{derive, reach, reach_any, settle};
use super::super::super::emit::emit;
use super::super::super::forward::jvp;
use super::super::super::graph::written;
use super::super::super::rule::Dual;
use super::misplaced;
use crate::error::{Result, error};
use crate::{Graph, Op, Rule, Scan, Spec, Tensor};
use std::sync::Arc;

/// Values in groups, each followed by the tangents of those of it that have one.
pub(super) struct Layout {
    /// Which value, and whether its tangent.
    places: Vec<(usize, bool)>,
    count: usize,
}

impl Layout {
    pub(super) fn new(groups: &[usize], moving: &[bool]) -> Layout {
        let (mut places, mut start) = (Vec::new(), 0);
        for group in groups {
            let members = start..start + group;
            places.extend(members.clone().map(|at| (at, false)));
            places.extend(members.clone().filter(|&at| moving[at]).map(|at| (at, true)));
            start = members.end;
        }
        Layout { places, count: start }
    }

    /// Where each of the merged values comes from.
    pub(super) fn origins(&self) -> impl Iterator<Item = usize> {
        self.places.iter().map(|&(at, _)| at)
    }

    fn specs(&self, body: &Graph) -> Vec<Spec> {
        self.places.iter().map(|&(at, _)| body.inputs()[at].spec.clone()).collect()
    }

    pub(super) fn merge(&self, values: &[Tensor], tangents: &[Option<Tensor>]) -> Vec<Tensor> {
        let place = |&(at, tangent): &(usize, bool)| match tangent {
            true => written(&tangents[at], &values[at]),
            false => values[at].clone(),
        };
        self.places.iter().map(place).collect()
    }

    pub(super) fn separate(&self, merged: &[Tensor]) -> Dual {
        let (mut values, mut tangents) = (Vec::with_capacity(self.count), vec![None; self.count]);
        for (&(at, tangent), tensor) in self.places.iter().zip(merged) {
            match tangent {
                true => tangents[at] = Some(tensor.clone()),
                false => values.push(tensor.clone()),
            }
        }
        (values, tangents)
    }
}

/// A body from values and tangents to values and tangents.
pub(super) fn dual(body: &Graph, inputs: &Layout, outputs: &Layout) -> Result<Arc<Graph>> {
    derive(body.name(), &inputs.specs(body), |merged| {
        let (primals, tangents) = inputs.separate(merged);
        let (values, tangents) = jvp(body, &primals, &tangents)?;
        Ok(outputs.merge(&values, &tangents))
    })
}

pub(super) fn moving(tangents: &[Option<Tensor>]) -> Vec<bool> {
    tangents.iter().map(Option::is_some).collect()
}

fn count(flags: &[bool]) -> usize {
    flags.iter().filter(|&&flag| flag).count()
}

fn emit_all(op: Op, operands: &[Tensor]) -> Vec<Tensor> {
    emit(op, &operands.iter().collect::<Vec<_>>())
}

pub(in super::super) fn jvp_call(op: &Op, operands: &[Tensor], tangents: &[Option<Tensor>]) -> Result<Dual> {
    let Op::Call { body, rule } = op else { return Err(misplaced(op)) };
    let rule = match rule {
        Rule::Plain | Rule::Checkpoint => rule.clone(),
        Rule::CustomVjp { .. } => {
            return Err(error!(Argument, "jvp: `{}` has a rule for reverse mode only", body.name())
                .hint("use `grad` or `vjp`, or a function without a rule of its own"));
        }
    };
    let moving = moving(tangents);
    let reached = reach(body, &moving);
    let inputs = Layout::new(&[operands.len()], &moving);
    let outputs = Layout::new(&[reached.len()], &reached);
    let body = dual(body, &inputs, &outputs)?;
    Ok(outputs.separate(&emit_all(Op::Call { body, rule }, &inputs.merge(operands, tangents))))
}

pub(in super::super) fn jvp_case(op: &Op, operands: &[Tensor], tangents: &[Option<Tensor>]) -> Result<Dual> {
    let Op::Case { branches } = op else { return Err(misplaced(op)) };
    let (index, operands, tangents) = (&operands[0], &operands[1..], &tangents[1..]);
    let moving = moving(tangents);
    let reached = reach_any(branches, &moving);
    let inputs = Layout::new(&[operands.len()], &moving);
    let outputs = Layout::new(&[reached.len()], &reached);
    let branches: Result<Vec<_>> = branches.iter().map(|branch| dual(branch, &inputs, &outputs)).collect();
    let merged = [std::slice::from_ref(index), &inputs.merge(operands, tangents)].concat();
    Ok(outputs.separate(&emit_all(Op::Case { branches: branches? }, &merged)))
}

pub(in super::super) fn jvp_while(op: &Op, operands: &[Tensor], tangents: &[Option<Tensor>]) -> Result<Dual> {
    let Op::While { cond, body } = op else { return Err(misplaced(op)) };
    let carry = body.output_ids().len();
    let moving = settle(body, carry, &moving(tangents));
    let inputs = Layout::new(&[carry, operands.len() - carry], &moving);
    let outputs = Layout::new(&[carry], &moving[..carry]);
    // The condition is about values alone.
    let values = inputs.places.iter().enumerate().filter(|(_, (_, tangent))| !tangent);
    let positions: Vec<usize> = values.map(|(position, _)| position).collect();
    let cond = Arc::new(cond.with_inputs(&inputs.specs(body), &positions));
    let body = dual(body, &inputs, &outputs)?;
    Ok(outputs.separate(&emit_all(Op::While { cond, body }, &inputs.merge(operands, tangents))))
}

pub(in super::super) fn jvp_scan(op: &Op, operands: &[Tensor], tangents: &[Option<Tensor>]) -> Result<Dual> {
    let Op::Scan(scan) = op else { return Err(misplaced(op)) };
    let (carry, arrays) = (scan.carry, scan.carry + scan.slices);
    let moving = settle(&scan.body, carry, &moving(tangents));
    let mut reached = reach(&scan.body, &moving);
    reached[..carry].copy_from_slice(&moving[..carry]);
    let inputs = Layout::new(&[carry, scan.slices, operands.len() - arrays], &moving);
    let outputs = Layout::new(&[carry, reached.len() - carry], &reached);
    let op = Op::Scan(Scan {
        body: dual(&scan.body, &inputs, &outputs)?,
        carry: carry + count(&moving[..carry]),
        slices: scan.slices + count(&moving[carry..arrays]),
        ..scan.clone()
    });
    Ok(outputs.separate(&emit_all(op, &inputs.merge(operands, tangents))))
}
