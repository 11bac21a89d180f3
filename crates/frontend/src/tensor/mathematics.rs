//! Elementwise mathematics that is composed of other methods: there are no operations for it.

use super::Tensor;
use super::operators::Operand;
use super::operators::operand_like;
use crate::error::error;
use crate::infer::computes_in;
use crate::literal::Scalar;
use crate::{DType, Family, Location, Op};
use std::f64::consts::{LN_2, LN_10};

/// Defines composed methods of one operand; `self` is written `x`.
macro_rules! composed {
    ($($(#[$doc:meta])* $name:ident = |$x:ident| $body:expr, dtypes $dtypes:literal, gradient $gradient:literal, source $source:literal;)*) => {
        impl Tensor {$(
            $(#[$doc])*
            ///
            /// # Shapes
            /// `[S..] -> [S..]`
            /// # DTypes
            #[doc = $dtypes]
            /// # Errors
            /// Recorded for other dtypes.
            /// # Gradient
            #[doc = $gradient]
            /// # Source
            #[doc = $source]
            /// # Examples
            /// ```
            /// use bering_frontend::{DType, Spec, trace};
            #[doc = concat!("let graph = trace(\"f\", &[Spec::new(DType::F32, [2, 3])], |_, args| args[0].", stringify!($name), "())?;")]
            /// assert_eq!(graph.outputs()[0].dims(), [2, 3]);
            /// # Ok::<(), bering_frontend::Error>(())
            /// ```
            #[track_caller]
            pub fn $name(&self) -> Tensor {
                let $x = self;
                $body
            }
        )*}
    };
}

composed! {
    /// `2` to the power of each element.
    exp2 = |x| Tensor::full(2, x.dtype(), []).pow(x), dtypes "Floats, complex.", gradient "`exp2(x) ln 2`.",
        source "StableHLO `power`.";
    /// Logarithm to base 2.
    log2 = |x| x.log() / LN_2, dtypes "Floats, complex.", gradient "`1 / (x ln 2)`.", source "StableHLO `log`.";
    /// Logarithm to base 10.
    log10 = |x| x.log() / LN_10, dtypes "Floats, complex.", gradient "`1 / (x ln 10)`.", source "StableHLO `log`.";
    /// `x x`.
    square = |x| x * x, dtypes "Any; of `bool` logical and.", gradient "`2 x`.", source "StableHLO `multiply`.";
    /// `1 / x`.
    reciprocal = |x| 1 / x, dtypes "Integers, floats, complex.", gradient "`-1 / x^2`.", source "StableHLO `divide`.";
    /// The integer part: rounded towards zero.
    trunc = |x| x.lt(0).select(x.ceil(), x.floor()), dtypes "Floats.", gradient "0.", source "StableHLO `ceil`, `floor`.";
    /// Whether each element is NaN, as `bool`; never for integers.
    is_nan = |x| x.ne(x), dtypes "Any.", gradient "Not differentiable.", source "StableHLO `compare`.";
    /// Whether each element is infinite, as `bool`.
    is_inf = |x| x.abs().eq(f64::INFINITY), dtypes "Floats.", gradient "Not differentiable.", source "StableHLO `compare`.";
    /// `log(sigmoid(x))`, without overflow.
    log_sigmoid = |x| -(-x).softplus(), dtypes "Floats.", gradient "`1 - sigmoid(x)`.", source "Composed of `softplus`.";
    /// `log(1 + exp(x))`, without overflow.
    softplus = |x| x.logaddexp(0), dtypes "Floats.", gradient "`sigmoid(x)`.", source "Composed of `logaddexp`.";
}

impl Tensor {
    /// NaN replaced by 0, infinities by the largest and smallest finite numbers.
    ///
    /// # Shapes
    /// `[S..] -> [S..]`
    /// # DTypes
    /// Floats with 16 bits and more; integers stay as they are.
    /// # Errors
    /// Recorded for other dtypes.
    /// # Gradient
    /// The cotangent where elements are finite, else 0.
    /// # Source
    /// StableHLO `compare`, `select`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [2, 3])], |_, args| args[0].nan_to_num())?;
    /// assert_eq!(graph.outputs()[0].dims(), [2, 3]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn nan_to_num(&self) -> Tensor {
        let largest = match self.dtype() {
            dtype if dtype.is_integer() => return self.clone(),
            DType::F16 => 65504.0,
            DType::Bf16 => f64::from(f32::from_bits(0x7f7f_0000)),
            DType::F32 => f64::from(f32::MAX),
            _ => f64::MAX,
        };
        let numbers = self.is_nan().select(Tensor::zeros(self.dtype(), []), self);
        numbers.clamp(-largest, largest)
    }

    /// The derivative of [`Tensor::digamma`] of an order: the digamma function itself for 0, then its slope and so on.
    ///
    /// # Shapes
    /// `[S..] -> [S..]`
    /// # DTypes
    /// Floats.
    /// # Errors
    /// Recorded for other dtypes.
    /// # Gradient
    /// `polygamma(order + 1, x)`.
    /// # Source
    /// CHLO `polygamma`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [2, 3])], |_, args| args[0].polygamma(1))?;
    /// assert_eq!(graph.outputs()[0].dims(), [2, 3]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn polygamma(&self, order: u32) -> Tensor {
        let location = Location::caller();
        if !self.dtype().is_float() {
            let error = error!(DType, "polygamma: takes floating-point operands, got {}", self.spec);
            return self.mistake(error, location);
        }
        let wide = match computes_in(&Op::Polygamma, self.dtype()) {
            Some(wide) => self.converted(wide, location),
            None => self.clone(),
        };
        let order = wide.trace.scalar(Scalar::Int(order.into()), wide.dtype(), location);
        let orders = wide.trace.broadcast(&order, &wide.spec.shape, location);
        wide.trace.apply(Op::Polygamma, &[&orders, &wide], location).converted(self.dtype(), location)
    }

    /// `log(exp(x) + exp(y))` without overflow.
    ///
    /// # Shapes
    /// `[S..] x [T..] -> broadcast(S, T)`, or a host number on the right.
    /// # DTypes
    /// Floats.
    /// # Errors
    /// Recorded for other or unequal dtypes, and shapes that do not broadcast.
    /// # Gradient
    /// `sigmoid(x - y)` and `sigmoid(y - x)`.
    /// # Source
    /// Composed; the larger is taken out first.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [2, 3])], |_, args| args[0].logaddexp(&args[0]))?;
    /// assert_eq!(graph.outputs()[0].dims(), [2, 3]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn logaddexp(&self, rhs: impl Operand) -> Tensor {
        let location = Location::caller();
        let rhs = operand_like(&rhs, self, location);
        // Not `maximum` and `abs`: their kinks, which meet where both are equal, would not cancel in derivatives.
        let first = self.ge(&rhs);
        let (larger, smaller) = (first.select(self, &rhs), first.select(&rhs, self));
        let delta = &smaller - &larger;
        // Equal infinities have no difference, but a sum; NaN stays NaN there too.
        let apart = delta.is_nan();
        let sum = larger + apart.select(0, &delta).exp().log1p();
        apart.select(self + &rhs, sum)
    }

    /// The quotient rounded down, as Python's `//`. Division of integers by zero gives some negative number, of
    /// floats NaN or infinity.
    ///
    /// # Shapes
    /// `[S..] x [T..] -> broadcast(S, T)`, or a host number on the right.
    /// # DTypes
    /// Integers and floats.
    /// # Errors
    /// Recorded for other or unequal dtypes, and shapes that do not broadcast.
    /// # Gradient
    /// 0.
    /// # Source
    /// Composed of StableHLO `divide` and `remainder`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::I32, [2, 3])], |_, args| args[0].floor_divide(3))?;
    /// assert_eq!(graph.outputs()[0].dims(), [2, 3]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn floor_divide(&self, rhs: impl Operand) -> Tensor {
        let location = Location::caller();
        let rhs = operand_like(&rhs, self, location);
        match self.dtype().family() {
            Family::Unsigned => self / &rhs,
            Family::Float => {
                // The quotient itself may round up to an integer; what is left of the remainder decides.
                let rest = self % &rhs;
                let quotient = ((self - &rest) / &rhs).round();
                let floored = opposed(&rest, &rhs).select(&quotient - 1, &quotient);
                rhs.eq(0).select(self / &rhs, floored)
            }
            Family::Bool | Family::Signed | Family::Complex => {
                let (quotient, rest) = (self / &rhs, self % &rhs);
                opposed(&rest, &rhs).select(&quotient - 1, &quotient)
            }
        }
    }

    /// What is left of [`Tensor::floor_divide`], with the divisor's sign: NumPy's `remainder`, Python's `%`. The operator
    /// `%` has the dividend's sign, as in Rust.
    ///
    /// # Shapes
    /// `[S..] x [T..] -> broadcast(S, T)`, or a host number on the right.
    /// # DTypes
    /// Integers and floats.
    /// # Errors
    /// Recorded for other or unequal dtypes, and shapes that do not broadcast.
    /// # Gradient
    /// 1 and `-floor(x / y)`.
    /// # Source
    /// Composed of StableHLO `remainder`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::I32, [2, 3])], |_, args| args[0].remainder(3))?;
    /// assert_eq!(graph.outputs()[0].dims(), [2, 3]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn remainder(&self, rhs: impl Operand) -> Tensor {
        let location = Location::caller();
        let rhs = operand_like(&rhs, self, location);
        let rest = self % &rhs;
        match self.dtype().family() {
            Family::Unsigned => rest,
            Family::Bool | Family::Signed | Family::Float | Family::Complex => {
                opposed(&rest, &rhs).select(&rest + &rhs, &rest)
            }
        }
    }

    /// The distance of the point `(x, y)` from the origin, without overflow of the squares.
    ///
    /// # Shapes
    /// `[S..] x [T..] -> broadcast(S, T)`, or a host number on the right.
    /// # DTypes
    /// Floats.
    /// # Errors
    /// Recorded for other or unequal dtypes, and shapes that do not broadcast.
    /// # Gradient
    /// `x / hypot(x, y)` and `y / hypot(x, y)`.
    /// # Source
    /// Composed; both are divided by the larger first.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [2, 3])], |_, args| args[0].hypot(&args[0]))?;
    /// assert_eq!(graph.outputs()[0].dims(), [2, 3]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn hypot(&self, rhs: impl Operand) -> Tensor {
        let location = Location::caller();
        let (x, y) = (self.abs(), operand_like(&rhs, self, location).abs());
        let (large, small) = (x.maximum(&y), x.minimum(&y));
        let ratio = &small / large.eq(0).select(1, &large);
        let length = &large * (ratio.square() + 1).sqrt();
        // An infinity beside anything, NaN included, is infinitely far.
        (x.is_inf() | y.is_inf()).select(f64::INFINITY, length)
    }

    /// The complex numbers of a real and an imaginary part.
    ///
    /// # Shapes
    /// `[S..] x [T..] -> broadcast(S, T)`, or a host number as imaginary part.
    /// # DTypes
    /// `f32 -> c64`, `f64 -> c128`.
    /// # Errors
    /// Recorded for other or unequal dtypes, and shapes that do not broadcast.
    /// # Gradient
    /// The real part of the cotangent, and its negated imaginary part.
    /// # Source
    /// StableHLO `complex`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [2, 3])], |_, args| args[0].complex(&args[0]))?;
    /// assert_eq!(graph.outputs()[0].to_string(), "c64[2, 3]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn complex(&self, imaginary: impl Operand) -> Tensor {
        self.binary(Op::Complex, &imaginary, Location::caller())
    }

    /// The real parts; real tensors stay as they are.
    ///
    /// # Shapes
    /// `[S..] -> [S..]`
    /// # DTypes
    /// `c64 -> f32`, `c128 -> f64`; any other unchanged.
    /// # Errors
    /// None.
    /// # Gradient
    /// The cotangent as real part.
    /// # Source
    /// StableHLO `real`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::C64, [2, 3])], |_, args| args[0].real())?;
    /// assert_eq!(graph.outputs()[0].to_string(), "f32[2, 3]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn real(&self) -> Tensor {
        match self.dtype().is_complex() {
            true => self.unary(Op::Real, Location::caller()),
            false => self.clone(),
        }
    }

    /// The imaginary parts; zeros for real tensors.
    ///
    /// # Shapes
    /// `[S..] -> [S..]`
    /// # DTypes
    /// `c64 -> f32`, `c128 -> f64`; any other to itself.
    /// # Errors
    /// None.
    /// # Gradient
    /// The negated cotangent as imaginary part.
    /// # Source
    /// StableHLO `imag`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::C64, [2, 3])], |_, args| args[0].imag())?;
    /// assert_eq!(graph.outputs()[0].to_string(), "f32[2, 3]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn imag(&self) -> Tensor {
        match self.dtype().is_complex() {
            true => self.unary(Op::Imag, Location::caller()),
            false => Tensor::zeros(self.dtype(), &self.spec.shape),
        }
    }

    /// The complex conjugates; real tensors stay as they are.
    ///
    /// # Shapes
    /// `[S..] -> [S..]`
    /// # DTypes
    /// Any.
    /// # Errors
    /// None.
    /// # Gradient
    /// The conjugate of the cotangent.
    /// # Source
    /// StableHLO `real`, `imag`, `complex`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::C64, [2, 3])], |_, args| args[0].conj())?;
    /// assert_eq!(graph.outputs()[0].to_string(), "c64[2, 3]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn conj(&self) -> Tensor {
        match self.dtype().is_complex() {
            true => self.real().complex(-self.imag()),
            false => self.clone(),
        }
    }

    /// The angle of complex numbers in (-pi, pi]; 0 or pi for real ones.
    ///
    /// # Shapes
    /// `[S..] -> [S..]`
    /// # DTypes
    /// Floats, complex; complex to real.
    /// # Errors
    /// Recorded for other dtypes.
    /// # Gradient
    /// That of [`Tensor::atan2`] on both parts.
    /// # Source
    /// StableHLO `atan2`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::C64, [2, 3])], |_, args| args[0].angle())?;
    /// assert_eq!(graph.outputs()[0].to_string(), "f32[2, 3]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn angle(&self) -> Tensor {
        self.imag().atan2(self.real())
    }

    /// The same bits as elements of another dtype. A wider element becomes several along a new last axis, lowest bits
    /// first; several become one the other way.
    ///
    /// # Shapes
    /// `[S..] -> [S..]`, `[S..] -> [S.., n]` or `[S.., n] -> [S..]`
    /// # DTypes
    /// Any but `bool` of 8 bits and more; complex to complex only.
    /// # Errors
    /// Recorded for other dtypes, and when the last axis is not the number of parts.
    /// # Gradient
    /// Not differentiable.
    /// # Source
    /// StableHLO `bitcast_convert`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [2, 3])], |_, args| (args[0].bitcast(DType::U32), args[0].bitcast(DType::U8)))?;
    /// assert_eq!(graph.outputs()[0].to_string(), "u32[2, 3]");
    /// assert_eq!(graph.outputs()[1].to_string(), "u8[2, 3, 4]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn bitcast(&self, dtype: DType) -> Tensor {
        match self.dtype() == dtype {
            true => self.clone(),
            false => self.unary(Op::BitcastConvert { dtype }, Location::caller()),
        }
    }

    /// Elements rounded to a float of these widths, in their own dtype: what they would be after a trip through it.
    ///
    /// # Shapes
    /// `[S..] -> [S..]`
    /// # DTypes
    /// Floats.
    /// # Errors
    /// Recorded for other dtypes, no exponent bits, and more bits than `f64` has.
    /// # Gradient
    /// The cotangent rounded likewise.
    /// # Source
    /// StableHLO `reduce_precision`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [2, 3])], |_, args| args[0].reduce_precision(8, 7))?;
    /// assert_eq!(graph.outputs()[0].to_string(), "f32[2, 3]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn reduce_precision(&self, exponent_bits: u32, mantissa_bits: u32) -> Tensor {
        self.unary(Op::ReducePrecision { exponent_bits, mantissa_bits }, Location::caller())
    }
}

/// Where a remainder is not zero and has not the divisor's sign.
#[track_caller]
fn opposed(rest: &Tensor, divisor: &Tensor) -> Tensor {
    rest.ne(0) & rest.lt(0).ne(divisor.lt(0))
}
