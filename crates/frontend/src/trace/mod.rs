//! Tracing: a Rust function runs once over placeholders, and every operation it performs becomes a node.
//!
//! The one idea is the deferred error. Operators cannot return `Result` and stay readable, so the first mistake is kept
//! here with the user's line, the operation answers with a placeholder that absorbs whatever follows, and [`trace`]
//! returns the mistake at the end. Nothing panics, also when a tensor outlives its trace or meets one of another trace.
//!
//! Traces nest: the closures of control flow and transforms run in a trace of their own, see [`nested`]. Operations go to
//! the innermost trace that is being made, mistakes to the outermost. Values from outside of all traces: see [`values`].

mod nested;
mod shared;
mod stack;
mod values;

pub(crate) use nested::{Closed, Subtrace, subtrace};
pub(crate) use stack::{Scoped, current, current_or_none, detached};
pub use values::trace_with_values;

use crate::error::{Result, error};
use crate::infer::check_aligned;
use crate::{
    DType, Error, Graph, Literal, Location, NodeId, Op, Params, Shape, Spec, Tensor, Tree, Type, infer,
    verify,
};
use nested::Foreign;
use stack::Entered;
use std::cell::RefCell;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::sync::Arc;

/// Runs `function` once over tensors of these types and returns the graph of what it did.
///
/// The closure gets the model's parameters, which become inputs of the graph as they are asked for, and one tensor for
/// each spec. It must be pure in what it does to tensors; anything else it does happens once, while tracing.
///
/// # Errors
/// The first mistake made in the closure, with the line that made it.
///
/// # Examples
/// ```
/// use bering_frontend::{DType, Params, Spec, Tensor, trace};
///
/// let graph = trace("affine", &[Spec::new(DType::F32, [2, 3])], |params: &Params, args: &[Tensor]| {
///     let weight = params.get("weight", DType::F32, [3, 4]);
///     args[0].matmul(&weight) + 1.0
/// })?;
/// assert_eq!(graph.outputs(), [Spec::new(DType::F32, [2, 4])]);
/// assert_eq!(graph.inputs()[1].name.as_deref(), Some("weight"));
///
/// let wrong = trace("wrong", &[Spec::new(DType::F32, [2, 3])], |_, args| &args[0] + &args[0].transpose([1, 0]));
/// assert!(wrong.is_err_and(|error| error.message().contains("f32[2, 3]")));
/// # Ok::<(), bering_frontend::Error>(())
/// ```
#[track_caller]
pub fn trace<F, O>(name: &str, specs: &[Spec], function: F) -> Result<Graph>
where
    F: FnOnce(&Params, &[Tensor]) -> O,
    O: Tree,
{
    run(&Rc::new(Trace::new(name, None)), specs, Location::caller(), function)
}

/// Runs `function` once in this trace and ends it.
fn run<O: Tree>(
    trace: &Rc<Trace>,
    specs: &[Spec],
    location: Location,
    function: impl FnOnce(&Params, &[Tensor]) -> O,
) -> Result<Graph> {
    let arguments: Vec<Tensor> = specs.iter().map(|spec| trace.argument(spec, location)).collect();
    let params = Params::root(trace.clone());
    let entered = Entered::new(trace.clone());
    let returned = catch_unwind(AssertUnwindSafe(|| function(&params, &arguments)));
    drop(entered);
    let mut outputs = Vec::new();
    match returned {
        Ok(value) => value.flatten(&mut outputs),
        // After a mistake the shapes the closure sees are guesses, so a panic is most likely its consequence.
        Err(panic) if trace.state.borrow().error.is_none() => resume_unwind(panic),
        Err(_) => {}
    }
    trace.finish(&outputs, location)
}

/// Names what `function` adds to the current trace: its nodes, and so the lines of dumps and profiles, carry `name`
/// below the names of the scopes around it.
///
/// ```
/// use bering_frontend::{DType, Spec, scope, trace};
/// let graph = trace("f", &[Spec::new(DType::F32, [2])], |_, args| scope("head", || args[0].exp()))?;
/// assert_eq!(graph.nodes()[1].name.as_deref(), Some("head"));
/// # Ok::<(), bering_frontend::Error>(())
/// ```
pub fn scope<R>(name: &str, function: impl FnOnce() -> R) -> R {
    let Some(trace) = current() else { return function() };
    let _left = Scoped::new(trace, name);
    function()
}

/// The state behind every tensor of one traced function. Tensors share it; the graph leaves it when tracing ends.
pub(crate) struct Trace {
    name: String,
    /// The trace around this one, whose tensors this one may capture.
    parent: Option<Rc<Trace>>,
    state: RefCell<State>,
}

struct State {
    graph: Graph,
    error: Option<Error>,
    /// False once the graph has been handed out, and for the trace of tensors made outside of any.
    open: bool,
    scope: Option<Arc<str>>,
    /// Where nodes come from while a transform writes them: they keep the line and scope of what they derive from.
    origin: Option<Origin>,
    /// Input index by parameter path.
    params: HashMap<String, usize>,
    /// Constants and their broadcasts, so that a program that says `2.0` often holds it once.
    constants: HashMap<Literal, NodeId>,
    splats: HashMap<(NodeId, Shape), NodeId>,
    captures: nested::Captures,
    /// Values from outside that are inputs, where they may be.
    values: Option<values::Values>,
}

/// The line and scope of a node that others derive from.
pub(crate) type Origin = (Location, Option<Arc<str>>);

impl Trace {
    fn new(name: &str, parent: Option<Rc<Trace>>) -> Trace {
        Trace {
            name: name.to_string(),
            parent,
            state: RefCell::new(State {
                graph: Graph::new(name),
                error: None,
                open: true,
                scope: None,
                origin: None,
                params: HashMap::new(),
                constants: HashMap::new(),
                splats: HashMap::new(),
                captures: nested::Captures::default(),
                values: None,
            }),
        }
    }

    /// The next data argument.
    fn argument(self: &Rc<Self>, spec: &Spec, location: Location) -> Tensor {
        // Bound to a name, so that the state is free again when the mistake is recorded.
        let pushed = self.state.borrow_mut().graph.push_input(spec.clone(), None, location);
        match pushed {
            Ok(id) => Tensor::from_parts(self.clone(), Some(id), spec.clone()),
            Err(error) => self.mistake(error, spec.clone()),
        }
    }

    /// The number of nodes so far.
    pub(crate) fn len(&self) -> usize {
        self.state.borrow().graph.nodes().len()
    }

    /// Names nodes until the guard is dropped; see [`scope`].
    pub(crate) fn enter(self: &Rc<Self>, name: &str) -> Scoped {
        Scoped::new(self.innermost(), name)
    }

    /// States where the nodes that follow come from, until it is stated otherwise; `None` for the user's code itself.
    /// Answers with what was stated before.
    pub(crate) fn replace_origin(&self, origin: Option<Origin>) -> Option<Origin> {
        std::mem::replace(&mut self.state.borrow_mut().origin, origin)
    }

    /// Keeps the first mistake, in the outermost trace, and answers with a placeholder of the likeliest type.
    pub(crate) fn mistake(self: &Rc<Self>, error: Error, guess: Spec) -> Tensor {
        let error = match &self.state.borrow().origin {
            Some((location, _)) => error.relocated(*location),
            None => error,
        };
        let mut state = self.root().state.borrow_mut();
        if state.open {
            state.error.get_or_insert(error);
        }
        drop(state);
        Tensor::from_parts(self.clone(), None, guess)
    }

    /// Appends a node whose operands are all of this trace, and returns its id.
    pub(crate) fn push(&self, op: Op, operands: &[NodeId], location: Location) -> Result<NodeId> {
        let mut state = self.state.borrow_mut();
        let Some((origin, name)) = &state.origin else {
            let scope = state.scope.clone();
            return state.graph.push_checked(op, operands, location, scope);
        };
        let (location, scope) = (*origin, name.clone().or_else(|| state.scope.clone()));
        state.graph.push(op, operands, location, scope)
    }

    /// How the names of two operands disagree that will be broadcast, if they do and it matters: in what a transform
    /// derives, axes whose names disagree lose them instead.
    pub(crate) fn check_aligned(&self, op: &'static str, lhs: &Spec, rhs: &Spec) -> Option<Error> {
        check_aligned(op, lhs, rhs).filter(|_| self.state.borrow().origin.is_none())
    }

    /// Appends an operation on tensors to the innermost trace. Placeholders among the operands give a placeholder.
    pub(crate) fn apply(self: &Rc<Self>, op: Op, operands: &[&Tensor], location: Location) -> Tensor {
        self.innermost().append(op, operands, location)
    }

    fn append(self: &Rc<Self>, op: Op, operands: &[&Tensor], location: Location) -> Tensor {
        let mut ids = Vec::with_capacity(operands.len());
        for operand in operands {
            match self.import(operand, location) {
                Ok(id) => ids.extend(id),
                Err(Foreign) => {
                    let guess = operands[0].spec().clone();
                    return match (current(), foreign(operands)) {
                        // A value may be used here, so the tensor of a trace that has ended is to blame.
                        (Some(current), Some(foreign)) if operand.outside().is_some() => {
                            current.mixed(op.name(), foreign, guess, location)
                        }
                        _ => self.mixed(op.name(), operand, guess, location),
                    };
                }
            }
        }
        if ids.len() != operands.len() || !self.state.borrow().open {
            let guess = guess(&op, operands);
            return match current() {
                // A tensor that outlived its trace is used where there is somebody to tell.
                Some(current) if !self.state.borrow().open => match foreign(operands) {
                    Some(foreign) => current.mixed(op.name(), foreign, guess, location),
                    None => Tensor::from_parts(self.clone(), None, guess),
                },
                _ => Tensor::from_parts(self.clone(), None, guess),
            };
        }
        match self.push(op, &ids, location) {
            Ok(id) => self.tensor(id),
            Err(error) => self.mistake(error, first_spec(operands)),
        }
    }

    /// Appends an operation that yields several tensors, and takes them apart.
    pub(crate) fn apply_tuple(
        self: &Rc<Self>,
        op: Op,
        operands: &[&Tensor],
        location: Location,
    ) -> Vec<Tensor> {
        self.innermost().append_tuple(op, operands, location)
    }

    fn append_tuple(self: &Rc<Self>, op: Op, operands: &[&Tensor], location: Location) -> Vec<Tensor> {
        let whole = self.append(op.clone(), operands, location);
        let Some(id) = whole.id() else { return self.placeholders(&op, operands, whole) };
        self.elements(id, location)
    }

    /// The values of a node, one by one.
    fn elements(self: &Rc<Self>, id: NodeId, location: Location) -> Vec<Tensor> {
        let ty = self.state.borrow().graph.node(id).ty.clone();
        let Type::Tuple(specs) = ty else { return vec![self.tensor(id)] };
        let element = |(index, spec)| match self.push(Op::Element { index }, &[id], location) {
            Ok(element) => self.tensor(element),
            Err(error) => self.mistake(error, spec),
        };
        specs.into_iter().enumerate().map(element).collect()
    }

    /// [`Trace::apply_tuple`] for operations that yield one tensor instead of a tuple of one.
    pub(crate) fn apply_results(
        self: &Rc<Self>,
        op: Op,
        operands: &[&Tensor],
        count: usize,
        location: Location,
    ) -> Vec<Tensor> {
        match count {
            1 => vec![self.apply(op, operands, location)],
            _ => self.apply_tuple(op, operands, location),
        }
    }

    /// Appends any operation and answers with its results, constants and splats shared as users' are.
    pub(crate) fn emit(self: &Rc<Self>, op: Op, operands: &[&Tensor], location: Location) -> Vec<Tensor> {
        match (op, operands) {
            (Op::Constant(literal), _) => {
                let spec = literal.spec().clone();
                vec![match self.constant(literal, location) {
                    Ok(id) => self.tensor(id),
                    Err(error) => self.mistake(error, spec),
                }]
            }
            (Op::BroadcastInDim { shape, .. }, [scalar]) if scalar.rank() == 0 => {
                vec![self.broadcast(scalar, &shape, location)]
            }
            (op, operands) => self.append_tuple(op, operands, location),
        }
    }

    /// As many placeholders as an operation would have results; one where not even that is known.
    fn placeholders(self: &Rc<Self>, op: &Op, operands: &[&Tensor], whole: Tensor) -> Vec<Tensor> {
        let types: Vec<Type> = operands.iter().map(|t| Type::Tensor(t.spec().clone())).collect();
        match infer(op, &types.iter().collect::<Vec<_>>()) {
            Ok(ty) => {
                ty.specs().iter().map(|spec| Tensor::from_parts(self.clone(), None, spec.clone())).collect()
            }
            Err(_) => operands.iter().map(|_| whole.clone()).collect(),
        }
    }

    /// The tensor of a node that yields one.
    pub(crate) fn tensor(self: &Rc<Self>, id: NodeId) -> Tensor {
        let spec = self.state.borrow().graph.node(id).ty.specs().first().cloned();
        Tensor::from_parts(self.clone(), Some(id), spec.unwrap_or_else(|| Spec::scalar(DType::F32)))
    }

    fn mixed(self: &Rc<Self>, name: &str, operand: &Tensor, guess: Spec, location: Location) -> Tensor {
        if let Some(what) = operand.outside() {
            let (here, spec) = (current().unwrap_or_else(|| self.clone()), operand.spec());
            let root = &here.root().name;
            let error = error!(Trace, "{name}: an operand is a {what} {spec} from outside of `{root}`")
                .hint(match operand.value() {
                    Some(_) => "pass it to the function as an argument, or call the function by `jit`, which captures it",
                    None => "pass it to the function as an argument",
                });
            return here.mistake(error.at(location), guess);
        }
        let other = operand.trace();
        let title = |trace: &Trace| match trace.name.as_str() {
            "" => "no trace".to_string(),
            name if trace.state.borrow().open => format!("`{name}`"),
            name => format!("`{name}`, which has ended"),
        };
        let hint = match self.root().is(other.root()) {
            true => "return tensors from a closure to use them after it",
            false => "pass tensors as arguments of the traced function; they mean nothing outside of it",
        };
        let error = error!(
            Trace,
            "{name}: operands belong to different traces: {} and {}",
            title(self),
            title(other)
        )
        .hint(hint)
        .at(location);
        other.mistake(error.clone(), guess.clone());
        self.mistake(error, guess)
    }

    /// Ends the trace and hands out its graph, or the first mistake.
    fn finish(self: &Rc<Self>, outputs: &[Tensor], location: Location) -> Result<Graph> {
        let ids = self.output_ids(outputs, location);
        self.state.borrow_mut().open = false;
        let error = self.state.borrow_mut().error.take();
        match (error, ids) {
            (Some(error), _) => Err(error),
            (None, Some(ids)) => self.close(&ids),
            (None, None) => {
                Err(error!(Trace, "output of `{}` is no value of its trace", self.name).at(location))
            }
        }
    }

    /// The nodes of what the traced function returned, if all of it can be had.
    fn output_ids(self: &Rc<Self>, outputs: &[Tensor], location: Location) -> Option<Vec<NodeId>> {
        let mut ids = Vec::with_capacity(outputs.len());
        for output in outputs {
            match self.import(output, location) {
                Ok(id) => ids.push(id?),
                Err(Foreign) => {
                    self.mixed("output", output, output.spec().clone(), location);
                    return None;
                }
            }
        }
        Some(ids)
    }

    /// Takes the graph out. The trace is of no use after that.
    fn close(&self, outputs: &[NodeId]) -> Result<Graph> {
        let mut state = self.state.borrow_mut();
        state.open = false;
        state.constants.clear();
        state.splats.clear();
        let mut graph = std::mem::replace(&mut state.graph, Graph::new(""));
        drop(state);
        graph.set_outputs(outputs)?;
        if cfg!(debug_assertions) {
            verify(&graph)?;
        }
        Ok(graph)
    }
}

/// The operand to blame where one belongs to a trace that takes no more operations, or to none.
fn foreign<'t>(operands: &[&'t Tensor]) -> Option<&'t Tensor> {
    let ended = |operand: &&&Tensor| !operand.trace().state.borrow().open;
    let of_a_trace = operands.iter().filter(|operand| operand.outside().is_none()).find(ended);
    of_a_trace.or_else(|| operands.iter().find(ended)).copied()
}

/// The type an operation on placeholders most likely has, so that what follows keeps plausible ranks.
fn guess(op: &Op, operands: &[&Tensor]) -> Spec {
    let types: Vec<Type> = operands.iter().map(|t| Type::Tensor(t.spec().clone())).collect();
    infer(op, &types.iter().collect::<Vec<_>>())
        .ok()
        .and_then(|ty| ty.specs().first().cloned())
        .unwrap_or_else(|| first_spec(operands))
}

fn first_spec(operands: &[&Tensor]) -> Spec {
    operands.first().map_or_else(|| Spec::scalar(DType::F32), |operand| operand.spec().clone())
}
