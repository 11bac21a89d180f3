//! Factorisations and triangular systems of matrices in the last two axes.

use super::Tensor;
use crate::error::error;
use crate::{Location, Op, Transpose, TriangularSolve};

impl Tensor {
    /// The lower triangular factor `L` of Hermitian positive definite matrices `L L^H`. Only the lower triangle is read; a
    /// matrix that is not positive definite gives NaN.
    ///
    /// # Shapes
    /// `[B.., N, N] -> [B.., N, N]`
    /// # DTypes
    /// `f32`, `f64`, complex.
    /// # Errors
    /// Recorded for other dtypes and matrices that are not square.
    /// # Gradient
    /// Of the lower triangle, which is all that is read.
    /// # Source
    /// StableHLO `cholesky`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [2, 3, 3])], |_, args| args[0].cholesky())?;
    /// assert_eq!(graph.outputs()[0].dims(), [2, 3, 3]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn cholesky(&self) -> Tensor {
        let factor = self.unary(Op::Cholesky { lower: true }, Location::caller());
        match factor.id {
            Some(_) => factor.tril(0),
            None => factor,
        }
    }

    /// `x` of `a x = b` with this triangular matrix as `a`. The other triangle is not read.
    ///
    /// # Shapes
    /// `[B.., N, N] x [B.., N, M] -> [B.., N, M]` or `[B.., N, N] x [B.., N] -> [B.., N]`
    /// # DTypes
    /// `f32`, `f64`, complex, the same for both.
    /// # Errors
    /// Recorded for other or unequal dtypes, matrices that are not square, and sizes that differ.
    /// # Gradient
    /// Of both operands; of the triangle that is read.
    /// # Source
    /// StableHLO `triangular_solve`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let specs = [Spec::new(DType::F32, [3, 3]), Spec::new(DType::F32, [3])];
    /// let graph = trace("f", &specs, |_, x| x[0].solve_triangular(&x[1], true))?;
    /// assert_eq!(graph.outputs()[0].dims(), [3]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn solve_triangular(&self, b: &Tensor, lower: bool) -> Tensor {
        let solve =
            TriangularSolve { left_side: true, lower, unit_diagonal: false, transpose: Transpose::None };
        match b.rank() + 1 == self.rank() {
            true => self.triangular_solve(&b.expand_dims(-1), solve).squeeze(-1),
            false => self.triangular_solve(b, solve),
        }
    }

    /// The general triangular system, with this matrix as `a`: `op(a) x = b` or `x op(a) = b`.
    ///
    /// # Shapes
    /// `[B.., N, N] x [B.., N, M] -> [B.., N, M]`; on the right `[B.., N, N] x [B.., M, N] -> [B.., M, N]`
    /// # DTypes
    /// `f32`, `f64`, complex, the same for both.
    /// # Errors
    /// Recorded for other or unequal dtypes, matrices that are not square, sizes that differ, and adjoints of real matrices.
    /// # Gradient
    /// Of both operands; of the triangle that is read.
    /// # Source
    /// StableHLO `triangular_solve`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, Transpose, TriangularSolve, trace};
    /// let specs = [Spec::new(DType::F32, [3, 3]), Spec::new(DType::F32, [2, 3])];
    /// let solve = TriangularSolve { left_side: false, lower: true, unit_diagonal: true, transpose: Transpose::Transpose };
    /// let graph = trace("f", &specs, |_, x| x[0].triangular_solve(&x[1], solve))?;
    /// assert_eq!(graph.outputs()[0].dims(), [2, 3]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn triangular_solve(&self, b: &Tensor, solve: TriangularSolve) -> Tensor {
        let result = self.trace.apply(Op::TriangularSolve(solve), &[self, b], Location::caller());
        match result.id {
            Some(_) => result,
            None => b.placeholder(),
        }
    }

    /// `x` of `a x = b` with this Hermitian positive definite matrix as `a`, by its Cholesky factor.
    ///
    /// # Shapes
    /// `[B.., N, N] x [B.., N, M] -> [B.., N, M]` or `[B.., N, N] x [B.., N] -> [B.., N]`
    /// # DTypes
    /// `f32`, `f64`, complex, the same for both.
    /// # Errors
    /// As [`Tensor::cholesky`] and [`Tensor::solve_triangular`].
    /// # Gradient
    /// Of both operands; of the lower triangle of the matrix, which is all that is read.
    /// # Source
    /// Composed of [`Tensor::cholesky`] and [`Tensor::triangular_solve`].
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let specs = [Spec::new(DType::F32, [3, 3]), Spec::new(DType::F32, [3])];
    /// let graph = trace("f", &specs, |_, x| x[0].solve_positive_definite(&x[1]))?;
    /// assert_eq!(graph.outputs()[0].dims(), [3]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn solve_positive_definite(&self, b: &Tensor) -> Tensor {
        let location = Location::caller();
        if b.rank() + 1 != self.rank() && b.rank() != self.rank() {
            let error = error!(Shape, "solve: b does not fit a, got a {} and b {}", self.spec, b.spec);
            return self.mistake_as(error, location, b.spec.clone());
        }
        let columns = if b.rank() < self.rank() { b.expand_dims(-1) } else { b.clone() };
        let factor = self.unary(Op::Cholesky { lower: true }, location);
        let adjoint = if self.dtype().is_complex() { Transpose::Adjoint } else { Transpose::Transpose };
        let solve =
            |transpose| TriangularSolve { left_side: true, lower: true, unit_diagonal: false, transpose };
        let half = factor.triangular_solve(&columns, solve(Transpose::None));
        let whole = factor.triangular_solve(&half, solve(adjoint));
        if b.rank() < self.rank() && !whole.is_placeholder() { whole.squeeze(-1) } else { whole }
    }
}
