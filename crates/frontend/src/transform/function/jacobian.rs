//! Whole Jacobians, one row or column at a time in one batch, and products with the Hessian.

use super::super::batching::batch;
use super::super::emit::emit_one;
use super::super::forward::is_inexact;
use super::super::graph::{jvp as jvp_graph, vjp as vjp_graph};
use super::super::rule::Lane;
use super::derivative::{grad_at, jvp};
use super::{Function, blank, glue, or_placeholders};
use crate::error::{Result, error};
use crate::tree::leaves;
use crate::{Comparison, DType, Graph, Location, Op, Spec, Tensor, Tree};

/// The Jacobian of a function of one tensor, by forward mode: one pass an element of the argument, all in one batch.
///
/// # Shapes
/// `[I..] -> [O..]` gives `[O.., I..]`, for each result.
/// # DTypes
/// Floats.
/// # Errors
/// Recorded when the argument or a result is no float, or an operation on the way cannot be differentiated or batched.
/// # Gradient
/// Of everything.
/// # Source
/// Forward-mode differentiation, batched.
/// # Examples
/// ```
/// use bering_frontend::{DType, Spec, jacfwd, trace};
/// let graph = trace("f", &[Spec::new(DType::F32, [3])], |_, x| jacfwd(|x| Tensor::stack(&[&x, &x], 0), &x[0]))?;
/// assert_eq!(graph.outputs()[0].to_string(), "f32[2, 3, 3]");
/// # use bering_frontend::Tensor;
/// # Ok::<(), bering_frontend::Error>(())
/// ```
#[track_caller]
pub fn jacfwd<T: Tree>(function: impl FnOnce(Tensor) -> T, at: &Tensor) -> T::Owned {
    let location = Location::caller();
    let traced = match Function::at("jacfwd", function, &at, location) {
        Ok(traced) => traced,
        Err(output) => return blank(&output),
    };
    or_placeholders(columns(&traced, at, location), &traced.output, location)
}

fn columns<T: Tree>(traced: &Function<T>, at: &Tensor, location: Location) -> Result<Vec<Tensor>> {
    let outputs = leaves(&traced.output);
    for spec in outputs.iter().map(Tensor::spec).chain([at.spec()]) {
        check_float("jacfwd", spec)?;
    }
    let forward = jvp_graph(&traced.graph, [0])?;
    let (basis, count) = basis(at.spec(), location);
    let mut lanes: Vec<Lane> = traced.inputs.iter().cloned().map(Lane::unbatched).collect();
    lanes.push(Lane::batched(basis));
    let results = batch(&forward, &lanes, count)?;
    let _glue = glue(location);
    let column = |lane: &Lane| {
        // [elements of the argument, O..] -> [O.., I..]
        let whole = lane.with_batch(count);
        let order: Vec<usize> = (1..whole.rank()).chain([0]).collect();
        let shape = [&whole.dims()[1..], at.dims()].concat();
        whole.transpose(order).reshape(shape)
    };
    Ok(results[outputs.len()..].iter().map(column).collect())
}

/// The Jacobian of a function with one result, by reverse mode: one pass an element of the result, all in one batch.
///
/// # Shapes
/// `[I..] -> [O..]` gives `[O.., I..]`, for each leaf of the argument.
/// # DTypes
/// Floats.
/// # Errors
/// As [`jacfwd`].
/// # Gradient
/// Of everything.
/// # Source
/// Reverse-mode differentiation, batched.
/// # Examples
/// ```
/// use bering_frontend::{DType, Spec, jacrev, trace};
/// let graph = trace("f", &[Spec::new(DType::F32, [2, 3])], |_, x| jacrev(|x| x.exp().sum(-1), &x[0]))?;
/// assert_eq!(graph.outputs()[0].to_string(), "f32[2, 2, 3]");
/// # Ok::<(), bering_frontend::Error>(())
/// ```
#[track_caller]
pub fn jacrev<A: Tree>(function: impl FnOnce(A::Owned) -> Tensor, at: A) -> A::Owned {
    let location = Location::caller();
    let traced = match Function::at("jacrev", function, &at, location) {
        Ok(traced) => traced,
        Err(_) => return blank(&at),
    };
    or_placeholders(rows(&traced, location), &at, location)
}

fn rows(traced: &Function<Tensor>, location: Location) -> Result<Vec<Tensor>> {
    let result = traced.output.spec();
    for spec in traced.inputs[..traced.own].iter().map(Tensor::spec).chain([result]) {
        check_float("jacrev", spec)?;
    }
    let own: Vec<usize> = (0..traced.own).collect();
    let backward: Graph = vjp_graph(&traced.graph, own.as_slice())?;
    let (basis, count) = basis(result, location);
    let mut lanes: Vec<Lane> = traced.inputs.iter().cloned().map(Lane::unbatched).collect();
    lanes.push(Lane::batched(basis));
    let results = batch(&backward, &lanes, count)?;
    let _glue = glue(location);
    let row = |lane: &Lane| {
        let whole = lane.with_batch(count);
        let shape = [result.dims(), &whole.dims()[1..]].concat();
        whole.reshape(shape)
    };
    Ok(results[1..].iter().map(row).collect())
}

fn check_float(name: &str, spec: &Spec) -> Result<()> {
    match is_inexact(spec) && !spec.dtype.is_complex() {
        true => Ok(()),
        false => Err(error!(DType, "{name}: takes and returns floating-point tensors, got {spec}")),
    }
}

/// Every unit vector of a type, one after the other on axis 0, and how many there are.
fn basis(spec: &Spec, location: Location) -> (Tensor, usize) {
    let _glue = glue(location);
    let count = spec.shape.elements().unwrap_or(0);
    let [row, column] = [0, 1].map(|axis| Tensor::iota(DType::I64, [count, count], axis));
    let unit = emit_one(Op::Compare(Comparison::Eq), &[&row, &column]).convert(spec.dtype);
    (unit.reshape([&[count][..], spec.dims()].concat()), count)
}

/// The Hessian of a scalar function of one tensor.
///
/// # Shapes
/// `[I..]` gives `[I.., I..]`.
/// # DTypes
/// Floats.
/// # Errors
/// As [`grad`](crate::grad) and [`jacfwd`].
/// # Gradient
/// Of everything.
/// # Source
/// Forward mode over reverse mode.
/// # Examples
/// ```
/// use bering_frontend::{DType, Spec, hessian, trace};
/// let graph = trace("f", &[Spec::new(DType::F32, [3])], |_, x| hessian(|x| x.exp().prod(..), &x[0]))?;
/// assert_eq!(graph.outputs()[0].to_string(), "f32[3, 3]");
/// # Ok::<(), bering_frontend::Error>(())
/// ```
#[track_caller]
pub fn hessian(function: impl FnOnce(Tensor) -> Tensor, at: &Tensor) -> Tensor {
    let location = Location::caller();
    jacfwd(|x| grad_at("hessian", function, x, location), at)
}

/// The product of a scalar function's Hessian with a direction, without the Hessian.
///
/// # Shapes
/// Each product has the shape of its leaf.
/// # DTypes
/// Floats.
/// # Errors
/// As [`grad`](crate::grad) and [`jvp`].
/// # Gradient
/// Of everything.
/// # Source
/// Forward mode over reverse mode (Pearlmutter, 1994).
/// # Examples
/// ```
/// use bering_frontend::{DType, Spec, hvp, trace};
/// let specs = [Spec::new(DType::F32, [3]), Spec::new(DType::F32, [3])];
/// let graph = trace("f", &specs, |_, x| hvp(|x| x.exp().prod(..), &x[0], &x[1]))?;
/// assert_eq!(graph.outputs()[0].to_string(), "f32[3]");
/// # Ok::<(), bering_frontend::Error>(())
/// ```
#[track_caller]
pub fn hvp<A: Tree, B: Tree<Owned = A::Owned>>(
    function: impl FnOnce(A::Owned) -> Tensor,
    at: A,
    direction: B,
) -> A::Owned {
    let location = Location::caller();
    let gradient = |at: A::Owned| grad_at::<A::Owned>("hvp", function, at, location);
    let (_, product) = jvp(gradient, at, direction);
    product
}
