//! The FFI extension: custom-call handlers, which `bering-kernels` writes and this crate only hands to the plugin.

use bering_pjrt_sys as sys;

use super::Api;
use super::api::call_extension;
use crate::Plugin;
use crate::error::{Context, Result};

/// Makes `handler` the code of the custom-call target `target` on `platform` (`Host` for the CPU), for the process.
///
/// The handler must answer XLA's metadata request (an extension of type `XLA_FFI_Extension_Metadata`), or registration
/// fails.
///
/// # Errors
/// If the plugin lacks the FFI extension or refuses the handler (a name that is taken, another API version).
///
/// # Safety
/// `handler` must be callable for the rest of the process, from any thread, with what `xla/ffi/api/c_api.h` lays down,
/// and must neither unwind nor touch memory beyond the call frame's buffers.
pub unsafe fn register_handler(
    plugin: &Plugin,
    target: &str,
    platform: &str,
    handler: unsafe extern "C" fn(*mut sys::XLA_FFI_CallFrame) -> *mut sys::XLA_FFI_Error,
) -> Result<()> {
    let api: &'static Api = plugin.api();
    // SAFETY: the type number and the struct belong together in the extension's header.
    let extension = unsafe { api.extension::<sys::PJRT_FFI_Extension>(sys::PJRT_Extension_Type_FFI) }
        .ok_or_else(|| api.missing("the FFI extension"))?;
    let mut args = <sys::PJRT_FFI_Register_Handler_Args as sys::Versioned>::versioned();
    args.target_name = target.as_ptr().cast();
    args.target_name_size = target.len();
    args.handler = handler as *mut std::ffi::c_void;
    args.platform_name = platform.as_ptr().cast();
    args.platform_name_size = platform.len();
    // SAFETY: the names outlive the call, which copies them; the handler is good for ever (the caller's promise).
    unsafe { call_extension!(api, extension, register_handler, &mut args) }
        .context(|| format!("cannot register custom-call target `{target}` for `{platform}`"))
}
