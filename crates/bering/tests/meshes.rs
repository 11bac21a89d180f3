//! Tensors on meshes of four CPU devices: how they get there, from one partition to another and back, and what calls say of
//! tensors that are elsewhere or were given away.
#![allow(missing_docs)]

use bering::frontend::sharding::Partition;
use bering::prelude::*;
use bering::{DeviceOptions, devices};

fn mesh() -> DeviceMesh {
    let four = DeviceOptions { devices: Some(4), ..Default::default() };
    DeviceMesh::new(&devices("cpu", &four).unwrap(), [("x", 2), ("y", 2)]).unwrap()
}

fn partitions() -> Vec<Partition> {
    vec![
        Partition::replicated(),
        ["x", "y"].into(),
        ["y", "x"].into(),
        ["_", "x+y"].into(),
        ["y+x"].into(),
        ["_", "y"].into(),
        ["x", "_"].into(),
    ]
}

fn values() -> Vec<f32> {
    (0..8 * 4).map(|i| (i as f32).sin()).collect()
}

/// Every device has the part that it has of a tensor made there from the host.
#[track_caller]
fn check_parts(got: &Tensor, mesh: &DeviceMesh, partition: &Partition) {
    let expected = mesh.tensor(&values(), [8, 4], partition).unwrap();
    assert_eq!(got.partition(), Some(partition));
    assert_eq!(got.to_vec::<f32>().unwrap(), values(), "{partition}");
    for (at, (got, expected)) in got.parts().unwrap().iter().zip(expected.parts().unwrap()).enumerate() {
        assert_eq!(got.device().unwrap(), mesh.devices()[at]);
        assert_eq!(got.dims(), expected.dims());
        assert_eq!(got.to_vec::<f32>().unwrap(), expected.to_vec::<f32>().unwrap(), "{partition}: {at}");
    }
}

#[test]
fn parts_on_the_host_are_cut_where_they_are() {
    let mesh = mesh();
    let tensor = mesh.tensor(&values(), [8, 4], ["x", "y"]).unwrap();
    let part = |row: usize, column: usize| -> Vec<f32> {
        (0..4)
            .flat_map(|i| (0..2).map(move |j| ((row * 4 + i) * 4 + column * 2 + j) as f32))
            .map(f32::sin)
            .collect()
    };
    for (at, expected) in [part(0, 0), part(0, 1), part(1, 0), part(1, 1)].iter().enumerate() {
        assert_eq!(&tensor.parts().unwrap()[at].to_vec::<f32>().unwrap(), expected, "{at}");
    }
    let nothing = mesh.tensor::<f32>(&[], [0, 4], ["x", "y"]).unwrap();
    assert_eq!(
        (nothing.to_vec::<f32>().unwrap().len(), nothing.parts().unwrap()[3].dims()),
        (0, &[0, 2][..])
    );
    let one = mesh.tensor(&[7i8], [], Partition::replicated()).unwrap();
    assert_eq!(one.item::<i8>().unwrap(), 7);
}

#[test]
fn any_partition_becomes_any_other() {
    let mesh = mesh();
    for from in partitions() {
        let tensor = mesh.tensor(&values(), [8, 4], &from).unwrap();
        for to in partitions() {
            check_parts(&mesh.put(&tensor, &to).unwrap(), &mesh, &to);
        }
        assert_eq!(tensor.to_vec::<f32>().unwrap(), values(), "it is still there");
    }
    let bits: Vec<bool> = (0..16).map(|i| i % 3 == 0).collect();
    let bits_on = mesh.tensor(&bits, [4, 4], ["x"]).unwrap();
    assert_eq!(mesh.put(&bits_on, ["_", "y"]).unwrap().to_vec::<bool>().unwrap(), bits);
}

#[test]
fn tensors_from_anywhere_are_split() {
    let mesh = mesh();
    let on_one = mesh.devices()[2].tensor(&values(), [8, 4]).unwrap();
    let elsewhere = bering::device("cpu").unwrap().tensor(&values(), [8, 4]).unwrap();
    let line = DeviceMesh::new(mesh.devices(), [("z", 4)]).unwrap();
    let on_line = line.tensor(&values(), [8, 4], ["_", "z"]).unwrap();
    for to in partitions() {
        for tensor in [&on_one, &elsewhere, &on_line] {
            check_parts(&mesh.put(tensor, &to).unwrap(), &mesh, &to);
        }
    }
}

#[test]
fn what_does_not_fit_is_said() {
    let mesh = mesh();
    let three = mesh.tensor(&[1.0f32, 2.0, 3.0], [3], ["_"]).unwrap();
    let uneven = "axis 3 (axis 0) of f32[3] is not divided by the 2 devices along `x` of the mesh [x=2, y=2]";
    let message = |result: bering::Result<Tensor>| result.unwrap_err().to_string();
    assert_eq!(message(mesh.tensor(&[1.0f32, 2.0, 3.0], [3], ["x"])), format!("tensor: {uneven}"));
    assert_eq!(message(mesh.put(&three, ["x"])), format!("put: {uneven}"));
    let double = jit("double", |x: Tensor| x * 2.0).result_sharding("", ["x"]);
    assert!(message(double.call(&mesh, &three)).contains(uneven));
    // An odd axis may still be whole, and come back from an uneven program.
    let sum = jit("sum", |x: Tensor| x.reshape([3, 1]) + x);
    assert_eq!(
        sum.call(&mesh, &three).unwrap().to_vec::<f32>().unwrap(),
        [2., 3., 4., 3., 4., 5., 4., 5., 6.]
    );
    assert_eq!(message(mesh.put(&three, ["z"])), "put: [z] mentions `z`, the mesh is [x=2, y=2]");
    let typed = Tensor::typed(DType::F32, [4]);
    assert!(message(mesh.put(&typed, ["x"])).starts_with("tensor f32[4] holds no elements"));
}

#[test]
fn arguments_elsewhere_are_named() {
    let mesh = mesh();
    let add = jit("add", |(x, y): (Tensor, Tensor)| x + y);
    let x = mesh.tensor(&[1.0f32, 2.0], [2], ["x"]).unwrap();
    let message = |result: bering::Result<Tensor>| result.unwrap_err().to_string();
    let line = DeviceMesh::new(mesh.devices(), [("x", 4)]).unwrap();
    let on_line = line.tensor(&[1.0f32, 2.0], [2], ["_"]).unwrap();
    assert_eq!(
        message(add.call(&mesh, (&x, &on_line))),
        "argument `1` of `add` is on the mesh [x=4], the call on the mesh [x=2, y=2]\nhint: `DeviceMesh::put` splits it over another mesh"
    );
    let turned: Vec<_> = mesh.devices().iter().rev().cloned().collect();
    let turned = DeviceMesh::new(&turned, [("x", 2), ("y", 2)]).unwrap();
    let on_turned = turned.tensor(&[1.0f32, 2.0], [2], ["x"]).unwrap();
    assert_eq!(
        message(add.call(&mesh, (&x, &on_turned))),
        "argument `1` of `add` is on other devices of a mesh [x=2, y=2] than those of the call\nhint: `DeviceMesh::put` splits it over \
         another mesh"
    );
    let elsewhere = bering::device("cpu").unwrap().tensor(&[1.0f32, 2.0], [2]).unwrap();
    let other = "argument `1` of `add` is on another client than the mesh [x=2, y=2]\nhint: `DeviceMesh::put` splits it over the mesh";
    assert_eq!(message(add.call(&mesh, (&x, &elsewhere))), other);
    assert_eq!(
        message(add.call(&mesh.devices()[0], (&x, &x))),
        "argument `0` of `add` is on the mesh [x=2, y=2], the call on `cpu:0`"
    );
    // From one device of the mesh it is copied to all.
    let on_one = mesh.devices()[3].tensor(&[10.0f32, 20.0], [2]).unwrap();
    assert_eq!(add.call(&mesh, (&x, &on_one)).unwrap().to_vec::<f32>().unwrap(), [11.0, 22.0]);
}

#[test]
fn what_is_given_away_on_a_mesh_is_gone() {
    let mesh = mesh();
    let bump = jit("bump", |x: Tensor| x + 1.0).result_sharding("", ["x"]);
    let x = mesh.tensor(&values(), [8, 4], ["x"]).unwrap();
    let addresses = |tensor: &Tensor| -> Vec<usize> {
        tensor.parts().unwrap().iter().map(|part| part.address().unwrap()).collect()
    };
    let (clone, before) = (x.clone(), addresses(&x));
    let y = bump.call(&mesh, Donate(x)).unwrap();
    assert_eq!(addresses(&y), before, "results lie where arguments did");
    let gone = clone.to_vec::<f32>().unwrap_err().to_string();
    assert!(gone.starts_with("buffer f32[4, 4] was donated to an earlier execution"), "{gone}");
    let gone = mesh.put(&clone, ["y"]).unwrap_err().to_string();
    assert!(gone.contains("was donated to an earlier execution"), "{gone}");
    // A result that is split otherwise takes other memory; the argument is gone all the same.
    let whole = jit("whole", |x: Tensor| x + 1.0);
    let clone = y.clone();
    assert_eq!(whole.call(&mesh, Donate(y)).unwrap().partition(), Some(&Partition::replicated()));
    assert!(clone.to_vec::<f32>().is_err());
    let add = jit("add", |(x, y): (Tensor, Tensor)| x + y);
    let x = mesh.tensor(&values(), [8, 4], ["x"]).unwrap();
    let twice = add.call(&mesh, (&x, Donate(x.clone()))).unwrap_err().to_string();
    assert_eq!(twice, "argument `1` of `add` is donated and passed a second time");
}

#[test]
fn one_function_has_a_program_for_each_way_its_arguments_are_split() {
    let mesh = mesh();
    let double = jit("double", |x: Tensor| x * 2.0);
    for (programs, partition) in partitions().iter().enumerate() {
        let x = mesh.tensor(&values(), [8, 4], partition).unwrap();
        for _ in 0..2 {
            let doubled: Vec<f32> = values().iter().map(|value| value * 2.0).collect();
            assert_eq!(double.call(&mesh, &x).unwrap().to_vec::<f32>().unwrap(), doubled);
            assert_eq!(double.programs(), programs + 1);
        }
    }
    let staged = double.lower_on(mesh.axes(), Tensor::typed(DType::F32, [8, 4])).unwrap();
    let compiled = staged.compile(&mesh).unwrap();
    let x = mesh.tensor(&values(), [8, 4], ["x"]).unwrap();
    let error = compiled.call(&x).unwrap_err().to_string();
    assert_eq!(error, "argument 0 of `double` must be f32[8, 4] split as [], got f32[8, 4] split as [x]");
}

#[test]
fn a_program_that_is_written_down_says_how_many_devices_it_is_for() {
    let mesh = mesh();
    let double = jit("double", |x: Tensor| x * 2.0);
    let staged = double.lower_on(mesh.axes(), Tensor::typed(DType::F32, [8, 4])).unwrap();
    for file in
        [staged.lowered().jax_export(None).unwrap(), staged.lowered().portable_artifact(None).unwrap()]
    {
        let module = bering::Module::read(file).unwrap();
        assert_eq!(module.devices(), 4);
        let compiled = module.compile(&mesh.devices()[0], &Default::default());
        let error = compiled.err().unwrap().to_string();
        assert!(error.contains("`double` runs on 4 devices at once, and this is one"), "{error}");
    }
    // A program that mentions no mesh is for one.
    let staged = double.lower(Tensor::typed(DType::F32, [8, 4])).unwrap();
    assert_eq!(bering::Module::read(staged.lowered().jax_export(None).unwrap()).unwrap().devices(), 1);
}
