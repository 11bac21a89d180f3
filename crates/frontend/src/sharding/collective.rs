//! Collectives: operations of one device's part on the parts of all devices along some axes of the mesh.

use super::Mesh;
use crate::error::{Result, error};
use crate::{DType, Reducer, Shape, Spec};
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
    /// Everyone gets the sum of all. Each device's copy is its own: the transpose sums too.
    Sum,
    /// Everyone gets the sum of all, as one value that all share; the transpose is [`Exchange::Vary`]. Derivatives are made of these.
    Total,
    /// Nothing moves: each device takes what all share as its own, which the transpose [sums up](Exchange::Total).
    Vary,
    /// Nothing moves: what is the same on all devices is one value that they share, whose cotangent the transpose shares out.
    Same,
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
            Exchange::Sum | Exchange::Total | Exchange::ReduceScatter { .. } => Some(Reducer::Add),
            Exchange::Max => Some(Reducer::Maximum),
            Exchange::Min => Some(Reducer::Minimum),
            Exchange::Gather { .. } | Exchange::AllToAll { .. } | Exchange::Permute { .. } => None,
            Exchange::Vary | Exchange::Same => None,
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
            same @ (Exchange::Sum | Exchange::Total | Exchange::Max | Exchange::Min) => same,
            same @ (Exchange::Permute { .. } | Exchange::Vary | Exchange::Same) => same,
        })
    }

    /// The exchange that takes cotangents back, but for [`Exchange::Same`] divided by the number of devices; `None` if it is not linear.
    pub(crate) fn transposed(&self) -> Option<Collective> {
        Some(self.with(match self.exchange.clone() {
            Exchange::Sum => Exchange::Sum,
            Exchange::Total | Exchange::Same => Exchange::Vary,
            Exchange::Vary => Exchange::Total,
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
            Exchange::Sum | Exchange::Total | Exchange::Max | Exchange::Min => None,
            Exchange::Permute { .. } | Exchange::Vary | Exchange::Same => None,
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
