//! Activation functions beside those that are methods of [`Tensor`] (`relu`, `silu`, `gelu`, `gelu_tanh`, `sigmoid`, `tanh`, `softmax`).

use super::norms::widened;
use crate::Tensor;

/// Defines functions of one tensor and host numbers. The table holds what differs; the sections of the docs are the same for all.
macro_rules! activations {
    ($($(#[$doc:meta])* $name:ident($x:ident $(, $number:ident = $example:literal)*) = $body:expr, gradient $gradient:literal, source $source:literal;)*) => {$(
        $(#[$doc])*
        ///
        /// # Shapes
        /// `[S..] -> [S..]`
        /// # DTypes
        /// Floats; 16-bit ones are computed in `f32`.
        /// # Errors
        /// Recorded for other dtypes.
        /// # Gradient
        #[doc = $gradient]
        /// # Source
        #[doc = $source]
        /// # Examples
        /// ```
        /// use bering_frontend::{DType, Spec, nn, trace};
        #[doc = concat!("let graph = trace(\"f\", &[Spec::new(DType::F32, [2, 7])], |_, x| nn::", stringify!($name), "(&x[0]" $(, ", ", stringify!($example))*, "))?;")]
        /// assert_eq!(graph.outputs()[0].dims(), [2, 7]);
        /// # Ok::<(), bering_frontend::Error>(())
        /// ```
        #[track_caller]
        pub fn $name($x: &Tensor $(, $number: f64)*) -> Tensor {
            let dtype = $x.dtype();
            let $x = &widened($x);
            let result = $body;
            if result.dtype() == dtype { result } else { result.convert(dtype) }
        }
    )*};
}

activations! {
    /// `x` where positive, else `slope x`.
    leaky_relu(x, slope = 0.01) = x.gt(0.0).select(x, x * slope), gradient "1 or `slope`.", source "Maas et al., 2013.";
    /// `min(max(x, 0), 6)`.
    relu6(x) = x.clamp(0.0, 6.0), gradient "1 between the bounds, else 0.", source "Howard et al., MobileNets, 2017.";
    /// `x` where positive, else `alpha (exp(x) - 1)`.
    elu(x, alpha = 1.0) = x.gt(0.0).select(x, negative(x).expm1() * alpha), gradient "1 or `alpha exp(x)`.", source "Clevert et al., 2015.";
    /// [`elu`] with the two constants that keep mean and variance of normal numbers.
    selu(x) = elu(x, 1.673_263_242_354_377_2) * 1.050_700_987_355_480_5, gradient "As of `elu`.", source "Klambauer et al., 2017.";
    /// `log(1 + exp(x))`, without overflow.
    softplus(x) = x.logaddexp(0.0), gradient "`sigmoid(x)`.", source "Dugas et al., 2001.";
    /// `log(sigmoid(x))`, without loss of precision.
    log_sigmoid(x) = -softplus(&-x), gradient "`sigmoid(-x)`.", source "Composed.";
    /// `x / (1 + |x|)`.
    softsign(x) = x / (x.abs() + 1.0), gradient "`1 / (1 + |x|)^2`.", source "Bergstra et al., 2009.";
    /// `x tanh(softplus(x))`.
    mish(x) = x * softplus(x).tanh(), gradient "Of the composition.", source "Misra, 2019.";
    /// A sigmoid of three lines: `min(max(x / 6 + 1/2, 0), 1)`.
    hard_sigmoid(x) = (x / 6.0 + 0.5).clamp(0.0, 1.0), gradient "1/6 between the bounds, else 0.", source "Howard et al., MobileNetV3, 2019.";
    /// `x hard_sigmoid(x)`.
    hard_swish(x) = x * hard_sigmoid(x), gradient "Of the composition.", source "Howard et al., MobileNetV3, 2019.";
    /// `min(max(x, -1), 1)`.
    hard_tanh(x) = x.clamp(-1.0, 1.0), gradient "1 between the bounds, else 0.", source "Collobert, 2004.";
    /// `max(x, 0)^2`.
    squared_relu(x) = x.relu() * x.relu(), gradient "`2 max(x, 0)`.", source "So et al., Primer, 2021.";
    /// `x sigmoid(1.702 x)`: CLIP's approximation of `gelu`.
    quick_gelu(x) = x * (x * 1.702).sigmoid(), gradient "Of the composition.", source "Hendrycks and Gimpel, 2016.";
}

/// The negative part, so that the branch that is not chosen cannot overflow and make a derivative NaN.
#[track_caller]
fn negative(x: &Tensor) -> Tensor {
    x.minimum(0.0)
}

/// A gated unit: one half of the last axis, through `activation`, times the other (Shazeer, GLU Variants, 2020).
///
/// With `Tensor::sigmoid` it is GLU, with `Tensor::silu` SwiGLU, with `Tensor::gelu` GEGLU.
///
/// # Shapes
/// `[.., 2 N] -> [.., N]`
/// # DTypes
/// Floats.
/// # Errors
/// Recorded for an odd last axis.
/// # Gradient
/// Of both halves.
/// # Source
/// Dauphin et al., 2016; Shazeer, 2020.
/// # Examples
/// ```
/// use bering_frontend::{DType, Spec, Tensor, nn, trace};
/// let graph = trace("f", &[Spec::new(DType::F32, [2, 8])], |_, x| nn::gated(&x[0], Tensor::silu))?;
/// assert_eq!(graph.outputs()[0].dims(), [2, 4]);
/// # Ok::<(), bering_frontend::Error>(())
/// ```
#[track_caller]
pub fn gated(x: &Tensor, activation: impl FnOnce(&Tensor) -> Tensor) -> Tensor {
    let half = x.dim(-1) / 2;
    match x.split(-1, &[half, half]).as_slice() {
        [gate, value] => activation(gate) * value,
        // The split has recorded what is wrong.
        _ => x.clone(),
    }
}
