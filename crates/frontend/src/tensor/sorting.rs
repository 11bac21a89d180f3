//! Orders: sort, positions of a sort, the largest few.
//!
//! One order for every dtype: numbers ascend, NaN comes after all of them whatever its sign, zeros of both signs are
//! equal; complex numbers go by real part, then imaginary part; `false` before `true`. All sorts are stable.

use super::body::body;
use super::{IntoAxis, Tensor};
use crate::error::{Result, error};
use crate::literal::Scalar;
use crate::{DType, Graph, Location, Op, Params, Spec, trace};
use std::sync::Arc;

impl Tensor {
    /// The elements along an axis in ascending order, NaN last.
    ///
    /// # Shapes
    /// `[S..] -> [S..]`
    /// # DTypes
    /// Any; complex numbers are ordered by real, then imaginary part.
    /// # Errors
    /// Recorded when the axis does not exist.
    /// # Gradient
    /// The cotangent moved back to where the elements were.
    /// # Source
    /// StableHLO `sort`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [2, 5])], |_, args| args[0].sort(-1))?;
    /// assert_eq!(graph.outputs()[0].dims(), [2, 5]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn sort(&self, axis: impl IntoAxis) -> Tensor {
        self.sorted("sort", axis, false, Location::caller())
    }

    /// The elements along an axis in descending order, NaN first; equal elements keep their order.
    ///
    /// # Shapes
    /// `[S..] -> [S..]`
    /// # DTypes
    /// Any; complex numbers are ordered by real, then imaginary part.
    /// # Errors
    /// Recorded when the axis does not exist.
    /// # Gradient
    /// The cotangent moved back to where the elements were.
    /// # Source
    /// StableHLO `sort`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [2, 5])], |_, args| args[0].sort_descending(0))?;
    /// assert_eq!(graph.outputs()[0].dims(), [2, 5]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn sort_descending(&self, axis: impl IntoAxis) -> Tensor {
        self.sorted("sort_descending", axis, true, Location::caller())
    }

    /// The positions that sort the elements along an axis; stable, NaN last.
    ///
    /// # Shapes
    /// `[S..] -> [S..]`
    /// # DTypes
    /// Any to `i32`.
    /// # Errors
    /// Recorded when the axis does not exist.
    /// # Gradient
    /// Not differentiable.
    /// # Source
    /// StableHLO `sort` of elements and positions.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [2, 5])], |_, args| args[0].argsort(-1))?;
    /// assert_eq!(graph.outputs()[0].to_string(), "i32[2, 5]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn argsort(&self, axis: impl IntoAxis) -> Tensor {
        self.argsorted("argsort", axis, false, Location::caller())
    }

    /// The positions that sort the elements along an axis in descending order; stable, NaN first.
    ///
    /// # Shapes
    /// `[S..] -> [S..]`
    /// # DTypes
    /// Any to `i32`.
    /// # Errors
    /// Recorded when the axis does not exist.
    /// # Gradient
    /// Not differentiable.
    /// # Source
    /// StableHLO `sort` of elements and positions.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [2, 5])], |_, args| args[0].argsort_descending(-1))?;
    /// assert_eq!(graph.outputs()[0].to_string(), "i32[2, 5]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn argsort_descending(&self, axis: impl IntoAxis) -> Tensor {
        self.argsorted("argsort_descending", axis, true, Location::caller())
    }

    /// Tensors moved together along an axis into the order that a comparator gives: it gets the left and the right
    /// element of the first tensor, then of the second and so on, and says whether left goes before right.
    ///
    /// # Shapes
    /// `n x [S..] -> n x [S..]`
    /// # DTypes
    /// Any, each its own; the comparator returns a `bool` scalar.
    /// # Errors
    /// Recorded when there is no tensor, shapes differ, the axis does not exist, or the comparator is wrong.
    /// # Gradient
    /// The cotangents moved back to where the elements were.
    /// # Source
    /// StableHLO `sort`.
    /// # Examples
    /// Descending by the first, ties ascending by the second:
    /// ```
    /// use bering_frontend::{DType, Spec, Tensor, trace};
    /// let specs = [Spec::new(DType::F32, [5]), Spec::new(DType::I32, [5])];
    /// let graph = trace("f", &specs, |_, args| {
    ///     Tensor::sort_by(&[&args[0], &args[1]], 0, |x| x[0].gt(&x[1]) | (x[0].eq(&x[1]) & x[2].lt(&x[3])))
    /// })?;
    /// assert_eq!(graph.outputs(), specs);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn sort_by(
        tensors: &[&Tensor],
        axis: impl IntoAxis,
        comparator: impl FnOnce(&[Tensor]) -> Tensor,
    ) -> Vec<Tensor> {
        let location = Location::caller();
        let Some(first) = tensors.first() else {
            return vec![Tensor::nothing("sort: takes at least one tensor", location)];
        };
        let axis = match first.axis("sort", axis) {
            Ok(axis) => axis,
            Err(error) => {
                first.mistake(error, location);
                return tensors.iter().map(|tensor| tensor.placeholder()).collect();
            }
        };
        let pairs: Vec<Spec> =
            tensors.iter().flat_map(|tensor| vec![Spec::scalar(tensor.dtype()); 2]).collect();
        match body("sort", "comparator", &pairs, location, |x| comparator(&x)) {
            Some(comparator) => {
                let sort = Op::Sort { axis, comparator };
                first.trace.apply_results(sort, tensors, tensors.len(), location)
            }
            None => tensors.iter().map(|tensor| tensor.placeholder()).collect(),
        }
    }

    /// The `k` largest elements along the last axis in descending order, and their positions. Equal elements come in the
    /// order of their positions. NaN counts as larger than all numbers, unless its sign is negative: then it is smaller.
    ///
    /// # Shapes
    /// `[.., N] -> [.., k], [.., k]`
    /// # DTypes
    /// Integers and floats; positions are `i32`.
    /// # Errors
    /// Recorded for other dtypes, scalars, and `k > N`.
    /// # Gradient
    /// Of the elements, to where they were.
    /// # Source
    /// CHLO `top_k`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [2, 5])], |_, args| args[0].top_k(3))?;
    /// assert_eq!(graph.outputs()[1].to_string(), "i32[2, 3]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn top_k(&self, k: usize) -> (Tensor, Tensor) {
        let location = Location::caller();
        let carrier = Scalar::carrier(self.dtype());
        let results = self.trace.apply_tuple(Op::TopK { k }, &[&self.converted(carrier, location)], location);
        match <[Tensor; 2]>::try_from(results) {
            Ok([values, positions]) => (values.converted(self.dtype(), location), positions),
            Err(_) => (self.placeholder(), self.placeholder_as(self.spec.with_dtype(DType::I32))),
        }
    }

    /// The positions before which values would have to be inserted to keep a sorted vector sorted: NumPy's `searchsorted`,
    /// on its left side.
    ///
    /// # Shapes
    /// `[N] x [S..] -> [S..]`
    /// # DTypes
    /// Integers and floats, the same for both, to `i32`.
    /// # Errors
    /// Recorded when this is no vector or the dtypes differ.
    /// # Gradient
    /// Not differentiable.
    /// # Source
    /// Composed: the number of elements that are less, by comparison with each.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let specs = [Spec::new(DType::F32, [5]), Spec::new(DType::F32, [2, 3])];
    /// let graph = trace("f", &specs, |_, args| args[0].search_sorted(&args[1]))?;
    /// assert_eq!(graph.outputs()[0].to_string(), "i32[2, 3]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn search_sorted(&self, values: &Tensor) -> Tensor {
        let location = Location::caller();
        let guess = values.spec.with_dtype(DType::I32);
        if self.rank() != 1 {
            let error = error!(Shape, "search_sorted: takes a vector, got {}", self.spec);
            return self.mistake_as(error, location, guess);
        }
        let _scope = self.trace.enter("search_sorted");
        let less = self.lt(values.expand_dims(-1));
        let less = if values.dtype().is_float() {
            // NaN is sorted last, so that every number is before it.
            let value = values.expand_dims(-1);
            less | (value.ne(&value) & self.eq(self))
        } else {
            less
        };
        less.convert(DType::I32).sum(-1)
    }

    fn sorted(&self, name: &str, axis: impl IntoAxis, descending: bool, location: Location) -> Tensor {
        let sort = || -> Result<(Tensor, Op)> {
            let values = self.converted(Scalar::carrier(self.dtype()), location);
            let comparator = order(&[values.dtype()], descending, location)?;
            Ok((values, Op::Sort { axis: self.axis(name, axis)?, comparator }))
        };
        match sort() {
            Ok((values, sort)) => values.unary(sort, location).converted(self.dtype(), location),
            Err(error) => self.mistake(error, location),
        }
    }

    fn argsorted(&self, name: &str, axis: impl IntoAxis, descending: bool, location: Location) -> Tensor {
        let guess = self.spec.with_dtype(DType::I32);
        let sort = || -> Result<[Tensor; 2]> {
            let axis = self.axis(name, axis)?;
            let values = self.converted(Scalar::carrier(self.dtype()), location);
            let spec = guess.clone();
            let positions = self.trace.apply(Op::Iota { spec, axis }, &[], location);
            let comparator = order(&[values.dtype(), DType::I32], descending, location)?;
            let sorted =
                self.trace.apply_tuple(Op::Sort { axis, comparator }, &[&values, &positions], location);
            <[Tensor; 2]>::try_from(sorted).map_err(|_| error!(Trace, "{name}: placeholder"))
        };
        match sort() {
            Ok([_, positions]) => positions,
            Err(error) => self.mistake_as(error, location, guess),
        }
    }
}

/// The order of this module on the first of several operands.
fn order(dtypes: &[DType], descending: bool, location: Location) -> Result<Arc<Graph>> {
    let pairs: Vec<Spec> = dtypes.iter().flat_map(|&dtype| vec![Spec::scalar(dtype); 2]).collect();
    let graph = trace("order", &pairs, |_: &Params, x: &[Tensor]| match descending {
        false => before(&x[0], &x[1]),
        true => before(&x[1], &x[0]),
    })?;
    Ok(Arc::new(graph.located(location)))
}

fn before(left: &Tensor, right: &Tensor) -> Tensor {
    if left.dtype().is_complex() {
        let (a, b) = (left.part(Op::Real), right.part(Op::Real));
        let (c, d) = (left.part(Op::Imag), right.part(Op::Imag));
        // Neither real part before the other: equal, or both NaN.
        let tied = !(before(&a, &b) | before(&b, &a));
        return before(&a, &b) | (tied & before(&c, &d));
    }
    match left.dtype().is_float() {
        true => left.lt(right) | (right.ne(right) & left.eq(left)),
        false => left.lt(right),
    }
}

impl Tensor {
    fn part(&self, op: Op) -> Tensor {
        self.unary(op, Location::caller())
    }
}
