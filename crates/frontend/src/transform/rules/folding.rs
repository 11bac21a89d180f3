//! Reductions written out in other operations, where they have no rule of their own: a body as a tree over neighbours,
//! which asks nothing of it but what the reduction itself asks, that it is associative and the initial value neutral;
//! windows as arrays of what each sees, reduced like any other. What is written out is differentiated and batched as
//! any program is.

use super::super::batching::batch;
use super::super::derive::derive;
use super::super::emit::{emit, emit_one};
use super::super::forward;
use super::super::reverse::Linearized;
use super::super::rule::{Lane, Lanes, Site};
use super::reduction::neutral;
use crate::error::Result;
use crate::{DType, GatherDims, Graph, Op, Padding, Reducer, Spec, Tensor, Window};
use std::sync::Arc;

/// Tangents of a reduction that is written out.
pub(super) fn jvp_written(site: &Site<'_>, tangents: &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>> {
    let graph = written_out(site.op, &specs(site.operands))?;
    Ok(forward::jvp(&graph, site.operands, tangents)?.1)
}

/// Cotangents of a reduction that is written out.
pub(super) fn vjp_written(site: &Site<'_>, cotangents: &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>> {
    let graph = written_out(site.op, &specs(site.operands))?;
    Linearized::new(graph, site.operands, site.wanted)?.pull(cotangents)
}

/// Batches through a reduction that is written out.
pub(super) fn batch_written(lanes: &Lanes<'_>) -> Result<Vec<Lane>> {
    let one = |lane: &Lane| {
        let dims = &lane.tensor.dims()[usize::from(lane.batched)..];
        Spec::new(lane.tensor.dtype(), dims)
    };
    let graph = written_out(lanes.op, &lanes.operands.iter().map(one).collect::<Vec<_>>())?;
    batch(&graph, lanes.operands, lanes.size)
}

fn specs(operands: &[Tensor]) -> Vec<Spec> {
    operands.iter().map(|operand| operand.spec().clone()).collect()
}

/// The reduction's program in other operations.
fn written_out(op: &Op, specs: &[Spec]) -> Result<Arc<Graph>> {
    derive(op.name(), specs, |operands| match op {
        Op::Reduce { axes, reducer: Reducer::Body(body) } => folded(body, axes, operands),
        Op::ReduceWindow { window, reducer } => Ok(windowed(window, reducer, operands)),
        _unchanged => Ok(emit(op.clone(), &operands.iter().collect::<Vec<_>>())),
    })
}

/// `reduce` by a body: neighbours are combined until one element is left, the initial value before all others.
fn folded(body: &Graph, axes: &[usize], operands: &[Tensor]) -> Result<Vec<Tensor>> {
    let (inputs, inits) = operands.split_at(operands.len() / 2);
    let dims = inputs[0].dims().to_vec();
    let kept: Vec<usize> = (0..dims.len()).filter(|axis| !axes.contains(axis)).collect();
    let shape: Vec<usize> = kept.iter().map(|&axis| dims[axis]).collect();
    let (columns, elements) =
        (shape.iter().product(), axes.iter().map(|&axis| dims[axis]).product::<usize>());
    let mut count = elements + 1;
    let rows = |(input, init): (&Tensor, &Tensor)| {
        let rows = input.transpose([axes, &kept].concat()).reshape([elements, columns]);
        Tensor::concatenate(&[&init.broadcast_to([1, columns]), &rows], 0)
    };
    let mut values: Vec<Tensor> = inputs.iter().zip(inits).map(rows).collect();
    while count > 1 {
        let pairs = count / 2;
        let paired: Vec<Tensor> = values.iter().map(|value| value.slice(0, 0..2 * pairs)).collect();
        let odd: Vec<Tensor> = values.iter().map(|value| value.slice(0, 2 * pairs..count)).collect();
        let halves = combined(body, &paired, pairs, columns)?;
        values = halves.iter().zip(&odd).map(|(half, odd)| Tensor::concatenate(&[half, odd], 0)).collect();
        count -= pairs;
    }
    Ok(values.iter().map(|value| value.reshape(shape.as_slice())).collect())
}

/// Each pair of rows made one by the body.
fn combined(body: &Graph, values: &[Tensor], pairs: usize, columns: usize) -> Result<Vec<Tensor>> {
    let side = |side: usize| {
        let pick = move |value: &Tensor| {
            let paired = value.reshape([pairs, 2, columns]).slice(1, side..side + 1);
            Lane::batched(paired.reshape([pairs * columns]))
        };
        values.iter().map(pick)
    };
    let lanes: Vec<Lane> = side(0).chain(side(1)).collect();
    let results = batch(body, &lanes, pairs * columns)?;
    Ok(results.iter().map(|lane| lane.with_batch(pairs * columns).reshape([pairs, columns])).collect())
}

/// `reduce_window` as a reduction of what the windows see. Padding is neutral; for a body that is its initial value.
fn windowed(window: &Window, reducer: &Reducer, operands: &[Tensor]) -> Vec<Tensor> {
    let (inputs, inits) = operands.split_at(operands.len() / 2);
    let around = |x: &Tensor, init: &Tensor| match reducer {
        Reducer::Body(_) => init.clone(),
        _one_operation => neutral(reducer, x),
    };
    let seen: Vec<Tensor> =
        inputs.iter().zip(inits).map(|(x, init)| seen(window, x, &around(x, init))).collect();
    let axes = (0..window.sizes.len()).map(|axis| 2 * axis + 1).collect();
    let op = Op::Reduce { axes, reducer: reducer.clone() };
    emit(op, &seen.iter().chain(inits).collect::<Vec<_>>())
}

/// What each window sees: for every axis one of positions and one of the window's elements.
fn seen(window: &Window, operand: &Tensor, around: &Tensor) -> Tensor {
    let padding = Padding {
        low: window.padding.iter().map(|&(low, _)| low).collect(),
        high: window.padding.iter().map(|&(_, high)| high).collect(),
        interior: window.base_dilation.iter().map(|gap| gap - 1).collect(),
    };
    let mut array = emit_one(Op::Pad(padding), &[operand, around]);
    for axis in (0..window.sizes.len()).rev() {
        let reach = (window.sizes[axis] - 1) * window.dilation[axis] + 1;
        let room = array.dims()[axis];
        let count = if room < reach { 0 } else { (room - reach) / window.strides[axis] + 1 };
        let step = |along: usize, step: usize| {
            Tensor::iota(DType::I64, [count, window.sizes[axis]], along) * step as i64
        };
        array = picked(&array, axis, &(step(0, window.strides[axis]) + step(1, window.dilation[axis])));
    }
    array
}

/// The elements at positions in range along an axis; the axes of the positions take its place.
fn picked(array: &Tensor, axis: usize, positions: &Tensor) -> Tensor {
    let rank = array.rank();
    let mut sizes = array.dims().to_vec();
    sizes[axis] = sizes[axis].min(1);
    let dims = GatherDims {
        offset_dims: (0..rank + 1).filter(|at| *at != axis && *at != axis + 1).collect(),
        collapsed_slice_dims: vec![axis],
        start_index_map: vec![axis],
        index_vector_dim: positions.rank(),
        slice_sizes: sizes,
        ..GatherDims::default()
    };
    emit_one(Op::Gather(dims), &[array, positions])
}
