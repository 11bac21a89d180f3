//! What can go wrong between a model directory and an embedding.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Broad class of an [`Error`], to decide on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A file of the model directory is missing, unreadable, malformed, or asks for what this crate does not do.
    Model,
    /// The tokenizer refused a text.
    Tokenizer,
    /// A weight is missing, of another shape or dtype, or not a finite number.
    Weights,
    /// Tracing, compiling or running the model failed.
    Execution,
}

/// Why a model directory cannot be used or a text cannot be embedded.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    path: Option<PathBuf>,
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error { kind, path: None, message: message.into(), source: None }
    }

    /// An error about a file of the model directory; `message` follows the file's name.
    pub(crate) fn model(path: &Path, message: impl fmt::Display) -> Error {
        let message = format!("`{}` {message}", path.display());
        Error { path: Some(path.to_owned()), ..Error::new(ErrorKind::Model, message) }
    }

    pub(crate) fn caused_by(self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
        Error { source: Some(source.into()), ..self }
    }

    /// The same error for one more who asks; both have the one that caused it as their cause.
    pub(crate) fn shared(error: &Arc<Error>) -> Error {
        let copy = Error { path: error.path.clone(), ..Error::new(error.kind, error.message.clone()) };
        match &error.source {
            Some(_) => copy.caused_by(Shared(error.clone())),
            None => copy,
        }
    }

    /// The class of this error.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The file it is about, if it is about one.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// The cause of an error that was told before, standing in for it.
#[derive(Debug)]
struct Shared(Arc<Error>);

impl Shared {
    fn cause(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&*self.0)
    }
}

impl fmt::Display for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cause().map_or(Ok(()), |cause| write!(f, "{cause}"))
    }
}

impl std::error::Error for Shared {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause()?.source()
    }
}
