//! The verifier: what must hold of every graph between two passes.
//!
//! Operands precede their users, types are what inference says today, inputs and outputs refer to nodes of the graph.
//! A failure is a defect of the pass before, never of the user's program; it is still an `Err` and no panic.

use crate::error::{Result, error};
use crate::infer::infer_derived;
use crate::{Graph, Node, Op, Type};

/// Checks a graph and its sub-graphs.
///
/// # Errors
/// The first broken invariant, with the node and the user's line it came from.
pub fn verify(graph: &Graph) -> Result<()> {
    for (index, node) in graph.nodes().iter().enumerate() {
        verify_node(graph, index, node).map_err(|error| error.at(node.location))?;
    }
    for (index, input) in graph.inputs().iter().enumerate() {
        let stands_for_it = graph.nodes().get(input.node.index()).is_some_and(
            |node| matches!(&node.op, Op::Input { index: i, spec } if *i == index && *spec == input.spec),
        );
        if !stands_for_it {
            return Err(error!(Verify, "input {index} of `{}` is not node {}", graph.name(), input.node));
        }
    }
    for id in graph.output_ids() {
        let is_tensor = graph.nodes().get(id.index()).is_some_and(|node| node.ty.spec().is_some());
        if !is_tensor {
            return Err(error!(Verify, "output {id} of `{}` is no tensor of the graph", graph.name()));
        }
    }
    Ok(())
}

fn verify_node(graph: &Graph, index: usize, node: &Node) -> Result<()> {
    let mut types: Vec<&Type> = Vec::with_capacity(node.operands.len());
    for operand in &node.operands {
        if operand.index() >= index {
            return Err(error!(
                Verify,
                "%{index}: {}: operand {operand} does not precede it",
                node.op.name()
            ));
        }
        types.push(&graph.node(*operand).ty);
    }
    let inferred = infer_derived(&node.op, &types)?;
    if inferred != node.ty {
        return Err(error!(
            Verify,
            "%{index}: {}: is marked {}, inference says {inferred}",
            node.op.name(),
            node.ty
        ));
    }
    if let Op::Input { index: input, .. } = &node.op {
        let listed = graph.inputs().get(*input).is_some_and(|listed| listed.node.index() == index);
        if !listed {
            return Err(error!(Verify, "%{index}: is not listed as input {input} of `{}`", graph.name()));
        }
    }
    node.op.bodies().iter().try_for_each(|body| verify(body))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DType, Location, NodeId, Spec};

    fn chain() -> Graph {
        let mut graph = Graph::new("chain");
        let here = Location::caller();
        let x = graph.push_input(Spec::new(DType::F32, [2]), None, here).unwrap();
        let y = graph.push(Op::Exponential, &[x], here, None).unwrap();
        graph.set_outputs(&[y]).unwrap();
        graph
    }

    #[track_caller]
    fn check(breakage: impl FnOnce(&mut Vec<Node>), expect: &str) {
        let mut graph = chain();
        verify(&graph).unwrap();
        breakage(graph.nodes_mut());
        assert_eq!(verify(&graph).unwrap_err().message(), expect);
    }

    #[test]
    fn broken_graphs_are_told_apart() {
        check(
            |nodes| nodes[1].operands[0] = NodeId::new(1),
            "%1: exponential: operand %1 does not precede it",
        );
        check(
            |nodes| nodes[1].ty = Type::Tensor(Spec::new(DType::F32, [3])),
            "%1: exponential: is marked f32[3], inference says f32[2]",
        );
        check(
            |nodes| nodes[0].op = Op::Input { index: 1, spec: Spec::new(DType::F32, [2]) },
            "%0: is not listed as input 1 of `chain`",
        );
        check(|nodes| nodes.truncate(1), "output %1 of `chain` is no tensor of the graph");
    }
}
