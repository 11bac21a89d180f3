//! Loads a PJRT plugin, makes a client and prints one line about both:
//!
//! ```text
//! platform=cpu pjrt=0.115 devices=1 version="..."
//! ```
//!
//! `cargo run -p bering-runtime --example plugin_info -- path/to/libpjrt_cpu.so`

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::process::ExitCode;

use bering_runtime::{ClientOptions, Plugin, Result};

fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1) else {
        eprintln!("usage: plugin_info PLUGIN");
        return ExitCode::from(2);
    };
    match describe(path.as_ref()) {
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
