//! `grad` and the like on closures: structures, captures, nesting, and functions with another derivative.

use super::program::{Compiled, difference};
use super::sample::Array;
use bering::frontend::control::scan;
use bering::frontend::{
    DType, Spec, Tensor, checkpoint, custom_vjp, grad, hessian, hvp, jacfwd, jacrev, jvp, stop_gradient,
    value_and_grad, value_and_grad_aux, vjp, vmap,
};

/// Runs a function of `f64` arrays and compares its results, one after the other, in pairs.
#[track_caller]
fn check_pairs(inputs: &[(&[usize], &[f64])], function: impl FnOnce(&[Tensor]) -> Vec<[Tensor; 2]>) {
    let specs: Vec<Spec> = inputs.iter().map(|(dims, _)| Spec::new(DType::F64, *dims)).collect();
    let program = Compiled::new(&specs, |x| function(x).into_iter().flatten().collect());
    let arrays: Vec<Array> =
        inputs.iter().zip(specs).map(|((_, values), spec)| Array { spec, values: values.to_vec() }).collect();
    for (at, pair) in program.call(&arrays).chunks(2).enumerate() {
        assert_eq!(pair[0].spec, pair[1].spec, "pair {at}");
        let difference = difference(&pair[0].values, &pair[1].values, 1e-12);
        assert_eq!(difference, None, "pair {at}: {:?} and {:?}", pair[0].values, pair[1].values);
    }
}

const X: (&[usize], &[f64]) = (&[3], &[0.3, -1.2, 0.8]);
const Y: (&[usize], &[f64]) = (&[3], &[1.1, 0.4, -0.7]);

#[test]
fn gradients_have_the_structure_of_the_point() {
    check_pairs(&[X, Y], |x| {
        let (a, b) = (&x[0], &x[1]);
        let (value, (of_a, [of_b])) = value_and_grad(|(a, [b])| (&a * a.sin() * b).sum(..), (a, [b]));
        let ((_, largest), of_vec) =
            value_and_grad_aux(|v: Vec<Tensor>| ((&v[0] * &v[1]).sum(..), v[0].max(..)), vec![a, b]);
        vec![
            [value, (a * a.sin() * b).sum(..)],
            [of_a, (a.sin() + a * a.cos()) * b],
            [of_b, a * a.sin()],
            [largest, a.max(..)],
            [of_vec[0].clone(), b.clone()],
            [of_vec[1].clone(), a.clone()],
        ]
    });
}

#[test]
fn captured_tensors_are_constants_inside_and_variables_outside() {
    check_pairs(&[X, Y], |x| {
        let (a, b) = (&x[0], &x[1]);
        let inner = |a: &Tensor, b: &Tensor| grad(|a| (&a * &a * b).sum(..), a);
        let mixed = grad(|b| (inner(a, &b) * a).sum(..), b);
        vec![[inner(a, b), 2.0 * a * b], [mixed, 2.0 * a * a]]
    });
}

#[test]
fn derivatives_nest_in_any_order() {
    check_pairs(&[X, Y], |x| {
        let (a, v) = (&x[0], &x[1]);
        let f = |x: Tensor| x.sin().sum(..);
        let third = grad(|x| (grad(|x| (grad(f, x) * v).sum(..), x) * v).sum(..), a);
        let forward_over_reverse = jvp(|x| grad(f, x), a, v).1;
        let reverse_over_forward = grad(|x| jvp(f, x, v).1, a);
        let forward_twice = jvp(|x| jvp(f, x, v).1, a, v).1;
        vec![
            [third, -a.cos() * v * v],
            [forward_over_reverse.clone(), -a.sin() * v],
            [hvp(f, a, v), forward_over_reverse],
            [reverse_over_forward, -a.sin() * v],
            [forward_twice, (-a.sin() * v * v).sum(..)],
        ]
    });
}

#[test]
fn pullbacks_run_as_often_as_they_are_called() {
    check_pairs(&[X, Y], |x| {
        let ((sum, product), pullback) = vjp(|(a, b)| (&a + &b, a * b), (&x[0], &x[1]));
        let zeros = Tensor::zeros(DType::F64, [3]);
        let first = pullback((x[0].clone(), zeros.clone()));
        let second = pullback((zeros, x[0].clone()));
        vec![
            [sum, &x[0] + &x[1]],
            [product, &x[0] * &x[1]],
            [first.0, x[0].clone()],
            [first.1, x[0].clone()],
            [second.0, &x[0] * &x[1]],
            [second.1, &x[0] * &x[0]],
        ]
    });
}

#[test]
fn jacobians_are_the_same_by_rows_and_columns() {
    let matrix: (&[usize], &[f64]) = (&[2, 3], &[1.0, -2.0, 0.5, 0.3, 0.7, -1.1]);
    check_pairs(&[X, matrix], |x| {
        let f = |v: Tensor| x[1].matmul(&v.sin());
        let expected = &x[1] * x[0].cos();
        let g = |v: Tensor| v.exp().prod(..) + (&v * &v * &v).sum(..);
        let eye = Tensor::iota(DType::I32, [3, 3], 0).eq(Tensor::iota(DType::I32, [3, 3], 1));
        let expected_hessian = x[0].exp().prod(..) + eye.select((&x[0] * 6.0).broadcast_to([3, 3]), 0);
        let (rows, columns) = (jacrev(f, &x[0]), jacfwd(f, &x[0]));
        let of_matrix = jacrev(|m: Tensor| m.matmul(&x[0]), &x[1]);
        let by_columns = jacfwd(|m: Tensor| m.matmul(&x[0]), &x[1]);
        vec![
            [rows, expected.clone()],
            [columns, expected],
            [hessian(g, &x[0]), expected_hessian],
            [of_matrix, by_columns],
        ]
    });
}

#[test]
fn batches_nest_and_mix_with_gradients() {
    let rows: (&[usize], &[f64]) = (&[2, 3], &[1.0, -2.0, 0.5, 0.3, 0.7, -1.1]);
    check_pairs(&[X, rows], |x| {
        let (w, rows) = (&x[0], &x[1]);
        let loss = |w: &Tensor, row: &Tensor| w.matmul(row).tanh();
        let each = vmap(|row: Tensor| grad(|w| loss(&w, &row), w), 0, 0, rows);
        let slope = |row: Tensor| 1.0f64 - (loss(w, &row) * loss(w, &row));
        let expected: Vec<Tensor> =
            (0..2).map(|i| slope(rows.select_at(0, i)) * rows.select_at(0, i)).collect();
        let total = grad(|w| vmap(|row: Tensor| loss(&w, &row), 0, 0, rows).sum(..), w);
        let outer = vmap(|a: Tensor| vmap(|b: Tensor| &a * &b, 0, 0, w), 0, -1, w);
        let (shared, moved) = vmap(
            |(a, b): (Tensor, Tensor)| (b.sum(..), a * &b),
            [None, Some(1)],
            [Some(0), Some(-1)],
            (&rows.select_at(1, 0), rows),
        );
        vec![
            [each.clone(), Tensor::stack(&expected.iter().collect::<Vec<_>>(), 0)],
            [total, each.sum(0)],
            [outer, w.expand_dims(1) * w],
            [shared, rows.sum(0)],
            [moved, rows * rows.slice(1, 0..1)],
        ]
    });
}

#[test]
fn a_function_keeps_its_derivative_in_a_checkpoint() {
    check_pairs(&[X, Y], |x| {
        let f = |a: Tensor| (a.sin() * &x[1]).exp();
        let plain = grad(|a| f(a).sum(..), &x[0]);
        let again = grad(|a| checkpoint(f, a).sum(..), &x[0]);
        let captured = |b: &Tensor| checkpoint(|a: Tensor| a * b, &x[0]).sum(..);
        let second = hvp(|a| checkpoint(f, a).sum(..), &x[0], &x[1]);
        vec![
            [again, plain],
            [grad(|b| captured(&b), &x[1]), x[0].clone()],
            [second, hvp(|a| f(a).sum(..), &x[0], &x[1])],
            [jvp(|a| checkpoint(f, a), &x[0], &x[1]).1, jvp(f, &x[0], &x[1]).1],
        ]
    });
}

/// `x^2` whose derivative is said to be `7 s x`, with a factor `s` that only the way back knows.
fn odd_square(x: &Tensor, s: &Tensor) -> Tensor {
    custom_vjp(|x: Tensor| &x * &x, |x: Tensor| (&x * &x, x), |x: Tensor, ct: Tensor| x * 7.0 * s * ct, x)
}

#[test]
fn a_custom_derivative_is_taken() {
    let rows: (&[usize], &[f64]) = (&[2, 3], &[1.0, -2.0, 0.5, 0.3, 0.7, -1.1]);
    check_pairs(&[X, Y, rows], |x| {
        let (a, s, rows) = (&x[0], &x[1], &x[2]);
        let slope = |a: &Tensor| grad(|a| (odd_square(&a, s) * 2.0).sum(..), a);
        let (c, _) = scan(|c, row: Tensor| ((odd_square(&c, s) + row).sin(), ()), a, rows);
        let in_scan =
            grad(|a| scan(|c, row: Tensor| ((odd_square(&c, s) + row).sin(), ()), a, rows).0.sum(..), a);
        let first = a * a + rows.select_at(0, 0);
        let inner = first.sin();
        let by_hand =
            (&inner * &inner + rows.select_at(0, 1)).cos() * 7.0 * s * &inner * first.cos() * 7.0 * s * a;
        vec![
            [odd_square(a, s), a * a],
            [slope(a), a * 14.0 * s],
            // The way back is code like any other: its derivative is its own.
            [grad(|a| (slope(&a) * a).sum(..), a), a * 28.0 * s],
            [jvp(|a| slope(&a), a, s).1, 14.0 * s * s],
            [vmap(|row: Tensor| slope(&row), 0, 0, rows), rows * 14.0 * s],
            [
                grad(|a| vmap(|row: Tensor| odd_square(&(&a + row), s), 0, 0, rows).sum(..), a),
                ((a + rows) * 7.0 * s).sum(0),
            ],
            [c, (&inner * &inner + rows.select_at(0, 1)).sin()],
            [in_scan, by_hand],
        ]
    });
}

#[test]
fn what_is_stopped_is_constant() {
    check_pairs(&[X, Y], |x| {
        let stopped = grad(
            |(a, b)| {
                let (fixed, _) = stop_gradient((&a, &b));
                (fixed * a * b.stop_gradient()).sum(..)
            },
            (&x[0], &x[1]),
        );
        vec![[stopped.0, &x[0] * &x[1]], [stopped.1, Tensor::zeros(DType::F64, [3])]]
    });
}

#[test]
fn a_checkpoint_is_computed_again_by_xla() {
    let count = |checkpointed: bool| {
        let spec = [Spec::new(DType::F64, [64])];
        let program = Compiled::new(&spec, |x| {
            let layer = |x: Tensor| x.tanh().sin().tanh();
            let deep = |x: Tensor| match checkpointed {
                true => checkpoint(layer, checkpoint(layer, x)),
                false => layer(layer(x)),
            };
            vec![grad(|x| deep(x).sum(..), &x[0])]
        });
        program.mentions("tanh")
    };
    let (kept, again) = (count(false), count(true));
    assert!(kept > 0, "the program is not readable as it was");
    assert!(again > kept, "{again} hyperbolic tangents with checkpoints, {kept} without");
}
