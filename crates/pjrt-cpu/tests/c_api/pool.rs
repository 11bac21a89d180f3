//! The allocator: freed memory is used again, within bounds.

use crate::harness::{Client, Loaded, boolean, call, failure, integer, module};
use bering_pjrt_sys as sys;

const MEGABYTES: i64 = 1 << 20;

fn increment(client: &Client, len: i64) -> Loaded {
    let ty = format!("tensor<{len}xf32>");
    let body = format!("%one = stablehlo.constant dense<1.0> : {ty} %out = stablehlo.add %arg0, %one : {ty}");
    client.compile(&module(&[&ty], &ty, &body)).expect("it compiles")
}

fn stats(client: &Client) -> crate::harness::Result<sys::PJRT_Device_MemoryStats_Args> {
    call!(PJRT_Device_MemoryStats(PJRT_Device_MemoryStats_Args) { device: client.devices()[0] })
}

#[test]
fn freed_results_are_used_again() {
    let client = Client::new();
    let len = 4 * MEGABYTES;
    let program = increment(&client, len);
    let argument = client.buffer(&vec![1f32; len as usize], &[len]);
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..8 {
        let result = program.run(&[&argument], 1).expect("it runs").remove(0);
        assert_eq!(result.pointer() % (2 << 20), 0, "aligned to a huge page");
        assert_eq!(result.read::<f32>(len as usize).expect("readable"), vec![2f32; len as usize]);
        seen.insert(result.pointer());
    }
    // Two and not one: the thread of the last execution may still hold its result when the next one starts.
    assert!(seen.len() <= 3, "{} blocks for one result at a time", seen.len());
}

#[test]
fn the_cache_is_bounded() {
    let client = Client::with(&[integer("pool_max_cached_bytes", 8 * MEGABYTES)]).expect("a client");
    let len = MEGABYTES;
    let program = increment(&client, len);
    let argument = client.buffer(&vec![1f32; len as usize], &[len]);
    let results: Vec<_> = (0..8).map(|_| program.run(&[&argument], 1).expect("it runs")).collect();
    let full = stats(&client).expect("statistics");
    assert!(full.bytes_in_use >= 9 * 4 * MEGABYTES, "{}", full.bytes_in_use);
    drop(results);
    let empty = stats(&client).expect("statistics");
    // The thread of the last execution may still hold its result for a moment.
    assert!(empty.bytes_in_use <= full.bytes_in_use - 6 * 4 * MEGABYTES, "{}", empty.bytes_in_use);
    assert!(empty.pool_bytes - empty.bytes_in_use <= 8 * MEGABYTES, "{} cached", empty.pool_bytes);
    assert!(empty.peak_bytes_in_use >= full.bytes_in_use);
    assert!(empty.bytes_limit > full.bytes_in_use);
    call!(PJRT_Device_ClearMemoryStats(PJRT_Device_ClearMemoryStats_Args) { device: client.devices()[0] })
        .expect("cleared");
    let cleared = stats(&client).expect("statistics");
    assert!(cleared.peak_bytes_in_use < full.bytes_in_use);
}

#[test]
fn it_can_be_switched_off() {
    let client = Client::with(&[boolean("pool_allocator", false)]).expect("a client");
    let program = increment(&client, 1024);
    let results = program.run(&[&client.buffer(&[1f32; 1024], &[1024])], 1).expect("it runs");
    assert_eq!(results[0].read::<f32>(1024).expect("readable"), [2f32; 1024]);
    let failure = failure(stats(&client));
    assert_eq!(failure.code, sys::PJRT_Error_Code_UNIMPLEMENTED);
    assert!(failure.message.contains("pool_allocator"), "{failure}");
}

#[test]
fn sizes_of_all_kinds_are_aligned() {
    let client = Client::new();
    for len in [0usize, 1, 15, 16, 17, 1000, 16_367, 16_368, 16_384, 65_536, 100_003, 1_000_000] {
        let data: Vec<i32> = (0..len as i32).collect();
        let buffers: Vec<_> = (0..3).map(|_| client.buffer(&data, &[len as i64])).collect();
        for buffer in &buffers {
            assert_eq!(buffer.pointer() % 64, 0, "{len} numbers");
        }
        for buffer in buffers {
            assert_eq!(buffer.read::<i32>(len).expect("readable"), data);
        }
    }
}
