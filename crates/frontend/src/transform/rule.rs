//! What a rule is: how tangents pass an operation forwards, cotangents backwards, and a batch through it.
//!
//! The one idea: an operation states the least that determines all three. An elementwise one gives its partial
//! derivatives, which serve both directions because its Jacobian is diagonal; a linear one gives its transpose, as it is
//! its own pushforward; only what is neither writes both directions out. Absent tangents and cotangents are zeros that
//! nobody has written down.

use super::emit::{emit, emit_one};
use crate::error::{Result, error};
use crate::sharding::Partition;
use crate::{Op, Tensor};

/// An operation's derivative and its batching.
pub(super) struct Rule {
    pub(super) derivative: Derivative,
    pub(super) batching: Batching,
}

/// How results change with operands. Integers and bools have no tangents, whatever the rule.
pub(super) enum Derivative {
    /// Not at all, or only in jumps.
    Zero,
    /// Each result element depends on the operands' elements at the same place (or on scalar operands): one partial
    /// derivative an operand.
    Elementwise(&'static [Partial]),
    /// Linear in all floating-point and complex operands together: the pushforward is the operation itself.
    Linear(Reverse),
    /// Linear in each floating-point or complex operand alone: the pushforward is a sum of the operation itself.
    Multilinear(Reverse),
    /// Anything else that computes its results as it always does.
    Custom {
        /// Tangents of the results from those of the operands.
        forward: Forward,
        /// Cotangents of the operands from those of the results.
        reverse: Reverse,
    },
    /// An operation with sub-graphs, which computes its results another way when it is differentiated.
    Structured(Structured),
    /// None, for a reason that completes "`op`: ".
    Refused(fn(&Op) -> String),
}

/// `tangent` times the partial derivative by one operand. Linear in `tangent`.
pub(super) type Partial = fn(site: &Site<'_>, tangent: &Tensor) -> Tensor;
/// One entry a result from one entry an operand.
pub(super) type Forward = fn(site: &Site<'_>, tangents: &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>>;
/// One entry an operand from one entry a result; entries of operands that are not [`Site::wanted`] are ignored.
pub(super) type Reverse = fn(site: &Site<'_>, cotangents: &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>>;

/// The rules of an operation that owns graphs.
#[derive(Clone, Copy)]
pub(super) struct Structured {
    /// Results and their tangents.
    pub(super) forward: StructuredForward,
    /// Results, and what the way back needs of the way there; the flags say which operands will want a cotangent.
    pub(super) save: Save,
    /// As [`Reverse`], with [`Site::saved`] filled.
    pub(super) reverse: Reverse,
}

/// Results and their tangents, from operands and theirs.
pub(super) type StructuredForward = fn(&Op, &[Tensor], &[Option<Tensor>]) -> Result<Dual>;

/// See [`Structured::save`].
pub(super) type Save = fn(&Op, &[Tensor], &[bool]) -> Result<Saved>;

/// Values, and the tangents of those that have one.
pub(super) type Dual = (Vec<Tensor>, Vec<Option<Tensor>>);

/// What [`Structured::save`] gives.
pub(super) struct Saved {
    pub(super) results: Vec<Tensor>,
    pub(super) residuals: Residuals,
}

/// What a structured operation keeps from its way there.
#[derive(Default)]
pub(super) struct Residuals {
    /// Values of the trace.
    pub(super) tensors: Vec<Tensor>,
    /// Graphs made on the way there and run on the way back.
    pub(super) graphs: Vec<std::sync::Arc<crate::Graph>>,
    /// Operands that the way back reads as they are.
    pub(super) kept: Vec<usize>,
    /// How each of `tensors` is split over a mesh, if it is.
    pub(super) partitions: Vec<Partition>,
}

/// One application of an operation, as a rule sees it.
pub(super) struct Site<'a> {
    pub(super) op: &'a Op,
    pub(super) operands: &'a [Tensor],
    pub(super) results: &'a [Tensor],
    /// Which operands' cotangents anyone needs.
    pub(super) wanted: &'a [bool],
    /// What [`Structured::save`] kept; `None` for other operations.
    pub(super) saved: Option<&'a Residuals>,
}

impl Site<'_> {
    /// The first operand.
    pub(super) fn x(&self) -> &Tensor {
        &self.operands[0]
    }

    /// The second operand.
    pub(super) fn y(&self) -> &Tensor {
        &self.operands[1]
    }

    /// The first result.
    pub(super) fn result(&self) -> &Tensor {
        &self.results[0]
    }

    /// `cotangent` through `transpose` for the first operand, none for the others: the shape of most reverse rules.
    pub(super) fn first(&self, cotangent: Tensor) -> Result<Vec<Option<Tensor>>> {
        let mut cotangents = vec![None; self.operands.len()];
        cotangents[0] = Some(cotangent);
        Ok(cotangents)
    }

    /// The error of a rule that holds in part only.
    pub(super) fn refuse<T>(&self, reason: &str) -> Result<T> {
        Err(error!(Argument, "{}: {reason}", self.op.name()))
    }
}

/// How an operation acts on operands of which some carry a batch on axis 0.
pub(super) enum Batching {
    /// Element by element: scalars may stay scalars, other operands are given the batch.
    Elementwise,
    /// The results, each with the batch on axis 0 or without one. Only asked when some operand carries a batch.
    Rule(fn(&Lanes<'_>) -> Result<Vec<Lane>>),
    /// It cannot, for a reason that completes "`op`: ".
    Refused(fn(&Op) -> String),
}

/// One application of an operation to operands some of which carry a batch.
pub(super) struct Lanes<'a> {
    pub(super) op: &'a Op,
    pub(super) operands: &'a [Lane],
    /// The size of the batch.
    pub(super) size: usize,
}

/// A tensor that carries a batch on axis 0, or does not.
#[derive(Clone)]
pub(super) struct Lane {
    pub(super) tensor: Tensor,
    pub(super) batched: bool,
}

impl Lane {
    pub(super) fn batched(tensor: Tensor) -> Lane {
        Lane { tensor, batched: true }
    }

    pub(super) fn unbatched(tensor: Tensor) -> Lane {
        Lane { tensor, batched: false }
    }

    /// The tensor with the batch on axis 0, repeated if it carries none.
    pub(super) fn with_batch(&self, size: usize) -> Tensor {
        match self.batched {
            true => self.tensor.clone(),
            false => repeat(&self.tensor, size),
        }
    }

    /// The number of axes one element of the batch has.
    pub(super) fn rank(&self) -> usize {
        self.tensor.rank() - usize::from(self.batched)
    }
}

impl Lanes<'_> {
    /// An operand, given the batch if it has none.
    pub(super) fn with_batch(&self, operand: usize) -> Tensor {
        self.operands[operand].with_batch(self.size)
    }

    /// All operands, given the batch if they have none.
    pub(super) fn all_with_batch(&self) -> Vec<Tensor> {
        self.operands.iter().map(|lane| lane.with_batch(self.size)).collect()
    }

    /// `op` on these operands as a result with a batch.
    pub(super) fn emit(&self, op: Op, operands: &[&Tensor]) -> Result<Vec<Lane>> {
        Ok(emit(op, operands).into_iter().map(Lane::batched).collect())
    }
}

/// A new axis 0 of `size` equal elements.
pub(super) fn repeat(tensor: &Tensor, size: usize) -> Tensor {
    let shape: Vec<usize> = std::iter::once(size).chain(tensor.dims().iter().copied()).collect();
    let axes = (1..=tensor.rank()).collect();
    emit_one(Op::BroadcastInDim { shape: shape.into(), axes }, &[tensor])
}
