//! Values and derivatives beside JAX's, at kinks, ties and poles before all: what a model trained there does here.
//!
//! Arguments and results are in `fixtures/gradients/gradients.safetensors`, which the script beside it writes.

use super::program::{Compiled, difference};
use super::sample::Array;
use bering::frontend::{DType, Op, Padding, ScatterDims, Spec, Tensor, trace, transform};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const TOLERANCE: f64 = 1e-11;

type Function = fn(&[Tensor]) -> Tensor;

const CASES: &[(&str, Function)] = &[
    ("abs", |x| x[0].abs()),
    ("cbrt", |x| x[0].cbrt()),
    ("ceil", |x| x[0].ceil()),
    ("cos", |x| x[0].cos()),
    ("erf", |x| x[0].erf()),
    ("exp", |x| x[0].exp()),
    ("expm1", |x| x[0].expm1()),
    ("floor", |x| x[0].floor()),
    ("neg", |x| -&x[0]),
    ("round", |x| x[0].round()),
    ("sigmoid", |x| x[0].sigmoid()),
    ("sign", |x| x[0].sign()),
    ("sin", |x| x[0].sin()),
    ("tan", |x| x[0].tan()),
    ("tanh", |x| x[0].tanh()),
    ("relu", |x| x[0].relu()),
    ("silu", |x| x[0].silu()),
    ("gelu", |x| x[0].gelu()),
    ("gelu_tanh", |x| x[0].gelu_tanh()),
    ("log", |x| x[0].log()),
    ("log1p", |x| x[0].log1p()),
    ("sqrt", |x| x[0].sqrt()),
    ("rsqrt", |x| x[0].rsqrt()),
    ("far", |x| x[0].tanh() + x[0].sigmoid() + x[0].erf()),
    ("maximum", |x| x[0].maximum(&x[1])),
    ("minimum", |x| x[0].minimum(&x[1])),
    ("divide", |x| &x[0] / &x[1]),
    ("atan2", |x| x[0].atan2(&x[1])),
    ("power", |x| x[0].pow(&x[1])),
    ("remainder", |x| &x[0] % &x[1]),
    ("clamp", |x| x[0].clamp(-1.0, 1.0)),
    ("clamp_tensors", |x| x[1].clamp(&x[0], &x[2])),
    ("safe_log", |x| x[0].gt(0).select(x[0].gt(0).select(&x[0], 1).log(), 0)),
    ("max", |x| x[0].max(-1)),
    ("min", |x| x[0].min(0)),
    ("prod", |x| x[0].prod(-1)),
    ("sum", |x| x[0].sum([0, 2])),
    ("mean", |x| x[0].mean(0)),
    ("variance", |x| x[0].variance(-1)),
    ("logsumexp", |x| x[0].logsumexp(-1)),
    ("softmax", |x| x[0].softmax(-1)),
    ("log_softmax", |x| x[0].log_softmax(-1)),
    ("matmul", |x| x[0].matmul(&x[1])),
    ("dot_general", |x| x[0].dot_general(&x[1], ([3], [3]), ([0, 2], [0, 2]))),
    ("pad", |x| {
        let padding = Padding { low: vec![1, -1], high: vec![-1, 2], interior: vec![1, 0] };
        super::cases::raw(Op::Pad(padding), &[&x[0], &x[1]])
    }),
    ("slice", |x| x[0].slice_step(1, 1..8, 3)),
    ("concatenate", |x| Tensor::concatenate(&[&x[0], &x[1], &x[0]], 1)),
    ("broadcast", |x| x[0].broadcast_to([2, 3, 4])),
    ("take", |x| x[0].take(&x[1], 0)),
    ("scatter_add", |x| rows(x, Some(bering::frontend::Reducer::Add))),
    ("scatter_set", |x| rows(x, None)),
];

/// Whole rows written at the positions that `x[1]` names.
fn rows(x: &[Tensor], combine: Option<bering::frontend::Reducer>) -> Tensor {
    let dims = ScatterDims {
        update_window_dims: vec![1],
        inserted_window_dims: vec![0],
        scatter_dims_to_operand_dims: vec![0],
        index_vector_dim: 1,
        ..ScatterDims::default()
    };
    super::cases::raw(Op::Scatter { dims, combine }, &[&x[0], &x[1], &x[2]])
}

/// The arrays of one case by kind.
struct Values(BTreeMap<String, Array>);

impl Values {
    fn load() -> Values {
        let path = "tests/fixtures/gradients/gradients.safetensors";
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        let file = bering::weights::SafeTensors::open(path).unwrap();
        let array = |name: &str| {
            let view = file.get(name).unwrap();
            let dtype = match view.dtype.to_string().as_str() {
                "f64" => DType::F64,
                "i32" => DType::I32,
                other => panic!("{name} is {other}"),
            };
            Array::from_bytes(&Spec::new(dtype, view.dims), view.bytes)
        };
        Values(file.names().map(|name| (name.to_string(), array(name))).collect())
    }

    fn of(&self, case: &str, kind: &str) -> Vec<Array> {
        (0..).map_while(|i| self.0.get(&format!("{case}.{kind}{i}")).cloned()).collect()
    }
}

fn specs(arrays: &[Array]) -> Vec<Spec> {
    arrays.iter().map(|array| array.spec.clone()).collect()
}

#[test]
fn values_and_derivatives_agree_with_jax() {
    let values = Values::load();
    let (mut arguments, mut names, mut expected) = (Vec::new(), Vec::new(), Vec::new());
    for (case, _) in CASES {
        for kind in ["x", "t", "c"] {
            arguments.extend(values.of(case, kind));
        }
    }
    let program = Compiled::new(&specs(&arguments), |all| {
        let (mut rest, mut outputs) = (all, Vec::new());
        for (case, function) in CASES {
            let inputs = specs(&values.of(case, "x"));
            let floats: Vec<usize> = (0..inputs.len()).filter(|&at| inputs[at].dtype.is_float()).collect();
            let (x, others) = rest.split_at(inputs.len());
            let (t, others) = others.split_at(floats.len());
            let (c, others) = others.split_at(1);
            rest = others;
            let graph = trace(case, &inputs, |_, x| function(x)).unwrap();
            let forward = transform::jvp(&graph, floats.as_slice()).unwrap();
            let backward = transform::vjp(&graph, floats.as_slice()).unwrap();
            let mut results = transform::replay(&forward, &[x, t].concat());
            results.extend(transform::replay(&backward, &[x, c].concat()).into_iter().skip(1));
            let wanted: Vec<Array> = ["y", "d", "g"].iter().flat_map(|kind| values.of(case, kind)).collect();
            assert_eq!(results.len(), wanted.len(), "{case}");
            names.extend((0..wanted.len()).map(|at| format!("{case}, result {at}")));
            expected.extend(wanted);
            outputs.extend(results);
        }
        outputs
    });
    let mut failures = Vec::new();
    for ((got, want), name) in program.call(&arguments).iter().zip(&expected).zip(&names) {
        match got.spec == want.spec {
            true => failures.extend(
                difference(&got.values, &want.values, TOLERANCE).map(|error| format!("{name}: {error}")),
            ),
            false => failures.push(format!("{name} is {}, not {}", got.spec, want.spec)),
        }
    }
    assert!(failures.is_empty(), "{} results differ\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn every_case_has_values_and_every_value_a_case() {
    let names = CASES.iter().map(|(name, _)| name.to_string());
    let known = Values::load().0.into_keys().filter_map(|key| Some(key.rsplit_once('.')?.0.to_string()));
    assert_eq!(names.collect::<BTreeSet<_>>(), known.collect::<BTreeSet<_>>());
}
