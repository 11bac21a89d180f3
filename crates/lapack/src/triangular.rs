//! `trsm`: linear systems with triangular matrices.

use crate::matrix::{Matrices, Scalar, is_lower, letter, matrix, split};
use bering_kernels::abi::{Call, Operands};
use faer::linalg::triangular_solve::{
    solve_lower_triangular_in_place_with_conj, solve_unit_lower_triangular_in_place_with_conj,
    solve_unit_upper_triangular_in_place_with_conj, solve_upper_triangular_in_place_with_conj,
};
use faer::{Conj, MatMut, MatRef, Par};

/// A triangle and how it is read.
#[derive(Clone, Copy)]
struct Triangle {
    lower: bool,
    unit: bool,
    conjugate: Conj,
}

/// `a`, `b` -> the `x` with `op(a) x = b` (`side` L) or `x op(a) = b` (R), in the place of `b`.
pub(crate) fn trsm<T: Scalar>(call: Call<'_>) -> Result<(), String> {
    let (place, Operands { arguments: [a], attributes, .. }) = call.in_place::<1, 0>(1)?;
    let (systems, sides) = (Matrices::square(a.dims())?, Matrices::of(place.dims())?);
    let left = letter(attributes, "side", b"LR")? == b'L';
    let transposed = letter(attributes, "trans_x", b"NTC")?;
    let conjugate = if transposed == b'C' { Conj::Yes } else { Conj::No };
    let unit = letter(attributes, "diag", b"NU")? == b'U';
    let triangle = Triangle { lower: is_lower(attributes)?, unit, conjugate };
    let size = systems.rows;
    let shared = if left { sides.rows } else { sides.columns };
    if (size, systems.count) != (shared, sides.count) {
        return Err(format!("a of sizes {:?} does not fit b of {:?}", a.dims(), place.dims()));
    }
    let (a, b) = (T::argument(&a)?, T::place(place)?);
    for (a, b) in a.chunks_exact((size * size).max(1)).zip(split(b, sides.rows * sides.columns)) {
        let a = MatRef::from_column_major_slice(a, size, size);
        let b = matrix(b, sides.rows, sides.columns);
        // `x op(a) = b` is `op(a)^T x^T = b^T`.
        match (left, transposed == b'N') {
            (true, true) => solve(a, b, triangle),
            (true, false) => solve(a.transpose(), b, triangle.turned()),
            (false, true) => solve(a.transpose(), b.transpose_mut(), triangle.turned()),
            (false, false) => solve(a, b.transpose_mut(), triangle),
        }
    }
    Ok(())
}

impl Triangle {
    fn turned(self) -> Triangle {
        Triangle { lower: !self.lower, ..self }
    }
}

fn solve<T: Scalar>(
    a: MatRef<'_, T, usize, usize, impl faer::Stride, impl faer::Stride>,
    b: MatMut<'_, T, usize, usize, impl faer::Stride, impl faer::Stride>,
    triangle: Triangle,
) {
    let Triangle { lower, unit, conjugate } = triangle;
    match (lower, unit) {
        (true, false) => solve_lower_triangular_in_place_with_conj(a, conjugate, b, Par::Seq),
        (true, true) => solve_unit_lower_triangular_in_place_with_conj(a, conjugate, b, Par::Seq),
        (false, false) => solve_upper_triangular_in_place_with_conj(a, conjugate, b, Par::Seq),
        (false, true) => solve_unit_upper_triangular_in_place_with_conj(a, conjugate, b, Par::Seq),
    }
}
