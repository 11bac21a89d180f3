//! Reverse mode: bodies split into a way there, which yields residuals, and a way back, which reads them.
//!
//! A scan goes back over its steps in the other direction, carrying the cotangents of what was carried and adding up those
//! of constants. A call to be checkpointed keeps its operands only and runs again. A loop of unknown length would
//! have to keep an unknown number of residuals, and refuses.

use super::super::super::derive::{derive, reach, reach_any, settle};
use super::super::super::emit::emit;
use super::super::super::forward::{add, is_inexact};
use super::super::super::graph::written;
use super::super::super::replay;
use super::super::super::reverse::Linearized;
use super::super::super::rule::{Residuals, Saved, Site};
use super::super::super::split::{AtHand, Split};
use super::misplaced;
use crate::error::{Result, error};
use crate::{Graph, Op, Rule, Scan, Spec, Tensor};
use std::sync::Arc;

/// Cotangents of the operands.
type Pulled = Result<Vec<Option<Tensor>>>;

fn emit_all(op: Op, operands: &[Tensor]) -> Vec<Tensor> {
    emit(op, &operands.iter().collect::<Vec<_>>())
}

/// The elements that are flagged.
pub(super) fn chosen<T: Clone>(items: &[T], flags: &[bool]) -> Vec<T> {
    items.iter().zip(flags).filter(|(_, flag)| **flag).map(|(item, _)| item.clone()).collect()
}

/// One entry an operand: what was pulled for those that are wanted.
pub(super) fn spread(pulled: Vec<Tensor>, wanted: &[bool]) -> Vec<Option<Tensor>> {
    let mut pulled = pulled.into_iter();
    wanted.iter().map(|&wanted| if wanted { pulled.next() } else { None }).collect()
}

/// The cotangents of the results that are flagged, zeros where none arrived.
pub(super) fn flows(site: &Site<'_>, cotangents: &[Option<Tensor>], flowing: &[bool]) -> Vec<Tensor> {
    let written: Vec<Tensor> =
        cotangents.iter().zip(site.results).map(|(cotangent, result)| written(cotangent, result)).collect();
    chosen(&written, flowing)
}

pub(super) fn saved<'a>(site: &Site<'a>) -> Result<&'a Residuals> {
    site.saved.ok_or_else(|| error!(Verify, "{}: nothing was kept for the way back", site.op.name()))
}

pub(in super::super) fn save_call(op: &Op, operands: &[Tensor], wanted: &[bool]) -> Result<Saved> {
    let Op::Call { body, rule } = op else { return Err(misplaced(op)) };
    match rule {
        Rule::Plain => {
            let flowing = reach(body, wanted);
            let split = Split::new(body, wanted, &flowing, &vec![AtHand::Yes; operands.len()])?;
            let mut results = replay(&split.forward, operands);
            let tensors = results.split_off(flowing.len());
            let residuals =
                Residuals { tensors, graphs: vec![split.backward], kept: split.kept, ..Residuals::default() };
            Ok(Saved { results, residuals })
        }
        Rule::Checkpoint => {
            Ok(Saved { results: emit_all(op.clone(), operands), residuals: Residuals::default() })
        }
        Rule::CustomVjp { forward, .. } => {
            let mut results = replay(forward, operands);
            let tensors = results.split_off(body.output_ids().len());
            Ok(Saved { results, residuals: Residuals { tensors, ..Residuals::default() } })
        }
    }
}

pub(in super::super) fn vjp_call(site: &Site<'_>, cotangents: &[Option<Tensor>]) -> Pulled {
    let Op::Call { body, rule } = site.op else { return Err(misplaced(site.op)) };
    match rule {
        Rule::Plain => {
            let Residuals { tensors, graphs, kept, .. } = saved(site)?;
            let kept: Vec<Tensor> = kept.iter().map(|&at| site.operands[at].clone()).collect();
            let flows = flows(site, cotangents, &reach(body, site.wanted));
            Ok(spread(replay(&graphs[0], &[&kept[..], tensors, &flows].concat()), site.wanted))
        }
        Rule::Checkpoint => again(site, body, cotangents),
        Rule::CustomVjp { backward, .. } => {
            let smooth = |tensor: &Tensor| is_inexact(tensor.spec());
            let flowing: Vec<bool> = site.results.iter().map(smooth).collect();
            let inputs = [&saved(site)?.tensors[..], &flows(site, cotangents, &flowing)].concat();
            let has_one: Vec<bool> = site.operands.iter().map(smooth).collect();
            Ok(spread(replay(backward, &inputs), &has_one))
        }
    }
}

/// A body there and back once its cotangents are there. The barrier keeps the compiler from finding that it ran before,
/// and from running it again before that.
fn again(site: &Site<'_>, body: &Arc<Graph>, cotangents: &[Option<Tensor>]) -> Pulled {
    let flowing: Vec<bool> = cotangents.iter().map(Option::is_some).collect();
    let present: Vec<Tensor> = cotangents.iter().flatten().cloned().collect();
    let mut walled = emit_all(Op::OptimizationBarrier, &[site.operands, &present].concat());
    let present = walled.split_off(site.operands.len());
    Linearized::new(body.clone(), &walled, site.wanted)?.pull(&spread(present, &flowing))
}

pub(in super::super) fn save_case(op: &Op, operands: &[Tensor], wanted: &[bool]) -> Result<Saved> {
    let Op::Case { branches } = op else { return Err(misplaced(op)) };
    let (given, wanted) = (&operands[1..], &wanted[1..]);
    let flowing = reach_any(branches, wanted);
    let at_hand = vec![AtHand::Yes; given.len()];
    let split = |branch| Split::new(branch, wanted, &flowing, &at_hand);
    let splits: Vec<Split> = branches.iter().map(split).collect::<Result<_>>()?;
    let (slots, taken) = share(&splits);
    let inputs = specs(given);
    let mut forward = Vec::with_capacity(splits.len());
    let mut graphs = Vec::with_capacity(splits.len());
    for ((split, taken), branch) in splits.iter().zip(&taken).zip(branches) {
        forward.push(derive(branch.name(), &inputs, |inputs| {
            let mut outputs = replay(&split.forward, inputs);
            let residuals = outputs.split_off(flowing.len());
            let unused = |slot: &Spec| Tensor::zeros(slot.dtype, &slot.shape);
            let mut filled: Vec<Tensor> = slots.iter().map(unused).collect();
            taken.iter().zip(residuals).for_each(|(&slot, residual)| filled[slot] = residual);
            Ok([outputs, filled].concat())
        })?);
        let cotangents = chosen(&branch.outputs(), &flowing);
        graphs.push(derive(branch.name(), &[&inputs[..], &slots, &cotangents].concat(), |inputs| {
            let (given, rest) = inputs.split_at(given.len());
            let (slots, flows) = rest.split_at(slots.len());
            let kept = split.kept.iter().map(|&at| &given[at]);
            let residuals = taken.iter().map(|&slot| &slots[slot]);
            let inputs: Vec<Tensor> = kept.chain(residuals).chain(flows).cloned().collect();
            Ok(replay(&split.backward, &inputs))
        })?);
    }
    let mut results = emit_all(Op::Case { branches: forward }, operands);
    let tensors = results.split_off(flowing.len());
    Ok(Saved { results, residuals: Residuals { tensors, graphs, ..Residuals::default() } })
}

/// Slots in which every branch has room for its residuals, and which slots each takes; only one branch runs, so they share.
fn share(splits: &[Split]) -> (Vec<Spec>, Vec<Vec<usize>>) {
    let mut slots: Vec<Spec> = Vec::new();
    let mut taken = Vec::with_capacity(splits.len());
    for split in splits {
        let mut own: Vec<usize> = Vec::with_capacity(split.residuals.len());
        for residual in &split.residuals {
            let free = (0..slots.len()).find(|slot| slots[*slot] == *residual && !own.contains(slot));
            own.push(free.unwrap_or_else(|| {
                slots.push(residual.clone());
                slots.len() - 1
            }));
        }
        taken.push(own);
    }
    (slots, taken)
}

pub(in super::super) fn vjp_case(site: &Site<'_>, cotangents: &[Option<Tensor>]) -> Pulled {
    let Op::Case { branches } = site.op else { return Err(misplaced(site.op)) };
    let wanted = &site.wanted[1..];
    let Residuals { tensors, graphs, .. } = saved(site)?;
    let flows = flows(site, cotangents, &reach_any(branches, wanted));
    let operands = [site.operands, tensors, &flows].concat();
    let pulled = emit_all(Op::Case { branches: graphs.clone() }, &operands);
    Ok([vec![None], spread(pulled, wanted)].concat())
}

pub(in super::super) fn save_while(op: &Op, operands: &[Tensor], _wanted: &[bool]) -> Result<Saved> {
    Ok(Saved { results: emit_all(op.clone(), operands), residuals: Residuals::default() })
}

pub(in super::super) fn vjp_while(site: &Site<'_>, cotangents: &[Option<Tensor>]) -> Pulled {
    let Op::While { body, .. } = site.op else { return Err(misplaced(site.op)) };
    let carry = site.results.len();
    let reached = reach(body, &settle(body, carry, site.wanted));
    match cotangents.iter().zip(reached).any(|(cotangent, reached)| cotangent.is_some() && reached) {
        false => Ok(vec![None; site.operands.len()]),
        true => Err(error!(
            Argument,
            "while: reverse mode would have to keep every step of a loop of unknown length"
        )
        .hint("use `scan`, or `fori_loop` with bounds known while tracing; forward mode takes any loop")),
    }
}

/// The flags of a scan in reverse mode.
struct Flags {
    /// Inputs of the body that want a cotangent.
    wanted: Vec<bool>,
    /// Outputs of the body that have one.
    flowing: Vec<bool>,
}

impl Flags {
    fn new(scan: &Scan, wanted: &[bool]) -> Flags {
        let wanted = settle(&scan.body, scan.carry, wanted);
        let mut flowing = reach(&scan.body, &wanted);
        flowing[..scan.carry].copy_from_slice(&wanted[..scan.carry]);
        Flags { wanted, flowing }
    }
}

pub(in super::super) fn save_scan(op: &Op, operands: &[Tensor], wanted: &[bool]) -> Result<Saved> {
    let Op::Scan(scan) = op else { return Err(misplaced(op)) };
    let flags = Flags::new(scan, wanted);
    let mut at_hand = vec![AtHand::Constant; operands.len()];
    at_hand[..scan.carry].fill(AtHand::No);
    at_hand[scan.carry..scan.carry + scan.slices].fill(AtHand::Yes);
    let split = Split::new(&scan.body, &flags.wanted, &flags.flowing, &at_hand)?;
    let mut results = emit_all(Op::Scan(Scan { body: split.forward, ..scan.clone() }), operands);
    let tensors = results.split_off(flags.flowing.len());
    let graphs = vec![split.backward];
    Ok(Saved { results, residuals: Residuals { tensors, graphs, kept: split.kept, ..Residuals::default() } })
}

pub(in super::super) fn vjp_scan(site: &Site<'_>, cotangents: &[Option<Tensor>]) -> Pulled {
    let Op::Scan(scan) = site.op else { return Err(misplaced(site.op)) };
    let Residuals { tensors: residuals, graphs, kept, .. } = saved(site)?;
    let Flags { wanted, flowing } = Flags::new(scan, site.wanted);
    let arrays = scan.carry + scan.slices;
    let mut carried = flows(site, cotangents, &flowing);
    let stacked = carried.split_off(wanted[..scan.carry].iter().filter(|&&wanted| wanted).count());
    let states = carried.len();
    let sums = chosen(&site.operands[arrays..], &wanted[arrays..]);
    carried.extend(sums.iter().map(|sum| Tensor::zeros(sum.dtype(), &sum.spec().shape)));
    let kept: Vec<&Tensor> = kept.iter().map(|&at| &site.operands[at]).collect();
    let cut = saved(site)?.kept.iter().filter(|&&at| at < arrays).count();
    let (kept_arrays, constants) = kept.split_at(cut);

    // The way back takes what is kept, residuals, then cotangents; the loop has what it carries first.
    let slices: Vec<Tensor> =
        stacked.iter().chain(residuals).chain(kept_arrays.iter().copied()).cloned().collect();
    let constants: Vec<Tensor> = constants.iter().map(|&constant| constant.clone()).collect();
    let body = back(
        &graphs[0],
        &Parts {
            states,
            carried: &specs(&carried),
            stacked: stacked.len(),
            residuals: residuals.len(),
            slices: &specs(&slices).iter().map(slice).collect::<Vec<_>>(),
            constants: &specs(&constants),
        },
    )?;
    let op = Op::Scan(Scan {
        body,
        carry: carried.len(),
        slices: slices.len(),
        length: scan.length,
        reverse: !scan.reverse,
        unroll: scan.unroll,
    });
    let mut pulled = emit_all(op, &[carried, slices, constants].concat());
    let cut = pulled.split_off(states + sums.len());
    let sums = pulled.split_off(states);
    Ok(spread([pulled, cut, sums].concat(), &wanted))
}

/// What the loop of the way back takes, in number and type.
struct Parts<'a> {
    /// Cotangents of carried values; the rest of `carried` are sums.
    states: usize,
    carried: &'a [Spec],
    /// Cotangents of collected values, then residuals; the rest of `slices` are arrays of the way there.
    stacked: usize,
    residuals: usize,
    slices: &'a [Spec],
    constants: &'a [Spec],
}

/// The body of that loop: the way back with its inputs in a scan's order, and cotangents of constants added up.
fn back(graph: &Graph, parts: &Parts<'_>) -> Result<Arc<Graph>> {
    let inputs = [parts.carried, parts.slices, parts.constants].concat();
    derive(graph.name(), &inputs, |inputs| {
        let (carried, rest) = inputs.split_at(parts.carried.len());
        let (states, sums) = carried.split_at(parts.states);
        let (slices, constants) = rest.split_at(parts.slices.len());
        let (stacked, slices) = slices.split_at(parts.stacked);
        let (residuals, arrays) = slices.split_at(parts.residuals);
        let mut pulled = replay(graph, &[arrays, constants, residuals, states, stacked].concat());
        let terms = pulled.split_off(pulled.len() - sums.len());
        let cut = pulled.split_off(states.len());
        pulled.extend(sums.iter().zip(terms).map(|(sum, term)| add(Some(sum.clone()), term)));
        Ok([pulled, cut].concat())
    })
}

fn specs(tensors: &[Tensor]) -> Vec<Spec> {
    tensors.iter().map(|tensor| tensor.spec().clone()).collect()
}

/// The type of one slice along the first axis.
fn slice(array: &Spec) -> Spec {
    array.with_shape(array.shape.pick((1..array.rank()).map(Some)))
}
