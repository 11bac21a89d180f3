//! Replay: the nodes of a graph made again on other tensors, in the trace being made.

use super::emit::{Origin, Slots, emit, fill, gather, steps, store, value};
use crate::error::{Result, error};
use crate::trace::current_or_none;
use crate::{Graph, Location, Tensor};

/// The outputs of a graph on these arguments, one for each of its inputs, as operations of the function being traced.
/// Nodes keep their lines and scopes; what no output depends on is left out.
///
/// # Errors
/// Recorded when there are not as many arguments as inputs, or one does not have its input's type.
///
/// # Examples
/// ```
/// use bering_frontend::{DType, Spec, trace, transform};
/// let specs = [Spec::new(DType::F32, [2])];
/// let square = trace("square", &specs, |_, x| &x[0] * &x[0])?;
/// let fourth = trace("fourth", &specs, |_, x| {
///     let squared = transform::replay(&square, x);
///     transform::replay(&square, &squared)
/// })?;
/// assert_eq!(fourth.nodes().len(), 3);
/// # Ok::<(), bering_frontend::Error>(())
/// ```
#[track_caller]
pub fn replay(graph: &Graph, arguments: &[Tensor]) -> Vec<Tensor> {
    let location = Location::caller();
    try_replay(graph, arguments).unwrap_or_else(|error| {
        let error = error.at(location);
        let trace = current_or_none();
        graph.outputs().into_iter().map(|spec| trace.mistake(error.clone(), spec)).collect()
    })
}

fn try_replay(graph: &Graph, arguments: &[Tensor]) -> Result<Vec<Tensor>> {
    let slots = Slots::new(graph);
    let mut values = fill(graph, &slots, arguments)?;
    for (at, (input, argument)) in graph.inputs().iter().zip(arguments).enumerate() {
        if input.spec != *argument.spec() {
            let (spec, name) = (&input.spec, graph.name());
            return Err(error!(Argument, "`{name}`: input {at} must be {spec}, got {}", argument.spec()));
        }
    }
    for index in steps(graph) {
        let node = &graph.nodes()[index];
        let _origin = Origin::of(node);
        let operands = gather(&slots, &values, node)?;
        let results = emit(node.op.clone(), &operands.iter().collect::<Vec<_>>());
        store(&mut values, slots.range(graph, index), results);
    }
    graph.output_ids().iter().map(|&id| value(&slots, &values, id)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DType, Spec, trace};

    #[test]
    fn a_replayed_graph_is_the_graph_again() {
        let specs = [Spec::new(DType::F32, [2, 3])];
        let graph = trace("f", &specs, |_, x| (x[0].softmax(-1), x[0].argmax(0), &x[0] * 2.0 + 2.0)).unwrap();
        let again = trace("f", &specs, |_, x| replay(&graph, x)).unwrap();
        let twice = trace("f", &specs, |_, x| replay(&again, x)).unwrap();
        assert_eq!(again.outputs(), graph.outputs());
        assert_eq!(again.to_string(), twice.to_string());
        let names = |graph: &Graph| graph.nodes().iter().map(|node| node.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&again), names(&twice));
        assert!(names(&again).iter().any(|name| name.as_deref() == Some("softmax")));
    }
}
