//! Windows that move: pooling, and reductions of windows in general.

use super::operators::{Operand, operand_like};
use super::reduction::reducing_body;
use super::{IntoAxes, Tensor};
use crate::error::{Result, error};
use crate::{Location, Op, Reducer, Tree, Window};

/// What is added before and after an axis along which a window or kernel moves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Pads {
    /// Nothing.
    #[default]
    Valid,
    /// So much that the result has `ceil(size / stride)` positions; the odd one is added behind.
    Same,
    /// As [`Pads::Same`], with the odd one before.
    SameLower,
    /// `(before, after)` for each axis; negative amounts cut.
    Explicit(Vec<(i64, i64)>),
}

impl Pads {
    /// The amounts for an axis of `size` and a window that spans `window` elements.
    pub(super) fn amounts(&self, i: usize, size: usize, window: usize, stride: usize) -> Option<(i64, i64)> {
        let positions = size.div_ceil(stride.max(1));
        let reach = positions.saturating_sub(1).saturating_mul(stride).saturating_add(window);
        let total = i64::try_from(reach.saturating_sub(size)).unwrap_or(i64::MAX);
        match self {
            Pads::Valid => Some((0, 0)),
            Pads::Same => Some((total / 2, total - total / 2)),
            Pads::SameLower => Some((total - total / 2, total / 2)),
            Pads::Explicit(pairs) => pairs.get(i).copied(),
        }
    }
}

/// How far a window of `size` elements reaches that stand `dilation` apart.
pub(super) fn span(size: usize, dilation: usize) -> usize {
    size.saturating_sub(1).saturating_mul(dilation).saturating_add(size.min(1))
}

/// The windows of a pooling, one entry for each pooled axis: `Pool::new([3, 3]).strides([2, 2]).padding(Pads::Same)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    sizes: Vec<usize>,
    strides: Vec<usize>,
    dilation: Vec<usize>,
    padding: Pads,
    counts_padding: bool,
}

impl Pool {
    /// Windows of these sizes, one beside the other, without padding.
    pub fn new(sizes: impl Into<Vec<usize>>) -> Pool {
        let sizes = sizes.into();
        let dilation = vec![1; sizes.len()];
        Pool { strides: sizes.clone(), sizes, dilation, padding: Pads::Valid, counts_padding: true }
    }

    /// How far a window starts after the one before.
    pub fn strides(mut self, strides: impl Into<Vec<usize>>) -> Pool {
        self.strides = strides.into();
        self
    }

    /// How far apart a window's elements stand.
    pub fn dilation(mut self, dilation: impl Into<Vec<usize>>) -> Pool {
        self.dilation = dilation.into();
        self
    }

    /// What is around the tensor: elements that no window sees as anything but nothing.
    pub fn padding(mut self, padding: Pads) -> Pool {
        self.padding = padding;
        self
    }

    /// Averages divide by the number of elements in the window, without those of the padding.
    pub fn without_padding(mut self) -> Pool {
        self.counts_padding = false;
        self
    }

    /// The windows over all axes of a tensor.
    fn window(&self, name: &str, tensor: &Tensor, axes: &[usize]) -> Result<Window> {
        let lengths = [self.sizes.len(), self.strides.len(), self.dilation.len()];
        if lengths != [axes.len(); 3] {
            return Err(error!(
                Argument,
                "{name}: {} axes need as many sizes, strides and dilations, got {lengths:?}",
                axes.len()
            ));
        }
        let mut window = Window::new(vec![1; tensor.rank()]);
        for (i, &axis) in axes.iter().enumerate() {
            window.sizes[axis] = self.sizes[i];
            window.strides[axis] = self.strides[i];
            window.dilation[axis] = self.dilation[i];
            let reach = span(self.sizes[i], self.dilation[i]);
            let amounts = self.padding.amounts(i, tensor.dims()[axis], reach, self.strides[i]);
            window.padding[axis] = amounts.ok_or_else(|| {
                error!(Argument, "{name}: {} axes need as many pairs of padding", axes.len())
            })?;
        }
        Ok(window)
    }
}

/// Defines poolings over axes.
macro_rules! poolings {
    ($($(#[$doc:meta])* $name:ident = $implementation:ident, dtypes $dtypes:literal, gradient $gradient:literal;)*) => {
        impl Tensor {$(
            $(#[$doc])*
            ///
            /// # Shapes
            /// `[.., N, ..] -> [.., (before + N + after - span) / stride + 1, ..]` for each pooled axis
            /// # DTypes
            #[doc = $dtypes]
            /// # Errors
            /// Recorded for other dtypes, axes that do not exist, another number of sizes than axes, and sizes or strides of 0.
            /// # Gradient
            #[doc = $gradient]
            /// # Source
            /// StableHLO `reduce_window`.
            /// # Examples
            /// ```
            /// use bering_frontend::{DType, Pads, Pool, Spec, trace};
            /// let pool = Pool::new([3, 3]).strides([2, 2]).padding(Pads::Same);
            #[doc = concat!("let graph = trace(\"f\", &[Spec::new(DType::F32, [1, 8, 32, 32])], |_, args| args[0].", stringify!($name), "([2, 3], &pool))?;")]
            /// assert_eq!(graph.outputs()[0].dims(), [1, 8, 16, 16]);
            /// # Ok::<(), bering_frontend::Error>(())
            /// ```
            #[track_caller]
            pub fn $name(&self, axes: impl IntoAxes, pool: &Pool) -> Tensor {
                let location = Location::caller();
                let window = self
                    .axes(stringify!($name), axes)
                    .and_then(|axes| pool.window(stringify!($name), self, &axes));
                match window {
                    Ok(window) => self.$implementation(stringify!($name), window, pool, location),
                    Err(error) => self.mistake(error, location),
                }
            }
        )*}
    };
}

poolings! {
    /// The largest element of each window along axes; NaN if there is one. A window of padding alone gives the type's least
    /// value.
    max_pool = pool_max, dtypes "Integers and floats.", gradient "The cotangent at the maximum, the first of several.";
    /// The smallest element of each window along axes; NaN if there is one. A window of padding alone gives the type's
    /// greatest value.
    min_pool = pool_min, dtypes "Integers and floats.", gradient "The cotangent at the minimum, the first of several.";
    /// The sum of each window along axes.
    sum_pool = pool_sum, dtypes "Integers, floats, complex.", gradient "The cotangents of all windows an element is in.";
    /// The mean of each window along axes. Padding counts as zeros, or not at all after [`Pool::without_padding`].
    avg_pool = pool_avg, dtypes "Floats.", gradient "The cotangents of all windows an element is in, divided by their counts.";
}

impl Tensor {
    /// Every window of the tensor reduced to one element, with one entry of `window` for each axis. The initial value must be
    /// neutral to the reducer: it is also what padding and dilation put between, and devices may leave it out elsewhere.
    ///
    /// # Shapes
    /// `[.., N, ..] -> [.., (before + dilated N + after - span) / stride + 1, ..]`
    /// # DTypes
    /// Those of the reducer; the initial value has the tensor's.
    /// # Errors
    /// Recorded when an entry is missing, sizes, strides or dilations are 0, or the reducer does not take the dtype.
    /// # Gradient
    /// Of the tensor; of products and closures by way of an array of what all windows see. None for the initial value.
    /// # Source
    /// StableHLO `reduce_window`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Reducer, Spec, Window, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [8, 5])], |_, x| x[0].reduce_window(Reducer::Add, 0, Window::new([3, 1])))?;
    /// assert_eq!(graph.outputs()[0].dims(), [6, 5]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn reduce_window(&self, reducer: Reducer, init: impl Operand, window: Window) -> Tensor {
        let location = Location::caller();
        let init = operand_like(&init, self, location);
        self.trace.apply(Op::ReduceWindow { window, reducer }, &[self, &init], location)
    }

    /// Windows of several tensors reduced together by a closure, as [`Tensor::reduce_by`].
    ///
    /// # Shapes
    /// `n x [S..], n scalars -> n x [T..]`
    /// # DTypes
    /// Any, each its own.
    /// # Errors
    /// As [`Tensor::reduce_window`] and [`Tensor::reduce_by`].
    /// # Gradient
    /// As [`Tensor::reduce_by`], by way of arrays of what all windows see.
    /// # Source
    /// StableHLO `reduce_window`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, Tensor, Window, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [8])], |_, x| {
    ///     let one = Tensor::ones(DType::F32, []);
    ///     Tensor::reduce_window_by(&[&x[0]], &[&one], Window::new([3]), |l, r| &l[0] * &r[0])
    /// })?;
    /// assert_eq!(graph.outputs()[0].dims(), [6]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn reduce_window_by<T: Tree>(
        tensors: &[&Tensor],
        inits: &[&Tensor],
        window: Window,
        reducer: impl FnOnce(&[Tensor], &[Tensor]) -> T,
    ) -> Vec<Tensor> {
        let location = Location::caller();
        let Some(first) = tensors.first() else {
            return vec![Tensor::nothing("reduce_window: takes at least one tensor", location)];
        };
        match reducing_body("reduce_window", tensors, location, reducer) {
            Some(reducer) => {
                let operands = [tensors, inits].concat();
                let op = Op::ReduceWindow { window, reducer };
                first.trace.apply_results(op, &operands, tensors.len(), location)
            }
            None => tensors.iter().map(|tensor| tensor.placeholder()).collect(),
        }
    }

    #[track_caller]
    fn pool_max(&self, name: &str, window: Window, _: &Pool, location: Location) -> Tensor {
        self.windowed(name, Reducer::Maximum, window, location)
    }

    #[track_caller]
    fn pool_min(&self, name: &str, window: Window, _: &Pool, location: Location) -> Tensor {
        self.windowed(name, Reducer::Minimum, window, location)
    }

    #[track_caller]
    fn pool_sum(&self, name: &str, window: Window, _: &Pool, location: Location) -> Tensor {
        self.windowed(name, Reducer::Add, window, location)
    }

    #[track_caller]
    fn pool_avg(&self, name: &str, window: Window, pool: &Pool, location: Location) -> Tensor {
        let sum = self.windowed(name, Reducer::Add, window.clone(), location);
        if !sum.dtype().is_float() {
            let error = error!(DType, "{name}: takes floating-point operands, got {}", self.spec);
            return sum.mistake(error, location);
        }
        if pool.counts_padding {
            let count: f64 = pool.sizes.iter().map(|&size| size as f64).product();
            return sum.binary(Op::Divide, &count, location);
        }
        let one = self.trace.scalar(crate::Scalar::Int(1), self.dtype(), location);
        let ones = self.trace.broadcast(&one, &self.spec.shape, location);
        let counts = ones.windowed(name, Reducer::Add, window, location);
        sum.binary(Op::Divide, &counts, location)
    }
}
