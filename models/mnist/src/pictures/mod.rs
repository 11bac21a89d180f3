//! Pictures of a training: the loss, what is taken for what, and the digits themselves.

mod canvas;

use crate::digits::{Digits, SIDE};
use anyhow::Result;
use canvas::{BLACK, BLUE, Canvas, GREY, ORANGE, WHITE};
use std::path::Path;

/// Losses of training by step, on a logarithmic scale, with their running mean in orange.
///
/// # Errors
/// If the file cannot be written.
pub fn loss_curve(losses: &[f32], path: &Path) -> Result<()> {
    const SIZE: [usize; 2] = [860, 480];
    const EDGES: [f64; 4] = [70.0, 840.0, 20.0, 440.0];
    let [left, right, top, bottom] = EDGES;
    let mut canvas = Canvas::new(SIZE[0], SIZE[1]);
    let positive = || losses.iter().map(|&loss| f64::from(loss)).filter(|loss| *loss > 0.0);
    let low = positive().fold(f64::INFINITY, f64::min).log10().floor().clamp(-6.0, 0.0);
    let high = positive().fold(0.0, f64::max).log10().ceil().clamp(low + 1.0, 6.0);
    let last = losses.len().saturating_sub(1).max(1) as f64;
    let place = |step: f64, loss: f64| {
        let part = (loss.max(1e-9).log10() - low) / (high - low);
        [left + (right - left) * step / last, bottom - (bottom - top) * part.clamp(0.0, 1.0)]
    };
    for exponent in low as i32..=high as i32 {
        let [_, y] = place(0.0, 10f64.powi(exponent));
        canvas.line([left, y], [right, y], 1.0, GREY);
        let digits = usize::try_from(-exponent).unwrap_or(0);
        canvas.number(&format!("{:.digits$}", 10f64.powi(exponent)), [36.0, y], 12.0, BLACK);
    }
    for step in marks(last) {
        let [x, _] = place(step, 1.0);
        canvas.line([x, bottom], [x, bottom + 5.0], 1.0, BLACK);
        canvas.number(&format!("{step:.0}"), [x.min(right - 12.0), bottom + 18.0], 12.0, BLACK);
    }
    canvas.line([left, top], [left, bottom], 1.0, BLACK);
    canvas.line([left, bottom], [right, bottom], 1.0, BLACK);
    let curve = |canvas: &mut Canvas, values: &[f64], width, colour| {
        for (step, ends) in values.windows(2).enumerate() {
            let step = step as f64;
            canvas.line(place(step, ends[0]), place(step + 1.0, ends[1]), width, colour);
        }
    };
    let plain: Vec<f64> = losses.iter().map(|&loss| f64::from(loss)).collect();
    curve(&mut canvas, &plain, 1.0, BLUE);
    curve(&mut canvas, &smoothed(&plain), 2.5, ORANGE);
    canvas.save(path)
}

/// Round numbers from 0 to `last`, about five of them.
fn marks(last: f64) -> impl Iterator<Item = f64> {
    let ten = 10f64.powf((last / 5.0).max(1.0).log10().floor());
    let apart = [1.0, 2.0, 5.0, 10.0].map(|times| times * ten).into_iter().find(|apart| last / apart <= 5.5);
    let apart = apart.unwrap_or(10.0 * ten);
    (0..=(last / apart) as usize).map(move |i| i as f64 * apart)
}

/// The mean of the steps around each, ten before and ten after.
fn smoothed(values: &[f64]) -> Vec<f64> {
    const REACH: usize = 10;
    let around = |i: usize| {
        let part = &values[i.saturating_sub(REACH)..(i + REACH + 1).min(values.len())];
        part.iter().sum::<f64>() / part.len() as f64
    };
    (0..values.len()).map(around).collect()
}

/// How often a digit (row) was taken for another (column); darker is more often.
///
/// # Errors
/// If the file cannot be written.
pub fn confusion_matrix(counts: &[[usize; 10]; 10], path: &Path) -> Result<()> {
    const CELL: usize = 48;
    const EDGE: usize = 40;
    let mut canvas = Canvas::new(EDGE + 10 * CELL + 10, EDGE + 10 * CELL + 10);
    let middle = |i: usize| (EDGE + i * CELL + CELL / 2) as f64;
    for (row, counts) in counts.iter().enumerate() {
        let total = counts.iter().sum::<usize>().max(1) as f64;
        for (column, &count) in counts.iter().enumerate() {
            // Mistakes are few: the root makes them visible.
            let part = (count as f64 / total).sqrt();
            let full = if row == column { BLUE } else { ORANGE };
            let mixed = |i: usize| (f64::from(WHITE[i]) * (1.0 - part) + f64::from(full[i]) * part) as u8;
            let corner = [EDGE + column * CELL, EDGE + row * CELL];
            canvas.fill(corner, [CELL - 1, CELL - 1], [mixed(0), mixed(1), mixed(2)]);
            if count > 0 {
                let colour = if part > 0.7 { WHITE } else { BLACK };
                canvas.number(&count.to_string(), [middle(column), middle(row)], 14.0, colour);
            }
        }
        canvas.number(&row.to_string(), [20.0, middle(row)], 18.0, BLACK);
        canvas.number(&row.to_string(), [middle(row), 20.0], 18.0, BLACK);
    }
    canvas.save(path)
}

/// The first digits in rows of `columns`.
///
/// # Errors
/// If the file cannot be written.
pub fn contact_sheet(digits: &Digits, columns: usize, path: &Path) -> Result<()> {
    let columns = columns.clamp(1, digits.len().max(1));
    let rows = digits.len().div_ceil(columns);
    let mut canvas = Canvas::new(columns * (SIDE + 2), rows * (SIDE + 2));
    for i in 0..digits.len() {
        let corner = [i % columns * (SIDE + 2) + 1, i / columns * (SIDE + 2) + 1];
        for (at, &pixel) in digits.image(i).iter().enumerate() {
            let grey = 255 - (pixel * 255.0) as u8;
            canvas.fill([corner[0] + at % SIDE, corner[1] + at / SIDE], [1, 1], [grey; 3]);
        }
    }
    canvas.save(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_round_and_few() {
        for (last, expected) in [
            (747.0, vec![0.0, 200.0, 400.0, 600.0]),
            (5.0, vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0]),
            (99.0, vec![0.0, 20.0, 40.0, 60.0, 80.0]),
            (1.0, vec![0.0, 1.0]),
        ] {
            assert_eq!(marks(last).collect::<Vec<f64>>(), expected);
        }
        assert!((1..100_000).all(|last| (1..=6).contains(&marks(f64::from(last)).count())));
    }

    #[test]
    fn the_mean_follows_the_values() {
        assert_eq!(smoothed(&[]), [0.0; 0]);
        assert_eq!(smoothed(&[3.0; 50]), [3.0; 50]);
        let line: Vec<f64> = (0..50).map(f64::from).collect();
        assert_eq!(smoothed(&line)[10..40], line[10..40]);
    }
}
