//! Orders, windows, convolutions, Fourier transforms and factorisations in the table.

use super::super::sample::Domain;
use super::{Case, input, outputs};
use bering::frontend::{
    Conv, DType, IntoAxes, Pads, Pool, Reducer, Tensor, Transpose, TriangularSolve, Window,
};

/// A matrix that is positive definite wherever it is tried; only its lower triangle is read.
fn definite(x: &Tensor) -> Tensor {
    x * 0.3 + Tensor::eye(x.dim(-1), x.dim(-1), 0, DType::F64) * 3.0
}

/// As [`definite`], complex; its diagonal is real.
fn hermitian(x: &Tensor, y: &Tensor) -> Tensor {
    definite(x).complex(y.tril(-1) * 0.3)
}

/// Both parts, as derivatives are checked on real numbers.
fn parts(z: &Tensor) -> [Tensor; 2] {
    [z.real(), z.imag()]
}

/// Products of complex numbers: no two elements can be combined apart from each other.
fn products(x: &Tensor, y: &Tensor, axes: impl IntoAxes) -> Vec<Tensor> {
    let (one, zero) = (Tensor::ones(DType::F64, []), Tensor::zeros(DType::F64, []));
    Tensor::reduce_by(&[x, y], &[&one, &zero], axes, multiplied)
}

fn multiplied(l: &[Tensor], r: &[Tensor]) -> [Tensor; 2] {
    [&l[0] * &r[0] - &l[1] * &r[1], &l[0] * &r[1] + &l[1] * &r[0]]
}

fn solve(left_side: bool, lower: bool, unit_diagonal: bool, transpose: Transpose) -> TriangularSolve {
    TriangularSolve { left_side, lower, unit_diagonal, transpose }
}

/// Cases with derivatives.
pub(crate) fn differentiable() -> Vec<Case> {
    cases! {
        sort(Apart[2, 5]) |x| (x[0].sort(-1).sin(), x[0].sort_descending(0));
        sort_by(Apart[4], Real[4]) |x| {
            let sorted = Tensor::sort_by(&[&x[0].sin(), &x[1]], 0, |pair| pair[0].gt(&pair[1]));
            [&sorted[0] * &sorted[1], sorted[1].sin()]
        };
        top_k(Apart[2, 5]) |x| x[0].top_k(3).0.sin();
        take_along_axis(Real[2, 5], Index(5)[2, 3]) |x| x[0].sin().take_along_axis(&x[1], 1);
        put_along_axis(Real[2, 5], Real[2, 1]) |x| {
            x[0].sin().put_along_axis(&Tensor::constant(&[3, 1], [2, 1]), x[1].sin(), 1)
        };
        at_get(Real[3, 4], Index(3)[2], Index(4)[2]) |x| (x[0].sin().at((&x[1], &x[2])).get(), x[0].at((1, ..)).get());
        at_update(Real[3, 4], Real[2, 4]) |x| (
            x[0].sin().at(1..).set(&x[1]),
            x[0].at(Tensor::constant(&[2, 2], [2])).add(x[1].sin()),
            x[0].at((0, 1)).multiply(x[1].sum(..))
        );
        max_pool(Apart[4, 5]) |x| (
            x[0].sin().max_pool([0, 1], &Pool::new([2, 3]).strides([1, 2])),
            x[0].min_pool(1, &Pool::new([2]).padding(Pads::Same))
        );
        avg_pool(Real[4, 5]) |x| (
            x[0].sin().avg_pool([0, 1], &Pool::new([3, 2]).strides([2, 1]).padding(Pads::Same)),
            x[0].avg_pool(1, &Pool::new([3]).padding(Pads::Same).without_padding())
        );
        reduce_window(Real[4, 5]) |x| x[0].sin().reduce_window(Reducer::Add, 0, Window {
            strides: vec![1, 2],
            base_dilation: vec![2, 1],
            dilation: vec![2, 1],
            padding: vec![(1, 2), (-1, 1)],
            ..Window::new([2, 2])
        });
        reduce_window_product(Real[4, 5]) |x| x[0].reduce_window(Reducer::Multiply, 1, Window {
            strides: vec![1, 2],
            base_dilation: vec![2, 1],
            dilation: vec![2, 1],
            padding: vec![(1, 2), (-1, 1)],
            ..Window::new([2, 2])
        });
        reduce_by(Real[3, 2, 5], Real[3, 2, 5]) |x| products(&x[0], &x[1], [0, 2]);
        reduce_by_one(Real[1, 4], Real[1, 4]) |x| products(&x[0], &x[1], 0);
        reduce_window_by_pairs(Real[6], Real[6]) |x| {
            let (one, zero) = (Tensor::ones(DType::F64, []), Tensor::zeros(DType::F64, []));
            let window = Window { strides: vec![2], padding: vec![(1, 1)], ..Window::new([3]) };
            Tensor::reduce_window_by(&[&x[0], &x[1]], &[&one, &zero], window, multiplied)
        };
        cumsum(Real[2, 4]) |x| x[0].sin().cumsum(-1);
        cumprod(Real[2, 4]) |x| (x[0].cumprod(-1), x[0].cumprod(0));
        cummax(Apart[2, 4]) |x| (x[0].sin().cummax(-1), x[0].cummin(0).sin());
        cumlogsumexp(Real[2, 5]) |x| x[0].cumlogsumexp(-1);
        conv(Real[2, 3, 5, 4], Real[2, 3, 3, 2]) |x| (
            x[0].sin().conv(&x[1].sin(), &Conv::new()),
            x[0].conv(&x[1], &Conv::new().strides([2, 3]).padding(Pads::Same)).sin()
        );
        conv_dilated(Real[1, 2, 5, 4], Real[3, 2, 2, 3]) |x| {
            let pads = Pads::Explicit(vec![(2, -1), (1, 3)]);
            x[0].conv(&x[1], &Conv::new().padding(pads).dilation([2, 1]).input_dilation([1, 2]).strides([1, 2]))
        };
        conv_groups(Real[2, 4, 5], Real[6, 2, 3]) |x| x[0].conv(&x[1], &Conv::new().groups(2).padding(Pads::Same));
        conv_batch_groups(Real[4, 3, 5], Real[4, 3, 2]) |x| x[0].conv(&x[1], &Conv::new().batch_groups(2).strides([2]));
        conv_channels_last(Real[2, 5, 3], Real[2, 3, 4]) |x| x[0].conv(&x[1], &Conv::channels_last());
        conv_transpose(Real[1, 2, 3, 2], Real[3, 2, 3, 2]) |x| x[0].conv_transpose(&x[1], &Conv::new().strides([2, 3]));
        fft(Real[2, 3], Real[2, 3]) |x| {
            let z = x[0].complex(&x[1]);
            (parts(&z.fft(-1).sin()), parts(&z.ifft(..)))
        };
        rfft(Real[2, 5]) |x| (parts(&x[0].rfft(-1).sin()), parts(&x[0].rfft([1, 0])));
        irfft(Real[2, 3], Real[2, 3]) |x| {
            let z = x[0].complex(&x[1]);
            (z.irfft(-1, 4).sin(), z.irfft(-1, 5), z.irfft(-1, 8))
        };
        cholesky(Real[2, 3, 3]) |x| definite(&x[0]).cholesky().sin();
        cholesky_complex(Real[3, 3], Real[3, 3]) |x| parts(&hermitian(&x[0], &x[1]).cholesky());
        solve_triangular(Real[3, 3], Real[3, 2], Real[3]) |x| (
            definite(&x[0]).solve_triangular(&x[1], true).sin(),
            definite(&x[0]).solve_triangular(&x[2], false)
        );
        triangular_solve(Real[2, 3, 3], Real[2, 3, 2], Real[2, 2, 3]) |x| (
            definite(&x[0]).triangular_solve(&x[1], solve(true, true, false, Transpose::Transpose)),
            definite(&x[0]).triangular_solve(&x[1], solve(true, false, true, Transpose::None)),
            definite(&x[0]).triangular_solve(&x[2], solve(false, true, false, Transpose::None)),
            definite(&x[0]).triangular_solve(&x[2], solve(false, false, true, Transpose::Transpose))
        );
        triangular_solve_complex(Real[3, 3], Real[3, 3], Real[3, 2]) |x| {
            let (a, b) = (hermitian(&x[0], &x[1]), x[2].complex(x[2].sin()));
            let adjoint = solve(true, true, false, Transpose::Adjoint);
            let right = solve(false, false, false, Transpose::Adjoint);
            (parts(&a.triangular_solve(&b, adjoint)), parts(&a.triangular_solve(&b.swap_axes(0, 1), right)))
        };
        solve_positive_definite(Real[3, 3], Real[3]) |x| definite(&x[0]).solve_positive_definite(&x[1]);
    }
}

/// Cases without derivatives.
pub(crate) fn others() -> Vec<Case> {
    cases! {
        bitcast(Real[2, 3]) |x| (x[0].bitcast(DType::U32), x[0].bitcast(DType::U32).bitcast(DType::F64));
        argsort(Index(4)[2, 5]) |x| (x[0].argsort(-1), x[0].argsort_descending(0));
        sort_whole(Index(4)[2, 5]) |x| x[0].sort(1);
        top_k_whole(Index(9)[5]) |x| x[0].top_k(2);
        search_sorted(Real[4], Real[3]) |x| x[0].sort(0).search_sorted(&x[1]);
        reduce_own_inits(Real[2, 3], Real[], Real[]) |x| {
            // Every example may have a value of its own for what is not there.
            Tensor::reduce_by(&[&x[0], &x[0].sin()], &[&x[1], &x[2]], 1, multiplied)
        };
        reduce_window_own_init(Real[5], Real[]) |x| (
            x[0].reduce_window(Reducer::Add, &x[1], Window { padding: vec![(1, 0)], ..Window::new([2]) }),
            x[0].reduce_window(Reducer::Maximum, &x[1], Window { padding: vec![(2, 1)], ..Window::new([2]) })
        );
        reduce_window_by(Real[5], Index(9)[5]) |x| {
            let inits = [Tensor::zeros(DType::F64, []), Tensor::zeros(DType::I32, [])];
            Tensor::reduce_window_by(&[&x[0], &x[1]], &[&inits[0], &inits[1]], Window::new([2]), |l, r| {
                [&l[0] + &r[0], l[1].maximum(&r[1])]
            })
        };
        max_pool_whole(Index(9)[5]) |x| x[0].max_pool(0, &Pool::new([2]));
        bincount(Index(4)[5]) |x| x[0].bincount(4);
    }
}
