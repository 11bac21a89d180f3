//! NumPy-style indexing, for reading and for writing: `x.at((.., 2, &rows)).get()`, `x.at(&ids).add(&updates)`.
//!
//! The one idea: an index, whatever its mixture of positions, ranges and integer tensors, becomes one plan of which
//! result axis comes from where; the plan is a static slice where it can be, else the dimension numbers of one gather or
//! scatter. Axes come out in NumPy's order, without a transpose.

mod index;
mod plan;

pub use index::{Index, IntoIndex, IntoIndices};

use super::Tensor;
use super::operators::{Operand, broadcast_shape, operand_like};
use crate::error::Result;
use crate::error::error;
use crate::{Location, Op, Reducer};
use plan::Plan;

/// Elements of a tensor chosen by an index, to be read or replaced; made by [`Tensor::at`].
#[derive(Clone, Debug)]
pub struct At {
    tensor: Tensor,
    indices: Vec<Index>,
    clamps: bool,
    unique: bool,
    sorted: bool,
}

impl Tensor {
    /// Elements chosen as NumPy's `x[index]` chooses them. What [`At`] returns is a new tensor; this one stays.
    ///
    /// An index has an entry for each of the first axes: a position (the axis goes), a range, an integer tensor, or
    /// [`Index::Ellipsis`] and [`Index::NewAxis`]. Several tensors broadcast and select together; their axes come where
    /// the tensors stand side by side, else first, as in NumPy.
    ///
    /// Host numbers must be in range. In tensors, negative positions count from the end; what is then still out of range
    /// is clamped when reading, and left out when writing, as JAX does.
    ///
    /// # Shapes
    /// Those of NumPy.
    /// # DTypes
    /// Any; positions are integers.
    /// # Errors
    /// Recorded by the methods of [`At`].
    /// # Gradient
    /// See [`At::get`], [`At::set`], [`At::add`].
    /// # Source
    /// StableHLO `slice`, `gather`, `dynamic_update_slice`, `scatter`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Index, Spec, trace};
    /// let specs = [Spec::new(DType::F32, [8, 6, 5]), Spec::new(DType::I32, [3]), Spec::new(DType::F32, [3, 5])];
    /// let graph = trace("f", &specs, |_, args| {
    ///     let x = &args[0];
    ///     let rows = x.at((&args[1], 2)).get(); // [3, 5]
    ///     let block = x.at((1..3, .., -1)).get(); // [2, 6]
    ///     let every_other = x.at(Index::stepped(.., 2)).get(); // [4, 6, 5]
    ///     (rows, block, every_other, x.at((&args[1], 2)).add(&args[2]))
    /// })?;
    /// let shapes: Vec<&[usize]> = graph.outputs().iter().map(|spec| spec.dims().to_vec().leak() as &[usize]).collect();
    /// assert_eq!(shapes, [&[3, 5][..], &[2, 6], &[4, 6, 5], &[8, 6, 5]]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    pub fn at(&self, index: impl IntoIndices) -> At {
        let indices = index.into_indices();
        At { tensor: self.clone(), indices, clamps: false, unique: false, sorted: false }
    }
}

/// Defines the methods that combine elements with updates.
macro_rules! updates {
    ($($(#[$doc:meta])* $name:ident($combine:expr), op $op:expr, dtypes $dtypes:literal, gradient $gradient:literal;)*) => {
        impl At {$(
            $(#[$doc])*
            ///
            /// # Shapes
            /// The value broadcasts to the shape of [`At::get`]; the result has the tensor's.
            /// # DTypes
            #[doc = $dtypes]
            /// # Errors
            /// As [`At::get`]; recorded for other or unequal dtypes, and values that do not broadcast.
            /// # Gradient
            #[doc = $gradient]
            /// # Source
            /// StableHLO `scatter`, or `dynamic_update_slice` where no tensor is in the index.
            /// # Examples
            /// ```
            /// use bering_frontend::{DType, Spec, trace};
            /// let specs = [Spec::new(DType::F32, [8, 6]), Spec::new(DType::I32, [3])];
            #[doc = concat!("let graph = trace(\"f\", &specs, |_, x| (x[0].at(&x[1]).", stringify!($name), "(2.0), x[0].at((1, ..)).", stringify!($name), "(2.0)))?;")]
            /// assert_eq!(graph.outputs()[0].dims(), [8, 6]);
            /// # Ok::<(), bering_frontend::Error>(())
            /// ```
            #[track_caller]
            pub fn $name(&self, value: impl Operand) -> Tensor {
                self.update(&value, $combine, $op, Location::caller())
            }
        )*}
    };
}

updates! {
    /// The tensor with the elements replaced. Where an index names an element twice, one of the values is taken, and which
    /// is not said.
    set(None), op None, dtypes "Any.", gradient "The cotangent with zeros there; what was there for the value.";
    /// The tensor with the value added to the elements, as often as an index names them.
    add(Some(Reducer::Add)), op Some(Op::Add), dtypes "Any; for `bool` logical or.", gradient "The cotangent; read there for the value.";
    /// The tensor with the elements multiplied, as often as an index names them.
    multiply(Some(Reducer::Multiply)), op Some(Op::Multiply), dtypes "Any; for `bool` logical and.",
        gradient "The cotangent times the product of all else there. Second derivatives by values that are 0 are right where an index names no element twice and [`At::unique`] says so.";
    /// The tensor with the smaller of element and value; NaN if either is.
    min(Some(Reducer::Minimum)), op Some(Op::Minimum), dtypes "Integers, floats.", gradient "To the smaller, shared among ties.";
    /// The tensor with the larger of element and value; NaN if either is.
    max(Some(Reducer::Maximum)), op Some(Op::Maximum), dtypes "Integers, floats.", gradient "To the larger, shared among ties.";
}

impl At {
    /// Writes clamp positions that are out of range, where by default they leave the update out.
    pub fn clamped(mut self) -> At {
        self.clamps = true;
        self
    }

    /// A promise that no element is named twice, which lets devices write in parallel. If it is broken, results are not
    /// defined.
    pub fn unique(mut self) -> At {
        self.unique = true;
        self
    }

    /// A promise that the positions ascend. If it is broken, results are not defined.
    pub fn sorted(mut self) -> At {
        self.sorted = true;
        self
    }

    /// The elements. Positions in tensors that are out of range are clamped.
    ///
    /// # Shapes
    /// Those of NumPy.
    /// # DTypes
    /// Any; positions are integers.
    /// # Errors
    /// Recorded for more entries than axes, host numbers out of range, steps of 0, tensors that do not broadcast, and
    /// tensors that look into an axis of size 0.
    /// # Gradient
    /// Cotangents added at the elements; positions are not differentiable.
    /// # Source
    /// StableHLO `slice` or `gather`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let specs = [Spec::new(DType::F32, [8, 6]), Spec::new(DType::I32, [3])];
    /// let graph = trace("f", &specs, |_, x| x[0].at((.., &x[1])).get())?;
    /// assert_eq!(graph.outputs()[0].dims(), [8, 3]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn get(&self) -> Tensor {
        let location = Location::caller();
        match self.plan(false, location) {
            Ok(plan) if plan.batch.is_empty() => plan.sliced(&self.tensor, location),
            Ok(plan) => plan.gathered(self, location),
            Err(error) => self.tensor.mistake(error, location),
        }
    }

    /// The elements, and `value` where a position in a tensor is out of range.
    ///
    /// # Shapes
    /// As [`At::get`].
    /// # DTypes
    /// As [`At::get`]; the value has the tensor's dtype and is a scalar.
    /// # Errors
    /// As [`At::get`].
    /// # Gradient
    /// Cotangents added at the elements that are in range.
    /// # Source
    /// StableHLO `gather`, `select`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let specs = [Spec::new(DType::F32, [8, 6]), Spec::new(DType::I32, [3])];
    /// let graph = trace("f", &specs, |_, x| x[0].at(&x[1]).get_or(f32::NAN))?;
    /// assert_eq!(graph.outputs()[0].dims(), [3, 6]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn get_or(&self, value: impl Operand) -> Tensor {
        let location = Location::caller();
        match self.plan(false, location) {
            Ok(plan) if plan.batch.is_empty() => plan.sliced(&self.tensor, location),
            Ok(plan) => {
                let gathered = plan.gathered(self, location);
                let inside = plan.inside(&self.tensor, location);
                let value = operand_like(&value, &self.tensor, location);
                let value = self.tensor.trace.broadcast(&value, &gathered.spec.shape, location);
                self.tensor.trace.apply(Op::Select, &[&inside, &gathered, &value], location)
            }
            Err(error) => self.tensor.mistake(error, location),
        }
    }

    fn update(
        &self,
        value: &impl Operand,
        combine: Option<Reducer>,
        op: Option<Op>,
        location: Location,
    ) -> Tensor {
        let tensor = &self.tensor;
        let value = operand_like(value, tensor, location);
        let shaped = self.plan(true, location).and_then(|plan| {
            let shape = plan.shape();
            let spec = value.spec.with_shape(shape.clone());
            match broadcast_shape("at", &spec, &value.spec) {
                Ok(broadcast) if broadcast.dims() == shape => Ok((plan, broadcast)),
                Ok(_) | Err(_) => Err(error!(
                    Shape,
                    "at: the value {} does not broadcast to the elements' {spec}", value.spec
                )),
            }
        });
        let (plan, shape) = match shaped {
            Ok(shaped) => shaped,
            Err(_) if value.is_placeholder() => return tensor.placeholder(),
            Err(error) => return tensor.mistake(error, location),
        };
        if value.dtype() == tensor.dtype() && (tensor.spec.bytes() == Some(0) || shape.elements() == Some(0))
        {
            return tensor.clone();
        }
        let value = tensor.trace.broadcast(&value, &shape, location);
        match plan.batch.is_empty() {
            true => plan.overwritten(tensor, &value, op, location),
            false => plan.scattered(self, &value, combine, location),
        }
    }

    fn plan(&self, writes: bool, location: Location) -> Result<Plan> {
        Plan::new(&self.tensor, &self.indices, writes, location)
    }
}

impl Tensor {
    /// A reshape whose location is given, nothing where the shape is that.
    pub(super) fn shaped(&self, dims: Vec<usize>, location: Location) -> Tensor {
        match self.dims() == dims {
            true => self.clone(),
            false => self.unary(Op::Reshape { shape: dims.into() }, location),
        }
    }
}
