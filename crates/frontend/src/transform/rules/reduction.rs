//! `reduce`: sums are linear, extrema share among ties, products are differentiated without dividing by their factors;
//! bodies are written out.

use super::super::emit::emit_one;
use super::super::rule::{Lane, Lanes, Site};
use super::folding::{batch_written, jvp_written, vjp_written};
use crate::error::Result;
use crate::{Family, Op, Padding, Reducer, Tensor};

pub(super) fn jvp_reduce(site: &Site<'_>, tangents: &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>> {
    let Op::Reduce { axes, reducer } = site.op else { return Ok(vec![None]) };
    if tangents.iter().skip(site.results.len()).any(Option::is_some) {
        return site.refuse(INIT);
    }
    if let Reducer::Body(_) = reducer {
        return jvp_written(site, tangents);
    }
    let Some(tangent) = &tangents[0] else { return Ok(vec![None]) };
    Ok(vec![Some(match reducer {
        Reducer::Add => tangent.sum(axes),
        Reducer::Multiply => (others(site.x(), axes) * tangent).sum(axes),
        Reducer::Maximum | Reducer::Minimum => {
            let (chosen, count) = chosen(site, axes);
            (chosen * tangent).sum(axes) / count
        }
        Reducer::And | Reducer::Or | Reducer::Body(_) => return Ok(vec![None]),
    })])
}

pub(super) fn vjp_reduce(site: &Site<'_>, cotangents: &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>> {
    let Op::Reduce { axes, reducer } = site.op else { return Ok(vec![None; 2]) };
    if site.wanted.iter().skip(site.operands.len() / 2).any(|&wanted| wanted) {
        return site.refuse(INIT);
    }
    if let Reducer::Body(_) = reducer {
        return vjp_written(site, cotangents);
    }
    let Some(cotangent) = cotangents.iter().flatten().next() else {
        return Ok(vec![None; site.operands.len()]);
    };
    site.first(match reducer {
        Reducer::Add => spread(cotangent, site.x(), axes),
        Reducer::Multiply => others(site.x(), axes) * spread(cotangent, site.x(), axes),
        Reducer::Maximum | Reducer::Minimum => {
            let (chosen, count) = chosen(site, axes);
            chosen * spread(&(cotangent / count), site.x(), axes)
        }
        Reducer::And | Reducer::Or | Reducer::Body(_) => return Ok(vec![None; site.operands.len()]),
    })
}

const INIT: &str = "the initial value is not differentiable; combine it with the result instead";

/// A reduced tensor repeated along the axes that `like` has and it lacks.
fn spread(reduced: &Tensor, like: &Tensor, axes: &[usize]) -> Tensor {
    let kept = (0..like.rank()).filter(|axis| !axes.contains(axis)).collect();
    let shape = like.spec().shape.clone();
    emit_one(Op::BroadcastInDim { shape, axes: kept }, &[reduced])
}

/// 1 where an element equals the extremum, and how many do.
fn chosen(site: &Site<'_>, axes: &[usize]) -> (Tensor, Tensor) {
    let extremum = spread(site.result(), site.x(), axes);
    let chosen = site.x().eq(extremum).convert(site.x().dtype());
    let count = chosen.sum(axes);
    (chosen, count)
}

/// For every element the product of the others along `axes`. No division, so that zeros among them do no harm: products
/// of all elements before and of all after, each in logarithmically many steps.
fn others(operand: &Tensor, axes: &[usize]) -> Tensor {
    let (rank, dims) = (operand.rank(), operand.dims());
    let kept: Vec<usize> = (0..rank).filter(|axis| !axes.contains(axis)).collect();
    let order = [&kept[..], axes].concat();
    let count = axes.iter().map(|&axis| dims[axis]).product();
    let shape: Vec<usize> = kept.iter().map(|&axis| dims[axis]).chain([count]).collect();
    let rows = operand.transpose(&order).reshape(shape);
    let product = products(&rows, Side::Before) * products(&rows, Side::After);
    let mut inverse = vec![0; rank];
    order.iter().enumerate().for_each(|(to, &from)| inverse[from] = to);
    let moved: Vec<usize> = order.iter().map(|&axis| dims[axis]).collect();
    product.reshape(moved).transpose(inverse)
}

#[derive(Clone, Copy, PartialEq)]
enum Side {
    Before,
    After,
}

/// For every element the product of all on one side of it in its row, the last axis.
fn products(rows: &Tensor, side: Side) -> Tensor {
    let count = rows.dim(-1);
    let mut products = shifted(rows, 1, side);
    let mut reach = 1;
    while reach < count {
        products = &products * shifted(&products, reach, side);
        reach *= 2;
    }
    products
}

/// Rows moved away from one side by some places, ones moving in.
fn shifted(rows: &Tensor, places: usize, side: Side) -> Tensor {
    let (mut low, mut high) = (vec![0; rows.rank()], vec![0; rows.rank()]);
    let (last, places) = (rows.rank() - 1, places as i64);
    (low[last], high[last]) = if side == Side::Before { (places, -places) } else { (-places, places) };
    let padding = Padding { low, high, interior: vec![0; rows.rank()] };
    emit_one(Op::Pad(padding), &[rows, &Tensor::ones(rows.dtype(), [])])
}

pub(super) fn batch_reduce(lanes: &Lanes<'_>) -> Result<Vec<Lane>> {
    let Op::Reduce { axes, reducer } = lanes.op else { return Ok(Vec::new()) };
    let (inputs, inits) = lanes.operands.split_at(lanes.operands.len() / 2);
    let op = Op::Reduce { axes: axes.iter().map(|axis| axis + 1).collect(), reducer: reducer.clone() };
    let inputs: Vec<Tensor> = inputs.iter().map(|lane| lane.with_batch(lanes.size)).collect();
    if inits.iter().all(|init| !init.batched) {
        let operands: Vec<&Tensor> = inputs.iter().chain(inits.iter().map(|init| &init.tensor)).collect();
        return lanes.emit(op, &operands);
    }
    match (reducer.op(), &inputs[..], inits) {
        (Some(combine), [input], [init]) => {
            // Each example has an initial value of its own: reduce from a neutral one, then combine.
            let reduced = emit_one(op, &[input, &neutral(reducer, input)]);
            let init = emit_one(
                Op::BroadcastInDim { shape: reduced.spec().shape.clone(), axes: vec![0] },
                &[&init.tensor],
            );
            lanes.emit(combine, &[&reduced, &init])
        }
        _ => batch_written(lanes),
    }
}

/// The value that changes nothing under a reducer, in the dtype of `like`.
pub(super) fn neutral(reducer: &Reducer, like: &Tensor) -> Tensor {
    let dtype = like.dtype();
    match reducer {
        Reducer::Add => Tensor::zeros(dtype, []),
        Reducer::Multiply => Tensor::ones(dtype, []),
        Reducer::Maximum => like.least(),
        Reducer::Minimum => like.greatest(),
        Reducer::Or => Tensor::zeros(dtype, []),
        // All bits set, whatever the width.
        Reducer::And if dtype.family() == Family::Bool => Tensor::ones(dtype, []),
        Reducer::And => !Tensor::zeros(dtype, []),
        // Bodies do not come here; whatever they do, zero is of the right type.
        Reducer::Body(_) => Tensor::zeros(dtype, []),
    }
}
