//! The table: operations as functions of `f64` and whole numbers, and where they are smooth.
//!
//! `name(Domain[dims], ..) |x| body`: domains are those of [`Domain`]; `Index(n)` gives `i32`, the others `f64`. A case is tried
//! with all its derivatives and batched in every way, so shapes are small and all axes differ in size.

use super::sample::Domain;
use bering::frontend::{
    DType, GatherDims, Graph, Location, NodeId, Op, Padding, Reducer, Result, ScatterDims, Spec, Tensor,
    Tree, Type, nn, trace, transform,
};

/// One function.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) inputs: Vec<Input>,
    function: fn(&[Tensor]) -> Vec<Tensor>,
}

/// One argument.
pub(crate) struct Input {
    pub(crate) spec: Spec,
    pub(crate) domain: Domain,
}

impl Case {
    pub(crate) fn graph(&self) -> Result<Graph> {
        let specs: Vec<Spec> = self.inputs.iter().map(|input| input.spec.clone()).collect();
        trace(self.name, &specs, |_, x| (self.function)(x))
    }
}

pub(crate) fn input<const N: usize>(domain: Domain, dims: [usize; N]) -> Input {
    let dtype = match domain {
        Domain::Index(_) => DType::I32,
        Domain::Real | Domain::Positive | Domain::Unit | Domain::Apart => DType::F64,
    };
    Input { spec: Spec::new(dtype, dims), domain }
}

pub(crate) fn outputs(value: impl Tree) -> Vec<Tensor> {
    let mut outputs = Vec::new();
    value.flatten(&mut outputs);
    outputs
}

macro_rules! cases {
    ($($name:ident($($domain:ident $(($bound:literal))? [$($dim:literal),*]),*) |$x:ident| $body:expr;)*) => {
        vec![$(Case {
            name: stringify!($name),
            inputs: vec![$(input(Domain::$domain $(($bound))?, [$($dim),*])),*],
            function: |$x| outputs($body),
        }),*]
    };
}

#[path = "control.rs"]
pub(crate) mod control;
#[path = "windows.rs"]
pub(crate) mod windows;

/// Cases with derivatives.
pub(crate) fn differentiable() -> Vec<Case> {
    [
        elementwise(),
        movement(),
        contractions(),
        reductions(),
        composed(),
        indexing(),
        control::differentiable(),
        windows::differentiable(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn elementwise() -> Vec<Case> {
    cases! {
        abs(Apart[2, 3]) |x| x[0].abs();
        cbrt(Positive[2, 3]) |x| x[0].cbrt();
        cos(Real[2, 3]) |x| x[0].cos();
        erf(Real[2, 3]) |x| x[0].erf();
        exp(Real[2, 3]) |x| x[0].exp();
        expm1(Real[2, 3]) |x| x[0].expm1();
        log(Positive[2, 3]) |x| x[0].log();
        log1p(Unit[2, 3]) |x| x[0].log1p();
        neg(Real[2, 3]) |x| -&x[0];
        rsqrt(Positive[2, 3]) |x| x[0].rsqrt();
        sigmoid(Real[2, 3]) |x| x[0].sigmoid();
        sin(Real[2, 3]) |x| x[0].sin();
        sqrt(Positive[2, 3]) |x| x[0].sqrt();
        tan(Unit[2, 3]) |x| x[0].tan();
        tanh(Real[2, 3]) |x| x[0].tanh();
        add(Real[2, 3], Real[3]) |x| &x[0] + &x[1];
        acos(Unit[2, 3]) |x| raw(Op::Acos, &[&x[0]]);
        acosh(Positive[2, 3]) |x| raw(Op::Acosh, &[&(&x[0] + 1.0)]);
        asin(Unit[2, 3]) |x| raw(Op::Asin, &[&x[0]]);
        asinh(Real[2, 3]) |x| raw(Op::Asinh, &[&x[0]]);
        atan(Real[2, 3]) |x| raw(Op::Atan, &[&x[0]]);
        atanh(Unit[2, 3]) |x| raw(Op::Atanh, &[&x[0]]);
        cosh(Real[2, 3]) |x| raw(Op::Cosh, &[&x[0]]);
        erfc(Real[2, 3]) |x| raw(Op::Erfc, &[&x[0]]);
        erf_inv(Unit[2, 3]) |x| raw(Op::ErfInv, &[&x[0]]);
        lgamma(Positive[2, 3]) |x| x[0].lgamma();
        digamma(Positive[2, 3]) |x| x[0].digamma();
        polygamma(Positive[2, 3]) |x| (x[0].polygamma(1), x[0].polygamma(0));
        sinh(Real[2, 3]) |x| raw(Op::Sinh, &[&x[0]]);
        complex(Real[2, 3], Real[2, 3]) |x| {
            let z = raw(Op::Complex, &[&x[0], &x[1]]);
            let w = (&z * &z + x[0].convert(DType::C128)).exp() / (&z - 3.0);
            (raw(Op::Real, &[&w]), raw(Op::Imag, &[&w.sin()]))
        };
        complex_abs(Positive[2, 3], Real[2, 3]) |x| raw(Op::Complex, &[&x[0], &x[1]]).abs();
        reduce_precision(Real[2, 3]) |x| raw(Op::ReducePrecision { exponent_bits: 11, mantissa_bits: 52 }, &[&x[0]]);
        atan2(Positive[2, 3], Real[2, 3]) |x| x[0].atan2(&x[1]);
        divide(Real[2, 3], Positive[2, 1]) |x| &x[0] / &x[1];
        maximum(Apart[2, 3], Apart[2, 3]) |x| x[0].maximum(&x[1]);
        minimum(Apart[2, 3], Apart[2, 3]) |x| x[0].minimum(&x[1]);
        multiply(Real[2, 3], Real[2, 3]) |x| &x[0] * &x[1];
        square(Real[2, 3]) |x| &x[0] * &x[0];
        power(Positive[2, 3], Real[2, 3]) |x| x[0].pow(&x[1]);
        power_scalar(Real[2, 3]) |x| x[0].pow(3);
        remainder(Apart[2, 3], Positive[2, 3]) |x| &x[0] % (&x[1] + 7.0);
        subtract(Real[2, 3], Real[1, 3]) |x| &x[0] - &x[1];
        clamp(Apart[3, 4]) |x| x[0].clamp(-1.0, 1.0);
        clamp_scalars(Apart[], Apart[3, 4], Apart[]) |x| x[1].clamp(&x[0] - 1.0, &x[2] + 1.0);
        clamp_tensors(Apart[3, 4], Apart[3, 4]) |x| x[0].clamp(&x[1] - 0.4, &x[1] + 0.4);
        select(Index(2)[2, 3], Real[2, 3], Real[2, 3]) |x| x[0].ne(0).select(&x[1], &x[2]);
        select_scalar(Index(2)[], Real[2, 3], Real[2, 3]) |x| x[0].ne(0).select(&x[1], &x[2]);
        convert(Real[2, 3]) |x| x[0].convert(DType::F64) * x[0].floor().convert(DType::I32).convert(DType::F64);
        optimization_barrier(Real[2], Index(5)[], Real[3]) |x| {
            Tensor::optimization_barrier(&[&(&x[0] * &x[0]), &x[1], &x[2].exp()])
        };
        optimization_barrier_one(Real[2]) |x| Tensor::optimization_barrier(&[&x[0].sin()]);
        stop_gradient(Real[2, 3]) |x| (x[0].sin(), x[0].floor().stop_gradient() * &x[0]);
        flat(Apart[2, 3]) |x| (x[0].floor() + x[0].ceil() + x[0].round() + x[0].round_away() + x[0].sign()) * &x[0];
    }
}

fn movement() -> Vec<Case> {
    cases! {
        broadcast_in_dim(Real[3, 1]) |x| x[0].broadcast_to([2, 3, 4]).sin();
        broadcast_scalar(Real[]) |x| x[0].broadcast_to([2, 3]).sin();
        concatenate(Real[2, 3], Real[2, 1], Real[2, 4]) |x| {
            Tensor::concatenate(&[&x[0], &x[1], &x[0], &x[2]], 1).sin()
        };
        pad(Real[2, 3], Real[]) |x| general_pad(&x[0], &x[1], [1, -1], [0, 2], [2, 0]).sin();
        pad_cut(Real[4, 5], Real[]) |x| general_pad(&x[0], &x[1], [-1, 2], [-2, -1], [1, 3]).sin();
        reshape(Real[2, 6]) |x| x[0].reshape([3, 4]).sin();
        reverse(Real[2, 3]) |x| x[0].flip([1]).sin();
        slice(Real[4, 5]) |x| x[0].slice(1, 2..5).sin();
        slice_step(Real[2, 8]) |x| (x[0].slice_step(-1, 1..8, 3).sin(), x[0].slice_step(1, 0..8, 2).sin());
        slice_nothing(Real[2, 8]) |x| (x[0].slice(1, 3..3), x[0].sin());
        transpose(Real[2, 3, 4]) |x| x[0].transpose([2, 0, 1]).sin();
        take(Real[5, 3], Index(5)[2, 2]) |x| x[0].take(&x[1], 0).sin();
        take_last(Real[2, 5], Index(5)[3]) |x| x[0].take(&x[1], 1);
        gather(Real[4, 5], Index(4)[3, 2]) |x| x[0].sin().gather(&x[1], GatherDims {
            collapsed_slice_dims: vec![0, 1],
            start_index_map: vec![0, 1],
            index_vector_dim: 1,
            slice_sizes: vec![1, 1],
            ..GatherDims::default()
        });
        gather_batched(Real[2, 5], Index(5)[2, 3]) |x| x[0].sin().gather(&x[1], GatherDims {
            collapsed_slice_dims: vec![1],
            operand_batching_dims: vec![0],
            start_indices_batching_dims: vec![0],
            start_index_map: vec![1],
            index_vector_dim: 2,
            slice_sizes: vec![1, 1],
            ..GatherDims::default()
        });
        take_clamped(Real[3, 2], Index(9)[4]) |x| x[0].take(&(&x[1] - 4), 0).sin();
        tril(Real[2, 3, 3]) |x| x[0].tril(0).sin();
    }
}

/// `pad` with gaps, which has no method.
fn general_pad(x: &Tensor, value: &Tensor, low: [i64; 2], high: [i64; 2], interior: [usize; 2]) -> Tensor {
    let padding = Padding { low: low.to_vec(), high: high.to_vec(), interior: interior.to_vec() };
    raw(Op::Pad(padding), &[x, value])
}

/// An operation with one result and without a method.
pub(crate) fn raw(op: Op, operands: &[&Tensor]) -> Tensor {
    several(op, operands).remove(0)
}

/// An operation without a method.
pub(crate) fn several(op: Op, operands: &[&Tensor]) -> Vec<Tensor> {
    let here = Location::caller();
    let mut graph = Graph::new("raw");
    let inputs: Vec<NodeId> = operands
        .iter()
        .map(|operand| graph.push_input(operand.spec().clone(), None, here).unwrap())
        .collect();
    let whole = graph.push(op, &inputs, here, None).unwrap();
    let results: Vec<NodeId> = match graph.node(whole).ty.clone() {
        Type::Tensor(_) => vec![whole],
        Type::Tuple(specs) => (0..specs.len())
            .map(|index| graph.push(Op::Element { index }, &[whole], here, None).unwrap())
            .collect(),
    };
    graph.set_outputs(&results).unwrap();
    let operands: Vec<Tensor> = operands.iter().map(|&operand| operand.clone()).collect();
    transform::replay(&graph, &operands)
}

fn contractions() -> Vec<Case> {
    cases! {
        matmul(Real[2, 3], Real[3, 4]) |x| x[0].matmul(&x[1]);
        matmul_vectors(Real[3], Real[3]) |x| x[0].matmul(&x[1]);
        matmul_batches(Real[2, 1, 2, 3], Real[4, 3, 2]) |x| x[0].matmul(&x[1]);
        matmul_square(Real[3, 3]) |x| x[0].matmul(&x[0]);
        dot_general(Real[2, 5, 3, 4], Real[3, 2, 4, 6]) |x| x[0].dot_general(&x[1], ([3], [2]), ([0, 2], [1, 0]));
        dot_two_contracted(Real[2, 3, 4], Real[4, 5, 2]) |x| x[0].dot_general(&x[1], ([0, 2], [2, 0]), ([0; 0], [0; 0]));
        dot_outer(Real[2], Real[3]) |x| x[0].dot_general(&x[1], ([0; 0], [0; 0]), ([0; 0], [0; 0]));
    }
}

fn reductions() -> Vec<Case> {
    cases! {
        sum(Real[2, 3, 4]) |x| x[0].sin().sum([0, 2]);
        prod(Real[2, 3, 4]) |x| (x[0].prod([0, 2]), x[0].prod(1));
        prod_one(Real[1, 3]) |x| x[0].prod(0);
        max(Apart[2, 3, 4]) |x| x[0].max([0, 2]);
        min(Apart[2, 3]) |x| x[0].min(1);
        mean(Real[2, 3]) |x| x[0].sin().mean(0);
        variance(Real[2, 5]) |x| x[0].variance(1);
        logsumexp(Real[2, 5]) |x| x[0].logsumexp(1);
    }
}

fn composed() -> Vec<Case> {
    cases! {
        softmax(Real[2, 5]) |x| x[0].softmax(-1);
        log_softmax(Real[2, 5]) |x| x[0].log_softmax(-1);
        relu(Apart[2, 5]) |x| x[0].relu();
        silu(Real[2, 5]) |x| x[0].silu();
        gelu(Real[2, 5]) |x| x[0].gelu();
        gelu_tanh(Real[2, 5]) |x| x[0].gelu_tanh();
        attention(Real[1, 3, 2, 4], Real[1, 5, 2, 4], Real[1, 5, 2, 3]) |x| nn::attention(&x[0], &x[1], &x[2], ());
        mlp(Real[3, 4], Real[4, 5], Real[5]) |x| ((x[0].matmul(&x[1]) + &x[2]).tanh() * 0.5).sum(0);
    }
}

fn indexing() -> Vec<Case> {
    cases! {
        dynamic_slice(Real[4, 5], Index(6)[], Index(3)[]) |x| {
            raw(Op::DynamicSlice { sizes: vec![2, 3] }, &[&x[0].sin(), &x[1], &(&x[2] - 1)])
        };
        dynamic_update_slice(Real[4, 5], Real[2, 3], Index(6)[], Index(3)[]) |x| {
            raw(Op::DynamicUpdateSlice, &[&x[0].sin(), &x[1].sin(), &x[2], &(&x[3] - 1)])
        };
        scatter_add(Real[4, 5], Index(6)[3, 1], Real[3, 2]) |x| scattered(Some(Reducer::Add), x);
        scatter_replace(Real[4, 5], Index(6)[3, 1], Real[3, 2]) |x| scattered(None, x);
        scatter_multiply(Real[4, 5], Index(2)[3, 1], Real[3, 2]) |x| {
            // Rows 0, 1 or 4: the last is out of range, and its update left out; no two are one.
            let rows = Tensor::constant(&[0, 2, 4], [3, 1]) + &x[1];
            scattered_at(true, Some(Reducer::Multiply), &[x[0].clone(), rows, x[2].clone()])
        };
        scatter_multiply_meeting(Real[4, 5], Index(6)[3, 1], Real[3, 2]) |x| scattered(Some(Reducer::Multiply), x);
        at_multiply(Real[4], Real[3]) |x| {
            // A zero among those that meet: what it meets must not be divided by it.
            x[0].at(Tensor::constant(&[1, 1, 1], [3])).multiply(x[1].abs().sqrt() * &Tensor::constant(&[0.0, 1.0, 2.0], [3]))
        };
        scatter_max(Apart[4, 5], Index(6)[3, 1], Apart[3, 2]) |x| scattered(Some(Reducer::Maximum), x);
        scatter_min(Apart[4, 5], Index(6)[3, 1], Apart[3, 2]) |x| scattered(Some(Reducer::Minimum), x);
        scatter_batched(Real[2, 5], Index(6)[2, 3], Real[2, 3]) |x| raw(
            Op::Scatter {
                dims: ScatterDims {
                    inserted_window_dims: vec![1],
                    input_batching_dims: vec![0],
                    scatter_indices_batching_dims: vec![0],
                    scatter_dims_to_operand_dims: vec![1],
                    index_vector_dim: 2,
                    ..ScatterDims::default()
                },
                combine: Some(Reducer::Add),
            },
            &[&x[0].sin(), &x[1], &x[2].sin()],
        );
        at_set(Real[4, 5], Real[2, 5]) |x| x[0].sin().at(Tensor::constant(&[3, 1], [2])).set(x[1].sin());
    }
}

/// Windows of two elements of a row each, at rows that may be equal or out of range.
fn scattered(combine: Option<Reducer>, x: &[Tensor]) -> Tensor {
    scattered_at(false, combine, x)
}

fn scattered_at(unique_indices: bool, combine: Option<Reducer>, x: &[Tensor]) -> Tensor {
    let dims = ScatterDims {
        update_window_dims: vec![1],
        inserted_window_dims: vec![0],
        scatter_dims_to_operand_dims: vec![0],
        index_vector_dim: 1,
        unique_indices,
        ..ScatterDims::default()
    };
    raw(Op::Scatter { dims, combine }, &[&x[0], &x[1], &x[2]])
}

/// Cases without derivatives, which are batched all the same.
pub(crate) fn others() -> Vec<Case> {
    plain().into_iter().chain(control::forward_only()).chain(windows::others()).collect()
}

fn plain() -> Vec<Case> {
    cases! {
        and(Index(9)[2, 3], Index(9)[2, 3]) |x| &x[0] & &x[1];
        or(Index(9)[2, 3], Index(9)[3]) |x| &x[0] | &x[1];
        xor(Index(9)[2, 3], Index(9)[2, 3]) |x| &x[0] ^ &x[1];
        not(Index(9)[2, 3]) |x| (!&x[0], !x[0].eq(3));
        popcount(Index(9)[2, 3]) |x| x[0].popcount();
        shifts(Index(9)[2, 3], Index(4)[2, 3]) |x| (&x[0] << &x[1], &x[0] >> &x[1], x[0].shift_right_logical(&x[1]));
        count_leading_zeros(Index(9)[2, 3]) |x| raw(Op::CountLeadingZeros, &[&x[0]]);
        is_finite(Real[2, 3]) |x| x[0].log().is_finite();
        compare(Index(3)[2, 3], Index(3)[2, 3]) |x| (x[0].eq(&x[1]), x[0].lt(&x[1]));
        rounding(Real[2, 3]) |x| (x[0].floor(), x[0].ceil(), x[0].round(), x[0].round_away(), x[0].sign());
        argmax(Apart[2, 3, 4]) |x| (x[0].argmax(1), x[0].argmin(-1));
        any(Index(2)[2, 3]) |x| (x[0].ne(0).any(1), x[0].ne(0).all(0));
        pad_whole(Index(9)[2, 3], Index(9)[]) |x| general_pad(&x[0], &x[1], [1, 0], [0, 2], [0, 1]);
        reduce_init(Real[2, 3], Real[]) |x| x[0].sum(1) + &x[1];
        constants(Real[2, 3]) |x| (&x[0] + Tensor::iota(DType::F64, [2, 3], 1), Tensor::arange(DType::I32, 4));
    }
}
