//! One program on a device: calls, and what the compiler tells of it.

use super::staged::Inner;
use super::{Key, Leaf};
use crate::array::{hold, placed};
use crate::compile::Function;
use crate::error::{Error, ErrorKind, Result};
use crate::mesh::{DeviceMesh, Where};
use bering_frontend::{Tensor, Tree, tree};
use bering_runtime::{Argument, Buffer, Device, MemoryStats, NamedValue};
use std::collections::HashSet;
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
}

fn choose(donated: bool, buffer: &Arc<Buffer>) -> Argument<'_> {
    match donated {
        true => Argument::Donate(buffer),
        false => Argument::Keep(buffer),
    }
}

impl<A, O: Tree> Compiled<A, O> {
    pub(super) fn new(staged: Rc<Inner<A, O>>, function: Function, place: Where) -> Compiled<A, O> {
        Compiled { staged, function, place }
    }

    /// The device or the mesh that it was compiled for.
    pub fn place(&self) -> &Where {
        &self.place
    }

    /// The program on buffers, in the order of the arguments' leaves; it may be called from any thread.
    pub fn function(&self) -> &Function {
        &self.function
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
        let key = Key::of(&arguments, &leaves, self.staged.key.mesh.as_ref());
        if key != self.staged.key {
            return Err(self.mismatch(&key));
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

    /// Runs it on leaves that are known to fit.
    pub(super) fn run(&self, leaves: &[Tensor]) -> Result<O::Owned> {
        match &self.place {
            Where::Device(device) => self.run_on(device, leaves),
            Where::Mesh(mesh) => self.run_split(mesh, leaves),
        }
    }

    fn run_split(&self, mesh: &DeviceMesh, leaves: &[Tensor]) -> Result<O::Owned> {
        let mut columns = Vec::with_capacity(leaves.len());
        for (at, leaf) in leaves.iter().enumerate() {
            columns.push(self.parts(at, leaf, mesh)?);
        }
        let argument = |(leaf, column): (&Tensor, &'_ Vec<Arc<Buffer>>), row: usize| -> (bool, Arc<Buffer>) {
            (leaf.is_donated(), column[row].clone())
        };
        let rows: Vec<Vec<(bool, Arc<Buffer>)>> = (0..mesh.devices().len())
            .map(|row| leaves.iter().zip(&columns).map(|pair| argument(pair, row)).collect())
            .collect();
        let given = |(donated, buffer): &'_ (bool, Arc<Buffer>)| (*donated, Arc::as_ptr(buffer));
        if leaves.iter().any(Tensor::is_donated) {
            for row in &rows {
                let donated: Vec<_> = row.iter().map(given).collect();
                self.check_donations(&donated)?;
            }
        }
        let lists: Vec<Vec<Argument<'_>>> = rows
            .iter()
            .map(|row| row.iter().map(|(donated, buffer)| choose(*donated, buffer)).collect())
            .collect();
        let mut results: Vec<_> =
            self.function.call_sharded(&lists)?.into_iter().map(Vec::into_iter).collect();
        let specs = self.staged.traced.graph.outputs();
        let hold = |(spec, partition): (_, &_)| {
            let parts = results.iter_mut().filter_map(Iterator::next).map(Arc::new).collect();
            mesh.hold(spec, parts, Clone::clone(partition))
        };
        Ok(self.staged.traced.rebuild(specs.into_iter().zip(&self.staged.partitions).map(hold).collect()))
    }

    /// The parts of an argument on the devices of a mesh; copies of one that is on one device.
    fn parts(&self, at: usize, leaf: &Tensor, mesh: &DeviceMesh) -> Result<Vec<Arc<Buffer>>> {
        let placed = placed(leaf).map_err(|_| self.wrong(at, format!("holds no elements: {leaf:?}")))?;
        match &placed.split {
            Some(split) if split.0 == *mesh => Ok(placed.parts.clone()),
            Some(split) => {
                Err(self.wrong(at, format!("is on other devices {:?}, the call on {:?}", split.0, mesh)))
            }
            None => {
                let client = mesh.devices()[0].client();
                let [buffer] = placed.parts.as_slice() else { return Ok(placed.parts.clone()) };
                if buffer.client() != *client {
                    return Err(self.wrong(at, format!("is on another client than the mesh {}", mesh.axes())));
                }
                let copy = |device: &Device| Ok(Arc::new(buffer.copy_to(device)?));
                mesh.devices().iter().map(copy).collect()
            }
        }
    }

    fn wrong(&self, at: usize, what: String) -> Error {
        let name = self.staged.traced.graph.name();
        Error::new(ErrorKind::Mismatch, format!("argument {} of `{name}` {what}", self.path(at)))
    }

    fn run_on(&self, device: &Device, leaves: &[Tensor]) -> Result<O::Owned> {
        let buffers = leaves.iter().enumerate().map(|(at, leaf)| self.buffer(at, leaf, device));
        let buffers = buffers.collect::<Result<Vec<&Arc<Buffer>>>>()?;
        let mut arguments = Vec::with_capacity(leaves.len());
        for (leaf, buffer) in leaves.iter().zip(&buffers) {
            arguments.push(choose(leaf.is_donated(), buffer));
        }
        if leaves.iter().any(Tensor::is_donated) {
            let given =
                leaves.iter().zip(&buffers).map(|(leaf, buffer)| (leaf.is_donated(), Arc::as_ptr(buffer)));
            self.check_donations(&given.collect::<Vec<_>>())?;
        }
        let results = self.function.call_with(&arguments)?;
        let specs = self.staged.traced.graph.outputs();
        let leaves = results.into_iter().zip(specs).map(|(buffer, spec)| hold(spec, Arc::new(buffer)));
        Ok(self.staged.traced.rebuild(leaves.collect()))
    }

    fn buffer<'t>(&self, at: usize, leaf: &'t Tensor, device: &Device) -> Result<&'t Arc<Buffer>> {
        let placed = placed(leaf).map_err(|_| self.wrong(at, format!("holds no elements: {leaf:?}")))?;
        let (None, [buffer]) = (&placed.split, placed.parts.as_slice()) else {
            return Err(self.wrong(at, format!("is on a mesh, the call on `{device}`")));
        };
        let found = buffer.device()?;
        if found != *device {
            let whose = if found.client() == device.client() { "" } else { "another client's " };
            return Err(self.wrong(at, format!("is on {whose}`{found}`, the call on `{device}`")));
        }
        Ok(buffer)
    }

    /// Refuses to give away what is passed a second time in the same call.
    fn check_donations(&self, arguments: &[(bool, *const Buffer)]) -> Result<()> {
        let mut seen = HashSet::new();
        let kept = (0..arguments.len()).filter(|&at| !arguments[at].0);
        for at in kept.chain((0..arguments.len()).filter(|&at| arguments[at].0)) {
            let (donated, buffer) = arguments[at];
            if !seen.insert(buffer) && donated {
                return Err(self.wrong(at, "is donated and passed a second time".to_owned()));
            }
        }
        Ok(())
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
