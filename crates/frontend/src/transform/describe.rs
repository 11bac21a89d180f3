//! What an operation's rules promise, for the op table in the documentation.

use super::rule::{Batching, Derivative};
use super::rules::rule;
use crate::Op;

/// Whether an operation is differentiated and batched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Support {
    /// How results change with operands.
    pub gradient: Gradient,
    /// Whether `vmap` passes it.
    pub batching: bool,
}

/// The derivative that an operation's rule states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gradient {
    /// Forwards and backwards.
    Yes,
    /// Forwards alone.
    Forward,
    /// Zero: results are constant, or change in jumps.
    Zero,
    /// None; asking is an error that names the user's line.
    No,
}

/// What the rules of an operation promise.
///
/// ```
/// use bering_frontend::{Op, transform::{Gradient, support}};
/// assert_eq!(support(&Op::Tanh).gradient, Gradient::Yes);
/// assert_eq!(support(&Op::Floor).gradient, Gradient::Zero);
/// ```
pub fn support(op: &Op) -> Support {
    let rule = rule(op);
    let gradient = match rule.derivative {
        Derivative::Zero => Gradient::Zero,
        Derivative::Refused(_) => Gradient::No,
        // How often it ran is not kept, so there is no way back.
        Derivative::Structured(_) if matches!(op, Op::While { .. }) => Gradient::Forward,
        Derivative::Elementwise(_) | Derivative::Linear(_) | Derivative::Multilinear(_) => Gradient::Yes,
        Derivative::Custom { .. } | Derivative::Structured(_) => Gradient::Yes,
    };
    Support { gradient, batching: !matches!(rule.batching, Batching::Refused(_)) }
}
