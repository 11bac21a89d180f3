//! The parts of an encoder layer, each in two forms that compute the same.
//!
//! [`Form::Plain`] is the definition, in operations that run on every device. [`Form::Kernels`] calls Bering's CPU kernels:
//! the three projections of attention become one product, weights come packed (see [`crate::weights`]), and activations,
//! softmax and normalisation happen on data that is in the cache already.

use crate::config::{Activation, Config};
use bering::kernels;
use bering::prelude::nn::{LayerNorm, Linear, Module};
use bering::prelude::*;

/// How the layers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// In plain operations.
    Plain,
    /// With calls of Bering's CPU kernels.
    Kernels,
}

/// An affine layer, with an activation or none.
pub(crate) enum Dense {
    Plain { linear: Linear, activation: Option<Activation> },
    Packed { weight: Tensor, bias: Tensor, activation: Option<Activation> },
}

impl Dense {
    pub(crate) fn new(
        params: &Params,
        inputs: usize,
        outputs: usize,
        activation: Option<Activation>,
        form: Form,
    ) -> Dense {
        match form {
            Form::Plain => Dense::Plain { linear: Linear::new(params, inputs, outputs), activation },
            Form::Kernels => Dense::Packed {
                weight: params.get("packed", DType::F32, kernels::packed_dims(inputs, outputs)),
                bias: params.get("bias", DType::F32, [outputs]),
                activation,
            },
        }
    }

    pub(crate) fn forward(&self, x: &Tensor) -> Tensor {
        match self {
            Dense::Plain { linear, activation } => {
                let y = linear.forward(x);
                activation.map_or(y.clone(), |activation| activation.apply(&y))
            }
            Dense::Packed { weight, bias, activation } => {
                let (fused, rest) = match activation {
                    Some(activation) => activation.fused(),
                    None => (kernels::Activation::Identity, None),
                };
                let y = kernels::linear(x, weight, bias, fused);
                rest.map_or(y.clone(), |activation| activation.apply(&y))
            }
        }
    }
}

impl Activation {
    fn apply(self, x: &Tensor) -> Tensor {
        match self {
            Activation::Gelu => x.gelu(),
            Activation::GeluTanh => x.gelu_tanh(),
            Activation::Relu => x.relu(),
            Activation::Silu => x.silu(),
        }
    }

    /// What a kernel can apply of it, and what remains to be applied.
    fn fused(self) -> (kernels::Activation, Option<Activation>) {
        match self {
            Activation::Gelu => (kernels::Activation::Gelu, None),
            Activation::GeluTanh => (kernels::Activation::GeluTanh, None),
            Activation::Relu => (kernels::Activation::Relu, None),
            Activation::Silu => (kernels::Activation::Identity, Some(self)),
        }
    }
}

/// Scaled dot-product attention of every token to every other of its sentence, in several heads.
pub(crate) struct Attention {
    projections: Projections,
    heads: usize,
}

enum Projections {
    /// Query, key, value.
    Separate(Box<[Dense; 3]>),
    Joint(Dense),
}

impl Attention {
    pub(crate) fn new(params: &Params, config: &Config, form: Form) -> Attention {
        let hidden = config.hidden_size;
        let dense = |name, outputs| Dense::new(&params.at(name), hidden, outputs, None, form);
        let projections = match form {
            Form::Plain => {
                Projections::Separate(Box::new(["query", "key", "value"].map(|name| dense(name, hidden))))
            }
            Form::Kernels => Projections::Joint(dense("qkv", 3 * hidden)),
        };
        Attention { projections, heads: config.num_attention_heads }
    }

    /// `padding` is what [`nn::padding_mask`] makes.
    pub(crate) fn forward(&self, hidden: &Tensor, padding: &Tensor) -> Tensor {
        let [b, t, h] = hidden.sizes();
        match &self.projections {
            Projections::Separate(dense) => {
                let split = |x: Tensor| x.reshape([b, t, self.heads, h / self.heads]);
                let [query, key, value] = dense.each_ref().map(|dense| split(dense.forward(hidden)));
                nn::attention(&query, &key, &value, Some(padding)).reshape([b, t, h])
            }
            Projections::Joint(qkv) => {
                kernels::attention(&qkv.forward(hidden), &padding.reshape([b, t]), self.heads)
            }
        }
    }
}

/// An affine layer whose result is added to a residual and normalised.
pub(crate) struct AddNorm {
    dense: Dense,
    norm: Norm,
}

enum Norm {
    Plain(LayerNorm),
    Kernel { weight: Tensor, bias: Tensor, eps: f64 },
}

impl AddNorm {
    pub(crate) fn new(params: &Params, inputs: usize, config: &Config, form: Form) -> AddNorm {
        let (hidden, eps) = (config.hidden_size, config.layer_norm_eps);
        let norm = params.at("LayerNorm");
        AddNorm {
            dense: Dense::new(&params.at("dense"), inputs, hidden, None, form),
            norm: match form {
                Form::Plain => Norm::Plain(LayerNorm::new(&norm, hidden, eps)),
                Form::Kernels => Norm::Kernel {
                    weight: norm.get("weight", DType::F32, [hidden]),
                    bias: norm.get("bias", DType::F32, [hidden]),
                    eps,
                },
            },
        }
    }

    pub(crate) fn forward(&self, x: &Tensor, residual: &Tensor) -> Tensor {
        let y = self.dense.forward(x);
        match &self.norm {
            Norm::Plain(norm) => norm.forward(&(y + residual)),
            Norm::Kernel { weight, bias, eps } => kernels::add_layer_norm(&y, residual, weight, bias, *eps),
        }
    }
}
