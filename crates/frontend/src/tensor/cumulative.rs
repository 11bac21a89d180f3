//! Running sums, products and extremes along an axis.
//!
//! Sums and extremes are reductions of windows that reach from the axis' beginning to every element, which XLA turns into a
//! tree of short ones. Products and `logsumexp` are written as such a tree, so that their derivatives need no division and
//! no intermediate loses its scale.

use super::reduction::accumulator;
use super::{IntoAxis, Tensor};
use crate::control::associative_scan;
use crate::error::error;
use crate::literal::Scalar;
use crate::{DType, Location, Op, Reducer, Window};

/// Defines running reductions.
macro_rules! cumulative {
    ($($(#[$doc:meta])* $name:ident = $reducer:ident, dtypes $dtypes:literal, gradient $gradient:literal;)*) => {
        impl Tensor {$(
            $(#[$doc])*
            ///
            /// # Shapes
            /// `[S..] -> [S..]`
            /// # DTypes
            #[doc = $dtypes]
            /// # Errors
            /// Recorded for other dtypes, or when the axis does not exist.
            /// # Gradient
            #[doc = $gradient]
            /// # Source
            /// StableHLO `reduce_window`.
            /// # Examples
            /// ```
            /// use bering_frontend::{DType, Spec, trace};
            #[doc = concat!("let graph = trace(\"f\", &[Spec::new(DType::F32, [2, 5])], |_, args| args[0].", stringify!($name), "(-1))?;")]
            /// assert_eq!(graph.outputs()[0].dims(), [2, 5]);
            /// # Ok::<(), bering_frontend::Error>(())
            /// ```
            #[track_caller]
            pub fn $name(&self, axis: impl IntoAxis) -> Tensor {
                let location = Location::caller();
                match self.axis(stringify!($name), axis) {
                    Ok(axis) => self.running(stringify!($name), Reducer::$reducer, axis, location),
                    Err(error) => self.mistake(error, location),
                }
            }
        )*}
    };
}

cumulative! {
    /// The sum of each element and all before it along an axis. Integers wrap; halves are summed in `f32`.
    cumsum = Add, dtypes "Integers, floats, complex.", gradient "The sum of the cotangents from each element on.";
    /// The largest of each element and all before it along an axis; NaN from the first one on.
    cummax = Maximum, dtypes "Integers and floats.", gradient "The cotangent at the maximum, the first of several.";
    /// The smallest of each element and all before it along an axis; NaN from the first one on.
    cummin = Minimum, dtypes "Integers and floats.", gradient "The cotangent at the minimum, the first of several.";
}

impl Tensor {
    /// `log(sum(exp(x)))` of each element and all before it along an axis, without overflow.
    ///
    /// # Shapes
    /// `[S..] -> [S..]`
    /// # DTypes
    /// Floats.
    /// # Errors
    /// Recorded for other dtypes, or when the axis does not exist.
    /// # Gradient
    /// The later cotangents times `exp(x - y)`.
    /// # Source
    /// Composed of [`Tensor::logaddexp`], as a tree.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [2, 5])], |_, args| args[0].cumlogsumexp(-1))?;
    /// assert_eq!(graph.outputs()[0].dims(), [2, 5]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn cumlogsumexp(&self, axis: impl IntoAxis) -> Tensor {
        let location = Location::caller();
        let axis = match self.axis("cumlogsumexp", axis) {
            Ok(_) if !self.dtype().is_float() => {
                let error = error!(DType, "cumlogsumexp: takes floating-point operands, got {}", self.spec);
                return self.mistake(error, location);
            }
            Ok(axis) => axis,
            Err(error) => return self.mistake(error, location),
        };
        let _scope = self.trace.enter("cumlogsumexp");
        let wide = self.converted(accumulator(self.dtype()), location);
        let sums = associative_scan(|left: Tensor, right| left.logaddexp(&right), wide, axis, false);
        sums.converted(self.dtype(), location)
    }

    /// The product of each element and all before it along an axis. Integers wrap.
    ///
    /// # Shapes
    /// `[S..] -> [S..]`
    /// # DTypes
    /// Integers, floats, complex.
    /// # Errors
    /// Recorded for `bool`, or when the axis does not exist.
    /// # Gradient
    /// The sum over later cotangents of the products without the element; right also where elements are 0.
    /// # Source
    /// Composed of [`associative_scan`](crate::control::associative_scan).
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [2, 5])], |_, args| args[0].cumprod(-1))?;
    /// assert_eq!(graph.outputs()[0].dims(), [2, 5]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn cumprod(&self, axis: impl IntoAxis) -> Tensor {
        let location = Location::caller();
        let axis = match self.axis("cumprod", axis) {
            Ok(_) if self.dtype() == DType::Bool => {
                let error = error!(
                    DType,
                    "cumprod: takes integer, floating-point or complex operands, got {}", self.spec
                );
                return self.mistake(error, location);
            }
            Ok(axis) => axis,
            Err(error) => return self.mistake(error, location),
        };
        let _scope = self.trace.enter("cumprod");
        let wide = self.converted(accumulator(self.dtype()), location);
        let products = associative_scan(|left: Tensor, right: Tensor| left * right, wide, axis, false);
        products.converted(self.dtype(), location)
    }

    #[track_caller]
    fn running(&self, name: &str, reducer: Reducer, axis: usize, location: Location) -> Tensor {
        let size = self.dims()[axis];
        let mut window = Window::new(vec![1; self.rank()]);
        window.sizes[axis] = size.max(1);
        window.padding[axis] = (size.max(1) as i64 - 1, 0);
        self.windowed(name, reducer, window, location)
    }

    /// Windows reduced from the reducer's neutral value on, in a type that holds the result.
    #[track_caller]
    pub(super) fn windowed(
        &self,
        name: &str,
        reducer: Reducer,
        window: Window,
        location: Location,
    ) -> Tensor {
        let init = match &reducer {
            Reducer::Add => Some(Scalar::Int(0)),
            Reducer::Multiply => Some(Scalar::Int(1)),
            Reducer::Maximum | Reducer::Minimum | Reducer::And | Reducer::Or | Reducer::Body(_) => None,
        };
        let wide = match init {
            Some(_) => accumulator(self.dtype()),
            None => Scalar::carrier(self.dtype()),
        };
        let takes = match init {
            Some(_) => self.dtype() != DType::Bool,
            None => self.dtype() != DType::Bool && !self.dtype().is_complex(),
        };
        if !takes {
            let error = error!(DType, "{name}: does not take {}", self.spec)
                .hint("convert the operand to integers or floating-point numbers first");
            return self.mistake(error, location);
        }
        let values = self.converted(wide, location);
        let init = match init {
            Some(init) => self.trace.scalar(init, wide, location),
            None if matches!(reducer, Reducer::Maximum) => values.least(),
            None => values.greatest(),
        };
        let op = Op::ReduceWindow { window, reducer };
        self.trace.apply(op, &[&values, &init], location).converted(self.dtype(), location)
    }
}
