//! Optimizers and schedules against optax: every trace of `fixtures/optim/optim.safetensors`, which `fixtures/optim/generate.py`
//! writes.

// Of the fixture's functions this test needs some, others need the rest.
#[allow(dead_code)]
#[path = "ops/fixture.rs"]
mod fixture;

use bering::frontend::control::scan;
use bering::frontend::optim::{self, Adam, Optimizer, Schedule};
use bering::frontend::{Tree, tree};
use bering::prelude::*;
use fixture::{Array, Fixture};

/// Names sort as the fixture's do.
#[derive(Tree)]
struct Model {
    bias: Tensor,
    weight: Tensor,
}

fn optimizer(name: &str) -> Optimizer {
    match name {
        "sgd" => optim::sgd(0.1),
        "momentum" => optim::momentum(0.1, 0.9, false),
        "nesterov" => optim::momentum(0.1, 0.9, true),
        "adam" => optim::adam(1e-2),
        "adam_constants" => {
            let constants = Adam { b1: 0.8, b2: 0.95, eps: 1e-6, eps_root: 1e-7, nesterov: false };
            optim::chain([optim::scale_by_adam(constants), optim::scale_by_learning_rate(1e-2)])
        }
        "nadam" => {
            let constants = Adam { nesterov: true, ..Adam::default() };
            optim::chain([optim::scale_by_adam(constants), optim::scale_by_learning_rate(1e-2)])
        }
        "adamw" => optim::adamw(1e-2, 1e-2),
        "lion" => optim::lion(1e-3, 1e-2),
        "adamw_masked" => optim::chain([
            optim::scale_by_adam(Adam::default()),
            optim::masked(optim::add_decayed_weights(0.1), |leaf| leaf.name != "bias"),
            optim::scale_by_learning_rate(1e-2),
        ]),
        "clipped" => optim::chain([optim::clip_by_global_norm(4.5), optim::sgd(0.1)]),
        "clipped_values" => optim::chain([optim::clip(0.5), optim::adam(1e-2)]),
        "scheduled" => {
            let schedule = optim::warmup_cosine(0.0, 1e-2, 3, 10, 1e-4);
            optim::chain([optim::clip_by_global_norm(1.0), optim::adamw(schedule, 1e-2)])
        }
        "masked_momentum" => {
            let momentum = optim::masked(optim::trace(0.9, false), |leaf| leaf.spec.rank() > 1);
            optim::chain([momentum, optim::scale(-0.1)])
        }
        other => panic!("no optimizer `{other}`"),
    }
}

fn schedule(name: &str) -> Schedule {
    match name {
        "constant" => optim::constant(0.25),
        "linear" => optim::linear(1.0, 0.1, 20),
        "polynomial" => optim::polynomial(1.0, 0.1, 2.5, 20),
        "cosine" => optim::cosine(0.5, 20, 0.1),
        "warmup_cosine" => optim::warmup_cosine(0.0, 1.0, 5, 20, 0.01),
        "exponential" => optim::exponential(1.0, 0.5, 4, false),
        "staircase" => optim::exponential(1.0, 0.5, 4, true),
        "piecewise" => optim::piecewise(1.0, &[(5, 0.1), (12, 0.5)]),
        "join" => {
            let parts = [optim::linear(0.0, 1.0, 4), 1.0.into(), optim::exponential(1.0, 0.9, 2, false)];
            optim::join(parts, &[4, 9])
        }
        other => panic!("no schedule `{other}`"),
    }
}

/// The parameters after every step, from those before the first and the gradients of each.
fn steps(optimizer: &Optimizer, x: &[Tensor]) -> Model {
    let [bias, weight, bias_gradients, weight_gradients] = x else { panic!("four arguments") };
    let start = Model { bias: bias.clone(), weight: weight.clone() };
    let state = optimizer.init(&start);
    let gradients = Model { bias: bias_gradients.clone(), weight: weight_gradients.clone() };
    let (_, after) = scan(
        |(params, state): (Model, optim::State<Model>), gradients: Model| {
            let (updates, state) = optimizer.update(&gradients, &state, &params);
            let params = optim::apply(&params, &updates);
            let after = tree::map(&params, |leaf| leaf);
            ((params, state), after)
        },
        (start, state),
        gradients,
    );
    after
}

/// Within 1e-6 of the larger of 1 and the value.
fn close(got: &Buffer, want: &Array) -> Result<(), String> {
    let want: Vec<f32> =
        want.bytes.chunks(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect();
    let got = got.to_vec::<f32>().unwrap();
    assert_eq!(got.len(), want.len());
    for (i, (got, want)) in got.iter().zip(&want).enumerate() {
        // A NaN is within no distance.
        if (got - want).abs() <= 1e-6 * want.abs().max(1.0) {
            continue;
        }
        return Err(format!("element {i} is {got:e}, not {want:e}"));
    }
    Ok(())
}

#[test]
fn steps_agree_with_optax() {
    let device = device("cpu").unwrap();
    let fixture = Fixture::load("tests/fixtures/optim");
    let mut failures = Vec::new();
    let traces = fixture.names().into_iter().filter(|name| !name.starts_with("schedule_"));
    for name in traces {
        let arrays = [fixture.arrays(&name, "in"), fixture.arrays(&name, "grad")].concat();
        let specs: Vec<Spec> = arrays.iter().map(|array| array.spec()).collect();
        let graph = trace(&name, &specs, |_, x| steps(&optimizer(&name), x)).unwrap();
        let client = device.client();
        let buffers = arrays.iter().map(|array| {
            let view = HostView::from_bytes(array.runtime_dtype().unwrap(), &array.dims, &array.bytes);
            client.buffer(&view.unwrap(), &device).unwrap()
        });
        let buffers: Vec<Buffer> = buffers.collect();
        let results = compile(&device, &graph).unwrap().call(&buffers.iter().collect::<Vec<_>>()).unwrap();
        for (i, (got, want)) in results.iter().zip(fixture.arrays(&name, "out")).enumerate() {
            failures.extend(close(got, want).err().map(|error| format!("{name}, parameter {i}: {error}")));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn schedules_agree_with_optax() {
    let device = device("cpu").unwrap();
    let fixture = Fixture::load("tests/fixtures/optim");
    let names = fixture.names();
    let names: Vec<&str> = names.iter().filter_map(|name| name.strip_prefix("schedule_")).collect();
    assert_eq!(names.len(), 9);
    let graph = trace("schedules", &[], |_, _| {
        let one = |name: &&str| {
            let schedule = schedule(name);
            bering::frontend::control::map(|step: Tensor| schedule.at(&step), Tensor::arange(DType::I32, 25))
        };
        names.iter().map(one).collect::<Vec<Tensor>>()
    });
    let results = compile(&device, &graph.unwrap()).unwrap().call(&[]).unwrap();
    for (got, name) in results.iter().zip(&names) {
        let want = fixture.arrays(&format!("schedule_{name}"), "out")[0];
        close(got, want).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[test]
fn states_of_others_are_refused() {
    let specs = [Spec::new(DType::F32, [5]), Spec::new(DType::F32, [3, 5])];
    let update = |by: &str, of: &str| {
        trace("f", &specs, |_, x| {
            let model = Model { bias: x[0].clone(), weight: x[1].clone() };
            let state = optimizer(of).init(&model);
            optimizer(by).update(&model, &state, &model)
        })
    };
    assert!(update("adam", "adamw").is_ok());
    let error = update("adam", "lion").unwrap_err();
    assert_eq!(error.message(), "optimizer: the state has no `nu`");
    let error = trace("f", &specs, |_, x| {
        let model = Model { bias: x[0].clone(), weight: x[1].clone() };
        let swapped = Model { bias: x[1].clone(), weight: x[0].clone() };
        optim::sgd(0.1).update(&swapped, &optim::sgd(0.1).init(&model), &model)
    });
    let message = "optimizer: `gradients` must be as the parameters are, got f32[3, 5] for `bias` f32[5]";
    assert_eq!(error.unwrap_err().message(), message);
}
