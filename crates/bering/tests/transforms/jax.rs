//! Values and derivatives beside JAX's, at kinks, ties and poles before all: what a model trained there does here.
//!
//! Arguments and results are in `fixtures/gradients/gradients.safetensors`, which the script beside it writes.

use super::program::{Compiled, difference};
use super::sample::Array;
use bering::frontend::control::{ScanOptions, associative_scan, cond, fori_loop, scan, scan_with, switch};
use bering::frontend::{DType, Graph, Op, Padding, ScatterDims, Spec, Tensor, trace, transform};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

#[path = "jax_cases.rs"]
mod more;

const TOLERANCE: f64 = 1e-11;
/// Cases in one program: compiling takes longer than linearly.
const TOGETHER: usize = 12;

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
    ("scan", |x| recurrent(&x[0], &x[1], &x[2])),
    ("scan_reverse", |x| {
        let options = ScanOptions { reverse: true, ..ScanOptions::default() };
        scan_with(&options, |c, row| ((c * row).sin(), ()), &x[0], &x[1]).0
    }),
    ("scan_gradient", |x| {
        let specs: Vec<Spec> = x.iter().map(|x| x.spec().clone()).collect();
        let loss = trace("loss", &specs, |_, x| {
            let collected = recurrent(&x[0], &x[1], &x[2]);
            (&collected * &collected).sum(..)
        });
        transform::replay(&transform::value_and_grad(&loss.unwrap(), [2]).unwrap(), x).remove(1)
    }),
    ("fori_loop", |x| fori_loop(1, 5, |i, y| y.matmul(&x[0]).sin() * i.convert(DType::F64), &x[0])),
    ("cond", |x| cond(&x[0].sum(..).gt(0), |x| x.sin(), |x| x.pow(3), &x[0])),
    ("switch", |x| {
        switch(
            &x[0],
            3,
            |branch, x| match branch {
                0 => x.sin(),
                1 => x.cos(),
                _ => x.pow(3),
            },
            &x[1],
        )
    }),
    ("cond_in_scan", |x| {
        let step = |c: Tensor, row: Tensor| {
            let next = cond(&row.sum(..).gt(0), |()| (&c * &row).sin(), |()| c.exp() * 0.3, ());
            (next, c.sum(..))
        };
        scan(step, &x[0], &x[1]).1
    }),
    ("associative_scan", |x| associative_scan(|a, b| a * b, &x[0], 0, false)),
    ("vmapped_scan", |x| {
        let specs = [x[0].select_at(0, 0).spec().clone(), x[1].spec().clone(), x[2].spec().clone()];
        let one = trace("one", &specs, |_, x| recurrent(&x[0], &x[1], &x[2])).unwrap();
        transform::replay(&transform::vmap(&one, &[Some(0), None, None], &[Some(0)], 3).unwrap(), x).remove(0)
    }),
];

/// A recurrent network's states, each times its row.
fn recurrent(state: &Tensor, rows: &Tensor, weight: &Tensor) -> Tensor {
    let step = |state: Tensor, row: Tensor| {
        let next = (state.matmul(weight) + &row).tanh();
        (next.clone(), next * row)
    };
    scan(step, state, rows).1
}

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

/// One case with what JAX makes of it.
struct Known {
    name: &'static str,
    function: Function,
    x: Vec<Array>,
    t: Vec<Array>,
    c: Vec<Array>,
    wanted: Vec<Array>,
    reverse: bool,
    second: bool,
}

impl Known {
    fn all() -> Vec<Known> {
        let values = Values::load();
        let known = |(name, function): (&'static str, Function)| {
            let of = |kind: &str| values.of(name, kind);
            let wanted = ["y", "d", "g", "h"].iter().flat_map(|kind| of(kind)).collect();
            let reverse = !of("g").is_empty();
            let second = !of("h").is_empty();
            Known { name, function, x: of("x"), t: of("t"), c: of("c"), wanted, reverse, second }
        };
        functions().into_iter().map(known).collect()
    }

    fn graph(&self) -> Graph {
        trace(self.name, &specs(&self.x), |_, x| (self.function)(x))
            .unwrap_or_else(|e| panic!("{}: {e}", self.name))
    }

    fn arguments(&self) -> Vec<Array> {
        [&self.x[..], &self.t, &self.c].concat()
    }

    /// The value, its tangent, cotangents, and tangents of those.
    fn write(&self, arguments: &[Tensor]) -> bering::frontend::Result<Vec<Tensor>> {
        let (x, rest) = arguments.split_at(self.x.len());
        let (t, c) = rest.split_at(self.t.len());
        let floats: Vec<usize> = (0..self.x.len()).filter(|&at| self.x[at].is_float()).collect();
        let graph = self.graph();
        let mut results = transform::replay(&transform::jvp(&graph, floats.as_slice())?, &[x, t].concat());
        if self.reverse {
            let backward = transform::vjp(&graph, floats.as_slice())?;
            let second = transform::jvp(&backward, floats.as_slice())?;
            // What goes in are `x`, `c` and `t`; what comes out are value and cotangents, then tangents of both.
            let both = transform::replay(&second, &[x, c, t].concat());
            results.extend_from_slice(&both[1..=floats.len()]);
            let tangents = if self.second { both.len() - floats.len() } else { both.len() };
            results.extend_from_slice(&both[tangents..]);
        }
        Ok(results)
    }
}

/// All functions, by name.
fn functions() -> Vec<(&'static str, Function)> {
    [CASES, &more::cases()].concat()
}

/// What differs in some cases, in one program.
fn check_together(group: &[Known]) -> Vec<String> {
    let arguments: Vec<Array> = group.iter().flat_map(Known::arguments).collect();
    let mut failures = Vec::new();
    let mut expected: Vec<(String, &Array)> = Vec::new();
    let program = Compiled::new(&specs(&arguments), |all| {
        let (mut rest, mut outputs) = (all, Vec::new());
        for known in group {
            let (own, others) = rest.split_at(known.arguments().len());
            rest = others;
            match known.write(own) {
                Ok(results) if results.len() == known.wanted.len() => {
                    let name = |at: usize| format!("{}, result {at}", known.name);
                    expected.extend(known.wanted.iter().enumerate().map(|(at, want)| (name(at), want)));
                    outputs.extend(results);
                }
                Ok(results) => failures.push(format!("{} has {} results", known.name, results.len())),
                Err(error) => failures.push(format!("{}: {error}", known.name)),
            }
        }
        outputs
    });
    for (got, (name, want)) in program.call(&arguments).iter().zip(&expected) {
        match got.spec == want.spec {
            true => failures.extend(
                difference(&got.values, &want.values, TOLERANCE).map(|error| format!("{name}: {error}")),
            ),
            false => failures.push(format!("{name} is {}, not {}", got.spec, want.spec)),
        }
    }
    failures
}

#[test]
fn values_and_derivatives_agree_with_jax() {
    let known = Known::all();
    let failures: Vec<String> = known.chunks(TOGETHER).flat_map(check_together).collect();
    assert!(failures.is_empty(), "{} results differ\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn every_case_has_values_and_every_value_a_case() {
    let names = functions().into_iter().map(|(name, _)| name.to_string());
    let known = Values::load().0.into_keys().filter_map(|key| Some(key.rsplit_once('.')?.0.to_string()));
    assert_eq!(names.collect::<BTreeSet<_>>(), known.collect::<BTreeSet<_>>());
}

#[test]
fn every_differentiable_operation_is_beside_jax() {
    super::coverage::check_differentiable(Known::all().iter().map(Known::graph));
}
