//! Logins for the places that a user names: mirrors and bundles.
//!
//! The first of these is used: a login in the URL, a token of `BERING_MIRROR_TOKEN`, an entry of netrc. A token is a secret of
//! one host: it is never sent to another, also not after a redirect (the HTTP client sees to that).

use super::credentials;
use super::environment::Environment;
use super::netrc::Netrc;
use crate::fetch::http::without_credentials;
use crate::fetch::source::Source;
use anyhow::{Context as _, Result, bail};
use reqwest::Url;

/// The variable with tokens: one token, or `HOST=TOKEN` pairs separated by commas.
const TOKENS: &str = "BERING_MIRROR_TOKEN";

/// What the user has to show.
#[derive(Debug, Default)]
pub(crate) struct Logins {
    netrc: Netrc,
    tokens: Vec<Token>,
}

#[derive(PartialEq, Eq)]
struct Token {
    /// `None` for the only host there is.
    host: Option<String>,
    secret: String,
}

/// Without the secret.
impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Token").field("host", &self.host).finish_non_exhaustive()
    }
}

impl Logins {
    pub(crate) fn of_user() -> Self {
        let env = Environment::of_process();
        let tokens = env.var(TOKENS).map(|text| parse(&text)).unwrap_or_default();
        Self { netrc: Netrc::of_user(&env), tokens }
    }

    /// `urls` as places to ask: with the headers that each needs, and without any login in the URL.
    ///
    /// # Errors
    /// If one is no URL, or a token could be meant for several hosts.
    pub(crate) fn apply(&self, urls: &[String]) -> Result<Vec<Source>> {
        let parse = |url: &String| {
            let parsed = Url::parse(url).ok().filter(|url| url.host_str().is_some());
            parsed.with_context(|| format!("`{}` is not a URL", without_credentials(url)))
        };
        let urls = urls.iter().map(parse).collect::<Result<Vec<Url>>>()?;
        let several = urls.iter().any(|url| host(url) != host(&urls[0]));
        if several && self.tokens.iter().any(|token| token.host.is_none()) {
            bail!(
                "{TOKENS} has a token for one host, and there are mirrors on several\nhint: write `HOST=TOKEN`, separated by commas"
            );
        }
        Ok(urls.into_iter().map(|url| self.authorize(url)).collect())
    }

    fn authorize(&self, mut url: Url) -> Source {
        let own = host(&url);
        let token = self.tokens.iter().find(|token| token.host.as_ref().is_none_or(|host| *host == own));
        match token.filter(|_| url.username().is_empty() && url.password().is_none()) {
            Some(token) => {
                let header = ("authorization".to_owned(), format!("Bearer {}", token.secret));
                Source { url: url.to_string(), headers: vec![header] }
            }
            None => {
                self.netrc.authorize(&mut url);
                let (url, headers) = credentials(&url);
                Source { url: url.to_string(), headers }
            }
        }
    }
}

/// `host`, or `host:port` where the port is not the scheme's own.
fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn parse(text: &str) -> Vec<Token> {
    let is_host = |text: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':');
        text.contains(['.', ':']) && text.chars().all(plain) || text == "localhost"
    };
    let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
    let token = |entry: &str| match entry.split_once('=') {
        // Tokens may end in `=`, too.
        Some((host, secret)) if is_host(host) && !secret.trim_matches('=').is_empty() => {
            Token { host: Some(host.to_owned()), secret: secret.to_owned() }
        }
        _ => Token { host: None, secret: entry.to_owned() },
    };
    entries.map(token).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(tokens: &str, urls: &[&str]) -> Result<Vec<Option<String>>> {
        let logins = Logins { netrc: Netrc::default(), tokens: parse(tokens) };
        let urls: Vec<String> = urls.iter().map(|url| (*url).to_owned()).collect();
        let applied = logins.apply(&urls)?;
        Ok(applied.into_iter().map(|mut source| source.headers.pop().map(|(_, value)| value)).collect())
    }

    #[test]
    fn a_token_goes_to_its_host_alone() {
        let urls = ["https://a.test/x", "https://b.test:8443/x"];
        let found = headers("b.test:8443=s3cret==,c.test=no", &urls).unwrap();
        assert_eq!(found, [None, Some("Bearer s3cret==".to_owned())]);
        assert_eq!(headers("s3cret=", &urls[..1]).unwrap(), [Some("Bearer s3cret=".to_owned())]);
        let error = headers("s3cret", &urls).unwrap_err().to_string();
        assert!(error.contains("HOST=TOKEN") && !error.contains("s3cret"), "{error}");
    }

    #[test]
    fn a_login_in_the_url_comes_first_and_leaves_it() {
        let logins = Logins { netrc: Netrc::default(), tokens: parse("s3cret") };
        let Source { url, headers } = logins.apply(&["https://me:pw@a.test/x".to_owned()]).unwrap().remove(0);
        assert_eq!(url, "https://a.test/x");
        assert!(headers[0].1.starts_with("Basic "), "{headers:?}");
        assert!(!format!("{logins:?}").contains("s3cret"));
    }
}
