//! Mirrors and bundles: places that serve whole files by hash, at `sha256/<hash>`.

use super::source::{Registry, Source};
use anyhow::{Context as _, Result, bail};
use bering_build::lock::Artifact;

/// A directory or URL in the shape of a bundle.
#[derive(Debug)]
pub(crate) struct Mirror {
    base: String,
}

impl Mirror {
    /// `place` is a directory, or a `file://`, `http://` or `https://` URL; `option` is what the user calls it.
    pub(crate) fn new(place: &str, option: &str) -> Result<Self> {
        if place.starts_with("https://") || place.starts_with("http://") {
            return Ok(Self { base: place.trim_end_matches('/').to_owned() });
        }
        let path = place.strip_prefix("file://").unwrap_or(place);
        if path.contains("://") {
            bail!("{option}: `{place}` is neither a directory nor a file://, http:// or https:// URL");
        }
        let path = std::fs::canonicalize(path)
            .with_context(|| format!("{option}: there is no directory `{path}`"))?;
        if !path.is_dir() {
            bail!("{option}: `{}` is not a directory", path.display());
        }
        let path = path.to_str().with_context(|| format!("{option}: `{}` is not UTF-8", path.display()))?;
        Ok(Self { base: format!("file://{path}") })
    }

    pub(crate) fn is_local(&self) -> bool {
        self.base.starts_with("file://")
    }
}

impl Registry for Mirror {
    fn label(&self) -> String {
        format!("`{}`", super::http::without_credentials(&self.base))
    }

    fn sources(&self, artifact: &Artifact) -> Result<Vec<Source>> {
        Ok(vec![Source { url: format!("{}/sha256/{}", self.base, artifact.sha256), headers: Vec::new() }])
    }
}

#[cfg(test)]
mod tests {
    use super::Mirror;

    #[test]
    fn a_directory_becomes_a_file_url_and_nonsense_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().canonicalize().unwrap();
        let local = Mirror::new(dir.path().to_str().unwrap(), "--bundle").unwrap();
        assert!(local.is_local());
        assert_eq!(local.base, format!("file://{}", path.display()));
        assert!(!Mirror::new("https://mirror.example/x/", "--bundle").unwrap().is_local());
        for bad in ["ftp://mirror.example", "/nonexistent/bundle"] {
            assert!(Mirror::new(bad, "--bundle").unwrap_err().to_string().starts_with("--bundle: "));
        }
    }
}
