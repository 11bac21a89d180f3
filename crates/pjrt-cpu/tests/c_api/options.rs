//! Clients: their options, devices and memories.

use crate::harness::{Client, boolean, call, integer, invalid, named, text};
use bering_pjrt_sys as sys;
use std::process::Command;

#[test]
fn a_client_has_as_many_devices_as_asked_for() {
    let client =
        Client::with(&[integer("cpu_device_count", 3), integer("num_threads", 2)]).expect("a client");
    let devices = client.devices();
    assert_eq!(devices.len(), 3);
    for (index, device) in devices.into_iter().enumerate() {
        let description =
            call!(PJRT_Device_GetDescription(PJRT_Device_GetDescription_Args) { device: device })
                .expect("a description")
                .device_description;
        let id = call!(PJRT_DeviceDescription_Id(PJRT_DeviceDescription_Id_Args) {
            device_description: description,
        });
        assert_eq!(id.expect("an id").id, index as i32);
        let found = call!(PJRT_Client_LookupDevice(PJRT_Client_LookupDevice_Args) { client: client.0, id: index as i32 });
        assert_eq!(found.expect("found").device, device);
        let kind = call!(PJRT_DeviceDescription_Kind(PJRT_DeviceDescription_Kind_Args) {
            device_description: description,
        })
        .expect("a kind");
        assert_eq!(text(kind.device_kind, kind.device_kind_size), "cpu");
        let memory = call!(PJRT_Device_DefaultMemory(PJRT_Device_DefaultMemory_Args) { device: device })
            .expect("a memory")
            .memory;
        let of =
            call!(PJRT_Memory_AddressableByDevices(PJRT_Memory_AddressableByDevices_Args) { memory: memory })
                .expect("devices");
        // SAFETY: the memory owns an array of that length.
        assert_eq!(unsafe { std::slice::from_raw_parts(of.devices, of.num_devices) }, [device]);
    }
    let message =
        invalid(call!(PJRT_Client_LookupDevice(PJRT_Client_LookupDevice_Args) { client: client.0, id: 3 }));
    assert!(message.contains("no device has id 3"), "{message}");
}

#[test]
fn the_platform_is_the_cpu() {
    let client = Client::new();
    let name =
        call!(PJRT_Client_PlatformName(PJRT_Client_PlatformName_Args) { client: client.0 }).expect("a name");
    assert_eq!(text(name.platform_name, name.platform_name_size), "cpu");
    let index = call!(PJRT_Client_ProcessIndex(PJRT_Client_ProcessIndex_Args) { client: client.0 });
    assert_eq!(index.expect("an index").process_index, 0);
}

#[test]
fn unknown_options_name_the_known_ones() {
    let message = invalid(Client::with(&[integer("cpu_devices", 2)]));
    for part in ["`cpu_devices`", "cpu_device_count", "num_threads", "asynchronous", "pool_allocator"] {
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn options_out_of_range_or_of_another_type_are_refused() {
    for count in [0, -1, 1 << 20] {
        let message = invalid(Client::with(&[integer("cpu_device_count", count)]));
        assert!(message.contains(&format!("not {count}")), "{message}");
    }
    let message = invalid(Client::with(&[boolean("cpu_device_count", true)]));
    assert!(message.contains("must be an int64, not a bool"), "{message}");
    let mut text = named("asynchronous", sys::PJRT_NamedValue_kString);
    text.__bindgen_anon_1.string_value = c"yes".as_ptr();
    text.value_size = 3;
    let message = invalid(Client::with(&[text]));
    assert!(message.contains("must be a bool, not a string"), "{message}");
}

#[test]
fn default_assignments_are_bounded_by_the_devices() {
    let client = Client::with(&[integer("cpu_device_count", 4)]).expect("a client");
    let mut out = [-1; 4];
    let mut assign = |replicas, partitions, size| {
        call!(PJRT_Client_DefaultDeviceAssignment(PJRT_Client_DefaultDeviceAssignment_Args) {
            client: client.0,
            num_replicas: replicas,
            num_partitions: partitions,
            default_assignment_size: size,
            default_assignment: out.as_mut_ptr(),
        })
    };
    assign(2, 2, 4).expect("fits");
    assert!(invalid(assign(0, 1, 4)).contains("0 replicas"));
    assert!(invalid(assign(3, 2, 6)).contains("4 devices"));
    assert!(invalid(assign(i32::MAX, i32::MAX, 4)).contains("cannot assign"));
    assert!(assign(2, 2, 3).is_err(), "no room for the fourth");
    out.sort_unstable();
    assert_eq!(out, [0, 1, 2, 3]);
}

/// Not a test of its own: what `flags_of_the_environment` runs in a process with other `XLA_FLAGS`.
#[test]
#[allow(clippy::print_stdout)] // how the parent knows that this test ran
fn child_makes_a_client() {
    let Ok(expected) = std::env::var("BERING_TEST_EXPECTED") else { return };
    match Client::with(&[]) {
        Ok(client) => {
            assert_eq!(expected, "ok");
            client.compile(&crate::harness::double()).expect("it compiles");
        }
        Err(failure) => {
            assert_ne!(expected, "ok", "{failure}");
            assert!(failure.message.contains(&expected), "{failure}");
        }
    }
    println!("child was here");
}

#[test]
fn flags_of_the_environment_never_abort() {
    let directory = std::env::temp_dir().join(format!("bering-flags-{}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("a directory");
    let file = directory.join("flags");
    std::fs::write(&file, "--xla_no_such_flag_in_a_file=1").expect("a file");
    let cases = [
        ("--xla_no_such_flag=1", "`--xla_no_such_flag=1`"),
        ("--xla_cpu_enable_fast_math=false --xla_no_such", "`--xla_no_such`"),
        ("--xla_force_host_platform_device_count=many", "not a good value"),
        (file.to_str().expect("utf-8"), "--xla_no_such_flag_in_a_file"),
        ("--xla_cpu_enable_fast_math=true", "ok"),
        ("--xla_dump_hlo_as_text=false --xla_dump_hlo_pass_re='a b'", "ok"),
        ("", "ok"),
    ];
    for (flags, expected) in cases {
        let output = Command::new(std::env::current_exe().expect("this test"))
            .args(["--exact", "options::child_makes_a_client", "--nocapture"])
            .env("XLA_FLAGS", flags)
            .env("BERING_TEST_EXPECTED", expected)
            .output()
            .expect("it runs");
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "XLA_FLAGS={flags}: {}\n{out}\n{err}", output.status);
        assert!(out.contains("child was here"), "XLA_FLAGS={flags}\n{out}\n{err}");
        assert!(err.is_empty(), "XLA_FLAGS={flags} wrote to stderr:\n{err}");
    }
    std::fs::remove_dir_all(&directory).expect("removed");
}

#[test]
fn topologies_exist_without_a_client_and_survive_serialization() {
    let option = integer("cpu_device_count", 2);
    let topology = call!(PJRT_TopologyDescription_Create(PJRT_TopologyDescription_Create_Args) {
        create_options: &option,
        num_options: 1,
    })
    .expect("a topology")
    .topology;
    let bytes = call!(PJRT_TopologyDescription_Serialize(PJRT_TopologyDescription_Serialize_Args) {
        topology: topology,
    })
    .expect("bytes");
    let again = call!(PJRT_TopologyDescription_Deserialize(PJRT_TopologyDescription_Deserialize_Args) {
        serialized_topology: bytes.serialized_bytes,
        serialized_topology_size: bytes.serialized_bytes_size,
    })
    .expect("the same topology")
    .topology;
    // SAFETY: called once, with what the call returned.
    unsafe { bytes.serialized_topology_deleter.expect("a deleter")(bytes.serialized_topology) };
    let client = Client::with(&[option]).expect("a client");
    let of_client =
        call!(PJRT_Client_TopologyDescription(PJRT_Client_TopologyDescription_Args) { client: client.0 })
            .expect("a topology")
            .topology;
    let fingerprint = |topology| {
        call!(PJRT_TopologyDescription_Fingerprint(PJRT_TopologyDescription_Fingerprint_Args) {
            topology: topology,
        })
        .expect("a fingerprint")
        .fingerprint
    };
    assert_eq!(fingerprint(topology), fingerprint(again));
    assert_eq!(fingerprint(topology), fingerprint(of_client));
    let descriptions = call!(PJRT_TopologyDescription_GetDeviceDescriptions(
        PJRT_TopologyDescription_GetDeviceDescriptions_Args
    ) { topology: topology });
    assert_eq!(descriptions.expect("descriptions").num_descriptions, 2);
    let garbage = call!(PJRT_TopologyDescription_Deserialize(PJRT_TopologyDescription_Deserialize_Args) {
        serialized_topology: c"garbage".as_ptr(),
        serialized_topology_size: 7,
    });
    assert!(garbage.is_err());
    let destroy = |topology| call!(PJRT_TopologyDescription_Destroy(PJRT_TopologyDescription_Destroy_Args) { topology: topology });
    destroy(topology).expect("freed");
    destroy(again).expect("freed");
    assert!(invalid(destroy(of_client)).contains("belongs to a client"));
}
