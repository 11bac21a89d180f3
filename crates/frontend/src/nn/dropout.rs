//! Dropout.

use crate::error::error;
use crate::random::Key;
use crate::{Location, Tensor};

/// Elements are 0 with probability `rate`, the others divided by `1 - rate` (Srivastava et al., 2014). Without a key, as when
/// a trained model is used, `x` itself.
///
/// # Shapes
/// `[S..] -> [S..]`
/// # DTypes
/// Floats.
/// # Errors
/// Recorded when `rate` is not in `0..1`.
/// # Gradient
/// Of the elements that stay.
/// # Source
/// Composed of `select` and [`Key::bernoulli`], whose bits are JAX's.
/// # Examples
/// ```
/// use bering_frontend::{DType, Spec, nn, random::Key, trace};
/// let specs = [Spec::new(DType::F32, [2, 3]), Spec::new(DType::U32, [2])];
/// let graph = trace("f", &specs, |_, x| nn::dropout(&x[0], 0.5, Some(&Key::wrap(&x[1]))))?;
/// assert_eq!(graph.outputs()[0].dims(), [2, 3]);
/// # Ok::<(), bering_frontend::Error>(())
/// ```
#[track_caller]
pub fn dropout(x: &Tensor, rate: f64, key: Option<&Key>) -> Tensor {
    if !(0.0..1.0).contains(&rate) {
        let error = error!(Argument, "dropout: the rate must be at least 0 and less than 1, got {rate}");
        return x.mistake_as(error, Location::caller(), x.spec().clone());
    }
    match key {
        None => x.clone(),
        Some(_) if rate == 0.0 => x.clone(),
        Some(key) => key.bernoulli(1.0 - rate, x.dims()).select(x / (1.0 - rate), 0.0),
    }
}
