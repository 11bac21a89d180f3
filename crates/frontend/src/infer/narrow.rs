//! Narrow element types that XLA has but cannot compute everything in (checked with the pinned build, 2026-11, by
//! `crates/bering/tests/dtypes.rs`).

use crate::error::{Result, error};
use crate::{DType, Op, Spec};

/// The wider type in which an operation on this one must be computed, if it must.
pub(crate) fn computes_in(op: &Op, dtype: DType) -> Option<DType> {
    let expanded = matches!(
        op,
        Op::Acos | Op::Acosh | Op::Asin | Op::Asinh | Op::Atan | Op::Atanh | Op::Cosh | Op::Sinh
    ) || matches!(op, Op::Erf | Op::Erfc | Op::ErfInv)
        || matches!(op, Op::Digamma | Op::Lgamma | Op::Polygamma);
    if expanded && dtype.is_float() && dtype.bits() <= 8 {
        return Some(DType::F32);
    }
    // The CPU counts the bits of the byte that holds the number, sign bits included.
    let counted = matches!(op, Op::Popcnt) && matches!(dtype, DType::I2 | DType::I4);
    counted.then_some(DType::U8)
}

/// Refuses what must be computed in a wider type.
pub(super) fn check(op: &Op, operands: &[&Spec]) -> Result<()> {
    let Some(first) = operands.first() else { return Ok(()) };
    let name = op.name();
    if let Some(wide) = computes_in(op, first.dtype) {
        return Err(error!(DType, "{name}: does not compute in {}, got {first}", first.dtype)
            .hint(format!("convert the operand to {wide} first")));
    }
    let contracts = matches!(op, Op::DotGeneral(_) | Op::Convolution(_));
    if contracts && (first.dtype.bits() < 4 && first.dtype != DType::Bool) {
        return Err(error!(DType, "{name}: takes no operands under 4 bits, got {first}")
            .hint("convert the operands to a wider type first"));
    }
    if operands.iter().any(|spec| spec.dtype == DType::F8E8M0Fnu) && !moves(op) {
        return Err(error!(DType, "{name}: f8e8m0fnu is a scale and not computed with, got {first}")
            .hint("convert the operand to a floating-point type first"));
    }
    Ok(())
}

/// Operations that take elements as they are.
fn moves(op: &Op) -> bool {
    matches!(op, Op::BroadcastInDim { .. } | Op::Concatenate { .. } | Op::Pad(_) | Op::Reshape { .. })
        || matches!(op, Op::Reverse { .. } | Op::Slice { .. } | Op::Transpose { .. } | Op::Gather(_))
        || matches!(op, Op::DynamicSlice { .. } | Op::DynamicUpdateSlice | Op::Scatter { combine: None, .. })
        || matches!(op, Op::Select | Op::Convert { .. } | Op::BitcastConvert { .. } | Op::StopGradient)
        || matches!(op, Op::OptimizationBarrier | Op::CustomCall(_) | Op::Call { .. } | Op::Case { .. })
        || matches!(op, Op::While { .. } | Op::Scan(_) | Op::Element { .. } | Op::ShardMap(_))
        || matches!(op, Op::ShardingConstraint(_))
}
