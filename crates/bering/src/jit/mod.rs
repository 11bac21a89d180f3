//! Functions over trees: [`jit`] makes a Rust function on structs of tensors one that runs compiled on a device.
//!
//! The one idea: a call flattens its arguments, looks up the program for their structure and types, runs it on their buffers and
//! rebuilds what the function returned around the results. A program is traced and compiled when a call first needs it; compiled
//! programs come from the on-disk cache where they are in it.
//!
//! * [`Jit`]: the function, its calls and its programs. `staged`: one program, traced and lowered; `compiled`: on a device.
//! * [`Donate`]: arguments given away. [`Static`](crate::frontend::Static): arguments that are no tensors.

mod compiled;
mod donate;
mod staged;
#[cfg(test)]
mod tests;

pub use compiled::Compiled;
pub use donate::Donate;
pub use staged::Staged;

use crate::Values;
use crate::error::Result;
use crate::mesh::Where;
use bering_frontend::sharding::{Mesh, Partition};
use bering_frontend::{Spec, Structure, Tensor, Tree, tree};
use bering_runtime::CompileOptions;
use staged::Requests;
use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::rc::Rc;

/// A function of a tree of tensors, to be called with tensors on a device. Several arguments are a tuple.
///
/// ```
/// use bering::prelude::*;
///
/// #[derive(Tree)]
/// struct Line { slope: Tensor, offset: Tensor }
///
/// let step = jit("step", |(line, x, y, rate): (Line, Tensor, Tensor, Static<f64>)| {
///     let loss = |line: Line| {
///         let error = &line.slope * &x + &line.offset - &y;
///         (&error * &error).mean(..)
///     };
///     let (loss, gradient) = bering::frontend::value_and_grad(loss, &line);
///     (tree::zip(&line, &gradient, |p, g| p - g * *rate), loss)
/// });
///
/// let device = device("cpu")?;
/// let x = device.tensor(&[0.0f32, 1.0, 2.0, 3.0], [4])?;
/// let y = device.tensor(&[1.0f32, 3.0, 5.0, 7.0], [4])?;
/// let mut line = Line { slope: device.scalar(0.0f32)?, offset: device.scalar(0.0f32)? };
/// let mut loss;
/// for _ in 0..200 {
///     // The old line is given away, so that the new one takes its memory.
///     (line, loss) = step.call(&device, (Donate(line), &x, &y, Static(0.1)))?;
/// # let _ = &loss;
/// }
/// assert!((line.slope.item::<f32>()? - 2.0).abs() < 1e-3);
/// assert_eq!(step.programs(), 1);
/// # Ok::<(), bering::Error>(())
/// ```
///
/// Arguments may be references, so that nothing is cloned to be passed. A function is traced once for each structure of its
/// arguments (lengths of lists, options that are there, values of static fields and of [`Static`](crate::frontend::Static)) and for
/// the types of all tensors in them.
pub fn jit<A, O, F>(name: &str, function: F) -> Jit<A, O, F>
where
    A: Tree<Owned = A>,
    O: Tree,
    F: Fn(A) -> O,
{
    Jit {
        name: name.to_owned(),
        function,
        options: CompileOptions::default(),
        requests: Requests::default(),
        programs: RefCell::default(),
        marker: PhantomData,
    }
}

/// A function that is traced and compiled as it is called; see [`jit`].
///
/// It belongs to one thread, as tensors do. What runs on several is [`Compiled::function`].
pub struct Jit<A, O: Tree, F> {
    name: String,
    function: F,
    options: CompileOptions,
    requests: Requests,
    programs: RefCell<HashMap<Key, Program<A, O>>>,
    marker: PhantomData<fn(A) -> O>,
}

/// What a program is traced for.
#[derive(PartialEq)]
pub(crate) struct Key {
    pub(crate) mesh: Option<Mesh>,
    pub(crate) structure: Structure,
    pub(crate) leaves: Vec<Leaf>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Leaf {
    pub(crate) spec: Spec,
    pub(crate) donated: bool,
    /// How it is split over the mesh, if there is one.
    pub(crate) partition: Partition,
}

// A static value that is not equal to itself, a NaN, is traced for again and again, and nothing worse.
impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.structure.hash(state);
        self.leaves.hash(state);
    }
}

impl Key {
    fn of(arguments: &impl Tree, leaves: &[Tensor], mesh: Option<&Mesh>) -> Key {
        let leaf = |leaf: &Tensor| Leaf {
            spec: leaf.spec().clone(),
            donated: leaf.is_donated(),
            partition: mesh.and_then(|_| leaf.partition()).cloned().unwrap_or_default(),
        };
        let leaves = leaves.iter().map(leaf).collect();
        Key { mesh: mesh.cloned(), structure: Structure::of(arguments), leaves }
    }
}

/// A program and where it was compiled for already.
struct Program<A, O: Tree> {
    staged: Rc<Staged<A, O>>,
    compiled: Vec<Rc<Compiled<A, O>>>,
}

impl<A, O, F> Jit<A, O, F>
where
    A: Tree<Owned = A>,
    O: Tree,
    F: Fn(A) -> O,
{
    /// Compiles with these options; device assignment in them is replaced by the device of each call.
    pub fn options(mut self, options: CompileOptions) -> Self {
        self.options = options;
        self
    }

    /// Asks for a memory layout of an argument: of the leaf of this path, such as `0.weight`, or of all leaves below it. Axes from
    /// minor to major as `{0,1}`, `default` for row-major, or `auto` for the compiler's choice;
    /// [`Compiled::argument_layouts`] tells what it became.
    ///
    /// A buffer must lie as its program wants it, and tensors made on the host are row-major: other layouts are for what comes out
    /// of another program with a [`result_layout`](Jit::result_layout).
    pub fn argument_layout(mut self, path: &str, layout: &str) -> Self {
        self.requests.arguments.push((path.to_owned(), layout.to_owned()));
        self
    }

    /// Asks for a memory layout of a result, as [`Jit::argument_layout`]. A function that returns one tensor has it at the path ``.
    pub fn result_layout(mut self, path: &str, layout: &str) -> Self {
        self.requests.results.push((path.to_owned(), layout.to_owned()));
        self
    }

    /// Takes an argument from a memory of this kind ([`memory`](crate::memory)), by path as in [`Jit::argument_layout`].
    ///
    /// Compiling for a device without such a memory is an error.
    pub fn argument_memory(mut self, path: &str, kind: &str) -> Self {
        self.requests.argument_memories.push((path.to_owned(), kind.to_owned()));
        self
    }

    /// Puts a result in a memory of this kind, as [`Jit::argument_memory`].
    pub fn result_memory(mut self, path: &str, kind: &str) -> Self {
        self.requests.result_memories.push((path.to_owned(), kind.to_owned()));
        self
    }

    /// Says how a result is split where the function runs on a mesh: of the leaf of this path, or of all leaves below it. A result of
    /// which nothing is said is split as [`Tensor::shard`] or `shard_map` says where it comes from one of these, and else a copy is on
    /// all devices.
    pub fn result_sharding(mut self, path: &str, partition: impl Into<Partition>) -> Self {
        self.requests.partitions.push((path.to_owned(), partition.into()));
        self
    }

    /// Runs the function on a device, or split over a mesh. On a mesh, an argument that is on one of its devices is copied to all.
    /// Results may still be under way when this returns.
    ///
    /// # Errors
    /// The first mistake that tracing finds in the function; if an argument holds no elements, is on another device or was donated
    /// before; if XLA refuses the program or the device fails.
    pub fn call<X: Tree<Owned = A>>(&self, place: impl Into<Where>, arguments: X) -> Result<O::Owned> {
        let leaves = tree::leaves(&arguments);
        let compiled = self.program(&place.into(), &arguments, &leaves)?;
        compiled.run(&leaves)
    }

    /// The types of what the function returns, without compiling anything. Arguments may be types ([`Tensor::typed`]).
    ///
    /// # Errors
    /// The first mistake that tracing finds in the function.
    ///
    /// ```
    /// use bering::prelude::*;
    /// let f = jit("f", |(x, w): (Tensor, Tensor)| x.matmul(&w).softmax(-1));
    /// let y = f.eval_shape((Tensor::typed(DType::F32, [8, 3]), Tensor::typed(DType::F32, [3, 5])))?;
    /// assert_eq!(y.spec(), &Spec::new(DType::F32, [8, 5]));
    /// # Ok::<(), bering::Error>(())
    /// ```
    pub fn eval_shape<X: Tree<Owned = A>>(&self, arguments: X) -> Result<O::Owned> {
        Ok(staged::trace(&self.name, &self.function, &arguments, &tree::leaves(&arguments))?.results())
    }

    /// Traces and lowers the function for arguments like these, which may be types: the first step of compiling ahead of time.
    ///
    /// # Errors
    /// As [`Jit::eval_shape`]; if there is no leaf that a layout was asked for.
    pub fn lower<X: Tree<Owned = A>>(&self, arguments: X) -> Result<Staged<A, O>> {
        self.stage(&arguments, &tree::leaves(&arguments), None)
    }

    /// As [`Jit::lower`], for a mesh: arguments are split as their tensors are, types are copied to all devices.
    ///
    /// # Errors
    /// As [`Jit::lower`].
    pub fn lower_on<X: Tree<Owned = A>>(&self, mesh: &Mesh, arguments: X) -> Result<Staged<A, O>> {
        self.stage(&arguments, &tree::leaves(&arguments), Some(mesh))
    }

    /// How many programs the function was traced for so far.
    pub fn programs(&self) -> usize {
        self.programs.borrow().len()
    }

    fn stage<X: Tree<Owned = A>>(
        &self,
        arguments: &X,
        leaves: &[Tensor],
        mesh: Option<&Mesh>,
    ) -> Result<Staged<A, O>> {
        let traced = staged::trace(&self.name, &self.function, arguments, leaves)?;
        Staged::new(
            traced,
            Key::of(arguments, leaves, mesh),
            tree::names(arguments),
            &self.requests,
            &self.options,
        )
    }

    fn program<X: Tree<Owned = A>>(
        &self,
        place: &Where,
        arguments: &X,
        leaves: &[Tensor],
    ) -> Result<Rc<Compiled<A, O>>> {
        let mesh = match place {
            Where::Device(_) => None,
            Where::Mesh(mesh) => Some(mesh.axes()),
        };
        let key = Key::of(arguments, leaves, mesh);
        let staged = match self.programs.borrow().get(&key) {
            Some(program) => match program.compiled.iter().find(|compiled| compiled.place() == place) {
                Some(compiled) => return Ok(compiled.clone()),
                None => Some(program.staged.clone()),
            },
            None => None,
        };
        // The function runs while nothing is borrowed: it may use this one, on a device or in an inner trace.
        let staged = match staged {
            Some(staged) => staged,
            None => Rc::new(self.stage(arguments, leaves, mesh)?),
        };
        let compiled = Rc::new(staged.compile(place.clone())?);
        let mut programs = self.programs.borrow_mut();
        let program = programs.entry(key).or_insert_with(|| Program { staged, compiled: Vec::new() });
        program.compiled.push(compiled.clone());
        Ok(compiled)
    }
}
