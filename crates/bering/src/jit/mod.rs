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
mod key;
mod staged;
#[cfg(test)]
mod tests;

pub use compiled::Compiled;
pub use donate::Donate;
pub use staged::Staged;

use crate::error::Result;
use crate::mesh::Where;
use bering_frontend::sharding::{Mesh, Partition};
use bering_frontend::{Tensor, Tree, tree};
use bering_runtime::CompileOptions;
use key::Key;
use staged::Requests;
use std::cell::RefCell;
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
///
/// # Tensors from outside
/// The function may also use tensors on the device that are no arguments: they are *captured* as the function is traced, and
/// passed to the program with every call. Nothing is copied and no elements become part of the program. As it is traced once, a
/// program goes on with the tensors that it captured, even if the function holds others later (in a `RefCell`); they live as long
/// as the program. What changes from call to call is an argument.
///
/// ```
/// use bering::prelude::*;
/// let device = device("cpu")?;
/// let table = device.tensor(&[10.0f32, 20.0, 30.0], [3])?;
/// let look_up = jit("look_up", |at: Tensor| table.take(&at, 0));
/// let at = device.tensor(&[2_i32, 0], [2])?;
/// assert_eq!(look_up.call(&device, &at)?.to_vec::<f32>()?, [30.0, 10.0]);
/// # Ok::<(), bering::Error>(())
/// ```
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
    /// The last one used first.
    programs: RefCell<Vec<Rc<Program<A, O>>>>,
    marker: PhantomData<fn(A) -> O>,
}

/// A program and where it was compiled for already.
struct Program<A, O: Tree> {
    staged: Staged<A, O>,
    compiled: RefCell<Vec<Rc<Compiled<A, O>>>>,
}

impl<A, O: Tree> Program<A, O> {
    fn compiled_for(&self, place: &Where) -> Result<Rc<Compiled<A, O>>> {
        let known = self.compiled.borrow().iter().find(|compiled| compiled.place() == place).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let compiled = Rc::new(self.staged.compile(place.clone())?);
        self.compiled.borrow_mut().push(compiled.clone());
        Ok(compiled)
    }
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
    /// of another program with a [`result_layout`](Jit::result_layout), or is put on the device so
    /// ([`HostView::with_device_layout`](bering_runtime::HostView::with_device_layout)).
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
    /// The first mistake that tracing finds in the function; if an argument or a captured tensor holds no elements, is on another
    /// device or was donated before; if XLA refuses the program or the device fails.
    pub fn call<X: Tree<Owned = A>>(&self, place: impl Into<Where>, arguments: X) -> Result<O::Owned> {
        let (place, leaves) = (place.into(), tree::leaves(&arguments));
        let mesh = match &place {
            Where::Device(_) => None,
            Where::Mesh(mesh) => Some(mesh.axes()),
        };
        self.program(&arguments, &leaves, mesh)?.compiled_for(&place)?.run(&leaves)
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

    /// The program for these arguments, traced if there is none yet.
    fn program<X: Tree<Owned = A>>(
        &self,
        arguments: &X,
        leaves: &[Tensor],
        mesh: Option<&Mesh>,
    ) -> Result<Rc<Program<A, O>>> {
        if let Some(known) = self.known(arguments, leaves, mesh) {
            return Ok(known);
        }
        // The function runs while nothing is borrowed: it may use this one, on a device or in an inner trace.
        let staged = self.stage(arguments, leaves, mesh)?;
        let program = Rc::new(Program { staged, compiled: RefCell::default() });
        self.programs.borrow_mut().insert(0, program.clone());
        Ok(program)
    }

    /// Programs are looked through from the one that was used last: most functions have few, and most calls want that one.
    fn known<X: Tree<Owned = A>>(
        &self,
        arguments: &X,
        leaves: &[Tensor],
        mesh: Option<&Mesh>,
    ) -> Option<Rc<Program<A, O>>> {
        let fits = |program: &Rc<Program<A, O>>| program.staged.key().is_of(arguments, leaves, mesh);
        let at = self.programs.borrow().iter().position(fits)?;
        let mut programs = self.programs.borrow_mut();
        programs[..=at].rotate_right(1);
        programs.first().cloned()
    }
}
