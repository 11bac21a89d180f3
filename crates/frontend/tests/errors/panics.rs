//! No method panics, whatever it is given.

use bering_frontend::*;

/// Methods of one tensor and one number, which serves as axis, offset, amount or scalar.
const METHODS: &[fn(&Tensor, i64) -> Tensor] = &[
    |x, _| x.exp() + x.erf(),
    |x, n| x.named("a b").sum("a").rename(n, "c").contract(x, n),
    |x, n| x.merge([n, 0], "m").unflatten("m", shape![p = n as usize, q = 2]).unnamed(),
    |x, _| einsum("ij,jk,...->k...", &[x, x, x]) + einsum("i i ..., ... -> ...", &[x, x]),
    |x, n| random::Key::wrap(x).fold_in(n).uniform_between(x, n, x.dtype(), x.dims()),
    |x, n| random::Key::new(n as u64).categorical(x, n) + random::Key::new(0).randint(n..3, x.dtype(), [2]),
    |x, n| random::Key::new(1).shuffle(x, n) + random::Key::new(2).bernoulli(x, x.dims()).convert(x.dtype()),
    |x, n| {
        debug_print("x", x);
        random::Key::new(1).shuffle_lines(x, n)
            + random::Key::new(3).truncated_normal(n as f64, 1.0, x.dtype(), [2])
    },
    |x, n| x.sum(n) + n,
    |x, n| x.sum_keepdims([n, 0]) * n as f64,
    |x, n| x.max_keepdims(n).min(..) - x,
    |x, n| x.mean(n) / x.variance_keepdims(n),
    |x, n| x.logsumexp(n),
    |x, n| x.any(n) | x.all_keepdims(n),
    |x, n| x.argmax(n).select_at(0, n),
    |x, n| x.argmin(n).take(&x.convert(DType::I32), n),
    |x, n| x.softmax(n) + x.log_softmax(n),
    |x, n| x.swap_axes(n, 0).transpose([n, 1]),
    |x, n| x.expand_dims([n, 0]).squeeze(n),
    |x, n| x.flatten(0, n).unflatten(n, [2, 0]),
    |x, n| x.flip(n).slice_step(n, 1..2, n as usize),
    |x, n| x.slice(n, n as usize..3),
    |x, n| Tensor::concatenate(&x.split(n, &[n as usize, 1]).iter().collect::<Vec<_>>(), n),
    |x, n| Tensor::stack(&[x, x], n).broadcast_to([n as usize]),
    |x, n| x.pad(n, &[(n, n), (0, n)]),
    |x, n| x.pad(n as f32, &vec![(n, n); x.rank()]),
    |x, n| x.matmul(x).dot_general(x, ([n], [0]), ([0], [n])),
    |x, n| x.matmul_as(x, DType::F64).tril(n).triu(n),
    |x, n| x.clamp(n, x).select(x, n),
    |x, n| x.gt(n).select(x, n as f64),
    |x, n| Tensor::iota(x.dtype(), x.dims(), n),
    |x, n| Tensor::tri(n as usize, 2, n) & x,
    |x, n| (x >> n) << x.pow(n).atan2(n),
    |x, n| x.reshape([x.dim(n), n as usize]),
    |x, n| {
        x.gather(
            x,
            GatherDims { start_index_map: vec![n as usize], slice_sizes: vec![1], ..GatherDims::default() },
        )
    },
    |x, n| nn::attention(x, x, x, Some(x)).reshape([n as usize]),
    |x, n| x.dynamic_slice_in(n, n, n as usize).dynamic_slice(&[x], &[1]),
    |x, n| x.dynamic_update_slice_in(n, x, x).dynamic_update_slice(x, &[x]),
    |x, n| x.at(n).get() + x.at((.., x)).get_or(n),
    |x, n| x.at((n.., Index::stepped(..n, n))).set(n),
    |x, n| x.at((x, Index::Ellipsis, 0..n)).add(x).at(Index::stepped(n..0, n)).get(),
    |x, n| x.at([Index::NewAxis, Index::Position(n)]).multiply(x).at((x, n)).min(n),
    |x, n| x.at((0, x)).clamped().max(x).take_along_axis(x, n).put_along_axis(x, n, n),
    |x, n| {
        let dims = ScatterDims {
            update_window_dims: vec![n as usize],
            scatter_dims_to_operand_dims: vec![0],
            index_vector_dim: n as usize,
            ..ScatterDims::default()
        };
        x.scatter(x, x, dims, (n > 0).then_some(Reducer::Add))
    },
    |x, n| x.sort(n).sort_descending(n) + x.argsort(n).argsort_descending(n).convert(x.dtype()),
    |x, n| x.roll(n, n).tile(&[n as usize, 2]).repeat(n as usize, n),
    |x, n| x.move_axis(n, 0).diagonal(n).one_hot(n as usize, DType::F32),
    |x, n| x.pad_with(PadMode::Wrap, &vec![(n as usize, 1); x.rank()]).bincount(n as usize),
    |x, n| x.pad_with(PadMode::Edge, &[(n as usize, 1)]).count_nonzero(n),
    |_, n| Tensor::eye(n as usize, 2, n, DType::I8) + Tensor::linspace(0.5, n as f64, n as usize, DType::F16),
    |x, n| Tensor::arange_step(x.dtype(), n, 5, n) + Tensor::arange_step(x.dtype(), i64::MIN, i64::MAX, n),
    |x, n| x.std(n) + x.norm_keepdims(n) + x.variance_corrected(n, n as f64),
    |x, n| x.cumsum(n) * x.cumprod(n) + x.cummax(n) - x.cummin(n) / x.cumlogsumexp(n),
    |x, n| x.max_pool(n, &Pool::new([n as usize]).padding(Pads::Same)).min_pool(0, &Pool::new([2])),
    |x, n| x.avg_pool([n, 1], &Pool::new([2, n as usize]).strides([1, n as usize]).without_padding()),
    |x, n| x.sum_pool(n, &Pool::new([1]).padding(Pads::Explicit(vec![(n, n)])).dilation([n as usize])),
    |x, n| {
        x.reduce_window(
            Reducer::Add,
            n,
            Window { padding: vec![(n, 1); 3], ..Window::new([1, 2, n as usize]) },
        )
    },
    |x, n| x.conv(x, &Conv::new().strides([n as usize]).padding(Pads::SameLower)),
    |x, n| x.conv(x, &Conv::channels_last().groups(n as usize).dilation(vec![n as usize; x.rank()])),
    |x, n| {
        x.conv_transpose(x, &Conv::new().padding(Pads::Explicit(vec![(n, n); 2])).batch_groups(n as usize))
    },
    |x, n| x.conv_transpose(x, &Conv::new().strides(vec![n as usize; 1]).padding(Pads::Same)),
    |x, n| x.fft(n).ifft(..) + x.rfft(n).irfft(n, n as usize).fft_shift(n),
    |x, _| x.cholesky().solve_triangular(x, true).solve_positive_definite(x),
    |x, n| x.exp2() + x.log2() + x.trunc() + x.nan_to_num().logaddexp(n).hypot(x),
    |x, n| x.floor_divide(n).remainder(x).square().reciprocal() + x.softplus(),
    |x, n| x.complex(n).conj().angle() + x.imag() + x.acosh() + x.erf_inv(),
    |x, n| x.bitcast(DType::U8).leading_zeros().reduce_precision(n as u32, n as u32),
    |x, n| Tensor::reduce_by(&[x, x], &[x, x], n, |l, r| [&l[0] + &r[1], &l[1] * n]).remove(0),
    |x, n| x.top_k(n as usize).0.search_sorted(x),
    |x, _| nn::padding_mask(x, x.dtype()).gelu().relu().silu(),
    |x, n| Tensor::full(n, x.dtype(), [n as usize, 2]),
];

#[test]
fn no_argument_panics() {
    let dtypes = [DType::F32, DType::I32, DType::Bool, DType::C64, DType::F8E4M3Fn, DType::U4, DType::U64];
    let shapes: [&[usize]; 8] = [&[], &[0], &[1], &[3], &[2, 3], &[0, 3], &[2, 1, 3], &[1, 2, 2, 2]];
    let numbers = [0, 1, 2, -1, -3, 4, i64::MIN, i64::MAX, 1 << 40];
    let (mut right, mut wrong) = (0, 0);
    for (method, function) in METHODS.iter().enumerate() {
        for (dtype, shape) in dtypes.iter().flat_map(|dtype| shapes.map(|shape| (*dtype, shape))) {
            for number in numbers {
                let run = || trace("any", &[Spec::new(dtype, shape)], |_, x| function(&x[0], number));
                let result = std::panic::catch_unwind(run);
                let result =
                    result.unwrap_or_else(|_| panic!("method {method} on {dtype}{shape:?} with {number}"));
                match result.and_then(|graph| lower::to_stablehlo_bytecode(&graph)) {
                    Ok(_) => right += 1,
                    Err(error) => {
                        assert!(
                            !matches!(error.kind(), ErrorKind::Verify | ErrorKind::Lower),
                            "{method}: {error}"
                        );
                        wrong += 1;
                    }
                }
            }
        }
    }
    assert!(right > 500 && wrong > 5000, "{right} programs are right and {wrong} wrong");
}
