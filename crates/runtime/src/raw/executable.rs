//! Executables: compiling, describing, running, serializing.

use std::ffi::c_char;
use std::ptr::NonNull;
use std::sync::Arc;

use bering_pjrt_sys::{self as sys, Versioned};
use smallvec::SmallVec;

use super::api::{bytes, call, string};
use super::client::{list, null};
use super::{ClientHandle, NamedValue, RawBuffer, RawDevice, RawEvent};
use crate::error::Result;

/// An owned `PJRT_LoadedExecutable` with its `PJRT_Executable`, which describes it.
pub(crate) struct RawExecutable {
    loaded: NonNull<sys::PJRT_LoadedExecutable>,
    pub(super) described: NonNull<sys::PJRT_Executable>,
    pub(super) client: Arc<ClientHandle>,
}

// SAFETY: one executable may be run and described from many threads at once: `xla::PjRtLoadedExecutable` belongs to the
// thread-safe client, its `Execute` keeps all state of a run in the run, and descriptions are constant once loaded.
unsafe impl Send for RawExecutable {}
// SAFETY: as above.
unsafe impl Sync for RawExecutable {}

/// How much memory a run takes, in bytes, as the compiler planned it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MemoryStats {
    /// The compiled code.
    pub generated_code: u64,
    /// All arguments.
    pub arguments: u64,
    /// All outputs.
    pub outputs: u64,
    /// What outputs share with donated arguments.
    pub aliased: u64,
    /// Intermediate results.
    pub temporaries: u64,
    /// The highest sum at any time, or 0 if the plugin does not say.
    pub peak: u64,
}

/// Per device, what an execution takes: the arguments' pointers.
type Pointers = SmallVec<[*mut sys::PJRT_Buffer; 64]>;
/// Per device, what an execution gives.
type Outputs = SmallVec<[*mut sys::PJRT_Buffer; 8]>;

impl RawExecutable {
    pub(crate) fn compile(
        client: &Arc<ClientHandle>,
        code: &[u8],
        format: &str,
        options: &[u8],
    ) -> Result<RawExecutable> {
        let mut program = sys::PJRT_Program::versioned();
        // The field is not const because the same struct is also an output elsewhere; compiling only reads it.
        program.code = code.as_ptr().cast::<c_char>().cast_mut();
        program.code_size = code.len();
        program.format = format.as_ptr().cast();
        program.format_size = format.len();
        let mut args = sys::PJRT_Client_Compile_Args::versioned();
        args.client = client.ptr.as_ptr();
        args.program = &program;
        args.compile_options = options.as_ptr().cast();
        args.compile_options_size = options.len();
        // SAFETY: the client is live; program and options need only outlive the call (pjrt_c_api.h).
        unsafe { call!(client.api, PJRT_Client_Compile, &mut args)? };
        // SAFETY: the plugin hands over the executable.
        unsafe { RawExecutable::new(client, args.executable, "PJRT_Client_Compile") }
    }

    pub(crate) fn deserialize(client: &Arc<ClientHandle>, serialized: &[u8]) -> Result<RawExecutable> {
        let mut args = sys::PJRT_Executable_DeserializeAndLoad_Args::versioned();
        args.client = client.ptr.as_ptr();
        args.serialized_executable = serialized.as_ptr().cast();
        args.serialized_executable_size = serialized.len();
        // SAFETY: the client is live; the bytes need only outlive the call.
        unsafe { call!(client.api, PJRT_Executable_DeserializeAndLoad, &mut args)? };
        // SAFETY: the plugin hands over the executable.
        unsafe { RawExecutable::new(client, args.loaded_executable, "PJRT_Executable_DeserializeAndLoad") }
    }

    /// # Safety
    /// `loaded` is null or an executable of `client`, handed over by its plugin.
    unsafe fn new(
        client: &Arc<ClientHandle>,
        loaded: *mut sys::PJRT_LoadedExecutable,
        function: &str,
    ) -> Result<RawExecutable> {
        let loaded = NonNull::new(loaded).ok_or_else(|| null(function))?;
        let mut args = sys::PJRT_LoadedExecutable_GetExecutable_Args::versioned();
        args.loaded_executable = loaded.as_ptr();
        // SAFETY: the executable is live.
        let described = unsafe { call!(client.api, PJRT_LoadedExecutable_GetExecutable, &mut args) }
            .and_then(|()| {
                NonNull::new(args.executable).ok_or_else(|| null("PJRT_LoadedExecutable_GetExecutable"))
            });
        match described {
            Ok(described) => Ok(RawExecutable { loaded, described, client: client.clone() }),
            Err(error) => {
                // SAFETY: nobody else owns it.
                unsafe { destroy_loaded(client, loaded) };
                Err(error)
            }
        }
    }

    pub(crate) fn client(&self) -> &Arc<ClientHandle> {
        &self.client
    }

    pub(crate) fn name(&self) -> Result<String> {
        let mut args = sys::PJRT_Executable_Name_Args::versioned();
        args.executable = self.described.as_ptr();
        // SAFETY: the executable is live; the name has its lifetime and is copied.
        unsafe {
            call!(self.client.api, PJRT_Executable_Name, &mut args)?;
            Ok(string(args.executable_name, args.executable_name_size))
        }
    }

    pub(crate) fn fingerprint(&self) -> Result<Vec<u8>> {
        let mut args = sys::PJRT_Executable_Fingerprint_Args::versioned();
        args.executable = self.described.as_ptr();
        // SAFETY: the executable is live; the fingerprint has its lifetime and is copied.
        unsafe {
            call!(self.client.api, PJRT_Executable_Fingerprint, &mut args)?;
            Ok(bytes(args.executable_fingerprint, args.executable_fingerprint_size).to_vec())
        }
    }

    pub(crate) fn num_outputs(&self) -> Result<usize> {
        let mut args = sys::PJRT_Executable_NumOutputs_Args::versioned();
        args.executable = self.described.as_ptr();
        // SAFETY: the executable is live.
        unsafe { call!(self.client.api, PJRT_Executable_NumOutputs, &mut args)? };
        Ok(args.num_outputs)
    }

    pub(crate) fn num_replicas(&self) -> Result<usize> {
        let mut args = sys::PJRT_Executable_NumReplicas_Args::versioned();
        args.executable = self.described.as_ptr();
        // SAFETY: the executable is live.
        unsafe { call!(self.client.api, PJRT_Executable_NumReplicas, &mut args)? };
        Ok(args.num_replicas)
    }

    pub(crate) fn num_partitions(&self) -> Result<usize> {
        let mut args = sys::PJRT_Executable_NumPartitions_Args::versioned();
        args.executable = self.described.as_ptr();
        // SAFETY: the executable is live.
        unsafe { call!(self.client.api, PJRT_Executable_NumPartitions, &mut args)? };
        Ok(args.num_partitions)
    }

    pub(crate) fn output_types(&self) -> Result<Vec<sys::PJRT_Buffer_Type>> {
        let mut args = sys::PJRT_Executable_OutputElementTypes_Args::versioned();
        args.executable = self.described.as_ptr();
        // SAFETY: the executable is live and keeps the list, which is copied.
        unsafe {
            call!(self.client.api, PJRT_Executable_OutputElementTypes, &mut args)?;
            Ok(slice(args.output_types, args.num_output_types).to_vec())
        }
    }

    pub(crate) fn output_dims(&self) -> Result<Vec<Vec<usize>>> {
        let mut args = sys::PJRT_Executable_OutputDimensions_Args::versioned();
        args.executable = self.described.as_ptr();
        // SAFETY: the executable is live and keeps both lists, which are copied; `dims` is as long as the sizes say.
        unsafe {
            call!(self.client.api, PJRT_Executable_OutputDimensions, &mut args)?;
            let ranks = slice(args.dim_sizes, args.num_outputs);
            let mut dims = slice(args.dims, ranks.iter().sum());
            let mut outputs = Vec::with_capacity(ranks.len());
            for &rank in ranks {
                let (output, rest) = dims.split_at(rank);
                outputs.push(output.iter().map(|&dim| dim.max(0) as usize).collect());
                dims = rest;
            }
            Ok(outputs)
        }
    }

    pub(crate) fn devices(&self) -> Result<Vec<RawDevice>> {
        let mut args = sys::PJRT_LoadedExecutable_AddressableDevices_Args::versioned();
        args.executable = self.loaded.as_ptr();
        // SAFETY: the executable is live and keeps the list, which is copied.
        unsafe {
            call!(self.client.api, PJRT_LoadedExecutable_AddressableDevices, &mut args)?;
            Ok(list(args.addressable_devices, args.num_addressable_devices).map(RawDevice).collect())
        }
    }

    pub(crate) fn cost_analysis(&self) -> Result<Vec<(String, NamedValue)>> {
        let mut args = sys::PJRT_Executable_GetCostAnalysis_Args::versioned();
        args.executable = self.described.as_ptr();
        // SAFETY: the executable is live and keeps the properties, which are copied.
        unsafe {
            call!(self.client.api, PJRT_Executable_GetCostAnalysis, &mut args)?;
            Ok(NamedValue::read_all(args.properties, args.num_properties))
        }
    }

    pub(crate) fn memory_stats(&self) -> Result<MemoryStats> {
        let mut args = sys::PJRT_Executable_GetCompiledMemoryStats_Args::versioned();
        args.executable = self.described.as_ptr();
        // SAFETY: the executable is live.
        unsafe { call!(self.client.api, PJRT_Executable_GetCompiledMemoryStats, &mut args)? };
        let positive = |bytes: i64| bytes.max(0) as u64;
        Ok(MemoryStats {
            generated_code: positive(args.generated_code_size_in_bytes),
            arguments: positive(args.argument_size_in_bytes),
            outputs: positive(args.output_size_in_bytes),
            aliased: positive(args.alias_size_in_bytes),
            temporaries: positive(args.temp_size_in_bytes),
            peak: positive(args.peak_memory_in_bytes),
        })
    }

    /// The program after optimisation, and the format the plugin gives it in.
    pub(crate) fn optimized_program(&self) -> Result<(String, Vec<u8>)> {
        let mut program = sys::PJRT_Program::versioned();
        let mut args = sys::PJRT_Executable_OptimizedProgram_Args::versioned();
        args.executable = self.described.as_ptr();
        args.program = &mut program;
        // SAFETY: the executable is live; a null `code` asks for the size.
        unsafe { call!(self.client.api, PJRT_Executable_OptimizedProgram, &mut args)? };
        let mut code = vec![0u8; program.code_size];
        program.code = code.as_mut_ptr().cast();
        args.program = &mut program;
        // SAFETY: as before; `code` has the size the first call asked for. The format is the plugin's, lives as long
        // as it and is copied.
        let format = unsafe {
            call!(self.client.api, PJRT_Executable_OptimizedProgram, &mut args)?;
            string(program.format, program.format_size)
        };
        code.truncate(program.code_size);
        Ok((format, code))
    }

    pub(crate) fn serialize(&self) -> Result<Vec<u8>> {
        let mut args = sys::PJRT_Executable_Serialize_Args::versioned();
        args.executable = self.described.as_ptr();
        // SAFETY: the executable is live; the bytes live until the deleter is called, which is once and after the copy.
        unsafe {
            call!(self.client.api, PJRT_Executable_Serialize, &mut args)?;
            let copy = bytes(args.serialized_bytes, args.serialized_bytes_size).to_vec();
            if let Some(delete) = args.serialized_executable_deleter {
                delete(args.serialized_executable);
            }
            Ok(copy)
        }
    }

    /// Runs on one device: its `arguments` in, `num_outputs` buffers out through `output`, in order.
    ///
    /// `kept` are the indices of arguments that must not be donated. The returned event, if asked for, tells when the
    /// device is through.
    ///
    /// The caller has checked that the arguments are of this client and as many as the program takes: the C API is told
    /// their number, but has no way to tell the program's.
    pub(crate) fn execute<'a>(
        &self,
        arguments: impl Iterator<Item = &'a RawBuffer>,
        kept: &[i64],
        num_outputs: usize,
        want_event: bool,
        mut output: impl FnMut(RawBuffer),
    ) -> Result<Option<RawEvent>> {
        let inputs: Pointers = arguments.map(|buffer| buffer.ptr.as_ptr()).collect();
        let mut outputs: Outputs = SmallVec::from_elem(std::ptr::null_mut(), num_outputs);
        let mut event = std::ptr::null_mut();
        let mut options = sys::PJRT_ExecuteOptions::versioned();
        options.non_donatable_input_indices = kept.as_ptr();
        options.num_non_donatable_input_indices = kept.len();
        let mut args = sys::PJRT_LoadedExecutable_Execute_Args::versioned();
        args.executable = self.loaded.as_ptr();
        args.options = &mut options;
        let (argument_list, output_list) = ([inputs.as_ptr()], [outputs.as_mut_ptr()]);
        args.argument_lists = argument_list.as_ptr();
        args.num_devices = 1;
        args.num_args = inputs.len();
        args.output_lists = output_list.as_ptr();
        args.device_complete_events = if want_event { &mut event } else { std::ptr::null_mut() };
        // SAFETY: the executable and every argument are live and of one client; all lists have the lengths given and
        // outlive the call; `outputs` has room for what the executable says it gives.
        unsafe { call!(self.client.api, PJRT_LoadedExecutable_Execute, &mut args)? };
        for &buffer in &outputs {
            let buffer = NonNull::new(buffer).ok_or_else(|| null("PJRT_LoadedExecutable_Execute"))?;
            // SAFETY: the plugin hands over the outputs.
            output(unsafe { RawBuffer::new(&self.client, buffer) });
        }
        // SAFETY: the plugin hands over the event.
        Ok(NonNull::new(event).map(|event| unsafe { RawEvent::new(&self.client, event) }))
    }

    /// Runs on all devices of the executable at once: one list of arguments a device in, one of outputs a device out.
    ///
    /// The same demands hold as for [`execute`](Self::execute), for each list.
    pub(crate) fn execute_all(
        &self,
        arguments: &[Vec<&RawBuffer>],
        kept: &[i64],
        num_outputs: usize,
    ) -> Result<(Vec<Vec<RawBuffer>>, Vec<RawEvent>)> {
        let devices = arguments.len();
        let inputs: Vec<Pointers> =
            arguments.iter().map(|list| list.iter().map(|buffer| buffer.ptr.as_ptr()).collect()).collect();
        let input_lists: Vec<*const *mut sys::PJRT_Buffer> =
            inputs.iter().map(|list| list.as_ptr()).collect();
        let mut outputs = vec![vec![std::ptr::null_mut(); num_outputs]; devices];
        let output_lists: Vec<*mut *mut sys::PJRT_Buffer> =
            outputs.iter_mut().map(|list| list.as_mut_ptr()).collect();
        let mut events = vec![std::ptr::null_mut(); devices];
        let mut options = sys::PJRT_ExecuteOptions::versioned();
        options.non_donatable_input_indices = kept.as_ptr();
        options.num_non_donatable_input_indices = kept.len();
        let mut args = sys::PJRT_LoadedExecutable_Execute_Args::versioned();
        args.executable = self.loaded.as_ptr();
        args.options = &mut options;
        args.argument_lists = input_lists.as_ptr();
        args.num_devices = devices;
        args.num_args = inputs.first().map_or(0, SmallVec::len);
        args.output_lists = output_lists.as_ptr();
        args.device_complete_events = events.as_mut_ptr();
        // SAFETY: as for one device; the caller has checked that all argument lists have one length.
        unsafe { call!(self.client.api, PJRT_LoadedExecutable_Execute, &mut args)? };
        // SAFETY: the plugin hands over outputs and events, all of this client.
        let own = |&ptr: &*mut sys::PJRT_Buffer| unsafe {
            NonNull::new(ptr)
                .map(|ptr| RawBuffer::new(&self.client, ptr))
                .ok_or_else(|| null("PJRT_LoadedExecutable_Execute"))
        };
        let buffers = outputs.iter().map(|list| list.iter().map(own).collect()).collect::<Result<_>>()?;
        // SAFETY: as above.
        let own = |event| unsafe { RawEvent::new(&self.client, event) };
        Ok((buffers, events.into_iter().filter_map(NonNull::new).map(own).collect()))
    }
}

/// # Safety
/// `data` points to `size` values (or is null, or `size` is 0), which live as long as `'a`.
unsafe fn slice<'a, T>(data: *const T, size: usize) -> &'a [T] {
    if data.is_null() || size == 0 {
        return &[];
    }
    // SAFETY: the caller's promise.
    unsafe { std::slice::from_raw_parts(data, size) }
}

/// # Safety
/// `loaded` is a live executable of `client` that nobody uses afterwards.
unsafe fn destroy_loaded(client: &ClientHandle, loaded: NonNull<sys::PJRT_LoadedExecutable>) {
    let mut args = sys::PJRT_LoadedExecutable_Destroy_Args::versioned();
    args.executable = loaded.as_ptr();
    // SAFETY: the caller's promise; runs in flight keep what they need (pjrt_c_api.h, LoadedExecutable_Delete).
    let _ = unsafe { call!(client.api, PJRT_LoadedExecutable_Destroy, &mut args) };
}

impl Drop for RawExecutable {
    fn drop(&mut self) {
        let mut args = sys::PJRT_Executable_Destroy_Args::versioned();
        args.executable = self.described.as_ptr();
        // SAFETY: both are live and owned by `self`.
        unsafe {
            let _ = call!(self.client.api, PJRT_Executable_Destroy, &mut args);
            destroy_loaded(&self.client, self.loaded);
        }
    }
}
