//! `cargo xtask doctor`: what is there, what is missing, and whether it works.
//!
//! Every line is one finding. A missing thing that is needed makes the exit code non-zero and comes with a hint; the rest
//! is for people who compare machines. Nothing is downloaded or changed.

mod machine;
pub(crate) mod plugin;
mod project;

use anyhow::Result;
use std::process::ExitCode;

use crate::checkout::Checkout;
use crate::registry::Options;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A Python package index to use instead of the configured one
    #[arg(long, value_name = "URL")]
    index_url: Option<String>,
}

pub(crate) fn main(arguments: Arguments) -> Result<ExitCode> {
    let checkout = Checkout::find()?;
    let options = Options { index_url: arguments.index_url };
    let mut report = Report::default();
    machine::examine(&checkout, &mut report);
    project::examine(&checkout, &options, &mut report);
    plugin::examine(&checkout, &mut report);
    Ok(report.conclude())
}

/// The findings so far; each is printed at once, because some take seconds.
#[derive(Default)]
struct Report {
    missing: usize,
}

impl Report {
    /// Something that works.
    fn good(&mut self, what: &str, detail: impl std::fmt::Display) {
        self.line("ok", what, &detail.to_string());
    }

    /// Something to know that nothing needs.
    fn note(&mut self, what: &str, detail: impl std::fmt::Display) {
        self.line("note", what, &detail.to_string());
    }

    /// Something that is needed and is not there or does not work.
    fn missing(&mut self, what: &str, detail: impl std::fmt::Display, hint: &str) {
        self.missing += 1;
        self.line("MISSING", what, &detail.to_string());
        println!("{:24}hint: {hint}", "");
    }

    /// The finding of an operation whose error names its own hints.
    fn outcome<T: std::fmt::Display>(&mut self, what: &str, result: Result<T>) {
        match result {
            Ok(detail) => self.good(what, detail),
            Err(error) => {
                self.missing += 1;
                self.line("MISSING", what, &format!("{error:#}"));
            }
        }
    }

    fn line(&self, state: &str, what: &str, detail: &str) {
        let mut lines = detail.trim_end().lines();
        println!("{state:<9}{what:<15}{}", lines.next().unwrap_or(""));
        lines.for_each(|line| println!("{:24}{line}", ""));
    }

    fn conclude(&self) -> ExitCode {
        match self.missing {
            0 => {
                println!("everything that is needed is there");
                ExitCode::SUCCESS
            }
            1 => {
                println!("1 thing is missing");
                ExitCode::FAILURE
            }
            count => {
                println!("{count} things are missing");
                ExitCode::FAILURE
            }
        }
    }
}
