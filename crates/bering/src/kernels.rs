//! Bering's own CPU kernels for traced code, each beside the plain operations that define it.
//!
//! [`Kernels`] decides once, for the device a program is meant for, which of the two a model is traced into. The plain form
//! runs anywhere and is what the tests hold the kernels against; the CPU form calls `bering-kernels` through custom calls.

use bering_frontend::{DType, Spec, Tensor, nn};
use bering_runtime::Device;

pub use bering_kernels::Activation;

/// Which form of an operation to trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kernels {
    /// Operations that every device has.
    Plain,
    /// Kernels for the CPU, for f32.
    Cpu,
}

impl Kernels {
    /// The kernels for a device: [`Kernels::Cpu`] on Bering's CPU plugin, else [`Kernels::Plain`].
    pub fn of(device: &Device) -> Kernels {
        match device.client().platform_name() {
            "cpu" => Kernels::Cpu,
            _ => Kernels::Plain,
        }
    }

    /// A dense layer, `activation(x weight^T + bias)`.
    ///
    /// On the CPU the weight is packed for the kernel. If it is made from parameters alone, that happens once, when the
    /// program is bound to them.
    ///
    /// # Shapes
    /// `x [.., K]`, `weight [N, K]`, `bias [N]` `-> [.., N]`
    /// # DTypes
    /// Floats, one for all; the kernel is for `f32`, other types take the plain form.
    /// # Errors
    /// Recorded when shapes do not fit.
    #[track_caller]
    pub fn linear(self, x: &Tensor, weight: &Tensor, bias: &Tensor, activation: Activation) -> Tensor {
        let sizes = (x.dims().split_last(), weight.dims(), bias.dims());
        let ((Some((&width, rows)), &[outputs, inputs], &[biases]), true) =
            (sizes, self.takes(&[x, weight, bias]))
        else {
            return plain_linear(x, weight, bias, activation);
        };
        if width != inputs || biases != outputs || inputs == 0 || outputs == 0 {
            return plain_linear(x, weight, bias, activation);
        }
        let panels = outputs.div_ceil(bering_kernels::PANEL);
        let packed = Spec::new(DType::F32, [panels, inputs, bering_kernels::PANEL]);
        let packed = weight.custom_call("bering.pack", &[], [], packed);
        let result = Spec::new(DType::F32, rows.iter().copied().chain([outputs]).collect::<Vec<_>>());
        let name = Activation::ALL.iter().find(|(_, known)| *known == activation).map_or("", |(name, _)| name);
        x.custom_call("bering.linear", &[&packed, bias], [("activation", name.into())], result)
    }

    /// Self-attention over one projection that holds queries, keys and values of each token:
    /// `softmax(q k^T / sqrt(D) + mask) v`.
    ///
    /// # Shapes
    /// `qkv [B, T, 3, H, D]`, `mask [B, T]` (added to the scores of that key) `-> [B, T, H, D]`
    /// # DTypes
    /// Floats, one for all; the kernel is for `f32`, other types take the plain form.
    /// # Errors
    /// Recorded when shapes do not fit.
    #[track_caller]
    pub fn self_attention(self, qkv: &Tensor, mask: &Tensor) -> Tensor {
        let [batch, tokens, parts, heads, width] = qkv.sizes();
        if self.takes(&[qkv, mask]) && parts == 3 && mask.dims() == [batch, tokens] {
            let result = Spec::new(DType::F32, [batch, tokens, heads, width]);
            return qkv.custom_call("bering.attention", &[mask], [], result);
        }
        let part = |index: usize| qkv.slice(2, index..index + 1).reshape([batch, tokens, heads, width]);
        let mask = mask.reshape([batch, 1, 1, tokens]);
        nn::attention(&part(0), &part(1), &part(2), Some(&mask))
    }

    /// Layer normalisation of a sum, over the last axis:
    /// `(x + residual - mean) / sqrt(variance + epsilon) * weight + bias`.
    ///
    /// # Shapes
    /// `x [.., N]`, `residual [.., N]`, `weight [N]`, `bias [N]` `-> [.., N]`
    /// # DTypes
    /// Floats, one for all; the kernel is for `f32`, other types take the plain form.
    /// # Errors
    /// Recorded when shapes do not fit.
    #[track_caller]
    pub fn add_norm(self, x: &Tensor, residual: &Tensor, weight: &Tensor, bias: &Tensor, epsilon: f64) -> Tensor {
        let width = x.dims().last().copied().unwrap_or(0);
        let fits = x.dims() == residual.dims() && weight.dims() == [width] && bias.dims() == [width] && width > 0;
        if self.takes(&[x, residual, weight, bias]) && fits {
            let epsilon = (epsilon as f32).into();
            let others = [residual, weight, bias];
            return x.custom_call("bering.layer_norm", &others, [("epsilon", epsilon)], x.spec().clone());
        }
        let sum = x + residual;
        let centred = &sum - sum.mean_keepdims(-1);
        let variance = (&centred * &centred).mean_keepdims(-1);
        centred * (variance + epsilon).rsqrt() * weight + bias
    }

    fn takes(self, operands: &[&Tensor]) -> bool {
        self == Kernels::Cpu && operands.iter().all(|operand| operand.dtype() == DType::F32)
    }
}

#[track_caller]
fn plain_linear(x: &Tensor, weight: &Tensor, bias: &Tensor, activation: Activation) -> Tensor {
    let sum = x.dot_general(weight, ([-1], [1]), ([0_usize; 0], [0_usize; 0])) + bias;
    match activation {
        Activation::Identity => sum,
        Activation::Gelu => sum.gelu(),
        Activation::GeluTanh => sum.gelu_tanh(),
        Activation::Relu => sum.relu(),
    }
}
