//! Losses: how far predictions are from what they should be.
//!
//! Each gives one number an example (or element) and leaves the mean to its caller, who knows what to count: `.mean(..)`, or
//! [`mean_where`] for what is not padding. 16-bit floats are computed in `f32` and rounded once.

use super::norms::widened;
use crate::{DType, Tensor};

/// The negative logarithm of the probability that `logits` give to the right class.
///
/// # Shapes
/// `logits [B.., C]`, `labels [B..] -> [B..]`
/// # DTypes
/// Floats; labels are integers.
/// # Errors
/// Recorded when shapes do not fit. Labels out of range count as the nearest class.
/// # Gradient
/// Of `logits`: `softmax(logits) - one_hot(labels)`.
/// # Source
/// `optax.softmax_cross_entropy_with_integer_labels`, `torch.nn.functional.cross_entropy`.
/// # Examples
/// ```
/// use bering_frontend::{DType, Spec, nn, trace};
/// let specs = [Spec::new(DType::F32, [8, 10]), Spec::new(DType::I32, [8])];
/// let graph = trace("f", &specs, |_, x| nn::cross_entropy(&x[0], &x[1]).mean(..))?;
/// assert_eq!(graph.outputs()[0].to_string(), "f32[]");
/// # Ok::<(), bering_frontend::Error>(())
/// ```
#[track_caller]
pub fn cross_entropy(logits: &Tensor, labels: &Tensor) -> Tensor {
    let _scope = logits.trace().enter("cross_entropy");
    (-likelihood(&widened(logits).log_softmax(-1), labels)).convert(logits.dtype())
}

/// [`cross_entropy`] with `smoothing` of the probability spread over all classes (Szegedy et al., 2015).
///
/// # Shapes
/// `logits [B.., C]`, `labels [B..] -> [B..]`
/// # DTypes
/// Floats; labels are integers.
/// # Errors
/// As of [`cross_entropy`].
/// # Gradient
/// Of `logits`.
/// # Source
/// `torch.nn.functional.cross_entropy` with `label_smoothing`.
/// # Examples
/// ```
/// use bering_frontend::{DType, Spec, nn, trace};
/// let specs = [Spec::new(DType::F32, [8, 10]), Spec::new(DType::I32, [8])];
/// let graph = trace("f", &specs, |_, x| nn::smoothed_cross_entropy(&x[0], &x[1], 0.1))?;
/// assert_eq!(graph.outputs()[0].dims(), [8]);
/// # Ok::<(), bering_frontend::Error>(())
/// ```
#[track_caller]
pub fn smoothed_cross_entropy(logits: &Tensor, labels: &Tensor, smoothing: f64) -> Tensor {
    let _scope = logits.trace().enter("cross_entropy");
    let logarithms = widened(logits).log_softmax(-1);
    let loss = -(likelihood(&logarithms, labels) * (1.0 - smoothing) + logarithms.mean(-1) * smoothing);
    loss.convert(logits.dtype())
}

/// The cross entropy of probabilities that are given for every class.
///
/// # Shapes
/// `logits [B.., C]`, `targets [B.., C] -> [B..]`
/// # DTypes
/// Floats, one for both.
/// # Errors
/// Recorded when shapes do not fit.
/// # Gradient
/// Of both.
/// # Source
/// `optax.softmax_cross_entropy`.
/// # Examples
/// ```
/// use bering_frontend::{DType, Spec, nn, trace};
/// let specs = [Spec::new(DType::F32, [8, 10]), Spec::new(DType::F32, [8, 10])];
/// let graph = trace("f", &specs, |_, x| nn::soft_cross_entropy(&x[0], &x[1]))?;
/// assert_eq!(graph.outputs()[0].dims(), [8]);
/// # Ok::<(), bering_frontend::Error>(())
/// ```
#[track_caller]
pub fn soft_cross_entropy(logits: &Tensor, targets: &Tensor) -> Tensor {
    let loss = -(widened(logits).log_softmax(-1) * widened(targets)).sum(-1);
    loss.convert(logits.dtype())
}

/// The logarithm at each label.
#[track_caller]
fn likelihood(logarithms: &Tensor, labels: &Tensor) -> Tensor {
    // A product with ones and zeros and not a gather: its derivative is a product again where a gather's is a scatter, which
    // devices are slow at. Labels out of range count as the nearest, as they do for `take`.
    let classes = logarithms.dim(-1);
    let nearest = labels.convert(DType::I32).clamp(0, classes.saturating_sub(1) as i64);
    let chosen = nearest.expand_dims(-1).eq(Tensor::arange(DType::I32, classes));
    chosen.select(logarithms, 0.0).sum(-1)
}

/// Defines losses of two tensors, element by element.
macro_rules! elementwise {
    ($($(#[$doc:meta])* $name:ident($x:ident, $y:ident $(, $number:ident = $example:literal)*) = $body:expr, gradient $gradient:literal, source $source:literal;)*) => {$(
        $(#[$doc])*
        ///
        /// # Shapes
        /// Both broadcast to one shape, which is the result's.
        /// # DTypes
        /// Floats, one for both.
        /// # Errors
        /// Recorded for other dtypes, and when shapes do not broadcast.
        /// # Gradient
        #[doc = $gradient]
        /// # Source
        #[doc = $source]
        /// # Examples
        /// ```
        /// use bering_frontend::{DType, Spec, nn, trace};
        /// let specs = [Spec::new(DType::F32, [8]), Spec::new(DType::F32, [8])];
        #[doc = concat!("let graph = trace(\"f\", &specs, |_, x| nn::", stringify!($name), "(&x[0], &x[1]" $(, ", ", stringify!($example))*, ").mean(..))?;")]
        /// assert_eq!(graph.outputs()[0].to_string(), "f32[]");
        /// # Ok::<(), bering_frontend::Error>(())
        /// ```
        #[track_caller]
        pub fn $name($x: &Tensor, $y: &Tensor $(, $number: f64)*) -> Tensor {
            let dtype = $x.dtype();
            let ($x, $y) = (&widened($x), &widened($y));
            let loss = $body;
            loss.convert(dtype)
        }
    )*};
}

elementwise! {
    /// `(prediction - target)^2`; its mean is the mean squared error.
    squared_error(prediction, target) = {
        let error = prediction - target;
        &error * &error
    }, gradient "Of both: twice the error.", source "`optax.squared_error`, `torch.nn.functional.mse_loss`.";
    /// `|prediction - target|`.
    absolute_error(prediction, target) = (prediction - target).abs(),
        gradient "Of both: the error's sign.", source "`torch.nn.functional.l1_loss`.";
    /// Half the square of the error up to `delta`, beyond that a line (Huber, 1964).
    huber(prediction, target, delta = 1.0) = {
        let error = (prediction - target).abs();
        let square = error.minimum(delta);
        &square * &square * 0.5 + (&error - &square) * delta
    }, gradient "Of both: the error, at most `delta`.", source "`optax.huber_loss`, `torch.nn.functional.huber_loss`.";
    /// The cross entropy of a yes or no whose logit is given, with a target between 0 and 1, without overflow.
    binary_cross_entropy(logits, target) = {
        super::softplus(logits) - logits * target
    }, gradient "Of both; of `logits` it is `sigmoid(logits) - target`.",
        source "`optax.sigmoid_binary_cross_entropy`, `torch.nn.functional.binary_cross_entropy_with_logits`.";
    /// `max(0, 1 - prediction target)` for targets of -1 and 1.
    hinge(prediction, target) = (-(prediction * target) + 1.0).relu(),
        gradient "Of both, where the margin is missed.", source "`optax.hinge_loss`.";
    /// `log(cosh(prediction - target))`, without overflow.
    log_cosh(prediction, target) = {
        let error = prediction - target;
        error.logaddexp(-&error) - std::f64::consts::LN_2
    }, gradient "Of both: `tanh` of the error.", source "`optax.log_cosh`.";
}

/// The Kullback-Leibler divergence from `targets`, probabilities, to the distribution with the logarithms `predictions`.
///
/// # Shapes
/// `predictions [B.., C]`, `targets [B.., C] -> [B..]`
/// # DTypes
/// Floats, one for both.
/// # Errors
/// Recorded when shapes do not fit.
/// # Gradient
/// Of both.
/// # Source
/// `optax.kl_divergence`; terms with a target of 0 are 0.
/// # Examples
/// ```
/// use bering_frontend::{DType, Spec, nn, trace};
/// let specs = [Spec::new(DType::F32, [8, 10]), Spec::new(DType::F32, [8, 10])];
/// let graph = trace("f", &specs, |_, x| nn::kl_divergence(&x[0].log_softmax(-1), &x[1].softmax(-1)))?;
/// assert_eq!(graph.outputs()[0].dims(), [8]);
/// # Ok::<(), bering_frontend::Error>(())
/// ```
#[track_caller]
pub fn kl_divergence(predictions: &Tensor, targets: &Tensor) -> Tensor {
    let dtype = predictions.dtype();
    let (predictions, targets) = (widened(predictions), &widened(targets));
    let absent = targets.eq(0.0);
    // The logarithm is of 1 where the target is 0, for the derivative's sake too.
    let logarithms = absent.select(1.0, targets).log();
    absent.select(0.0, targets * (logarithms - predictions)).sum(-1).convert(dtype)
}

/// The mean of `values` where `mask` is true; 0 where it never is.
///
/// # Shapes
/// `values [S..]`, `mask` broadcasts to it `-> []`
/// # DTypes
/// Floats; the mask is `bool`.
/// # Errors
/// Recorded for other dtypes, and when shapes do not broadcast.
/// # Gradient
/// Of `values`.
/// # Source
/// Composed.
/// # Examples
/// ```
/// use bering_frontend::{DType, Spec, nn, trace};
/// let specs = [Spec::new(DType::F32, [2, 5]), Spec::new(DType::I32, [2, 5])];
/// // Labels below 0 are those of padding.
/// let graph = trace("f", &specs, |_, x| nn::mean_where(&x[0], &x[1].ge(0)))?;
/// assert_eq!(graph.outputs()[0].to_string(), "f32[]");
/// # Ok::<(), bering_frontend::Error>(())
/// ```
#[track_caller]
pub fn mean_where(values: &Tensor, mask: &Tensor) -> Tensor {
    let mask = mask.broadcast_to(values.dims());
    let count = mask.convert(values.dtype()).sum(..);
    mask.select(values, 0.0).sum(..) / count.maximum(1.0)
}
