//! `gather`: slices at computed positions.
//!
//! The rules are those of the StableHLO specification's section on gather, reported in its order.

use super::check_axes;
use crate::error::{Result, error};
use crate::{GatherDims, Spec};

pub(super) fn infer_gather(operand: &Spec, indices: &Spec, dims: &GatherDims) -> Result<Spec> {
    check_indices(indices, dims)?;
    check_operand_axes(operand, indices, dims)?;
    let batch: Vec<usize> = (0..indices.rank())
        .filter(|&axis| axis != dims.index_vector_dim)
        .map(|axis| indices.dims()[axis])
        .collect();
    let offset: Vec<usize> = (0..operand.rank())
        .filter(|axis| {
            !dims.collapsed_slice_dims.contains(axis) && !dims.operand_batching_dims.contains(axis)
        })
        .map(|axis| dims.slice_sizes[axis])
        .collect();
    let rank = batch.len() + offset.len();
    if dims.offset_dims.len() != offset.len()
        || !dims.offset_dims.is_sorted_by(|a, b| a < b)
        || dims.offset_dims.last().is_some_and(|&last| last >= rank)
    {
        return Err(error!(
            Axis,
            "gather: offset_dims {:?} must be {} ascending axes of a result of rank {rank}",
            dims.offset_dims,
            offset.len()
        ));
    }
    let (mut batch, mut offset) = (batch.into_iter(), offset.into_iter());
    let result = (0..rank).filter_map(|axis| match dims.offset_dims.contains(&axis) {
        true => offset.next(),
        false => batch.next(),
    });
    Ok(Spec::new(operand.dtype, result.collect::<Vec<usize>>()))
}

fn check_indices(indices: &Spec, dims: &GatherDims) -> Result<()> {
    if !indices.dtype.is_integer() {
        return Err(error!(DType, "gather: indices must be integers, got {indices}"));
    }
    if dims.index_vector_dim > indices.rank() {
        return Err(error!(
            Axis,
            "gather: index_vector_dim {} is out of range for {indices}", dims.index_vector_dim
        ));
    }
    let components = indices.dims().get(dims.index_vector_dim).copied().unwrap_or(1);
    if dims.start_index_map.len() != components {
        return Err(error!(
            Shape,
            "gather: index vectors in {indices} have {components} components, start_index_map {:?} names {} axes",
            dims.start_index_map,
            dims.start_index_map.len()
        ));
    }
    Ok(())
}

fn check_operand_axes(operand: &Spec, indices: &Spec, dims: &GatherDims) -> Result<()> {
    let removed = [&dims.collapsed_slice_dims[..], &dims.operand_batching_dims].concat();
    check_axes("gather", "collapsed or batching axis", &removed, operand)?;
    let addressed = [&dims.start_index_map[..], &dims.operand_batching_dims].concat();
    check_axes("gather", "addressed or batching axis", &addressed, operand)?;
    check_axes("gather", "batching axis", &dims.start_indices_batching_dims, indices)?;
    let pairs_up = dims.start_indices_batching_dims.len() == dims.operand_batching_dims.len()
        && !dims.start_indices_batching_dims.contains(&dims.index_vector_dim)
        && dims.operand_batching_dims.is_sorted()
        && dims.collapsed_slice_dims.is_sorted();
    let same_sizes = || {
        let mut pairs = dims.operand_batching_dims.iter().zip(&dims.start_indices_batching_dims);
        pairs.all(|(&o, &i)| operand.dims()[o] == indices.dims()[i])
    };
    if !pairs_up || !same_sizes() {
        return Err(error!(
            Axis,
            "gather: batching axes {:?} of {operand} do not pair up with {:?} of {indices}",
            dims.operand_batching_dims,
            dims.start_indices_batching_dims
        ));
    }
    if dims.slice_sizes.len() != operand.rank() {
        return Err(error!(
            Argument,
            "gather: {operand} needs one slice size an axis, got {:?}", dims.slice_sizes
        ));
    }
    for (axis, (&slice, &size)) in dims.slice_sizes.iter().zip(operand.dims()).enumerate() {
        if slice > size || (removed.contains(&axis) && slice > 1) {
            return Err(error!(
                Shape,
                "gather: a slice of size {slice} does not fit axis {axis} of {operand}"
            ));
        }
    }
    Ok(())
}
