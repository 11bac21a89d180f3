//! Finding where a NaN comes from: a graph made anew with one more output, which says the first operation whose result held one.
//!
//! Every result is tested where it is made; the tests are joined to one number, the position of the first site that failed.
//! Through branches and calls it is one more result, through loops one more carried value that keeps its first failure.
//! Nothing leaves the program but that number, so this works on every device.

use crate::error::Result;
use crate::{Comparison, DType, Graph, Literal, Location, Node, NodeId, Op, Reducer, Rule, Scan, Spec};
use std::sync::Arc;

/// What counts as a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Forbidden {
    /// NaN alone: infinities are part of many sound programs, masks for one.
    Nan,
    /// NaN and infinities.
    NonFinite,
}

/// A place in the program that is tested.
#[derive(Clone, Debug)]
pub struct Site {
    /// The operation, or `input` and the parameter's path or the argument's number.
    pub name: String,
    /// The scope it was made in.
    pub scope: Option<Arc<str>>,
    /// The type of the result.
    pub spec: Spec,
    /// The user's line.
    pub location: Location,
}

/// A graph with tests.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The graph with one more output, an `i32[]`: an index of `sites`, or [`Checked::PASSED`].
    pub graph: Graph,
    /// What is tested, in the order of the program.
    pub sites: Vec<Site>,
}

impl Checked {
    /// The output of a run in which no test failed.
    pub const PASSED: i32 = i32::MAX;
}

/// The graph with a test of every floating-point and complex result.
///
/// # Errors
/// Only if the graph breaks its invariants.
///
/// ```
/// use bering_frontend::{DType, Spec, instrument::{Checked, Forbidden, check_numbers}, trace};
/// let graph = trace("f", &[Spec::new(DType::F32, [2])], |_, x| x[0].log() * 2.0)?;
/// let Checked { graph, sites } = check_numbers(&graph, Forbidden::Nan)?;
/// assert_eq!(graph.outputs()[1].to_string(), "i32[]");
/// assert_eq!(sites.iter().map(|site| &site.name[..]).collect::<Vec<_>>(), ["input 0", "log", "multiply"]);
/// # Ok::<(), bering_frontend::Error>(())
/// ```
pub fn check_numbers(graph: &Graph, forbidden: Forbidden) -> Result<Checked> {
    let mut tests = Tests { sites: Vec::new(), forbidden };
    let graph = tests.instrument(graph, Place::Root)?;
    Ok(Checked { graph, sites: tests.sites })
}

/// Where a graph stands.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// The program; its inputs are tested too.
    Root,
    /// A graph that runs once at its place: the failure is its last output.
    Branch,
    /// The body of a loop: the failure is carried, at this position of inputs and outputs.
    Carried(usize),
}

struct Tests {
    sites: Vec<Site>,
    forbidden: Forbidden,
}

/// A graph under way.
struct Rewrite {
    graph: Graph,
    /// The new nodes of the values of each old node.
    values: Vec<Vec<NodeId>>,
    /// The outcome of each test, `i32[1]`: the index of its site, if it failed.
    outcomes: Vec<NodeId>,
    /// Outcomes of graphs inside.
    codes: Vec<NodeId>,
}

impl Tests {
    fn instrument(&mut self, graph: &Graph, place: Place) -> Result<Graph> {
        let mut rewrite = Rewrite {
            graph: Graph::new(graph.name()),
            values: vec![Vec::new(); graph.nodes().len()],
            outcomes: Vec::new(),
            codes: Vec::new(),
        };
        let here = graph.nodes().first().map_or_else(Location::caller, |node| node.location);
        let carried = self.inputs(&mut rewrite, graph, place, here)?;
        let live = graph.live();
        for (index, node) in graph.nodes().iter().enumerate().filter(|(index, _)| live[*index]) {
            if matches!(node.op, Op::Input { .. }) {
                continue;
            }
            rewrite.values[index] = if let Op::Element { index } = &node.op {
                node.operands.iter().map(|id| rewrite.values[id.index()][*index]).collect()
            } else {
                self.node(&mut rewrite, node)?
            };
        }
        let code = rewrite.outcome(carried, here)?;
        let mut outputs: Vec<NodeId> =
            graph.output_ids().iter().flat_map(|id| rewrite.values[id.index()].iter().copied()).collect();
        let position = match place {
            Place::Carried(position) => position,
            Place::Root | Place::Branch => outputs.len(),
        };
        outputs.insert(position, code);
        rewrite.graph.set_outputs(&outputs)?;
        Ok(rewrite.graph)
    }

    /// The inputs, and the carried failure if there is one.
    fn inputs(
        &mut self,
        rewrite: &mut Rewrite,
        graph: &Graph,
        place: Place,
        here: Location,
    ) -> Result<Option<NodeId>> {
        let mut carried = None;
        for position in 0..=graph.inputs().len() {
            if place == Place::Carried(position) {
                carried = Some(rewrite.graph.push_input(Spec::scalar(DType::I32), None, here)?);
            }
            let Some(input) = graph.inputs().get(position) else { continue };
            let location = graph.node(input.node).location;
            let node = rewrite.graph.push_input(input.spec.clone(), input.name.as_deref(), location)?;
            rewrite.values[input.node.index()] = vec![node];
            if place == Place::Root && is_tested(&input.spec) {
                let name = match &input.name {
                    Some(path) => format!("parameter `{path}`"),
                    None => format!("input {position}"),
                };
                self.test(rewrite, node, Site { name, scope: None, spec: input.spec.clone(), location })?;
            }
        }
        Ok(carried)
    }

    /// One operation made again, with its tests; its values one by one.
    fn node(&mut self, rewrite: &mut Rewrite, node: &Node) -> Result<Vec<NodeId>> {
        let mut operands: Vec<NodeId> =
            node.operands.iter().flat_map(|id| rewrite.values[id.index()].iter().copied()).collect();
        let nested = self.nested(&node.op)?;
        let Some((op, result)) = nested else {
            let id = rewrite.graph.push(node.op.clone(), &operands, node.location, node.name.clone())?;
            let values = rewrite.elements(id, node)?;
            if !moves(&node.op) {
                for &value in &values {
                    let spec = rewrite.graph.node(value).ty.specs()[0].clone();
                    let name = node.op.name().to_string();
                    let site = Site { name, scope: node.name.clone(), spec, location: node.location };
                    if is_tested(&site.spec) {
                        self.test(rewrite, value, site)?;
                    }
                }
            }
            return Ok(values);
        };
        if matches!(op, Op::While { .. } | Op::Scan(_)) {
            let passed = rewrite.number(Checked::PASSED, node.location)?;
            operands.insert(result, passed);
        }
        let id = rewrite.graph.push(op, &operands, node.location, node.name.clone())?;
        let mut values = rewrite.elements(id, node)?;
        let code = values.remove(result);
        rewrite.codes.push(code);
        Ok(values)
    }

    /// An operation that runs graphs as part of the program, with tests in them, and which of its results says the outcome.
    fn nested(&mut self, op: &Op) -> Result<Option<(Op, usize)>> {
        let branch =
            |tests: &mut Tests, graph: &Arc<Graph>| tests.instrument(graph, Place::Branch).map(Arc::new);
        if let Op::Call { body, .. } = op {
            let result = body.output_ids().len();
            // Derivatives have been taken; what is compiled is the body.
            return Ok(Some((Op::Call { body: branch(self, body)?, rule: Rule::Plain }, result)));
        }
        if let Op::Case { branches } = op {
            let result = branches.first().map_or(0, |branch| branch.output_ids().len());
            let branches = branches.iter().map(|graph| branch(self, graph)).collect::<Result<_>>()?;
            return Ok(Some((Op::Case { branches }, result)));
        }
        if let Op::While { cond, body } = op {
            let carry = body.output_ids().len();
            let count = cond.inputs().len();
            let mut specs: Vec<Spec> = cond.inputs().iter().map(|input| input.spec.clone()).collect();
            specs.insert(carry, Spec::scalar(DType::I32));
            let positions: Vec<usize> = (0..count).map(|input| input + usize::from(input >= carry)).collect();
            let cond = Arc::new(cond.with_inputs(&specs, &positions));
            let body = Arc::new(self.instrument(body, Place::Carried(carry))?);
            return Ok(Some((Op::While { cond, body }, carry)));
        }
        if let Op::Scan(scan) = op {
            let body = Arc::new(self.instrument(&scan.body, Place::Carried(scan.carry))?);
            let instrumented = Scan { body, carry: scan.carry + 1, ..scan.clone() };
            return Ok(Some((Op::Scan(instrumented), scan.carry)));
        }
        Ok(None)
    }

    fn test(&mut self, rewrite: &mut Rewrite, value: NodeId, site: Site) -> Result<()> {
        let at = site.location;
        let mut push = |op: Op, operands: &[NodeId]| rewrite.graph.push(op, operands, at, None);
        let complex = site.spec.dtype.is_complex();
        // Narrow floats are compared in a type that every device compares.
        let value = match !complex && site.spec.dtype.bits() < 16 {
            true => push(Op::Convert { dtype: DType::F32 }, &[value])?,
            false => value,
        };
        let failed = match self.forbidden {
            Forbidden::Nan => push(Op::Compare(Comparison::Ne), &[value, value])?,
            Forbidden::NonFinite if complex => {
                // Infinite less infinite is NaN.
                let nothing = push(Op::Subtract, &[value, value])?;
                push(Op::Compare(Comparison::Ne), &[nothing, nothing])?
            }
            Forbidden::NonFinite => {
                let finite = push(Op::IsFinite, &[value])?;
                push(Op::Not, &[finite])?
            }
        };
        let no = push(Op::Constant(Literal::new(&[false], [])?), &[])?;
        let axes = (0..site.spec.rank()).collect();
        let any = push(Op::Reduce { axes, reducer: Reducer::Or }, &[failed, no])?;
        let own = i32::try_from(self.sites.len()).unwrap_or(Checked::PASSED);
        let own = push(Op::Constant(Literal::new(&[own], [])?), &[])?;
        let passed = push(Op::Constant(Literal::new(&[Checked::PASSED], [])?), &[])?;
        let code = push(Op::Select, &[any, own, passed])?;
        rewrite.outcomes.push(push(Op::Reshape { shape: [1].into() }, &[code])?);
        self.sites.push(site);
        Ok(())
    }
}

impl Rewrite {
    /// The values of a node one by one.
    fn elements(&mut self, id: NodeId, node: &Node) -> Result<Vec<NodeId>> {
        let ty = &self.graph.node(id).ty;
        match ty.spec() {
            Some(_) => Ok(vec![id]),
            None => (0..ty.specs().len())
                .map(|index| self.graph.push(Op::Element { index }, &[id], node.location, None))
                .collect(),
        }
    }

    fn number(&mut self, value: i32, at: Location) -> Result<NodeId> {
        self.graph.push(Op::Constant(Literal::new(&[value], [])?), &[], at, None)
    }

    /// The first failure of this graph; where one is carried already, that one.
    fn outcome(&mut self, carried: Option<NodeId>, at: Location) -> Result<NodeId> {
        let mut code = self.number(Checked::PASSED, at)?;
        let outcomes = std::mem::take(&mut self.outcomes);
        if !outcomes.is_empty() {
            let all = self.graph.push(Op::Concatenate { axis: 0 }, &outcomes, at, None)?;
            let first = Op::Reduce { axes: vec![0], reducer: Reducer::Minimum };
            code = self.graph.push(first, &[all, code], at, None)?;
        }
        for inner in std::mem::take(&mut self.codes) {
            code = self.graph.push(Op::Minimum, &[code, inner], at, None)?;
        }
        let Some(carried) = carried else { return Ok(code) };
        let passed = self.number(Checked::PASSED, at)?;
        let first = self.graph.push(Op::Compare(Comparison::Eq), &[carried, passed], at, None)?;
        self.graph.push(Op::Select, &[first, code, carried], at, None)
    }
}

fn is_tested(spec: &Spec) -> bool {
    spec.dtype.is_float() || spec.dtype.is_complex()
}

/// Operations whose results hold what operands held: a failure there is one before. Constants are what the user wrote.
fn moves(op: &Op) -> bool {
    matches!(
        op,
        Op::Constant(_)
            | Op::BroadcastInDim { .. }
            | Op::Concatenate { .. }
            | Op::DynamicSlice { .. }
            | Op::DynamicUpdateSlice
            | Op::Gather(_)
            | Op::OptimizationBarrier
            | Op::Pad(_)
            | Op::Reshape { .. }
            | Op::Reverse { .. }
            | Op::Select
            | Op::ShardingConstraint(_)
            | Op::Slice { .. }
            | Op::Sort { .. }
            | Op::Transpose { .. }
    )
}
