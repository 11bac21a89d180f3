//! The table itself.

use crate::harness::{Client, api, call, check, failure, invalid, text};
use bering_pjrt_sys as sys;

#[test]
fn every_function_is_there() {
    let api = api();
    assert_eq!(api.struct_size, sys::PJRT_Api_STRUCT_SIZE as usize);
    assert_eq!(api.pjrt_api_version.major_version, sys::PJRT_API_MAJOR as i32);
    assert_eq!(api.pjrt_api_version.minor_version, sys::PJRT_API_MINOR as i32);
    let first = std::mem::offset_of!(sys::PJRT_Api, PJRT_Error_Destroy);
    let count = (api.struct_size - first) / size_of::<usize>();
    assert!(count >= 138, "{count} functions");
    let start = std::ptr::from_ref(api).cast::<u8>().wrapping_add(first).cast::<usize>();
    for index in 0..count {
        // SAFETY: the rest of the table is function pointers, up to its size.
        let pointer = unsafe { *start.add(index) };
        assert_ne!(pointer, 0, "function {index} of {count} is null");
    }
}

#[test]
fn a_struct_that_is_too_small_is_refused() {
    let mut args = sys::PJRT_Client_PlatformName_Args { struct_size: 16, ..Default::default() };
    // SAFETY: the function reads no further than `struct_size` says.
    let error = unsafe { api().PJRT_Client_PlatformName.expect("present")(&mut args) };
    let message = check(error).expect_err("too small").message;
    assert!(message.contains("at least 40 bytes"), "{message}");
    assert!(message.contains("struct_size says 16"), "{message}");
}

#[test]
fn null_arguments_and_null_handles_are_refused() {
    // SAFETY: null is what is tested.
    let error = unsafe { api().PJRT_Client_Devices.expect("present")(std::ptr::null_mut()) };
    assert!(check(error).expect_err("null").message.contains("`args` is null"));
    let message = invalid(call!(
        PJRT_Buffer_IsDeleted(PJRT_Buffer_IsDeleted_Args) {}
    ));
    assert_eq!(message, "`args->buffer` is null");
}

#[test]
fn destroying_null_is_allowed() {
    call!(PJRT_Client_Destroy(PJRT_Client_Destroy_Args) {}).expect("nothing to do");
    call!(PJRT_Buffer_Destroy(PJRT_Buffer_Destroy_Args) {}).expect("nothing to do");
    call!(PJRT_Event_Destroy(PJRT_Event_Destroy_Args) {}).expect("nothing to do");
    call!(PJRT_Executable_Destroy(PJRT_Executable_Destroy_Args) {}).expect("nothing to do");
    call!(PJRT_LoadedExecutable_Destroy(PJRT_LoadedExecutable_Destroy_Args) {}).expect("nothing to do");
    call!(PJRT_TopologyDescription_Destroy(PJRT_TopologyDescription_Destroy_Args) {}).expect("nothing to do");
    call!(PJRT_CopyToDeviceStream_Destroy(PJRT_CopyToDeviceStream_Destroy_Args) {}).expect("nothing to do");
}

#[test]
fn attributes_name_the_stablehlo_versions() {
    let args = call!(PJRT_Plugin_Attributes(PJRT_Plugin_Attributes_Args) {}).expect("attributes");
    // SAFETY: the plugin owns an array of that length.
    let attributes = unsafe { std::slice::from_raw_parts(args.attributes, args.num_attributes) };
    let find = |wanted: &str| {
        let found = attributes.iter().find(|value| text(value.name, value.name_size) == wanted);
        found.unwrap_or_else(|| panic!("no attribute {wanted}"))
    };
    assert_eq!(find("xla_version").type_, sys::PJRT_NamedValue_kInt64);
    let current = find("stablehlo_current_version");
    assert_eq!((current.type_, current.value_size), (sys::PJRT_NamedValue_kInt64List, 3));
    // SAFETY: the type says which member of the union it is, the size how long the list is.
    let version = unsafe { std::slice::from_raw_parts(current.__bindgen_anon_1.int64_array_value, 3) };
    // What the library says of itself when it cannot read a program.
    let message = failure(Client::new().compile("module {")).message;
    let expected = format!("StableHLO v{}.{}.{}", version[0], version[1], version[2]);
    assert!(message.contains(&expected), "not {expected}: {message}");
}
