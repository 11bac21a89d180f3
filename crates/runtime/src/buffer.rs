//! Buffers: arrays on a device, their way back to the host, and their end by deletion or donation.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context as TaskContext, Poll};

use crate::client::Client;
use crate::device::{Device, Memory, Placement};
use crate::dtype::{DType, Spec};
use crate::error::{Context, Error, ErrorKind, Result};
use crate::event::{Event, Slot};
use crate::raw::{Element, RawBuffer, RawCopy};

/// An array on a device.
///
/// It owns its device memory, freed when the buffer is dropped and the work that uses it is done. Contents may still be
/// under way; whatever uses them waits. To share a buffer, put it in an `Arc`: nothing here needs `&mut`.
pub struct Buffer {
    raw: RawBuffer,
    spec: Arc<Spec>,
    /// Why the contents are gone, if they are; see [`Gone`].
    gone: AtomicU8,
}

/// Why a buffer has no contents any more.
#[derive(Clone, Copy)]
#[repr(u8)]
enum Gone {
    Deleted = 1,
    Donated = 2,
}

impl Buffer {
    pub(crate) fn new(raw: RawBuffer, spec: Arc<Spec>) -> Buffer {
        Buffer { raw, spec, gone: AtomicU8::new(0) }
    }

    pub(crate) fn raw(&self) -> &RawBuffer {
        &self.raw
    }

    pub(crate) fn shared_spec(&self) -> &Arc<Spec> {
        &self.spec
    }

    /// Element type and dimensions.
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// The element type.
    pub fn dtype(&self) -> DType {
        self.spec.dtype()
    }

    /// The sizes of the dimensions, outermost first.
    pub fn dims(&self) -> &[usize] {
        self.spec.dims()
    }

    /// The client the buffer belongs to.
    pub fn client(&self) -> Client {
        Client::from_handle(self.raw.client())
    }

    /// The device the buffer is on.
    pub fn device(&self) -> Result<Device> {
        let client = self.client();
        let raw = self.raw.device()?;
        Device::find(&client, raw)
            .ok_or_else(|| Error::new(ErrorKind::Internal, "the buffer's device is not among the client's"))
    }

    /// Whether the buffer is on a device: what [`device`](Buffer::device) compares to, for less.
    ///
    /// # Errors
    /// If the plugin does not say.
    pub fn is_on(&self, device: &Device) -> Result<bool> {
        let client = device.client();
        // Nothing to ask where there is one device.
        let ours = Arc::ptr_eq(self.raw.client(), client.handle());
        Ok(ours && (client.info().devices.len() == 1 || self.raw.device()? == device.raw()))
    }

    /// The memory the buffer is in.
    pub fn memory(&self) -> Result<Memory> {
        Memory::read(&self.client(), self.raw.memory()?)
    }

    /// The bytes the buffer takes on its device.
    pub fn size_on_device(&self) -> Result<usize> {
        self.check_live()?;
        self.raw.size_on_device()
    }

    /// The address of the contents in the device's memory.
    ///
    /// Good for comparing: two buffers, or a buffer and the host memory it was made of, share memory if they have the
    /// same one.
    pub fn address(&self) -> Result<usize> {
        self.check_live()?;
        self.raw.address()
    }

    /// Whether the contents are gone, by [`delete`](Buffer::delete) or donation.
    pub fn is_deleted(&self) -> bool {
        self.gone.load(Ordering::Acquire) != 0 || self.raw.is_deleted().unwrap_or(false)
    }

    /// Gives the contents up now; work under way keeps what it needs.
    pub fn delete(&self) -> Result<()> {
        self.gone.store(Gone::Deleted as u8, Ordering::Release);
        self.raw.delete()
    }

    /// Notes that an execution took the contents over.
    pub(crate) fn mark_donated(&self) {
        self.gone.store(Gone::Donated as u8, Ordering::Release);
    }

    /// An error if the contents are known to be gone.
    pub(crate) fn check_live(&self) -> Result<()> {
        match self.gone.load(Ordering::Acquire) {
            0 => Ok(()),
            gone => Err(self.gone_error(gone)),
        }
    }

    #[cold]
    fn gone_error(&self, gone: u8) -> Error {
        let spec = &self.spec;
        if gone == Gone::Donated as u8 {
            return Error::new(
                ErrorKind::FailedPrecondition,
                format!("buffer {spec} was donated to an earlier execution"),
            )
            .with_hint("pass it without donation to keep it, or use the result that took its memory over");
        }
        Error::new(ErrorKind::FailedPrecondition, format!("buffer {spec} was deleted"))
    }

    /// Tells when the contents are there, or why they never will be.
    pub fn ready(&self) -> Result<Event> {
        self.check_live()?;
        Ok(Event::new(self.raw.ready_event()?))
    }

    /// Copies the contents to the host, waiting for them: row-major, whatever the layout on the device.
    ///
    /// # Errors
    /// If `T` is not the element type, the buffer is gone, or the work that makes its contents failed.
    pub fn to_vec<T: Element>(&self) -> Result<Vec<T>> {
        self.read::<T>()?.wait().context(|| self.read_context())
    }

    /// Starts copying the contents to the host; `await` or [`wait`](HostCopy::wait) for them.
    ///
    /// # Errors
    /// As [`to_vec`](Buffer::to_vec); failures of the work that makes the contents come out of the copy.
    pub fn to_vec_async<T: Element>(&self) -> Result<HostCopy<T>> {
        Ok(HostCopy { state: CopyState::Raw(self.read::<T>()?) })
    }

    /// Copies the contents to `values`, waiting for them: row-major, into memory that is there already.
    ///
    /// Fresh memory for a large array costs more than the copy, as the system hands out every page; reuse it.
    ///
    /// # Errors
    /// If the number of values is not that of the buffer; else as [`to_vec`](Buffer::to_vec). What `values` holds after
    /// an error is not specified.
    pub fn copy_to_slice<T: Element>(&self, values: &mut [T]) -> Result<()> {
        self.check_readable::<T>()?;
        if self.spec.elements() != Some(values.len()) {
            return Err(Error::invalid(format!("buffer {} does not fit {} values", self.spec, values.len())));
        }
        self.raw.read_into(self.dims(), values).context(|| self.read_context())
    }

    /// Copies the contents to the host as bytes, row-major; types narrower than a byte take one each.
    ///
    /// # Errors
    /// As [`to_vec`](Buffer::to_vec), for any element type.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        self.check_live()?;
        let count = self.spec.host_bytes()?;
        self.raw.read::<u8>(self.dims(), count).and_then(RawCopy::wait).context(|| self.read_context())
    }

    fn check_readable<T: Element>(&self) -> Result<()> {
        self.check_live()?;
        if T::DTYPE != self.dtype() {
            return Err(Error::invalid(format!("buffer {} cannot be read as `{}`", self.spec, T::DTYPE)));
        }
        Ok(())
    }

    fn read<T: Element>(&self) -> Result<RawCopy<T>> {
        self.check_readable::<T>()?;
        self.spec.host_bytes()?;
        let count = self.spec.elements().unwrap_or(0);
        self.raw.read(self.dims(), count).context(|| self.read_context())
    }

    fn read_context(&self) -> String {
        format!("cannot read buffer {}", self.spec)
    }

    /// Copies the buffer to another device or memory of its client.
    ///
    /// # Errors
    /// If the place belongs to another client or the plugin has no way to it.
    pub fn copy_to(&self, to: impl Into<Placement>) -> Result<Buffer> {
        let to = to.into();
        let context = || format!("cannot copy buffer {} to {to}", self.spec);
        self.check_live().context(context)?;
        let owner = match &to {
            Placement::Device(device) => device.client(),
            Placement::Memory(memory) => memory.client(),
        };
        self.client().check_same(owner, "the destination").context(context)?;
        let raw = self.raw.copy_to(to.raw()).context(context)?;
        Ok(Buffer::new(raw, self.spec.clone()))
    }
}

impl fmt::Debug for Buffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Buffer({})", self.spec)
    }
}

/// A copy to the host under way. Dropping it abandons the result; the copy itself runs to its end.
#[must_use = "the copied values come out of `wait` or `await`"]
pub struct HostCopy<T: Element> {
    state: CopyState<T>,
}

enum CopyState<T: Element> {
    Raw(RawCopy<T>),
    Registered(Arc<Slot<Vec<T>>>),
    Taken,
}

impl<T: Element> HostCopy<T> {
    /// Whether the values are there, or the copy failed.
    pub fn is_ready(&self) -> bool {
        match &self.state {
            CopyState::Raw(copy) => copy.is_ready().unwrap_or(false),
            CopyState::Registered(slot) => slot.is_full(),
            CopyState::Taken => true,
        }
    }

    /// Blocks until the values are there.
    ///
    /// # Errors
    /// What made the copy, or the work before it, fail.
    pub fn wait(self) -> Result<Vec<T>> {
        match self.state {
            CopyState::Raw(copy) => copy.wait(),
            CopyState::Registered(slot) => slot.wait(),
            CopyState::Taken => Err(taken()),
        }
    }
}

fn taken() -> Error {
    Error::new(ErrorKind::FailedPrecondition, "the copied values were already taken")
}

// Nothing in it is pinned: the memory that the plugin writes to is behind a pointer.
impl<T: Element> Unpin for HostCopy<T> {}

impl<T: Element> Future for HostCopy<T> {
    type Output = Result<Vec<T>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Result<Vec<T>>> {
        match std::mem::replace(&mut self.state, CopyState::Taken) {
            CopyState::Raw(copy) => {
                if copy.is_ready().unwrap_or(false) {
                    return Poll::Ready(copy.wait());
                }
                let slot = Arc::new(Slot::default());
                let filled = slot.clone();
                copy.on_ready(move |outcome| filled.fill(outcome));
                self.state = CopyState::Registered(slot);
                self.poll(cx)
            }
            CopyState::Registered(slot) => match slot.poll(cx) {
                Poll::Ready(outcome) => Poll::Ready(outcome),
                Poll::Pending => {
                    self.state = CopyState::Registered(slot);
                    Poll::Pending
                }
            },
            CopyState::Taken => Poll::Ready(Err(taken())),
        }
    }
}
