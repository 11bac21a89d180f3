//! The op table: every operation as a small program, with edge cases.
//!
//! One table drives the golden texts (`crates/frontend/tests/golden.rs`) and the executions against NumPy
//! (`crates/bering/tests/ops.rs`, values from `crates/bering/tests/fixtures/generate.py`). A name is `op` or `op__edge`; edge
//! cases have no golden text, as theirs would repeat the op's.

use bering_frontend::nn::{self, Embedding, LayerNorm, Linear, Module};
use bering_frontend::{DType, GatherDims, Graph, Params, Spec, Tensor, Tree, trace};

/// One program: its name, the types of its data arguments, what it computes.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) specs: Vec<Spec>,
    pub(crate) function: fn(&Params, &[Tensor]) -> Vec<Tensor>,
}

impl Case {
    /// The traced program.
    pub(crate) fn graph(&self) -> bering_frontend::Result<Graph> {
        trace(self.name, &self.specs, self.function)
    }
}

fn outputs(value: impl Tree) -> Vec<Tensor> {
    let mut outputs = Vec::new();
    value.flatten(&mut outputs);
    outputs
}

/// `f32[2, 3]` as written in the table.
macro_rules! spec {
    ($dtype:ident $dims:tt) => {
        Spec::new(DType::$dtype, $dims)
    };
}

macro_rules! cases {
    ($($name:ident($($dtype:ident $dims:tt),*) |$p:pat_param, $x:pat_param| $body:expr;)*) => {
        vec![$(Case {
            name: stringify!($name),
            specs: vec![$(spec!($dtype $dims)),*],
            function: |$p, $x| outputs($body),
        }),*]
    };
}

mod arrays;
mod control;
mod data;
mod elements;
mod windows;

/// Every case of the table.
pub(crate) fn all() -> Vec<Case> {
    [
        elementwise(),
        comparisons(),
        movement(),
        contractions(),
        reductions(),
        creation(),
        composed(),
        data::indexing(),
        data::ordering(),
        control::control(),
        elements::all(),
        arrays::all(),
        windows::all(),
        windows::linear_algebra(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn elementwise() -> Vec<Case> {
    cases! {
        abs(F32[8]) |_, x| x[0].abs();
        abs__i32(I32[4]) |_, x| x[0].abs();
        abs__c64(C64[3]) |_, x| x[0].abs();
        neg(F32[8]) |_, x| -&x[0];
        exp(F32[8]) |_, x| x[0].exp();
        exp__empty(F32[0, 3]) |_, x| x[0].exp();
        exp__scalar(F32[]) |_, x| x[0].exp();
        exp__f64(F64[8]) |_, x| x[0].exp();
        exp__bf16(Bf16[8]) |_, x| x[0].exp();
        exp__f16(F16[8]) |_, x| x[0].exp();
        exp__c64(C64[3]) |_, x| x[0].exp();
        expm1(F32[8]) |_, x| x[0].expm1();
        log(F32[8]) |_, x| x[0].log();
        log1p(F32[8]) |_, x| x[0].log1p();
        sqrt(F32[8]) |_, x| x[0].sqrt();
        rsqrt(F32[8]) |_, x| x[0].rsqrt();
        cbrt(F32[8]) |_, x| x[0].cbrt();
        tanh(F32[8]) |_, x| x[0].tanh();
        sigmoid(F32[8]) |_, x| x[0].sigmoid();
        sin(F32[8]) |_, x| x[0].sin();
        cos(F32[8]) |_, x| x[0].cos();
        tan(F32[8]) |_, x| x[0].tan();
        floor(F32[8]) |_, x| x[0].floor();
        ceil(F32[8]) |_, x| x[0].ceil();
        round(F32[8]) |_, x| x[0].round();
        round_away(F32[8]) |_, x| x[0].round_away();
        sign(F32[8]) |_, x| x[0].sign();
        sign__i32(I32[4]) |_, x| x[0].sign();
        erf(F32[64]) |_, x| x[0].erf();
        erf__f64(F64[64]) |_, x| x[0].erf();
        is_finite(F32[8]) |_, x| x[0].is_finite();
        not(Bool[2]) |_, x| !&x[0];
        not__i32(I32[4]) |_, x| !&x[0];
        popcount(U32[4]) |_, x| x[0].popcount();

        add(F32[2, 3], F32[3]) |_, x| &x[0] + &x[1];
        add__outer(F32[2, 1], F32[1, 3]) |_, x| &x[0] + &x[1];
        add__scalars(F32[3]) |_, x| 1 + (0.5f32 + &x[0] + 2.0) + 3i64;
        add__empty(F32[0, 3], F32[3]) |_, x| &x[0] + &x[1];
        add__i32_wraps(I32[2], I32[2]) |_, x| &x[0] + &x[1];
        add__bf16(Bf16[3], Bf16[3]) |_, x| &x[0] + &x[1];
        add__f8(F32[4]) |_, x| (x[0].convert(DType::F8E4M3Fn) + 1.0).convert(DType::F32);
        add__i4(I32[4]) |_, x| (x[0].convert(DType::I4) + 1).convert(DType::I32);
        subtract(F32[2, 3], F32[2, 3]) |_, x| &x[0] - &x[1];
        subtract__u8_wraps(U8[2], U8[2]) |_, x| &x[0] - &x[1];
        multiply(F32[2, 3], F32[2, 3]) |_, x| &x[0] * &x[1];
        multiply__c64(C64[3], C64[3]) |_, x| &x[0] * &x[1];
        divide(F32[6], F32[6]) |_, x| &x[0] / &x[1];
        divide__i32(I32[4], I32[4]) |_, x| &x[0] / &x[1];
        remainder(F32[4], F32[4]) |_, x| &x[0] % &x[1];
        remainder__i32(I32[4], I32[4]) |_, x| &x[0] % &x[1];
        maximum(F32[4], F32[4]) |_, x| x[0].maximum(&x[1]);
        minimum(F32[4], F32[4]) |_, x| x[0].minimum(&x[1]);
        power(F32[5], F32[5]) |_, x| x[0].pow(&x[1]);
        power__i32(I32[3]) |_, x| x[0].pow(3);
        atan2(F32[4], F32[4]) |_, x| x[0].atan2(&x[1]);
        and(Bool[4], Bool[4]) |_, x| &x[0] & &x[1];
        or(Bool[4], Bool[4]) |_, x| &x[0] | &x[1];
        xor(I32[3], I32[3]) |_, x| &x[0] ^ &x[1];
        shift_left(I32[3], I32[3]) |_, x| &x[0] << &x[1];
        shift_right_arithmetic(I32[3], I32[3]) |_, x| &x[0] >> &x[1];
        shift_right_logical(U32[3], U32[3]) |_, x| &x[0] >> &x[1];
        shift_right_logical__i32(I32[3], I32[3]) |_, x| x[0].shift_right_logical(&x[1]);

        convert(F32[4]) |_, x| x[0].convert(DType::I32);
        convert__from_i32(I32[3]) |_, x| (x[0].convert(DType::F32), x[0].convert(DType::Bool), x[0].convert(DType::I8));
        convert__halves(F32[4]) |_, x| (x[0].convert(DType::Bf16), x[0].convert(DType::F16));
        convert__from_u8(U8[3]) |_, x| (x[0].convert(DType::F32), x[0].convert(DType::I32));
        convert__f64(F64[3]) |_, x| (x[0].convert(DType::F32), x[0].convert(DType::C64));
        stop_gradient(F32[2]) |_, x| x[0].stop_gradient();
        optimization_barrier(F32[2], I32[3]) |_, x| {
            let mut both = Tensor::optimization_barrier(&[&x[0], &x[1]]);
            both.reverse();
            both
        };
    }
}

fn comparisons() -> Vec<Case> {
    cases! {
        eq(F32[4], F32[4]) |_, x| x[0].eq(&x[1]);
        eq__bool(Bool[4], Bool[4]) |_, x| x[0].eq(&x[1]);
        ne(F32[4], F32[4]) |_, x| x[0].ne(&x[1]);
        lt(F32[4], F32[4]) |_, x| x[0].lt(&x[1]);
        lt__u32(U32[3], U32[3]) |_, x| x[0].lt(&x[1]);
        lt__i32(I32[3], I32[3]) |_, x| x[0].lt(&x[1]);
        le(F32[4], F32[4]) |_, x| x[0].le(&x[1]);
        gt(F32[4], F32[4]) |_, x| x[0].gt(&x[1]);
        ge(F32[4], F32[4]) |_, x| x[0].ge(&x[1]);
        select(Bool[2, 1], F32[3], F32[2, 3]) |_, x| x[0].select(&x[1], &x[2]);
        select__scalars(F32[4]) |_, x| x[0].gt(0).select(-1.5, &x[0]);
        clamp(F32[6]) |_, x| x[0].clamp(-1.0, 1.0);
        clamp__tensors(I32[4], I32[4]) |_, x| x[0].clamp(0, &x[1]);
    }
}

fn movement() -> Vec<Case> {
    cases! {
        reshape(F32[2, 6]) |_, x| x[0].reshape([3, 2, 2]);
        flatten(F32[2, 3, 4]) |_, x| (x[0].flatten(0, -1), x[0].flatten(1, 2));
        unflatten(F32[2, 6]) |_, x| x[0].unflatten(-1, [2, 3]);
        expand_dims(F32[2, 3]) |_, x| x[0].expand_dims([0, -1]);
        squeeze(F32[1, 2, 1, 3]) |_, x| (x[0].squeeze(0), x[0].squeeze(..), x[0].squeeze([-2]));
        transpose(F32[2, 3, 4]) |_, x| x[0].transpose([-1, 0, 1]);
        swap_axes(F32[2, 3, 4]) |_, x| x[0].swap_axes(0, -1);
        broadcast_to(F32[3, 1]) |_, x| x[0].broadcast_to([2, 3, 4]);
        broadcast_to__scalar(F32[]) |_, x| x[0].broadcast_to([2, 2]);
        flip(F32[2, 3]) |_, x| (x[0].flip(-1), x[0].flip(..));
        slice(F32[2, 8]) |_, x| (x[0].slice(1, 2..5), x[0].slice(-2, 1..1));
        slice_step(F32[2, 8]) |_, x| x[0].slice_step(-1, 1..8, 3);
        select_at(F32[2, 3, 4]) |_, x| (x[0].select_at(1, -1), x[0].select_at(0, 0));
        split(F32[2, 6]) |_, x| x[0].split(-1, &[1, 0, 5]);
        concatenate(F32[2, 3], F32[2, 1], F32[2, 0]) |_, x| Tensor::concatenate(&[&x[0], &x[1], &x[2]], -1);
        concatenate__u2(I32[2]) |_, x| {
            let narrow = x[0].convert(DType::U2);
            Tensor::concatenate(&[&narrow, &narrow], 0).convert(DType::I32)
        };
        stack(F32[3], F32[3]) |_, x| (Tensor::stack(&[&x[0], &x[1]], 0), Tensor::stack(&[&x[0], &x[1]], -1));
        pad(F32[2, 3]) |_, x| x[0].pad(0.5, &[(1, 0), (-1, 2)]);
        pad__empty(I32[0]) |_, x| x[0].pad(7, &[(1, 2)]);
        take(F32[5, 3], I32[2, 2]) |_, x| x[0].take(&x[1], 0);
        take__out_of_range(F32[3, 2], I32[5]) |_, x| x[0].take(&x[1], 0);
        take__last_axis(F32[2, 5], I32[3]) |_, x| x[0].take(&x[1], -1);
        take__scalar_index(F32[3, 2, 4], I32[]) |_, x| x[0].take(&x[1], 1);
        take__nothing(F32[0, 2], I32[0]) |_, x| x[0].take(&x[1], 0);
        take__i64(I64[4], I64[2]) |_, x| x[0].take(&x[1], 0);
        gather(F32[4, 5], I32[3, 2]) |_, x| x[0].gather(&x[1], GatherDims {
            collapsed_slice_dims: vec![0, 1],
            start_index_map: vec![0, 1],
            index_vector_dim: 1,
            slice_sizes: vec![1, 1],
            ..GatherDims::default()
        });
        gather__batched(F32[2, 5], I32[2, 3]) |_, x| x[0].gather(&x[1], GatherDims {
            collapsed_slice_dims: vec![1],
            operand_batching_dims: vec![0],
            start_indices_batching_dims: vec![0],
            start_index_map: vec![1],
            index_vector_dim: 2,
            slice_sizes: vec![1, 1],
            ..GatherDims::default()
        });
    }
}

fn contractions() -> Vec<Case> {
    cases! {
        matmul(F32[4, 3], F32[3, 5]) |_, x| x[0].matmul(&x[1]);
        matmul__batch_by_matrix(F32[2, 4, 3], F32[3, 5]) |_, x| x[0].matmul(&x[1]);
        matmul__batches(F32[2, 1, 4, 3], F32[6, 3, 5]) |_, x| x[0].matmul(&x[1]);
        matmul__matrix_by_batch(F32[4, 3], F32[2, 3, 5]) |_, x| x[0].matmul(&x[1]);
        matmul__vectors(F32[3], F32[3]) |_, x| x[0].matmul(&x[1]);
        matmul__vector_by_batch(F32[3], F32[2, 3, 5]) |_, x| x[0].matmul(&x[1]);
        matmul__batch_by_vector(F32[2, 4, 3], F32[3]) |_, x| x[0].matmul(&x[1]);
        matmul__nothing_to_sum(F32[2, 0], F32[0, 3]) |_, x| x[0].matmul(&x[1]);
        matmul__empty(F32[0, 4], F32[4, 3]) |_, x| x[0].matmul(&x[1]);
        matmul__i32(I32[2, 3], I32[3, 2]) |_, x| x[0].matmul(&x[1]);
        matmul__f64(F64[4, 3], F64[3, 5]) |_, x| x[0].matmul(&x[1]);
        matmul__bf16(Bf16[4, 3], Bf16[3, 5]) |_, x| x[0].matmul(&x[1]);
        matmul_as(Bf16[4, 3], Bf16[3, 5]) |_, x| x[0].matmul_as(&x[1], DType::F32);
        dot_general(F32[2, 5, 3, 4], F32[2, 6, 3, 4]) |_, x| x[0].dot_general(&x[1], ([3], [-1]), ([0, 2], [0, 2]));
    }
}

fn reductions() -> Vec<Case> {
    cases! {
        sum(F32[2, 3, 4]) |_, x| (x[0].sum(1), x[0].sum([0, -1]), x[0].sum(..), x[0].sum_keepdims(-1));
        sum__scalar(F32[]) |_, x| x[0].sum(..);
        sum__empty(F32[0, 3]) |_, x| (x[0].sum(0), x[0].sum(1), x[0].prod(0), x[0].max(0), x[0].min(0));
        sum__bf16(Bf16[4096]) |_, x| x[0].sum(0);
        sum__i32(I32[2, 3]) |_, x| x[0].sum(-1);
        sum__u8_wraps(U8[4]) |_, x| x[0].sum(0);
        sum__c64(C64[3]) |_, x| x[0].sum(0);
        prod(F32[2, 3]) |_, x| x[0].prod(0);
        max(F32[2, 3]) |_, x| (x[0].max(-1), x[0].max_keepdims(0));
        max__nan(F32[4]) |_, x| (x[0].max(0), x[0].min(0));
        max__i32(I32[3]) |_, x| (x[0].max(0), x[0].min(0));
        max__u8_empty(U8[0]) |_, x| (x[0].max(0), x[0].min(0));
        max__f16(F16[4]) |_, x| x[0].max(0);
        min(F32[2, 3]) |_, x| x[0].min(-1);
        mean(F32[2, 3]) |_, x| (x[0].mean(-1), x[0].mean_keepdims(..));
        mean__bf16(Bf16[1000]) |_, x| x[0].mean(0);
        mean__empty(F32[0]) |_, x| x[0].mean(0);
        variance(F32[2, 5]) |_, x| x[0].variance(-1);
        variance__far_mean(F32[6]) |_, x| x[0].variance(0);
        logsumexp(F32[2, 3]) |_, x| x[0].logsumexp(-1);
        logsumexp__infinite(F32[3, 2]) |_, x| x[0].logsumexp(-1);
        any(Bool[2, 3]) |_, x| (x[0].any(-1), x[0].any(..));
        all(Bool[2, 3]) |_, x| (x[0].all(-1), x[0].all_keepdims(0));
        argmax(F32[2, 4]) |_, x| x[0].argmax(-1);
        argmax__nan(F32[2, 4]) |_, x| (x[0].argmax(-1), x[0].argmin(-1));
        argmax__ties(I32[5]) |_, x| (x[0].argmax(0), x[0].argmin(0));
        argmin(F32[2, 4]) |_, x| x[0].argmin(0);
        argmin__infinite(F32[3]) |_, x| (x[0].argmin(0), x[0].argmax(0));
    }
}

fn creation() -> Vec<Case> {
    cases! {
        constant() |_, _| (
            Tensor::constant(&[1.5f32, -2.0, f32::NAN, f32::INFINITY], [2, 2]),
            Tensor::constant(&[i64::MIN, 7], [2]),
            Tensor::constant(&[0u8; 0], [0, 2])
        );
        constant__bool() |_, _| (
            Tensor::constant(&[true, false, false, true, true, true, false, false, true, false], [10]),
            Tensor::constant(&[true], [])
        );
        constant__large() |_, _| {
            let values: Vec<f32> = (0..300).map(|i| (i as f32).sin()).collect();
            Tensor::constant(&values, [300])
        };
        full() |_, _| (Tensor::full(0.1, DType::F32, [2]), Tensor::full(-3, DType::I32, [2]));
        zeros() |_, _| (Tensor::zeros(DType::F64, [2]), Tensor::ones(DType::U8, [2]), Tensor::ones(DType::Bool, [2]));
        iota() |_, _| (Tensor::iota(DType::I32, [2, 3], -1), Tensor::arange(DType::F32, 4));
        tri() |_, _| (Tensor::tri(3, 4, 0), Tensor::tri(3, 3, -1));
        tril(F32[2, 3, 3]) |_, x| (x[0].tril(0), x[0].tril(1));
        triu(F32[3, 4]) |_, x| (x[0].triu(0), x[0].triu(-1));
    }
}

fn composed() -> Vec<Case> {
    cases! {
        softmax(F32[2, 4]) |_, x| (x[0].softmax(-1), x[0].softmax(0));
        softmax__large(F32[4]) |_, x| x[0].softmax(0);
        softmax__bf16(Bf16[2, 4]) |_, x| x[0].softmax(-1);
        log_softmax(F32[2, 4]) |_, x| x[0].log_softmax(-1);
        relu(F32[4]) |_, x| x[0].relu();
        silu(F32[4]) |_, x| x[0].silu();
        gelu(F32[64]) |_, x| x[0].gelu();
        gelu_tanh(F32[8]) |_, x| x[0].gelu_tanh();
        linear(F32[2, 3]) |p, x| Linear::new(&p.at("dense"), 3, 4).forward(&x[0]);
        embedding(I32[2, 2]) |p, x| Embedding::new(&p.at("words"), 5, 3).forward(&x[0]);
        layer_norm(F32[2, 8]) |p, x| LayerNorm::new(&p.at("norm"), 8, 1e-12).forward(&x[0]);
        attention(F32[2, 3, 2, 4], F32[2, 5, 2, 4], F32[2, 5, 2, 4], I32[2, 5]) |_, x| {
            nn::attention(&x[0], &x[1], &x[2], Some(&nn::padding_mask(&x[3], DType::F32)))
        };
    }
}
