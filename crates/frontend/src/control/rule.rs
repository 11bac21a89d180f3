//! Attributes of the operations that own graphs.

use crate::Graph;
use std::sync::Arc;

/// What transforms make of an [`Op::Call`](crate::Op::Call).
#[derive(Clone, Debug)]
pub enum Rule {
    /// Whatever they make of the body.
    Plain,
    /// The body again when its cotangents are needed, instead of values kept since it first ran.
    Checkpoint,
    /// The given derivative in reverse mode.
    CustomVjp {
        /// From the body's inputs to the body's outputs, then any residuals.
        forward: Arc<Graph>,
        /// From the residuals, then the cotangents of the body's floating-point and complex outputs, to the cotangents of
        /// its floating-point and complex inputs.
        backward: Arc<Graph>,
    },
}

/// The loop of [`Op::Scan`](crate::Op::Scan): one step for each index of the first axis of some arrays.
///
/// Operands are the carried values, the arrays, then constants of the loop. The body takes the carried values, one slice of
/// each array and the constants, and yields the next carried values, then slices of what is stacked along a new first
/// axis. Results are the last carried values, then the stacks.
#[derive(Clone, Debug)]
pub struct Scan {
    /// What one step does.
    pub body: Arc<Graph>,
    /// How many values are carried from step to step.
    pub carry: usize,
    /// How many arrays are cut into slices.
    pub slices: usize,
    /// The number of steps.
    pub length: usize,
    /// Whether steps go from the last index to the first.
    pub reverse: bool,
    /// How many steps one turn of the compiled loop takes; at least 1.
    pub unroll: usize,
}
