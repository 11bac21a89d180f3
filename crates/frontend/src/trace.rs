//! Tracing: a Rust function runs once over placeholders, and every operation it performs becomes a node.
//!
//! The one idea is the deferred error. Operators cannot return `Result` and stay readable, so the first mistake is kept
//! here with the user's line, the operation answers with a placeholder that absorbs whatever follows, and [`trace`]
//! returns the mistake at the end. Nothing panics, also when a tensor outlives its trace or meets one of another trace.

use crate::error::{Result, error};
use crate::literal::Scalar;
use crate::{
    DType, Error, Graph, Literal, Location, NodeId, Op, Params, Shape, Spec, Tensor, Type, infer, verify,
};
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
    O: IntoOutputs,
{
    let location = Location::caller();
    let trace = Rc::new(Trace::new(name));
    let arguments: Vec<Tensor> = specs.iter().map(|spec| trace.argument(spec, location)).collect();
    let params = Params::root(trace.clone());
    let entered = Entered::new(trace.clone());
    let returned = catch_unwind(AssertUnwindSafe(|| function(&params, &arguments)));
    drop(entered);
    let mut outputs = Vec::new();
    match returned {
        Ok(value) => value.collect_outputs(&mut outputs),
        // After a mistake the shapes the closure sees are guesses, so a panic is most likely its consequence.
        Err(panic) if trace.state.borrow().error.is_none() => resume_unwind(panic),
        Err(_) => {}
    }
    trace.finish(&outputs, location)
}

/// What a traced function may return: a tensor, or vectors, arrays and tuples of such, in order.
pub trait IntoOutputs {
    /// Appends the tensors to `outputs`.
    fn collect_outputs(self, outputs: &mut Vec<Tensor>);
}

impl IntoOutputs for Tensor {
    fn collect_outputs(self, outputs: &mut Vec<Tensor>) {
        outputs.push(self);
    }
}

impl IntoOutputs for &Tensor {
    fn collect_outputs(self, outputs: &mut Vec<Tensor>) {
        outputs.push(self.clone());
    }
}

impl<T: IntoOutputs> IntoOutputs for Vec<T> {
    fn collect_outputs(self, outputs: &mut Vec<Tensor>) {
        self.into_iter().for_each(|value| value.collect_outputs(outputs));
    }
}

impl<T: IntoOutputs, const N: usize> IntoOutputs for [T; N] {
    fn collect_outputs(self, outputs: &mut Vec<Tensor>) {
        self.into_iter().for_each(|value| value.collect_outputs(outputs));
    }
}

macro_rules! tuple_outputs {
    ($($name:ident)*) => {
        impl<$($name: IntoOutputs),*> IntoOutputs for ($($name,)*) {
            #[allow(non_snake_case)]
            fn collect_outputs(self, outputs: &mut Vec<Tensor>) {
                let ($($name,)*) = self;
                $($name.collect_outputs(outputs);)*
            }
        }
    };
}
tuple_outputs!(A);
tuple_outputs!(A B);
tuple_outputs!(A B C);
tuple_outputs!(A B C D);
tuple_outputs!(A B C D E);
tuple_outputs!(A B C D E F);
tuple_outputs!(A B C D E F G);
tuple_outputs!(A B C D E F G H);

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
    state: RefCell<State>,
}

struct State {
    graph: Graph,
    error: Option<Error>,
    /// False once the graph has been handed out, and for the trace of tensors made outside of any.
    open: bool,
    scope: Option<Arc<str>>,
    /// Input index by parameter path.
    params: HashMap<String, usize>,
    /// Constants and their broadcasts, so that a program that says `2.0` often holds it once.
    constants: HashMap<Literal, NodeId>,
    splats: HashMap<(NodeId, Shape), NodeId>,
}

thread_local! {
    static CURRENT: RefCell<Vec<Rc<Trace>>> = const { RefCell::new(Vec::new()) };
}

/// The innermost trace being made on this thread.
pub(crate) fn current() -> Option<Rc<Trace>> {
    CURRENT.with(|stack| stack.borrow().last().cloned())
}

/// The current trace, or one that only ever yields placeholders.
pub(crate) fn current_or_none() -> Rc<Trace> {
    current().unwrap_or_else(|| {
        let trace = Trace::new("");
        trace.state.borrow_mut().open = false;
        Rc::new(trace)
    })
}

/// Keeps a trace on the thread's stack; drops it also when the closure unwinds.
struct Entered;

impl Entered {
    fn new(trace: Rc<Trace>) -> Entered {
        CURRENT.with(|stack| stack.borrow_mut().push(trace));
        Entered
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        CURRENT.with(|stack| stack.borrow_mut().pop());
    }
}

/// Restores the scope that was there before.
pub(crate) struct Scoped {
    trace: Rc<Trace>,
    outer: Option<Arc<str>>,
}

impl Scoped {
    fn new(trace: Rc<Trace>, name: &str) -> Scoped {
        let mut state = trace.state.borrow_mut();
        let inner = match &state.scope {
            Some(outer) => format!("{outer}/{name}").into(),
            None => name.into(),
        };
        let outer = state.scope.replace(inner);
        drop(state);
        Scoped { trace, outer }
    }
}

impl Drop for Scoped {
    fn drop(&mut self) {
        self.trace.state.borrow_mut().scope = self.outer.take();
    }
}

impl Trace {
    fn new(name: &str) -> Trace {
        Trace {
            name: name.to_string(),
            state: RefCell::new(State {
                graph: Graph::new(name),
                error: None,
                open: true,
                scope: None,
                params: HashMap::new(),
                constants: HashMap::new(),
                splats: HashMap::new(),
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

    /// Names nodes until the guard is dropped; see [`scope`].
    pub(crate) fn enter(self: &Rc<Self>, name: &str) -> Scoped {
        Scoped::new(self.clone(), name)
    }

    /// Keeps the first mistake and answers with a placeholder of the likeliest type.
    pub(crate) fn mistake(self: &Rc<Self>, error: Error, guess: Spec) -> Tensor {
        let mut state = self.state.borrow_mut();
        if state.open {
            state.error.get_or_insert(error);
        }
        drop(state);
        Tensor::from_parts(self.clone(), None, guess)
    }

    /// Appends a node whose operands are all of this trace, and returns its id.
    pub(crate) fn push(&self, op: Op, operands: &[NodeId], location: Location) -> Result<NodeId> {
        let mut state = self.state.borrow_mut();
        let scope = state.scope.clone();
        state.graph.push(op, operands, location, scope)
    }

    /// Appends an operation on tensors. Placeholders among the operands give a placeholder.
    pub(crate) fn apply(self: &Rc<Self>, op: Op, operands: &[&Tensor], location: Location) -> Tensor {
        let mut ids = Vec::with_capacity(operands.len());
        for operand in operands {
            if !Rc::ptr_eq(operand.trace(), self) {
                return self.mixed(op.name(), operand, operands[0].spec().clone(), location);
            }
            ids.extend(operand.id());
        }
        if ids.len() != operands.len() || !self.state.borrow().open {
            return Tensor::from_parts(self.clone(), None, guess(&op, operands));
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
        let whole = self.apply(op.clone(), operands, location);
        let Some(id) = whole.id() else { return self.placeholders(&op, operands, whole) };
        let count = self.state.borrow().graph.node(id).ty.specs().len();
        let element = |index| match self.push(Op::Element { index }, &[id], location) {
            Ok(element) => self.tensor(element),
            Err(error) => self.mistake(error, whole.spec().clone()),
        };
        (0..count).map(element).collect()
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

    fn mixed(self: &Rc<Self>, name: &str, other: &Tensor, guess: Spec, location: Location) -> Tensor {
        let title = |trace: &Trace| match trace.name.as_str() {
            "" => "no trace".to_string(),
            name if trace.state.borrow().open => format!("`{name}`"),
            name => format!("`{name}`, which has ended"),
        };
        let error = error!(
            Trace,
            "{name}: operands belong to different traces: {} and {}",
            title(self),
            title(other.trace())
        )
        .hint("pass tensors as arguments of the traced function; they mean nothing outside of it")
        .at(location);
        other.trace().mistake(error.clone(), guess.clone());
        self.mistake(error, guess)
    }

    /// A constant node, shared among equal constants.
    pub(crate) fn constant(self: &Rc<Self>, literal: Literal, location: Location) -> Result<NodeId> {
        if let Some(&id) = self.state.borrow().constants.get(&literal) {
            return Ok(id);
        }
        let id = self.push(Op::Constant(literal.clone()), &[], location)?;
        self.state.borrow_mut().constants.insert(literal, id);
        Ok(id)
    }

    /// A host number as a scalar of `dtype`.
    pub(crate) fn scalar(self: &Rc<Self>, value: Scalar, dtype: DType, location: Location) -> Tensor {
        let spec = Spec::scalar(dtype);
        let carrier = Scalar::carrier(dtype);
        let node = Literal::scalar(value, carrier)
            .and_then(|literal| self.constant(literal, location))
            .and_then(|id| match carrier == dtype {
                true => Ok(id),
                false => self.push(Op::Convert { dtype }, &[id], location),
            });
        match node {
            Ok(id) => self.tensor(id),
            Err(error) => self.mistake(error.at(location), spec),
        }
    }

    /// `operand` broadcast to `shape`, its axes aligned with the last of `shape`; shared for equal requests.
    pub(crate) fn broadcast(self: &Rc<Self>, operand: &Tensor, shape: &Shape, location: Location) -> Tensor {
        if operand.spec().shape == *shape {
            return operand.clone();
        }
        let offset = shape.rank().saturating_sub(operand.rank());
        let op = Op::BroadcastInDim { shape: shape.clone(), axes: (offset..shape.rank()).collect() };
        // Only scalars are shared: they come from literals and recur; a shared large broadcast would only cost lookups.
        let Some(id) = operand.id().filter(|_| operand.rank() == 0) else {
            return self.apply(op, &[operand], location);
        };
        let key = (id, shape.clone());
        if let Some(&id) = self.state.borrow().splats.get(&key) {
            return self.tensor(id);
        }
        let result = self.apply(op, &[operand], location);
        if let Some(id) = result.id() {
            self.state.borrow_mut().splats.insert(key, id);
        }
        result
    }

    /// The graph input of a parameter path, new or as registered before.
    pub(crate) fn parameter(self: &Rc<Self>, path: &str, spec: Spec, location: Location) -> Tensor {
        let mut state = self.state.borrow_mut();
        let known = state.params.get(path).map(|&index| state.graph.inputs()[index].clone());
        match known {
            Some(input) if input.spec == spec => Tensor::from_parts(self.clone(), Some(input.node), spec),
            Some(input) => {
                drop(state);
                let error = error!(
                    Parameter,
                    "parameter `{path}` was asked for as {} and is now asked for as {spec}", input.spec
                );
                self.mistake(error.at(location), spec)
            }
            None if !state.open => {
                drop(state);
                Tensor::from_parts(self.clone(), None, spec)
            }
            None => {
                let index = state.graph.inputs().len();
                let pushed = state.graph.push_input(spec.clone(), Some(path), location);
                if pushed.is_ok() {
                    state.params.insert(path.to_string(), index);
                }
                drop(state);
                match pushed {
                    Ok(id) => Tensor::from_parts(self.clone(), Some(id), spec),
                    Err(error) => self.mistake(error, spec),
                }
            }
        }
    }

    /// Ends the trace and hands out its graph, or the first mistake.
    fn finish(self: &Rc<Self>, outputs: &[Tensor], location: Location) -> Result<Graph> {
        if let Some(foreign) = outputs.iter().find(|output| !Rc::ptr_eq(output.trace(), self)) {
            self.mixed("output", foreign, foreign.spec().clone(), location);
        }
        let mut state = self.state.borrow_mut();
        state.open = false;
        if let Some(error) = state.error.take() {
            return Err(error);
        }
        state.constants.clear();
        state.splats.clear();
        let mut graph = std::mem::replace(&mut state.graph, Graph::new(""));
        drop(state);
        let ids: Vec<NodeId> = outputs.iter().filter_map(Tensor::id).collect();
        if ids.len() != outputs.len() {
            return Err(error!(Trace, "output of `{}` is no value of its trace", self.name).at(location));
        }
        graph.set_outputs(&ids)?;
        if cfg!(debug_assertions) {
            verify(&graph)?;
        }
        Ok(graph)
    }
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
