//! `cargo xtask test`.

use anyhow::{Result, bail};
use std::process::ExitCode;

#[derive(clap::Args)]
pub(crate) struct Arguments {}

pub(crate) fn main(_arguments: Arguments) -> Result<ExitCode> {
    bail!("`test` is not available yet")
}
