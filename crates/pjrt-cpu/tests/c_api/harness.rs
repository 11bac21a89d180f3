//! The thinnest layer over the C API that tests can be written in: a macro that fills and checks one call, and owners
//! that free what they hold.

use bering_pjrt_sys::{self as sys, Versioned};
use std::fmt;
use std::ptr;
use std::sync::OnceLock;

/// What a failed call said.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) code: u32,
    pub(crate) message: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

pub(crate) type Result<T> = std::result::Result<T, Failure>;

/// `call!(PJRT_X(PJRT_X_Args) { field: value, .. })`: the filled argument struct after the call, or the failure.
macro_rules! call {
    ($function:ident($args:ident) { $($field:ident: $value:expr),* $(,)? }) => {{
        #[allow(unused_mut)]
        let mut args = <bering_pjrt_sys::$args as bering_pjrt_sys::Versioned>::versioned();
        $(args.$field = $value;)*
        let function = $crate::harness::api().$function.expect("no entry of the table is null");
        // SAFETY: the struct is the one of this function; what its pointers point to is the test's business.
        let error = unsafe { function(&mut args) };
        $crate::harness::check(error).map(|()| args)
    }};
}
pub(crate) use call;

/// The plugin's table, loaded once.
pub(crate) fn api() -> &'static sys::PJRT_Api {
    struct Table(*const sys::PJRT_Api);
    // SAFETY: the table is immutable, and its functions may be called from any thread.
    unsafe impl Send for Table {}
    // SAFETY: as above.
    unsafe impl Sync for Table {}
    static API: OnceLock<Table> = OnceLock::new();
    let table = API.get_or_init(|| {
        // oneDNN reads it when the library is loaded, and announces itself otherwise.
        // SAFETY: tests read the environment under the same lock of the standard library; XLA reads it later.
        unsafe { std::env::set_var("TF_ENABLE_ONEDNN_OPTS", "0") };
        let flags = libloading::os::unix::RTLD_NOW | libloading::os::unix::RTLD_LOCAL | 0x8; // RTLD_DEEPBIND
        // SAFETY: the plugin's initialisers are XLA's, which are made for being loaded this way.
        let library = unsafe {
            libloading::os::unix::Library::open(Some(bering_pjrt_cpu::plugin_path()), flags)
                .expect("the plugin loads")
        };
        // SAFETY: that is the symbol's type in pjrt_c_api.h.
        let get = unsafe {
            library
                .get::<unsafe extern "C" fn() -> *const sys::PJRT_Api>(b"GetPjrtApi\0")
                .expect("it exports GetPjrtApi")
        };
        // SAFETY: the function takes nothing and returns a static table.
        let table = Table(unsafe { get() });
        std::mem::forget(library);
        table
    });
    // SAFETY: the library is never closed.
    unsafe { &*table.0 }
}

/// Turns an error of the API into a [`Failure`] and frees it.
pub(crate) fn check(error: *mut sys::PJRT_Error) -> Result<()> {
    if error.is_null() {
        return Ok(());
    }
    let mut message = sys::PJRT_Error_Message_Args::versioned();
    message.error = error;
    let mut code = sys::PJRT_Error_GetCode_Args::versioned();
    code.error = error;
    let mut destroy = sys::PJRT_Error_Destroy_Args::versioned();
    destroy.error = error;
    // SAFETY: the error is ours, alive until the last call, and the message is copied before.
    unsafe {
        api().PJRT_Error_Message.expect("present")(&mut message);
        assert!(api().PJRT_Error_GetCode.expect("present")(&mut code).is_null());
        let text = std::slice::from_raw_parts(message.message.cast::<u8>(), message.message_size);
        let failure = Failure { code: code.code, message: String::from_utf8_lossy(text).into_owned() };
        api().PJRT_Error_Destroy.expect("present")(&mut destroy);
        Err(failure)
    }
}

/// The message of a call that must fail with INVALID_ARGUMENT.
#[track_caller]
pub(crate) fn invalid<T>(result: Result<T>) -> String {
    match result {
        Ok(_) => panic!("it should have failed"),
        Err(failure) => {
            assert_eq!(failure.code, sys::PJRT_Error_Code_INVALID_ARGUMENT, "{failure}");
            failure.message
        }
    }
}

/// The failure of a call that must fail.
#[track_caller]
pub(crate) fn failure<T>(result: Result<T>) -> Failure {
    match result {
        Ok(_) => panic!("it should have failed"),
        Err(failure) => failure,
    }
}

/// Copies what a pointer and a length of the API stand for.
pub(crate) fn text(data: *const std::ffi::c_char, size: usize) -> String {
    // SAFETY: callers pass pairs that the API just filled.
    let bytes = unsafe { std::slice::from_raw_parts(data.cast::<u8>(), size) };
    String::from_utf8_lossy(bytes).into_owned()
}

/// Declares an owner of a C handle, with the function that frees it.
macro_rules! owner {
    ($name:ident, $raw:ident, $destroy:ident($args:ident), $field:ident) => {
        #[derive(Debug)]
        pub(crate) struct $name(pub(crate) *mut sys::$raw);

        impl Drop for $name {
            fn drop(&mut self) {
                call!($destroy($args) { $field: self.0 }).expect("destroying succeeds");
            }
        }
    };
}

owner!(Client, PJRT_Client, PJRT_Client_Destroy(PJRT_Client_Destroy_Args), client);
owner!(Buffer, PJRT_Buffer, PJRT_Buffer_Destroy(PJRT_Buffer_Destroy_Args), buffer);
owner!(Event, PJRT_Event, PJRT_Event_Destroy(PJRT_Event_Destroy_Args), event);
owner!(
    Loaded,
    PJRT_LoadedExecutable,
    PJRT_LoadedExecutable_Destroy(PJRT_LoadedExecutable_Destroy_Args),
    executable
);
owner!(Executable, PJRT_Executable, PJRT_Executable_Destroy(PJRT_Executable_Destroy_Args), executable);

/// One named integer.
pub(crate) fn integer(name: &'static str, value: i64) -> sys::PJRT_NamedValue {
    let mut named = named(name, sys::PJRT_NamedValue_kInt64);
    named.__bindgen_anon_1.int64_value = value;
    named
}

/// One named bool.
pub(crate) fn boolean(name: &'static str, value: bool) -> sys::PJRT_NamedValue {
    let mut named = named(name, sys::PJRT_NamedValue_kBool);
    named.__bindgen_anon_1.bool_value = value;
    named
}

/// A value without its value.
pub(crate) fn named(name: &'static str, ty: sys::PJRT_NamedValue_Type) -> sys::PJRT_NamedValue {
    let mut named = sys::PJRT_NamedValue::versioned();
    named.name = name.as_ptr().cast();
    named.name_size = name.len();
    named.type_ = ty;
    named.value_size = 1;
    named
}

impl Client {
    pub(crate) fn with(options: &[sys::PJRT_NamedValue]) -> Result<Client> {
        let args = call!(PJRT_Client_Create(PJRT_Client_Create_Args) {
            create_options: options.as_ptr(),
            num_options: options.len(),
        })?;
        Ok(Client(args.client))
    }

    pub(crate) fn new() -> Client {
        Client::with(&[]).expect("a client")
    }

    pub(crate) fn devices(&self) -> Vec<*mut sys::PJRT_Device> {
        let args = call!(PJRT_Client_Devices(PJRT_Client_Devices_Args) { client: self.0 }).expect("devices");
        // SAFETY: the client owns an array of that length.
        unsafe { std::slice::from_raw_parts(args.devices, args.num_devices).to_vec() }
    }

    /// A dense row-major buffer of `data` on the first device.
    pub(crate) fn buffer<T: Element>(&self, data: &[T], dims: &[i64]) -> Buffer {
        self.buffer_on(data, dims, ptr::null_mut())
    }

    pub(crate) fn buffer_on<T: Element>(
        &self,
        data: &[T],
        dims: &[i64],
        device: *mut sys::PJRT_Device,
    ) -> Buffer {
        let args = call!(PJRT_Client_BufferFromHostBuffer(PJRT_Client_BufferFromHostBuffer_Args) {
            client: self.0,
            data: data.as_ptr().cast(),
            type_: T::TYPE,
            dims: dims.as_ptr(),
            num_dims: dims.len(),
            device: device,
        })
        .expect("a buffer");
        drop(Event(args.done_with_host_buffer));
        Buffer(args.buffer)
    }

    pub(crate) fn compile(&self, program: &str) -> Result<Loaded> {
        self.compile_bytes(program.as_bytes(), "mlir", ONE_DEVICE)
    }

    pub(crate) fn compile_bytes(&self, code: &[u8], format: &str, options: &[u8]) -> Result<Loaded> {
        let mut program = sys::PJRT_Program::versioned();
        program.code = code.as_ptr().cast_mut().cast();
        program.code_size = code.len();
        program.format = format.as_ptr().cast();
        program.format_size = format.len();
        let args = call!(PJRT_Client_Compile(PJRT_Client_Compile_Args) {
            client: self.0,
            program: &program,
            compile_options: options.as_ptr().cast(),
            compile_options_size: options.len(),
        })?;
        Ok(Loaded(args.executable))
    }
}

/// A `CompileOptionsProto` for one replica and one partition on device 0.
pub(crate) const ONE_DEVICE: &[u8] = &[0x1a, 4, 0x20, 1, 0x28, 1];

/// Host types that tests use.
pub(crate) trait Element: Copy + Default {
    const TYPE: sys::PJRT_Buffer_Type;
}

impl Element for f32 {
    const TYPE: sys::PJRT_Buffer_Type = sys::PJRT_Buffer_Type_F32;
}

/// The bits of a bfloat16.
impl Element for u16 {
    const TYPE: sys::PJRT_Buffer_Type = sys::PJRT_Buffer_Type_BF16;
}

impl Element for i32 {
    const TYPE: sys::PJRT_Buffer_Type = sys::PJRT_Buffer_Type_S32;
}

impl Element for i8 {
    const TYPE: sys::PJRT_Buffer_Type = sys::PJRT_Buffer_Type_S8;
}

impl Event {
    pub(crate) fn wait(&self) -> Result<()> {
        call!(PJRT_Event_Await(PJRT_Event_Await_Args) { event: self.0 }).map(drop)
    }
}

impl Buffer {
    pub(crate) fn read<T: Element>(&self, len: usize) -> Result<Vec<T>> {
        let mut out = vec![T::default(); len];
        let args = call!(PJRT_Buffer_ToHostBuffer(PJRT_Buffer_ToHostBuffer_Args) {
            src: self.0,
            dst: out.as_mut_ptr().cast(),
            dst_size: std::mem::size_of_val(out.as_slice()),
        })?;
        Event(args.event).wait()?;
        Ok(out)
    }

    pub(crate) fn is_deleted(&self) -> bool {
        call!(PJRT_Buffer_IsDeleted(PJRT_Buffer_IsDeleted_Args) { buffer: self.0 })
            .expect("answers")
            .is_deleted
    }

    pub(crate) fn pointer(&self) -> usize {
        call!(PJRT_Buffer_UnsafePointer(PJRT_Buffer_UnsafePointer_Args) { buffer: self.0 })
            .expect("a pointer")
            .buffer_pointer
    }
}

impl Loaded {
    /// Runs on one device and waits.
    pub(crate) fn run(&self, arguments: &[&Buffer], outputs: usize) -> Result<Vec<Buffer>> {
        self.run_with(&sys::PJRT_ExecuteOptions::versioned(), arguments, outputs)
    }

    pub(crate) fn run_with(
        &self,
        options: &sys::PJRT_ExecuteOptions,
        arguments: &[&Buffer],
        outputs: usize,
    ) -> Result<Vec<Buffer>> {
        let arguments: Vec<*mut sys::PJRT_Buffer> = arguments.iter().map(|buffer| buffer.0).collect();
        let lists = [arguments.as_ptr()];
        let mut results = vec![ptr::null_mut(); outputs];
        let outputs = [results.as_mut_ptr()];
        let mut events = [ptr::null_mut()];
        let mut options = *options;
        call!(PJRT_LoadedExecutable_Execute(PJRT_LoadedExecutable_Execute_Args) {
            executable: self.0,
            options: &mut options,
            argument_lists: lists.as_ptr(),
            num_devices: 1,
            num_args: arguments.len(),
            output_lists: outputs.as_ptr(),
            device_complete_events: events.as_mut_ptr(),
        })?;
        let results = results.into_iter().map(Buffer).collect();
        Event(events[0]).wait()?;
        Ok(results)
    }

    pub(crate) fn executable(&self) -> Executable {
        let args = call!(PJRT_LoadedExecutable_GetExecutable(PJRT_LoadedExecutable_GetExecutable_Args) {
            loaded_executable: self.0,
        })
        .expect("an executable");
        Executable(args.executable)
    }
}

/// `main(arguments) -> result` around a StableHLO body that defines `%out`.
pub(crate) fn module(arguments: &[&str], result: &str, body: &str) -> String {
    let arguments: Vec<String> =
        arguments.iter().enumerate().map(|(index, ty)| format!("%arg{index}: {ty}")).collect();
    format!(
        "module @test {{ func.func public @main({}) -> {result} {{ {body} return %out : {result} }} }}",
        arguments.join(", ")
    )
}

/// Whether a serialized program has `text` in it.
pub(crate) fn contains(program: &[u8], text: &str) -> bool {
    program.windows(text.len()).any(|window| window == text.as_bytes())
}

pub(crate) fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

/// A program that doubles four numbers.
pub(crate) fn double() -> String {
    module(&["tensor<4xf32>"], "tensor<4xf32>", "%out = stablehlo.add %arg0, %arg0 : tensor<4xf32>")
}
