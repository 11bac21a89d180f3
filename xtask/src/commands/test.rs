//! `cargo xtask test`: set up, then every test of the workspace.

use super::setup;
use crate::cargo;
use crate::checkout::Checkout;
use anyhow::{Context as _, Result};
use std::ffi::OsString;
use std::process::ExitCode;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    setup: setup::Arguments,
    /// What `cargo test --workspace` gets besides
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGS")]
    rest: Vec<OsString>,
}

pub(crate) fn main(arguments: Arguments) -> Result<ExitCode> {
    let checkout = Checkout::find()?;
    arguments.setup.set_up(&checkout)?;
    let mut command = cargo::command(checkout.root());
    command.args(["test", "--workspace"]);
    let given: Vec<_> = std::env::args_os().collect();
    if separated(&given, arguments.rest.len()) {
        command.arg("--");
    }
    let status = command.args(&arguments.rest).status().context("cargo cannot be run")?;
    Ok(super::exit_code(status))
}

/// Whether a `--` stood directly before the last `rest` arguments: the parser drops that one, and cargo needs it to
/// tell its own arguments from those of the tests.
fn separated(given: &[OsString], rest: usize) -> bool {
    let before = given.len().checked_sub(rest + 1).and_then(|at| given.get(at));
    before.is_some_and(|argument| argument == "--")
}

#[cfg(test)]
mod tests {
    use super::separated;

    #[test]
    fn only_a_separator_before_the_rest_counts() {
        let check = |text: &str, rest: usize| {
            let given: Vec<_> = text.split(' ').map(Into::into).collect();
            separated(&given, rest)
        };
        assert!(check("xtask test -- --nocapture", 1));
        assert!(!check("xtask test --offline -p x -- --nocapture", 4));
        assert!(!check("xtask test", 0));
    }
}
