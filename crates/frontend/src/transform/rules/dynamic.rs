//! Slices whose position is computed: each is the other's transpose. Where every example of a batch has a position of its
//! own they become `gather` and `scatter`, which have one for each slice.

use super::super::emit::emit_one;
use super::super::rule::{Lane, Lanes, Site};
use crate::error::Result;
use crate::{GatherDims, Op, ScatterDims, Tensor};

pub(super) fn vjp_dynamic_slice(
    site: &Site<'_>,
    cotangents: &[Option<Tensor>],
) -> Result<Vec<Option<Tensor>>> {
    let Some(cotangent) = &cotangents[0] else { return Ok(vec![None; site.operands.len()]) };
    let zeros = Tensor::zeros(cotangent.dtype(), site.x().dims());
    let operands: Vec<&Tensor> = [&zeros, cotangent].into_iter().chain(&site.operands[1..]).collect();
    site.first(emit_one(Op::DynamicUpdateSlice, &operands))
}

pub(super) fn vjp_dynamic_update_slice(
    site: &Site<'_>,
    cotangents: &[Option<Tensor>],
) -> Result<Vec<Option<Tensor>>> {
    let Some(cotangent) = &cotangents[0] else { return Ok(vec![None; site.operands.len()]) };
    let starts = &site.operands[2..];
    let mut pulled = vec![None; site.operands.len()];
    if site.wanted[0] {
        let zeros = Tensor::zeros(cotangent.dtype(), site.y().dims());
        let operands: Vec<&Tensor> = [cotangent, &zeros].into_iter().chain(starts).collect();
        pulled[0] = Some(emit_one(Op::DynamicUpdateSlice, &operands));
    }
    if site.wanted[1] {
        let operands: Vec<&Tensor> = std::iter::once(cotangent).chain(starts).collect();
        pulled[1] = Some(emit_one(Op::DynamicSlice { sizes: site.y().dims().to_vec() }, &operands));
    }
    Ok(pulled)
}

pub(super) fn batch_dynamic_slice(lanes: &Lanes<'_>) -> Result<Vec<Lane>> {
    let Op::DynamicSlice { sizes } = lanes.op else { return Ok(Vec::new()) };
    let (operand, starts) = (&lanes.operands[0], &lanes.operands[1..]);
    if starts.iter().all(|start| !start.batched) {
        let sizes = [&[lanes.size][..], sizes].concat();
        return emit_whole(Op::DynamicSlice { sizes }, &[&operand.tensor], starts);
    }
    let (own, batching) = own_axes(sizes.len(), operand.batched);
    let dims = GatherDims {
        offset_dims: (1..=sizes.len()).collect(),
        operand_batching_dims: batching.clone(),
        start_indices_batching_dims: batching.clone(),
        start_index_map: own,
        index_vector_dim: 1,
        slice_sizes: batching.iter().map(|_| 1).chain(sizes.iter().copied()).collect(),
        ..GatherDims::default()
    };
    lanes.emit(Op::Gather(dims), &[&operand.tensor, &vectors(starts, lanes.size)])
}

pub(super) fn batch_dynamic_update_slice(lanes: &Lanes<'_>) -> Result<Vec<Lane>> {
    let starts = &lanes.operands[2..];
    let (operand, update) = (lanes.with_batch(0), lanes.with_batch(1));
    if starts.iter().all(|start| !start.batched) {
        return emit_whole(Op::DynamicUpdateSlice, &[&operand, &update], starts);
    }
    let rank = starts.len();
    let (own, batching) = own_axes(rank, true);
    let vectors = vectors(starts, lanes.size);
    // A scatter leaves out what does not fit; this operation moves it until it does.
    let room: Vec<usize> = own.iter().map(|&axis| operand.dims()[axis] - update.dims()[axis]).collect();
    let bounds = super::indexing::component_bounds(&room, &vectors, 1);
    let vectors = emit_one(Op::Clamp, &[&Tensor::zeros(vectors.dtype(), []), &vectors, &bounds]);
    let dims = ScatterDims {
        update_window_dims: (1..=rank).collect(),
        input_batching_dims: batching.clone(),
        scatter_indices_batching_dims: batching,
        scatter_dims_to_operand_dims: own,
        index_vector_dim: 1,
        indices_are_sorted: true,
        unique_indices: true,
        ..ScatterDims::default()
    };
    lanes.emit(Op::Scatter { dims, combine: None }, &[&operand, &vectors, &update])
}

/// The operation on operands that carry the batch, with a start of 0 for the batch axis.
fn emit_whole(op: Op, operands: &[&Tensor], starts: &[Lane]) -> Result<Vec<Lane>> {
    let dtype = starts.first().map_or(crate::DType::I32, |start| start.tensor.dtype());
    let zero = Tensor::zeros(dtype, []);
    let starts = std::iter::once(&zero).chain(starts.iter().map(|start| &start.tensor));
    let operands: Vec<&Tensor> = operands.iter().copied().chain(starts).collect();
    Ok(vec![Lane::batched(emit_one(op, &operands))])
}

/// The axes of an operand that are one example's, and the batch axis if it has one.
fn own_axes(rank: usize, batched: bool) -> (Vec<usize>, Vec<usize>) {
    match batched {
        true => ((1..=rank).collect(), vec![0]),
        false => ((0..rank).collect(), Vec::new()),
    }
}

/// One start vector an example, from one start an axis.
fn vectors(starts: &[Lane], size: usize) -> Tensor {
    let columns: Vec<Tensor> = starts.iter().map(|start| start.with_batch(size)).collect();
    Tensor::stack(&columns.iter().collect::<Vec<_>>(), 1)
}
