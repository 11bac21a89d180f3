//! Activation functions, written with the other methods: there are no operations for them.

use super::{IntoAxis, Tensor};
use crate::Location;
use crate::error::error;
use std::f64::consts::{FRAC_1_SQRT_2, PI};

impl Tensor {
    /// Exponentials along an axis, scaled to add up to 1, without overflow.
    ///
    /// A row of nothing but `-inf` gives NaN; mask with a large negative number instead.
    ///
    /// # Shapes
    /// `[S..] -> [S..]`
    /// # DTypes
    /// Floats.
    /// # Errors
    /// Recorded for other dtypes, or when the axis does not exist.
    /// # Gradient
    /// `y (g - sum(g y))`.
    /// # Source
    /// Composed; the maximum is subtracted first.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [2, 12, 5, 7])], |_, args| args[0].softmax(-1))?;
    /// assert_eq!(graph.outputs()[0].dims(), [2, 12, 5, 7]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn softmax(&self, axis: impl IntoAxis) -> Tensor {
        let location = Location::caller();
        let Some(axis) = self.float_axis("softmax", axis, location) else { return self.placeholder() };
        let _scope = self.trace.enter("softmax");
        // The result does not depend on what is subtracted, so neither does its derivative.
        let shifted = self - self.max_keepdims(axis).stop_gradient();
        let exponentials = shifted.exp();
        let sum = exponentials.sum_keepdims(axis);
        exponentials / sum
    }

    /// Logarithms of [`Tensor::softmax`], without its loss of precision.
    ///
    /// # Shapes
    /// `[S..] -> [S..]`
    /// # DTypes
    /// Floats.
    /// # Errors
    /// Recorded for other dtypes, or when the axis does not exist.
    /// # Gradient
    /// `g - softmax(x) sum(g)`.
    /// # Source
    /// Composed; the maximum is subtracted first.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [2, 7])], |_, args| args[0].log_softmax(-1))?;
    /// assert_eq!(graph.outputs()[0].dims(), [2, 7]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn log_softmax(&self, axis: impl IntoAxis) -> Tensor {
        let location = Location::caller();
        let Some(axis) = self.float_axis("log_softmax", axis, location) else { return self.placeholder() };
        let _scope = self.trace.enter("log_softmax");
        // The result does not depend on what is subtracted, so neither does its derivative.
        let shifted = self - self.max_keepdims(axis).stop_gradient();
        let normalizer = shifted.exp().sum_keepdims(axis).log();
        shifted - normalizer
    }

    /// `max(x, 0)`; NaN stays.
    ///
    /// # Shapes
    /// `[S..] -> [S..]`
    /// # DTypes
    /// Integers, floats.
    /// # Errors
    /// Recorded for `bool`.
    /// # Gradient
    /// The cotangent where x > 0; 0 at 0.
    /// # Source
    /// StableHLO `compare`, `select`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [2, 7])], |_, args| args[0].relu())?;
    /// assert_eq!(graph.outputs()[0].dims(), [2, 7]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn relu(&self) -> Tensor {
        // Not `maximum`, which would share the cotangent with the constant at 0.
        self.le(0).select(0, self)
    }

    /// `x sigmoid(x)`, also known as swish.
    ///
    /// # Shapes
    /// `[S..] -> [S..]`
    /// # DTypes
    /// Floats.
    /// # Errors
    /// Recorded for other dtypes.
    /// # Gradient
    /// `s(x) (1 + x (1 - s(x)))`.
    /// # Source
    /// Composed of `logistic` and `multiply`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [2, 7])], |_, args| args[0].silu())?;
    /// assert_eq!(graph.outputs()[0].dims(), [2, 7]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn silu(&self) -> Tensor {
        self * self.sigmoid()
    }

    /// The Gaussian error linear unit, `x Phi(x)` with the normal distribution's exact `Phi`; BERT's activation.
    ///
    /// # Shapes
    /// `[S..] -> [S..]`
    /// # DTypes
    /// Floats.
    /// # Errors
    /// Recorded for other dtypes.
    /// # Gradient
    /// `Phi(x) + x phi(x)`.
    /// # Source
    /// Hendrycks and Gimpel, Gaussian Error Linear Units, 2016; composed of `erf`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [2, 7])], |_, args| args[0].gelu())?;
    /// assert_eq!(graph.outputs()[0].dims(), [2, 7]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn gelu(&self) -> Tensor {
        let Some(()) = self.float("gelu", Location::caller()) else { return self.placeholder() };
        let _scope = self.trace.enter("gelu");
        self * 0.5 * ((self * FRAC_1_SQRT_2).erf() + 1.0)
    }

    /// The approximation of [`Tensor::gelu`] by `tanh`, as GPT-2 uses it; off by at most 5e-4.
    ///
    /// # Shapes
    /// `[S..] -> [S..]`
    /// # DTypes
    /// Floats.
    /// # Errors
    /// Recorded for other dtypes.
    /// # Gradient
    /// Of the approximation.
    /// # Source
    /// Hendrycks and Gimpel, Gaussian Error Linear Units, 2016.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [2, 7])], |_, args| args[0].gelu_tanh())?;
    /// assert_eq!(graph.outputs()[0].dims(), [2, 7]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn gelu_tanh(&self) -> Tensor {
        let Some(()) = self.float("gelu_tanh", Location::caller()) else { return self.placeholder() };
        let _scope = self.trace.enter("gelu_tanh");
        let cubic = self * self * self * 0.044715 + self;
        self * 0.5 * ((cubic * (2.0 / PI).sqrt()).tanh() + 1.0)
    }

    /// Records a mistake unless the dtype is a float.
    fn float(&self, name: &str, location: Location) -> Option<()> {
        if self.dtype().is_float() {
            return Some(());
        }
        let error = error!(DType, "{name}: takes floating-point operands, got {}", self.spec)
            .hint("convert the operand to a floating-point type first");
        self.mistake(error, location);
        None
    }

    fn float_axis(&self, name: &str, axis: impl IntoAxis, location: Location) -> Option<usize> {
        self.float(name, location)?;
        match self.axis(name, axis) {
            Ok(axis) => Some(axis),
            Err(error) => {
                self.mistake(error, location);
                None
            }
        }
    }
}
