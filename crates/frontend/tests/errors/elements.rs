//! Element by element: dtypes, domains and shapes that do not broadcast.

use crate::{check, f32, i32};
use bering_frontend::*;

#[test]
fn shapes_that_do_not_broadcast() {
    check(
        &[f32([2, 3]), f32([4])],
        |_, x| &x[0] + &x[1],
        "&x[0] + &x[1]",
        "add: shapes do not broadcast, axis -1 is 3 in lhs f32[2, 3] and 4 in rhs f32[4] (@)",
    );
    check(
        &[f32([2, 3]), f32([3, 3])],
        |_, x| x[0].maximum(&x[1]),
        "maximum",
        "maximum: shapes do not broadcast, axis -2 is 2 in lhs f32[2, 3] and 3 in rhs f32[3, 3] (@)",
    );
    check(
        &[f32([2]), f32([3])],
        |_, x| x[0].gt(0).select(&x[1], 0.0),
        "select",
        "select: shapes do not broadcast, axis -1 is 2 in lhs bool[2] and 3 in rhs f32[3] (@)",
    );
    check(
        &[f32([2])],
        |_, x| x[0].broadcast_to([2, 3]),
        "broadcast_to",
        "broadcast_to: f32[2] does not stretch to [2, 3] (@)",
    );
}

#[test]
fn dtypes_are_never_promoted() {
    check(
        &[f32([2]), i32([2])],
        |_, x| &x[0] * &x[1],
        "&x[0] * &x[1]",
        "multiply: operands must have one dtype, got lhs f32[2] and rhs i32[2] (@)\n\
         hint: convert one of them; dtypes are never promoted implicitly",
    );
    check(
        &[f32([2, 3]), Spec::new(DType::Bf16, [3, 4])],
        |_, x| x[0].matmul(&x[1]),
        "matmul",
        "dot: operands must have one dtype, got lhs f32[2, 3] and rhs bf16[3, 4] (@)\n\
         hint: convert one of them; dtypes are never promoted implicitly",
    );
    check(
        &[i32([2])],
        |_, x| &x[0] * 0.5,
        "&x[0] * 0.5",
        "scalar `0.5` is no value of i32 (@)\nhint: convert the tensor to a type that holds it first",
    );
    check(
        &[Spec::new(DType::U8, [2])],
        |_, x| &x[0] + 256,
        "&x[0] + 256",
        "scalar `256` is no value of u8 (@)\nhint: convert the tensor to a type that holds it first",
    );
}

#[test]
fn operations_state_the_dtypes_they_take() {
    check(
        &[i32([2])],
        |_, x| x[0].exp(),
        "exp",
        "exponential: takes floating-point or complex operands, got i32[2] (@)\n\
         hint: convert the operand to a floating-point type first",
    );
    check(
        &[f32([2])],
        |_, x| &x[0] & &x[0],
        "&x[0] & &x[0]",
        "and: takes integer or bool operands, got f32[2] (@)",
    );
    check(
        &[i32([2, 3])],
        |_, x| x[0].mean(-1),
        "mean",
        "mean: takes floating-point or complex operands, got i32[2, 3] (@)\n\
         hint: convert the operand to such a type first",
    );
    check(
        &[f32([3])],
        |_, x| x[0].any(..),
        "any",
        "any: takes bool operands, got f32[3] (@)\nhint: convert the operand to such a type first",
    );
    check(
        &[i32([2])],
        |_, x| x[0].gelu(),
        "gelu",
        "gelu: takes floating-point operands, got i32[2] (@)\n\
         hint: convert the operand to a floating-point type first",
    );
    check(
        &[Spec::new(DType::C64, [2])],
        |_, x| x[0].lt(&x[0]),
        "lt",
        "compare: complex numbers have no order, got c64[2] (@)",
    );
    check(
        &[Spec::new(DType::C64, [2])],
        |_, x| x[0].convert(DType::F32),
        "convert",
        "convert: c64[2] would lose its imaginary part in f32 (@)",
    );
    check(
        &[f32([2])],
        |_, x| x[0].select(&x[0], 0.0),
        "select",
        "select: the predicate must be bool, got f32[2] (@)\n\
         hint: compare it with something, for example `x.ne(0)`",
    );
    check(
        &[Spec::new(DType::Bool, [2])],
        |_, x| x[0].select(1.0, 0.0),
        "select",
        "select: one side must be a tensor, to say the dtype (@)\nhint: use `Tensor::full` for one of them",
    );
}

#[test]
fn elements_state_what_they_take() {
    check(
        &[Spec::new(DType::F16, [2])],
        |_, x| x[0].complex(0),
        "complex",
        "complex: takes f32 or f64 operands, got f16[2] (@)",
    );
    check(
        &[f32([2, 3])],
        |_, x| x[0].bitcast(DType::C64),
        "bitcast",
        "bitcast_convert: the bits of f32[2, 3] are none of c64 (@)",
    );
    check(
        &[f32([2, 3])],
        |_, x| x[0].bitcast(DType::F64),
        "bitcast",
        "bitcast_convert: f64 takes a last axis of 2 elements, got f32[2, 3] (@)",
    );
    check(
        &[f32([2])],
        |_, x| x[0].reduce_precision(0, 3),
        "reduce_precision",
        "reduce_precision: takes 1 to 11 exponent bits and at most 52 mantissa bits, got 0 and 3 (@)",
    );
    check(
        &[f32([2, 4])],
        |_, x| x[0].pad_with(PadMode::Reflect, &[(0, 0), (4, 0)]),
        "pad_with",
        "pad: Reflect finds at most 3 elements in axis 1 of f32[2, 4], got (4, 0) (@)",
    );
    check(
        &[f32([2])],
        |_, x| x[0].one_hot(3, DType::F32),
        "one_hot",
        "one_hot: takes integer operands, got f32[2] (@)",
    );
    check(
        &[],
        |_, _| Tensor::arange_step(DType::I32, 0, 3, 0),
        "Tensor::arange_step",
        "arange: the step must not be 0 (@)",
    );
}
