//! Exchanges between four devices beside JAX's: values, tangents, cotangents, second derivatives and batches.
//!
//! Arguments and results are in `fixtures/sharding/sharding.safetensors`, which the script beside it writes.
#![allow(missing_docs)]

use bering::frontend::control::{ScanOptions, cond, scan, scan_with};
use bering::frontend::sharding::{Partition, axis_index, axis_size, shard_map, shard_map_unchecked};
use bering::frontend::{checkpoint, custom_vjp, grad, jvp, value_and_grad, vmap};
use bering::prelude::*;
use bering::{DeviceOptions, devices};
use std::path::Path;

type Function = fn(&[Tensor]) -> Tensor;

/// A function of one device's parts, how its arguments are split and how its result is.
struct Case {
    name: &'static str,
    inputs: Vec<Partition>,
    output: Partition,
    function: Function,
}

fn case<const N: usize>(
    name: &'static str,
    inputs: [Partition; N],
    output: impl Into<Partition>,
    function: Function,
) -> Case {
    Case { name, inputs: inputs.into(), output: output.into(), function }
}

/// An exchange of the sines of parts of one array, split by rows and columns.
macro_rules! ones {
    ($($name:ident $output:tt |$x:ident| $body:expr;)*) => {
        vec![$(case(stringify!($name), [["x", "y"].into()], $output, |x| {
            let $x = x[0].sin();
            $body
        })),*]
    };
}

fn exchanges() -> Vec<Case> {
    let mut cases = ones! {
        psum_x ["_", "y"] |x| x.all_reduce("x");
        psum_y ["x"] |x| x.all_reduce("y");
        psum_both ["_"] |x| x.all_reduce("x+y");
        pmean ["_"] |x| x.all_reduce_mean("x+y");
        all_gather_x ["x", "y"] |x| x.all_gather("x", 0);
        all_gather_y ["x", "y"] |x| x.all_gather("y", 0);
        all_gather_both ["x", "y"] |x| x.all_gather("x+y", 1);
        all_gather_stacked ["x", "_", "y"] |x| x.all_gather_stacked("y", 1);
        psum_scatter_x ["x", "y"] |x| x.reduce_scatter("x", 0);
        psum_scatter_both ["x", "y"] |x| x.reduce_scatter("x+y", 1);
        all_to_all_x ["x", "y"] |x| x.all_to_all("x", 1, 0);
        all_to_all_both ["x", "y"] |x| x.all_to_all("x+y", 0, 1);
        ppermute_x ["x", "y"] |x| x.collective_permute("x", &[(0, 1)]);
        ppermute_both ["x", "y"] |x| x.collective_permute("x+y", &[(0, 1), (1, 2), (2, 3), (3, 0)]);
        broadcast ["_", "y"] |x| x.broadcast_from("x", 1);
        axis_index ["x", "y"] |x| axis_index("y").convert(DType::F64) * x;
        axis_index_both ["x", "y"] |x| axis_index("x+y").convert(DType::F64) * x;
        axis_size ["x", "y"] |x| x * axis_size("x") as f64 + axis_size("x+y") as f64;
        psum_twice ["x", "y"] |x| ((x.all_reduce("x") * &x).all_reduce("x")) * x;
        gather_used_twice ["x", "y"] |x| {
            let all = x.all_gather("x", 0);
            (&all * &all).sum(..) * x
        };
    };
    let rows = || Partition::from(["x"]);
    let layers = || [rows(), ["_", "y"].into(), ["y"].into()];
    let whole = Partition::replicated;
    cases.extend([
        case("layer", layers(), ["x"], layer),
        case("kept", layers(), ["x"], |x| checkpoint(|(x, w, v)| layer(&[x, w, v]), (&x[0], &x[1], &x[2]))),
        case("loss", [["x+y"].into(), whole()], whole(), |x| {
            let y = x[0].matmul(&x[1]).tanh();
            (&y * &y).sum(..).all_reduce_mean("x+y")
        }),
        case("ring", [["x", "y"].into(), whole()], ["x", "y"], ring),
        case("branches", [["x", "y"].into(), whole()], ["x", "y"], branches),
    ]);
    cases
}

/// Rows over `x`, hidden units over `y`; parameters that some devices share.
fn layer(x: &[Tensor]) -> Tensor {
    x[0].matmul(&x[1]).tanh().matmul(&x[2]).all_reduce("y") + x[0].sum(..)
}

/// A scan that sends its carry round.
fn ring(x: &[Tensor]) -> Tensor {
    let step = |(part, total): (Tensor, Tensor), ()| {
        let before = total.sum(..);
        let next = (total * &x[1] + &part).sin();
        ((part.collective_permute("x", &[(0, 1), (1, 0)]), next), before)
    };
    let options = ScanOptions { length: Some(3), ..Default::default() };
    let ((_, total), sums) = scan_with(&options, step, (&x[0], Tensor::zeros(DType::F64, [2, 2])), ());
    total * sums.sum(..).all_reduce("x+y")
}

/// A choice that all make alike, with an exchange in it, and one that each makes by itself.
fn branches(x: &[Tensor]) -> Tensor {
    let w = &x[1];
    let alike = x[0].sum(..).all_reduce("x+y").lt(1);
    let x = cond(&alike, |x| &x * x.sin().all_reduce("y") * w, |x| x.exp() * w, &x[0]);
    cond(&x.sum(..).gt(0), |x| x * w, |x| x * w.sin(), &x)
}

fn mesh() -> DeviceMesh {
    let four = DeviceOptions { devices: Some(4), ..Default::default() };
    DeviceMesh::new(&devices("cpu", &four).unwrap(), [("x", 2), ("y", 2)]).unwrap()
}

/// Elements and sizes.
type Array = (Vec<f64>, Vec<usize>);

/// The arrays of one kind of a case.
fn arrays(file: &bering::weights::SafeTensors, case: &str, kind: &str) -> Vec<Array> {
    let read = |name: String| {
        let view = file.get(&name).ok()?;
        let number = |bytes: &[u8]| f64::from_le_bytes(bytes.try_into().unwrap());
        Some((view.bytes.chunks(8).map(number).collect(), view.dims.to_vec()))
    };
    (0..).map_while(|at| read(format!("{case}.{kind}{at}"))).collect()
}

fn fixture() -> bering::weights::SafeTensors {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/sharding/sharding.safetensors");
    bering::weights::SafeTensors::open(path).unwrap()
}

#[track_caller]
fn close(what: &str, got: &Tensor, (expected, dims): &Array) {
    assert_eq!(got.dims(), dims, "{what}");
    for (at, (g, e)) in got.to_vec::<f64>().unwrap().iter().zip(expected).enumerate() {
        assert!((g - e).abs() <= 1e-12 * (1.0 + e.abs()), "{what}: element {at}: {g} is not {e}");
    }
}

/// What one case gives: value, batch, tangent, cotangents, and their tangents.
fn results(
    case: &Case,
    mesh: &DeviceMesh,
    (x, t, c): (Vec<Tensor>, Vec<Tensor>, Tensor),
) -> (Tensor, Tensor, Tensor, Vec<Tensor>, Vec<Tensor>) {
    let (axes, function) = (mesh.axes().clone(), case.function);
    let mapped = |x: &Vec<Tensor>| {
        let parts = |x: Vec<Tensor>| function(&x);
        shard_map(&axes, case.inputs.clone(), [case.output.clone()], parts, x)
    };
    let program = jit(case.name, |(x, t, c): (Vec<Tensor>, Vec<Tensor>, Tensor)| {
        let weighted = |x: Vec<Tensor>| (mapped(&x) * &c).sum(..);
        let gradient = |x: Vec<Tensor>| grad(weighted, &x);
        let (_, tangent) = jvp(|x: Vec<Tensor>| mapped(&x), &x, &t);
        let (cotangents, seconds) = jvp(gradient, &x, &t);
        let both: Vec<Tensor> = x.iter().zip(&t).map(|(x, t)| Tensor::stack(&[x, t], 0)).collect();
        let batch = vmap(|x: Vec<Tensor>| mapped(&x), 0, 0, &both);
        (mapped(&x), batch, tangent, cotangents, seconds)
    });
    program.call(mesh, (&x, &t, &c)).unwrap_or_else(|error| panic!("{}: {error}", case.name))
}

#[test]
fn exchanges_are_jaxs() {
    let (mesh, file) = (mesh(), fixture());
    for case in exchanges() {
        let on_mesh = |arrays: Vec<Array>| -> Vec<Tensor> {
            let place = |((values, dims), partition): (Array, Partition)| {
                mesh.tensor(&values, dims, partition).unwrap()
            };
            arrays.into_iter().zip(case.inputs.clone()).map(place).collect()
        };
        let of = |kind: &str| arrays(&file, case.name, kind);
        let (c, dims) = of("c").remove(0);
        let c = mesh.tensor(&c, dims, &case.output).unwrap();
        let (value, batch, tangent, cotangents, seconds) =
            results(&case, &mesh, (on_mesh(of("x")), on_mesh(of("t")), c));
        close(&format!("{}: value", case.name), &value, &of("y")[0]);
        close(&format!("{}: batch", case.name), &batch, &of("b")[0]);
        close(&format!("{}: tangent", case.name), &tangent, &of("d")[0]);
        for (what, got, expected) in [("cotangent", cotangents, of("g")), ("second", seconds, of("h"))] {
            assert_eq!(got.len(), expected.len());
            for (at, (got, expected)) in got.iter().zip(&expected).enumerate() {
                close(&format!("{}: {what} {at}", case.name), got, expected);
            }
        }
    }
}

#[test]
fn extrema_are_jaxs() {
    let (mesh, file) = (mesh(), fixture());
    let cases: [(&str, Partition, Function); 2] = [
        ("pmax", ["_", "y"].into(), |x| x[0].sin().all_reduce_max("x")),
        ("pmin", Partition::replicated(), |x| x[0].sin().all_reduce_min("x+y")),
    ];
    for (name, output, function) in cases {
        let (values, dims) = arrays(&file, name, "x").remove(0);
        let x = mesh.tensor(&values, dims, ["x", "y"]).unwrap();
        let axes = mesh.axes().clone();
        let program = jit(name, |x: Tensor| {
            shard_map(&axes, [["x", "y"]], [output.clone()], |x: Tensor| function(&[x]), &x)
        });
        close(name, &program.call(&mesh, &x).unwrap(), &arrays(&file, name, "y")[0]);
    }
}

/// A function with its first and second derivatives along some direction.
fn derivatives(
    mapped: impl Fn(&Vec<Tensor>) -> Tensor,
    x: &Vec<Tensor>,
) -> (Tensor, Vec<Tensor>, Vec<Tensor>) {
    let loss = |x: Vec<Tensor>| {
        let y = mapped(&x);
        (&y * &y).sum(..)
    };
    let (gradient, second) = jvp(|x: Vec<Tensor>| grad(loss, &x), x, x);
    (mapped(x), gradient, second)
}

#[test]
fn derivatives_are_those_of_the_whole_with_checks_and_without() {
    let mesh = mesh();
    let axes = mesh.axes().clone();
    let inputs: [Partition; 3] = [["x"].into(), ["_", "y"].into(), ["y"].into()];
    let number = |at: usize| ((at * 7919 % 101) as f64 / 50.0 - 1.0) * 0.5;
    let x: Vec<Tensor> = [[4, 3], [3, 6], [6, 2]]
        .iter()
        .zip(&inputs)
        .map(|(dims, split)| {
            let values: Vec<f64> = (0..dims[0] * dims[1]).map(number).collect();
            mesh.tensor(&values, dims, split).unwrap()
        })
        .collect();
    // A derivative by hand, whose residuals and cotangents are of several kinds.
    let steep = |x: &Tensor, w: &Tensor| {
        custom_vjp(
            |(x, w): (Tensor, Tensor)| x.matmul(&w).tanh(),
            |(x, w): (Tensor, Tensor)| {
                let y = x.matmul(&w).tanh();
                (y.clone(), (x, w, y))
            },
            |(x, w, y): (Tensor, Tensor, Tensor), flow: Tensor| {
                let flow: Tensor = (1.0 - &y * &y) * flow;
                (flow.matmul(&w.transpose([1, 0])), x.transpose([1, 0]).matmul(&flow))
            },
            (x, w),
        )
    };
    let whole = |x: &Vec<Tensor>| x[0].matmul(&x[1]).tanh().matmul(&x[2]);
    let part = |x: Vec<Tensor>| x[0].matmul(&x[1]).tanh().matmul(&x[2]).all_reduce("y");
    let checked = |x: &Vec<Tensor>| shard_map(&axes, inputs.clone(), [["x"]], part, x);
    let unchecked = |x: &Vec<Tensor>| shard_map_unchecked(&axes, inputs.clone(), [["x"]], part, x);
    let by_hand = |x: &Vec<Tensor>| {
        let part = |x: Vec<Tensor>| steep(&x[0], &x[1]).matmul(&x[2]).all_reduce("y");
        shard_map(&axes, inputs.clone(), [["x"]], part, x)
    };
    let first = |f: &dyn Fn(&Vec<Tensor>) -> Tensor, x: &Vec<Tensor>| {
        grad(|x: Vec<Tensor>| (f(&x) * f(&x)).sum(..), x)
    };
    let program = jit("all", |x: Vec<Tensor>| {
        let given = first(&by_hand, &x);
        (derivatives(whole, &x), derivatives(checked, &x), derivatives(unchecked, &x), given)
    });
    let (expected, checked, unchecked, given) = program.call(&mesh, &x).unwrap();
    let values = |tensor: &Tensor| (tensor.to_vec::<f64>().unwrap(), tensor.dims().to_vec());
    for (at, expected) in tree::leaves(&expected).iter().enumerate() {
        close(&format!("checked, leaf {at}"), &tree::leaves(&checked)[at], &values(expected));
        close(&format!("unchecked, leaf {at}"), &tree::leaves(&unchecked)[at], &values(expected));
    }
    for (at, expected) in expected.1.iter().enumerate() {
        close(&format!("by hand, leaf {at}"), &given[at], &values(expected));
    }
}

#[test]
fn maps_nest_in_control_flow_and_transforms() {
    let mesh = mesh();
    let axes = mesh.axes().clone();
    let number = |at: usize| ((at * 7919 % 101) as f64 / 50.0 - 1.0) * 0.5;
    let on_mesh = |dims: &[usize], split: Partition| {
        let values: Vec<f64> = (0..dims.iter().product()).map(number).collect();
        mesh.tensor(&values, dims, split).unwrap()
    };
    let whole = |x: &Tensor, w: &Tensor| x + x.matmul(w).tanh() * w.sum(..);
    let mapped = |x: &Tensor, w: &Tensor| {
        let part = |(x, w): (Tensor, Tensor)| {
            // The sum over all weights is a scalar that has no axis to be split along.
            let here = x.matmul(&w).tanh() * w.sum(..).all_reduce("y");
            let own = axis_index("y");
            let rows = x.dynamic_slice_in(1, own * 2, 2) + here;
            rows.all_gather("y", 1)
        };
        shard_map(&axes, [["x", "_"], ["_", "y"]], [["x", "_"]], part, (x, w))
    };
    type Layer<'f> = &'f dyn Fn(&Tensor, &Tensor) -> Tensor;
    let nested = |layer: Layer<'_>, x: &Tensor, ws: &Tensor, kept: bool| {
        let stack = |x: Tensor, ws: Tensor| {
            let step = |x: Tensor, w: Tensor| match kept {
                true => (layer(&x, &w), x),
                false => (checkpoint(|(x, w): (Tensor, Tensor)| layer(&x, &w), (&x, &w)), x),
            };
            let (last, all) = scan(step, &x, &ws);
            let chosen = cond(&x.sum(..).lt(100), |x| layer(&x, &ws.select_at(0, 0)), |x| x * 2.0, &last);
            (chosen * all.sum(0)).sin()
        };
        let loss = |(x, ws): (Tensor, Tensor)| stack(x, ws).sum(..);
        let gradient = grad(loss, (x, ws));
        let both = Tensor::stack(&[x, &(x * 0.5)], 0);
        let batch_of_gradients = vmap(|x: Tensor| grad(loss, (x, ws)), 0, 0, &both);
        let of_batch = |(xs, ws): (Tensor, Tensor)| vmap(|x: Tensor| stack(x, ws.clone()), 0, 0, xs).sum(..);
        (gradient, batch_of_gradients, grad(of_batch, (&both, ws)))
    };
    let program = jit("nested", |(x, ws): (Tensor, Tensor)| {
        (nested(&whole, &x, &ws, true), nested(&mapped, &x, &ws, true), nested(&mapped, &x, &ws, false))
    });
    let (x, ws) = (on_mesh(&[4, 4], ["x"].into()), on_mesh(&[3, 4, 4], ["_", "_", "y"].into()));
    let (expected, kept, again) = program.call(&mesh, (&x, &ws)).unwrap();
    for (at, expected) in tree::leaves(&expected).iter().enumerate() {
        let expected = (expected.to_vec::<f64>().unwrap(), expected.dims().to_vec());
        close(&format!("kept, leaf {at}"), &tree::leaves(&kept)[at], &expected);
        close(&format!("computed again, leaf {at}"), &tree::leaves(&again)[at], &expected);
    }
}

#[test]
fn results_without_cotangents_take_no_part() {
    let mesh = mesh();
    let axes = mesh.axes().clone();
    let part = |(x, y): (Tensor, Tensor)| {
        let largest = x.argmax(0);
        (x.all_reduce("x") * &y, (x * &y).exp(), largest, y.stop_gradient().sum(..).all_reduce("x+y"))
    };
    let inputs = [["x", "_"], ["_", "_"]].map(Partition::from);
    let outputs = [["_", "_"].into(), ["x"].into(), ["x+y"].into(), Partition::replicated()];
    let of = |wanted: usize| {
        let (axes, inputs, outputs) = (axes.clone(), inputs.clone(), outputs.clone());
        jit("f", move |(x, y): (Tensor, Tensor)| {
            let loss = |(x, y): (Tensor, Tensor)| {
                let (shared, split, _, still) =
                    shard_map(&axes, inputs.clone(), outputs.clone(), part, (x, y));
                [shared, split, still][wanted].sum(..)
            };
            grad(loss, (&x, &y))
        })
    };
    let x = mesh.tensor(&[0.5f64, -1.0, 2.0, 0.25], [4, 1], ["x"]).unwrap();
    let y = mesh.tensor(&[3.0f64, -2.0], [2, 1], ["_"]).unwrap();
    let gradient = |wanted| {
        let (x, y) = of(wanted).call(&mesh, (&x, &y)).unwrap();
        (x.to_vec::<f64>().unwrap(), y.to_vec::<f64>().unwrap())
    };
    assert_eq!(gradient(0), (vec![3.0, -2.0, 3.0, -2.0], vec![2.5, -0.75]));
    let e = |x: f64, y: f64| (x * y).exp();
    let (of_x, of_y) = gradient(1);
    assert_eq!(of_x.len(), 4);
    assert!((of_x[2] - 3.0 * e(2.0, 3.0)).abs() < 1e-9, "{of_x:?}");
    assert!((of_y[0] - (0.5 * e(0.5, 3.0) + 2.0 * e(2.0, 3.0))).abs() < 1e-9, "{of_y:?}");
    assert_eq!(gradient(2), (vec![0.0; 4], vec![0.0; 2]));
}

/// How often an operation is in a program.
fn count(text: &str, operation: &str) -> usize {
    text.matches(&format!("\"stablehlo.{operation}\"")).count()
}

#[test]
fn the_way_back_keeps_what_the_way_there_computed() {
    let mesh = mesh();
    let axes = mesh.axes().clone();
    let mapped = |function: Function| {
        let axes = axes.clone();
        move |x: &Vec<Tensor>| {
            let inputs: [Partition; 3] = [["x"].into(), ["_", "y"].into(), ["y"].into()];
            shard_map(&axes, inputs, [["x"]], move |x: Vec<Tensor>| function(&x), x)
        }
    };
    let text = |function: Function| {
        let mapped = mapped(function);
        let step = jit("step", |x: Vec<Tensor>| value_and_grad(|x: Vec<Tensor>| mapped(&x).sum(..), &x));
        let arguments = [[4, 3], [3, 6], [6, 2]].map(|dims| Tensor::typed(DType::F64, dims));
        step.lower_on(mesh.axes(), arguments.to_vec()).unwrap().text().to_string()
    };
    // As in JAX: two products there and two for each back, one sum there and those of the shared parameters' cotangents.
    let kept = text(layer);
    assert_eq!((count(&kept, "tanh"), count(&kept, "dot_general")), (1, 6), "{kept}");
    assert_eq!(count(&kept, "all_reduce"), 1 + 3, "{kept}");
    // Asked for, the way there runs again.
    let again = text(|x| checkpoint(|(x, w, v)| layer(&[x, w, v]), (&x[0], &x[1], &x[2])));
    assert_eq!((count(&again, "tanh"), count(&again, "optimization_barrier")), (2, 1), "{again}");
}
