//! An encoder layer, in two forms that compute the same.
//!
//! [`Form::Plain`] is the definition, in operations that run on every device. [`Form::Kernels`] is one call of a CPU kernel of
//! Bering's: the three projections of attention are one product, weights come packed (see [`crate::weights`]), and
//! activations, softmax and normalisation happen on data that is in the cache already.

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

/// Self-attention, then a feed-forward network; each adds to its input and normalises the sum.
pub(crate) enum Layer {
    Plain(Box<PlainLayer>),
    Kernel(Box<kernels::EncoderLayer>),
}

impl Layer {
    pub(crate) fn new(params: &Params, config: &Config, form: Form) -> Layer {
        match form {
            Form::Plain => Layer::Plain(Box::new(PlainLayer::new(params, config))),
            Form::Kernels => Layer::Kernel(Box::new(kernel_layer(params, config))),
        }
    }

    /// `padding` is what [`nn::padding_mask`] makes.
    pub(crate) fn forward(&self, hidden: &Tensor, padding: &Tensor) -> Tensor {
        match self {
            Layer::Plain(layer) => layer.forward(hidden, padding),
            Layer::Kernel(layer) => {
                let [b, t, _] = hidden.sizes();
                layer.forward(hidden, &padding.reshape([b, t]))
            }
        }
    }
}

/// The layer in plain operations.
pub(crate) struct PlainLayer {
    attention: Attention,
    attention_output: AddNorm,
    intermediate: Linear,
    activation: Activation,
    output: AddNorm,
}

impl PlainLayer {
    fn new(params: &Params, config: &Config) -> PlainLayer {
        let (hidden, inner) = (config.hidden_size, config.intermediate_size);
        PlainLayer {
            attention: Attention::new(&params.at("attention.self"), config),
            attention_output: AddNorm::new(&params.at("attention.output"), hidden, config),
            intermediate: Linear::new(&params.at("intermediate.dense"), hidden, inner),
            activation: config.hidden_act,
            output: AddNorm::new(&params.at("output"), inner, config),
        }
    }

    fn forward(&self, hidden: &Tensor, padding: &Tensor) -> Tensor {
        let context = scope("attention", || self.attention.forward(hidden, padding));
        let hidden = scope("attention.output", || self.attention_output.forward(&context, hidden));
        let inner = scope("intermediate", || self.activation.apply(&self.intermediate.forward(&hidden)));
        scope("output", || self.output.forward(&inner, &hidden))
    }
}

/// Scaled dot-product attention of every token to every other of its sentence, in several heads.
struct Attention {
    query: Linear,
    key: Linear,
    value: Linear,
    heads: usize,
}

impl Attention {
    fn new(params: &Params, config: &Config) -> Attention {
        let linear = |name| Linear::new(&params.at(name), config.hidden_size, config.hidden_size);
        Attention {
            query: linear("query"),
            key: linear("key"),
            value: linear("value"),
            heads: config.num_attention_heads,
        }
    }

    fn forward(&self, hidden: &Tensor, padding: &Tensor) -> Tensor {
        let [b, t, h] = hidden.sizes();
        let split = |x: Tensor| x.reshape([b, t, self.heads, h / self.heads]);
        let [query, key, value] =
            [&self.query, &self.key, &self.value].map(|linear| split(linear.forward(hidden)));
        nn::attention(&query, &key, &value, Some(padding)).reshape([b, t, h])
    }
}

/// An affine layer whose result is added to a residual and normalised.
struct AddNorm {
    dense: Linear,
    norm: LayerNorm,
}

impl AddNorm {
    fn new(params: &Params, inputs: usize, config: &Config) -> AddNorm {
        AddNorm {
            dense: Linear::new(&params.at("dense"), inputs, config.hidden_size),
            norm: LayerNorm::new(&params.at("LayerNorm"), config.hidden_size, config.layer_norm_eps),
        }
    }

    fn forward(&self, x: &Tensor, residual: &Tensor) -> Tensor {
        self.norm.forward(&(self.dense.forward(x) + residual))
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

    fn of_kernel(self) -> kernels::Activation {
        match self {
            Activation::Gelu => kernels::Activation::Gelu,
            Activation::GeluTanh => kernels::Activation::GeluTanh,
            Activation::Relu => kernels::Activation::Relu,
            Activation::Silu => kernels::Activation::Silu,
        }
    }
}

/// The layer as a kernel takes it. Paths are those of the plain form, but for `qkv` and `packed`, which are made of its
/// parameters.
fn kernel_layer(params: &Params, config: &Config) -> kernels::EncoderLayer {
    let (hidden, inner) = (config.hidden_size, config.intermediate_size);
    let dense = |path: &str, inputs, outputs| {
        let params = params.at(path);
        kernels::Dense {
            weight: params.get("packed", DType::F32, kernels::packed_dims(inputs, outputs)),
            bias: params.get("bias", DType::F32, [outputs]),
        }
    };
    let norm = |path: &str| {
        let params = params.at(path);
        kernels::Norm {
            weight: params.get("weight", DType::F32, [hidden]),
            bias: params.get("bias", DType::F32, [hidden]),
        }
    };
    kernels::EncoderLayer {
        qkv: dense("attention.self.qkv", hidden, 3 * hidden),
        context: dense("attention.output.dense", hidden, hidden),
        context_norm: norm("attention.output.LayerNorm"),
        expand: dense("intermediate.dense", hidden, inner),
        contract: dense("output.dense", inner, hidden),
        output_norm: norm("output.LayerNorm"),
        heads: config.num_attention_heads,
        activation: config.hidden_act.of_kernel(),
        eps: config.layer_norm_eps,
    }
}
