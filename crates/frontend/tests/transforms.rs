//! Transforms of closures where they are wrong: the exact message of each, and that it names the user's line. And that the
//! gradient of a deep model holds nothing that it need not.

use bering_frontend::control::while_loop;
use bering_frontend::nn::{self, LayerNorm, Linear, Module};
use bering_frontend::*;

/// Traces `function` and compares its error, which must be on a line of this file that holds `at`.
#[track_caller]
fn check<T: Tree>(function: impl FnOnce(&[Tensor]) -> T, at: &str, expect: &str) {
    let specs = [Spec::new(DType::F32, [3]), Spec::new(DType::F32, [2, 3]), Spec::new(DType::I32, [3])];
    let error = trace("wrong", &specs, |_, x| function(x)).expect_err("the program is wrong");
    let location = error.location().expect("a mistake has a location");
    let line = include_str!("transforms.rs").lines().nth(location.line() as usize - 1).unwrap();
    assert!(line.contains(at), "the error points at `{line}`\n{error}");
    let advice = error.advice().map(|advice| format!("\nhint: {advice}")).unwrap_or_default();
    assert_eq!(format!("{}{advice}", error.message()), expect);
}

#[test]
fn gradients_are_of_scalars_by_floats() {
    check(
        |x| grad(|x| x.exp(), &x[0]),
        "grad(|x| x.exp()",
        "grad: the function must return a floating-point scalar, got f32[3]\n\
         hint: reduce it, for example with `.sum(..)`, or use `vjp`",
    );
    check(
        |x| hessian(|x| x.exp(), &x[0]),
        "hessian(|x| x.exp()",
        "hessian: the function must return a floating-point scalar, got f32[3]\n\
         hint: reduce it, for example with `.sum(..)`, or use `vjp`",
    );
    check(
        |x| hvp(|x| x.exp(), &x[0], &x[0]),
        "hvp(|x| x.exp()",
        "hvp: the function must return a floating-point scalar, got f32[3]\n\
         hint: reduce it, for example with `.sum(..)`, or use `vjp`",
    );
    check(
        |x| grad(|(x, i)| x.take(&i, 0).sum(..), (&x[0], &x[2])),
        "grad(|(x, i)|",
        "grad: `at.1` is i32[3], which has no derivative\nhint: let the function capture it instead",
    );
    check(
        |x| jacfwd(|x| x.gt(0), &x[0]),
        "jacfwd(",
        "jacfwd: takes and returns floating-point tensors, got bool[3]",
    );
}

#[test]
fn what_has_no_derivative_is_named_where_it_is() {
    check(
        |x| {
            let opaque = |x: Tensor| {
                let y = x.custom_call("mystery", &[], [], Spec::new(DType::F32, [3]));
                y.sum(..)
            };
            grad(opaque, &x[0])
        },
        "x.custom_call(",
        "custom_call: `mystery` states no derivative",
    );
    check(
        |x| {
            let doubled = |x: Tensor| {
                let step = |x: Tensor| x * 2.0;
                let y = while_loop(|x: Tensor| x.sum(..).lt(100), step, x);
                y.sum(..)
            };
            grad(doubled, &x[0])
        },
        "while_loop(",
        "while: reverse mode would have to keep every step of a loop of unknown length\n\
         hint: use `scan`, or `fori_loop` with bounds known while tracing; forward mode takes any loop",
    );
}

#[test]
fn flows_are_like_what_they_flow_through() {
    check(
        |x| jvp(|x| x.exp(), &x[0], &x[1]).1,
        "jvp(",
        "jvp: takes tangents with f32[2, 3] for `at`, which is f32[3]",
    );
    check(
        |x| {
            let (_, pullback) = vjp(|x| x.exp(), &x[0]);
            pullback(x[1].clone())
        },
        "vjp(",
        "vjp: the pullback takes f32[2, 3] for `result`, which is f32[3]",
    );
}

#[test]
fn batches_fit_their_axes() {
    check(
        |x| vmap(|(a, b)| a + b, 0, 0, (&x[0], &x[1])),
        "vmap(",
        "vmap: batches must have one size, got 3 in f32[3] and 2 in axis 0 of f32[2, 3]",
    );
    check(|x| vmap(|a| a, 1, 0, &x[0]), "vmap(", "vmap: axis 1 is out of range for arguments with 1 axes");
    check(
        |x| vmap(|a| a, None::<i32>, 0, &x[0]),
        "vmap(",
        "vmap: no argument carries a batch\nhint: give at least one argument an axis",
    );
    check(|x| vmap(|a| a, [Some(0), None], 0, &x[0]), "vmap(", "vmap: arguments have 1 leaves, got 2 axes");
    check(|x| vmap(|a| a, (0, 0), 0, &x[0]), "vmap(", "vmap: arguments are no tuple of 2 parts");
    check(
        |x| vmap(|(a, _)| a, (0, 0, 0), 0, (&x[0], &x[0])),
        "vmap(",
        "vmap: arguments are no tuple of 3 parts",
    );
    check(
        |x| vmap(|((a, _), _)| a, ((0, 0), [Some(0); 3]), 0, ((&x[0], &x[0]), [&x[0], &x[0]])),
        "vmap(",
        "vmap: arguments have 2 leaves, got 3 axes",
    );
    check(
        |x| vmap(|a| a, 0, None::<i32>, &x[1]),
        "vmap(",
        "vmap: an output differs between examples, so its axis cannot be `None`\n\
         hint: say where its batch goes, or make it independent of inputs that carry the batch",
    );
}

#[test]
fn custom_derivatives_fit_their_function() {
    check(
        |x| custom_vjp(|x| x.sum(..), |x| (x.clone(), x), |x: Tensor, _| x, &x[0]),
        "custom_vjp(",
        "custom_vjp: `forward` returns f32[3] for `result`, which is f32[]",
    );
    check(
        |x| custom_vjp(|x| x.sum(..), |x| (x.sum(..), x), |_: Tensor, ct| ct, &x[0]),
        "custom_vjp(",
        "custom_vjp: `backward` returns f32[] for `argument`, which is f32[3]",
    );
}

#[test]
fn tensors_of_a_closure_stay_in_it() {
    let mut kept = None;
    check(
        |x| {
            let gradient = grad(
                |x| {
                    kept = Some(x.exp());
                    x.sum(..)
                },
                &x[0],
            );
            gradient + kept.unwrap()
        },
        "gradient + kept",
        "add: operands belong to different traces: `wrong` and `grad`, which has ended\n\
         hint: return tensors from a closure to use them after it",
    );
}

fn layer(params: &Params, x: &Tensor, width: usize, heads: usize) -> Tensor {
    let [batch, tokens, _] = x.sizes();
    let norm = LayerNorm::new(&params.at("norm1"), width, 1e-5).forward(x);
    let project = |name: &str| {
        Linear::new(&params.at(name), width, width).forward(&norm).reshape([
            batch,
            tokens,
            heads,
            width / heads,
        ])
    };
    let mixed =
        nn::attention(&project("q"), &project("k"), &project("v"), ()).reshape([batch, tokens, width]);
    let x = x + Linear::new(&params.at("out"), width, width).forward(&mixed);
    let norm = LayerNorm::new(&params.at("norm2"), width, 1e-5).forward(&x);
    let hidden = Linear::new(&params.at("up"), width, 4 * width).forward(&norm).gelu();
    x + Linear::new(&params.at("down"), 4 * width, width).forward(&hidden)
}

fn transformer(layers: usize) -> Graph {
    trace("transformer", &[Spec::new(DType::F32, [2, 8, 32])], |params, x| {
        let mut x = x[0].clone();
        for index in 0..layers {
            x = layer(&params.at("layer").index(index), &x, 32, 4);
        }
        (&x * &x).mean(..)
    })
    .unwrap()
}

#[test]
fn the_gradient_of_a_deep_model_is_no_larger_than_it_must_be() {
    let sizes = [1, 2, 12].map(|layers| {
        let model = transformer(layers);
        let gradient = transform::value_and_grad(&model, transform::Parameters).unwrap();
        assert_eq!(gradient.live().iter().filter(|live| !**live).count(), 0, "nodes that nothing needs");
        (model.nodes().len(), gradient.nodes().len())
    });
    // As each layer costs the same, nothing grows faster than the model.
    let layer = (sizes[1].0 - sizes[0].0, sizes[1].1 - sizes[0].1);
    assert_eq!(sizes[2], (sizes[0].0 + 11 * layer.0, sizes[0].1 + 11 * layer.1));
    // There and back: two operations for one at most, in a model of matrix products and elementwise operations.
    assert!(sizes[2].1 <= sizes[2].0 * 22 / 10, "{sizes:?}");
}
