//! A small convolutional network.

use crate::digits::SIDE;
use bering::frontend::{Conv, Pads, Pool, Tree};
use bering::prelude::nn::{Linear, Module};
use bering::prelude::*;

/// Two convolutions with pooling, two linear layers. It is the tree of its parameters: in a traced function as tensors of the function,
/// outside of it on a device.
#[derive(Clone, Debug, Tree)]
pub struct Cnn {
    conv1: nn::Conv,
    conv2: nn::Conv,
    hidden: Linear,
    output: Linear,
}

/// The part of features that dropout leaves out in training.
const DROPOUT: f64 = 0.25;

impl Cnn {
    /// The network with its parameters below `params`.
    pub fn new(params: &Params) -> Cnn {
        let conv = |name: &str, inputs, outputs| {
            let settings = Conv::channels_last().padding(Pads::Same);
            nn::Conv::new(&params.at(name), inputs, outputs, &[3, 3], settings)
        };
        Cnn {
            conv1: conv("conv1", 1, 16),
            conv2: conv("conv2", 16, 32),
            hidden: Linear::new(&params.at("hidden"), 32 * (SIDE / 4) * (SIDE / 4), 128),
            output: Linear::new(&params.at("output"), 128, 10),
        }
    }

    /// Logits `f32[B, 10]` of images `f32[B, 28, 28, 1]`. With a key some features are dropped, as in training.
    pub fn forward(&self, images: &Tensor, key: Option<&random::Key>) -> Tensor {
        let halved = |x: Tensor| x.relu().max_pool([1, 2], &Pool::new([2, 2]));
        let x = halved(self.conv1.forward(images));
        let x = halved(self.conv2.forward(&x));
        let x = self.hidden.forward(&x.flatten(1, -1)).relu();
        self.output.forward(&nn::dropout(&x, DROPOUT, key))
    }
}
