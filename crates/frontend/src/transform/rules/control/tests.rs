//! What the rules of control flow keep, run again and refuse; whether they are right is tested where graphs run.

use crate::control::{fori_loop, scan, while_loop};
use crate::transform::{jvp, replay, value_and_grad, vjp, vmap};
use crate::{DType, Graph, Location, Op, Rule, Scan, Spec, Tensor, Tree, trace, verify};
use std::sync::Arc;

fn traced<O: Tree>(specs: &[Spec], function: impl FnOnce(&[Tensor]) -> O) -> Graph {
    trace("f", specs, |_, x| function(x)).unwrap()
}

fn f32(dims: &[usize]) -> Spec {
    Spec::new(DType::F32, dims)
}

fn scans(graph: &Graph) -> Vec<&Scan> {
    graph
        .nodes()
        .iter()
        .filter_map(|node| if let Op::Scan(scan) = &node.op { Some(scan) } else { None })
        .collect()
}

/// What a recurrent network's gradient stacks on the way there.
#[test]
fn a_scan_keeps_what_its_way_back_reads_and_no_more() {
    let specs = [f32(&[2]), f32(&[9, 2]), f32(&[2, 2]), f32(&[])];
    let graph = traced(&specs, |x| {
        let step = |c: Tensor, row: Tensor| ((c.matmul(&x[2].exp()) + row * &x[3]).tanh(), ());
        scan(step, &x[0], &x[1]).0.sum(..)
    });
    let gradient = value_and_grad(&graph, [0, 1, 2, 3]).unwrap();
    verify(&gradient).unwrap();
    let [there, back] = scans(&gradient)[..] else { panic!("two loops\n{gradient}") };
    // The state before a step and after it. Weights are at hand, and so are rows; broadcasts are made again.
    let stacked: Vec<String> = there.body.outputs()[1..].iter().map(Spec::to_string).collect();
    assert_eq!(stacked, ["f32[2]", "f32[2]"], "{gradient}");
    assert!(back.reverse && back.slices == 3 && back.carry == 1 + 2, "{gradient}");
}

#[test]
fn tangents_are_carried_only_where_there_are_any() {
    let graph =
        traced(&[f32(&[2]), f32(&[2])], |x| fori_loop(0, 3, |_, (a, b)| (a.sin(), b.cos()), (&x[0], &x[1])));
    let forward = jvp(&graph, [1]).unwrap();
    verify(&forward).unwrap();
    assert_eq!(scans(&forward)[0].carry, 3 + 1, "counter, two values, one tangent\n{forward}");
}

#[test]
fn reverse_mode_refuses_loops_of_unknown_length_with_the_users_line() {
    let graph = traced(&[f32(&[2])], |x| while_loop(|y| y.sum(..).lt(9), |y| y * 2.0, &x[0]).sum(..));
    assert!(jvp(&graph, [0]).is_ok());
    let error = value_and_grad(&graph, [0]).unwrap_err();
    assert_eq!(
        error.message(),
        "while: reverse mode would have to keep every step of a loop of unknown length"
    );
    assert!(
        error.advice().is_some_and(|advice| advice.contains("`fori_loop` with bounds known while tracing"))
    );
    assert_eq!(error.location().map(|location| location.file()), Some(file!()));
    let still = traced(&[f32(&[2])], |x| {
        let steps = while_loop(|n| n.lt(9), |n| n * 2, Tensor::ones(DType::I32, []));
        (&x[0] * steps.convert(DType::F32)).sum(..)
    });
    assert!(value_and_grad(&still, [0]).is_ok(), "no derivative goes through this loop");
}

/// `f` called under a rule.
fn called(specs: &[Spec], body: Graph, rule: Rule) -> Graph {
    let mut graph = Graph::new("call");
    let here = Location::caller();
    let inputs: Vec<_> =
        specs.iter().map(|spec| graph.push_input(spec.clone(), None, here).unwrap()).collect();
    let result = graph.push(Op::Call { body: Arc::new(body), rule }, &inputs, here, None).unwrap();
    graph.set_outputs(&[result]).unwrap();
    graph
}

fn count(graph: &Graph, name: &str) -> usize {
    graph.nodes().iter().filter(|node| node.op.name() == name).count()
}

#[test]
fn a_checkpoint_keeps_its_operands_and_runs_again_behind_a_barrier() {
    let specs = [f32(&[3])];
    let body = || traced(&specs, |x| x[0].sin().exp());
    let back = vjp(&called(&specs, body(), Rule::Checkpoint), [0]).unwrap();
    verify(&back).unwrap();
    assert_eq!(
        ["call", "optimization_barrier", "exponential"].map(|name| count(&back, name)),
        [1, 1, 1],
        "{back}"
    );
    let plain = vjp(&called(&specs, body(), Rule::Plain), [0]).unwrap();
    assert_eq!(
        ["call", "optimization_barrier", "exponential"].map(|name| count(&plain, name)),
        [0, 0, 1],
        "{plain}"
    );
}

#[test]
fn a_custom_derivative_takes_the_place_of_the_bodys() {
    let specs = [f32(&[3]), Spec::new(DType::I32, [3])];
    let body = traced(&specs, |x| x[0].sin() * x[1].convert(DType::F32));
    let forward = traced(&specs, |x| (x[0].sin() * x[1].convert(DType::F32), x[0].cos()));
    let backward = traced(&[f32(&[3]), f32(&[3])], |x| &x[0] * &x[1] * 100.0);
    let rule = Rule::CustomVjp { forward: Arc::new(forward), backward: Arc::new(backward) };
    let graph = called(&specs, body, rule);
    let back = vjp(&graph, [0]).unwrap();
    verify(&back).unwrap();
    assert!(back.to_string().contains("{100.0}") && count(&back, "cosine") == 1, "{back}");
    let refused = jvp(&graph, [0]).unwrap_err();
    assert_eq!(refused.message(), "jvp: `f` has a rule for reverse mode only");
    // One operand for all examples gets the sum of theirs.
    let batched = vmap(&graph, &[None, Some(0)], &[Some(0)], 5).unwrap();
    verify(&batched).unwrap();
    let back = vjp(&batched, [0]).unwrap();
    assert_eq!(back.outputs(), [f32(&[5, 3]), f32(&[3])]);
    assert_eq!(count(&back, "reduce"), 1, "{back}");
}

#[test]
fn a_batched_predicate_becomes_a_choice_and_a_batched_condition_a_mask() {
    let graph = traced(&[Spec::scalar(DType::Bool), f32(&[2])], |x| {
        crate::control::cond(&x[0], |y| y.sin(), |y| y.cos(), &x[1])
    });
    let together = vmap(&graph, &[Some(0), None], &[Some(0)], 4).unwrap();
    assert_eq!(["case", "select"].map(|name| count(&together, name)), [0, 1], "{together}");
    let shared = vmap(&graph, &[None, Some(0)], &[Some(0)], 4).unwrap();
    assert_eq!(["case", "select"].map(|name| count(&shared, name)), [1, 0], "{shared}");

    let graph = traced(&[f32(&[2]), f32(&[])], |x| while_loop(|y| y.sum(..).lt(9), |y| y * &x[1], &x[0]));
    let together = vmap(&graph, &[Some(0), None], &[Some(0)], 4).unwrap();
    let text = together.to_string();
    assert!(text.contains("reduce(") && text.contains("select("), "{text}");
}

#[test]
fn nested_transforms_of_a_loop_stay_valid_graphs() {
    let graph = traced(&[f32(&[2]), f32(&[4, 2])], |x| {
        scan(|c, row| ((c * &row).sin(), row.exp()), &x[0], &x[1]).0.sum(..)
    });
    let twice = vjp(&value_and_grad(&graph, [0, 1]).unwrap(), [0]).unwrap();
    let batched = vmap(&twice, &[Some(0); 5], &[Some(0); 4], 3).unwrap();
    verify(&batched).unwrap();
    let again = trace("again", &specs_of(&batched), |_, x| replay(&batched, x)).unwrap();
    assert_eq!(again.outputs(), batched.outputs());
}

fn specs_of(graph: &Graph) -> Vec<Spec> {
    graph.inputs().iter().map(|input| input.spec.clone()).collect()
}
