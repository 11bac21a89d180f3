//! Choosing between elements.

use super::Tensor;
use super::operators::{Operand, broadcast_shape, operand_dtype, operand_like};
use crate::error::error;
use crate::{DType, Location, Op};

impl Tensor {
    /// `on_true` where this `bool` tensor is true, else `on_false`; NumPy's `where`.
    ///
    /// # Shapes
    /// All three broadcast to one shape.
    /// # DTypes
    /// `bool x T x T -> T`; a host number adopts the other side's dtype.
    /// # Errors
    /// Recorded when this is not `bool`, the dtypes differ, both sides are host numbers, or shapes do not broadcast.
    /// # Gradient
    /// The cotangent on the side chosen, 0 on the other.
    /// # Source
    /// StableHLO `select`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [2, 3])], |_, args| args[0].gt(0).select(&args[0], 0.0))?;
    /// assert_eq!(graph.outputs()[0].to_string(), "f32[2, 3]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn select(&self, on_true: impl Operand, on_false: impl Operand) -> Tensor {
        let location = Location::caller();
        let Some(dtype) = operand_dtype(&on_true).or(operand_dtype(&on_false)) else {
            let error = error!(DType, "select: one side must be a tensor, to say the dtype")
                .hint("use `Tensor::full` for one of them");
            return self.mistake_as(error, location, self.spec.with_dtype(DType::F32));
        };
        let like = Tensor::from_parts(self.trace.clone(), None, self.spec.with_dtype(dtype));
        let on_true = operand_like(&on_true, &like, location);
        let on_false = operand_like(&on_false, &like, location);
        let shape = broadcast_shape("select", &on_true.spec, &on_false.spec)
            .map(|shape| on_true.spec.with_shape(shape))
            .and_then(|value| broadcast_shape("select", &self.spec, &value));
        match shape {
            Ok(shape) => {
                let predicate = if self.rank() == 0 {
                    self.clone()
                } else {
                    self.trace.broadcast(self, &shape, location)
                };
                let on_true = self.trace.broadcast(&on_true, &shape, location);
                let on_false = self.trace.broadcast(&on_false, &shape, location);
                self.trace.apply(Op::Select, &[&predicate, &on_true, &on_false], location)
            }
            Err(error) => self.mistake_as(error, location, on_true.spec.clone()),
        }
    }

    /// Elements below `min` become `min`, above `max` become `max`; NaN stays.
    ///
    /// # Shapes
    /// `[S..] -> [S..]`; bounds are scalars or `[S..]`.
    /// # DTypes
    /// Integers and floats.
    /// # Errors
    /// Recorded when bounds have another dtype or shape.
    /// # Gradient
    /// The cotangent where the bounds are not active.
    /// # Source
    /// StableHLO `clamp`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [3])], |_, args| args[0].clamp(-1.0, 1.0))?;
    /// assert_eq!(graph.outputs()[0].to_string(), "f32[3]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn clamp(&self, min: impl Operand, max: impl Operand) -> Tensor {
        let location = Location::caller();
        let min = operand_like(&min, self, location);
        let max = operand_like(&max, self, location);
        let result = self.trace.apply(Op::Clamp, &[&min, self, &max], location);
        match result.id {
            Some(_) => result,
            // A placeholder takes the type of its first operand, which here is a bound.
            None => Tensor::from_parts(self.trace.clone(), None, self.spec.clone()),
        }
    }

    /// The elements on and below the diagonal `offset` of the last two axes; zero elsewhere.
    ///
    /// # Shapes
    /// `[.., M, N] -> [.., M, N]`
    /// # DTypes
    /// Any.
    /// # Errors
    /// Recorded for fewer than two axes.
    /// # Gradient
    /// The cotangent's lower triangle.
    /// # Source
    /// StableHLO `iota`, `compare`, `select`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [5, 3, 3])], |_, args| args[0].tril(-1))?;
    /// assert_eq!(graph.outputs()[0].to_string(), "f32[5, 3, 3]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn tril(&self, offset: i64) -> Tensor {
        match self.triangle("tril", offset) {
            Some(inside) => inside.select(self, Tensor::zeros(self.dtype(), [])),
            None => Tensor::from_parts(self.trace.clone(), None, self.spec.clone()),
        }
    }

    /// The elements on and above the diagonal `offset` of the last two axes; zero elsewhere.
    ///
    /// # Shapes
    /// `[.., M, N] -> [.., M, N]`
    /// # DTypes
    /// Any.
    /// # Errors
    /// Recorded for fewer than two axes.
    /// # Gradient
    /// The cotangent's upper triangle.
    /// # Source
    /// StableHLO `iota`, `compare`, `select`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [3, 3])], |_, args| args[0].triu(0))?;
    /// assert_eq!(graph.outputs()[0].to_string(), "f32[3, 3]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn triu(&self, offset: i64) -> Tensor {
        match self.triangle("triu", offset.saturating_sub(1)) {
            Some(below) => below.select(Tensor::zeros(self.dtype(), []), self),
            None => Tensor::from_parts(self.trace.clone(), None, self.spec.clone()),
        }
    }

    /// The mask of a triangle of the last two axes.
    #[track_caller]
    fn triangle(&self, name: &str, offset: i64) -> Option<Tensor> {
        if self.rank() < 2 {
            let error = error!(Shape, "{name}: takes at least 2 axes, got {}", self.spec);
            self.mistake(error, Location::caller());
            return None;
        }
        Some(Tensor::tri(self.dim(-2), self.dim(-1), offset))
    }

    /// This tensor, taken for a constant by whoever differentiates.
    ///
    /// # Shapes
    /// `[S..] -> [S..]`
    /// # DTypes
    /// Any.
    /// # Errors
    /// None.
    /// # Gradient
    /// 0, by definition.
    /// # Source
    /// No operation: it is lowered to its operand.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace, transform};
    /// let graph = trace("f", &[Spec::new(DType::F32, [])], |_, x| &x[0] * x[0].stop_gradient())?;
    /// let gradient = transform::value_and_grad(&graph, [0])?;
    /// assert_eq!(gradient.outputs().len(), 2);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn stop_gradient(&self) -> Tensor {
        self.unary(Op::StopGradient, Location::caller())
    }

    /// Tensors as they are, behind a wall that no optimisation moves operations across; for instance to keep a
    /// recomputation from being merged with the original.
    ///
    /// # Shapes
    /// Unchanged.
    /// # DTypes
    /// Any.
    /// # Errors
    /// Recorded when tensors belong to different traces.
    /// # Gradient
    /// The cotangents, behind a wall too.
    /// # Source
    /// StableHLO `optimization_barrier`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, Tensor, trace};
    /// let specs = [Spec::new(DType::F32, [3]), Spec::new(DType::I32, [2])];
    /// let graph = trace("f", &specs, |_, args| Tensor::optimization_barrier(&[&args[0], &args[1]]))?;
    /// assert_eq!(graph.outputs(), specs);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn optimization_barrier(tensors: &[&Tensor]) -> Vec<Tensor> {
        let location = Location::caller();
        match tensors {
            [] => Vec::new(),
            [tensor] => vec![tensor.unary(Op::OptimizationBarrier, location)],
            [first, ..] => first.trace.apply_tuple(Op::OptimizationBarrier, tensors, location),
        }
    }
}
