//! From token numbers to one vector a sentence: encoder, pooling, normalisation, as one graph.

use crate::bert::Bert;
use crate::config::Config;
use crate::directory::Pooling;
use crate::layers::Form;
use bering::prelude::*;

/// What a sentence encoder computes, apart from the shape of its input.
#[derive(Clone, Debug)]
pub struct SentenceEncoder {
    /// The BERT in it.
    pub config: Config,
    /// How token vectors become one.
    pub pooling: Pooling,
    /// Whether that is scaled to unit length.
    pub normalize: bool,
    /// How the layers are written.
    pub form: Form,
}

impl SentenceEncoder {
    /// Traces the encoder for batches of `rows` sentences of `tokens` tokens.
    ///
    /// Its arguments are the token numbers `i32[rows, tokens]` and how many of each row are real, `i32[rows]`; its result
    /// is `f32[rows, hidden]`.
    ///
    /// # Errors
    /// If `tokens` exceeds the model's positions.
    pub fn trace(&self, rows: usize, tokens: usize) -> Result<Graph, bering::frontend::Error> {
        let specs = [Spec::new(DType::I32, [rows, tokens]), Spec::new(DType::I32, [rows])];
        let name = format!("minilm_{rows}x{tokens}");
        trace(&name, &specs, |params, args| self.forward(params, &args[0], &args[1]))
    }

    fn forward(&self, params: &Params, ids: &Tensor, lengths: &Tensor) -> Tensor {
        let [rows, tokens] = ids.sizes();
        let positions = Tensor::iota(DType::I32, [rows, tokens], 1);
        let mask = positions.lt(lengths.reshape([rows, 1]));
        let hidden = Bert::new(params, &self.config, self.form).forward(ids, &mask);
        let pooled = scope("pooling", || match self.pooling {
            Pooling::Mean => mean(&hidden, &mask),
            Pooling::Cls => hidden.slice(1, 0..1).reshape([rows, self.config.hidden_size]),
        });
        if self.normalize { scope("normalize", || unit(&pooled)) } else { pooled }
    }
}

/// The mean of each row's real tokens: `f32[b, t, h]` and `bool[b, t]` to `f32[b, h]`.
fn mean(hidden: &Tensor, mask: &Tensor) -> Tensor {
    let [b, t] = mask.sizes();
    let mask = mask.convert(DType::F32);
    // A row of padding alone has no token to divide by; its result is thrown away, but must not be NaN.
    let count = mask.sum(1).maximum(1.0).reshape([b, 1]);
    (hidden * mask.reshape([b, t, 1])).sum(1) / count
}

/// Rows scaled to unit length; a row of zeros stays one, as in PyTorch's `normalize`.
fn unit(x: &Tensor) -> Tensor {
    let rows = x.dim(0);
    let length = (x * x).sum(1).sqrt().maximum(1e-12).reshape([rows, 1]);
    x / length
}
