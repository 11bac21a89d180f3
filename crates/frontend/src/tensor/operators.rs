//! `+ - * / % & | ^ << >> !` and what they share with named binary methods: scalars and broadcasting.
//!
//! The right side may be a tensor, a reference or a host number; the left side too. Where a bare literal stands on the
//! left and a method is called on the result at once, Rust wants its type: `(1.0f32 - &x).exp()`.

use super::Tensor;
use crate::error::{Result, error};
use crate::literal::Scalar;
use crate::{DType, Location, Op, Shape, Spec};
use std::ops;

/// What may stand on the right of an operator: a tensor, or a host number that adopts the tensor's dtype.
pub trait Operand: sealed::Sealed {}

mod sealed {
    use super::{Scalar, Tensor};

    pub trait Sealed {
        fn resolve(&self) -> Resolved<'_>;
    }

    pub enum Resolved<'a> {
        Tensor(&'a Tensor),
        Scalar(Scalar),
    }
}
pub(super) use sealed::Resolved;

/// The tensor or number that an operand is.
pub(super) fn resolve(operand: &impl Operand) -> Resolved<'_> {
    operand.resolve()
}

impl sealed::Sealed for Tensor {
    fn resolve(&self) -> Resolved<'_> {
        Resolved::Tensor(self)
    }
}
impl Operand for Tensor {}

impl sealed::Sealed for &Tensor {
    fn resolve(&self) -> Resolved<'_> {
        Resolved::Tensor(self)
    }
}
impl Operand for &Tensor {}

macro_rules! scalar_operand {
    ($($host:ty => $variant:ident),*) => {$(
        impl sealed::Sealed for $host {
            fn resolve(&self) -> Resolved<'_> {
                Resolved::Scalar((*self).into())
            }
        }
        impl Operand for $host {}
        impl From<$host> for Scalar {
            fn from(value: $host) -> Scalar {
                Scalar::$variant(value.into())
            }
        }
    )*};
}
scalar_operand!(f32 => Float, f64 => Float, i32 => Int, i64 => Int);

/// An operand as a tensor, scalars in the dtype of `like`.
pub(crate) fn operand_like(operand: &impl Operand, like: &Tensor, location: Location) -> Tensor {
    match operand.resolve() {
        Resolved::Tensor(tensor) => tensor.clone(),
        Resolved::Scalar(value) => like.trace.scalar(value, like.dtype(), location),
    }
}

/// The dtype of an operand that has one.
pub(crate) fn operand_dtype(operand: &impl Operand) -> Option<DType> {
    match operand.resolve() {
        Resolved::Tensor(tensor) => Some(tensor.dtype()),
        Resolved::Scalar(_) => None,
    }
}

/// The shape NumPy gives to two operands: aligned at the last axis, sizes equal or 1.
pub(super) fn broadcast_shape(name: &str, lhs: &Spec, rhs: &Spec) -> Result<Shape> {
    let rank = lhs.rank().max(rhs.rank());
    let size = |spec: &Spec, axis: usize| match (axis + spec.rank()).checked_sub(rank) {
        Some(own) => spec.dims()[own],
        None => 1,
    };
    let mut dims = Vec::with_capacity(rank);
    for axis in 0..rank {
        dims.push(match (size(lhs, axis), size(rhs, axis)) {
            (l, r) if l == r => l,
            (1, size) | (size, 1) => size,
            (l, r) => {
                return Err(error!(
                    Shape,
                    "{name}: shapes do not broadcast, axis -{} is {l} in lhs {lhs} and {r} in rhs {rhs}",
                    rank - axis
                ));
            }
        });
    }
    Ok(dims.into())
}

impl Tensor {
    /// A binary operation after broadcasting both sides to one shape.
    pub(super) fn binary(&self, op: Op, rhs: &impl Operand, location: Location) -> Tensor {
        binary(op, self, &operand_like(rhs, self, location), location)
    }
}

pub(super) fn binary(op: Op, lhs: &Tensor, rhs: &Tensor, location: Location) -> Tensor {
    let outside = lhs.outside().or(rhs.outside()).is_some();
    let related = outside || lhs.trace.is_within(&rhs.trace) || rhs.trace.is_within(&lhs.trace);
    let comparable = related && lhs.dtype() == rhs.dtype();
    if !comparable || lhs.spec.shape == rhs.spec.shape {
        // Inference says what is wrong with the former; nothing is to be broadcast in the latter.
        return lhs.trace.apply(op, &[lhs, rhs], location);
    }
    match broadcast_shape(op.name(), &lhs.spec, &rhs.spec) {
        Ok(shape) => {
            // Here, where both sides are still as they were written; inference would see them stretched.
            if let Some(error) = lhs.trace.check_aligned(op.name(), &lhs.spec, &rhs.spec) {
                return lhs.mistake(error, location);
            }
            let lhs = lhs.trace.broadcast(lhs, &shape, location);
            let rhs = rhs.trace.broadcast(rhs, &shape, location);
            lhs.trace.apply(op, &[&lhs, &rhs], location)
        }
        // A placeholder's shape is a guess, so its mismatch is no news.
        Err(error) if !rhs.is_placeholder() => lhs.mistake(error, location),
        Err(_) => Tensor::from_parts(lhs.trace.clone(), None, lhs.spec.clone()),
    }
}

macro_rules! binary_operator {
    ($($trait:ident $method:ident $op:ident)*) => {$(
        impl<R: Operand> ops::$trait<R> for &Tensor {
            type Output = Tensor;
            #[track_caller]
            fn $method(self, rhs: R) -> Tensor {
                self.binary(Op::$op, &rhs, Location::caller())
            }
        }

        impl<R: Operand> ops::$trait<R> for Tensor {
            type Output = Tensor;
            #[track_caller]
            fn $method(self, rhs: R) -> Tensor {
                self.binary(Op::$op, &rhs, Location::caller())
            }
        }
    )*};
}
binary_operator! {
    Add add Add  Sub sub Subtract  Mul mul Multiply  Div div Divide  Rem rem Remainder
    BitAnd bitand And  BitOr bitor Or  BitXor bitxor Xor
}

macro_rules! scalar_on_the_left {
    ($($host:ty)*) => {$(
        scalar_on_the_left!($host: Add add Add, Sub sub Subtract, Mul mul Multiply, Div div Divide, Rem rem Remainder);
    )*};
    ($host:ty: $($trait:ident $method:ident $op:ident),*) => {$(
        impl ops::$trait<&Tensor> for $host {
            type Output = Tensor;
            #[track_caller]
            fn $method(self, rhs: &Tensor) -> Tensor {
                let location = Location::caller();
                binary(Op::$op, &operand_like(&self, rhs, location), rhs, location)
            }
        }

        impl ops::$trait<Tensor> for $host {
            type Output = Tensor;
            #[track_caller]
            fn $method(self, rhs: Tensor) -> Tensor {
                let location = Location::caller();
                binary(Op::$op, &operand_like(&self, &rhs, location), &rhs, location)
            }
        }
    )*};
}
scalar_on_the_left!(f32 f64 i32 i64);

macro_rules! unary_operator {
    ($($trait:ident $method:ident $op:ident)*) => {$(
        impl ops::$trait for &Tensor {
            type Output = Tensor;
            #[track_caller]
            fn $method(self) -> Tensor {
                self.unary(Op::$op, Location::caller())
            }
        }

        impl ops::$trait for Tensor {
            type Output = Tensor;
            #[track_caller]
            fn $method(self) -> Tensor {
                self.unary(Op::$op, Location::caller())
            }
        }
    )*};
}
unary_operator! { Neg neg Negate  Not not Not }

/// Shifts take the kind of shift from the dtype: signed integers keep their sign.
impl<R: Operand> ops::Shr<R> for &Tensor {
    type Output = Tensor;
    #[track_caller]
    fn shr(self, rhs: R) -> Tensor {
        let op = match self.dtype().family() {
            crate::Family::Signed => Op::ShiftRightArithmetic,
            crate::Family::Bool | crate::Family::Unsigned | crate::Family::Float | crate::Family::Complex => {
                Op::ShiftRightLogical
            }
        };
        self.binary(op, &rhs, Location::caller())
    }
}

impl<R: Operand> ops::Shr<R> for Tensor {
    type Output = Tensor;
    #[track_caller]
    fn shr(self, rhs: R) -> Tensor {
        &self >> rhs
    }
}

impl<R: Operand> ops::Shl<R> for Tensor {
    type Output = Tensor;
    #[track_caller]
    fn shl(self, rhs: R) -> Tensor {
        &self << rhs
    }
}

impl<R: Operand> ops::Shl<R> for &Tensor {
    type Output = Tensor;
    #[track_caller]
    fn shl(self, rhs: R) -> Tensor {
        self.binary(Op::ShiftLeft, &rhs, Location::caller())
    }
}

#[cfg(test)]
mod tests {
    use crate::*;

    #[test]
    fn every_pair_of_sides_compiles_and_adopts_the_dtype() {
        let specs = [Spec::new(DType::Bf16, [2]), Spec::new(DType::I32, [2])];
        let graph = trace("sides", &specs, |_, args| {
            let (x, n) = (&args[0], &args[1]);
            let floats =
                (x + 1.0f32) * 2.0f64 - 3i32 + 4i64 + x.clone() * x + 1.0f32 * x + 2.0 * x + 1i64 / x;
            let integers = (-n % 3) + (n & 1) + (n | 2) + (n ^ 4) + !n + (n << 1) + (n >> 2) + 5 * n.clone();
            (floats, integers)
        })
        .unwrap();
        assert_eq!(graph.outputs(), specs);
    }

    #[test]
    fn equal_scalars_are_one_constant_and_one_broadcast() {
        let graph = trace("shared", &[Spec::new(DType::F32, [2])], |_, args| {
            (0..100).fold(args[0].clone(), |x, _| x * 2.0)
        })
        .unwrap();
        assert_eq!(graph.nodes().len(), 1 + 2 + 100);
    }
}
