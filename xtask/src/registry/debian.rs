//! Debian packages: found through the machine's own apt sources.
//!
//! A pool keeps its files at paths that follow from the source package, so a locked version is found without any
//! metadata. Where that fails, apt's lists decide, and say which newer version there is.

pub(crate) mod apt;

use std::sync::{Mutex, OnceLock};

use anyhow::{Context, Result, bail};
use bering_build::lock::Artifact;
use bering_build::purl::Purl;

use self::apt::{Apt, AptFile};
use super::environment::Environment;
use crate::fetch::source::{Registry, Source};

/// Directories of a pool; a security archive puts `updates` first.
const POOLS: [&str; 2] = ["pool/updates/main", "pool/main"];
/// Base URLs of archives (what stands before `pool/`), separated by spaces; for machines without Debian's apt.
const BASE_VARIABLE: &str = "BERING_DEBIAN_URL";

/// The apt sources of this machine.
pub(crate) struct Debian {
    system: Option<Apt>,
    given: Vec<String>,
    bases: OnceLock<Vec<String>>,
    private: Mutex<Vec<(String, std::sync::Arc<Apt>)>>,
}

impl Debian {
    pub(crate) fn new(env: &Environment) -> Self {
        let given = env.var(BASE_VARIABLE).unwrap_or_default();
        Self {
            system: Apt::of_system(),
            given: given.split_whitespace().map(|base| format!("{}/", base.trim_end_matches('/'))).collect(),
            bases: OnceLock::new(),
            private: Mutex::default(),
        }
    }

    /// Archives to look into: those given, else those of apt, security archives first.
    pub(crate) fn bases(&self) -> &[String] {
        self.bases.get_or_init(|| {
            if !self.given.is_empty() {
                return self.given.clone();
            }
            let mut bases = self.system.as_ref().map(Apt::base_uris).unwrap_or_default();
            bases.sort_by_key(|base| !base.contains("security"));
            bases
        })
    }

    fn apt(&self) -> Result<&Apt> {
        self.system.as_ref().with_context(|| {
            format!(
                "Debian packages need `apt-get` to be found, and it is not here\n\
                 hint: set {BASE_VARIABLE} to the base URL of a Debian mirror (what stands before `pool/`)"
            )
        })
    }

    /// apt with private lists for an architecture; made once a process.
    fn private(&self, arch: &str) -> Result<std::sync::Arc<Apt>> {
        // The lock is held while apt works: a second thread would only fetch the same lists again.
        let mut known = self.private.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some((_, apt)) = known.iter().find(|(name, _)| name == arch) {
            return Ok(apt.clone());
        }
        let apt = std::sync::Arc::new(self.apt()?.private(arch)?);
        known.push((arch.to_string(), apt.clone()));
        Ok(apt)
    }

    /// The newest version of a package that the sources have for an architecture.
    pub(crate) fn newest(&self, package: &str, arch: &str) -> Result<AptFile> {
        let found = self.private(arch)?.download_file(package);
        found.with_context(|| {
            format!("apt's sources have no package `{package}` for `{arch}`\nhint: `apt-cache policy {package}` shows what they have")
        })
    }

    /// A package of this machine's own architecture, in whichever version there is.
    pub(crate) fn any_file(&self, package: &str) -> Result<Source> {
        let apt = self.system.as_ref().context("there is no `apt-get` either")?;
        let found = match apt.download_file(package) {
            Some(file) => file,
            // A fresh container has no lists at all.
            None => self.newest(package, native_arch())?,
        };
        Ok(Source { url: found.uri, headers: Vec::new() })
    }

    /// Where the locked file lies today; an error if apt's signed lists do not have it as the lock says.
    pub(crate) fn confirm(&self, artifact: &Artifact) -> Result<String> {
        let Purl { name, version, .. } = &artifact.purl;
        let arch = artifact.purl.qualifier("arch").context("its package URL names no `arch`")?;
        let newest = self.newest(name, arch)?;
        if newest.version != *version {
            bail!(
                "the archive has {} instead of {version}\nhint: run `cargo xtask lock update {}` and review the diff",
                newest.version,
                artifact.name
            );
        }
        if newest.sha256 != artifact.sha256.to_string() || newest.size != artifact.size {
            bail!(
                "apt's lists say sha256:{} and {} bytes, the lock sha256:{} and {}",
                newest.sha256,
                newest.size,
                artifact.sha256,
                artifact.size
            );
        }
        Ok(newest.uri)
    }

    /// The candidates for a locked file, without asking the network.
    fn guesses(&self, artifact: &Artifact) -> Vec<Source> {
        let mut urls = Vec::new();
        if self.given.is_empty()
            && let Some(apt) = &self.system
            && let Some(file) = apt.download_file(&exact(&artifact.purl))
        {
            urls.push(file.uri);
        }
        for path in pool_paths(&artifact.purl, &artifact.file) {
            urls.extend(self.bases().iter().map(|base| format!("{base}{path}")));
        }
        let mut seen = std::collections::HashSet::new();
        urls.retain(|url| seen.insert(url.replace('~', "%7e")));
        urls.into_iter().map(|url| Source { url, headers: Vec::new() }).collect()
    }
}

impl Registry for Debian {
    fn label(&self) -> String {
        "Debian's package archive".to_string()
    }

    fn sources(&self, artifact: &Artifact) -> Result<Vec<Source>> {
        if artifact.purl.kind != "deb" {
            return Ok(Vec::new());
        }
        let sources = self.guesses(artifact);
        if sources.is_empty() {
            self.apt()?;
            bail!(
                "apt names no source to look for `{}` in\nhint: set {BASE_VARIABLE} to the base URL of a Debian mirror",
                artifact.file
            );
        }
        Ok(sources)
    }

    fn advice(&self, artifact: &Artifact) -> Option<String> {
        if artifact.purl.kind != "deb" {
            return None;
        }
        let Purl { name, version, .. } = &artifact.purl;
        let arch = artifact.purl.qualifier("arch")?;
        let command = format!("cargo xtask lock update {}", artifact.name);
        Some(match self.newest(name, arch) {
            Ok(newest) if newest.version != *version => format!(
                "the archive has replaced `{name}` {version} by {}: run `{command}` and review the diff",
                newest.version
            ),
            Ok(newest) => format!("apt lists it at `{}`: try again later, or another mirror", newest.uri),
            Err(_) => format!(
                "this machine's apt sources have no `{name}` for `{arch}`: set {BASE_VARIABLE} to a Debian mirror that has"
            ),
        })
    }
}

/// Where pools keep a file: by source package, libraries under `lib` and one letter more.
fn pool_paths(purl: &Purl, file: &str) -> Vec<String> {
    let source = purl.qualifier("upstream").unwrap_or(&purl.name);
    let letters = if source.starts_with("lib") { 4 } else { 1 };
    let group: String = source.chars().take(letters).collect();
    POOLS.iter().map(|pool| format!("{pool}/{group}/{source}/{file}")).collect()
}

/// apt's name for exactly this package.
fn exact(purl: &Purl) -> String {
    match purl.qualifier("arch") {
        Some(arch) => format!("{}:{arch}={}", purl.name, purl.version),
        None => format!("{}={}", purl.name, purl.version),
    }
}

/// Debian's name of the architecture that this program runs on.
pub(crate) fn native_arch() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "i386",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn purl(text: &str) -> Purl {
        text.parse().unwrap()
    }

    #[test]
    fn pool_paths_follow_the_source_package() {
        let paths = pool_paths(
            &purl("pkg:deb/debian/demo-dev@1:2-1?arch=amd64&upstream=demo"),
            "demo-dev_2-1_amd64.deb",
        );
        assert_eq!(
            paths,
            ["pool/updates/main/d/demo/demo-dev_2-1_amd64.deb", "pool/main/d/demo/demo-dev_2-1_amd64.deb"]
        );
        let paths = pool_paths(&purl("pkg:deb/debian/libdemo@1?arch=all"), "libdemo_1_all.deb");
        assert_eq!(paths[1], "pool/main/libd/libdemo/libdemo_1_all.deb");
    }

    #[test]
    fn apt_is_asked_for_the_exact_version() {
        assert_eq!(exact(&purl("pkg:deb/debian/demo@1:2-1~b?arch=arm64")), "demo:arm64=1:2-1~b");
    }
}
