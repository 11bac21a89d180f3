//! `cargo xtask ci`: the jobs of `ci/matrix.toml`, and the workflow files made from them.

use crate::checkout::{self, Checkout};
use crate::ci::matrix::Matrix;
use crate::ci::{self, github, gitlab};
use anyhow::{Context as _, Result, bail};
use clap::Subcommand;
use std::io::Write as _;
use std::process::ExitCode;
use std::time::Instant;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Print the jobs as the JSON that a workflow's matrix takes
    Matrix,
    /// Do a job's steps on this machine
    Run {
        /// A job of ci/matrix.toml
        job: String,
        /// Print the commands and run none
        #[arg(long)]
        dry_run: bool,
    },
    /// Fail when a workflow file is not what `generate` would write
    Check,
    /// Write the workflow files of GitHub Actions and GitLab CI
    Generate,
}

pub(crate) fn main(arguments: Arguments) -> Result<ExitCode> {
    let checkout = Checkout::find()?;
    let path = checkout.root().join(ci::MATRIX);
    let text =
        std::fs::read_to_string(&path).with_context(|| format!("`{}` cannot be read", path.display()))?;
    let matrix = Matrix::parse(&text)?;
    match arguments.command {
        Command::Matrix => println!("{}", matrix.json(&checkout.lock()?)?),
        Command::Run { job, dry_run } => return run(&checkout, &matrix, &job, dry_run),
        Command::Check => check(&checkout, &matrix)?,
        Command::Generate => generate(&checkout, &matrix)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Every generated file with its text, by its path in the checkout.
fn generated(checkout: &Checkout, matrix: &Matrix) -> Result<[(&'static str, String); 2]> {
    let lock = checkout.lock()?;
    Ok([(github::PATH, github::workflow()), (gitlab::PATH, gitlab::pipeline(&matrix.entries(&lock)?))])
}

fn check(checkout: &Checkout, matrix: &Matrix) -> Result<()> {
    let stale: Vec<String> = generated(checkout, matrix)?
        .into_iter()
        .filter(|(path, text)| {
            std::fs::read(checkout.root().join(path)).ok().as_deref() != Some(text.as_bytes())
        })
        .map(|(path, _)| format!("`{path}`"))
        .collect();
    if !stale.is_empty() {
        bail!(
            "{} not what `{}` says\nhint: run `cargo xtask ci generate` and commit the result",
            if stale.len() == 1 {
                format!("{} is", stale[0])
            } else {
                format!("{} are", stale.join(" and "))
            },
            ci::MATRIX
        );
    }
    Ok(())
}

fn generate(checkout: &Checkout, matrix: &Matrix) -> Result<()> {
    for (path, text) in generated(checkout, matrix)? {
        let file = checkout.root().join(path);
        let directory = file.parent().context("a generated file has no directory")?;
        let write = || -> Result<()> {
            std::fs::create_dir_all(directory)?;
            let mut temporary = tempfile::NamedTempFile::new_in(directory)?;
            temporary.write_all(text.as_bytes())?;
            std::fs::set_permissions(temporary.path(), readable())?;
            temporary.persist(&file)?;
            Ok(())
        };
        write().with_context(|| format!("`{}` cannot be written", file.display()))?;
        println!("wrote `{path}`");
    }
    Ok(())
}

/// A source file's permissions; temporary files are their owner's alone.
#[cfg(unix)]
fn readable() -> std::fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o644)
}

/// Does the steps of a job one after another and stops at the first that fails.
fn run(checkout: &Checkout, matrix: &Matrix, name: &str, dry_run: bool) -> Result<ExitCode> {
    let job = matrix.job(name)?;
    let here = checkout::host()?;
    if !dry_run && job.on() != here {
        bail!(
            "job `{name}` is done on `{}`, this machine is `{here}`\nhint: `--dry-run` prints its commands",
            job.on()
        );
    }
    for call in job.runs.iter().flat_map(|step| step.calls(job)) {
        println!("+ {}", call.line());
        if dry_run {
            continue;
        }
        let start = Instant::now();
        let status = call.command(checkout.root()).status().context("cargo cannot be run")?;
        if !status.success() {
            eprintln!("error: job `{name}` failed at `{}`", call.line());
            return Ok(super::exit_code(status));
        }
        println!("+ done in {:.0} s", start.elapsed().as_secs_f64());
    }
    Ok(ExitCode::SUCCESS)
}
