//! Bodies: the closures of reducers and comparators as graphs that see nothing but their arguments.

use crate::error::error;
use crate::trace::{Closed, current_or_none, subtrace};
use crate::{DType, Graph, Location, Spec, Tensor, Tree};
use std::sync::Arc;

/// The graph of a closure, or `None` after a mistake, which is recorded. XLA hands a body elements and nothing else, so a
/// tensor of the program around it is a mistake.
pub(super) fn body<T: Tree>(
    op: &str,
    name: &str,
    specs: &[Spec],
    location: Location,
    function: impl FnOnce(Vec<Tensor>) -> T,
) -> Option<Arc<Graph>> {
    let Closed { graph, captures } = subtrace(name, specs, location, function).closed?;
    let Some(captured) = captures.first() else { return Some(graph) };
    let error = error!(Trace, "{op}: the {name} uses a tensor of the program around it, {}", captured.spec())
        .hint("a constant is fine; anything else must be an operand");
    current_or_none().mistake(error.at(location), Spec::scalar(DType::F32));
    None
}
