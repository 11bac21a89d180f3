//! The error of this crate, and how a build script reports it.

use std::fmt;
use std::path::PathBuf;

/// Why a prefix could not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// No prefix is there, or it lacks a file of the named component.
    NotSetUp,
    /// The prefix was assembled from another `third_party.lock` than the checkout's.
    Stale,
    /// The checkout or the environment is not as expected (no `CARGO_MANIFEST_DIR`, no checkout above it).
    Environment,
}

/// An error with a kind, a one-line message and, where the reader can act on it, a hint.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    hint: Option<&'static str>,
    path: Option<PathBuf>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let hint = match kind {
            ErrorKind::NotSetUp | ErrorKind::Stale => {
                Some("run `cargo xtask setup` (build scripts never download)")
            }
            ErrorKind::Environment => None,
        };
        Self { kind, message: message.into(), hint, path: None }
    }

    pub(crate) fn at(mut self, path: impl Into<PathBuf>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// What went wrong, for a caller that reacts to it.
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// The file or directory that was looked for, if the error is about one.
    pub fn path(&self) -> Option<&std::path::Path> {
        self.path.as_deref()
    }

    /// What the reader can do about it.
    pub fn hint(&self) -> Option<&str> {
        self.hint
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let (ErrorKind::NotSetUp, Some(path)) = (&self.kind, &self.path) {
            write!(f, " (looked for `{}`)", path.display())?;
        }
        if let Some(hint) = self.hint {
            write!(f, "\nhint: {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

/// Ends a build script with the error's text and exit code 1.
///
/// A panic would bury the message under a backtrace that tells the user nothing.
#[allow(clippy::print_stderr)] // a build script's only channel to its user
pub fn fail(error: impl fmt::Display) -> ! {
    eprintln!("error: {error}");
    std::process::exit(1)
}
