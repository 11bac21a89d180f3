//! Operations that move elements: their transposes move them back, their batching shifts axis numbers by one.

use super::super::emit::emit_one;
use super::super::rule::{Lane, Lanes, Site};
use crate::error::Result;
use crate::{DType, Op, Padding, Tensor};

/// The cotangent of a rule with one result, if there is one.
macro_rules! arrived {
    ($site:ident, $cotangents:ident) => {
        match &$cotangents[0] {
            Some(cotangent) => cotangent,
            None => return Ok(vec![None; $site.operands.len()]),
        }
    };
}

/// Repeated elements add up.
pub(super) fn vjp_broadcast_in_dim(
    site: &Site<'_>,
    cotangents: &[Option<Tensor>],
) -> Result<Vec<Option<Tensor>>> {
    let cotangent = arrived!(site, cotangents);
    let Op::BroadcastInDim { shape, axes } = site.op else { return Ok(vec![None]) };
    let own = site.x().dims();
    let kept = |axis: &usize| axes.iter().zip(own).any(|(a, &dim)| a == axis && dim == shape.dims()[*axis]);
    let summed: Vec<usize> = (0..shape.rank()).filter(|axis| !kept(axis)).collect();
    site.first(cotangent.sum(summed).reshape(own))
}

pub(super) fn batch_broadcast_in_dim(lanes: &Lanes<'_>) -> Result<Vec<Lane>> {
    let Op::BroadcastInDim { shape, axes } = lanes.op else { return Ok(Vec::new()) };
    let shape: Vec<usize> = std::iter::once(lanes.size).chain(shape.dims().iter().copied()).collect();
    let axes = std::iter::once(0).chain(axes.iter().map(|axis| axis + 1)).collect();
    lanes.emit(Op::BroadcastInDim { shape: shape.into(), axes }, &[&lanes.operands[0].tensor])
}

pub(super) fn vjp_concatenate(site: &Site<'_>, cotangents: &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>> {
    let cotangent = arrived!(site, cotangents);
    let Op::Concatenate { axis } = site.op else { return Ok(vec![None; site.operands.len()]) };
    let mut start = 0;
    let mut pieces = Vec::with_capacity(site.operands.len());
    for (operand, wanted) in site.operands.iter().zip(site.wanted) {
        let end = start + operand.dims()[*axis];
        pieces.push(wanted.then(|| cotangent.slice(*axis, start..end)));
        start = end;
    }
    Ok(pieces)
}

pub(super) fn batch_concatenate(lanes: &Lanes<'_>) -> Result<Vec<Lane>> {
    let Op::Concatenate { axis } = lanes.op else { return Ok(Vec::new()) };
    let operands = lanes.all_with_batch();
    lanes.emit(Op::Concatenate { axis: axis + 1 }, &operands.iter().collect::<Vec<_>>())
}

/// The operand's elements are cut out of the cotangent; the padding value gets the rest.
pub(super) fn vjp_pad(site: &Site<'_>, cotangents: &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>> {
    let cotangent = arrived!(site, cotangents);
    let Op::Pad(padding) = site.op else { return Ok(vec![None; 2]) };
    let inner = unpad(cotangent, padding, site.x().dims());
    let value = site.wanted[1].then(|| cotangent.sum(..) - inner.sum(..));
    Ok(vec![Some(inner), value])
}

/// What `pad` of an array of these sizes put into `padded`, zero where it cut.
fn unpad(padded: &Tensor, padding: &Padding, dims: &[usize]) -> Tensor {
    let negated = |amounts: &[i64]| amounts.iter().map(|amount| -amount).collect::<Vec<i64>>();
    let (low, high) = (negated(&padding.low), negated(&padding.high));
    let edgeless = match low.iter().chain(&high).all(|&amount| amount == 0) {
        true => padded.clone(),
        false => {
            let interior = vec![0; dims.len()];
            let zero = Tensor::zeros(padded.dtype(), []);
            emit_one(Op::Pad(Padding { low, high, interior }), &[padded, &zero])
        }
    };
    match padding.interior.iter().all(|&gap| gap == 0) {
        true => edgeless,
        false => {
            let strides = padding.interior.iter().map(|gap| gap + 1).collect();
            let limits = edgeless.dims().to_vec();
            emit_one(Op::Slice { starts: vec![0; dims.len()], limits, strides }, &[&edgeless])
        }
    }
}

pub(super) fn batch_pad(lanes: &Lanes<'_>) -> Result<Vec<Lane>> {
    let Op::Pad(padding) = lanes.op else { return Ok(Vec::new()) };
    let padding = Padding {
        low: prepend(0, &padding.low),
        high: prepend(0, &padding.high),
        interior: prepend(0, &padding.interior),
    };
    let value = &lanes.operands[1];
    let operand = lanes.with_batch(0);
    if !value.batched {
        return lanes.emit(Op::Pad(padding), &[&operand, &value.tensor]);
    }
    // Each example has a value of its own, which `pad` cannot take: mark what is padding and choose there.
    let zero = Tensor::zeros(operand.dtype(), []);
    let padded = emit_one(Op::Pad(padding.clone()), &[&operand, &zero]);
    let inside = Tensor::ones(DType::Bool, operand.dims());
    let inside = emit_one(Op::Pad(padding), &[&inside, &Tensor::zeros(DType::Bool, [])]);
    let shape = padded.spec().shape.clone();
    let value = emit_one(Op::BroadcastInDim { shape, axes: vec![0] }, &[&value.tensor]);
    Ok(vec![Lane::batched(inside.select(&padded, &value))])
}

pub(super) fn vjp_reshape(site: &Site<'_>, cotangents: &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>> {
    let cotangent = arrived!(site, cotangents);
    site.first(cotangent.reshape(site.x().dims()))
}

pub(super) fn batch_reshape(lanes: &Lanes<'_>) -> Result<Vec<Lane>> {
    let Op::Reshape { shape } = lanes.op else { return Ok(Vec::new()) };
    Ok(vec![Lane::batched(lanes.operands[0].tensor.reshape(prepend(lanes.size, shape.dims())))])
}

pub(super) fn vjp_reverse(site: &Site<'_>, cotangents: &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>> {
    let cotangent = arrived!(site, cotangents);
    site.first(emit_one(site.op.clone(), &[cotangent]))
}

pub(super) fn batch_reverse(lanes: &Lanes<'_>) -> Result<Vec<Lane>> {
    let Op::Reverse { axes } = lanes.op else { return Ok(Vec::new()) };
    let axes = axes.iter().map(|axis| axis + 1).collect();
    lanes.emit(Op::Reverse { axes }, &[&lanes.operands[0].tensor])
}

/// Elements go back to their places among zeros.
pub(super) fn vjp_slice(site: &Site<'_>, cotangents: &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>> {
    let cotangent = arrived!(site, cotangents);
    let Op::Slice { starts, strides, .. } = site.op else { return Ok(vec![None]) };
    let rank = starts.len();
    let spread = |axis: usize| match cotangent.dims()[axis] {
        0 => 0,
        count => (count - 1) * strides[axis] + 1,
    };
    let high = |axis: usize| (site.x().dims()[axis] - starts[axis] - spread(axis)) as i64;
    let padding = Padding {
        low: starts.iter().map(|&start| start as i64).collect(),
        high: (0..rank).map(high).collect(),
        interior: strides.iter().map(|stride| stride - 1).collect(),
    };
    let zero = Tensor::zeros(cotangent.dtype(), []);
    site.first(emit_one(Op::Pad(padding), &[cotangent, &zero]))
}

pub(super) fn batch_slice(lanes: &Lanes<'_>) -> Result<Vec<Lane>> {
    let Op::Slice { starts, limits, strides } = lanes.op else { return Ok(Vec::new()) };
    let op = Op::Slice {
        starts: prepend(0, starts),
        limits: prepend(lanes.size, limits),
        strides: prepend(1, strides),
    };
    lanes.emit(op, &[&lanes.operands[0].tensor])
}

pub(super) fn vjp_transpose(site: &Site<'_>, cotangents: &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>> {
    let cotangent = arrived!(site, cotangents);
    let Op::Transpose { permutation } = site.op else { return Ok(vec![None]) };
    let mut inverse = vec![0; permutation.len()];
    permutation.iter().enumerate().for_each(|(to, &from)| inverse[from] = to);
    site.first(cotangent.transpose(inverse))
}

pub(super) fn batch_transpose(lanes: &Lanes<'_>) -> Result<Vec<Lane>> {
    let Op::Transpose { permutation } = lanes.op else { return Ok(Vec::new()) };
    let permutation = std::iter::once(0).chain(permutation.iter().map(|axis| axis + 1)).collect();
    lanes.emit(Op::Transpose { permutation }, &[&lanes.operands[0].tensor])
}

fn prepend<T: Copy>(first: T, rest: &[T]) -> Vec<T> {
    std::iter::once(first).chain(rest.iter().copied()).collect()
}
