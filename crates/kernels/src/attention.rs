//! Softmax attention over one packed projection: `softmax(Q K^T / sqrt(width) + bias) V`.
//!
//! Scores of a few query rows at a time live in the first-level cache and never reach memory. Keys are transposed once
//! a head, because the register tile wants them a row of columns at a time; values are used where they lie.

use crate::linear::PANEL;
use crate::simd::{self, Routine, Vector, dispatch};
use crate::tile::{Ahead, Matrix, for_row_tiles, product};

/// Attention's operands: `qkv` f32 `[batch, tokens, 3, heads, width]` (queries, keys, values of each token side by
/// side), `bias` f32 `[batch, tokens]`, added to every score of that key.
#[derive(Clone, Copy)]
pub struct Attention<'a> {
    qkv: &'a [f32],
    bias: &'a [f32],
    batch: usize,
    tokens: usize,
    heads: usize,
    width: usize,
}

impl<'a> Attention<'a> {
    /// Checks that the sizes fit `[batch, tokens, heads, width]`.
    ///
    /// # Errors
    /// Names the operand that does not fit, with both sizes.
    pub fn new(
        qkv: &'a [f32],
        bias: &'a [f32],
        [batch, tokens, heads, width]: [usize; 4],
    ) -> Result<Self, String> {
        if qkv.len() != batch * tokens * 3 * heads * width {
            let expected = batch * tokens * 3 * heads * width;
            return Err(format!("attention: qkv has {} elements, {expected} expected", qkv.len()));
        }
        if bias.len() != batch * tokens {
            return Err(format!("attention: bias has {} elements, {} expected", bias.len(), batch * tokens));
        }
        Ok(Self::of(qkv, bias, [batch, tokens, heads, width]))
    }

    /// As [`new`](Self::new), of operands that fit.
    ///
    /// # Panics
    /// When they do not.
    pub(crate) fn of(qkv: &'a [f32], bias: &'a [f32], sizes: [usize; 4]) -> Self {
        let [batch, tokens, heads, width] = sizes;
        assert!(qkv.len() == batch * tokens * 3 * heads * width && bias.len() == batch * tokens);
        Self { qkv, bias, batch, tokens, heads, width }
    }

    /// One piece a head of a sequence.
    pub(crate) fn pieces(&self) -> usize {
        if self.tokens * self.width == 0 { 0 } else { self.batch * self.heads }
    }

    /// Computes one piece into `output`, f32 `[batch, tokens, heads, width]`.
    ///
    /// # Safety
    /// `output` is writable for its whole size, and no other thread works on the same piece.
    pub(crate) unsafe fn run_piece(&self, piece: usize, output: *mut f32) {
        let (sequence, head) = (piece / self.heads, piece % self.heads);
        let row = 3 * self.heads * self.width;
        // SAFETY: sequence and head are inside the operands' sizes, which `new` checked.
        let (query, output) = unsafe {
            let query = self.qkv.as_ptr().add(sequence * self.tokens * row + head * self.width);
            (query, output.add((sequence * self.tokens * self.heads + head) * self.width))
        };
        let bias = &self.bias[sequence * self.tokens..(sequence + 1) * self.tokens];
        dispatch(Head { attention: self, query: Matrix { start: query, stride: row }, bias, output });
    }

    /// The whole attention on the calling thread: `output` is f32 `[batch, tokens, heads, width]`.
    ///
    /// # Panics
    /// When `output` has another size.
    pub fn run(&self, output: &mut [f32]) {
        assert_eq!(output.len() * 3, self.qkv.len());
        for piece in 0..self.pieces() {
            // SAFETY: `output` has the size asked for and is borrowed here alone.
            unsafe { self.run_piece(piece, output.as_mut_ptr()) }
        }
    }
}

/// One head of one sequence.
struct Head<'a> {
    attention: &'a Attention<'a>,
    query: Matrix,
    bias: &'a [f32],
    output: *mut f32,
}

impl Routine for Head<'_> {
    #[inline(always)]
    unsafe fn run<V: Vector>(self) {
        // SAFETY: passed on.
        unsafe { self.rows::<V>() }
    }
}

impl Head<'_> {
    /// # Safety
    /// As [`Vector`].
    #[inline(always)]
    unsafe fn rows<V: Vector>(&self) {
        let Attention { tokens, heads, width, .. } = *self.attention;
        let padded = tokens.next_multiple_of(PANEL);
        // SAFETY: keys and values lie one and two projections after the queries, in the same rows.
        let (key, value) = unsafe { (self.query.at(0, heads * width), self.query.at(0, 2 * heads * width)) };

        let mut keys = vec![0.0_f32; width * padded];
        for token in 0..tokens {
            for at in 0..width {
                // SAFETY: `token` and `at` are inside the head.
                keys[at * padded + token] = unsafe { *key.at(token, at).start };
            }
        }
        let keys = Matrix { start: keys.as_ptr(), stride: padded };
        // Scores beyond the last token must lose every comparison and weigh nothing.
        let mut bias = vec![f32::MIN; padded];
        bias[..tokens].copy_from_slice(self.bias);
        // Values whose rows are no whole vectors are copied into rows that are.
        let lanes = width.next_multiple_of(V::LANES);
        let mut copy = Vec::new();
        let value = if lanes == width {
            value
        } else {
            copy.resize(tokens * lanes, 0.0);
            for token in 0..tokens {
                for at in 0..width {
                    // SAFETY: `token` and `at` are inside the head.
                    copy[token * lanes + at] = unsafe { *value.at(token, at).start };
                }
            }
            Matrix { start: copy.as_ptr(), stride: lanes }
        };
        let mut scores = vec![0.0_f32; V::TILE_ROWS * padded];
        let scores = scores.as_mut_ptr();
        macro_rules! tile {
            ($row:expr, $height:literal) => {{
                let totals = self.scores::<V, $height>(self.query.at($row, 0), keys, &bias, scores);
                let weights = Matrix { start: scores, stride: padded };
                self.weigh::<V, $height>($row, weights, value, totals);
            }};
        }
        // SAFETY: all rows are inside the head, and `scores` holds the tallest tile.
        unsafe { for_row_tiles!(V, 0..tokens, tile) }
    }

    /// Writes `exp(score - top)` of `ROWS` query rows and returns the reciprocals of the rows' sums.
    ///
    /// # Safety
    /// As [`Vector`]; `scores` is writable for `ROWS` rows as long as `bias`.
    #[inline(always)]
    unsafe fn scores<V: Vector, const ROWS: usize>(
        &self,
        query: Matrix,
        keys: Matrix,
        bias: &[f32],
        scores: *mut f32,
    ) -> [f32; ROWS] {
        let padded = bias.len();
        // SAFETY: `padded` is a multiple of three vectors, so every access stays inside keys, bias and scores.
        unsafe {
            let scale = V::splat(1.0 / (self.attention.width as f32).sqrt());
            let mut top = [V::splat(f32::MIN); ROWS];
            for column in (0..padded).step_by(3 * V::LANES) {
                let sums = product::<V, ROWS, 3, 0>(
                    self.attention.width,
                    query,
                    keys.at(0, column),
                    [V::splat(0.0); 3],
                    Ahead::NOTHING,
                );
                for (row, sums) in sums.into_iter().enumerate() {
                    for (vector, sum) in sums.into_iter().enumerate() {
                        let at = column + vector * V::LANES;
                        let score = sum.mul_add(scale, V::load(bias.as_ptr().add(at)));
                        top[row] = score.max(top[row]);
                        score.store(scores.add(row * padded + at));
                    }
                }
            }
            let mut totals = [0.0; ROWS];
            for (row, total) in totals.iter_mut().enumerate() {
                let top = V::splat(top[row].max_lane());
                let mut sum = V::splat(0.0);
                for at in (0..padded).step_by(V::LANES) {
                    let place = scores.add(row * padded + at);
                    let weight = simd::exp(V::load(place).sub(top));
                    weight.store(place);
                    sum = sum.add(weight);
                }
                // Padding weighs about 1e-38 each, which vanishes beside the top score's 1.
                *total = 1.0 / sum.sum();
            }
            totals
        }
    }

    /// Adds up the values by their weights into the output rows from `row` on.
    ///
    /// # Safety
    /// As [`Vector`]; the rows are inside the head.
    #[inline(always)]
    unsafe fn weigh<V: Vector, const ROWS: usize>(
        &self,
        row: usize,
        weights: Matrix,
        value: Matrix,
        totals: [f32; ROWS],
    ) {
        let Attention { tokens, heads, width, .. } = *self.attention;
        // SAFETY: the columns are inside the (padded) values; only those inside the head are stored.
        unsafe {
            for column in (0..width).step_by(V::LANES) {
                let sums = product::<V, ROWS, 1, 0>(
                    tokens,
                    weights,
                    value.at(0, column),
                    [V::splat(0.0)],
                    Ahead::NOTHING,
                );
                for (index, [sum]) in sums.into_iter().enumerate() {
                    let mut lanes = [0.0_f32; PANEL];
                    sum.mul(V::splat(totals[index])).store(lanes.as_mut_ptr());
                    let to = self.output.add((row + index) * heads * width + column);
                    std::ptr::copy_nonoverlapping(lanes.as_ptr(), to, V::LANES.min(width - column));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::{self, Noise};
    use crate::simd::at_every_level;

    fn check(sizes: [usize; 4], bias: impl Fn(usize) -> f32) {
        let [batch, tokens, heads, width] = sizes;
        let qkv = Noise::new(tokens).take(batch * tokens * 3 * heads * width);
        let bias: Vec<f32> = (0..batch * tokens).map(bias).collect();
        let mut got = vec![f32::NAN; batch * tokens * heads * width];
        Attention::new(&qkv, &bias, sizes).unwrap().run(&mut got);
        reference::assert_close(&got, &reference::attention(&qkv, &bias, sizes), 2e-6);
    }

    #[test]
    fn agrees_with_the_definition() {
        at_every_level(|| {
            for sizes in [[1, 16, 12, 32], [2, 50, 3, 8], [1, 1, 1, 1], [1, 97, 2, 20], [3, 7, 1, 64]] {
                check(sizes, |_| 0.0);
                check(sizes, |key| if key % 3 == 1 { f32::MIN } else { 0.5 });
            }
        });
    }

    #[test]
    fn nothing_in_nothing_out() {
        check([0, 5, 2, 4], |_| 0.0);
        check([2, 0, 2, 4], |_| 0.0);
    }

    #[test]
    fn sizes_that_do_not_fit_are_named() {
        let error = Attention::new(&[0.0; 5], &[0.0], [1, 1, 1, 2]).err().unwrap();
        assert_eq!(error, "attention: qkv has 5 elements, 6 expected");
    }
}
