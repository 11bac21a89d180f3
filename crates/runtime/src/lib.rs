//! Safe PJRT: open a plugin, make a client, put arrays on its devices, compile programs and run them.
//!
//! ```text
//! Plugin --client()--> Client --compile()--> Executable --execute(&[&Buffer])--> Buffer --to_vec()--> Vec<f32>
//! ```
//!
//! PJRT is the C interface behind which XLA's compilers for CPUs, GPUs and TPUs live. A [`Plugin`] is a shared library
//! that offers it, opened at run time: a program built with this crate starts where no accelerator driver exists. Every
//! object is an owned Rust value that keeps what it needs alive, so they may be dropped in any order; all are `Send`
//! and `Sync` as far as PJRT promises thread safety.
//!
//! Work is asynchronous: transfers and executions return at once, and errors that happen later come out of what waits
//! for the result ([`Buffer::to_vec`], [`Event::wait`], or `await`ing an [`Event`]). On the CPU a program of a millisecond or two
//! runs before its execution returns: to hand it to another thread would take a good part of that.
//!
//! What this crate does not do: it knows no tensors, graphs or models (`bering-frontend`, `bering`), and finds only
//! plugins that are on the machine already (`cargo xtask setup` brings them).

#![deny(unsafe_code)]

mod buffer;
mod cache;
mod client;
mod conversion;
mod device;
mod dtype;
mod dump;
mod error;
mod event;
mod executable;
mod host;
mod machine;
mod options;
mod plugin;
mod profiler;
mod program;
mod proto;
#[allow(unsafe_code)]
mod raw;
mod toolkit;
mod topology;

pub use buffer::{Buffer, HostCopy};
pub use cache::{CacheStatistics, CompileCache};
pub use client::Client;
pub use device::{Device, Memory, MemoryUsage, Placement};
pub use dtype::{DType, Spec};
pub use error::{Error, ErrorKind, Result};
pub use event::Event;
pub use executable::{Argument, Executable, Execution, Origin};
pub use host::HostView;
pub use machine::check_machine;
pub use options::{ClientOptions, CompileOptions, OptionValue};
pub use plugin::Plugin;
pub use profiler::{Profile, ProfileOptions, Profiler};
pub use program::Program;
pub use raw::{Element, MemoryStats, NamedValue, exit_at_once};
pub use topology::Topology;

/// Custom-call handlers: what a kernels crate needs of PJRT's FFI extension.
pub mod ffi {
    pub use crate::raw::register_handler;
}
