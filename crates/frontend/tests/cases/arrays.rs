//! Elements moved and repeated, more reductions, more tensors from nothing.

use super::{Case, outputs};
use bering_frontend::{DType, PadMode, Spec, Tensor};

pub(super) fn all() -> Vec<Case> {
    cases! {
        roll(F32[3, 4]) |_, x| (x[0].roll(1, -1), x[0].roll(-5, 0), x[0].roll(2, ..), x[0].roll(i64::MIN, 1));
        roll__empty(F32[0, 2]) |_, x| x[0].roll(3, 0);
        tile(F32[2, 3]) |_, x| (x[0].tile(&[2]), x[0].tile(&[2, 1, 2]), x[0].tile(&[0, 1]), x[0].tile(&[]));
        repeat(F32[2, 3]) |_, x| (x[0].repeat(2, 0), x[0].repeat(3, -1), x[0].repeat(0, 1));
        move_axis(F32[2, 3, 4]) |_, x| (x[0].move_axis(0, -1), x[0].move_axis(2, 0), x[0].move_axis(1, 1));
        pad_with(F32[2, 4]) |_, x| (
            x[0].pad_with(PadMode::Edge, &[(1, 0), (2, 3)]),
            x[0].pad_with(PadMode::Reflect, &[(1, 0), (3, 2)]),
            x[0].pad_with(PadMode::Symmetric, &[(0, 2), (4, 1)]),
            x[0].pad_with(PadMode::Wrap, &[(0, 0), (1, 4)])
        );
        diagonal(F32[2, 3, 4]) |_, x| (x[0].diagonal(0), x[0].diagonal(2), x[0].diagonal(-1), x[0].diagonal(9));
        one_hot(I32[2, 2], U8[2]) |_, x| (x[0].one_hot(3, DType::F32), x[1].one_hot(300, DType::Bool));
        bincount(I32[2, 4], U8[3], U32[2]) |_, x| (x[0].bincount(4), x[1].bincount(256), x[2].bincount(3));
        eye() |_, _| (Tensor::eye(2, 3, 0, DType::F32), Tensor::eye(3, 3, -1, DType::I32));
        linspace() |_, _| (
            Tensor::linspace(-1.0, 2.0, 4, DType::F32),
            Tensor::linspace(0.0, 1.0, 7, DType::F64),
            Tensor::linspace(3.0, 4.0, 1, DType::F32),
            Tensor::linspace(3.0, 4.0, 0, DType::Bf16)
        );
        arange_step() |_, _| (
            Tensor::arange_step(DType::I32, 2, 11, 3),
            Tensor::arange_step(DType::F32, 3, -4, -2),
            Tensor::arange_step(DType::U8, 5, 5, 1),
            Tensor::arange_step(DType::I8, 5, 6, 1000)
        );
        std(F32[2, 5]) |_, x| (x[0].std(-1), x[0].std_keepdims(..), x[0].variance_corrected(0, 1.0));
        variance_corrected__nothing_left(F32[1]) |_, x| x[0].variance_corrected(0, 1.0);
        norm(F32[2, 3], C64[3], F32[0]) |_, x| (x[0].norm(-1), x[0].norm_keepdims(..), x[1].norm(0), x[2].norm(0));
        count_nonzero(F32[2, 3], Bool[4]) |_, x| (x[0].count_nonzero(-1), x[1].count_nonzero(..));
        reduce_by(F32[2, 5], I32[2, 5]) |_, x| {
            let inits = [Tensor::full(f32::NEG_INFINITY, DType::F32, []), Tensor::full(-1, DType::I32, [])];
            Tensor::reduce_by(&[&x[0], &x[1]], &[&inits[0], &inits[1]], -1, |l, r| {
                let left = l[0].ge(&r[0]);
                [left.select(&l[0], &r[0]), left.select(&l[1], &r[1])]
            })
        };
        reduce_by__one(I32[2, 3]) |_, x| {
            Tensor::reduce_by(&[&x[0]], &[&Tensor::full(0, DType::I32, [])], .., |l, r| &l[0] ^ &r[0])
        };
        cumsum(F32[2, 5]) |_, x| (x[0].cumsum(-1), x[0].cumsum(0));
        cumsum__types(I32[4], U8[3], Bf16[300], C64[3], F32[0], F32[1]) |_, x| {
            (0..6).map(|i| x[i].cumsum(0)).collect::<Vec<_>>()
        };
        cumsum__long(F32[1000]) |_, x| x[0].cumsum(0);
        cumprod(F32[2, 5]) |_, x| (x[0].cumprod(-1), x[0].cumprod(0));
        cummax(F32[2, 5], I32[4], F32[4]) |_, x| (
            x[0].cummax(-1),
            x[0].cummin(0),
            x[1].cummax(0),
            x[1].cummin(0),
            x[2].cummax(0),
            x[2].cummin(0)
        );
        cumlogsumexp(F32[2, 5], F32[1], F32[37], F32[4]) |_, x| {
            (0..4).map(|i| x[i].cumlogsumexp(-1)).collect::<Vec<_>>()
        };
    }
}
