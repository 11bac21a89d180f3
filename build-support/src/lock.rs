//! The model of `third_party.lock`: every prebuilt artifact by identity and hash, never by host.
//!
//! The file is written by `cargo xtask lock` and reviewed as a diff, so its text is a function of its content: sorted by
//! name and host, one field a line, fixed order of fields. Reading is strict: what this module does not know is an error
//! that names the line, because a lock that is half understood protects nobody.

mod glob;
mod parse;
#[cfg(test)]
mod tests;
mod write;

pub use glob::Glob;
pub use parse::ParseError;

use crate::purl::Purl;

/// The format that this code reads and writes.
pub const VERSION: u64 = 1;
/// The `host` of an artifact that is the same on every machine.
pub const ANY_HOST: &str = "any";

/// All of `third_party.lock`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock {
    /// Sorted by name, then host, then purl.
    pub artifacts: Vec<Artifact>,
}

/// One file to download, and what of it is laid into the prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// The component, e.g. `mlir`.
    pub name: String,
    /// The host triple that it is for, or [`ANY_HOST`].
    pub host: String,
    /// Which package in which version.
    pub purl: Purl,
    /// The file's name at its registry.
    pub file: String,
    /// The file's length in bytes.
    pub size: u64,
    /// The hash of the whole file.
    pub sha256: Sha256,
    /// An SPDX expression.
    pub license: String,
    /// Whether somebody has run it.
    pub checked: Checked,
    /// The version of the PJRT C API of the plugin in it, `MAJOR.MINOR`.
    pub pjrt: Option<String>,
    /// The bytes of what is unpacked, where somebody has looked.
    pub unpacked: Option<u64>,
    /// What to unpack, in the order in which it was written.
    pub unpack: Vec<Unpack>,
}

/// How much is known about an artifact on its host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checked {
    /// Built and tested on this host.
    Run,
    /// Unpacked, its libraries and symbols examined, loaded where that works; never run on the hardware it is for.
    Inspected,
    /// Pinned from the index's metadata; nobody has looked inside.
    Locked,
}

impl Checked {
    /// The word that stands in the lock.
    pub fn as_str(self) -> &'static str {
        match self {
            Checked::Run => "run",
            Checked::Inspected => "inspected",
            Checked::Locked => "locked",
        }
    }
}

/// A rule: members that match `glob` lose the prefix `strip` and are laid under `to`.
///
/// A member that no rule matches is not unpacked; the first rule that matches decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unpack {
    /// Which members.
    pub glob: Glob,
    /// What is cut from the front of a member's path; a member that lacks it is an error.
    pub strip: String,
    /// What is put in front instead: a directory of the prefix (with `/` at its end), or empty.
    pub to: String,
    /// Reduce ELF files to what loading and linking need.
    pub trim: bool,
    /// The name of an edit of the text, applied once.
    pub edit: Option<String>,
    /// Make the file executable.
    pub executable: bool,
}

impl Lock {
    /// Parses the text of a lock.
    ///
    /// # Errors
    /// On anything that this version does not understand, with the line.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        parse::parse(text)
    }

    /// The artifacts of a host, those for any host included.
    pub fn for_host<'a>(&'a self, host: &'a str) -> impl Iterator<Item = &'a Artifact> {
        self.artifacts.iter().filter(move |artifact| artifact.host == host || artifact.host == ANY_HOST)
    }

    /// The hosts that the lock has artifacts for, sorted, without [`ANY_HOST`].
    pub fn hosts(&self) -> Vec<&str> {
        let mut hosts: Vec<_> = self.artifacts.iter().map(|artifact| artifact.host.as_str()).collect();
        hosts.retain(|host| *host != ANY_HOST);
        hosts.sort_unstable();
        hosts.dedup();
        hosts
    }

    /// Puts the artifacts in the order of the file.
    pub fn sort(&mut self) {
        self.artifacts.sort_by(|a, b| (&a.name, &a.host, &a.purl).cmp(&(&b.name, &b.host, &b.purl)));
    }
}

impl Unpack {
    /// Where a member is laid, if this rule matches it.
    ///
    /// # Errors
    /// If the rule matches and the member does not begin with `strip`.
    pub fn place(&self, member: &str) -> Result<Option<String>, String> {
        if !self.glob.matches(member) {
            return Ok(None);
        }
        let Some(rest) = member.strip_prefix(&self.strip).filter(|rest| !rest.is_empty()) else {
            return Err(format!(
                "member `{member}` matches `{}` but does not begin with `{}`",
                self.glob, self.strip
            ));
        };
        Ok(Some(format!("{}{rest}", self.to)))
    }
}

/// A sha256 hash; `Display` is 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha256(pub [u8; 32]);

impl std::fmt::Display for Sha256 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "sha256:{self}")
    }
}

impl std::str::FromStr for Sha256 {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || format!("`{text}` is not a sha256 (64 lower-case hex digits)");
        let lower_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() != 64 || !text.bytes().all(lower_hex) {
            return Err(bad());
        }
        let mut hash = [0; 32];
        for (byte, digits) in hash.iter_mut().zip(text.as_bytes().chunks(2)) {
            let digits = std::str::from_utf8(digits).map_err(|_| bad())?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| bad())?;
        }
        Ok(Sha256(hash))
    }
}
