//! The encoder of "BERT: Pre-training of Deep Bidirectional Transformers" (Devlin et al., 2018), read top to bottom.
//!
//! Module and parameter names are those of the published checkpoints, so that a path in an error is one in the file. Dropout, the
//! pooler and the heads are left out: they take no part in embedding a sentence.
//!
//! Axes: `b` sentences, `t` tokens, `h` hidden.

use crate::config::Config;
use crate::layers::{Form, Layer};
use bering::prelude::nn::{Embedding, LayerNorm, Module};
use bering::prelude::*;

/// Embeddings, then a stack of encoder layers.
pub struct Bert {
    embeddings: Embeddings,
    layers: Vec<Layer>,
}

impl Bert {
    /// The encoder of this configuration, with its parameters below `params`.
    pub fn new(params: &Params, config: &Config, form: Form) -> Bert {
        let layers = params.at("encoder.layer");
        Bert {
            embeddings: Embeddings::new(&params.at("embeddings"), config),
            layers: (0..config.num_hidden_layers)
                .map(|i| Layer::new(&layers.index(i), config, form))
                .collect(),
        }
    }

    /// Hidden states `f32[b, t, h]` of token numbers `i32[b, t]`. `mask` is `bool[b, t]`: true where there is a token.
    pub fn forward(&self, ids: &Tensor, mask: &Tensor) -> Tensor {
        let mut hidden = scope("embeddings", || self.embeddings.forward(ids));
        let padding = nn::padding_mask(mask, DType::F32);
        for (i, layer) in self.layers.iter().enumerate() {
            hidden = scope(&format!("layer.{i}"), || layer.forward(&hidden, &padding));
        }
        hidden
    }
}

/// Word, position and token type embeddings, summed and normalised.
struct Embeddings {
    words: Embedding,
    positions: Tensor,
    types: Tensor,
    norm: LayerNorm,
}

impl Embeddings {
    fn new(params: &Params, config: &Config) -> Embeddings {
        let rows =
            |name: &str, rows: usize| params.at(name).get("weight", DType::F32, [rows, config.hidden_size]);
        Embeddings {
            words: Embedding::new(&params.at("word_embeddings"), config.vocab_size, config.hidden_size),
            positions: rows("position_embeddings", config.max_position_embeddings),
            types: rows("token_type_embeddings", config.type_vocab_size),
            norm: LayerNorm::new(&params.at("LayerNorm"), config.hidden_size, config.layer_norm_eps),
        }
    }

    fn forward(&self, ids: &Tensor) -> Tensor {
        let tokens = ids.dim(1);
        // One sentence at a time, so every token is of the first type.
        let positions = self.positions.slice(0, 0..tokens) + self.types.slice(0, 0..1);
        self.norm.forward(&(self.words.forward(ids) + positions))
    }
}
