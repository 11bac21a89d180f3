//! Layer normalisation.

use super::Module;
use crate::{DType, Params, Tensor};

/// `(x - mean) / sqrt(variance + eps) * weight + bias` over the last axis (Ba, Kiros and Hinton, 2016).
///
/// ```
/// use bering_frontend::{DType, Params, Spec, nn::{LayerNorm, Module}, trace};
/// let graph = trace("f", &[Spec::new(DType::F32, [8, 384])], |params: &Params, args| {
///     LayerNorm::new(&params.at("LayerNorm"), 384, 1e-12).forward(&args[0])
/// })?;
/// assert_eq!(graph.outputs()[0].dims(), [8, 384]);
/// # Ok::<(), bering_frontend::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct LayerNorm {
    weight: Tensor,
    bias: Tensor,
    eps: f64,
}

impl LayerNorm {
    /// A layer over `width` features with `f32` parameters.
    #[track_caller]
    pub fn new(params: &Params, width: usize, eps: f64) -> LayerNorm {
        LayerNorm::with_dtype(params, width, eps, DType::F32)
    }

    /// As [`LayerNorm::new`] with parameters of another type.
    #[track_caller]
    pub fn with_dtype(params: &Params, width: usize, eps: f64, dtype: DType) -> LayerNorm {
        LayerNorm {
            weight: params.get("weight", dtype, [width]),
            bias: params.get("bias", dtype, [width]),
            eps,
        }
    }
}

impl Module for LayerNorm {
    #[track_caller]
    fn forward(&self, x: &Tensor) -> Tensor {
        let _scope = x.trace().enter("layer_norm");
        let centered = x - x.mean_keepdims(-1);
        let variance = (&centered * &centered).mean_keepdims(-1);
        centered * (variance + self.eps).rsqrt() * &self.weight + &self.bias
    }
}
