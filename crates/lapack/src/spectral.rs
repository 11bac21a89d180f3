//! `syevd`, `gesdd`: eigenvalues of Hermitian matrices, singular values of all.

use crate::matrix::{Matrices, Scalar, is_lower, letter, matrix, split, zeros};
use bering_kernels::abi::{Call, Operands};
use faer::traits::math_utils::{conj, is_finite, real};
use faer::{MatRef, Side};

/// `a` -> eigenvectors as columns in its place if `mode` is V; eigenvalues, ascending; and for each matrix 0, or 1 if there are
/// none (elements that are not finite).
pub(crate) fn syevd<T: Scalar>(call: Call<'_>) -> Result<(), String> {
    let (place, Operands { results: [eigenvalues, info], attributes, .. }) = call.in_place::<0, 2>(0)?;
    let matrices = Matrices::square(place.dims())?;
    let side = if is_lower(attributes)? { Side::Lower } else { Side::Upper };
    let vectors = letter(attributes, "mode", b"NV")? == b'V';
    let (values, info) = (T::place(place)?, zeros::<i32>(info)?);
    let eigenvalues = zeros::<T::Part>(eigenvalues)?;
    let size = matrices.rows;
    matrices.check("eigenvalues", eigenvalues.len(), size)?;
    matrices.check("info", info.len(), 1)?;
    let each = split(values, size * size).zip(split(eigenvalues, size)).zip(info);
    for ((values, eigenvalues), info) in each {
        let found = match values.iter().all(is_finite) {
            true => eigen(values, size, side, vectors, eigenvalues),
            false => None,
        };
        *info = i32::from(found.is_none());
    }
    Ok(())
}

fn eigen<T: Scalar>(
    values: &mut [T],
    size: usize,
    side: Side,
    vectors: bool,
    eigenvalues: &mut [T::Part],
) -> Option<()> {
    let a = MatRef::from_column_major_slice(values, size, size);
    if !vectors {
        let found = a.self_adjoint_eigenvalues(side).ok()?;
        eigenvalues.iter_mut().zip(&found).for_each(|(to, from)| *to = *from);
        return Some(());
    }
    let found = a.self_adjoint_eigen(side).ok()?;
    let column = found.S().column_vector();
    eigenvalues.iter_mut().zip(column.iter()).for_each(|(to, from)| *to = real(from));
    matrix(values, size, size).copy_from(found.U());
    Some(())
}

/// `a` -> of no meaning in its place; singular values, descending; left singular vectors as columns and right ones, conjugated, as
/// rows, all of them (`mode` A), as many as there are values (S) or none (N); and for each matrix 0, or 1 if there are none.
pub(crate) fn gesdd<T: Scalar>(call: Call<'_>) -> Result<(), String> {
    let (place, operands) = call.in_place::<0, 4>(0)?;
    let Operands { results: [singular, left, right, info], attributes, .. } = operands;
    let matrices = Matrices::of(place.dims())?;
    let mode = letter(attributes, "mode", b"ASN")?;
    let (left_size, right_size) = (Matrices::of(left.dims())?, Matrices::of(right.dims())?);
    let (values, info) = (T::place(place)?, zeros::<i32>(info)?);
    let (left, right) = (T::result(left)?, T::result(right)?);
    let singular = zeros::<T::Part>(singular)?;
    matrices.check("singular values", singular.len(), matrices.rank())?;
    matrices.check("info", info.len(), 1)?;
    if mode != b'N' {
        let (tall, wide) = match mode {
            b'A' => (matrices.rows, matrices.columns),
            _ => (matrices.rank(), matrices.rank()),
        };
        matrices.check("left vectors", left.len(), matrices.rows * tall)?;
        matrices.check("right vectors", right.len(), wide * matrices.columns)?;
    }
    let mut lefts = split(left, left_size.rows * left_size.columns);
    let mut rights = split(right, right_size.rows * right_size.columns);
    let each = split(values, matrices.rows * matrices.columns).zip(split(singular, matrices.rank()));
    for ((values, singular), info) in each.zip(info) {
        let (left, right) = (lefts.next().unwrap_or_default(), rights.next().unwrap_or_default());
        let found = match values.iter().all(is_finite) {
            true => decompose(values, matrices, mode, singular, left, right),
            false => None,
        };
        *info = i32::from(found.is_none());
    }
    Ok(())
}

fn decompose<T: Scalar>(
    values: &[T],
    matrices: Matrices,
    mode: u8,
    singular: &mut [T::Part],
    left: &mut [T],
    right: &mut [T],
) -> Option<()> {
    let (rows, columns) = (matrices.rows, matrices.columns);
    let a = MatRef::from_column_major_slice(values, rows, columns);
    let found = match mode {
        b'A' => a.svd().ok()?,
        b'S' => a.thin_svd().ok()?,
        _ => {
            let found = a.singular_values().ok()?;
            singular.iter_mut().zip(&found).for_each(|(to, from)| *to = *from);
            return Some(());
        }
    };
    let column = found.S().column_vector();
    singular.iter_mut().zip(column.iter()).for_each(|(to, from)| *to = real(from));
    matrix(left, rows, found.U().ncols()).copy_from(found.U());
    let (v, count) = (found.V(), found.V().ncols());
    for (column, to) in split(right, count).enumerate() {
        to.iter_mut().enumerate().for_each(|(row, to)| *to = conj(&v[(column, row)]));
    }
    Some(())
}
