//! Weights for a graph's parameters: checked by name, shape and dtype, then put on a device without a copy where possible.
//!
//! Two steps, because only the second needs a device: [`HostParameters::gather`] checks a checkpoint against a graph and brings
//! every tensor into memory that a device can use in place; [`HostParameters::upload`] hands it over. So the first can
//! run while a plugin is still being loaded or a program compiled. [`Parameters::load`] does both.

use crate::convert;
use crate::error::{Error, ErrorKind, Result};
use bering_frontend::{DType, Graph, Input, Spec};
use bering_runtime::{Buffer, Device};
use bering_weights::{Bytes, Memory, SafeTensors, TensorView};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// The alignment at which XLA's CPU client uses host memory in place.
const ALIGNMENT: usize = 64;
/// Names an error lists at most.
const LISTED: usize = 10;

/// A graph's parameters in host memory, checked, ready for any number of devices.
#[derive(Clone, Default)]
pub struct HostParameters {
    tensors: BTreeMap<String, HostTensor>,
}

#[derive(Clone)]
struct HostTensor {
    spec: Spec,
    bytes: HostBytes,
}

/// Bytes aligned for in-place use: of the mapped file where it happens to be aligned, else in memory of their own.
#[derive(Clone)]
enum HostBytes {
    Mapped(Arc<Bytes>),
    Made(Arc<Memory>, Range<usize>),
}

impl HostBytes {
    fn new(tensor: &TensorView<'_>) -> Result<HostBytes> {
        if tensor.alignment() >= ALIGNMENT {
            return Ok(HostBytes::Mapped(Arc::new(tensor.to_shared())));
        }
        let mut memory = memory(tensor.bytes.len())?;
        memory.as_mut_bytes().copy_from_slice(tensor.bytes);
        Ok(HostBytes::Made(Arc::new(memory), 0..tensor.bytes.len()))
    }
}

fn memory(length: usize) -> Result<Memory> {
    Memory::zeroed(length).map_err(|source| {
        Error::new(ErrorKind::Runtime, format!("no memory for {length} bytes of parameters: {source}"))
    })
}

/// Writes the values of an f32 parameter, in row-major order, into memory that holds zeros.
pub type Fill<'a> = Box<dyn FnOnce(&mut [f32]) + 'a>;

impl HostParameters {
    /// Finds every parameter of `graph` in `weights`. Tensors that the graph does not ask for are left alone.
    ///
    /// # Errors
    /// If tensors are missing (up to ten are listed), or one has another shape or dtype than the graph asks for.
    pub fn gather(graph: &Graph, weights: &SafeTensors) -> Result<HostParameters> {
        Self::gather_renamed(graph, weights, str::to_owned)
    }

    /// Like [`gather`](HostParameters::gather), for checkpoints that name things differently: `stored_name` gives the
    /// checkpoint's name of a parameter.
    ///
    /// # Errors
    /// As [`gather`](HostParameters::gather).
    pub fn gather_renamed(
        graph: &Graph,
        weights: &SafeTensors,
        stored_name: impl Fn(&str) -> String,
    ) -> Result<HostParameters> {
        let mut parameters = HostParameters::default();
        for (name, view) in find(graph, weights, stored_name)? {
            parameters.insert(name, &view)?;
        }
        Ok(parameters)
    }

    /// Only checks what [`gather_renamed`](HostParameters::gather_renamed) checks.
    ///
    /// # Errors
    /// As [`gather`](HostParameters::gather).
    pub fn check_renamed(
        graph: &Graph,
        weights: &SafeTensors,
        stored_name: impl Fn(&str) -> String,
    ) -> Result<()> {
        find(graph, weights, stored_name).map(drop)
    }

    /// Adds a tensor of a checkpoint as the parameter `name`.
    ///
    /// # Errors
    /// If no graph can have such a dtype, or there is no memory for a copy.
    pub fn insert(&mut self, name: impl Into<String>, tensor: &TensorView<'_>) -> Result<()> {
        let dtype = convert::from_weights(tensor.dtype).ok_or_else(|| {
            let message = format!("tensor `{}` is {}, which no graph takes", tensor.name, tensor.dtype);
            Error::new(ErrorKind::Mismatch, message)
        })?;
        let spec = Spec::new(dtype, tensor.dims);
        self.tensors.insert(name.into(), HostTensor { spec, bytes: HostBytes::new(tensor)? });
        Ok(())
    }

    /// Adds f32 parameters that are computed, each by its name, its dimensions and what writes its values.
    ///
    /// They lie one after another in one block, in the order in which they are given: best that in which they are read.
    ///
    /// # Errors
    /// If there is no memory for them.
    pub fn make<'a>(&mut self, parameters: Vec<(String, Vec<usize>, Fill<'a>)>) -> Result<()> {
        let mut total = 0_usize;
        let mut places = Vec::with_capacity(parameters.len());
        for (name, dims, _) in &parameters {
            let spec = Spec::new(DType::F32, dims.as_slice());
            let end = spec.shape.elements().and_then(|count| total.checked_add(count.checked_mul(4)?));
            let too_large =
                || Error::new(ErrorKind::Mismatch, format!("parameter `{name}` {spec} is too large"));
            let end = end.ok_or_else(too_large)?;
            places.push((spec, total..end));
            total = end.next_multiple_of(ALIGNMENT);
        }
        let mut memory = memory(total)?;
        let values = memory.as_mut_f32s();
        let mut names = Vec::with_capacity(parameters.len());
        for ((name, _, fill), (_, range)) in parameters.into_iter().zip(&places) {
            fill(&mut values[range.start / 4..range.end / 4]);
            names.push(name);
        }
        let memory = Arc::new(memory);
        for (name, (spec, range)) in names.into_iter().zip(places) {
            self.tensors.insert(name, HostTensor { spec, bytes: HostBytes::Made(memory.clone(), range) });
        }
        Ok(())
    }

    /// Hands the parameters to a device. A CPU device uses this memory in place; the buffers keep it alive.
    ///
    /// # Errors
    /// If the device has no room, or does not take a dtype.
    pub fn upload(&self, device: &Device) -> Result<Parameters> {
        let buffers = self
            .tensors
            .iter()
            .map(|(name, tensor)| Ok((name.clone(), Arc::new(tensor.upload(device)?))))
            .collect::<Result<_>>()?;
        Ok(Parameters { buffers })
    }
}

impl HostTensor {
    fn upload(&self, device: &Device) -> Result<Buffer> {
        let dtype = runtime_dtype(&self.spec)?;
        let (client, dims) = (device.client(), self.spec.dims());
        Ok(match &self.bytes {
            HostBytes::Mapped(bytes) => {
                let range = 0..bytes.as_ref().as_ref().len();
                client.buffer_from_shared(bytes.clone(), range, dtype, dims, device)?
            }
            HostBytes::Made(memory, range) => {
                client.buffer_from_shared(memory.clone(), range.clone(), dtype, dims, device)?
            }
        })
    }
}

fn runtime_dtype(spec: &Spec) -> Result<bering_runtime::DType> {
    convert::to_runtime(spec.dtype)
        .ok_or_else(|| Error::new(ErrorKind::Runtime, format!("no device buffer holds {}", spec.dtype)))
}

/// The tensors of all parameters, by the parameter's name, each checked.
fn find<'a>(
    graph: &'a Graph,
    weights: &'a SafeTensors,
    stored_name: impl Fn(&str) -> String,
) -> Result<Vec<(&'a str, TensorView<'a>)>> {
    let named = |input: &'a Input| Some((input.name.as_deref()?, &input.spec));
    let wanted: Vec<(&str, &Spec, String)> =
        graph.inputs().iter().filter_map(named).map(|(name, spec)| (name, spec, stored_name(name))).collect();
    let stored = wanted.iter().map(|(.., stored)| stored.as_str());
    let missing: Vec<&str> = stored.filter(|stored| !weights.contains(stored)).collect();
    if !missing.is_empty() {
        return Err(missing_error(&missing, weights));
    }
    wanted.iter().map(|(name, spec, stored)| Ok((*name, check(spec, weights.get(stored)?)?))).collect()
}

/// The tensor, if it is what the graph asks for.
fn check<'a>(spec: &Spec, view: TensorView<'a>) -> Result<TensorView<'a>> {
    if convert::from_weights(view.dtype) == Some(spec.dtype) && view.dims == spec.dims() {
        return Ok(view);
    }
    Err(Error::new(
        ErrorKind::Mismatch,
        format!(
            "tensor `{}` is {}{:?} in `{}`, the model asks for {spec}",
            view.name,
            view.dtype,
            view.dims,
            view.file.display()
        ),
    ))
}

fn missing_error(missing: &[&str], weights: &SafeTensors) -> Error {
    let listed: Vec<String> = missing.iter().take(LISTED).map(|name| format!("`{name}`")).collect();
    let more = missing.len().saturating_sub(LISTED);
    let (tensors, more) = (
        if missing.len() == 1 { "tensor" } else { "tensors" },
        if more > 0 { format!(" and {more} more") } else { String::new() },
    );
    let mut message = format!("no {tensors} {}{more} in `{}`", listed.join(", "), weights.path().display());
    // The single tensor's own error knows names that look alike.
    if let Some(hint) = weights.get(missing[0]).err().and_then(|error| {
        error.to_string().lines().find(|line| line.starts_with("hint: ")).map(str::to_owned)
    }) {
        message += &format!("\n{hint}");
    }
    Error::new(ErrorKind::Mismatch, message)
}

/// A model's parameters on a device, by their dotted names. Cheap to clone; shared by every function bound to it.
#[derive(Clone)]
pub struct Parameters {
    buffers: BTreeMap<String, Arc<Buffer>>,
}

impl Parameters {
    /// Loads a graph's parameters from a checkpoint onto a device.
    ///
    /// Tensors that are 64-byte aligned in the mapped file are used where they lie on a CPU device, others are copied
    /// once. What [`SafeTensors`] says about files that change applies to the former.
    ///
    /// # Errors
    /// If the checkpoint lacks parameters or has them in another shape or dtype, or the device has no room.
    pub fn load(device: &Device, graph: &Graph, weights: &SafeTensors) -> Result<Parameters> {
        HostParameters::gather(graph, weights)?.upload(device)
    }

    /// Parameters that were made otherwise: computed, or random.
    pub fn from_buffers(buffers: impl IntoIterator<Item = (String, Buffer)>) -> Parameters {
        Parameters { buffers: buffers.into_iter().map(|(name, buffer)| (name, Arc::new(buffer))).collect() }
    }

    /// The parameter of this name.
    pub fn get(&self, name: &str) -> Option<&Arc<Buffer>> {
        self.buffers.get(name)
    }

    /// Names of all parameters, sorted.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.buffers.keys().map(String::as_str)
    }
}
