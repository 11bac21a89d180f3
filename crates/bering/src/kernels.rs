//! Bering's CPU kernels as functions of traced tensors.
//!
//! Each does in one pass over memory what plain operations do in several. They run on the CPU only: a graph that calls them
//! compiles for no other device, so a model asks [`available`] and has a form in plain operations, too.

use bering_frontend::{Attribute, DType, Spec, Tensor};

pub use bering_kernels::{Activation, PANEL};

/// Whether programs for devices of this target (see [`target`](crate::target())) may call the kernels.
pub fn available(target: &str) -> bool {
    target == "cpu"
}

/// The dimensions of a packed weight of a layer from `inputs` to `outputs` features.
pub fn packed_dims(inputs: usize, outputs: usize) -> [usize; 3] {
    [outputs.div_ceil(PANEL), inputs, PANEL]
}

/// Packs a weight `[outputs, inputs]` on the host, for [`linear`]: the result has [`packed_dims`].
///
/// # Panics
/// When `weight` is not made of whole rows of `inputs`.
pub fn pack(weight: &[f32], inputs: usize) -> Vec<f32> {
    bering_kernels::pack(weight, inputs)
}

/// An affine layer with its activation: `activation(x W^T + b)`, the weight packed by [`pack`].
///
/// # Shapes
/// `x [S.., I]`, `weight` [`packed_dims`] of `I` and `O`, `bias [O]` `-> [S.., O]`
/// # DTypes
/// `f32`.
/// # Errors
/// Operands of other sizes are refused when the program runs.
/// # Gradient
/// Not differentiable.
#[track_caller]
pub fn linear(x: &Tensor, weight: &Tensor, bias: &Tensor, activation: Activation) -> Tensor {
    let mut dims = x.dims().to_vec();
    if let Some(last) = dims.last_mut() {
        *last = bias.dim(0);
    }
    let activation: Attribute = activation.name().into();
    let result = Spec::new(DType::F32, dims);
    x.custom_call("bering.linear", &[weight, bias], [("activation", activation)], result)
}

/// `softmax(q k^T / sqrt(width) + bias) v` for each head, of queries, keys and values that one projection made side by side.
///
/// # Shapes
/// `qkv [B, T, 3 * H * W]`, `bias [B, T]`, added to every score of that key, `-> [B, T, H * W]`
/// # DTypes
/// `f32`.
/// # Errors
/// Recorded when `qkv` does not have three axes or its last is not three times `heads` heads; operands of other sizes
/// are refused when the program runs.
/// # Gradient
/// Not differentiable.
#[track_caller]
pub fn attention(qkv: &Tensor, bias: &Tensor, heads: usize) -> Tensor {
    let [batch, tokens, features] = qkv.sizes();
    let width = features / (3 * heads.max(1));
    let split = qkv.reshape([batch, tokens, 3, heads, width]);
    let result = Spec::new(DType::F32, [batch, tokens, heads, width]);
    split.custom_call("bering.attention", &[bias], [], result).reshape([batch, tokens, heads * width])
}

/// Layer normalisation of `x + residual` over the last axis, scaled by `weight`, shifted by `bias`.
///
/// # Shapes
/// `x`, `residual [S.., N]`, `weight`, `bias [N]` `-> [S.., N]`
/// # DTypes
/// `f32`.
/// # Errors
/// Operands of other sizes are refused when the program runs.
/// # Gradient
/// Not differentiable.
#[track_caller]
pub fn add_layer_norm(x: &Tensor, residual: &Tensor, weight: &Tensor, bias: &Tensor, eps: f64) -> Tensor {
    let epsilon: Attribute = (eps as f32).into();
    x.custom_call("bering.layer_norm", &[residual, weight, bias], [("epsilon", epsilon)], x.spec().clone())
}
