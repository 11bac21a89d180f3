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
    registrations().into_iter().try_for_each(|registration| enter(plugin, registration))
}

/// `registration` comes from [`Registration::of`], not from outside of this crate.
fn enter(plugin: &Plugin, registration: Registration) -> Result<()> {
    // SAFETY: the entry point is `abi::entry` of some handler: a plain function, there for ever, callable from any thread,
    // which checks its operands against the call frame and turns a panic into an error.
    unsafe { ffi::register_handler(plugin, registration.target, PLATFORM, registration.entry) }
}
