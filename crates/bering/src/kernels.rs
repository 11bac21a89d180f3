//! Bering's CPU kernels as functions of traced tensors.
//!
//! Each does in one pass over memory what plain operations do in several. They run on the CPU only: a graph that calls them
//! compiles for no other device, so a model asks [`available`] and has a form in plain operations, too.

use bering_frontend::{Attribute, DType, Spec, Tensor};

pub use bering_kernels::{Activation, Element, PANEL};

/// Whether programs for devices of this target (see [`target`](crate::target())) may call the kernels.
pub fn available(target: &str) -> bool {
    target == "cpu"
}

/// The dimensions of a packed weight of a layer from `inputs` to `outputs` features.
pub fn packed_dims(inputs: usize, outputs: usize) -> [usize; 3] {
    [outputs.div_ceil(PANEL), inputs, PANEL]
}

/// Packs a weight `[outputs, inputs]` on the host, for [`linear`]: the result has [`packed_dims`].
///
/// # Panics
/// When `weight` is not made of whole rows of `inputs`.
pub fn pack(weight: &[f32], inputs: usize) -> Vec<f32> {
    bering_kernels::pack(weight, inputs)
}

/// Packs a weight that is given row by row, as the bytes of a checkpoint's tensors or as numbers, into `packed`, which has
/// [`packed_dims`].
///
/// # Panics
/// When a row does not have `inputs` numbers, or `packed` has panels for more or fewer rows.
pub fn pack_rows<'a, T: Element + 'a>(
    rows: impl IntoIterator<Item = &'a [T]>,
    inputs: usize,
    packed: &mut [f32],
) {
    bering_kernels::pack_rows(rows, inputs, packed);
}

/// An affine layer with its activation: `activation(x W^T + b)`, the weight packed by [`pack`].
///
/// # Shapes
/// `x [S.., I]`, `weight` [`packed_dims`] of `I` and `O`, `bias [O]` `-> [S.., O]`
/// # DTypes
/// `f32`.
/// # Errors
/// Operands of other sizes are refused when the program runs.
/// # Gradient
/// Not differentiable.
#[track_caller]
pub fn linear(x: &Tensor, weight: &Tensor, bias: &Tensor, activation: Activation) -> Tensor {
    let mut dims = x.dims().to_vec();
    if let Some(last) = dims.last_mut() {
        *last = bias.dim(0);
    }
    let activation: Attribute = activation.name().into();
    let result = Spec::new(DType::F32, dims);
    x.custom_call("bering.linear", &[weight, bias], [("activation", activation)], result)
}

/// `softmax(q k^T / sqrt(width) + bias) v` for each head, of queries, keys and values that one projection made side by side.
///
/// # Shapes
/// `qkv [B, T, 3 * H * W]`, `bias [B, T]`, added to every score of that key, `-> [B, T, H * W]`
/// # DTypes
/// `f32`.
/// # Errors
/// Recorded when `qkv` does not have three axes or its last is not three times `heads` heads; operands of other sizes
/// are refused when the program runs.
/// # Gradient
/// Not differentiable.
#[track_caller]
pub fn attention(qkv: &Tensor, bias: &Tensor, heads: usize) -> Tensor {
    let [batch, tokens, features] = qkv.sizes();
    let width = features / (3 * heads.max(1));
    let split = qkv.reshape([batch, tokens, 3, heads, width]);
    let result = Spec::new(DType::F32, [batch, tokens, heads, width]);
    split.custom_call("bering.attention", &[bias], [], result).reshape([batch, tokens, heads * width])
}

/// Layer normalisation of `x + residual` over the last axis, scaled by `weight`, shifted by `bias`.
///
/// # Shapes
/// `x`, `residual [S.., N]`, `weight`, `bias [N]` `-> [S.., N]`
/// # DTypes
/// `f32`.
/// # Errors
/// Operands of other sizes are refused when the program runs.
/// # Gradient
/// Not differentiable.
#[track_caller]
pub fn add_layer_norm(x: &Tensor, residual: &Tensor, weight: &Tensor, bias: &Tensor, eps: f64) -> Tensor {
    let epsilon: Attribute = (eps as f32).into();
    x.custom_call("bering.layer_norm", &[residual, weight, bias], [("epsilon", epsilon)], x.spec().clone())
}

/// The parameters of an affine layer: its weight packed by [`pack`], its bias.
#[derive(Clone, Debug)]
pub struct Dense {
    /// [`packed_dims`] of the layer's inputs and outputs.
    pub weight: Tensor,
    /// `[outputs]`
    pub bias: Tensor,
}

/// The parameters of a layer normalisation, `[hidden]` each.
#[derive(Clone, Debug)]
pub struct Norm {
    /// What normalised values are multiplied by.
    pub weight: Tensor,
    /// What is added to them then.
    pub bias: Tensor,
}

/// A layer of a post-norm Transformer encoder, as BERT has it: attention, then two affine layers, each added to its input
/// and normalised.
#[derive(Clone, Debug)]
pub struct EncoderLayer {
    /// Queries, keys and values side by side: from `hidden` to `3 * hidden` features.
    pub qkv: Dense,
    /// What attention yields, from `hidden` to `hidden`.
    pub context: Dense,
    /// After attention.
    pub context_norm: Norm,
    /// From `hidden` to any number of features, with the activation.
    pub expand: Dense,
    /// Back to `hidden`.
    pub contract: Dense,
    /// After the affine layers.
    pub output_norm: Norm,
    /// How many heads attention has.
    pub heads: usize,
    /// Between the affine layers.
    pub activation: Activation,
    /// Of the normalisations.
    pub eps: f64,
}

impl EncoderLayer {
    /// What the layer makes of `x`; `bias` is added to every score of that key.
    ///
    /// # Shapes
    /// `x [B, T, H]`, `bias [B, T]` `-> [B, T, H]`
    /// # DTypes
    /// `f32`.
    /// # Errors
    /// Operands of other sizes are refused when the program runs.
    /// # Gradient
    /// Not differentiable.
    /// # Source
    /// Devlin et al., "BERT: Pre-training of Deep Bidirectional Transformers", 2018.
    #[track_caller]
    pub fn forward(&self, x: &Tensor, bias: &Tensor) -> Tensor {
        let dense = |dense: &'_ Dense| [dense.weight.clone(), dense.bias.clone()];
        let norm = |norm: &'_ Norm| [norm.weight.clone(), norm.bias.clone()];
        let parameters = [
            dense(&self.qkv),
            dense(&self.context),
            norm(&self.context_norm),
            dense(&self.expand),
            dense(&self.contract),
            norm(&self.output_norm),
        ];
        let operands: Vec<&Tensor> = std::iter::once(bias).chain(parameters.iter().flatten()).collect();
        let attributes: [(&str, Attribute); 3] = [
            ("activation", self.activation.name().into()),
            ("epsilon", (self.eps as f32).into()),
            ("heads", i64::try_from(self.heads).unwrap_or(i64::MAX).into()),
        ];
        x.custom_call("bering.encoder_layer", &operands, attributes, x.spec().clone())
    }
}
