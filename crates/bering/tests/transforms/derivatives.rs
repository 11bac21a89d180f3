//! First and second derivatives, forwards and backwards.
//!
//! For a case `f` at `x`, directions `t` and `u` of `x` and a cotangent `c` of `f(x)`, programs give `f`, its `jvp` and `vjp`,
//! and the `jvp` and `vjp` of each of those. They run at `x`, `x + h t` and `x - h t`. Tangents must be the difference
//! quotients of what they are tangents of; cotangents must pair with directions as tangents do.

use super::cases::{self, Case};
use super::program::{Compiled, difference};
use super::sample::{Array, Random};
use bering::frontend::{Graph, Spec, Tensor, transform};

const STEP: f64 = 1e-5;
const TOLERANCE: f64 = 2e-7;
/// Cases in one program: compiling takes longer than linearly.
const TOGETHER: usize = 12;

/// Graphs derived from one case.
struct Derived {
    case: Case,
    function: Graph,
    forward: Graph,
    backward: Graph,
    forward_forward: Graph,
    backward_forward: Graph,
    forward_backward: Graph,
    backward_backward: Graph,
}

impl Derived {
    fn new(case: Case) -> bering::frontend::Result<Derived> {
        let function = case.graph()?;
        let wrt = floats(function.inputs().iter().map(|input| &input.spec));
        let wrt = wrt.as_slice();
        let forward = transform::jvp(&function, wrt)?;
        let backward = transform::vjp(&function, wrt)?;
        Ok(Derived {
            forward_forward: transform::jvp(&forward, wrt)?,
            backward_forward: transform::vjp(&forward, wrt)?,
            forward_backward: transform::jvp(&backward, wrt)?,
            backward_backward: transform::vjp(&backward, wrt)?,
            case,
            function,
            forward,
            backward,
        })
    }

    fn inputs(&self) -> Vec<Spec> {
        self.function.inputs().iter().map(|input| input.spec.clone()).collect()
    }

    /// Types of directions of `x`, and of cotangents of `f(x)`.
    fn directions(&self) -> (Vec<Spec>, Vec<Spec>) {
        (float_specs(&self.inputs()), float_specs(&self.function.outputs()))
    }

    /// `x`, `t`, `u`, `c`, one after the other.
    fn specs(&self) -> Vec<Spec> {
        let (directions, cotangents) = self.directions();
        [self.inputs(), directions.clone(), directions, cotangents].concat()
    }

    fn arguments(&self) -> Vec<Array> {
        let mut random = Random::new(self.case.name);
        let inputs = self.case.inputs.iter().enumerate();
        let mut arrays: Vec<Array> =
            inputs.map(|(i, input)| random.array(&input.spec, input.domain, i)).collect();
        let (directions, cotangents) = self.directions();
        for spec in directions.iter().chain(&directions).chain(&cotangents) {
            arrays.push(random.direction(spec));
        }
        arrays
    }

    /// The parts of what [`Derived::specs`] lists.
    fn split<'a, T>(&self, all: &'a [T]) -> [&'a [T]; 4] {
        let directions = self.directions().0.len();
        let (x, rest) = all.split_at(self.function.inputs().len());
        let (t, rest) = rest.split_at(directions);
        let (u, c) = rest.split_at(directions);
        [x, t, u, c]
    }

    /// Everything that is compared, in the order in which [`Outcome`] reads it.
    fn write(&self, all: &[Tensor]) -> Vec<Tensor> {
        let [x, t, u, c] = self.split(all);
        let zeros = |like: &[Tensor]| -> Vec<Tensor> {
            like.iter().map(|tensor| Tensor::zeros(tensor.dtype(), tensor.dims())).collect()
        };
        let last = |graph: &Graph, arguments: &[&[Tensor]], count: usize| -> Vec<Tensor> {
            let mut outputs = transform::replay(graph, &arguments.concat());
            outputs.split_off(outputs.len() - count)
        };
        let values = floats_of(transform::replay(&self.function, x));
        let (no_c, directions, cotangents) = (zeros(c), t.len(), c.len());
        [
            values,
            last(&self.forward, &[x, t], cotangents),
            last(&self.backward, &[x, c], directions),
            last(&self.forward_forward, &[x, t, t], cotangents),
            last(&self.backward_forward, &[x, t, &no_c, c], directions),
            last(&self.forward_backward, &[x, c, t], directions),
            last(&self.backward_backward, &[x, c, &no_c, u], directions),
        ]
        .concat()
    }

    fn check(&self, arguments: &[Array], [at, above, below]: [&[Array]; 3]) -> Result<(), String> {
        let [_, t, u, c] = self.split(arguments);
        let counts = [c.len(), c.len(), t.len(), c.len(), t.len(), t.len(), t.len()];
        let part = |results: &[Array], part: usize| -> Vec<f64> {
            let start: usize = counts[..part].iter().sum();
            flat(&results[start..start + counts[part]])
        };
        let quotient = |index: usize| -> Vec<f64> {
            let (above, below) = (part(above, index), part(below, index));
            above.iter().zip(&below).map(|(a, b)| (a - b) / (2.0 * STEP)).collect()
        };
        let (t, u, c) = (flat(t), flat(u), flat(c));
        for (name, tangent, of) in [("jvp", 1, 0), ("jvp of jvp", 3, 1), ("jvp of vjp", 5, 2)] {
            let difference = difference(&part(at, tangent), &quotient(of), TOLERANCE);
            difference.map_or(Ok(()), |difference| Err(format!("{name}: {difference}")))?;
        }
        for (name, cotangent, paired, tangent) in
            [("vjp", 2, &c, 1), ("vjp of jvp", 4, &c, 3), ("vjp of vjp", 6, &u, 5)]
        {
            let (got, want) = (dot(&part(at, cotangent), &t), dot(&part(at, tangent), paired));
            let difference = difference(&[got], &[want], TOLERANCE);
            difference.map_or(Ok(()), |difference| Err(format!("{name}: {difference}")))?;
        }
        Ok(())
    }
}

fn floats<'a>(specs: impl Iterator<Item = &'a Spec>) -> Vec<usize> {
    specs.enumerate().filter(|(_, spec)| spec.dtype.is_float()).map(|(at, _)| at).collect()
}

fn float_specs(specs: &[Spec]) -> Vec<Spec> {
    specs.iter().filter(|spec| spec.dtype.is_float()).cloned().collect()
}

fn floats_of(tensors: Vec<Tensor>) -> Vec<Tensor> {
    tensors.into_iter().filter(|tensor| tensor.dtype().is_float()).collect()
}

fn flat(arrays: &[Array]) -> Vec<f64> {
    arrays.iter().flat_map(|array| array.values.iter().copied()).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The arguments with `x` moved by `step` along `t`.
fn moved(derived: &Derived, arguments: &[Array], step: f64) -> Vec<Array> {
    let [x, t, ..] = derived.split(arguments);
    let mut directions = t.iter();
    let moved = x.iter().map(|array| match array.is_float() {
        true => {
            let along = &directions.next().unwrap().values;
            let values = array.values.iter().zip(along).map(|(x, t)| x + step * t).collect();
            Array { values, ..array.clone() }
        }
        false => array.clone(),
    });
    moved.chain(arguments[x.len()..].iter().cloned()).collect()
}

/// Checks some cases in one program; what is wrong with them.
fn check_together(group: &[Derived]) -> Vec<String> {
    let specs: Vec<Spec> = group.iter().flat_map(Derived::specs).collect();
    let program = Compiled::new(&specs, |arguments| {
        let (mut rest, mut outputs) = (arguments, Vec::new());
        for derived in group {
            let (own, others) = rest.split_at(derived.specs().len());
            outputs.extend(derived.write(own));
            rest = others;
        }
        outputs
    });
    let arguments: Vec<Vec<Array>> = group.iter().map(Derived::arguments).collect();
    let run = |step: f64| {
        let all: Vec<Array> = group
            .iter()
            .zip(&arguments)
            .flat_map(|(derived, arguments)| moved(derived, arguments, step))
            .collect();
        program.call(&all)
    };
    let runs = [run(0.0), run(STEP), run(-STEP)];
    let mut start = 0;
    let mut failures = Vec::new();
    for (derived, arguments) in group.iter().zip(&arguments) {
        let (t, c) = (derived.directions().0.len(), derived.directions().1.len());
        let range = start..start + 3 * c + 4 * t;
        start = range.end;
        let own = [&runs[0][range.clone()], &runs[1][range.clone()], &runs[2][range]];
        failures.extend(
            derived.check(arguments, own).err().map(|error| format!("{}: {error}", derived.case.name)),
        );
    }
    failures
}

#[test]
fn derivatives_agree_with_finite_differences_and_each_other() {
    let mut failures = Vec::new();
    let mut derived = Vec::new();
    for case in cases::differentiable() {
        let name = case.name;
        match Derived::new(case) {
            Ok(graphs) => derived.push(graphs),
            Err(error) => failures.push(format!("{name}: {error}")),
        }
    }
    for group in derived.chunks(TOGETHER) {
        failures.extend(check_together(group));
    }
    assert!(failures.is_empty(), "{} cases fail\n{}", failures.len(), failures.join("\n"));
}
