//! NumPy's element types: what kind, and how many bytes.

use crate::{Error, Result};
use std::fmt;

/// What an element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `b`: a truth value.
    Bool,
    /// `i`: a signed integer.
    Int,
    /// `u`: an unsigned integer.
    Unsigned,
    /// `f`: a float. One of a single byte is an `ml_dtypes` type.
    Float,
    /// `c`: two floats, real and imaginary part.
    Complex,
    /// `V`: bytes whose meaning the file does not tell.
    Void,
}

const KINDS: [(u8, Kind); 6] = [
    (b'b', Kind::Bool),
    (b'i', Kind::Int),
    (b'u', Kind::Unsigned),
    (b'f', Kind::Float),
    (b'c', Kind::Complex),
    (b'V', Kind::Void),
];

/// Kind and width of an element; prints as NumPy spells it, `f4`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Element {
    kind: Kind,
    bytes: usize,
}

impl Element {
    /// A 32-bit float.
    pub const F32: Element = Element { kind: Kind::Float, bytes: 4 };

    /// The type of this kind and width, if NumPy or `ml_dtypes` has it.
    pub fn new(kind: Kind, bytes: usize) -> Option<Element> {
        let known = match kind {
            Kind::Bool => bytes == 1,
            Kind::Int | Kind::Unsigned | Kind::Float => matches!(bytes, 1 | 2 | 4 | 8),
            Kind::Complex => matches!(bytes, 8 | 16),
            Kind::Void => matches!(bytes, 1 | 2),
        };
        known.then_some(Element { kind, bytes })
    }

    /// The kind.
    pub fn kind(self) -> Kind {
        self.kind
    }

    /// The width in bytes.
    pub fn bytes(self) -> usize {
        self.bytes
    }

    /// The bytes of an array, if they fit an address space.
    pub fn size_of(self, dims: &[usize]) -> Option<usize> {
        if dims.contains(&0) {
            return Some(0);
        }
        let size = dims.iter().try_fold(self.bytes, |size, &dim| size.checked_mul(dim))?;
        (size <= isize::MAX as usize).then_some(size)
    }

    /// How wide the parts are that byte order applies to.
    pub(super) fn unit(self) -> usize {
        match self.kind {
            Kind::Complex => self.bytes / 2,
            Kind::Void => 1,
            Kind::Bool | Kind::Int | Kind::Unsigned | Kind::Float => self.bytes,
        }
    }

    /// The header's spelling: byte order, kind, width.
    pub(super) fn descr(self) -> String {
        let order = if self.unit() == 1 { '|' } else { '<' };
        format!("{order}{self}")
    }

    /// Reads a header's spelling; also tells whether elements are big-endian.
    pub(super) fn parse(descr: &str) -> Result<(Element, bool)> {
        let unknown = || {
            let hint = "programs take booleans, integers, floats, complex numbers, and void of 1 or 2 bytes";
            Error::new(format!("no program takes elements of type `{descr}`\nhint: {hint}"))
        };
        let (order, rest) = descr.split_at_checked(1).ok_or_else(unknown)?;
        let (kind, bytes) = match order {
            "<" | ">" | "|" | "=" => rest.split_at_checked(1).ok_or_else(unknown)?,
            _ => (order, rest),
        };
        let kind = KINDS.iter().find(|(letter, _)| kind.as_bytes() == [*letter]).ok_or_else(unknown)?.1;
        // `f04` and `f+4` are no spellings of NumPy's.
        let plain = !bytes.starts_with(['0', '+']);
        let bytes = bytes.parse().ok().filter(|_| plain).ok_or_else(unknown)?;
        Ok((Element::new(kind, bytes).ok_or_else(unknown)?, order == ">"))
    }
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter =
            KINDS.iter().find(|(_, kind)| *kind == self.kind).map_or('?', |(letter, _)| char::from(*letter));
        write!(f, "{letter}{}", self.bytes)
    }
}
