//! `cargo xtask run NAME -- ARGS`: set up, build a binary in release, become it.

use super::setup;
use crate::cargo;
use crate::checkout::Checkout;
use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    setup: setup::Arguments,
    /// The package whose binary is run
    name: String,
    /// What the binary gets
    #[arg(last = true, value_name = "ARGS")]
    rest: Vec<std::ffi::OsString>,
}

pub(crate) fn main(arguments: Arguments) -> Result<ExitCode> {
    let checkout = Checkout::find()?;
    arguments.setup.set_up(&checkout)?;
    let Some(binary) = build(checkout.root(), &arguments.name)? else {
        // Cargo has said why.
        return Ok(ExitCode::FAILURE);
    };
    let mut command = Command::new(&binary);
    command.args(&arguments.rest);
    cargo::clean_environment(&mut command, checkout.root());
    become_it(command).with_context(|| format!("`{}` cannot be run", binary.display()))
}

/// The part of cargo's messages that says what was built.
#[derive(Deserialize)]
struct Message {
    reason: String,
    executable: Option<PathBuf>,
    target: Option<Target>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

/// Builds the package and finds its binary: the one of the package's name, or the only one.
fn build(root: &Path, name: &str) -> Result<Option<PathBuf>> {
    let output = cargo::command(root)
        .args(["build", "--release", "--package", name, "--message-format", "json-render-diagnostics"])
        .stderr(Stdio::inherit())
        .output()
        .context("cargo cannot be run")?;
    if !output.status.success() {
        return Ok(None);
    }
    let mut built = Vec::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let Ok(message) = serde_json::from_str::<Message>(line) else { continue };
        if let ("compiler-artifact", Some(executable), Some(target)) =
            (message.reason.as_str(), message.executable, message.target)
        {
            built.push((target.name, executable));
        }
    }
    if let Some(at) = built.iter().position(|(target, _)| target == name) {
        return Ok(Some(built.swap_remove(at).1));
    }
    match built.len() {
        1 => Ok(built.pop().map(|(_, executable)| executable)),
        0 => bail!("package `{name}` has no binary"),
        _ => bail!("package `{name}` has several binaries, none of its name"),
    }
}

/// Replaces this process, so that signals and the exit code are the binary's own.
#[cfg(unix)]
fn become_it(mut command: Command) -> Result<ExitCode> {
    Err(std::os::unix::process::CommandExt::exec(&mut command).into())
}

#[cfg(not(unix))]
fn become_it(mut command: Command) -> Result<ExitCode> {
    Ok(super::exit_code(command.status()?))
}
