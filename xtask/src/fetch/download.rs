//! Downloading one file: resumable, retried, and believed only by its hash.
//!
//! What has arrived lies in `partial/<hash>`. A next attempt, in this process or a later one, asks for the rest; the server's
//! validator (`ETag`) is sent along when there is one, and whatever the server does, the hash of the whole file decides.

use super::http::{self, Client, without_credentials};
use super::source::Source;
use crate::progress::{Task, size};
use crate::sha256::{self, Hasher};
use crate::store::{Store, durable};
use anyhow::{Context as _, Result, anyhow};
use bering_build::lock::Artifact;
use reqwest::StatusCode;
use reqwest::header::{ACCEPT_ENCODING, CONTENT_RANGE, ETAG, IF_RANGE, RANGE, RETRY_AFTER};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{ErrorKind, Read, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How often a source is tried again after a failure that may pass.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Retries {
    /// Attempts in a row that bring nothing; one that brings bytes starts the count anew.
    pub(crate) fruitless: u32,
    /// Attempts in all, so that a server that sends one byte a time ends too.
    pub(crate) total: u32,
    /// The pause before the first repetition; it doubles each time.
    pub(crate) pause: Duration,
}

const MAX_PAUSE: Duration = Duration::from_secs(30);

impl Retries {
    /// `BERING_RETRIES` sets how many repetitions in a row may bring nothing.
    pub(crate) fn from_environment() -> Result<Self> {
        let fruitless = match std::env::var("BERING_RETRIES") {
            Ok(text) => {
                text.parse().with_context(|| format!("BERING_RETRIES must be a number, got `{text}`"))?
            }
            Err(_) => 4,
        };
        Ok(Self { fruitless, total: 100, pause: Duration::from_millis(500) })
    }
}

/// Why an attempt ended without the file.
enum Failure {
    /// It may go better the next time.
    Passing { error: anyhow::Error, wait: Option<Duration> },
    /// This source will not serve the file.
    Source(anyhow::Error),
    /// No source can help: the disk.
    Here(anyhow::Error),
}

/// A download that is under way. The caller holds the lock of the file's hash.
pub(crate) struct Download<'a> {
    pub(crate) client: &'a Client,
    pub(crate) store: &'a Store,
    pub(crate) artifact: &'a Artifact,
    pub(crate) retries: Retries,
    pub(crate) unreachable: &'a Unreachable,
    pub(crate) task: &'a Task<'a>,
}

/// Hosts that no connection could be made to. One that is down is asked last from then on, or each file would wait for it.
#[derive(Debug, Default)]
pub(crate) struct Unreachable(Mutex<BTreeSet<String>>);

impl Unreachable {
    fn contains(&self, url: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(&host(url))
    }

    /// Whether this is news.
    fn insert(&self, url: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(host(url))
    }
}

/// Host and port of a URL.
fn host(url: &str) -> String {
    let url = reqwest::Url::parse(url).ok();
    let host = url.as_ref().and_then(|url| Some((url.host_str()?, url.port_or_known_default()?)));
    host.map(|(host, port)| format!("{host}:{port}")).unwrap_or_default()
}

/// A source in the course of one download.
struct Candidate<'a> {
    source: &'a Source,
    attempts: u32,
    /// Attempts in a row that brought nothing.
    fruitless: u32,
    /// What it said last, and whether it may be asked again.
    said: Option<anyhow::Error>,
    hopeless: bool,
}

impl Candidate<'_> {
    /// For the list of what all said.
    fn summary(&self) -> String {
        let said = self.said.as_ref().map_or_else(String::new, |error| match self.hopeless {
            true => format!("{error:#}"),
            false => format!("gave up after {} attempts: {error:#}", self.attempts),
        });
        format!("\n  `{}`: {said}", without_credentials(&self.source.url))
    }
}

/// The part that is here: an open file, its length and the hash so far.
struct Partial {
    file: File,
    path: PathBuf,
    length: u64,
    hasher: Hasher,
    /// Some of it came from an earlier attempt.
    resumed: bool,
}

impl Download<'_> {
    /// Gets the file into `downloads-v1/sha256` and gives its path.
    ///
    /// # Errors
    /// If no source serves it, with what each of them said; what arrived is kept.
    pub(crate) fn run(&self, sources: &[Source]) -> Result<PathBuf> {
        let mut partial = self.open_partial()?;
        let candidate = |source| Candidate { source, attempts: 0, fruitless: 0, said: None, hopeless: false };
        let mut candidates: Vec<Candidate<'_>> = sources.iter().map(candidate).collect();
        // Stable: otherwise they stay in their order.
        candidates.sort_by_key(|candidate| self.unreachable.contains(&candidate.source.url));
        while let Some(pause) = self.round(&mut candidates, &mut partial)? {
            if pause.is_zero() {
                return self.publish(&partial);
            }
            std::thread::sleep(pause);
        }
        let said: Vec<String> = candidates.iter().map(Candidate::summary).collect();
        let kept = match partial.length {
            0 => String::new(),
            length => format!(
                "\nhint: {} of {} are kept, the next run goes on from there",
                size(length),
                size(self.artifact.size)
            ),
        };
        let Artifact { purl, file, .. } = self.artifact;
        Err(anyhow!(
            "`{purl}` ({file}, {}) could not be downloaded{}{kept}",
            size(self.artifact.size),
            said.concat()
        ))
    }

    /// Opens what an earlier attempt left and hashes it.
    fn open_partial(&self) -> Result<Partial> {
        let path = self.store.partial(&self.artifact.sha256);
        let open = || -> std::io::Result<Partial> {
            let mut file = File::options().read(true).write(true).create(true).truncate(false).open(&path)?;
            if file.metadata()?.len() > self.artifact.size {
                file.set_len(0)?;
            }
            let mut hasher = Hasher::default();
            let length = sha256::feed(&mut hasher, &mut file)?;
            Ok(Partial { file, path: path.clone(), length, hasher, resumed: length > 0 })
        };
        open().map_err(|error| durable::failed(error, &path))
    }

    fn publish(&self, partial: &Partial) -> Result<PathBuf> {
        let place = self.store.download(&self.artifact.sha256);
        durable::seal(&partial.file, false).map_err(|error| durable::failed(error, &partial.path))?;
        durable::publish_file(&partial.file, &partial.path, &place)?;
        durable::remove_tree(&etag_path(&partial.path))?;
        Ok(place)
    }

    /// Asks each source that there is hope for: the first that serves the whole file ends the round. What one began, the
    /// next goes on with.
    ///
    /// Gives the pause before the next round, zero if the file is whole, and nothing if there is no hope left.
    fn round(&self, candidates: &mut [Candidate<'_>], partial: &mut Partial) -> Result<Option<Duration>> {
        let mut pause: Option<Duration> = None;
        for candidate in candidates.iter_mut().filter(|candidate| !self.is_given_up(candidate)) {
            match self.ask(candidate, partial)? {
                None => return Ok(Some(Duration::ZERO)),
                Some(_) if self.is_given_up(candidate) => {}
                Some(wait) => pause = Some(pause.map_or(wait, |pause| pause.min(wait))),
            }
        }
        if let Some(pause) = pause {
            self.task.note(&format!("trying again in {:.1} s", pause.as_secs_f64()));
        }
        Ok(pause)
    }

    fn is_given_up(&self, candidate: &Candidate<'_>) -> bool {
        candidate.hopeless
            || candidate.fruitless > self.retries.fruitless
            || candidate.attempts >= self.retries.total
            || candidate.attempts > 0 && self.retries.fruitless == 0
    }

    /// Asks one source as long as it brings bytes. Nothing if the file is whole; else how long to leave the source alone.
    fn ask(&self, candidate: &mut Candidate<'_>, partial: &mut Partial) -> Result<Option<Duration>> {
        loop {
            candidate.attempts += 1;
            let before = partial.length;
            let (error, wait) = match self.attempt(candidate.source, partial) {
                Ok(()) => return Ok(None),
                Err(Failure::Here(error)) => return Err(error),
                Err(Failure::Source(error)) => {
                    (candidate.said, candidate.hopeless) = (Some(error), true);
                    return Ok(Some(Duration::ZERO));
                }
                Err(Failure::Passing { error, wait }) => (error, wait),
            };
            self.task.note(&format!("{error:#}"));
            candidate.said = Some(error);
            let brought = partial.length > before;
            candidate.fruitless = if brought { 0 } else { candidate.fruitless + 1 };
            let pause = self.retries.pause.saturating_mul(1 << candidate.fruitless.saturating_sub(1).min(16));
            let pause = wait.unwrap_or(pause).min(MAX_PAUSE);
            // An immediate repetition was asked for when the parts did not fit together.
            let again = brought || wait.is_some_and(|wait| wait.is_zero());
            if !again || self.is_given_up(candidate) {
                return Ok(Some(pause.max(Duration::from_millis(1))));
            }
            std::thread::sleep(pause);
        }
    }

    /// One request, and the check of the hash if it brought the file's end.
    fn attempt(&self, source: &Source, partial: &mut Partial) -> Result<(), Failure> {
        partial.resumed = partial.length > 0;
        if partial.length < self.artifact.size {
            match source.url.strip_prefix("file://") {
                Some(path) => self.copy(Path::new(path), partial)?,
                None => self.request(source, partial)?,
            }
        }
        let computed = partial.hasher.clone().finish();
        if computed == self.artifact.sha256 {
            return Ok(());
        }
        let resumed = partial.resumed;
        restart(partial)?;
        if resumed {
            // The parts did not fit together; a whole transfer may still be right.
            let error = anyhow!("the hash of the resumed file is wrong, starting over");
            return Err(Failure::Passing { error, wait: Some(Duration::ZERO) });
        }
        Err(Failure::Source(mismatch(self.artifact, computed)))
    }

    fn copy(&self, path: &Path, partial: &mut Partial) -> Result<(), Failure> {
        let source = |error: std::io::Error| Failure::Source(error.into());
        let mut file = File::open(path).map_err(source)?;
        self.check_length(file.metadata().map_err(source)?.len())?;
        file.seek(SeekFrom::Start(partial.length)).map_err(source)?;
        self.receive(&mut file, partial)
    }

    fn request(&self, source: &Source, partial: &mut Partial) -> Result<(), Failure> {
        let mut request = self.client.get(&source.url).header(ACCEPT_ENCODING, "identity");
        for (name, value) in &source.headers {
            request = request.header(name, value);
        }
        if partial.length > 0 {
            request = request.header(RANGE, format!("bytes={}-", partial.length));
            if let Ok(etag) = std::fs::read_to_string(etag_path(&partial.path)) {
                request = request.header(IF_RANGE, etag);
            }
        }
        let mut response = request.send().map_err(|error| {
            if error.is_connect() && self.unreachable.insert(&source.url) {
                self.task.note(&format!("`{}` cannot be reached", host(&source.url)));
            }
            Failure::Passing { error: http::plain(error), wait: None }
        })?;
        let status = response.status();
        if !status.is_success() {
            return Err(self.refused(status, &response, partial));
        }
        if status == StatusCode::PARTIAL_CONTENT {
            self.check_range(&response, partial)?;
        } else {
            restart(partial)?;
            if let Some(length) = response.content_length() {
                self.check_length(length)?;
            }
            keep_etag(&response, &partial.path);
        }
        self.receive(&mut response, partial)
    }

    fn refused(
        &self,
        status: StatusCode,
        response: &reqwest::blocking::Response,
        partial: &mut Partial,
    ) -> Failure {
        let error = anyhow!("the server answered {status}");
        if status == StatusCode::RANGE_NOT_SATISFIABLE && partial.length > 0 {
            return match restart(partial) {
                Ok(()) => Failure::Passing { error, wait: Some(Duration::ZERO) },
                Err(failure) => failure,
            };
        }
        let busy = [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS, StatusCode::TOO_EARLY];
        if status.is_server_error() || busy.contains(&status) {
            let seconds =
                response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
            return Failure::Passing { error, wait: seconds.map(Duration::from_secs) };
        }
        Failure::Source(error)
    }

    /// A 206 must begin where the partial file ends and be part of a file of the locked size.
    fn check_range(
        &self,
        response: &reqwest::blocking::Response,
        partial: &mut Partial,
    ) -> Result<(), Failure> {
        let text = response.headers().get(CONTENT_RANGE).and_then(|value| value.to_str().ok()).unwrap_or("");
        let range = text.strip_prefix("bytes ").and_then(|rest| rest.split_once('-'));
        let starts = range.and_then(|(start, _)| start.parse::<u64>().ok());
        if starts != Some(partial.length) {
            let error = anyhow!("the server sent the range `{text}`, not the one from {}", partial.length);
            restart(partial)?;
            return Err(Failure::Passing { error, wait: Some(Duration::ZERO) });
        }
        match text.rsplit_once('/').and_then(|(_, total)| total.parse().ok()) {
            Some(total) => self.check_length(total),
            None => Ok(()),
        }
    }

    fn check_length(&self, length: u64) -> Result<(), Failure> {
        if length == self.artifact.size {
            return Ok(());
        }
        Err(Failure::Source(anyhow!("it has a file of {length} bytes, the lock says {}", self.artifact.size)))
    }

    /// Appends what `reader` gives until the file is whole.
    fn receive(&self, reader: &mut dyn Read, partial: &mut Partial) -> Result<(), Failure> {
        let here = |error: std::io::Error, path: &Path| Failure::Here(durable::failed(error, path));
        let start = SeekFrom::Start(partial.length);
        partial.file.seek(start).map_err(|error| here(error, &partial.path))?;
        let mut buffer = vec![0; 1 << 18];
        loop {
            let count = match reader.read(&mut buffer) {
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(self.broke_off(error, partial.length)),
            };
            if count == 0 {
                break;
            }
            if partial.length + count as u64 > self.artifact.size {
                restart(partial)?;
                return Err(Failure::Source(anyhow!(
                    "it sends more than the {} bytes of the lock",
                    self.artifact.size
                )));
            }
            partial.file.write_all(&buffer[..count]).map_err(|error| here(error, &partial.path))?;
            partial.hasher.update(&buffer[..count]);
            partial.length += count as u64;
            self.task.reach(partial.length);
        }
        if partial.length < self.artifact.size {
            return Err(self.broke_off(ErrorKind::UnexpectedEof.into(), partial.length));
        }
        Ok(())
    }

    fn broke_off(&self, error: std::io::Error, length: u64) -> Failure {
        let (length, total) = (size(length), size(self.artifact.size));
        let error = match is_timeout(&error) {
            true => anyhow!("the transfer stalled at {length} of {total}: nothing more arrived in time"),
            false => anyhow!("the transfer broke off at {length} of {total}"),
        };
        Failure::Passing { error, wait: None }
    }
}

fn is_timeout(error: &std::io::Error) -> bool {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<reqwest::Error>());
    error.kind() == ErrorKind::TimedOut || inner.is_some_and(reqwest::Error::is_timeout)
}

/// The error of a file that is not what the lock says, in the words that `lock update` is meant for.
pub(crate) fn mismatch(artifact: &Artifact, computed: bering_build::lock::Sha256) -> anyhow::Error {
    let Artifact { name, host, purl, sha256, .. } = artifact;
    anyhow!(
        "hash mismatch for `{purl}` ({host})\n  expected sha256:{sha256}\n  computed sha256:{computed}\nhint: nothing was \
         unpacked; if upstream replaced the file, run `cargo xtask lock update {name}` and review the diff"
    )
}

/// Throws away what has arrived.
fn restart(partial: &mut Partial) -> Result<(), Failure> {
    let empty = partial.file.set_len(0).and_then(|()| partial.file.rewind());
    empty.map_err(|error| Failure::Here(durable::failed(error, &partial.path)))?;
    (partial.length, partial.hasher, partial.resumed) = (0, Hasher::default(), false);
    // Without it the next range is asked for unconditionally, and the hash decides.
    let _ = durable::remove_tree(&etag_path(&partial.path));
    Ok(())
}

fn etag_path(partial: &Path) -> PathBuf {
    partial.with_extension("etag")
}

/// Keeps a strong validator for `If-Range`; a weak one may not be used there.
fn keep_etag(response: &reqwest::blocking::Response, partial: &Path) {
    let etag = response.headers().get(ETAG).and_then(|value| value.to_str().ok());
    if let Some(etag) = etag.filter(|etag| etag.starts_with('"')) {
        // Losing it costs a safeguard that the hash gives anyway.
        let _ = std::fs::write(etag_path(partial), etag);
    }
}
