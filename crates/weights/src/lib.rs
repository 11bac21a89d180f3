//! Weights from disk: memory-mapped, and checked against the file before a single value is used.
//!
//! [`SafeTensors::open`] takes one `.safetensors` file, or a directory that holds `model.safetensors` or a
//! sharded checkpoint's `model.safetensors.index.json`. What it returns has been validated as a whole: the header fits
//! the file, no name occurs twice, every tensor's dtype and shape account for exactly its bytes, and the tensors tile
//! the data with no overlap and no hole. After that [`SafeTensors::get`] cannot fail for a name that is listed.
//!
//! The parser is ours, over `serde_json`, and not the `safetensors` crate's, for two reasons: that one
//! keeps the last of two tensors with one name without a word, and its errors name neither the file nor, mostly, the tensor.
//!
//! This crate knows no device, graph or model; it hands out bytes. It does not convert between dtypes.
//!
//! # When the file changes under us
//! The bytes are those of a private, read-only mapping. Replacing a checkpoint the usual way (write a new file, rename it
//! over the old one) is harmless: the mapping keeps the old file alive. *Truncating* a mapped file in
//! place is not: the kernel answers the next access beyond the new end with `SIGBUS`, which no user-space check can
//! prevent, and writing into it in place may change values already handed out. Where a file may be rewritten in place
//! (a network share, a download still running), [`SafeTensors::read`] takes a private copy instead: it costs memory and
//! a pass over the file, and is then independent of it.

#![deny(unsafe_code)]

mod dtype;
mod error;
mod header;
mod index;
mod memory;
#[allow(unsafe_code)]
mod mmap;
mod safetensors;
mod write;

pub use dtype::DType;
pub use error::{Error, ErrorKind};
pub use memory::Memory;
pub use safetensors::{Bytes, SafeTensors, TensorView};
pub use write::{NewTensor, save, save_with};

/// A result whose error is this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;
