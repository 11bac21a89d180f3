//! Scaled dot-product attention.

use crate::{DType, Tensor, einsum};

/// `softmax(q k^T / sqrt(width) + mask) v` for each head (Vaswani et al., 2017).
///
/// Heads stay where a projection leaves them, on the axis before the last: the products name their axes, so no operand
/// is transposed. `mask` is added to the scores once and must broadcast to them.
///
/// # Shapes
/// `q [B, Q, H, D]`, `k [B, K, H, D]`, `v [B, K, H, E]`, `mask` like `[B, 1, 1, K]` `-> [B, Q, H, E]`
/// # DTypes
/// Floats, one for all.
/// # Errors
/// Recorded when shapes do not fit.
/// # Gradient
/// Of `q`, `k`, `v` and `mask`.
/// # Source
/// Vaswani et al., Attention Is All You Need, 2017, section 3.2.1.
/// # Examples
/// ```
/// use bering_frontend::{DType, Spec, nn, trace};
/// let heads = Spec::new(DType::F32, [2, 5, 12, 32]);
/// let graph = trace("f", &[heads.clone(), heads.clone(), heads.clone()], |_, args| {
///     nn::attention(&args[0], &args[1], &args[2], None)
/// })?;
/// assert_eq!(graph.outputs(), [heads]);
/// # Ok::<(), bering_frontend::Error>(())
/// ```
#[track_caller]
pub fn attention(q: &Tensor, k: &Tensor, v: &Tensor, mask: Option<&Tensor>) -> Tensor {
    let _scope = q.trace().enter("attention");
    let scale = 1.0 / (q.dim(-1) as f64).sqrt();
    // The queries are the smaller operand to scale: [Q, D] beside scores of [Q, K].
    let scores = einsum!("b q h d, b k h d -> b h q k", &(q * scale), k);
    let scores = match mask {
        Some(mask) => scores + mask,
        None => scores,
    };
    let exponentials = (&scores - scores.max_keepdims(-1).stop_gradient()).exp();
    let sums = exponentials.sum_keepdims(-1);
    // Softmax divides last, for the same reason: [Q, E] quotients instead of [Q, K].
    // The result alone goes back to the order of its inputs.
    let mixed = einsum!("b h q k, b k h e -> b h q e", &exponentials, v) / sums;
    mixed.transpose([0, 2, 1, 3])
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
    // Half of the least finite value leaves room for the score it is added to.
    let absent = match dtype {
        DType::F16 => -3e4,
        _ => -1e9,
    };
    present.select(Tensor::zeros(dtype, []), absent).reshape([batch, 1, 1, tokens])
}
