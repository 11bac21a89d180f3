//! Operations that compute nothing, or what nobody here knows; and the batching of those that act on the last axes.

use super::super::emit::emit;
use super::super::rule::{Lane, Lanes, Site};
use crate::error::Result;
use crate::{Op, Tensor};

pub(super) fn no_derivative(op: &Op) -> String {
    format!("{} states no derivative", callee(op))
}

pub(super) fn no_batching(op: &Op) -> String {
    format!("{} states no batching rule", callee(op))
}

fn callee(op: &Op) -> String {
    if let Op::CustomCall(call) = op { format!("`{}`", call.target) } else { op.name().to_string() }
}

/// The whole batch is printed once.
pub(super) fn batch_print(lanes: &Lanes<'_>) -> Result<Vec<Lane>> {
    let printed: Vec<&Tensor> = lanes.operands.iter().map(|lane| &lane.tensor).collect();
    Ok(emit(lanes.op.clone(), &printed).into_iter().map(Lane::unbatched).collect())
}

/// Cotangents behind a wall too, all behind one: what was not to be moved across on the way there is not on the way back.
pub(super) fn vjp_barrier(_site: &Site<'_>, cotangents: &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>> {
    let present: Vec<&Tensor> = cotangents.iter().flatten().collect();
    let mut walled = emit(Op::OptimizationBarrier, &present).into_iter();
    Ok(cotangents.iter().map(|cotangent| cotangent.as_ref().and_then(|_| walled.next())).collect())
}

pub(super) fn batch_barrier(lanes: &Lanes<'_>) -> Result<Vec<Lane>> {
    let operands: Vec<&Tensor> = lanes.operands.iter().map(|lane| &lane.tensor).collect();
    let walled = emit(Op::OptimizationBarrier, &operands);
    Ok(walled
        .into_iter()
        .zip(lanes.operands)
        .map(|(t, lane)| Lane { tensor: t, batched: lane.batched })
        .collect())
}

/// Operations on the last axes, to which all others are a batch already.
pub(super) fn batch_leading(lanes: &Lanes<'_>) -> Result<Vec<Lane>> {
    lanes.emit(lanes.op.clone(), &lanes.all_with_batch().iter().collect::<Vec<_>>())
}
