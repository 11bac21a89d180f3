//! Mirrors and bundles: places that serve whole files by hash, at `sha256/<hash>`.

use super::source::{Registry, Source};
use crate::registry::logins::Logins;
use anyhow::{Context as _, Result, bail};
use bering_build::lock::Artifact;

/// A directory or URL in the shape of a bundle.
#[derive(Debug)]
pub(crate) struct Mirror {
    base: String,
    /// What this place wants to see of a user; never printed.
    headers: Vec<(String, String)>,
}

impl Mirror {
    /// Each place is a directory, or a `file://`, `http://` or `https://` URL; `option` is what the user calls them.
    pub(crate) fn all(places: &[String], option: &str, logins: &Logins) -> Result<Vec<Self>> {
        let bases = places.iter().map(|place| base(place, option)).collect::<Result<Vec<_>>>()?;
        let remote: Vec<String> = bases.iter().filter(|base| !is_local(base)).cloned().collect();
        let mut remote = logins.apply(&remote).with_context(|| option.to_owned())?.into_iter();
        let mirror = |base: String| match is_local(&base) {
            true => Some(Self { base, headers: Vec::new() }),
            false => remote
                .next()
                .map(|Source { url, headers }| Self { base: url.trim_end_matches('/').to_owned(), headers }),
        };
        Ok(bases.into_iter().filter_map(mirror).collect())
    }
}

/// Whether a place is on this machine.
pub(crate) fn is_local_place(place: &str, option: &str) -> Result<bool> {
    Ok(is_local(&base(place, option)?))
}

fn is_local(base: &str) -> bool {
    base.starts_with("file://")
}

fn base(place: &str, option: &str) -> Result<String> {
    if place.starts_with("https://") || place.starts_with("http://") {
        return Ok(place.to_owned());
    }
    let path = place.strip_prefix("file://").unwrap_or(place);
    if path.contains("://") {
        bail!("{option}: `{place}` is neither a directory nor a file://, http:// or https:// URL");
    }
    let path =
        std::fs::canonicalize(path).with_context(|| format!("{option}: there is no directory `{path}`"))?;
    if !path.is_dir() {
        bail!("{option}: `{}` is not a directory", path.display());
    }
    let path = path.to_str().with_context(|| format!("{option}: `{}` is not UTF-8", path.display()))?;
    Ok(format!("file://{path}"))
}

impl Registry for Mirror {
    fn label(&self) -> String {
        format!("`{}`", super::http::without_credentials(&self.base))
    }

    fn sources(&self, artifact: &Artifact) -> Result<Vec<Source>> {
        let url = format!("{}/sha256/{}", self.base, artifact.sha256);
        Ok(vec![Source { url, headers: self.headers.clone() }])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_becomes_a_file_url_and_nonsense_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().canonicalize().unwrap();
        let make = |place: &str| Mirror::all(&[place.to_owned()], "--bundle", &Logins::default());
        let local = make(dir.path().to_str().unwrap()).unwrap().remove(0);
        assert_eq!(local.base, format!("file://{}", path.display()));
        assert!(!is_local_place("https://mirror.example/x/", "--bundle").unwrap());
        assert_eq!(make("https://mirror.example/x/").unwrap()[0].base, "https://mirror.example/x");
        for bad in ["ftp://mirror.example", "/nonexistent/bundle"] {
            assert!(make(bad).unwrap_err().to_string().starts_with("--bundle: "));
        }
    }
}
