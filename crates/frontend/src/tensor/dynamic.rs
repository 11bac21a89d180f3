//! Slices whose position is a value of the program.

use super::operators::{Operand, Resolved, resolve};
use super::{IntoAxis, Tensor};
use crate::literal::Scalar;
use crate::{DType, Location, Op, Spec};

impl Tensor {
    /// A sub-array of static size at a position computed on the device.
    ///
    /// Negative starts count from the end; then starts are clamped so that the whole slice lies inside.
    ///
    /// # Shapes
    /// `[S..], rank scalars -> [sizes..]`
    /// # DTypes
    /// Any; starts are integers of one dtype.
    /// # Errors
    /// Recorded when there is not one start and one size an axis, or a size is larger than its axis.
    /// # Gradient
    /// The cotangent written into zeros at the position; starts are not differentiable.
    /// # Source
    /// StableHLO `dynamic_slice`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let specs = [Spec::new(DType::F32, [10, 4]), Spec::scalar(DType::I32), Spec::scalar(DType::I32)];
    /// let graph = trace("f", &specs, |_, args| args[0].dynamic_slice(&[&args[1], &args[2]], &[3, 2]))?;
    /// assert_eq!(graph.outputs()[0].dims(), [3, 2]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn dynamic_slice(&self, starts: &[&Tensor], sizes: &[usize]) -> Tensor {
        let location = Location::caller();
        let starts = self.starts(starts, location);
        let result = self.apply_at(Op::DynamicSlice { sizes: sizes.to_vec() }, &[self], &starts, location);
        match result.id {
            Some(_) => result,
            None => Tensor::from_parts(self.trace.clone(), None, self.spec.with_shape(sizes)),
        }
    }

    /// [`Tensor::dynamic_slice`] along one axis, whole along all others.
    ///
    /// # Shapes
    /// `[.., N, ..], scalar -> [.., size, ..]`
    /// # DTypes
    /// Any; the start is an integer, on the device or of the host.
    /// # Errors
    /// Recorded when the axis does not exist or is smaller than `size`.
    /// # Gradient
    /// The cotangent written into zeros at the position; the start is not differentiable.
    /// # Source
    /// StableHLO `dynamic_slice`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let specs = [Spec::new(DType::F32, [10, 4]), Spec::scalar(DType::I32)];
    /// let graph = trace("f", &specs, |_, args| args[0].dynamic_slice_in(0, &args[1], 1))?;
    /// assert_eq!(graph.outputs()[0].dims(), [1, 4]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn dynamic_slice_in(&self, axis: impl IntoAxis, start: impl Operand, size: usize) -> Tensor {
        let location = Location::caller();
        match self.axis("dynamic_slice", axis) {
            Ok(axis) => {
                let mut sizes = self.dims().to_vec();
                sizes[axis] = size;
                let starts = self.starts_in(axis, &start, location);
                self.apply_at(Op::DynamicSlice { sizes }, &[self], &starts, location)
            }
            Err(error) => self.mistake(error, location),
        }
    }

    /// The tensor with `update` written over it at a position computed on the device.
    ///
    /// Negative starts count from the end; then starts are clamped so that the whole update lies inside.
    ///
    /// # Shapes
    /// `[S..] x [T..], rank scalars -> [S..]` with `T <= S` axis by axis.
    /// # DTypes
    /// Any, the same for both; starts are integers of one dtype.
    /// # Errors
    /// Recorded for unequal dtypes or ranks, an update larger than the tensor, or another number of starts.
    /// # Gradient
    /// The cotangent with zeros at the position, and what is there for the update.
    /// # Source
    /// StableHLO `dynamic_update_slice`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let specs = [Spec::new(DType::F32, [10]), Spec::new(DType::F32, [3]), Spec::scalar(DType::I32)];
    /// let graph = trace("f", &specs, |_, args| args[0].dynamic_update_slice(&args[1], &[&args[2]]))?;
    /// assert_eq!(graph.outputs()[0].dims(), [10]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn dynamic_update_slice(&self, update: &Tensor, starts: &[&Tensor]) -> Tensor {
        let location = Location::caller();
        let starts = self.starts(starts, location);
        self.apply_at(Op::DynamicUpdateSlice, &[self, update], &starts, location)
    }

    /// [`Tensor::dynamic_update_slice`] along one axis, at the beginning of all others.
    ///
    /// # Shapes
    /// `[A.., N, B..] x [A.., M, B..], scalar -> [A.., N, B..]`
    /// # DTypes
    /// Any, the same for both; the start is an integer, on the device or of the host.
    /// # Errors
    /// Recorded when the axis does not exist, or as [`Tensor::dynamic_update_slice`].
    /// # Gradient
    /// The cotangent with zeros at the position, and what is there for the update.
    /// # Source
    /// StableHLO `dynamic_update_slice`.
    /// # Examples
    /// A step of a key-value cache:
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let specs = [Spec::new(DType::F32, [2, 128, 8]), Spec::new(DType::F32, [2, 1, 8]), Spec::scalar(DType::I32)];
    /// let graph = trace("f", &specs, |_, args| args[0].dynamic_update_slice_in(1, &args[1], &args[2]))?;
    /// assert_eq!(graph.outputs()[0].dims(), [2, 128, 8]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn dynamic_update_slice_in(
        &self,
        axis: impl IntoAxis,
        update: &Tensor,
        start: impl Operand,
    ) -> Tensor {
        let location = Location::caller();
        match self.axis("dynamic_update_slice", axis) {
            Ok(axis) => {
                let starts = self.starts_in(axis, &start, location);
                self.apply_at(Op::DynamicUpdateSlice, &[self, update], &starts, location)
            }
            Err(error) => self.mistake(error, location),
        }
    }

    /// An operation on tensors and then scalar starts.
    pub(super) fn apply_at(&self, op: Op, tensors: &[&Tensor], starts: &[Tensor], at: Location) -> Tensor {
        let operands: Vec<&Tensor> = tensors.iter().copied().chain(starts).collect();
        self.trace.apply(op, &operands, at)
    }

    /// Starts counted from the beginning of the axes they belong to.
    fn starts(&self, starts: &[&Tensor], location: Location) -> Vec<Tensor> {
        let sizes = self.dims().iter().copied().chain(std::iter::repeat(0));
        starts.iter().zip(sizes).map(|(start, size)| start.counted_from_start(size, location)).collect()
    }

    /// `start` at `axis`, zero at all others.
    fn starts_in(&self, axis: usize, start: &impl Operand, location: Location) -> Vec<Tensor> {
        let size = self.dims()[axis];
        let start = match resolve(start) {
            Resolved::Tensor(start) => start.counted_from_start(size, location),
            Resolved::Scalar(Scalar::Int(number)) if number < 0 => {
                let from_start = Scalar::Int(number.saturating_add(size as i64).max(0));
                self.trace.scalar(from_start, index_dtype(size), location)
            }
            Resolved::Scalar(number) => self.trace.scalar(number, index_dtype(size), location),
        };
        let zero = self.trace.scalar(Scalar::Int(0), start.dtype(), location);
        (0..self.rank()).map(|other| if other == axis { start.clone() } else { zero.clone() }).collect()
    }

    /// Indices into an axis, counted from its start: negative ones have the size added. Narrow integers become wide
    /// enough to hold the size, as XLA compares indices with it in their own type.
    pub(super) fn counted_from_start(&self, size: usize, location: Location) -> Tensor {
        let dtype = self.dtype();
        if self.is_placeholder() || !dtype.is_integer() {
            return self.clone();
        }
        let wide = index_dtype(size);
        let index = match dtype.bits() < wide.bits() {
            true => self.unary(Op::Convert { dtype: wide }, location),
            false => self.clone(),
        };
        if dtype.family() == crate::Family::Unsigned {
            return index;
        }
        let negative = index.binary(Op::Compare(crate::Comparison::Lt), &0, location);
        let shifted = index.binary(Op::Add, &(size.min(i64::MAX as usize) as i64), location);
        self.trace.apply(Op::Select, &[&negative, &shifted, &index], location)
    }
}

/// The integers in which positions along an axis of this size are counted.
pub(super) fn index_dtype(size: usize) -> DType {
    if size > i32::MAX as usize { DType::I64 } else { DType::I32 }
}

/// The type of positions of a shape.
pub(super) fn index_spec(dims: &[usize], size: usize) -> Spec {
    Spec::new(index_dtype(size), dims)
}
