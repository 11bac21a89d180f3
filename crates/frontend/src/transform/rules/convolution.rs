//! `convolution`: each operand's cotangent is another convolution, and so is a batch of convolutions.
//!
//! Strides and dilations change places on the way back, padding is what makes the sizes come out; groups of features
//! become groups of the batch. A batch becomes part of an axis that the convolution treats one by one: of the inputs'
//! batch, of the output features, or a group of its own.

use super::super::emit::emit_one;
use super::super::rule::{Lane, Lanes, Site};
use crate::error::Result;
use crate::{Convolution, ConvolutionAxes, Op, Tensor};

pub(super) fn vjp_convolution(site: &Site<'_>, cotangents: &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>> {
    let (Op::Convolution(conv), Some(cotangent)) = (site.op, &cotangents[0]) else {
        return Ok(vec![None; 2]);
    };
    let wide = |tensor: &Tensor| tensor.convert(conv.dtype);
    let for_lhs = site.wanted[0]
        .then(|| back_to_input(conv, cotangent, &wide(site.y()), site.x().dims()).convert(site.x().dtype()));
    let for_rhs = site.wanted[1]
        .then(|| back_to_kernel(conv, cotangent, &wide(site.x()), site.y().dims()).convert(site.y().dtype()));
    Ok(vec![for_lhs, for_rhs])
}

/// The cotangent moved over by the kernel, turned around.
fn back_to_input(conv: &Convolution, cotangent: &Tensor, kernel: &Tensor, lhs: &[usize]) -> Tensor {
    let groups = conv.feature_groups.max(conv.batch_groups);
    let kernel_dims = kernel.dims().to_vec();
    let grouped = regrouped(kernel, conv.rhs.batch, conv.rhs.feature, groups);
    let padding = (0..conv.strides.len()).map(|i| {
        let reach = spread(kernel_dims[conv.rhs.spatial[i]], conv.rhs_dilation[i]);
        let before = reach - conv.padding[i].0 - 1;
        let input = spread(lhs[conv.lhs.spatial[i]], conv.lhs_dilation[i]);
        let result = spread(cotangent.dims()[conv.result.spatial[i]], conv.strides[i]);
        (before, input + reach - 1 - result - before)
    });
    let back = Convolution {
        lhs: conv.result.clone(),
        rhs: exchanged(&conv.rhs),
        result: conv.lhs.clone(),
        strides: conv.lhs_dilation.clone(),
        padding: padding.collect(),
        lhs_dilation: conv.strides.clone(),
        rhs_dilation: conv.rhs_dilation.clone(),
        feature_groups: groups,
        batch_groups: 1,
        ..conv.clone()
    };
    let turned = grouped.flip(&conv.rhs.spatial);
    let moved = emit_one(Op::Convolution(Box::new(back)), &[cotangent, &turned]);
    match conv.batch_groups {
        1 => moved,
        groups => regrouped(&moved, conv.lhs.feature, conv.lhs.batch, groups),
    }
}

/// The input moved over by the cotangent.
fn back_to_kernel(conv: &Convolution, cotangent: &Tensor, input: &Tensor, kernel: &[usize]) -> Tensor {
    let padding = (0..conv.strides.len()).map(|i| {
        let low = conv.padding[i].0;
        let reach = spread(kernel[conv.rhs.spatial[i]], conv.rhs_dilation[i]);
        let own = spread(input.dims()[conv.lhs.spatial[i]], conv.lhs_dilation[i]);
        let result = spread(cotangent.dims()[conv.result.spatial[i]], conv.strides[i]);
        (low, result - own + reach - low - 1)
    });
    let back = Convolution {
        lhs: exchanged(&conv.lhs),
        rhs: exchanged(&conv.result),
        result: exchanged(&conv.rhs),
        strides: conv.rhs_dilation.clone(),
        padding: padding.collect(),
        rhs_dilation: conv.strides.clone(),
        feature_groups: conv.batch_groups,
        batch_groups: conv.feature_groups,
        ..conv.clone()
    };
    emit_one(Op::Convolution(Box::new(back)), &[input, cotangent])
}

/// Batch and feature in each other's place.
fn exchanged(axes: &ConvolutionAxes) -> ConvolutionAxes {
    ConvolutionAxes { batch: axes.feature, feature: axes.batch, spatial: axes.spatial.clone() }
}

/// How many elements `size` of them span that stand `by` apart.
fn spread(size: usize, by: usize) -> i64 {
    if size == 0 { 0 } else { (size as i64 - 1) * by as i64 + 1 }
}

/// The outer part of axis `from`, of this size, as the outer part of axis `to`.
fn regrouped(tensor: &Tensor, from: usize, to: usize, outer: usize) -> Tensor {
    match outer {
        1 => tensor.clone(),
        outer => merged(&split(tensor, from, outer), from, to),
    }
}

/// An axis as two, the first of this size.
fn split(tensor: &Tensor, axis: usize, outer: usize) -> Tensor {
    let dims = tensor.dims();
    tensor.reshape([&dims[..axis], &[outer, dims[axis] / outer.max(1)], &dims[axis + 1..]].concat())
}

/// Axis `from` as the outer part of what is axis `to` without it.
fn merged(tensor: &Tensor, from: usize, to: usize) -> Tensor {
    let mut order: Vec<usize> = (0..tensor.rank()).filter(|&axis| axis != from).collect();
    let mut dims: Vec<usize> = order.iter().map(|&axis| tensor.dims()[axis]).collect();
    dims[to] *= tensor.dims()[from];
    order.insert(to, from);
    tensor.transpose(order).reshape(dims)
}

pub(super) fn batch_convolution(lanes: &Lanes<'_>) -> Result<Vec<Lane>> {
    let Op::Convolution(conv) = lanes.op else { return Ok(Vec::new()) };
    let [lhs, rhs] = lanes.operands else { return Ok(Vec::new()) };
    let mut wider = (**conv).clone();
    let grouped = (conv.feature_groups, conv.batch_groups) != (1, 1);
    let (lhs, rhs, at) = match (lhs.batched, rhs.batched) {
        (true, false) if conv.batch_groups == 1 => {
            (merged(&lhs.tensor, 0, conv.lhs.batch), rhs.tensor.clone(), conv.result.batch)
        }
        (false, true) if !grouped => {
            (lhs.tensor.clone(), merged(&rhs.tensor, 0, conv.rhs.batch), conv.result.feature)
        }
        // Each example is a group of its own.
        (_, _) => {
            let (lhs, rhs) = (lanes.with_batch(0), lanes.with_batch(1));
            let axis = match conv.batch_groups {
                1 => {
                    wider.feature_groups *= lanes.size;
                    conv.lhs.feature
                }
                _ => {
                    wider.batch_groups *= lanes.size;
                    conv.lhs.batch
                }
            };
            (merged(&lhs, 0, axis), merged(&rhs, 0, conv.rhs.batch), conv.result.feature)
        }
    };
    let result = emit_one(Op::Convolution(Box::new(wider)), &[&lhs, &rhs]);
    Ok(vec![Lane::batched(super::contraction::axis_to_front(&split(&result, at, lanes.size), at))])
}
