//! The largest and the smallest: their values, their positions, and the least and greatest of a dtype.

use super::REAL;
use crate::error::Result;
use crate::literal::Scalar;
use crate::tensor::IntoAxis;
use crate::{Comparison, DType, Family, Graph, Literal, Location, NodeId, Op, Reducer, Spec, Tensor};
use std::sync::Arc;

/// Extremes that are identities of max and min.
#[derive(Clone, Copy)]
enum Extreme {
    Least,
    Greatest,
}

impl Tensor {
    /// The position of the largest element along an axis, the first of several; of a NaN if there is one.
    ///
    /// # Shapes
    /// `[A.., N, B..] -> [A.., B..]`
    /// # DTypes
    /// Integers and floats to `i32`. Over no elements the result is 0.
    /// # Errors
    /// Recorded for other dtypes, or when the axis does not exist.
    /// # Gradient
    /// Not differentiable.
    /// # Source
    /// StableHLO `reduce` of values and positions.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [2, 3])], |_, args| args[0].argmax(-1))?;
    /// assert_eq!(graph.outputs()[0].to_string(), "i32[2]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn argmax(&self, axis: impl IntoAxis) -> Tensor {
        self.arg_extreme("argmax", axis, Comparison::Gt, Extreme::Least, Location::caller())
    }

    /// The position of the smallest element along an axis, the first of several; of a NaN if there is one.
    ///
    /// # Shapes
    /// `[A.., N, B..] -> [A.., B..]`
    /// # DTypes
    /// Integers and floats to `i32`. Over no elements the result is 0.
    /// # Errors
    /// Recorded for other dtypes, or when the axis does not exist.
    /// # Gradient
    /// Not differentiable.
    /// # Source
    /// StableHLO `reduce` of values and positions.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [2, 3])], |_, args| args[0].argmin(0))?;
    /// assert_eq!(graph.outputs()[0].to_string(), "i32[3]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn argmin(&self, axis: impl IntoAxis) -> Tensor {
        self.arg_extreme("argmin", axis, Comparison::Lt, Extreme::Greatest, Location::caller())
    }

    pub(super) fn reduce_max(&self, name: &str, axes: &[usize], location: Location) -> Tensor {
        self.extremum(name, axes, Reducer::Maximum, Extreme::Least, location)
    }

    pub(super) fn reduce_min(&self, name: &str, axes: &[usize], location: Location) -> Tensor {
        self.extremum(name, axes, Reducer::Minimum, Extreme::Greatest, location)
    }

    fn extremum(&self, name: &str, axes: &[usize], reducer: Reducer, init: Extreme, at: Location) -> Tensor {
        if let Err(error) = self.require(name, REAL, ()) {
            return self.mistake(error, at);
        }
        let values = self.converted(Scalar::carrier(self.dtype()), at);
        let init = values.extreme(init, at);
        values.fold(axes, reducer, init, at).converted(self.dtype(), at)
    }

    fn arg_extreme(
        &self,
        name: &str,
        axis: impl IntoAxis,
        better: Comparison,
        worst: Extreme,
        location: Location,
    ) -> Tensor {
        let guess = self.spec.with_dtype(DType::I32);
        let axis = match self.axis(name, axis).and_then(|axis| self.require(name, REAL, axis)) {
            Ok(axis) => axis,
            Err(error) => return self.mistake_as(error, location, guess),
        };
        let values = self.converted(Scalar::carrier(self.dtype()), location);
        let body = match extreme_with_position(name, values.dtype(), better, location) {
            Ok(body) => Reducer::Body(Arc::new(body)),
            Err(error) => return self.mistake_as(error, location, guess),
        };
        let spec = values.spec.with_dtype(DType::I32);
        let here = self.trace.innermost();
        let positions = match here.push(Op::Iota { spec, axis }, &[], location) {
            Ok(id) => here.tensor(id),
            Err(error) => return self.mistake_as(error, location, guess),
        };
        let operands = [
            &values,
            &positions,
            &values.extreme(worst, location),
            &self.trace.scalar(Scalar::Int(0), DType::I32, location),
        ];
        let mut results =
            self.trace.apply_tuple(Op::Reduce { axes: vec![axis], reducer: body }, &operands, location);
        match (results.pop(), results.len()) {
            (Some(positions), 1) => positions,
            _ => Tensor::from_parts(self.trace.clone(), None, guess),
        }
    }

    /// The least value of this dtype as a scalar.
    pub(crate) fn least(&self) -> Tensor {
        self.extreme(Extreme::Least, Location::caller())
    }

    /// The greatest value of this dtype as a scalar.
    pub(crate) fn greatest(&self) -> Tensor {
        self.extreme(Extreme::Greatest, Location::caller())
    }

    /// The least or greatest value of this dtype, infinite where the type has infinities.
    fn extreme(&self, extreme: Extreme, location: Location) -> Tensor {
        let dtype = self.dtype();
        let least = matches!(extreme, Extreme::Least);
        match dtype.family() {
            Family::Signed => {
                let bits = dtype.bits() as u32;
                let greatest = i64::MAX >> (64 - bits);
                self.trace.scalar(Scalar::Int(if least { !greatest } else { greatest }), dtype, location)
            }
            Family::Unsigned if least => self.trace.scalar(Scalar::Int(0), dtype, location),
            Family::Unsigned => {
                let ones = Literal::from_bytes(Spec::scalar(dtype), vec![0xff; dtype.bytes()]);
                let here = self.trace.innermost();
                match ones.and_then(|literal| here.constant(literal, location)) {
                    Ok(id) => here.tensor(id),
                    Err(error) => self.mistake_as(error, location, Spec::scalar(dtype)),
                }
            }
            Family::Bool | Family::Float | Family::Complex => {
                let infinity = if least { f64::NEG_INFINITY } else { f64::INFINITY };
                self.trace.scalar(Scalar::Float(infinity), dtype, location)
            }
        }
    }
}

/// The reducer of argmax and argmin: of two (value, position) pairs the better value, NaN before all, ties to the lower
/// position.
fn extreme_with_position(name: &str, dtype: DType, better: Comparison, location: Location) -> Result<Graph> {
    let mut graph = Graph::new(name);
    let (value, position) = (Spec::scalar(dtype), Spec::scalar(DType::I32));
    let mut input = |spec: &Spec| graph.push_input(spec.clone(), None, location);
    let (left, left_at, right, right_at) =
        (input(&value)?, input(&position)?, input(&value)?, input(&position)?);
    let mut push = |op: Op, operands: &[NodeId]| graph.push(op, operands, location, None);
    let wins = push(Op::Compare(better), &[left, right])?;
    let is_nan = push(Op::Compare(Comparison::Ne), &[left, left])?;
    let right_is_nan = push(Op::Compare(Comparison::Ne), &[right, right])?;
    let right_is_number = push(Op::Not, &[right_is_nan])?;
    let first_nan = push(Op::And, &[is_nan, right_is_number])?;
    let left_wins = push(Op::Or, &[wins, first_nan])?;
    let both_nan = push(Op::And, &[is_nan, right_is_nan])?;
    let equal = push(Op::Compare(Comparison::Eq), &[left, right])?;
    let ties = push(Op::Or, &[equal, both_nan])?;
    let earlier = push(Op::Compare(Comparison::Lt), &[left_at, right_at])?;
    let tie_to_left = push(Op::And, &[ties, earlier])?;
    let take_left = push(Op::Or, &[left_wins, tie_to_left])?;
    let best = push(Op::Select, &[take_left, left, right])?;
    let best_at = push(Op::Select, &[take_left, left_at, right_at])?;
    graph.set_outputs(&[best, best_at])?;
    Ok(graph)
}
