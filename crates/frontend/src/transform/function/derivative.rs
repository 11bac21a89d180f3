//! First derivatives of closures.

use super::super::forward::{self, is_inexact};
use super::super::graph::written;
use super::super::reverse::Linearized;
use super::{Function, blank, glue, mistake, or_placeholders};
use crate::control::check_alike;
use crate::error::{Result, error};
use crate::tree::{leaf_names, leaves, rebuild};
use crate::{Location, Tensor, Tree};

/// The gradient of a scalar function at a point, in the point's structure.
///
/// # Shapes
/// Each gradient has the shape of its leaf.
/// # DTypes
/// Leaves are floats; the function returns a float scalar.
/// # Errors
/// Recorded when the function returns anything else, a leaf is no float, or an operation on the way is not
/// differentiable; the latter with its line.
/// # Gradient
/// Of everything: gradients of gradients work.
/// # Source
/// Reverse-mode differentiation; conventions at kinks are those of `jax.grad`.
/// # Examples
/// ```
/// use bering_frontend::{DType, Spec, grad, trace};
/// let specs = [Spec::new(DType::F32, [8, 3]), Spec::new(DType::F32, [3])];
/// let graph = trace("f", &specs, |_, x| grad(|w| (x[0].matmul(&w).tanh()).sum(..), &x[1]))?;
/// assert_eq!(graph.outputs()[0].to_string(), "f32[3]");
/// # Ok::<(), bering_frontend::Error>(())
/// ```
#[track_caller]
pub fn grad<A: Tree>(function: impl FnOnce(A::Owned) -> Tensor, at: A) -> A::Owned {
    grad_at("grad", function, at, Location::caller())
}

/// [`grad`] under another name and on another line than the caller's: for functions that are made of it.
pub(super) fn grad_at<A: Tree>(
    name: &str,
    function: impl FnOnce(A::Owned) -> Tensor,
    at: A,
    location: Location,
) -> A::Owned {
    differentiate(name, |at| (function(at), ()), at, location).1
}

/// The value of a scalar function and its gradient, as [`grad`].
///
/// ```
/// use bering_frontend::{DType, Spec, trace, value_and_grad};
/// let graph = trace("f", &[Spec::new(DType::F32, [3])], |_, x| value_and_grad(|w| (&w * &w).sum(..), &x[0]))?;
/// assert_eq!(graph.outputs().len(), 2);
/// # Ok::<(), bering_frontend::Error>(())
/// ```
#[track_caller]
pub fn value_and_grad<A: Tree>(function: impl FnOnce(A::Owned) -> Tensor, at: A) -> (Tensor, A::Owned) {
    let location = Location::caller();
    let ((value, ()), gradient) = differentiate("value_and_grad", |at| (function(at), ()), at, location);
    (value, gradient)
}

/// [`value_and_grad`] of a function that returns more than the value: metrics or new state, which come along.
///
/// ```
/// use bering_frontend::{DType, Spec, trace, value_and_grad_aux};
/// let graph = trace("f", &[Spec::new(DType::F32, [3])], |_, x| {
///     let ((loss, largest), gradient) = value_and_grad_aux(|w| ((&w * &w).sum(..), w.max(..)), &x[0]);
///     (loss, largest, gradient)
/// })?;
/// assert_eq!(graph.outputs().len(), 3);
/// # Ok::<(), bering_frontend::Error>(())
/// ```
#[track_caller]
pub fn value_and_grad_aux<A: Tree, X: Tree>(
    function: impl FnOnce(A::Owned) -> (Tensor, X),
    at: A,
) -> ((Tensor, X::Owned), A::Owned) {
    differentiate("value_and_grad_aux", function, at, Location::caller())
}

fn differentiate<A: Tree, X: Tree>(
    name: &str,
    function: impl FnOnce(A::Owned) -> (Tensor, X),
    at: A,
    location: Location,
) -> ((Tensor, X::Owned), A::Owned) {
    let traced = match Function::at(name, function, &at, location) {
        Ok(traced) => traced,
        Err(output) => return (blank(&output), blank(&at)),
    };
    let both = (&traced.output, &at);
    let computed = check_variables(name, &at).and_then(|()| gradient(name, &traced));
    or_placeholders(computed, &both, location)
}

/// Values, then gradients of the first one.
fn gradient<X: Tree>(name: &str, traced: &Function<(Tensor, X)>) -> Result<Vec<Tensor>> {
    let value = traced.output.0.spec();
    if value.rank() != 0 || !value.dtype.is_float() {
        return Err(error!(Shape, "{name}: the function must return a floating-point scalar, got {value}")
            .hint("reduce it, for example with `.sum(..)`, or use `vjp`"));
    }
    let linearized = Linearized::new(traced.graph.clone(), &traced.inputs, &traced.wanted())?;
    let values = linearized.outputs()?;
    let mut cotangents = vec![None; values.len()];
    cotangents[0] = Some(Tensor::ones(value.dtype, []));
    Ok([values, pulled(&linearized, &cotangents, &traced.inputs[..traced.own])?].concat())
}

/// The cotangents of the point's leaves, zeros where none arrived.
fn pulled(linearized: &Linearized, cotangents: &[Option<Tensor>], at: &[Tensor]) -> Result<Vec<Tensor>> {
    let pulled = linearized.pull(cotangents)?;
    Ok(at.iter().zip(&pulled).map(|(leaf, cotangent)| written(cotangent, leaf)).collect())
}

/// Refuses points with leaves that no derivative can be taken by.
fn check_variables(name: &str, at: &impl Tree) -> Result<()> {
    for (leaf, path) in leaves(at).iter().zip(leaf_names(at, "at")) {
        if !is_inexact(leaf.spec()) {
            return Err(error!(DType, "{name}: `{path}` is {}, which has no derivative", leaf.spec())
                .hint("let the function capture it instead"));
        }
    }
    Ok(())
}

/// The results of a function at a point, and its pullback: from cotangents of the results to those of the point.
///
/// The pullback may be called any number of times. Integer results take a cotangent like any, which is ignored; integer
/// leaves of the point get zeros.
///
/// # Shapes
/// Cotangents have the shapes of what they belong to.
/// # DTypes
/// Cotangents have the dtypes of what they belong to.
/// # Errors
/// Recorded when a cotangent has another structure or type than its result, or an operation on the way is not
/// differentiable; the latter with its line.
/// # Gradient
/// Of everything.
/// # Source
/// Reverse-mode differentiation.
/// # Examples
/// ```
/// use bering_frontend::{DType, Spec, trace, vjp};
/// let graph = trace("f", &[Spec::new(DType::F32, [2, 3])], |_, x| {
///     let (rows, pullback) = vjp(|x| x.exp().sum(-1), &x[0]);
///     pullback(rows * 2.0)
/// })?;
/// assert_eq!(graph.outputs()[0].to_string(), "f32[2, 3]");
/// # Ok::<(), bering_frontend::Error>(())
/// ```
#[track_caller]
pub fn vjp<A: Tree, T: Tree>(
    function: impl FnOnce(A::Owned) -> T,
    at: A,
) -> (T::Owned, impl Fn(T::Owned) -> A::Owned) {
    let location = Location::caller();
    let (results, linearized) = match Function::at("vjp", function, &at, location) {
        Ok(traced) => {
            let linearized = Linearized::new(traced.graph.clone(), &traced.inputs, &traced.wanted());
            match linearized.and_then(|linearized| Ok((linearized.outputs()?, linearized))) {
                Ok((values, linearized)) => (rebuild(&traced.output, values), Some(linearized)),
                Err(error) => {
                    mistake(error, location);
                    (blank(&traced.output), None)
                }
            }
        }
        Err(output) => (blank(&output), None),
    };
    let given = leaves(&at);
    let pattern = rebuild(&at, given.clone());
    let expected = rebuild(&results, leaves(&results));
    let pullback = move |cotangents: T::Owned| {
        let Some(linearized) = &linearized else { return rebuild(&pattern, leaves(&blank(&pattern))) };
        let pulled =
            check_alike("vjp: the pullback takes", &cotangents, "result", &expected).and_then(|()| {
                let cotangents: Vec<Option<Tensor>> = leaves(&cotangents).into_iter().map(Some).collect();
                pulled(linearized, &cotangents, &given)
            });
        or_placeholders(pulled, &pattern, location)
    };
    (results, pullback)
}

/// The results of a function at a point, and their tangents from those of the point.
///
/// Tangents of integer leaves are ignored; those of integer results are zeros.
///
/// # Shapes
/// Tangents have the shapes of what they belong to.
/// # DTypes
/// Tangents have the dtypes of what they belong to.
/// # Errors
/// Recorded when tangents have another structure or type than the point, or an operation on the way is not
/// differentiable; the latter with its line.
/// # Gradient
/// Of everything.
/// # Source
/// Forward-mode differentiation.
/// # Examples
/// ```
/// use bering_frontend::{DType, Spec, jvp, trace};
/// let graph = trace("f", &[Spec::new(DType::F32, [2, 3])], |_, x| jvp(|x| x.exp().sum(-1), &x[0], &x[0]))?;
/// assert_eq!(graph.outputs()[1].to_string(), "f32[2]");
/// # Ok::<(), bering_frontend::Error>(())
/// ```
#[track_caller]
pub fn jvp<A: Tree, B: Tree<Owned = A::Owned>, T: Tree>(
    function: impl FnOnce(A::Owned) -> T,
    at: A,
    tangents: B,
) -> (T::Owned, T::Owned) {
    let location = Location::caller();
    let traced = match Function::at("jvp", function, &at, location) {
        Ok(traced) => traced,
        Err(output) => return (blank(&output), blank(&output)),
    };
    let computed = check_alike("jvp: takes tangents with", &tangents, "at", &at).and_then(|()| {
        let tangents = leaves(&tangents).into_iter().map(Some);
        let tangents: Vec<Option<Tensor>> =
            tangents.chain(std::iter::repeat(None)).take(traced.inputs.len()).collect();
        let (values, tangents) = forward::jvp(&traced.graph, &traced.inputs, &tangents)?;
        let _glue = glue(location);
        let tangents = values.iter().zip(&tangents).map(|(value, tangent)| written(tangent, value)).collect();
        Ok([values, tangents].concat())
    });
    or_placeholders(computed, &(&traced.output, &traced.output), location)
}
