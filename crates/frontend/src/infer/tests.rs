//! Strictness of inference on operands that [`Tensor`](crate::Tensor) never makes but transforms could.

use super::infer;
use crate::*;

#[track_caller]
fn check(op: Op, operands: &[Spec], expect: &str) {
    let types: Vec<Type> = operands.iter().cloned().map(Type::Tensor).collect();
    let got = match infer(&op, &types.iter().collect::<Vec<_>>()) {
        Ok(ty) => ty.to_string(),
        Err(error) => error.message().to_string(),
    };
    assert_eq!(got, expect);
}

fn f32(dims: &[usize]) -> Spec {
    Spec::new(DType::F32, dims)
}

#[test]
fn elementwise_is_strict() {
    check(Op::Add, &[f32(&[2, 3]), f32(&[2, 3])], "f32[2, 3]");
    check(
        Op::Add,
        &[f32(&[2, 3]), f32(&[3])],
        "add: operands must have one shape, got lhs f32[2, 3] and rhs f32[3]",
    );
    check(Op::Add, &[f32(&[2])], "add: takes 2 operands, got 1");
    check(
        Op::Tanh,
        &[Spec::new(DType::I32, [2])],
        "tanh: takes floating-point or complex operands, got i32[2]",
    );
    check(Op::Abs, &[Spec::new(DType::C64, [2])], "f32[2]");
    check(Op::Select, &[f32(&[2]), f32(&[2]), f32(&[2])], "select: the predicate must be bool, got f32[2]");
}

#[test]
fn movement_is_strict() {
    let broadcast =
        |dims: &[usize], axes: &[usize]| Op::BroadcastInDim { shape: dims.into(), axes: axes.to_vec() };
    check(broadcast(&[4, 2, 3], &[1, 2]), &[f32(&[1, 3])], "f32[4, 2, 3]");
    check(broadcast(&[4, 2], &[1, 0]), &[f32(&[2, 4])], "broadcast_in_dim: axes must ascend, got [1, 0]");
    check(
        broadcast(&[4, 2], &[1]),
        &[f32(&[3])],
        "broadcast_in_dim: axis 0 of f32[3] does not stretch to axis 1 of f32[4, 2]",
    );
    let pad = Op::Pad(Padding { low: vec![-3], high: vec![0], interior: vec![0] });
    check(
        pad,
        &[f32(&[2]), f32(&[])],
        "pad: axis 0 of f32[2] with low -3, high 0 and interior 0 would have size -1",
    );
    check(
        Op::Reshape { shape: Shape::new([usize::MAX, 0]) },
        &[f32(&[0])],
        &format!("reshape: f32[{}, 0] is larger than the address space", usize::MAX),
    );
    let transpose = Op::Transpose { permutation: vec![0, 0] };
    check(transpose, &[f32(&[2, 2])], "transpose: axis 0 is given twice in [0, 0]");
    check(
        Op::Reshape { shape: Shape::new([usize::MAX, 2]) },
        &[f32(&[2])],
        &format!("reshape: f32[2] has 2 elements, [{}, 2] takes too many", usize::MAX),
    );
}

#[test]
fn narrow_operands_do_not_concatenate() {
    let narrow = Spec::new(DType::U2, [2]);
    check(
        Op::Concatenate { axis: 0 },
        &[narrow.clone(), narrow],
        "concatenate: takes no operands under 4 bits, got u2[2]",
    );
}

#[test]
fn dot_orders_batch_then_free_axes() {
    let dot = |dtype| {
        Op::DotGeneral(Dot {
            lhs_batch: vec![0, 2],
            rhs_batch: vec![0, 2],
            lhs_contract: vec![3],
            rhs_contract: vec![3],
            dtype,
            precision: Precision::Default,
        })
    };
    let operands = [f32(&[2, 5, 12, 32]), f32(&[2, 7, 12, 32])];
    check(dot(DType::F32), &operands, "f32[2, 12, 5, 7]");
    check(dot(DType::Bf16), &operands, "dot: operands of f32 cannot accumulate in bf16");
    check(dot(DType::F64), &operands, "f64[2, 12, 5, 7]");
}

#[test]
fn gather_follows_the_specification() {
    let rows = GatherDims {
        offset_dims: vec![2],
        collapsed_slice_dims: vec![0],
        start_index_map: vec![0],
        index_vector_dim: 2,
        slice_sizes: vec![1, 4],
        ..GatherDims::default()
    };
    let operands = [f32(&[10, 4]), Spec::new(DType::I32, [2, 3])];
    check(Op::Gather(rows.clone()), &operands, "f32[2, 3, 4]");
    check(
        Op::Gather(GatherDims { slice_sizes: vec![2, 4], ..rows.clone() }),
        &operands,
        "gather: a slice of size 2 does not fit axis 0 of f32[10, 4]",
    );
    check(
        Op::Gather(GatherDims { offset_dims: vec![3], ..rows }),
        &operands,
        "gather: offset_dims [3] must be 1 ascending axes of a result of rank 3",
    );
}

#[test]
fn reduce_checks_inits_and_bodies() {
    let sum = || Op::Reduce { axes: vec![0], reducer: Reducer::Add };
    check(sum(), &[f32(&[2, 3]), f32(&[])], "f32[3]");
    check(
        sum(),
        &[f32(&[2, 3]), f32(&[1])],
        "reduce: the initial value for f32[2, 3] must be f32[], got f32[1]",
    );
    let body = std::sync::Arc::new(Graph::new("nothing"));
    check(
        Op::Reduce { axes: vec![0], reducer: Reducer::Body(body) },
        &[f32(&[2, 3]), f32(&[])],
        "reduce: body `nothing` does not combine two elements of f32[2, 3] into one of each",
    );
    check(Op::Element { index: 0 }, &[f32(&[2])], "element: f32[2] has no element 0");
}
