//! Batching: bodies on batches. Which carried values carry the batch is found by trying until it is the same before and
//! after a step.

use super::super::super::batching::batch;
use super::super::super::derive::derive;
use super::super::super::emit::{emit, emit_one};
use super::super::super::rule::{Lane, Lanes};
use super::misplaced;
use crate::error::Result;
use crate::{Graph, Op, Rule, Scan, Shape, Spec, Tensor};
use std::sync::Arc;

/// A body on batches.
pub(super) struct Batched {
    pub(super) graph: Arc<Graph>,
    /// Which outputs carry the batch.
    pub(super) outputs: Vec<bool>,
}

/// The body on inputs of which the flagged carry a batch; outputs flagged in `at_least` are given one.
pub(super) fn batched(body: &Graph, inputs: &[bool], at_least: &[bool], size: usize) -> Result<Batched> {
    let specs: Vec<Spec> =
        body.inputs().iter().zip(inputs).map(|(input, &flag)| with_batch(&input.spec, flag, size)).collect();
    let mut outputs = Vec::new();
    let graph = derive(body.name(), &specs, |tensors| {
        let results = batch(body, &lanes(tensors, inputs), size)?;
        let give = |(lane, &flag): (&Lane, &bool)| match flag {
            true => Lane::batched(lane.with_batch(size)),
            false => lane.clone(),
        };
        let results: Vec<Lane> = results.iter().zip(at_least).map(give).collect();
        outputs = results.iter().map(|lane| lane.batched).collect();
        Ok(results.into_iter().map(|lane| lane.tensor).collect())
    })?;
    Ok(Batched { graph, outputs })
}

fn with_batch(spec: &Spec, flag: bool, size: usize) -> Spec {
    match flag {
        true => spec.with_shape(Shape::join(&[&Shape::new([size]), &spec.shape])),
        false => spec.clone(),
    }
}

fn lanes(tensors: &[Tensor], flags: &[bool]) -> Vec<Lane> {
    tensors.iter().zip(flags).map(|(tensor, &batched)| Lane { tensor: tensor.clone(), batched }).collect()
}

pub(super) fn flags(lanes: &[Lane]) -> Vec<bool> {
    lanes.iter().map(|lane| lane.batched).collect()
}

fn either(all: &mut [bool], more: &[bool]) {
    all.iter_mut().zip(more).for_each(|(flag, &more)| *flag |= more);
}

pub(super) fn emit_lanes(op: Op, operands: &[Tensor], flags: &[bool]) -> Vec<Lane> {
    lanes(&emit(op, &operands.iter().collect::<Vec<_>>()), flags)
}

/// Operands, those that are flagged with a batch.
pub(super) fn given(lanes: &Lanes<'_>, flags: &[bool]) -> Vec<Tensor> {
    let give =
        |(lane, &flag): (&Lane, &bool)| if flag { lane.with_batch(lanes.size) } else { lane.tensor.clone() };
    lanes.operands.iter().zip(flags).map(give).collect()
}

pub(in super::super) fn batch_call(lanes: &Lanes<'_>) -> Result<Vec<Lane>> {
    let Op::Call { body, rule } = lanes.op else { return Err(misplaced(lanes.op)) };
    let (flags, size) = (flags(lanes.operands), lanes.size);
    let operands = given(lanes, &flags);
    let outputs = body.output_ids().len();
    let (rule, at_least) = match rule {
        Rule::Plain | Rule::Checkpoint => (rule.clone(), vec![false; outputs]),
        Rule::CustomVjp { forward, backward } => {
            // Results all carry the batch, so that one backward fits whatever cotangents come.
            let mut at_least = vec![true; outputs];
            at_least.resize(forward.output_ids().len(), false);
            let forward = batched(forward, &flags, &at_least, size)?;
            let mut arriving = forward.outputs[outputs..].to_vec();
            arriving.resize(backward.inputs().len(), true);
            let smooth = |spec: &Spec| spec.dtype.is_float() || spec.dtype.is_complex();
            let inputs = body.inputs().iter().zip(&flags).filter(|(input, _)| smooth(&input.spec));
            let leaving: Vec<bool> = inputs.map(|(_, &flag)| flag).collect();
            let backward = summed(backward, &arriving, &leaving, size)?;
            (Rule::CustomVjp { forward: forward.graph, backward }, vec![true; outputs])
        }
    };
    let Batched { graph: body, outputs } = batched(body, &flags, &at_least, size)?;
    Ok(emit_lanes(Op::Call { body, rule }, &operands, &outputs))
}

/// A way back on batches, whose outputs carry the batch where `leaving` says so and are summed over it elsewhere, as one
/// operand served the whole batch.
fn summed(backward: &Graph, arriving: &[bool], leaving: &[bool], size: usize) -> Result<Arc<Graph>> {
    let Batched { graph, .. } = batched(backward, arriving, &vec![true; leaving.len()], size)?;
    let specs: Vec<Spec> = graph.inputs().iter().map(|input| input.spec.clone()).collect();
    derive(backward.name(), &specs, |inputs| {
        let sum = |(tensor, &batched): (Tensor, &bool)| if batched { tensor } else { tensor.sum(0) };
        Ok(super::super::super::replay(&graph, inputs).into_iter().zip(leaving).map(sum).collect())
    })
}

pub(in super::super) fn batch_case(lanes: &Lanes<'_>) -> Result<Vec<Lane>> {
    let Op::Case { branches } = lanes.op else { return Err(misplaced(lanes.op)) };
    let (index, given) = (&lanes.operands[0], &lanes.operands[1..]);
    if index.batched {
        return select(&index.tensor, branches, given, lanes.size);
    }
    let flags = flags(given);
    let mut at_least = vec![false; branches.first().map_or(0, |branch| branch.output_ids().len())];
    // Twice: what any branch gives the batch to, all must.
    for branch in branches {
        let outputs = batched(branch, &flags, &at_least, lanes.size)?.outputs;
        either(&mut at_least, &outputs);
    }
    let branch = |branch: &Arc<Graph>| Ok(batched(branch, &flags, &at_least, lanes.size)?.graph);
    let branches = branches.iter().map(branch).collect::<Result<_>>()?;
    let operands: Vec<Tensor> = lanes.operands.iter().map(|lane| lane.tensor.clone()).collect();
    Ok(emit_lanes(Op::Case { branches }, &operands, &at_least))
}

/// All branches, and for each example the results of the one that its index says.
fn select(index: &Tensor, branches: &[Arc<Graph>], given: &[Lane], size: usize) -> Result<Vec<Lane>> {
    let mut chosen: Vec<Tensor> = Vec::new();
    // An index out of range says the last branch, so that one needs no comparison.
    for (number, branch) in branches.iter().enumerate().rev() {
        let results = batch(branch, given, size)?;
        let results: Vec<Tensor> = results.iter().map(|lane| lane.with_batch(size)).collect();
        if chosen.is_empty() {
            chosen = results;
            continue;
        }
        let is_this = index.eq(number as i64);
        let pick = |(result, other): (&Tensor, &Tensor)| mask(&is_this, result, other);
        chosen = results.iter().zip(&chosen).map(pick).collect();
    }
    Ok(chosen.into_iter().map(Lane::batched).collect())
}

/// `on_true` for the examples where `predicate` holds, else `on_false`; all of them batches.
fn mask(predicate: &Tensor, on_true: &Tensor, on_false: &Tensor) -> Tensor {
    let shape = on_true.spec().shape.clone();
    let predicate = emit_one(Op::BroadcastInDim { shape, axes: vec![0] }, &[predicate]);
    emit_one(Op::Select, &[&predicate, on_true, on_false])
}

pub(in super::super) fn batch_while(lanes: &Lanes<'_>) -> Result<Vec<Lane>> {
    let Op::While { cond, body } = lanes.op else { return Err(misplaced(lanes.op)) };
    let (carry, size) = (body.output_ids().len(), lanes.size);
    let mut flags = flags(lanes.operands);
    loop {
        let before = flags.clone();
        either(&mut flags[..carry], &batched(body, &before, &before[..carry], size)?.outputs);
        if batched(cond, &flags, &[false], size)?.outputs[0] {
            // Examples stop at different steps, so all that is carried differs.
            flags[..carry].fill(true);
        }
        if flags == before {
            break;
        }
    }
    let condition = batched(cond, &flags, &[false], size)?;
    let step = batched(body, &flags, &flags[..carry], size)?;
    let operands = given(lanes, &flags);
    let (cond, body) = match condition.outputs[0] {
        true => masked(&condition.graph, &step.graph, carry)?,
        false => (condition.graph, step.graph),
    };
    Ok(emit_lanes(Op::While { cond, body }, &operands, &flags[..carry]))
}

/// A loop that goes on as long as the condition holds for any example, and changes only those for which it does.
fn masked(cond: &Graph, body: &Graph, carry: usize) -> Result<(Arc<Graph>, Arc<Graph>)> {
    let specs: Vec<Spec> = body.inputs().iter().map(|input| input.spec.clone()).collect();
    let replay = super::super::super::replay;
    let any = derive(cond.name(), &specs, |inputs| {
        Ok(replay(cond, inputs).iter().map(|holds| holds.any(0)).collect())
    })?;
    let step = derive(body.name(), &specs, |inputs| {
        let holds = &replay(cond, inputs)[0];
        let next = replay(body, inputs);
        Ok(next.iter().zip(&inputs[..carry]).map(|(next, before)| mask(holds, next, before)).collect())
    })?;
    Ok((any, step))
}

pub(in super::super) fn batch_scan(lanes: &Lanes<'_>) -> Result<Vec<Lane>> {
    let Op::Scan(scan) = lanes.op else { return Err(misplaced(lanes.op)) };
    let (carry, arrays, size) = (scan.carry, scan.carry + scan.slices, lanes.size);
    let mut flags = flags(lanes.operands);
    let mut at_least = vec![false; scan.body.output_ids().len()];
    let step = loop {
        at_least[..carry].copy_from_slice(&flags[..carry]);
        let step = batched(&scan.body, &flags, &at_least, size)?;
        if step.outputs[..carry] == flags[..carry] {
            break step;
        }
        either(&mut flags[..carry], &step.outputs);
    };
    let mut operands = given(lanes, &flags);
    // Steps go along the first axis and the batch is the first of each slice.
    let turned = operands[carry..arrays].iter_mut().zip(&flags[carry..arrays]);
    turned.filter(|(_, flag)| **flag).for_each(|(array, _)| *array = array.swap_axes(0, 1));
    let results = emit_lanes(Op::Scan(Scan { body: step.graph, ..scan.clone() }), &operands, &step.outputs);
    let back = |(at, lane): (usize, Lane)| match at >= carry && lane.batched {
        true => Lane::batched(lane.tensor.swap_axes(0, 1)),
        false => lane,
    };
    Ok(results.into_iter().enumerate().map(back).collect())
}
