//! What transforms write: the text of small results, and that nothing needless is in large ones.
//!
//! Whether derivatives are right is tested where graphs run, in `crates/bering/tests/transforms.rs`.

use super::*;
use crate::{DType, Graph, Params, Spec, Tensor, Tree, trace, verify};

fn traced<O: Tree>(specs: &[Spec], function: impl FnOnce(&Params, &[Tensor]) -> O) -> Graph {
    trace("f", specs, function).unwrap()
}

fn f32(dims: &[usize]) -> Spec {
    Spec::new(DType::F32, dims)
}

#[track_caller]
fn check(graph: crate::Result<Graph>, expect: &str) {
    let graph = graph.unwrap();
    verify(&graph).unwrap();
    let (got, expect) = (graph.to_string(), expect.replace("\n        ", "\n"));
    assert_eq!(got.trim(), expect.trim(), "\n{got}");
}

#[test]
fn a_gradient_reads_the_values_of_the_way_there() {
    let graph = traced(&[f32(&[2])], |_, x| x[0].tanh().sum(..));
    check(
        value_and_grad(&graph, [0]),
        "graph grad_f(%0: f32[2]) -> f32[], f32[2] {
          %1 = tanh(%0) : f32[2]
          %2 = constant() {0.0} : f32[]
          %3 = reduce(%1, %2) {add, axes = [0]} : f32[]
          %4 = constant() {1.0} : f32[]
          %5 = broadcast_in_dim(%4) {axes = []} : f32[2]
          %6 = multiply(%1, %1) : f32[2]
          %7 = subtract(%5, %6) : f32[2]
          %8 = multiply(%5, %7) : f32[2]
          return %3, %8
        }",
    );
}

#[test]
fn zeros_are_not_written_down() {
    let graph = traced(&[f32(&[2]), f32(&[2])], |_, x| {
        let unused = x[1].exp();
        (&x[0] * x[1].stop_gradient() + x[0].floor(), unused.sum(..))
    });
    check(
        jvp(&graph, [0]),
        "graph jvp_f(%0: f32[2], %1: f32[2], %2: f32[2]) -> f32[2], f32[], f32[2], f32[] {
          %3 = exponential(%1) : f32[2]
          %4 = stop_gradient(%1) : f32[2]
          %5 = multiply(%0, %4) : f32[2]
          %6 = multiply(%2, %4) : f32[2]
          %7 = floor(%0) : f32[2]
          %8 = add(%5, %7) : f32[2]
          %9 = constant() {0.0} : f32[]
          %10 = reduce(%3, %9) {add, axes = [0]} : f32[]
          return %8, %10, %6, %9
        }",
    );
}

#[test]
fn a_batch_of_matrix_products_is_one() {
    let graph = traced(&[f32(&[3]), f32(&[3, 4])], |_, x| x[0].matmul(&x[1]));
    check(
        vmap(&graph, &[Some(0), None], &[Some(0)], 8),
        "graph vmap_f(%0: f32[8, 3], %1: f32[3, 4]) -> f32[8, 4] {
          %2 = dot_general(%0, %1) {contract = [1] x [0]} : f32[8, 4]
          return %2
        }",
    );
}

#[test]
fn inputs_keep_their_names_and_places() {
    let graph = traced(&[f32(&[2, 3])], |params, x| x[0].matmul(&params.get("w", DType::F32, [3, 4])));
    let back = vjp(&graph, ["w"]).unwrap();
    let inputs: Vec<String> =
        back.inputs().iter().map(|input| format!("{:?} {}", input.name, input.spec)).collect();
    assert_eq!(inputs, ["None f32[2, 3]", "None f32[2, 4]", "Some(\"w\") f32[3, 4]"]);
    assert_eq!(back.outputs(), [f32(&[2, 4]), f32(&[3, 4])]);
}

/// The error, which must be on a line of this file that holds `at`.
#[track_caller]
fn refused<T: std::fmt::Debug>(result: crate::Result<T>, at: &str, expect: &str) {
    let error = result.unwrap_err();
    if let Some(location) = error.location() {
        let line = include_str!("tests.rs").lines().nth(location.line() as usize - 1).unwrap();
        assert!(line.contains(at), "{error}");
    } else {
        assert_eq!(at, "", "{error}");
    }
    assert_eq!(error.message(), expect);
}

#[test]
fn what_cannot_be_transformed_says_where_and_why() {
    let opaque = traced(&[f32(&[2])], |_, x| {
        let y = x[0].custom_call("mystery", &[], [], f32(&[2]));
        y.sum(..)
    });
    let wrong = value_and_grad(&opaque, [0]);
    refused(wrong, "x[0].custom_call", "custom_call: `mystery` states no derivative");
    let wrong = vmap(&opaque, &[Some(0)], &[Some(0)], 2);
    refused(wrong, "x[0].custom_call", "vmap: custom_call: `mystery` states no batching rule");
    // Nothing depends on it, so nobody asks for its derivative.
    let aside = traced(&[f32(&[2])], |_, x| {
        (x[0].sum(..), x[0].stop_gradient().custom_call("mystery", &[], [], f32(&[2])))
    });
    value_and_grad(&aside, [0]).unwrap();

    let vector = traced(&[f32(&[2])], |_, x| x[0].exp());
    let message = "grad: the first output of `f` must be a floating-point scalar, got f32[2]";
    refused(value_and_grad(&vector, [0]), "", message);
    refused(value_and_grad(&vector, ["w"]), "", "`f` has no parameter `w`");
    refused(jvp(&vector, [1]), "", "`f` has no input 1, it has 1");
    let integers = traced(&[Spec::new(DType::I32, [2])], |_, x| x[0].convert(DType::F32).sum(..));
    refused(value_and_grad(&integers, [0]), "", "grad: input 0 of `f` is i32[2], which has no derivative");
    let message = "vmap: an output differs between examples, so its axis cannot be `None`";
    refused(vmap(&vector, &[Some(0)], &[None], 3), "", message);
    refused(
        vmap(&vector, &[Some(2)], &[Some(0)], 3),
        "",
        "vmap: axis 2 is out of range for a batch of f32[2]",
    );
}

#[test]
fn nodes_carry_the_lines_they_derive_from() {
    let graph = traced(&[f32(&[2])], |_, x| {
        let y = crate::scope("layer", || x[0].tanh());
        y.sum(..)
    });
    let gradient = value_and_grad(&graph, [0]).unwrap();
    let tanh = graph.nodes().iter().find(|node| node.op.name() == "tanh").unwrap().clone();
    let derived = gradient.nodes().iter().filter(|node| node.op.name() == "multiply");
    assert_eq!(derived.clone().count(), 2);
    assert!(derived.into_iter().all(|node| node.location == tanh.location && node.name == tanh.name));
}
