//! Exchanges between devices. Each but those that choose is linear, and its transpose is another one.

use super::super::emit::emit_one;
use super::super::rule::{Lane, Lanes, Site};
use crate::error::{Result, error};
use crate::sharding::{Exchange, Sharding};
use crate::{Op, Tensor};

pub(super) fn no_derivative(op: &Op) -> String {
    format!("{}: which device had the largest or smallest is not kept, so it has no derivative", op.name())
}

/// The cotangent is split as the value is.
pub(super) fn vjp_constraint(site: &Site<'_>, cotangents: &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>> {
    Ok(vec![cotangents[0].as_ref().map(|cotangent| emit_one(site.op.clone(), &[cotangent]))])
}

pub(super) fn batch_constraint(lanes: &Lanes<'_>) -> Result<Vec<Lane>> {
    let Op::ShardingConstraint(Sharding { mesh, partition }) = lanes.op else {
        return Err(misplaced(lanes.op));
    };
    let sharding = Sharding { mesh: mesh.clone(), partition: partition.below_new_axis() };
    lanes.emit(Op::ShardingConstraint(sharding), &[&lanes.operands[0].tensor])
}

pub(super) fn vjp_collective(site: &Site<'_>, cotangents: &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>> {
    let Op::Collective(collective) = site.op else { return Err(misplaced(site.op)) };
    let Some(transposed) = collective.transposed() else { return site.refuse("it is not linear") };
    let Some(cotangent) = &cotangents[0] else { return Ok(vec![None]) };
    // What all devices have the same of is no single device's: each gets its share of the cotangent.
    let share = match &collective.exchange {
        Exchange::Same => cotangent * (1.0 / collective.count() as f64),
        _cotangent_of_its_own => cotangent.clone(),
    };
    Ok(vec![Some(emit_one(Op::Collective(transposed), &[&share]))])
}

pub(super) fn batch_collective(lanes: &Lanes<'_>) -> Result<Vec<Lane>> {
    let Op::Collective(collective) = lanes.op else { return Err(misplaced(lanes.op)) };
    lanes.emit(Op::Collective(collective.below_new_axis()), &[&lanes.operands[0].tensor])
}

fn misplaced(op: &Op) -> crate::Error {
    error!(Verify, "{}: its rule is one of another operation", op.name())
}
