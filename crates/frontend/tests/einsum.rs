//! What einsum becomes, and what is said of wrong specifications. Values are checked in `crates/bering/tests/einsum.rs`.

use bering_frontend::*;

fn f32<const N: usize>(dims: [usize; N]) -> Spec {
    Spec::new(DType::F32, dims)
}

/// The operations of a specification in order, or the mistake with its hint.
#[track_caller]
fn check(specification: &str, specs: &[Spec], expect: &str) {
    let got = match trace("f", specs, |_, x| einsum(specification, &x.iter().collect::<Vec<_>>())) {
        Ok(graph) => {
            let nodes =
                graph.nodes().iter().filter(|node| !matches!(node.op, Op::Input { .. } | Op::Constant(_)));
            let operations: Vec<&str> = nodes.map(|node| node.op.name()).collect();
            format!("{} : {}", operations.join(" "), graph.outputs()[0])
        }
        Err(error) => {
            let at = error.location().expect("a mistake has a location");
            assert_eq!(at.file(), file!());
            [Some(error.message()), error.advice()].into_iter().flatten().collect::<Vec<_>>().join(" / ")
        }
    };
    assert_eq!(got, expect);
}

#[test]
fn one_contraction_is_one_operation() {
    check("ij,jk", &[f32([2, 3]), f32([3, 4])], "dot_general : f32[2, 4]");
    check("ij,kj->ik", &[f32([2, 3]), f32([4, 3])], "dot_general : f32[2, 4]");
    // The sides are exchanged instead of the result being transposed.
    check("ij,jk->ki", &[f32([2, 3]), f32([3, 4])], "dot_general : f32[4, 2]");
    check("bqhd,bkhd->bhqk", &[f32([2, 5, 3, 4]), f32([2, 6, 3, 4])], "dot_general : f32[2, 3, 5, 6]");
    check("bqhd,bkhd->hbqk", &[f32([2, 5, 3, 4]), f32([2, 6, 3, 4])], "dot_general : f32[3, 2, 5, 6]");
    check(
        "bhqk,bkhd->bqhd",
        &[f32([2, 3, 5, 6]), f32([2, 6, 3, 4])],
        "dot_general transpose : f32[2, 5, 3, 4]",
    );
    check("...d,df->...f", &[f32([2, 5, 3]), f32([3, 4])], "dot_general : f32[2, 5, 4]");
}

#[test]
fn products_sums_and_diagonals_are_no_contractions() {
    check("ij->ij", &[f32([2, 3])], " : f32[2, 3]");
    check("ij->ji", &[f32([2, 3])], "transpose : f32[3, 2]");
    check("ij->j", &[f32([2, 3])], "reduce : f32[3]");
    check("ii->i", &[f32([3, 3])], "reshape slice : f32[3]");
    check("ij,ij->ij", &[f32([2, 3]), f32([2, 3])], "multiply : f32[2, 3]");
    check("i,j->ij", &[f32([2]), f32([3])], "broadcast_in_dim broadcast_in_dim multiply : f32[2, 3]");
    check(
        "ij,jk->ik",
        &[f32([2, 3]), f32([1, 4])],
        "reshape reduce broadcast_in_dim broadcast_in_dim multiply : f32[2, 4]",
    );
    // What only one operand has is summed before it meets the other.
    check("ij,k->k", &[f32([2, 3]), f32([4])], "reduce broadcast_in_dim multiply : f32[4]");
}

#[test]
fn names_of_axes_travel() {
    let specs = [
        Spec::new(DType::F32, shape![b = 2, q = 5, d = 4]),
        Spec::new(DType::F32, shape![b = 2, k = 6, d = 4]),
    ];
    check("bij,bkj->bik", &specs, "dot_general : f32[b=2, q=5, k=6]");
    check("...i,...i->...", &[specs[0].clone(), specs[0].clone()], "dot_general : f32[b=2, q=5]");
    check(
        "bij,bij->b",
        &[specs[0].clone(), specs[0].clone().with_shape(shape![b = 2, t = 5, d = 4])],
        "einsum: index `i` must have one name, got q=5 in operand 0 f32[b=2, q=5, d=4] and t=5 in operand 1 \
         f32[b=2, t=5, d=4]",
    );
    check("ii->i", &[Spec::new(DType::F32, shape![n = 3, _ = 3])], "reshape slice reshape : f32[n=3]");
}

#[test]
fn wrong_specifications() {
    let pair = [f32([2, 3]), f32([3, 4])];
    check("ij,jk->in", &pair, "einsum: index `n` of the result is in no term of `ij,jk->in`");
    check("ij,jk->ii", &pair, "einsum: the result of `ij,jk->ii` has index `i` twice");
    check("ij", &pair, "einsum: there are 1 terms, `ij`, and 2 operands");
    check(
        "ij,kj->ik",
        &pair,
        "einsum: index `j` must have one size, got 3 (axis 1) in operand 0 f32[2, 3] and 4 (axis 1) in operand 1 f32[3, 4]",
    );
    check(
        "ij,jkl",
        &pair,
        "einsum: term `jkl` has 3 indices, its operand is f32[3, 4] / indices that are names stand apart: `batch width` and not `batchwidth`",
    );
    check("i,jk", &pair, "einsum: term `i` has 1 indices, its operand is f32[2, 3]");
    check(
        "ijk...,jk",
        &pair,
        "einsum: term `ijk...` has 3 indices, its operand is f32[2, 3] / indices that are names stand apart: `batch width` and not `batchwidth`",
    );
    check(
        "ii,jk",
        &pair,
        "einsum: index `i` must have one size, got 2 (axis 0) in operand 0 f32[2, 3] and 3 (axis 1) in operand 0 f32[2, 3]",
    );
    check(
        "i...,...k->ik",
        &[f32([2, 5]), f32([5, 4])],
        "einsum: `...` stands for 1 axes, and the result `ik` has no `...` for them",
    );
    check(
        "...,...",
        &pair,
        "einsum: an axis under `...` must have one size, got 2 (axis 0) in operand 0 f32[2, 3] and 3 (axis 0) in operand 1 f32[3, 4]",
    );
    check(
        "i.j,jk",
        &pair,
        "einsum: `.` in `i.j,jk` is no index / indices are letters, or names that stand apart; `...` stands for the axes without one",
    );
    check("ij,jk->i,k", &pair, "einsum: `ij,jk->i,k` has several results after `->`");
    check("ij,jk->ik->i", &pair, "einsum: `ij,jk->ik->i` has `->` twice");
    check("...i...,jk", &pair, "einsum: a term of `...i...,jk` has `...` twice");
    check(
        "b q d, b k d -> b q k",
        &pair,
        "einsum: term `bqd` has 3 indices, its operand is f32[2, 3] / indices that are names stand apart: `batch width` and not `batchwidth`",
    );
    check(
        "ij,jk",
        &[f32([2, 3]), Spec::new(DType::Bf16, [3, 4])],
        "einsum: operands must have one dtype, got operand 0 f32[2, 3] and operand 1 bf16[3, 4] / convert one of them; dtypes are never promoted implicitly",
    );
    check("", &[], "einsum: takes at least one operand");
}
