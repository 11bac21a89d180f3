//! `config.json`: the shape of a BERT encoder.
//!
//! Only what changes the computation is read. What would change it in a way that [`crate::bert`] does not implement
//! (another architecture, relative positions) is refused here, before any weight is touched.

use crate::error::Error;
use serde::Deserialize;
use std::path::Path;

/// Dimensions and choices of a BERT encoder.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Width of the hidden states and of the embeddings.
    pub hidden_size: usize,
    /// Number of encoder layers.
    pub num_hidden_layers: usize,
    /// Attention heads of each layer; divides `hidden_size`.
    pub num_attention_heads: usize,
    /// Width of the feed-forward layers.
    pub intermediate_size: usize,
    /// Rows of the word embedding.
    pub vocab_size: usize,
    /// Rows of the position embedding: no input is longer.
    pub max_position_embeddings: usize,
    /// Rows of the token type embedding.
    pub type_vocab_size: usize,
    /// The feed-forward layers' activation.
    pub hidden_act: Activation,
    /// What layer normalisation adds to the variance.
    pub layer_norm_eps: f64,
    /// The token that fills a batch up; it is masked, so any valid one does.
    pub pad_token_id: u32,
}

/// Activation functions that BERT checkpoints name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// `gelu`: exact, by the error function.
    Gelu,
    /// `gelu_new` and `gelu_pytorch_tanh`: the tanh approximation.
    GeluTanh,
    /// `relu`.
    Relu,
    /// `silu` and `swish`.
    Silu,
}

/// The file as transformers writes it. Sizes have no defaults: a file that lacks one is not a BERT's.
#[derive(Deserialize)]
struct Raw {
    model_type: Option<String>,
    architectures: Option<Vec<String>>,
    hidden_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    intermediate_size: usize,
    vocab_size: usize,
    max_position_embeddings: usize,
    #[serde(default = "two")]
    type_vocab_size: usize,
    #[serde(default = "gelu")]
    hidden_act: String,
    #[serde(default = "tiny")]
    layer_norm_eps: f64,
    position_embedding_type: Option<String>,
    pad_token_id: Option<u32>,
    #[serde(default)]
    is_decoder: bool,
}

// The defaults of transformers' `BertConfig`.
fn two() -> usize {
    2
}
fn gelu() -> String {
    "gelu".into()
}
fn tiny() -> f64 {
    1e-12
}

/// No real model comes near; beyond it, products of two sizes could overflow.
const MAX_SIZE: usize = 1 << 24;
/// Layers are traced one by one before anything can be compared with the weights.
const MAX_LAYERS: usize = 1024;

impl Config {
    /// Reads and checks a `config.json`.
    ///
    /// # Errors
    /// If the file cannot be read, is not a BERT encoder's, or contradicts itself.
    pub fn read(path: &Path) -> Result<Config, Error> {
        let raw: Raw = crate::directory::read_json(path)?;
        raw.check().map_err(|message| Error::model(path, message))
    }

    /// Width of one attention head.
    pub fn head_size(&self) -> usize {
        self.hidden_size / self.num_attention_heads
    }
}

impl Raw {
    fn check(self) -> Result<Config, String> {
        self.check_architecture()?;
        self.check_sizes()?;
        if !self.hidden_size.is_multiple_of(self.num_attention_heads) {
            return Err(format!(
                "divides hidden_size {} among {} attention heads, which leaves a remainder",
                self.hidden_size, self.num_attention_heads
            ));
        }
        if !(self.layer_norm_eps.is_finite() && self.layer_norm_eps > 0.0) {
            return Err(format!("has layer_norm_eps {}, it must be positive", self.layer_norm_eps));
        }
        let pad_token_id = self.pad_token_id.unwrap_or(0);
        if pad_token_id as usize >= self.vocab_size {
            return Err(format!("has pad_token_id {pad_token_id} and only {} words", self.vocab_size));
        }
        Ok(Config {
            hidden_size: self.hidden_size,
            num_hidden_layers: self.num_hidden_layers,
            num_attention_heads: self.num_attention_heads,
            intermediate_size: self.intermediate_size,
            vocab_size: self.vocab_size,
            max_position_embeddings: self.max_position_embeddings,
            type_vocab_size: self.type_vocab_size,
            hidden_act: Activation::from_name(&self.hidden_act)?,
            layer_norm_eps: self.layer_norm_eps,
            pad_token_id,
        })
    }

    fn check_architecture(&self) -> Result<(), String> {
        const KNOWN: &[&str] = &["BertModel", "BertForMaskedLM", "BertForPreTraining"];
        if let Some(other) = self.model_type.as_deref().filter(|name| *name != "bert") {
            return Err(format!("describes a model of type `{other}`; only `bert` encoders are implemented"));
        }
        let architectures = self.architectures.as_deref().unwrap_or_default();
        if self.model_type.is_none() && architectures.is_empty() {
            return Err("names neither a model_type nor an architecture".into());
        }
        if let Some(other) = architectures.iter().find(|name| !KNOWN.contains(&name.as_str())) {
            return Err(format!(
                "has the architecture `{other}`; implemented is the encoder of: {}",
                KNOWN.join(", ")
            ));
        }
        match self.position_embedding_type.as_deref() {
            None | Some("absolute") => {}
            Some(other) => {
                return Err(format!("asks for position_embedding_type `{other}`; implemented is `absolute`"));
            }
        }
        if self.is_decoder {
            return Err("describes a decoder (is_decoder is true); only encoders are implemented".into());
        }
        Ok(())
    }

    fn check_sizes(&self) -> Result<(), String> {
        let sizes = [
            ("hidden_size", self.hidden_size),
            ("num_hidden_layers", self.num_hidden_layers),
            ("num_attention_heads", self.num_attention_heads),
            ("intermediate_size", self.intermediate_size),
            ("vocab_size", self.vocab_size),
            ("max_position_embeddings", self.max_position_embeddings),
            ("type_vocab_size", self.type_vocab_size),
        ];
        let most = |name| if name == "num_hidden_layers" { MAX_LAYERS } else { MAX_SIZE };
        match sizes.into_iter().find(|&(name, size)| size == 0 || size > most(name)) {
            Some((name, size)) => Err(format!("has {name} {size}; it must be from 1 to {}", most(name))),
            None => Ok(()),
        }
    }
}

impl Activation {
    fn from_name(name: &str) -> Result<Activation, String> {
        match name {
            "gelu" => Ok(Activation::Gelu),
            "gelu_new" | "gelu_pytorch_tanh" => Ok(Activation::GeluTanh),
            "relu" => Ok(Activation::Relu),
            "silu" | "swish" => Ok(Activation::Silu),
            other => Err(format!(
                "has hidden_act `{other}`; implemented are: gelu, gelu_new, gelu_pytorch_tanh, relu, silu, swish"
            )),
        }
    }
}
