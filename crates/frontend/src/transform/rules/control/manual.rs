//! `shard_map`: its body is derived for one device, and what is not split is put together again by sums.
//!
//! A cotangent of a result that is the same on `n` devices arrives on each of them and is divided by `n`; one of an operand that is
//! the same on some devices is the sum of what each of them found. With that a sum over devices is its own transpose.

use super::super::super::derive::{derive, reach};
use super::super::super::emit::{emit, emit_one};
use super::super::super::graph::written;
use super::super::super::reverse::Linearized;
use super::super::super::rule::{Dual, Lane, Lanes, Residuals, Saved, Site};
use super::batch::{batched, emit_lanes, flags, given};
use super::forward::{Layout, dual, moving};
use super::misplaced;
use super::reverse::{chosen, flows, spread};
use crate::error::Result;
use crate::sharding::{Collective, Exchange, Mesh, Partition, ShardMap};
use crate::{Op, Spec, Tensor};
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
    };
    let merged = inputs.merge(operands, tangents);
    Ok(outputs.separate(&emit(Op::ShardMap(map), &merged.iter().collect::<Vec<_>>())))
}

/// Nothing is kept: the parts of every device would have to be results.
pub(in super::super) fn save_shard_map(op: &Op, operands: &[Tensor], _wanted: &[bool]) -> Result<Saved> {
    let results = emit(op.clone(), &operands.iter().collect::<Vec<_>>());
    Ok(Saved { results, residuals: Residuals::default() })
}

pub(in super::super) fn vjp_shard_map(
    site: &Site<'_>,
    cotangents: &[Option<Tensor>],
) -> Result<Vec<Option<Tensor>>> {
    let Op::ShardMap(map) = site.op else { return Err(misplaced(site.op)) };
    let reached = reach(&map.body, site.wanted);
    let flowing: Vec<bool> =
        cotangents.iter().zip(reached).map(|(cotangent, reached)| reached && cotangent.is_some()).collect();
    let arriving = chosen(&map.outputs, &flowing);
    let leaving = chosen(&map.inputs, site.wanted);
    let outputs = map.body.outputs();
    let mut specs: Vec<Spec> = map.body.inputs().iter().map(|input| input.spec.clone()).collect();
    specs.extend(chosen(&outputs, &flowing));
    let body = derive(map.body.name(), &specs, |inputs| {
        let (primals, flows) = inputs.split_at(map.inputs.len());
        let shares = flows.iter().zip(&arriving).map(|(flow, partition)| share(&map.mesh, partition, flow));
        let pulled = Linearized::new(map.body.clone(), primals, site.wanted)?
            .pull(&spread(shares.collect(), &flowing))?;
        let pulled: Vec<Tensor> = pulled.iter().zip(primals).map(|(t, primal)| written(t, primal)).collect();
        let pulled = chosen(&pulled, site.wanted);
        Ok(pulled.iter().zip(&leaving).map(|(t, partition)| total(&map.mesh, partition, t)).collect())
    })?;
    let inputs = map.inputs.iter().chain(&arriving).cloned().collect();
    let back = ShardMap { mesh: map.mesh.clone(), body, inputs, outputs: leaving };
    let operands = [site.operands, &flows(site, cotangents, &flowing)].concat();
    Ok(spread(emit(Op::ShardMap(back), &operands.iter().collect::<Vec<_>>()), site.wanted))
}

/// The axes of a mesh along which a partition has copies.
fn copied(mesh: &Mesh, partition: &Partition) -> Vec<Arc<str>> {
    let mentioned = |name: &str| partition.mentioned().any(|axis| &**axis == name);
    mesh.axes().filter(|(name, _)| !mentioned(name)).map(|(name, _)| Arc::from(name)).collect()
}

/// One device's share of a cotangent that all devices with a copy have.
fn share(mesh: &Mesh, partition: &Partition, cotangent: &Tensor) -> Tensor {
    match mesh.count(&copied(mesh, partition)) {
        1 => cotangent.clone(),
        copies => cotangent * (1.0 / copies as f64),
    }
}

/// The sum of what the devices with a copy found.
fn total(mesh: &Mesh, partition: &Partition, cotangent: &Tensor) -> Tensor {
    let axes = copied(mesh, partition);
    match mesh.count(&axes) {
        1 => cotangent.clone(),
        _ => {
            let sum = Collective { mesh: mesh.clone(), axes, exchange: Exchange::Sum };
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
    };
    Ok(emit_lanes(Op::ShardMap(map), &given(lanes, &flags), &body.outputs))
}
