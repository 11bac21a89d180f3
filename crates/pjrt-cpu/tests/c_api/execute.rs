//! Running: results, donation, several devices, and arguments that do not fit.

use crate::executables::{deserialize, serialize};
use crate::harness::{Buffer, Client, Event, Loaded, call, double, failure, integer, invalid, module};
use bering_pjrt_sys::{self as sys, Versioned};
use std::ptr;

#[test]
fn it_computes() {
    let client = Client::new();
    let program = client.compile(&double()).expect("it compiles");
    let results = program.run(&[&client.buffer(&[1f32, 2.0, 3.0, 4.0], &[4])], 1).expect("it runs");
    assert_eq!(results[0].read::<f32>(4).expect("readable"), [2.0, 4.0, 6.0, 8.0]);
}

#[test]
fn arguments_that_do_not_fit_are_refused() {
    let client = Client::new();
    let program = client.compile(&double()).expect("it compiles");
    let good = client.buffer(&[1f32; 4], &[4]);
    let message = invalid(program.run(&[], 1));
    assert!(message.contains("0 arguments, the executable takes 1"), "{message}");
    let message = invalid(program.run(&[&good, &good], 1));
    assert!(message.contains("2 arguments, the executable takes 1"), "{message}");
    let message = invalid(program.run(&[&client.buffer(&[1f32; 5], &[5])], 1));
    assert!(message.contains("argument 0 is f32[5]") && message.contains("takes f32[4]"), "{message}");
    let message = invalid(program.run(&[&client.buffer(&[1i32; 4], &[4])], 1));
    assert!(message.contains("s32[4]"), "{message}");
    let message = invalid(program.run(&[&client.buffer(&[1f32; 4], &[2, 2])], 1));
    assert!(message.contains("f32[2,2]"), "{message}");
    let null = Buffer(ptr::null_mut());
    let message = invalid(program.run(&[&null], 1));
    assert!(message.contains("argument 0 is null"), "{message}");
    let other = Client::new();
    let message = invalid(program.run(&[&other.buffer(&[1f32; 4], &[4])], 1));
    assert!(message.contains("another client"), "{message}");
    program.run(&[&good], 1).expect("still works");
}

#[test]
fn deleted_buffers_and_executables_are_refused() {
    let client = Client::new();
    let program = client.compile(&double()).expect("it compiles");
    let buffer = client.buffer(&[1f32; 4], &[4]);
    call!(PJRT_Buffer_Delete(PJRT_Buffer_Delete_Args) { buffer: buffer.0 }).expect("deleted");
    assert!(buffer.is_deleted());
    let message = invalid(program.run(&[&buffer], 1));
    assert!(message.contains("argument 0 (f32[4]) was deleted or donated"), "{message}");
    assert!(failure(buffer.read::<f32>(4)).message.contains("deleted or donated"));
    call!(PJRT_LoadedExecutable_Delete(PJRT_LoadedExecutable_Delete_Args) { executable: program.0 })
        .expect("deleted");
    let failure = failure(program.run(&[&client.buffer(&[1f32; 4], &[4])], 1));
    assert!(failure.message.contains("was deleted"), "{failure}");
}

fn donating(client: &Client) -> Loaded {
    let program = r#"module @donating { func.func public @main(%arg0: tensor<1024xf32> {tf.aliasing_output = 0 : i32})
        -> tensor<1024xf32> { %out = stablehlo.add %arg0, %arg0 : tensor<1024xf32> return %out : tensor<1024xf32> } }"#;
    client.compile(program).expect("it compiles")
}

#[test]
fn donated_memory_becomes_the_result() {
    let client = Client::new();
    let program = donating(&client);
    let argument = program.run(&[&client.buffer(&[1f32; 1024], &[1024])], 1).expect("it runs").remove(0);
    let before = argument.pointer();
    let result = program.run(&[&argument], 1).expect("it runs").remove(0);
    assert!(argument.is_deleted());
    assert_eq!(result.pointer(), before);
    assert_eq!(result.read::<f32>(1024).expect("readable"), [4f32; 1024]);
    assert!(invalid(program.run(&[&argument], 1)).contains("donated"));
}

#[test]
fn non_donatable_arguments_survive() {
    let client = Client::new();
    let program = donating(&client);
    let argument = client.buffer(&[1f32; 1024], &[1024]);
    let index = [0i64];
    let mut options = sys::PJRT_ExecuteOptions::versioned();
    options.non_donatable_input_indices = index.as_ptr();
    options.num_non_donatable_input_indices = 1;
    let result = program.run_with(&options, &[&argument], 1).expect("it runs").remove(0);
    assert!(!argument.is_deleted());
    assert_eq!(argument.read::<f32>(1024).expect("readable"), [1f32; 1024]);
    assert_eq!(result.read::<f32>(1024).expect("readable"), [2f32; 1024]);
    let index = [1i64];
    options.non_donatable_input_indices = index.as_ptr();
    let message = invalid(program.run_with(&options, &[&argument], 1));
    assert!(message.contains("non-donatable input 1 of 1"), "{message}");
}

#[test]
fn one_buffer_donated_twice_is_an_error() {
    let client = Client::new();
    let program = r#"module @twice { func.func public @main(%arg0: tensor<8xf32> {tf.aliasing_output = 0 : i32},
        %arg1: tensor<8xf32>) -> tensor<8xf32> { %out = stablehlo.add %arg0, %arg1 : tensor<8xf32>
        return %out : tensor<8xf32> } }"#;
    let program = client.compile(program).expect("it compiles");
    let buffer = client.buffer(&[1f32; 8], &[8]);
    assert!(!failure(program.run(&[&buffer, &buffer], 1)).message.is_empty());
}

#[test]
fn older_callers_pass_shorter_options() {
    let client = Client::new();
    let program = client.compile(&double()).expect("it compiles");
    let mut options = sys::PJRT_ExecuteOptions::versioned();
    // As of the header that had nothing after the launch id; what lies beyond is not read.
    options.struct_size = std::mem::offset_of!(sys::PJRT_ExecuteOptions, non_donatable_input_indices);
    options.num_non_donatable_input_indices = usize::MAX;
    options.call_location = ptr::dangling();
    program.run_with(&options, &[&client.buffer(&[1f32; 4], &[4])], 1).expect("it runs");
}

#[test]
fn several_devices_run_replicas() {
    let client = Client::with(&[integer("cpu_device_count", 2)]).expect("a client");
    let reduce = r#"module @sum attributes {mhlo.num_replicas = 2 : i32} { func.func public @main(%arg0: tensor<2xf32>) -> tensor<2xf32> {
        %out = "stablehlo.all_reduce"(%arg0) ({ ^bb0(%a: tensor<f32>, %b: tensor<f32>):
          %s = stablehlo.add %a, %b : tensor<f32>
          stablehlo.return %s : tensor<f32> })
        {replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>} : (tensor<2xf32>) -> tensor<2xf32>
        return %out : tensor<2xf32> } }"#;
    let options = [0x1a, 4, 0x20, 2, 0x28, 1];
    let compiled = client.compile_bytes(reduce.as_bytes(), "mlir", &options).expect("it compiles");
    let loaded = deserialize(&client, &serialize(&compiled.executable())).expect("it loads");
    let devices = client.devices();
    let arguments = [
        client.buffer_on(&[1f32, 2.0], &[2], devices[0]),
        client.buffer_on(&[10f32, 20.0], &[2], devices[1]),
    ];
    let run = |program: &Loaded, arguments: [&Buffer; 2], count: usize| {
        let lists = [[arguments[0].0], [arguments[1].0]];
        let lists = [lists[0].as_ptr(), lists[1].as_ptr()];
        let mut results = [ptr::null_mut(); 2];
        let (first, second) = results.split_at_mut(1);
        let outputs = [first.as_mut_ptr(), second.as_mut_ptr()];
        let mut events = [ptr::null_mut(); 2];
        let mut options = sys::PJRT_ExecuteOptions::versioned();
        call!(PJRT_LoadedExecutable_Execute(PJRT_LoadedExecutable_Execute_Args) {
            executable: program.0,
            options: &mut options,
            argument_lists: lists.as_ptr(),
            num_devices: count,
            num_args: 1,
            output_lists: outputs.as_ptr(),
            device_complete_events: events.as_mut_ptr(),
        })?;
        for event in events {
            Event(event).wait()?;
        }
        Ok(results.map(Buffer))
    };
    for program in [&compiled, &loaded] {
        for result in run(program, [&arguments[0], &arguments[1]], 2).expect("it runs") {
            assert_eq!(result.read::<f32>(2).expect("readable"), [11.0, 22.0]);
        }
    }
    let message = invalid(run(&compiled, [&arguments[1], &arguments[0]], 2));
    assert!(message.contains("argument 0 is on"), "{message}");
    let message = invalid(run(&compiled, [&arguments[0], &arguments[1]], 1));
    assert!(message.contains("executed on 1 devices, compiled for 2"), "{message}");
}

#[test]
fn programs_that_would_wait_for_ever_are_refused() {
    let client = Client::new();
    let infeed = r#"module @infeed { func.func public @main() -> tensor<4xf32> {
        %token = "stablehlo.create_token"() : () -> !stablehlo.token
        %out:2 = "stablehlo.infeed"(%token) {infeed_config = ""} : (!stablehlo.token) -> (tensor<4xf32>, !stablehlo.token)
        return %out#0 : tensor<4xf32> } }"#;
    let failure = failure(client.compile(infeed));
    assert!(failure.message.contains("`infeed` would wait for ever"), "{failure}");
}

/// Runs on the device named in the call.
fn run_on(
    program: &Loaded,
    argument: &Buffer,
    device: *mut sys::PJRT_Device,
) -> crate::harness::Result<Buffer> {
    let arguments = [argument.0];
    let lists = [arguments.as_ptr()];
    let mut results = [ptr::null_mut()];
    let outputs = [results.as_mut_ptr()];
    let mut options = sys::PJRT_ExecuteOptions::versioned();
    call!(PJRT_LoadedExecutable_Execute(PJRT_LoadedExecutable_Execute_Args) {
        executable: program.0,
        options: &mut options,
        argument_lists: lists.as_ptr(),
        num_devices: 1,
        num_args: 1,
        output_lists: outputs.as_ptr(),
        execute_device: device,
    })?;
    Ok(Buffer(results[0]))
}

#[test]
fn portable_programs_run_where_they_are_told() {
    let client = Client::with(&[integer("cpu_device_count", 2)]).expect("a client");
    let devices = client.devices();
    // compile_portable_executable
    let options = [&[0x20, 1][..], crate::harness::ONE_DEVICE].concat();
    let program = client.compile_bytes(double().as_bytes(), "mlir", &options).expect("it compiles");
    for device in &devices {
        let argument = client.buffer_on(&[1f32, 2.0, 3.0, 4.0], &[4], *device);
        let result = run_on(&program, &argument, *device).expect("it runs");
        assert_eq!(result.read::<f32>(4).expect("readable"), [2.0, 4.0, 6.0, 8.0]);
    }
    let elsewhere = client.buffer_on(&[1f32; 4], &[4], devices[0]);
    assert!(invalid(run_on(&program, &elsewhere, devices[1])).contains("argument 0 is on"));
    assert!(invalid(run_on(&program, &elsewhere, ptr::null_mut())).contains("needs an `execute_device`"));
    let fixed = client.compile(&double()).expect("it compiles");
    let argument = client.buffer_on(&[1f32; 4], &[4], devices[1]);
    assert!(run_on(&fixed, &argument, devices[1]).is_err(), "compiled for the other device");
    let other = Client::new();
    assert!(invalid(run_on(&program, &elsewhere, other.devices()[0])).contains("another client"));
}

#[test]
fn programs_without_arguments_or_with_several_results() {
    let client = Client::new();
    let constant = module(&[], "tensor<3xi32>", "%out = stablehlo.constant dense<[1, 2, 3]> : tensor<3xi32>");
    let program = client.compile(&constant).expect("it compiles");
    assert_eq!(program.run(&[], 1).expect("it runs")[0].read::<i32>(3).expect("readable"), [1, 2, 3]);
    let pair = "module @pair { func.func public @main(%a: tensor<2xf32>) -> (tensor<2xf32>, tensor<f32>) {
        %z = stablehlo.constant dense<7.0> : tensor<f32>
        return %a, %z : tensor<2xf32>, tensor<f32> } }";
    let program = client.compile(pair).expect("it compiles");
    let results = program.run(&[&client.buffer(&[1f32, 2.0], &[2])], 2).expect("it runs");
    assert_eq!(results[0].read::<f32>(2).expect("readable"), [1.0, 2.0]);
    assert_eq!(results[1].read::<f32>(1).expect("readable"), [7.0]);
}

#[test]
fn many_threads_compile_and_run_at_once() {
    let client = Client::new();
    let address = client.0 as usize;
    std::thread::scope(|scope| {
        for thread in 0..4 {
            scope.spawn(move || {
                let client = std::mem::ManuallyDrop::new(Client(address as *mut sys::PJRT_Client));
                let program = client.compile(&double()).expect("it compiles");
                for run in 0..50 {
                    let value = (thread * 100 + run) as f32;
                    let argument = client.buffer(&[value; 4], &[4]);
                    let result = program.run(&[&argument], 1).expect("it runs").remove(0);
                    assert_eq!(result.read::<f32>(4).expect("readable"), [2.0 * value; 4]);
                }
            });
        }
    });
}
