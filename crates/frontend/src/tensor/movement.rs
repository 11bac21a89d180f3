//! Other shapes and orders of the same elements.

use super::axes::resolve_new;
use super::{IntoAxes, IntoAxis, Tensor};
use crate::error::{Result, error};
use crate::{Location, Op, Shape, Spec};
use std::ops::Range;

impl Tensor {
    /// The same elements in row-major order under another shape.
    ///
    /// Names of leading and trailing axes that stay as they are stay too; a shape with names gives all of them.
    ///
    /// # Shapes
    /// `[S..] -> [T..]` with as many elements.
    /// # DTypes
    /// Any.
    /// # Errors
    /// Recorded when the numbers of elements differ.
    /// # Gradient
    /// The cotangent reshaped back.
    /// # Source
    /// StableHLO `reshape`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [2, 6])], |_, args| args[0].reshape([2, 3, 2]))?;
    /// assert_eq!(graph.outputs()[0].dims(), [2, 3, 2]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn reshape(&self, shape: impl Into<Shape>) -> Tensor {
        let shape = shape.into();
        if shape == self.spec.shape {
            return self.with_names(&shape, Location::caller());
        }
        let guess = Spec::new(self.dtype(), &shape);
        self.known_as(self.unary(Op::Reshape { shape }, Location::caller()), guess)
    }

    /// The axes from `from` to `to`, inclusive, as one.
    ///
    /// # Shapes
    /// `[A.., F.., B..] -> [A.., product(F), B..]`
    /// # DTypes
    /// Any.
    /// # Errors
    /// Recorded when an axis does not exist or `to` is before `from`.
    /// # Gradient
    /// The cotangent reshaped back.
    /// # Source
    /// StableHLO `reshape`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [2, 3, 4])], |_, args| args[0].flatten(-2, -1))?;
    /// assert_eq!(graph.outputs()[0].dims(), [2, 12]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn flatten(&self, from: impl IntoAxis, to: impl IntoAxis) -> Tensor {
        let range = || Ok((self.axis("flatten", from)?, self.axis("flatten", to)?));
        match range() {
            Ok((from, to)) if from <= to => self.merged(from..to + 1, None),
            Ok((from, to)) => self.mistake(
                error!(Axis, "flatten: axis {to} is before axis {from} of {}", self.spec),
                Location::caller(),
            ),
            Err(error) => self.mistake(error, Location::caller()),
        }
    }

    /// Neighbouring axes as one.
    #[track_caller]
    pub(super) fn merged(&self, axes: Range<usize>, name: Option<&str>) -> Tensor {
        let own = &self.spec.shape;
        let size = own.dims()[axes.clone()].iter().fold(1usize, |product, &dim| product.saturating_mul(dim));
        let (before, after) = ((0..axes.start).map(Some), (axes.end..own.rank()).map(Some));
        let merged = match name {
            Some(name) => Shape::named([(name, size)]),
            None if axes.len() == 1 => own.pick(axes.map(Some)),
            None => Shape::new([size]),
        };
        self.reshape(Shape::join(&[&own.pick(before), &merged, &own.pick(after)]))
    }

    /// One axis taken apart into several, the first of which varies slowest. Names come with the sizes:
    /// `x.unflatten("k", shape![h = 12, d = 32])`.
    ///
    /// # Shapes
    /// `[A.., product(F), B..] -> [A.., F.., B..]`
    /// # DTypes
    /// Any.
    /// # Errors
    /// Recorded when the axis does not exist or the product is not its size.
    /// # Gradient
    /// The cotangent reshaped back.
    /// # Source
    /// StableHLO `reshape`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [2, 384])], |_, args| args[0].unflatten(-1, [12, 32]))?;
    /// assert_eq!(graph.outputs()[0].dims(), [2, 12, 32]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn unflatten(&self, axis: impl IntoAxis, dims: impl Into<Shape>) -> Tensor {
        let into = dims.into();
        match self.axis("unflatten", axis) {
            Ok(axis) => {
                let own = &self.spec.shape;
                let (before, after) = ((0..axis).map(Some), (axis + 1..own.rank()).map(Some));
                self.reshape(Shape::join(&[&own.pick(before), &into, &own.pick(after)]))
            }
            Err(error) => self.mistake(error, Location::caller()),
        }
    }

    /// The tensor with axes of size 1 inserted at these positions of the result.
    ///
    /// # Shapes
    /// `[A.., B..] -> [A.., 1, B..]`
    /// # DTypes
    /// Any.
    /// # Errors
    /// Recorded when a position is out of range or given twice.
    /// # Gradient
    /// The cotangent reshaped back.
    /// # Source
    /// StableHLO `reshape`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [2, 3])], |_, args| args[0].expand_dims([0, -1]))?;
    /// assert_eq!(graph.outputs()[0].dims(), [1, 2, 3, 1]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn expand_dims(&self, axes: impl IntoAxes) -> Tensor {
        let axes = axes.axes().unwrap_or_default();
        let rank = self.rank() + axes.len();
        match resolve_new("expand_dims", &axes, rank) {
            Ok(new) => {
                let mut own = 0..self.rank();
                let old = |axis: usize| if new.contains(&axis) { None } else { own.next() };
                self.reshape(self.spec.shape.pick((0..rank).map(old)))
            }
            Err(error) => self.mistake(error, Location::caller()),
        }
    }

    /// The tensor without these axes, which must have size 1; `..` drops every axis of size 1.
    ///
    /// # Shapes
    /// `[A.., 1, B..] -> [A.., B..]`
    /// # DTypes
    /// Any.
    /// # Errors
    /// Recorded when an axis does not exist or has another size.
    /// # Gradient
    /// The cotangent reshaped back.
    /// # Source
    /// StableHLO `reshape`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [2, 1, 3])], |_, args| args[0].squeeze(1))?;
    /// assert_eq!(graph.outputs()[0].dims(), [2, 3]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn squeeze(&self, axes: impl IntoAxes) -> Tensor {
        let location = Location::caller();
        let dims = self.dims();
        let dropped = match axes.axes() {
            None => Ok((0..self.rank()).filter(|&axis| dims[axis] == 1).collect()),
            Some(_) => self.axes("squeeze", axes),
        };
        match dropped {
            Err(error) => self.mistake(error, location),
            Ok(dropped) => match dropped.iter().find(|&&axis| dims[axis] != 1) {
                Some(axis) => {
                    let error = error!(Shape, "squeeze: axis {axis} of {} does not have size 1", self.spec);
                    self.mistake(error, location)
                }
                None => {
                    let kept = (0..self.rank()).filter(|axis| !dropped.contains(axis));
                    self.reshape(self.spec.shape.pick(kept.map(Some)))
                }
            },
        }
    }

    /// The axes in another order: axis `i` of the result is axis `permutation[i]`.
    ///
    /// # Shapes
    /// `[S..] -> [S[p0], S[p1], ..]`
    /// # DTypes
    /// Any.
    /// # Errors
    /// Recorded when this is no permutation of the axes.
    /// # Gradient
    /// The cotangent transposed back.
    /// # Source
    /// StableHLO `transpose`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [2, 3, 4])], |_, args| args[0].transpose([0, 2, 1]))?;
    /// assert_eq!(graph.outputs()[0].dims(), [2, 4, 3]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn transpose(&self, permutation: impl IntoAxes) -> Tensor {
        let location = Location::caller();
        match self.axes("transpose", permutation) {
            Ok(permutation) if permutation.iter().copied().eq(0..self.rank()) => self.clone(),
            Ok(permutation) => self.unary(Op::Transpose { permutation }, location),
            Err(error) => self.mistake(error, location),
        }
    }

    /// Two axes exchanged.
    ///
    /// # Shapes
    /// `[.., M, .., N, ..] -> [.., N, .., M, ..]`
    /// # DTypes
    /// Any.
    /// # Errors
    /// Recorded when an axis does not exist.
    /// # Gradient
    /// The cotangent transposed back.
    /// # Source
    /// StableHLO `transpose`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [2, 3, 4])], |_, args| args[0].swap_axes(-1, -2))?;
    /// assert_eq!(graph.outputs()[0].dims(), [2, 4, 3]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn swap_axes(&self, a: impl IntoAxis, b: impl IntoAxis) -> Tensor {
        let location = Location::caller();
        let pair =
            || -> Result<(usize, usize)> { Ok((self.axis("swap_axes", a)?, self.axis("swap_axes", b)?)) };
        match pair() {
            Ok((a, b)) => {
                let mut permutation: Vec<usize> = (0..self.rank()).collect();
                permutation.swap(a, b);
                self.transpose(permutation)
            }
            Err(error) => self.mistake(error, location),
        }
    }

    /// The tensor repeated to a larger shape: aligned at the last axis, sizes equal or 1.
    ///
    /// # Shapes
    /// `[S..] -> [T..]`
    /// # DTypes
    /// Any.
    /// # Errors
    /// Recorded when a size is neither equal nor 1, or the shape has fewer axes.
    /// # Gradient
    /// The cotangent summed over repeated axes.
    /// # Source
    /// StableHLO `broadcast_in_dim`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [3, 1])], |_, args| args[0].broadcast_to([2, 3, 4]))?;
    /// assert_eq!(graph.outputs()[0].dims(), [2, 3, 4]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn broadcast_to(&self, shape: impl Into<Shape>) -> Tensor {
        let (shape, location) = (shape.into(), Location::caller());
        let own = self.dims();
        let fits = own.len() <= shape.rank()
            && own
                .iter()
                .zip(&shape.dims()[shape.rank() - own.len()..])
                .all(|(&from, &to)| from == to || from == 1);
        match fits {
            true => self.trace.broadcast(self, &shape, location).with_more_names(&shape, location),
            false => {
                let error = error!(Shape, "broadcast_to: {} does not stretch to {shape}", self.spec);
                self.mistake_as(error, location, Spec::new(self.dtype(), shape))
            }
        }
    }

    /// The elements along these axes in opposite order.
    ///
    /// # Shapes
    /// `[S..] -> [S..]`
    /// # DTypes
    /// Any.
    /// # Errors
    /// Recorded when an axis does not exist or is given twice.
    /// # Gradient
    /// The cotangent reversed.
    /// # Source
    /// StableHLO `reverse`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [2, 3])], |_, args| args[0].flip(-1))?;
    /// assert_eq!(graph.outputs()[0].dims(), [2, 3]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn flip(&self, axes: impl IntoAxes) -> Tensor {
        let location = Location::caller();
        match self.axes("flip", axes) {
            Ok(axes) => self.unary(Op::Reverse { axes }, location),
            Err(error) => self.mistake(error, location),
        }
    }

    /// `result`, or when it is a placeholder one of the type that was meant.
    fn known_as(&self, result: Tensor, meant: Spec) -> Tensor {
        match result.id {
            Some(_) => result,
            None => Tensor::from_parts(self.trace.clone(), None, meant),
        }
    }
}
