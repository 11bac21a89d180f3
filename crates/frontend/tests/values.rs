//! Values from outside of a traced function: every operation takes them as it takes arguments, also through closures.
#![allow(missing_docs)]

#[path = "cases/mod.rs"]
mod cases;

use bering_frontend::control::{cond, fori_loop, scan};
use bering_frontend::{
    DType, Error, Graph, Op, Spec, Tensor, checkpoint, grad, trace, trace_with_values, tree, vmap,
};
use std::sync::Arc;

/// A tensor that holds a number, by which it is known.
fn held(spec: &Spec, number: usize) -> Tensor {
    Tensor::from_value(spec.clone(), Arc::new(number))
}

/// The number of a tensor that [`held`] made.
fn number(tensor: &Tensor) -> usize {
    *tensor.value().unwrap().downcast_ref().unwrap()
}

/// Operations in order and the types they give, without inputs: which of those come first may differ.
fn operations(graph: &Graph) -> Vec<String> {
    let nodes = graph.nodes().iter().filter(|node| !matches!(node.op, Op::Input { .. }));
    nodes.map(|node| format!("{}: {:?}", node.op.name(), node.ty)).collect()
}

#[test]
fn every_operation_takes_them_as_arguments() {
    for case in cases::all() {
        let expected = case.graph().unwrap();
        let values: Vec<Tensor> = (0..).zip(&case.specs).map(|(number, spec)| held(spec, number)).collect();
        let captured = trace_with_values(case.name, &[], |params, _| (case.function)(params, &values));
        let (graph, captured) = captured.unwrap_or_else(|error| panic!("{}: {error}", case.name));
        assert_eq!(operations(&graph), operations(&expected), "{}", case.name);
        let unnamed = graph.inputs().iter().filter(|input| input.name.is_none());
        assert!(unnamed.map(|input| &input.spec).eq(captured.iter().map(Tensor::spec)), "{}", case.name);
        // Through a closure that captures them.
        let inner = trace_with_values(case.name, &[], |params, _| {
            checkpoint(|()| (case.function)(params, &values), ())
        });
        let (graph, _) = inner.unwrap_or_else(|error| panic!("{}, in a closure: {error}", case.name));
        assert_eq!(graph.outputs(), expected.outputs(), "{}", case.name);
    }
}

#[test]
fn each_is_one_input_after_the_arguments_wherever_it_is_used() {
    let spec = Spec::new(DType::F32, [2]);
    let (a, b, unused) = (held(&spec, 7), held(&spec, 8), held(&spec, 9));
    let (graph, values) = trace_with_values("f", std::slice::from_ref(&spec), |_, x| {
        let _ = unused.dims();
        let looped = fori_loop(0, 3, |_, y: Tensor| y * &b, &x[0]);
        let (_, steps) = scan(
            |carry: Tensor, row: Tensor| (carry + &row * &a.sum(..), row),
            Tensor::zeros(DType::F32, []),
            &a,
        );
        let chosen = cond(&x[0].sum(..).gt(0.0), |y: Tensor| y + &a, |y: Tensor| y - &b, &looped);
        let mapped = vmap(|row: Tensor| row * b.sum(..), 0, 0, &b);
        let gradient = grad(|w: Tensor| (w * &a).tanh().sum(..), &b);
        (chosen, steps, mapped, gradient, a.clone())
    })
    .unwrap();
    assert_eq!(graph.inputs().len(), 3);
    assert_eq!(values.iter().map(number).collect::<Vec<_>>(), [8, 7]);
    assert_eq!(graph.output_ids()[4], graph.inputs()[2].node, "a value returned as it is");
    let line = graph.node(graph.inputs()[1].node).location.line() as usize;
    assert!(include_str!("values.rs").lines().nth(line - 1).unwrap().contains("fori_loop(0, 3"));
}

/// The error of a function of two elements that uses a value of two.
#[track_caller]
fn mistake(function: impl FnOnce(&Tensor, &Tensor) -> Tensor) -> Error {
    let spec = Spec::new(DType::F32, [2]);
    trace_with_values("f", std::slice::from_ref(&spec), |_, x| function(&x[0], &held(&spec, 0))).unwrap_err()
}

#[test]
fn mistakes_with_them_are_recorded() {
    for (expected, error) in [
        ("sum: axis 4 is out of range for f32[2]", mistake(|_, value| value.sum(4))),
        ("reshape: ", mistake(|x, value| x + value.reshape([3]))),
        ("dot: ", mistake(|x, value| x.matmul(&value.expand_dims(0)))),
        ("add: ", mistake(|x, value| value + x.reshape([2, 1]).broadcast_to([2, 3]))),
        ("einsum: ", mistake(|x, value| bering_frontend::einsum("ij,j->i", &[x, value]))),
        (
            "add: an operand is a type f32[2] from outside of `f`",
            mistake(|x, _| x + Tensor::typed(DType::F32, [2])),
        ),
    ] {
        assert!(error.message().starts_with(expected), "{error}");
        let line = error.location().unwrap().line() as usize;
        assert!(include_str!("values.rs").lines().nth(line - 1).unwrap().contains("mistake(|"), "{error}");
    }
    let mut leaked = Vec::new();
    let specs = [Spec::new(DType::F32, [2])];
    trace("g", &specs, |_, x| leaked.extend_from_slice(x)).unwrap();
    for error in [mistake(|_, value| value * &leaked[0]), mistake(|_, value| &leaked[0] * value)] {
        let expected = "multiply: operands belong to different traces: `f` and `g`, which has ended";
        assert_eq!(error.message(), expected);
    }
}

#[test]
fn outside_of_all_functions_nothing_is_computed() {
    let value = held(&Spec::new(DType::F32, [2]), 0);
    assert_eq!(format!("{:?}", &value + 1.0), "placeholder: f32[2]");
    assert_eq!(tree::leaves(&value.reshape([2, 1])).len(), 1);
}
