//! The kernels as handlers that compiled programs call: `bering.linear`, `bering.attention`, `bering.layer_norm`,
//! `bering.encoder_layer` (and `bering.debug_print` from `debug`).

use crate::abi::{Attributes, Call, Handler, Operands, Registration};
use crate::debug::DebugPrint;
use crate::layer_norm;
use crate::scratch::with_scratch;
use crate::{Activation, Attention, Dense, EncoderLayer, EncoderWeights, LayerNorm, Linear, Norm};

/// All handlers of this crate, to be registered with a plugin on its host platform.
pub fn registrations() -> [Registration; 5] {
    [
        Registration::of::<LinearHandler>(),
        Registration::of::<AttentionHandler>(),
        Registration::of::<LayerNormHandler>(),
        Registration::of::<EncoderLayerHandler>(),
        Registration::of::<DebugPrint>(),
    ]
}

/// Where pieces write: each piece writes its own part of it, so threads may share it.
struct Target(*mut f32);

// SAFETY: pieces write disjoint parts (see `run_piece`).
unsafe impl Sync for Target {}

impl Target {
    fn of(output: &mut [f32]) -> Self {
        Self(output.as_mut_ptr())
    }

    fn pointer(&self) -> *mut f32 {
        self.0
    }
}

fn activation(attributes: Attributes<'_>) -> Result<Activation, String> {
    let name = attributes.string("activation")?;
    let known = Activation::ALL.into_iter().find(|known| known.name() == name);
    known.ok_or_else(|| format!("unknown activation `{name}`"))
}

/// `input` `[.., inputs]`, packed `weight` `[panels, inputs, 48]`, `bias` `[outputs]` -> `[.., outputs]`;
/// attribute `activation`.
struct LinearHandler;

impl Handler for LinearHandler {
    const TARGET: &'static str = "bering.linear";

    fn run(call: Call<'_>) -> Result<(), String> {
        let Operands { arguments: [input, weight, bias], results: [output], attributes, workers } =
            call.operands()?;
        let activation = activation(attributes)?;
        let inputs = usize::try_from(input.dims().last().copied().unwrap_or(0)).unwrap_or(0);
        let layer = Linear::new(input.f32s()?, weight.f32s()?, bias.f32s()?, inputs, activation)?;
        let output = output.f32s()?;
        if output.len() != layer.rows() * bias.f32s()?.len() {
            return Err(format!("result of {} elements does not fit {} rows", output.len(), layer.rows()));
        }
        let pieces = layer.pieces(layer.rows(), workers.threads());
        let target = Target::of(output);
        // SAFETY: `output` has the size asked for, just checked; each piece runs once.
        workers.for_each(pieces.count(), &|piece| unsafe { layer.run_piece(pieces, piece, target.pointer()) })
    }
}

/// `qkv` `[batch, tokens, 3, heads, width]`, `bias` `[batch, tokens]` -> `[batch, tokens, heads, width]`.
struct AttentionHandler;

impl Handler for AttentionHandler {
    const TARGET: &'static str = "bering.attention";

    fn run(call: Call<'_>) -> Result<(), String> {
        let Operands { arguments: [qkv, bias], results: [output], workers, .. } = call.operands()?;
        let &[batch, tokens, heads, width] = output.dims() else {
            return Err(format!(
                "result of rank {} is not [batch, tokens, heads, width]",
                output.dims().len()
            ));
        };
        let sizes = [batch, tokens, heads, width].map(|size| usize::try_from(size).unwrap_or(0));
        let attention = Attention::new(qkv.f32s()?, bias.f32s()?, sizes)?;
        let target = Target::of(output.f32s()?);
        // SAFETY: the result's sizes are those the attention was made with; each piece runs once.
        workers.for_each(attention.pieces(), &|piece| unsafe { attention.run_piece(piece, target.pointer()) })
    }
}

/// `input` and `residual` `[.., width]`, `scale` and `shift` `[width]` -> `[.., width]`; attribute `epsilon`.
struct LayerNormHandler;

impl Handler for LayerNormHandler {
    const TARGET: &'static str = "bering.layer_norm";

    fn run(call: Call<'_>) -> Result<(), String> {
        let Operands { arguments: [input, residual, scale, shift], results: [output], attributes, workers } =
            call.operands()?;
        let epsilon = attributes.f32("epsilon")?;
        let layer = LayerNorm::new(input.f32s()?, residual.f32s()?, scale.f32s()?, shift.f32s()?, epsilon)?;
        let output = output.f32s()?;
        if output.len() != input.f32s()?.len() {
            return Err(format!("result of {} elements does not fit {} rows", output.len(), layer.rows()));
        }
        let (pieces, target) = (layer_norm::pieces(layer.rows(), workers.threads()), Target::of(output));
        workers.for_each(pieces, &|piece| {
            // SAFETY: the result has the input's size, just checked; each piece runs once.
            unsafe { layer.run_piece(piece, pieces, target.pointer()) }
        })
    }
}

/// `input` `[batch, tokens, hidden]`, `bias` `[batch, tokens]`, then weight and bias, or scale and shift, of each of
/// [`EncoderWeights`]' fields -> `[batch, tokens, hidden]`; attributes `activation`, `epsilon`, `heads`.
struct EncoderLayerHandler;

impl Handler for EncoderLayerHandler {
    const TARGET: &'static str = "bering.encoder_layer";

    fn run(call: Call<'_>) -> Result<(), String> {
        let Operands { arguments, results: [output], attributes, workers } = call.operands::<14, 1>()?;
        let &[batch, tokens, hidden] = arguments[0].dims() else {
            return Err(format!(
                "input of rank {} is not [batch, tokens, hidden]",
                arguments[0].dims().len()
            ));
        };
        let heads = attributes.i64("heads")?;
        if heads <= 0 || hidden % heads != 0 {
            return Err(format!("{heads} heads do not divide {hidden} features"));
        }
        let sizes = [batch, tokens, heads, hidden / heads].map(|size| usize::try_from(size).unwrap_or(0));
        let values = |at: usize| arguments[at].f32s();
        let dense = |at: usize| Ok::<_, String>(Dense { weight: values(at)?, bias: values(at + 1)? });
        let norm = |at: usize| Ok::<_, String>(Norm { scale: values(at)?, shift: values(at + 1)? });
        let weights = EncoderWeights {
            qkv: dense(2)?,
            context: dense(4)?,
            context_norm: norm(6)?,
            expand: dense(8)?,
            contract: dense(10)?,
            output_norm: norm(12)?,
        };
        let (activation, epsilon) = (activation(attributes)?, attributes.f32("epsilon")?);
        let layer = EncoderLayer::new(values(0)?, values(1)?, sizes, &weights, activation, epsilon)?;
        let output = output.f32s()?;
        if output.len() != values(0)?.len() {
            return Err(format!("result of {} elements does not fit {sizes:?}", output.len()));
        }
        let (threads, target) = (workers.threads(), Target::of(output));
        with_scratch(layer.scratch(), |scratch| {
            let scratch = Target::of(scratch);
            workers.for_each_step(&layer.steps(threads), &|step, piece| {
                // SAFETY: both have the sizes asked for; each piece runs once, after all pieces of the steps before.
                unsafe { layer.run_piece(step, piece, threads, scratch.pointer(), target.pointer()) }
            })
        })
    }
}
