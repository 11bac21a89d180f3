//! The graph: an arena of typed nodes in the order in which they can be evaluated.
//!
//! A node refers only to nodes before it, so ids are a topological order and no pass needs to sort. Nodes are immutable;
//! transforms build another graph. Sub-graphs (reducers, loop bodies) are graphs too, owned by the operation; they see
//! nothing of the graph around them but their inputs. The graph knows no MLIR, no device and no file.

use crate::error::{Result, error};
use crate::infer::infer_derived;
use crate::{Location, Op, Spec, infer};
use std::fmt;
use std::sync::Arc;

/// The index of a node in its [`Graph`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(u32);

impl NodeId {
    pub(crate) fn new(index: usize) -> NodeId {
        NodeId(u32::try_from(index).unwrap_or(u32::MAX))
    }

    /// The position in [`Graph::nodes`].
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "%{}", self.0)
    }
}

impl fmt::Debug for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What a node yields: one tensor, or several that [`Op::Element`] takes apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// One tensor.
    Tensor(Spec),
    /// Several tensors.
    Tuple(Vec<Spec>),
}

impl Type {
    /// The tensor type, unless this is a tuple.
    pub fn spec(&self) -> Option<&Spec> {
        match self {
            Type::Tensor(spec) => Some(spec),
            Type::Tuple(_) => None,
        }
    }

    /// The types of all values, one for a tensor.
    pub fn specs(&self) -> &[Spec] {
        match self {
            Type::Tensor(spec) => std::slice::from_ref(spec),
            Type::Tuple(specs) => specs,
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Tensor(spec) => spec.fmt(f),
            Type::Tuple(specs) => {
                f.write_str("(")?;
                for (i, spec) in specs.iter().enumerate() {
                    write!(f, "{}{spec}", if i == 0 { "" } else { ", " })?;
                }
                f.write_str(")")
            }
        }
    }
}

/// One operation applied to earlier nodes.
#[derive(Clone, Debug)]
pub struct Node {
    /// The operation with its attributes.
    pub op: Op,
    /// The nodes it reads; all of them earlier.
    pub operands: Vec<NodeId>,
    /// What it yields, as inference gave it.
    pub ty: Type,
    /// The user's line that made it.
    pub location: Location,
    /// The parameter path of an input, else the scope in which the node was made.
    pub name: Option<Arc<str>>,
}

/// One argument of a graph.
#[derive(Clone, Debug)]
pub struct Input {
    /// The parameter's dotted path; `None` for data arguments.
    pub name: Option<String>,
    /// The type of the argument.
    pub spec: Spec,
    /// The node that stands for it.
    pub node: NodeId,
}

/// A function of tensors. Made by [`trace`](crate::trace()); it is `Send`, immutable, and costs a few hundred bytes a node.
#[derive(Clone, Debug)]
pub struct Graph {
    name: String,
    nodes: Vec<Node>,
    inputs: Vec<Input>,
    outputs: Vec<NodeId>,
}

impl Graph {
    /// A graph without nodes, to be filled by [`Graph::push`] and closed by [`Graph::set_outputs`].
    pub fn new(name: impl Into<String>) -> Graph {
        Graph { name: name.into(), nodes: Vec::new(), inputs: Vec::new(), outputs: Vec::new() }
    }

    /// The name given to [`trace`](crate::trace()).
    pub fn name(&self) -> &str {
        &self.name
    }

    /// All nodes, each after its operands.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The node of an id of this graph.
    ///
    /// # Panics
    /// When the id is not of this graph and out of its range.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.index()]
    }

    /// Data arguments in order, then parameters in order of first use.
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// The nodes whose values the graph returns.
    pub fn output_ids(&self) -> &[NodeId] {
        &self.outputs
    }

    /// The types of what the graph returns.
    pub fn outputs(&self) -> Vec<Spec> {
        self.outputs.iter().filter_map(|&id| self.node(id).ty.spec().cloned()).collect()
    }

    /// Appends an input and its node.
    pub fn push_input(&mut self, spec: Spec, name: Option<&str>, location: Location) -> Result<NodeId> {
        let op = Op::Input { index: self.inputs.len(), spec: spec.clone() };
        let node = self.push(op, &[], location, name.map(Arc::from))?;
        self.inputs.push(Input { name: name.map(str::to_string), spec, node });
        Ok(node)
    }

    /// Appends a node; its type is inferred. Axes whose names disagree lose them.
    ///
    /// # Errors
    /// When an operand is not a node of this graph, or the operation does not take such operands.
    pub fn push(
        &mut self,
        op: Op,
        operands: &[NodeId],
        location: Location,
        name: Option<Arc<str>>,
    ) -> Result<NodeId> {
        let ty = self.infer_by(infer_derived, &op, operands).map_err(|error| error.at(location))?;
        self.push_typed(op, operands, ty, location, name)
    }

    /// As [`Graph::push`], but names that disagree are an error.
    pub(crate) fn push_checked(
        &mut self,
        op: Op,
        operands: &[NodeId],
        location: Location,
        name: Option<Arc<str>>,
    ) -> Result<NodeId> {
        let ty = self.infer_by(infer, &op, operands).map_err(|error| error.at(location))?;
        self.push_typed(op, operands, ty, location, name)
    }

    fn push_typed(
        &mut self,
        op: Op,
        operands: &[NodeId],
        ty: Type,
        location: Location,
        name: Option<Arc<str>>,
    ) -> Result<NodeId> {
        if self.nodes.len() >= u32::MAX as usize {
            return Err(error!(Argument, "a graph holds at most {} nodes", u32::MAX).at(location));
        }
        let id = NodeId::new(self.nodes.len());
        self.nodes.push(Node { op, operands: operands.to_vec(), ty, location, name });
        Ok(id)
    }

    /// The type an operation would have on these operands.
    pub fn infer(&self, op: &Op, operands: &[NodeId]) -> Result<Type> {
        self.infer_by(infer, op, operands)
    }

    fn infer_by(
        &self,
        infer: fn(&Op, &[&Type]) -> Result<Type>,
        op: &Op,
        operands: &[NodeId],
    ) -> Result<Type> {
        let types: Option<Vec<&Type>> =
            operands.iter().map(|id| self.nodes.get(id.index()).map(|node| &node.ty)).collect();
        match types {
            Some(types) => infer(op, &types),
            None => Err(error!(
                Verify,
                "{}: operands {operands:?} are not all in graph `{}`",
                op.name(),
                self.name
            )),
        }
    }

    /// States what the graph returns.
    ///
    /// # Errors
    /// When an output is not a node of this graph or is a tuple.
    pub fn set_outputs(&mut self, outputs: &[NodeId]) -> Result<()> {
        for id in outputs {
            match self.nodes.get(id.index()).map(|node| &node.ty) {
                Some(Type::Tensor(_)) => {}
                Some(tuple) => return Err(error!(Verify, "output {id} is {tuple}, not one tensor")),
                None => return Err(error!(Verify, "output {id} is not in graph `{}`", self.name)),
            }
        }
        self.outputs = outputs.to_vec();
        Ok(())
    }

    /// The graph as if one line of the user's had made all of it; for bodies that the library traces.
    pub(crate) fn located(mut self, location: Location) -> Graph {
        self.nodes.iter_mut().for_each(|node| node.location = location);
        self
    }

    /// The same function of other inputs: input `i` is the one at `positions[i]` of `specs`, the rest are not used.
    pub(crate) fn with_inputs(&self, specs: &[Spec], positions: &[usize]) -> Graph {
        let mut graph = Graph::new(self.name.clone());
        let located = |position: usize| {
            let own = positions.iter().position(|&own| own == position).and_then(|own| self.inputs.get(own));
            own.map_or_else(Location::caller, |input| self.node(input.node).location)
        };
        for (index, spec) in specs.iter().enumerate() {
            let op = Op::Input { index, spec: spec.clone() };
            let ty = Type::Tensor(spec.clone());
            let node = NodeId::new(graph.nodes.len());
            graph.nodes.push(Node { op, operands: Vec::new(), ty, location: located(index), name: None });
            graph.inputs.push(Input { name: None, spec: spec.clone(), node });
        }
        let mut moved = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            if let Op::Input { index, .. } = &node.op {
                moved.push(NodeId::new(positions[*index]));
                continue;
            }
            let operands = node.operands.iter().map(|id| moved[id.index()]).collect();
            moved.push(NodeId::new(graph.nodes.len()));
            graph.nodes.push(Node { operands, ..node.clone() });
        }
        graph.outputs = self.outputs.iter().map(|id| moved[id.index()]).collect();
        graph
    }

    #[cfg(test)]
    pub(crate) fn nodes_mut(&mut self) -> &mut Vec<Node> {
        &mut self.nodes
    }

    /// For every node whether an output or an effect depends on it.
    pub fn live(&self) -> Vec<bool> {
        let effects = (0..self.nodes.len()).filter(|&index| self.nodes[index].op.has_effect());
        self.live_for(&self.outputs.iter().copied().chain(effects.map(NodeId::new)).collect::<Vec<_>>())
    }

    /// For every node whether one of these depends on it.
    pub(crate) fn live_for(&self, wanted: &[NodeId]) -> Vec<bool> {
        let mut live = vec![false; self.nodes.len()];
        wanted.iter().for_each(|id| live[id.index()] = true);
        for index in (0..self.nodes.len()).rev() {
            if live[index] {
                self.nodes[index].operands.iter().for_each(|id| live[id.index()] = true);
            }
        }
        live
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DType;

    #[test]
    fn graphs_travel_between_threads() {
        fn sent<T: Send + Sync>() {}
        sent::<Graph>();
    }

    #[test]
    fn ids_and_outputs_of_another_graph_are_refused() {
        let here = Location::caller();
        let mut graph = Graph::new("small");
        let error = graph.push(Op::Tanh, &[NodeId::new(3)], here, None).unwrap_err();
        assert_eq!(error.message(), "tanh: operands [%3] are not all in graph `small`");
        let error = graph.set_outputs(&[NodeId::new(3)]).unwrap_err();
        assert_eq!(error.message(), "output %3 is not in graph `small`");
        let x = graph.push_input(Spec::scalar(DType::F32), None, here).unwrap();
        let both = graph.push(Op::OptimizationBarrier, &[x, x], here, None).unwrap();
        let error = graph.set_outputs(&[both]).unwrap_err();
        assert_eq!(error.message(), "output %1 is (f32[], f32[]), not one tensor");
    }

    #[test]
    fn what_no_output_needs_is_not_live() {
        let here = Location::caller();
        let mut graph = Graph::new("small");
        let x = graph.push_input(Spec::scalar(DType::F32), None, here).unwrap();
        let unused = graph.push(Op::Tanh, &[x], here, None).unwrap();
        let used = graph.push(Op::Exponential, &[x], here, None).unwrap();
        graph.set_outputs(&[used]).unwrap();
        let live = graph.live();
        assert_eq!([x, unused, used].map(|id| live[id.index()]), [true, false, true]);
    }
}
