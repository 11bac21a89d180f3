//! `getrf`: triangular factors with rows exchanged.

use crate::matrix::{Matrices, Scalar, matrix, split, zeros};
use bering_kernels::abi::{Call, Operands};
use faer::Accum;
use faer::Par;
use faer::linalg::matmul::matmul;
use faer::linalg::triangular_solve::solve_unit_lower_triangular_in_place;
use faer::prelude::IntoConst;
use faer::traits::math_utils::{abs1, recip};

/// Columns that are factored one by one before all others are updated at once.
const PANEL: usize = 32;

/// `a` -> both factors in its place; for each column the row, counted from 1, that was exchanged with it; and for each matrix 0, or
/// the first column whose pivot is 0.
pub(crate) fn getrf<T: Scalar>(call: Call<'_>) -> Result<(), String> {
    let (place, Operands { results: [pivots, info], .. }) = call.in_place::<0, 2>(0)?;
    let matrices = Matrices::of(place.dims())?;
    let (values, pivots, info) = (T::place(place)?, zeros::<i32>(pivots)?, zeros::<i32>(info)?);
    matrices.check("pivots", pivots.len(), matrices.rank())?;
    matrices.check("info", info.len(), 1)?;
    let each = split(values, matrices.rows * matrices.columns);
    for ((values, pivots), info) in each.zip(split(pivots, matrices.rank())).zip(info) {
        let singular = factor(values, matrices.rows, matrices.columns, pivots);
        *info = singular.map_or(0, |column| number(column + 1));
    }
    Ok(())
}

fn number(index: usize) -> i32 {
    i32::try_from(index).unwrap_or(i32::MAX)
}

/// Factors one matrix; answers with the first column that has no pivot.
///
/// `faer`'s own factorisation divides by a pivot of 0, after which a singular matrix has no determinant.
fn factor<T: Scalar>(values: &mut [T], rows: usize, columns: usize, pivots: &mut [i32]) -> Option<usize> {
    let steps = rows.min(columns);
    let mut singular = None;
    for start in (0..steps).step_by(PANEL) {
        let end = (start + PANEL).min(steps);
        for column in start..end {
            let pivot = largest(&values[column * rows..(column + 1) * rows], column);
            pivots[column] = number(pivot + 1);
            exchange(values, rows, column, pivot);
            if values[column * rows + column] == T::zero_impl() {
                singular = singular.or(Some(column));
            } else {
                eliminate(values, rows, column, end);
            }
        }
        update(values, rows, columns, start, end);
    }
    singular
}

/// The row of the largest element from `first` on.
fn largest<T: Scalar>(column: &[T], first: usize) -> usize {
    let mut best = (first, abs1(&column[first]));
    for (row, value) in column.iter().enumerate().skip(first + 1) {
        let size = abs1(value);
        if size > best.1 {
            best = (row, size);
        }
    }
    best.0
}

fn exchange<T>(values: &mut [T], rows: usize, one: usize, other: usize) {
    if one != other {
        values.chunks_exact_mut(rows).for_each(|column| column.swap(one, other));
    }
}

/// Divides a column by its pivot and takes its multiples from those up to `end`.
fn eliminate<T: Scalar>(values: &mut [T], rows: usize, column: usize, end: usize) {
    let (done, rest) = values.split_at_mut((column + 1) * rows);
    let (head, below) = done[column * rows + column..].split_at_mut(1);
    let inverse = recip(&head[0]);
    below.iter_mut().for_each(|value| *value *= inverse);
    for next in rest.chunks_exact_mut(rows).take(end - column - 1) {
        let factor = next[column];
        next[column + 1..].iter_mut().zip(&*below).for_each(|(value, below)| *value -= *below * factor);
    }
}

/// Brings the columns after a panel up to it.
fn update<T: Scalar>(values: &mut [T], rows: usize, columns: usize, start: usize, end: usize) {
    if end == columns {
        return;
    }
    let (left, right) = matrix(values, rows, columns).split_at_col_mut(end);
    let left = left.into_const().subcols(start, end - start);
    let (_, right) = right.split_at_row_mut(start);
    let (mut top, bottom) = right.split_at_row_mut(end - start);
    solve_unit_lower_triangular_in_place(left.subrows(start, end - start), top.as_mut(), Par::Seq);
    let below = left.subrows(end, rows - end);
    matmul(bottom, Accum::Add, below, top.as_ref(), -T::one_impl(), Par::Seq);
}
