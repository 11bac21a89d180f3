//! Einstein summation: products and sums of tensors said by naming their axes.
//!
//! A specification is parsed ([`parse`], at compile time too by [`check`]), its indices are given sizes ([`plan`]), an order
//! of contractions is chosen by cost ([`order`]), and each becomes one `dot_general` or product ([`emit`]). What an index
//! is called matters within one specification only.

mod check;
mod emit;
mod order;
mod parse;
mod plan;

use super::Tensor;
use crate::error::Result;
use crate::{Location, Spec};

#[doc(hidden)]
pub use check::check as check_specification;

/// The sum of products that a specification in Einstein's notation says, as NumPy's `einsum`.
///
/// Each operand has a term that gives its axes an index, terms are separated by commas, and after `->` stand the indices of
/// the result; indices that are not there are summed. Indices are letters (`"bqd,bkd->bqk"`) or names that stand apart
/// (`"b h q width, b h k width -> b h q k"`): one space between two indices anywhere makes all of them names. `...` stands
/// for all axes that have no index, aligned at the last. An index that is repeated in a term takes the diagonal. Size 1
/// stretches. Without `->` the result has the axes of `...`, then the indices that occur once, in alphabetical order.
///
/// Where the specification is a literal, the macro [`einsum!`](crate::einsum!) checks it at compile time.
///
/// # Shapes
/// As the specification says.
/// # DTypes
/// Any, one for all operands; products of `bool` are `and`, sums `or`.
/// # Errors
/// Recorded when the specification is malformed, a term does not fit its operand, or sizes of one index differ.
/// # Gradient
/// Of all operands.
/// # Source
/// NumPy `einsum`; StableHLO `dot_general`, `multiply`, `reduce`, `transpose`, `slice`. The order of more than two operands is
/// optimal up to eight and greedy beyond (Smith and Gray, opt_einsum, JOSS 2018).
/// # Examples
/// ```
/// use bering_frontend::{DType, Spec, Tensor, einsum, trace};
/// let specs = [Spec::new(DType::F32, [2, 12, 5, 32]), Spec::new(DType::F32, [2, 12, 7, 32])];
/// let graph = trace("f", &specs, |_, args| {
///     let scores = einsum!("b h q d, b h k d -> b h q k", &args[0], &args[1]);
///     let trace = einsum("ii", &[&Tensor::ones(DType::F32, [3, 3])]);
///     (scores, trace)
/// })?;
/// assert_eq!(graph.outputs()[0].to_string(), "f32[2, 12, 5, 7]");
/// assert_eq!(graph.outputs()[1].to_string(), "f32[]");
/// # Ok::<(), bering_frontend::Error>(())
/// ```
#[track_caller]
pub fn einsum(specification: &str, operands: &[&Tensor]) -> Tensor {
    let location = Location::caller();
    let Some(first) = operands.first() else {
        return Tensor::nothing("einsum: takes at least one operand", location);
    };
    let specs: Vec<&Spec> = operands.iter().map(|operand| &operand.spec).collect();
    match planned(specification, &specs) {
        Ok(plan) => emit::emit(&plan, operands, location),
        // A placeholder's type is a guess, so that it does not fit is no news.
        Err(error) => match operands.iter().find(|operand| operand.is_placeholder()) {
            Some(placeholder) => (*placeholder).clone(),
            None => first.mistake(error, location),
        },
    }
}

fn planned(specification: &str, specs: &[&Spec]) -> Result<plan::Plan> {
    plan::plan(&parse::parse(specification)?, specs)
}

/// [`einsum`](crate::einsum()) on operands given one by one. A specification that is a literal is checked at compile time.
///
/// ```
/// use bering_frontend::{DType, Spec, einsum, trace};
/// let graph = trace("f", &[Spec::new(DType::F32, [2, 3])], |_, x| einsum!("ij,kj->ik", &x[0], &x[0]))?;
/// assert_eq!(graph.outputs()[0].dims(), [2, 2]);
/// # Ok::<(), bering_frontend::Error>(())
/// ```
/// An index of the result that is in no term does not compile:
/// ```compile_fail
/// use bering_frontend::{DType, Spec, einsum, trace};
/// let graph = trace("f", &[Spec::new(DType::F32, [2, 3])], |_, x| einsum!("ij,kj->in", &x[0], &x[0]));
/// ```
/// Nor does a number of terms that is not that of operands:
/// ```compile_fail
/// use bering_frontend::{DType, Spec, einsum, trace};
/// let graph = trace("f", &[Spec::new(DType::F32, [2, 3])], |_, x| einsum!("ij,kj", &x[0]));
/// ```
#[macro_export]
macro_rules! einsum {
    ($specification:literal $(, $operand:expr)+ $(,)?) => {{
        const _: () = match $crate::check_einsum($specification, [$(::core::stringify!($operand)),+].len()) {
            ::core::option::Option::Some(mistake) => ::core::panic!("{}", mistake),
            ::core::option::Option::None => (),
        };
        $crate::einsum($specification, &[$($operand),+])
    }};
    ($specification:expr $(, $operand:expr)+ $(,)?) => { $crate::einsum($specification, &[$($operand),+]) };
}
