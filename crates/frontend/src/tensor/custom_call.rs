//! Calling a kernel from traced code.

use super::Tensor;
use crate::error::error;
use crate::{Attribute, CustomCall, Location, Op, Spec};

impl Tensor {
    /// The result of a registered function on this tensor and `others`, by the function's name.
    ///
    /// The function must be pure; it gets its operands as dense row-major arrays and `attributes` by name.
    ///
    /// # Shapes
    /// Whatever the function takes; the result is `result`, which is not checked here.
    ///
    /// # DTypes
    /// Any.
    ///
    /// # Errors
    /// Recorded when an attribute's name is not made of letters, digits and `_`. A target that is not registered is an error when the program is compiled, operands that the function refuses when it runs.
    ///
    /// # Gradient
    /// Not differentiable.
    ///
    /// # Source
    /// StableHLO specification, `custom_call`; `api_version` 4 (typed FFI).
    ///
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [8, 4])], |_, args| {
    ///     args[0].custom_call("acme.scale", &[], [("by", 2.0_f32.into())], args[0].spec().clone())
    /// })?;
    /// assert!(graph.to_string().contains("custom_call(%0) {target = \"acme.scale\", by = 2.0} : f32[8, 4]"));
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn custom_call<const N: usize>(
        &self,
        target: &str,
        others: &[&Tensor],
        attributes: [(&str, Attribute); N],
        result: Spec,
    ) -> Tensor {
        let location = Location::caller();
        let bad = attributes.iter().find(|(name, _)| !is_name(name));
        if let Some((name, _)) = bad {
            let error = error!(
                Argument,
                "custom_call: attribute name `{name}` is not made of letters, digits and `_`"
            );
            return self.mistake_as(error, location, result);
        }
        let attributes = attributes.into_iter().map(|(name, value)| (name.into(), value)).collect();
        let op = Op::CustomCall(CustomCall { target: target.into(), attributes, result, effect: false });
        let operands: Vec<&Tensor> = std::iter::once(self).chain(others.iter().copied()).collect();
        self.trace.apply(op, &operands, location)
    }
}

fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
