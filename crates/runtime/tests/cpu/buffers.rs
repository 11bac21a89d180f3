//! Arrays to the device and back: every type, odd shapes, strides, shared memory, copies, deletion.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use bering_runtime::{DType, Element, HostView, Spec};
use half::{bf16, f16};

use crate::{client, compile, error_text, four_devices};

#[track_caller]
fn round_trip<T: Element + PartialEq + std::fmt::Debug>(values: &[T]) {
    let client = client();
    for dims in [vec![values.len()], vec![1, values.len(), 1], vec![values.len(), 0, 3]] {
        let count = dims.iter().product::<usize>();
        let buffer = client.buffer_from_slice(&values[..count], &dims).expect("a buffer");
        assert_eq!(buffer.spec(), &Spec::new(T::DTYPE, &dims));
        assert_eq!(buffer.to_vec::<T>().expect("values"), &values[..count]);
    }
    let scalar = client.buffer_from_slice(&values[..1], []).expect("a scalar");
    assert!(scalar.dims().is_empty());
    assert_eq!(scalar.to_vec::<T>().expect("a value"), &values[..1]);
}

#[test]
fn every_rust_type_round_trips() {
    round_trip(&[0.0f64, -1.5, f64::MAX, f64::MIN_POSITIVE]);
    round_trip(&[0.0f32, -1.5, f32::INFINITY]);
    round_trip(&[0.5, -2.0, 65504.0].map(f16::from_f64));
    round_trip(&[0.5, -2.0, 3e38].map(bf16::from_f64));
    round_trip(&[i8::MIN, 0, i8::MAX]);
    round_trip(&[i16::MIN, 0, i16::MAX]);
    round_trip(&[i32::MIN, 0, i32::MAX]);
    round_trip(&[i64::MIN, 0, i64::MAX]);
    round_trip(&[0, 1, u8::MAX]);
    round_trip(&[0, 1, u16::MAX]);
    round_trip(&[0, 1, u32::MAX]);
    round_trip(&[0, 1, u64::MAX]);
    round_trip(&[true, false, true, true]);
}

#[test]
fn every_type_round_trips_as_bytes() {
    let client = client();
    for &dtype in DType::ALL {
        let count = 6;
        // One element to a byte for the narrow types, so the values must be small enough for them.
        let bytes: Vec<u8> = match dtype.bits() {
            bits @ 1..8 => (0..count).map(|value| value as u8 & ((1u8 << (bits - 1)) - 1)).collect(),
            _ => (0..count * dtype.host_bytes()).map(|value| (value % 2) as u8).collect(),
        };
        let view = HostView::from_bytes(dtype, [2, 3], &bytes).expect("six elements");
        let buffer =
            client.buffer(&view, client.default_device()).unwrap_or_else(|error| panic!("{dtype}: {error}"));
        assert_eq!(buffer.dtype(), dtype);
        assert_eq!(buffer.to_bytes().expect("bytes"), bytes, "{dtype}");
    }
}

#[test]
fn a_nan_keeps_its_payload() {
    let quiet = f32::from_bits(0x7fc0_1234);
    let buffer = client().buffer_from_slice(&[quiet], [1]).expect("a buffer");
    assert_eq!(buffer.to_vec::<f32>().expect("values")[0].to_bits(), 0x7fc0_1234);
}

#[test]
fn strides_are_followed() {
    let client = client();
    let values = [1i32, 2, 3, 4, 5, 6];
    let view = |dims: &[usize], strides: &[i64], offset| {
        let dense = HostView::of(&values, [6]).expect("six values");
        dense.with_byte_strides(dims, strides, offset).expect("inside")
    };
    let read = |view: &HostView<'_>| {
        let buffer = client.buffer(view, client.default_device()).expect("a buffer");
        buffer.to_vec::<i32>().expect("values")
    };
    assert_eq!(read(&view(&[3, 2], &[4, 12], 0)), [1, 4, 2, 5, 3, 6], "transposed");
    assert_eq!(read(&view(&[3], &[8], 4)), [2, 4, 6], "every second");
    assert_eq!(read(&view(&[6], &[-4], 20)), [6, 5, 4, 3, 2, 1], "backwards");
    assert_eq!(read(&view(&[2, 2], &[0, 4], 8)), [3, 4, 3, 4], "repeated");
}

#[test]
fn a_device_layout_is_kept_and_reading_is_row_major() {
    let client = client();
    let values = [1.0f32, 2.0, 3.0, 4.0, 5.0, 6.0];
    let view =
        HostView::of(&values, [2, 3]).and_then(|view| view.with_device_layout([0, 1])).expect("a layout");
    let buffer = client.buffer(&view, client.default_device()).expect("a buffer");
    assert_eq!(buffer.to_vec::<f32>().expect("values"), values);
}

/// Memory with a 64-byte aligned start that counts when it goes.
struct Aligned {
    memory: Vec<u8>,
    start: usize,
    length: usize,
    gone: Arc<AtomicUsize>,
}

impl Aligned {
    fn new(bytes: &[u8], misalignment: usize, gone: &Arc<AtomicUsize>) -> Aligned {
        let mut memory = vec![0; bytes.len() + 128];
        let start = memory.as_ptr().align_offset(64) + misalignment;
        memory[start..start + bytes.len()].copy_from_slice(bytes);
        Aligned { memory, start, length: bytes.len(), gone: gone.clone() }
    }
}

impl AsRef<[u8]> for Aligned {
    fn as_ref(&self) -> &[u8] {
        &self.memory[self.start..self.start + self.length]
    }
}

impl Drop for Aligned {
    fn drop(&mut self) {
        self.gone.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn aligned_memory_is_shared_until_the_buffer_goes() {
    let client = client();
    let gone = Arc::new(AtomicUsize::new(0));
    let bytes: Vec<u8> = (0..4096u32).map(|value| value as u8).collect();
    let owner = Arc::new(Aligned::new(&bytes, 0, &gone));
    let address = owner.as_ref().as_ref().as_ptr() as usize;
    let buffer = client
        .buffer_from_shared(owner, 0..4096, DType::U8, [64, 64], client.default_device())
        .expect("a buffer");
    assert_eq!(buffer.address().expect("an address"), address, "the device uses the memory in place");
    assert_eq!(buffer.to_vec::<u8>().expect("values"), bytes);
    assert_eq!(gone.load(Ordering::SeqCst), 0, "the owner is kept while the buffer lives");
    let ready = buffer.ready().expect("an event");
    drop(buffer);
    ready.wait().expect("ready");
    assert_eq!(gone.load(Ordering::SeqCst), 1, "the owner goes with the buffer");
}

#[test]
fn part_of_an_owner_can_be_shared() {
    let client = client();
    let owner = Arc::new(vec![9u8; 100]);
    let share =
        |range| client.buffer_from_shared(owner.clone(), range, DType::U8, [10], client.default_device());
    assert_eq!(share(90..100).expect("the last ten").to_vec::<u8>().expect("values"), [9; 10]);
    let text = error_text(share(95..105));
    assert!(text.contains("bytes 95..105 lie outside of the owner's 100"), "{text}");
    let text = error_text(share(0..11));
    assert!(text.contains("u8[10] takes 10 elements of 1 bytes, got 11 bytes"), "{text}");
}

#[test]
fn misaligned_memory_is_copied_and_given_back() {
    let client = client();
    let gone = Arc::new(AtomicUsize::new(0));
    let owner = Arc::new(Aligned::new(&[7; 256], 4, &gone));
    let address = owner.as_ref().as_ref().as_ptr() as usize;
    let buffer = client
        .buffer_from_shared(owner, 0..256, DType::U8, [256], client.default_device())
        .expect("a buffer");
    assert_ne!(buffer.address().expect("an address"), address);
    assert_eq!(buffer.to_vec::<u8>().expect("values"), [7; 256]);
    drop(buffer);
    assert_eq!(gone.load(Ordering::SeqCst), 1);
}

#[test]
fn an_owner_may_hold_the_last_handle_of_the_client() {
    /// Dropped by the plugin's callback, which must not make that thread wait for itself.
    struct Owner {
        bytes: Vec<u8>,
        _client: bering_runtime::Client,
        gone: mpsc::Sender<()>,
    }
    impl AsRef<[u8]> for Owner {
        fn as_ref(&self) -> &[u8] {
            &self.bytes
        }
    }
    impl Drop for Owner {
        fn drop(&mut self) {
            let _ = self.gone.send(());
        }
    }
    let client = client();
    let (gone, is_gone) = mpsc::channel();
    let owner = Arc::new(Owner { bytes: vec![1; 64], _client: client.clone(), gone });
    let buffer =
        client.buffer_from_shared(owner, 0..64, DType::U8, [64], client.default_device()).expect("a buffer");
    drop(client);
    drop(buffer);
    is_gone.recv().expect("the owner is dropped");
}

#[test]
fn vectors_are_taken_over() {
    let client = client();
    let values: Vec<i64> = (0..1000).collect();
    let buffer =
        client.buffer_from_vec(values.clone(), [10, 100], client.default_device()).expect("a buffer");
    assert_eq!(buffer.to_vec::<i64>().expect("values"), values);
}

#[test]
fn a_shared_buffer_is_never_written_to() {
    let client = client();
    let module = "module @give { func.func public @main(%x: tensor<16xf32> {tf.aliasing_output = 0 : i32}) \
                  -> tensor<16xf32> { %y = stablehlo.add %x, %x : tensor<16xf32> return %y : tensor<16xf32> } }";
    let double = client.compile(module, &Default::default()).expect("it compiles");
    let gone = Arc::new(AtomicUsize::new(0));
    let bytes: Vec<u8> = [1.0f32; 16].iter().flat_map(|value| value.to_ne_bytes()).collect();
    let owner = Arc::new(Aligned::new(&bytes, 0, &gone));
    let buffer = client
        .buffer_from_shared(owner.clone(), 0..64, DType::F32, [16], client.default_device())
        .expect("a buffer");
    let run = double.execute_with(&[bering_runtime::Argument::Donate(&buffer)]).expect("it runs");
    assert_eq!(run.outputs[0].to_vec::<f32>().expect("values"), [2.0; 16]);
    assert_eq!((*owner).as_ref(), bytes, "the lent memory is as it was");
}

#[test]
fn reading_as_another_type_is_refused() {
    let buffer = client().buffer_from_slice(&[1.0f32], [1]).expect("a buffer");
    assert_eq!(error_text(buffer.to_vec::<i32>()), "buffer f32[1] cannot be read as `i32`");
}

#[test]
fn memory_can_be_reused_for_reading() {
    let client = client();
    let numbers = client.buffer_from_slice(&[1.0f32, 2.0, 3.0], [3]).expect("a buffer");
    let mut values = [0.0f32; 3];
    numbers.copy_to_slice(&mut values).expect("values");
    assert_eq!(values, [1.0, 2.0, 3.0]);
    assert_eq!(error_text(numbers.copy_to_slice(&mut values[..2])), "buffer f32[3] does not fit 2 values");
    assert_eq!(error_text(numbers.copy_to_slice(&mut [0u8; 3])), "buffer f32[3] cannot be read as `u8`");
    // Bytes that no `bool` may hold become `true`.
    let view = HostView::from_bytes(DType::Bool, [2], &[0, 7]).expect("two bytes");
    let truths = client.buffer(&view, client.default_device()).expect("a buffer");
    let mut values = [true, false];
    truths.copy_to_slice(&mut values).expect("values");
    assert_eq!(values, [false, true]);
}

#[test]
fn deleted_buffers_say_so() {
    let buffer = client().buffer_from_slice(&[1.0f32, 2.0], [2]).expect("a buffer");
    assert!(!buffer.is_deleted());
    buffer.delete().expect("deleted");
    assert!(buffer.is_deleted());
    buffer.delete().expect("twice is fine");
    assert_eq!(error_text(buffer.to_vec::<f32>()), "buffer f32[2] was deleted");
    assert!(buffer.ready().is_err() && buffer.address().is_err());
}

#[test]
fn copies_go_to_other_devices_of_the_client() {
    let client = four_devices();
    let there = client.device(3).expect("the fourth device");
    let buffer = client.buffer_from_slice(&[1u32, 2, 3], [3]).expect("a buffer");
    assert_eq!(buffer.device().expect("a device"), client.default_device());
    let copy = buffer.copy_to(&there).expect("a copy");
    assert_eq!(copy.device().expect("a device"), there);
    assert_eq!(copy.to_vec::<u32>().expect("values"), [1, 2, 3]);
    let direct = client.buffer(&HostView::of(&[4u32], [1]).expect("a view"), &there).expect("a buffer");
    assert_eq!(direct.device().expect("a device"), there);

    let other = crate::client();
    let text = error_text(buffer.copy_to(other.default_device()));
    assert!(text.ends_with("the destination belongs to another client"), "{text}");
}

#[test]
fn memories_are_places_too() {
    let client = client();
    let memory = client.default_device().default_memory().expect("a memory");
    assert!(client.memories().expect("memories").contains(&memory));
    let view = HostView::of(&[5i8], [1]).expect("a view");
    let buffer = client.buffer(&view, &memory).expect("a buffer");
    assert_eq!(buffer.memory().expect("a memory"), memory);
    assert_eq!(buffer.to_vec::<i8>().expect("values"), [5]);
}

#[test]
fn an_abandoned_copy_still_has_its_memory() {
    let client = client();
    let size = 1 << 20;
    let double = compile(
        &client,
        &["tensor<1048576xf32>"],
        "tensor<1048576xf32>",
        "%out = stablehlo.add %arg0, %arg0 : tensor<1048576xf32>",
    );
    let x = client.buffer_from_slice(&vec![1.0f32; size], [size]).expect("a buffer");
    for _ in 0..20 {
        let outputs = double.execute(&[&x]).expect("it runs");
        drop(outputs[0].to_vec_async::<f32>().expect("a copy under way"));
    }
    assert_eq!(double.execute(&[&x]).expect("it runs")[0].to_vec::<f32>().expect("values"), vec![2.0; size]);
}
