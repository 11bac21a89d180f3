//! Attention as programs make it for themselves: variants that are not in the library, each a few lines here, against PyTorch
//! (`variants` in `fixtures/nn/generate.py`), values and gradients.

// Of the fixture's functions this test needs some, others need the rest.
#[allow(dead_code)]
#[path = "ops/fixture.rs"]
mod fixture;

use bering::frontend::vjp;
use bering::prelude::nn::Modifier;
use bering::prelude::*;
use fixture::Fixture;

/// Blocks of tokens see their own, the one before and the first (Zaheer et al., BigBird, 2020, without random blocks).
fn block_sparse(size: i32) -> impl Modifier {
    nn::mask(move |at| {
        let (query, key) = (at.query() / size, at.key() / size);
        ((query - &key).le(1) & at.key().le(at.query())) | key.eq(0)
    })
}

/// Every so many keys back from the query (Child et al., Sparse Transformer, 2019).
fn dilated(step: i32) -> impl Modifier {
    nn::mask(move |at| ((at.query() - at.key()) % step).eq(0) & at.key().le(at.query()))
}

/// Documents packed into one sequence do not see each other: `documents` `[B, T]` numbers them.
fn inside(documents: Tensor) -> impl Modifier {
    let same = documents.expand_dims([1, 3]).eq(documents.expand_dims([1, 2]));
    (same, nn::causal())
}

/// A learned number for each distance and head, `table` `[2 reach + 1, H]` (Raffel et al., T5, 2020).
fn relative(table: Tensor) -> impl Modifier {
    let reach = table.dim(0) as i64 / 2;
    nn::score(move |scores, at| {
        let distance = (at.key() - at.query()).clamp(-reach, reach) + reach;
        let bias = table.take(&distance.flatten(0, -1), 0);
        let [_, _, queries, keys] = at.sizes();
        scores + bias.reshape([queries, keys, bias.dim(1)]).transpose([2, 0, 1])
    })
}

/// The difference of two attentions takes away what both look at (Ye et al., Differential Transformer, 2024).
fn differential(q: &Tensor, k: &Tensor, v: &Tensor, weight: &Tensor) -> Tensor {
    let half = q.dim(-1) / 2;
    let part = |i: usize| {
        let range = i * half..(i + 1) * half;
        nn::attention(&q.slice(-1, range.clone()), &k.slice(-1, range), v, nn::causal())
    };
    part(0) - weight * part(1)
}

/// Cosines of queries and keys, times a learned number a head, `scale` `[H]` (Liu et al., Swin v2, 2022).
fn cosine(q: &Tensor, k: &Tensor, v: &Tensor, scale: &Tensor) -> Tensor {
    let unit = |x: &Tensor| x / (x * x).sum_keepdims(-1).sqrt();
    nn::attention(&(unit(q) * scale.expand_dims([-1])), &unit(k), v, nn::scale(1.0))
}

fn compute(name: &str, x: &[Tensor]) -> Tensor {
    let with = |modifiers: &dyn Modifier| nn::attention(&x[0], &x[1], &x[2], modifiers);
    let documents = [[0, 0, 1, 1, 1, 2, 2], [0, 1, 1, 1, 1, 1, 1]].concat();
    match name {
        "block_sparse" => with(&block_sparse(2)),
        "dilated" => with(&dilated(3)),
        "documents" => with(&inside(Tensor::constant(&documents, [2, 7]))),
        "relative" => with(&(relative(x[3].clone()), nn::scale(1.0))),
        "differential" => differential(&x[0], &x[1], &x[2], &x[3]),
        "cosine" => cosine(&x[0], &x[1], &x[2], &x[3]),
        other => panic!("no program for `{other}`"),
    }
}

#[test]
fn variants_agree_with_torch() {
    let device = device("cpu").unwrap();
    let fixture = Fixture::load("tests/fixtures/nn");
    let (mut failures, mut count) = (Vec::new(), 0);
    for name in fixture.names().iter().filter_map(|name| name.strip_prefix("variant_")) {
        count += 1;
        let of = |kind: &str| fixture.arrays(&format!("variant_{name}"), kind);
        let arguments = [of("in"), of("ct")].concat();
        let specs: Vec<Spec> = arguments.iter().map(|array| array.spec()).collect();
        let graph = trace(name, &specs, |_, x| {
            let (cotangent, inputs) = x.split_last().unwrap();
            let (value, pullback) = vjp(|x: Vec<Tensor>| compute(name, &x), inputs);
            (value, pullback(cotangent.clone()))
        });
        let graph = graph.unwrap_or_else(|error| panic!("{name}: {error}"));
        let buffers: Vec<Buffer> = arguments
            .iter()
            .map(|array| {
                let view = HostView::from_bytes(array.runtime_dtype().unwrap(), &array.dims, &array.bytes);
                device.client().buffer(&view.unwrap(), &device).unwrap()
            })
            .collect();
        let results = compile(&device, &graph).unwrap().call(&buffers.iter().collect::<Vec<_>>()).unwrap();
        let wanted = [of("out"), of("grad")].concat();
        assert_eq!(results.len(), wanted.len());
        for (i, (got, want)) in results.iter().zip(wanted).enumerate() {
            let compared = want.compare(&got.to_bytes().unwrap(), true);
            failures.extend(compared.err().map(|error| format!("{name}, result {i}: {error}")));
        }
    }
    assert_eq!(count, 6);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
