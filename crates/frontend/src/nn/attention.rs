//! Scaled dot-product attention: one function, whose variants are modifiers of its scores.
//!
//! [`attention`] is the sum over keys that every transformer computes. What tells transformers apart happens to the scores
//! between the first product and softmax, and that is a [`Modifier`]: the common ones are in [`modifiers`](super::modifiers), each
//! a line or two, and they are combined by writing them in a tuple.

use super::modifiers::{Modifier, Positions, Settings};
use crate::error::error;
use crate::{DType, Location, Shape, Tensor, einsum};

/// `softmax(q k^T / sqrt(width) + ..) v` for each head (Vaswani et al., 2017), with the scores changed by modifiers.
///
/// Heads stay where a projection leaves them, on the axis before the last: the products name their axes, so no operand
/// is transposed. There may be fewer heads of keys and values than of queries, each of which then serves a group of queries' heads
/// (grouped-query attention; one for all is multi-query attention).
///
/// `modifiers` is `()` for none, a modifier, a tuple of modifiers, or a tensor: numbers are added to the scores, truths say which
/// keys are seen. Scores are changed in the order given; masks are applied after that, once. Where nothing is seen, every key gets
/// the same weight.
///
/// # Shapes
/// `q [B, Q, H, D]`, `k [B, K, N, D]`, `v [B, K, N, E]` with `H` a multiple of `N` `-> [B, Q, H, E]`; modifiers see `[B, H, Q, K]`
/// # DTypes
/// Floats, one for all. Scores of 16-bit floats are computed in `f32`.
/// # Errors
/// Recorded when shapes do not fit.
/// # Gradient
/// Of `q`, `k`, `v` and what modifiers are made of.
/// # Source
/// Vaswani et al., Attention Is All You Need, 2017, section 3.2.1; Ainslie et al., GQA, 2023.
/// # Examples
/// ```
/// use bering_frontend::{DType, Spec, nn, trace};
/// let q = Spec::new(DType::F32, [2, 5, 12, 32]);
/// let kv = Spec::new(DType::F32, [2, 5, 4, 32]);
/// let graph = trace("f", &[q.clone(), kv.clone(), kv], |_, x| {
///     nn::attention(&x[0], &x[1], &x[2], (nn::causal(), nn::sliding_window(3), nn::softcap(50.0)))
/// })?;
/// assert_eq!(graph.outputs(), [q]);
/// # Ok::<(), bering_frontend::Error>(())
/// ```
/// A variant that is not there is one function. That of Longformer sees a window and some tokens of everything:
/// ```
/// use bering_frontend::{DType, Spec, nn, trace};
/// /// Keys within `reach` of the query; the first `global` tokens see all and are seen by all.
/// fn longformer(reach: i32, global: i32) -> impl nn::Modifier {
///     nn::mask(move |at| {
///         let near = (at.query() - at.key()).abs().le(reach);
///         near | at.query().lt(global) | at.key().lt(global)
///     })
/// }
/// /// Scores fall with the distance, more so in later heads.
/// fn decaying(rate: f64) -> impl nn::Modifier {
///     nn::score(move |scores, at| {
///         let distance = (at.query() - at.key()).abs().convert(scores.dtype());
///         let rates = (at.head().convert(scores.dtype()) + 1.0) * rate;
///         scores - distance * rates
///     })
/// }
/// let heads = Spec::new(DType::F32, [2, 5, 4, 8]);
/// let graph = trace("f", &[heads.clone(), heads.clone(), heads.clone()], |_, x| {
///     nn::attention(&x[0], &x[1], &x[2], (longformer(1, 2), decaying(0.1)))
/// })?;
/// assert_eq!(graph.outputs(), [heads]);
/// # Ok::<(), bering_frontend::Error>(())
/// ```
#[track_caller]
pub fn attention(q: &Tensor, k: &Tensor, v: &Tensor, modifiers: impl Modifier) -> Tensor {
    let location = Location::caller();
    let _scope = q.trace().enter("attention");
    let [[batch, queries, heads, width], [_, keys, groups, _]] = [q.sizes(), k.sizes()];
    if groups == 0 || !heads.is_multiple_of(groups) {
        let error = error!(
            Shape,
            "attention: heads of q must be a multiple of those of k, got {heads} in q {} and {groups} in k {}",
            q.spec(),
            k.spec()
        );
        return q.mistake_as(error, location, q.spec().clone());
    }
    let mut settings = Settings::default();
    modifiers.settings(&mut settings);
    // The queries are the smaller operand to scale: [Q, D] beside scores of [Q, K].
    let q = &(q * settings.scale.unwrap_or(1.0 / (width as f64).sqrt()));
    let grouped = heads != groups;
    let split = [batch, queries, groups, heads / groups, width];
    let scores = match grouped {
        true => einsum!("b q n g d, b k n d -> b n g q k", &q.reshape(split), k),
        false => einsum!("b q h d, b k h d -> b h q k", q, k),
    };
    let scores = match scores.dtype() {
        DType::F16 | DType::Bf16 => scores.convert(DType::F32),
        _ => scores,
    };
    let at = Positions::new([batch, heads, queries, keys], settings.start.take());
    let scores = match grouped {
        true => scores.reshape([batch, heads, queries, keys]),
        false => scores,
    };
    let scores = hidden(modifiers.score(scores, &at), modifiers.mask(&at));
    let (exponentials, sums) = exponentials(&scores, settings.sinks.as_ref());
    // Softmax divides last, for the same reason: [Q, E] quotients instead of [Q, K].
    // The result alone goes back to the order of its inputs.
    let exponentials = exponentials.convert(v.dtype());
    let mixed = match grouped {
        true => {
            let exponentials = exponentials.reshape([batch, groups, heads / groups, queries, keys]);
            let mixed = einsum!("b n g q k, b k n e -> b n g q e", &exponentials, v);
            mixed.reshape([batch, heads, queries, v.dim(-1)])
        }
        false => einsum!("b h q k, b k h e -> b h q e", &exponentials, v),
    };
    (mixed / sums.convert(v.dtype())).transpose([0, 2, 1, 3])
}

/// Scores with a large negative number where the mask is false.
fn hidden(scores: Tensor, mask: Option<Tensor>) -> Tensor {
    match mask {
        Some(mask) => mask.select(&scores, absent(scores.dtype())),
        None => scores,
    }
}

/// Exponentials, without overflow, and their sums over keys (and sinks, which have a score and no value).
fn exponentials(scores: &Tensor, sinks: Option<&Tensor>) -> (Tensor, Tensor) {
    let largest = scores.max_keepdims(-1);
    // One number a head.
    let sinks = sinks.map(|sinks| sinks.convert(scores.dtype()).expand_dims([-2, -1]));
    let largest = match &sinks {
        Some(sinks) => largest.maximum(sinks),
        None => largest,
    };
    let largest = largest.stop_gradient();
    let exponentials = (scores - &largest).exp();
    let sums = exponentials.sum_keepdims(-1);
    let sums = match sinks {
        Some(sinks) => sums + (sinks - largest).exp(),
        None => sums,
    };
    (exponentials, sums)
}

/// What an unseen score is: finite, so that a row of nothing else gives finite, if meaningless, results, and small enough to
/// leave room for what is added to it.
fn absent(dtype: DType) -> f64 {
    match dtype {
        DType::F16 => -3e4,
        _ => -1e9,
    }
}

/// A mask for [`attention`] from tokens that are (non-zero) or are not (zero) there: 0 or a large negative number.
///
/// The number is finite so that a sequence of padding alone gives finite, if meaningless, results.
///
/// # Shapes
/// `[B, K] -> [B, 1, 1, K]`
/// # DTypes
/// Any to `dtype`, a float.
/// # Errors
/// Recorded when `present` does not have two axes.
/// # Gradient
/// Not differentiable.
/// # Source
/// Composed of `compare` and `select`.
/// # Examples
/// ```
/// use bering_frontend::{DType, Spec, nn, trace};
/// let graph = trace("f", &[Spec::new(DType::I32, [2, 5])], |_, args| nn::padding_mask(&args[0], DType::F32))?;
/// assert_eq!(graph.outputs()[0].to_string(), "f32[2, 1, 1, 5]");
/// # Ok::<(), bering_frontend::Error>(())
/// ```
#[track_caller]
pub fn padding_mask(present: &Tensor, dtype: DType) -> Tensor {
    let [batch, tokens] = present.sizes();
    let present = present.convert(DType::Bool);
    let shape = Shape::from([batch, 1, 1, tokens]);
    present.select(Tensor::zeros(dtype, []), absent(dtype)).reshape(shape)
}
