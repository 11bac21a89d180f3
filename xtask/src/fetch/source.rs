//! Where an artifact can be had.

use anyhow::Result;
use bering_build::lock::Artifact;

/// One place that may hold the whole file of an artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Source {
    /// `https://`, `http://` or `file://`.
    pub(crate) url: String,
    /// Request headers that this place needs (credentials); never printed.
    pub(crate) headers: Vec<(String, String)>,
}

/// Somebody who knows places: a registry's index, a mirror, a bundle.
///
/// Asked only when a download is due, and from several threads at once.
pub(crate) trait Registry: Send + Sync {
    /// What messages call it, e.g. `the Python package index`.
    fn label(&self) -> String;

    /// The places to try, best first; empty if this registry does not serve such artifacts at all.
    ///
    /// # Errors
    /// If it should know the artifact but could not be asked, or says that it does not have it.
    fn sources(&self, artifact: &Artifact) -> Result<Vec<Source>>;

    /// What to tell the user when no source had the file, e.g. which newer version replaced it; one `hint:` line's text.
    fn advice(&self, _artifact: &Artifact) -> Option<String> {
        None
    }
}
