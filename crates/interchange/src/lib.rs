//! What other programs exchange with Bering, read defensively and written plainly.
//!
//! * [`npy`]: NumPy's array files, alone and in `npz` archives ([`npz`]);
//! * [`exported`]: the files that `jax.export` writes, from which the StableHLO module is taken;
//! * [`outline`]: what a module's text says of its signature, operations and custom calls, and [`outline::specialize`], which
//!   gives a module with dynamic shapes static arguments.
//!
//! Every reader takes untrusted bytes: sizes are checked against what is there before anything is allocated, and whatever is
//! wrong is an [`Error`]. The crate knows bytes and text, no devices: `bering` joins it with the runtime.
#![forbid(unsafe_code)]

mod error;
pub mod exported;
pub mod npy;
pub mod npz;
pub mod outline;

pub use error::{Error, Result};
