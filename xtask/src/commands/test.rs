//! `cargo xtask test`: set up, then every test of the workspace.

use super::setup;
use crate::cargo;
use crate::checkout::Checkout;
use anyhow::{Context as _, Result};
use std::process::ExitCode;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    setup: setup::Arguments,
    /// What `cargo test --workspace` gets besides
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGS")]
    rest: Vec<String>,
}

pub(crate) fn main(arguments: Arguments) -> Result<ExitCode> {
    let checkout = Checkout::find()?;
    arguments.setup.set_up(&checkout)?;
    let status = cargo::command(checkout.root())
        .args(["test", "--workspace"])
        .args(&arguments.rest)
        .status()
        .context("cargo cannot be run")?;
    Ok(super::exit_code(status))
}
