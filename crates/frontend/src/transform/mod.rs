//! Transforms: derivatives and batching of programs, from graphs to graphs.
//!
//! The one idea is replay. A transform walks a graph and writes it again into the trace being made on this thread; what it
//! writes beside each node (a tangent, a cotangent, a batch) comes from that operation's rule, and rules are written with
//! [`Tensor`](crate::Tensor)'s own operators. So the result is an ordinary graph: it can be transformed again (second
//! derivatives, a batch of gradients), and every node in it carries the user's line that it derives from. All passes
//! are linear in the number of nodes.
//!
//! * [`value_and_grad`], [`vjp`], [`jvp`], [`vmap`]: transforms of whole graphs; [`replay()`]: none, the graph once more.
//! * `rules`: one arm an operation, in one match without a wildcard. `rule` says what a rule is.
//! * `forward`, `reverse`, `batching`: the three walks. `emit`: writing nodes.
//! * `varying`, `explicit`: what devices of a mesh share in a `shard_map`, and its graph with that written down.
//!
//! # How to add a rule
//! A new [`Op`](crate::Op) does not compile until `rules::rule` has an arm for it. The arm names a derivative and a
//! batching, kept side by side in the file of the op's family. Take the first derivative that fits:
//!
//! 1. `Zero`: results are integers or bools, or change only in jumps (`floor`, `compare`).
//! 2. `Elementwise(PARTIALS)`: each result element depends on the operands' elements at the same place. One function an
//!    operand gives `tangent * d result / d operand`; it serves both directions, and must be linear in `tangent`:
//!    `pub(super) const SINE: Partials = &[|at, t| t * at.x().cos()];`. `at.x()`, `at.y()` are operands, `at.result()` is
//!    the result; reuse it where the derivative is a function of it.
//! 3. `Linear(vjp)`: linear in all floating-point operands together (`reshape`, `gather`). The tangent is the operation on
//!    tangents, with integer operands as they are; only the transpose, `vjp`, is written.
//! 4. `Multilinear(vjp)`: linear in each operand alone (`dot_general`, `convolution`).
//! 5. `Custom { forward, reverse }`: both directions by hand.
//! 6. `Structured`: operations that own graphs and must compute their results another way to be differentiated.
//! 7. `Refused(reason)`: no derivative; the error names the user's line. Say so in the op's `# Gradient` too.
//!
//! Rules get `Option`s: an absent tangent or cotangent is a zero that nobody has written down, and rules answer `None`
//! rather than write one. A reverse rule gives one entry an operand and may skip those that `site.wanted` says nobody needs.
//! Tangents and cotangents have exactly the type of what they belong to. Integers and bools never have any. At kinks and poles
//! follow `jax.grad`. Complex cotangents follow JAX too: transposes do not conjugate.
//!
//! Batching: `Elementwise`, or a function of `Lanes`, whose batched operands carry the batch on axis 0; it is
//! asked only when one does, and says of each result whether it carries the batch. `lanes.with_batch(i)` repeats an operand
//! that does not. Prefer batch axes of the operation itself to repeating operands.
//!
//! Then add the op to the gradient and batching cases in `crates/bering/tests`; a test fails until it is there.

mod batching;
mod derive;
mod describe;
mod emit;
mod explicit;
mod forward;
pub(crate) mod function;
mod graph;
mod replay;
mod reverse;
mod rule;
mod rules;
mod split;
mod varying;

#[cfg(test)]
mod tests;

pub use describe::{Gradient, Support, support};
pub use function::{BatchAxes, Entries};
pub use graph::{Parameters, Wrt, jvp, value_and_grad, vjp, vmap};
pub use replay::replay;
pub(crate) use varying::Varying;
