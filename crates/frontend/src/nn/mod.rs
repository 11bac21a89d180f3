//! Layers: small structs that hold parameters by path and apply them.
//!
//! A layer is made inside of a traced function from a place in the parameter tree, asks for its parameters with the types
//! it needs, and is then a plain function of tensors. Names of parameters are those of PyTorch checkpoints (`weight`,
//! `bias`), and a linear layer's weight is `[out, in]` as there.

mod attention;
mod embedding;
mod layer_norm;
mod linear;

pub use attention::{attention, padding_mask};
pub use embedding::Embedding;
pub use layer_norm::LayerNorm;
pub use linear::Linear;

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
