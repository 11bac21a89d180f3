//! Cutting tensors apart, joining them, and padding.

use super::operators::{Operand, operand_like};
use super::{Axis, IntoAxis, Tensor};
use crate::error::{Result, error};
use crate::literal::Scalar;
use crate::{DType, Location, Op, Padding};
use std::ops::Range;

impl Tensor {
    /// A range of one axis, every `step`-th element of it.
    ///
    /// # Shapes
    /// `[.., N, ..] -> [.., ceil((end - start) / step), ..]`
    /// # DTypes
    /// Any.
    /// # Errors
    /// Recorded when the range leaves the axis or `step` is 0.
    /// # Gradient
    /// The cotangent padded with zeros.
    /// # Source
    /// StableHLO `slice`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [2, 8])], |_, args| args[0].slice_step(-1, 1..8, 3))?;
    /// assert_eq!(graph.outputs()[0].dims(), [2, 3]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn slice_step(&self, axis: impl IntoAxis, range: Range<usize>, step: usize) -> Tensor {
        let location = Location::caller();
        match self.axis("slice", axis) {
            Ok(axis) => {
                let mut starts = vec![0; self.rank()];
                let mut limits = self.dims().to_vec();
                let mut strides = vec![1; self.rank()];
                (starts[axis], limits[axis], strides[axis]) = (range.start, range.end, step);
                self.unary(Op::Slice { starts, limits, strides }, location)
            }
            Err(error) => self.mistake(error, location),
        }
    }

    /// A range of one axis.
    ///
    /// # Shapes
    /// `[.., N, ..] -> [.., end - start, ..]`
    /// # DTypes
    /// Any.
    /// # Errors
    /// Recorded when the range leaves the axis.
    /// # Gradient
    /// The cotangent padded with zeros.
    /// # Source
    /// StableHLO `slice`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [2, 8])], |_, args| args[0].slice(1, 2..5))?;
    /// assert_eq!(graph.outputs()[0].dims(), [2, 3]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn slice(&self, axis: impl IntoAxis, range: Range<usize>) -> Tensor {
        self.slice_step(axis, range, 1)
    }

    /// One position of an axis, without the axis; counted from the end if negative.
    ///
    /// # Shapes
    /// `[A.., N, B..] -> [A.., B..]`
    /// # DTypes
    /// Any.
    /// # Errors
    /// Recorded when the axis or the position does not exist.
    /// # Gradient
    /// The cotangent padded with zeros.
    /// # Source
    /// StableHLO `slice`, `reshape`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [2, 8, 4])], |_, args| args[0].select_at(1, -1))?;
    /// assert_eq!(graph.outputs()[0].dims(), [2, 4]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn select_at(&self, axis: impl IntoAxis, position: impl IntoAxis) -> Tensor {
        let located = || -> Result<(usize, usize)> {
            let axis = self.axis("select_at", axis)?;
            let size = self.dims()[axis];
            let what = format!("axis {axis} of {}", self.spec);
            let Axis::Number(number) = position.axis() else {
                let position = position.axis();
                return Err(error!(Argument, "select_at: a position is a number, got {position}"));
            };
            let at = if number < 0 { number.saturating_add(size as i64) } else { number };
            match usize::try_from(at) {
                Ok(at) if at < size => Ok((axis, at)),
                _ => Err(error!(Argument, "select_at: position {number} is out of range for {what}")),
            }
        };
        match located() {
            Ok((axis, at)) => self.slice(axis, at..at + 1).squeeze(axis),
            Err(error) => self.mistake(error, Location::caller()),
        }
    }

    /// The tensor cut along an axis into pieces of these sizes.
    ///
    /// # Shapes
    /// `[.., N, ..] -> [.., sizes[0], ..], [.., sizes[1], ..], ..`
    /// # DTypes
    /// Any.
    /// # Errors
    /// Recorded when the axis does not exist or the sizes do not add up to its size.
    /// # Gradient
    /// The cotangents one after another.
    /// # Source
    /// StableHLO `slice`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [2, 6])], |_, args| args[0].split(-1, &[1, 5]))?;
    /// assert_eq!(graph.outputs()[1].dims(), [2, 5]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn split(&self, axis: impl IntoAxis, sizes: &[usize]) -> Vec<Tensor> {
        let location = Location::caller();
        let total = sizes.iter().fold(0usize, |sum, &size| sum.saturating_add(size));
        let axis = match self.axis("split", axis) {
            Ok(axis) if self.dims()[axis] == total => axis,
            Ok(axis) => {
                let error = error!(
                    Shape,
                    "split: sizes {sizes:?} add up to {total}, axis {axis} of {} does not", self.spec
                );
                return vec![self.mistake(error, location); sizes.len()];
            }
            Err(error) => return vec![self.mistake(error, location); sizes.len()],
        };
        let mut start = 0;
        let mut pieces = Vec::with_capacity(sizes.len());
        for size in sizes {
            pieces.push(self.slice(axis, start..start + size));
            start += size;
        }
        pieces
    }

    /// Tensors one after another along an axis.
    ///
    /// # Shapes
    /// `[.., N, ..], [.., M, ..], .. -> [.., N + M + .., ..]`
    /// # DTypes
    /// Any, the same for all.
    /// # Errors
    /// Recorded when there is no tensor, the axis does not exist, or shapes differ along other axes.
    /// # Gradient
    /// The cotangent cut into pieces.
    /// # Source
    /// StableHLO `concatenate`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, Tensor, trace};
    /// let specs = [Spec::new(DType::F32, [2, 3]), Spec::new(DType::F32, [2, 1])];
    /// let graph = trace("f", &specs, |_, args| Tensor::concatenate(&[&args[0], &args[1]], -1))?;
    /// assert_eq!(graph.outputs()[0].dims(), [2, 4]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn concatenate(tensors: &[&Tensor], axis: impl IntoAxis) -> Tensor {
        let location = Location::caller();
        let Some(first) = tensors.first() else {
            return Tensor::nothing("concatenate: takes at least one tensor", location);
        };
        match first.axis("concatenate", axis) {
            Ok(_) if tensors.len() == 1 => (*first).clone(),
            Ok(axis) if first.dtype().bits() < 4 => {
                // The graph does not take these, a wider type does.
                let wide = match first.dtype() {
                    DType::Bool => DType::U8,
                    narrow => Scalar::carrier(narrow),
                };
                let widen = |tensor: &&Tensor| match tensor.dtype() == first.dtype() {
                    true => tensor.trace.apply(Op::Convert { dtype: wide }, &[tensor], location),
                    false => (*tensor).clone(),
                };
                let widened: Vec<Tensor> = tensors.iter().map(widen).collect();
                let operands: Vec<&Tensor> = widened.iter().collect();
                let joined = first.trace.apply(Op::Concatenate { axis }, &operands, location);
                joined.trace.apply(Op::Convert { dtype: first.dtype() }, &[&joined], location)
            }
            Ok(axis) => first.trace.apply(Op::Concatenate { axis }, tensors, location),
            Err(error) => first.mistake(error, location),
        }
    }

    /// Tensors of one shape side by side along a new axis, at this position of the result.
    ///
    /// # Shapes
    /// `n x [A.., B..] -> [A.., n, B..]`
    /// # DTypes
    /// Any, the same for all.
    /// # Errors
    /// Recorded when there is no tensor, the position is out of range, or shapes differ.
    /// # Gradient
    /// The cotangent cut into pieces.
    /// # Source
    /// StableHLO `reshape`, `concatenate`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, Tensor, trace};
    /// let specs = [Spec::new(DType::F32, [3]), Spec::new(DType::F32, [3])];
    /// let graph = trace("f", &specs, |_, args| Tensor::stack(&[&args[0], &args[1]], 0))?;
    /// assert_eq!(graph.outputs()[0].dims(), [2, 3]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn stack(tensors: &[&Tensor], axis: impl IntoAxis) -> Tensor {
        let location = Location::caller();
        let Some(first) = tensors.first() else {
            return Tensor::nothing("stack: takes at least one tensor", location);
        };
        if let Some(other) = tensors.iter().find(|other| other.spec != first.spec) {
            let error =
                error!(Shape, "stack: tensors must have one type, got {} and {}", first.spec, other.spec);
            return first.mistake(error, location);
        }
        // Resolved here, as each operand's own negative axes would count from another rank than `concatenate`'s.
        let rank = first.rank() + 1;
        match super::axes::resolve_new("stack", &[axis.axis()], rank).map(|axes| axes[0]) {
            Ok(axis) => {
                // A loop and no closure: the caller's location does not pass through closures.
                let mut expanded = Vec::with_capacity(tensors.len());
                for tensor in tensors {
                    expanded.push(tensor.expand_dims(axis));
                }
                Tensor::concatenate(&expanded.iter().collect::<Vec<_>>(), axis)
            }
            Err(error) => first.mistake(error, location),
        }
    }

    /// The tensor with `value` around it: `(before, after)` for each axis, negative amounts cut.
    ///
    /// # Shapes
    /// `[.., N, ..] -> [.., before + N + after, ..]`
    /// # DTypes
    /// Any; `value` has the same.
    /// # Errors
    /// Recorded when there is not one pair an axis, or a size would be negative.
    /// # Gradient
    /// The cotangent cut; summed outside for `value`.
    /// # Source
    /// StableHLO `pad`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [2, 3])], |_, args| args[0].pad(0.0, &[(0, 0), (1, 2)]))?;
    /// assert_eq!(graph.outputs()[0].dims(), [2, 6]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn pad(&self, value: impl Operand, edges: &[(i64, i64)]) -> Tensor {
        let location = Location::caller();
        let padding = Padding {
            low: edges.iter().map(|edge| edge.0).collect(),
            high: edges.iter().map(|edge| edge.1).collect(),
            interior: vec![0; edges.len()],
        };
        let value = operand_like(&value, self, location);
        self.trace.apply(Op::Pad(padding), &[self, &value], location)
    }
}
