//! Layers, attention and losses against PyTorch and transformers: every case of `fixtures/nn`, which `generate.py` there writes; values,
//! and gradients where the reference has them, in single precision and (`bf16_` and `f16_`) in 16 bits.

// Of the fixture's functions this test needs some, others need the rest.
#[allow(dead_code)]
#[path = "ops/fixture.rs"]
mod fixture;

use bering::frontend::random::Key;
use bering::frontend::{Conv, Pads, vjp};
use bering::prelude::nn::{Modifier, Module, Pairs, Rope, Scaling};
use bering::prelude::*;
use fixture::{Array, Fixture};

/// What a case computes of its arguments.
fn compute(name: &str, params: &Params, x: &[Tensor]) -> Tensor {
    let name = name.strip_prefix("bf16_").or(name.strip_prefix("f16_")).unwrap_or(name);
    match name.split_once('_') {
        Some(("attention", kind)) => attention(kind, x),
        Some(("rope", kind)) => rope(kind, x),
        Some(("activation", kind)) => activation(kind, &x[0]),
        Some(("loss", kind)) => loss(kind, &x[0], &x[1]),
        _ => layer(name, params, x),
    }
}

fn attention(kind: &str, x: &[Tensor]) -> Tensor {
    let with = |modifiers: &dyn Modifier| nn::attention(&x[0], &x[1], &x[2], modifiers);
    let segments = [[0, 0, 0, 1, 1, 1, 1], [0, 1, 1, 2, 2, 2, 2]].concat();
    match kind {
        "plain" | "cross" => with(&()),
        "causal" | "grouped" | "multi_query" => with(&nn::causal()),
        "bias" => with(&x[3]),
        "scale" => with(&nn::scale(0.3)),
        "window" => with(&(nn::causal(), nn::sliding_window(3))),
        "chunked" => with(&(nn::causal(), nn::chunked(3))),
        "prefix" => with(&nn::prefix(4)),
        "prefixes" => with(&nn::prefix(&Tensor::constant(&[2, 5], [2, 1, 1, 1]))),
        "segments" => with(&nn::same_segment(&Tensor::constant(&segments, [2, 7]))),
        "softcap" | "softcap_grouped" => with(&(nn::softcap(2.0), nn::causal())),
        "start" => with(&(nn::causal(), nn::starting_at(&Tensor::constant(&[4], [])))),
        "alibi_6" | "alibi_8" => with(&(nn::alibi(), nn::causal())),
        "sinks" => with(&(nn::causal(), nn::sinks(&x[3]))),
        other => panic!("no program for attention `{other}`"),
    }
}

fn rope(kind: &str, x: &[Tensor]) -> Tensor {
    let rope = Rope::new(16, 10_000.0);
    let rope = match kind {
        "default" => rope,
        "interleaved" => rope.pairs(Pairs::Interleaved),
        "partial" => rope.rotating(4),
        "linear" => rope.scaling(Scaling::Linear { factor: 4.0 }),
        // Of twice the trained length: 4 * 2 - (4 - 1).
        "ntk" => rope.scaling(Scaling::Ntk { factor: 5.0 }),
        "yarn" => {
            rope.scaling(Scaling::Yarn { factor: 4.0, trained: 64.0, fast: 32.0, slow: 1.0, truncate: true })
        }
        "yarn_whole" => {
            rope.scaling(Scaling::Yarn { factor: 4.0, trained: 64.0, fast: 8.0, slow: 2.0, truncate: false })
        }
        "yarn_temperature" => rope
            .scaling(Scaling::Yarn { factor: 4.0, trained: 64.0, fast: 32.0, slow: 1.0, truncate: true })
            .with_temperature(0.75),
        "dynamic" => rope.scaling(Scaling::Dynamic { factor: 3.0, trained: 64.0, length: 160.0 }),
        "dynamic_short" => rope.scaling(Scaling::Dynamic { factor: 3.0, trained: 64.0, length: 40.0 }),
        "longrope_short" => {
            let factors = (0..8).map(|i| 1.0 + f64::from(i) / 8.0).collect();
            rope.scaling(Scaling::LongRope { factors, trained: 64.0, longest: 256.0 })
        }
        "longrope_long" => {
            let factors = (0..8).map(|i| 1.0 + f64::from(i * i)).collect();
            rope.scaling(Scaling::LongRope { factors, trained: 64.0, longest: 256.0 })
        }
        "proportional" => rope.scaling(Scaling::Proportional { part: 0.5, factor: 2.0 }),
        "llama3" => rope.scaling(Scaling::Llama3 { factor: 8.0, trained: 64.0, low: 1.0, high: 4.0 }),
        other => panic!("no program for rope `{other}`"),
    };
    rope.apply(&x[0], &x[1])
}

fn activation(kind: &str, x: &Tensor) -> Tensor {
    match kind {
        "leaky_relu" => nn::leaky_relu(x, 0.2),
        "relu6" => nn::relu6(x),
        "elu" => nn::elu(x, 1.5),
        "selu" => nn::selu(x),
        "softplus" => nn::softplus(x),
        "log_sigmoid" => nn::log_sigmoid(x),
        "softsign" => nn::softsign(x),
        "mish" => nn::mish(x),
        "hard_sigmoid" => nn::hard_sigmoid(x),
        "hard_swish" => nn::hard_swish(x),
        "hard_tanh" => nn::hard_tanh(x),
        "squared_relu" => nn::squared_relu(x),
        "quick_gelu" => nn::quick_gelu(x),
        "gated" => nn::gated(x, Tensor::silu),
        "glu" => nn::gated(x, Tensor::sigmoid),
        other => panic!("no program for activation `{other}`"),
    }
}

fn loss(kind: &str, x: &Tensor, y: &Tensor) -> Tensor {
    match kind {
        "cross_entropy" => nn::cross_entropy(x, y),
        "smoothed" => nn::smoothed_cross_entropy(x, y, 0.1),
        "soft" => nn::soft_cross_entropy(x, y),
        "squared_error" => nn::squared_error(x, y),
        "absolute_error" => nn::absolute_error(x, y),
        "huber" => nn::huber(x, y, 0.7),
        "binary" => nn::binary_cross_entropy(x, y),
        "hinge" => nn::hinge(x, y),
        "log_cosh" => nn::log_cosh(x, y),
        "kl" => nn::kl_divergence(&x.log_softmax(-1), &y.stop_gradient()),
        "mean_where" => nn::mean_where(x, &y.ne(0)),
        other => panic!("no program for loss `{other}`"),
    }
}

/// Layers around their parameters, which are the arguments after the first.
fn layer(name: &str, params: &Params, x: &[Tensor]) -> Tensor {
    let Some((x, weights)) = x.split_first() else { panic!("{name} has no arguments") };
    let pads = |amounts: &[i64]| Pads::Explicit(amounts.iter().map(|&amount| (amount, amount)).collect());
    macro_rules! with {
        ($layer:expr) => {{
            let layer = $layer;
            let names = bering::frontend::tree::names(&layer);
            let own = ["weight", "bias"];
            assert!(names == own[..weights.len().min(2)] || names.len() == weights.len(), "{names:?}");
            let mut weights = weights.iter();
            bering::frontend::tree::map(&layer, |_| weights.next().unwrap().clone())
        }};
    }
    match name {
        "linear" => with!(nn::Linear::new(params, 6, 4)).forward(x),
        "layer_norm" => with!(nn::LayerNorm::new(params, 6, 1e-5)).forward(x),
        "layer_norm_weight" => with!(nn::LayerNorm::without_bias(params, 6, 1e-5, DType::F32)).forward(x),
        "rms_norm" => with!(nn::RmsNorm::new(params, 6, 1e-6)).forward(x),
        "rms_norm_around_one" => with!(nn::RmsNorm::around_one(params, 6, 1e-6, DType::F32)).forward(x),
        "group_norm" => with!(nn::GroupNorm::new(params, 6, 3, 1e-5)).forward(x),
        "conv" => {
            let settings = Conv::new().strides([2, 1]).padding(Pads::Explicit(vec![(1, 1), (2, 2)]));
            with!(nn::Conv::new(params, 6, 4, &[3, 3], settings)).forward(x)
        }
        "conv_groups" => with!(nn::Conv::new(params, 6, 9, &[2, 2], Conv::new().groups(3))).forward(x),
        "conv_channels_last" => {
            let settings = Conv::channels_last().padding(Pads::Same);
            with!(nn::Conv::new(params, 3, 4, &[3, 3], settings)).forward(x)
        }
        "conv_1d" => {
            let settings = Conv::new().strides([2]).padding(pads(&[3])).dilation([2]);
            with!(nn::Conv::new(params, 3, 4, &[3], settings)).forward(x)
        }
        "conv_3d" => {
            let settings = Conv::new().strides([1, 2, 1]).padding(pads(&[1, 0, 1]));
            with!(nn::Conv::new(params, 2, 3, &[3, 2, 2], settings)).forward(x)
        }
        "conv_depthwise" => {
            let settings = Conv::new().groups(6).padding(pads(&[2, 2])).dilation([2, 2]);
            with!(nn::Conv::new(params, 6, 6, &[3, 3], settings)).forward(x)
        }
        "conv_transpose" => {
            let settings = Conv::new().strides([2, 2]).padding(pads(&[1, 1]));
            with!(nn::ConvTranspose::new(params, 4, 3, &[3, 3], settings).larger([1, 1])).forward(x)
        }
        "conv_transpose_groups" => {
            let settings = Conv::new().strides([1, 3]).groups(2).dilation([2, 1]);
            with!(nn::ConvTranspose::new(params, 4, 6, &[2, 3], settings)).forward(x)
        }
        "conv_transpose_1d" => {
            let settings = Conv::new().strides([4]).padding(pads(&[2]));
            with!(nn::ConvTranspose::new(params, 3, 2, &[8], settings)).forward(x)
        }
        "conv_transpose_3d" => {
            let settings = Conv::new().strides([2, 2, 2]);
            with!(nn::ConvTranspose::new(params, 2, 2, &[2, 2, 2], settings)).forward(x)
        }
        "layer_norm_64" => {
            let dtype = x.dtype();
            with!(nn::LayerNorm::with_dtype(params, 64, 1e-5, dtype)).forward(x)
        }
        "rms_norm_64" => with!(nn::RmsNorm::with_dtype(params, 64, 1e-6, x.dtype())).forward(x),
        "group_norm_16" => with!(nn::GroupNorm::with_dtype(params, 6, 3, 1e-5, x.dtype())).forward(x),
        "linear_64" => with!(nn::Linear::with_dtype(params, 64, 5, x.dtype())).forward(x),
        "projections_llama" => {
            let heads = nn::Heads::new(32, 4).grouped(2).without_bias();
            let layer = nn::MultiHeadAttention::new(params, heads).rope(Rope::new(8, 10_000.0));
            let layer = with!(layer);
            assert_eq!(bering::frontend::tree::names(&layer)[3], "o_proj.weight");
            layer.forward(x, nn::causal())
        }
        "embedding" => {
            bering::frontend::tree::map(&nn::Embedding::new(params, 7, 3), |_| x.clone()).forward(&weights[0])
        }
        other => panic!("no program for `{other}`"),
    }
}

/// The case with its gradients, as one program of arguments and cotangents. Layers ask for parameters of their own, which are
/// replaced by the arguments and then needed by nothing.
fn program(name: &str, fixture: &Fixture) -> Graph {
    let arrays = [fixture.arrays(name, "in"), fixture.arrays(name, "ct")];
    let specs: Vec<Spec> = arrays.iter().flatten().map(|array| array.spec()).collect();
    let variables = fixture.arrays(name, "grad").len();
    trace(name, &specs, |_, x| {
        let params = Params::random(&Key::new(0));
        let (inputs, cotangents) = x.split_at(arrays[0].len());
        let Some(cotangent) = cotangents.first() else { return (compute(name, &params, inputs), vec![]) };
        let (variables, rest) = inputs.split_at(variables);
        let (value, pullback) = vjp(
            |variables: Vec<Tensor>| {
                let inputs = [&variables, rest].concat();
                compute(name, &params, &inputs)
            },
            variables,
        );
        (value, pullback(cotangent.clone()))
    })
    .unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn buffer(device: &Device, array: &Array) -> Buffer {
    let view = HostView::from_bytes(array.runtime_dtype().unwrap(), &array.dims, &array.bytes).unwrap();
    device.client().buffer(&view, device).unwrap()
}

/// Whether each element is computed from one, and so as exact as itself; sums of products round as their largest terms do.
fn alone(name: &str) -> bool {
    let activation = name.contains("f16_activation") && !name.ends_with("gated") && !name.ends_with("glu");
    activation || name.starts_with("activation")
}

/// How often what becomes a result is rounded: probabilities and their products are kept in 16 bits, and so are the logarithms of which
/// a divergence takes differences.
fn rounded(name: &str) -> f64 {
    if name.contains("f16_attention") || name.contains("f16_loss_kl") { 4.0 } else { 1.0 }
}

#[test]
fn values_and_gradients_agree_with_torch() {
    let device = device("cpu").unwrap();
    let fixture = Fixture::load("tests/fixtures/nn");
    let mut failures = Vec::new();
    let plain = |name: &String| !name.starts_with("batch_norm") && !name.starts_with("variant");
    for name in fixture.names().into_iter().filter(plain) {
        let arguments = [fixture.arrays(&name, "in"), fixture.arrays(&name, "ct")].concat();
        let arguments: Vec<Buffer> = arguments.iter().map(|array| buffer(&device, array)).collect();
        let function = compile(&device, &program(&name, &fixture)).unwrap();
        let results = function.call(&arguments.iter().collect::<Vec<_>>()).unwrap();
        let wanted = [fixture.arrays(&name, "out"), fixture.arrays(&name, "grad")].concat();
        assert_eq!(results.len(), wanted.len());
        for (i, (got, want)) in results.iter().zip(wanted).enumerate() {
            let compared = want.compare_times(&got.to_bytes().unwrap(), !alone(&name), rounded(&name));
            failures.extend(compared.err().map(|error| format!("{name}, result {i}: {error}")));
        }
    }
    assert!(fixture.names().len() > 140, "{}", fixture.names().len());
    assert!(failures.is_empty(), "{} results differ\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn batch_norm_agrees_with_torch() {
    let device = device("cpu").unwrap();
    let fixture = Fixture::load("tests/fixtures/nn");
    for name in ["batch_norm_train", "batch_norm_infer"] {
        let arrays = [fixture.arrays(name, "in"), fixture.arrays(name, "ct")].concat();
        let specs: Vec<Spec> = arrays.iter().map(|array| array.spec()).collect();
        let graph = trace(name, &specs, |_, x| {
            let params = Params::random(&Key::new(0));
            let parts = (nn::BatchNorm::new(&params, 6, 1e-5), nn::BatchStats::new(&params, 6));
            let own = |values: &[Tensor]| {
                let mut values = values.iter();
                bering::frontend::tree::map(&parts, |_| values.next().unwrap().clone())
            };
            if name == "batch_norm_infer" {
                let (norm, stats) = own(&x[1..]);
                return vec![norm.infer(&x[0], &stats)];
            }
            let train = |variables: Vec<Tensor>| {
                let (norm, stats) = own(&variables[1..]);
                norm.train(&variables[0], &stats)
            };
            let ((y, stats), pullback) = vjp(train, &x[..5]);
            let zeros = bering::frontend::tree::map(&stats, |leaf| leaf * 0.0);
            let gradients = pullback((x[5].clone(), zeros));
            let stats = bering::frontend::tree::leaves(&stats);
            [vec![y], gradients, stats].concat()
        });
        let buffers: Vec<Buffer> = arrays.iter().map(|array| buffer(&device, array)).collect();
        let function = compile(&device, &graph.unwrap()).unwrap();
        let results = function.call(&buffers.iter().collect::<Vec<_>>()).unwrap();
        let wanted = ["out", "grad", "stats"].map(|kind| fixture.arrays(name, kind)).concat();
        assert_eq!(results.len(), wanted.len());
        for (i, (got, want)) in results.iter().zip(wanted).enumerate() {
            want.compare(&got.to_bytes().unwrap(), true)
                .unwrap_or_else(|error| panic!("{name}, result {i}: {error}"));
        }
    }
}

#[test]
fn dropout_keeps_the_expected_part() {
    let device = device("cpu").unwrap();
    let graph = trace("dropout", &[], |_, _| {
        let x = Tensor::full(3.0, DType::F32, [10_000]);
        let key = Key::new(1);
        (nn::dropout(&x, 0.25, Some(&key)), nn::dropout(&x, 0.25, None), nn::dropout(&x, 0.0, Some(&key)))
    });
    let results = compile(&device, &graph.unwrap()).unwrap().call(&[]).unwrap();
    let [dropped, kept, none] = [0, 1, 2].map(|i: usize| results[i].to_vec::<f32>().unwrap());
    let left = dropped.iter().filter(|&&x| x == 4.0).count();
    assert!(dropped.iter().all(|&x| x == 4.0 || x == 0.0) && (7350..7650).contains(&left), "{left}");
    assert!(kept.iter().chain(&none).all(|&x| x == 3.0));
}

/// Parameters in single precision serve inputs of 16 bits, and results are as the inputs.
#[test]
fn normalisation_takes_16_bits_with_parameters_of_32() {
    let spec = Spec::new(DType::Bf16, [2, 6, 4, 6]);
    let graph = trace("f", std::slice::from_ref(&spec), |params: &Params, x| {
        let (norm, stats) = (nn::BatchNorm::new(params, 6, 1e-5), nn::BatchStats::new(params, 6));
        let (trained, stats) = norm.train(&x[0], &stats);
        let group = nn::GroupNorm::new(&params.at("group"), 6, 3, 1e-5).forward(&x[0]);
        let layer = nn::LayerNorm::new(&params.at("layer"), 6, 1e-5).forward(&x[0]);
        let rms = nn::RmsNorm::new(&params.at("rms"), 6, 1e-5).forward(&x[0]);
        vec![trained, norm.infer(&x[0], &stats), group, layer, rms]
    });
    assert_eq!(graph.unwrap().outputs(), vec![spec; 5]);
}

#[test]
fn half_precision_scores_are_kept_in_single() {
    let spec = Spec::new(DType::Bf16, [1, 4, 2, 8]);
    let graph = trace("f", &[spec.clone(), spec.clone(), spec.clone()], |_, x| {
        nn::attention(&x[0], &x[1], &x[2], nn::causal())
    });
    let graph = graph.unwrap();
    assert_eq!(graph.outputs(), [spec]);
    let exponentials = graph.nodes().iter().filter(|node| node.op.name() == "exponential");
    assert!(exponentials.map(|node| node.ty.to_string()).all(|ty| ty.starts_with("f32")));
}
