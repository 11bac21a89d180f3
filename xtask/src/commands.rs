//! One module a command: its arguments and its `main`.

pub(crate) mod build;
pub(crate) mod bundle;
pub(crate) mod ci;
pub(crate) mod dist;
pub(crate) mod doctor;
pub(crate) mod lock;
pub(crate) mod run;
pub(crate) mod setup;
pub(crate) mod store;
pub(crate) mod targets;
pub(crate) mod test;

use std::process::{ExitCode, ExitStatus};

/// A child's exit code as our own; a child that a signal ended counts as failed.
fn exit_code(status: ExitStatus) -> ExitCode {
    match status.code().map(u8::try_from) {
        Some(Ok(code)) => ExitCode::from(code),
        _ => ExitCode::FAILURE,
    }
}
