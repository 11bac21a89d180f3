//! Operations that move elements without computing on them.

use super::check_axes;
use crate::error::{Result, error};
use crate::{Padding, Shape, Spec};

pub(super) fn infer_broadcast_in_dim(operand: &Spec, shape: &Shape, axes: &[usize]) -> Result<Spec> {
    let result = Spec::new(operand.dtype, shape);
    if axes.len() != operand.rank() {
        return Err(error!(Axis, "broadcast_in_dim: {operand} needs {} axes, got {axes:?}", operand.rank()));
    }
    check_axes("broadcast_in_dim", "axis", axes, &result)?;
    // StableHLO allows any order; ours is ascending so that a broadcast never hides a transpose.
    if !axes.is_sorted() {
        return Err(error!(Axis, "broadcast_in_dim: axes must ascend, got {axes:?}"));
    }
    for (from, (&to, &dim)) in axes.iter().zip(operand.dims()).enumerate() {
        if dim != 1 && dim != shape.dims()[to] {
            return Err(error!(
                Shape,
                "broadcast_in_dim: axis {from} of {operand} does not stretch to axis {to} of {result}"
            ));
        }
    }
    Ok(result)
}

pub(super) fn infer_concatenate(operands: &[&Spec], axis: usize) -> Result<Spec> {
    let first = operands[0];
    check_axes("concatenate", "axis", &[axis], first)?;
    if first.dtype.bits() < 4 {
        // XLA's CPU compiler ends the process on these (checked with the pinned build, 2026-11).
        return Err(error!(DType, "concatenate: takes no operands under 4 bits, got {first}")
            .hint("convert the operands to a wider type first"));
    }
    let mut dims = first.dims().to_vec();
    for (i, operand) in operands.iter().enumerate().skip(1) {
        if operand.dtype != first.dtype {
            return Err(error!(
                DType,
                "concatenate: operands must have one dtype, got {first} and operand {i} {operand}"
            ));
        }
        let fits = operand.rank() == first.rank()
            && (0..first.rank()).all(|a| a == axis || operand.dims()[a] == first.dims()[a]);
        if !fits {
            return Err(error!(
                Shape,
                "concatenate: operands may differ only along axis {axis}, got {first} and operand {i} {operand}"
            ));
        }
        dims[axis] = dims[axis].saturating_add(operand.dims()[axis]);
    }
    Ok(Spec::new(first.dtype, dims))
}

pub(super) fn infer_pad(operand: &Spec, value: &Spec, padding: &Padding) -> Result<Spec> {
    let rank = operand.rank();
    if value != &Spec::scalar(operand.dtype) {
        return Err(error!(DType, "pad: the value must be {}[], got {value}", operand.dtype));
    }
    if padding.low.len() != rank || padding.high.len() != rank || padding.interior.len() != rank {
        return Err(error!(Argument, "pad: {operand} needs {rank} amounts of each kind, got {padding:?}"));
    }
    let dim = |axis: usize| {
        let size = operand.dims()[axis] as i128;
        let gaps = (size - 1).max(0).saturating_mul(padding.interior[axis] as i128);
        let edges = padding.low[axis] as i128 + padding.high[axis] as i128;
        let padded = size.saturating_add(gaps).saturating_add(edges);
        usize::try_from(padded).map_err(|_| {
            error!(
                Argument,
                "pad: axis {axis} of {operand} with low {}, high {} and interior {} would have size {padded}",
                padding.low[axis],
                padding.high[axis],
                padding.interior[axis]
            )
        })
    };
    let dims = (0..rank).map(dim).collect::<Result<Vec<usize>>>()?;
    Ok(Spec::new(operand.dtype, dims))
}

pub(super) fn infer_reshape(operand: &Spec, shape: &Shape) -> Result<Spec> {
    let (from, to) = (operand.shape.elements(), shape.elements());
    if from != to || to.is_none() {
        let count = |elements: Option<usize>| elements.map_or("too many".to_string(), |n| n.to_string());
        return Err(error!(
            Shape,
            "reshape: {operand} has {} elements, {shape} takes {}",
            count(from),
            count(to)
        ));
    }
    Ok(Spec::new(operand.dtype, shape))
}

pub(super) fn infer_reverse(operand: &Spec, axes: &[usize]) -> Result<Spec> {
    check_axes("reverse", "axis", axes, operand)?;
    Ok(operand.clone())
}

pub(super) fn infer_slice(
    operand: &Spec,
    starts: &[usize],
    limits: &[usize],
    strides: &[usize],
) -> Result<Spec> {
    let rank = operand.rank();
    if starts.len() != rank || limits.len() != rank || strides.len() != rank {
        return Err(error!(Argument, "slice: {operand} needs {rank} starts, limits and strides"));
    }
    let dim = |axis: usize| {
        let (start, limit, stride, size) = (starts[axis], limits[axis], strides[axis], operand.dims()[axis]);
        match start <= limit && limit <= size && stride > 0 {
            true => Ok((limit - start).div_ceil(stride)),
            false => Err(error!(
                Argument,
                "slice: {start}..{limit} by {stride} is not within axis {axis} of {operand}"
            )),
        }
    };
    Ok(Spec::new(operand.dtype, (0..rank).map(dim).collect::<Result<Vec<usize>>>()?))
}

pub(super) fn infer_transpose(operand: &Spec, permutation: &[usize]) -> Result<Spec> {
    if permutation.len() != operand.rank() {
        return Err(error!(Axis, "transpose: {permutation:?} is no permutation of the axes of {operand}"));
    }
    check_axes("transpose", "axis", permutation, operand)?;
    let dims: Vec<usize> = permutation.iter().map(|&axis| operand.dims()[axis]).collect();
    Ok(Spec::new(operand.dtype, dims))
}
