//! Tensors whose elements are on a device: how buffers get into the trees that functions take and out of those they give.
//!
//! A [`Tensor`] outside of a traced function holds a buffer, shared by its clones. So a model is one struct, on the device as in
//! the function that trains it.

use crate::convert;
use crate::error::{Error, ErrorKind, Result};
use crate::mesh::DeviceMesh;
use bering_frontend::sharding::Partition;
use bering_frontend::{Spec, Tensor};
use bering_runtime::{Buffer, Device, Element, HostView, Memory};
use std::sync::Arc;

/// What a tensor outside of traced functions holds.
pub(crate) enum Placed {
    /// On one device.
    Single(Arc<Buffer>),
    /// On a mesh: a buffer for each of its devices.
    Split { parts: Vec<Arc<Buffer>>, mesh: DeviceMesh, partition: Partition },
}

/// Puts values on a device as tensors.
///
/// ```
/// use bering::prelude::*;
/// let device = device("cpu")?;
/// let x = device.tensor(&[1.0f32, 2.0, 3.0, 4.0], [2, 2])?;
/// assert_eq!(x.dims(), [2, 2]);
/// assert_eq!(x.to_vec::<f32>()?, [1.0, 2.0, 3.0, 4.0]);
/// # Ok::<(), bering::Error>(())
/// ```
pub trait Place {
    /// A tensor of these values, row-major.
    ///
    /// # Errors
    /// If the number of values is not that of the dimensions, or the device has no room.
    fn tensor<T: Element>(&self, values: &[T], dims: impl AsRef<[usize]>) -> Result<Tensor>;

    /// A tensor without axes.
    ///
    /// # Errors
    /// If the device has no room.
    fn scalar<T: Element>(&self, value: T) -> Result<Tensor> {
        self.tensor(&[value], [])
    }
}

impl Place for Memory {
    fn tensor<T: Element>(&self, values: &[T], dims: impl AsRef<[usize]>) -> Result<Tensor> {
        self.client().buffer(&HostView::of(values, dims)?, self)?.to_tensor()
    }
}

/// A device's memory of a kind, as the plugin names it: `device`, `pinned_host`, `unpinned_host`.
///
/// # Errors
/// If the device has no such memory; the message lists what it has.
///
/// ```
/// use bering::prelude::*;
/// let device = device("cpu")?;
/// let error = bering::memory(&device, "hbm").unwrap_err().to_string();
/// assert!(error.starts_with("no memory `hbm` on `cpu:0`; there is: `"), "{error}");
/// # Ok::<(), bering::Error>(())
/// ```
pub fn memory(device: &Device, kind: &str) -> Result<Memory> {
    let memories = device.memories()?;
    memories.iter().find(|memory| memory.kind() == kind).cloned().ok_or_else(|| {
        let known: Vec<String> = memories.iter().map(|memory| format!("`{}`", memory.kind())).collect();
        let message = format!("no memory `{kind}` on `{device}`; there is: {}", known.join(", "));
        Error::new(ErrorKind::Device, message)
    })
}

impl Place for Device {
    fn tensor<T: Element>(&self, values: &[T], dims: impl AsRef<[usize]>) -> Result<Tensor> {
        self.client().buffer(&HostView::of(values, dims)?, self)?.to_tensor()
    }
}

/// Buffers as tensors.
pub trait ToTensor {
    /// A tensor that holds the buffer.
    ///
    /// # Errors
    /// If no graph has tensors of its element type.
    fn to_tensor(self) -> Result<Tensor>;
}

impl ToTensor for Buffer {
    fn to_tensor(self) -> Result<Tensor> {
        Arc::new(self).to_tensor()
    }
}

impl ToTensor for Arc<Buffer> {
    fn to_tensor(self) -> Result<Tensor> {
        let dtype = convert::from_runtime(self.dtype()).ok_or_else(|| {
            Error::new(ErrorKind::Mismatch, format!("no tensor has elements of {}", self.dtype()))
        })?;
        Ok(hold(Spec::new(dtype, self.dims()), self))
    }
}

/// A tensor of this type that holds a buffer.
pub(crate) fn hold(spec: Spec, buffer: Arc<Buffer>) -> Tensor {
    Tensor::from_value(spec, Arc::new(Placed::Single(buffer)))
}

/// Reads the elements of tensors outside of traced functions.
pub trait Values {
    /// The buffer that holds the elements.
    ///
    /// # Errors
    /// If there is none: the tensor belongs to a function being traced, or stands for a type. If it is on a mesh.
    fn buffer(&self) -> Result<&Arc<Buffer>>;

    /// The buffers of all devices that the tensor is on.
    ///
    /// # Errors
    /// If there are none.
    fn parts(&self) -> Result<&[Arc<Buffer>]>;

    /// How the tensor is split, if it is on a mesh.
    fn partition(&self) -> Option<&Partition>;

    /// Copies the elements to the host, row-major, when they are there.
    ///
    /// # Errors
    /// If they are not `T`, their buffer was donated, or the work that makes them failed.
    fn to_vec<T: Element>(&self) -> Result<Vec<T>>;

    /// The only element.
    ///
    /// # Errors
    /// If there is not exactly one; else as [`Values::to_vec`].
    fn item<T: Element>(&self) -> Result<T>;
}

impl Values for Tensor {
    fn buffer(&self) -> Result<&Arc<Buffer>> {
        match placed(self)? {
            Placed::Single(buffer) => Ok(buffer),
            Placed::Split { .. } => {
                let message = format!(
                    "tensor {} is on a mesh\nhint: `parts` has the buffer of each device",
                    self.spec()
                );
                Err(Error::new(ErrorKind::Mismatch, message))
            }
        }
    }

    fn parts(&self) -> Result<&[Arc<Buffer>]> {
        Ok(match placed(self)? {
            Placed::Single(buffer) => std::slice::from_ref(buffer),
            Placed::Split { parts, .. } => parts,
        })
    }

    fn partition(&self) -> Option<&Partition> {
        match placed(self).ok()? {
            Placed::Single(_) => None,
            Placed::Split { partition, .. } => Some(partition),
        }
    }

    fn to_vec<T: Element>(&self) -> Result<Vec<T>> {
        match placed(self)? {
            Placed::Single(buffer) => Ok(buffer.to_vec()?),
            Placed::Split { parts, mesh, partition } => {
                let read = |part: &Buffer| Ok(part.to_vec::<T>()?);
                mesh.gather(partition, self.spec(), parts, 1, read)
            }
        }
    }

    fn item<T: Element>(&self) -> Result<T> {
        match *self.to_vec::<T>()?.as_slice() {
            [item] => Ok(item),
            ref many => {
                let message = format!("item: {} has {} elements, not one", self.spec(), many.len());
                Err(Error::new(ErrorKind::Mismatch, message))
            }
        }
    }
}

pub(crate) fn placed(tensor: &Tensor) -> Result<&Placed> {
    tensor.value().and_then(|value| value.downcast_ref()).ok_or_else(|| {
        let message = format!(
            "tensor {} holds no elements\nhint: those of a function exist when it is called; `device.tensor(..)` makes others",
            tensor.spec()
        );
        Error::new(ErrorKind::Mismatch, message)
    })
}
