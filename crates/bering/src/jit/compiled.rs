//! One program on a device: calls, and what the compiler tells of it.

use super::staged::Inner;
use super::{Key, Leaf};
use crate::array::{hold, placed};
use crate::compile::Function;
use crate::error::{Error, ErrorKind, Result};
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
    device: Device,
}

impl<A, O: Tree> Compiled<A, O> {
    pub(super) fn new(staged: Rc<Inner<A, O>>, function: Function, device: Device) -> Compiled<A, O> {
        Compiled { staged, function, device }
    }

    /// The device that it was compiled for.
    pub fn device(&self) -> &Device {
        &self.device
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
        let key = Key::of(&arguments, &leaves);
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
                let spell = |leaf: &Leaf| match leaf.donated {
                    true => format!("{}, donated", leaf.spec),
                    false => leaf.spec.to_string(),
                };
                let (expected, got) = (spell(&expected.leaves[at]), spell(&got.leaves[at]));
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
        let buffers = leaves.iter().enumerate().map(|(at, leaf)| self.buffer(at, leaf));
        let buffers = buffers.collect::<Result<Vec<&Arc<Buffer>>>>()?;
        let mut arguments = Vec::with_capacity(leaves.len());
        for (leaf, buffer) in leaves.iter().zip(&buffers) {
            arguments.push(match leaf.is_donated() {
                true => Argument::Donate(buffer),
                false => Argument::Keep(buffer),
            });
        }
        if leaves.iter().any(Tensor::is_donated) {
            self.check_donations(leaves, &buffers)?;
        }
        let results = self.function.call_with(&arguments)?;
        let specs = self.staged.traced.graph.outputs();
        let leaves = results.into_iter().zip(specs).map(|(buffer, spec)| hold(spec, Arc::new(buffer)));
        Ok(self.staged.traced.rebuild(leaves.collect()))
    }

    fn buffer<'t>(&self, at: usize, leaf: &'t Tensor) -> Result<&'t Arc<Buffer>> {
        let wrong = |what: String| {
            let name = self.staged.traced.graph.name();
            Error::new(ErrorKind::Mismatch, format!("argument {} of `{name}` {what}", self.path(at)))
        };
        let buffer = &placed(leaf).map_err(|_| wrong(format!("holds no elements: {leaf:?}")))?.buffer;
        let device = buffer.device()?;
        if device != self.device {
            let whose = if device.client() == self.device.client() { "" } else { "another client's " };
            let what = format!("is on {whose}`{device}`, the call on `{}`", self.device);
            return Err(wrong(what));
        }
        Ok(buffer)
    }

    /// Refuses to give away what is passed a second time in the same call.
    fn check_donations(&self, leaves: &[Tensor], buffers: &[&Arc<Buffer>]) -> Result<()> {
        let mut seen = HashSet::new();
        let order = (0..leaves.len()).filter(|&at| !leaves[at].is_donated());
        for at in order.chain((0..leaves.len()).filter(|&at| leaves[at].is_donated())) {
            if !seen.insert(Arc::as_ptr(buffers[at])) && leaves[at].is_donated() {
                let name = self.staged.traced.graph.name();
                let path = self.path(at);
                let message = format!("argument {path} of `{name}` is donated and passed a second time");
                return Err(Error::new(ErrorKind::Mismatch, message));
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
