//! Slices whose position is computed on the device: `dynamic_slice`, `dynamic_update_slice`.

use crate::Spec;
use crate::error::{Result, error};

pub(super) fn infer_dynamic_slice(operands: &[&Spec], sizes: &[usize]) -> Result<Spec> {
    let operand = operands[0];
    check_starts("dynamic_slice", operand, &operands[1..])?;
    if sizes.len() != operand.rank() {
        return Err(error!(Argument, "dynamic_slice: {operand} needs one size an axis, got {sizes:?}"));
    }
    check_fits("dynamic_slice", operand, sizes)?;
    Ok(operand.with_shape(sizes))
}

pub(super) fn infer_dynamic_update_slice(operands: &[&Spec]) -> Result<Spec> {
    let (operand, update) = (operands[0], operands[1]);
    check_starts("dynamic_update_slice", operand, &operands[2..])?;
    if update.dtype != operand.dtype || update.rank() != operand.rank() {
        return Err(error!(
            DType,
            "dynamic_update_slice: the update must have dtype and rank of {operand}, got {update}"
        ));
    }
    check_fits("dynamic_update_slice", operand, update.dims())?;
    Ok(operand.clone())
}

fn check_starts(name: &str, operand: &Spec, starts: &[&Spec]) -> Result<()> {
    if starts.len() != operand.rank() {
        return Err(error!(
            Argument,
            "{name}: {operand} needs {} starts, got {}",
            operand.rank(),
            starts.len()
        ));
    }
    for start in starts {
        if start.rank() != 0 || !start.dtype.is_integer() {
            return Err(error!(DType, "{name}: starts must be integer scalars, got {start}"));
        }
        if start.dtype != starts[0].dtype {
            return Err(error!(DType, "{name}: starts must have one dtype, got {} and {start}", starts[0]));
        }
    }
    Ok(())
}

fn check_fits(name: &str, operand: &Spec, sizes: &[usize]) -> Result<()> {
    match sizes.iter().zip(operand.dims()).position(|(size, dim)| size > dim) {
        Some(axis) => Err(error!(
            Shape,
            "{name}: a slice of size {} does not fit axis {axis} of {operand}", sizes[axis]
        )),
        None => Ok(()),
    }
}
