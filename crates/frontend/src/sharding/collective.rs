//! Collectives: operations of one device's part on the parts of all devices along some axes of the mesh.

use super::{Mesh, Sharding, innermost};
use crate::error::{Result, error};
use crate::{DType, Error, Location, Op, Reducer, Shape, Spec, Tensor};
use std::sync::Arc;

/// An exchange between the devices that differ along some axes of a mesh alone. Every device of a group takes part.
#[derive(Clone, Debug, PartialEq)]
pub struct Collective {
    /// The devices.
    pub mesh: Mesh,
    /// Axes of the mesh; the first one is the slowest.
    pub axes: Vec<Arc<str>>,
    /// What is exchanged.
    pub exchange: Exchange,
}

/// What a [`Collective`] does in each group of devices.
#[derive(Clone, Debug, PartialEq)]
pub enum Exchange {
    /// Everyone gets the sum of all.
    Sum,
    /// Everyone gets the largest, element by element.
    Max,
    /// Everyone gets the smallest, element by element.
    Min,
    /// Everyone gets all parts, one after another along an axis of the tensor.
    Gather {
        /// The axis that grows.
        axis: usize,
    },
    /// Everyone gets its part of the sum of all, cut along an axis of the tensor.
    ReduceScatter {
        /// The axis that shrinks.
        axis: usize,
    },
    /// Everyone cuts its tensor along one axis, sends a piece to each, and joins what it gets along another.
    AllToAll {
        /// The axis that is cut.
        split: usize,
        /// The axis that grows.
        concat: usize,
    },
    /// The part of one goes to another; who is sent nothing gets zeros.
    Permute {
        /// From which place in the group to which, each at most once on either side.
        pairs: Vec<(usize, usize)>,
    },
}

impl Collective {
    /// How many devices are in a group.
    pub fn count(&self) -> usize {
        self.mesh.count(&self.axes)
    }

    /// How parts are combined, where they are.
    pub(crate) fn reducer(&self) -> Option<Reducer> {
        match self.exchange {
            Exchange::Sum | Exchange::ReduceScatter { .. } => Some(Reducer::Add),
            Exchange::Max => Some(Reducer::Maximum),
            Exchange::Min => Some(Reducer::Minimum),
            Exchange::Gather { .. } | Exchange::AllToAll { .. } | Exchange::Permute { .. } => None,
        }
    }

    /// The same exchange in other words.
    pub(crate) fn with(&self, exchange: Exchange) -> Collective {
        Collective { exchange, ..self.clone() }
    }

    /// The same on tensors with a new first axis.
    pub(crate) fn below_new_axis(&self) -> Collective {
        self.with(match self.exchange.clone() {
            Exchange::Gather { axis } => Exchange::Gather { axis: axis + 1 },
            Exchange::ReduceScatter { axis } => Exchange::ReduceScatter { axis: axis + 1 },
            Exchange::AllToAll { split, concat } => {
                Exchange::AllToAll { split: split + 1, concat: concat + 1 }
            }
            same @ (Exchange::Sum | Exchange::Max | Exchange::Min | Exchange::Permute { .. }) => same,
        })
    }

    /// The exchange that takes cotangents back; `None` if it is not linear.
    pub(crate) fn transposed(&self) -> Option<Collective> {
        Some(self.with(match self.exchange.clone() {
            Exchange::Sum => Exchange::Sum,
            Exchange::Max | Exchange::Min => return None,
            Exchange::Gather { axis } => Exchange::ReduceScatter { axis },
            Exchange::ReduceScatter { axis } => Exchange::Gather { axis },
            Exchange::AllToAll { split, concat } => Exchange::AllToAll { split: concat, concat: split },
            Exchange::Permute { pairs } => {
                Exchange::Permute { pairs: pairs.into_iter().map(|(from, to)| (to, from)).collect() }
            }
        }))
    }

    /// The type of the result.
    pub(crate) fn infer(&self, name: &str, operand: &Spec) -> Result<Spec> {
        let count = self.count();
        self.check(name, operand)?;
        let mut dims = operand.dims().to_vec();
        let axis_of = |axis: usize| match axis < operand.rank() {
            true => Ok(axis),
            false => Err(error!(Axis, "{name}: axis {axis} is out of range for {operand}")),
        };
        let mut cut = |axis: usize| match dims[axis_of(axis)?] % count {
            0 => {
                dims[axis] /= count;
                Ok(())
            }
            _ => Err(error!(
                Shape,
                "{name}: axis {} of {operand} is not divided by the {count} devices along `{}`",
                operand.shape.describe(axis),
                self.axes.join("+")
            )),
        };
        let grown = match self.exchange {
            Exchange::Sum | Exchange::Max | Exchange::Min | Exchange::Permute { .. } => None,
            Exchange::Gather { axis } => Some(axis_of(axis)?),
            Exchange::ReduceScatter { axis } => {
                cut(axis)?;
                None
            }
            Exchange::AllToAll { split, concat } => {
                cut(split)?;
                Some(axis_of(concat)?)
            }
        };
        if let Some(axis) = grown {
            let too_large = || error!(Shape, "{name}: {operand} is too large to be gathered");
            dims[axis] = dims[axis].checked_mul(count).ok_or_else(too_large)?;
        }
        Ok(operand.with_shape(Shape::new(dims).with_names(operand.shape.stated_names().cloned())))
    }

    fn check(&self, name: &str, operand: &Spec) -> Result<()> {
        if self.axes.is_empty() {
            return Err(error!(Axis, "{name}: takes at least one axis of the mesh {}", self.mesh));
        }
        for (at, axis) in self.axes.iter().enumerate() {
            if self.mesh.position(axis).is_none() {
                return Err(error!(Axis, "{name}: the mesh {} has no axis `{axis}`", self.mesh));
            }
            if self.axes[..at].contains(axis) {
                return Err(error!(Axis, "{name}: axis `{axis}` of the mesh is given twice"));
            }
        }
        if self.reducer().is_some() && operand.dtype == DType::Bool {
            return Err(error!(DType, "{name}: takes numbers, got {operand}").hint("convert it to i32 first"));
        }
        let Exchange::Permute { pairs } = &self.exchange else { return Ok(()) };
        for (at, &(from, to)) in pairs.iter().enumerate() {
            if from.max(to) >= self.count() {
                return Err(error!(
                    Argument,
                    "{name}: no place {} among {} devices",
                    from.max(to),
                    self.count()
                ));
            }
            if pairs[..at].iter().any(|&(known, other)| known == from || other == to) {
                return Err(error!(Argument, "{name}: {from} -> {to} uses a place for the second time"));
            }
        }
        Ok(())
    }
}

/// The place of the device along an axis of the mesh, as `i32[]`, in [`shard_map`](super::shard_map).
///
/// # Errors
/// Recorded outside of a `shard_map`, or when its mesh has no such axis.
/// # Gradient
/// Zero.
/// # Source
/// StableHLO `partition_id`.
#[track_caller]
pub fn axis_index(axis: &str) -> Tensor {
    let location = Location::caller();
    let trace = crate::trace::current_or_none();
    let place = innermost().and_then(|mesh| Some((mesh.stride(mesh.position(axis)?), mesh.axis_size(axis)?)));
    let Some((stride, size)) = place else {
        return trace.mistake(outside("axis_index", axis).at(location), Spec::scalar(DType::I32));
    };
    let id = trace.apply(Op::PartitionId, &[], location).convert(DType::I32);
    (id / stride as i32) % size as i32
}

fn outside(name: &str, axis: &str) -> Error {
    match innermost() {
        Some(mesh) => error!(Axis, "{name}: the mesh {mesh} has no axis `{axis}`"),
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

    /// The largest of the parts of all devices along axes of the mesh, as [`Tensor::all_reduce`]. Not differentiable.
    #[track_caller]
    pub fn all_reduce_max(&self, axes: &str) -> Tensor {
        self.exchange(axes, Exchange::Max, Location::caller())
    }

    /// The smallest of the parts of all devices along axes of the mesh, as [`Tensor::all_reduce`]. Not differentiable.
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
    /// StableHLO `all_gather`.
    #[track_caller]
    pub fn all_gather(&self, axes: &str, axis: usize) -> Tensor {
        self.exchange(axes, Exchange::Gather { axis }, Location::caller())
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
    /// StableHLO `reduce_scatter`; JAX's `psum_scatter`.
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
    /// StableHLO `all_to_all`.
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

    fn exchange(&self, axes: &str, exchange: Exchange, location: Location) -> Tensor {
        let Some(mesh) = innermost() else {
            return self.mistake_as(outside("collective", axes), location, self.spec().clone());
        };
        let axes = axes.split('+').map(|axis| Arc::from(axis.trim())).collect();
        self.trace().apply(Op::Collective(Collective { mesh, axes, exchange }), &[self], location)
    }

    /// The same tensor, split over a mesh as told: the compiler splits what it is made of and what is made of it accordingly.
    ///
    /// # Shapes
    /// `[..] -> [..]`
    /// # DTypes
    /// Any.
    /// # Errors
    /// Recorded when the partition does not fit the mesh or the tensor.
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
        self.trace().apply(Op::ShardingConstraint(sharding.clone()), &[self], Location::caller())
    }
}
