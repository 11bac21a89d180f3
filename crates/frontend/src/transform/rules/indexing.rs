//! `gather`: its transpose is a scatter that adds; it batches by its own batching axes.

use super::super::emit::emit_one;
use super::super::rule::{Lane, Lanes, Site};
use crate::error::Result;
use crate::{Family, GatherDims, Op, Reducer, ScatterDims, Tensor};

/// Slices are added where they were read. A slice that was clamped into range must go to where it was read, and a scatter
/// leaves out what does not fit, so the indices are clamped first.
pub(super) fn vjp_gather(site: &Site<'_>, cotangents: &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>> {
    let (Op::Gather(dims), Some(cotangent)) = (site.op, &cotangents[0]) else { return Ok(vec![None; 2]) };
    let back = ScatterDims {
        update_window_dims: dims.offset_dims.clone(),
        inserted_window_dims: dims.collapsed_slice_dims.clone(),
        input_batching_dims: dims.operand_batching_dims.clone(),
        scatter_indices_batching_dims: dims.start_indices_batching_dims.clone(),
        scatter_dims_to_operand_dims: dims.start_index_map.clone(),
        index_vector_dim: dims.index_vector_dim,
        indices_are_sorted: dims.indices_are_sorted,
        unique_indices: false,
    };
    let zeros = Tensor::zeros(cotangent.dtype(), site.x().dims());
    let indices = clamped(site.y(), site.x(), dims);
    let op = Op::Scatter { dims: back, combine: Some(Reducer::Add) };
    site.first(emit_one(op, &[&zeros, &indices, cotangent]))
}

/// Index vectors moved to where `gather` reads.
fn clamped(indices: &Tensor, operand: &Tensor, dims: &GatherDims) -> Tensor {
    let room = |&axis: &usize| operand.dims()[axis] - dims.slice_sizes[axis];
    let last: Vec<usize> = dims.start_index_map.iter().map(room).collect();
    let zero = Tensor::zeros(indices.dtype(), []);
    emit_one(Op::Clamp, &[&zero, indices, &component_bounds(&last, indices, dims.index_vector_dim)])
}

/// For each component of index vectors its greatest value, as a tensor that goes with `indices`. Bounds that the
/// indices' type cannot exceed are that type's greatest value.
pub(super) fn component_bounds(last: &[usize], indices: &Tensor, vector: usize) -> Tensor {
    let dtype = indices.dtype();
    let value_bits = dtype.bits() - usize::from(dtype.family() == Family::Signed);
    let greatest = i64::MAX >> (63 - value_bits.min(63));
    let last: Vec<i64> =
        last.iter().map(|&last| i64::try_from(last).unwrap_or(greatest).min(greatest)).collect();
    match &last[..] {
        [only] => Tensor::full(*only, dtype, []),
        several => {
            let row = Tensor::constant(several, [several.len()]).convert(dtype);
            emit_one(Op::BroadcastInDim { shape: indices.dims().into(), axes: vec![vector] }, &[&row])
        }
    }
}

pub(super) fn batch_gather(lanes: &Lanes<'_>) -> Result<Vec<Lane>> {
    let Op::Gather(dims) = lanes.op else { return Ok(Vec::new()) };
    let [operand, indices] = lanes.operands else { return Ok(Vec::new()) };
    let shift = |axes: &[usize]| axes.iter().map(|axis| axis + 1).collect::<Vec<usize>>();
    // The axes of the result that come from the operand all move by one, as the batch is axis 0 of the result.
    let mut batched = GatherDims { offset_dims: shift(&dims.offset_dims), ..dims.clone() };
    if operand.batched {
        batched.collapsed_slice_dims = shift(&dims.collapsed_slice_dims);
        batched.operand_batching_dims = shift(&dims.operand_batching_dims);
        batched.start_index_map = shift(&dims.start_index_map);
    }
    if indices.batched {
        batched.start_indices_batching_dims = shift(&dims.start_indices_batching_dims);
        batched.index_vector_dim += 1;
    }
    match (operand.batched, indices.batched) {
        (true, true) => {
            batched.operand_batching_dims.insert(0, 0);
            batched.start_indices_batching_dims.insert(0, 0);
            batched.slice_sizes.insert(0, 1);
            // A promise about each example says nothing of the whole.
            batched.indices_are_sorted = false;
        }
        (true, false) => {
            // The whole batch is part of every slice.
            batched.offset_dims.insert(0, 0);
            batched.slice_sizes.insert(0, lanes.size);
        }
        (false, _) => batched.indices_are_sorted = false,
    }
    lanes.emit(Op::Gather(batched), &[&operand.tensor, &indices.tensor])
}
