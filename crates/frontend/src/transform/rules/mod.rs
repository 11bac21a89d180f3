//! The rule of every operation: one arm each, no wildcard, so that a new operation does not compile without an answer.
//!
//! The functions an arm names are in the file of the operation's family, derivative and batching side by side.

mod contraction;
mod control;
mod convolution;
mod dynamic;
mod elementwise;
mod folding;
mod indexing;
mod linear_algebra;
mod movement;
mod opaque;
mod ordering;
mod reduction;
mod scatter;
mod sharding;
mod spectral;
mod window;

use super::rule::{Batching, Derivative, Partial, Reverse, Rule, Save, Structured, StructuredForward};
use crate::Op;
use crate::tensor::DEBUG_PRINT;

/// How an operation is differentiated and batched.
pub(super) fn rule(op: &Op) -> Rule {
    use Batching::Rule as Batch;
    use Derivative::{Custom, Linear, Multilinear, Refused, Zero};
    let with = |derivative, batching| Rule { derivative, batching };
    match op {
        Op::Input { .. } | Op::Constant(_) | Op::Iota { .. } | Op::Element { .. } => {
            with(Zero, Batching::Elementwise)
        }

        Op::Ceil | Op::Floor | Op::RoundNearestAfz | Op::RoundNearestEven | Op::Sign => flat(),
        Op::IsFinite | Op::Compare(_) => flat(),
        Op::And | Op::Not | Op::Or | Op::Xor | Op::Popcnt => flat(),
        Op::ShiftLeft | Op::ShiftRightArithmetic | Op::ShiftRightLogical | Op::CountLeadingZeros => flat(),
        // The value passes, its derivative does not: that is all this operation is for.
        Op::StopGradient => flat(),

        Op::Acos => smooth(elementwise::ACOS),
        Op::Acosh => smooth(elementwise::ACOSH),
        Op::Asin => smooth(elementwise::ASIN),
        Op::Asinh => smooth(elementwise::ASINH),
        Op::Atan => smooth(elementwise::ATAN),
        Op::Atanh => smooth(elementwise::ATANH),
        Op::Cosh => smooth(elementwise::COSH),
        Op::Erfc => smooth(elementwise::ERFC),
        Op::ErfInv => smooth(elementwise::ERF_INV),
        Op::Digamma => smooth(elementwise::DIGAMMA),
        Op::Lgamma => smooth(elementwise::LGAMMA),
        Op::Polygamma => with(
            Custom { forward: elementwise::jvp_polygamma, reverse: elementwise::vjp_polygamma },
            Batching::Elementwise,
        ),
        Op::Sinh => smooth(elementwise::SINH),
        Op::Real => with(Linear(elementwise::vjp_real), Batching::Elementwise),
        Op::Imag => with(Linear(elementwise::vjp_imag), Batching::Elementwise),
        Op::Complex => with(Linear(elementwise::vjp_complex), Batching::Elementwise),
        Op::ReducePrecision { .. } => with(Linear(elementwise::vjp_reduce_precision), Batching::Elementwise),

        Op::Abs => with(
            Custom { forward: elementwise::jvp_abs, reverse: elementwise::vjp_abs },
            Batching::Elementwise,
        ),
        Op::Cbrt => smooth(elementwise::CBRT),
        Op::Cosine => smooth(elementwise::COSINE),
        Op::Erf => smooth(elementwise::ERF),
        Op::Exponential => smooth(elementwise::EXPONENTIAL),
        Op::ExponentialMinusOne => smooth(elementwise::EXPONENTIAL_MINUS_ONE),
        Op::Log => smooth(elementwise::LOG),
        Op::LogPlusOne => smooth(elementwise::LOG_PLUS_ONE),
        Op::Logistic => smooth(elementwise::LOGISTIC),
        Op::Negate => smooth(elementwise::NEGATE),
        Op::Rsqrt => smooth(elementwise::RSQRT),
        Op::Sine => smooth(elementwise::SINE),
        Op::Sqrt => smooth(elementwise::SQRT),
        Op::Tan => smooth(elementwise::TAN),
        Op::Tanh => smooth(elementwise::TANH),

        Op::Add => smooth(elementwise::ADD),
        Op::Atan2 => smooth(elementwise::ATAN2),
        Op::Divide => smooth(elementwise::DIVIDE),
        Op::Maximum | Op::Minimum => smooth(elementwise::EXTREMUM),
        Op::Multiply => smooth(elementwise::MULTIPLY),
        Op::Power => smooth(elementwise::POWER),
        Op::Remainder => smooth(elementwise::REMAINDER),
        Op::Subtract => smooth(elementwise::SUBTRACT),
        Op::Clamp => smooth(elementwise::CLAMP),
        Op::Select => with(Linear(elementwise::vjp_select), Batching::Elementwise),
        Op::Convert { .. } => with(Linear(elementwise::vjp_convert), Batching::Elementwise),

        Op::BroadcastInDim { .. } => {
            with(Linear(movement::vjp_broadcast_in_dim), Batch(movement::batch_broadcast_in_dim))
        }
        Op::Concatenate { .. } => with(Linear(movement::vjp_concatenate), Batch(movement::batch_concatenate)),
        Op::Pad(_) => with(Linear(movement::vjp_pad), Batch(movement::batch_pad)),
        Op::Reshape { .. } => with(Linear(movement::vjp_reshape), Batch(movement::batch_reshape)),
        Op::Reverse { .. } => with(Linear(movement::vjp_reverse), Batch(movement::batch_reverse)),
        Op::Slice { .. } => with(Linear(movement::vjp_slice), Batch(movement::batch_slice)),
        Op::Transpose { .. } => with(Linear(movement::vjp_transpose), Batch(movement::batch_transpose)),

        Op::DotGeneral(_) => with(Multilinear(contraction::vjp_dot), Batch(contraction::batch_dot)),
        Op::Gather(_) => with(Linear(indexing::vjp_gather), Batch(indexing::batch_gather)),
        Op::Reduce { .. } => with(
            Custom { forward: reduction::jvp_reduce, reverse: reduction::vjp_reduce },
            Batch(reduction::batch_reduce),
        ),

        // Bits mean nothing that a derivative could be of.
        Op::BitcastConvert { .. } => with(Zero, Batch(opaque::batch_leading)),
        Op::DynamicSlice { .. } => {
            with(Linear(dynamic::vjp_dynamic_slice), Batch(dynamic::batch_dynamic_slice))
        }
        Op::DynamicUpdateSlice => {
            with(Linear(dynamic::vjp_dynamic_update_slice), Batch(dynamic::batch_dynamic_update_slice))
        }
        Op::Scatter { .. } => with(
            Custom { forward: scatter::jvp_scatter, reverse: scatter::vjp_scatter },
            Batch(scatter::batch_scatter),
        ),
        Op::Sort { .. } => with(
            Custom { forward: ordering::jvp_sort, reverse: ordering::vjp_sort },
            Batch(ordering::batch_sort),
        ),
        Op::TopK { .. } => with(
            Custom { forward: ordering::jvp_top_k, reverse: ordering::vjp_top_k },
            Batch(opaque::batch_leading),
        ),
        Op::ReduceWindow { .. } => with(
            Custom { forward: window::jvp_reduce_window, reverse: window::vjp_reduce_window },
            Batch(window::batch_reduce_window),
        ),
        Op::Convolution(_) => {
            with(Multilinear(convolution::vjp_convolution), Batch(convolution::batch_convolution))
        }
        Op::Fft { .. } => with(Linear(spectral::vjp_fft), Batch(opaque::batch_leading)),
        Op::Cholesky { .. } => with(
            Custom { forward: linear_algebra::jvp_cholesky, reverse: linear_algebra::vjp_cholesky },
            Batch(opaque::batch_leading),
        ),
        Op::TriangularSolve(_) => with(
            Custom {
                forward: linear_algebra::jvp_triangular_solve,
                reverse: linear_algebra::vjp_triangular_solve,
            },
            Batch(opaque::batch_leading),
        ),
        Op::Call { .. } => with(
            structured(control::jvp_call, control::save_call, control::vjp_call),
            Batch(control::batch_call),
        ),
        Op::Case { .. } => with(
            structured(control::jvp_case, control::save_case, control::vjp_case),
            Batch(control::batch_case),
        ),
        Op::While { .. } => with(
            structured(control::jvp_while, control::save_while, control::vjp_while),
            Batch(control::batch_while),
        ),
        Op::Scan(_) => with(
            structured(control::jvp_scan, control::save_scan, control::vjp_scan),
            Batch(control::batch_scan),
        ),

        // It prints what it gets, in the same order of the program, and nothing comes of it.
        Op::CustomCall(call) if &*call.target == DEBUG_PRINT => with(Zero, Batch(opaque::batch_print)),
        Op::CustomCall(_) => with(Refused(opaque::no_derivative), Batching::Refused(opaque::no_batching)),
        Op::ShardingConstraint(_) => {
            with(Linear(sharding::vjp_constraint), Batch(sharding::batch_constraint))
        }
        Op::Collective(collective) => match collective.transposed() {
            Some(_) => with(Linear(sharding::vjp_collective), Batch(sharding::batch_collective)),
            None => with(Refused(sharding::no_derivative), Batch(sharding::batch_collective)),
        },
        Op::AxisIndex { .. } => flat(),
        Op::ShardMap(_) => with(
            structured(control::jvp_shard_map, control::save_shard_map, control::vjp_shard_map),
            Batch(control::batch_shard_map),
        ),
        Op::OptimizationBarrier => with(Linear(opaque::vjp_barrier), Batch(opaque::batch_barrier)),
    }
}

fn structured(forward: StructuredForward, save: Save, reverse: Reverse) -> Derivative {
    Derivative::Structured(Structured { forward, save, reverse })
}

/// An elementwise operation with these partial derivatives.
fn smooth(partials: &'static [Partial]) -> Rule {
    Rule { derivative: Derivative::Elementwise(partials), batching: Batching::Elementwise }
}

/// An elementwise operation that changes only in jumps, or not with its operands' values.
fn flat() -> Rule {
    Rule { derivative: Derivative::Zero, batching: Batching::Elementwise }
}
