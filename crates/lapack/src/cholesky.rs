//! `potrf`: the triangular factor of Hermitian positive definite matrices.

use crate::matrix::{Matrices, Scalar, is_lower, matrix, split, zeros};
use bering_kernels::abi::{Call, Operands};
use faer::Par;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt::factor::{LltError, cholesky_in_place, cholesky_in_place_scratch};

/// `a` -> its factor in one triangle, the other as it was; and for each matrix 0, or the order of the first leading minor that is
/// not positive.
pub(crate) fn potrf<T: Scalar>(call: Call<'_>) -> Result<(), String> {
    let (place, Operands { results: [info], attributes, .. }) = call.in_place::<0, 1>(0)?;
    let matrices = Matrices::square(place.dims())?;
    let lower = is_lower(attributes)?;
    let (values, info) = (T::place(place)?, zeros::<i32>(info)?);
    matrices.check("info", info.len(), 1)?;
    // There may be no matrices, of any size, and then no memory for one.
    if values.is_empty() {
        return Ok(());
    }
    let size = matrices.rows;
    let mut memory = MemBuffer::new(cholesky_in_place_scratch::<T>(size, Par::Seq, Default::default()));
    for (values, info) in split(values, size * size).zip(info) {
        let a = matrix(values, size, size);
        // The lower triangle of the transpose is the upper one, and its factor the transpose of the upper factor.
        let factored = match lower {
            true => {
                let stack = MemStack::new(&mut memory);
                cholesky_in_place(a, Default::default(), Par::Seq, stack, Default::default())
            }
            false => {
                let stack = MemStack::new(&mut memory);
                cholesky_in_place(a.transpose_mut(), Default::default(), Par::Seq, stack, Default::default())
            }
        };
        if let Err(LltError::NonPositivePivot { index }) = factored {
            *info = i32::try_from(index + 1).unwrap_or(i32::MAX);
        }
    }
    Ok(())
}
