//! Pooling, convolutions, transforms and factorisations.

use super::{Case, outputs};
use bering_frontend::{Conv, DType, Pads, Pool, Reducer, Spec, Tensor, Transpose, TriangularSolve, Window};

/// A triangular system with everything said.
fn solve(left_side: bool, lower: bool, unit_diagonal: bool, transpose: Transpose) -> TriangularSolve {
    TriangularSolve { left_side, lower, unit_diagonal, transpose }
}

pub(super) fn all() -> Vec<Case> {
    cases! {
        max_pool(F32[1, 2, 5, 6]) |_, x| (
            x[0].max_pool([2, 3], &Pool::new([2, 2])),
            x[0].max_pool([2, 3], &Pool::new([3, 3]).strides([2, 2]).padding(Pads::Same)),
            x[0].max_pool(-1, &Pool::new([3]).strides([1]).dilation([2])),
            x[0].min_pool([2, 3], &Pool::new([3, 2]).padding(Pads::Explicit(vec![(1, 1), (0, 1)])))
        );
        max_pool__types(I32[6], Bf16[6], U8[6], F32[2, 0]) |_, x| (
            x[0].max_pool(0, &Pool::new([2])),
            x[1].max_pool(0, &Pool::new([3]).strides([1])),
            x[2].min_pool(0, &Pool::new([2]).padding(Pads::Explicit(vec![(2, 0)]))),
            x[3].max_pool(1, &Pool::new([2]).padding(Pads::Explicit(vec![(2, 0)])))
        );
        max_pool__nan(F32[6]) |_, x| (x[0].max_pool(0, &Pool::new([3])), x[0].min_pool(0, &Pool::new([3])));
        avg_pool(F32[1, 2, 5, 6]) |_, x| {
            let pool = Pool::new([3, 2]).strides([2, 1]).padding(Pads::SameLower);
            (
                x[0].avg_pool([2, 3], &pool),
                x[0].avg_pool([2, 3], &pool.clone().without_padding()),
                x[0].sum_pool([2, 3], &pool)
            )
        };
        reduce_window(F32[4, 5]) |_, x| (
            x[0].reduce_window(Reducer::Add, 0, Window {
                strides: vec![1, 2],
                base_dilation: vec![2, 1],
                dilation: vec![2, 1],
                padding: vec![(1, 2), (-1, 0)],
                ..Window::new([2, 2])
            }),
            x[0].reduce_window(Reducer::Multiply, 1, Window::new([1, 3])),
            x[0].reduce_window(Reducer::Add, 0, Window::new([5, 1]))
        );
        reduce_window__bool(Bool[5]) |_, x| {
            x[0].reduce_window(Reducer::Or, Tensor::zeros(DType::Bool, []), Window::new([2]))
        };
        reduce_window__scalar(F32[]) |_, x| x[0].reduce_window(Reducer::Add, 0, Window::new([]));
        reduce_window_by(F32[6], I32[6]) |_, x| {
            let inits = [Tensor::full(f32::NEG_INFINITY, DType::F32, []), Tensor::full(-1, DType::I32, [])];
            Tensor::reduce_window_by(&[&x[0], &x[1]], &[&inits[0], &inits[1]], Window::new([3]), |l, r| {
                let left = l[0].ge(&r[0]);
                [left.select(&l[0], &r[0]), left.select(&l[1], &r[1])]
            })
        };
        conv(F32[2, 3, 8, 7], F32[4, 3, 3, 2]) |_, x| (
            x[0].conv(&x[1], &Conv::new()),
            x[0].conv(&x[1], &Conv::new().strides([2, 3]).padding(Pads::Same)),
            x[0].conv(&x[1], &Conv::new().padding(Pads::Explicit(vec![(2, -1), (0, 3)])).dilation([2, 1])),
            x[0].conv(&x[1], &Conv::new().input_dilation([2, 3]).strides([1, 2]))
        );
        conv__groups(F32[2, 4, 6], F32[6, 2, 3], F32[4, 1, 3]) |_, x| (
            x[0].conv(&x[1], &Conv::new().groups(2)),
            x[0].conv(&x[2], &Conv::new().groups(4).padding(Pads::SameLower))
        );
        conv__batch_groups(F32[4, 3, 6], F32[4, 3, 2]) |_, x| x[0].conv(&x[1], &Conv::new().batch_groups(2));
        conv__channels_last(F32[2, 6, 5, 3], F32[3, 2, 3, 4]) |_, x| (
            x[0].conv(&x[1], &Conv::channels_last()),
            x[0].conv(&x[1], &Conv::new().layout("NHWC", "HWIO", "CNWH"))
        );
        conv__volumes(F32[1, 2, 4, 5, 3], F32[3, 2, 2, 2, 2]) |_, x| {
            x[0].conv(&x[1], &Conv::new().strides([1, 2, 1]))
        };
        conv__no_space(F32[4, 3], F32[5, 3]) |_, x| x[0].conv(&x[1], &Conv::new());
        conv__types(F64[1, 2, 5], F64[3, 2, 2], I32[1, 2, 5], I32[3, 2, 2], Bf16[1, 2, 5], Bf16[3, 2, 2], C64[1, 2, 5], C64[3, 2, 2]) |_, x| (
            x[0].conv(&x[1], &Conv::new()),
            x[2].conv(&x[3], &Conv::new()),
            x[4].conv(&x[5], &Conv::new()),
            x[4].conv(&x[5], &Conv::new().accumulate(DType::F32)),
            x[6].conv(&x[7], &Conv::new())
        );
        conv__empty(F32[0, 2, 5], F32[3, 2, 2], F32[2, 0, 5], F32[3, 0, 2], F32[1, 2, 1], F32[0, 2, 2]) |_, x| (
            x[0].conv(&x[1], &Conv::new()),
            x[2].conv(&x[3], &Conv::new()),
            x[4].conv(&x[1], &Conv::new()),
            x[4].conv(&x[5], &Conv::new().padding(Pads::Same))
        );
        conv_transpose(F32[1, 2, 4, 3], F32[3, 2, 3, 2]) |_, x| (
            x[0].conv_transpose(&x[1], &Conv::new().strides([2, 3])),
            x[0].conv_transpose(&x[1], &Conv::new().strides([2, 3]).padding(Pads::Same)),
            x[0].conv_transpose(&x[1], &Conv::new().strides([1, 1]).padding(Pads::Same).dilation([2, 1])),
            x[0].conv_transpose(&x[1], &Conv::new().strides([2, 2]).padding(Pads::Explicit(vec![(1, 1), (0, 1)])))
        );
    }
}

pub(super) fn linear_algebra() -> Vec<Case> {
    cases! {
        fft(C64[3, 5]) |_, x| (x[0].fft(-1), x[0].ifft(0), x[0].fft(..), x[0].ifft([1, 0]));
        fft__real(F32[4, 6], F64[3]) |_, x| (x[0].fft(0), x[1].ifft(0));
        fft__four_axes(C64[2, 3, 2, 4]) |_, x| (x[0].fft(..), x[0].ifft([0, 2, 3, 1]));
        fft__empty(C64[0, 3], C64[2]) |_, x| (x[0].fft(1), x[0].fft(0), x[1].fft(&[] as &[usize]));
        rfft(F32[4, 6], F64[5]) |_, x| (x[0].rfft(-1), x[0].rfft(0), x[0].rfft([0, 1]), x[1].rfft(0));
        irfft(C64[4, 4]) |_, x| (
            x[0].irfft(-1, 6),
            x[0].irfft(-1, 7),
            x[0].irfft([1, 0], 6),
            x[0].irfft(-1, 4),
            x[0].irfft(-1, 10)
        );
        fft_shift(F32[4, 5]) |_, x| (x[0].fft_shift(..), x[0].ifft_shift(1));
        cholesky(F32[2, 3, 3], F64[3, 3], C64[3, 3]) |_, x| (x[0].cholesky(), x[1].cholesky(), x[2].cholesky());
        cholesky__edges(F32[2, 2], F32[0, 0], F32[0, 3, 3], F32[1, 1]) |_, x| {
            (0..4).map(|i| x[i].cholesky()).collect::<Vec<_>>()
        };
        solve_triangular(F32[3, 3], F32[3, 2], F32[3]) |_, x| (
            x[0].solve_triangular(&x[1], true),
            x[0].solve_triangular(&x[2], false)
        );
        triangular_solve(F64[2, 3, 3], F64[2, 3, 2], F64[2, 2, 3]) |_, x| (
            x[0].triangular_solve(&x[1], solve(true, true, false, Transpose::None)),
            x[0].triangular_solve(&x[1], solve(true, false, true, Transpose::Transpose)),
            x[0].triangular_solve(&x[2], solve(false, true, false, Transpose::Transpose)),
            x[0].triangular_solve(&x[2], solve(false, false, true, Transpose::None))
        );
        triangular_solve__complex(C64[3, 3], C64[3, 2]) |_, x| (
            x[0].triangular_solve(&x[1], solve(true, true, false, Transpose::Adjoint)),
            x[0].triangular_solve(&x[1], solve(true, false, false, Transpose::Transpose))
        );
        triangular_solve__empty(F32[0, 0], F32[0, 2], F32[3, 3], F32[3, 0]) |_, x| (
            x[0].solve_triangular(&x[1], true),
            x[2].solve_triangular(&x[3], true)
        );
        solve_positive_definite(F32[3, 3], F32[3], C64[3, 3], C64[3, 2]) |_, x| (
            x[0].solve_positive_definite(&x[1]),
            x[2].solve_positive_definite(&x[3])
        );
    }
}
