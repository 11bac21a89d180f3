//! `cholesky` and `triangular_solve`. Only the triangle that is read has tangents and cotangents.
//!
//! Cotangents pair with tangents without conjugation, as everywhere here: what textbooks call the gradient of a complex
//! matrix is the conjugate of its cotangent.

use super::super::emit::emit_one;
use super::super::rule::Site;
use crate::error::Result;
use crate::{Op, Tensor, Transpose, TriangularSolve};

/// `dL = L phi(L^-1 dA L^-H)`, where `phi` takes the lower triangle and half of the diagonal.
pub(super) fn jvp_cholesky(site: &Site<'_>, tangents: &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>> {
    let (Op::Cholesky { lower }, Some(tangent)) = (site.op, &tangents[0]) else { return Ok(vec![None]) };
    let factor = as_lower(site.result(), *lower);
    let below = as_lower(tangent, *lower);
    let symmetric = below.tril(-1) + adjoint(&below.tril(-1)) + real_diagonal(&below);
    let right = solve_right(&factor, &symmetric, true);
    let inner = solve_left(&factor, &right, false);
    Ok(vec![Some(as_lower_exact(&factor.matmul(&half_diagonal(&inner)), *lower))])
}

/// Murray, Differentiation of the Cholesky decomposition, 2016, equation 10, for the triangle that is read.
pub(super) fn vjp_cholesky(site: &Site<'_>, cotangents: &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>> {
    let (Op::Cholesky { lower }, Some(cotangent)) = (site.op, &cotangents[0]) else { return Ok(vec![None]) };
    let factor = as_lower(site.result(), *lower);
    // The upper factor is the adjoint of the lower, so its gradient is too; the conjugate of a gradient is a cotangent.
    let gradient = as_lower(&cotangent.conj(), *lower);
    let product = half_diagonal(&adjoint(&factor).matmul(&gradient));
    // L^-H P L^-1
    let left = solve_left(&factor, &product, true);
    let both = solve_right(&factor, &left, false);
    let whole = both.tril(-1) + adjoint(&both).tril(-1) + real_diagonal(&both);
    site.first(as_lower_exact(&whole, *lower).conj())
}

/// The lower triangle; of an upper factor its adjoint.
fn as_lower(matrix: &Tensor, lower: bool) -> Tensor {
    if lower { matrix.tril(0) } else { adjoint(&matrix.triu(0)) }
}

/// What [`as_lower`] came from.
fn as_lower_exact(matrix: &Tensor, lower: bool) -> Tensor {
    if lower { matrix.clone() } else { adjoint(matrix) }
}

fn adjoint(matrix: &Tensor) -> Tensor {
    matrix.swap_axes(-1, -2).conj()
}

/// The real part of the diagonal, zero elsewhere.
fn real_diagonal(matrix: &Tensor) -> Tensor {
    let diagonal = matrix.tril(0).triu(0);
    match matrix.dtype().is_complex() {
        true => diagonal.real().convert(matrix.dtype()),
        false => diagonal,
    }
}

fn half_diagonal(matrix: &Tensor) -> Tensor {
    matrix.tril(-1) + matrix.tril(0).triu(0) * 0.5
}

/// `L^-1 b`, or `L^-H b`.
fn solve_left(factor: &Tensor, b: &Tensor, adjoint: bool) -> Tensor {
    let transpose = transposition(factor, adjoint);
    let solve = TriangularSolve { left_side: true, lower: true, unit_diagonal: false, transpose };
    emit_one(Op::TriangularSolve(solve), &[factor, b])
}

/// `b L^-1`, or `b L^-H`.
fn solve_right(factor: &Tensor, b: &Tensor, adjoint: bool) -> Tensor {
    let transpose = transposition(factor, adjoint);
    let solve = TriangularSolve { left_side: false, lower: true, unit_diagonal: false, transpose };
    emit_one(Op::TriangularSolve(solve), &[factor, b])
}

fn transposition(factor: &Tensor, adjoint: bool) -> Transpose {
    match (adjoint, factor.dtype().is_complex()) {
        (false, _) => Transpose::None,
        (true, true) => Transpose::Adjoint,
        (true, false) => Transpose::Transpose,
    }
}

/// `dx = op(a)^-1 (db - op(da) x)`, and mirrored on the right.
pub(super) fn jvp_triangular_solve(
    site: &Site<'_>,
    tangents: &[Option<Tensor>],
) -> Result<Vec<Option<Tensor>>> {
    let Op::TriangularSolve(solve) = site.op else { return Ok(vec![None]) };
    let inner = tangents[0].as_ref().map(|da| {
        let da = applied(&triangle(da, solve), solve.transpose);
        match solve.left_side {
            true => -da.matmul(site.result()),
            false => -site.result().matmul(&da),
        }
    });
    let right = match (inner, &tangents[1]) {
        (Some(inner), Some(db)) => inner + db,
        (Some(inner), None) => inner,
        (None, Some(db)) => db.clone(),
        (None, None) => return Ok(vec![None]),
    };
    Ok(vec![Some(emit_one(site.op.clone(), &[site.x(), &right]))])
}

pub(super) fn vjp_triangular_solve(
    site: &Site<'_>,
    cotangents: &[Option<Tensor>],
) -> Result<Vec<Option<Tensor>>> {
    let (Op::TriangularSolve(solve), Some(cotangent)) = (site.op, &cotangents[0]) else {
        return Ok(vec![None; 2]);
    };
    // The transpose of an adjoint is a conjugate, which is taken of what goes in and comes out.
    let conjugated = |tensor: &Tensor| match solve.transpose {
        Transpose::Adjoint => tensor.conj(),
        Transpose::None | Transpose::Transpose => tensor.clone(),
    };
    let transpose = match solve.transpose {
        Transpose::None => Transpose::Transpose,
        Transpose::Transpose | Transpose::Adjoint => Transpose::None,
    };
    let back = Op::TriangularSolve(TriangularSolve { transpose, ..*solve });
    let for_b = conjugated(&emit_one(back, &[site.x(), &conjugated(cotangent)]));
    let for_a = site.wanted[0].then(|| {
        let turned = |tensor: &Tensor| tensor.swap_axes(-1, -2);
        let x = site.result();
        let product = match (solve.left_side, solve.transpose) {
            (true, Transpose::None) => for_b.matmul(&turned(x)),
            (true, Transpose::Transpose | Transpose::Adjoint) => x.matmul(&turned(&for_b)),
            (false, Transpose::None) => turned(x).matmul(&for_b),
            (false, Transpose::Transpose | Transpose::Adjoint) => turned(&for_b).matmul(x),
        };
        -triangle(&conjugated(&product), solve)
    });
    Ok(vec![for_a, Some(for_b)])
}

/// The triangle that is read.
fn triangle(matrix: &Tensor, solve: &TriangularSolve) -> Tensor {
    let without = i64::from(solve.unit_diagonal);
    if solve.lower { matrix.tril(-without) } else { matrix.triu(without) }
}

fn applied(matrix: &Tensor, transpose: Transpose) -> Tensor {
    match transpose {
        Transpose::None => matrix.clone(),
        Transpose::Transpose => matrix.swap_axes(-1, -2),
        Transpose::Adjoint => adjoint(matrix),
    }
}
