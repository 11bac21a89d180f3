//! Loads a PJRT plugin, makes a client and prints one line about both:
//!
//! ```text
//! platform=cpu pjrt=0.115 devices=1 version="..."
//! ```
//!
//! `cargo run -p bering-runtime --example plugin_info -- path/to/libpjrt_cpu.so`. With `--no-client` before the path, devices
//! are left alone and only `pjrt=0.115` is printed: that works for a plugin whose hardware is not there.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::process::ExitCode;

use bering_runtime::{ClientOptions, Plugin, Result};

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let described = match &arguments[..] {
        [path] => describe(path.as_ref()),
        [flag, path] if flag == "--no-client" => version(path.as_ref()),
        _ => {
            eprintln!("usage: plugin_info [--no-client] PLUGIN");
            return ExitCode::from(2);
        }
    };
    match described {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn version(path: &std::path::Path) -> Result<String> {
    let (major, minor) = Plugin::load(path)?.api_version();
    Ok(format!("pjrt={major}.{minor}"))
}

fn describe(path: &std::path::Path) -> Result<String> {
    let plugin = Plugin::load(path)?;
    let (major, minor) = plugin.api_version();
    let client = plugin.client(&ClientOptions::new())?;
    Ok(format!(
        "platform={} pjrt={major}.{minor} devices={} version={:?}",
        client.platform_name(),
        client.devices().len(),
        client.platform_version()
    ))
}
