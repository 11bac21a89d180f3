//! Transforms of graphs: a graph is replayed onto tensors of the trace being made, and what is emitted for each node
//! decides what the transform is.

mod replay;

pub(crate) use replay::replay;
