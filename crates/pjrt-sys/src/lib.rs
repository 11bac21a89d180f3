//! Raw bindings of the PJRT C API (with those of its extensions that are C), of the profiler interface that plugins
//! carry, and of XLA's FFI C API, made by bindgen at build time from the headers in the prefix.
//!
//! Nothing here is linked: a plugin is opened at run time and hands out one table of functions, [`PJRT_Api`]. Names and
//! meaning are those of `pjrt_c_api.h`; the safe interface is `bering-runtime`.

#![allow(missing_docs, non_camel_case_types, non_snake_case, non_upper_case_globals)]
#![allow(clippy::all, clippy::undocumented_unsafe_blocks)]

include!(concat!(env!("OUT_DIR"), "/bindings.rs"));

/// A struct that starts with PJRT's `struct_size` field, by which caller and plugin learn how much the other one knows.
pub trait Versioned: Default {
    /// The size the C header gives the struct: up to the end of its last field, without trailing padding.
    ///
    /// Passing `size_of` instead would claim fields that a later version of the header places into the padding.
    const STRUCT_SIZE: usize;

    /// Writes the `struct_size` field.
    fn set_struct_size(&mut self, size: usize);

    /// All zero but for `struct_size`.
    fn versioned() -> Self {
        let mut value = Self::default();
        value.set_struct_size(Self::STRUCT_SIZE);
        value
    }
}

include!(concat!(env!("OUT_DIR"), "/versioned.rs"));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn struct_size_ends_with_the_last_field() {
        // `is_ready` is a bool at the end: the padding after it is not part of what the header declares.
        let args = PJRT_Event_IsReady_Args::versioned();
        let end = std::mem::offset_of!(PJRT_Event_IsReady_Args, is_ready) + 1;
        assert_eq!(args.struct_size, end);
        assert!(args.struct_size < size_of::<PJRT_Event_IsReady_Args>());
    }

    #[test]
    fn the_table_ends_where_the_header_says() {
        assert_eq!(size_of::<PJRT_Api>(), PJRT_Api_STRUCT_SIZE as usize);
        assert_eq!(PJRT_API_MAJOR, 0);
    }

    #[test]
    fn extensions_and_ffi_are_bound() {
        assert_eq!(PJRT_FFI_Extension_STRUCT_SIZE as usize, size_of::<PJRT_FFI_Extension>());
        assert_eq!(PJRT_Layouts_Extension_STRUCT_SIZE as usize, size_of::<PJRT_Layouts_Extension>());
        assert_eq!(XLA_FFI_CallFrame::versioned().struct_size, XLA_FFI_CallFrame_STRUCT_SIZE as usize);
        assert_eq!(PLUGIN_Profiler_Api_STRUCT_SIZE as usize, size_of::<PLUGIN_Profiler_Api>());
    }
}
