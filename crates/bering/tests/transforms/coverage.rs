//! No operation without an answer: each is in a gradient case, or named as not differentiable; each in a batching case,
//! or named as one that cannot be batched.

use super::cases;
use bering::frontend::{Graph, Op};
use std::collections::BTreeSet;

/// Operations whose results do not change with their operands, or only in jumps, and those nobody can differentiate.
const NOT_DIFFERENTIABLE: &[&str] = &[
    "and",
    "bitcast_convert",
    "ceil",
    "compare",
    "constant",
    "count_leading_zeros",
    "custom_call",
    "element",
    "floor",
    "input",
    "iota",
    "is_finite",
    "not",
    "or",
    "popcnt",
    "round_nearest_afz",
    "round_nearest_even",
    "shift_left",
    "shift_right_arithmetic",
    "shift_right_logical",
    "sign",
    "stop_gradient",
    // Its cases are those of forward mode.
    "while",
    "xor",
];

/// Operations that take no operands, and calls of code that states no batching.
const NOT_BATCHED: &[&str] = &["constant", "custom_call", "element", "input", "iota"];

/// Operations of several devices, which take more than these cases have: values, derivatives and batches of all are in
/// `tests/sharding.rs`.
const ON_A_MESH: &[&str] = &[
    "all_gather",
    "all_reduce",
    "all_to_all",
    "axis_index",
    "collective_permute",
    "manual_computation",
    "reduce_scatter",
    "same",
    "sharding_constraint",
    "vary",
];

/// Every operation's name, from the one place that lists them all.
fn names() -> BTreeSet<String> {
    let source = include_str!("../../../frontend/src/op/mod.rs");
    let function = source.split("pub fn name(&self)").nth(1).expect("`Op::name` is there");
    let function = function.split("\n    }\n").next().unwrap();
    let name = |line: &str| Some(line.split_once("=> \"")?.1.split('"').next()?.to_string());
    let names: BTreeSet<String> = function.lines().filter_map(name).collect();
    assert!(names.len() > 50 && names.contains(Op::Tanh.name()), "`Op::name` is written another way now");
    names
}

fn used(graphs: impl Iterator<Item = Graph>) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    for graph in graphs {
        used.extend(graph.nodes().iter().map(|node| node.op.name().to_string()));
    }
    used
}

#[track_caller]
fn check(covered: &BTreeSet<String>, excused: &[&str]) {
    let names = names();
    let excused: BTreeSet<String> = excused.iter().chain(ON_A_MESH).map(ToString::to_string).collect();
    let answered: BTreeSet<String> = covered.union(&excused).cloned().collect();
    let missing: Vec<&String> = names.difference(&answered).collect();
    assert!(missing.is_empty(), "no case in `transforms/cases.rs` for {missing:?}");
    let unknown: Vec<&String> = excused.difference(&names).collect();
    assert!(unknown.is_empty(), "no operation is called {unknown:?}");
}

/// That the graphs hold every operation that has a derivative.
#[track_caller]
pub(crate) fn check_differentiable(graphs: impl Iterator<Item = Graph>) {
    check(&used(graphs), NOT_DIFFERENTIABLE);
}

#[test]
fn every_operation_has_a_gradient_case_or_is_not_differentiable() {
    check_differentiable(cases::differentiable().iter().map(|case| case.graph().unwrap()));
}

#[test]
fn every_operation_has_a_batching_case_or_is_not_batched() {
    let all = cases::differentiable().into_iter().chain(cases::others());
    check(&used(all.map(|case| case.graph().unwrap())), NOT_BATCHED);
}
