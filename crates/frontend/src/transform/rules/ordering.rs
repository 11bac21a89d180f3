//! `sort` and `top_k`: elements are moved, so tangents move along and cotangents move back.

use super::super::emit::{emit, emit_one};
use super::super::rule::{Lane, Lanes, Site};
use crate::error::Result;
use crate::{DType, GatherDims, Graph, Op, Reducer, ScatterDims, Spec, Tensor};
use std::sync::Arc;

pub(super) fn jvp_sort(site: &Site<'_>, tangents: &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>> {
    let Op::Sort { axis, comparator } = site.op else { return Ok(vec![None; site.results.len()]) };
    let positions = positions(site.operands, *axis, comparator)?;
    let moved = |tangent: &Option<Tensor>| tangent.as_ref().map(|t| taken(t, &positions, *axis));
    Ok(tangents.iter().map(moved).collect())
}

pub(super) fn vjp_sort(site: &Site<'_>, cotangents: &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>> {
    let Op::Sort { axis, comparator } = site.op else { return Ok(vec![None; site.operands.len()]) };
    let positions = positions(site.operands, *axis, comparator)?;
    let moved =
        |cotangent: &Option<Tensor>| cotangent.as_ref().map(|ct| put_back(ct, &positions, *axis, ct.dims()));
    Ok(cotangents.iter().map(moved).collect())
}

/// Where each sorted element was: the position is sorted along, as an operand that the comparator does not look at.
fn positions(operands: &[Tensor], axis: usize, comparator: &Graph) -> Result<Tensor> {
    let spec = operands[0].spec().with_dtype(DType::I32);
    let counter = emit_one(Op::Iota { spec, axis }, &[]);
    let sort = Op::Sort { axis, comparator: Arc::new(with_position(comparator)?) };
    // A sort that only moves the positions again has no derivative of its own.
    let still: Vec<Tensor> = operands.iter().map(|operand| emit_one(Op::StopGradient, &[operand])).collect();
    let sorted = emit(sort, &still.iter().chain([&counter]).collect::<Vec<_>>());
    Ok(sorted.into_iter().next_back().unwrap_or(counter))
}

/// A comparator with two more arguments.
fn with_position(comparator: &Graph) -> Result<Graph> {
    let mut graph = comparator.clone();
    let location = crate::Location::caller();
    for _ in 0..2 {
        graph.push_input(Spec::scalar(DType::I32), None, location)?;
    }
    Ok(graph)
}

pub(super) fn jvp_top_k(site: &Site<'_>, tangents: &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>> {
    let axis = site.x().rank() - 1;
    Ok(vec![tangents[0].as_ref().map(|t| taken(t, &site.results[1], axis)), None])
}

pub(super) fn vjp_top_k(site: &Site<'_>, cotangents: &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>> {
    let axis = site.x().rank() - 1;
    let back = |ct: &Tensor| put_back(ct, &site.results[1], axis, site.x().dims());
    Ok(vec![cotangents[0].as_ref().map(back)])
}

/// The elements at `positions` along `axis`, which are in range.
fn taken(tensor: &Tensor, positions: &Tensor, axis: usize) -> Tensor {
    let others: Vec<usize> = (0..tensor.rank()).filter(|&other| other != axis).collect();
    let dims = GatherDims {
        collapsed_slice_dims: vec![axis],
        operand_batching_dims: others.clone(),
        start_indices_batching_dims: others,
        start_index_map: vec![axis],
        index_vector_dim: positions.rank(),
        slice_sizes: tensor.dims().iter().map(|&dim| dim.min(1)).collect(),
        ..GatherDims::default()
    };
    emit_one(Op::Gather(dims), &[tensor, positions])
}

/// Zeros with `moved` at the positions it was taken from.
fn put_back(moved: &Tensor, positions: &Tensor, axis: usize, dims: &[usize]) -> Tensor {
    let zeros = Tensor::zeros(moved.dtype(), dims);
    if moved.spec().bytes() == Some(0) {
        return zeros;
    }
    let others: Vec<usize> = (0..moved.rank()).filter(|&other| other != axis).collect();
    let dims = ScatterDims {
        inserted_window_dims: vec![axis],
        input_batching_dims: others.clone(),
        scatter_indices_batching_dims: others,
        scatter_dims_to_operand_dims: vec![axis],
        index_vector_dim: positions.rank(),
        unique_indices: true,
        ..ScatterDims::default()
    };
    emit_one(Op::Scatter { dims, combine: Some(Reducer::Add) }, &[&zeros, positions, moved])
}

pub(super) fn batch_sort(lanes: &Lanes<'_>) -> Result<Vec<Lane>> {
    let Op::Sort { axis, comparator } = lanes.op else { return Ok(Vec::new()) };
    let sort = Op::Sort { axis: axis + 1, comparator: comparator.clone() };
    lanes.emit(sort, &lanes.all_with_batch().iter().collect::<Vec<_>>())
}
