//! Taking out of a program what depends on parameters alone.
//!
//! A model states its weights as the checkpoint has them and reshapes, joins or packs them where it uses them. Those steps
//! need to run once, when the weights are loaded, not in every call. This transform splits a graph in two: `prepare`
//! computes such values from the parameters, `main` takes them as further inputs.
//!
//! A value that is more than twice as large as what it is made of stays in `main`: a bias that is broadcast over a batch
//! is cheaper to broadcast again than to keep and read.

use crate::error::Result;
use crate::{Graph, NodeId, Op, Spec};

/// A graph split by [`hoist_parameters`].
#[derive(Clone, Debug)]
pub struct Hoisted {
    /// Parameters in, prepared values out. It has no outputs where there is nothing to prepare.
    pub prepare: Graph,
    /// The rest: data arguments, then parameters that are used as they are, then the outputs of `prepare` in order,
    /// named `prepared.0`, `prepared.1`, and so on.
    pub main: Graph,
}

/// What a value depends on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Nothing outside the graph.
    Constant,
    /// Parameters and constants.
    Parameter,
    /// Data arguments, or too large to keep.
    Data,
}

/// Splits `graph` into what depends on parameters alone and the rest.
///
/// # Errors
/// Only for a graph that does not pass the verifier.
///
/// # Examples
/// ```
/// use bering_frontend::{DType, Params, Spec, Tensor, trace, transform::hoist_parameters};
/// let graph = trace("f", &[Spec::new(DType::F32, [8, 4])], |params: &Params, args: &[Tensor]| {
///     let weight = params.get("weight", DType::F32, [2, 4]);
///     args[0].matmul(&weight.transpose([1, 0]))
/// })?;
/// let split = hoist_parameters(&graph)?;
/// assert_eq!(split.prepare.outputs(), [Spec::new(DType::F32, [4, 2])]);
/// assert_eq!(split.main.inputs()[1].name.as_deref(), Some("prepared.0"));
/// # Ok::<(), bering_frontend::Error>(())
/// ```
pub fn hoist_parameters(graph: &Graph) -> Result<Hoisted> {
    let live = graph.live();
    let classes = classify(graph);
    let class = |id: NodeId| classes[id.index()];

    let mut frontier = vec![false; graph.nodes().len()];
    for (index, node) in graph.nodes().iter().enumerate().filter(|(index, _)| live[*index]) {
        if classes[index] == Class::Data {
            node.operands.iter().for_each(|id| frontier[id.index()] |= is_prepared(graph, *id, class(*id)));
        }
    }
    graph.output_ids().iter().for_each(|id| frontier[id.index()] |= is_prepared(graph, *id, class(*id)));
    let frontier: Vec<usize> = (0..frontier.len()).filter(|index| frontier[*index]).collect();

    let mut prepare = Copy::new(graph, format!("{}.prepare", graph.name()));
    let wanted = reached(graph, &frontier);
    for input in graph.inputs().iter().filter(|input| wanted[input.node.index()]) {
        prepare.input(input.node, &input.spec, input.name.as_deref())?;
    }
    prepare.nodes(|index| wanted[index])?;
    prepare.finish(frontier.iter().map(|index| NodeId::new(*index)))?;

    let mut main = Copy::new(graph, graph.name().to_owned());
    let used = used_directly(graph, &live, &classes);
    for input in graph.inputs().iter().filter(|input| input.name.is_none() || used[input.node.index()]) {
        main.input(input.node, &input.spec, input.name.as_deref())?;
    }
    for (position, index) in frontier.iter().enumerate() {
        let id = NodeId::new(*index);
        if let Some(spec) = graph.node(id).ty.spec() {
            main.input(id, spec, Some(&format!("prepared.{position}")))?;
        }
    }
    main.nodes(|index| live[index] && classes[index] != Class::Parameter)?;
    main.finish(graph.output_ids().iter().copied())?;
    Ok(Hoisted { prepare: prepare.built, main: main.built })
}

fn classify(graph: &Graph) -> Vec<Class> {
    let mut classes = Vec::with_capacity(graph.nodes().len());
    for node in graph.nodes() {
        let class = if let Op::Input { index, .. } = node.op {
            if graph.inputs()[index].name.is_some() { Class::Parameter } else { Class::Data }
        } else {
            let among = |wanted| node.operands.iter().any(|id| classes[id.index()] == wanted);
            let read: usize = node.operands.iter().map(|id| elements(graph.node(*id).ty.specs())).sum();
            match () {
                () if among(Class::Data) => Class::Data,
                () if !among(Class::Parameter) => Class::Constant,
                () if node.ty.spec().is_none() || elements(node.ty.specs()) > 2 * read => Class::Data,
                () => Class::Parameter,
            }
        };
        classes.push(class);
    }
    classes
}

fn elements(specs: &[Spec]) -> usize {
    specs.iter().map(|spec| spec.dims().iter().product::<usize>()).sum()
}

/// Whether `main` must get this value from `prepare`: it is made from parameters, and is not one itself.
fn is_prepared(graph: &Graph, id: NodeId, class: Class) -> bool {
    class == Class::Parameter && !matches!(graph.node(id).op, Op::Input { .. })
}

/// Which nodes the given ones depend on, themselves included.
fn reached(graph: &Graph, from: &[usize]) -> Vec<bool> {
    let mut reached = vec![false; graph.nodes().len()];
    from.iter().for_each(|index| reached[*index] = true);
    for index in (0..reached.len()).rev() {
        if reached[index] {
            graph.nodes()[index].operands.iter().for_each(|id| reached[id.index()] = true);
        }
    }
    reached
}

/// Which nodes `main` reads as they are.
fn used_directly(graph: &Graph, live: &[bool], classes: &[Class]) -> Vec<bool> {
    let mut used = vec![false; graph.nodes().len()];
    for (index, node) in graph.nodes().iter().enumerate() {
        if live[index] && classes[index] != Class::Parameter {
            node.operands.iter().for_each(|id| used[id.index()] = true);
        }
    }
    graph.output_ids().iter().for_each(|id| used[id.index()] = true);
    used
}

/// A graph being built from some nodes of another.
struct Copy<'a> {
    source: &'a Graph,
    built: Graph,
    places: Vec<Option<NodeId>>,
}

impl<'a> Copy<'a> {
    fn new(source: &'a Graph, name: String) -> Self {
        Self { source, built: Graph::new(name), places: vec![None; source.nodes().len()] }
    }

    fn input(&mut self, id: NodeId, spec: &Spec, name: Option<&str>) -> Result<()> {
        let place = self.built.push_input(spec.clone(), name, self.source.node(id).location)?;
        self.places[id.index()] = Some(place);
        Ok(())
    }

    /// Copies the wanted nodes that are not inputs already.
    fn nodes(&mut self, wanted: impl Fn(usize) -> bool) -> Result<()> {
        for (index, node) in self.source.nodes().iter().enumerate() {
            if !wanted(index) || self.places[index].is_some() || matches!(node.op, Op::Input { .. }) {
                continue;
            }
            let operands: Vec<NodeId> =
                node.operands.iter().filter_map(|id| self.places[id.index()]).collect();
            let place = self.built.push(node.op.clone(), &operands, node.location, node.name.clone())?;
            self.places[index] = Some(place);
        }
        Ok(())
    }

    fn finish(&mut self, outputs: impl Iterator<Item = NodeId>) -> Result<()> {
        let outputs: Vec<NodeId> = outputs.filter_map(|id| self.places[id.index()]).collect();
        self.built.set_outputs(&outputs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DType, Params, Tensor, trace, verify};

    fn names(graph: &Graph) -> Vec<Option<&str>> {
        graph.inputs().iter().map(|input| input.name.as_deref()).collect()
    }

    fn split(f: impl FnOnce(&Params, &Tensor) -> Tensor) -> Hoisted {
        let graph = trace("f", &[Spec::new(DType::F32, [8, 4])], |params: &Params, args: &[Tensor]| {
            f(params, &args[0])
        });
        let split = hoist_parameters(&graph.unwrap()).unwrap();
        verify(&split.prepare).unwrap();
        verify(&split.main).unwrap();
        split
    }

    #[test]
    fn packing_moves_and_plain_use_stays() {
        let split = split(|params, x| {
            let weight = params.get("weight", DType::F32, [6, 4]);
            let bias = params.get("bias", DType::F32, [6]);
            x.matmul(&(weight * 2.0).transpose([1, 0])) + bias
        });
        assert_eq!(names(&split.prepare), [Some("weight")]);
        assert_eq!(split.prepare.outputs(), [Spec::new(DType::F32, [4, 6])]);
        assert_eq!(names(&split.main), [None, Some("bias"), Some("prepared.0")]);
        assert_eq!(split.main.outputs(), [Spec::new(DType::F32, [8, 6])]);
        assert!(split.main.nodes().iter().all(|node| !matches!(node.op, Op::Transpose { .. })));
    }

    #[test]
    fn a_broadcast_parameter_is_not_kept() {
        let split = split(|params, x| x + params.get("shift", DType::F32, [4]));
        assert_eq!(split.prepare.outputs(), []);
        assert_eq!(names(&split.main), [None, Some("shift")]);
    }

    #[test]
    fn a_value_used_twice_is_prepared_once_and_may_be_an_output() {
        let graph = trace("f", &[Spec::new(DType::F32, [4, 4])], |params: &Params, args: &[Tensor]| {
            let turned = params.get("weight", DType::F32, [4, 4]).transpose([1, 0]);
            vec![args[0].matmul(&turned), &args[0] + &turned, turned]
        });
        let split = hoist_parameters(&graph.unwrap()).unwrap();
        assert_eq!(split.prepare.outputs().len(), 1);
        assert_eq!(names(&split.main), [None, Some("prepared.0")]);
        assert_eq!(split.main.outputs().len(), 3);
    }
}
