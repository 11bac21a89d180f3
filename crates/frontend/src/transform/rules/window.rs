//! `reduce_window`: sums are linear and their transpose is a sum of windows again; an extremum is an element, whose place
//! is found once more and read from or written to. Products and bodies are written out.

use super::super::emit::{emit, emit_one};
use super::super::rule::{Lane, Lanes, Site};
use super::folding::{batch_written, jvp_written, vjp_written};
use super::reduction::neutral;
use crate::error::Result;
use crate::{Comparison, DType, Graph, Location, NodeId, Op, Reducer, Spec, Tensor, Window};
use std::sync::Arc;

const INIT: &str = "the initial value is not differentiable; combine it with the result instead";

pub(super) fn jvp_reduce_window(site: &Site<'_>, tangents: &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>> {
    let Op::ReduceWindow { window, reducer } = site.op else { return Ok(vec![None]) };
    if tangents.iter().skip(site.results.len()).any(Option::is_some) {
        return site.refuse(INIT);
    }
    if let Reducer::Multiply | Reducer::Body(_) = reducer {
        return jvp_written(site, tangents);
    }
    let Some(tangent) = &tangents[0] else { return Ok(vec![None]) };
    Ok(vec![match reducer {
        Reducer::Add => Some(emit_one(site.op.clone(), &[tangent, &Tensor::zeros(tangent.dtype(), [])])),
        Reducer::Maximum | Reducer::Minimum => {
            let places = places(site, window, reducer)?;
            Some(flat(tangent).at(&places).get_or(0))
        }
        Reducer::And | Reducer::Or | Reducer::Multiply | Reducer::Body(_) => None,
    }])
}

pub(super) fn vjp_reduce_window(
    site: &Site<'_>,
    cotangents: &[Option<Tensor>],
) -> Result<Vec<Option<Tensor>>> {
    let Op::ReduceWindow { window, reducer } = site.op else { return Ok(vec![None; 2]) };
    if site.wanted.iter().skip(site.operands.len() / 2).any(|&wanted| wanted) {
        return site.refuse(INIT);
    }
    if let Reducer::Multiply | Reducer::Body(_) = reducer {
        return vjp_written(site, cotangents);
    }
    let Some(cotangent) = cotangents.iter().flatten().next() else {
        return Ok(vec![None; site.operands.len()]);
    };
    site.first(match reducer {
        Reducer::Add => windows_back(cotangent, window, site.x().dims()),
        Reducer::Maximum | Reducer::Minimum => {
            let places = places(site, window, reducer)?;
            let zeros = Tensor::zeros(cotangent.dtype(), [count(site.x())]);
            zeros.at(&places).add(cotangent).reshape(site.x().dims())
        }
        Reducer::And | Reducer::Or | Reducer::Multiply | Reducer::Body(_) => return Ok(vec![None; 2]),
    })
}

/// For every element the cotangents of the windows it is in: windows over the cotangent, with strides and dilation of the
/// base exchanged.
fn windows_back(cotangent: &Tensor, window: &Window, dims: &[usize]) -> Tensor {
    let dilated = |size: usize, by: usize| (size as i64 - 1).max(-1) * by as i64 + 1;
    let spread = |size: usize, by: usize| if size == 0 { 0 } else { dilated(size, by) };
    let edges = |axis: usize| {
        let reach = spread(window.sizes[axis], window.dilation[axis]);
        let before = reach - window.padding[axis].0 - 1;
        let operand = spread(dims[axis], window.base_dilation[axis]);
        let result = spread(cotangent.dims()[axis], window.strides[axis]);
        (before, operand + reach - 1 - result - before)
    };
    let back = Window {
        sizes: window.sizes.clone(),
        strides: window.base_dilation.clone(),
        base_dilation: window.strides.clone(),
        dilation: window.dilation.clone(),
        padding: (0..dims.len()).map(edges).collect(),
    };
    let op = Op::ReduceWindow { window: back, reducer: Reducer::Add };
    emit_one(op, &[cotangent, &Tensor::zeros(cotangent.dtype(), [])])
}

fn count(tensor: &Tensor) -> usize {
    tensor.spec().shape.elements().unwrap_or(0)
}

fn flat(tensor: &Tensor) -> Tensor {
    tensor.reshape([count(tensor)])
}

/// For every window the row-major position of its extremum, the first of several; out of range where a window sees
/// nothing but padding.
fn places(site: &Site<'_>, window: &Window, reducer: &Reducer) -> Result<Tensor> {
    let (values, dims) = (site.x(), site.x().dims());
    let dtype = if count(values) >= i32::MAX as usize { DType::I64 } else { DType::I32 };
    let numbers = Tensor::iota(dtype, [count(values)], 0).reshape(dims);
    let outside = Tensor::full(if dtype == DType::I32 { i64::from(i32::MAX) } else { i64::MAX }, dtype, []);
    let better = if matches!(reducer, Reducer::Maximum) { Comparison::Gt } else { Comparison::Lt };
    let body = first_extremum(values.dtype(), dtype, better)?;
    let op = Op::ReduceWindow { window: window.clone(), reducer: Reducer::Body(Arc::new(body)) };
    let still = emit_one(Op::StopGradient, &[values]);
    let worst = if better == Comparison::Gt { values.least() } else { values.greatest() };
    let found = emit(op, &[&still, &numbers, &worst, &outside]);
    Ok(found.into_iter().next_back().unwrap_or(numbers))
}

/// Of two (value, place) pairs the better one: NaN before all, ties to the lower place.
fn first_extremum(value: DType, place: DType, better: Comparison) -> Result<Graph> {
    let here = Location::caller();
    let mut graph = Graph::new("extremum");
    let mut input = |dtype| graph.push_input(Spec::scalar(dtype), None, here);
    let (left, left_at, right, right_at) = (input(value)?, input(place)?, input(value)?, input(place)?);
    let mut push = |op: Op, operands: &[NodeId]| graph.push(op, operands, here, None);
    let left_nan = push(Op::Compare(Comparison::Ne), &[left, left])?;
    let right_nan = push(Op::Compare(Comparison::Ne), &[right, right])?;
    let right_number = push(Op::Not, &[right_nan])?;
    let wins = push(Op::Compare(better), &[left, right])?;
    let nan_wins = push(Op::And, &[left_nan, right_number])?;
    let wins = push(Op::Or, &[wins, nan_wins])?;
    let equal = push(Op::Compare(Comparison::Eq), &[left, right])?;
    let both_nan = push(Op::And, &[left_nan, right_nan])?;
    let ties = push(Op::Or, &[equal, both_nan])?;
    let earlier = push(Op::Compare(Comparison::Lt), &[left_at, right_at])?;
    let tie_to_left = push(Op::And, &[ties, earlier])?;
    let take_left = push(Op::Or, &[wins, tie_to_left])?;
    let best = push(Op::Select, &[take_left, left, right])?;
    let best_at = push(Op::Select, &[take_left, left_at, right_at])?;
    graph.set_outputs(&[best, best_at])?;
    Ok(graph)
}

/// Each example has an initial value of its own: windows from a neutral one, then combined.
fn batch_own_inits(lanes: &Lanes<'_>, reducer: &Reducer) -> Result<Vec<Lane>> {
    let ([input, init], Some(combine)) = (lanes.operands, reducer.op()) else { return batch_written(lanes) };
    let neutral = Lane::unbatched(neutral(reducer, &input.tensor));
    let reduced = match input.batched {
        true => batch_reduce_window(&Lanes { operands: &[input.clone(), neutral], ..*lanes })?.remove(0),
        false => Lane::unbatched(emit_one(lanes.op.clone(), &[&input.tensor, &neutral.tensor])),
    };
    let reduced = reduced.with_batch(lanes.size);
    let shape = reduced.spec().shape.clone();
    lanes.emit(combine, &[&reduced, &emit_one(Op::BroadcastInDim { shape, axes: vec![0] }, &[&init.tensor])])
}

pub(super) fn batch_reduce_window(lanes: &Lanes<'_>) -> Result<Vec<Lane>> {
    let Op::ReduceWindow { window, reducer } = lanes.op else { return Ok(Vec::new()) };
    let (inputs, inits) = lanes.operands.split_at(lanes.operands.len() / 2);
    if inits.iter().any(|init| init.batched) {
        return batch_own_inits(lanes, reducer);
    }
    let one = |list: &[usize]| std::iter::once(1).chain(list.iter().copied()).collect();
    let wider = Window {
        sizes: one(&window.sizes),
        strides: one(&window.strides),
        base_dilation: one(&window.base_dilation),
        dilation: one(&window.dilation),
        padding: std::iter::once((0, 0)).chain(window.padding.iter().copied()).collect(),
    };
    let inputs: Vec<Tensor> = inputs.iter().map(|lane| lane.with_batch(lanes.size)).collect();
    let operands: Vec<&Tensor> = inputs.iter().chain(inits.iter().map(|init| &init.tensor)).collect();
    lanes.emit(Op::ReduceWindow { window: wider, reducer: reducer.clone() }, &operands)
}
