//! Control flow in the table: loops and branches with captures, nested, backwards, over trees.

use super::super::sample::Domain;
use super::{Case, input, outputs, raw};
use bering::frontend::control::{
    ScanOptions, associative_scan, cond, fori_loop, map, scan, scan_with, switch, while_loop,
};
use bering::frontend::{DType, Op, Rule, Tensor, trace};
use std::sync::Arc;

fn reverse() -> ScanOptions {
    ScanOptions { reverse: true, ..ScanOptions::default() }
}

/// A function of two tensors, called under a rule.
fn called(rule: Rule, function: fn(&[Tensor]) -> Tensor, x: &Tensor, y: &Tensor) -> Tensor {
    let body = trace("body", &[x.spec().clone(), y.spec().clone()], |_, x| function(x)).unwrap();
    raw(Op::Call { body: Arc::new(body), rule }, &[x, y])
}

/// Cases with derivatives.
pub(crate) fn differentiable() -> Vec<Case> {
    cases! {
        scan(Real[2], Real[3, 2], Real[2, 2]) |x| scan(|c, row| {
            let next = (c.matmul(&x[2]) + &row).tanh();
            (next.clone(), &next * row)
        }, &x[0], &x[1]);
        scan_reverse(Real[2], Real[3, 2]) |x| scan_with(&reverse(), |c, row| ((&c * &row).sin(), c + row), &x[0], &x[1]);
        scan_last_only(Real[2], Real[5, 2]) |x| scan(|c, row| ((&c * &row).sin(), ()), &x[0], &x[1]).0;
        scan_collected_only(Real[2], Real[3, 2]) |x| scan(|c, row| ((&c * &row).sin(), c.exp()), &x[0], &x[1]).1;
        scan_empty(Real[2], Real[0, 2]) |x| scan(|c, row| ((&c * &row).sin(), c), &x[0], &x[1]).0.sin();
        scan_unrolled(Real[2], Real[5, 2]) |x| {
            scan_with(&ScanOptions { unroll: 2, ..reverse() }, |c, row| ((&c * &row).sin(), c + row), &x[0], &x[1])
        };
        scan_mixed(Real[], Index(3)[4], Real[3, 2], Real[2]) |x| {
            // An integer goes along, a row is looked up, one value is never used, another is passed through.
            scan(|(sum, count, shift, unused), at| {
                let row = at.eq(1).select(x[2].select_at(0, 1), x[2].select_at(0, 2));
                let sum = (sum + (row * &shift).sum(..)).sin();
                ((sum.clone(), count + at, shift, unused * 2.0), sum.exp())
            }, (&x[0], Tensor::zeros(DType::I32, []), &x[3], &x[0]), &x[1]).1
        };
        scan_nested(Real[2], Real[3, 4, 2], Real[2]) |x| scan(|c, rows| {
            let (c, sums) = scan(|c, row| ((&c * 0.5 + &row * &x[2]).sin(), (&c * &row).sum(..)), &c, &rows);
            (c, sums.exp().sum(..))
        }, &x[0], &x[1]);
        scan_constant_work(Real[2], Real[3, 2], Real[2, 2]) |x| scan(|c, row| {
            // The exponential depends on no step, on the way there and back.
            let next = c.matmul(&x[2].exp().transpose([1, 0])) * 0.1 + row;
            (next.clone(), next)
        }, &x[0], &x[1]);
        map(Real[3, 2], Real[2]) |x| map(|row| ((&row * &x[1]).sin(), row.exp().sum(..)), &x[0]);
        fori_loop(Real[2, 2]) |x| fori_loop(0, 3, |i, y| y.matmul(&x[0]).sin() * (i + 1).convert(DType::F64), &x[0]);
        call(Real[2, 3], Real[3]) |x| called(Rule::Plain, |x| (&x[0] * &x[1]).sin() * x[0].exp(), &x[0], &x[1]);
        call_checkpoint(Real[2, 3], Real[3]) |x| {
            called(Rule::Checkpoint, |x| (&x[0] * &x[1]).sin() * x[0].exp(), &x[0], &(&x[1] * 2.0))
        };
        call_in_scan(Real[3], Real[4, 3]) |x| {
            scan(|c, row| (called(Rule::Checkpoint, |x| (&x[0] * &x[1]).sin(), &c, &row), ()), &x[0], &x[1]).0
        };
        associative_scan(Real[5, 2], Real[5, 2]) |x| {
            associative_scan(|(a, b): (Tensor, Tensor), (c, d): (Tensor, Tensor)| (&a * &c, b * c + d), (&x[0], &x[1]), 0, false)
        };
        cond(Index(2)[], Real[3], Real[3]) |x| {
            cond(&x[0].ne(0), |y| (y.sin() * &x[2], y.exp()), |y| (&y * &y, &x[2] * 2.0), &x[1])
        };
        cond_one_side(Index(2)[], Real[3]) |x| cond(&x[0].ne(0), |y| y.sin(), |y| Tensor::ones(DType::F64, y.dims()), &x[1]);
        switch(Index(3)[], Real[3]) |x| switch(&x[0], 3, |branch, y| match branch {
            0 => (y.sin() * y.exp(), y.sum(..)),
            1 => (&y * &y * &y, y.sin().sum(..)),
            _ => (y.clone(), y.prod(..)),
        }, &x[1]);
        cond_in_scan(Real[2], Real[4, 2]) |x| scan(|c, row| {
            let next = cond(&row.sum(..).gt(0), |c| (c * &row).sin(), |c| c.exp() * 0.3, &c);
            (next, c.sum(..))
        }, &x[0], &x[1]);
        scan_in_cond(Index(2)[], Real[2], Real[3, 2]) |x| {
            cond(&x[0].ne(0), |c| scan(|c, row| ((c * row).sin(), ()), c, &x[2]).0, |c| c.exp(), &x[1])
        };
    }
}

/// Cases for forward mode and batching only.
pub(crate) fn forward_only() -> Vec<Case> {
    cases! {
        while_loop(Real[2], Positive[]) |x| {
            while_loop(|(y, _)| y.sum(..).lt(5), |(y, n)| (y.sin() * 0.1 + &y + &x[1], n + 1), (&x[0], Tensor::zeros(DType::I32, [])))
        };
        while_loop_shared(Real[2], Index(4)[]) |x| {
            while_loop(|(_, n)| n.gt(0), |(y, n)| (y.sin() * 1.5, n - 1), (&x[0], &x[1])).0
        };
        while_loop_constant(Real[2], Real[2]) |x| {
            while_loop(|(n, _)| n.lt(3), |(n, y)| (n + 1, &y * &x[1]), (Tensor::zeros(DType::I32, []), &x[0])).1
        };
        fori_loop_traced(Real[2], Index(4)[]) |x| fori_loop(0, &x[1], |i, y| y.sin() + i.convert(DType::F64), &x[0]);
    }
}
