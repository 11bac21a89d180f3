//! `fft`, `cholesky` and `triangular_solve`.

use crate::error::{Result, error};
use crate::{DType, FftKind, Spec, Transpose, TriangularSolve};

pub(super) fn infer_fft(operand: &Spec, kind: FftKind, lengths: &[usize]) -> Result<Spec> {
    let takes = match kind {
        FftKind::Rfft => matches!(operand.dtype, DType::F32 | DType::F64),
        FftKind::Fft | FftKind::Ifft | FftKind::Irfft => operand.dtype.is_complex(),
    };
    if !takes {
        let wanted = if kind == FftKind::Rfft { "f32 or f64" } else { "complex" };
        return Err(error!(DType, "fft: {kind:?} takes {wanted} operands, got {operand}"));
    }
    if !(1..=3).contains(&lengths.len()) || lengths.len() > operand.rank() {
        return Err(error!(
            Argument,
            "fft: takes 1 to 3 lengths and as many axes, got {lengths:?} for {operand}"
        ));
    }
    let (outer, axes) = operand.dims().split_at(operand.rank() - lengths.len());
    let last = lengths[lengths.len() - 1];
    let mut expected = lengths.to_vec();
    let mut result = lengths.to_vec();
    match kind {
        FftKind::Fft | FftKind::Ifft => {}
        FftKind::Rfft => result[lengths.len() - 1] = half(last),
        FftKind::Irfft => expected[lengths.len() - 1] = half(last),
    }
    if axes != expected {
        return Err(error!(
            Shape,
            "fft: {kind:?} of lengths {lengths:?} takes last axes {expected:?}, got {operand}"
        ));
    }
    let dtype = match (kind, operand.dtype) {
        (FftKind::Rfft, DType::F32) => DType::C64,
        (FftKind::Rfft, _) => DType::C128,
        (FftKind::Irfft, dtype) => dtype.real(),
        (FftKind::Fft | FftKind::Ifft, dtype) => dtype,
    };
    Ok(Spec::new(dtype, [outer, &result].concat()))
}

/// The size of the non-negative half of a spectrum.
fn half(length: usize) -> usize {
    if length == 0 { 0 } else { length / 2 + 1 }
}

pub(super) fn infer_cholesky(operand: &Spec) -> Result<Spec> {
    check_matrix("cholesky", operand)?;
    Ok(operand.clone())
}

pub(super) fn infer_triangular_solve(a: &Spec, b: &Spec, solve: &TriangularSolve) -> Result<Spec> {
    check_matrix("triangular_solve", a)?;
    let rank = a.rank();
    let fits = a.dtype == b.dtype
        && b.rank() == rank
        && a.dims()[..rank - 2] == b.dims()[..rank - 2]
        && b.dims()[if solve.left_side { rank - 2 } else { rank - 1 }] == a.dims()[rank - 1];
    if !fits {
        let side = if solve.left_side { "left" } else { "right" };
        return Err(error!(Shape, "triangular_solve: b does not fit a on the {side}, got a {a} and b {b}"));
    }
    if solve.transpose == Transpose::Adjoint && !a.dtype.is_complex() {
        return Err(error!(
            Argument,
            "triangular_solve: the adjoint of real matrices is their transpose, got {a}"
        ));
    }
    Ok(b.clone())
}

/// Square matrices of floats XLA can factor.
fn check_matrix(name: &str, operand: &Spec) -> Result<()> {
    let dims = operand.dims();
    if dims.len() < 2 || dims[dims.len() - 1] != dims[dims.len() - 2] {
        return Err(error!(Shape, "{name}: takes square matrices, got {operand}"));
    }
    match operand.dtype {
        DType::F32 | DType::F64 | DType::C64 | DType::C128 => Ok(()),
        _ => Err(error!(DType, "{name}: takes f32, f64 or complex operands, got {operand}")
            .hint("convert to f32; halves are too coarse for a factorisation")),
    }
}
