//! Traces and parameters: which mistake is told, and tensors where they do not belong.

use crate::{check, f32};
use bering_frontend::*;
use std::cell::RefCell;

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
