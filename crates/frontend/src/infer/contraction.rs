//! `dot_general`: the one contraction every matrix product, attention and einsum becomes.

use super::check_axes;
use crate::error::{Result, error};
use crate::{DType, Dot, Spec};

pub(super) fn infer_dot(lhs: &Spec, rhs: &Spec, dot: &Dot) -> Result<Spec> {
    if lhs.dtype != rhs.dtype {
        return Err(error!(DType, "dot: operands must have one dtype, got lhs {lhs} and rhs {rhs}")
            .hint("convert one of them; dtypes are never promoted implicitly"));
    }
    check_result_dtype("dot", lhs.dtype, dot.dtype)?;
    check_axes("dot", "lhs axis", &[&dot.lhs_batch[..], &dot.lhs_contract].concat(), lhs)?;
    check_axes("dot", "rhs axis", &[&dot.rhs_batch[..], &dot.rhs_contract].concat(), rhs)?;
    check_pairs("batch", lhs, rhs, &dot.lhs_batch, &dot.rhs_batch)?;
    check_pairs("contracted", lhs, rhs, &dot.lhs_contract, &dot.rhs_contract)?;
    let free = |spec: &Spec, batch: &[usize], contract: &[usize]| -> Vec<usize> {
        let is_free = |axis: &usize| !batch.contains(axis) && !contract.contains(axis);
        (0..spec.rank()).filter(is_free).map(|axis| spec.dims()[axis]).collect()
    };
    let mut dims: Vec<usize> = dot.lhs_batch.iter().map(|&axis| lhs.dims()[axis]).collect();
    dims.extend(free(lhs, &dot.lhs_batch, &dot.lhs_contract));
    dims.extend(free(rhs, &dot.rhs_batch, &dot.rhs_contract));
    Ok(Spec::new(dot.dtype, dims))
}

/// A contraction may accumulate and answer in a wider type of the same family, never in a narrower one.
pub(super) fn check_result_dtype(name: &str, operands: DType, result: DType) -> Result<()> {
    let integers = operands.is_integer() && result.is_integer();
    let widens = (operands.family() == result.family() || integers) && result.bits() >= operands.bits();
    match operands == result || (widens && result.bits() > operands.bits()) {
        true => Ok(()),
        false => Err(error!(DType, "{name}: operands of {operands} cannot accumulate in {result}")),
    }
}

fn check_pairs(what: &str, lhs: &Spec, rhs: &Spec, lhs_axes: &[usize], rhs_axes: &[usize]) -> Result<()> {
    if lhs_axes.len() != rhs_axes.len() {
        return Err(error!(
            Axis,
            "dot: {what} axes must pair up, got {lhs_axes:?} of lhs {lhs} and {rhs_axes:?} of rhs {rhs}"
        ));
    }
    for (&l, &r) in lhs_axes.iter().zip(rhs_axes) {
        let (left, right) = (lhs.dims()[l], rhs.dims()[r]);
        if left != right {
            return Err(error!(
                Shape,
                "dot: {what} axes must have one size, got {} in lhs {lhs} and {} in rhs {rhs}",
                lhs.shape.describe(l),
                rhs.shape.describe(r)
            ));
        }
    }
    Ok(())
}
