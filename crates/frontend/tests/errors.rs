//! Wrong programs: the exact message of each, and that its location is the expression that is wrong.

use bering_frontend::nn::{self, Linear, Module};
use bering_frontend::*;
use std::cell::RefCell;

/// Traces `function` and compares the whole error; in it `@` stands for the location, which must be where `at` begins.
#[track_caller]
fn check<O: Tree>(specs: &[Spec], function: impl FnOnce(&Params, &[Tensor]) -> O, at: &str, expect: &str) {
    let error = trace("wrong", specs, function).expect_err("the program is wrong");
    let location = error.location().expect("a mistake has a location");
    assert_eq!(location.file(), file!(), "{error}");
    let line = include_str!("errors.rs").lines().nth(location.line() as usize - 1).unwrap();
    let text: String = line.chars().skip(location.column() as usize - 1).collect();
    assert!(text.starts_with(at), "the error points at `{text}`, not at `{at}`\n{error}");
    assert_eq!(error.to_string().replace(&location.to_string(), "@"), expect);
}

fn f32<const N: usize>(dims: [usize; N]) -> Spec {
    Spec::new(DType::F32, dims)
}

fn i32<const N: usize>(dims: [usize; N]) -> Spec {
    Spec::new(DType::I32, dims)
}

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
fn contractions_name_both_axes() {
    check(
        &[f32([2, 384]), f32([512, 64])],
        |_, x| x[0].matmul(&x[1]),
        "matmul",
        "dot: contracted axes must have one size, got 384 (axis 1) in lhs f32[2, 384] and 512 (axis 0) in rhs \
         f32[512, 64] (@)",
    );
    check(
        &[f32([2, 4, 3]), f32([5, 3, 4])],
        |_, x| x[0].matmul(&x[1]),
        "matmul",
        "matmul: leading axes do not broadcast, got lhs f32[2, 4, 3] and rhs f32[5, 3, 4] (@)",
    );
    check(
        &[f32([]), f32([3])],
        |_, x| x[0].matmul(&x[1]),
        "matmul",
        "matmul: takes no scalars, got lhs f32[] and rhs f32[3] (@)\nhint: multiply with `*`",
    );
    check(
        &[f32([2, 3]), f32([2, 3])],
        |_, x| x[0].dot_general(&x[1], ([1], [1]), ([0, 1], [0, 1])),
        "dot_general",
        "dot: lhs axis 1 is given twice in [0, 1, 1] (@)",
    );
    check(
        &[f32([2, 3]), f32([3, 2])],
        |_, x| x[0].matmul_as(&x[1], DType::F16),
        "matmul_as",
        "dot: operands of f32 cannot accumulate in f16 (@)",
    );
    check(
        &[f32([8, 100])],
        |params, x| Linear::new(&params.at("dense"), 384, 384).forward(&x[0]),
        "forward",
        "dot: contracted axes must have one size, got 100 (axis 1) in lhs f32[8, 100] and 384 (axis 1) in rhs \
         f32[384, 384] (@)",
    );
}

#[test]
fn axes_must_exist_once() {
    check(&[f32([2, 3])], |_, x| x[0].sum(2), "sum", "sum: axis 2 is out of range for f32[2, 3] (@)");
    check(
        &[f32([2, 3])],
        |_, x| x[0].softmax(-3),
        "softmax",
        "softmax: axis -3 is out of range for f32[2, 3] (@)",
    );
    check(&[f32([2, 3])], |_, x| x[0].max([0, -2]), "max", "max: axis -2 is given twice in [0, -2] (@)");
    check(
        &[f32([2, 3])],
        |_, x| x[0].transpose([0]),
        "transpose",
        "transpose: [0] is no permutation of the axes of f32[2, 3] (@)",
    );
    check(
        &[f32([2, 3])],
        |_, x| x[0].expand_dims(4),
        "expand_dims",
        "expand_dims: axis 4 is out of range for a result of rank 3 (@)",
    );
    check(
        &[f32([])],
        |_, x| x[0].reshape([x[0].dim(0)]),
        "dim(0)",
        "dim: axis 0 is out of range for f32[] (@)",
    );
}

#[test]
fn movement_states_its_limits() {
    check(
        &[f32([2, 3])],
        |_, x| x[0].reshape([4, 2]),
        "reshape",
        "reshape: f32[2, 3] has 6 elements, [4, 2] takes 8 (@)",
    );
    check(
        &[f32([2, 3])],
        |_, x| x[0].squeeze(1),
        "squeeze",
        "squeeze: axis 1 of f32[2, 3] does not have size 1 (@)",
    );
    check(
        &[f32([2, 8])],
        |_, x| x[0].slice(1, 5..9),
        "slice",
        "slice: 5..9 by 1 is not within axis 1 of f32[2, 8] (@)",
    );
    check(
        &[f32([2, 8])],
        |_, x| x[0].select_at(1, -9),
        "select_at",
        "select_at: position -9 is out of range for axis 1 of f32[2, 8] (@)",
    );
    check(
        &[f32([2, 8])],
        |_, x| x[0].split(1, &[3, 4]),
        "split",
        "split: sizes [3, 4] add up to 7, axis 1 of f32[2, 8] does not (@)",
    );
    check(
        &[f32([2, 3]), f32([3, 3])],
        |_, x| Tensor::concatenate(&[&x[0], &x[1]], 1),
        "Tensor::concatenate",
        "concatenate: operands may differ only along axis 1, got f32[2, 3] and operand 1 f32[3, 3] (@)",
    );
    check(
        &[],
        |_, _| Tensor::concatenate(&[], 0),
        "Tensor::concatenate",
        "concatenate: takes at least one tensor (@)",
    );
    check(
        &[f32([3]), f32([4])],
        |_, x| Tensor::stack(&[&x[0], &x[1]], 0),
        "Tensor::stack",
        "stack: tensors must have one type, got f32[3] and f32[4] (@)",
    );
    check(
        &[f32([2])],
        |_, x| x[0].pad(0.0, &[(0, -3)]),
        "pad",
        "pad: axis 0 of f32[2] with low 0, high -3 and interior 0 would have size -1 (@)",
    );
    check(
        &[f32([2])],
        |_, x| x[0].broadcast_to([usize::MAX, 2]),
        "broadcast_to",
        &format!("broadcast_in_dim: f32[{}, 2] is larger than the address space (@)", usize::MAX),
    );
}

#[test]
fn indexing_and_creation() {
    check(
        &[f32([5, 3]), f32([2])],
        |_, x| x[0].take(&x[1], 0),
        "take",
        "gather: indices must be integers, got f32[2] (@)",
    );
    check(
        &[f32([0, 3]), i32([2])],
        |_, x| x[0].take(&x[1], 0),
        "take",
        "take: axis 0 of f32[0, 3] has nothing to take for i32[2] (@)",
    );
    check(
        &[],
        |_, _| Tensor::constant(&[1.0f32, 2.0], [3]),
        "Tensor::constant",
        "constant: f32[3] takes 12 bytes, got 8 (@)",
    );
    check(
        &[],
        |_, _| Tensor::iota(DType::Bool, [3], 0),
        "Tensor::iota",
        "iota: takes integer, floating-point or complex operands, got bool[3] (@)\n\
         hint: convert the operand to a floating-point type first",
    );
    check(&[f32([3])], |_, x| x[0].tril(0), "tril", "tril: takes at least 2 axes, got f32[3] (@)");
    check(
        &[i32([3])],
        |_, x| nn::padding_mask(&x[0], DType::F32),
        "nn::padding_mask",
        "sizes: expected 2 axes, got i32[3] (@)",
    );
}

#[test]
fn positions_on_the_device() {
    check(
        &[f32([5, 3]), f32([])],
        |_, x| x[0].dynamic_slice(&[&x[1], &x[1]], &[1, 1]),
        "dynamic_slice",
        "dynamic_slice: starts must be integer scalars, got f32[] (@)",
    );
    check(
        &[f32([5, 3]), i32([])],
        |_, x| x[0].dynamic_slice_in(1, &x[1], 4),
        "dynamic_slice_in",
        "dynamic_slice: a slice of size 4 does not fit axis 1 of f32[5, 3] (@)",
    );
    check(
        &[f32([5, 3]), i32([])],
        |_, x| x[0].dynamic_update_slice(&x[0], &[&x[1]]),
        "dynamic_update_slice",
        "dynamic_update_slice: f32[5, 3] needs 2 starts, got 1 (@)",
    );
    check(
        &[f32([5, 3]), f32([2, 4])],
        |_, x| x[0].dynamic_update_slice_in(0, &x[1], 0),
        "dynamic_update_slice_in",
        "dynamic_update_slice: a slice of size 4 does not fit axis 1 of f32[5, 3] (@)",
    );
    check(
        &[f32([5, 3]), i32([2, 2])],
        |_, x| x[0].take_along_axis(&x[1], 1),
        "take_along_axis",
        "take_along_axis: indices may differ only along axis 1, got f32[5, 3] and indices i32[2, 2] (@)",
    );
    check(
        &[f32([5, 3]), i32([4]), f32([3])],
        |_, x| {
            let dims = ScatterDims {
                scatter_dims_to_operand_dims: vec![0],
                index_vector_dim: 1,
                ..Default::default()
            };
            x[0].scatter(&x[1], &x[2], dims, Some(Reducer::Add))
        },
        "scatter",
        "scatter: update_window_dims [] must be 2 ascending axes of f32[3] (@)",
    );
}

#[test]
fn indices_state_their_limits() {
    check(
        &[f32([5, 3])],
        |_, x| x[0].at((1, 2, 0)).get(),
        "get()",
        "at: 3 indices with 0 ellipses do not fit the axes of f32[5, 3] (@)",
    );
    check(
        &[f32([5, 3])],
        |_, x| x[0].at((.., 3)).get(),
        "get()",
        "at: position 3 is out of range for axis 1 of f32[5, 3] (@)",
    );
    check(
        &[f32([5, 3])],
        |_, x| x[0].at(2..7).add(1.0),
        "add(1.0)",
        "at: 2..7 by 1 is not within axis 0 of f32[5, 3] (@)",
    );
    check(
        &[f32([5, 3])],
        |_, x| x[0].at(Index::stepped(.., 0)).get(),
        "get()",
        "at: .. by 0 is not within axis 0 of f32[5, 3] (@)",
    );
    check(
        &[f32([5, 3])],
        |_, x| x[0].at(x[0].gt(0)).get(),
        "get()",
        "at: positions must be integers, got bool[5, 3] (@)\nhint: choose by a `bool` tensor with `select`",
    );
    check(
        &[f32([5, 3]), i32([2]), i32([4])],
        |_, x| x[0].at((&x[1], &x[2])).get(),
        "get()",
        "at: shapes do not broadcast, axis -1 is 2 in lhs i32[2] and 4 in rhs i32[4] (@)",
    );
    check(
        &[f32([5, 3]), i32([2]), f32([4])],
        |_, x| x[0].at(&x[1]).set(&x[2]),
        "set(",
        "at: the value f32[4] does not broadcast to the elements' f32[2, 3] (@)",
    );
    check(
        &[f32([5, 3]), i32([2]), Spec::new(DType::F64, [3])],
        |_, x| x[0].at(&x[1]).max(&x[2]),
        "max(",
        "scatter: operand and updates must have one dtype, got f32[5, 3] and f64[2, 3] (@)\n\
         hint: convert one of them; dtypes are never promoted implicitly",
    );
    check(
        &[f32([0, 3]), i32([2])],
        |_, x| x[0].at(&x[1]).get(),
        "get()",
        "at: axis 0 of f32[0, 3] has nothing to take for i32[2] (@)",
    );
}

#[test]
fn orders_state_what_they_take() {
    check(&[f32([])], |_, x| x[0].sort(0), "sort", "sort: axis 0 is out of range for f32[] (@)");
    check(
        &[f32([3])],
        |_, x| x[0].top_k(4).0,
        "top_k",
        "top_k: 4 is more than the last axis of f32[3] has (@)",
    );
    check(
        &[f32([3]), f32([4])],
        |_, x| Tensor::sort_by(&[&x[0], &x[1]], 0, |x| x[0].lt(&x[1])),
        "Tensor::sort_by",
        "sort: operands must have one shape, got f32[3] and f32[4] (@)",
    );
    check(
        &[f32([3])],
        |_, x| Tensor::sort_by(&[&x[0]], 0, |x| &x[0] - &x[1]),
        "Tensor::sort_by",
        "sort: comparator `comparator` does not order two elements of f32[3] (@)",
    );
    check(
        &[f32([3])],
        |_, x| Tensor::sort_by(&[&x[0]], 0, |x| x[0].any(..)),
        "any",
        "any: takes bool operands, got f32[] (@)\nhint: convert the operand to such a type first",
    );
    check(
        &[f32([3]), f32([])],
        |_, x| Tensor::sort_by(&[&x[0]], 0, |pair| pair[0].lt(&pair[1] + &x[1])),
        "Tensor::sort_by",
        "sort: the comparator uses a tensor of the program around it, f32[] (@)\n\
         hint: a constant is fine; anything else must be an operand",
    );
    check(
        &[f32([2, 3])],
        |_, x| x[0].search_sorted(&x[0]),
        "search_sorted",
        "search_sorted: takes a vector, got f32[2, 3] (@)",
    );
}

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

#[test]
fn arguments_and_parameters_no_machine_can_hold() {
    let large = || Spec::new(DType::F64, [usize::MAX, 2]);
    let expect = format!("input: f64[{}, 2] is larger than the address space (@)", usize::MAX);
    let error = trace("wrong", &[large()], |_, x| &x[0] + 1.0).unwrap_err();
    assert_eq!(format!("{} (@)", error.message()), expect);
    check(&[], |params, _| params.get("weight", DType::F64, [usize::MAX, 2]).sum(..), "get(", &expect);
    check(
        &[],
        |_, _| Tensor::zeros(DType::F32, [usize::MAX / 4, 0, 8]),
        "Tensor::zeros",
        &format!("broadcast_in_dim: f32[{}, 0, 8] is larger than the address space (@)", usize::MAX / 4),
    );
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

#[test]
fn one_parameter_has_one_type() {
    check(
        &[],
        |params, _| {
            let weight = params.at("encoder").get("weight", DType::F32, [2, 3]);
            let again = params.get("encoder.weight", DType::F32, [3, 2]);
            weight.matmul(&again)
        },
        "get(",
        "parameter `encoder.weight` was asked for as f32[2, 3] and is now asked for as f32[3, 2] (@)",
    );
}

#[test]
fn only_the_first_mistake_is_told() {
    check(
        &[f32([2, 3]), f32([4, 3])],
        |_, x| {
            let wrong = &x[0] - &x[1];
            (wrong.exp() + &x[1]).matmul(&x[0]).sum(7).reshape([1, 2, 3])
        },
        "&x[0] - &x[1]",
        "subtract: shapes do not broadcast, axis -2 is 2 in lhs f32[2, 3] and 4 in rhs f32[4, 3] (@)",
    );
}

#[test]
fn a_panic_after_a_mistake_is_its_consequence() {
    check(
        &[f32([2, 3])],
        |_, x| {
            let columns = x[0].sum([0, 5]);
            columns.reshape([columns.dims()[7]])
        },
        "sum",
        "sum: axis 5 is out of range for f32[2, 3] (@)",
    );
    let own = std::panic::catch_unwind(|| trace("own", &[], |_, _| -> Tensor { panic!("the user's") }));
    assert!(own.is_err(), "a panic that no mistake caused is passed on");
}

#[test]
fn tensors_of_two_traces_do_not_mix() {
    let outer = RefCell::new(None);
    trace("first", &[f32([2])], |_, x| {
        *outer.borrow_mut() = Some(x[0].clone());
        x[0].exp()
    })
    .unwrap();
    let leaked = outer.into_inner().unwrap();
    assert_eq!(leaked.dims(), [2]);
    // Without a trace to tell it to, a mistake has no effect; it must not panic either.
    let _ = (&leaked + &leaked).matmul(&leaked).reshape([7]) + 2.0;
    let hint = "hint: pass tensors as arguments of the traced function; they mean nothing outside of it";
    let mixed = |expect: &str| format!("{expect}\n{hint}");
    check(
        &[f32([2])],
        |_, x| &x[0] + &leaked,
        "&x[0] + &leaked",
        &mixed("add: operands belong to different traces: `wrong` and `first`, which has ended (@)"),
    );
    check(
        &[f32([2])],
        |_, x| (leaked.matmul(&x[0]), x[0].clone()),
        "matmul",
        &mixed("dot_general: operands belong to different traces: `first`, which has ended and `wrong` (@)"),
    );
    let outside = Tensor::arange(DType::F32, 2);
    check(
        &[f32([2])],
        |_, x| x[0].maximum(&outside),
        "maximum",
        &mixed("maximum: operands belong to different traces: `wrong` and no trace (@)"),
    );
    let returned = trace("returned", &[], |_, _| leaked.clone()).unwrap_err();
    assert_eq!(
        returned.message(),
        "output: operands belong to different traces: `returned` and `first`, which has ended"
    );
}

#[test]
fn nested_traces_are_apart() {
    let mut inner = None;
    let outer = trace("outer", &[f32([2])], |_, x| {
        inner = Some(trace("inner", &[f32([3])], |_, y| &y[0] + &x[0]));
        Tensor::arange(DType::F32, 2) + &x[0]
    });
    let message = inner.unwrap().unwrap_err().message().to_string();
    assert_eq!(message, "add: operands belong to different traces: `inner` and `outer`");
    assert_eq!(outer.unwrap_err().message(), message);
}

/// Methods of one tensor and one number, which serves as axis, offset, amount or scalar.
const METHODS: &[fn(&Tensor, i64) -> Tensor] = &[
    |x, _| x.exp() + x.erf(),
    |x, n| x.named("a b").sum("a").rename(n, "c").contract(x, n),
    |x, n| x.merge([n, 0], "m").unflatten("m", shape![p = n as usize, q = 2]).unnamed(),
    |x, _| einsum("ij,jk,...->k...", &[x, x, x]) + einsum("i i ..., ... -> ...", &[x, x]),
    |x, n| random::Key::wrap(x).fold_in(n).uniform_between(x, n, x.dtype(), x.dims()),
    |x, n| random::Key::new(n as u64).categorical(x, n) + random::Key::new(0).randint(n..3, x.dtype(), [2]),
    |x, n| random::Key::new(1).shuffle(x, n) + random::Key::new(2).bernoulli(x, x.dims()).convert(x.dtype()),
    |x, n| {
        debug_print("x", x);
        random::Key::new(1).shuffle_lines(x, n)
            + random::Key::new(3).truncated_normal(n as f64, 1.0, x.dtype(), [2])
    },
    |x, n| x.sum(n) + n,
    |x, n| x.sum_keepdims([n, 0]) * n as f64,
    |x, n| x.max_keepdims(n).min(..) - x,
    |x, n| x.mean(n) / x.variance_keepdims(n),
    |x, n| x.logsumexp(n),
    |x, n| x.any(n) | x.all_keepdims(n),
    |x, n| x.argmax(n).select_at(0, n),
    |x, n| x.argmin(n).take(&x.convert(DType::I32), n),
    |x, n| x.softmax(n) + x.log_softmax(n),
    |x, n| x.swap_axes(n, 0).transpose([n, 1]),
    |x, n| x.expand_dims([n, 0]).squeeze(n),
    |x, n| x.flatten(0, n).unflatten(n, [2, 0]),
    |x, n| x.flip(n).slice_step(n, 1..2, n as usize),
    |x, n| x.slice(n, n as usize..3),
    |x, n| Tensor::concatenate(&x.split(n, &[n as usize, 1]).iter().collect::<Vec<_>>(), n),
    |x, n| Tensor::stack(&[x, x], n).broadcast_to([n as usize]),
    |x, n| x.pad(n, &[(n, n), (0, n)]),
    |x, n| x.pad(n as f32, &vec![(n, n); x.rank()]),
    |x, n| x.matmul(x).dot_general(x, ([n], [0]), ([0], [n])),
    |x, n| x.matmul_as(x, DType::F64).tril(n).triu(n),
    |x, n| x.clamp(n, x).select(x, n),
    |x, n| x.gt(n).select(x, n as f64),
    |x, n| Tensor::iota(x.dtype(), x.dims(), n),
    |x, n| Tensor::tri(n as usize, 2, n) & x,
    |x, n| (x >> n) << x.pow(n).atan2(n),
    |x, n| x.reshape([x.dim(n), n as usize]),
    |x, n| {
        x.gather(
            x,
            GatherDims { start_index_map: vec![n as usize], slice_sizes: vec![1], ..GatherDims::default() },
        )
    },
    |x, n| nn::attention(x, x, x, Some(x)).reshape([n as usize]),
    |x, n| x.dynamic_slice_in(n, n, n as usize).dynamic_slice(&[x], &[1]),
    |x, n| x.dynamic_update_slice_in(n, x, x).dynamic_update_slice(x, &[x]),
    |x, n| x.at(n).get() + x.at((.., x)).get_or(n),
    |x, n| x.at((n.., Index::stepped(..n, n))).set(n),
    |x, n| x.at((x, Index::Ellipsis, 0..n)).add(x).at(Index::stepped(n..0, n)).get(),
    |x, n| x.at([Index::NewAxis, Index::Position(n)]).multiply(x).at((x, n)).min(n),
    |x, n| x.at((0, x)).clamped().max(x).take_along_axis(x, n).put_along_axis(x, n, n),
    |x, n| {
        let dims = ScatterDims {
            update_window_dims: vec![n as usize],
            scatter_dims_to_operand_dims: vec![0],
            index_vector_dim: n as usize,
            ..ScatterDims::default()
        };
        x.scatter(x, x, dims, (n > 0).then_some(Reducer::Add))
    },
    |x, n| x.sort(n).sort_descending(n) + x.argsort(n).argsort_descending(n).convert(x.dtype()),
    |x, n| x.roll(n, n).tile(&[n as usize, 2]).repeat(n as usize, n),
    |x, n| x.move_axis(n, 0).diagonal(n).one_hot(n as usize, DType::F32),
    |x, n| x.pad_with(PadMode::Wrap, &vec![(n as usize, 1); x.rank()]).bincount(n as usize),
    |x, n| x.pad_with(PadMode::Edge, &[(n as usize, 1)]).count_nonzero(n),
    |_, n| Tensor::eye(n as usize, 2, n, DType::I8) + Tensor::linspace(0.5, n as f64, n as usize, DType::F16),
    |x, n| Tensor::arange_step(x.dtype(), n, 5, n) + Tensor::arange_step(x.dtype(), i64::MIN, i64::MAX, n),
    |x, n| x.std(n) + x.norm_keepdims(n) + x.variance_corrected(n, n as f64),
    |x, n| x.cumsum(n) * x.cumprod(n) + x.cummax(n) - x.cummin(n) / x.cumlogsumexp(n),
    |x, n| x.max_pool(n, &Pool::new([n as usize]).padding(Pads::Same)).min_pool(0, &Pool::new([2])),
    |x, n| x.avg_pool([n, 1], &Pool::new([2, n as usize]).strides([1, n as usize]).without_padding()),
    |x, n| x.sum_pool(n, &Pool::new([1]).padding(Pads::Explicit(vec![(n, n)])).dilation([n as usize])),
    |x, n| {
        x.reduce_window(
            Reducer::Add,
            n,
            Window { padding: vec![(n, 1); 3], ..Window::new([1, 2, n as usize]) },
        )
    },
    |x, n| x.conv(x, &Conv::new().strides([n as usize]).padding(Pads::SameLower)),
    |x, n| x.conv(x, &Conv::channels_last().groups(n as usize).dilation(vec![n as usize; x.rank()])),
    |x, n| {
        x.conv_transpose(x, &Conv::new().padding(Pads::Explicit(vec![(n, n); 2])).batch_groups(n as usize))
    },
    |x, n| x.conv_transpose(x, &Conv::new().strides(vec![n as usize; 1]).padding(Pads::Same)),
    |x, n| x.fft(n).ifft(..) + x.rfft(n).irfft(n, n as usize).fft_shift(n),
    |x, _| x.cholesky().solve_triangular(x, true).solve_positive_definite(x),
    |x, n| x.exp2() + x.log2() + x.trunc() + x.nan_to_num().logaddexp(n).hypot(x),
    |x, n| x.floor_divide(n).remainder(x).square().reciprocal() + x.softplus(),
    |x, n| x.complex(n).conj().angle() + x.imag() + x.acosh() + x.erf_inv(),
    |x, n| x.bitcast(DType::U8).leading_zeros().reduce_precision(n as u32, n as u32),
    |x, n| Tensor::reduce_by(&[x, x], &[x, x], n, |l, r| [&l[0] + &r[1], &l[1] * n]).remove(0),
    |x, n| x.top_k(n as usize).0.search_sorted(x),
    |x, _| nn::padding_mask(x, x.dtype()).gelu().relu().silu(),
    |x, n| Tensor::full(n, x.dtype(), [n as usize, 2]),
];

#[test]
fn no_argument_panics() {
    let dtypes = [DType::F32, DType::I32, DType::Bool, DType::C64, DType::F8E4M3Fn, DType::U4, DType::U64];
    let shapes: [&[usize]; 8] = [&[], &[0], &[1], &[3], &[2, 3], &[0, 3], &[2, 1, 3], &[1, 2, 2, 2]];
    let numbers = [0, 1, 2, -1, -3, 4, i64::MIN, i64::MAX, 1 << 40];
    let (mut right, mut wrong) = (0, 0);
    for (method, function) in METHODS.iter().enumerate() {
        for (dtype, shape) in dtypes.iter().flat_map(|dtype| shapes.map(|shape| (*dtype, shape))) {
            for number in numbers {
                let run = || trace("any", &[Spec::new(dtype, shape)], |_, x| function(&x[0], number));
                let result = std::panic::catch_unwind(run);
                let result =
                    result.unwrap_or_else(|_| panic!("method {method} on {dtype}{shape:?} with {number}"));
                match result.and_then(|graph| lower::to_stablehlo_bytecode(&graph)) {
                    Ok(_) => right += 1,
                    Err(error) => {
                        assert!(
                            !matches!(error.kind(), ErrorKind::Verify | ErrorKind::Lower),
                            "{method}: {error}"
                        );
                        wrong += 1;
                    }
                }
            }
        }
    }
    assert!(right > 500 && wrong > 5000, "{right} programs are right and {wrong} wrong");
}
