//! Transfer managers: buffers whose bytes arrive later.

use crate::harness::{Buffer, Client, Event, call, double, failure, invalid};
use bering_pjrt_sys::{self as sys, Versioned};

struct Transfers(*mut sys::PJRT_AsyncHostToDeviceTransferManager);

impl Drop for Transfers {
    fn drop(&mut self) {
        call!(PJRT_AsyncHostToDeviceTransferManager_Destroy(PJRT_AsyncHostToDeviceTransferManager_Destroy_Args) {
            transfer_manager: self.0,
        })
        .expect("destroyed");
    }
}

impl Transfers {
    fn new(client: &Client) -> Transfers {
        let dims = [4i64];
        let mut spec = sys::PJRT_ShapeSpec::versioned();
        spec.dims = dims.as_ptr();
        spec.num_dims = 1;
        spec.element_type = sys::PJRT_Buffer_Type_F32;
        let mut specs = [spec, spec];
        let memory =
            call!(PJRT_Device_DefaultMemory(PJRT_Device_DefaultMemory_Args) { device: client.devices()[0] });
        let args = call!(PJRT_Client_CreateBuffersForAsyncHostToDevice(PJRT_Client_CreateBuffersForAsyncHostToDevice_Args) {
            client: client.0,
            shape_specs: specs.as_mut_ptr(),
            num_shape_specs: specs.len(),
            memory: memory.expect("a memory").memory,
        });
        Transfers(args.expect("transfers").transfer_manager)
    }

    fn buffer(&self, index: i32) -> crate::harness::Result<Buffer> {
        call!(PJRT_AsyncHostToDeviceTransferManager_RetrieveBuffer(
            PJRT_AsyncHostToDeviceTransferManager_RetrieveBuffer_Args
        ) { transfer_manager: self.0, buffer_index: index })
        .map(|args| Buffer(args.buffer_out))
    }

    fn send(&self, index: i32, data: &[f32], offset: i64, last: bool) -> crate::harness::Result<()> {
        let args = call!(PJRT_AsyncHostToDeviceTransferManager_TransferData(
            PJRT_AsyncHostToDeviceTransferManager_TransferData_Args
        ) {
            transfer_manager: self.0,
            buffer_index: index,
            data: data.as_ptr().cast(),
            offset: offset,
            transfer_size: std::mem::size_of_val(data) as i64,
            is_last_transfer: last,
        })?;
        Event(args.done_with_h2d_transfer).wait()
    }
}

#[test]
fn bytes_arrive_in_parts() {
    let client = Client::new();
    let transfers = Transfers::new(&client);
    let count = call!(PJRT_AsyncHostToDeviceTransferManager_BufferCount(
        PJRT_AsyncHostToDeviceTransferManager_BufferCount_Args
    ) { transfer_manager: transfers.0 });
    assert_eq!(count.expect("a count").buffer_count, 2);
    let buffer = transfers.buffer(0).expect("the first buffer");
    transfers.send(0, &[1.0, 2.0], 0, false).expect("the first half");
    transfers.send(0, &[3.0, 4.0], 8, true).expect("the second half");
    let program = client.compile(&double()).expect("it compiles");
    let result = program.run(&[&buffer], 1).expect("it runs").remove(0);
    assert_eq!(result.read::<f32>(4).expect("readable"), [2.0, 4.0, 6.0, 8.0]);
}

#[test]
fn whole_literals_arrive() {
    let client = Client::new();
    let transfers = Transfers::new(&client);
    let buffer = transfers.buffer(1).expect("the second buffer");
    let data = [5f32, 6.0, 7.0, 8.0];
    let send = |dims: &[i64]| {
        call!(PJRT_AsyncHostToDeviceTransferManager_TransferLiteral(
            PJRT_AsyncHostToDeviceTransferManager_TransferLiteral_Args
        ) {
            transfer_manager: transfers.0,
            buffer_index: 1,
            data: data.as_ptr().cast(),
            shape_dims: dims.as_ptr(),
            shape_num_dims: dims.len(),
            shape_element_type: sys::PJRT_Buffer_Type_F32,
        })
    };
    assert!(invalid(send(&[2])).contains("a literal f32[2] for a buffer f32[4]"));
    Event(send(&[4]).expect("sent").done_with_h2d_transfer).wait().expect("arrived");
    assert_eq!(buffer.read::<f32>(4).expect("readable"), data);
}

#[test]
fn misuse_is_refused() {
    let client = Client::new();
    let transfers = Transfers::new(&client);
    for index in [-1, 2] {
        assert!(invalid(transfers.buffer(index)).contains("of 2 buffers"));
        assert!(invalid(transfers.send(index, &[1.0], 0, true)).contains("of 2 buffers"));
    }
    let buffer = transfers.buffer(0).expect("the first buffer");
    assert!(failure(transfers.buffer(0)).message.contains("retrieved already"));
    for (offset, data) in [(-4i64, &[0f32; 1][..]), (16, &[0.0; 1]), (4, &[0.0; 4]), (i64::MAX, &[0.0; 1])] {
        assert!(invalid(transfers.send(0, data, offset, true)).contains("of a buffer of 16 bytes"));
    }
    transfers.send(0, &[1.0; 4], 0, true).expect("complete");
    assert!(failure(transfers.send(0, &[1.0; 4], 0, true)).message.contains("complete already"));
    assert_eq!(buffer.read::<f32>(4).expect("readable"), [1.0; 4]);
}

#[test]
fn a_buffer_that_is_never_filled_is_an_error() {
    let client = Client::new();
    let transfers = Transfers::new(&client);
    let buffer = transfers.buffer(0).expect("the first buffer");
    drop(transfers);
    assert!(failure(buffer.read::<f32>(4)).message.contains("before the buffer was filled"));
}

#[test]
fn a_buffer_can_be_failed() {
    let client = Client::new();
    let transfers = Transfers::new(&client);
    let buffer = transfers.buffer(0).expect("the first buffer");
    call!(PJRT_AsyncHostToDeviceTransferManager_SetBufferError(
        PJRT_AsyncHostToDeviceTransferManager_SetBufferError_Args
    ) {
        transfer_manager: transfers.0,
        buffer_index: 0,
        error_code: sys::PJRT_Error_Code_UNAVAILABLE,
        error_message: c"no disk".as_ptr(),
        error_message_size: 7,
    })
    .expect("failed");
    assert!(failure(buffer.read::<f32>(4)).message.contains("no disk"));
    assert!(failure(transfers.send(0, &[1.0; 4], 0, true)).message.contains("complete already"));
}
