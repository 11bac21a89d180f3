//! Control flow: operations that own graphs are differentiated and batched by deriving their graphs.

mod batch;
mod forward;
mod manual;
mod reverse;
#[cfg(test)]
mod tests;

pub(super) use batch::{batch_call, batch_case, batch_scan, batch_while};
pub(super) use forward::{jvp_call, jvp_case, jvp_scan, jvp_while};
pub(super) use manual::{batch_shard_map, jvp_shard_map, save_shard_map, vjp_shard_map};
pub(super) use reverse::{
    save_call, save_case, save_scan, save_while, vjp_call, vjp_case, vjp_scan, vjp_while,
};

use crate::Op;
use crate::error::{Error, error};

/// A rule was asked about an operation that is not its own.
fn misplaced(op: &Op) -> Error {
    error!(Verify, "{}: its rule is one of another operation", op.name())
}
