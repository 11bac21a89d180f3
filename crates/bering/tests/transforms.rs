//! Derivatives and batching of every operation, executed on the CPU.
//!
//! One table (`transforms/cases.rs`) drives all of it: first and second derivatives in both modes against finite differences
//! and against each other, batching against a loop, and that no operation is left out. A new operation needs a line there.

#[path = "transforms/batching.rs"]
mod batching;
#[path = "transforms/cases.rs"]
mod cases;
#[path = "transforms/closures.rs"]
mod closures;
#[path = "transforms/coverage.rs"]
mod coverage;
#[path = "transforms/derivatives.rs"]
mod derivatives;
#[path = "transforms/jax.rs"]
mod jax;
#[path = "transforms/program.rs"]
mod program;
#[path = "transforms/sample.rs"]
mod sample;
