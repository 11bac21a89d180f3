//! Meshes of devices: tensors split over them, row by row of each part, and put together again on the host.

mod reshard;

use crate::array::Placed;
use crate::error::{Error, ErrorKind, Result};
use bering_frontend::sharding::{Mesh, Partition, Sharding};
use bering_frontend::{Spec, Tensor};
use bering_runtime::{Buffer, Device, Element, HostView};
use reshard::Programs;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// Devices of one client in a grid with named axes.
///
/// ```
/// use bering::prelude::*;
/// let devices = bering::devices("cpu", &bering::DeviceOptions { devices: Some(4), ..Default::default() })?;
/// let mesh = DeviceMesh::new(&devices, [("data", 2), ("model", 2)])?;
/// let x = mesh.tensor(&[1.0f32, 2.0, 3.0, 4.0], [2, 2], ["data", "model"])?;
/// let double = jit("double", |x: Tensor| x * 2.0).result_sharding("", ["data", "model"]);
/// let y = double.call(&mesh, &x)?;
/// assert_eq!(y.to_vec::<f32>()?, [2.0, 4.0, 6.0, 8.0]);
/// assert_eq!(y.parts()?[3].to_vec::<f32>()?, [8.0]);
/// # Ok::<(), bering::Error>(())
/// ```
#[derive(Clone)]
pub struct DeviceMesh {
    axes: Mesh,
    devices: Arc<[Device]>,
    /// Programs that split tensors and split them anew, compiled as they are needed.
    programs: Arc<Programs>,
}

impl PartialEq for DeviceMesh {
    fn eq(&self, other: &DeviceMesh) -> bool {
        self.axes == other.axes && self.devices == other.devices
    }
}

impl DeviceMesh {
    /// A mesh of these axes, the last one fastest, on the first devices of a list.
    ///
    /// # Errors
    /// If the axes make no mesh, there are fewer devices than it needs, or they belong to several clients.
    pub fn new<'a>(
        devices: &[Device],
        axes: impl IntoIterator<Item = (&'a str, usize)>,
    ) -> Result<DeviceMesh> {
        let axes = Mesh::new(axes)?;
        let Some(devices) = devices.get(..axes.size()) else {
            let message = format!("the mesh {axes} takes {} devices, got {}", axes.size(), devices.len());
            return Err(Error::new(ErrorKind::Device, message));
        };
        for (at, device) in devices.iter().enumerate() {
            if device.client() != devices[0].client() {
                let message =
                    format!("device {at} of the mesh {axes}, `{device}`, belongs to another client");
                return Err(Error::new(ErrorKind::Device, message));
            }
            if devices[..at].contains(device) {
                return Err(Error::new(ErrorKind::Device, format!("the mesh {axes} has `{device}` twice")));
            }
        }
        Ok(DeviceMesh { axes, devices: devices.into(), programs: Arc::default() })
    }

    /// The axes, as traced functions know them.
    pub fn axes(&self) -> &Mesh {
        &self.axes
    }

    /// The devices in order.
    pub fn devices(&self) -> &[Device] {
        &self.devices
    }

    /// How a tensor lies on this mesh, for [`Tensor::shard`].
    pub fn sharding(&self, partition: impl Into<Partition>) -> Sharding {
        Sharding::new(&self.axes, partition)
    }

    /// A tensor of these values, row-major, split over the mesh.
    ///
    /// # Errors
    /// If the number of values is not that of the dimensions, the partition does not fit, or a device has no room.
    pub fn tensor<T: Element>(
        &self,
        values: &[T],
        dims: impl AsRef<[usize]>,
        partition: impl Into<Partition>,
    ) -> Result<Tensor> {
        self.place(&HostView::of(values, dims)?, partition.into())
    }

    /// Row-major values on the host, split over the mesh. Each device reads its part of them where they are.
    fn place(&self, view: &HostView<'_>, partition: Partition) -> Result<Tensor> {
        let dtype = crate::convert::from_runtime(view.dtype()).ok_or_else(|| {
            Error::new(ErrorKind::Mismatch, format!("no tensor has elements of {}", view.dtype()))
        })?;
        let spec = Spec::new(dtype, view.dims());
        let local = partition.local("tensor", &self.axes, &spec)?;
        let strides = strides(spec.dims(), view.dtype().host_bytes());
        let mut parts = Vec::with_capacity(self.devices.len());
        for (index, device) in self.devices.iter().enumerate() {
            let ranges = self.ranges(&partition, &spec, index);
            let starts = ranges.iter().zip(&strides).map(|(range, stride)| range.start * stride);
            // Of nothing every part starts where it ends.
            let offset = if spec.shape.elements() == Some(0) { 0 } else { starts.sum() };
            let bytes: Vec<i64> = strides.iter().map(|&stride| stride as i64).collect();
            let part = view.clone().with_byte_strides(local.dims(), bytes, offset)?;
            parts.push(Arc::new(device.client().buffer(&part, device)?));
        }
        Ok(self.hold(spec, parts, partition))
    }

    pub(crate) fn hold(&self, spec: Spec, parts: Vec<Arc<Buffer>>, partition: Partition) -> Tensor {
        Tensor::from_value(spec, Arc::new(Placed::Split { parts, mesh: self.clone(), partition }))
    }

    /// Which part of a tensor a device has: a range for each axis.
    fn ranges(&self, partition: &Partition, spec: &Spec, device: usize) -> Vec<Range<usize>> {
        let part = |(at, &dim): (usize, &usize)| {
            let along = partition.axis(at);
            let place = along.iter().fold((0, 1), |(place, parts), axis| {
                let size = self.axes.axis_size(axis).unwrap_or(1);
                (place * size + self.axes.coordinate(device, axis).unwrap_or(0), parts * size)
            });
            let size = dim / place.1;
            place.0 * size..(place.0 + 1) * size
        };
        spec.dims().iter().enumerate().map(part).collect()
    }

    /// Puts parts on the host together. `read` gives a part's elements, each as `width` of `T`.
    pub(crate) fn gather<T: Copy>(
        &self,
        partition: &Partition,
        spec: &Spec,
        parts: &[Arc<Buffer>],
        width: usize,
        read: impl Fn(&Buffer) -> Result<Vec<T>>,
    ) -> Result<Vec<T>> {
        let mut whole: Vec<T> = Vec::new();
        let mut known: Vec<Vec<Range<usize>>> = Vec::new();
        for (index, part) in parts.iter().enumerate() {
            let ranges = self.ranges(partition, spec, index);
            // Copies are read once.
            if known.contains(&ranges) {
                continue;
            }
            let values = read(part)?;
            if whole.is_empty() {
                // Every element is written by a device that has it; which value stands there before does not matter.
                let Some(&first) = values.first() else { return Ok(values) };
                whole = vec![first; spec.shape.elements().unwrap_or(0) * width];
            }
            let mut rest = values.as_slice();
            rows(spec.dims(), &ranges, |at| {
                let (row, more) = rest.split_at((at.len() * width).min(rest.len()));
                whole[at.start * width..at.start * width + row.len()].copy_from_slice(row);
                rest = more;
            });
            known.push(ranges);
        }
        Ok(whole)
    }
}

/// How far apart elements of a row-major array are along each axis, in bytes.
fn strides(dims: &[usize], width: usize) -> Vec<usize> {
    let mut strides = vec![width; dims.len()];
    for at in (1..dims.len()).rev() {
        strides[at - 1] = strides[at].saturating_mul(dims[at]);
    }
    strides
}

/// Calls `each` with the runs of elements that a part of a row-major array consists of, in order.
fn rows(dims: &[usize], ranges: &[Range<usize>], mut each: impl FnMut(Range<usize>)) {
    let Some((last, outer)) = ranges.split_last() else { return each(0..1) };
    if ranges.iter().any(Range::is_empty) {
        return;
    }
    let mut place: Vec<usize> = outer.iter().map(|range| range.start).collect();
    loop {
        let row = place.iter().zip(dims).fold(0, |row, (&at, &dim)| row * dim + at);
        let start = row * dims[outer.len()];
        each(start + last.start..start + last.end);
        let Some(moved) = (0..outer.len()).rev().find(|&axis| place[axis] + 1 < outer[axis].end) else {
            return;
        };
        place[moved] += 1;
        (moved + 1..outer.len()).for_each(|axis| place[axis] = outer[axis].start);
    }
}

impl fmt::Debug for DeviceMesh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeviceMesh({})", self.axes)
    }
}

/// Where a function runs: on one device, or split over a mesh.
#[derive(Clone, PartialEq)]
pub enum Where {
    /// One device.
    Device(Device),
    /// All devices of a mesh.
    Mesh(DeviceMesh),
}

impl From<&Device> for Where {
    fn from(device: &Device) -> Where {
        Where::Device(device.clone())
    }
}

impl From<&DeviceMesh> for Where {
    fn from(mesh: &DeviceMesh) -> Where {
        Where::Mesh(mesh.clone())
    }
}

impl fmt::Display for Where {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Where::Device(device) => write!(f, "`{device}`"),
            Where::Mesh(mesh) => write!(f, "the mesh {}", mesh.axes),
        }
    }
}
