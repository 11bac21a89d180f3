//! Packing a dense layer's weight into panels (see [`crate::linear`]): once, when a model is loaded.
//!
//! Checkpoints have a weight as `[outputs, inputs]`; a panel has [`PANEL`] outputs side by side for each input. So every panel
//! is a transposition, done in squares that fit into registers.

use crate::linear::PANEL;

/// A number as a checkpoint may have it: an f32, or its four bytes anywhere in a file.
pub trait Element: Copy {
    /// The number.
    fn value(self) -> f32;
}

impl Element for f32 {
    fn value(self) -> f32 {
        self
    }
}

impl Element for [u8; 4] {
    fn value(self) -> f32 {
        f32::from_le_bytes(self)
    }
}

/// Packs `weight`, f32 `[outputs, inputs]` as checkpoints have it, into panels `[panels, inputs, PANEL]`.
///
/// # Panics
/// When `weight` is not made of whole rows of `inputs`.
pub fn pack(weight: &[f32], inputs: usize) -> Vec<f32> {
    assert!(inputs > 0 && weight.len().is_multiple_of(inputs));
    let mut packed = vec![0.0; (weight.len() / inputs).div_ceil(PANEL) * inputs * PANEL];
    pack_rows(weight.chunks_exact(inputs), inputs, &mut packed);
    packed
}

/// Packs a weight that is given row by row (a row has the `inputs` weights of one output) into `packed`, panels
/// `[panels, inputs, PANEL]`, where it writes zeros for outputs that there are not.
///
/// # Panics
/// When a row has another length, or `packed` is not made of panels, or of too few or too many for the rows.
pub fn pack_rows<'a, T: Element + 'a>(
    rows: impl IntoIterator<Item = &'a [T]>,
    inputs: usize,
    packed: &mut [f32],
) {
    assert!(inputs > 0 && packed.len().is_multiple_of(inputs * PANEL));
    let mut rows = rows.into_iter().inspect(|row| assert_eq!(row.len(), inputs));
    for panel in packed.chunks_exact_mut(inputs * PANEL) {
        let group: Vec<&[T]> = rows.by_ref().take(PANEL).collect();
        assert!(!group.is_empty(), "more panels than rows");
        pack_panel(&group, panel);
    }
    assert!(rows.next().is_none(), "more rows than panels");
}

/// The side of a square.
const SIDE: usize = 8;

fn pack_panel<T: Element>(rows: &[&[T]], panel: &mut [f32]) {
    if rows.len() < PANEL {
        panel.fill(0.0);
    }
    let (squares, rest) = panel.as_chunks_mut::<{ SIDE * PANEL }>();
    let whole = squares.len() * SIDE;
    for (square, first) in squares.iter_mut().zip((0..).step_by(SIDE)) {
        let (bands, single) = rows.as_chunks::<SIDE>();
        for (band, column) in bands.iter().zip((0..).step_by(SIDE)) {
            transpose(band, first, square, column);
        }
        for (row, column) in single.iter().zip(bands.len() * SIDE..) {
            for at in 0..SIDE {
                square[at * PANEL + column] = row[first + at].value();
            }
        }
    }
    for (line, input) in rest.chunks_exact_mut(PANEL).zip(whole..) {
        for (to, row) in line.iter_mut().zip(rows) {
            *to = row[input].value();
        }
    }
}

/// Writes `SIDE` numbers of each of `SIDE` rows, from `first` on, as columns from `column` on.
fn transpose<T: Element>(rows: &[&[T]; SIDE], first: usize, to: &mut [f32; SIDE * PANEL], column: usize) {
    let mut square = [[0.0; SIDE]; SIDE];
    for (row, from) in rows.iter().enumerate() {
        for (at, value) in from[first..first + SIDE].iter().enumerate() {
            square[at][row] = value.value();
        }
    }
    for (line, values) in to.chunks_exact_mut(PANEL).zip(square) {
        line[column..column + SIDE].copy_from_slice(&values);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::Noise;

    #[test]
    fn every_weight_has_its_place() {
        for (outputs, inputs) in [(1, 1), (47, 5), (48, 8), (50, 17), (144, 33), (200, 24)] {
            let weight = Noise::new(outputs).take(outputs * inputs);
            let packed = pack(&weight, inputs);
            let bytes: Vec<[u8; 4]> = weight.iter().map(|value| value.to_le_bytes()).collect();
            let mut of_bytes = vec![f32::NAN; packed.len()];
            pack_rows(bytes.chunks_exact(inputs), inputs, &mut of_bytes);
            assert_eq!(packed, of_bytes);
            for (at, value) in packed.into_iter().enumerate() {
                let (panel, input, column) = (at / (inputs * PANEL), at / PANEL % inputs, at % PANEL);
                let output = panel * PANEL + column;
                let expected = if output < outputs { weight[output * inputs + input] } else { 0.0 };
                assert_eq!(value, expected, "output {output}, input {input} of [{outputs}, {inputs}]");
            }
        }
    }

    #[test]
    #[should_panic(expected = "more rows than panels")]
    fn rows_that_do_not_fit_are_no_rows_lost() {
        pack_rows([&[1.0_f32][..]; 49], 1, &mut [0.0; PANEL]);
    }
}
