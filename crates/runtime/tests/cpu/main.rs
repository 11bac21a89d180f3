//! The whole crate against the CPU plugin of this workspace.

mod buffers;
mod cache;
mod conversion;
mod devices;
mod events;
mod execution;
mod plugins;
mod profiles;

use bering_runtime::{Client, ClientOptions, CompileOptions, Executable, Plugin};

/// The plugin under test.
fn plugin() -> Plugin {
    Plugin::load(bering_pjrt_cpu::plugin_path()).expect("the plugin loads")
}

/// A client with one device.
fn client() -> Client {
    plugin().client(&ClientOptions::new()).expect("a client")
}

/// A client with four devices.
fn four_devices() -> Client {
    plugin().client(&ClientOptions::new().set("cpu_device_count", 4)).expect("a client")
}

/// Compiles `body`, StableHLO that defines `%out`, into `main(arguments) -> result`.
fn compile(client: &Client, arguments: &[&str], result: &str, body: &str) -> Executable {
    client.compile(&module(arguments, result, body), &CompileOptions::new()).expect("it compiles")
}

fn module(arguments: &[&str], result: &str, body: &str) -> String {
    let arguments: Vec<String> =
        arguments.iter().enumerate().map(|(index, ty)| format!("%arg{index}: {ty}")).collect();
    format!(
        "module @test {{ func.func public @main({}) -> {result} {{ {body} return %out : {result} }} }}",
        arguments.join(", ")
    )
}

/// The error of something that must fail, as text.
#[track_caller]
fn error_text<T>(result: bering_runtime::Result<T>) -> String {
    match result {
        Ok(_) => panic!("it should have failed"),
        Err(error) => error.to_string(),
    }
}
