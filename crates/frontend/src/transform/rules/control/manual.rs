//! `shard_map`: its body is derived for one device.
//!
//! On the way back a value that devices share has one cotangent that they share, as `explicit` makes the body say; what the way
//! back needs are further results of the way there, split over the axes that they differ along.
//!
//! Without checks nobody knows what is shared. Then every value is each device's own: a cotangent of a result of which `n` devices
//! have a copy arrives on each of them and is divided by `n`, and one of an operand is the sum of what they found.

use super::super::super::derive::{derive, reach};
use super::super::super::emit::{emit, emit_one};
use super::super::super::explicit::explicit;
use super::super::super::replay;
use super::super::super::rule::{Dual, Lane, Lanes, Residuals, Saved, Site};
use super::super::super::split::{AtHand, Split};
use super::super::super::varying::Varying;
use super::batch::{batched, emit_lanes, flags, given};
use super::forward::{Layout, dual, moving};
use super::misplaced;
use super::reverse::{chosen, saved, spread};
use crate::error::Result;
use crate::sharding::{AxisSet, Collective, Exchange, Partition, ShardMap};
use crate::{Graph, Op, Spec, Tensor};
use std::sync::Arc;

pub(in super::super) fn jvp_shard_map(
    op: &Op,
    operands: &[Tensor],
    tangents: &[Option<Tensor>],
) -> Result<Dual> {
    let Op::ShardMap(map) = op else { return Err(misplaced(op)) };
    let moving = moving(tangents);
    let inputs = Layout::new(&[operands.len()], &moving);
    let outputs = Layout::new(&[map.outputs.len()], &reach(&map.body, &moving));
    let map = ShardMap {
        mesh: map.mesh.clone(),
        body: dual(&map.body, &inputs, &outputs)?,
        inputs: inputs.origins().map(|at| map.inputs[at].clone()).collect(),
        outputs: outputs.origins().map(|at| map.outputs[at].clone()).collect(),
        checked: map.checked,
    };
    let merged = inputs.merge(operands, tangents);
    Ok(outputs.separate(&emit(Op::ShardMap(map), &merged.iter().collect::<Vec<_>>())))
}

pub(in super::super) fn save_shard_map(op: &Op, operands: &[Tensor], wanted: &[bool]) -> Result<Saved> {
    let Op::ShardMap(map) = op else { return Err(misplaced(op)) };
    let inputs = map.split_over(&map.inputs);
    let varying = Varying::by_owner(&map.mesh);
    let body = match map.checked {
        true => explicit(varying, &map.body, &inputs, &map.split_over(&map.outputs))?,
        false => map.body.clone(),
    };
    let split = Split::new(&body, wanted, &reach(&body, wanted), &vec![AtHand::Yes; operands.len()])?;
    let sets = match map.checked {
        true => varying.outputs(&split.forward, &inputs)?.split_off(map.outputs.len()),
        false => vec![map.mesh.every(); split.residuals.len()],
    };
    let residuals = Kept { map, specs: &split.residuals, sets: &sets };
    let partitions = residuals.partitions();
    let there = ShardMap {
        body: residuals.yielded(&split.forward)?,
        outputs: [&map.outputs[..], &partitions].concat(),
        ..map.clone()
    };
    let mut results = emit(Op::ShardMap(there), &operands.iter().collect::<Vec<_>>());
    let tensors = results.split_off(map.outputs.len());
    let graphs = vec![residuals.taken(&split)?];
    Ok(Saved { results, residuals: Residuals { tensors, graphs, kept: split.kept, partitions } })
}

/// What the way back of a map needs of its way there: the types of one device's, and the axes along which they differ.
struct Kept<'a> {
    map: &'a ShardMap,
    specs: &'a [Spec],
    sets: &'a [AxisSet],
}

impl Kept<'_> {
    /// They are split along their first axes.
    fn partitions(&self) -> Vec<Partition> {
        self.sets.iter().map(|&set| Partition::leading(self.map.mesh.named(set))).collect()
    }

    /// Whether a residual has no axis to be split along, and is given one.
    fn is_bare(&self, at: usize) -> bool {
        self.specs[at].rank() == 0 && !self.sets[at].is_empty()
    }

    /// The way there, with them as results.
    fn yielded(&self, forward: &Graph) -> Result<Arc<Graph>> {
        let inputs: Vec<Spec> = forward.inputs().iter().map(|input| input.spec.clone()).collect();
        derive(forward.name(), &inputs, |inputs| {
            let mut outputs = replay(forward, inputs);
            let first = outputs.len() - self.specs.len();
            for (at, output) in outputs[first..].iter_mut().enumerate().filter(|(at, _)| self.is_bare(*at)) {
                let shape = self.part(at).shape;
                *output = emit_one(Op::Reshape { shape }, &[output]);
            }
            Ok(outputs)
        })
    }

    /// The way back, which takes operands, them, then cotangents.
    fn taken(&self, split: &Split) -> Result<Arc<Graph>> {
        let (backward, kept) = (&split.backward, split.kept.len());
        let mut inputs: Vec<Spec> = backward.inputs().iter().map(|input| input.spec.clone()).collect();
        (0..self.specs.len()).for_each(|at| inputs[kept + at] = self.part(at));
        derive(backward.name(), &inputs, |inputs| {
            let mut inputs = inputs.to_vec();
            for at in (0..self.specs.len()).filter(|&at| self.is_bare(at)) {
                let shape = self.specs[at].shape.clone();
                inputs[kept + at] = emit_one(Op::Reshape { shape }, &[&inputs[kept + at]]);
            }
            Ok(replay(backward, &inputs))
        })
    }

    fn part(&self, at: usize) -> Spec {
        let spec = &self.specs[at];
        if self.is_bare(at) { spec.with_shape([1]) } else { spec.clone() }
    }
}

pub(in super::super) fn vjp_shard_map(
    site: &Site<'_>,
    cotangents: &[Option<Tensor>],
) -> Result<Vec<Option<Tensor>>> {
    let Op::ShardMap(map) = site.op else { return Err(misplaced(site.op)) };
    let Residuals { tensors, graphs, kept, partitions } = saved(site)?;
    let reached = reach(&map.body, site.wanted);
    let arrives: Vec<bool> =
        cotangents.iter().zip(&reached).map(|(c, &reached)| reached && c.is_some()).collect();
    if !arrives.contains(&true) {
        return Ok(vec![None; site.operands.len()]);
    }
    let flows = Flows {
        map,
        first: kept.len() + tensors.len(),
        outputs: chosen(&map.outputs, &reached),
        here: chosen(&arrives, &reached),
        leaving: chosen(&map.inputs, site.wanted),
    };
    let body = flows.complete(&graphs[0])?;
    let arriving = chosen(&map.outputs, &arrives);
    let inputs = kept.iter().map(|&at| &map.inputs[at]).chain(partitions).chain(&arriving).cloned().collect();
    let back = ShardMap { body, inputs, outputs: flows.leaving, ..map.clone() };
    let here =
        cotangents.iter().zip(&arrives).filter(|(_, arrives)| **arrives).filter_map(|(c, _)| c.as_ref());
    let operands: Vec<&Tensor> =
        kept.iter().map(|&at| &site.operands[at]).chain(tensors).chain(here).collect();
    Ok(spread(emit(Op::ShardMap(back), &operands), site.wanted))
}

/// The cotangents of a map's way back.
struct Flows<'a> {
    map: &'a ShardMap,
    /// How many inputs of the way back are before them.
    first: usize,
    /// How the results are split that can have one.
    outputs: Vec<Partition>,
    /// Which of those have one; it is zeros for the others.
    here: Vec<bool>,
    /// How those of the operands are split.
    leaving: Vec<Partition>,
}

impl Flows<'_> {
    /// The way back from the cotangents that are here. Without checks they are shared out first and summed last.
    fn complete(&self, back: &Graph) -> Result<Arc<Graph>> {
        let mut specs: Vec<Spec> = back.inputs().iter().map(|input| input.spec.clone()).collect();
        let flows = specs.split_off(self.first);
        specs.extend(chosen(&flows, &self.here));
        derive(back.name(), &specs, |inputs| {
            let (given, arriving) = inputs.split_at(self.first);
            let arriving = spread(arriving.to_vec(), &self.here);
            let mut all = given.to_vec();
            for ((flow, arrived), partition) in flows.iter().zip(arriving).zip(&self.outputs) {
                let flow = arrived.unwrap_or_else(|| Tensor::zeros(flow.dtype, &flow.shape));
                all.push(if self.map.checked { flow } else { share(self.map, partition, &flow) });
            }
            let pulled = replay(back, &all);
            let sum = |(pulled, partition): (&Tensor, &Partition)| match self.map.checked {
                true => pulled.clone(),
                false => total(self.map, partition, pulled),
            };
            Ok(pulled.iter().zip(&self.leaving).map(sum).collect())
        })
    }
}

/// The axes of the mesh along which a partition has copies.
fn copied(map: &ShardMap, partition: &Partition) -> Vec<Arc<str>> {
    map.mesh.named(map.mesh.every().without(map.mesh.split_over(partition)))
}

/// One device's share of a cotangent that all devices with a copy have.
fn share(map: &ShardMap, partition: &Partition, cotangent: &Tensor) -> Tensor {
    match map.mesh.count(&copied(map, partition)) {
        1 => cotangent.clone(),
        copies => cotangent * (1.0 / copies as f64),
    }
}

/// The sum of what the devices with a copy found.
fn total(map: &ShardMap, partition: &Partition, cotangent: &Tensor) -> Tensor {
    let axes = copied(map, partition);
    match map.mesh.count(&axes) {
        1 => cotangent.clone(),
        _ => {
            let sum = Collective { mesh: map.mesh.clone(), axes, exchange: Exchange::Sum };
            emit_one(Op::Collective(sum), &[cotangent])
        }
    }
}

pub(in super::super) fn batch_shard_map(lanes: &Lanes<'_>) -> Result<Vec<Lane>> {
    let Op::ShardMap(map) = lanes.op else { return Err(misplaced(lanes.op)) };
    let flags = flags(lanes.operands);
    let body = batched(&map.body, &flags, &vec![false; map.outputs.len()], lanes.size)?;
    let moved = |(partition, &flag): (&Partition, &bool)| match flag {
        true => partition.below_new_axis(),
        false => partition.clone(),
    };
    let map = ShardMap {
        mesh: map.mesh.clone(),
        inputs: map.inputs.iter().zip(&flags).map(moved).collect(),
        outputs: map.outputs.iter().zip(&body.outputs).map(moved).collect(),
        body: body.graph,
        checked: map.checked,
    };
    Ok(emit_lanes(Op::ShardMap(map), &given(lanes, &flags), &body.outputs))
}
