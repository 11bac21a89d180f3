//! `scatter`: windows written at computed positions.
//!
//! The rules are those of the StableHLO specification's section on scatter, for one operand.

use super::check_axes;
use super::reduction::check_reducer;
use crate::error::{Result, error};
use crate::{Reducer, ScatterDims, Spec};

pub(super) fn infer_scatter(
    operands: &[&Spec],
    dims: &ScatterDims,
    combine: Option<&Reducer>,
) -> Result<Spec> {
    let (operand, indices, updates) = (operands[0], operands[1], operands[2]);
    if updates.dtype != operand.dtype {
        return Err(error!(
            DType,
            "scatter: operand and updates must have one dtype, got {operand} and {updates}"
        )
        .hint("convert one of them; dtypes are never promoted implicitly"));
    }
    if let Some(reducer) = combine {
        check_reducer("scatter", &[operand], reducer)?;
    }
    check_indices(indices, dims)?;
    check_operand_axes(operand, indices, dims)?;
    check_updates(operand, indices, updates, dims)?;
    Ok(operand.clone())
}

fn check_indices(indices: &Spec, dims: &ScatterDims) -> Result<()> {
    if !indices.dtype.is_integer() {
        return Err(error!(DType, "scatter: indices must be integers, got {indices}"));
    }
    if dims.index_vector_dim > indices.rank() {
        return Err(error!(
            Axis,
            "scatter: index_vector_dim {} is out of range for {indices}", dims.index_vector_dim
        ));
    }
    let components = indices.dims().get(dims.index_vector_dim).copied().unwrap_or(1);
    let addressed = &dims.scatter_dims_to_operand_dims;
    if addressed.len() != components {
        return Err(error!(
            Shape,
            "scatter: index vectors in {indices} have {components} components, scatter_dims_to_operand_dims {addressed:?} \
             names {} axes",
            addressed.len()
        ));
    }
    Ok(())
}

fn check_operand_axes(operand: &Spec, indices: &Spec, dims: &ScatterDims) -> Result<()> {
    let removed = [&dims.inserted_window_dims[..], &dims.input_batching_dims].concat();
    check_axes("scatter", "inserted or batching axis", &removed, operand)?;
    let addressed = [&dims.scatter_dims_to_operand_dims[..], &dims.input_batching_dims].concat();
    check_axes("scatter", "addressed or batching axis", &addressed, operand)?;
    check_axes("scatter", "batching axis", &dims.scatter_indices_batching_dims, indices)?;
    let pairs_up = dims.scatter_indices_batching_dims.len() == dims.input_batching_dims.len()
        && !dims.scatter_indices_batching_dims.contains(&dims.index_vector_dim)
        && dims.input_batching_dims.is_sorted()
        && dims.inserted_window_dims.is_sorted();
    let same_sizes = || {
        let mut pairs = dims.input_batching_dims.iter().zip(&dims.scatter_indices_batching_dims);
        pairs.all(|(&o, &i)| operand.dims()[o] == indices.dims()[i])
    };
    if !pairs_up || !same_sizes() {
        return Err(error!(
            Axis,
            "scatter: batching axes {:?} of {operand} do not pair up with {:?} of {indices}",
            dims.input_batching_dims,
            dims.scatter_indices_batching_dims
        ));
    }
    Ok(())
}

fn check_updates(operand: &Spec, indices: &Spec, updates: &Spec, dims: &ScatterDims) -> Result<()> {
    let window = &dims.update_window_dims;
    check_axes("scatter", "update_window axis", window, updates)?;
    let kept: Vec<usize> = (0..operand.rank())
        .filter(|axis| !dims.inserted_window_dims.contains(axis) && !dims.input_batching_dims.contains(axis))
        .collect();
    if !window.is_sorted() || window.len() != kept.len() {
        return Err(error!(
            Axis,
            "scatter: update_window_dims {window:?} must be {} ascending axes of {updates}",
            kept.len()
        ));
    }
    for (&axis, &own) in window.iter().zip(&kept) {
        if updates.dims()[axis] > operand.dims()[own] {
            return Err(error!(
                Shape,
                "scatter: a window of size {} (axis {axis} of {updates}) does not fit axis {own} of {operand}",
                updates.dims()[axis]
            ));
        }
    }
    let positions = (0..indices.rank()).filter(|&axis| axis != dims.index_vector_dim);
    let positions: Vec<usize> = positions.map(|axis| indices.dims()[axis]).collect();
    let others = (0..updates.rank()).filter(|axis| !window.contains(axis));
    let others: Vec<usize> = others.map(|axis| updates.dims()[axis]).collect();
    if positions != others {
        return Err(error!(
            Shape,
            "scatter: {updates} has windows at {others:?}, indices {indices} name {positions:?}"
        ));
    }
    Ok(())
}
