//! Layers: small structs that hold parameters by path and apply them; and functions for what has no parameters.
//!
//! A layer is made inside of a traced function from a place in the parameter tree, asks for its parameters with the types
//! it needs, and is then a plain function of tensors. Names of parameters are those of PyTorch checkpoints (`weight`,
//! `bias`), and a linear layer's weight is `[out, in]` as there. Made from [`Params::random`](crate::Params::random), a layer has initial
//! values, which optimizers ([`optim`](crate::optim)) update.
//!
//! * Layers: [`Linear`], [`Conv`], [`ConvTranspose`], [`Embedding`], [`LayerNorm`], [`RmsNorm`], [`GroupNorm`], [`BatchNorm`], [`MultiHeadAttention`].
//! * [`attention`] and what modifies it; [`Rope`].
//! * Activations, [`dropout`], losses, [`init`]ial values.

mod activations;
mod attention;
mod conv;
mod conv_transpose;
mod dropout;
mod embedding;
pub mod init;
mod linear;
mod losses;
mod modifiers;
mod multi_head;
mod norms;
mod rope;

pub use activations::{
    elu, gated, hard_sigmoid, hard_swish, hard_tanh, leaky_relu, log_sigmoid, mish, quick_gelu, relu6, selu,
    softplus, softsign, squared_relu,
};
pub use attention::{attention, padding_mask};
pub use conv::Conv;
pub use conv_transpose::ConvTranspose;
pub use dropout::dropout;
pub use embedding::Embedding;
pub use linear::Linear;
pub use losses::{
    absolute_error, binary_cross_entropy, cross_entropy, hinge, huber, kl_divergence, log_cosh, mean_where,
    smoothed_cross_entropy, soft_cross_entropy, squared_error,
};
pub use modifiers::{
    Modifier, Positions, Settings, alibi, causal, chunked, mask, prefix, present, same_segment, scale, score,
    sinks, sliding_window, softcap, starting_at,
};
pub use multi_head::{Heads, MultiHeadAttention};
pub use norms::{BatchNorm, BatchStats, GroupNorm, LayerNorm, RmsNorm};
pub use rope::{Pairs, Rope, Scaling};

use crate::Tensor;

/// A layer of one input and one output.
pub trait Module {
    /// The layer's output for `x`.
    fn forward(&self, x: &Tensor) -> Tensor;
}

/// Layers one after another.
impl<M: Module> Module for [M] {
    #[track_caller]
    fn forward(&self, x: &Tensor) -> Tensor {
        let mut x = x.clone();
        for layer in self {
            x = layer.forward(&x);
        }
        x
    }
}
