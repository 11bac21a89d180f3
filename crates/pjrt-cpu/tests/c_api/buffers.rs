//! Buffers: from the host, back to it, and what can be asked of them.

use crate::harness::{Buffer, Client, Element, Event, Result, call, failure, integer, invalid};
use bering_pjrt_sys::{self as sys, Versioned};
use std::ffi::c_void;
use std::ptr;

/// `PJRT_Client_BufferFromHostBuffer` with everything that can be chosen.
struct From<'a, T> {
    data: &'a [T],
    dims: &'a [i64],
    strides: &'a [i64],
    semantics: sys::PJRT_HostBufferSemantics,
    layout: *mut sys::PJRT_Buffer_MemoryLayout,
    ty: sys::PJRT_Buffer_Type,
}

impl<'a, T: Element> From<'a, T> {
    fn new(data: &'a [T], dims: &'a [i64]) -> Self {
        let semantics = sys::PJRT_HostBufferSemantics_kImmutableOnlyDuringCall;
        From { data, dims, strides: &[], semantics, layout: ptr::null_mut(), ty: T::TYPE }
    }

    fn make(&self, client: &Client) -> Result<(Buffer, Event)> {
        let args = call!(PJRT_Client_BufferFromHostBuffer(PJRT_Client_BufferFromHostBuffer_Args) {
            client: client.0,
            data: self.data.as_ptr().cast(),
            type_: self.ty,
            dims: self.dims.as_ptr(),
            num_dims: self.dims.len(),
            byte_strides: self.strides.as_ptr(),
            num_byte_strides: self.strides.len(),
            host_buffer_semantics: self.semantics,
            device_layout: self.layout,
        })?;
        Ok((Buffer(args.buffer), Event(args.done_with_host_buffer)))
    }
}

fn layout(minor_to_major: &[i64]) -> sys::PJRT_Buffer_MemoryLayout {
    let mut layout = sys::PJRT_Buffer_MemoryLayout::versioned();
    layout.type_ = sys::PJRT_Buffer_MemoryLayout_Type_Tiled;
    let mut tiled = sys::PJRT_Buffer_MemoryLayout_Tiled::versioned();
    tiled.minor_to_major = minor_to_major.as_ptr();
    tiled.minor_to_major_size = minor_to_major.len();
    layout.__bindgen_anon_1.tiled = tiled;
    layout
}

fn is_ready(event: &Event) -> bool {
    call!(PJRT_Event_IsReady(PJRT_Event_IsReady_Args) { event: event.0 }).expect("answers").is_ready
}

#[test]
fn shapes_come_back() {
    let client = Client::new();
    let buffer = client.buffer(&[0i8; 24], &[2, 3, 4]);
    let dims = call!(PJRT_Buffer_Dimensions(PJRT_Buffer_Dimensions_Args) { buffer: buffer.0 }).expect("dims");
    // SAFETY: the buffer owns an array of that length.
    assert_eq!(unsafe { std::slice::from_raw_parts(dims.dims, dims.num_dims) }, [2, 3, 4]);
    let ty =
        call!(PJRT_Buffer_ElementType(PJRT_Buffer_ElementType_Args) { buffer: buffer.0 }).expect("a type");
    assert_eq!(ty.type_, sys::PJRT_Buffer_Type_S8);
    let size =
        call!(PJRT_Buffer_OnDeviceSizeInBytes(PJRT_Buffer_OnDeviceSizeInBytes_Args) { buffer: buffer.0 });
    assert_eq!(size.expect("a size").on_device_size_in_bytes, 24);
    let on_cpu = call!(PJRT_Buffer_IsOnCpu(PJRT_Buffer_IsOnCpu_Args) { buffer: buffer.0 });
    assert!(on_cpu.expect("answers").is_on_cpu);
    let layout = call!(PJRT_Buffer_GetMemoryLayout(PJRT_Buffer_GetMemoryLayout_Args) { buffer: buffer.0 })
        .expect("a layout")
        .layout;
    assert_eq!(layout.type_, sys::PJRT_Buffer_MemoryLayout_Type_Tiled);
    // SAFETY: the type says which member of the union it is; the buffer owns the array.
    let order = unsafe {
        let tiled = layout.__bindgen_anon_1.tiled;
        std::slice::from_raw_parts(tiled.minor_to_major, tiled.minor_to_major_size)
    };
    assert_eq!(order, [2, 1, 0]);
    let dynamic = call!(PJRT_Buffer_DynamicDimensionIndices(PJRT_Buffer_DynamicDimensionIndices_Args) {
        buffer: buffer.0,
    });
    assert_eq!(dynamic.expect("none").num_dynamic_dims, 0);
}

#[test]
fn strides_are_followed() {
    let client = Client::new();
    // A 2 x 3 matrix stored column by column.
    let columns = [1i32, 4, 2, 5, 3, 6];
    let mut from = From::new(&columns, &[2, 3]);
    from.strides = &[4, 8];
    let (buffer, _) = from.make(&client).expect("a buffer");
    assert_eq!(buffer.read::<i32>(6).expect("readable"), [1, 2, 3, 4, 5, 6]);
    from.strides = &[4];
    assert!(invalid(from.make(&client)).contains("1 byte strides for 2 dimensions"));
    from.strides = &[3, 8];
    assert!(invalid(from.make(&client)).contains("byte stride 3"));
    // The second row of a matrix, backwards.
    let mut from = From::new(&columns[5..], &[6]);
    from.strides = &[-4];
    let (buffer, _) = from.make(&client).expect("a buffer");
    assert_eq!(buffer.read::<i32>(6).expect("readable"), [6, 3, 5, 2, 4, 1]);
}

#[test]
fn layouts_are_followed_both_ways() {
    let client = Client::new();
    let rows = [1i32, 2, 3, 4, 5, 6];
    let mut columns_first = layout(&[0, 1]);
    let mut from = From::new(&rows, &[2, 3]);
    from.layout = &mut columns_first;
    let (buffer, _) = from.make(&client).expect("a buffer");
    // Without a host layout, bytes come in the order of the device.
    assert_eq!(buffer.read::<i32>(6).expect("readable"), [1, 4, 2, 5, 3, 6]);
    let mut rows_first = layout(&[1, 0]);
    let mut out = [0i32; 6];
    let args = call!(PJRT_Buffer_ToHostBuffer(PJRT_Buffer_ToHostBuffer_Args) {
        src: buffer.0,
        host_layout: &mut rows_first,
        dst: out.as_mut_ptr().cast(),
        dst_size: 24,
    });
    Event(args.expect("it copies").event).wait().expect("copied");
    assert_eq!(out, rows);
    for order in [&[0i64, 0][..], &[0, 2], &[-1, 0], &[0]] {
        let mut bad = layout(order);
        from.layout = &mut bad;
        assert!(invalid(from.make(&client)).contains("layout"));
    }
}

#[test]
fn impossible_shapes_are_refused() {
    let client = Client::new();
    for dims in [&[-1i64][..], &[i64::MAX], &[1 << 40, 1 << 40], &[0, i64::MAX], &[i64::MIN, 0]] {
        let message = invalid(From::new(&[0f32], dims).make(&client));
        assert!(message.contains("dimension"), "{message}");
    }
    let mut from = From::new(&[0f32], &[1]);
    from.ty = 999;
    assert!(invalid(from.make(&client)).contains("unknown PJRT_Buffer_Type 999"));
    from.ty = sys::PJRT_Buffer_Type_TOKEN;
    assert!(from.make(&client).is_err());
    from.ty = sys::PJRT_Buffer_Type_F32;
    from.semantics = 77;
    assert!(invalid(from.make(&client)).contains("semantics 77"));
    let null = call!(PJRT_Client_BufferFromHostBuffer(PJRT_Client_BufferFromHostBuffer_Args) {
        client: client.0,
        type_: sys::PJRT_Buffer_Type_F32,
        dims: [4i64].as_ptr(),
        num_dims: 1,
    });
    assert!(invalid(null).contains("`args->data` is null"));
}

#[test]
fn more_memory_than_there_is_is_an_error() {
    let client = Client::new();
    let dims = [1i64 << 46];
    let args = call!(PJRT_Client_CreateUninitializedBuffer(PJRT_Client_CreateUninitializedBuffer_Args) {
        client: client.0,
        shape_dims: dims.as_ptr(),
        shape_num_dims: 1,
        shape_element_type: sys::PJRT_Buffer_Type_S8,
    });
    assert_eq!(failure(args).code, sys::PJRT_Error_Code_RESOURCE_EXHAUSTED);
}

#[test]
fn empty_arrays_have_no_bytes() {
    let client = Client::new();
    let buffer = client.buffer::<f32>(&[], &[3, 0]);
    assert_eq!(buffer.read::<f32>(0).expect("nothing"), []);
    let size =
        call!(PJRT_Buffer_ToHostBuffer(PJRT_Buffer_ToHostBuffer_Args) { src: buffer.0 }).expect("a size");
    assert_eq!(size.dst_size, 0);
}

/// 64-byte aligned host memory.
#[repr(align(64))]
struct Aligned([f32; 1024]);

#[test]
fn zero_copy_aliases_aligned_memory_until_the_buffer_is_gone() {
    let client = Client::new();
    let host = Aligned([3.0; 1024]);
    let mut from = From::new(&host.0, &[1024]);
    from.semantics = sys::PJRT_HostBufferSemantics_kImmutableZeroCopy;
    let (buffer, done) = from.make(&client).expect("a buffer");
    assert_eq!(buffer.pointer(), host.0.as_ptr() as usize);
    assert!(!is_ready(&done), "the buffer still reads it");
    drop(buffer);
    done.wait().expect("released");
    // Not aligned: copied, and released at once or when the copy is over.
    let mut from = From::new(&host.0[1..], &[1023]);
    from.semantics = sys::PJRT_HostBufferSemantics_kImmutableZeroCopy;
    let (buffer, done) = from.make(&client).expect("a buffer");
    done.wait().expect("released");
    assert_ne!(buffer.pointer(), host.0[1..].as_ptr() as usize);
    assert_eq!(buffer.read::<f32>(1023).expect("readable"), [3.0; 1023]);
}

#[test]
fn until_transfer_completes_releases_the_host() {
    let client = Client::new();
    let host = vec![5f32; 100_000];
    let mut from = From::new(&host, &[100_000]);
    from.semantics = sys::PJRT_HostBufferSemantics_kImmutableUntilTransferCompletes;
    let (buffer, done) = from.make(&client).expect("a buffer");
    done.wait().expect("released");
    drop(host);
    assert_eq!(buffer.read::<f32>(100_000).expect("readable"), vec![5f32; 100_000]);
}

#[test]
fn sub_byte_types_are_packed_on_the_device() {
    let client = Client::new();
    let values = [1i8, -2, 3, -4, 5];
    let mut from = From::new(&values, &[5]);
    from.ty = sys::PJRT_Buffer_Type_S4;
    let (buffer, _) = from.make(&client).expect("a buffer");
    let size =
        call!(PJRT_Buffer_OnDeviceSizeInBytes(PJRT_Buffer_OnDeviceSizeInBytes_Args) { buffer: buffer.0 });
    assert_eq!(size.expect("a size").on_device_size_in_bytes, 3);
    // One value a byte on the host, of which only the low half counts.
    let read: Vec<i8> = buffer.read::<i8>(5).expect("readable").iter().map(|value| value << 4 >> 4).collect();
    assert_eq!(read, values);
}

#[test]
fn raw_copies_stay_inside_of_the_buffer() {
    let client = Client::new();
    let buffer = client.buffer(&[1i32, 2, 3, 4], &[4]);
    let mut out = [0i32; 2];
    let mut copy = |offset, size| {
        call!(PJRT_Buffer_CopyRawToHost(PJRT_Buffer_CopyRawToHost_Args) {
            buffer: buffer.0,
            dst: out.as_mut_ptr().cast(),
            offset: offset,
            transfer_size: size,
        })
    };
    for (offset, size) in [(-4, 4), (0, -1), (0, 17), (16, 1), (i64::MAX, 1), (12, i64::MAX)] {
        assert!(invalid(copy(offset, size)).contains("of a buffer of 16 bytes"));
    }
    Event(copy(4, 8).expect("it copies").event).wait().expect("copied");
    assert_eq!(out, [2, 3]);
}

#[test]
fn raw_copies_wait_for_their_destination() {
    let client = Client::new();
    let buffer = client.buffer(&[1i32, 2, 3, 4], &[4]);
    let args = call!(PJRT_Buffer_CopyRawToHostFuture(PJRT_Buffer_CopyRawToHostFuture_Args) {
        buffer: buffer.0,
        offset: 8,
        transfer_size: 8,
    })
    .expect("it waits");
    let event = Event(args.event);
    assert!(!is_ready(&event));
    let mut out = [0i32; 2];
    let mut ready = sys::PJRT_Buffer_CopyRawToHostFuture_Callback_Args::versioned();
    ready.callback_data = args.callback_data;
    ready.dst = out.as_mut_ptr().cast();
    // SAFETY: called once, with the data it came with and room for the bytes.
    unsafe { args.future_ready_callback.expect("a callback")(&mut ready) };
    event.wait().expect("copied");
    assert_eq!(out, [3, 4]);
}

#[test]
fn buffers_move_between_devices() {
    let client = Client::with(&[integer("cpu_device_count", 2)]).expect("a client");
    let devices = client.devices();
    let buffer = client.buffer_on(&[1f32, 2.0], &[2], devices[0]);
    let copy = call!(PJRT_Buffer_CopyToDevice(PJRT_Buffer_CopyToDevice_Args) {
        buffer: buffer.0,
        dst_device: devices[1],
    });
    let copy = Buffer(copy.expect("a copy").dst_buffer);
    let device =
        call!(PJRT_Buffer_Device(PJRT_Buffer_Device_Args) { buffer: copy.0 }).expect("a device").device;
    assert_eq!(device, devices[1]);
    drop(buffer);
    assert_eq!(copy.read::<f32>(2).expect("readable"), [1.0, 2.0]);
    let memory = call!(PJRT_Device_DefaultMemory(PJRT_Device_DefaultMemory_Args) { device: devices[0] });
    let back = call!(PJRT_Buffer_CopyToMemory(PJRT_Buffer_CopyToMemory_Args) {
        buffer: copy.0,
        dst_memory: memory.expect("a memory").memory,
    });
    let back = Buffer(back.expect("a copy").dst_buffer);
    assert_eq!(back.read::<f32>(2).expect("readable"), [1.0, 2.0]);
}

#[test]
fn external_references_are_counted() {
    let client = Client::new();
    let buffer = client.buffer(&[1f32], &[1]);
    let decrease = || {
        call!(PJRT_Buffer_DecreaseExternalReferenceCount(PJRT_Buffer_DecreaseExternalReferenceCount_Args) {
            buffer: buffer.0,
        })
    };
    assert!(invalid(decrease()).contains("without"));
    call!(PJRT_Buffer_IncreaseExternalReferenceCount(PJRT_Buffer_IncreaseExternalReferenceCount_Args) {
        buffer: buffer.0,
    })
    .expect("counted");
    let pointer = call!(PJRT_Buffer_OpaqueDeviceMemoryDataPointer(PJRT_Buffer_OpaqueDeviceMemoryDataPointer_Args) {
        buffer: buffer.0,
    });
    assert_eq!(pointer.expect("a pointer").device_memory_ptr as usize, buffer.pointer());
    decrease().expect("balanced");
    assert!(decrease().is_err());
}

#[test]
fn views_of_host_memory_call_back() {
    extern "C" fn released(pointer: *mut c_void, flag: *mut c_void) {
        assert!(!pointer.is_null());
        // SAFETY: the test keeps the flag alive until the callback has run.
        unsafe {
            (*flag.cast::<std::sync::atomic::AtomicBool>()).store(true, std::sync::atomic::Ordering::SeqCst)
        };
    }
    let client = Client::new();
    let mut host = Aligned([1.5; 1024]);
    let flag = std::sync::atomic::AtomicBool::new(false);
    let view = |pointer: *mut f32, len: i64| {
        let dims = [len];
        call!(PJRT_Client_CreateViewOfDeviceBuffer(PJRT_Client_CreateViewOfDeviceBuffer_Args) {
            client: client.0,
            device_buffer_ptr: pointer.cast(),
            dims: dims.as_ptr(),
            num_dims: 1,
            element_type: sys::PJRT_Buffer_Type_F32,
            on_delete_callback: Some(released),
            on_delete_callback_arg: ptr::from_ref(&flag).cast_mut().cast(),
        })
    };
    let unaligned = failure(view(host.0[1..].as_mut_ptr(), 1023));
    assert!(unaligned.message.contains("not aligned"), "{unaligned}");
    let view = Buffer(view(host.0.as_mut_ptr(), 1024).expect("a view").buffer);
    assert_eq!(view.pointer(), host.0.as_ptr() as usize);
    assert_eq!(view.read::<f32>(1024).expect("readable"), [1.5; 1024]);
    assert!(!flag.load(std::sync::atomic::Ordering::SeqCst));
    assert!(!view.is_deleted());
    drop(view);
    assert!(flag.load(std::sync::atomic::Ordering::SeqCst));
}

#[test]
fn error_buffers_carry_their_error() {
    let client = Client::new();
    let memory =
        call!(PJRT_Device_DefaultMemory(PJRT_Device_DefaultMemory_Args) { device: client.devices()[0] })
            .expect("a memory")
            .memory;
    let buffer = call!(PJRT_Client_CreateErrorBuffer(PJRT_Client_CreateErrorBuffer_Args) {
        client: client.0,
        error_code: sys::PJRT_Error_Code_DATA_LOSS,
        error_message: c"lost at sea".as_ptr(),
        error_message_size: 11,
        shape_dims: [4i64].as_ptr(),
        shape_num_dims: 1,
        shape_element_type: sys::PJRT_Buffer_Type_F32,
        memory: memory,
    });
    let buffer = Buffer(buffer.expect("a buffer").buffer);
    let found = failure(buffer.read::<f32>(4));
    assert_eq!(
        (found.code, found.message.contains("lost at sea")),
        (sys::PJRT_Error_Code_DATA_LOSS, true),
        "{found}"
    );
    let program = client.compile(&crate::harness::double()).expect("it compiles");
    let found = match program.run(&[&buffer], 1) {
        Err(failure) => failure,
        Ok(results) => failure(results[0].read::<f32>(4)),
    };
    assert!(found.message.contains("lost at sea"), "{found}");
}

#[test]
fn bitcasts_keep_the_bytes() {
    let client = Client::new();
    let buffer = client.buffer(&[1f32, 0.0, 0.0, 0.0], &[4]);
    let bitcast = |ty, dims: &[i64]| {
        call!(PJRT_Buffer_Bitcast(PJRT_Buffer_Bitcast_Args) {
            buffer: buffer.0,
            element_type: ty,
            dims: dims.as_ptr(),
            num_dims: dims.len(),
        })
    };
    assert!(bitcast(sys::PJRT_Buffer_Type_S32, &[5]).is_err(), "another size");
    let result = Buffer(bitcast(sys::PJRT_Buffer_Type_S32, &[2, 2]).expect("the same size").out_buffer);
    assert_eq!(result.read::<i32>(4).expect("readable"), [0x3f80_0000, 0, 0, 0]);
    assert!(buffer.is_deleted());
}

#[test]
fn events_are_set_once() {
    let event = Event(call!(PJRT_Event_Create(PJRT_Event_Create_Args) {}).expect("an event").event);
    assert!(!is_ready(&event));
    assert!(call!(PJRT_Event_Error(PJRT_Event_Error_Args) { event: event.0 }).is_err(), "not ready");
    let set = || {
        call!(PJRT_Event_Set(PJRT_Event_Set_Args) {
            event: event.0,
            error_code: sys::PJRT_Error_Code_ABORTED,
            error_message: c"stop".as_ptr(),
            error_message_size: 4,
        })
    };
    set().expect("set");
    assert!(set().is_err());
    let failure = failure(event.wait());
    assert_eq!((failure.code, failure.message.as_str()), (sys::PJRT_Error_Code_ABORTED, "stop"));
    // Never set: nobody waits, nothing leaks, nothing aborts.
    drop(Event(call!(PJRT_Event_Create(PJRT_Event_Create_Args) {}).expect("an event").event));
}

#[test]
fn callbacks_get_the_error_and_own_it() {
    extern "C" fn ready(error: *mut sys::PJRT_Error, sender: *mut c_void) {
        let result = crate::harness::check(error).map_err(|failure| failure.message);
        // SAFETY: the box was leaked for exactly this call.
        let sender = unsafe {
            Box::from_raw(sender.cast::<std::sync::mpsc::Sender<std::result::Result<(), String>>>())
        };
        sender.send(result).expect("the test waits");
    }
    let event = Event(call!(PJRT_Event_Create(PJRT_Event_Create_Args) {}).expect("an event").event);
    let (sender, receiver) = std::sync::mpsc::channel::<std::result::Result<(), String>>();
    call!(PJRT_Event_OnReady(PJRT_Event_OnReady_Args) {
        event: event.0,
        callback: Some(ready),
        user_arg: Box::into_raw(Box::new(sender)).cast(),
    })
    .expect("registered");
    assert!(receiver.try_recv().is_err(), "not ready yet");
    call!(PJRT_Event_Set(PJRT_Event_Set_Args) {
        event: event.0,
        error_code: sys::PJRT_Error_Code_INTERNAL,
        error_message: c"broken".as_ptr(),
        error_message_size: 6,
    })
    .expect("set");
    assert_eq!(receiver.recv().expect("called"), Err("broken".to_owned()));
}
