//! Devices and memories: places for buffers and work.

use std::fmt;

use crate::client::Client;
use crate::error::Result;
use crate::raw::{self, ClientHandle, NamedValue, RawDevice, RawMemory};

/// A device of a client; prints as `cpu:0`.
#[derive(Clone, PartialEq, Eq)]
pub struct Device {
    client: Client,
    index: usize,
}

/// What is asked of a device once.
pub(crate) struct Entry {
    pub(crate) raw: RawDevice,
    id: i32,
    pub(crate) kind: String,
}

impl Entry {
    pub(crate) fn read(handle: &ClientHandle, raw: RawDevice) -> Result<Entry> {
        Ok(Entry { raw, id: handle.device_id(raw)?, kind: handle.device_kind(raw)? })
    }
}

impl Device {
    pub(crate) fn new(client: &Client, index: usize) -> Device {
        Device { client: client.clone(), index }
    }

    /// The device of `client` that is `raw`.
    pub(crate) fn find(client: &Client, raw: RawDevice) -> Option<Device> {
        let index = client.info().devices.iter().position(|entry| entry.raw == raw)?;
        Some(Device::new(client, index))
    }

    fn entry(&self) -> &Entry {
        &self.client.info().devices[self.index]
    }

    pub(crate) fn raw(&self) -> RawDevice {
        self.entry().raw
    }

    /// The client the device belongs to.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Its place in [`Client::devices`].
    pub fn index(&self) -> usize {
        self.index
    }

    /// The plugin's id of the device, unique among those of all processes.
    pub fn id(&self) -> i32 {
        self.entry().id
    }

    /// The vendor's name of this kind of device.
    pub fn kind(&self) -> &str {
        &self.entry().kind
    }

    /// The plugin's own short description.
    pub fn description(&self) -> Result<String> {
        self.client.handle().device_name(self.raw())
    }

    /// What the plugin says of the device.
    pub fn attributes(&self) -> Result<Vec<(String, NamedValue)>> {
        self.client.handle().device_attributes(self.raw())
    }

    /// The memories the device can use.
    pub fn memories(&self) -> Result<Vec<Memory>> {
        let handle = self.client.handle();
        handle.device_memories(self.raw())?.into_iter().map(|raw| Memory::read(&self.client, raw)).collect()
    }

    /// The memory in which the device keeps its data if nothing else is said.
    pub fn default_memory(&self) -> Result<Memory> {
        Memory::read(&self.client, self.client.handle().device_default_memory(self.raw())?)
    }

    /// How much memory is in use, and the peak and limit where the plugin counts them, in bytes.
    ///
    /// # Errors
    /// If the plugin does not count.
    pub fn memory_usage(&self) -> Result<MemoryUsage> {
        let (used, peak, limit) = self.client.handle().device_memory_stats(self.raw())?;
        let positive = |bytes: i64| bytes.max(0) as u64;
        Ok(MemoryUsage { used: positive(used), peak: peak.map(positive), limit: limit.map(positive) })
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.client.platform_name(), self.index)
    }
}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Device({self})")
    }
}

/// Memory use of a device, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MemoryUsage {
    /// In use now.
    pub used: u64,
    /// The most that was in use at once.
    pub peak: Option<u64>,
    /// The most that can be in use.
    pub limit: Option<u64>,
}

/// A memory of a client: a device's own, or one on the host that it can reach.
#[derive(Clone, PartialEq, Eq)]
pub struct Memory {
    client: Client,
    raw: RawMemory,
    id: i32,
    kind: String,
}

impl Memory {
    pub(crate) fn read(client: &Client, raw: RawMemory) -> Result<Memory> {
        let handle = client.handle();
        Ok(Memory { client: client.clone(), raw, id: handle.memory_id(raw)?, kind: handle.memory_kind(raw)? })
    }

    /// The client the memory belongs to.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The plugin's id of the memory.
    pub fn id(&self) -> i32 {
        self.id
    }

    /// The kind, such as `device`, `pinned_host` or `unpinned_host`.
    pub fn kind(&self) -> &str {
        &self.kind
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} memory {}", self.kind, self.id)
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Memory({self})")
    }
}

/// Where a new buffer goes: a device (in its default memory) or a memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placement {
    /// The default memory of a device.
    Device(Device),
    /// A memory.
    Memory(Memory),
}

impl Placement {
    pub(crate) fn raw(&self) -> raw::Placement {
        match self {
            Placement::Device(device) => raw::Placement::Device(device.raw()),
            Placement::Memory(memory) => raw::Placement::Memory(memory.raw),
        }
    }
}

impl fmt::Display for Placement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Placement::Device(device) => write!(f, "`{device}`"),
            Placement::Memory(memory) => write!(f, "{memory}"),
        }
    }
}

macro_rules! placement_from {
    ($($from:ty => $variant:ident, $convert:expr;)*) => {$(
        impl From<$from> for Placement {
            fn from(place: $from) -> Placement {
                Placement::$variant($convert(place))
            }
        }
    )*};
}
placement_from! {
    Device => Device, std::convert::identity;
    &Device => Device, Device::clone;
    Memory => Memory, std::convert::identity;
    &Memory => Memory, Memory::clone;
}
