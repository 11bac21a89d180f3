//! Making handlers known to a plugin, so that the programs it compiles may call them.

use crate::abi::{Handler, Registration};
use crate::registrations;
use bering_runtime::{Plugin, Result, ffi};

/// The platform on which XLA calls handlers that work on host memory.
const PLATFORM: &str = "Host";

/// Registers one handler with a plugin, for the rest of the process.
///
/// # Errors
/// If the plugin has no FFI extension, or another handler has the name already.
pub fn register<H: Handler>(plugin: &Plugin) -> Result<()> {
    enter(plugin, Registration::of::<H>())
}

/// Registers all of Bering's kernels with a plugin.
///
/// # Errors
/// As [`register`].
pub fn register_all(plugin: &Plugin) -> Result<()> {
    register_each(plugin, registrations())
}

/// Registers several handlers with a plugin.
///
/// # Errors
/// As [`register`].
pub fn register_each(plugin: &Plugin, handlers: impl IntoIterator<Item = Registration>) -> Result<()> {
    handlers.into_iter().try_for_each(|registration| enter(plugin, registration))
}

fn enter(plugin: &Plugin, registration: Registration) -> Result<()> {
    // SAFETY: the entry point is `abi::entry` of some handler, as a registration can only be made by `Registration::of`: a plain function, there for ever, callable from any thread,
    // which checks its operands against the call frame and turns a panic into an error.
    unsafe { ffi::register_handler(plugin, registration.target, PLATFORM, registration.entry) }
}
