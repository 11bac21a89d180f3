//! `reduce`: axes folded by a reducer.

use super::{check_axes, pack};
use crate::error::{Result, error};
use crate::{DType, Family, Reducer, Spec, Type};

pub(super) fn infer_reduce(operands: &[&Spec], axes: &[usize], reducer: &Reducer) -> Result<Type> {
    let inputs = check_inits("reduce", operands)?;
    let first = inputs[0];
    check_axes("reduce", "axis", axes, first)?;
    if !axes.is_sorted() {
        return Err(error!(Axis, "reduce: axes must ascend, got {axes:?}"));
    }
    check_reducer("reduce", inputs, reducer)?;
    let kept: Vec<usize> =
        (0..first.rank()).filter(|axis| !axes.contains(axis)).map(|a| first.dims()[a]).collect();
    Ok(pack(inputs.iter().map(|input| Spec::new(input.dtype, &kept)).collect()))
}

/// The inputs of operands that are inputs, all of one shape, and as many scalar initial values of their types.
pub(super) fn check_inits<'a, 's>(name: &str, operands: &'a [&'s Spec]) -> Result<&'a [&'s Spec]> {
    if !operands.len().is_multiple_of(2) {
        return Err(error!(
            Argument,
            "{name}: takes one initial value an input, got {} operands",
            operands.len()
        ));
    }
    let (inputs, inits) = operands.split_at(operands.len() / 2);
    let first = inputs[0];
    for (input, init) in inputs.iter().zip(inits) {
        if input.shape != first.shape {
            return Err(error!(Shape, "{name}: inputs must have one shape, got {first} and {input}"));
        }
        if **init != Spec::scalar(input.dtype) {
            return Err(error!(
                DType,
                "{name}: the initial value for {input} must be {}[], got {init}", input.dtype
            ));
        }
    }
    Ok(inputs)
}

/// Whether a reducer combines elements of these types.
pub(super) fn check_reducer(name: &str, inputs: &[&Spec], reducer: &Reducer) -> Result<()> {
    let dtype = inputs[0].dtype;
    let takes = match reducer {
        Reducer::Add | Reducer::Multiply => true,
        Reducer::Maximum | Reducer::Minimum => dtype.family() != Family::Complex,
        Reducer::And | Reducer::Or => dtype == DType::Bool || dtype.is_integer(),
        Reducer::Body(body) => return check_body(name, inputs, body),
    };
    match takes && inputs.len() == 1 {
        true => Ok(()),
        false => Err(error!(DType, "{name}: {reducer:?} does not take {}", specs(inputs))),
    }
}

fn check_body(name: &str, inputs: &[&Spec], body: &crate::Graph) -> Result<()> {
    let scalars: Vec<Spec> = inputs.iter().map(|input| Spec::scalar(input.dtype)).collect();
    let arguments: Vec<Spec> = body.inputs().iter().map(|input| input.spec.clone()).collect();
    if arguments != [&scalars[..], &scalars].concat() || body.outputs() != scalars {
        return Err(error!(
            DType,
            "{name}: body `{}` does not combine two elements of {} into one of each",
            body.name(),
            specs(inputs)
        ));
    }
    Ok(())
}

fn specs(specs: &[&Spec]) -> String {
    specs.iter().map(|spec| spec.to_string()).collect::<Vec<_>>().join(", ")
}
