//! Named axes: how names travel through operations, and what is said when they disagree.

use bering_frontend::*;

/// Traces `function` and compares the printed result types, or the mistake with its hint.
#[track_caller]
fn check<O: Tree>(specs: &[Spec], function: impl FnOnce(&[Tensor]) -> O, expect: &str) {
    let got = match trace("names", specs, |_, x| function(x)) {
        Ok(graph) => {
            lower::to_stablehlo_text(&graph).expect("what is traced is lowered");
            graph.outputs().iter().map(Spec::to_string).collect::<Vec<_>>().join(", ")
        }
        Err(error) => {
            assert_eq!(error.location().map(|at| at.file()), Some(file!()), "{error}");
            [Some(error.message()), error.advice()].into_iter().flatten().collect::<Vec<_>>().join(" / ")
        }
    };
    assert_eq!(got, expect);
}

fn f32(shape: Shape) -> Spec {
    Spec::new(DType::F32, shape)
}

fn qkv() -> [Spec; 1] {
    [f32(shape![b = 2, h = 3, q = 5, d = 4])]
}

const RENAME: &str = "`rename` one of them, or `transpose` if the order is wrong";

#[test]
fn axes_are_said_by_name() {
    check(&qkv(), |x| x[0].sum("h"), "f32[b=2, q=5, d=4]");
    check(&qkv(), |x| x[0].sum("d b"), "f32[h=3, q=5]");
    check(&qkv(), |x| x[0].max(["q", "h"]), "f32[b=2, d=4]");
    check(&qkv(), |x| x[0].argmax("d"), "i32[b=2, h=3, q=5]");
    check(&qkv(), |x| x[0].softmax("q"), "f32[b=2, h=3, q=5, d=4]");
    check(&qkv(), |x| x[0].mean_keepdims("q"), "f32[b=2, h=3, 1, d=4]");
    check(&qkv(), |x| x[0].transpose("b q h d"), "f32[b=2, q=5, h=3, d=4]");
    check(&qkv(), |x| x[0].swap_axes("q", -1), "f32[b=2, h=3, d=4, q=5]");
    check(&qkv(), |x| x[0].slice("q", 1..3), "f32[b=2, h=3, q=2, d=4]");
    check(&qkv(), |x| x[0].select_at("h", 0), "f32[b=2, q=5, d=4]");
    check(&qkv(), |x| x[0].split("d", &[1, 3]), "f32[b=2, h=3, q=5, d=1], f32[b=2, h=3, q=5, d=3]");
    check(&qkv(), |x| x[0].reshape([x[0].dim("b"), 60]), "f32[b=2, 60]");
}

#[test]
fn names_go_where_axes_go() {
    check(&qkv(), |x| &x[0] * 2.0 + x[0].exp(), "f32[b=2, h=3, q=5, d=4]");
    check(&qkv(), |x| x[0].gt(0).convert(DType::Bf16), "bf16[b=2, h=3, q=5, d=4]");
    check(&qkv(), |x| x[0].expand_dims([0, 2]), "f32[1, b=2, 1, h=3, q=5, d=4]");
    check(&qkv(), |x| x[0].reshape([2, 3, 5, 2, 2]), "f32[b=2, h=3, q=5, 2, 2]");
    check(&qkv(), |x| x[0].reshape([6, 5, 4]), "f32[6, q=5, d=4]");
    check(&qkv(), |x| x[0].reshape([2, 15, 4]), "f32[b=2, 15, d=4]");
    check(&qkv(), |x| x[0].flatten(1, 2), "f32[b=2, 15, d=4]");
    check(&qkv(), |x| x[0].unflatten("d", shape![x = 2, y = 2]), "f32[b=2, h=3, q=5, x=2, y=2]");
    check(&[f32(shape![a = 1, b = 2, c = 1])], |x| x[0].squeeze("c"), "f32[a=1, b=2]");
    check(&[f32(shape![a = 1, b = 2, c = 1])], |x| x[0].squeeze(..), "f32[b=2]");
    check(&[f32(shape![a = 1, b = 3])], |x| x[0].broadcast_to([2, 4, 3]), "f32[2, a=4, b=3]");
    check(
        &[f32(shape![a = 1, b = 3])],
        |x| x[0].broadcast_to(shape![n = 2, _ = 4, b = 3]),
        "f32[n=2, a=4, b=3]",
    );
    check(&qkv(), |x| Tensor::concatenate(&[&x[0], &x[0].unnamed()], "q"), "f32[b=2, h=3, q=10, d=4]");
    check(&qkv(), |x| Tensor::stack(&[&x[0], &x[0]], 1), "f32[b=2, 2, h=3, q=5, d=4]");
    check(&[f32(shape![a = 2])], |x| x[0].pad(0.0, &[(1, 1)]).flip("a"), "f32[a=4]");
    let lookup = [f32(shape![words = 9, k = 4]), Spec::new(DType::I32, shape![b = 2, t = 3])];
    check(&lookup, |x| x[0].take(&x[1], "words"), "f32[b=2, t=3, k=4]");
    check(&[], |_| Tensor::zeros(DType::F32, shape![a = 2]) + 1.0, "f32[a=2]");
}

#[test]
fn a_name_meets_no_name_or_itself() {
    let specs =
        [f32(shape![b = 2, k = 3]), f32(shape![k = 3]), f32(shape![_ = 2, _ = 3]), f32(shape![j = 3])];
    check(&specs, |x| &x[0] + &x[1], "f32[b=2, k=3]");
    check(&specs, |x| &x[2] + &x[1], "f32[2, k=3]");
    check(&specs, |x| x[2].gt(0).select(&x[0], &x[2]), "f32[b=2, k=3]");
    check(
        &specs,
        |x| &x[0] + &x[3],
        &format!(
            "add: axes that meet must have one name, got k=3 in lhs f32[b=2, k=3] and j=3 in rhs f32[j=3] / {RENAME}"
        ),
    );
    check(
        &[f32(shape![a = 3, b = 3])],
        |x| &x[0] - x[0].transpose("b a"),
        &format!(
            "subtract: axes that meet must have one name, got a=3 in lhs f32[a=3, b=3] and b=3 in rhs f32[b=3, a=3] / {RENAME}"
        ),
    );
    check(
        &specs,
        |x| Tensor::concatenate(&[&x[1], &x[1], &x[3]], 0),
        &format!(
            "concatenate: axes that meet must have one name, got k=3 in operand 0 f32[k=3] and j=3 in operand 2 f32[j=3] / {RENAME}"
        ),
    );
    check(
        &[f32(shape![a = 1, b = 3])],
        |x| x[0].broadcast_to(shape![a = 4, c = 3]),
        "broadcast_in_dim: axes that meet must have one name, got b=3 in f32[a=1, b=3] and c=3 in the shape [a=4, c=3]",
    );
    // Scalars of one size are shared under different names.
    check(&[f32(shape![a = 3]), f32(shape![b = 3])], |x| (&x[0] + 1.0, &x[1] + 1.0), "f32[a=3], f32[b=3]");
}

#[test]
fn contractions_name_both_sides() {
    let specs = [f32(shape![b = 2, k = 384]), f32(shape![k = 512, n = 64]), f32(shape![n = 7, k = 384])];
    check(
        &specs,
        |x| x[0].matmul(&x[1]),
        "dot: contracted axes must have one size, got k=384 in lhs f32[b=2, k=384] and k=512 in rhs f32[k=512, n=64]",
    );
    check(&specs, |x| x[0].contract(&x[2], "k"), "f32[b=2, n=7]");
    check(&specs, |x| x[0].matmul(&x[2].transpose("k n")), "f32[b=2, n=7]");
    check(
        &specs,
        |x| x[0].contract(&x[1], "k"),
        "dot: contracted axes must have one size, got k=384 in lhs f32[b=2, k=384] and k=512 in rhs f32[k=512, n=64]",
    );
    check(
        &specs,
        |x| x[0].contract(&x[2], "n"),
        "contract: there is no axis `n` in lhs, got lhs f32[b=2, k=384] and rhs f32[n=7, k=384]",
    );
    check(&specs, |x| x[0].contract(&x[2].rename("k", "j"), ..), "f32[b=2, k=384, n=7, j=384]");
    check(
        &specs,
        |x| x[0].dot_general(&x[2].rename("k", "j"), ([1], [1]), ("", "")),
        &format!(
            "dot: contracted axes must have one name, got k=384 in lhs f32[b=2, k=384] and j=384 in rhs f32[n=7, j=384] / {RENAME}"
        )
        .replace("dot:", "dot_general:"),
    );
    check(
        &specs,
        |x| x[0].contract(&x[2], 1),
        "contract: takes names of axes, got 1 / `dot_general` takes numbers",
    );
    let heads = [f32(shape![b = 2, q = 5, h = 3, d = 4]), f32(shape![b = 2, k = 6, h = 3, d = 4])];
    check(&heads, |x| x[0].contract(&x[1], "d"), "f32[b=2, h=3, q=5, k=6]");
    check(&heads, |x| x[0].contract(&x[1], "d").contract(&x[1], "k"), "f32[b=2, h=3, q=5, d=4]");
}

#[test]
fn names_are_given_and_changed() {
    let plain = [f32(shape![_ = 2, _ = 3])];
    check(&plain, |x| x[0].named("b k"), "f32[b=2, k=3]");
    check(&plain, |x| x[0].named(["_", "k"]), "f32[2, k=3]");
    check(&plain, |x| x[0].named("b k").named("x _"), "f32[x=2, 3]");
    check(&plain, |x| x[0].named("b k").rename("k", "n").rename(0, "m"), "f32[m=2, n=3]");
    check(&plain, |x| x[0].named("b k").unnamed(), "f32[2, 3]");
    check(&plain, |x| x[0].reshape(shape![b = 2, k = 3]), "f32[b=2, k=3]");
    check(&plain, |x| x[0].reshape(shape![n = 6]), "f32[n=6]");
    check(&plain, |x| x[0].named("b"), "named: f32[2, 3] takes 2 names, got b");
    check(&plain, |x| x[0].named("b b"), "named: two axes of f32[2, 3] would be `b`");
    check(
        &plain,
        |x| x[0].named(["b", "k 2"]),
        "named: `k 2` is no name of an axis / a name is a letter and then letters, digits and underscores",
    );
    check(&plain, |x| x[0].named("b k").rename("k", "b"), "rename: two axes of f32[b=2, k=3] would be `b`");
    check(
        &plain,
        |x| x[0].sum("k"),
        "sum: there is no axis `k` in f32[2, 3] / its axes have no names; `named` gives them",
    );
    check(&plain, |x| x[0].named("b k").sum("n"), "sum: there is no axis `n` in f32[b=2, k=3]");
    check(&plain, |x| x[0].named("b k").sum("k k"), "sum: axis `k` is given twice in [`k`, `k`]");
    check(&plain, |x| x[0].expand_dims("n"), "expand_dims: new axes have a number, got `n`");
    check(&plain, |x| x[0].select_at(0, "n"), "select_at: a position is a number, got `n`");
    check(
        &[f32(shape![n = 3, k = 4])],
        |x| x[0].dot_general(&x[0], ([1], [1]), ("", "")).sum("n"),
        "sum: axis `n` is there twice in f32[n=3, n=3] / say its number, or `rename` one before they meet",
    );
}

#[test]
fn axes_merge_by_name() {
    check(&qkv(), |x| x[0].merge("h q", "n"), "f32[b=2, n=15, d=4]");
    check(&qkv(), |x| x[0].merge("d b", "n"), "f32[h=3, q=5, n=8]");
    check(&qkv(), |x| x[0].merge(["q"], "n"), "f32[b=2, h=3, n=5, d=4]");
    check(&qkv(), |x| x[0].merge("", "n"), "merge: takes at least one axis of f32[b=2, h=3, q=5, d=4]");
    check(
        &qkv(),
        |x| x[0].merge("h q", "d"),
        "merge: there is an axis `d` already in f32[b=2, h=3, q=5, d=4]",
    );
    let neighbours = trace("neighbours", &qkv(), |_, x| x[0].merge("h q", "n")).unwrap();
    assert_eq!(neighbours.nodes().len(), 2, "neighbours in order need no transpose: {neighbours}");
}

#[test]
fn parameters_may_be_named() {
    let graph = trace("parameters", &[f32(shape![b = 2, k = 3])], |params, x| {
        let weight = params.get("weight", DType::F32, shape![n = 4, k = 3]);
        x[0].contract(&weight, "k") + params.get("weight", DType::F32, [4, 3]).sum("k")
    })
    .unwrap();
    assert_eq!(graph.outputs()[0].to_string(), "f32[b=2, n=4]");
    assert_eq!(graph.inputs()[1].spec.to_string(), "f32[n=4, k=3]");
}

#[test]
fn names_are_no_operations() {
    let text = |named: bool| {
        let graph = trace("same", &[f32(shape![_ = 2, _ = 3])], |_, x| match named {
            true => x[0].named("b k").rename("k", "n").sum("n").unnamed(),
            false => x[0].sum(1),
        });
        lower::to_stablehlo_text(&graph.unwrap()).unwrap()
    };
    assert_eq!(text(true), text(false));
}
