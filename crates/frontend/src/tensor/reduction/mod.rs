//! Reductions over axes. Axes are one number, several, or `..`; `_keepdims` forms leave axes of size 1 behind.
//!
//! Half-precision and narrower types are summed in a wider type and rounded once at the end.

mod extremes;
mod forms;

use super::body::body;
use super::{IntoAxes, Tensor};
use crate::error::{Result, error};
use crate::literal::Scalar;
use crate::{DType, Family, Location, Op, Reducer, Spec, Tree};

/// What a reduction does with its name, sorted axes and the user's line.
type Form = fn(&Tensor, &str, &[usize], Location) -> Tensor;

/// Defines a reduction and its `_keepdims` form.
macro_rules! reduction {
    ($($(#[$doc:meta])* $name:ident, $keepdims:ident = $implementation:ident, example $example:ident, dtypes $dtypes:literal, empty $empty:literal, gradient $gradient:literal;)*) => {
        impl Tensor {$(
            $(#[$doc])*
            ///
            /// # Shapes
            /// `[S..] -> [S without axes]`
            /// # DTypes
            #[doc = $dtypes]
            #[doc = concat!("Over no elements the result is ", $empty, ".")]
            /// # Errors
            /// Recorded for other dtypes, and axes that do not exist or are given twice.
            /// # Gradient
            #[doc = $gradient]
            /// # Source
            /// StableHLO `reduce`.
            /// # Examples
            /// ```
            /// use bering_frontend::{DType, Spec, trace};
            #[doc = concat!("let specs = [Spec::new(DType::", stringify!($example), ", [2, 3])];")]
            #[doc = concat!("let graph = trace(\"f\", &specs, |_, args| (args[0].", stringify!($name), "(-1), args[0].", stringify!($keepdims), "(..)))?;")]
            /// assert_eq!(graph.outputs()[0].dims(), [2]);
            /// assert_eq!(graph.outputs()[1].dims(), [1, 1]);
            /// # Ok::<(), bering_frontend::Error>(())
            /// ```
            #[track_caller]
            pub fn $name(&self, axes: impl IntoAxes) -> Tensor {
                self.reduced(stringify!($name), axes, Tensor::$implementation, false)
            }

            #[doc = concat!("As [`Tensor::", stringify!($name), "`], with size 1 where the axes were.")]
            #[track_caller]
            pub fn $keepdims(&self, axes: impl IntoAxes) -> Tensor {
                self.reduced(stringify!($name), axes, Tensor::$implementation, true)
            }
        )*}
    };
}

reduction! {
    /// The sum along axes. Integers wrap.
    sum, sum_keepdims = reduce_sum, example F32, dtypes "Integers, floats, complex.", empty "0",
        gradient "The cotangent broadcast.";
    /// The product along axes. Integers wrap.
    prod, prod_keepdims = reduce_prod, example F32, dtypes "Integers, floats, complex.", empty "1",
        gradient "The cotangent times the product of the others.";
    /// The largest element along axes; NaN if there is one.
    max, max_keepdims = reduce_max, example F32, dtypes "Integers, floats.", empty "the type's least value",
        gradient "The cotangent at the maximum, shared among ties.";
    /// The smallest element along axes; NaN if there is one.
    min, min_keepdims = reduce_min, example F32, dtypes "Integers, floats.", empty "the type's greatest value",
        gradient "The cotangent at the minimum, shared among ties.";
    /// The arithmetic mean along axes.
    mean, mean_keepdims = reduce_mean, example F32, dtypes "Floats, complex.", empty "NaN",
        gradient "The cotangent broadcast and divided by the count.";
    /// The mean squared distance from the mean along axes (no correction of degrees of freedom).
    variance, variance_keepdims = reduce_variance, example F32, dtypes "Floats.", empty "NaN",
        gradient "`2 (x - mean) / count`.";
    /// The square root of the variance along axes (no correction of degrees of freedom).
    std, std_keepdims = reduce_std, example F32, dtypes "Floats.", empty "NaN",
        gradient "`(x - mean) / (count std)`; not a number where the deviation is 0.";
    /// The Euclidean length along axes: the root of the sum of squared absolute values.
    norm, norm_keepdims = reduce_norm, example F32, dtypes "Floats; complex numbers to real.", empty "0",
        gradient "`x / norm(x)`; not a number where the length is 0.";
    /// `log(sum(exp(x)))` along axes, without overflow.
    logsumexp, logsumexp_keepdims = reduce_logsumexp, example F32, dtypes "Floats.", empty "-inf",
        gradient "`softmax(x)`.";
    /// Whether any element along axes is true.
    any, any_keepdims = reduce_any, example Bool, dtypes "`bool`.", empty "false", gradient "Not differentiable.";
    /// Whether all elements along axes are true.
    all, all_keepdims = reduce_all, example Bool, dtypes "`bool`.", empty "true", gradient "Not differentiable.";
}

impl Tensor {
    /// The mean squared distance from the mean, divided by the count less `correction`: NumPy's `var` with `ddof`.
    ///
    /// # Shapes
    /// `[S..] -> [S without axes]`
    /// # DTypes
    /// Floats.
    /// # Errors
    /// As [`Tensor::variance`].
    /// # Gradient
    /// `2 (x - mean) / (count - correction)`.
    /// # Source
    /// StableHLO `reduce`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [2, 3])], |_, args| args[0].variance_corrected(-1, 1.0))?;
    /// assert_eq!(graph.outputs()[0].dims(), [2]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn variance_corrected(&self, axes: impl IntoAxes, correction: f64) -> Tensor {
        let location = Location::caller();
        match self.axes("variance", axes) {
            Ok(axes) => {
                let count: f64 = axes.iter().map(|&axis| self.dims()[axis] as f64).product();
                let variance = self.reduce_variance("variance", &sorted(&axes), location);
                match variance.dtype().is_float() {
                    true => variance * (count / (count - correction).max(0.0)),
                    false => variance,
                }
            }
            Err(error) => self.mistake(error, location),
        }
    }

    /// The number of elements along axes that are not zero, or true.
    ///
    /// # Shapes
    /// `[S..] -> [S without axes]`
    /// # DTypes
    /// Any to `i32`.
    /// # Errors
    /// Recorded when an axis does not exist or is given twice.
    /// # Gradient
    /// Not differentiable.
    /// # Source
    /// StableHLO `compare`, `reduce`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [2, 3])], |_, args| args[0].count_nonzero(..))?;
    /// assert_eq!(graph.outputs()[0].to_string(), "i32[]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn count_nonzero(&self, axes: impl IntoAxes) -> Tensor {
        self.convert(DType::Bool).convert(DType::I32).sum(axes)
    }

    /// Tensors reduced together by a closure: it gets one element of each from the left, one of each from the right, and
    /// answers with one of each. It must be associative, and the initial values neutral to it: devices fold in any order.
    ///
    /// # Shapes
    /// `n x [S..], n scalars -> n x [S without axes]`
    /// # DTypes
    /// Any, each its own.
    /// # Errors
    /// Recorded when there is no tensor, shapes differ, initial values have another dtype, an axis does not exist, or the
    /// closure answers with something else.
    /// # Gradient
    /// That of the closure, as a tree over neighbours, for all tensors; none for initial values.
    /// # Source
    /// StableHLO `reduce`.
    /// # Examples
    /// The value with the largest key:
    /// ```
    /// use bering_frontend::{DType, Spec, Tensor, trace};
    /// let specs = [Spec::new(DType::F32, [5]), Spec::new(DType::I32, [5])];
    /// let graph = trace("f", &specs, |_, x| {
    ///     let inits = [Tensor::full(f32::NEG_INFINITY, DType::F32, []), Tensor::full(-1, DType::I32, [])];
    ///     Tensor::reduce_by(&[&x[0], &x[1]], &[&inits[0], &inits[1]], 0, |l, r| {
    ///         let left = l[0].ge(&r[0]);
    ///         [left.select(&l[0], &r[0]), left.select(&l[1], &r[1])]
    ///     })
    /// })?;
    /// assert_eq!(graph.outputs()[1].to_string(), "i32[]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn reduce_by<T: Tree>(
        tensors: &[&Tensor],
        inits: &[&Tensor],
        axes: impl IntoAxes,
        reducer: impl FnOnce(&[Tensor], &[Tensor]) -> T,
    ) -> Vec<Tensor> {
        let location = Location::caller();
        let Some(first) = tensors.first() else {
            return vec![Tensor::nothing("reduce: takes at least one tensor", location)];
        };
        let placeholders = || tensors.iter().map(|tensor| tensor.placeholder()).collect();
        let axes = match first.axes("reduce", axes) {
            Ok(axes) => sorted(&axes),
            Err(error) => {
                first.mistake(error, location);
                return placeholders();
            }
        };
        match reducing_body("reduce", tensors, location, reducer) {
            Some(reducer) => {
                let operands = [tensors, inits].concat();
                first.trace.apply_results(Op::Reduce { axes, reducer }, &operands, tensors.len(), location)
            }
            None => placeholders(),
        }
    }

    /// One form over axes, which stay behind with size 1 or not.
    #[track_caller]
    fn reduced(&self, name: &str, axes: impl IntoAxes, form: Form, keep: bool) -> Tensor {
        let location = Location::caller();
        let axes = match self.axes(name, axes) {
            Ok(axes) => axes,
            Err(error) => return self.mistake(error, location),
        };
        let reduced = form(self, name, &sorted(&axes), location);
        if keep { reduced.restored(self, &axes) } else { reduced }
    }

    fn fold(&self, axes: &[usize], reducer: Reducer, init: Tensor, location: Location) -> Tensor {
        match axes {
            [] => self.clone(),
            axes => self.trace.apply(Op::Reduce { axes: axes.to_vec(), reducer }, &[self, &init], location),
        }
    }

    /// The number of elements that a reduction over `axes` folds into one, as a scalar of this dtype.
    fn count(&self, axes: &[usize], location: Location) -> Tensor {
        let count: f64 = axes.iter().map(|&axis| self.dims()[axis] as f64).product();
        self.trace.scalar(Scalar::Float(count), self.dtype(), location)
    }

    /// A reduced tensor with axes of size 1 back in the places they had in `original`.
    #[track_caller]
    fn restored(&self, original: &Tensor, axes: &[usize]) -> Tensor {
        let dims: Vec<usize> = (0..original.rank())
            .map(|axis| if axes.contains(&axis) { 1 } else { original.dims()[axis] })
            .collect();
        match self.is_placeholder() {
            false => self.reshape(dims),
            true => Tensor::from_parts(self.trace.clone(), None, Spec::new(self.dtype(), dims)),
        }
    }

    /// `value`, if the dtype is of one of these families.
    fn require<T>(&self, name: &str, (families, what): Domain, value: T) -> Result<T> {
        match families.contains(&self.dtype().family()) {
            true => Ok(value),
            false => Err(error!(DType, "{name}: takes {what} operands, got {}", self.spec)
                .hint("convert the operand to such a type first")),
        }
    }
}

/// The reducer of a closure on elements of these tensors, or `None` after a mistake.
pub(super) fn reducing_body<T: Tree>(
    op: &str,
    tensors: &[&Tensor],
    location: Location,
    reducer: impl FnOnce(&[Tensor], &[Tensor]) -> T,
) -> Option<Reducer> {
    let elements: Vec<Spec> = tensors.iter().map(|tensor| Spec::scalar(tensor.dtype())).collect();
    let specs = [&elements[..], &elements].concat();
    let body = body(op, "reducer", &specs, location, |x| {
        let (left, right) = x.split_at(tensors.len());
        reducer(left, right)
    });
    body.map(Reducer::Body)
}

type Domain = (&'static [Family], &'static str);
const NUMERIC: Domain = (
    &[Family::Signed, Family::Unsigned, Family::Float, Family::Complex],
    "integer, floating-point or complex",
);
const REAL: Domain = (&[Family::Signed, Family::Unsigned, Family::Float], "integer or floating-point");
const INEXACT: Domain = (&[Family::Float, Family::Complex], "floating-point or complex");
const FLOAT: Domain = (&[Family::Float], "floating-point");
const BOOL: Domain = (&[Family::Bool], "bool");

/// The type in which to sum elements of `dtype`: half precision loses the sum of a few thousand elements.
pub(super) fn accumulator(dtype: DType) -> DType {
    match dtype {
        DType::Bf16 | DType::F16 => DType::F32,
        dtype => Scalar::carrier(dtype),
    }
}

fn sorted(axes: &[usize]) -> Vec<usize> {
    let mut axes = axes.to_vec();
    axes.sort_unstable();
    axes
}
