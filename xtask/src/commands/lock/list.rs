//! `cargo xtask lock list`.

use anyhow::Result;
use std::process::ExitCode;

use crate::checkout::Checkout;
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
    print!("{}", table(&rows));
    println!("{} artifacts, {}", rows.len() - 1, size(total));
    Ok(ExitCode::SUCCESS)
}

/// Columns as wide as their widest cell.
fn table<const N: usize>(rows: &[[String; N]]) -> String {
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let width = rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
            line.push_str(&format!("{cell:<width$}  "));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn columns_line_up() {
        let rows = [["a", "long", "x"], ["bb", "b", "y"]].map(|row| row.map(str::to_string));
        assert_eq!(super::table(&rows), "a   long  x\nbb  b     y\n");
    }
}
