//! Matrix products. Axis numbers do the work of transposes: nothing here moves an operand to make it fit.

use super::operators::broadcast_shape;
use super::{IntoAxes, Tensor};
use crate::error::{Result, error};
use crate::{DType, Dot, Location, Op, Precision, Shape, Spec};

impl Tensor {
    /// Matrix product as NumPy's `matmul`: the last axis of `self` against the last but one of `rhs`, leading axes
    /// broadcast, vectors as rows and columns.
    ///
    /// # Shapes
    /// `[B.., M, K] x [B.., K, N] -> [B.., M, N]`; `[K] x [B.., K, N] -> [B.., N]`; `[B.., M, K] x [K] -> [B.., M]`
    /// # DTypes
    /// Any, equal on both sides; the result has the same.
    /// # Errors
    /// Recorded for scalars, unequal dtypes, unequal K, and leading axes that do not broadcast.
    /// # Gradient
    /// Of both operands.
    /// # Source
    /// StableHLO `dot_general`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let specs = [Spec::new(DType::F32, [8, 2, 3]), Spec::new(DType::F32, [3, 5])];
    /// let graph = trace("f", &specs, |_, args| args[0].matmul(&args[1]))?;
    /// assert_eq!(graph.outputs()[0].to_string(), "f32[8, 2, 5]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn matmul(&self, rhs: &Tensor) -> Tensor {
        self.matmul_as(rhs, self.dtype())
    }

    /// [`Tensor::matmul`] that accumulates and answers in a wider dtype, as `bf16 x bf16 -> f32`.
    ///
    /// # Shapes
    /// As [`Tensor::matmul`].
    /// # DTypes
    /// A result of the operands' family with more bits.
    /// # Errors
    /// As [`Tensor::matmul`], and for narrower results.
    /// # Gradient
    /// Of both operands.
    /// # Source
    /// StableHLO `dot_general`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let specs = [Spec::new(DType::Bf16, [2, 3]), Spec::new(DType::Bf16, [3, 5])];
    /// let graph = trace("f", &specs, |_, args| args[0].matmul_as(&args[1], DType::F32))?;
    /// assert_eq!(graph.outputs()[0].to_string(), "f32[2, 5]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn matmul_as(&self, rhs: &Tensor, dtype: DType) -> Tensor {
        let location = Location::caller();
        match plan_matmul(&self.spec, &rhs.spec) {
            Ok(Plan { lhs_shape, rhs_shape, batch }) => {
                let lhs = self.trace.broadcast(self, &lhs_shape, location);
                let rhs = rhs.trace.broadcast(rhs, &rhs_shape, location);
                let dot = Dot {
                    lhs_batch: (0..batch).collect(),
                    rhs_batch: (0..batch).collect(),
                    lhs_contract: vec![lhs.rank() - 1],
                    rhs_contract: vec![rhs.rank().saturating_sub(2)],
                    dtype,
                    precision: Precision::Default,
                };
                lhs.trace.apply(Op::DotGeneral(dot), &[&lhs, &rhs], location)
            }
            Err(_) if rhs.is_placeholder() => Tensor::from_parts(self.trace.clone(), None, self.spec.clone()),
            Err(error) => self.mistake(error, location),
        }
    }

    /// The general contraction: `contract` axes are multiplied and summed, `batch` axes go side by side; each is a pair
    /// of axis lists, of `self` and of `rhs`.
    ///
    /// # Shapes
    /// Batch axes, then the free axes of `self`, then those of `rhs`.
    /// # DTypes
    /// Any, equal on both sides.
    /// # Errors
    /// Recorded when paired axes differ in size or number, or an axis is used twice.
    /// # Gradient
    /// Of both operands.
    /// # Source
    /// StableHLO `dot_general`.
    /// # Examples
    /// Attention scores of `[batch, tokens, heads, width]` without a transpose:
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let specs = [Spec::new(DType::F32, [2, 5, 12, 32]), Spec::new(DType::F32, [2, 7, 12, 32])];
    /// let graph = trace("f", &specs, |_, args| args[0].dot_general(&args[1], ([3], [3]), ([0, 2], [0, 2])))?;
    /// assert_eq!(graph.outputs()[0].to_string(), "f32[2, 12, 5, 7]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn dot_general<A: IntoAxes, B: IntoAxes, C: IntoAxes, D: IntoAxes>(
        &self,
        rhs: &Tensor,
        contract: (A, B),
        batch: (C, D),
    ) -> Tensor {
        let location = Location::caller();
        let dot = || -> Result<Dot> {
            Ok(Dot {
                lhs_contract: self.axes("dot", contract.0)?,
                rhs_contract: rhs.axes("dot", contract.1)?,
                lhs_batch: self.axes("dot", batch.0)?,
                rhs_batch: rhs.axes("dot", batch.1)?,
                dtype: self.dtype(),
                precision: Precision::Default,
            })
        };
        match dot() {
            Ok(dot) => self.trace.apply(Op::DotGeneral(dot), &[self, rhs], location),
            Err(_) if rhs.is_placeholder() => Tensor::from_parts(self.trace.clone(), None, self.spec.clone()),
            Err(error) => self.mistake(error, location),
        }
    }
}

/// What `matmul` does to its operands: shapes to broadcast them to, and how many leading axes are batch axes.
struct Plan {
    lhs_shape: Shape,
    rhs_shape: Shape,
    batch: usize,
}

fn plan_matmul(lhs: &Spec, rhs: &Spec) -> Result<Plan> {
    if lhs.rank() == 0 || rhs.rank() == 0 {
        return Err(
            error!(Shape, "matmul: takes no scalars, got lhs {lhs} and rhs {rhs}").hint("multiply with `*`")
        );
    }
    // Without leading axes on the right, those on the left are free axes of one larger product.
    let free = Plan { lhs_shape: lhs.shape.clone(), rhs_shape: rhs.shape.clone(), batch: 0 };
    if rhs.rank() <= 2 {
        return Ok(free);
    }
    let split = |spec: &Spec| {
        let (batch, matrix) = spec.dims().split_at(spec.rank().saturating_sub(2));
        (Spec::new(spec.dtype, batch), matrix.to_vec())
    };
    let ((lhs_batch, lhs_matrix), (rhs_batch, rhs_matrix)) = (split(lhs), split(rhs));
    let batch = broadcast_shape("matmul", &lhs_batch, &rhs_batch)
        .map_err(|_| error!(Shape, "matmul: leading axes do not broadcast, got lhs {lhs} and rhs {rhs}"))?;
    Ok(Plan {
        lhs_shape: [batch.dims(), &lhs_matrix].concat().into(),
        rhs_shape: [batch.dims(), &rhs_matrix].concat().into(),
        batch: batch.rank(),
    })
}
