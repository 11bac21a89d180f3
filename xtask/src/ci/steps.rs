//! What the steps of a job do: plain cargo commands, the same here and on every service.

use super::matrix::{Job, Profile};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::process::Command;

/// One step of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Step {
    /// Format, lints, docs, generated files.
    Check,
    /// The models' binaries for the job's target and host.
    Build,
    /// The README's test command.
    Test,
    /// The README's main command.
    Run,
    /// The distribution, with its OCI image, below `target/dist`.
    Dist,
}

/// A command of a step: what cargo gets, and what is added to its environment.
pub(crate) struct Call {
    pub(crate) arguments: Vec<String>,
    environment: &'static [(&'static str, &'static str)],
}

impl Call {
    fn new(text: &str) -> Call {
        Call { arguments: text.split(' ').map(str::to_owned).collect(), environment: &[] }
    }

    fn with(mut self, environment: &'static [(&'static str, &'static str)]) -> Call {
        self.environment = environment;
        self
    }

    fn and<const N: usize>(mut self, more: [&str; N]) -> Call {
        self.arguments.extend(more.map(str::to_owned));
        self
    }

    /// The call as a user would type it.
    pub(crate) fn line(&self) -> String {
        let mut words: Vec<String> =
            self.environment.iter().map(|(name, value)| format!("{name}={}", quoted(value))).collect();
        words.push("cargo".to_owned());
        words.extend(self.arguments.iter().map(|argument| quoted(argument)));
        words.join(" ")
    }

    /// The call as a process in the checkout's root.
    pub(crate) fn command(&self, root: &Path) -> Command {
        let mut command = crate::cargo::command(root);
        command.args(&self.arguments).envs(self.environment.iter().copied());
        command
    }
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=,:".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.to_owned() } else { format!("'{word}'") }
}

impl Step {
    /// The commands of this step of a job, in order.
    pub(crate) fn calls(self, job: &Job) -> Vec<Call> {
        let target = job.target.as_str();
        let for_host = |call: Call| match job.on() == job.host {
            true => call,
            false => call.and(["--host", job.host.as_str()]),
        };
        match self {
            Step::Check => vec![
                Call::new("fmt --all --check"),
                Call::new("xtask setup"),
                Call::new("clippy --workspace --all-targets -- -D warnings"),
                Call::new("doc --workspace --no-deps").with(&[("RUSTDOCFLAGS", "-D warnings")]),
                Call::new("xtask ci check"),
                // Devices of other targets than the CPU, by name: their code is there only with their features.
                Call::new("test --package bering --lib --features cuda12,cuda13,rocm7,tpu"),
            ],
            Step::Build => {
                vec![for_host(Call::new("xtask build --package minilm").and(["--target", target]))]
            }
            Step::Test => vec![match job.profile {
                Profile::Dev => Call::new("xtask test"),
                Profile::Release => Call::new("xtask test --release"),
            }],
            Step::Run => vec![Call::new("xtask run minilm -- similarity").and([
                "A man is playing guitar",
                "Someone strums an instrument",
                "The stock market fell",
            ])],
            Step::Dist => {
                let call = Call::new("xtask dist --package minilm --oci --out target/dist");
                vec![for_host(call.and(["--target", target]))]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_printed_as_it_is_typed() {
        let call = Call::new("doc --no-deps").with(&[("RUSTDOCFLAGS", "-D warnings")]).and(["a b"]);
        assert_eq!(call.line(), "RUSTDOCFLAGS='-D warnings' cargo doc --no-deps 'a b'");
    }
}
