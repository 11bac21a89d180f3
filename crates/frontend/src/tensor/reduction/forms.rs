//! What each reduction is made of.

use super::{BOOL, FLOAT, INEXACT, NUMERIC, accumulator};
use crate::literal::Scalar;
use crate::{Literal, Location, Op, Reducer, Tensor};

impl Tensor {
    pub(in crate::tensor) fn reduce_sum(&self, name: &str, axes: &[usize], location: Location) -> Tensor {
        self.accumulate(name, axes, Reducer::Add, Scalar::Int(0), location)
    }

    pub(super) fn reduce_prod(&self, name: &str, axes: &[usize], location: Location) -> Tensor {
        self.accumulate(name, axes, Reducer::Multiply, Scalar::Int(1), location)
    }

    fn accumulate(&self, name: &str, axes: &[usize], reducer: Reducer, init: Scalar, at: Location) -> Tensor {
        if let Err(error) = self.require(name, NUMERIC, ()) {
            return self.mistake(error, at);
        }
        let wide = self.converted(accumulator(self.dtype()), at);
        let init = self.trace.scalar(init, wide.dtype(), at);
        wide.fold(axes, reducer, init, at).converted(self.dtype(), at)
    }

    pub(super) fn reduce_mean(&self, name: &str, axes: &[usize], location: Location) -> Tensor {
        if let Err(error) = self.require(name, INEXACT, ()) {
            return self.mistake(error, location);
        }
        let wide = self.converted(accumulator(self.dtype()), location);
        let sum = wide.reduce_sum(name, axes, location);
        let count = wide.count(axes, location);
        sum.binary(Op::Divide, &count, location).converted(self.dtype(), location)
    }

    pub(super) fn reduce_variance(&self, name: &str, axes: &[usize], location: Location) -> Tensor {
        if let Err(error) = self.require(name, FLOAT, ()) {
            return self.mistake(error, location);
        }
        // Two passes: the one-pass formula loses all digits where the mean is large beside the spread.
        let wide = self.converted(accumulator(self.dtype()), location);
        let mean = wide.reduce_mean(name, axes, location).restored(&wide, axes);
        let centered = wide.binary(Op::Subtract, &mean, location);
        let squares = centered.binary(Op::Multiply, &centered, location);
        squares.reduce_mean(name, axes, location).converted(self.dtype(), location)
    }

    pub(super) fn reduce_std(&self, name: &str, axes: &[usize], location: Location) -> Tensor {
        self.reduce_variance(name, axes, location).unary(Op::Sqrt, location)
    }

    pub(super) fn reduce_norm(&self, name: &str, axes: &[usize], location: Location) -> Tensor {
        if let Err(error) = self.require(name, INEXACT, ()) {
            return self.mistake(error, location);
        }
        let dtype = self.dtype().real();
        let wide = self.converted(accumulator(self.dtype()), location);
        let squares = match self.dtype().is_complex() {
            true => {
                let square = |part: Tensor| part.binary(Op::Multiply, &part, location);
                let real = square(wide.unary(Op::Real, location));
                real.binary(Op::Add, &square(wide.unary(Op::Imag, location)), location)
            }
            false => wide.binary(Op::Multiply, &wide, location),
        };
        let sum = squares.reduce_sum(name, axes, location);
        sum.unary(Op::Sqrt, location).converted(dtype, location)
    }

    pub(super) fn reduce_logsumexp(&self, name: &str, axes: &[usize], location: Location) -> Tensor {
        if let Err(error) = self.require(name, FLOAT, ()) {
            return self.mistake(error, location);
        }
        let wide = self.converted(accumulator(self.dtype()), location);
        let max = wide.reduce_max(name, axes, location);
        // An infinite maximum would turn `x - max` into NaN; shifting by 0 gives the infinite result instead.
        let zero = self.trace.scalar(Scalar::Int(0), max.dtype(), location);
        let zeros = self.trace.broadcast(&zero, &max.spec.shape, location);
        let finite = max.unary(Op::IsFinite, location);
        // The shift cancels, so it takes no part in derivatives.
        let shift = self.trace.apply(Op::Select, &[&finite, &max, &zeros], location);
        let shift = shift.unary(Op::StopGradient, location);
        let shifted = wide.binary(Op::Subtract, &shift.restored(&wide, axes), location);
        let sum = shifted.unary(Op::Exponential, location).reduce_sum(name, axes, location);
        sum.unary(Op::Log, location).binary(Op::Add, &shift, location).converted(self.dtype(), location)
    }

    pub(in crate::tensor) fn reduce_any(&self, name: &str, axes: &[usize], location: Location) -> Tensor {
        self.reduce_bool(name, axes, Reducer::Or, false, location)
    }

    pub(super) fn reduce_all(&self, name: &str, axes: &[usize], location: Location) -> Tensor {
        self.reduce_bool(name, axes, Reducer::And, true, location)
    }

    fn reduce_bool(&self, name: &str, axes: &[usize], reducer: Reducer, init: bool, at: Location) -> Tensor {
        let here = self.trace.innermost();
        let init = self
            .require(name, BOOL, ())
            .and_then(|()| Literal::new(&[init], []))
            .and_then(|literal| here.constant(literal, at));
        match init {
            Ok(init) => self.fold(axes, reducer, here.tensor(init), at),
            Err(error) => self.mistake(error, at),
        }
    }
}
