//! Transforms of closures: `grad(f, at)` and the like, inside of a traced function.
//!
//! The closure is traced once into a graph of its own, and the graph is written into the trace around it with what the
//! transform adds. Arguments and results are trees of tensors ([`Tree`](crate::Tree)). Tensors that a closure captures are
//! constants of that transform, and variables of those around it: transforms nest in any order.

mod batch;
mod derivative;
mod jacobian;
mod wrapped;

pub use batch::{BatchAxes, Entries, vmap};
pub use derivative::{grad, jvp, value_and_grad, value_and_grad_aux, vjp};
pub use jacobian::{hessian, hvp, jacfwd, jacrev};
pub use wrapped::{checkpoint, custom_vjp, stop_gradient};

use super::emit::Origin;
use crate::control::placeholders;
use crate::error::{Error, Result};
use crate::trace::{Closed, Subtrace, current_or_none, subtrace};
use crate::tree::{leaves, rebuild, specs};
use crate::{DType, Graph, Location, Spec, Tensor, Tree};
use std::sync::Arc;

/// A closure traced at a point.
struct Function<T> {
    graph: Arc<Graph>,
    /// The point's leaves, then what the closure captured: one tensor an input of the graph.
    inputs: Vec<Tensor>,
    /// How many of the inputs are the point's.
    own: usize,
    /// What the closure returned, as a pattern.
    output: T,
}

impl<T: Tree> Function<T> {
    /// Traces `function` on tensors like the leaves of `at`; the pattern of its results where that fails.
    fn at<A: Tree>(
        name: &str,
        function: impl FnOnce(A::Owned) -> T,
        at: &A,
        location: Location,
    ) -> std::result::Result<Function<T>, T> {
        let given = leaves(at);
        let types = specs(&given);
        let Subtrace { closed, output } =
            subtrace(name, &types, location, |leaves| function(rebuild(at, leaves)));
        match closed {
            Some(Closed { graph, captures }) => {
                Ok(Function { graph, own: given.len(), inputs: [given, captures].concat(), output })
            }
            None => Err(output),
        }
    }

    /// One flag an input: whether it is of the point and not captured.
    fn wanted(&self) -> Vec<bool> {
        (0..self.inputs.len()).map(|at| at < self.own).collect()
    }
}

/// Records a mistake.
fn mistake(error: Error, location: Location) {
    current_or_none().mistake(error.at(location), Spec::scalar(DType::F32));
}

/// What was computed, or placeholders like the leaves of `pattern` after recording why not.
fn or_placeholders<T: Tree>(computed: Result<Vec<Tensor>>, pattern: &T, location: Location) -> T::Owned {
    match computed {
        Ok(leaves) => rebuild(pattern, leaves),
        Err(error) => {
            mistake(error, location);
            blank(pattern)
        }
    }
}

/// The tree with placeholders for leaves.
fn blank<T: Tree>(pattern: &T) -> T::Owned {
    placeholders(pattern, &specs(&leaves(pattern)))
}

/// Nodes written while this lives are the user's at `location`.
fn glue(location: Location) -> Origin {
    Origin::at(location)
}
