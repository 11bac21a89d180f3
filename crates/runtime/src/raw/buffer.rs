//! Buffers: device arrays, made from host memory and copied back to it.

use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::ops::Range;
use std::ptr::NonNull;
use std::sync::Arc;

use bering_pjrt_sys::{self as sys, Versioned};
use smallvec::SmallVec;

use super::api::call;
use super::client::null;
use super::{ClientHandle, Element, RawDevice, RawEvent, RawMemory};
use crate::dtype::{DType, Spec};
use crate::error::{Error, ErrorKind, Result};
use crate::host::HostView;

/// An owned `PJRT_Buffer`.
pub(crate) struct RawBuffer {
    pub(super) ptr: NonNull<sys::PJRT_Buffer>,
    client: Arc<ClientHandle>,
}

// SAFETY: buffers may be used, copied, deleted and destroyed from any thread: `xla::PjRtBuffer` synchronises inside (its
// uses are counted holds), and pjrt_c_api.h names no thread for any of its calls.
unsafe impl Send for RawBuffer {}
// SAFETY: as above; a deletion or donation on one thread makes uses on others fail, which is an error and no race.
unsafe impl Sync for RawBuffer {}

/// Where a new buffer goes.
#[derive(Clone, Copy)]
pub(crate) enum Placement {
    Device(RawDevice),
    Memory(RawMemory),
}

/// Dimensions in C's type, on the stack for ordinary ranks.
type Dims = SmallVec<[i64; 8]>;

/// Dimensions as PJRT's `int64_t`; those that do not fit are an error of the caller.
fn to_i64(dims: &[usize]) -> Result<Dims> {
    dims.iter()
        .map(|&dim| {
            i64::try_from(dim).map_err(|_| Error::invalid(format!("dimension {dim} does not fit in 64 bits")))
        })
        .collect()
}

/// A dense layout by its minor-to-major order. It borrows `order`.
fn tiled(order: &[i64]) -> sys::PJRT_Buffer_MemoryLayout {
    let mut tiled = sys::PJRT_Buffer_MemoryLayout_Tiled::versioned();
    tiled.minor_to_major = order.as_ptr();
    tiled.minor_to_major_size = order.len();
    let mut layout = sys::PJRT_Buffer_MemoryLayout::versioned();
    layout.type_ = sys::PJRT_Buffer_MemoryLayout_Type_Tiled;
    layout.__bindgen_anon_1.tiled = tiled;
    layout
}

impl RawBuffer {
    /// # Safety
    /// `ptr` is a buffer of `client`, handed over by its plugin.
    pub(super) unsafe fn new(client: &Arc<ClientHandle>, ptr: NonNull<sys::PJRT_Buffer>) -> RawBuffer {
        RawBuffer { ptr, client: client.clone() }
    }

    pub(crate) fn client(&self) -> &Arc<ClientHandle> {
        &self.client
    }

    /// Copies `view` to a new buffer, during this call.
    pub(crate) fn copy_from(
        client: &Arc<ClientHandle>,
        view: &HostView<'_>,
        to: Placement,
    ) -> Result<RawBuffer> {
        let semantics = sys::PJRT_HostBufferSemantics_kImmutableOnlyDuringCall;
        // SAFETY: with these semantics the plugin reads the memory during the call only, and `view` borrows it.
        let (buffer, _done) = unsafe { RawBuffer::from_host(client, view, to, semantics)? };
        Ok(buffer)
    }

    /// Makes a dense array of the bytes in `range` of what `owner` lends, without copying where the device can use them
    /// in place.
    ///
    /// `owner` is dropped when the plugin says that it is done with the memory: after the
    /// transfer, or with the buffer.
    pub(crate) fn share<O: AsRef<[u8]> + Send + Sync + 'static>(
        client: &Arc<ClientHandle>,
        owner: Arc<O>,
        range: Range<usize>,
        spec: &Spec,
        to: Placement,
    ) -> Result<RawBuffer> {
        let semantics = sys::PJRT_HostBufferSemantics_kImmutableZeroCopy;
        let (buffer, done) = {
            let lent = (*owner).as_ref();
            let bytes = lent.get(range.clone()).ok_or_else(|| {
                let text = format!("bytes {range:?} lie outside of the owner's {}", lent.len());
                Error::new(ErrorKind::OutOfRange, text)
            })?;
            let view = HostView::from_bytes(spec.dtype(), spec.dims(), bytes)?;
            // SAFETY: the view borrows from what the `Arc` owns. That does not move, and nobody gets `&mut` to it as
            // long as our count of it lives, so the bytes stay valid and unchanged as under a borrow that lasts as
            // long. The count is held by the callback below until the event that pjrt_c_api.h defines as "safe to free
            // `data`", or for ever.
            unsafe { RawBuffer::from_host(client, &view, to, semantics)? }
        };
        match done {
            Some(done) => done.on_ready(Box::new(move |_| drop(owner))),
            // Without an event nothing says when the plugin is done, so the memory is never given back.
            None => std::mem::forget(owner),
        }
        Ok(buffer)
    }

    /// # Safety
    /// `view`'s memory must stay valid and unchanged for as long as `semantics` lets the plugin use it.
    unsafe fn from_host(
        client: &Arc<ClientHandle>,
        view: &HostView<'_>,
        to: Placement,
        semantics: sys::PJRT_HostBufferSemantics,
    ) -> Result<(RawBuffer, Option<RawEvent>)> {
        let dims = to_i64(view.dims())?;
        let order = view.device_order().map(|order| order.iter().map(|&axis| axis as i64).collect::<Dims>());
        let mut layout = order.as_deref().map(tiled);
        let mut args = sys::PJRT_Client_BufferFromHostBuffer_Args::versioned();
        args.client = client.ptr.as_ptr();
        args.data = view.first().cast();
        args.type_ = view.dtype().to_raw();
        args.dims = dims.as_ptr();
        args.num_dims = dims.len();
        if let Some(strides) = view.byte_strides() {
            args.byte_strides = strides.as_ptr();
            args.num_byte_strides = strides.len();
        }
        args.host_buffer_semantics = semantics;
        match to {
            Placement::Device(device) => args.device = device.0.as_ptr(),
            Placement::Memory(memory) => args.memory = memory.0.as_ptr(),
        }
        args.device_layout = layout.as_mut().map_or(std::ptr::null_mut(), |layout| layout);
        // SAFETY: dims, strides and layout live to the end of this function; `HostView` has checked that they stay
        // within its memory, whose lifetime is the caller's promise; device and memory are this client's, and it lives.
        unsafe { call!(client.api, PJRT_Client_BufferFromHostBuffer, &mut args)? };
        let event = NonNull::new(args.done_with_host_buffer);
        // SAFETY: the plugin hands over the event and the buffer, both of this client.
        let event = event.map(|event| unsafe { RawEvent::new(client, event) });
        let buffer = NonNull::new(args.buffer).ok_or_else(|| null("PJRT_Client_BufferFromHostBuffer"))?;
        // SAFETY: as above.
        Ok((unsafe { RawBuffer::new(client, buffer) }, event))
    }

    pub(crate) fn device(&self) -> Result<RawDevice> {
        let mut args = sys::PJRT_Buffer_Device_Args::versioned();
        args.buffer = self.ptr.as_ptr();
        // SAFETY: the buffer is live.
        unsafe { call!(self.client.api, PJRT_Buffer_Device, &mut args)? };
        NonNull::new(args.device).map(RawDevice).ok_or_else(|| null("PJRT_Buffer_Device"))
    }

    pub(crate) fn memory(&self) -> Result<RawMemory> {
        let mut args = sys::PJRT_Buffer_Memory_Args::versioned();
        args.buffer = self.ptr.as_ptr();
        // SAFETY: the buffer is live.
        unsafe { call!(self.client.api, PJRT_Buffer_Memory, &mut args)? };
        NonNull::new(args.memory).map(RawMemory).ok_or_else(|| null("PJRT_Buffer_Memory"))
    }

    pub(crate) fn size_on_device(&self) -> Result<usize> {
        let mut args = sys::PJRT_Buffer_OnDeviceSizeInBytes_Args::versioned();
        args.buffer = self.ptr.as_ptr();
        // SAFETY: the buffer is live.
        unsafe { call!(self.client.api, PJRT_Buffer_OnDeviceSizeInBytes, &mut args)? };
        Ok(args.on_device_size_in_bytes)
    }

    pub(crate) fn address(&self) -> Result<usize> {
        let mut args = sys::PJRT_Buffer_UnsafePointer_Args::versioned();
        args.buffer = self.ptr.as_ptr();
        // SAFETY: the buffer is live; the address is only a number until somebody unsafely uses it.
        unsafe { call!(self.client.api, PJRT_Buffer_UnsafePointer, &mut args)? };
        Ok(args.buffer_pointer)
    }

    pub(crate) fn is_deleted(&self) -> Result<bool> {
        let mut args = sys::PJRT_Buffer_IsDeleted_Args::versioned();
        args.buffer = self.ptr.as_ptr();
        // SAFETY: the buffer object is live, whether its contents are or not.
        unsafe { call!(self.client.api, PJRT_Buffer_IsDeleted, &mut args)? };
        Ok(args.is_deleted)
    }

    /// Gives up the contents; the object stays and says that it is deleted.
    pub(crate) fn delete(&self) -> Result<()> {
        let mut args = sys::PJRT_Buffer_Delete_Args::versioned();
        args.buffer = self.ptr.as_ptr();
        // SAFETY: the buffer object is live; running work keeps the memory until it is done (pjrt_c_api.h).
        unsafe { call!(self.client.api, PJRT_Buffer_Delete, &mut args) }
    }

    pub(crate) fn ready_event(&self) -> Result<RawEvent> {
        let mut args = sys::PJRT_Buffer_ReadyEvent_Args::versioned();
        args.buffer = self.ptr.as_ptr();
        // SAFETY: the buffer is live.
        unsafe { call!(self.client.api, PJRT_Buffer_ReadyEvent, &mut args)? };
        let event = NonNull::new(args.event).ok_or_else(|| null("PJRT_Buffer_ReadyEvent"))?;
        // SAFETY: the plugin hands over the event.
        Ok(unsafe { RawEvent::new(&self.client, event) })
    }

    pub(crate) fn copy_to(&self, to: Placement) -> Result<RawBuffer> {
        let copy = match to {
            Placement::Device(device) => {
                let mut args = sys::PJRT_Buffer_CopyToDevice_Args::versioned();
                args.buffer = self.ptr.as_ptr();
                args.dst_device = device.0.as_ptr();
                // SAFETY: the buffer is live; the device is of the same client (checked by `Buffer::copy_to`).
                unsafe { call!(self.client.api, PJRT_Buffer_CopyToDevice, &mut args)? };
                args.dst_buffer
            }
            Placement::Memory(memory) => {
                let mut args = sys::PJRT_Buffer_CopyToMemory_Args::versioned();
                args.buffer = self.ptr.as_ptr();
                args.dst_memory = memory.0.as_ptr();
                // SAFETY: as above.
                unsafe { call!(self.client.api, PJRT_Buffer_CopyToMemory, &mut args)? };
                args.dst_buffer
            }
        };
        let copy = NonNull::new(copy).ok_or_else(|| null("PJRT_Buffer_CopyToDevice"))?;
        // SAFETY: the plugin hands over the copy.
        Ok(unsafe { RawBuffer::new(&self.client, copy) })
    }

    /// Starts copying `count` elements to the host, in row-major order.
    ///
    /// `dims` are the buffer's, `count` their product, and `T` has the size of its elements on the host.
    pub(crate) fn read<T: Element>(&self, dims: &[usize], count: usize) -> Result<RawCopy<T>> {
        let mut memory: Vec<MaybeUninit<T::Raw>> = Vec::with_capacity(count);
        // SAFETY: `MaybeUninit` needs no initialisation, and the capacity is there.
        unsafe { memory.set_len(count) };
        let bytes = size_of_val(memory.as_slice());
        // SAFETY: `RawCopy` keeps the memory until the event.
        let event = unsafe { self.start_read(dims, memory.as_mut_ptr().cast(), bytes)? };
        Ok(RawCopy { memory, event })
    }

    /// Copies `out.len()` elements to `out`, in row-major order, waiting for them. The demands are those of `read`.
    pub(crate) fn read_into<T: Element>(&self, dims: &[usize], out: &mut [T]) -> Result<()> {
        if T::DTYPE == DType::Bool {
            // Only checked bytes may become truth values.
            out.copy_from_slice(&self.read::<T>(dims, out.len())?.wait()?);
            return Ok(());
        }
        // SAFETY: `out` is borrowed until this function has waited for the event; what is written is `T::Raw`, which is
        // `T` for every type but `bool`.
        let event = unsafe { self.start_read(dims, out.as_mut_ptr().cast(), size_of_val(out))? };
        event.map_or(Ok(()), |event| event.wait())
    }

    /// # Safety
    /// `dst` must have room for `bytes` bytes until the returned event is ready.
    unsafe fn start_read(&self, dims: &[usize], dst: *mut c_void, bytes: usize) -> Result<Option<RawEvent>> {
        let order: Dims = (0..dims.len() as i64).rev().collect();
        let mut layout = tiled(&order);
        let mut args = sys::PJRT_Buffer_ToHostBuffer_Args::versioned();
        args.src = self.ptr.as_ptr();
        // The layout is spelt out: without it the plugin would keep that of the device, which need not be row-major.
        args.host_layout = &mut layout;
        // A null `dst` asks for the size, but even that of an empty slice or vector is not null.
        args.dst = dst;
        args.dst_size = bytes;
        // SAFETY: the buffer is live; the layout lives through the call; the plugin checks `dst_size` against what it
        // needs, and the memory stays until the event (the caller's promise).
        unsafe { call!(self.client.api, PJRT_Buffer_ToHostBuffer, &mut args)? };
        // SAFETY: the plugin hands over the event.
        Ok(NonNull::new(args.event).map(|event| unsafe { RawEvent::new(&self.client, event) }))
    }
}

impl Drop for RawBuffer {
    fn drop(&mut self) {
        let mut args = sys::PJRT_Buffer_Destroy_Args::versioned();
        args.buffer = self.ptr.as_ptr();
        // SAFETY: the buffer is live and not used afterwards; running work keeps its memory until it is done.
        let _ = unsafe { call!(self.client.api, PJRT_Buffer_Destroy, &mut args) };
    }
}

/// A copy to the host under way: its memory, and the event that says when it is written.
pub(crate) struct RawCopy<T: Element> {
    memory: Vec<MaybeUninit<T::Raw>>,
    event: Option<RawEvent>,
}

impl<T: Element> RawCopy<T> {
    pub(crate) fn is_ready(&self) -> Result<bool> {
        self.event.as_ref().map_or(Ok(true), RawEvent::is_ready)
    }

    /// Blocks until the copy is done; its elements.
    pub(crate) fn wait(mut self) -> Result<Vec<T>> {
        if let Some(event) = self.event.take() {
            event.wait()?;
        }
        let mut memory = std::mem::ManuallyDrop::new(std::mem::take(&mut self.memory));
        // SAFETY: the plugin reported success, so it wrote every element (it was given exactly their bytes), and any
        // bytes are a valid `T::Raw`. Pointer, length and capacity are those of a vector of the same layout.
        let raw = unsafe {
            Vec::from_raw_parts(memory.as_mut_ptr().cast::<T::Raw>(), memory.len(), memory.capacity())
        };
        Ok(T::from_raw(raw))
    }

    /// Calls `callback` with the elements once they are there.
    pub(crate) fn on_ready(mut self, callback: impl FnOnce(Result<Vec<T>>) + Send + 'static) {
        match self.event.take() {
            None => callback(self.wait()),
            // The closure owns the memory, so it lives until the copy is done, whoever loses interest.
            Some(event) => {
                event.on_ready(Box::new(move |outcome| callback(outcome.and_then(|()| self.wait()))))
            }
        }
    }
}

impl<T: Element> Drop for RawCopy<T> {
    fn drop(&mut self) {
        if let Some(event) = self.event.take() {
            // The plugin may still write: the memory goes when it is done, not before.
            let memory = std::mem::take(&mut self.memory);
            event.on_ready(Box::new(move |_| drop(memory)));
        }
    }
}
