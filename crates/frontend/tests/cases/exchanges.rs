//! Programs for two or four devices: every collective along one axis of a mesh and along two, sharding annotations, and derivatives in
//! which exchanges are seen. `bering` compares what they give with JAX.

use bering_frontend::sharding::{Mesh, Sharding, axis_index, shard_map};
use bering_frontend::{DType, Graph, Result, Spec, Tensor, grad, trace};

/// A name and what one device does with its part.
type Exchange = (&'static str, fn(Tensor) -> Tensor);

/// An exchange of parts of `f32[4, 4]`, split by rows over `x`.
fn by_rows(name: &str, exchange: fn(Tensor) -> Tensor) -> Result<Graph> {
    let mesh = Mesh::new([("x", 2)]).unwrap();
    trace(name, &[Spec::new(DType::F32, [4, 4])], |_, x| {
        shard_map(&mesh, [["x", "_"]], [["x", "_"]], exchange, &x[0])
    })
}

/// An exchange of parts of `f32[4, 4]`, split by rows and columns.
fn by_both(name: &str, exchange: fn(Tensor) -> Tensor) -> Result<Graph> {
    let mesh = Mesh::new([("x", 2), ("y", 2)]).unwrap();
    trace(name, &[Spec::new(DType::F32, [4, 4])], |_, x| {
        shard_map(&mesh, [["x", "y"]], [["x", "y"]], exchange, &x[0])
    })
}

/// A layer split by its hidden units: one sum on the way there, one on the way back, and no second way there.
fn gradient(name: &str) -> Result<Graph> {
    let mesh = Mesh::new([("x", 2)]).unwrap();
    let specs = [Spec::new(DType::F32, [3, 4]), Spec::new(DType::F32, [4, 8]), Spec::new(DType::F32, [8, 4])];
    trace(name, &specs, |_, x| {
        let loss = |(x, up, down): (Tensor, Tensor, Tensor)| {
            let layer =
                |(x, up, down): (Tensor, Tensor, Tensor)| x.matmul(&up).tanh().matmul(&down).all_reduce("x");
            let y =
                shard_map(&mesh, [["_", "_"], ["_", "x"], ["x", "_"]], [["_", "_"]], layer, (x, up, down));
            (&y * &y).sum(..)
        };
        grad(loss, (&x[0], &x[1], &x[2]))
    })
}

/// A result that all have gathered: each is asked for its part of the cotangent.
fn gradient_of_gather(name: &str) -> Result<Graph> {
    let mesh = Mesh::new([("x", 2)]).unwrap();
    trace(name, &[Spec::new(DType::F32, [4])], |_, x| {
        let loss = |x: Tensor| {
            let y = shard_map(&mesh, [["x"]], [["_"]], |x: Tensor| x.tanh().all_gather("x", 0), x);
            (&y * &y).sum(..)
        };
        grad(loss, &x[0])
    })
}

/// Each with its name, which is an operation's or begins with one.
pub(crate) fn all() -> Vec<(&'static str, Result<Graph>)> {
    let mesh = Mesh::new([("x", 2)]).unwrap();
    let rows = Sharding::new(&mesh, ["x", "_"]);
    let shard = trace("shard", &[Spec::new(DType::F32, [4, 2])], |_, x| x[0].shard(&rows));
    let rows: [Exchange; 11] = [
        ("all_reduce", |x| x.all_reduce("x")),
        ("all_reduce_mean", |x| x.all_reduce_mean("x")),
        ("all_reduce_max", |x| x.all_reduce_max("x")),
        ("all_reduce_min", |x| x.all_reduce_min("x")),
        ("all_gather", |x| x.all_gather("x", 0)),
        ("all_gather_stacked", |x| x.all_gather_stacked("x", 1).max(1)),
        ("reduce_scatter", |x| x.reduce_scatter("x", 0)),
        ("all_to_all", |x| x.all_to_all("x", 1, 0)),
        ("collective_permute", |x| x.collective_permute("x", &[(0, 1)])),
        ("broadcast_from", |x| x.broadcast_from("x", 1)),
        ("axis_index", |x| axis_index("x").convert(DType::F32) + x),
    ];
    let both: [Exchange; 7] = [
        ("all_reduce_of_two_axes", |x| x.all_reduce("x+y")),
        ("all_reduce_of_the_last_axis", |x| x.all_reduce("y")),
        ("all_gather_of_two_axes", |x| x.all_gather("x+y", 0)),
        ("reduce_scatter_of_one_axis", |x| x.reduce_scatter("y", 0)),
        ("all_to_all_of_one_axis", |x| x.all_to_all("x", 1, 0)),
        ("collective_permute_of_two_axes", |x| {
            x.collective_permute("y+x", &[(0, 1), (1, 2), (2, 3), (3, 0)])
        }),
        ("axis_index_of_two_axes", |x| axis_index("x+y").convert(DType::F32) + x),
    ];
    let rows = rows.into_iter().map(|(name, exchange)| (name, by_rows(name, exchange)));
    let both = both.into_iter().map(|(name, exchange)| (name, by_both(name, exchange)));
    rows.chain(both)
        .chain([
            ("shard", shard),
            ("shard_map_gradient", gradient("shard_map_gradient")),
            ("all_gather_gradient", gradient_of_gather("all_gather_gradient")),
        ])
        .collect()
}
