//! Many devices: meshes, how tensors are split over them, and functions of one device's part that talk to the others.
//!
//! Two ways to write a program for a mesh, which can be mixed:
//! * as for one device, saying of some tensors how they are split ([`Tensor::shard`](crate::Tensor::shard)); the compiler
//!   splits the rest and puts in what has to be exchanged;
//! * as what one device does with its part, in [`shard_map`], with collectives written out
//!   ([`Tensor::all_reduce`](crate::Tensor::all_reduce) and its siblings).
//!
//! A graph holds meshes without devices; `bering` runs it on devices that are laid out so.

mod axes;
mod collective;
mod exchange;
mod manual;
mod mesh;

pub(crate) use axes::AxisSet;
pub use collective::{Collective, Exchange};
pub(crate) use exchange::infer_axis_index;
pub use exchange::{axis_index, axis_size};
pub(crate) use manual::innermost;
pub use manual::{ShardMap, shard_map, shard_map_unchecked};
pub use mesh::{Mesh, Partition, Sharding};

use crate::{Graph, Op};

/// The mesh that a graph is written for, if it mentions one.
pub fn mesh_of(graph: &Graph) -> Option<&Mesh> {
    graph.nodes().iter().find_map(|node| match &node.op {
        Op::ShardingConstraint(sharding) => Some(&sharding.mesh),
        Op::ShardMap(map) => Some(&map.mesh),
        Op::Collective(collective) => Some(&collective.mesh),
        Op::AxisIndex { mesh, .. } => Some(mesh),
        op => op.bodies().into_iter().find_map(|body| mesh_of(body)),
    })
}
