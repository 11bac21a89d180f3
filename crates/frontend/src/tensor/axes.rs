//! How users name axes: any integer type, negative from the end, one or several, `..` for all.

use super::Tensor;
use crate::error::{Result, error};
use std::ops::RangeFull;

/// An axis number; negative numbers count from the end.
pub trait IntoAxis: Copy {
    /// The number as given.
    fn number(self) -> i64;
}

/// One or several axes, or `..` for all of them.
pub trait IntoAxes {
    /// The numbers as given, or `None` for all axes.
    fn numbers(&self) -> Option<Vec<i64>>;
}

macro_rules! axis_number {
    ($($integer:ty)*) => {$(
        impl IntoAxis for $integer {
            fn number(self) -> i64 {
                // Saturating keeps absurd numbers out of range instead of wrapping them into it.
                i64::try_from(self).unwrap_or(i64::MAX)
            }
        }
        impl IntoAxes for $integer {
            fn numbers(&self) -> Option<Vec<i64>> {
                Some(vec![self.number()])
            }
        }
    )*};
}
axis_number!(i32 i64 isize u32 usize);

impl<T: IntoAxis, const N: usize> IntoAxes for [T; N] {
    fn numbers(&self) -> Option<Vec<i64>> {
        Some(self.iter().map(|axis| axis.number()).collect())
    }
}

impl<T: IntoAxis> IntoAxes for &[T] {
    fn numbers(&self) -> Option<Vec<i64>> {
        Some(self.iter().map(|axis| axis.number()).collect())
    }
}

impl<T: IntoAxis> IntoAxes for Vec<T> {
    fn numbers(&self) -> Option<Vec<i64>> {
        self.as_slice().numbers()
    }
}

impl<T: IntoAxis> IntoAxes for &Vec<T> {
    fn numbers(&self) -> Option<Vec<i64>> {
        self.as_slice().numbers()
    }
}

impl IntoAxes for RangeFull {
    fn numbers(&self) -> Option<Vec<i64>> {
        None
    }
}

impl Tensor {
    /// The position of one axis.
    pub(super) fn axis(&self, name: &str, axis: impl IntoAxis) -> Result<usize> {
        resolve(name, axis.number(), self.rank(), &self.spec)
    }

    /// The positions of several distinct axes, in the order given.
    pub(super) fn axes(&self, name: &str, axes: impl IntoAxes) -> Result<Vec<usize>> {
        match axes.numbers() {
            Some(numbers) => resolve_all(name, &numbers, self.rank(), &self.spec),
            None => Ok((0..self.rank()).collect()),
        }
    }
}

/// Positions of distinct axes among `rank`; `what` is the tensor they are looked for in.
pub(super) fn resolve_all(
    name: &str,
    numbers: &[i64],
    rank: usize,
    what: &impl std::fmt::Display,
) -> Result<Vec<usize>> {
    let mut positions = Vec::with_capacity(numbers.len());
    for &number in numbers {
        let position = resolve(name, number, rank, what)?;
        if positions.contains(&position) {
            return Err(error!(Axis, "{name}: axis {number} is given twice in {numbers:?}"));
        }
        positions.push(position);
    }
    Ok(positions)
}

/// The position of an axis among `rank`.
pub(super) fn resolve(name: &str, number: i64, rank: usize, what: &impl std::fmt::Display) -> Result<usize> {
    let position = if number < 0 { number.checked_add(rank as i64) } else { Some(number) };
    match position.and_then(|position| usize::try_from(position).ok()) {
        Some(position) if position < rank => Ok(position),
        _ => Err(error!(Axis, "{name}: axis {number} is out of range for {what}")),
    }
}
