//! Random numbers against JAX: every draw of `fixtures/random/random.safetensors`, which `fixtures/random/generate.py` writes.
//!
//! Keys, bits, integers, choices and uniform numbers must be equal bit for bit; what goes through `log` or `erf_inv` may
//! differ in the last places.

// Of the fixture's functions this test needs some, others need the rest.
#[allow(dead_code)]
#[path = "ops/fixture.rs"]
mod fixture;

use bering::frontend::random::Key;
use bering::prelude::*;
use fixture::{Array, Fixture};

/// What a case draws.
fn draw(name: &str, out: &Array) -> Tensor {
    let (kind, rest) = name.split_once('_').unwrap_or((name, ""));
    let shape = Shape::from(&out.dims);
    let keys = |keys: &[Key]| Tensor::stack(&keys.iter().map(Key::words).collect::<Vec<_>>(), 0);
    let spread = |values: &[f32]| Tensor::constant(values, [values.len()]);
    let logits = || (Tensor::iota(DType::F32, [12], 0) + 1.0).log().reshape([3, 4]);
    let matrix = || Tensor::iota(DType::F32, [24], 0).reshape([6, 4]);
    match (kind, rest) {
        ("key", seed) => Key::new(seed.parse().unwrap()).words().clone(),
        ("split", "of_split") => {
            let [_, second] = Key::new(42).split();
            let [first, _] = second.split();
            first.words().clone()
        }
        ("split", "1") => keys(&Key::new(42).split::<1>()),
        ("split", "2") => keys(&Key::new(42).split::<2>()),
        ("split", "3") => keys(&Key::new(42).split::<3>()),
        ("split", count) => Key::new(42).split_many(count.parse().unwrap()),
        ("fold", number) => {
            let number: i64 = number.trim_start_matches("in_").parse().unwrap();
            Key::new(42).fold_in(number).words().clone()
        }
        ("bits", _) => Key::new(7).bits(out.dtype, shape),

        ("uniform", "bounds") => {
            Key::new(3).uniform_between(Tensor::arange(DType::F32, 4), 4.0, DType::F32, shape)
        }
        ("uniform", rest) if rest.starts_with("between") => {
            Key::new(3).uniform_between(-3.5, 2.25, out.dtype, shape)
        }
        ("uniform", _) => Key::new(3).uniform(out.dtype, shape),
        ("normal", _) => Key::new(3).normal(out.dtype, shape),
        ("truncated", "normal_tail") => Key::new(3).truncated_normal(2.0, f64::INFINITY, out.dtype, shape),
        ("truncated", _) => Key::new(3).truncated_normal(-1.5, 2.0, out.dtype, shape),
        ("exponential", _) => Key::new(3).exponential(out.dtype, shape),
        ("gumbel", _) => Key::new(3).gumbel(out.dtype, shape),

        ("randint", rest) => {
            let range = match rest {
                "i8" => -100..100,
                "u8" => 0..256,
                "i16" => -7..30000,
                "u16" => 3..5,
                "i32" => 0..10,
                "u32" => 0..(1 << 32) - 1,
                "i64" => -(1 << 62)..1 << 62,
                "u64" => 0..1_000_000_000_000_000,
                "power_of_two" => 0..64,
                "whole" => -128..128,
                "clipped" => -1000..1000,
                "empty_range" => std::ops::Range { start: 7, end: 3 },
                "negative" => -5..-2,
                other => panic!("no range for `{other}`"),
            };
            Key::new(5).randint(range, out.dtype, shape)
        }

        ("bernoulli", "tensor") => {
            let p: Vec<f32> = (0..8).map(|i| (f64::from(i) / 7.0) as f32).collect();
            Key::new(9).bernoulli(spread(&p), shape)
        }
        ("bernoulli", "bf16") => Key::new(9).bernoulli(Tensor::full(0.7, DType::Bf16, []), shape),
        ("bernoulli", _) => Key::new(9).bernoulli(0.3, shape),
        ("categorical", "axis_0") => Key::new(9).categorical(&logits(), 0),
        ("categorical", "bf16") => Key::new(9).categorical(&logits().convert(DType::Bf16), -1),
        ("categorical", "large") => Key::new(9).categorical(&Tensor::zeros(DType::F32, [16, 1000]), -1),
        ("categorical", _) => Key::new(9).categorical(&logits(), -1),
        ("permutation", count) => Key::new(9).permutation(count.parse().unwrap()),
        ("shuffle", "vector") => Key::new(9).shuffle(&(Tensor::arange(DType::F32, 17) / 2.0), 0),
        ("shuffle", "rows") => Key::new(9).shuffle(&matrix(), 0),
        ("shuffle", "columns") => Key::new(9).shuffle(&matrix(), -1),
        ("shuffle", "lines") => Key::new(9).shuffle_lines(&matrix(), 1),
        _ => panic!("no program for `{name}`"),
    }
}

/// Whether a draw goes through functions that compilers compute each in their own way.
fn is_inexact(name: &str) -> bool {
    ["normal", "truncated", "exponential", "gumbel", "uniform_between"]
        .iter()
        .any(|kind| name.starts_with(kind))
}

fn check(device: &Device, name: &str, out: &Array) -> Result<(), String> {
    let graph = trace(name, &[], |_, _| draw(name, out)).map_err(|error| error.to_string())?;
    if graph.outputs() != [out.spec()] {
        return Err(format!("is {}, not {}", graph.outputs()[0], out.spec()));
    }
    let function = compile(device, &graph).map_err(|error| error.to_string())?;
    let got = function
        .call(&[])
        .and_then(|results| Ok(results[0].to_bytes()?))
        .map_err(|error| error.to_string())?;
    match is_inexact(name) {
        true => out.compare(&got, false),
        false => match got == out.bytes {
            true => Ok(()),
            false => Err(format!("{got:?} is not {:?}", out.bytes)),
        },
    }
}

#[test]
fn draws_agree_with_jax() {
    let device = device("cpu").unwrap();
    let fixture = Fixture::load("tests/fixtures/random");
    let mut failures = Vec::new();
    for name in fixture.names() {
        let result = check(&device, &name, fixture.arrays(&name, "out")[0]);
        failures.extend(result.err().map(|error| format!("{name}: {error}")));
    }
    assert!(fixture.names().len() > 100);
    assert!(failures.is_empty(), "{} draws differ\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn keys_are_carried_and_wrapped() {
    let device = device("cpu").unwrap();
    let graph = trace("carried", &[Spec::new(DType::U32, [2])], |_, x| {
        let (_, sums) = bering::frontend::control::scan(
            |key: Key, _: ()| {
                let [next, own] = key.split();
                (next, own.uniform(DType::F32, [3]).sum(0))
            },
            Key::wrap(&x[0]),
            (),
        );
        sums
    });
    assert!(graph.is_err(), "a scan over nothing needs a length");
    let graph = trace("mapped", &[Spec::new(DType::U32, [2])], |_, x| {
        let keys = Key::wrap(&x[0]).split_many(4);
        let drawn =
            bering::frontend::control::map(|key: Tensor| Key::wrap(&key).uniform(DType::F32, [3]), &keys);
        let [a, b, c, d] = Key::wrap(&x[0]).split();
        let each = [a, b, c, d].map(|key| key.uniform(DType::F32, [3]));
        (drawn, Tensor::stack(&each.iter().collect::<Vec<_>>(), 0))
    })
    .unwrap();
    let key = device.client().buffer_from_slice(&[0u32, 42], [2]).unwrap();
    let results = compile(&device, &graph).unwrap().call(&[&key]).unwrap();
    assert_eq!(results[0].to_vec::<f32>().unwrap(), results[1].to_vec::<f32>().unwrap());
}
