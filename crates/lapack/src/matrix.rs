//! Arrays of matrices as LAPACK has them: column-major, in the last two of any number of axes.

use bering_kernels::abi::{Argument, Attributes, Output, Place, Plain};
use bytemuck::Pod;
use faer::traits::{ComplexField, RealField};
use faer::{MatMut, c32, c64};
use std::ops::{Mul, MulAssign, Neg, SubAssign};

/// An element type that LAPACK has routines for.
pub(crate) trait Scalar:
    ComplexField<Real = Self::Part> + Copy + Pod + Mul<Output = Self> + MulAssign + Neg<Output = Self> + SubAssign
{
    /// The type of its absolute value.
    type Part: Plain + RealField + Default;
    /// How a call's operands hold it.
    type Plain: Plain + Pod;

    /// The elements of an argument.
    fn argument<'a>(argument: &Argument<'a>) -> Result<&'a [Self], String> {
        Ok(bytemuck::cast_slice(argument.values::<Self::Plain>()?))
    }

    /// The elements of what is worked on in place.
    fn place(place: Place<'_>) -> Result<&mut [Self], String> {
        Ok(bytemuck::cast_slice_mut(place.values::<Self::Plain>()?))
    }

    /// The elements of a result, all 0.
    fn result(output: Output<'_>) -> Result<&mut [Self], String> {
        let values: &mut [Self] = bytemuck::cast_slice_mut(output.values::<Self::Plain>()?);
        values.fill(Self::zero_impl());
        Ok(values)
    }
}

macro_rules! scalar {
    ($($element:ty: $part:ty, $plain:ty;)*) => {$(
        impl Scalar for $element {
            type Part = $part;
            type Plain = $plain;
        }
    )*};
}
scalar! {
    f32: f32, f32;
    f64: f64, f64;
    c32: f32, [f32; 2];
    c64: f64, [f64; 2];
}

/// A result of integers or of real numbers, all 0.
pub(crate) fn zeros<T: Plain + Default>(output: Output<'_>) -> Result<&mut [T], String> {
    let values = output.values::<T>()?;
    values.fill(T::default());
    Ok(values)
}

/// Equally large matrices one after another.
#[derive(Clone, Copy)]
pub(crate) struct Matrices {
    pub(crate) count: usize,
    pub(crate) rows: usize,
    pub(crate) columns: usize,
}

impl Matrices {
    /// The matrices in the last two of these axes.
    pub(crate) fn of(dims: &[i64]) -> Result<Matrices, String> {
        let [leading @ .., rows, columns] = dims else {
            return Err(format!("takes matrices, got sizes {dims:?}"));
        };
        let size = |&size: &i64| usize::try_from(size).unwrap_or(0);
        Ok(Matrices { count: leading.iter().map(size).product(), rows: size(rows), columns: size(columns) })
    }

    /// The square matrices in the last two of these axes.
    pub(crate) fn square(dims: &[i64]) -> Result<Matrices, String> {
        let matrices = Matrices::of(dims)?;
        match matrices.rows == matrices.columns {
            true => Ok(matrices),
            false => Err(format!("takes square matrices, got sizes {dims:?}")),
        }
    }

    /// The smaller of rows and columns.
    pub(crate) fn rank(&self) -> usize {
        self.rows.min(self.columns)
    }

    /// That a buffer has `each` elements for every matrix.
    pub(crate) fn check(&self, what: &str, found: usize, each: usize) -> Result<(), String> {
        match self.count.checked_mul(each) == Some(found) {
            true => Ok(()),
            false => Err(format!(
                "{what} has {found} elements, takes {each} for each of {} matrices of {} x {}",
                self.count, self.rows, self.columns
            )),
        }
    }
}

/// The elements of each matrix, `each` of them; of empty ones nothing.
pub(crate) fn split<T>(values: &mut [T], each: usize) -> impl Iterator<Item = &mut [T]> {
    values.chunks_exact_mut(each.max(1))
}

pub(crate) fn matrix<T>(values: &mut [T], rows: usize, columns: usize) -> MatMut<'_, T> {
    MatMut::from_column_major_slice_mut(values, rows, columns)
}

/// A letter of LAPACK among those a routine knows.
pub(crate) fn letter(attributes: Attributes<'_>, name: &str, known: &[u8]) -> Result<u8, String> {
    let letter = attributes.u8(name)?;
    match known.contains(&letter) {
        true => Ok(letter),
        false => Err(format!(
            "attribute `{name}` is {:?}, takes one of {:?}",
            char::from(letter),
            known.iter().map(|&known| char::from(known)).collect::<Vec<_>>()
        )),
    }
}

/// Whether the lower triangle is meant, not the upper one.
pub(crate) fn is_lower(attributes: Attributes<'_>) -> Result<bool, String> {
    Ok(letter(attributes, "uplo", b"LU")? == b'L')
}
