//! Attention with its projections.

use super::{Linear, Modifier, Module, Rope, Settings, attention};
use crate::{DType, Params, Tensor, Tree};

/// How many heads an attention has, and how wide they are: `Heads::new(512, 8).grouped(2)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heads {
    features: usize,
    queries: usize,
    keys: usize,
    width: usize,
    bias: bool,
}

impl Heads {
    /// `heads` that share `features` evenly, with biases in the projections.
    pub fn new(features: usize, heads: usize) -> Heads {
        let width = features / heads.max(1);
        Heads { features, queries: heads, keys: heads, width, bias: true }
    }

    /// Fewer heads of keys and values, each for a group of queries' heads.
    pub fn grouped(mut self, keys: usize) -> Heads {
        self.keys = keys;
        self
    }

    /// Heads of another width than their share of the features.
    pub fn width(mut self, width: usize) -> Heads {
        self.width = width;
        self
    }

    /// Projections without biases.
    pub fn without_bias(mut self) -> Heads {
        self.bias = false;
        self
    }
}

/// Queries, keys and values by linear layers `q_proj`, `k_proj`, `v_proj`, attention in heads, and `o_proj` of what comes out.
///
/// With fewer heads of keys and values than of queries it is grouped-query attention (Llama, Mistral, Qwen).
///
/// ```
/// use bering_frontend::{DType, Params, Spec, nn, nn::{Heads, MultiHeadAttention}, trace};
/// let x = Spec::new(DType::F32, [2, 10, 64]);
/// let graph = trace("f", &[x.clone()], |params: &Params, args| {
///     let heads = Heads::new(64, 8).grouped(2).without_bias();
///     MultiHeadAttention::new(&params.at("self_attn"), heads)
///         .rope(nn::Rope::new(8, 10_000.0))
///         .forward(&args[0], nn::causal())
/// })?;
/// assert_eq!(graph.outputs(), [x]);
/// # Ok::<(), bering_frontend::Error>(())
/// ```
#[derive(Clone, Debug, Tree)]
#[tree(crate = crate)]
pub struct MultiHeadAttention {
    q_proj: Linear,
    k_proj: Linear,
    v_proj: Linear,
    o_proj: Linear,
    #[tree(static)]
    heads: Heads,
    #[tree(static)]
    rope: Option<Rope>,
}

impl MultiHeadAttention {
    /// A layer with `f32` parameters.
    #[track_caller]
    pub fn new(params: &Params, heads: Heads) -> MultiHeadAttention {
        let linear = |name: &str, inputs, outputs| match heads.bias {
            true => Linear::new(&params.at(name), inputs, outputs),
            false => Linear::without_bias(&params.at(name), inputs, outputs, DType::F32),
        };
        let (features, inner) = (heads.features, heads.queries * heads.width);
        MultiHeadAttention {
            q_proj: linear("q_proj", features, inner),
            k_proj: linear("k_proj", features, heads.keys * heads.width),
            v_proj: linear("v_proj", features, heads.keys * heads.width),
            o_proj: linear("o_proj", inner, features),
            heads,
            rope: None,
        }
    }

    /// Queries and keys are turned to their positions.
    pub fn rope(mut self, rope: Rope) -> MultiHeadAttention {
        self.rope = Some(rope);
        self
    }

    /// Attention of a sequence `[B, T, features]` to itself.
    ///
    /// # Errors
    /// Recorded when shapes do not fit.
    #[track_caller]
    pub fn forward(&self, x: &Tensor, modifiers: impl Modifier) -> Tensor {
        self.attend(x, x, modifiers)
    }

    /// Attention of a sequence `[B, Q, features]` to another `[B, K, features]`.
    ///
    /// # Errors
    /// Recorded when shapes do not fit.
    #[track_caller]
    pub fn attend(&self, x: &Tensor, context: &Tensor, modifiers: impl Modifier) -> Tensor {
        let Heads { queries, keys, width, .. } = self.heads;
        let split = |linear: &Linear, x: &Tensor, heads| {
            let [batch, tokens, _] = x.sizes();
            linear.forward(x).reshape([batch, tokens, heads, width])
        };
        let q = split(&self.q_proj, x, queries);
        let k = split(&self.k_proj, context, keys);
        let v = split(&self.v_proj, context, keys);
        let (q, k) = match &self.rope {
            Some(rope) => turned(rope, &q, &k, &modifiers),
            None => (q, k),
        };
        let mixed = attention(&q, &k, &v, modifiers);
        let [batch, tokens, ..] = mixed.sizes::<4>();
        self.o_proj.forward(&mixed.reshape([batch, tokens, queries * width]))
    }
}

/// Queries, from the first one's position on, and keys, from 0 on, turned to their positions.
#[track_caller]
fn turned(rope: &Rope, q: &Tensor, k: &Tensor, modifiers: &impl Modifier) -> (Tensor, Tensor) {
    let mut settings = Settings::default();
    modifiers.settings(&mut settings);
    let count = |x: &Tensor| Tensor::arange(DType::I32, x.dim(1));
    let queries = match settings.start {
        Some(start) if start.rank() == 0 => count(q) + start.convert(DType::I32),
        Some(start) => count(q) + start.convert(DType::I32).reshape([start.dim(0), 1]),
        None => count(q),
    };
    (rope.apply(q, &queries), rope.apply(k, &count(k)))
}
