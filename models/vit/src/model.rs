//! The vision transformer of "An Image is Worth 16x16 Words" (Dosovitskiy et al., 2020), read top to bottom.
//!
//! Names of parameters are timm's, so that a path in an error is one in the file. Dropout is left out: it takes no part in using a trained
//! model.
//!
//! Axes: `b` images, `t` tokens, `d` features.

use crate::config::{Config, Pool};
use bering::frontend::Conv;
use bering::prelude::nn::{LayerNorm, Linear, Module};
use bering::prelude::*;

/// What timm's normalisations add to the variance.
const EPS: f64 = 1e-6;

/// Patches, a stack of transformer blocks, a linear classifier.
pub struct Vit {
    patches: nn::Conv,
    class: Option<Tensor>,
    registers: Option<Tensor>,
    positions: Tensor,
    blocks: Vec<Block>,
    norm: Option<LayerNorm>,
    pooled_norm: Option<LayerNorm>,
    head: Linear,
    pool: Pool,
}

/// What the network computes on the way and at the end.
pub struct VitOutput {
    /// `f32[b, t, d]` before the first block and after each.
    pub hidden: Vec<Tensor>,
    /// `f32[b, classes]`.
    pub logits: Tensor,
}

impl Vit {
    /// The network of this configuration, with its parameters below `params`.
    pub fn new(params: &Params, config: &Config) -> Vit {
        let (d, patch) = (config.features, config.patch);
        let settings = Conv::new().strides([patch, patch]);
        let token = |name: &str, count| params.get(name, DType::F32, [1, count, d]);
        let blocks = params.at("blocks");
        // A mean over all tokens is normalised after it was taken.
        let after = config.pool == Pool::Mean;
        let norm = |name: &str, wanted: bool| wanted.then(|| LayerNorm::new(&params.at(name), d, EPS));
        Vit {
            patches: nn::Conv::new(
                &params.at("patch_embed.proj"),
                config.channels,
                d,
                &[patch, patch],
                settings,
            ),
            class: config.class_token.then(|| token("cls_token", 1)),
            registers: (config.registers > 0).then(|| token("reg_token", config.registers)),
            positions: token("pos_embed", config.positions),
            blocks: (0..config.blocks).map(|i| Block::new(&blocks.index(i), config)).collect(),
            norm: norm("norm", !after),
            pooled_norm: norm("fc_norm", after),
            head: Linear::new(&params.at("head"), d, config.classes),
            pool: config.pool,
        }
    }

    /// Hidden states and logits of images `f32[b, channels, height, width]`.
    pub fn forward(&self, images: &Tensor) -> VitOutput {
        let mut x = scope("patch_embed", || self.embed(images));
        let mut hidden = vec![x.clone()];
        for (i, block) in self.blocks.iter().enumerate() {
            x = scope(&format!("blocks.{i}"), || block.forward(&x));
            hidden.push(x.clone());
        }
        let logits = scope("head", || self.classify(&x));
        VitOutput { hidden, logits }
    }

    /// Tokens: one of the class, registers, and one a patch, with what says where each is.
    fn embed(&self, images: &Tensor) -> Tensor {
        let patches = self.patches.forward(images);
        let batch = patches.dim(0);
        // [b, d, h, w] to [b, h w, d].
        let patches = patches.flatten(2, 3).swap_axes(1, 2);
        let spread = |token: &Tensor| token.broadcast_to([batch, token.dim(1), token.dim(2)]);
        let class = self.class.as_ref().map(spread);
        let registers = self.registers.as_ref().map(spread);
        // Registers have no position.
        let placed = self.positions.dim(1) > patches.dim(1);
        match (placed, class) {
            (true, Some(class)) => {
                let tokens = Tensor::concatenate(&[&class, &patches], 1) + &self.positions;
                match registers {
                    Some(registers) => {
                        let (class, patches) = (tokens.slice(1, 0..1), tokens.slice(1, 1..tokens.dim(1)));
                        Tensor::concatenate(&[&class, &registers, &patches], 1)
                    }
                    None => tokens,
                }
            }
            (_, class) => {
                let patches = patches + &self.positions;
                let parts = class.iter().chain(&registers).chain([&patches]);
                Tensor::concatenate(&parts.collect::<Vec<_>>(), 1)
            }
        }
    }

    fn classify(&self, x: &Tensor) -> Tensor {
        let normed = self.norm.as_ref().map_or_else(|| x.clone(), |norm| norm.forward(x));
        let prefix = usize::from(self.class.is_some()) + self.registers.as_ref().map_or(0, |r| r.dim(1));
        let pooled = match self.pool {
            Pool::Class => normed.select_at(1, 0),
            Pool::Mean => normed.slice(1, prefix..normed.dim(1)).mean(1),
        };
        let pooled = self.pooled_norm.as_ref().map_or_else(|| pooled.clone(), |norm| norm.forward(&pooled));
        self.head.forward(&pooled)
    }
}

/// Attention, then two linear layers; each on normalised input, added to what came in.
struct Block {
    norm1: LayerNorm,
    qkv: Linear,
    proj: Linear,
    scale1: Option<Tensor>,
    norm2: LayerNorm,
    fc1: Linear,
    fc2: Linear,
    scale2: Option<Tensor>,
    heads: usize,
}

impl Block {
    fn new(params: &Params, config: &Config) -> Block {
        let d = config.features;
        let norm = |name: &str| LayerNorm::new(&params.at(name), d, EPS);
        let scale = |name: &str| config.layer_scale.then(|| params.at(name).get("gamma", DType::F32, [d]));
        Block {
            norm1: norm("norm1"),
            qkv: Linear::new(&params.at("attn.qkv"), d, 3 * d),
            proj: Linear::new(&params.at("attn.proj"), d, d),
            scale1: scale("ls1"),
            norm2: norm("norm2"),
            fc1: Linear::new(&params.at("mlp.fc1"), d, config.inner),
            fc2: Linear::new(&params.at("mlp.fc2"), config.inner, d),
            scale2: scale("ls2"),
            heads: config.heads,
        }
    }

    fn forward(&self, x: &Tensor) -> Tensor {
        let scaled = |x: Tensor, scale: &Option<Tensor>| match scale {
            Some(scale) => x * scale,
            None => x,
        };
        let x = x + scaled(self.attend(&self.norm1.forward(x)), &self.scale1);
        let inner = self.fc1.forward(&self.norm2.forward(&x)).gelu();
        &x + scaled(self.fc2.forward(&inner), &self.scale2)
    }

    fn attend(&self, x: &Tensor) -> Tensor {
        let [b, t, d] = x.sizes();
        let qkv = self.qkv.forward(x).reshape([b, t, 3, self.heads, d / self.heads]);
        let [q, k, v] = [0, 1, 2].map(|i: usize| qkv.select_at(2, i));
        self.proj.forward(&nn::attention(&q, &k, &v, ()).reshape([b, t, d]))
    }
}
