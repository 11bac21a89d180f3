//! Shapes and tensor types: [`Shape`] is the sizes of a tensor's axes, [`Spec`] a shape with an element type.
//!
//! Both are cheap to clone (sizes and names are shared) and immutable. Names are annotations: they say which axis is which
//! in code and messages, and are no part of what a shape is, so equality and hashing ignore them. Nothing here knows
//! operations.

use crate::DType;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// The sizes of a tensor's axes, outermost first; no axes at all for a scalar. Axes may have names.
///
/// ```
/// use bering_frontend::{Shape, shape};
/// let shape = shape![b = 2, k = 384, _ = 3];
/// assert_eq!(shape.to_string(), "[b=2, k=384, 3]");
/// assert_eq!(shape, Shape::new([2, 384, 3]));
/// ```
#[derive(Clone)]
pub struct Shape {
    dims: Arc<[usize]>,
    /// One entry an axis. `None` where nothing was said about names, which an operation's attribute tells apart from
    /// axes that are said to have none.
    names: Option<Names>,
}

/// The name of each axis that has one.
pub(crate) type Names = Arc<[Option<Arc<str>>]>;

/// A [`Shape`] with named axes, `_` for an axis without a name: `shape![b = batch, k = 384, _ = 2]`.
#[macro_export]
macro_rules! shape {
    () => { $crate::Shape::scalar() };
    ($($name:tt = $size:expr),+ $(,)?) => { $crate::Shape::named([$((::core::stringify!($name), $size)),+]) };
}

impl PartialEq for Shape {
    fn eq(&self, other: &Shape) -> bool {
        self.dims == other.dims
    }
}

impl Eq for Shape {}

impl Hash for Shape {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.dims.hash(state);
    }
}

impl Shape {
    /// A shape of these sizes.
    pub fn new(dims: impl Into<Shape>) -> Shape {
        dims.into()
    }

    /// The shape of a scalar.
    pub fn scalar() -> Shape {
        Shape { dims: Arc::new([]), names: None }
    }

    /// A shape of named axes; the name `_` stands for none. See also [`shape!`](crate::shape!).
    pub fn named<'a>(axes: impl IntoIterator<Item = (&'a str, usize)>) -> Shape {
        let (names, dims): (Vec<&str>, Vec<usize>) = axes.into_iter().unzip();
        let names = names.iter().map(|&name| (name != "_").then(|| Arc::from(name))).collect();
        Shape { dims: dims.into(), names: Some(names) }
    }

    /// The same sizes under these names.
    pub(crate) fn with_names(&self, names: Option<Names>) -> Shape {
        Shape { dims: self.dims.clone(), names: names.filter(|names| names.len() == self.rank()) }
    }

    /// The names, `None` where nothing is said about them.
    pub(crate) fn stated_names(&self) -> Option<&Names> {
        self.names.as_ref()
    }

    /// The name of an axis, if it has one.
    pub fn name(&self, axis: usize) -> Option<&str> {
        self.shared_name(axis).map(|name| &**name)
    }

    pub(crate) fn shared_name(&self, axis: usize) -> Option<&Arc<str>> {
        self.names.as_ref()?.get(axis)?.as_ref()
    }

    /// The names of all axes, outermost first.
    pub fn names(&self) -> impl Iterator<Item = Option<&str>> {
        (0..self.rank()).map(|axis| self.name(axis))
    }

    /// Whether any axis has a name.
    pub fn is_named(&self) -> bool {
        self.names.as_ref().is_some_and(|names| names.iter().any(Option::is_some))
    }

    /// Some of the axes with their names, in this order; `None` is a new axis of size 1.
    pub(crate) fn pick(&self, axes: impl IntoIterator<Item = Option<usize>>) -> Shape {
        let axes: Vec<Option<usize>> = axes.into_iter().collect();
        let dims: Vec<usize> = axes.iter().map(|axis| axis.map_or(1, |axis| self.dims[axis])).collect();
        let name = |axis: &Option<usize>| axis.and_then(|axis| self.shared_name(axis).cloned());
        let names = self.names.is_some().then(|| axes.iter().map(name).collect());
        Shape { dims: dims.into(), names }
    }

    /// The axes of several shapes one after another.
    pub(crate) fn join(shapes: &[&Shape]) -> Shape {
        let dims: Vec<usize> = shapes.iter().flat_map(|shape| shape.dims()).copied().collect();
        let name = |shape: &&Shape| -> Vec<Option<Arc<str>>> {
            (0..shape.rank()).map(|axis| shape.shared_name(axis).cloned()).collect()
        };
        let stated = shapes.iter().any(|shape| shape.names.is_some());
        Shape { dims: dims.into(), names: stated.then(|| shapes.iter().flat_map(name).collect()) }
    }

    /// One axis in a message: `k=384`, or `384 (axis 1)` where it has no name.
    pub(crate) fn describe(&self, axis: usize) -> String {
        match (self.name(axis), self.dims.get(axis)) {
            (Some(name), Some(dim)) => format!("{name}={dim}"),
            (None, Some(dim)) => format!("{dim} (axis {axis})"),
            (_, None) => format!("no axis {axis}"),
        }
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
            f.write_str(if i == 0 { "" } else { ", " })?;
            match self.name(i) {
                Some(name) => write!(f, "{name}={dim}")?,
                None => write!(f, "{dim}")?,
            }
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
        Shape { dims: dims.into(), names: None }
    }
}

impl From<Vec<usize>> for Shape {
    fn from(dims: Vec<usize>) -> Shape {
        Shape { dims: dims.into(), names: None }
    }
}

impl From<&Vec<usize>> for Shape {
    fn from(dims: &Vec<usize>) -> Shape {
        Shape { dims: dims.as_slice().into(), names: None }
    }
}

impl<const N: usize> From<[usize; N]> for Shape {
    fn from(dims: [usize; N]) -> Shape {
        Shape { dims: Arc::new(dims), names: None }
    }
}

impl<const N: usize> From<&[usize; N]> for Shape {
    fn from(dims: &[usize; N]) -> Shape {
        Shape { dims: Arc::new(*dims), names: None }
    }
}

impl From<&Shape> for Shape {
    fn from(shape: &Shape) -> Shape {
        shape.clone()
    }
}

/// What is known of a tensor before it exists: element type and shape. Prints as `f32[2, 384]`, with names as
/// `f32[b=2, k=384]`.
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

    #[test]
    fn names_are_shown_and_do_not_count() {
        let named = shape![b = 2, _ = 3, k = 4];
        assert_eq!(Spec::new(DType::F32, &named).to_string(), "f32[b=2, 3, k=4]");
        assert_eq!(named, Shape::new([2, 3, 4]));
        assert_eq!(named.names().collect::<Vec<_>>(), [Some("b"), None, Some("k")]);
        assert_eq!(named.pick([Some(2), None, Some(0)]).to_string(), "[k=4, 1, b=2]");
        assert_eq!(Shape::join(&[&named, &Shape::new([5])]).to_string(), "[b=2, 3, k=4, 5]");
        assert_eq!(shape![], Shape::scalar());
        assert!(!shape![_ = 7].is_named());
    }
}
