//! The kernels as handlers that compiled programs call: `bering.linear`, `bering.attention`, `bering.layer_norm`.

use crate::abi::{Call, Handler, Operands, Registration};
use crate::{Activation, Attention, LayerNorm, Linear};

/// All handlers of this crate, to be registered with a plugin on its host platform.
pub fn registrations() -> [Registration; 3] {
    [
        Registration::of::<LinearHandler>(),
        Registration::of::<AttentionHandler>(),
        Registration::of::<LayerNormHandler>(),
    ]
}

/// Where pieces write: each piece writes its own part of it, so threads may share it.
struct Target(*mut f32);

// SAFETY: pieces write disjoint parts (see `run_piece` and `run_rows`).
unsafe impl Sync for Target {}

impl Target {
    fn of(output: &mut [f32]) -> Self {
        Self(output.as_mut_ptr())
    }

    fn pointer(&self) -> *mut f32 {
        self.0
    }
}

/// `input` `[.., inputs]`, packed `weight` `[panels, inputs, 48]`, `bias` `[outputs]` -> `[.., outputs]`;
/// attribute `activation`.
struct LinearHandler;

impl Handler for LinearHandler {
    const TARGET: &'static str = "bering.linear";

    fn run(call: Call<'_>) -> Result<(), String> {
        let Operands { arguments: [input, weight, bias], results: [output], attributes, workers } =
            call.operands()?;
        let name = attributes.string("activation")?;
        let activation = Activation::ALL
            .into_iter()
            .find(|known| known.name() == name)
            .ok_or_else(|| format!("unknown activation `{name}`"))?;
        let inputs = usize::try_from(input.dims().last().copied().unwrap_or(0)).unwrap_or(0);
        let layer = Linear::new(input.f32s()?, weight.f32s()?, bias.f32s()?, inputs, activation)?;
        let output = output.f32s()?;
        if output.len() != layer.rows() * bias.f32s()?.len() {
            return Err(format!("result of {} elements does not fit {} rows", output.len(), layer.rows()));
        }
        let pieces = layer.pieces(workers.threads());
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
        /// Rows a piece: enough that taking a piece costs nothing beside it.
        const ROWS: usize = 32;
        let Operands { arguments: [input, residual, scale, shift], results: [output], attributes, workers } =
            call.operands()?;
        let epsilon = attributes.f32("epsilon")?;
        let layer = LayerNorm::new(input.f32s()?, residual.f32s()?, scale.f32s()?, shift.f32s()?, epsilon)?;
        let output = output.f32s()?;
        if output.len() != input.f32s()?.len() {
            return Err(format!("result of {} elements does not fit {} rows", output.len(), layer.rows()));
        }
        let (rows, target) = (layer.rows(), Target::of(output));
        workers.for_each(rows.div_ceil(ROWS), &|piece| {
            let piece = piece * ROWS..((piece + 1) * ROWS).min(rows);
            // SAFETY: the result has the input's size, just checked; each row is in one piece.
            unsafe { layer.run_rows(piece, target.pointer()) }
        })
    }
}
