//! The affine layer.

use super::{Module, init};
use crate::{DType, Params, Tensor, Tree};

/// `x W^T + b` over the last axis, with `weight` `[out, in]` and `bias` `[out]`.
///
/// The product contracts the weight's second axis in place, so a checkpoint's layout needs no transpose.
///
/// ```
/// use bering_frontend::{DType, Params, Spec, nn::{Linear, Module}, trace};
/// let graph = trace("f", &[Spec::new(DType::F32, [8, 384])], |params: &Params, args| {
///     Linear::new(&params.at("query"), 384, 384).forward(&args[0])
/// })?;
/// assert_eq!(graph.inputs()[1].name.as_deref(), Some("query.weight"));
/// # Ok::<(), bering_frontend::Error>(())
/// ```
#[derive(Clone, Debug, Tree)]
#[tree(crate = crate)]
pub struct Linear {
    weight: Tensor,
    bias: Option<Tensor>,
}

impl Linear {
    /// A layer from `inputs` to `outputs` features with `f32` parameters.
    #[track_caller]
    pub fn new(params: &Params, inputs: usize, outputs: usize) -> Linear {
        Linear::with_dtype(params, inputs, outputs, DType::F32)
    }

    /// As [`Linear::new`] with parameters of another type.
    #[track_caller]
    pub fn with_dtype(params: &Params, inputs: usize, outputs: usize, dtype: DType) -> Linear {
        let layer = Linear::without_bias(params, inputs, outputs, dtype);
        Linear { bias: Some(params.get_or("bias", dtype, [outputs], init::zeros)), ..layer }
    }

    /// A layer without `bias`.
    #[track_caller]
    pub fn without_bias(params: &Params, inputs: usize, outputs: usize, dtype: DType) -> Linear {
        let weight = params.get_or("weight", dtype, [outputs, inputs], init::fan_in(inputs));
        Linear { weight, bias: None }
    }
}

impl Module for Linear {
    #[track_caller]
    fn forward(&self, x: &Tensor) -> Tensor {
        let product = x.dot_general(&self.weight, ([-1], [1]), ([0usize; 0], [0usize; 0]));
        match &self.bias {
            Some(bias) => product + bias,
            None => product,
        }
    }
}
