//! `geqrf`, `orgqr`: orthogonal factors as products of reflections `1 - tau v v^H`, with `v` below the diagonal.

use crate::matrix::{Matrices, Scalar, split};
use bering_kernels::abi::{Call, Operands};
use faer::ColMut;
use faer::linalg::householder::make_householder_in_place;
use faer::traits::math_utils::{conj, from_real, recip};

/// `a` -> R on and above the diagonal, the reflections' vectors below it; and the reflections' factors.
pub(crate) fn geqrf<T: Scalar>(call: Call<'_>) -> Result<(), String> {
    let (place, Operands { results: [factors], .. }) = call.in_place::<0, 1>(0)?;
    let matrices = Matrices::of(place.dims())?;
    let (values, factors) = (T::place(place)?, T::result(factors)?);
    matrices.check("tau", factors.len(), matrices.rank())?;
    let rows = matrices.rows;
    let each = split(values, rows * matrices.columns);
    for (values, factors) in each.zip(split(factors, matrices.rank())) {
        for (column, factor) in factors.iter_mut().enumerate() {
            let (done, rest) = values.split_at_mut((column + 1) * rows);
            let (head, tail) = done[column * rows + column..].split_at_mut(1);
            let made = make_householder_in_place(&mut head[0], ColMut::from_slice_mut(tail));
            *factor = from_real::<T>(&recip(&made.tau));
            rest.chunks_exact_mut(rows).for_each(|next| reflect(&mut next[column..], tail, *factor));
        }
    }
    Ok(())
}

/// Reflections as `geqrf` leaves them -> the first columns of their product.
pub(crate) fn orgqr<T: Scalar>(call: Call<'_>) -> Result<(), String> {
    let (place, Operands { arguments: [factors], .. }) = call.in_place::<1, 0>(0)?;
    let matrices = Matrices::of(place.dims())?;
    let count = factors.dims().last().map_or(0, |&count| usize::try_from(count).unwrap_or(0));
    if count > matrices.rank() {
        return Err(format!("{count} reflections do not fit sizes {:?}", place.dims()));
    }
    let (values, factors) = (T::place(place)?, T::argument(&factors)?);
    matrices.check("tau", factors.len(), count)?;
    let rows = matrices.rows;
    let mut factors = factors.chunks_exact(count.max(1));
    for values in split(values, rows * matrices.columns) {
        let vectors = values.to_vec();
        values.fill(T::zero_impl());
        values.iter_mut().step_by(rows + 1).take(matrices.rank()).for_each(|one| *one = T::one_impl());
        for (column, factor) in factors.next().unwrap_or_default().iter().enumerate().rev() {
            let vector = &vectors[column * rows + column + 1..(column + 1) * rows];
            let later = values.chunks_exact_mut(rows).skip(column);
            later.for_each(|next| reflect(&mut next[column..], vector, *factor));
        }
    }
    Ok(())
}

/// Applies one reflection; the vector's first element, 1, is not stored.
fn reflect<T: Scalar>(column: &mut [T], vector: &[T], factor: T) {
    let Some((head, tail)) = column.split_first_mut() else { return };
    let mut along = *head;
    tail.iter().zip(vector).for_each(|(value, part)| along -= -(conj(part) * *value));
    let along = along * factor;
    *head -= along;
    tail.iter_mut().zip(vector).for_each(|(value, part)| *value -= *part * along);
}
