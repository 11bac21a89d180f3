//! The extensions: FFI handlers, layouts, kinds of memory, shardings, the profiler.

use crate::harness::{Client, api, call, check, double, failure, module, text};
use bering_pjrt_sys::{self as sys, Versioned};
use std::ffi::c_void;
use std::sync::atomic::{AtomicI64, Ordering};

/// The extension of type `ty`, if the table's chain has it with at least the size of `T`.
fn extension<T>(ty: sys::PJRT_Extension_Type) -> &'static T {
    let mut next = api().extension_start;
    while !next.is_null() {
        // SAFETY: the chain is static, and every link starts with the base struct.
        let base = unsafe { &*next };
        if base.type_ == ty {
            assert!(base.struct_size >= size_of::<T>(), "{} < {}", base.struct_size, size_of::<T>());
            // SAFETY: type and size say that it is a `T`.
            return unsafe { &*next.cast::<T>() };
        }
        next = base.next;
    }
    panic!("no extension of type {ty}");
}

/// Calls a function of an extension.
macro_rules! call_extension {
    ($extension:expr, $function:ident($args:ident) { $($field:ident: $value:expr),* $(,)? }) => {{
        let mut args = <sys::$args as Versioned>::versioned();
        $(args.$field = $value;)*
        // SAFETY: the struct is the one of this function; what its pointers point to is the test's business.
        let error = unsafe { ($extension.$function.expect("present"))(&mut args) };
        check(error).map(|()| args)
    }};
}

/// Whether the frame is the metadata request that registration makes; it is answered then.
///
/// # Safety
/// `frame` must be one that XLA passed to a handler.
unsafe fn answer_metadata(frame: *mut sys::XLA_FFI_CallFrame) -> bool {
    // SAFETY: XLA passes a valid frame, whose extensions start with the base struct.
    unsafe {
        let extension = (*frame).extension_start;
        if extension.is_null() || (*extension).type_ != sys::XLA_FFI_Extension_Metadata {
            return false;
        }
        let metadata = &mut *(*extension.cast::<sys::XLA_FFI_Metadata_Extension>()).metadata;
        metadata.api_version.major_version = sys::XLA_FFI_API_MAJOR as i32;
        metadata.api_version.minor_version = sys::XLA_FFI_API_MINOR as i32;
        true
    }
}

/// Adds one to every number.
unsafe extern "C" fn add_one(frame: *mut sys::XLA_FFI_CallFrame) -> *mut sys::XLA_FFI_Error {
    // SAFETY: XLA passes a valid frame, whose extensions start with the base struct.
    unsafe {
        if answer_metadata(frame) {
            return std::ptr::null_mut();
        }
        let frame = &*frame;
        let argument = (*frame.args.args).cast::<sys::XLA_FFI_Buffer>();
        let result = (*frame.rets.rets).cast::<sys::XLA_FFI_Buffer>();
        let len =
            (0..(*argument).rank).map(|axis| *(*argument).dims.add(axis as usize)).product::<i64>() as usize;
        let input = std::slice::from_raw_parts((*argument).data.cast::<f32>(), len);
        let output = std::slice::from_raw_parts_mut((*result).data.cast::<f32>(), len);
        for (out, value) in output.iter_mut().zip(input) {
            *out = value + 1.0;
        }
        std::ptr::null_mut()
    }
}

fn register(target: &str, handler: *mut c_void) -> crate::harness::Result<()> {
    let ffi = extension::<sys::PJRT_FFI_Extension>(sys::PJRT_Extension_Type_FFI);
    call_extension!(ffi, register_handler(PJRT_FFI_Register_Handler_Args) {
        target_name: target.as_ptr().cast(),
        target_name_size: target.len(),
        handler: handler,
        platform_name: c"Host".as_ptr(),
        platform_name_size: 4,
    })
    .map(drop)
}

#[test]
fn handlers_are_called() {
    register("bering_test_add_one", add_one as *mut c_void).expect("registered");
    assert!(register("bering_test_null", std::ptr::null_mut()).is_err());
    let client = Client::new();
    let program = module(
        &["tensor<4xf32>"],
        "tensor<4xf32>",
        "%out = stablehlo.custom_call @bering_test_add_one(%arg0) {api_version = 4 : i32} : (tensor<4xf32>) -> tensor<4xf32>",
    );
    let program = client.compile(&program).expect("it compiles");
    let results = program.run(&[&client.buffer(&[1f32, 2.0, 3.0, 4.0], &[4])], 1).expect("it runs");
    assert_eq!(results[0].read::<f32>(4).expect("readable"), [2.0, 3.0, 4.0, 5.0]);
}

#[test]
fn types_and_user_data_are_registered() {
    let ffi = extension::<sys::PJRT_FFI_Extension>(sys::PJRT_Extension_Type_FFI);
    let name = "bering_test_type";
    let mut info = sys::PJRT_FFI_Type_Info::default();
    let args = call_extension!(ffi, type_register(PJRT_FFI_Type_Register_Args) {
        type_name: name.as_ptr().cast(),
        type_name_size: name.len(),
        type_info: &mut info,
    })
    .expect("registered");
    assert_ne!(args.type_id, 0);
    let context =
        call!(PJRT_ExecuteContext_Create(PJRT_ExecuteContext_Create_Args) {}).expect("a context").context;
    let mut value = 5u64;
    let data = sys::PJRT_FFI_UserData { type_id: args.type_id, data: (&raw mut value).cast() };
    call_extension!(ffi, user_data_add(PJRT_FFI_UserData_Add_Args) { context: context, user_data: data })
        .expect("added");
    let twice =
        call_extension!(ffi, user_data_add(PJRT_FFI_UserData_Add_Args) { context: context, user_data: data });
    assert!(twice.is_err());
    call!(PJRT_ExecuteContext_Destroy(PJRT_ExecuteContext_Destroy_Args) { context: context }).expect("freed");
}

/// Writes the number that the execution's context holds for `CONTEXT_TYPE`.
unsafe extern "C" fn from_context(frame: *mut sys::XLA_FFI_CallFrame) -> *mut sys::XLA_FFI_Error {
    // SAFETY: as in `add_one`.
    unsafe {
        if answer_metadata(frame) {
            return std::ptr::null_mut();
        }
        let frame = &*frame;
        let mut id = sys::XLA_FFI_TypeId { type_id: CONTEXT_TYPE.load(Ordering::SeqCst) };
        let mut args = sys::XLA_FFI_InvokeContext_Get_Args::versioned();
        args.ctx = frame.ctx;
        args.type_id = &mut id;
        let error = ((*frame.api).XLA_FFI_InvokeContext_Get.expect("present"))(&mut args);
        if !error.is_null() {
            return error;
        }
        let result = (*frame.rets.rets).cast::<sys::XLA_FFI_Buffer>();
        *(*result).data.cast::<f32>() = *args.data.cast::<f32>();
        std::ptr::null_mut()
    }
}

static CONTEXT_TYPE: AtomicI64 = AtomicI64::new(0);

#[test]
fn handlers_read_the_data_of_their_execution() {
    let ffi = extension::<sys::PJRT_FFI_Extension>(sys::PJRT_Extension_Type_FFI);
    let name = "bering_test_context_type";
    let mut info = sys::PJRT_FFI_Type_Info::default();
    let args = call_extension!(ffi, type_register(PJRT_FFI_Type_Register_Args) {
        type_name: name.as_ptr().cast(),
        type_name_size: name.len(),
        type_info: &mut info,
    });
    CONTEXT_TYPE.store(args.expect("registered").type_id, Ordering::SeqCst);
    register("bering_test_from_context", from_context as *mut c_void).expect("registered");
    let client = Client::new();
    let body = "%out = stablehlo.custom_call @bering_test_from_context() {api_version = 4 : i32} : () -> tensor<f32>";
    let program = client.compile(&module(&[], "tensor<f32>", body)).expect("it compiles");
    for expected in [1.5f32, 2.5] {
        let context =
            call!(PJRT_ExecuteContext_Create(PJRT_ExecuteContext_Create_Args) {}).expect("a context").context;
        let mut value = expected;
        let data = sys::PJRT_FFI_UserData {
            type_id: CONTEXT_TYPE.load(Ordering::SeqCst),
            data: (&raw mut value).cast(),
        };
        call_extension!(ffi, user_data_add(PJRT_FFI_UserData_Add_Args) { context: context, user_data: data })
            .expect("added");
        let mut options = sys::PJRT_ExecuteOptions::versioned();
        options.context = context;
        let results = program.run_with(&options, &[], 1).expect("it runs");
        assert_eq!(results[0].read::<f32>(1).expect("readable"), [expected]);
        call!(PJRT_ExecuteContext_Destroy(PJRT_ExecuteContext_Destroy_Args) { context: context })
            .expect("freed");
    }
    // Without a context the handler's error is the execution's, at once or at its end.
    let failed = match program.run(&[], 1) {
        Err(failure) => failure,
        Ok(results) => failure(results[0].read::<f32>(1)),
    };
    assert!(!failed.message.is_empty());
}

#[test]
fn layouts_are_written_out() {
    let layouts = extension::<sys::PJRT_Layouts_Extension>(sys::PJRT_Extension_Type_Layouts);
    let client = Client::new();
    let buffer = client.buffer(&[0f32; 6], &[2, 3]);
    let layout = call_extension!(
        layouts,
        PJRT_Layouts_PJRT_Buffer_MemoryLayout(PJRT_Layouts_PJRT_Buffer_MemoryLayout_Args) { buffer: buffer.0 }
    )
    .expect("a layout")
    .layout;
    let bytes = call_extension!(
        layouts,
        PJRT_Layouts_MemoryLayout_Serialize(PJRT_Layouts_MemoryLayout_Serialize_Args) { layout: layout }
    )
    .expect("bytes");
    assert_eq!(text(bytes.serialized_bytes, bytes.serialized_bytes_size), "{1,0}");
    // SAFETY: called once, with what the call returned.
    unsafe { bytes.serialized_layout_deleter.expect("a deleter")(bytes.serialized_layout) };
    call_extension!(
        layouts,
        PJRT_Layouts_MemoryLayout_Destroy(PJRT_Layouts_MemoryLayout_Destroy_Args) { layout: layout }
    )
    .expect("freed");
    let executable = client.compile(&double()).expect("it compiles").executable();
    let outputs = call_extension!(
        layouts,
        PJRT_Layouts_PJRT_Executable_GetOutputLayouts(PJRT_Layouts_PJRT_Executable_GetOutputLayouts_Args) {
            executable: executable.0,
        }
    );
    assert_eq!(outputs.expect("layouts").num_outputs, 1);
    let default = |dims: &[i64]| {
        call_extension!(
            layouts,
            PJRT_Layouts_PJRT_Client_GetDefaultLayout(PJRT_Layouts_PJRT_Client_GetDefaultLayout_Args) {
                client: client.0,
                type_: sys::PJRT_Buffer_Type_F32,
                dims: dims.as_ptr(),
                num_dims: dims.len(),
            }
        )
    };
    assert!(failure(default(&[-1])).message.contains("negative"));
    let layout = default(&[2, 3]).expect("a layout").layout;
    call_extension!(
        layouts,
        PJRT_Layouts_MemoryLayout_Destroy(PJRT_Layouts_MemoryLayout_Destroy_Args) { layout: layout }
    )
    .expect("freed");
}

#[test]
fn memories_are_described_without_a_client() {
    let memories =
        extension::<sys::PJRT_MemoryDescriptions_Extension>(sys::PJRT_Extension_Type_MemoryDescriptions);
    let client = Client::new();
    let description =
        call!(PJRT_Device_GetDescription(PJRT_Device_GetDescription_Args) { device: client.devices()[0] })
            .expect("a description")
            .device_description;
    let list = call_extension!(
        memories,
        PJRT_DeviceDescription_MemoryDescriptions(PJRT_DeviceDescription_MemoryDescriptions_Args) {
            device_description: description,
        }
    )
    .expect("a list");
    for index in 0..list.num_memory_descriptions {
        // SAFETY: the description owns an array of that length.
        let memory = unsafe { *list.memory_descriptions.add(index) };
        let kind = call_extension!(
            memories,
            PJRT_MemoryDescription_Kind(PJRT_MemoryDescription_Kind_Args) { memory_description: memory }
        )
        .expect("a kind");
        assert!(!text(kind.kind, kind.kind_size).is_empty());
    }
}

/// Calls a function of the profiler's own table.
macro_rules! call_profiler {
    ($profiler:expr, $function:ident($args:ident) { $($field:ident: $value:expr),* $(,)? }) => {{
        let mut args = <sys::$args as Versioned>::versioned();
        $(args.$field = $value;)*
        // SAFETY: the struct is the one of this function; what its pointers point to is the test's business.
        let error = unsafe { ($profiler.$function.expect("present"))(&mut args) };
        assert!(error.is_null(), stringify!($function));
        args
    }};
}

#[test]
fn the_profiler_sees_operations() {
    let profiler = extension::<sys::PJRT_Profiler_Extension>(sys::PJRT_Extension_Type_Profiler);
    // SAFETY: the table is static.
    let profiler = unsafe { &*profiler.profiler_api };
    let client = Client::new();
    let program = client.compile(&double()).expect("it compiles");
    let argument = client.buffer(&[1f32; 4], &[4]);
    let session = call_profiler!(profiler, create(PLUGIN_Profiler_Create_Args) {}).profiler;
    call_profiler!(profiler, start(PLUGIN_Profiler_Start_Args) { profiler: session });
    program.run(&[&argument], 1).expect("it runs");
    call_profiler!(profiler, stop(PLUGIN_Profiler_Stop_Args) { profiler: session });
    let size = call_profiler!(profiler, collect_data(PLUGIN_Profiler_CollectData_Args) { profiler: session });
    let mut data = vec![0u8; size.buffer_size_in_bytes];
    call_profiler!(profiler, collect_data(PLUGIN_Profiler_CollectData_Args) {
        profiler: session,
        buffer: data.as_mut_ptr(),
    });
    call_profiler!(profiler, destroy(PLUGIN_Profiler_Destroy_Args) { profiler: session });
    let text = String::from_utf8_lossy(&data);
    assert!(text.contains("/host:CPU"), "{} bytes", data.len());
    assert!(text.contains("Execute"), "no execution among {} bytes", data.len());
}
