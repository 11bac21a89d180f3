//! One error for the whole way from a traced function to a result.

use std::fmt;

/// The result of everything here that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Broad class of an [`Error`], to decide on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The traced function has a mistake in it, or cannot be lowered.
    Trace,
    /// There is no such device.
    Device,
    /// Compiling or running failed.
    Runtime,
    /// A checkpoint is unusable.
    Weights,
    /// A file from elsewhere is damaged, or of no known form.
    Interchange,
    /// The checkpoint, or the arguments, are not what the graph asks for.
    Mismatch,
    /// A result held a NaN or an infinity in a program that forbids it; see [`debug`](crate::debug).
    Number,
}

/// Why something could not be traced, compiled, loaded or run.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error(Box::new(Inner { kind, message: message.into(), source: None }))
    }

    /// Another crate's error as it is: its text is the message, and it stays reachable as the source.
    fn wrap(kind: ErrorKind, source: impl std::error::Error + Send + Sync + 'static) -> Error {
        Error(Box::new(Inner { kind, message: source.to_string(), source: Some(Box::new(source)) }))
    }

    /// The class of this error.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The frontend's, runtime's or weights' own error, if it came from there.
    pub fn downcast_ref<E: std::error::Error + 'static>(&self) -> Option<&E> {
        self.0.source.as_ref()?.downcast_ref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {self}", self.0.kind)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        // The wrapped error's text is this one's already, so the chain goes on with what is below it.
        self.0.source.as_ref()?.source()
    }
}

impl From<bering_frontend::Error> for Error {
    fn from(source: bering_frontend::Error) -> Error {
        Error::wrap(ErrorKind::Trace, source)
    }
}

impl From<bering_interchange::Error> for Error {
    fn from(source: bering_interchange::Error) -> Error {
        Error::wrap(ErrorKind::Interchange, source)
    }
}

impl From<bering_runtime::Error> for Error {
    fn from(source: bering_runtime::Error) -> Error {
        Error::wrap(ErrorKind::Runtime, source)
    }
}

impl From<bering_weights::Error> for Error {
    fn from(source: bering_weights::Error) -> Error {
        Error::wrap(ErrorKind::Weights, source)
    }
}
