//! Elementwise mathematics: methods that are one operation of the graph each.

use super::{Operand, Tensor};
use crate::{Comparison, DType, Location, Op};

/// Defines methods of one operand. The table holds what differs; the sections of the docs are the same for all.
macro_rules! unary {
    ($($(#[$doc:meta])* $name:ident = $op:ident, dtypes $dtypes:literal, gradient $gradient:literal, source $source:literal;)*) => {
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
            #[doc = concat!("StableHLO `", $source, "`.")]
            /// # Examples
            /// ```
            /// use bering_frontend::{DType, Spec, trace};
            #[doc = concat!("let graph = trace(\"f\", &[Spec::new(", unary!(@example $op), ", [2, 3])], |_, args| args[0].", stringify!($name), "())?;")]
            /// assert_eq!(graph.outputs()[0].dims(), [2, 3]);
            /// # Ok::<(), bering_frontend::Error>(())
            /// ```
            #[track_caller]
            pub fn $name(&self) -> Tensor {
                self.unary(Op::$op, Location::caller())
            }
        )*}
    };
    (@example Popcnt) => { "DType::U32" };
    (@example CountLeadingZeros) => { "DType::U32" };
    (@example $op:ident) => { "DType::F32" };
}

unary! {
    /// Absolute value; the modulus of a complex number, as a real number.
    abs = Abs, dtypes "Signed integers, floats, complex.", gradient "`sign(x)`; 1 at 0.", source "abs";
    /// The angle in `[0, pi]` whose cosine is `x`; NaN outside of [-1, 1].
    acos = Acos, dtypes "Floats, complex.", gradient "`-1 / sqrt(1 - x^2)`.", source "acos (CHLO)";
    /// The inverse of [`Tensor::cosh`] that is not negative; NaN below 1.
    acosh = Acosh, dtypes "Floats, complex.", gradient "`1 / sqrt(x^2 - 1)`.", source "acosh (CHLO)";
    /// The angle in `[-pi/2, pi/2]` whose sine is `x`; NaN outside of [-1, 1].
    asin = Asin, dtypes "Floats, complex.", gradient "`1 / sqrt(1 - x^2)`.", source "asin (CHLO)";
    /// The inverse of [`Tensor::sinh`].
    asinh = Asinh, dtypes "Floats, complex.", gradient "`1 / sqrt(x^2 + 1)`.", source "asinh (CHLO)";
    /// The angle in `(-pi/2, pi/2)` whose tangent is `x`.
    atan = Atan, dtypes "Floats, complex.", gradient "`1 / (1 + x^2)`.", source "atan (CHLO)";
    /// The inverse of [`Tensor::tanh`]; NaN outside of [-1, 1].
    atanh = Atanh, dtypes "Floats, complex.", gradient "`1 / (1 - x^2)`.", source "atanh (CHLO)";
    /// Cube root, of negative numbers too.
    cbrt = Cbrt, dtypes "Floats.", gradient "`1 / (3 cbrt(x)^2)`.", source "cbrt";
    /// The least integer not below.
    ceil = Ceil, dtypes "Floats.", gradient "0.", source "ceil";
    /// Cosine of radians.
    cos = Cosine, dtypes "Floats, complex.", gradient "`-sin(x)`.", source "cosine";
    /// Hyperbolic cosine.
    cosh = Cosh, dtypes "Floats, complex.", gradient "`sinh(x)`.", source "cosh (CHLO)";
    /// `1 - erf(x)` without cancellation for large `x`.
    erfc = Erfc, dtypes "Floats.", gradient "`-2 / sqrt(pi) * exp(-x^2)`.", source "erfc (CHLO)";
    /// The inverse of [`Tensor::erf`]; infinite at -1 and 1, NaN outside.
    erf_inv = ErfInv, dtypes "Floats.", gradient "`sqrt(pi) / 2 * exp(erf_inv(x)^2)`.", source "erf_inv (CHLO)";
    /// The number of zero bits above the highest bit that is set.
    leading_zeros = CountLeadingZeros, dtypes "Integers.", gradient "Not differentiable.", source "count_leading_zeros";
    /// The derivative of [`Tensor::lgamma`]: infinite at 0, NaN at the negative whole numbers.
    digamma = Digamma, dtypes "Floats.", gradient "`polygamma(1, x)`.", source "digamma (CHLO)";
    /// The logarithm of the gamma function's absolute value; infinite at 0 and the negative whole numbers.
    lgamma = Lgamma, dtypes "Floats.", gradient "`digamma(x)`.", source "lgamma (CHLO)";
    /// Hyperbolic sine.
    sinh = Sinh, dtypes "Floats, complex.", gradient "`cosh(x)`.", source "sinh (CHLO)";
    /// Gauss error function, accurate to the type's precision.
    erf = Erf, dtypes "Floats.", gradient "`2 / sqrt(pi) * exp(-x^2)`.", source "erf (CHLO)";
    /// `e` to the power of each element.
    exp = Exponential, dtypes "Floats, complex.", gradient "`exp(x)`.", source "exponential";
    /// `exp(x) - 1` without cancellation near zero.
    expm1 = ExponentialMinusOne, dtypes "Floats, complex.", gradient "`exp(x)`.", source "exponential_minus_one";
    /// The greatest integer not above.
    floor = Floor, dtypes "Floats.", gradient "0.", source "floor";
    /// Whether each element is neither infinite nor NaN; the result is `bool`.
    is_finite = IsFinite, dtypes "Floats.", gradient "Not differentiable.", source "is_finite";
    /// Natural logarithm; NaN below zero.
    log = Log, dtypes "Floats, complex.", gradient "`1 / x`.", source "log";
    /// `log(1 + x)` without cancellation near zero.
    log1p = LogPlusOne, dtypes "Floats, complex.", gradient "`1 / (1 + x)`.", source "log_plus_one";
    /// The number of bits set.
    popcount = Popcnt, dtypes "Integers.", gradient "Not differentiable.", source "popcnt";
    /// The nearest integer, ties to even as NumPy's `round`.
    round = RoundNearestEven, dtypes "Floats.", gradient "0.", source "round_nearest_even";
    /// The nearest integer, ties away from zero as C's `round`.
    round_away = RoundNearestAfz, dtypes "Floats.", gradient "0.", source "round_nearest_afz";
    /// `1 / sqrt(x)`.
    rsqrt = Rsqrt, dtypes "Floats, complex.", gradient "`-1/2 x^(-3/2)`.", source "rsqrt";
    /// The logistic function `1 / (1 + exp(-x))`.
    sigmoid = Logistic, dtypes "Floats, complex.", gradient "`s(x) (1 - s(x))`.", source "logistic";
    /// -1, 0 or 1; NaN stays, and a zero keeps its sign.
    sign = Sign, dtypes "Signed integers, floats, complex.", gradient "0.", source "sign";
    /// Sine of radians.
    sin = Sine, dtypes "Floats, complex.", gradient "`cos(x)`.", source "sine";
    /// Square root; NaN below zero.
    sqrt = Sqrt, dtypes "Floats, complex.", gradient "`1 / (2 sqrt(x))`.", source "sqrt";
    /// Tangent of radians.
    tan = Tan, dtypes "Floats, complex.", gradient "`1 + tan(x)^2`.", source "tan";
    /// Hyperbolic tangent.
    tanh = Tanh, dtypes "Floats, complex.", gradient "`1 - tanh(x)^2`.", source "tanh";
}

/// Defines methods of two operands that broadcast.
macro_rules! binary {
    ($($(#[$doc:meta])* $name:ident = $op:expr, example $example:ident, dtypes $dtypes:literal, gradient $gradient:literal, source $source:literal;)*) => {
        impl Tensor {$(
            $(#[$doc])*
            ///
            /// # Shapes
            /// `[S..] x [T..] -> broadcast(S, T)`, or a host number on the right.
            /// # DTypes
            #[doc = $dtypes]
            /// # Errors
            /// Recorded for other or unequal dtypes, and shapes that do not broadcast.
            /// # Gradient
            #[doc = $gradient]
            /// # Source
            #[doc = concat!("StableHLO `", $source, "`.")]
            /// # Examples
            /// ```
            /// use bering_frontend::{DType, Spec, trace};
            #[doc = concat!("let specs = [Spec::new(DType::", stringify!($example), ", [2, 3]), Spec::new(DType::", stringify!($example), ", [3])];")]
            #[doc = concat!("let graph = trace(\"f\", &specs, |_, args| args[0].", stringify!($name), "(&args[1]))?;")]
            /// assert_eq!(graph.outputs()[0].dims(), [2, 3]);
            /// # Ok::<(), bering_frontend::Error>(())
            /// ```
            #[track_caller]
            pub fn $name(&self, rhs: impl Operand) -> Tensor {
                self.binary($op, &rhs, Location::caller())
            }
        )*}
    };
}

binary! {
    /// The larger of two elements; NaN if either is NaN.
    maximum = Op::Maximum, example F32, dtypes "Any.", gradient "To the larger; halved at ties.", source "maximum";
    /// The smaller of two elements; NaN if either is NaN.
    minimum = Op::Minimum, example F32, dtypes "Any.", gradient "To the smaller; halved at ties.", source "minimum";
    /// `self` to the power `rhs`.
    pow = Op::Power, example F32, dtypes "Integers, floats, complex.", gradient "`y x^(y-1)` and `x^y log(x)`.", source "power";
    /// The angle of the point with ordinate `self` and abscissa `rhs`, in (-pi, pi].
    atan2 = Op::Atan2, example F32, dtypes "Floats, complex.", gradient "`x / (x^2 + y^2)` and `-y / (x^2 + y^2)`.", source "atan2";
    /// The bits of `self` moved `rhs` places down, filled with zeros; `>>` keeps the sign of signed integers.
    shift_right_logical = Op::ShiftRightLogical, example U32, dtypes "Integers.", gradient "Not differentiable.", source "shift_right_logical";
    /// Whether elements are equal, as `bool`; NaN equals nothing.
    eq = Op::Compare(Comparison::Eq), example F32, dtypes "Any; the result is `bool`.", gradient "Not differentiable.", source "compare";
    /// Whether elements differ, as `bool`; NaN differs from everything.
    ne = Op::Compare(Comparison::Ne), example F32, dtypes "Any; the result is `bool`.", gradient "Not differentiable.", source "compare";
    /// Whether elements are less, as `bool`.
    lt = Op::Compare(Comparison::Lt), example F32, dtypes "Any but complex; the result is `bool`.", gradient "Not differentiable.", source "compare";
    /// Whether elements are less or equal, as `bool`.
    le = Op::Compare(Comparison::Le), example F32, dtypes "Any but complex; the result is `bool`.", gradient "Not differentiable.", source "compare";
    /// Whether elements are greater, as `bool`.
    gt = Op::Compare(Comparison::Gt), example F32, dtypes "Any but complex; the result is `bool`.", gradient "Not differentiable.", source "compare";
    /// Whether elements are greater or equal, as `bool`.
    ge = Op::Compare(Comparison::Ge), example F32, dtypes "Any but complex; the result is `bool`.", gradient "Not differentiable.", source "compare";
}

impl Tensor {
    /// Every element in another dtype. Floats become integers by cutting their fraction, anything becomes `bool` by
    /// comparison with zero.
    ///
    /// # Shapes
    /// `[S..] -> [S..]`
    /// # DTypes
    /// Any to any, but not complex to real. The tensor itself if it has the dtype already.
    /// # Errors
    /// Recorded for complex to real.
    /// # Gradient
    /// The cotangent converted back; 0 through integers and `bool`.
    /// # Source
    /// StableHLO `convert`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::I32, [2])], |_, args| args[0].convert(DType::Bf16))?;
    /// assert_eq!(graph.outputs()[0].to_string(), "bf16[2]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn convert(&self, dtype: DType) -> Tensor {
        match self.dtype() == dtype {
            true => self.clone(),
            false => self.unary(Op::Convert { dtype }, Location::caller()),
        }
    }
}
