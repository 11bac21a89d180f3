//! What build scripts and `xtask` share about prebuilt artifacts.
//!
//! A build script asks [`Prefix`] for a file of the assembled prefix (`.bering` in the checkout) and either gets its path,
//! with the `rerun-if` directives that are due already printed, or an [`Error`] whose text says which command to run.
//! Nothing here downloads or writes: only `xtask` does. The model of `third_party.lock` is behind the feature `lock`,
//! so that a build script compiles this crate without a parser.
#![forbid(unsafe_code)]

mod error;
#[cfg(feature = "lock")]
pub mod lock;
mod prefix;
#[cfg(feature = "lock")]
pub mod purl;

pub use error::{Error, ErrorKind, fail};
pub use prefix::{LOCK_FILE, MANIFEST_FILE, PREFIX_LINK, Prefix};
