//! Tensors that are on devices already, split over a mesh in another way.
//!
//! Nothing goes by way of the host where the devices are of one client: on the mesh itself a program that does nothing but take
//! its argument split in one way and give it split in another makes the compiler exchange what is needed; from one device,
//! a program there cuts the parts, which are then copied.

use super::{DeviceMesh, Where};
use crate::array::{Placed, placed};
use crate::compile::{Function, Lowered};
use crate::error::Result;
use bering_frontend::sharding::{Partition, Sharding};
use bering_frontend::{Spec, Tensor, trace};
use bering_runtime::{Argument, Buffer, CompileOptions, Device, HostView};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

/// What a program takes: a tensor split in some way, or whole on a device.
#[derive(Clone, PartialEq, Eq, Hash)]
enum From {
    Split(Partition),
    Device(i32),
}

/// Compiled programs by the tensor's type, where it is, and how it becomes split.
#[derive(Default)]
pub(super) struct Programs(Mutex<HashMap<(Spec, From, Partition), Function>>);

impl Programs {
    fn get(
        &self,
        spec: &Spec,
        from: From,
        to: &Partition,
        compile: impl FnOnce() -> Result<Function>,
    ) -> Result<Function> {
        let key = (spec.clone(), from, to.clone());
        let known = |key| self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned();
        if let Some(known) = known(&key) {
            return Ok(known);
        }
        let function = compile()?;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, function.clone());
        Ok(function)
    }
}

impl DeviceMesh {
    /// A tensor that is on devices already, split over the mesh.
    ///
    /// What is on this mesh is exchanged between its devices, and what is on a device of the same client is cut there; from
    /// elsewhere it goes by way of the host. The first such change of a type is compiled. Parts that are where they shall be are
    /// shared with the tensor: whoever donates one of the two donates both.
    ///
    /// # Errors
    /// If the tensor holds no elements, the partition does not fit it, or a device has no room.
    ///
    /// ```
    /// use bering::prelude::*;
    /// let devices = bering::devices("cpu", &bering::DeviceOptions { devices: Some(4), ..Default::default() })?;
    /// let mesh = DeviceMesh::new(&devices, [("x", 4)])?;
    /// let rows = mesh.tensor(&[0.0f32, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0], [4, 2], ["x"])?;
    /// let whole = mesh.put(&rows, ["_", "_"])?;
    /// assert_eq!(whole.parts()?[3].to_vec::<f32>()?.len(), 8);
    /// assert_eq!(mesh.put(&whole, ["x"])?.parts()?[3].to_vec::<f32>()?, [6.0, 7.0]);
    /// # Ok::<(), bering::Error>(())
    /// ```
    pub fn put(&self, tensor: &Tensor, partition: impl Into<Partition>) -> Result<Tensor> {
        let (held, partition, spec) = (placed(tensor)?, partition.into(), tensor.spec());
        partition.local("put", &self.axes, spec)?;
        let parts = match held {
            Placed::Split { parts, mesh, partition: from } if mesh == self => {
                self.exchange(spec, parts, from, &partition)?
            }
            Placed::Single(buffer) if buffer.client() == *self.devices[0].client() => {
                self.cut(spec, buffer, &partition)?
            }
            Placed::Split { parts, mesh, partition: from } => {
                let width = spec.dtype.bits().div_ceil(8);
                let bytes = mesh.gather(from, spec, parts, width, |part| Ok(part.to_bytes()?))?;
                return self.place(&HostView::from_bytes(parts[0].dtype(), spec.dims(), &bytes)?, partition);
            }
            Placed::Single(buffer) => {
                let bytes = buffer.to_bytes()?;
                return self.place(&HostView::from_bytes(buffer.dtype(), spec.dims(), &bytes)?, partition);
            }
        };
        Ok(self.hold(spec.clone(), parts, partition))
    }

    /// Parts on this mesh become parts of another partition.
    fn exchange(
        &self,
        spec: &Spec,
        parts: &[Arc<Buffer>],
        from: &Partition,
        to: &Partition,
    ) -> Result<Vec<Arc<Buffer>>> {
        let rank = spec.rank();
        if from.to_rank(rank) == to.to_rank(rank) {
            return Ok(parts.to_vec());
        }
        let function = self.programs.get(spec, From::Split(from.clone()), to, || {
            let same = trace("put", std::slice::from_ref(spec), |_, x| x[0].clone())?;
            let (from, to) = (Sharding::new(&self.axes, from), Sharding::new(&self.axes, to));
            let lowered = Lowered::with(&same, |lowering| {
                Ok(lowering.partition_argument(0, &from)?.partition_result(0, &to)?)
            })?;
            lowered.compile_on(&Where::Mesh(self.clone()), &CompileOptions::default())
        })?;
        let rows: Vec<Vec<Argument<'_>>> = parts.iter().map(|part| vec![Argument::Keep(part)]).collect();
        Ok(function.call_sharded(&rows)?.into_iter().flatten().map(Arc::new).collect())
    }

    /// A tensor on one device becomes parts.
    fn cut(&self, spec: &Spec, buffer: &Arc<Buffer>, partition: &Partition) -> Result<Vec<Arc<Buffer>>> {
        let home = buffer.device()?;
        let ranges: Vec<_> = (0..self.devices.len()).map(|at| self.ranges(partition, spec, at)).collect();
        let mut distinct: Vec<Vec<Range<usize>>> = Vec::new();
        for part in &ranges {
            if !distinct.contains(part) {
                distinct.push(part.clone());
            }
        }
        let cuts = match distinct.len() {
            1 => vec![buffer.clone()],
            _ => {
                let function = self
                    .programs
                    .get(spec, From::Device(home.id()), partition, || cutting(spec, &distinct, &home))?;
                function.call(&[buffer])?.into_iter().map(Arc::new).collect()
            }
        };
        let part = |(device, part): (&Device, &Vec<Range<usize>>)| {
            let at = distinct.iter().position(|known| known == part).unwrap_or(0);
            match *device == home {
                true => Ok(cuts[at].clone()),
                false => Ok(Arc::new(cuts[at].copy_to(device)?)),
            }
        };
        self.devices.iter().zip(&ranges).map(part).collect()
    }
}

/// A program on one device that yields some parts of its argument.
fn cutting(spec: &Spec, parts: &[Vec<Range<usize>>], device: &Device) -> Result<Function> {
    let cut = trace("cut", std::slice::from_ref(spec), |_, x| {
        let part = |ranges: &Vec<Range<usize>>| {
            let along = |part: Tensor, (axis, range): (usize, &Range<usize>)| part.slice(axis, range.clone());
            ranges.iter().enumerate().fold(x[0].clone(), along)
        };
        parts.iter().map(part).collect::<Vec<_>>()
    })?;
    Lowered::with(&cut, |lowering| Ok(lowering))?.compile(device, &CompileOptions::default())
}
