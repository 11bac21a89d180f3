//! One error for all formats: what was wrong with the bytes.

use std::fmt;
use std::io;

/// The result of everything here that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a file could not be read or written. The text names what was expected and what was found.
pub struct Error {
    message: String,
    source: Option<io::Error>,
}

impl Error {
    pub(crate) fn new(message: impl Into<String>) -> Error {
        Error { message: message.into(), source: None }
    }

    /// The same error, said to be about `what`.
    pub(crate) fn about(mut self, what: impl fmt::Display) -> Error {
        self.message = format!("{what}: {}", self.message);
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}

impl From<io::Error> for Error {
    fn from(source: io::Error) -> Error {
        match source.kind() {
            io::ErrorKind::UnexpectedEof => Error::new("the file ends too early"),
            // Not the system's: a decoder's, about the bytes.
            _ if source.raw_os_error().is_none() => Error::new(format!("the file is damaged: {source}")),
            _ => Error { message: "reading or writing failed".to_owned(), source: Some(source) },
        }
    }
}
