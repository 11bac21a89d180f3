//! Shapes and tensor types: [`Shape`] is the sizes of a tensor's axes, [`Spec`] a shape with an element type.
//!
//! Both are cheap to clone (the sizes are shared) and immutable. A shape's fields are private so that axes can carry
//! more than a size without a change of signatures. Nothing here knows operations.

use crate::DType;
use std::fmt;
use std::sync::Arc;

/// The sizes of a tensor's axes, outermost first; no axes at all for a scalar.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Shape {
    dims: Arc<[usize]>,
}

impl Shape {
    /// A shape of these sizes.
    pub fn new(dims: impl Into<Shape>) -> Shape {
        dims.into()
    }

    /// The shape of a scalar.
    pub fn scalar() -> Shape {
        Shape { dims: Arc::new([]) }
    }

    /// The sizes, outermost axis first.
    pub fn dims(&self) -> &[usize] {
        &self.dims
    }

    /// The number of axes.
    pub fn rank(&self) -> usize {
        self.dims.len()
    }

    /// The number of elements, or `None` where it overflows `usize`.
    pub fn elements(&self) -> Option<usize> {
        // A zero anywhere makes the product zero, whatever the rest would overflow to.
        if self.dims.contains(&0) {
            return Some(0);
        }
        self.dims.iter().try_fold(1usize, |product, &dim| product.checked_mul(dim))
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        for (i, dim) in self.dims.iter().enumerate() {
            write!(f, "{}{dim}", if i == 0 { "" } else { ", " })?;
        }
        f.write_str("]")
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<&[usize]> for Shape {
    fn from(dims: &[usize]) -> Shape {
        Shape { dims: dims.into() }
    }
}

impl From<Vec<usize>> for Shape {
    fn from(dims: Vec<usize>) -> Shape {
        Shape { dims: dims.into() }
    }
}

impl From<&Vec<usize>> for Shape {
    fn from(dims: &Vec<usize>) -> Shape {
        Shape { dims: dims.as_slice().into() }
    }
}

impl<const N: usize> From<[usize; N]> for Shape {
    fn from(dims: [usize; N]) -> Shape {
        Shape { dims: Arc::new(dims) }
    }
}

impl<const N: usize> From<&[usize; N]> for Shape {
    fn from(dims: &[usize; N]) -> Shape {
        Shape { dims: Arc::new(*dims) }
    }
}

impl From<&Shape> for Shape {
    fn from(shape: &Shape) -> Shape {
        shape.clone()
    }
}

/// What is known of a tensor before it exists: element type and shape. Prints as `f32[2, 384]`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Spec {
    /// The element type.
    pub dtype: DType,
    /// The sizes of the axes.
    pub shape: Shape,
}

impl Spec {
    /// A tensor type.
    ///
    /// ```
    /// use bering_frontend::{DType, Spec};
    /// assert_eq!(Spec::new(DType::F32, [2, 384]).to_string(), "f32[2, 384]");
    /// ```
    pub fn new(dtype: DType, dims: impl Into<Shape>) -> Spec {
        Spec { dtype, shape: dims.into() }
    }

    /// The type of one value.
    pub fn scalar(dtype: DType) -> Spec {
        Spec { dtype, shape: Shape::scalar() }
    }

    /// The element type.
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// The sizes of the axes, outermost first.
    pub fn dims(&self) -> &[usize] {
        self.shape.dims()
    }

    /// The number of axes.
    pub fn rank(&self) -> usize {
        self.shape.rank()
    }

    /// The size of a dense host array of this type, or `None` where it overflows `usize`.
    pub fn bytes(&self) -> Option<usize> {
        self.shape.elements()?.checked_mul(self.dtype.bytes())
    }

    /// The same element type with another shape.
    pub fn with_shape(&self, shape: impl Into<Shape>) -> Spec {
        Spec { dtype: self.dtype, shape: shape.into() }
    }

    /// The same shape with another element type.
    pub fn with_dtype(&self, dtype: DType) -> Spec {
        Spec { dtype, shape: self.shape.clone() }
    }
}

impl fmt::Display for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.dtype, self.shape)
    }
}

impl fmt::Debug for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zero_axis_wins_over_overflow() {
        assert_eq!(Shape::new([usize::MAX, 2]).elements(), None);
        assert_eq!(Shape::new([usize::MAX, 2, 0]).elements(), Some(0));
        assert_eq!(Shape::scalar().elements(), Some(1));
        assert_eq!(Spec::new(DType::F64, [usize::MAX / 2]).bytes(), None);
    }
}
