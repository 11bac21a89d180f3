//! Reading, writing and ordering at positions known only on the device.

use super::{Case, outputs};
use bering_frontend::{DType, Index, Reducer, ScatterDims, Spec, Tensor};

pub(super) fn indexing() -> Vec<Case> {
    cases! {
        dynamic_slice(F32[5, 4], I32[], I32[]) |_, x| x[0].dynamic_slice(&[&x[1], &x[2]], &[2, 3]);
        dynamic_slice__out_of_range(F32[5, 2], I32[4]) |_, x| (
            x[0].dynamic_slice_in(0, x[1].select_at(0, 0), 2),
            x[0].dynamic_slice_in(0, x[1].select_at(0, 1), 2),
            x[0].dynamic_slice_in(0, x[1].select_at(0, 2), 2),
            x[0].dynamic_slice_in(0, x[1].select_at(0, 3), 2),
            x[0].dynamic_slice_in(0, -2, 1),
            x[0].dynamic_slice_in(-1, 9i64, 1)
        );
        dynamic_slice__integers(I32[300], U8[], I8[], I64[], U32[]) |_, x| (
            x[0].dynamic_slice(&[&x[1]], &[2]),
            x[0].dynamic_slice(&[&x[2]], &[2]),
            x[0].dynamic_slice(&[&x[3]], &[2]),
            x[0].dynamic_slice(&[&x[4]], &[2])
        );
        dynamic_slice__empty(F32[0, 3], F32[], I32[]) |_, x| (
            x[0].dynamic_slice(&[&x[2], &x[2]], &[0, 2]),
            x[1].dynamic_slice(&[], &[])
        );
        dynamic_update_slice(F32[5, 4], F32[2, 3], I32[], I32[]) |_, x| {
            x[0].dynamic_update_slice(&x[1], &[&x[2], &x[3]])
        };
        dynamic_update_slice__out_of_range(F32[5], F32[2], I32[]) |_, x| (
            x[0].dynamic_update_slice_in(0, &x[1], &x[2]),
            x[0].dynamic_update_slice_in(0, &x[1], -2),
            x[0].dynamic_update_slice_in(0, &x[1].slice(0, 0..0), 1)
        );
        at_get(F32[4, 5, 6], I32[3], I32[2, 1]) |_, x| {
            let (t, i, j) = (&x[0], &x[1], &x[2]);
            vec![
                t.at(i).get(),
                t.at((.., i)).get(),
                t.at((i, j)).get(),
                t.at((1, .., i)).get(),
                t.at((i, .., j)).get(),
                t.at((.., i, 2)).get(),
                t.at((Index::NewAxis, i)).get(),
            ]
        };
        at_get__ranges(F32[4, 5, 6], I32[3]) |_, x| {
            let (t, i) = (&x[0], &x[1]);
            vec![
                t.at(-1).get(),
                t.at((1..3, 2)).get(),
                t.at((.., -3.., 0)).get(),
                t.at((Index::Ellipsis, 1)).get(),
                t.at((2, Index::Ellipsis, Index::NewAxis)).get(),
                t.at((Index::stepped(.., 2), Index::stepped(.., -2))).get(),
                t.at((Index::stepped(-1..1, -1), i)).get(),
                t.at((1..3, i, Index::stepped(1.., 3))).get(),
                t.at((i, 1..4, Index::stepped(.., -5))).get(),
                t.at((3..3, i)).get(),
                t.at(Index::stepped(.., i64::MIN)).get(),
            ]
        };
        at_get__out_of_range(F32[3, 2], I32[5]) |_, x| (x[0].at(&x[1]).get(), x[0].at(&x[1]).get_or(f32::NAN));
        at_get_or__pairs(F32[3, 4, 2], I32[3], I32[3]) |_, x| x[0].at((&x[1], .., &x[2])).get_or(-1);
        at_get__scalar(I32[3], I32[]) |_, x| (x[0].at(&x[1]).get(), x[0].at(1).get());
        at_set(F32[4, 5], I32[2], F32[2, 5]) |_, x| (
            x[0].at(&x[1]).set(&x[2]),
            x[0].at((.., &x[1])).set(1.5),
            x[0].at((1..3, 2..)).set(0),
            x[0].at((-1, Index::stepped(.., 2))).set(7.0)
        );
        at_set__new_axis(F32[4, 5], F32[5, 1]) |_, x| x[0].at((2, .., Index::NewAxis)).set(&x[1]);
        at_add(F32[4], I32[6], F32[6]) |_, x| (x[0].at(&x[1]).add(&x[2]), x[0].at(1..3).add(1), x[0].at(&x[1]).clamped().add(1.0));
        at_add__rows(F32[3, 4], I32[5], F32[5, 4]) |_, x| (x[0].at(&x[1]).add(&x[2]), x[0].at((&x[1], 1..3)).add(2.0));
        at_add__empty(F32[0, 2], F32[3], I32[0]) |_, x| (x[0].at(&x[2]).add(1.0), x[1].at(&x[2]).add(1.0));
        at_multiply(F32[4], I32[6], F32[6]) |_, x| (x[0].at(&x[1]).multiply(&x[2]), x[0].at(-1).multiply(3));
        at_min(I32[4], I32[6], I32[6]) |_, x| (x[0].at(&x[1]).min(&x[2]), x[0].at(&x[1]).max(&x[2]), x[0].at(1..).max(2));
        take_along_axis(F32[3, 4], I32[3, 2], I32[1, 4]) |_, x| (
            x[0].take_along_axis(&x[1], -1),
            x[0].take_along_axis(&x[2], 0)
        );
        put_along_axis(F32[3, 4], I32[3, 2], F32[3, 2]) |_, x| (
            x[0].put_along_axis(&x[1], &x[2], 1),
            x[0].put_along_axis(&x[1], 0.5, 1)
        );
        scatter(F32[4, 5], I32[3, 2], F32[3]) |_, x| x[0].scatter(&x[1], &x[2], ScatterDims {
            inserted_window_dims: vec![0, 1],
            scatter_dims_to_operand_dims: vec![1, 0],
            index_vector_dim: 1,
            ..ScatterDims::default()
        }, Some(Reducer::Add));
        scatter__batched(F32[2, 5], I32[2, 3], F32[2, 3]) |_, x| x[0].scatter(&x[1], &x[2], ScatterDims {
            inserted_window_dims: vec![1],
            input_batching_dims: vec![0],
            scatter_indices_batching_dims: vec![0],
            scatter_dims_to_operand_dims: vec![1],
            index_vector_dim: 2,
            ..ScatterDims::default()
        }, Some(Reducer::Maximum));
        scatter__windows_outside(F32[5], I32[3, 1], F32[3, 2]) |_, x| x[0].scatter(&x[1], &x[2], ScatterDims {
            update_window_dims: vec![1],
            scatter_dims_to_operand_dims: vec![0],
            index_vector_dim: 1,
            ..ScatterDims::default()
        }, None);
    }
}

pub(super) fn ordering() -> Vec<Case> {
    cases! {
        sort(F32[2, 5]) |_, x| (x[0].sort(-1), x[0].sort(0), x[0].sort_descending(1));
        sort__nan(F32[8]) |_, x| (x[0].sort(0), x[0].sort_descending(0), x[0].argsort(0), x[0].argsort_descending(0));
        sort__empty(F32[0, 3], I32[1]) |_, x| (x[0].sort(0), x[0].sort(1), x[1].sort(0), x[1].argsort(-1));
        sort__complex(C64[5]) |_, x| (x[0].sort(0), x[0].argsort_descending(0));
        argsort(I32[2, 6]) |_, x| (x[0].argsort(-1), x[0].argsort_descending(-1), x[0].argsort(0));
        sort_by(F32[5], I32[5]) |_, x| {
            Tensor::sort_by(&[&x[0], &x[1]], 0, |x| x[0].gt(&x[1]) | (x[0].eq(&x[1]) & x[2].lt(&x[3])))
        };
        sort_by__no_order(F32[64]) |_, x| {
            let sorted = Tensor::sort_by(&[&x[0]], 0, |x| x[0].eq(&x[0]) | x[1].eq(&x[1]));
            sorted[0].sum(0)
        };
        top_k(F32[2, 6]) |_, x| x[0].top_k(3);
        top_k__edges(F32[5], I32[6], Bf16[4], F32[3, 0]) |_, x| {
            let all = [x[0].top_k(5), x[1].top_k(4), x[2].top_k(1), x[0].top_k(0), x[3].top_k(0)];
            all.into_iter().flat_map(|(values, positions)| [values, positions]).collect::<Vec<_>>()
        };
        search_sorted(F32[6], F32[2, 3], I32[4], I32[3]) |_, x| (
            x[0].search_sorted(&x[1]),
            x[2].search_sorted(&x[3])
        );
    }
}
