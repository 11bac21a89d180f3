//! Credentials of `~/.netrc` (or `$NETRC`), for indexes that ask for a login.

use std::path::Path;

use reqwest::Url;

use super::environment::Environment;

/// Machine entries in file order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Netrc {
    entries: Vec<Entry>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Entry {
    /// `None` for the `default` entry.
    machine: Option<String>,
    login: String,
    password: String,
}

impl Netrc {
    /// Reads the user's file; a missing one holds nothing.
    pub(crate) fn of_user(env: &Environment) -> Self {
        let path = env.var("NETRC").map(Into::into).or_else(|| env.home().map(|home| home.join(".netrc")));
        path.map(|path| Self::read(&env.root_path(&path))).unwrap_or_default()
    }

    fn read(path: &Path) -> Self {
        std::fs::read_to_string(path).map(|text| Self::parse(&text)).unwrap_or_default()
    }

    fn parse(text: &str) -> Self {
        let mut entries: Vec<Entry> = Vec::new();
        // A macro runs to the next empty line and may contain anything.
        let mut in_macro = false;
        for line in text.lines() {
            if line.trim().is_empty() {
                in_macro = false;
            }
            if in_macro {
                continue;
            }
            let mut words = line.split_whitespace();
            while let Some(word) = words.next() {
                match word {
                    "machine" => {
                        let machine = words.next().map(str::to_string);
                        entries.push(Entry { machine, ..Entry::default() });
                    }
                    "default" => entries.push(Entry::default()),
                    "login" | "password" | "account" => {
                        let value = words.next().unwrap_or("").to_string();
                        match (entries.last_mut(), word) {
                            (Some(entry), "login") => entry.login = value,
                            (Some(entry), "password") => entry.password = value,
                            _ => {}
                        }
                    }
                    "macdef" => {
                        in_macro = true;
                        break;
                    }
                    comment if comment.starts_with('#') => break,
                    _ => {}
                }
            }
        }
        Self { entries }
    }

    /// Puts a login into a URL that has none; our HTTP client turns it into an `Authorization` header.
    pub(crate) fn authorize(&self, url: &mut Url) {
        if !url.username().is_empty() {
            return;
        }
        let Some(host) = url.host_str() else { return };
        let entry =
            self.entries.iter().find(|entry| entry.machine.as_deref().is_none_or(|machine| machine == host));
        if let Some(entry) = entry.filter(|entry| !entry.login.is_empty()).cloned() {
            // These setters fail only for URLs without a host, and this one has a host.
            let _ = url.set_username(&entry.login);
            let _ = url.set_password(Some(&entry.password));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn authorized(netrc: &str, url: &str) -> String {
        let mut url = Url::parse(url).unwrap();
        Netrc::parse(netrc).authorize(&mut url);
        url.to_string()
    }

    #[test]
    fn the_entry_of_the_host_is_used() {
        let netrc = "machine a.test login me password p@ss # note\n\
                     macdef init\nmachine evil.test login x password y\n\nmachine b.test\n  login you\n  password q\n";
        assert_eq!(authorized(netrc, "https://a.test/x"), "https://me:p%40ss@a.test/x");
        assert_eq!(authorized(netrc, "https://b.test/x"), "https://you:q@b.test/x");
        assert_eq!(authorized(netrc, "https://evil.test/x"), "https://evil.test/x");
        assert_eq!(authorized(netrc, "https://own:pw@a.test/x"), "https://own:pw@a.test/x");
    }

    #[test]
    fn a_default_entry_is_for_all_others() {
        assert_eq!(
            authorized("machine a.test login m password n\ndefault login d password e", "http://z.test/"),
            "http://d:e@z.test/"
        );
    }
}
