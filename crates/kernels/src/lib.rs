//! Rust functions as XLA FFI handlers, and Bering's own CPU kernels built on them.
//!
//! XLA compiles most of a model well. Where it does not (small batches, softmax attention, weights that should be packed
//! once), a traced program calls one of these kernels by name through `stablehlo.custom_call`. [`abi`] is the public
//! mechanism, open to kernels of your own; [`registrations`] lists Bering's. Kernels compute on slices, know nothing of
//! tracing, and use XLA's thread pool.
//!
//! `unsafe` lives in [`abi`] and in the SIMD kernels and their handlers; the kernels' tests compare them with their
//! definitions in f64.

pub mod abi;
mod attention;
mod debug;
mod encoder_layer;
mod handlers;
mod layer_norm;
mod linear;
mod pack;
#[cfg(test)]
mod reference;
mod register;
mod scratch;
mod simd;
mod tile;

pub use attention::Attention;
pub use debug::set_print;
pub use encoder_layer::{Dense, EncoderLayer, EncoderWeights, Norm};
pub use handlers::registrations;
pub use layer_norm::LayerNorm;
pub use linear::{Activation, Linear, PANEL};
pub use pack::{Element, pack, pack_rows};
pub use register::{register, register_all, register_each};
