//! Elements moved, repeated and laid out: roll, tile, repeat, edges that copy what is inside, diagonals.

use super::{IntoAxes, IntoAxis, Tensor};
use crate::error::{Result, error};
use crate::{DType, Location, Shape};

/// What [`Tensor::pad_with`] puts around a tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PadMode {
    /// The outermost element again and again.
    Edge,
    /// The tensor mirrored at its outermost element, which is not repeated.
    Reflect,
    /// The tensor mirrored beyond its outermost element, which is repeated.
    Symmetric,
    /// The tensor from its other end.
    Wrap,
}

impl Tensor {
    /// Elements moved along axes by `shift` positions towards higher ones; what falls out comes in at the other end.
    ///
    /// # Shapes
    /// `[S..] -> [S..]`
    /// # DTypes
    /// Any.
    /// # Errors
    /// Recorded when an axis does not exist or is given twice.
    /// # Gradient
    /// The cotangent moved back.
    /// # Source
    /// StableHLO `slice`, `concatenate`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [2, 5])], |_, args| args[0].roll(-2, -1))?;
    /// assert_eq!(graph.outputs()[0].dims(), [2, 5]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn roll(&self, shift: i64, axes: impl IntoAxes) -> Tensor {
        let axes = match self.axes("roll", axes) {
            Ok(axes) => axes,
            Err(error) => return self.mistake(error, Location::caller()),
        };
        let mut rolled = self.clone();
        for axis in axes {
            let size = self.dims()[axis];
            let first = shift.checked_neg().unwrap_or(i64::MIN).rem_euclid(size.max(1) as i64) as usize;
            if first != 0 {
                let (tail, head) = (rolled.slice(axis, first..size), rolled.slice(axis, 0..first));
                rolled = Tensor::concatenate(&[&tail, &head], axis);
            }
        }
        rolled
    }

    /// The whole tensor repeated, so often along each of the last axes; missing leading axes are added.
    ///
    /// # Shapes
    /// `[.., N, ..] -> [.., repeats N, ..]`
    /// # DTypes
    /// Any.
    /// # Errors
    /// Recorded when the result is larger than the address space.
    /// # Gradient
    /// The cotangent summed over the repeats.
    /// # Source
    /// StableHLO `broadcast_in_dim`, `reshape`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [2, 5])], |_, args| args[0].tile(&[3, 1, 2]))?;
    /// assert_eq!(graph.outputs()[0].dims(), [3, 2, 10]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn tile(&self, repeats: &[usize]) -> Tensor {
        let rank = self.rank().max(repeats.len());
        let at =
            |list: &[usize], axis: usize| (axis + list.len()).checked_sub(rank).map_or(1, |own| list[own]);
        let mut spread = Vec::with_capacity(2 * rank);
        let (mut single, mut merged) = (Vec::with_capacity(2 * rank), Vec::with_capacity(rank));
        for axis in 0..rank {
            let (repeat, size) = (at(repeats, axis), at(self.dims(), axis));
            spread.extend([repeat, size]);
            single.extend([1, size]);
            merged.push(repeat.saturating_mul(size));
        }
        self.reshape(single).broadcast_to(spread).reshape(merged)
    }

    /// Each element repeated `count` times along an axis.
    ///
    /// # Shapes
    /// `[.., N, ..] -> [.., count N, ..]`
    /// # DTypes
    /// Any.
    /// # Errors
    /// Recorded when the axis does not exist, or the result is larger than the address space.
    /// # Gradient
    /// The cotangent summed over the repeats.
    /// # Source
    /// StableHLO `broadcast_in_dim`, `reshape`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [2, 5])], |_, args| args[0].repeat(3, 0))?;
    /// assert_eq!(graph.outputs()[0].dims(), [6, 5]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn repeat(&self, count: usize, axis: impl IntoAxis) -> Tensor {
        let axis = match self.axis("repeat", axis) {
            Ok(axis) => axis,
            Err(error) => return self.mistake(error, Location::caller()),
        };
        let (before, after) = self.dims().split_at(axis + 1);
        let spread = [before, &[count], after].concat();
        let mut merged = self.dims().to_vec();
        merged[axis] = merged[axis].saturating_mul(count);
        self.expand_dims(axis + 1).broadcast_to(spread).reshape(merged)
    }

    /// One axis moved to another position; the others keep their order.
    ///
    /// # Shapes
    /// `[A.., N, B..] -> [.., N, ..]`
    /// # DTypes
    /// Any.
    /// # Errors
    /// Recorded when an axis does not exist.
    /// # Gradient
    /// The cotangent moved back.
    /// # Source
    /// StableHLO `transpose`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [2, 3, 4])], |_, args| args[0].move_axis(0, -1))?;
    /// assert_eq!(graph.outputs()[0].dims(), [3, 4, 2]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn move_axis(&self, from: impl IntoAxis, to: impl IntoAxis) -> Tensor {
        let pair =
            || -> Result<(usize, usize)> { Ok((self.axis("move_axis", from)?, self.axis("move_axis", to)?)) };
        match pair() {
            Ok((from, to)) => {
                let mut permutation: Vec<usize> = (0..self.rank()).filter(|&axis| axis != from).collect();
                permutation.insert(to, from);
                self.transpose(permutation)
            }
            Err(error) => self.mistake(error, Location::caller()),
        }
    }

    /// The tensor with copies of itself around it: `(before, after)` for each axis, at most what the mode finds in it.
    ///
    /// # Shapes
    /// `[.., N, ..] -> [.., before + N + after, ..]`
    /// # DTypes
    /// Any.
    /// # Errors
    /// Recorded when there is not one pair an axis, or an axis has too few elements: `N` for [`PadMode::Symmetric`] and
    /// [`PadMode::Wrap`], `N - 1` for [`PadMode::Reflect`], any number but none for [`PadMode::Edge`].
    /// # Gradient
    /// The cotangent with that of the copies added to what they are copies of.
    /// # Source
    /// StableHLO `slice`, `reverse`, `concatenate`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, PadMode, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [2, 5])], |_, args| args[0].pad_with(PadMode::Reflect, &[(0, 0), (2, 1)]))?;
    /// assert_eq!(graph.outputs()[0].dims(), [2, 8]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn pad_with(&self, mode: PadMode, edges: &[(usize, usize)]) -> Tensor {
        let location = Location::caller();
        if edges.len() != self.rank() {
            let error = error!(Argument, "pad: {} needs {} pairs, got {edges:?}", self.spec, self.rank());
            return self.mistake(error, location);
        }
        let mut padded = self.clone();
        for (axis, &(before, after)) in edges.iter().enumerate() {
            let size = self.dims()[axis];
            let most = match mode {
                _ if before == 0 && after == 0 => continue,
                PadMode::Edge if size > 0 => usize::MAX,
                PadMode::Edge => 0,
                PadMode::Reflect => size.saturating_sub(1),
                PadMode::Symmetric | PadMode::Wrap => size,
            };
            if before.max(after) > most {
                let error = error!(
                    Argument,
                    "pad: {mode:?} finds at most {most} elements in axis {axis} of {}, got ({before}, {after})",
                    self.spec
                );
                return self.mistake(error, location);
            }
            let (low, high) = match mode {
                PadMode::Edge => (
                    padded.slice(axis, 0..1).repeat(before, axis),
                    padded.slice(axis, size - 1..size).repeat(after, axis),
                ),
                PadMode::Reflect => (
                    padded.slice(axis, 1..before + 1).flip(axis),
                    padded.slice(axis, size - 1 - after..size - 1).flip(axis),
                ),
                PadMode::Symmetric => (
                    padded.slice(axis, 0..before).flip(axis),
                    padded.slice(axis, size - after..size).flip(axis),
                ),
                PadMode::Wrap => (padded.slice(axis, size - before..size), padded.slice(axis, 0..after)),
            };
            padded = Tensor::concatenate(&[&low, &padded, &high], axis);
        }
        padded
    }

    /// The elements of the last two axes where column is row + `offset`.
    ///
    /// # Shapes
    /// `[B.., M, N] -> [B.., length]`
    /// # DTypes
    /// Any.
    /// # Errors
    /// Recorded for fewer than two axes.
    /// # Gradient
    /// The cotangent on the diagonal, zero elsewhere.
    /// # Source
    /// StableHLO `gather`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [7, 3, 4])], |_, args| args[0].diagonal(2))?;
    /// assert_eq!(graph.outputs()[0].dims(), [7, 2]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn diagonal(&self, offset: i64) -> Tensor {
        let [.., rows, columns] = *self.dims() else {
            let error = error!(Shape, "diagonal: takes at least 2 axes, got {}", self.spec);
            return self.mistake(error, Location::caller());
        };
        let skipped = usize::try_from(offset.unsigned_abs()).unwrap_or(usize::MAX);
        let (row, column) = if offset < 0 { (skipped, 0) } else { (0, skipped) };
        let length = rows.saturating_sub(row).min(columns.saturating_sub(column));
        let counter = Tensor::arange(DType::I64, length);
        let (row, column) = (&counter + row.min(rows) as i64, counter + column.min(columns) as i64);
        self.at((super::Index::Ellipsis, row, column)).get()
    }

    /// Ones where the last axis has the position that the element names, zero elsewhere, also for positions out of range.
    ///
    /// # Shapes
    /// `[S..] -> [S.., classes]`
    /// # DTypes
    /// Integers to any dtype.
    /// # Errors
    /// Recorded for other dtypes.
    /// # Gradient
    /// Not differentiable.
    /// # Source
    /// StableHLO `iota`, `compare`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::I32, [2, 3])], |_, args| args[0].one_hot(5, DType::F32))?;
    /// assert_eq!(graph.outputs()[0].to_string(), "f32[2, 3, 5]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn one_hot(&self, classes: usize, dtype: DType) -> Tensor {
        if !self.dtype().is_integer() {
            let error = error!(DType, "one_hot: takes integer operands, got {}", self.spec);
            let guess = Shape::new([self.dims(), &[classes]].concat());
            return self.mistake_as(error, Location::caller(), crate::Spec::new(dtype, guess));
        }
        // Narrow integers could not count the classes.
        let wide = match self.dtype().bits() {
            ..32 => self.convert(DType::I32),
            _ => self.clone(),
        };
        let shape: Vec<usize> = [self.dims(), &[classes]].concat();
        let count = Tensor::iota(wide.dtype(), shape, -1);
        wide.expand_dims(-1).eq(count).convert(dtype)
    }

    /// How often each number from 0 on occurs, of `length` numbers; others are not counted.
    ///
    /// # Shapes
    /// `[S..] -> [length]`
    /// # DTypes
    /// Integers to `i32`.
    /// # Errors
    /// Recorded for other dtypes.
    /// # Gradient
    /// Not differentiable.
    /// # Source
    /// StableHLO `scatter`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::I32, [2, 3])], |_, args| args[0].bincount(5))?;
    /// assert_eq!(graph.outputs()[0].to_string(), "i32[5]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn bincount(&self, length: usize) -> Tensor {
        if !self.dtype().is_integer() {
            let error = error!(DType, "bincount: takes integer operands, got {}", self.spec);
            return self.mistake_as(error, Location::caller(), crate::Spec::new(DType::I32, [length]));
        }
        let numbers = self.convert(DType::I64).reshape([self.spec.shape.elements().unwrap_or(0)]);
        // Negative numbers would count from the end; behind the end they are left out.
        let outside = numbers.lt(0).select(i64::MAX, &numbers);
        Tensor::zeros(DType::I32, [length]).at(outside).add(1)
    }
}

impl Tensor {
    /// Ones on a diagonal of a matrix, zero elsewhere.
    ///
    /// # Shapes
    /// `[rows, columns]`
    /// # DTypes
    /// Any.
    /// # Errors
    /// None.
    /// # Gradient
    /// None.
    /// # Source
    /// StableHLO `iota`, `compare`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Tensor, trace};
    /// let graph = trace("f", &[], |_, _| Tensor::eye(3, 4, 0, DType::F32))?;
    /// assert_eq!(graph.outputs()[0].to_string(), "f32[3, 4]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn eye(rows: usize, columns: usize, offset: i64, dtype: DType) -> Tensor {
        let row = Tensor::iota(DType::I64, [rows, columns], 0);
        let column = Tensor::iota(DType::I64, [rows, columns], 1);
        column.eq(row + offset).convert(dtype)
    }

    /// `count` numbers at equal distances from `start` to `stop`, both included.
    ///
    /// # Shapes
    /// `[count]`
    /// # DTypes
    /// Floats.
    /// # Errors
    /// Recorded for other dtypes.
    /// # Gradient
    /// None.
    /// # Source
    /// StableHLO `iota`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Tensor, trace};
    /// let graph = trace("f", &[], |_, _| Tensor::linspace(0.0, 1.0, 5, DType::F32))?;
    /// assert_eq!(graph.outputs()[0].to_string(), "f32[5]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn linspace(start: f64, stop: f64, count: usize, dtype: DType) -> Tensor {
        let counter = Tensor::iota(DType::F32, [count], 0);
        if !dtype.is_float() {
            let error = error!(DType, "linspace: takes a floating-point dtype, got {dtype}");
            return counter.mistake_as(error, Location::caller(), crate::Spec::new(dtype, [count]));
        }
        let wide = if dtype == DType::F64 { counter.convert(DType::F64) } else { counter };
        let position = wide / (count.saturating_sub(1).max(1) as f64);
        // Weights of both ends instead of steps from one, so that the last number is exactly `stop`.
        (&position * stop + (1.0 - &position) * start).convert(dtype)
    }

    /// Numbers from `start` on before `stop`, `step` apart, computed as `start + i step`.
    ///
    /// # Shapes
    /// `[ceil((stop - start) / step)]`
    /// # DTypes
    /// Integers and floats.
    /// # Errors
    /// Recorded when `step` is 0 or one of the numbers is none of the dtype.
    /// # Gradient
    /// None.
    /// # Source
    /// StableHLO `iota`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Tensor, trace};
    /// let graph = trace("f", &[], |_, _| Tensor::arange_step(DType::I32, 10, 1, -3))?;
    /// assert_eq!(graph.outputs()[0].to_string(), "i32[3]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn arange_step(dtype: DType, start: i64, stop: i64, step: i64) -> Tensor {
        if step == 0 {
            return Tensor::nothing("arange: the step must not be 0", Location::caller());
        }
        let distance = (stop as i128 - start as i128) * step.signum() as i128;
        let count = (distance.max(0) as u128).div_ceil(step.unsigned_abs() as u128);
        let counter = Tensor::iota(dtype, [usize::try_from(count).unwrap_or(usize::MAX)], 0);
        // One number needs no step, which might be none of the dtype.
        if count < 2 { counter + start } else { counter * step + start }
    }
}
