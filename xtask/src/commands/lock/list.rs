//! `cargo xtask lock list`.

use anyhow::Result;
use std::process::ExitCode;

use crate::checkout::Checkout;
use crate::columns;
use crate::progress::size;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Only the artifacts for this machine
    #[arg(long)]
    here: bool,
}

pub(crate) fn main(arguments: Arguments) -> Result<ExitCode> {
    let lock = Checkout::find()?.lock()?;
    let mut rows =
        vec![["NAME", "HOST", "PACKAGE", "VERSION", "SIZE", "LICENCE", "CHECKED"].map(str::to_string)];
    let here = if arguments.here { Some(crate::checkout::host()?) } else { None };
    let mut total = 0;
    for artifact in &lock.artifacts {
        if here.is_some_and(|here| artifact.host != here && artifact.host != bering_build::lock::ANY_HOST) {
            continue;
        }
        total += artifact.size;
        rows.push([
            artifact.name.clone(),
            artifact.host.clone(),
            artifact.purl.name.clone(),
            artifact.purl.version.clone(),
            size(artifact.size),
            artifact.license.clone(),
            artifact.checked.as_str().to_string(),
        ]);
    }
    print!("{}", columns::table(&rows));
    println!("{} artifacts, {}", rows.len() - 1, size(total));
    Ok(ExitCode::SUCCESS)
}
