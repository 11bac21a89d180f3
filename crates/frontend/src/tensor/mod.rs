//! [`Tensor`]: the handle that users compute with while a function is traced.
//!
//! A handle is a node of a trace and the node's type. The methods here resolve what array libraries allow and the graph
//! does not: broadcasting, negative axes, host scalars, optional axes. They spell names as NumPy does. No method fails
//! or panics on a wrong operand: the mistake is recorded in the trace, see [`trace`](crate::trace()).
//!
//! The `# Gradient` sections say what the derivative is that [`transform`](crate::transform) takes, or that there is none.

mod activation;
mod arranging;
mod at;
mod axes;
mod body;
mod contraction;
mod convolution;
mod creation;
mod cumulative;
mod custom_call;
mod debug;
mod dynamic;
mod einsum;
mod elementwise;
mod indexing;
mod joining;
mod linear_algebra;
mod mathematics;
mod movement;
mod naming;
mod operators;
mod pooling;
mod reduction;
mod selection;
mod sorting;
mod spectral;
mod value;

pub use arranging::PadMode;
pub use at::{At, Index, IntoIndex, IntoIndices};
pub use axes::{Axis, IntoAxes, IntoAxis};
pub use convolution::Conv;
pub(crate) use debug::DEBUG_PRINT;
pub use debug::debug_print;
pub use einsum::{check_specification, einsum};
pub use naming::IntoNames;
pub use operators::Operand;
pub(crate) use operators::{operand_dtype, operand_like};
pub use pooling::{Pads, Pool};

use crate::error::error;
use crate::trace::Trace;
use crate::{DType, Error, Location, NodeId, Op, Spec, infer};
use std::fmt;
use std::rc::Rc;

/// A value of a function being traced: element type and shape are known, elements are not.
///
/// Cloning is cheap and refers to the same value. A tensor belongs to one trace; using it in another is an error of that
/// trace, and using it after its trace has ended does nothing.
#[derive(Clone)]
pub struct Tensor {
    trace: Rc<Trace>,
    /// `None` for placeholders: results of operations that could not be recorded.
    id: Option<NodeId>,
    spec: Spec,
    /// What it carries if it belongs to no trace; see [`value`].
    held: Option<value::Held>,
}

impl Tensor {
    pub(crate) fn from_parts(trace: Rc<Trace>, id: Option<NodeId>, spec: Spec) -> Tensor {
        Tensor { trace, id, spec, held: None }
    }

    pub(crate) fn trace(&self) -> &Rc<Trace> {
        &self.trace
    }

    pub(crate) fn id(&self) -> Option<NodeId> {
        self.id
    }

    /// Whether it stands for the result of an operation that could not be recorded.
    fn is_placeholder(&self) -> bool {
        self.id.is_none() && self.held.is_none()
    }

    /// Element type and shape.
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// The element type.
    pub fn dtype(&self) -> DType {
        self.spec.dtype
    }

    /// The sizes of the axes, outermost first.
    pub fn dims(&self) -> &[usize] {
        self.spec.dims()
    }

    /// The number of axes.
    pub fn rank(&self) -> usize {
        self.spec.rank()
    }

    /// The size of one axis, counted from the end if negative.
    ///
    /// # Errors
    /// Recorded when there is no such axis; the size is then 1.
    #[track_caller]
    pub fn dim(&self, axis: impl IntoAxis) -> usize {
        let location = Location::caller();
        match self.axis("dim", axis) {
            Ok(axis) => self.dims()[axis],
            Err(error) => {
                self.mistake(error, location);
                1
            }
        }
    }

    /// All sizes of a tensor that must have `N` axes: `let [batch, tokens] = ids.sizes();`.
    ///
    /// # Errors
    /// Recorded when the rank is another; the sizes are then 1.
    ///
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let wrong = trace("f", &[Spec::new(DType::F32, [2, 3])], |_, args| {
    ///     let [_, _, width] = args[0].sizes();
    ///     args[0].reshape([width])
    /// });
    /// assert!(wrong.unwrap_err().message().starts_with("sizes: expected 3 axes, got f32[2, 3]"));
    /// ```
    #[track_caller]
    pub fn sizes<const N: usize>(&self) -> [usize; N] {
        match self.dims().try_into() {
            Ok(sizes) => sizes,
            Err(_) => {
                self.mistake(
                    error!(Shape, "sizes: expected {N} axes, got {}", self.spec),
                    Location::caller(),
                );
                [1; N]
            }
        }
    }

    /// Records a mistake and answers with a placeholder of this tensor's type.
    fn mistake(&self, error: Error, location: Location) -> Tensor {
        self.mistake_as(error, location, self.spec.clone())
    }

    /// Records a mistake and answers with a placeholder. A placeholder's own mistakes are consequences and not recorded.
    pub(crate) fn mistake_as(&self, error: Error, location: Location, guess: Spec) -> Tensor {
        match self.is_placeholder() {
            false => self.trace.innermost().mistake(error.at(location), guess),
            true => Tensor::from_parts(self.trace.clone(), None, guess),
        }
    }

    /// What stands for a result that there is none of.
    fn placeholder(&self) -> Tensor {
        self.placeholder_as(self.spec.clone())
    }

    fn placeholder_as(&self, guess: Spec) -> Tensor {
        Tensor::from_parts(self.trace.clone(), None, guess)
    }

    /// This tensor in another dtype, itself where it has that.
    fn converted(&self, dtype: DType, location: Location) -> Tensor {
        match self.dtype() == dtype {
            true => self.clone(),
            false => self.unary(Op::Convert { dtype }, location),
        }
    }

    fn unary(&self, op: Op, location: Location) -> Tensor {
        match infer::computes_in(&op, self.dtype()) {
            Some(wide) if !self.is_placeholder() => {
                let operand = self.through(wide, location);
                let result = operand.trace.apply(op, &[&operand], location);
                result.converted(self.dtype(), location)
            }
            _ => self.trace.apply(op, &[self], location),
        }
    }

    /// This tensor in a wider dtype, signed integers as their bits.
    fn through(&self, wide: DType, location: Location) -> Tensor {
        let bits = match (self.dtype(), wide) {
            (DType::I2, DType::U8) => self.converted(DType::U2, location),
            (DType::I4, DType::U8) => self.converted(DType::U4, location),
            _ => self.clone(),
        };
        bits.converted(wide, location)
    }
}

impl fmt::Debug for Tensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.id, self.outside()) {
            (Some(id), _) => write!(f, "{id}: {}", self.spec),
            (None, Some(what)) => write!(f, "{what}: {}", self.spec),
            (None, None) => write!(f, "placeholder: {}", self.spec),
        }
    }
}
