//! What functions of one device's part call: collectives as methods of [`Tensor`], and the device's place in the mesh.
//!
//! Axes of the mesh are given as `"x"`, or as `"x+y"` for several: places along them are counted with the last one fastest.

use super::{Collective, Exchange, Mesh, Sharding, innermost};
use crate::error::{Result, error};
use crate::{DType, Error, Location, Op, Spec, Tensor};
use std::sync::Arc;

/// The place of the device along axes of the mesh, as `i32[]`, in [`shard_map`](super::shard_map).
///
/// # Errors
/// Recorded outside of a `shard_map`, or when its mesh has no such axis.
/// # Gradient
/// Zero.
/// # Source
/// StableHLO `partition_id`; JAX's `axis_index`.
/// # Examples
/// Each device's own seed:
/// ```
/// use bering_frontend::{DType, Spec, Tensor, sharding::{Mesh, axis_index, shard_map}, trace};
/// let mesh = Mesh::new([("x", 2), ("y", 2)])?;
/// let graph = trace("f", &[Spec::new(DType::I32, [])], |_, x| {
///     let seed = |base: Tensor| (base + axis_index("x+y")).expand_dims(0);
///     shard_map(&mesh, [[]], [["x+y"]], seed, &x[0])
/// })?;
/// assert_eq!(graph.outputs(), [Spec::new(DType::I32, [4])]);
/// # Ok::<(), bering_frontend::Error>(())
/// ```
#[track_caller]
pub fn axis_index(axes: &str) -> Tensor {
    index_of(axes, Location::caller())
}

fn index_of(axes: &str, location: Location) -> Tensor {
    let trace = crate::trace::current_or_none();
    let lost = |error: Error| trace.mistake(error.at(location), Spec::scalar(DType::I32));
    let (mesh, axes) = match along("axis_index", axes) {
        Ok(along) => along,
        Err(error) => return lost(error),
    };
    let mut index: Option<Tensor> = None;
    for axis in axes {
        let size = mesh.axis_size(&axis).unwrap_or(1);
        let place = trace.apply(Op::AxisIndex { mesh: mesh.clone(), axis }, &[], location);
        index = Some(match index {
            Some(slower) => {
                let size = trace.scalar((size as i64).into(), DType::I32, location);
                let start = trace.apply(Op::Multiply, &[&slower, &size], location);
                trace.apply(Op::Add, &[&start, &place], location)
            }
            None => place,
        });
    }
    index.unwrap_or_else(|| lost(outside("axis_index", "")))
}

/// How many devices lie along axes of the mesh, in [`shard_map`](super::shard_map).
///
/// # Errors
/// Recorded outside of a `shard_map`, or when its mesh has no such axis; it answers 1 then.
/// # Source
/// JAX's `axis_size`.
#[track_caller]
pub fn axis_size(axes: &str) -> usize {
    match along("axis_size", axes) {
        Ok((mesh, axes)) => mesh.count(&axes),
        Err(error) => {
            let error = error.at(Location::caller());
            crate::trace::current_or_none().mistake(error, Spec::scalar(DType::I32));
            1
        }
    }
}

pub(crate) fn infer_axis_index(mesh: &Mesh, axis: &str) -> Result<Spec> {
    match mesh.position(axis) {
        Some(_) => Ok(Spec::scalar(DType::I32)),
        None => Err(error!(Axis, "axis_index: the mesh {mesh} has no axis `{axis}`")),
    }
}

/// The axes that `"x+y"` names.
fn named(axes: &str) -> Vec<Arc<str>> {
    axes.split('+').map(|axis| Arc::from(axis.trim())).collect()
}

/// The mesh around, and axes of it.
fn along(name: &str, axes: &str) -> Result<(Mesh, Vec<Arc<str>>)> {
    let mesh = innermost().ok_or_else(|| outside(name, axes))?;
    let axes = named(axes);
    for (at, axis) in axes.iter().enumerate() {
        if mesh.position(axis).is_none() {
            return Err(outside(name, axis));
        }
        if axes[..at].contains(axis) {
            return Err(error!(Axis, "{name}: axis `{axis}` of the mesh is given twice"));
        }
    }
    Ok((mesh, axes))
}

fn outside(name: &str, axes: &str) -> Error {
    match innermost() {
        Some(mesh) => error!(Axis, "{name}: the mesh {mesh} has no axis `{axes}`"),
        None => error!(Trace, "{name}: is an exchange between devices, which `shard_map` is the place for"),
    }
}

impl Tensor {
    /// The sum of the parts of all devices along axes of the mesh, `"x"` or `"x+y"`.
    ///
    /// # Shapes
    /// `[..] -> [..]`
    /// # DTypes
    /// Numbers.
    /// # Errors
    /// Recorded outside of a [`shard_map`](crate::sharding::shard_map), or when its mesh has no such axis.
    /// # Gradient
    /// Of the operand.
    /// # Source
    /// StableHLO `all_reduce`; JAX's `psum`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, Tensor, sharding::{Mesh, shard_map}, trace};
    /// let mesh = Mesh::new([("x", 4)])?;
    /// let graph = trace("f", &[Spec::new(DType::F32, [8, 3])], |_, x| {
    ///     shard_map(&mesh, [["x", "_"]], [["_", "_"]], |rows: Tensor| rows.all_reduce("x"), &x[0])
    /// })?;
    /// assert_eq!(graph.outputs(), [Spec::new(DType::F32, [2, 3])]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn all_reduce(&self, axes: &str) -> Tensor {
        self.exchange(axes, Exchange::Sum, Location::caller())
    }

    /// The mean of the parts of all devices along axes of the mesh: [`Tensor::all_reduce`] divided by their number.
    ///
    /// # Shapes
    /// `[..] -> [..]`
    /// # DTypes
    /// Floating point and complex.
    /// # Errors
    /// As [`Tensor::all_reduce`].
    /// # Gradient
    /// Of the operand.
    /// # Source
    /// StableHLO `all_reduce`; JAX's `pmean`.
    #[track_caller]
    pub fn all_reduce_mean(&self, axes: &str) -> Tensor {
        let location = Location::caller();
        if !(self.dtype().is_float() || self.dtype().is_complex()) {
            let error = error!(DType, "all_reduce_mean: takes floating-point numbers, got {}", self.spec());
            return self.mistake_as(error.hint("convert it first"), location, self.spec().clone());
        }
        let count = innermost().map_or(1, |mesh| mesh.count(&named(axes)));
        let sum = self.exchange(axes, Exchange::Sum, location);
        let count = self.trace().scalar((count as f64).into(), self.dtype(), location);
        self.trace().apply(Op::Divide, &[&sum, &count.broadcast_to(&self.spec().shape)], location)
    }

    /// The largest of the parts of all devices along axes of the mesh, as [`Tensor::all_reduce`].
    ///
    /// # Gradient
    /// Not differentiable, as JAX's `pmax`: of the largest score before a softmax take [`Tensor::stop_gradient`] first.
    #[track_caller]
    pub fn all_reduce_max(&self, axes: &str) -> Tensor {
        self.exchange(axes, Exchange::Max, Location::caller())
    }

    /// The smallest of the parts of all devices along axes of the mesh, as [`Tensor::all_reduce_max`].
    #[track_caller]
    pub fn all_reduce_min(&self, axes: &str) -> Tensor {
        self.exchange(axes, Exchange::Min, Location::caller())
    }

    /// The parts of all devices along axes of the mesh, one after another along `axis`.
    ///
    /// # Shapes
    /// `[.., N, ..] -> [.., N * devices, ..]`
    /// # DTypes
    /// Any.
    /// # Errors
    /// As [`Tensor::all_reduce`].
    /// # Gradient
    /// Of the operand.
    /// # Source
    /// StableHLO `all_gather`; JAX's with `tiled=True`.
    #[track_caller]
    pub fn all_gather(&self, axes: &str, axis: usize) -> Tensor {
        self.exchange(axes, Exchange::Gather { axis }, Location::caller())
    }

    /// The parts of all devices along axes of the mesh, stacked along a new axis at `axis`.
    ///
    /// # Shapes
    /// `[..] -> [.., devices, ..]`
    /// # DTypes
    /// Any.
    /// # Errors
    /// As [`Tensor::all_reduce`]; when there is no place for a new axis.
    /// # Gradient
    /// Of the operand.
    /// # Source
    /// StableHLO `all_gather`; JAX's with `tiled=False`.
    #[track_caller]
    pub fn all_gather_stacked(&self, axes: &str, axis: usize) -> Tensor {
        let location = Location::caller();
        if axis > self.rank() {
            let error = error!(
                Axis,
                "all_gather_stacked: axis {axis} is out of range for a new axis of {}",
                self.spec()
            );
            return self.mistake_as(error, location, self.spec().clone());
        }
        let mut dims = self.dims().to_vec();
        dims.insert(axis, 1);
        let part = self.trace().apply(Op::Reshape { shape: dims.into() }, &[self], location);
        part.exchange(axes, Exchange::Gather { axis }, location)
    }

    /// Each device's part of the sum over all devices along axes of the mesh, cut along `axis`.
    ///
    /// # Shapes
    /// `[.., N, ..] -> [.., N / devices, ..]`
    /// # DTypes
    /// Numbers.
    /// # Errors
    /// As [`Tensor::all_reduce`]; when the axis cannot be cut evenly.
    /// # Gradient
    /// Of the operand.
    /// # Source
    /// StableHLO `reduce_scatter`; JAX's `psum_scatter` with `tiled=True`.
    #[track_caller]
    pub fn reduce_scatter(&self, axes: &str, axis: usize) -> Tensor {
        self.exchange(axes, Exchange::ReduceScatter { axis }, Location::caller())
    }

    /// Pieces of every device's tensor along `split` sent to all devices along axes of the mesh, what arrives joined along `concat`.
    ///
    /// # Shapes
    /// `[.., N, .., M, ..] -> [.., N / devices, .., M * devices, ..]`
    /// # DTypes
    /// Any.
    /// # Errors
    /// As [`Tensor::reduce_scatter`].
    /// # Gradient
    /// Of the operand.
    /// # Source
    /// StableHLO `all_to_all`; JAX's with `tiled=True`.
    #[track_caller]
    pub fn all_to_all(&self, axes: &str, split: usize, concat: usize) -> Tensor {
        self.exchange(axes, Exchange::AllToAll { split, concat }, Location::caller())
    }

    /// The tensor of the device that sends to this one, along axes of the mesh: `pairs` are places `(from, to)`. Who is sent nothing
    /// gets zeros.
    ///
    /// # Shapes
    /// `[..] -> [..]`
    /// # DTypes
    /// Any.
    /// # Errors
    /// As [`Tensor::all_reduce`]; when a place does not exist, or sends or receives twice.
    /// # Gradient
    /// Of the operand.
    /// # Source
    /// StableHLO `collective_permute`; JAX's `ppermute`.
    #[track_caller]
    pub fn collective_permute(&self, axes: &str, pairs: &[(usize, usize)]) -> Tensor {
        self.exchange(axes, Exchange::Permute { pairs: pairs.to_vec() }, Location::caller())
    }

    /// The part of the device at one place along axes of the mesh, on all of them.
    ///
    /// # Shapes
    /// `[..] -> [..]`
    /// # DTypes
    /// Numbers.
    /// # Errors
    /// As [`Tensor::all_reduce`]; when there is no such place.
    /// # Gradient
    /// Of the operand, where its part was taken; zeros elsewhere.
    /// # Source
    /// A sum of that part and zeros; JAX's `pbroadcast`.
    #[track_caller]
    pub fn broadcast_from(&self, axes: &str, place: usize) -> Tensor {
        let location = Location::caller();
        let count = innermost().map(|mesh| mesh.count(&named(axes)));
        if count.is_some_and(|count| place >= count) {
            let error =
                error!(Argument, "broadcast_from: no place {place} among {} devices", count.unwrap_or(0));
            return self.mistake_as(error, location, self.spec().clone());
        }
        let here = index_of(axes, location).eq(place as i64);
        let part = here.select(self, Tensor::zeros(self.dtype(), &self.spec().shape));
        part.exchange(axes, Exchange::Sum, location)
    }

    fn exchange(&self, axes: &str, exchange: Exchange, location: Location) -> Tensor {
        let Some(mesh) = innermost() else {
            return self.mistake_as(outside("collective", axes), location, self.spec().clone());
        };
        let axes = named(axes);
        self.trace().apply(Op::Collective(Collective { mesh, axes, exchange }), &[self], location)
    }

    /// The same tensor, split over a mesh as told: the compiler splits what it is made of and what is made of it accordingly.
    ///
    /// # Shapes
    /// `[..] -> [..]`
    /// # DTypes
    /// Any.
    /// # Errors
    /// Recorded when the partition does not fit the mesh or the tensor, and in a [`shard_map`](crate::sharding::shard_map).
    /// # Gradient
    /// Of the operand; the cotangent is split in the same way.
    /// # Source
    /// Shardy `sharding_constraint`; JAX's `with_sharding_constraint`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, sharding::{Mesh, Sharding}, trace};
    /// let mesh = Mesh::new([("x", 2)])?;
    /// let rows = Sharding::new(&mesh, ["x", "_"]);
    /// let graph = trace("f", &[Spec::new(DType::F32, [8, 3])], |_, x| x[0].exp().shard(&rows))?;
    /// assert_eq!(graph.outputs(), [Spec::new(DType::F32, [8, 3])]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn shard(&self, sharding: &Sharding) -> Tensor {
        let location = Location::caller();
        if let Some(mesh) = innermost() {
            let error = error!(
                Trace,
                "shard: in a `shard_map` on the mesh {mesh}, whose function has one device's part already"
            );
            return self.mistake_as(error, location, self.spec().clone());
        }
        self.trace().apply(Op::ShardingConstraint(sharding.clone()), &[self], location)
    }
}
