//! Control flow: branches, loops, scans, and what they take from around them.

use super::{Case, Spec, Tensor, outputs};
use bering_frontend::DType;
use bering_frontend::control::{
    ScanOptions, associative_scan, cond, fori_loop, map, scan, scan_with, switch, while_loop,
};

fn reverse() -> ScanOptions {
    ScanOptions { reverse: true, ..ScanOptions::default() }
}

pub(super) fn control() -> Vec<Case> {
    cases! {
        cond(Bool[], F32[3]) |_, x| cond(&x[0], |x| &x * 2.0, |x| x.exp(), &x[1]);
        cond__false(Bool[], F32[3]) |_, x| cond(&x[0], |x| &x * 2.0, |x| x.exp(), &x[1]);
        cond__captures(F32[], F32[3], F32[3]) |p, x| {
            let (a, b) = (&x[1], &x[2]);
            cond(&x[0].gt(0), |()| (a + b, b * 2.0), |()| (b - a, p.get("w", DType::F32, [3]) + a), ())
        };
        cond__nested(F32[], F32[2]) |_, x| {
            let y = &x[1];
            cond(&x[0].gt(0), |x| cond(&x.gt(10), |x| y + x, |x| y - x, &x), |x| y * x, &x[0])
        };
        switch(I32[], F32[3]) |_, x| switch(&x[0], 3, |branch, x| match branch {
            0 => x.sin(),
            1 => &x * 2.0,
            _ => &x + 100.0,
        }, &x[1]);
        switch__above(I64[], F32[3]) |_, x| switch(&x[0], 3, |branch, x| &x * branch as f32, &x[1]);
        switch__below(I8[], F32[3]) |_, x| switch(&x[0], 2, |branch, x| &x + branch as f32, &x[1]);
        switch__one(U8[], F32[3]) |_, x| switch(&x[0], 1, |_, x| -x, &x[1]);

        while_loop(I32[]) |_, x| while_loop(|(n, _)| n.gt(1), |(n, steps)| {
            let odd = (&n & 1).eq(1);
            (cond(&odd, |n| n * 3 + 1, |n| n / 2, &n), steps + 1)
        }, (&x[0], Tensor::zeros(DType::I32, [])));
        while_loop__captures(F32[3], F32[]) |_, x| {
            let (step, limit) = (x[0].abs() + 0.5, &x[1]);
            while_loop(|y| y.sum(..).lt(limit), |y| y + &step, Tensor::zeros(DType::F32, [3]))
        };
        while_loop__never(F32[2]) |_, x| while_loop(|y| y.sum(..).ne(y.sum(..)), |y| y * 0.0, &x[0]);
        while_loop__unused_carry(F32[2]) |_, x| {
            while_loop(|(i, _, _)| i.lt(3), |(i, y, z)| (i + 1, &y * 2.0, z + y), (
                Tensor::zeros(DType::I32, []), &x[0], &x[0],
            )).1
        };
        fori_loop(F32[2, 2]) |_, x| fori_loop(0, 5, |i, y| y.matmul(&x[0]) + i.convert(DType::F32), &x[0]);
        fori_loop__none(F32[2]) |_, x| fori_loop(3, -2, |_, y| y * 2.0, &x[0]);
        fori_loop__traced(I32[], F32[2]) |_, x| fori_loop(2, &x[0], |i, y| y + i.convert(DType::F32), &x[1]);

        scan(F32[2], F32[4, 2]) |_, x| scan(|c, x| (&c * 0.5 + &x, &c + x), &x[0], &x[1]);
        scan__reverse(F32[2], F32[4, 2]) |_, x| scan_with(&reverse(), |c, x| (&c * 0.5 + &x, &c + x), &x[0], &x[1]);
        scan__empty(F32[2], F32[0, 2]) |_, x| scan(|c, x| (&c * 0.5 + &x, (&c + x, c.sum(..))), &x[0], &x[1]);
        scan__size_0(F32[0], F32[3, 0]) |_, x| scan(|c, x| (&c + &x, c * x), &x[0], &x[1]);
        scan__one(F32[2], F32[1, 2]) |_, x| scan(|c, x| (&c + &x, c * x), &x[0], &x[1]);
        scan__length(F32[2]) |_, x| {
            let options = ScanOptions { length: Some(3), ..ScanOptions::default() };
            scan_with(&options, |c, ()| (&c * 2.0, ()), &x[0], ()).0
        };
        scan__unrolled(F32[2], F32[7, 2]) |_, x| {
            let options = ScanOptions { unroll: 3, ..reverse() };
            scan_with(&options, |c, x| (&c * 0.5 + &x, &c + x), &x[0], &x[1])
        };
        scan__trees(F32[], I32[3], Bool[3], C64[3]) |_, x| {
            scan(|(sum, [count]), (n, (b, z))| {
                let count = &count + &n;
                ((sum + 1.0, [count.clone()]), (vec![b.select(&n, &count), n], z * 2.0))
            }, (&x[0], [Tensor::zeros(DType::I32, [])]), (&x[1], (&x[2], &x[3])))
        };
        scan__nested(F32[2], F32[3, 4, 2]) |p, x| scan(|c, rows| {
            let w = p.get("w", DType::F32, [2]);
            let (c, sums) = scan(|c, row| (&c * 0.5 + &row * &w, (&c + &row + &x[0]).sum(..)), &c, &rows);
            (c, sums.max(..))
        }, &x[0], &x[1]);
        scan__narrow(I32[3]) |_, x| {
            scan(|c, x| (x.clone(), (c.convert(DType::I4), x.convert(DType::F8E5M2))), x[0].select_at(0, 0), &x[0]).1
        }.0.convert(DType::I32);
        associative_scan(F32[7, 2]) |_, x| associative_scan(|a, b| a + b, &x[0], 0, false);
        associative_scan__max(F32[2, 8]) |_, x| associative_scan(|a, b| a.maximum(b), &x[0], -1, true);
        associative_scan__small(I32[0], I32[1], I32[2], Bool[5]) |_, x| (
            associative_scan(|a, b| a * b, &x[0], 0, false),
            associative_scan(|a, b| a * b, &x[1], 0, true),
            associative_scan(|a, b| a * b, &x[2], 0, false),
            associative_scan(|a, b| a ^ b, &x[3], 0, false)
        );
        associative_scan__recurrence(F32[13], F32[13]) |_, x| {
            associative_scan(|(a, b): (Tensor, Tensor), (c, d): (Tensor, Tensor)| (&a * &c, b * c + d), (&x[0], &x[1]), 0, false)
        };
        map(F32[3, 2]) |_, x| map(|row| (row.sum(..), &row * row.max(..)), &x[0]);
    }
}
