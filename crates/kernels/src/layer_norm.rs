//! Layer normalisation of a sum: `(x + residual - mean) / sqrt(variance + epsilon) * scale + shift`, row by row
//! (Ba, Kiros and Hinton, 2016).

use crate::simd::{Routine, Vector, dispatch};

/// Layer normalisation's operands: `input` and `residual` f32 `[rows, width]`, `scale` and `shift` f32 `[width]`.
#[derive(Clone, Copy)]
pub struct LayerNorm<'a> {
    input: &'a [f32],
    residual: &'a [f32],
    scale: &'a [f32],
    shift: &'a [f32],
    epsilon: f32,
}

impl<'a> LayerNorm<'a> {
    /// Checks that the sizes fit together.
    ///
    /// # Errors
    /// Says which sizes differ.
    pub fn new(
        input: &'a [f32],
        residual: &'a [f32],
        scale: &'a [f32],
        shift: &'a [f32],
        epsilon: f32,
    ) -> Result<Self, String> {
        if input.len() != residual.len() || scale.len() != shift.len() {
            let (input, residual, scale, shift) = (input.len(), residual.len(), scale.len(), shift.len());
            return Err(format!(
                "layer norm: {input} and {residual} elements to add, {scale} scales and {shift} shifts"
            ));
        }
        if scale.is_empty() || !input.len().is_multiple_of(scale.len()) {
            return Err(format!(
                "layer norm: {} elements are not made of rows of {}",
                input.len(),
                scale.len()
            ));
        }
        Ok(Self { input, residual, scale, shift, epsilon })
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.input.len() / self.scale.len()
    }

    /// The same normalisation of another sum.
    ///
    /// # Panics
    /// When the two are not of one size and made of whole rows.
    pub(crate) fn on<'b>(self, input: &'b [f32], residual: &'b [f32]) -> LayerNorm<'b>
    where
        'a: 'b,
    {
        assert!(input.len() == residual.len() && input.len().is_multiple_of(self.scale.len()));
        LayerNorm { input, residual, ..self }
    }

    /// Computes one of `pieces` pieces into `output`, f32 `[rows, width]`.
    ///
    /// # Safety
    /// `output` is writable for its whole size, and no other thread works on the same piece.
    pub(crate) unsafe fn run_piece(&self, piece: usize, pieces: usize, output: *mut f32) {
        let rows = piece * self.rows() / pieces..(piece + 1) * self.rows() / pieces;
        dispatch(Rows { layer: self, rows, output });
    }

    /// The whole layer on the calling thread: `output` is f32 `[rows, width]`.
    ///
    /// # Panics
    /// When `output` has another size.
    pub fn run(&self, output: &mut [f32]) {
        assert_eq!(output.len(), self.input.len());
        // SAFETY: `output` has the size asked for and is borrowed here alone.
        unsafe { self.run_piece(0, 1, output.as_mut_ptr()) }
    }
}

/// Into how many pieces to cut so many rows for so many threads.
pub(crate) fn pieces(rows: usize, threads: usize) -> usize {
    /// Rows a piece: enough that taking a piece costs nothing beside it.
    const ROWS: usize = 32;
    rows.div_ceil(ROWS).max(threads.min(rows))
}

struct Rows<'a> {
    layer: &'a LayerNorm<'a>,
    rows: std::ops::Range<usize>,
    output: *mut f32,
}

impl Routine for Rows<'_> {
    #[inline(always)]
    unsafe fn run<V: Vector>(self) {
        for row in self.rows.clone() {
            // SAFETY: the row is one of the layer's.
            unsafe { self.row::<V>(row) }
        }
    }
}

impl Rows<'_> {
    /// # Safety
    /// As [`Vector`]; `row` is one of the layer's.
    #[inline(always)]
    unsafe fn row<V: Vector>(&self, row: usize) {
        let LayerNorm { input, residual, scale, shift, epsilon } = *self.layer;
        let width = scale.len();
        let whole = width - width % V::LANES;
        // SAFETY: `at + LANES <= whole <= width` in every vector access, and `at < width` in every scalar one.
        unsafe {
            let (input, residual) = (input.as_ptr().add(row * width), residual.as_ptr().add(row * width));
            let output = self.output.add(row * width);
            let mut sums = V::splat(0.0);
            for at in (0..whole).step_by(V::LANES) {
                let x = V::load(input.add(at)).add(V::load(residual.add(at)));
                x.store(output.add(at));
                sums = sums.add(x);
            }
            let mut sum = sums.sum();
            for at in whole..width {
                let x = *input.add(at) + *residual.add(at);
                *output.add(at) = x;
                sum += x;
            }
            let mean = sum / width as f32;

            // The second pass reads the row back from the first-level cache; one pass with squares would cancel.
            let mut squares = V::splat(0.0);
            for at in (0..whole).step_by(V::LANES) {
                let centred = V::load(output.add(at)).sub(V::splat(mean));
                squares = centred.mul_add(centred, squares);
            }
            let mut square = squares.sum();
            for at in whole..width {
                square += (*output.add(at) - mean) * (*output.add(at) - mean);
            }
            let factor = 1.0 / (square / width as f32 + epsilon).sqrt();

            for at in (0..whole).step_by(V::LANES) {
                let unit = V::load(output.add(at)).sub(V::splat(mean)).mul(V::splat(factor));
                unit.mul_add(V::load(scale.as_ptr().add(at)), V::load(shift.as_ptr().add(at)))
                    .store(output.add(at));
            }
            for at in whole..width {
                *output.add(at) = (*output.add(at) - mean) * factor * scale[at] + shift[at];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::{self, Noise};
    use crate::simd::at_every_level;

    #[test]
    fn agrees_with_the_definition() {
        at_every_level(|| {
            for (rows, width) in [(1, 1), (3, 384), (5, 50), (2, 7), (0, 4)] {
                let mut noise = Noise::new(rows + width);
                let (x, residual) = (noise.take(rows * width), noise.take(rows * width));
                let (scale, shift) = (noise.take(width), noise.take(width));
                let mut got = vec![f32::NAN; rows * width];
                LayerNorm::new(&x, &residual, &scale, &shift, 1e-12).unwrap().run(&mut got);
                let expected = reference::layer_norm(&x, &residual, &scale, &shift, 1e-12);
                reference::assert_close(&got, &expected, 5e-6);
            }
        });
    }

    #[test]
    fn a_nan_stays_in_its_row() {
        let x = [1.0, f32::NAN, 3.0, 4.0];
        let mut got = [0.0; 4];
        LayerNorm::new(&x, &[0.0; 4], &[1.0; 2], &[0.0; 2], 0.0).unwrap().run(&mut got);
        assert!(got[0].is_nan() && got[1].is_nan());
        assert_eq!(got[2..], [-1.0, 1.0]);
    }

    #[test]
    fn sizes_that_do_not_fit_are_named() {
        let error = LayerNorm::new(&[0.0; 3], &[0.0; 3], &[1.0; 2], &[0.0; 2], 0.0).err().unwrap();
        assert_eq!(error, "layer norm: 3 elements are not made of rows of 2");
    }
}
