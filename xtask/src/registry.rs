//! The package registries that artifacts come from, found through the user's ordinary client configuration.
//!
//! *Invariant:* no registry host stands in this project. Python's index is the one that pip or uv would use here, Debian's
//! archive the one in apt's sources, and an upstream address comes with its lock entry.

pub(crate) mod debian;
mod environment;
mod generic;
pub(crate) mod logins;
mod netrc;
pub(crate) mod programs;
pub(crate) mod python;

use std::io::Read as _;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use bering_build::lock::Artifact;
use reqwest::Url;

use self::debian::Debian;
use self::environment::Environment;
use self::python::PythonIndex;
use crate::fetch::http::{Client, plain, without_credentials};
use crate::fetch::source::{Registry, Source};

/// What the command line says about registries.
#[derive(Debug, Clone, Default)]
pub(crate) struct Options {
    /// `--index-url`: a Python package index to ask instead of the configured one.
    pub(crate) index_url: Option<String>,
}

/// The registries as themselves, for `lock` and `doctor`, which ask more than where a file is.
pub(crate) struct Registries {
    pub(crate) python: PythonIndex,
    pub(crate) debian: Arc<Debian>,
    pub(crate) upstream: generic::Upstream,
}

impl Registries {
    /// Cheap: each looks for its configuration when it is first asked.
    pub(crate) fn of_machine(options: &Options, client: &Client) -> Self {
        let env = Environment::of_process();
        let debian = Arc::new(Debian::new(&env));
        Self {
            python: PythonIndex::new(client, options.index_url.as_deref(), &env, debian.clone()),
            debian,
            upstream: generic::Upstream { netrc: netrc::Netrc::of_user(&env) },
        }
    }
}

/// The registries to ask, in order. Cheap: each looks for its configuration when it is first asked.
pub(crate) fn discover(options: &Options, client: &Client) -> Result<Vec<Box<dyn Registry>>> {
    let Registries { python, debian, upstream } = Registries::of_machine(options, client);
    Ok(vec![Box::new(python), Box::new(Shared(debian)), Box::new(upstream)])
}

/// Debian's archive is also asked by the Python index, for its own discovery.
struct Shared(Arc<Debian>);

impl Registry for Shared {
    fn label(&self) -> String {
        self.0.label()
    }

    fn sources(&self, artifact: &Artifact) -> Result<Vec<Source>> {
        self.0.sources(artifact)
    }

    fn advice(&self, artifact: &Artifact) -> Option<String> {
        self.0.advice(artifact)
    }
}

/// Takes the login out of a URL and makes the header of it, so that no URL that is printed or stored has one.
fn credentials(url: &Url) -> (Url, Vec<(String, String)>) {
    let mut bare = url.clone();
    let cleared = bare.set_username("").and_then(|()| bare.set_password(None));
    if url.username().is_empty() && url.password().is_none() || cleared.is_err() {
        return (bare, Vec::new());
    }
    let login = [percent_decode(url.username()), b":".to_vec(), percent_decode(url.password().unwrap_or(""))]
        .concat();
    (bare, vec![("authorization".to_string(), format!("Basic {}", base64(&login)))])
}

fn percent_decode(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let digits = bytes.get(at + 1..at + 3).and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()).filter(|_| bytes[at] == b'%') {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    out
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let group =
            chunk.iter().fold(0u32, |group, byte| group << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for digit in 0..4 {
            let value = (group >> (18 - 6 * digit)) as usize & 63;
            out.push(if digit <= chunk.len() { DIGITS[value] as char } else { '=' });
        }
    }
    out
}

/// The whole of a small file.
fn download_small(client: &Client, source: &Source, limit: u64) -> Result<Vec<u8>> {
    let mut request = client.get(&source.url);
    for (name, value) in &source.headers {
        request = request.header(name, value);
    }
    let response = request.send().map_err(plain)?;
    let shown = without_credentials(&source.url);
    if !response.status().is_success() {
        bail!("`{shown}` answered {}", response.status());
    }
    let mut body = Vec::new();
    response.take(limit + 1).read_to_end(&mut body).with_context(|| format!("`{shown}` broke off"))?;
    if body.len() as u64 > limit {
        bail!("`{shown}` sent more than {limit} bytes");
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_the_standard_one() {
        for (plain, coded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("\u{ff}>", "w78+"),
        ] {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }

    #[test]
    fn logins_leave_the_url() {
        let (url, headers) = credentials(&Url::parse("https://me:p%40ss@index.test/simple/").unwrap());
        assert_eq!(url.as_str(), "https://index.test/simple/");
        assert_eq!(headers, [("authorization".to_string(), format!("Basic {}", base64(b"me:p@ss")))]);
        let (url, headers) = credentials(&Url::parse("https://index.test/simple/").unwrap());
        assert_eq!((url.as_str(), headers.len()), ("https://index.test/simple/", 0));
    }
}
