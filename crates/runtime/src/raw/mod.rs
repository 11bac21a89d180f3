//! The only module of the crate with `unsafe`: owned handles over the PJRT C API, each with a safe interface.
//!
//! What every file here relies on:
//! * **Plugins are never unloaded.** The function table ([`Api`]) is `'static`, and so is the code behind it.
//! * **Handles keep their client.** Whatever a client made (buffers, executables, events) holds its [`ClientHandle`],
//!   so the client is destroyed last, whatever order users drop things in.
//! * **Argument structs** start all zero with the header's own `struct_size` ([`bering_pjrt_sys::Versioned`]), and the
//!   memory their pointers name outlives the call.
//! * **Threads.** The C API is a thin layer over `xla::PjRtClient`, whose header says "This class is thread-safe", and
//!   names no thread on which a call must be made: handles are `Send` and, as no call here takes `&mut` of the C
//!   object, `Sync`. Each `unsafe impl` names what it rests on.
//!
//! No panic crosses into C: callbacks catch what user code throws (see [`callback`]).

mod api;
mod buffer;
mod bytes;
mod callback;
mod client;
mod environment;
mod event;
mod executable;
mod ffi;
mod layouts;
mod library;
mod process;
mod profiler;
mod programs;
mod topology;

pub(crate) use api::Api;
pub use api::NamedValue;
pub(crate) use buffer::{Placement, RawBuffer, RawCopy};
pub use bytes::Element;
pub(crate) use bytes::bytes_of;
pub(crate) use client::{ClientHandle, RawDevice, RawMemory};
pub(crate) use event::RawEvent;
pub use executable::MemoryStats;
pub(crate) use executable::RawExecutable;
pub use ffi::register_handler;
pub(crate) use library::open;
pub use process::exit_at_once;
pub(crate) use profiler::RawProfiler;
pub(crate) use programs::Form;
pub(crate) use topology::RawTopology;
