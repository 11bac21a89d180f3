//! `cargo xtask lock audit`: what the package index says today of the locked files: withdrawn, under which licence.
//!
//! A licence is compared with the recipe's as words: the index gives free text, so a difference is shown for a person to judge and is
//! no failure. A withdrawn file is one.

use anyhow::Result;
use bering_build::lock::{ANY_HOST, Artifact};
use std::process::ExitCode;

use crate::checkout::Checkout;
use crate::columns;
use crate::fetch::http::Client;
use crate::registry::python::Standing;
use crate::registry::{Options, Registries};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A Python package index to ask instead of the configured one
    #[arg(long, value_name = "URL")]
    index_url: Option<String>,
    /// Only the artifacts for this machine
    #[arg(long)]
    here: bool,
}

pub(crate) fn main(arguments: Arguments) -> Result<ExitCode> {
    let lock = Checkout::find()?.lock()?;
    let here = if arguments.here { Some(crate::checkout::host()?) } else { None };
    let client = Client::new()?;
    let registries = Registries::of_machine(&Options { index_url: arguments.index_url }, &client);
    let mut rows =
        vec![["NAME", "HOST", "VERSION", "NEWEST", "LICENCE HERE", "AT THE INDEX", ""].map(str::to_string)];
    let (mut withdrawn, mut silent) = (0, 0);
    let wanted =
        |artifact: &&Artifact| here.is_none_or(|here| [here, ANY_HOST].contains(&artifact.host.as_str()));
    for artifact in lock.artifacts.iter().filter(wanted) {
        // Debian's licences stand in its packages, and its archive withdraws by replacing.
        if artifact.purl.kind != "pypi" {
            continue;
        }
        match registries.python.standing(artifact) {
            Ok(standing) => {
                withdrawn += usize::from(standing.withdrawn);
                rows.push(row(artifact, &standing));
            }
            Err(error) => {
                silent += 1;
                println!("problem  `{}` ({}): {error:#}", artifact.name, artifact.host);
            }
        }
    }
    print!("{}", columns::table(&rows));
    println!(
        "{} files: {withdrawn} withdrawn, {silent} that the index does not confirm",
        rows.len() - 1 + silent
    );
    Ok(if withdrawn + silent == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn row(artifact: &Artifact, standing: &Standing) -> [String; 7] {
    let stated = match &standing.license {
        Ok(Some(license)) => license.clone(),
        Ok(None) => "(not stated)".to_string(),
        Err(_) => "(no metadata served)".to_string(),
    };
    let said = standing.license.as_ref().ok().and_then(|license| license.as_deref());
    let mark = match (standing.withdrawn, agrees(&artifact.license, said)) {
        (true, _) => "WITHDRAWN by its makers: run `cargo xtask lock update`",
        (false, false) => "compare the licences",
        (false, true) => "",
    };
    let short: String = stated.chars().take(40).collect();
    [
        artifact.name.clone(),
        artifact.host.clone(),
        artifact.purl.version.clone(),
        standing.newest.clone().unwrap_or_else(|| "?".to_string()),
        artifact.license.clone(),
        short,
        mark.to_string(),
    ]
}

/// Whether some name in our expression stands in what the package says, written however; nothing said contradicts nothing.
fn agrees(license: &str, stated: Option<&str>) -> bool {
    let Some(stated) = stated else { return true };
    let plain = |text: &str| text.to_lowercase().replace(['-', '_', '.', ' '], "");
    let stated = plain(stated);
    let name = |word: &str| {
        word.trim_start_matches("LicenseRef-").split(['-', '.']).next().unwrap_or(word).to_lowercase()
    };
    license.split(' ').filter(|word| !matches!(*word, "AND" | "OR" | "WITH")).any(|word| {
        let whole = plain(word.trim_start_matches("LicenseRef-"));
        stated.contains(&whole) || stated.contains(&name(word))
    })
}

#[cfg(test)]
mod tests {
    use super::agrees;

    #[test]
    fn licences_agree_however_they_are_written() {
        for (ours, theirs) in [
            ("Apache-2.0", "Apache 2.0"),
            ("Apache-2.0 AND MIT", "MIT License"),
            ("BSD-3-Clause", "BSD"),
            ("LicenseRef-NVIDIA-Proprietary", "LicenseRef-NVIDIA-Proprietary"),
            ("LicenseRef-NVIDIA-Proprietary", "NVIDIA Proprietary Software"),
            ("LicenseRef-Google-libtpu", "Google Cloud Platform Terms of Service"),
        ] {
            assert!(agrees(ours, Some(theirs)), "{ours} and {theirs}");
        }
        assert!(agrees("MIT", None));
        assert!(!agrees("BSD-3-Clause", Some("GPL-3.0")));
    }
}
