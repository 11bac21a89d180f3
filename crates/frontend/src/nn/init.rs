//! Initial values of parameters, for [`Params::get_or`](crate::Params::get_or).
//!
//! Each is a function of a key and a type, or makes one: `params.get_or("weight", DType::F32, [10, 384], init::fan_in(384))`. A
//! program's own is a closure.
//!
//! ```
//! use bering_frontend::{DType, Params, Spec, nn::init, random::Key, trace};
//! let graph = trace("init", &[], |_, _| {
//!     let params = Params::random(&Key::new(0));
//!     let slopes = params.get_or("slopes", DType::F32, [8], |_, spec: &Spec| init::constant(0.25)(&Key::new(1), spec) * 2.0);
//!     (slopes, params.get_or("weight", DType::F32, [8, 4], init::glorot(4, 8)))
//! })?;
//! assert_eq!(graph.outputs()[1].to_string(), "f32[8, 4]");
//! # Ok::<(), bering_frontend::Error>(())
//! ```

use crate::random::Key;
use crate::{Spec, Tensor};

/// The standard deviation of a normal distribution that is cut off at twice its standard deviation, which is 1.
const TRUNCATED_DEVIATION: f64 = 0.879_625_661_034_239_8;

/// Zeros.
pub fn zeros(_: &Key, spec: &Spec) -> Tensor {
    Tensor::zeros(spec.dtype, spec.dims())
}

/// Ones.
pub fn ones(_: &Key, spec: &Spec) -> Tensor {
    Tensor::ones(spec.dtype, spec.dims())
}

/// One number everywhere.
pub fn constant(value: f64) -> impl Fn(&Key, &Spec) -> Tensor {
    move |_, spec| Tensor::full(value, spec.dtype, spec.dims())
}

/// Normal numbers of a standard deviation.
pub fn normal(deviation: f64) -> impl Fn(&Key, &Spec) -> Tensor {
    move |key, spec| key.normal(spec.dtype, spec.dims()) * deviation
}

/// Normal numbers that are at most twice as large as they would be on average, and then have the standard deviation that is given.
pub fn truncated_normal(deviation: f64) -> impl Fn(&Key, &Spec) -> Tensor {
    let scale = deviation / TRUNCATED_DEVIATION;
    move |key, spec| key.truncated_normal(-2.0, 2.0, spec.dtype, spec.dims()) * scale
}

/// Numbers spread evenly between `-bound` and `bound`.
pub fn uniform(bound: f64) -> impl Fn(&Key, &Spec) -> Tensor {
    move |key, spec| key.uniform_between(-bound, bound, spec.dtype, spec.dims())
}

/// Truncated normal numbers whose sums over `inputs` keep the variance (LeCun et al., 1998).
pub fn fan_in(inputs: usize) -> impl Fn(&Key, &Spec) -> Tensor {
    truncated_normal((1.0 / inputs.max(1) as f64).sqrt())
}

/// As [`fan_in`], twice the variance: for what goes through `relu` (He et al., 2015).
pub fn he(inputs: usize) -> impl Fn(&Key, &Spec) -> Tensor {
    truncated_normal((2.0 / inputs.max(1) as f64).sqrt())
}

/// Uniform numbers that keep the variance of values and gradients about equally (Glorot and Bengio, 2010).
pub fn glorot(inputs: usize, outputs: usize) -> impl Fn(&Key, &Spec) -> Tensor {
    uniform((6.0 / (inputs + outputs).max(1) as f64).sqrt())
}
