//! The error of this crate: one opaque type with a kind, the user's source location and optional advice.
//!
//! Messages follow one pattern: the operation, the rule, both values. Location and advice are kept apart, so that a
//! caller may show them its own way; `Display` puts the location in parentheses and the advice on a `hint:` line.

use crate::Location;
use std::fmt;

/// What went wrong, by class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Sizes or numbers of axes do not fit.
    Shape,
    /// Element types do not fit, or an operation does not take this one.
    DType,
    /// An axis does not exist or is named twice.
    Axis,
    /// Some other argument is out of its domain.
    Argument,
    /// A tensor was used outside of the trace it belongs to.
    Trace,
    /// One parameter path was asked for with two types.
    Parameter,
    /// A graph breaks its invariants; a defect of whoever built it.
    Verify,
    /// MLIR refused what lowering produced.
    Lower,
}

/// A mistake found while tracing, verifying or lowering.
#[derive(Clone, PartialEq, Eq)]
pub struct Error(Box<Inner>);

#[derive(Clone, PartialEq, Eq)]
struct Inner {
    kind: ErrorKind,
    message: String,
    hint: Option<String>,
    location: Option<Location>,
}

/// The result of fallible functions of this crate.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error(Box::new(Inner { kind, message: message.into(), hint: None, location: None }))
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Error {
        self.0.hint = Some(hint.into());
        self
    }

    pub(crate) fn at(mut self, location: Location) -> Error {
        self.0.location.get_or_insert(location);
        self
    }

    /// The same mistake, blamed on another line.
    pub(crate) fn relocated(mut self, location: Location) -> Error {
        self.0.location = Some(location);
        self
    }

    /// The class of the mistake.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The message without location and advice.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Where in the user's source the mistake was made, when it was made in a traced function.
    pub fn location(&self) -> Option<Location> {
        self.0.location
    }

    /// What to do about it, when that is known.
    pub fn advice(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        if let Some(location) = self.0.location {
            write!(f, " ({location})")?;
        }
        match &self.0.hint {
            Some(hint) => write!(f, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {self}", self.0.kind)
    }
}

impl std::error::Error for Error {}

macro_rules! error {
    ($kind:ident, $($message:tt)*) => {
        $crate::error::Error::new($crate::error::ErrorKind::$kind, format!($($message)*))
    };
}
pub(crate) use error;
