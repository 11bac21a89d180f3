//! Traces in traces: how a closure becomes a closed sub-graph.
//!
//! The closures of control flow and transforms run in a trace of their own, innermost on the thread's stack, so that their
//! operations land in a graph of their own. A tensor of a trace around it that such a closure uses is *captured*: it
//! becomes an input of the sub-graph, once per tensor and through every trace in between, and whoever asked for the
//! sub-graph passes it as an operand. Constants are made anew instead, as an input would hide their values.

use super::{Entered, Trace, current_or_none, detached};
use crate::error::Result;
use crate::{Graph, Location, Node, NodeId, Op, Shape, Spec, Tensor, Tree};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

/// What a closure became.
pub(crate) struct Subtrace<T> {
    /// Its graph, or `None` after a mistake: then there is nothing to do but to answer with placeholders.
    pub(crate) closed: Option<Closed>,
    /// What it returned: tensors of the trace that has ended, of use for their types and as a pattern to rebuild.
    pub(crate) output: T,
}

/// A graph that sees nothing but its inputs.
pub(crate) struct Closed {
    /// From the arguments, then what was captured, to the leaves of what the closure returned.
    pub(crate) graph: Arc<Graph>,
    /// Tensors of the trace around it, in the order of the graph's last inputs.
    pub(crate) captures: Vec<Tensor>,
}

/// Runs `function` once over tensors of these types, in a trace inside the current one.
///
/// Mistakes are reported by the outermost trace, with the line that made them.
pub(crate) fn subtrace<T: Tree>(
    name: &str,
    specs: &[Spec],
    location: Location,
    function: impl FnOnce(Vec<Tensor>) -> T,
) -> Subtrace<T> {
    let parent = current_or_none();
    let trace = Rc::new(Trace::new(name, Some(parent.clone())));
    let arguments: Vec<Tensor> = specs.iter().map(|spec| trace.argument(spec, location)).collect();
    trace.inherit(&parent);
    let entered = Entered::new(trace.clone());
    let output = function(arguments);
    let mut leaves = Vec::new();
    output.flatten(&mut leaves);
    drop(entered);
    let ids = trace.output_ids(&leaves, location);
    let captures = trace.take_captures(&parent);
    trace.state.borrow_mut().open = false;
    let closed = ids.and_then(|ids| match trace.close(&ids) {
        Ok(graph) => Some(Closed { graph: Arc::new(graph), captures }),
        Err(error) => {
            parent.mistake(error.at(location), Spec::scalar(crate::DType::F32));
            None
        }
    });
    Subtrace { closed, output }
}

/// A tensor is of no trace that is being made around this one.
#[derive(Debug)]
pub(super) struct Foreign;

/// The nodes of the parent that a trace uses, in the order of its inputs for them.
#[derive(Default)]
pub(super) struct Captures {
    order: Vec<NodeId>,
    known: HashMap<NodeId, NodeId>,
}

impl Trace {
    /// Whether both are one trace.
    pub(super) fn is(&self, other: &Trace) -> bool {
        std::ptr::eq(self, other)
    }

    /// The trace that gets the mistakes.
    pub(super) fn root(&self) -> &Trace {
        let mut trace = self;
        while let Some(parent) = &trace.parent {
            trace = parent;
        }
        trace
    }

    /// Whether this trace is `outer` or inside of it.
    pub(crate) fn is_within(&self, outer: &Trace) -> bool {
        let mut trace = self;
        loop {
            match &trace.parent {
                _ if trace.is(outer) => return true,
                Some(parent) => trace = parent,
                None => return false,
            }
        }
    }

    /// The innermost trace being made, if it is inside of this one or this is none; else this one.
    pub(crate) fn innermost(self: &Rc<Self>) -> Rc<Trace> {
        match super::current() {
            Some(current) if current.is_within(self) || self.is(&detached()) => current,
            _ => self.clone(),
        }
    }

    /// Starts as the trace around it is: in its scope, and without effect where it has none.
    fn inherit(&self, parent: &Trace) {
        let outer = parent.state.borrow();
        let mut state = self.state.borrow_mut();
        (state.open, state.scope, state.origin) = (outer.open, outer.scope.clone(), outer.origin.clone());
    }

    /// The node that stands for a tensor in this trace, which is used on this line; `None` for a placeholder.
    pub(super) fn import(
        self: &Rc<Self>,
        tensor: &Tensor,
        location: Location,
    ) -> std::result::Result<Option<NodeId>, Foreign> {
        if self.is(tensor.trace()) {
            return Ok(tensor.id());
        }
        let Some(parent) = &self.parent else { return self.import_value(tensor, location) };
        match parent.import(tensor, location)? {
            // A graph that was handed out takes no more inputs; the operation at hand has no effect anyway.
            Some(id) if self.state.borrow().open => Ok(self.capture(parent, id, tensor).ok()),
            _ => Ok(None),
        }
    }

    /// The node that stands for a node of the parent.
    fn capture(self: &Rc<Self>, parent: &Rc<Trace>, outer: NodeId, tensor: &Tensor) -> Result<NodeId> {
        if let Some(&known) = self.state.borrow().captures.known.get(&outer) {
            return Ok(known);
        }
        if let Some(constant) = parent.constant_of(outer) {
            return self.rebuild_constant(constant, tensor);
        }
        let location = parent.state.borrow().graph.node(outer).location;
        let mut state = self.state.borrow_mut();
        let inner = state.graph.push_input(tensor.spec().clone(), None, location)?;
        state.captures.known.insert(outer, inner);
        state.captures.order.push(outer);
        Ok(inner)
    }

    /// A scalar constant and, if the node is a broadcast of it, to which shape.
    fn constant_of(&self, id: NodeId) -> Option<(Node, Option<Shape>)> {
        let state = self.state.borrow();
        let scalar = |id: NodeId| {
            let node = state.graph.node(id);
            let is_scalar = matches!(&node.op, Op::Constant(literal) if literal.spec().rank() == 0);
            is_scalar.then(|| node.clone())
        };
        if let Op::BroadcastInDim { shape, .. } = &state.graph.node(id).op {
            let operand = *state.graph.node(id).operands.first()?;
            return Some((scalar(operand)?, Some(shape.clone())));
        }
        Some((scalar(id)?, None))
    }

    fn rebuild_constant(
        self: &Rc<Self>,
        (node, shape): (Node, Option<Shape>),
        tensor: &Tensor,
    ) -> Result<NodeId> {
        let Op::Constant(literal) = node.op else { return self.push(node.op, &[], node.location) };
        let id = self.constant(literal, node.location)?;
        let Some(shape) = shape else { return Ok(id) };
        let broadcast = self.own_broadcast(&self.tensor(id), &shape, node.location);
        broadcast.id().ok_or_else(|| {
            crate::error::error!(Verify, "a constant {} is not made anew in a closure", tensor.spec())
        })
    }

    /// What was captured, as tensors of the parent.
    fn take_captures(&self, parent: &Rc<Trace>) -> Vec<Tensor> {
        let captures = std::mem::take(&mut self.state.borrow_mut().captures);
        captures.order.into_iter().map(|id| parent.tensor(id)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transform::replay;
    use crate::{DType, Error, trace};

    fn f32<const N: usize>(dims: [usize; N]) -> Spec {
        Spec::new(DType::F32, dims)
    }

    /// A closure as a sub-graph, and at once its result: the sub-graph replayed on what it needs.
    #[track_caller]
    fn nested<T: Tree>(
        name: &str,
        arguments: &[Tensor],
        function: impl FnOnce(Vec<Tensor>) -> T,
    ) -> (String, T::Owned) {
        let specs = crate::tree::specs(arguments);
        let Subtrace { closed, output } = subtrace(name, &specs, Location::caller(), function);
        let (text, leaves) = match closed {
            Some(Closed { graph, captures }) => {
                crate::verify(&graph).unwrap();
                (graph.to_string(), replay(&graph, &[arguments, &captures].concat()))
            }
            None => (String::new(), crate::tree::leaves(&output)),
        };
        (text, crate::tree::rebuild(&output, leaves))
    }

    #[test]
    fn outer_tensors_are_captured_once_and_through_all_levels() {
        let mut texts = Vec::new();
        let graph = trace("f", &[f32([2]), f32([2])], |params, x| {
            let zeros = Tensor::zeros(DType::F32, [2]);
            let (text, outer) = nested("outer", &[x[0].clone()], |y| {
                let (text, inner) = nested("inner", &[], |_| {
                    let weight = params.get("weight", DType::F32, [2]);
                    &x[1] * 2.0 + &y[0] + &x[1] + weight + &zeros
                });
                texts.push(text);
                inner
            });
            texts.push(text);
            outer
        })
        .unwrap();
        let header = |text: &String| text.lines().next().unwrap().to_string();
        assert_eq!(header(&texts[0]), "graph inner(%2: f32[2], %4: f32[2], %7: f32[2]) -> f32[2] {");
        assert_eq!(header(&texts[1]), "graph outer(%0: f32[2], %1: f32[2], %2: f32[2]) -> f32[2] {");
        assert_eq!(graph.inputs()[2].name.as_deref(), Some("weight"));
        assert!(texts.iter().all(|text| text.contains("constant() {0.0}")), "{texts:?}");
    }

    #[test]
    fn what_a_closure_returns_unchanged_is_an_input() {
        trace("f", &[f32([2])], |_, x| {
            let (text, value) = nested("g", &[], |_| (x[0].clone(), [x[0].clone()]));
            assert_eq!(text, "graph g(%0: f32[2]) -> f32[2], f32[2] {\n  return %0, %0\n}\n");
            value
        })
        .unwrap();
    }

    /// The error of a program, which must be on a line that holds `at`.
    #[track_caller]
    fn mistake<T: Tree>(at: &str, function: impl FnOnce(&[Tensor]) -> T) -> Error {
        let error = trace("f", &[f32([2])], |_, x| function(x)).unwrap_err();
        let line = error.location().unwrap().line() as usize;
        let text = include_str!("nested.rs").lines().nth(line - 1).unwrap();
        assert!(text.contains(at), "{error}\n{text}");
        error
    }

    #[test]
    fn mistakes_inside_are_the_outermost_traces() {
        let wrong = mistake("+ three", |x| {
            let three = Tensor::zeros(DType::F32, [3]);
            nested("g", x, |y| nested("h", &y, |z| &z[0] + three).1 * 2.0).1
        });
        assert!(wrong.message().starts_with("add: shapes do not broadcast"), "{wrong}");
        let wrong = mistake("sum(4)", |x| nested("g", x, |_| x[0].sum(4).matmul(&x[0]).reshape([7]) + 1.0).1);
        assert_eq!(wrong.message(), "sum: axis 4 is out of range for f32[2]");
    }

    #[test]
    fn tensors_do_not_outlive_a_closure() {
        let mut kept = None;
        let wrong = mistake("unwrap().exp()", |x| {
            nested("g", x, |y| kept = Some(y[0].exp()));
            kept.unwrap().exp()
        });
        let message = "exponential: operands belong to different traces: `f` and `g`, which has ended";
        assert_eq!(wrong.message(), message);
        assert_eq!(wrong.advice(), Some("return tensors from a closure to use them after it"));
    }

    #[test]
    fn a_panic_in_a_closure_leaves_the_stack_as_it_was() {
        let graph = trace("f", &[f32([2])], |_, x| {
            let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                nested("g", x, |_| -> Tensor { panic!("the user's") }).1
            }));
            assert!(panic.is_err());
            x[0].exp()
        });
        assert_eq!(graph.unwrap().to_string().lines().count(), 4);
    }

    #[test]
    fn without_a_trace_there_are_only_placeholders() {
        let outside = Tensor::zeros(DType::F32, [2]);
        let (_, value) = nested("g", &[], |_| &outside + 1.0);
        assert_eq!(format!("{value:?}"), "placeholder: f32[2]");
    }
}
