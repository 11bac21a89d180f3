//! Axes and positions: contractions, movement, indexing, order.

use crate::{check, f32, i32};
use bering_frontend::nn::{self, Linear, Module};
use bering_frontend::*;

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
