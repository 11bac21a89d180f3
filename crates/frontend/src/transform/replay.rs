//! Replay: the nodes of a graph made again on other tensors, in the trace being made.

use crate::trace::current_or_none;
use crate::{Graph, Op, Tensor};

/// The outputs of `graph` on `arguments`, one for each of its inputs, as operations of the innermost trace. Nodes keep
/// their location and name; what no output depends on is left out.
pub(crate) fn replay(graph: &Graph, arguments: &[Tensor]) -> Vec<Tensor> {
    let trace = current_or_none();
    let _derived = trace.derive();
    let live = graph.live();
    let mut values: Vec<Vec<Tensor>> = vec![Vec::new(); graph.nodes().len()];
    for (index, node) in graph.nodes().iter().enumerate().filter(|(index, _)| live[*index]) {
        let operands: Vec<&Tensor> = node.operands.iter().flat_map(|id| &values[id.index()]).collect();
        values[index] = match &node.op {
            Op::Input { index, .. } => arguments.get(*index).cloned().into_iter().collect(),
            Op::Element { index } => operands.get(*index).map(|&value| value.clone()).into_iter().collect(),
            op => trace.emit(op, &operands, node),
        };
    }
    graph.output_ids().iter().flat_map(|id| values[id.index()].iter().cloned()).collect()
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
