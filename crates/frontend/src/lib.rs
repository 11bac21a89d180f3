//! Tensors, tracing, the graph IR, inference and lowering to StableHLO: the compiler's front half.
//!
//! A Rust function over [`Tensor`]s is run once by [`trace()`], which records a [`Graph`]; [`lower`] writes that graph as
//! StableHLO text or bytecode. This crate never executes anything and never touches a device or a file.
//!
//! Code map, in the order in which a program passes through it:
//! * [`Tensor`], [`nn`], [`optim`]: what users write. Array-library conveniences (broadcasting, negative axes, scalars) end here.
//! * [`trace()`], [`Params`], [`Tree`]: recording, and the deferred errors that carry the user's line.
//! * [`Op`], [`Graph`], [`infer()`], [`verify`]: the strict IR. No op is known to one pass and not to another.
//! * [`transform`]: derivatives and batching, from graphs to graphs; one rule an operation.
//! * [`sharding`]: meshes of devices, how tensors are split over them, collectives.
//! * [`lower`]: the only module that sees MLIR.

#![forbid(unsafe_code)]

// The derive of `Tree` names this crate, also where it is used inside of it.
extern crate self as bering_frontend;

#[macro_use]
mod tuples;

pub mod control;
mod custom_call;
mod dims;
mod dtype;
mod error;
mod graph;
mod infer;
pub mod instrument;
mod literal;
mod location;
pub mod lower;
pub mod nn;
mod op;
pub mod optim;
mod params;
mod print;
pub mod random;
mod shape;
pub mod sharding;
mod tensor;
mod trace;
pub mod transform;
pub mod tree;
mod verify;

pub use bering_macros::Tree;
pub use control::{Rule, Scan};
pub use custom_call::{Attribute, CustomCall};
pub use dims::{
    Convolution, ConvolutionAxes, FftKind, GatherDims, ScatterDims, Transpose, TriangularSolve, Window,
};
pub use dtype::{DType, Family};
pub use error::{Error, ErrorKind, Result};
pub use graph::{Graph, Input, Node, NodeId, Type};
pub use infer::infer;
pub use literal::{Element, Literal, Scalar};
pub use location::Location;
pub use op::{Comparison, Dot, Op, Padding, Precision, Reducer};
pub use params::Params;
pub use shape::{Shape, Spec};
#[doc(hidden)]
pub use tensor::check_specification as check_einsum;
pub use tensor::{
    At, Axis, Conv, Index, IntoAxes, IntoAxis, IntoIndex, IntoIndices, IntoNames, Operand, PadMode, Pads,
    Pool, Tensor, debug_print, einsum,
};
pub use trace::{scope, trace, trace_with_values};
pub use transform::function::{
    checkpoint, custom_vjp, grad, hessian, hvp, jacfwd, jacrev, jvp, stop_gradient, value_and_grad,
    value_and_grad_aux, vjp, vmap,
};
pub use tree::{Leaves, Static, Structure, Tree};
pub use verify::verify;
