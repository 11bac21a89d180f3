//! Compiles programs for hardware that is not here, through a plugin that knows how:
//!
//! ```text
//! compile_for libtpu.so v5e:2x2 add.mlir dot.mlir
//! compile_for xla_cuda_plugin.so cuda topology=1x1x1 target_config=@h100.txtpb add.mlir
//! ```
//!
//! After plugin and topology come options of the topology (`name=value`, `name=@file`), options of the compilation
//! (`--name=value`) and files with StableHLO. A line for each: `ok add.mlir 9371`, the size of the executable, or
//! `failed add.mlir: why`; at the end `compiled 1 of 2 for cuda (PJRT 0.116)`. With `--out=dir` the executables are kept.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bering_runtime::{ClientOptions, CompileOptions, Plugin, Program, Topology};

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<bool, Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let usage = "usage: compile_for PLUGIN TOPOLOGY [NAME=VALUE|NAME=@FILE|--NAME=VALUE]... FILE...";
    let (Some(plugin), Some(name)) = (arguments.next(), arguments.next()) else { return Err(usage.into()) };
    let (mut described, mut options) = (ClientOptions::new(), CompileOptions::new());
    let (mut files, mut out) = (Vec::new(), None);
    for argument in arguments {
        match argument.split_once('=') {
            Some(("--out", value)) => out = Some(PathBuf::from(value)),
            Some((name, value)) if name.starts_with("--") => {
                options = match value {
                    "true" | "false" => options.set(&name[2..], value == "true"),
                    value => options.set(&name[2..], value),
                };
            }
            Some((name, value)) => {
                let value = match value.strip_prefix('@') {
                    Some(file) => std::fs::read_to_string(file)?,
                    None => value.to_owned(),
                };
                described = described.set(name, value);
            }
            None => files.push(PathBuf::from(argument)),
        }
    }
    let plugin = Plugin::load(plugin)?;
    let topology = Topology::new(plugin, &name, &described)?;
    let mut compiled = 0;
    for file in &files {
        match compile(&topology, file, &options, out.as_deref()) {
            Ok(size) => {
                compiled += 1;
                println!("ok {} {size}", file.display());
            }
            Err(error) => println!("failed {}: {}", file.display(), error.to_string().replace('\n', " ")),
        }
    }
    let (major, minor) = plugin.api_version();
    println!(
        "compiled {compiled} of {} for {} (PJRT {major}.{minor})",
        files.len(),
        topology.platform_name()
    );
    Ok(compiled == files.len())
}

fn compile(
    topology: &Topology,
    file: &Path,
    options: &CompileOptions,
    out: Option<&Path>,
) -> Result<usize, Box<dyn Error>> {
    let code = std::fs::read(file)?;
    let executable = topology.compile(Program::mlir(&code), options)?;
    if let Some(out) = out {
        std::fs::create_dir_all(out)?;
        std::fs::write(out.join(file.file_stem().unwrap_or_default()).with_extension("pjrt"), &executable)?;
    }
    Ok(executable.len())
}
