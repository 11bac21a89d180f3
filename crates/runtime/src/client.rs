//! Clients: a plugin's devices opened for work, and what is made on them.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use crate::buffer::Buffer;
use crate::device::{Device, Entry, Memory, Placement};
use crate::dtype::{DType, Spec};
use crate::error::{Context, Error, ErrorKind, Result};
use crate::executable::{Executable, Origin};
use crate::host::HostView;
use crate::options::{ClientOptions, CompileOptions};
use crate::plugin::Plugin;
use crate::program::Program;
use crate::raw::{self, ClientHandle, Element, RawBuffer, RawExecutable};
use crate::toolkit;

/// The devices of a plugin, opened for this process.
///
/// A cheap handle: clones are the same client, which ends when the last clone and the last thing made by it are gone.
#[derive(Clone)]
pub struct Client {
    handle: Arc<ClientHandle>,
}

/// What is asked of a client once, at its creation.
pub(crate) struct Info {
    pub(crate) plugin: Plugin,
    pub(crate) options: ClientOptions,
    pub(crate) platform: String,
    pub(crate) version: String,
    pub(crate) devices: Vec<Entry>,
    /// A hash of all that programs compiled here depend on; computed late, as only caches need it.
    pub(crate) place: OnceLock<[u8; 32]>,
}

impl Client {
    pub(crate) fn create(plugin: Plugin, options: &ClientOptions) -> Result<Client> {
        let context = || format!("cannot create a client of `{}`", plugin.path().display());
        let handle = ClientHandle::create(plugin.api(), options.values(), |handle| {
            let devices = handle.addressable_devices()?;
            if devices.is_empty() {
                return Err(Error::new(ErrorKind::NotFound, "the plugin has no device"));
            }
            Ok(Info {
                plugin,
                options: options.clone(),
                platform: handle.platform_name()?,
                version: handle.platform_version()?,
                devices: devices.into_iter().map(|raw| Entry::read(handle, raw)).collect::<Result<_>>()?,
                place: OnceLock::new(),
            })
        })
        .context(context)?;
        Ok(Client { handle })
    }

    pub(crate) fn from_handle(handle: &Arc<ClientHandle>) -> Client {
        Client { handle: handle.clone() }
    }

    pub(crate) fn handle(&self) -> &Arc<ClientHandle> {
        &self.handle
    }

    pub(crate) fn info(&self) -> &Info {
        self.handle.info()
    }

    /// The plugin behind the client.
    pub fn plugin(&self) -> Plugin {
        self.info().plugin
    }

    /// The platform's name: `cpu`, `cuda`, `tpu`.
    pub fn platform_name(&self) -> &str {
        &self.info().platform
    }

    /// What the platform says of its version, for people.
    pub fn platform_version(&self) -> &str {
        &self.info().version
    }

    /// The devices this process can use, in the plugin's order.
    pub fn devices(&self) -> impl ExactSizeIterator<Item = Device> + '_ {
        (0..self.info().devices.len()).map(|index| Device::new(self, index))
    }

    /// The device at `index` of [`devices`](Client::devices).
    ///
    /// # Errors
    /// If there are not that many; the message lists what is there.
    pub fn device(&self, index: usize) -> Result<Device> {
        let count = self.info().devices.len();
        if index < count {
            return Ok(Device::new(self, index));
        }
        let known: Vec<_> = self.devices().map(|device| format!("`{device}`")).collect();
        Err(Error::new(
            ErrorKind::NotFound,
            format!("no device `{}:{index}`; the client has {}", self.platform_name(), known.join(", ")),
        ))
    }

    /// The first device: where things go if nothing else is said.
    pub fn default_device(&self) -> Device {
        Device::new(self, 0)
    }

    /// Copies a host array to a new buffer; the host memory is free again when this returns.
    ///
    /// # Errors
    /// If the device has no room or does not take the type, or belongs to another client.
    pub fn buffer(&self, view: &HostView<'_>, to: impl Into<Placement>) -> Result<Buffer> {
        let to = to.into();
        let raw = self
            .placement(&to)
            .and_then(|to| RawBuffer::copy_from(&self.handle, view, to))
            .context(|| format!("cannot copy {} to {to}", view.spec()))?;
        Ok(Buffer::new(raw, Arc::new(view.spec().clone())))
    }

    /// Copies a slice to a new buffer on the first device.
    ///
    /// # Errors
    /// If the number of values is not that of the dimensions; else as [`buffer`](Client::buffer).
    pub fn buffer_from_slice<T: Element>(&self, values: &[T], dims: impl AsRef<[usize]>) -> Result<Buffer> {
        self.buffer(&HostView::of(values, dims)?, self.default_device())
    }

    /// Makes a buffer of bytes that `owner` lends for as long as the device uses them: without a copy where possible.
    ///
    /// The array is dense and row-major, in `range` of the owner's bytes. A CPU device uses memory in place if its
    /// address is a multiple of 64 (compare [`Buffer::address`]) and copies it otherwise; other devices transfer it in
    /// the background. Our count of `owner` goes when the plugin is done: after that transfer, or with the buffer.
    ///
    /// The buffer is never written to: donating it makes the program copy.
    ///
    /// # Errors
    /// If `range` lies outside the bytes or is not as long as the array; else as [`buffer`](Client::buffer).
    pub fn buffer_from_shared<O: AsRef<[u8]> + Send + Sync + 'static>(
        &self,
        owner: Arc<O>,
        range: Range<usize>,
        dtype: DType,
        dims: impl AsRef<[usize]>,
        to: impl Into<Placement>,
    ) -> Result<Buffer> {
        let to = to.into();
        let spec = Arc::new(Spec::new(dtype, dims));
        let raw = self
            .placement(&to)
            .and_then(|to| RawBuffer::share(&self.handle, owner, range, &spec, to))
            .context(|| format!("cannot share {spec} with {to}"))?;
        Ok(Buffer::new(raw, spec))
    }

    /// Makes a buffer of a vector, which it takes over: without a copy where possible, as
    /// [`buffer_from_shared`](Client::buffer_from_shared).
    ///
    /// # Errors
    /// If the number of values is not that of the dimensions; else as [`buffer`](Client::buffer).
    pub fn buffer_from_vec<T: Element>(
        &self,
        values: Vec<T>,
        dims: impl AsRef<[usize]>,
        to: impl Into<Placement>,
    ) -> Result<Buffer> {
        let range = 0..size_of_val(values.as_slice());
        self.buffer_from_shared(Arc::new(Values(values)), range, T::DTYPE, dims, to)
    }

    fn placement(&self, to: &Placement) -> Result<raw::Placement> {
        let owner = match to {
            Placement::Device(device) => device.client(),
            Placement::Memory(memory) => memory.client(),
        };
        self.check_same(owner, "the device")?;
        Ok(to.raw())
    }

    /// An error unless `other` is this client.
    pub(crate) fn check_same(&self, other: &Client, what: &str) -> Result<()> {
        if Arc::ptr_eq(&self.handle, &other.handle) {
            return Ok(());
        }
        Err(Error::invalid(format!("{what} belongs to another client")))
    }

    /// Compiles a program.
    ///
    /// With `BERING_DUMP=dir` in the environment the module is written to that directory before, and XLA writes what it
    /// makes of it beside.
    ///
    /// # Errors
    /// If the options contradict themselves, or the plugin does not accept the program.
    pub fn compile<'a>(
        &self,
        program: impl Into<Program<'a>>,
        options: &CompileOptions,
    ) -> Result<Executable> {
        let program = program.into();
        let options = toolkit::prepare(self.plugin(), &crate::dump::prepare(&program, options));
        let raw = options
            .encode()
            .and_then(|options| {
                RawExecutable::compile(&self.handle, program.code(), program.format(), &options)
            })
            .map_err(|error| self.compile_error(error))?;
        Executable::new(raw, Origin::Compiled, None)
    }

    fn compile_error(&self, error: Error) -> Error {
        let (major, minor) = self.plugin().api_version();
        let dumped = crate::dump::directory().is_some();
        let error = error
            .with_context(format!("compile failed on `{}` (PJRT {major}.{minor})", self.platform_name()));
        if dumped || !error.is_from_plugin() {
            return error;
        }
        error.with_hint(format!("`{}=dir` writes the module and XLA's dump", crate::dump::VARIABLE))
    }

    /// Loads what [`Executable::serialize`] gave.
    ///
    /// The bytes must come from the same plugin in the same version, on a machine with the same features, and be whole:
    /// plugins trust them. [`CompileCache`](crate::CompileCache) checks all of that.
    ///
    /// # Errors
    /// If the plugin does not accept the bytes.
    pub fn deserialize(&self, serialized: &[u8]) -> Result<Executable> {
        let raw = RawExecutable::deserialize(&self.handle, serialized)
            .context(|| format!("cannot load a serialized executable on `{}`", self.platform_name()))?;
        Executable::new(raw, Origin::Deserialized, None)
    }

    /// The memories this process can put buffers in.
    pub fn memories(&self) -> Result<Vec<Memory>> {
        let mut memories: Vec<Memory> = Vec::new();
        for device in self.devices() {
            for memory in device.memories()? {
                if !memories.contains(&memory) {
                    memories.push(memory);
                }
            }
        }
        Ok(memories)
    }
}

/// A vector seen as its bytes.
struct Values<T>(Vec<T>);

impl<T: Element> AsRef<[u8]> for Values<T> {
    fn as_ref(&self) -> &[u8] {
        raw::bytes_of(&self.0)
    }
}

impl PartialEq for Client {
    fn eq(&self, other: &Client) -> bool {
        Arc::ptr_eq(&self.handle, &other.handle)
    }
}

impl Eq for Client {}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let info = self.info();
        f.debug_struct("Client")
            .field("platform", &info.platform)
            .field("devices", &info.devices.len())
            .finish()
    }
}
