//! Topologies: hardware as a description, and compiling for it.

use std::ffi::c_char;
use std::ptr::NonNull;

use bering_pjrt_sys::{self as sys, Versioned};

use super::api::{bytes, call, string};
use super::client::null;
use super::{Api, NamedValue};
use crate::error::Result;

/// An owned `PJRT_TopologyDescription`.
pub(crate) struct RawTopology {
    api: &'static Api,
    ptr: NonNull<sys::PJRT_TopologyDescription>,
}

// SAFETY: a `xla::PjRtTopologyDescription` is a constant once it is made, and compiling takes it as `const`.
unsafe impl Send for RawTopology {}
// SAFETY: as above.
unsafe impl Sync for RawTopology {}

impl RawTopology {
    pub(crate) fn create(
        api: &'static Api,
        name: &str,
        options: &[(String, NamedValue)],
    ) -> Result<RawTopology> {
        let raw = NamedValue::to_raw(options);
        let mut args = sys::PJRT_TopologyDescription_Create_Args::versioned();
        args.topology_name = name.as_ptr().cast();
        args.topology_name_size = name.len();
        args.create_options = raw.as_ptr();
        args.num_options = raw.len();
        // SAFETY: name and options, and what these point to, live to the end of this function.
        unsafe { call!(api, PJRT_TopologyDescription_Create, &mut args)? };
        let ptr = NonNull::new(args.topology).ok_or_else(|| null("PJRT_TopologyDescription_Create"))?;
        Ok(RawTopology { api, ptr })
    }

    pub(crate) fn platform_name(&self) -> Result<String> {
        let mut args = sys::PJRT_TopologyDescription_PlatformName_Args::versioned();
        args.topology = self.ptr.as_ptr();
        // SAFETY: the topology is live; the name has its lifetime and is copied.
        unsafe {
            call!(self.api, PJRT_TopologyDescription_PlatformName, &mut args)?;
            Ok(string(args.platform_name, args.platform_name_size))
        }
    }

    /// Compiles a program and gives it serialized.
    pub(crate) fn compile(&self, code: &[u8], format: &str, options: &[u8]) -> Result<Vec<u8>> {
        let mut program = sys::PJRT_Program::versioned();
        // As in `RawExecutable::compile`: the field is written to elsewhere, compiling only reads it.
        program.code = code.as_ptr().cast::<c_char>().cast_mut();
        program.code_size = code.len();
        program.format = format.as_ptr().cast();
        program.format_size = format.len();
        let mut args = sys::PJRT_Compile_Args::versioned();
        args.topology = self.ptr.as_ptr();
        args.program = &program;
        args.compile_options = options.as_ptr().cast();
        args.compile_options_size = options.len();
        // SAFETY: the topology is live; program and options need only outlive the call (pjrt_c_api.h). A null client
        // asks for a compilation without one.
        unsafe { call!(self.api, PJRT_Compile, &mut args)? };
        let executable = NonNull::new(args.executable).ok_or_else(|| null("PJRT_Compile"))?;
        let mut serialize = sys::PJRT_Executable_Serialize_Args::versioned();
        serialize.executable = executable.as_ptr();
        // SAFETY: the executable is live; the bytes live until the deleter is called, which is once and after the copy.
        let serialized =
            unsafe { call!(self.api, PJRT_Executable_Serialize, &mut serialize) }.map(|()| unsafe {
                let copy = bytes(serialize.serialized_bytes, serialize.serialized_bytes_size).to_vec();
                if let Some(delete) = serialize.serialized_executable_deleter {
                    delete(serialize.serialized_executable);
                }
                copy
            });
        let mut destroy = sys::PJRT_Executable_Destroy_Args::versioned();
        destroy.executable = executable.as_ptr();
        // SAFETY: nobody else owns it. That it could not be destroyed is no news of the compilation.
        let _ = unsafe { call!(self.api, PJRT_Executable_Destroy, &mut destroy) };
        serialized
    }
}

impl Drop for RawTopology {
    fn drop(&mut self) {
        let mut args = sys::PJRT_TopologyDescription_Destroy_Args::versioned();
        args.topology = self.ptr.as_ptr();
        // SAFETY: the topology is live and owned by `self`.
        let _ = unsafe { call!(self.api, PJRT_TopologyDescription_Destroy, &mut args) };
    }
}
