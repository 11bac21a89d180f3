//! Looking into a program while it runs.

use super::Tensor;
use crate::{Attribute, CustomCall, DType, Location, Op, Spec};

/// The callee that prints, registered with the CPU plugin.
pub(crate) const DEBUG_PRINT: &str = "bering.debug_print";

/// Prints a value when the program gets there: `label: f32[2] [1.0, 2.0]` on standard error, the middle of long axes left out.
///
/// It stands by itself: nothing has to use a result, inside of branches, loops and transforms too. In a batched function
/// it prints the whole batch. Prints come in an order that data dependences alone decide.
///
/// # Shapes
/// Any.
/// # DTypes
/// Any; those under 16 bits that are no integers of 8 bits are printed as wider ones.
/// # Errors
/// None here; a program that prints compiles for the CPU only.
/// # Gradient
/// None passes through it.
/// # Source
/// A custom call to `bering.debug_print`, as `jax.debug.print`.
/// # Examples
/// ```
/// use bering_frontend::{DType, Spec, debug_print, trace};
/// let graph = trace("f", &[Spec::new(DType::F32, [2])], |_, x| {
///     let y = x[0].exp();
///     debug_print("y", &y);
///     y.sum(0)
/// })?;
/// assert!(graph.to_string().contains("bering.debug_print"));
/// # Ok::<(), bering_frontend::Error>(())
/// ```
#[track_caller]
pub fn debug_print(label: &str, value: &Tensor) {
    let location = Location::caller();
    let whole_bytes =
        value.dtype().bits() >= 16 || matches!(value.dtype(), DType::Bool | DType::I8 | DType::U8);
    let value = match value.dtype().is_float() {
        _ if whole_bytes => value.clone(),
        true => value.converted(DType::F32, location),
        false => value.converted(DType::I32, location),
    };
    let op = Op::CustomCall(CustomCall {
        target: DEBUG_PRINT.into(),
        attributes: vec![("label".into(), Attribute::String(label.into()))],
        result: Spec::scalar(DType::U8),
        effect: true,
    });
    value.trace.apply(op, &[&value], location);
}
