//! `cargo xtask run`.

use anyhow::{Result, bail};
use std::process::ExitCode;

#[derive(clap::Args)]
pub(crate) struct Arguments {}

pub(crate) fn main(_arguments: Arguments) -> Result<ExitCode> {
    bail!("`run` is not available yet")
}
