//! The profiler extension: a session that records what the plugin does.

use std::ptr::NonNull;

use bering_pjrt_sys::{self as sys, Versioned};

use super::Api;
use super::api::string;
use super::client::null;
use crate::error::{Error, ErrorKind, Result};

/// An owned `PLUGIN_Profiler`.
pub(crate) struct RawProfiler {
    table: Table,
    ptr: NonNull<sys::PLUGIN_Profiler>,
}

/// The profiler's function table, copied as [`Api`] is.
struct Table(sys::PLUGIN_Profiler_Api);

// SAFETY: a session is used through `&mut` or by value only, so by one thread at a time; `tsl::ProfilerSession` behind it
// is not tied to a thread (frameworks stop it from another one than started it).
unsafe impl Send for RawProfiler {}

/// Calls a function of the profiler's table. Expands to an unsafe call, as `call!` does.
macro_rules! call_profiler {
    ($table:expr, $function:ident, $args:expr) => {
        match $table.0.$function {
            Some(function) => $table.check(function($args)),
            None => Err(missing(stringify!($function))),
        }
    };
}

impl RawProfiler {
    /// Makes a session; `options` is a serialized `ProfileOptions` proto.
    pub(crate) fn create(api: &'static Api, options: &[u8]) -> Result<RawProfiler> {
        // SAFETY: the type number and the struct belong together in the extension's header.
        let extension =
            unsafe { api.extension::<sys::PJRT_Profiler_Extension>(sys::PJRT_Extension_Type_Profiler) };
        let theirs = extension
            .and_then(|extension| NonNull::new(extension.profiler_api))
            .ok_or_else(|| api.missing("the profiler extension"))?;
        let mut table = sys::PLUGIN_Profiler_Api::versioned();
        // SAFETY: the plugin's table starts with its size and is as long; both sides are function pointers, for which a
        // prefix with zeros after it is valid.
        unsafe {
            let known = theirs.as_ref().struct_size.min(size_of::<sys::PLUGIN_Profiler_Api>());
            std::ptr::copy_nonoverlapping(theirs.as_ptr().cast::<u8>(), (&raw mut table).cast(), known);
        }
        let table = Table(table);
        let mut args = sys::PLUGIN_Profiler_Create_Args::versioned();
        args.options = options.as_ptr().cast();
        args.options_size = options.len();
        // SAFETY: the options outlive the call.
        unsafe { call_profiler!(table, create, &mut args)? };
        let ptr = NonNull::new(args.profiler).ok_or_else(|| null("PLUGIN_Profiler_Create"))?;
        Ok(RawProfiler { table, ptr })
    }

    pub(crate) fn start(&mut self) -> Result<()> {
        let mut args = sys::PLUGIN_Profiler_Start_Args::versioned();
        args.profiler = self.ptr.as_ptr();
        // SAFETY: the session is live.
        unsafe { call_profiler!(self.table, start, &mut args) }
    }

    pub(crate) fn stop(&mut self) -> Result<()> {
        let mut args = sys::PLUGIN_Profiler_Stop_Args::versioned();
        args.profiler = self.ptr.as_ptr();
        // SAFETY: the session is live.
        unsafe { call_profiler!(self.table, stop, &mut args) }
    }

    /// What was recorded: a serialized `XSpace` proto.
    pub(crate) fn collect(&mut self) -> Result<Vec<u8>> {
        let mut args = sys::PLUGIN_Profiler_CollectData_Args::versioned();
        args.profiler = self.ptr.as_ptr();
        // SAFETY: the session is live; a null buffer asks for the size.
        unsafe { call_profiler!(self.table, collect_data, &mut args)? };
        let mut data = vec![0u8; args.buffer_size_in_bytes];
        if data.is_empty() {
            return Ok(data);
        }
        args.buffer = data.as_mut_ptr();
        // SAFETY: as above, with a buffer of the size that the first call asked for.
        unsafe { call_profiler!(self.table, collect_data, &mut args)? };
        Ok(data)
    }
}

impl Table {
    fn check(&self, error: *mut sys::PLUGIN_Profiler_Error) -> Result<()> {
        if error.is_null() {
            return Ok(());
        }
        let (mut kind, mut text) = (ErrorKind::Unknown, String::from("the profiler gave no message"));
        if let Some(get_code) = self.0.error_get_code {
            let mut args = sys::PLUGIN_Profiler_Error_GetCode_Args::versioned();
            args.error = error;
            // SAFETY: the error is live until it is destroyed below.
            if unsafe { get_code(&mut args) }.is_null() {
                kind = ErrorKind::from_code(args.code as u32);
            }
        }
        if let Some(message) = self.0.error_message {
            let mut args = sys::PLUGIN_Profiler_Error_Message_Args::versioned();
            args.error = error;
            // SAFETY: the error is live; the message has its lifetime and is copied.
            unsafe {
                message(&mut args);
                text = string(args.message, args.message_size);
            }
        }
        if let Some(destroy) = self.0.error_destroy {
            let mut args = sys::PLUGIN_Profiler_Error_Destroy_Args::versioned();
            args.error = error;
            // SAFETY: the caller owns the error, and it is not used again.
            unsafe { destroy(&mut args) };
        }
        Err(Error::from_plugin(kind, text))
    }
}

fn missing(function: &str) -> Error {
    Error::new(ErrorKind::Unimplemented, format!("the plugin's profiler does not have `{function}`"))
}

impl Drop for RawProfiler {
    fn drop(&mut self) {
        let mut args = sys::PLUGIN_Profiler_Destroy_Args::versioned();
        args.profiler = self.ptr.as_ptr();
        // SAFETY: the session is live and not used afterwards.
        let _ = unsafe { call_profiler!(self.table, destroy, &mut args) };
    }
}
