//! Strict reading of a lock.

use super::{Artifact, Checked, Lock, Unpack, VERSION};
use serde::Deserialize;
use std::fmt;
use std::ops::Range;
use toml::Spanned;

/// Why a lock could not be read, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    line: usize,
    message: String,
}

impl ParseError {
    /// The line, counted from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    fn at(text: &str, span: Range<usize>, message: impl Into<String>) -> Self {
        let line =
            text.as_bytes()[..span.start.min(text.len())].iter().filter(|byte| **byte == b'\n').count() + 1;
        Self { line, message: message.into() }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for ParseError {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLock {
    version: Spanned<u64>,
    #[serde(default)]
    artifact: Vec<Spanned<RawArtifact>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawArtifact {
    name: Spanned<String>,
    host: Spanned<String>,
    purl: Spanned<String>,
    file: Spanned<String>,
    size: Spanned<u64>,
    sha256: Spanned<String>,
    license: Spanned<String>,
    checked: Spanned<String>,
    #[serde(default)]
    pjrt: Option<Spanned<String>>,
    #[serde(default)]
    unpacked: Option<u64>,
    unpack: Vec<RawUnpack>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawUnpack {
    glob: Spanned<String>,
    #[serde(default)]
    strip: Option<Spanned<String>>,
    #[serde(default)]
    to: Option<Spanned<String>>,
    #[serde(default)]
    trim: bool,
    #[serde(default)]
    edit: Option<Spanned<String>>,
    #[serde(default)]
    executable: bool,
}

/// Turns the spans of the raw form into line numbers.
struct Reader<'a> {
    text: &'a str,
}

pub(super) fn parse(text: &str) -> Result<Lock, ParseError> {
    let raw: RawLock = toml::from_str(text)
        .map_err(|error| ParseError::at(text, error.span().unwrap_or(0..0), error.message()))?;
    let reader = Reader { text };
    if *raw.version.get_ref() != VERSION {
        let message =
            format!("lock version {} is not supported, this code reads {VERSION}", raw.version.get_ref());
        return Err(reader.error(&raw.version, message));
    }
    let mut artifacts: Vec<Artifact> = Vec::new();
    for raw in raw.artifact {
        let span = raw.span();
        let artifact = reader.artifact(raw.into_inner())?;
        if artifacts.iter().any(|other| other.host == artifact.host && other.name == artifact.name) {
            let message = format!("duplicate entry `{}` for `{}`", artifact.name, artifact.host);
            return Err(ParseError::at(text, span, message));
        }
        artifacts.push(artifact);
    }
    let mut lock = Lock { artifacts };
    lock.sort();
    Ok(lock)
}

impl Reader<'_> {
    fn error<T>(&self, value: &Spanned<T>, message: impl Into<String>) -> ParseError {
        ParseError::at(self.text, value.span(), message)
    }

    fn artifact(&self, raw: RawArtifact) -> Result<Artifact, ParseError> {
        if *raw.size.get_ref() == 0 {
            return Err(self.error(&raw.size, "size must not be 0"));
        }
        let checked = match raw.checked.get_ref().as_str() {
            "run" => Checked::Run,
            "inspected" => Checked::Inspected,
            "locked" => Checked::Locked,
            other => {
                return Err(self.error(
                    &raw.checked,
                    format!("checked must be `run`, `inspected` or `locked`, not `{other}`"),
                ));
            }
        };
        if raw.unpack.is_empty() {
            return Err(self.error(&raw.name, format!("`{}` unpacks nothing", raw.name.get_ref())));
        }
        let unpack = raw.unpack.into_iter().map(|rule| self.unpack(rule)).collect::<Result<_, _>>()?;
        Ok(Artifact {
            name: self.word(raw.name)?,
            host: self.word(raw.host)?,
            purl: self.parsed(&raw.purl)?,
            file: self.file(raw.file)?,
            size: raw.size.into_inner(),
            sha256: self.parsed(&raw.sha256)?,
            license: raw.license.into_inner(),
            checked,
            pjrt: raw.pjrt.map(|version| self.pjrt(version)).transpose()?,
            unpacked: raw.unpacked,
            unpack,
        })
    }

    fn unpack(&self, raw: RawUnpack) -> Result<Unpack, ParseError> {
        let glob = self.parsed(&raw.glob)?;
        let strip = raw.strip.map(|strip| self.relative(strip)).transpose()?.unwrap_or_default();
        let to = raw.to.map(|to| self.relative(to)).transpose()?.unwrap_or_default();
        self.relative(raw.glob)?;
        let edit = raw.edit.map(|edit| self.word(edit)).transpose()?;
        Ok(Unpack { glob, strip, to, trim: raw.trim, edit, executable: raw.executable })
    }

    fn parsed<T: std::str::FromStr<Err = String>>(&self, value: &Spanned<String>) -> Result<T, ParseError> {
        value.get_ref().parse().map_err(|message: String| self.error(value, message))
    }

    /// A name that may become part of a path or a message: letters, digits, `-`, `_`, `.`.
    fn word(&self, value: Spanned<String>) -> Result<String, ParseError> {
        let text = value.get_ref();
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if text.is_empty() || text.starts_with('.') || !text.chars().all(plain) {
            return Err(self.error(&value, format!("`{text}` is not a plain name")));
        }
        Ok(value.into_inner())
    }

    /// `MAJOR.MINOR`.
    fn pjrt(&self, value: Spanned<String>) -> Result<String, ParseError> {
        let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        match value.get_ref().split_once('.') {
            Some((major, minor)) if number(major) && number(minor) => Ok(value.into_inner()),
            _ => Err(self.error(&value, format!("`{}` is not a PJRT version like `0.116`", value.get_ref()))),
        }
    }

    fn file(&self, value: Spanned<String>) -> Result<String, ParseError> {
        let text = value.get_ref();
        if text.is_empty()
            || text.starts_with('.')
            || text.contains(['/', '\\'])
            || text.contains(char::is_control)
        {
            return Err(self.error(&value, format!("`{text}` is not a plain file name")));
        }
        Ok(value.into_inner())
    }

    /// A path inside the archive or the prefix: relative, without `..`, `.` or empty segments.
    fn relative(&self, value: Spanned<String>) -> Result<String, ParseError> {
        let text = value.get_ref();
        let trimmed = text.strip_suffix('/').unwrap_or(text);
        let bad_segment = |segment: &str| matches!(segment, "" | "." | "..");
        let inside = text.is_empty() || !trimmed.split('/').any(bad_segment);
        if !inside || text.contains(['\\', ':']) || text.contains(char::is_control) {
            return Err(self.error(&value, format!("`{text}` is not a relative path without `..`")));
        }
        Ok(value.into_inner())
    }
}
