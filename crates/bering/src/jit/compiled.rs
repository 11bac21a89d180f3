//! One program on a device: calls, and what the compiler tells of it.

use super::key::{Key, Leaf};
use super::staged::Inner;
use crate::array::{Placed, hold, placed};
use crate::compile::Function;
use crate::error::{Error, ErrorKind, Result};
use crate::mesh::{DeviceMesh, Where};
use bering_frontend::sharding::Partition;
use bering_frontend::{Spec, Tensor, Tree, tree};
use bering_runtime::{Argument, Buffer, Device, MemoryStats, NamedValue};
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

/// A function compiled for a device, for arguments of one structure and types.
///
/// ```
/// use bering::prelude::*;
/// let device = device("cpu")?;
/// let f = jit("double", |x: Tensor| x * 2.0);
/// let double = f.lower(Tensor::typed(DType::F32, [2]))?.compile(&device)?;
/// let x = device.tensor(&[1.0f32, 2.0], [2])?;
/// assert_eq!(double.call(&x)?.to_vec::<f32>()?, [2.0, 4.0]);
/// let error = double.call(device.scalar(1.0f32)?).unwrap_err();
/// assert_eq!(error.to_string(), "argument 0 of `double` must be f32[2], got f32[]");
/// # Ok::<(), bering::Error>(())
/// ```
pub struct Compiled<A, O: Tree> {
    staged: Rc<Inner<A, O>>,
    function: Function,
    place: Where,
    /// What the function captured, a list for each device.
    captured: Vec<Vec<Arc<Buffer>>>,
}

fn choose(donated: bool, buffer: &Buffer) -> Argument<'_> {
    match donated {
        true => Argument::Donate(buffer),
        false => Argument::Keep(buffer),
    }
}

fn place_of(argument: &Argument<'_>) -> *const Buffer {
    match argument {
        Argument::Keep(buffer) | Argument::Donate(buffer) => std::ptr::from_ref(*buffer),
    }
}

impl<A, O: Tree> Compiled<A, O> {
    pub(super) fn new(staged: Rc<Inner<A, O>>, function: Function, place: Where) -> Result<Compiled<A, O>> {
        let mut compiled = Compiled { staged, function, place, captured: Vec::new() };
        compiled.captured = compiled.place_captured()?;
        Ok(compiled)
    }

    /// The buffers of what the function captured on each device; copies where a mesh wants a tensor of one device.
    fn place_captured(&self) -> Result<Vec<Vec<Arc<Buffer>>>> {
        let tensors = self.staged.traced.captured.iter();
        let at = |index| self.staged.key.leaves.len() + index;
        match &self.place {
            Where::Device(device) => {
                let buffer = |(index, tensor)| self.buffer(at(index), tensor, device).cloned();
                Ok(vec![tensors.enumerate().map(buffer).collect::<Result<_>>()?])
            }
            Where::Mesh(mesh) => {
                let parts = |(index, tensor)| self.parts(at(index), tensor, mesh);
                let columns = tensors.enumerate().map(parts).collect::<Result<Vec<_>>>()?;
                let row = |row: usize| columns.iter().map(|column| column[row].clone()).collect();
                Ok((0..mesh.devices().len()).map(row).collect())
            }
        }
    }

    /// The device or the mesh that it was compiled for.
    pub fn place(&self) -> &Where {
        &self.place
    }

    /// The program on buffers: those of the arguments' leaves in order, then those of what the function captured
    /// ([`Compiled::captured`]).
    ///
    /// It may be called from several threads at once, and cloned to move it to them. Its executable also tells whether it was
    /// compiled or came from the on-disk cache: `function().executable().origin()`.
    /// ```
    /// use bering::prelude::*;
    /// let device = device("cpu")?;
    /// let square = jit("square", |x: Tensor| &x * &x).lower(Tensor::typed(DType::F32, [1]))?.compile(&device)?;
    /// let function = square.function();
    /// std::thread::scope(|scope| {
    ///     for i in 0..4u8 {
    ///         let client = device.client();
    ///         scope.spawn(move || {
    ///             let x = client.buffer_from_slice(&[f32::from(i)], [1])?;
    ///             assert_eq!(function.call(&[&x])?[0].to_vec::<f32>()?, [f32::from(i * i)]);
    ///             Ok::<(), bering::Error>(())
    ///         });
    ///     }
    /// });
    /// # Ok::<(), bering::Error>(())
    /// ```
    pub fn function(&self) -> &Function {
        &self.function
    }

    /// The tensors from outside that the function uses; they live as long as this.
    pub fn captured(&self) -> &[Tensor] {
        &self.staged.traced.captured
    }

    /// Runs the function. Results may still be under way when this returns.
    ///
    /// # Errors
    /// If the arguments are of another structure or type than it was compiled for; else as [`Jit::call`](super::Jit::call).
    pub fn call<X: Tree<Owned = A>>(&self, arguments: X) -> Result<O::Owned>
    where
        A: Tree<Owned = A>,
    {
        let leaves = tree::leaves(&arguments);
        let mesh = self.staged.key.mesh.as_ref();
        if !self.staged.key.is_of(&arguments, &leaves, mesh) {
            return Err(self.mismatch(&Key::of(&arguments, &leaves, mesh)));
        }
        self.run(&leaves)
    }

    fn mismatch(&self, got: &Key) -> Error {
        let expected = &self.staged.key;
        let name = self.staged.traced.graph.name();
        let different = got.leaves.iter().zip(&expected.leaves).position(|(got, expected)| got != expected);
        let message = match different {
            Some(at) if got.structure == expected.structure => {
                let spell = |leaf: &Leaf, other: &Leaf| match leaf.donated {
                    false if other.donated => leaf.spec.to_string(),
                    true => format!("{}, donated", leaf.spec),
                    false if leaf.spec == other.spec => format!("{} split as {}", leaf.spec, leaf.partition),
                    false => leaf.spec.to_string(),
                };
                let (expected, got) = (
                    spell(&expected.leaves[at], &got.leaves[at]),
                    spell(&got.leaves[at], &expected.leaves[at]),
                );
                format!("argument {} of `{name}` must be {expected}, got {got}", self.path(at))
            }
            _ => format!("arguments of `{name}` have another structure than it was compiled for"),
        };
        Error::new(ErrorKind::Mismatch, message)
    }

    /// What an argument is called in messages.
    fn path(&self, at: usize) -> String {
        match self.staged.arguments.get(at).map(String::as_str) {
            None | Some("") => at.to_string(),
            Some(path) => format!("`{path}`"),
        }
    }

    /// What is wrong with an argument, or after those with what was captured.
    #[cold]
    fn wrong(&self, at: usize, what: impl fmt::Display) -> Error {
        let graph = &self.staged.traced.graph;
        let name = graph.name();
        let message = match at.checked_sub(self.staged.key.leaves.len()) {
            None => format!("argument {} of `{name}` {what}", self.path(at)),
            Some(index) => {
                let spec = self.staged.traced.captured[index].spec();
                let location = graph.node(graph.inputs()[at].node).location;
                format!("the tensor {spec} that `{name}` captured ({location}) {what}")
            }
        };
        Error::new(ErrorKind::Mismatch, message)
    }

    /// Runs it on leaves that are known to fit.
    pub(super) fn run(&self, leaves: &[Tensor]) -> Result<O::Owned> {
        let results = match &self.place {
            Where::Device(device) => self.run_on(device, leaves),
            Where::Mesh(mesh) => self.run_split(mesh, leaves),
        };
        results.map_err(|error| self.captured_is_gone().unwrap_or(error))
    }

    /// Why a call failed, if what was captured does not exist any more.
    fn captured_is_gone(&self) -> Option<Error> {
        let gone = |row: &Vec<Arc<Buffer>>| row.iter().position(|buffer| buffer.is_deleted());
        let index = self.captured.iter().find_map(gone)?;
        let what = "was donated or deleted since\nhint: pass what changes from call to call as an argument";
        Some(self.wrong(self.staged.key.leaves.len() + index, what))
    }

    fn run_on(&self, device: &Device, leaves: &[Tensor]) -> Result<O::Owned> {
        let captured = &self.captured[0];
        let mut arguments = Vec::with_capacity(leaves.len() + captured.len());
        for (at, leaf) in leaves.iter().enumerate() {
            arguments.push(choose(leaf.is_donated(), self.buffer(at, leaf, device)?));
        }
        arguments.extend(captured.iter().map(|buffer| Argument::Keep(buffer)));
        self.check_donations(&arguments)?;
        let results = self.function.call_with(&arguments)?;
        let specs = self.staged.traced.outputs.iter();
        let leaves =
            results.into_iter().zip(specs).map(|(buffer, spec)| hold(spec.clone(), Arc::new(buffer)));
        Ok(self.staged.traced.rebuild(leaves.collect()))
    }

    fn run_split(&self, mesh: &DeviceMesh, leaves: &[Tensor]) -> Result<O::Owned> {
        let parts = |(at, leaf)| self.parts(at, leaf, mesh);
        let columns = leaves.iter().enumerate().map(parts).collect::<Result<Vec<_>>>()?;
        let list = |(row, captured): (usize, &'_ Vec<Arc<Buffer>>)| -> Vec<(bool, Arc<Buffer>)> {
            let given = leaves.iter().zip(&columns);
            let given = given.map(|(leaf, column)| (leaf.is_donated(), column[row].clone()));
            given.chain(captured.iter().map(|buffer| (false, buffer.clone()))).collect()
        };
        let rows: Vec<_> = self.captured.iter().enumerate().map(list).collect();
        let mut lists = Vec::with_capacity(rows.len());
        for row in &rows {
            lists.push(row.iter().map(|(donated, buffer)| choose(*donated, buffer)).collect::<Vec<_>>());
        }
        lists.iter().try_for_each(|list| self.check_donations(list))?;
        let mut results: Vec<_> =
            self.function.call_sharded(&lists)?.into_iter().map(Vec::into_iter).collect();
        let hold = |(spec, partition): (&Spec, &Partition)| {
            let parts = results.iter_mut().filter_map(Iterator::next).map(Arc::new).collect();
            mesh.hold(spec.clone(), parts, partition.clone())
        };
        let specs = self.staged.traced.outputs.iter();
        Ok(self.staged.traced.rebuild(specs.zip(&self.staged.partitions).map(hold).collect()))
    }

    /// The buffer of an argument on one device.
    fn buffer<'t>(&self, at: usize, leaf: &'t Tensor, device: &Device) -> Result<&'t Arc<Buffer>> {
        let placed = placed(leaf).map_err(|_| self.wrong(at, format!("holds no elements: {leaf:?}")))?;
        let buffer = match placed {
            Placed::Single(buffer) => buffer,
            Placed::Split { mesh, .. } => {
                let what = format!("is on the mesh {}, the call on `{device}`", mesh.axes());
                return Err(self.wrong(at, what));
            }
        };
        match buffer.is_on(device)? {
            true => Ok(buffer),
            false => Err(self.elsewhere(at, &buffer.device()?, device)),
        }
    }

    #[cold]
    fn elsewhere(&self, at: usize, found: &Device, device: &Device) -> Error {
        let whose = if found.client() == device.client() { "" } else { "another client's " };
        self.wrong(at, format!("is on {whose}`{found}`, the call on `{device}`"))
    }

    /// The parts of an argument on the devices of a mesh; copies of one that is on one device.
    fn parts(&self, at: usize, leaf: &Tensor, mesh: &DeviceMesh) -> Result<Vec<Arc<Buffer>>> {
        let placed = placed(leaf).map_err(|_| self.wrong(at, format!("holds no elements: {leaf:?}")))?;
        match placed {
            Placed::Split { parts, mesh: own, .. } if own == mesh => Ok(parts.clone()),
            Placed::Split { mesh: own, .. } => {
                let (found, axes) = (own.axes(), mesh.axes());
                let what = match found == axes {
                    true => format!("is on other devices of a mesh {axes} than those of the call"),
                    false => format!("is on the mesh {found}, the call on the mesh {axes}"),
                };
                Err(self.wrong(at, format!("{what}\nhint: `DeviceMesh::put` splits it over another mesh")))
            }
            Placed::Single(buffer) => {
                let client = mesh.devices()[0].client();
                if buffer.client() != *client {
                    let what = format!("is on another client than the mesh {}", mesh.axes());
                    return Err(
                        self.wrong(at, format!("{what}\nhint: `DeviceMesh::put` splits it over the mesh"))
                    );
                }
                let copy = |device: &Device| Ok(Arc::new(buffer.copy_to(device)?));
                mesh.devices().iter().map(copy).collect()
            }
        }
    }

    /// Refuses to give away what is passed a second time in the same call.
    fn check_donations(&self, arguments: &[Argument<'_>]) -> Result<()> {
        let donated = |argument: &Argument<'_>| matches!(argument, Argument::Donate(_));
        if !arguments.iter().any(donated) {
            return Ok(());
        }
        let mut places: Vec<*const Buffer> = arguments.iter().map(place_of).collect();
        places.sort_unstable();
        if places.is_sorted_by(|one, next| one != next) {
            return Ok(());
        }
        let others = |at: usize| (0..arguments.len()).filter(move |&other| other != at);
        let twice =
            |&at: &usize| others(at).find(|&other| place_of(&arguments[other]) == place_of(&arguments[at]));
        let mut given = (0..arguments.len()).rev().filter(|&at| donated(&arguments[at]));
        match given.find_map(|at| Some((at, twice(&at)?))) {
            None => Ok(()),
            Some((at, other)) if other < self.staged.key.leaves.len() => {
                Err(self.wrong(at, "is donated and passed a second time"))
            }
            Some((at, _)) => Err(self.wrong(at, "is donated, and the function captured it")),
        }
    }

    /// What a run costs by the compiler's estimate: `flops`, `bytes accessed` and others, as the plugin names them.
    ///
    /// # Errors
    /// If the plugin does not say.
    pub fn cost_analysis(&self) -> Result<Vec<(String, NamedValue)>> {
        Ok(self.function.executable().cost_analysis()?)
    }

    /// How much memory a run takes: for arguments, results, what they share, and in between.
    ///
    /// # Errors
    /// If the plugin does not say.
    pub fn memory_analysis(&self) -> Result<MemoryStats> {
        Ok(self.function.executable().memory_stats()?)
    }

    /// The layout of each argument as it was compiled, minor to major, with its path: `("0.weight", "{1,0}")`.
    ///
    /// # Errors
    /// If the plugin does not say.
    pub fn argument_layouts(&self) -> Result<Vec<(String, String)>> {
        let layouts = self.function.executable().parameter_layouts()?;
        Ok(self.staged.arguments.iter().cloned().zip(layouts).collect())
    }

    /// The layout of each result as it was compiled, with its path.
    ///
    /// # Errors
    /// If the plugin does not say.
    pub fn result_layouts(&self) -> Result<Vec<(String, String)>> {
        let layouts = self.function.executable().output_layouts()?;
        Ok(self.staged.results.iter().cloned().zip(layouts).collect())
    }
}
