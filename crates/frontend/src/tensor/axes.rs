//! How users say which axes: by number, negative from the end, by name, one or several, `..` for all.

use super::Tensor;
use crate::Spec;
use crate::error::{Result, error};
use std::fmt;
use std::ops::RangeFull;

/// One axis as it was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis<'a> {
    /// Its position, counted from the end if negative.
    Number(i64),
    /// Its name.
    Name(&'a str),
}

impl fmt::Display for Axis<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Axis::Number(number) => number.fmt(f),
            Axis::Name(name) => write!(f, "`{name}`"),
        }
    }
}

/// One axis: a number of any integer type, negative from the end, or a name.
pub trait IntoAxis: Copy {
    /// The axis as given.
    fn axis(&self) -> Axis<'_>;
}

/// One or several axes, or `..` for all of them. A string may hold several names: `"b h"`.
pub trait IntoAxes {
    /// The axes as given, or `None` for all.
    fn axes(&self) -> Option<Vec<Axis<'_>>>;
}

macro_rules! axis_number {
    ($($integer:ty)*) => {$(
        impl IntoAxis for $integer {
            fn axis(&self) -> Axis<'_> {
                // Saturating keeps absurd numbers out of range instead of wrapping them into it.
                Axis::Number(i64::try_from(*self).unwrap_or(i64::MAX))
            }
        }
        impl IntoAxes for $integer {
            fn axes(&self) -> Option<Vec<Axis<'_>>> {
                Some(vec![self.axis()])
            }
        }
    )*};
}
axis_number!(i32 i64 isize u32 usize);

impl IntoAxis for &str {
    fn axis(&self) -> Axis<'_> {
        Axis::Name(self)
    }
}

impl IntoAxes for &str {
    fn axes(&self) -> Option<Vec<Axis<'_>>> {
        Some(self.split_whitespace().map(Axis::Name).collect())
    }
}

impl<T: IntoAxis, const N: usize> IntoAxes for [T; N] {
    fn axes(&self) -> Option<Vec<Axis<'_>>> {
        Some(self.iter().map(IntoAxis::axis).collect())
    }
}

impl<T: IntoAxis> IntoAxes for &[T] {
    fn axes(&self) -> Option<Vec<Axis<'_>>> {
        Some(self.iter().map(IntoAxis::axis).collect())
    }
}

impl<T: IntoAxis> IntoAxes for Vec<T> {
    fn axes(&self) -> Option<Vec<Axis<'_>>> {
        Some(self.iter().map(IntoAxis::axis).collect())
    }
}

impl<T: IntoAxis> IntoAxes for &Vec<T> {
    fn axes(&self) -> Option<Vec<Axis<'_>>> {
        Some(self.iter().map(IntoAxis::axis).collect())
    }
}

impl IntoAxes for RangeFull {
    fn axes(&self) -> Option<Vec<Axis<'_>>> {
        None
    }
}

impl Tensor {
    /// The position of one axis.
    pub(crate) fn axis(&self, name: &str, axis: impl IntoAxis) -> Result<usize> {
        resolve(name, axis.axis(), &self.spec)
    }

    /// The positions of several distinct axes, in the order given.
    pub(super) fn axes(&self, name: &str, axes: impl IntoAxes) -> Result<Vec<usize>> {
        match axes.axes() {
            Some(axes) => distinct(name, &axes, |axis| resolve(name, axis, &self.spec)),
            None => Ok((0..self.rank()).collect()),
        }
    }
}

/// The position of an axis of `spec`.
pub(super) fn resolve(name: &str, axis: Axis<'_>, spec: &Spec) -> Result<usize> {
    let wanted = match axis {
        Axis::Number(number) => return position(name, number, spec.rank(), spec),
        Axis::Name(wanted) => wanted,
    };
    let mut found = (0..spec.rank()).filter(|&axis| spec.shape.name(axis) == Some(wanted));
    match (found.next(), found.next()) {
        (Some(axis), None) => Ok(axis),
        (Some(_), Some(_)) => Err(error!(Axis, "{name}: axis `{wanted}` is there twice in {spec}")
            .hint("say its number, or `rename` one before they meet")),
        (None, _) if spec.shape.is_named() => {
            Err(error!(Axis, "{name}: there is no axis `{wanted}` in {spec}"))
        }
        (None, _) => Err(error!(Axis, "{name}: there is no axis `{wanted}` in {spec}")
            .hint("its axes have no names; `named` gives them")),
    }
}

/// The positions of distinct new axes in a result of `rank`.
pub(super) fn resolve_new(name: &str, axes: &[Axis<'_>], rank: usize) -> Result<Vec<usize>> {
    distinct(name, axes, |axis| match axis {
        Axis::Number(number) => position(name, number, rank, &format_args!("a result of rank {rank}")),
        Axis::Name(_) => Err(error!(Axis, "{name}: new axes have a number, got {axis}")),
    })
}

fn distinct(
    name: &str,
    axes: &[Axis<'_>],
    resolve: impl Fn(Axis<'_>) -> Result<usize>,
) -> Result<Vec<usize>> {
    let mut positions = Vec::with_capacity(axes.len());
    for &axis in axes {
        let position = resolve(axis)?;
        if positions.contains(&position) {
            let all: Vec<String> = axes.iter().map(Axis::to_string).collect();
            return Err(error!(Axis, "{name}: axis {axis} is given twice in [{}]", all.join(", ")));
        }
        positions.push(position);
    }
    Ok(positions)
}

/// The position of an axis among `rank`; `what` is the tensor it is looked for in.
fn position(name: &str, number: i64, rank: usize, what: &impl fmt::Display) -> Result<usize> {
    let position = if number < 0 { number.checked_add(rank as i64) } else { Some(number) };
    match position.and_then(|position| usize::try_from(position).ok()) {
        Some(position) if position < rank => Ok(position),
        _ => Err(error!(Axis, "{name}: axis {number} is out of range for {what}")),
    }
}
