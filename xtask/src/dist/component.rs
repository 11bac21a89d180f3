//! What a distribution is made of, as its bill of materials and its licences see it: crates, artifacts of the lock, the Rust
//! library, and what an image takes from the machine.

use super::crates::{Crate, Crates};
use bering_build::lock::Artifact;
use bering_build::purl::Purl;
use std::path::PathBuf;

/// One thing with a name, a version and a licence.
#[derive(Debug, Clone)]
pub(crate) struct Component {
    /// Unique in the distribution.
    pub(crate) id: String,
    pub(crate) kind: Kind,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) purl: Option<String>,
    /// An SPDX expression.
    pub(crate) license: Option<String>,
    pub(crate) sha256: Option<String>,
    /// Part of what is shipped; otherwise it only helped to build.
    pub(crate) shipped: bool,
    /// Files with its licence.
    pub(crate) texts: Vec<PathBuf>,
    pub(crate) source: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Crate,
    Artifact,
    Model,
    System,
}

/// What licence files are called, in any case and with any ending.
const LICENCE_NAMES: [&str; 7] =
    ["license", "licence", "copying", "copyright", "notice", "unlicense", "third_party_notices"];

/// The licence files of a directory, in order.
pub(crate) fn licence_texts(directory: &std::path::Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let is_text = |path: &PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase());
        path.is_file() && name.is_some_and(|name| LICENCE_NAMES.iter().any(|start| name.starts_with(start)))
    };
    let mut texts: Vec<_> = entries.map(|entry| entry.path()).filter(is_text).collect();
    texts.sort();
    texts
}

pub(crate) fn of_crates(crates: &Crates, project_licence: &std::path::Path) -> Vec<Component> {
    crates.all.iter().map(|(id, found)| of_crate(id, found, project_licence)).collect()
}

fn of_crate(id: &str, found: &Crate, project_licence: &std::path::Path) -> Component {
    let mut texts = licence_texts(&found.directory);
    texts.extend(found.license_file.iter().filter(|file| file.is_file()).cloned());
    // The project's own text is that of Apache-2.0, word for word.
    let same = found.own || found.license.as_deref() == Some("Apache-2.0");
    if same && texts.is_empty() && project_licence.is_file() {
        texts.push(project_licence.to_path_buf());
    }
    texts.sort();
    texts.dedup();
    Component {
        id: id_of_crate(id, found),
        kind: Kind::Crate,
        name: found.name.clone(),
        version: found.version.clone(),
        purl: Some(purl(found)),
        license: found.license.clone(),
        sha256: found.checksum.clone(),
        shipped: found.linked,
        texts,
        source: found.repository.clone(),
    }
}

fn purl(found: &Crate) -> String {
    let purl = Purl {
        kind: "cargo".to_owned(),
        namespace: String::new(),
        name: found.name.clone(),
        version: found.version.clone(),
        qualifiers: Vec::new(),
    };
    purl.to_string()
}

/// The id of a crate whose id for cargo is `id`: that one has a path of this machine in it for our own crates.
pub(crate) fn id_of_crate(id: &str, found: &Crate) -> String {
    let purl = purl(found);
    match (found.own, id.starts_with("registry+")) {
        (true, _) => format!("{purl}#own"),
        (false, true) => purl,
        // From elsewhere than a registry, it may share its name with one from there.
        (false, false) => format!("{purl}#other"),
    }
}

/// An artifact of the lock; `shipped` if something of it is in the distribution.
pub(crate) fn of_artifact(artifact: &Artifact, shipped: bool, texts: Vec<PathBuf>) -> Component {
    let model =
        artifact.unpack.iter().all(|rule| rule.to.starts_with("models/") || rule.to.starts_with("licenses/"));
    Component {
        id: artifact.purl.to_string(),
        kind: if model { Kind::Model } else { Kind::Artifact },
        name: artifact.name.clone(),
        version: artifact.purl.version.clone(),
        purl: Some(artifact.purl.to_string()),
        license: Some(artifact.license.clone()),
        sha256: Some(artifact.sha256.to_string()),
        shipped,
        texts,
        source: None,
    }
}
