//! `sort` and `top_k`.

use super::{check_axes, pack};
use crate::error::{Result, error};
use crate::{DType, Family, Graph, Spec, Type};

pub(super) fn infer_sort(operands: &[&Spec], axis: usize, comparator: &Graph) -> Result<Type> {
    let first = operands[0];
    check_axes("sort", "axis", &[axis], first)?;
    if let Some(other) = operands.iter().find(|other| other.shape != first.shape) {
        return Err(error!(Shape, "sort: operands must have one shape, got {first} and {other}"));
    }
    let pairs: Vec<Spec> = operands.iter().flat_map(|spec| vec![Spec::scalar(spec.dtype); 2]).collect();
    let arguments = comparator.inputs().iter().map(|input| &input.spec);
    if !arguments.eq(pairs.iter()) || comparator.outputs() != [Spec::scalar(DType::Bool)] {
        let specs: Vec<String> = operands.iter().map(|spec| spec.to_string()).collect();
        return Err(error!(
            DType,
            "sort: comparator `{}` does not order two elements of {}",
            comparator.name(),
            specs.join(", ")
        ));
    }
    Ok(pack(operands.iter().map(|spec| (*spec).clone()).collect()))
}

pub(super) fn infer_top_k(operand: &Spec, k: usize) -> Result<Type> {
    let Some((&size, others)) = operand.dims().split_last() else {
        return Err(error!(Shape, "top_k: takes no scalars, got {operand}"));
    };
    if !matches!(operand.dtype.family(), Family::Signed | Family::Unsigned | Family::Float) {
        return Err(error!(DType, "top_k: takes integer or floating-point operands, got {operand}"));
    }
    if k > size {
        return Err(error!(Argument, "top_k: {k} is more than the last axis of {operand} has"));
    }
    let values = Spec::new(operand.dtype, [others, &[k]].concat());
    let positions = values.with_dtype(DType::I32);
    Ok(Type::Tuple(vec![values, positions]))
}
