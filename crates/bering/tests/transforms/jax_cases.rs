//! The functions of `fixtures/gradients/generate.py` beyond real elementwise ones and plain movement.

use super::Function;
use bering::frontend::control::while_loop;
use bering::frontend::{
    Conv, DType, Index, PadMode, Pads, Pool, Reducer, Tensor, Transpose, TriangularSolve, Window, checkpoint,
    custom_vjp, grad,
};

/// All of them, by name.
pub(super) fn cases() -> Vec<(&'static str, Function)> {
    [FUNCTIONS, COMPLEX, ORDERING, WINDOWS, LINEAR_ALGEBRA, INDEXING, WRAPPED].concat()
}

/// A complex number of two arguments.
fn z(x: &[Tensor]) -> Tensor {
    x[0].complex(&x[1])
}

/// One real number that depends on both parts.
fn parts(z: Tensor) -> Tensor {
    z.real() + z.imag() * 2.0
}

const FUNCTIONS: &[(&str, Function)] = &[
    ("acos", |x| x[0].acos()),
    ("asin", |x| x[0].asin()),
    ("atanh", |x| x[0].atanh()),
    ("erf_inv", |x| x[0].erf_inv()),
    ("asinh", |x| x[0].asinh()),
    ("atan", |x| x[0].atan()),
    ("cosh", |x| x[0].cosh()),
    ("erfc", |x| x[0].erfc()),
    ("sinh", |x| x[0].sinh()),
    ("exp2", |x| x[0].exp2()),
    ("softplus", |x| x[0].softplus()),
    ("square", |x| x[0].square()),
    ("trunc", |x| x[0].trunc()),
    ("nan_to_num", |x| x[0].nan_to_num()),
    ("acosh", |x| x[0].acosh()),
    ("log2", |x| x[0].log2()),
    ("reciprocal", |x| x[0].reciprocal()),
    ("lgamma", |x| x[0].lgamma()),
    ("digamma", |x| x[0].digamma()),
    ("polygamma", |x| x[0].polygamma(2)),
    ("logaddexp", |x| x[0].logaddexp(&x[1])),
    ("hypot", |x| x[0].hypot(&x[1])),
    ("floor_divide", |x| x[0].floor_divide(&x[1]) * &x[0]),
    ("floored_remainder", |x| x[0].remainder(&x[1])),
    ("reduce_precision", |x| x[0].reduce_precision(8, 7)),
    ("convert", |x| x[0].convert(DType::F32).convert(DType::F64) * &x[0]),
    ("select", |x| x[0].gt(0).select(&x[1], &x[2])),
    ("stop_gradient", |x| x[0].stop_gradient() * &x[0]),
    ("barrier", |x| Tensor::optimization_barrier(&[&x[0].sin()]).remove(0)),
];

const COMPLEX: &[(&str, Function)] = &[
    ("complex_exp", |x| parts(z(x).exp())),
    ("complex_log", |x| parts(z(x).log())),
    ("complex_sqrt", |x| parts(z(x).sqrt())),
    ("complex_rsqrt", |x| parts(z(x).rsqrt())),
    ("complex_sin", |x| parts(z(x).sin())),
    ("complex_cos", |x| parts(z(x).cos())),
    ("complex_tan", |x| parts(z(x).tan())),
    ("complex_tanh", |x| parts(z(x).tanh())),
    ("complex_expm1", |x| parts(z(x).expm1())),
    ("complex_log1p", |x| parts(z(x).log1p())),
    ("complex_logistic", |x| parts(z(x).sigmoid())),
    ("complex_sinh", |x| parts(z(x).sinh())),
    ("complex_cosh", |x| parts(z(x).cosh())),
    ("complex_conj", |x| parts(z(x).conj())),
    ("complex_square", |x| parts(z(x).square())),
    ("complex_abs", |x| z(x).abs()),
    ("complex_angle", |x| z(x).angle()),
    ("complex_arithmetic", |x| {
        let z = z(x);
        let w = &z * &z / (&z - 3.0) - z.pow(3.0);
        w.real() + w.imag().sin()
    }),
    ("complex_power", |x| z(x).pow(x[1].complex(&x[0])).real()),
    ("complex_product", |x| z(x).prod(..).imag()),
    ("complex_matmul", |x| {
        let z = z(x).matmul(&x[1].complex(&x[0]).swap_axes(0, 1));
        z.real() * z.imag()
    }),
];

const ORDERING: &[(&str, Function)] = &[
    ("sort", |x| x[0].sort(-1).square()),
    ("sort_first", |x| x[0].sort(0).square()),
    ("sort_pairs", |x| Tensor::sort_by(&[&x[0], &x[1]], 0, |pair| pair[0].lt(&pair[1])).remove(1).square()),
    ("median", |x| x[0].sort(0).select_at(0, 2)),
    ("top_k", |x| x[0].top_k(3).0.square()),
    ("cumsum", |x| x[0].sin().cumsum(-1)),
    ("cumprod", |x| x[0].cumprod(-1)),
    ("cummax", |x| x[0].square().cummax(1)),
    ("cummin", |x| x[0].square().cummin(0)),
    ("cumlogsumexp", |x| x[0].cumlogsumexp(1)),
];

const WINDOWS: &[(&str, Function)] = &[
    ("max_pool", |x| x[0].max_pool([2, 3], &Pool::new([3, 2]).strides([2, 2]).padding(Pads::Same))),
    ("min_pool", |x| x[0].min_pool([2, 3], &Pool::new([2, 2]).strides([1, 2]))),
    ("avg_pool", |x| x[0].square().avg_pool([2, 3], &Pool::new([3, 2]).strides([2, 1]).padding(Pads::Same))),
    ("reduce_window", |x| {
        let window = Window {
            strides: vec![1, 2],
            base_dilation: vec![2, 1],
            dilation: vec![2, 1],
            padding: vec![(1, 2), (-1, 1)],
            ..Window::new([2, 2])
        };
        x[0].square().reduce_window(Reducer::Add, 0, window)
    }),
    ("conv", |x| x[0].conv(&x[1], &Conv::new().strides([2, 1]).padding(Pads::Same))),
    ("conv_dilated", |x| {
        let pads = Pads::Explicit(vec![(2, -1), (1, 3)]);
        let conv = Conv::new().strides([1, 2]).padding(pads).input_dilation([1, 2]).dilation([2, 1]);
        x[0].conv(&x[1], &conv)
    }),
    ("conv_grouped", |x| x[0].conv(&x[1], &Conv::new().groups(2).padding(Pads::Same))),
    ("conv_depthwise", |x| x[0].conv(&x[1], &Conv::new().groups(4).strides([2]))),
    ("conv_batch_groups", |x| x[0].conv(&x[1], &Conv::new().batch_groups(2).strides([2]))),
    ("conv_channels_last", |x| x[0].conv(&x[1], &Conv::channels_last())),
    ("conv_volume", |x| x[0].conv(&x[1], &Conv::new().strides([1, 2, 1]))),
    ("conv_transpose_same", |x| x[0].conv_transpose(&x[1], &Conv::new().strides([2, 3]).padding(Pads::Same))),
    ("conv_transpose_valid", |x| x[0].conv_transpose(&x[1], &Conv::new().strides([2, 3]))),
];

/// The lower factor of `m m^H + 2`.
fn factor(m: &Tensor) -> Tensor {
    let adjoint = if m.dtype().is_complex() { m.conj() } else { m.clone() }.swap_axes(-1, -2);
    (m.matmul(&adjoint) + Tensor::eye(m.dim(-1), m.dim(-1), 0, m.dtype()) * 2.0).cholesky()
}

/// A system with the triangle of `a + 3`.
fn solved(a: &Tensor, b: &Tensor, solve: TriangularSolve) -> Tensor {
    (a + Tensor::eye(3, 3, 0, a.dtype()) * 3.0).triangular_solve(b, solve)
}

const fn solve(left_side: bool, lower: bool, unit_diagonal: bool, transpose: Transpose) -> TriangularSolve {
    TriangularSolve { left_side, lower, unit_diagonal, transpose }
}

const LINEAR_ALGEBRA: &[(&str, Function)] = &[
    ("fft", |x| parts(z(x).fft(-1).square())),
    ("ifftn", |x| parts(z(x).ifft(..).square())),
    ("rfft", |x| parts(x[0].rfft(-1).square())),
    ("rfft_even", |x| parts(x[0].rfft([-2, -1]).square())),
    ("irfft", |x| z(x).irfft(-1, 4).square()),
    ("irfft_odd", |x| z(x).irfft(-1, 5).square()),
    ("cholesky", |x| factor(&x[0]).square()),
    ("cholesky_complex", |x| parts(factor(&z(x)))),
    ("solve_left", |x| solved(&x[0], &x[1], solve(true, true, false, Transpose::None))),
    ("solve_left_transposed", |x| solved(&x[0], &x[1], solve(true, false, false, Transpose::Transpose))),
    ("solve_right", |x| solved(&x[0], &x[1], solve(false, true, true, Transpose::None))),
    ("solve_right_transposed", |x| solved(&x[0], &x[1], solve(false, false, false, Transpose::Transpose))),
    ("solve_adjoint", |x| {
        parts(solved(&z(x), &x[2].complex(&x[2]), solve(true, true, false, Transpose::Adjoint)))
    }),
    ("solve_positive_definite", |x| {
        let definite = x[0].matmul(&x[0].swap_axes(0, 1)) + Tensor::eye(3, 3, 0, DType::F64) * 2.0;
        definite.solve_positive_definite(&x[1])
    }),
];

const INDEXING: &[(&str, Function)] = &[
    ("at_get", |x| x[0].at((&x[1], 1..)).get().square()),
    ("at_pairs", |x| x[0].at((&x[1], .., &(&x[1] - 1))).get().square()),
    ("at_set", |x| x[0].square().at((Tensor::constant(&[3, 1], [2]), 1)).set(x[1].square())),
    ("at_add", |x| x[0].square().at(&x[1]).add(x[2].square())),
    ("at_multiply", |x| x[0].square().at(Tensor::constant(&[3, 1], [2])).unique().multiply(&x[1])),
    ("at_multiply_meeting", |x| x[0].at(Tensor::constant(&[1, 1, 1], [3])).multiply(&x[1])),
    ("at_multiply_zeros", |x| x[0].at(Tensor::constant(&[1, 1, 1], [3])).multiply(&x[1])),
    ("at_max", |x| x[0].square().at(Tensor::constant(&[3, 1], [2])).max(&x[1])),
    ("at_min", |x| x[0].square().at(Tensor::constant(&[3, 1], [2])).min(&x[1])),
    ("at_max_ties", |x| x[0].at(Tensor::constant(&[1, 1, 2], [3])).max(&x[1])),
    ("take_along_axis", |x| x[0].square().take_along_axis(&x[1], 1)),
    ("dynamic_slice", |x| x[0].square().dynamic_slice(&[&x[1], &(&x[1] - 1)], &[2, 3])),
    ("dynamic_update_slice", |x| x[0].square().dynamic_update_slice(&x[1].square(), &[&x[2], &(&x[2] - 1)])),
    ("reverse", |x| x[0].at((.., Index::stepped(.., -1))).get().square()),
    ("transpose", |x| x[0].transpose([2, 0, 1]).square()),
    ("reshape", |x| x[0].reshape([3, 4]).square()),
    ("roll", |x| x[0].roll(2, 1).square()),
    ("tril", |x| x[0].tril(0).square()),
    ("diagonal", |x| x[0].diagonal(1).square()),
    ("pad_reflect", |x| x[0].pad_with(PadMode::Reflect, &[(0, 0), (1, 2)]).square()),
    ("norm", |x| x[0].norm(-1)),
];

const WRAPPED: &[(&str, Function)] = &[
    ("checkpoint", |x| checkpoint(|x| x.exp().sin(), &x[0])),
    ("while", |x| while_loop(|x| x.sum(..).lt(100), |x| x * 1.5 + 1, &x[0])),
    ("custom_vjp", |x| {
        let clipped = |x: Tensor| {
            let forward = |x: Tensor| (x.square(), x);
            custom_vjp(|x| x.square(), forward, |x: Tensor, c: Tensor| c.clamp(-0.5, 0.5) * x, x)
        };
        grad(|x| clipped(x).sum(..), &x[0])
    }),
    ("reduce_by", |x| {
        let zero = Tensor::zeros(DType::F64, []);
        Tensor::reduce_by(&[&x[0]], &[&zero], 1, |l, r| &l[0] + &r[0] + &l[0] * &r[0]).remove(0)
    }),
    ("reduce_window_by", |x| {
        let zero = Tensor::zeros(DType::F64, []);
        let window = Window::new([2]);
        let both = Tensor::reduce_window_by(&[&x[0]], &[&zero], window, |l, r| &l[0] + &r[0] + &l[0] * &r[0]);
        both[0].expand_dims(0)
    }),
    ("reduce_window_products", |x| x[0].reduce_window(Reducer::Multiply, 1, Window::new([3]))),
];
