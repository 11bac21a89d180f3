//! `dot_general`: each operand's cotangent is another contraction, a batch another batch or free axis.

use super::super::emit::emit_one;
use super::super::rule::{Lane, Lanes, Site};
use crate::error::Result;
use crate::{Dot, Op, Tensor};

pub(super) fn vjp_dot(site: &Site<'_>, cotangents: &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>> {
    let (Op::DotGeneral(dot), Some(cotangent)) = (site.op, &cotangents[0]) else { return Ok(vec![None; 2]) };
    let (lhs, rhs) = (Side::lhs(dot, site.x()), Side::rhs(dot, site.y()));
    // The result's axes: batch, free of lhs, free of rhs.
    let (batch, lhs_free) = (dot.lhs_batch.len(), lhs.free().len());
    let of_lhs: Vec<usize> = (batch..batch + lhs_free).collect();
    let of_rhs: Vec<usize> = (batch + lhs_free..cotangent.rank()).collect();
    let wide = |tensor: &Tensor| tensor.convert(dot.dtype);
    let for_lhs = site.wanted[0].then(|| {
        let (product, order) = transposed(dot, cotangent, &of_rhs, &wide(site.y()), &rhs, &lhs);
        product.transpose(order).convert(site.x().dtype())
    });
    let for_rhs = site.wanted[1].then(|| {
        let (product, order) = transposed(dot, cotangent, &of_lhs, &wide(site.x()), &lhs, &rhs);
        product.transpose(order).convert(site.y().dtype())
    });
    Ok(vec![for_lhs, for_rhs])
}

/// One operand of a contraction.
struct Side<'a> {
    batch: &'a [usize],
    contract: &'a [usize],
    rank: usize,
}

impl<'a> Side<'a> {
    fn lhs(dot: &'a Dot, lhs: &Tensor) -> Side<'a> {
        Side { batch: &dot.lhs_batch, contract: &dot.lhs_contract, rank: lhs.rank() }
    }

    fn rhs(dot: &'a Dot, rhs: &Tensor) -> Side<'a> {
        Side { batch: &dot.rhs_batch, contract: &dot.rhs_contract, rank: rhs.rank() }
    }

    fn free(&self) -> Vec<usize> {
        (0..self.rank).filter(|axis| !self.batch.contains(axis) && !self.contract.contains(axis)).collect()
    }
}

/// The cotangent contracted with the operand `other` over `other`'s free axes, and the permutation that brings the
/// product's axes (batch, free of `own`, contracted) into the order they have in `own`.
fn transposed(
    dot: &Dot,
    cotangent: &Tensor,
    contract: &[usize],
    other: &Tensor,
    other_side: &Side<'_>,
    own: &Side<'_>,
) -> (Tensor, Vec<usize>) {
    let backward = Dot {
        lhs_batch: (0..dot.lhs_batch.len()).collect(),
        rhs_batch: other_side.batch.to_vec(),
        lhs_contract: contract.to_vec(),
        rhs_contract: other_side.free(),
        dtype: dot.dtype,
        precision: dot.precision,
    };
    let product = emit_one(Op::DotGeneral(backward), &[cotangent, other]);
    // What `other` contracted is now its free axes, in ascending order; each is paired with an axis of `own`.
    let mut contracted: Vec<(usize, usize)> =
        other_side.contract.iter().copied().zip(own.contract.iter().copied()).collect();
    contracted.sort_unstable();
    let from: Vec<usize> = own
        .batch
        .iter()
        .copied()
        .chain(own.free())
        .chain(contracted.into_iter().map(|(_, own)| own))
        .collect();
    let mut order = vec![0; own.rank];
    from.iter().enumerate().for_each(|(at, &axis)| order[axis] = at);
    (product, order)
}

pub(super) fn batch_dot(lanes: &Lanes<'_>) -> Result<Vec<Lane>> {
    let Op::DotGeneral(dot) = lanes.op else { return Ok(Vec::new()) };
    let [lhs, rhs] = lanes.operands else { return Ok(Vec::new()) };
    let shift = |axes: &[usize], batched: bool| -> Vec<usize> {
        axes.iter().map(|axis| axis + usize::from(batched)).collect()
    };
    let mut batched = Dot {
        lhs_batch: shift(&dot.lhs_batch, lhs.batched),
        rhs_batch: shift(&dot.rhs_batch, rhs.batched),
        lhs_contract: shift(&dot.lhs_contract, lhs.batched),
        rhs_contract: shift(&dot.rhs_contract, rhs.batched),
        ..dot.clone()
    };
    if lhs.batched && rhs.batched {
        batched.lhs_batch.insert(0, 0);
        batched.rhs_batch.insert(0, 0);
        return lanes.emit(Op::DotGeneral(batched), &[&lhs.tensor, &rhs.tensor]);
    }
    // On one side only the batch is a free axis, the first of that side's.
    let lhs_free = lhs.rank() - dot.lhs_batch.len() - dot.lhs_contract.len();
    let at = dot.lhs_batch.len() + if lhs.batched { 0 } else { lhs_free };
    let product = emit_one(Op::DotGeneral(batched), &[&lhs.tensor, &rhs.tensor]);
    Ok(vec![Lane::batched(axis_to_front(&product, at))])
}

/// Axis `at` before all others.
pub(super) fn axis_to_front(tensor: &Tensor, at: usize) -> Tensor {
    let permutation: Vec<usize> =
        std::iter::once(at).chain((0..tensor.rank()).filter(|&axis| axis != at)).collect();
    tensor.transpose(permutation)
}
