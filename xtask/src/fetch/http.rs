//! The one HTTP client: rustls with the platform's verifier, the user's proxies, and timeouts on silence.
//!
//! There is no limit on the whole of a transfer, only on how long nothing arrives: a slow line is not an error.

use anyhow::{Context as _, Result, bail};
use std::io::Read as _;
use std::time::Duration;

/// Servers see which program asks; some refuse requests without it.
const USER_AGENT: &str = concat!("bering-xtask/", env!("CARGO_PKG_VERSION"));
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);
/// How long nothing may arrive. `BERING_STALL_TIMEOUT` (seconds) overrides it.
const STALL_TIMEOUT: Duration = Duration::from_secs(30);

/// A client to clone and share between threads.
#[derive(Clone)]
pub(crate) struct Client {
    inner: reqwest::blocking::Client,
}

impl Client {
    pub(crate) fn new() -> Result<Self> {
        // ring builds in seconds where the default provider needs a minute of C; an error means that one is installed already.
        let _ = rustls::crypto::CryptoProvider::install_default(rustls::crypto::ring::default_provider());
        let mut builder = reqwest::blocking::Client::builder();
        if is_proxy_forbidden() {
            builder = builder.no_proxy();
        }
        let inner = builder
            .user_agent(USER_AGENT)
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(stall_timeout()?)
            .build()
            .context("the HTTP client could not be set up")?;
        Ok(Self { inner })
    }

    /// A GET request to add headers to.
    pub(crate) fn get(&self, url: &str) -> reqwest::blocking::RequestBuilder {
        self.inner.get(url)
    }

    /// The body of a small document such as an index page.
    ///
    /// # Errors
    /// On any status but success, and if the body is longer than `limit` bytes or not UTF-8.
    pub(crate) fn get_text(&self, url: &str, headers: &[(String, String)], limit: u64) -> Result<String> {
        let mut request = self.get(url);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let response = request.send().map_err(plain)?;
        let status = response.status();
        if !status.is_success() {
            bail!("`{}` answered {status}", without_credentials(url));
        }
        let mut body = Vec::new();
        response
            .take(limit + 1)
            .read_to_end(&mut body)
            .with_context(|| format!("`{}` broke off", without_credentials(url)))?;
        if body.len() as u64 > limit {
            bail!("`{}` sent more than {limit} bytes", without_credentials(url));
        }
        String::from_utf8(body).with_context(|| format!("`{}` did not send UTF-8", without_credentials(url)))
    }
}

/// The error of a request with its causes in one line and no credentials in its URL.
pub(crate) fn plain(error: reqwest::Error) -> anyhow::Error {
    let url = error.url().map(|url| without_credentials(url.as_str()));
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(next) = cause {
        let next_text = next.to_string();
        // hyper repeats its causes in its own text; once is enough.
        if !text.contains(&next_text) {
            text = format!("{text}: {next_text}");
        }
        cause = next.source();
    }
    match url {
        Some(url) => anyhow::anyhow!("`{url}`: {text}"),
        None => anyhow::anyhow!(text),
    }
}

/// `url` as it may be printed.
pub(crate) fn without_credentials(url: &str) -> String {
    let Ok(mut parsed) = reqwest::Url::parse(url) else {
        return url.to_owned();
    };
    let cleared = parsed.set_username("").and_then(|()| parsed.set_password(None));
    if cleared.is_err() { url.to_owned() } else { parsed.to_string() }
}

/// Whether `NO_PROXY` has a `*`. The HTTP library takes that for every name, but not for addresses in digits.
fn is_proxy_forbidden() -> bool {
    let variable = std::env::var("NO_PROXY").or_else(|_| std::env::var("no_proxy"));
    variable.is_ok_and(|list| list.split(',').any(|entry| entry.trim() == "*"))
}

pub(crate) fn stall_timeout() -> Result<Duration> {
    let Some(value) = std::env::var_os("BERING_STALL_TIMEOUT") else {
        return Ok(STALL_TIMEOUT);
    };
    match value.to_str().and_then(|text| text.parse::<f64>().ok()) {
        Some(seconds) if (0.01..=86400.0).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => bail!("BERING_STALL_TIMEOUT must be a number of seconds, got `{}`", value.display()),
    }
}
