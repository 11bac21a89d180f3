//! Tensors outside of traced functions: values that somebody holds elsewhere, and types that stand for values to come.
//!
//! What a value is this crate neither knows nor asks; `bering` puts buffers on devices there. So one struct of tensors is the
//! model inside of a function, its weights on a device outside, and its types where only those matter. A function that is traced
//! with [`trace_with_values`](crate::trace_with_values) may use values from outside.

use super::Tensor;
use crate::trace::detached;
use crate::{DType, Shape, Spec};
use std::any::Any;
use std::sync::Arc;

/// What a tensor outside of any trace carries.
#[derive(Clone)]
pub(crate) struct Held {
    value: Option<Arc<dyn Any + Send + Sync>>,
    donated: bool,
}

impl Tensor {
    /// A type as a tensor without a value: what stands for an argument where only its type matters. Operations on it are errors
    /// of the function being traced.
    ///
    /// ```
    /// use bering_frontend::{DType, Tensor};
    /// assert_eq!(format!("{:?}", Tensor::typed(DType::F32, [2, 3])), "type: f32[2, 3]");
    /// ```
    pub fn typed(dtype: DType, dims: impl Into<Shape>) -> Tensor {
        Tensor::of(Spec::new(dtype, dims))
    }

    /// [`Tensor::typed`] of a spec.
    pub fn of(spec: Spec) -> Tensor {
        Tensor::held(spec, Held { value: None, donated: false })
    }

    /// A tensor of this type outside of any trace, whose elements are wherever `value` says.
    pub fn from_value(spec: Spec, value: Arc<dyn Any + Send + Sync>) -> Tensor {
        Tensor::held(spec, Held { value: Some(value), donated: false })
    }

    /// What [`Tensor::from_value`] was given.
    pub fn value(&self) -> Option<&Arc<dyn Any + Send + Sync>> {
        self.held.as_ref()?.value.as_ref()
    }

    /// Marks the value as given away to the function that it is passed to.
    pub fn donated(mut self) -> Tensor {
        if let Some(held) = &mut self.held {
            held.donated = true;
        }
        self
    }

    /// Whether it is marked by [`Tensor::donated`].
    pub fn is_donated(&self) -> bool {
        self.held.as_ref().is_some_and(|held| held.donated)
    }

    fn held(spec: Spec, held: Held) -> Tensor {
        Tensor { held: Some(held), ..Tensor::from_parts(detached(), None, spec) }
    }

    /// What it is if it belongs to no trace, in messages.
    pub(crate) fn outside(&self) -> Option<&'static str> {
        Some(match self.held.as_ref()?.value {
            Some(_) => "value",
            None => "type",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace;

    #[test]
    fn values_are_no_operands() {
        let outside = Tensor::from_value(Spec::new(DType::F32, [2]), Arc::new(7_i32));
        for swapped in [false, true] {
            let error = trace("f", &[Spec::new(DType::F32, [2])], |_, x| {
                if swapped { &outside + &x[0] } else { &x[0] + &outside }
            });
            let error = error.unwrap_err();
            assert_eq!(error.message(), "add: an operand is a value f32[2] from outside of `f`");
            let advice =
                "pass it to the function as an argument, or call the function by `jit`, which captures it";
            assert_eq!(error.advice(), Some(advice));
        }
        let error = trace("f", &[], |_, _| outside.clone()).unwrap_err();
        assert_eq!(error.message(), "output: an operand is a value f32[2] from outside of `f`");
    }

    #[test]
    fn donation_marks_one_handle() {
        let kept = Tensor::from_value(Spec::new(DType::F32, [2]), Arc::new(7_i32));
        let given = kept.clone().donated();
        assert!(given.is_donated() && !kept.is_donated());
        assert!(given.value().unwrap().is::<i32>());
        assert!(Tensor::typed(DType::F32, []).value().is_none());
    }
}
