//! Functions whose derivative is taken another way: recomputed, given by hand, or not at all.

use super::{blank, mistake};
use crate::control::{apply, check_alike, join};
use crate::error::{Result, error};
use crate::trace::{Closed, Subtrace, subtrace};
use crate::transform::forward::is_inexact;
use crate::transform::replay;
use crate::tree::{leaves, rebuild, specs};
use crate::{Graph, Location, NodeId, Op, Rule, Spec, Tensor, Tree};
use std::sync::Arc;

/// A tree whose tensors are taken for constants by whoever differentiates; see [`Tensor::stop_gradient`].
#[track_caller]
pub fn stop_gradient<T: Tree>(tree: T) -> T::Owned {
    let mut stopped = Vec::new();
    for leaf in leaves(&tree) {
        stopped.push(leaf.stop_gradient());
    }
    rebuild(&tree, stopped)
}

/// A function that keeps none of its intermediate values for reverse mode and computes them again on the way back:
/// memory for time. Nothing changes where nobody differentiates.
///
/// # Shapes
/// The function's.
/// # DTypes
/// The function's.
/// # Errors
/// The function's.
/// # Gradient
/// The function's; a barrier keeps the recomputation from being merged with the first computation.
/// # Source
/// Chen et al., Training Deep Nets with Sublinear Memory Cost, 2016; JAX's `checkpoint`.
/// # Examples
/// ```
/// use bering_frontend::{DType, Spec, checkpoint, grad, trace};
/// let graph = trace("f", &[Spec::new(DType::F32, [3])], |_, x| {
///     grad(|x| checkpoint(|x| x.exp().sin().exp(), x).sum(..), &x[0])
/// })?;
/// assert!(graph.nodes().iter().any(|node| node.op.name() == "optimization_barrier"));
/// # Ok::<(), bering_frontend::Error>(())
/// ```
#[track_caller]
pub fn checkpoint<A: Tree, T: Tree>(function: impl FnOnce(A::Owned) -> T, arguments: A) -> T::Owned {
    let location = Location::caller();
    let given = leaves(&arguments);
    let Subtrace { closed, output } =
        subtrace("checkpoint", &specs(&given), location, |leaves| function(rebuild(&arguments, leaves)));
    let Some(Closed { graph, captures }) = closed else { return blank(&output) };
    let op = Op::Call { body: graph, rule: Rule::Checkpoint };
    rebuild(&output, apply(op, &given, &captures, location))
}

/// A function with a reverse-mode derivative given by hand.
///
/// `forward` returns the results and whatever `backward` needs; `backward` takes that and the cotangents of the results and
/// returns the cotangents of the arguments, in their structure. `function` runs where nobody differentiates. Integer
/// results have cotangents of zeros, and what is returned for integer arguments is ignored. Tensors that the
/// closures capture are constants.
///
/// # Shapes
/// `function` and `forward` give the same, cotangents are like what they belong to.
/// # DTypes
/// As shapes.
/// # Errors
/// Recorded when structures or types differ. Forward mode is refused where it meets this function alone; around `grad`
/// or `vjp` it works.
/// # Gradient
/// What `backward` says; it is differentiated as any code for higher derivatives.
/// # Source
/// JAX's `custom_vjp`.
/// # Examples
/// A gradient that is clipped on its way back:
/// ```
/// use bering_frontend::{DType, Spec, Tensor, custom_vjp, grad, trace};
/// let graph = trace("f", &[Spec::new(DType::F32, [3])], |_, x| {
///     let clipped = |x: &Tensor| {
///         custom_vjp(|x| x, |x| (x, ()), |(), ct: Tensor| ct.clamp(-1.0, 1.0), x)
///     };
///     grad(|x| clipped(&x).exp().sum(..), &x[0])
/// })?;
/// assert_eq!(graph.outputs()[0].to_string(), "f32[3]");
/// # Ok::<(), bering_frontend::Error>(())
/// ```
#[track_caller]
pub fn custom_vjp<A, T, U, R, C>(
    function: impl FnOnce(A::Owned) -> T,
    forward: impl FnOnce(A::Owned) -> (U, R),
    backward: impl FnOnce(R::Owned, T::Owned) -> C,
    arguments: A,
) -> T::Owned
where
    A: Tree,
    T: Tree,
    U: Tree<Owned = T::Owned>,
    R: Tree,
    C: Tree<Owned = A::Owned>,
{
    let location = Location::caller();
    let given = leaves(&arguments);
    let types = specs(&given);
    let there = |leaves| function(rebuild(&arguments, leaves));
    let body = subtrace("custom_vjp", &types, location, there);
    let kept = subtrace("forward", &types, location, |leaves| forward(rebuild(&arguments, leaves)));
    let (results, residuals) = (&kept.output.0, &kept.output.1);
    let counts = (leaves(residuals).len(), leaves(&body.output).len());
    let inputs = specs(&[leaves(residuals), leaves(&body.output)].concat());
    let back = subtrace("backward", &inputs, location, |mut leaves| {
        let cotangents = leaves.split_off(counts.0);
        backward(rebuild(residuals, leaves), rebuild(&body.output, cotangents))
    });
    let checked = check_alike("custom_vjp: `forward` returns", results, "result", &body.output)
        .and_then(|()| check_alike("custom_vjp: `backward` returns", &back.output, "argument", &arguments));
    if let Err(error) = checked {
        mistake(error, location);
        return blank(&body.output);
    }
    let (Some(own), Some(kept), Some(back)) = (body.closed, kept.closed, back.closed) else {
        return blank(&body.output);
    };
    let captured = back.captures.clone();
    let Some(joined) = join(vec![Some(own), Some(kept), Some(passing(&captured, &types))], &types) else {
        return blank(&body.output);
    };
    let call = assemble(&joined.graphs, &back.graph, counts, &types, &specs(&joined.captures));
    match call {
        Ok(op) => {
            let captures: Vec<Tensor> = joined.captures.iter().map(Tensor::stop_gradient).collect();
            rebuild(&body.output, apply(op, &given, &captures, location))
        }
        Err(error) => {
            mistake(error, location);
            blank(&body.output)
        }
    }
}

/// A graph of the arguments that only passes on what `backward` captured, so that it is at hand on the way there.
fn passing(captures: &[Tensor], types: &[Spec]) -> Closed {
    let inputs = [types, &specs(captures)].concat();
    let mut graph = Graph::new("captures");
    let nodes: Vec<NodeId> = inputs
        .iter()
        .filter_map(|spec| graph.push_input(spec.clone(), None, Location::caller()).ok())
        .collect();
    // Inputs are tensors of the graph, which is all that can be wrong with outputs.
    let _always = graph.set_outputs(&nodes[types.len().min(nodes.len())..]);
    Closed { graph: Arc::new(graph), captures: captures.to_vec() }
}

/// The call: `forward` also yields what `backward` captured, `backward` takes it after its own residuals and gives zeros
/// to captured operands.
fn assemble(
    graphs: &[Arc<Graph>],
    backward: &Graph,
    (residuals, results): (usize, usize),
    types: &[Spec],
    captures: &[Spec],
) -> Result<Op> {
    let [body, forward, passing] = graphs else {
        return Err(error!(Verify, "custom_vjp: has {} graphs, not 3", graphs.len()));
    };
    let operands = [types, captures].concat();
    let forward = super::super::derive::derive(forward.name(), &operands, |inputs| {
        Ok([replay(forward, inputs), replay(passing, inputs)].concat())
    })?;
    let kept = forward.outputs().split_off(results);
    let smooth: Vec<Spec> = body.outputs().into_iter().filter(is_inexact).collect();
    let backward =
        super::super::derive::derive(backward.name(), &[kept.clone(), smooth].concat(), |inputs| {
            let (kept, given) = inputs.split_at(kept.len());
            let (own, captured) = kept.split_at(residuals);
            let mut given = given.iter().cloned();
            let cotangents = body.outputs().into_iter().filter_map(|spec| match is_inexact(&spec) {
                true => given.next(),
                false => Some(Tensor::zeros(spec.dtype, &spec.shape)),
            });
            let all: Vec<Tensor> =
                own.iter().cloned().chain(cotangents).chain(captured.iter().cloned()).collect();
            let pulled = replay(backward, &all).into_iter().filter(|cotangent| is_inexact(cotangent.spec()));
            let none = captures.iter().filter(|spec| is_inexact(spec));
            Ok(pulled.chain(none.map(|spec| Tensor::zeros(spec.dtype, &spec.shape))).collect())
        })?;
    Ok(Op::Call { body: body.clone(), rule: Rule::CustomVjp { forward, backward } })
}
