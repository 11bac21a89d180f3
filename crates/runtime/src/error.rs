//! The one error type of the crate: a kind that programs can match on, a message for people, and advice kept apart.

use std::error::Error as StdError;
use std::fmt;

/// The result of everything here that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, as PJRT sorts it (the codes are those of absl's status).
///
/// Errors found by this crate before a plugin was asked use the same kinds: a wrong argument is
/// [`InvalidArgument`](ErrorKind::InvalidArgument) whoever notices it first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The operation was cancelled.
    Cancelled,
    /// The plugin said no more than that something failed, or used a code this crate does not know.
    Unknown,
    /// An argument is wrong whatever the state of the system: shapes, types, options, a program that does not parse.
    InvalidArgument,
    /// Time ran out.
    DeadlineExceeded,
    /// A file, device, plugin or custom-call target does not exist.
    NotFound,
    /// Something to be created is there already.
    AlreadyExists,
    /// The system refused access.
    PermissionDenied,
    /// Memory or another resource ran out.
    ResourceExhausted,
    /// The system is not in the state the operation needs: a deleted or donated buffer, a file that is no plugin.
    FailedPrecondition,
    /// The operation was aborted.
    Aborted,
    /// An index or offset lies outside its range.
    OutOfRange,
    /// The plugin lacks the function or does not support the request.
    Unimplemented,
    /// An invariant of the plugin or of this crate is broken.
    Internal,
    /// The service is not available now.
    Unavailable,
    /// Data was lost or is corrupt.
    DataLoss,
    /// The caller is not authenticated.
    Unauthenticated,
}

impl ErrorKind {
    /// The kind for a numeric PJRT (absl) status code.
    pub(crate) fn from_code(code: u32) -> ErrorKind {
        use ErrorKind::*;
        match code {
            1 => Cancelled,
            3 => InvalidArgument,
            4 => DeadlineExceeded,
            5 => NotFound,
            6 => AlreadyExists,
            7 => PermissionDenied,
            8 => ResourceExhausted,
            9 => FailedPrecondition,
            10 => Aborted,
            11 => OutOfRange,
            12 => Unimplemented,
            13 => Internal,
            14 => Unavailable,
            15 => DataLoss,
            16 => Unauthenticated,
            _ => Unknown,
        }
    }

    /// The name of the code as PJRT plugins print it, such as `INVALID_ARGUMENT`.
    pub fn name(self) -> &'static str {
        use ErrorKind::*;
        match self {
            Cancelled => "CANCELLED",
            Unknown => "UNKNOWN",
            InvalidArgument => "INVALID_ARGUMENT",
            DeadlineExceeded => "DEADLINE_EXCEEDED",
            NotFound => "NOT_FOUND",
            AlreadyExists => "ALREADY_EXISTS",
            PermissionDenied => "PERMISSION_DENIED",
            ResourceExhausted => "RESOURCE_EXHAUSTED",
            FailedPrecondition => "FAILED_PRECONDITION",
            Aborted => "ABORTED",
            OutOfRange => "OUT_OF_RANGE",
            Unimplemented => "UNIMPLEMENTED",
            Internal => "INTERNAL",
            Unavailable => "UNAVAILABLE",
            DataLoss => "DATA_LOSS",
            Unauthenticated => "UNAUTHENTICATED",
        }
    }
}

/// Why an operation failed.
///
/// Printing it gives what was attempted, the plugin's code and words where a plugin reported it, and a `hint:` line
/// where there is something to do about it.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    /// True where a plugin reported the error: its code is then part of the text.
    from_plugin: bool,
    message: String,
    context: Option<String>,
    hint: Option<String>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error that this crate found.
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error(Box::new(Inner {
            kind,
            from_plugin: false,
            message: message.into(),
            context: None,
            hint: None,
            source: None,
        }))
    }

    /// An error that a plugin reported.
    pub(crate) fn from_plugin(kind: ErrorKind, message: String) -> Error {
        let mut error = Error::new(kind, message);
        error.0.from_plugin = true;
        error
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::InvalidArgument, message)
    }

    pub(crate) fn with_context(mut self, context: impl Into<String>) -> Error {
        let outer = context.into();
        self.0.context = Some(match self.0.context.take() {
            Some(inner) => format!("{outer}: {inner}"),
            None => outer,
        });
        self
    }

    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Error {
        self.0.hint = Some(hint.into());
        self
    }

    pub(crate) fn with_source(mut self, source: impl StdError + Send + Sync + 'static) -> Error {
        self.0.source = Some(Box::new(source));
        self
    }

    /// The kind, to match on.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What went wrong, without what was attempted and without advice.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What was attempted, if known.
    pub fn context(&self) -> Option<&str> {
        self.0.context.as_deref()
    }

    /// What to do about it, if anything.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// Whether a plugin reported the error, and not this crate.
    pub fn is_from_plugin(&self) -> bool {
        self.0.from_plugin
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(context) = &self.0.context {
            write!(f, "{context}: ")?;
        }
        if self.0.from_plugin {
            write!(f, "{}: ", self.0.kind.name())?;
        }
        f.write_str(&self.0.message)?;
        if let Some(hint) = &self.0.hint {
            write!(f, "\nhint: {hint}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({}, {self})", self.0.kind.name())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

/// Adds what was attempted to an error, computed only when there is one.
pub(crate) trait Context<T> {
    fn context(self, context: impl FnOnce() -> String) -> Result<T>;
}

impl<T> Context<T> for Result<T> {
    fn context(self, context: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|error| error.with_context(context()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_has_attempt_code_words_and_hint() {
        let error = Error::from_plugin(ErrorKind::InvalidArgument, "no `main`".into())
            .with_context("compile failed on `cpu` (PJRT 0.115)")
            .with_hint("look at the module");
        let expected =
            "compile failed on `cpu` (PJRT 0.115): INVALID_ARGUMENT: no `main`\nhint: look at the module";
        assert_eq!(error.to_string(), expected);
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    }

    #[test]
    fn every_code_has_its_kind() {
        for code in 1..=16 {
            let kind = ErrorKind::from_code(code);
            assert_eq!(kind == ErrorKind::Unknown, code == 2, "{code} became {}", kind.name());
        }
        assert_eq!(ErrorKind::from_code(99), ErrorKind::Unknown);
    }

    #[test]
    fn contexts_nest_outermost_first() {
        let error = Error::invalid("bad").with_context("inner").with_context("outer");
        assert_eq!(error.to_string(), "outer: inner: bad");
    }
}
