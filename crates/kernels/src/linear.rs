//! A dense layer on packed weights: `activation(x W + b)`.
//!
//! Weights are packed once, when a model is loaded, into panels of [`PANEL`] output columns: `[panels, inputs, PANEL]`,
//! the last panel padded with zeros. A panel is read front to back, which is what the memory system likes best,
//! and every instruction set here divides 48 into whole tiles of three vectors.

use crate::simd::{self, Routine, Vector, dispatch};
use crate::tile::{Ahead, Matrix, for_row_tiles, load, product};

/// Output columns in a panel of packed weights.
pub const PANEL: usize = 48;

/// Rows that are worked on together, so that their inputs stay in the second-level cache while the weights pass by.
const BLOCK_ROWS: usize = 96;

/// While the last so many rows pass by a panel, the next one is read ahead.
const AHEAD_ROWS: usize = 16;

/// Cache lines to ask for with each input of a tile: two tiles make up the three lines that a panel has for it.
const AHEAD_LINES: usize = 2;

/// What is applied to each output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// Nothing.
    Identity,
    /// `x / 2 (1 + erf(x / sqrt 2))`.
    Gelu,
    /// The tanh approximation of GELU.
    GeluTanh,
    /// `max(x, 0)`.
    Relu,
    /// `x / (1 + e^-x)`.
    Silu,
}

impl Activation {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Identity, Self::Gelu, Self::GeluTanh, Self::Relu, Self::Silu];

    /// The name that traced programs use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Gelu => "gelu",
            Self::GeluTanh => "gelu_tanh",
            Self::Relu => "relu",
            Self::Silu => "silu",
        }
    }

    #[inline(always)]
    unsafe fn apply<V: Vector>(self, x: V) -> V {
        // SAFETY: the caller grants V's instruction set.
        unsafe {
            match self {
                Self::Identity => x,
                Self::Gelu => simd::gelu(x),
                Self::GeluTanh => simd::gelu_tanh(x),
                Self::Relu => V::splat(0.0).max(x),
                Self::Silu => simd::silu(x),
            }
        }
    }
}

/// A dense layer's operands: `input` f32 `[rows, inputs]`, `weight` packed f32 `[panels, inputs, PANEL]`,
/// `bias` f32 `[outputs]`.
#[derive(Clone, Copy)]
pub struct Linear<'a> {
    input: &'a [f32],
    weight: &'a [f32],
    bias: &'a [f32],
    inputs: usize,
    activation: Activation,
    /// The weights that will be read after this layer's, if they are known.
    following: Panels<'a>,
}

/// Packed weights: panels of `size` f32.
#[derive(Clone, Copy)]
struct Panels<'a> {
    values: &'a [f32],
    size: usize,
}

impl Panels<'_> {
    /// The panel of this number as something to read ahead; nothing if there is none.
    fn ahead(self, panel: usize) -> Ahead {
        let rest = self.values.get(panel * self.size..).unwrap_or_default();
        Ahead { start: rest.as_ptr(), length: rest.len().min(self.size) }
    }

    fn count(self) -> usize {
        self.values.len().checked_div(self.size).unwrap_or(0)
    }
}

impl<'a> Linear<'a> {
    /// Checks that the sizes fit together.
    ///
    /// # Errors
    /// Names the operand that does not fit, with both sizes.
    pub fn new(
        input: &'a [f32],
        weight: &'a [f32],
        bias: &'a [f32],
        inputs: usize,
        activation: Activation,
    ) -> Result<Self, String> {
        let panels = bias.len().div_ceil(PANEL);
        if weight.len() != panels * inputs * PANEL {
            let expected = panels * inputs * PANEL;
            return Err(format!("linear: packed weight has {} elements, {expected} expected", weight.len()));
        }
        if inputs == 0 || !input.len().is_multiple_of(inputs) {
            return Err(format!("linear: input of {} elements is not made of rows of {inputs}", input.len()));
        }
        Ok(Self { input, weight, bias, inputs, activation, following: Panels { values: &[], size: 0 } })
    }

    /// The same layer, which towards its end reads ahead into the packed weights `next` of a layer with `inputs` inputs.
    pub(crate) fn followed_by(self, next: &'a [f32], inputs: usize) -> Self {
        Self { following: Panels { values: next, size: inputs * PANEL }, ..self }
    }

    /// The same layer on another input.
    ///
    /// # Panics
    /// When `input` is not made of whole rows.
    pub(crate) fn on<'b>(self, input: &'b [f32]) -> Linear<'b>
    where
        'a: 'b,
    {
        assert!(input.len().is_multiple_of(self.inputs));
        Linear { input, ..self }
    }

    /// How many rows the result has.
    pub fn rows(&self) -> usize {
        self.input.len() / self.inputs
    }

    /// How long a row of the input is.
    pub(crate) fn inputs(&self) -> usize {
        self.inputs
    }

    /// Cuts the work on so many rows into independent pieces for so many threads.
    ///
    /// More than there are threads, so that one that starts late or is interrupted leaves little to wait for: for few rows
    /// a piece is a panel, for many rows threads still get several each.
    pub(crate) fn pieces(&self, rows: usize, threads: usize) -> Pieces {
        let panels = self.bias.len().div_ceil(PANEL);
        let blocks = rows.div_ceil(BLOCK_ROWS);
        let groups = match (threads, blocks) {
            (1, _) => 1,
            (_, ..=1) => panels,
            _ => (threads * 8).div_ceil(blocks).min(panels),
        };
        Pieces { blocks, groups: groups.max(1), panels, threads }
    }

    /// Computes one piece into `output`, f32 `[rows, outputs]`.
    ///
    /// # Safety
    /// `output` is writable for rows x outputs f32, and no other thread works on the same piece.
    pub(crate) unsafe fn run_piece(&self, pieces: Pieces, piece: usize, output: *mut f32) {
        let (block, group) = (piece / pieces.groups, piece % pieces.groups);
        let rows = block * BLOCK_ROWS..((block + 1) * BLOCK_ROWS).min(self.rows());
        dispatch(Piece { layer: self, rows, panels: pieces.group(group), then: pieces.after(group), output });
    }

    /// The whole layer on the calling thread: `output` is f32 `[rows, outputs]`.
    ///
    /// # Panics
    /// When `output` has another size.
    pub fn run(&self, output: &mut [f32]) {
        assert_eq!(output.len(), self.rows() * self.bias.len());
        let pieces = self.pieces(self.rows(), 1);
        for piece in 0..pieces.count() {
            // SAFETY: `output` has the size asked for and is borrowed here alone.
            unsafe { self.run_piece(pieces, piece, output.as_mut_ptr()) }
        }
    }
}

/// How a layer's work is cut: blocks of rows times groups of panels.
#[derive(Clone, Copy)]
pub(crate) struct Pieces {
    blocks: usize,
    groups: usize,
    panels: usize,
    threads: usize,
}

impl Pieces {
    pub(crate) fn count(self) -> usize {
        if self.panels == 0 { 0 } else { self.blocks * self.groups }
    }

    /// The panels of a group.
    fn group(self, group: usize) -> std::ops::Range<usize> {
        group * self.panels / self.groups..(group + 1) * self.panels / self.groups
    }

    /// The panel that the thread that has this group will most likely take next; beyond the last one it is a panel of the
    /// following layer. Threads are about equally fast, so it is the one as many groups on as there are threads.
    fn after(self, group: usize) -> usize {
        let next = group + self.threads;
        if next < self.groups { self.group(next).start } else { self.panels + next - self.groups }
    }
}

struct Piece<'a> {
    layer: &'a Linear<'a>,
    rows: std::ops::Range<usize>,
    panels: std::ops::Range<usize>,
    /// The panel to read ahead after the last one.
    then: usize,
    output: *mut f32,
}

impl Routine for Piece<'_> {
    #[inline(always)]
    unsafe fn run<V: Vector>(self) {
        for panel in self.panels.clone() {
            // SAFETY: the panel is one of the layer's.
            unsafe { self.panel::<V>(panel) }
        }
    }
}

impl Piece<'_> {
    /// The weights to bring in while `panel` is worked on.
    fn ahead(&self, panel: usize) -> Ahead {
        let own = Panels { values: self.layer.weight, size: self.layer.inputs * PANEL };
        let next = if panel + 1 < self.panels.end { panel + 1 } else { self.then };
        match next.checked_sub(own.count()) {
            None => own.ahead(next),
            Some(beyond) => self.layer.following.ahead(beyond),
        }
    }

    /// # Safety
    /// As [`Vector`]; `panel` is one of the layer's.
    #[inline(always)]
    unsafe fn panel<V: Vector>(&self, panel: usize) {
        let (inputs, outputs) = (self.layer.inputs, self.layer.bias.len());
        let first = panel * PANEL;
        let width = PANEL.min(outputs - first);
        let mut bias = [0.0; PANEL];
        bias[..width].copy_from_slice(&self.layer.bias[first..first + width]);
        let input = Matrix { start: self.layer.input.as_ptr(), stride: inputs };
        let mut ahead = self.ahead(panel);
        for column in (0..width).step_by(3 * V::LANES) {
            // SAFETY: PANEL is a multiple of 3 LANES, so the loads of bias and weight stay inside the panel, and the
            // rows inside the input; the tile is stored whole only where it is inside the output's row.
            unsafe {
                let init = load::<V, 3>(bias.as_ptr().add(column));
                let start = self.layer.weight.as_ptr().add(panel * inputs * PANEL + column);
                let weight = Matrix { start, stride: PANEL };
                let inside = column + 3 * V::LANES <= width;
                let output = self.output.add(first + column);
                macro_rules! tile {
                    ($row:expr, $height:literal) => {{
                        // Late, or what is read ahead drives out what is being worked on.
                        let soon = self.rows.end - $row <= AHEAD_ROWS;
                        let asked = if soon { ahead } else { Ahead::NOTHING };
                        let sums = product::<V, $height, 3, AHEAD_LINES>(
                            inputs,
                            input.at($row, 0),
                            weight,
                            init,
                            asked,
                        );
                        ahead = if soon { ahead.after::<AHEAD_LINES>(inputs) } else { ahead };
                        for (row, mut sums) in sums.into_iter().enumerate() {
                            for sum in &mut sums {
                                *sum = self.layer.activation.apply(*sum);
                            }
                            let to = output.add(($row + row) * outputs);
                            if inside { store(sums, to) } else { store_part(sums, to, width - column) }
                        }
                    }};
                }
                for_row_tiles!(V, self.rows.clone(), tile);
            }
        }
    }
}

/// # Safety
/// `to` is writable for three vectors.
#[inline(always)]
unsafe fn store<V: Vector>(values: [V; 3], to: *mut f32) {
    for (vector, value) in values.into_iter().enumerate() {
        // SAFETY: granted by the caller.
        unsafe { value.store(to.add(vector * V::LANES)) }
    }
}

/// # Safety
/// `to` is writable for `count` f32, and `count` is at most three vectors.
#[inline(always)]
unsafe fn store_part<V: Vector>(values: [V; 3], to: *mut f32, count: usize) {
    let mut whole = [0.0_f32; PANEL];
    // SAFETY: three vectors fit into a panel, and `count` of their lanes into `to`.
    unsafe {
        store(values, whole.as_mut_ptr());
        std::ptr::copy_nonoverlapping(whole.as_ptr(), to, count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::pack;
    use crate::reference::{self, Noise};
    use crate::simd::at_every_level;

    fn check(rows: usize, inputs: usize, outputs: usize, activation: Activation) {
        let mut noise = Noise::new(rows + inputs + outputs);
        let (x, w, b) = (noise.take(rows * inputs), noise.take(outputs * inputs), noise.take(outputs));
        let packed = pack(&w, inputs);
        let mut got = vec![f32::NAN; rows * outputs];
        Linear::new(&x, &packed, &b, inputs, activation).unwrap().run(&mut got);
        let expected = reference::linear(&x, &w, &b, inputs, activation);
        reference::assert_close(&got, &expected, 2e-5);
    }

    #[test]
    fn agrees_with_the_definition_on_awkward_sizes() {
        at_every_level(|| {
            for (rows, inputs, outputs) in
                [(1, 1, 1), (7, 5, 47), (16, 384, 384), (97, 33, 49), (200, 64, 150), (3, 2, 96)]
            {
                for activation in Activation::ALL {
                    check(rows, inputs, outputs, activation);
                }
            }
        });
    }

    #[test]
    fn no_rows_and_no_outputs_compute_nothing() {
        Linear::new(&[], &[0.0; PANEL], &[1.0], 1, Activation::Identity).unwrap().run(&mut []);
        Linear::new(&[1.0], &[], &[], 1, Activation::Identity).unwrap().run(&mut []);
    }

    #[test]
    fn sizes_that_do_not_fit_are_named() {
        let error = Linear::new(&[0.0; 4], &[0.0; 7], &[0.0; 2], 2, Activation::Gelu).err().unwrap();
        assert_eq!(error, "linear: packed weight has 7 elements, 96 expected");
        let error = Linear::new(&[0.0; 3], &[0.0; 96], &[0.0; 2], 2, Activation::Gelu).err().unwrap();
        assert_eq!(error, "linear: input of 3 elements is not made of rows of 2");
    }
}
