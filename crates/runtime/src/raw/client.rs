//! Clients, and the devices and memories that live inside them.

use std::ptr::NonNull;
use std::sync::{Arc, OnceLock};

use bering_pjrt_sys::{self as sys, Versioned};

use super::api::{bytes, call, string};
use super::{Api, NamedValue, callback};
use crate::client::Info;
use crate::error::Result;

/// An owned `PJRT_Client`. Everything a client made holds one of these through an `Arc`.
pub(crate) struct ClientHandle {
    pub(super) api: &'static Api,
    pub(super) ptr: NonNull<sys::PJRT_Client>,
    /// Filled during creation, before anybody else sees the handle.
    info: OnceLock<Info>,
}

// SAFETY: xla/pjrt/pjrt_client.h says of the class behind a client: "This class is thread-safe".
unsafe impl Send for ClientHandle {}
// SAFETY: as above.
unsafe impl Sync for ClientHandle {}

/// A device of a client: a pointer that is valid as long as the client.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct RawDevice(pub(super) NonNull<sys::PJRT_Device>);

// SAFETY: devices are part of the client, which is thread-safe; the pointer is only an identity here, and what is asked
// of a device goes through functions that take the client handle too.
unsafe impl Send for RawDevice {}
// SAFETY: as above.
unsafe impl Sync for RawDevice {}

/// A memory of a client: a pointer that is valid as long as the client.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct RawMemory(pub(super) NonNull<sys::PJRT_Memory>);

// SAFETY: as for `RawDevice`.
unsafe impl Send for RawMemory {}
// SAFETY: as for `RawDevice`.
unsafe impl Sync for RawMemory {}

impl ClientHandle {
    /// Creates a client; `describe` asks it for what never changes.
    pub(crate) fn create(
        api: &'static Api,
        options: &[(String, NamedValue)],
        describe: impl FnOnce(&ClientHandle) -> Result<Info>,
    ) -> Result<Arc<ClientHandle>> {
        let raw = NamedValue::to_raw(options);
        let mut args = sys::PJRT_Client_Create_Args::versioned();
        args.create_options = raw.as_ptr();
        args.num_options = raw.len();
        // SAFETY: the options, and what they point to, live to the end of this function.
        unsafe { call!(api, PJRT_Client_Create, &mut args)? };
        let ptr = NonNull::new(args.client).ok_or_else(|| null("PJRT_Client_Create"))?;
        let handle = ClientHandle { api, ptr, info: OnceLock::new() };
        let info = describe(&handle)?;
        let _ = handle.info.set(info);
        Ok(Arc::new(handle))
    }

    /// What [`create`](ClientHandle::create) was told.
    pub(crate) fn info(&self) -> &Info {
        self.info.get().expect("`create` fills the description before it hands the client out")
    }

    pub(crate) fn platform_name(&self) -> Result<String> {
        let mut args = sys::PJRT_Client_PlatformName_Args::versioned();
        args.client = self.ptr.as_ptr();
        // SAFETY: the client is live; the name has its lifetime and is copied.
        unsafe {
            call!(self.api, PJRT_Client_PlatformName, &mut args)?;
            Ok(string(args.platform_name, args.platform_name_size))
        }
    }

    pub(crate) fn platform_version(&self) -> Result<String> {
        let mut args = sys::PJRT_Client_PlatformVersion_Args::versioned();
        args.client = self.ptr.as_ptr();
        // SAFETY: the client is live; the text has its lifetime and is copied.
        unsafe {
            call!(self.api, PJRT_Client_PlatformVersion, &mut args)?;
            Ok(string(args.platform_version, args.platform_version_size))
        }
    }

    /// The devices this process can give work to.
    pub(crate) fn addressable_devices(&self) -> Result<Vec<RawDevice>> {
        let mut args = sys::PJRT_Client_AddressableDevices_Args::versioned();
        args.client = self.ptr.as_ptr();
        // SAFETY: the client is live and owns the list, which is copied.
        unsafe {
            call!(self.api, PJRT_Client_AddressableDevices, &mut args)?;
            Ok(list(args.addressable_devices, args.num_addressable_devices).map(RawDevice).collect())
        }
    }

    /// The topology, serialized: for cache keys only.
    pub(crate) fn topology(&self) -> Result<Vec<u8>> {
        let mut args = sys::PJRT_Client_TopologyDescription_Args::versioned();
        args.client = self.ptr.as_ptr();
        // SAFETY: the client is live and keeps the topology.
        unsafe { call!(self.api, PJRT_Client_TopologyDescription, &mut args)? };
        let mut serialize = sys::PJRT_TopologyDescription_Serialize_Args::versioned();
        serialize.topology = args.topology;
        // SAFETY: the topology is live; the bytes live until the deleter is called, which is once and after the copy.
        unsafe {
            call!(self.api, PJRT_TopologyDescription_Serialize, &mut serialize)?;
            let copy = bytes(serialize.serialized_bytes, serialize.serialized_bytes_size).to_vec();
            if let Some(delete) = serialize.serialized_topology_deleter {
                delete(serialize.serialized_topology);
            }
            Ok(copy)
        }
    }

    fn description(&self, device: RawDevice) -> Result<*mut sys::PJRT_DeviceDescription> {
        let mut args = sys::PJRT_Device_GetDescription_Args::versioned();
        args.device = device.0.as_ptr();
        // SAFETY: the device belongs to this live client.
        unsafe { call!(self.api, PJRT_Device_GetDescription, &mut args)? };
        Ok(args.device_description)
    }

    pub(crate) fn device_id(&self, device: RawDevice) -> Result<i32> {
        let mut args = sys::PJRT_DeviceDescription_Id_Args::versioned();
        args.device_description = self.description(device)?;
        // SAFETY: the description has the lifetime of the device.
        unsafe { call!(self.api, PJRT_DeviceDescription_Id, &mut args)? };
        Ok(args.id)
    }

    pub(crate) fn device_kind(&self, device: RawDevice) -> Result<String> {
        let mut args = sys::PJRT_DeviceDescription_Kind_Args::versioned();
        args.device_description = self.description(device)?;
        // SAFETY: the description has the lifetime of the device, the text that of the description; it is copied.
        unsafe {
            call!(self.api, PJRT_DeviceDescription_Kind, &mut args)?;
            Ok(string(args.device_kind, args.device_kind_size))
        }
    }

    pub(crate) fn device_name(&self, device: RawDevice) -> Result<String> {
        let mut args = sys::PJRT_DeviceDescription_ToString_Args::versioned();
        args.device_description = self.description(device)?;
        // SAFETY: as for the kind.
        unsafe {
            call!(self.api, PJRT_DeviceDescription_ToString, &mut args)?;
            Ok(string(args.to_string, args.to_string_size))
        }
    }

    pub(crate) fn device_attributes(&self, device: RawDevice) -> Result<Vec<(String, NamedValue)>> {
        let mut args = sys::PJRT_DeviceDescription_Attributes_Args::versioned();
        args.device_description = self.description(device)?;
        // SAFETY: the attributes have the lifetime of the description and are copied.
        unsafe {
            call!(self.api, PJRT_DeviceDescription_Attributes, &mut args)?;
            Ok(NamedValue::read_all(args.attributes, args.num_attributes))
        }
    }

    /// Bytes in use on the device, and their peak and limit where the plugin counts them.
    pub(crate) fn device_memory_stats(&self, device: RawDevice) -> Result<(i64, Option<i64>, Option<i64>)> {
        let mut args = sys::PJRT_Device_MemoryStats_Args::versioned();
        args.device = device.0.as_ptr();
        // SAFETY: the device belongs to this live client.
        unsafe { call!(self.api, PJRT_Device_MemoryStats, &mut args)? };
        let peak = args.peak_bytes_in_use_is_set.then_some(args.peak_bytes_in_use);
        let limit = args.bytes_limit_is_set.then_some(args.bytes_limit);
        Ok((args.bytes_in_use, peak, limit))
    }

    pub(crate) fn device_memories(&self, device: RawDevice) -> Result<Vec<RawMemory>> {
        let mut args = sys::PJRT_Device_AddressableMemories_Args::versioned();
        args.device = device.0.as_ptr();
        // SAFETY: the device belongs to this live client and keeps the list, which is copied.
        unsafe {
            call!(self.api, PJRT_Device_AddressableMemories, &mut args)?;
            Ok(list(args.memories, args.num_memories).map(RawMemory).collect())
        }
    }

    pub(crate) fn device_default_memory(&self, device: RawDevice) -> Result<RawMemory> {
        let mut args = sys::PJRT_Device_DefaultMemory_Args::versioned();
        args.device = device.0.as_ptr();
        // SAFETY: the device belongs to this live client.
        unsafe { call!(self.api, PJRT_Device_DefaultMemory, &mut args)? };
        NonNull::new(args.memory).map(RawMemory).ok_or_else(|| null("PJRT_Device_DefaultMemory"))
    }

    pub(crate) fn memory_id(&self, memory: RawMemory) -> Result<i32> {
        let mut args = sys::PJRT_Memory_Id_Args::versioned();
        args.memory = memory.0.as_ptr();
        // SAFETY: the memory belongs to this live client.
        unsafe { call!(self.api, PJRT_Memory_Id, &mut args)? };
        Ok(args.id)
    }

    pub(crate) fn memory_kind(&self, memory: RawMemory) -> Result<String> {
        let mut args = sys::PJRT_Memory_Kind_Args::versioned();
        args.memory = memory.0.as_ptr();
        // SAFETY: the memory belongs to this live client; the text has its lifetime and is copied.
        unsafe {
            call!(self.api, PJRT_Memory_Kind, &mut args)?;
            Ok(string(args.kind, args.kind_size))
        }
    }
}

/// The non-null pointers of a list that the plugin owns.
///
/// # Safety
/// `data` points to `size` pointers (or `size` is 0), for as long as the iterator is used.
pub(super) unsafe fn list<T: 'static>(data: *const *mut T, size: usize) -> impl Iterator<Item = NonNull<T>> {
    let pointers: &[*mut T] = if data.is_null() || size == 0 {
        &[]
    } else {
        // SAFETY: the caller's promise.
        unsafe { std::slice::from_raw_parts(data, size) }
    };
    pointers.iter().filter_map(|&pointer| NonNull::new(pointer))
}

/// The error for a plugin that reports success and hands out nothing.
#[cold]
pub(super) fn null(function: &str) -> crate::Error {
    crate::Error::new(crate::ErrorKind::Internal, format!("`{function}` succeeded and returned null"))
}

impl Drop for ClientHandle {
    fn drop(&mut self) {
        let (api, ptr) = (self.api, Destroyed(self.ptr));
        if callback::active() {
            // This thread belongs to the client, whose destruction joins it: somebody else has to do it.
            let spawned =
                std::thread::Builder::new().name("pjrt-client-drop".into()).spawn(move || ptr.destroy(api));
            // Without a thread the client leaks, which is better than waiting for oneself for ever.
            drop(spawned);
        } else {
            ptr.destroy(api);
        }
    }
}

/// A client on its way out.
struct Destroyed(NonNull<sys::PJRT_Client>);

// SAFETY: as for `ClientHandle`.
unsafe impl Send for Destroyed {}

impl Destroyed {
    fn destroy(self, api: &'static Api) {
        let mut args = sys::PJRT_Client_Destroy_Args::versioned();
        args.client = self.0.as_ptr();
        // SAFETY: the last handle is gone, and with it everything the client made.
        let _ = unsafe { call!(api, PJRT_Client_Destroy, &mut args) };
    }
}
