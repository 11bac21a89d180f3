//! Batching: every case on a batch beside a loop over its examples, for every choice of inputs that carry the batch.

use super::cases::{self, Case};
use super::program::{Compiled, difference};
use super::sample::{Array, Random};
use bering::frontend::{Graph, Spec, Tensor, transform};

const SIZE: usize = 2;
const TOLERANCE: f64 = 1e-11;
const TOGETHER: usize = 12;

/// The axis in which input `at` carries the batch, not always the first.
fn batch_axis(at: usize, spec: &Spec) -> usize {
    if at.is_multiple_of(2) { 0 } else { spec.rank() }
}

/// Every choice of inputs that carry the batch, but the empty one; of more than three inputs only the choices of one, of
/// all, and of all but one.
fn choices(inputs: usize) -> impl Iterator<Item = Vec<bool>> {
    let chosen = move |bits: usize| (0..inputs).map(move |at| bits >> at & 1 == 1);
    let telling = move |bits: &usize| {
        let count = chosen(*bits).filter(|&chosen| chosen).count();
        inputs <= 3 || count == 1 || count + 1 >= inputs
    };
    (1..1usize << inputs).filter(telling).map(move |bits| chosen(bits).collect())
}

/// Results of one graph on a batch, then of the loop, in pairs. `arguments` carry the batch on axis 0.
fn write(graph: &Graph, arguments: &[Tensor], choice: &[bool]) -> bering::frontend::Result<Vec<[Tensor; 2]>> {
    let specs: Vec<Spec> = graph.inputs().iter().map(|input| input.spec.clone()).collect();
    let axes: Vec<Option<usize>> = specs
        .iter()
        .zip(choice)
        .enumerate()
        .map(|(at, (spec, chosen))| chosen.then(|| batch_axis(at, spec)))
        .collect();
    let out_axes: Vec<Option<usize>> = graph
        .outputs()
        .iter()
        .enumerate()
        .map(|(at, spec)| Some(if choice[0] { 0 } else { batch_axis(at + 1, spec) }))
        .collect();
    let batched = transform::vmap(graph, &axes, &out_axes, SIZE)?;
    let inputs: Vec<Tensor> = arguments
        .iter()
        .zip(&axes)
        .map(|(argument, axis)| match axis {
            Some(axis) => move_axis(argument, 0, *axis),
            None => argument.select_at(0, 0),
        })
        .collect();
    let together = transform::replay(&batched, &inputs);
    let alone: Vec<Vec<Tensor>> = (0..SIZE)
        .map(|example| {
            let pick = |(argument, &chosen): (&Tensor, &bool)| {
                argument.select_at(0, if chosen { example } else { 0 })
            };
            transform::replay(graph, &arguments.iter().zip(choice).map(pick).collect::<Vec<_>>())
        })
        .collect();
    Ok(together
        .iter()
        .enumerate()
        .map(|(at, result)| {
            let examples: Vec<&Tensor> = alone.iter().map(|results| &results[at]).collect();
            [move_axis(result, out_axes[at].unwrap(), 0), Tensor::stack(&examples, 0)]
        })
        .collect())
}

fn move_axis(tensor: &Tensor, from: usize, to: usize) -> Tensor {
    let mut permutation: Vec<usize> = (0..tensor.rank()).filter(|&axis| axis != from).collect();
    permutation.insert(to, from);
    tensor.transpose(permutation)
}

/// A graph with the batch of arguments it is tried on, and with which choices.
struct Trial {
    name: String,
    graph: Graph,
    arguments: Vec<Array>,
    choices: Vec<Vec<bool>>,
}

impl Trial {
    fn of(case: &Case) -> bering::frontend::Result<Trial> {
        let graph = case.graph()?;
        let choices = choices(graph.inputs().len()).collect();
        Ok(Trial { name: case.name.to_string(), arguments: arguments(case), graph, choices })
    }

    /// The case's cotangents, for a batch of inputs and of cotangents.
    fn of_vjp(case: &Case) -> bering::frontend::Result<Trial> {
        let floats: Vec<usize> =
            (0..case.inputs.len()).filter(|&at| case.inputs[at].spec.dtype.is_float()).collect();
        let graph = transform::vjp(&case.graph()?, floats.as_slice())?;
        let mut arguments = arguments(case);
        let mut random = Random::new(case.name);
        for input in &graph.inputs()[arguments.len()..] {
            arguments.push(batch(&input.spec, || random.direction(&input.spec)));
        }
        let choices = vec![vec![true; arguments.len()]];
        Ok(Trial { name: format!("vjp of {}", case.name), graph, arguments, choices })
    }
}

/// Inputs of a case, each with a batch on axis 0.
fn arguments(case: &Case) -> Vec<Array> {
    let mut random = Random::new(case.name);
    let inputs = case.inputs.iter().enumerate();
    inputs.map(|(i, input)| batch(&input.spec, || random.array(&input.spec, input.domain, i))).collect()
}

fn batch(spec: &Spec, mut example: impl FnMut() -> Array) -> Array {
    let dims: Vec<usize> = std::iter::once(SIZE).chain(spec.dims().iter().copied()).collect();
    Array { spec: spec.with_shape(dims), values: (0..SIZE).flat_map(|_| example().values).collect() }
}

fn check_together(trials: &[Trial]) -> Vec<String> {
    let specs: Vec<Spec> =
        trials.iter().flat_map(|trial| trial.arguments.iter().map(|array| array.spec.clone())).collect();
    let (mut names, mut failures) = (Vec::new(), Vec::new());
    let program = Compiled::new(&specs, |arguments| {
        let (mut rest, mut outputs) = (arguments, Vec::new());
        for trial in trials {
            let (own, others) = rest.split_at(trial.arguments.len());
            rest = others;
            for choice in &trial.choices {
                match write(&trial.graph, own, choice) {
                    Ok(pairs) => {
                        names.extend(vec![format!("{} {choice:?}", trial.name); pairs.len()]);
                        outputs.extend(pairs.into_iter().flatten());
                    }
                    Err(error) => failures.push(format!("{} {choice:?}: {error}", trial.name)),
                }
            }
        }
        outputs
    });
    let arguments: Vec<Array> = trials.iter().flat_map(|trial| trial.arguments.clone()).collect();
    let results = program.call(&arguments);
    for (name, pair) in names.iter().zip(results.chunks(2)) {
        match pair[0].spec == pair[1].spec {
            true => failures.extend(
                difference(&pair[0].values, &pair[1].values, TOLERANCE)
                    .map(|error| format!("{name}: {error}")),
            ),
            false => failures.push(format!("{name}: is {}, not {}", pair[0].spec, pair[1].spec)),
        }
    }
    failures
}

#[test]
fn batches_agree_with_loops() {
    let mut failures = Vec::new();
    let mut trials = Vec::new();
    let all = cases::differentiable();
    let made = all.iter().chain(&cases::others()).map(Trial::of).collect::<Vec<_>>();
    for trial in made.into_iter().chain(all.iter().map(Trial::of_vjp)) {
        match trial {
            Ok(trial) => trials.push(trial),
            Err(error) => failures.push(error.to_string()),
        }
    }
    for group in trials.chunks(TOGETHER) {
        failures.extend(check_together(group));
    }
    assert!(failures.is_empty(), "{} cases fail\n{}", failures.len(), failures.join("\n"));
}
