//! Bering: trace Rust functions over tensors, compile them with XLA, run them on any PJRT device.
//!
//! ```
//! use bering::prelude::*;
//!
//! let graph = trace("affine", &[Spec::new(DType::F32, [2, 2])], |_params, args| &args[0] * 2.0 + 1.0)?;
//! let device = device("cpu")?;
//! let affine = compile(&device, &graph)?;
//!
//! let x = device.client().buffer_from_slice(&[1.0f32, 2.0, 3.0, 4.0], [2, 2])?;
//! let y = affine.call(&[&x])?;
//! assert_eq!(y[0].to_vec::<f32>()?, [3.0, 5.0, 7.0, 9.0]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! This crate joins the others and adds what needs two of them at once: choosing a device by name ([`device()`]), compiling a
//! graph for it through the on-disk cache ([`compile`]), and giving a graph's parameters the weights of a checkpoint
//! ([`Parameters`]). Programs that others exported are [`Module`]s. The parts are there under their own names: [`frontend`],
//! [`interchange`], [`runtime`], [`weights`].
//!
//! # Environment
//! * `BERING_CACHE`: directory of the cache; else `bering` in the XDG cache directory.
//! * `BERING_COMPILE_CACHE=off`: compile anew every time.
//! * `BERING_DUMP=dir`: write what was compiled to that directory: for every graph its text (`.graph`, with the user's lines),
//!   StableHLO (`.mlir`) and XLA's optimised program (`.hlo_with_config.pb`), and XLA's own dump, texts of each stage, beside them.
//! * `BERING_CHECK_NANS=1`: compile programs with tests that find the first operation whose result is NaN; see [`debug`].
#![forbid(unsafe_code)]

// The derive of `Tree` names this crate, also in its own tests.
#[cfg(test)]
extern crate self as bering;

mod array;
pub mod arrays;
mod cache;
pub mod checkpoint;
mod compile;
mod convert;
pub mod debug;
mod device;
mod dump;
mod error;
pub mod jit;
pub mod kernels;
mod mesh;
mod module;
mod parameters;
mod places;

pub use bering_frontend as frontend;
pub use bering_interchange as interchange;
pub use bering_runtime as runtime;
pub use bering_weights as weights;

pub use array::{Place, ToTensor, Values, memory};
pub use compile::{Bound, Function, Lowered, compile, ready_thread};
pub use device::{DeviceOptions, Opened, device, device_with, devices, open, target};
pub use error::{Error, ErrorKind, Result};
pub use jit::jit;
pub use mesh::{DeviceMesh, Where};
pub use module::{LoadedModule, Module, ModuleForm, ModuleInput};
pub use parameters::{Fill, HostParameters, Parameters};
pub use places::prefixes;

/// What most programs need, for `use bering::prelude::*`.
pub mod prelude {
    pub use crate::jit::{Compiled, Donate, Jit, jit};
    pub use crate::{Bound, DeviceMesh, Function, Parameters, Place, ToTensor, Values, compile, device};
    pub use bering_frontend::control::{
        ScanOptions, associative_scan, cond, fori_loop, scan, scan_with, switch, while_loop,
    };
    pub use bering_frontend::random::Key;
    pub use bering_frontend::{
        Conv, DType, Graph, Index, PadMode, Pads, Params, Pool, Reducer, Shape, Spec, Static, Tensor, Tree,
        Window, checkpoint, control, custom_vjp, debug_print, einsum, grad, hessian, hvp, jacfwd, jacrev,
        jvp, nn, random, scope, shape, stop_gradient, trace, tree, value_and_grad, value_and_grad_aux, vjp,
        vmap,
    };
    pub use bering_runtime::{Buffer, Client, Device, HostView};
    pub use bering_weights::SafeTensors;
}

/// The examples of the page about many devices.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/sharding.md")]
mod sharding_page {}
