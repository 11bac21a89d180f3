//! Tensors on devices that a jitted function uses without taking them as arguments.
#![allow(missing_docs)]

use bering::frontend::sharding::shard_map;
use bering::prelude::*;
use bering::{DeviceOptions, devices};
use std::cell::RefCell;

#[derive(Tree)]
struct Line {
    slope: Tensor,
    offset: Tensor,
}

fn line(device: &Device) -> Line {
    Line { slope: device.tensor(&[2.0f32, 3.0], [2]).unwrap(), offset: device.scalar(0.5f32).unwrap() }
}

#[test]
fn they_are_passed_and_not_compiled_in() {
    let device = device("cpu").unwrap();
    let line = line(&device);
    let f = jit("f", |x: Tensor| (&line.slope * x + &line.offset, line.slope.clone()));
    let x = device.tensor(&[1.0f32, 2.0], [2]).unwrap();
    let (y, slope) = f.call(&device, &x).unwrap();
    assert_eq!(y.to_vec::<f32>().unwrap(), [2.5, 6.5]);
    assert_eq!(slope.to_vec::<f32>().unwrap(), [2.0, 3.0]);
    let staged = f.lower(&x).unwrap();
    assert!(!staged.text().contains("constant"), "{}", staged.text());
    assert_eq!(staged.graph().inputs().len(), 3);
    let captured = staged.captured();
    assert_eq!(
        captured[0].buffer().unwrap().address().unwrap(),
        line.slope.buffer().unwrap().address().unwrap()
    );
    // Ahead of time, by type alone, and on buffers: captured ones follow the arguments.
    let compiled = f.lower(Tensor::typed(DType::F32, [2])).unwrap().compile(&device).unwrap();
    assert_eq!(compiled.call(&x).unwrap().0.to_vec::<f32>().unwrap(), [2.5, 6.5]);
    let mut buffers = vec![&**x.buffer().unwrap()];
    buffers.extend(compiled.captured().iter().map(|tensor| &**tensor.buffer().unwrap()));
    assert_eq!(compiled.function().call(&buffers).unwrap()[0].to_vec::<f32>().unwrap(), [2.5, 6.5]);
    assert_eq!(f.eval_shape(&x).unwrap().0.spec(), x.spec());
    assert_eq!(f.programs(), 1);
}

#[test]
fn a_program_keeps_what_it_captured() {
    let device = device("cpu").unwrap();
    let state = RefCell::new(device.scalar(1.0f32).unwrap());
    let add = jit("add", |x: Tensor| x + &*state.borrow());
    let run = |x: f32| add.call(&device, device.scalar(x).unwrap()).unwrap().item::<f32>().unwrap();
    assert_eq!(run(1.0), 2.0);
    *state.borrow_mut() = device.scalar(10.0f32).unwrap();
    assert_eq!(run(1.0), 2.0, "traced once");
    // Another program captures what is there when it is traced.
    let y = add.call(&device, device.tensor(&[1.0f32, 2.0], [2]).unwrap()).unwrap();
    assert_eq!(y.to_vec::<f32>().unwrap(), [11.0, 12.0]);
}

#[test]
fn closures_inside_capture_them_too() {
    let device = device("cpu").unwrap();
    let (weight, rows) = (
        device.tensor(&[0.5f32, -1.0], [2]).unwrap(),
        device.tensor(&[1.0f32, 2.0, 3.0, 4.0], [2, 2]).unwrap(),
    );
    // The same function of arguments is the reference.
    let all = |weight: &Tensor, rows: &Tensor, x: Tensor| {
        let loss = |w: Tensor| (rows.matmul(&w) * weight).tanh().sum(..);
        let looped = fori_loop(0, 3, |_, y: Tensor| (y * weight).sin() + rows.sum(0), &x);
        let (last, steps) = scan(
            |c: Tensor, row: Tensor| (c * weight + &row, row * &x),
            Tensor::zeros(DType::F32, [2]),
            rows,
        );
        let chosen = cond(&weight.sum(..).lt(0.0), |y: Tensor| y + weight, |y: Tensor| y - weight, &x);
        let mapped = vmap(|row: Tensor| grad(|w: Tensor| (w * row * weight).sum(..), &x), 0, 0, rows);
        let of_captured = grad(loss, weight);
        let second = hessian(loss, &x);
        let folded = while_loop(|y: Tensor| y.sum(..).lt(20.0), |y: Tensor| y + weight * weight + 1.0, &x);
        let kept = checkpoint(|y: Tensor| (y * weight).exp(), &x);
        (looped, last, steps, chosen, (mapped, of_captured, second, folded), kept)
    };
    let captured = jit("captured", |x: Tensor| all(&weight, &rows, x));
    let passed = jit("passed", |(weight, rows, x): (Tensor, Tensor, Tensor)| all(&weight, &rows, x));
    let x = device.tensor(&[0.25f32, 0.75], [2]).unwrap();
    let values = |tree: &dyn Fn() -> Vec<Tensor>| -> Vec<Vec<f32>> {
        tree().iter().map(|leaf| leaf.to_vec::<f32>().unwrap()).collect()
    };
    let got = values(&|| tree::leaves(&captured.call(&device, &x).unwrap()));
    let expected = values(&|| tree::leaves(&passed.call(&device, (&weight, &rows, &x)).unwrap()));
    assert_eq!(got, expected);
    assert_eq!(captured.lower(&x).unwrap().captured().len(), 2);
}

#[test]
fn what_is_computed_while_tracing_is_captured() {
    let device = device("cpu").unwrap();
    let double = jit("double", |x: Tensor| x * 2.0);
    let table = device.tensor(&[1.0f32, 2.0], [2]).unwrap();
    let outer = jit("outer", |x: Tensor| x + double.call(&device, &table).unwrap());
    assert_eq!(outer.call(&device, &table).unwrap().to_vec::<f32>().unwrap(), [3.0, 6.0]);
}

#[test]
fn mistakes_name_what_was_captured_and_where() {
    let device = device("cpu").unwrap();
    let w = device.tensor(&[1.0f32, 2.0], [2]).unwrap();
    let x = device.tensor(&[1.0f32, 2.0], [2]).unwrap();
    let f = jit("f", |x: Tensor| x * &w);
    assert_eq!(f.call(&device, &x).unwrap().to_vec::<f32>().unwrap(), [1.0, 4.0]);
    let twice = f.call(&device, Donate(w.clone())).unwrap_err().to_string();
    assert_eq!(twice, "argument 0 of `f` is donated, and the function captured it");
    jit("take", |x: Tensor| x + 1.0).call(&device, Donate(w.clone())).unwrap();
    let gone = f.call(&device, &x).unwrap_err().to_string();
    let start = format!("the tensor f32[2] that `f` captured ({}:", file!());
    assert!(gone.starts_with(&start), "{gone}");
    assert!(gone.contains(") was donated or deleted since\nhint: pass what changes"), "{gone}");

    let options = DeviceOptions { devices: Some(2), ..Default::default() };
    let two = devices("cpu", &options).unwrap();
    let far = two[1].tensor(&[1.0f32, 2.0], [2]).unwrap();
    let near = two[0].tensor(&[1.0f32, 2.0], [2]).unwrap();
    let g = jit("g", |x: Tensor| x * &far);
    let wrong = g.call(&two[0], &near).unwrap_err().to_string();
    assert!(wrong.ends_with(") is on `cpu:1`, the call on `cpu:0`"), "{wrong}");
    assert_eq!(g.call(&two[1], &far).unwrap().to_vec::<f32>().unwrap(), [1.0, 4.0]);

    let h = jit("h", |x: Tensor| jit("inner", |y: Tensor| y + 1.0).call(&device, &x).map_or(x, |y| y));
    assert_eq!(h.call(&device, device.scalar(1.0f32).unwrap()).unwrap().item::<f32>().unwrap(), 1.0);
    let shape = jit("shape", |x: Tensor| x.matmul(&far)).lower(Tensor::typed(DType::F32, [3])).err().unwrap();
    assert!(shape.to_string().starts_with("dot: "), "{shape}");
}

#[test]
fn on_a_mesh_they_are_split_as_they_are_or_copied() {
    let options = DeviceOptions { devices: Some(4), ..Default::default() };
    let four = devices("cpu", &options).unwrap();
    let mesh = DeviceMesh::new(&four, [("x", 4)]).unwrap();
    let values: Vec<f32> = (0..16).map(|i| i as f32).collect();
    let split = mesh.tensor(&values, [8, 2], ["x", "_"]).unwrap();
    let single = four[0].tensor(&[1.0f32, -1.0], [2]).unwrap();
    let axes = mesh.axes().clone();
    let f = jit("f", |x: Tensor| {
        let rows = shard_map(&axes, [["x", "_"]], [["x", "_"]], |part: Tensor| part * 2.0, &split);
        rows * x + &single
    })
    .result_sharding("", ["x", "_"]);
    let x = mesh.tensor(&values, [8, 2], ["_", "_"]).unwrap();
    let y = f.call(&mesh, &x).unwrap();
    let sign = |i: usize| if i.is_multiple_of(2) { 1.0 } else { -1.0 };
    let expected: Vec<f32> = values.iter().enumerate().map(|(i, v)| v * v * 2.0 + sign(i)).collect();
    assert_eq!(y.to_vec::<f32>().unwrap(), expected);
    assert_eq!(y.parts().unwrap()[1].dims(), [2, 2]);
    let text = f.lower_on(mesh.axes(), &x).unwrap();
    assert_eq!(text.captured().len(), 2);
    let other = jit("g", |x: Tensor| x + &split).call(&four[0], &single).unwrap_err().to_string();
    assert!(other.ends_with(") is on the mesh [x=4], the call on `cpu:0`"), "{other}");
}
