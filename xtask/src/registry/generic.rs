//! `pkg:generic/...?download_url=...`: artifacts that their makers publish at an address of their own.

use anyhow::{Context as _, Result, bail};
use bering_build::lock::Artifact;
use reqwest::Url;

use super::credentials;
use super::netrc::Netrc;
use crate::fetch::http::{Client, plain};
use crate::fetch::source::{Registry, Source};

/// Upstream addresses that stand in the lock itself.
pub(crate) struct Upstream {
    pub(crate) netrc: Netrc,
}

impl Upstream {
    /// The address, if a file of the locked size lies there. Nobody publishes its hash; a download is checked anyway.
    pub(crate) fn confirm(&self, client: &Client, artifact: &Artifact) -> Result<String> {
        let source = self.sources(artifact)?.pop().context("it has no address")?;
        let mut request = client.get(&source.url);
        for (name, value) in &source.headers {
            request = request.header(name, value);
        }
        let response = request.send().and_then(|response| response.error_for_status()).map_err(plain)?;
        match response.content_length() {
            Some(size) if size != artifact.size => {
                bail!("it has {size} bytes there, the lock says {}", artifact.size)
            }
            _ => Ok(source.url),
        }
    }
}

impl Registry for Upstream {
    fn label(&self) -> String {
        "the upstream address in the lock".to_string()
    }

    fn sources(&self, artifact: &Artifact) -> Result<Vec<Source>> {
        if artifact.purl.kind != "generic" {
            return Ok(Vec::new());
        }
        let Some(address) = artifact.purl.qualifier("download_url") else {
            bail!("`{}` has no `download_url`, so only a mirror or a bundle can serve it", artifact.purl);
        };
        let url = Url::parse(address).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let Some(mut url) = url else { bail!("`{address}` in `{}` is not an http address", artifact.purl) };
        self.netrc.authorize(&mut url);
        let (url, headers) = credentials(&url);
        Ok(vec![Source { url: url.to_string(), headers }])
    }
}
