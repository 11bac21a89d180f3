//! Windows, linear algebra and random numbers.

use crate::{check, f32, i32};
use bering_frontend::*;

#[test]
fn windows_state_what_fits() {
    let images = [f32([1, 3, 8, 8]), f32([4, 2, 3, 3])];
    check(
        &images,
        |_, x| x[0].conv(&x[1], &Conv::new()),
        "conv",
        "convolution: 1 groups of 2 input features (rhs f32[4, 2, 3, 3]) are not the 3 of lhs f32[1, 3, 8, 8] (@)",
    );
    check(
        &images,
        |_, x| x[0].conv(&x[1].sum(1), &Conv::new()),
        "conv",
        "convolution: operands must have one rank of at least 2, got lhs f32[1, 3, 8, 8] and rhs f32[4, 3, 3] (@)",
    );
    check(
        &images,
        |_, x| x[0].conv(&x[0], &Conv::new().strides([2])),
        "conv",
        "convolution: strides, padding and dilations must have one entry for each of 2 spatial axes, got [1, 2, 2, 2] (@)",
    );
    check(
        &images,
        |_, x| x[0].conv(&x[0], &Conv::new().strides([2, 0])),
        "conv",
        "convolution: spatial axis 1 of lhs f32[1, 3, 8, 8] and rhs f32[1, 3, 8, 8]: window size 8, stride 0 and \
         dilations 1 and 1 must be at least 1 (@)",
    );
    check(
        &images,
        |_, x| x[0].conv(&x[1], &Conv::new().layout("NHWC", "HWIO", "NHCC")),
        "conv",
        "convolution: layouts `NHWC`, `HWIO`, `NHCC` do not name the axes of rank 4 one by one (@)\n\
         hint: for example `NHWC`, `HWIO`, `NHWC`",
    );
    check(
        &images,
        |_, x| x[0].max_pool([2, 3], &Pool::new([2])),
        "max_pool",
        "max_pool: 2 axes need as many sizes, strides and dilations, got [1, 1, 1] (@)",
    );
    check(
        &images,
        |_, x| x[0].sum_pool([2, 3], &Pool::new([0, 2])),
        "sum_pool",
        "reduce_window: axis 2 of f32[1, 3, 8, 8]: window size 0, stride 0 and dilations 1 and 1 must be at least 1 (@)",
    );
    check(
        &[i32([4])],
        |_, x| x[0].cumlogsumexp(0),
        "cumlogsumexp",
        "cumlogsumexp: takes floating-point operands, got i32[4] (@)",
    );
    check(
        &[Spec::new(DType::C64, [4])],
        |_, x| x[0].cummax(0),
        "cummax",
        "cummax: does not take c64[4] (@)\nhint: convert the operand to integers or floating-point numbers first",
    );
    check(
        &[f32([4])],
        |_, x| Tensor::reduce_by(&[&x[0]], &[&x[0].sum(0)], 0, |l, r| l[0].lt(&r[0])),
        "Tensor::reduce_by",
        "reduce: body `reducer` does not combine two elements of f32[4] into one of each (@)",
    );
}

#[test]
fn linear_algebra_states_what_fits() {
    check(
        &[f32([2, 3])],
        |_, x| x[0].cholesky(),
        "cholesky",
        "cholesky: takes square matrices, got f32[2, 3] (@)",
    );
    check(
        &[Spec::new(DType::Bf16, [3, 3])],
        |_, x| x[0].cholesky(),
        "cholesky",
        "cholesky: takes f32, f64 or complex operands, got bf16[3, 3] (@)\n\
         hint: convert to f32; halves are too coarse for a factorisation",
    );
    check(
        &[f32([3, 3]), f32([4, 2])],
        |_, x| x[0].solve_triangular(&x[1], true),
        "solve_triangular",
        "triangular_solve: b does not fit a on the left, got a f32[3, 3] and b f32[4, 2] (@)",
    );
    check(&[i32([4])], |_, x| x[0].fft(0), "fft", "fft: Fft takes complex operands, got i32[4] (@)");
    check(&[f32([4])], |_, x| x[0].rfft(&[] as &[usize]), "rfft", "rfft: takes at least one axis (@)");
}

#[test]
fn random_draws_state_their_domain() {
    use bering_frontend::random::Key;
    check(
        &[i32([2])],
        |_, x| Key::wrap(&x[0]).bits(DType::U32, [2]),
        "Key::wrap",
        "key: takes u32[2], got i32[2] (@)",
    );
    check(
        &[],
        |_, _| Key::new(0).bits(DType::I32, [2]),
        "bits",
        "bits: takes u8, u16, u32 or u64, got i32 (@)",
    );
    check(
        &[],
        |_, _| Key::new(0).uniform(DType::I32, [2]),
        "uniform",
        "uniform: takes f16, bf16, f32 or f64, got i32 (@)",
    );
    check(
        &[],
        |_, _| Key::new(0).normal(DType::F8E5M2, [2]),
        "normal",
        "normal: takes f16, bf16, f32 or f64, got f8e5m2 (@)",
    );
    check(
        &[],
        |_, _| Key::new(0).truncated_normal(2.0, -2.0, DType::F32, [2]),
        "truncated_normal",
        "truncated_normal: 2 is not less than -2 (@)",
    );
    check(
        &[],
        |_, _| Key::new(0).randint(0..3, DType::F32, [2]),
        "randint",
        "randint: takes integers of 8 to 64 bits, got f32 (@)",
    );
    check(
        &[f32([2])],
        |_, x| Key::new(0).fold_in(&x[0]).bits(DType::U8, []),
        "fold_in",
        "fold_in: takes an integer scalar, got f32[2] (@)",
    );
    check(
        &[i32([2, 3])],
        |_, x| Key::new(0).categorical(&x[0], -1),
        "categorical",
        "categorical: takes f16, bf16, f32 or f64, got i32 (@)",
    );
    check(
        &[f32([2, 3])],
        |_, x| Key::new(0).shuffle(&x[0], 2),
        "shuffle",
        "shuffle: axis 2 is out of range for f32[2, 3] (@)",
    );
    check(
        &[f32([2])],
        |_, x| Key::new(0).bernoulli(&x[0], [3]),
        "bernoulli",
        "compare: shapes do not broadcast, axis -1 is 3 in lhs f32[3] and 2 in rhs f32[2] (@)",
    );
}
