//! Tensors from nothing: constants and counters of the trace being made on this thread.

use super::{IntoAxis, Tensor};
use crate::error::error;
use crate::literal::Scalar;
use crate::trace::current_or_none;
use crate::{DType, Element, Literal, Location, Op, Shape, Spec};

impl Tensor {
    /// Host values in row-major order as a constant of the program. Large data is better passed as an argument.
    ///
    /// # Shapes
    /// `[S..]` with as many elements as values.
    /// # DTypes
    /// That of the host type.
    /// # Errors
    /// Recorded when the shape holds another number of elements; outside of a traced function there is only a placeholder.
    /// # Gradient
    /// None.
    /// # Source
    /// StableHLO `constant`.
    /// # Examples
    /// ```
    /// use bering_frontend::{Tensor, trace};
    /// let graph = trace("f", &[], |_, _| Tensor::constant(&[1.0f32, 2.0, 3.0, 4.0], [2, 2]))?;
    /// assert_eq!(graph.outputs()[0].to_string(), "f32[2, 2]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn constant<T: Element>(values: &[T], shape: impl Into<Shape>) -> Tensor {
        let (shape, location) = (shape.into(), Location::caller());
        let trace = current_or_none();
        let spec = Spec::new(T::DTYPE, &shape);
        match Literal::new(values, shape).and_then(|literal| trace.constant(literal, location)) {
            Ok(id) => trace.tensor(id),
            Err(error) => trace.mistake(error.at(location), spec),
        }
    }

    /// A constant from a literal, for element types without a host type.
    #[track_caller]
    pub fn literal(literal: Literal) -> Tensor {
        let (trace, location) = (current_or_none(), Location::caller());
        let spec = literal.spec().clone();
        match trace.constant(literal, location) {
            Ok(id) => trace.tensor(id),
            Err(error) => trace.mistake(error, spec),
        }
    }

    /// One number repeated.
    ///
    /// # Shapes
    /// `[S..]`
    /// # DTypes
    /// Any numeric one that holds the value.
    /// # Errors
    /// Recorded when the dtype does not hold the value.
    /// # Gradient
    /// None.
    /// # Source
    /// StableHLO `constant`, `broadcast_in_dim`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Tensor, trace};
    /// let graph = trace("f", &[], |_, _| Tensor::full(0.5, DType::Bf16, [2, 2]))?;
    /// assert_eq!(graph.outputs()[0].to_string(), "bf16[2, 2]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn full(value: impl Into<Scalar>, dtype: DType, shape: impl Into<Shape>) -> Tensor {
        let location = Location::caller();
        let trace = current_or_none();
        let (scalar, shape) = (trace.scalar(value.into(), dtype, location), shape.into());
        trace.broadcast(&scalar, &shape, location).with_more_names(&shape, location)
    }

    /// Zeros, as [`Tensor::full`].
    #[track_caller]
    pub fn zeros(dtype: DType, shape: impl Into<Shape>) -> Tensor {
        match dtype {
            DType::Bool => Tensor::constant(&[false], []).broadcast_to(shape),
            _ => Tensor::full(0i64, dtype, shape),
        }
    }

    /// Ones, as [`Tensor::full`].
    #[track_caller]
    pub fn ones(dtype: DType, shape: impl Into<Shape>) -> Tensor {
        match dtype {
            DType::Bool => Tensor::constant(&[true], []).broadcast_to(shape),
            _ => Tensor::full(1i64, dtype, shape),
        }
    }

    /// The position along `axis` of each element.
    ///
    /// # Shapes
    /// `[S..]`
    /// # DTypes
    /// Any but `bool`.
    /// # Errors
    /// Recorded when the axis does not exist.
    /// # Gradient
    /// None.
    /// # Source
    /// StableHLO `iota`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Tensor, trace};
    /// let graph = trace("f", &[], |_, _| Tensor::iota(DType::I32, [2, 3], -1))?;
    /// assert_eq!(graph.outputs()[0].to_string(), "i32[2, 3]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn iota(dtype: DType, shape: impl Into<Shape>, axis: impl IntoAxis) -> Tensor {
        let (spec, location) = (Spec::new(dtype, shape), Location::caller());
        let trace = current_or_none();
        match super::axes::resolve("iota", axis.axis(), &spec) {
            Ok(axis) => match trace.push(Op::Iota { spec: spec.clone(), axis }, &[], location) {
                Ok(id) => trace.tensor(id),
                Err(error) => trace.mistake(error, spec),
            },
            Err(error) => trace.mistake(error.at(location), spec),
        }
    }

    /// `0, 1, .., count - 1`.
    #[track_caller]
    pub fn arange(dtype: DType, count: usize) -> Tensor {
        Tensor::iota(dtype, [count], 0)
    }

    /// The lower triangle of the last two axes as `bool`: true where column <= row + `offset`.
    /// `Tensor::tri(n, n, 0)` is the causal mask.
    ///
    /// # Shapes
    /// `[rows, columns]`
    /// # DTypes
    /// `bool`.
    /// # Errors
    /// None.
    /// # Gradient
    /// None.
    /// # Source
    /// StableHLO `iota`, `compare`.
    /// # Examples
    /// ```
    /// use bering_frontend::{Tensor, trace};
    /// let graph = trace("f", &[], |_, _| Tensor::tri(4, 4, 0))?;
    /// assert_eq!(graph.outputs()[0].to_string(), "bool[4, 4]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn tri(rows: usize, columns: usize, offset: i64) -> Tensor {
        let row = Tensor::iota(DType::I64, [rows, columns], 0);
        let column = Tensor::iota(DType::I64, [rows, columns], 1);
        column.le(row + offset)
    }

    /// A mistake where there is no tensor to record it with.
    pub(super) fn nothing(message: &str, location: Location) -> Tensor {
        let error = error!(Argument, "{message}").at(location);
        current_or_none().mistake(error, Spec::scalar(DType::F32))
    }
}
