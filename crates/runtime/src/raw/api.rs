//! The plugin's function table, checked once at load, and the ways its calls report errors and strings.

use std::ffi::c_char;
use std::ptr::NonNull;

use bering_pjrt_sys::{self as sys, Versioned};

use crate::error::{Error, ErrorKind, Result};

/// A plugin's function table.
///
/// The table is copied into the layout of *our* header: functions that an older plugin does not have are `None`, those
/// that a newer one has beyond our header are left out. So one null check replaces a `struct_size` check at each call.
pub(crate) struct Api {
    pub(super) table: sys::PJRT_Api,
}

// SAFETY: the table is function pointers and a list of extension records which pjrt_c_api.h gives the lifetime of the
// plugin; nobody writes to either after `GetPjrtApi` returned, and plugins are never unloaded.
unsafe impl Send for Api {}
// SAFETY: as above; shared access only reads.
unsafe impl Sync for Api {}

/// Calls a function of the table, giving `Result<()>`; a function that the plugin lacks is an error.
///
/// Expands to an unsafe call: use inside `unsafe`, arguing that the handles in the argument struct are live.
macro_rules! call {
    ($api:expr, $function:ident, $args:expr) => {{
        let api: &'static $crate::raw::Api = $api;
        match api.table.$function {
            Some(function) => api.check(function($args)),
            None => Err(api.missing(stringify!($function))),
        }
    }};
}
pub(super) use call;

/// [`call!`] for a function of an extension.
macro_rules! call_extension {
    ($api:expr, $extension:expr, $function:ident, $args:expr) => {
        match $extension.$function {
            Some(function) => $api.check(function($args)),
            None => Err($api.missing(stringify!($function))),
        }
    };
}
pub(super) use call_extension;

impl Api {
    /// Takes over the table that `GetPjrtApi` returned.
    ///
    /// # Safety
    /// `table` points to a `PJRT_Api` with a correct `struct_size`, valid for the rest of the process.
    pub(super) unsafe fn new(table: NonNull<sys::PJRT_Api>) -> Result<Api> {
        // SAFETY: the caller's promise; every version of the struct starts with `struct_size`.
        let struct_size = unsafe { (*table.as_ptr()).struct_size };
        let least = std::mem::offset_of!(sys::PJRT_Api, PJRT_Error_Destroy) + 2 * size_of::<usize>();
        if struct_size < least {
            return Err(Error::new(
                ErrorKind::FailedPrecondition,
                format!(
                    "`GetPjrtApi` returned a table of {struct_size} bytes, the smallest known has {least}"
                ),
            ));
        }
        let mut ours = sys::PJRT_Api::versioned();
        let known = struct_size.min(size_of::<sys::PJRT_Api>());
        // SAFETY: both are at least `known` bytes long, and every field is an integer, a pointer or an `Option` of a
        // function pointer, for which any prefix of the plugin's table with zeros after it is valid.
        unsafe {
            std::ptr::copy_nonoverlapping(table.as_ptr().cast::<u8>(), (&raw mut ours).cast::<u8>(), known);
        }
        let api = Api { table: ours };
        let (major, minor) = api.version();
        if major != sys::PJRT_API_MAJOR as i32 {
            return Err(Error::new(
                ErrorKind::FailedPrecondition,
                format!(
                    "the plugin speaks PJRT {major}.{minor}, this build PJRT {}.{}, and major versions are incompatible",
                    sys::PJRT_API_MAJOR,
                    sys::PJRT_API_MINOR
                ),
            ));
        }
        api.check_essentials()?;
        Ok(api)
    }

    /// The functions without which nothing could be waited for, reported or freed.
    fn check_essentials(&self) -> Result<()> {
        let table = &self.table;
        let present = [
            ("PJRT_Error_Destroy", table.PJRT_Error_Destroy.is_some()),
            ("PJRT_Error_Message", table.PJRT_Error_Message.is_some()),
            ("PJRT_Event_Destroy", table.PJRT_Event_Destroy.is_some()),
            ("PJRT_Event_Await", table.PJRT_Event_Await.is_some()),
            ("PJRT_Event_OnReady", table.PJRT_Event_OnReady.is_some()),
            ("PJRT_Buffer_Destroy", table.PJRT_Buffer_Destroy.is_some()),
            ("PJRT_LoadedExecutable_Destroy", table.PJRT_LoadedExecutable_Destroy.is_some()),
            ("PJRT_Client_Destroy", table.PJRT_Client_Destroy.is_some()),
        ];
        match present.iter().find(|(_, present)| !present) {
            None => Ok(()),
            Some((name, _)) => Err(self.missing(name)),
        }
    }

    /// PJRT version of the plugin: major, minor.
    pub(crate) fn version(&self) -> (i32, i32) {
        let version = &self.table.pjrt_api_version;
        (version.major_version, version.minor_version)
    }

    /// One-time set-up of the plugin.
    pub(super) fn initialize(&'static self) -> Result<()> {
        let mut args = sys::PJRT_Plugin_Initialize_Args::versioned();
        // SAFETY: the argument struct has no handles.
        unsafe { call!(self, PJRT_Plugin_Initialize, &mut args) }
    }

    /// The attributes of the plugin, such as `xla_version`.
    pub(crate) fn attributes(&'static self) -> Result<Vec<(String, NamedValue)>> {
        let mut args = sys::PJRT_Plugin_Attributes_Args::versioned();
        // SAFETY: no handles in; on success out come attributes that live as long as the process.
        unsafe {
            call!(self, PJRT_Plugin_Attributes, &mut args)?;
            Ok(NamedValue::read_all(args.attributes, args.num_attributes))
        }
    }

    /// A copy of the extension of a type, if the plugin has it; fields that an older plugin lacks are zero.
    ///
    /// # Safety
    /// `T` is the struct that extensions of type `wanted` are, it starts with the base, and all zero is valid for it.
    pub(super) unsafe fn extension<T: Default>(&self, wanted: sys::PJRT_Extension_Type) -> Option<T> {
        let mut next = self.table.extension_start;
        while let Some(base) = NonNull::new(next) {
            // SAFETY: pjrt_c_api.h makes extensions a null-terminated list, alive as long as the plugin.
            let record = unsafe { base.as_ref() };
            if record.type_ == wanted {
                let mut copy = T::default();
                let known = record.struct_size.min(size_of::<T>());
                // SAFETY: both have `known` bytes; `T` takes any prefix of the record (the caller's promise).
                unsafe {
                    std::ptr::copy_nonoverlapping(base.as_ptr().cast::<u8>(), (&raw mut copy).cast(), known)
                };
                return Some(copy);
            }
            next = record.next;
        }
        None
    }

    /// Turns an error pointer into a `Result`, freeing it.
    #[inline]
    pub(super) fn check(&self, error: *mut sys::PJRT_Error) -> Result<()> {
        match NonNull::new(error) {
            None => Ok(()),
            Some(error) => Err(self.take_error(error)),
        }
    }

    #[cold]
    fn take_error(&self, error: NonNull<sys::PJRT_Error>) -> Error {
        let mut code = ErrorKind::Unknown;
        let mut text = String::from("the plugin gave no message");
        if let Some(get_code) = self.table.PJRT_Error_GetCode {
            let mut args = sys::PJRT_Error_GetCode_Args::versioned();
            args.error = error.as_ptr();
            // SAFETY: `error` is live until it is destroyed below. An error about reading the code would be absurd; it
            // is dropped unread rather than read by the same function.
            if unsafe { get_code(&mut args) }.is_null() {
                code = ErrorKind::from_code(args.code);
            }
        }
        if let Some(message) = self.table.PJRT_Error_Message {
            let mut args = sys::PJRT_Error_Message_Args::versioned();
            args.error = error.as_ptr();
            // SAFETY: `error` is live; the message has its lifetime and is copied before the error is destroyed.
            unsafe {
                message(&mut args);
                text = string(args.message, args.message_size);
            }
        }
        if let Some(destroy) = self.table.PJRT_Error_Destroy {
            let mut args = sys::PJRT_Error_Destroy_Args::versioned();
            args.error = error.as_ptr();
            // SAFETY: the caller of the API owns errors it was given, and this one is not used again.
            unsafe { destroy(&mut args) };
        }
        Error::from_plugin(code, text)
    }

    #[cold]
    pub(super) fn missing(&self, function: &str) -> Error {
        let (major, minor) = self.version();
        Error::new(
            ErrorKind::Unimplemented,
            format!("the plugin (PJRT {major}.{minor}) does not have `{function}`"),
        )
    }
}

/// A value with a name that plugins take (client options) and give (attributes, cost analysis).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum NamedValue {
    /// Text.
    String(String),
    /// An integer.
    I64(i64),
    /// A list of integers.
    I64List(Vec<i64>),
    /// A number.
    F32(f32),
    /// A truth value.
    Bool(bool),
}

impl NamedValue {
    /// Copies an array of the plugin's named values; values of types this crate does not know are left out.
    ///
    /// # Safety
    /// `values` points to `count` valid named values (or `count` is 0).
    pub(super) unsafe fn read_all(
        values: *const sys::PJRT_NamedValue,
        count: usize,
    ) -> Vec<(String, NamedValue)> {
        if values.is_null() {
            return Vec::new();
        }
        // SAFETY: the caller's promise. The stride is our struct's size: pjrt_c_api.h hands out plain arrays.
        let values = unsafe { std::slice::from_raw_parts(values, count) };
        // SAFETY: each element is valid.
        values.iter().filter_map(|value| unsafe { NamedValue::read(value) }).collect()
    }

    /// # Safety
    /// The pointers in `value` are valid for the sizes beside them.
    unsafe fn read(value: &sys::PJRT_NamedValue) -> Option<(String, NamedValue)> {
        // SAFETY: the caller's promise; the union's field is chosen by `type_`, as the header says.
        unsafe {
            let name = string(value.name, value.name_size);
            let union = &value.__bindgen_anon_1;
            let read = match value.type_ {
                sys::PJRT_NamedValue_kString => {
                    NamedValue::String(string(union.string_value, value.value_size))
                }
                sys::PJRT_NamedValue_kInt64 => NamedValue::I64(union.int64_value),
                sys::PJRT_NamedValue_kInt64List if value.value_size == 0 => NamedValue::I64List(Vec::new()),
                sys::PJRT_NamedValue_kInt64List => NamedValue::I64List(
                    std::slice::from_raw_parts(union.int64_array_value, value.value_size).to_vec(),
                ),
                sys::PJRT_NamedValue_kFloat => NamedValue::F32(union.float_value),
                sys::PJRT_NamedValue_kBool => NamedValue::Bool(union.bool_value),
                _ => return None,
            };
            Some((name, read))
        }
    }

    /// The C form of named values; it borrows from `values`.
    pub(super) fn to_raw(values: &[(String, NamedValue)]) -> Vec<sys::PJRT_NamedValue> {
        values
            .iter()
            .map(|(name, value)| {
                let mut raw = sys::PJRT_NamedValue::versioned();
                raw.name = name.as_ptr().cast();
                raw.name_size = name.len();
                raw.value_size = 1;
                match value {
                    NamedValue::String(text) => {
                        raw.type_ = sys::PJRT_NamedValue_kString;
                        raw.__bindgen_anon_1.string_value = text.as_ptr().cast();
                        raw.value_size = text.len();
                    }
                    NamedValue::I64(number) => {
                        raw.type_ = sys::PJRT_NamedValue_kInt64;
                        raw.__bindgen_anon_1.int64_value = *number;
                    }
                    NamedValue::I64List(list) => {
                        raw.type_ = sys::PJRT_NamedValue_kInt64List;
                        raw.__bindgen_anon_1.int64_array_value = list.as_ptr();
                        raw.value_size = list.len();
                    }
                    NamedValue::F32(number) => {
                        raw.type_ = sys::PJRT_NamedValue_kFloat;
                        raw.__bindgen_anon_1.float_value = *number;
                    }
                    NamedValue::Bool(truth) => {
                        raw.type_ = sys::PJRT_NamedValue_kBool;
                        raw.__bindgen_anon_1.bool_value = *truth;
                    }
                }
                raw
            })
            .collect()
    }
}

/// Copies a string of the plugin; bytes that are not UTF-8 are replaced.
///
/// # Safety
/// `data` points to `size` bytes (or `size` is 0).
pub(super) unsafe fn string(data: *const c_char, size: usize) -> String {
    // SAFETY: the caller's promise.
    String::from_utf8_lossy(unsafe { bytes(data, size) }).into_owned()
}

/// Borrows bytes of the plugin; an empty slice where it gave a null pointer.
///
/// # Safety
/// `data` points to `size` bytes (or is null, or `size` is 0) that live as long as `'a`.
pub(super) unsafe fn bytes<'a>(data: *const c_char, size: usize) -> &'a [u8] {
    if data.is_null() || size == 0 {
        return &[];
    }
    // SAFETY: the caller's promise.
    unsafe { std::slice::from_raw_parts(data.cast(), size) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A table in which only the functions that must be there are.
    fn table() -> sys::PJRT_Api {
        unsafe extern "C" fn error_destroy(_: *mut sys::PJRT_Error_Destroy_Args) {}
        unsafe extern "C" fn error_message(_: *mut sys::PJRT_Error_Message_Args) {}
        macro_rules! succeed {
            ($args:ty) => {{
                unsafe extern "C" fn succeed(_: *mut $args) -> *mut sys::PJRT_Error {
                    std::ptr::null_mut()
                }
                Some(succeed)
            }};
        }
        let mut table = sys::PJRT_Api::versioned();
        table.pjrt_api_version.minor_version = 7;
        table.PJRT_Error_Destroy = Some(error_destroy);
        table.PJRT_Error_Message = Some(error_message);
        table.PJRT_Event_Destroy = succeed!(sys::PJRT_Event_Destroy_Args);
        table.PJRT_Event_Await = succeed!(sys::PJRT_Event_Await_Args);
        table.PJRT_Event_OnReady = succeed!(sys::PJRT_Event_OnReady_Args);
        table.PJRT_Buffer_Destroy = succeed!(sys::PJRT_Buffer_Destroy_Args);
        table.PJRT_LoadedExecutable_Destroy = succeed!(sys::PJRT_LoadedExecutable_Destroy_Args);
        table.PJRT_Client_Destroy = succeed!(sys::PJRT_Client_Destroy_Args);
        table.PJRT_Plugin_Initialize = succeed!(sys::PJRT_Plugin_Initialize_Args);
        table.PJRT_Client_Create = succeed!(sys::PJRT_Client_Create_Args);
        table
    }

    fn take(table: &mut sys::PJRT_Api) -> Result<&'static Api> {
        // SAFETY: `struct_size` is at most the size of the struct, which is read during the call only.
        unsafe { Api::new(NonNull::from(table)) }.map(|api| &*Box::leak(Box::new(api)))
    }

    #[test]
    fn functions_beyond_an_older_table_are_missing() {
        let mut older = table();
        older.struct_size = std::mem::offset_of!(sys::PJRT_Api, PJRT_Client_Create);
        // Whatever lies behind the table's end is not the table's.
        let error = take(&mut older).err().expect("functions it must have lie behind its end");
        assert_eq!(error.to_string(), "the plugin (PJRT 0.7) does not have `PJRT_Buffer_Destroy`");

        let mut older = table();
        older.struct_size = std::mem::offset_of!(sys::PJRT_Api, PJRT_Executable_OutputElementTypes);
        older.PJRT_Executable_OutputDimensions = None;
        let api = take(&mut older).expect("old, but whole");
        api.initialize().expect("it is there");
        let mut args = sys::PJRT_Executable_OutputDimensions_Args::versioned();
        // SAFETY: the function is missing, so nothing is called.
        let error = unsafe { call!(api, PJRT_Executable_OutputDimensions, &mut args) }.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unimplemented);
        assert!(error.message().ends_with("does not have `PJRT_Executable_OutputDimensions`"), "{error}");
    }

    #[test]
    fn newer_tables_are_cut_to_what_is_known() {
        #[repr(C)]
        struct Newer {
            known: sys::PJRT_Api,
            beyond: [usize; 4],
        }
        let mut newer = Newer { known: table(), beyond: [0xdead; 4] };
        newer.known.struct_size = size_of::<Newer>();
        newer.known.pjrt_api_version.minor_version = 9999;
        // SAFETY: `struct_size` is the size of what the pointer points to.
        let api = unsafe { Api::new(NonNull::from(&mut newer).cast()) }.expect("newer minor versions work");
        assert_eq!(api.version(), (0, 9999));
        assert_eq!(newer.beyond, [0xdead; 4]);
    }

    #[test]
    fn other_major_versions_and_stumps_are_refused() {
        let mut other = table();
        other.pjrt_api_version.major_version = 1;
        let error = take(&mut other).err().expect("incompatible");
        assert!(error.to_string().starts_with("the plugin speaks PJRT 1.7, this build PJRT 0."), "{error}");
        let mut stump = table();
        stump.struct_size = 16;
        assert!(take(&mut stump).is_err());
    }

    #[test]
    fn named_values_survive_the_way_to_c_and_back() {
        let values: Vec<(String, NamedValue)> = [
            ("text", NamedValue::String("wörd".into())),
            ("number", NamedValue::I64(-7)),
            ("list", NamedValue::I64List(vec![1, 2, 3])),
            ("none", NamedValue::I64List(vec![])),
            ("part", NamedValue::F32(0.25)),
            ("yes", NamedValue::Bool(true)),
        ]
        .map(|(name, value)| (name.into(), value))
        .into();
        let raw = NamedValue::to_raw(&values);
        // SAFETY: `raw` borrows from `values`, which lives.
        let read = unsafe { NamedValue::read_all(raw.as_ptr(), raw.len()) };
        assert_eq!(read, values);
    }
}
