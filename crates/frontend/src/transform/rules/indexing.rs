//! `gather`: batching by its own batching axes, which both operands have.

use super::super::rule::{Lane, Lanes, Site};
use crate::error::Result;
use crate::{GatherDims, Op, Tensor};

pub(super) fn vjp_gather(site: &Site<'_>, _cotangents: &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>> {
    site.refuse("its cotangent needs `scatter`, which the graph does not have")
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
