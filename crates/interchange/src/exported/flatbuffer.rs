//! FlatBuffers without a generated reader: tables, vectors and strings, each access checked against the buffer.
//!
//! The generated code of the format's own tools is for buffers that are trusted or were verified before, and is not free of
//! `unsafe`. Here little is read, once, so checking at each step costs nothing that matters. Nothing recurses, and what is
//! read is bounded by the buffer: cycles between tables cannot be followed by the callers, who know their depth.

use crate::{Error, Result};

/// A table: fields by number, any of which may be absent.
#[derive(Clone, Copy)]
pub(super) struct Table<'a> {
    buffer: &'a [u8],
    at: usize,
    /// The offsets of the fields from `at`, two bytes each.
    fields: &'a [u8],
}

/// A vector of fixed-width things, as bytes.
#[derive(Clone, Copy)]
pub(super) struct Vector<'a> {
    buffer: &'a [u8],
    at: usize,
    count: usize,
}

impl Vector<'_> {
    /// The number of things in it.
    pub(super) fn len(&self) -> usize {
        self.count
    }
}

fn damaged() -> Error {
    Error::new("an offset or length points outside of the file")
}

fn slice(buffer: &[u8], at: usize, length: usize) -> Result<&[u8]> {
    at.checked_add(length).and_then(|end| buffer.get(at..end)).ok_or_else(damaged)
}

fn array<const N: usize>(buffer: &[u8], at: usize) -> Result<[u8; N]> {
    slice(buffer, at, N)?.try_into().map_err(|_| damaged())
}

fn u32_at(buffer: &[u8], at: usize) -> Result<usize> {
    Ok(u32::from_le_bytes(array(buffer, at)?) as usize)
}

/// Where the reference at `at` points: offsets are relative to themselves, and forward.
fn follow(buffer: &[u8], at: usize) -> Result<usize> {
    at.checked_add(u32_at(buffer, at)?).filter(|&to| to < buffer.len()).ok_or_else(damaged)
}

impl<'a> Table<'a> {
    /// The table that the buffer begins with a reference to.
    pub(super) fn root(buffer: &'a [u8]) -> Result<Table<'a>> {
        Table::at(buffer, follow(buffer, 0)?)
    }

    fn at(buffer: &'a [u8], at: usize) -> Result<Table<'a>> {
        // The one offset that points backwards from where it stands.
        let back = i64::from(i32::from_le_bytes(array(buffer, at)?));
        let layout = usize::try_from(at as i64 - back).map_err(|_| damaged())?;
        let length = usize::from(u16::from_le_bytes(array(buffer, layout)?));
        let fields = slice(buffer, layout, length)?.get(4..).ok_or_else(damaged)?;
        Ok(Table { buffer, at, fields })
    }

    /// Where field `number` is, if it is there.
    fn field(&self, number: usize) -> Result<Option<usize>> {
        match array(self.fields, 2 * number).map(u16::from_le_bytes) {
            Err(_) | Ok(0) => Ok(None),
            Ok(offset) => Ok(Some(self.at.checked_add(usize::from(offset)).ok_or_else(damaged)?)),
        }
    }

    /// An integer of `N` bytes, 0 if it is absent.
    pub(super) fn integer<const N: usize>(&self, number: usize) -> Result<u64> {
        let Some(at) = self.field(number)? else { return Ok(0) };
        let mut wide = [0; 8];
        wide[..N].copy_from_slice(slice(self.buffer, at, N)?);
        Ok(u64::from_le_bytes(wide))
    }

    /// A vector of things `width` bytes wide; empty if it is absent.
    pub(super) fn vector(&self, number: usize, width: usize) -> Result<Vector<'a>> {
        let Some(at) = self.field(number)? else {
            return Ok(Vector { buffer: self.buffer, at: 0, count: 0 });
        };
        let at = follow(self.buffer, at)?;
        let count = u32_at(self.buffer, at)?;
        let at = at + 4;
        slice(self.buffer, at, count.checked_mul(width).ok_or_else(damaged)?)?;
        Ok(Vector { buffer: self.buffer, at, count })
    }

    /// A vector of bytes.
    pub(super) fn bytes(&self, number: usize) -> Result<&'a [u8]> {
        let vector = self.vector(number, 1)?;
        slice(vector.buffer, vector.at, vector.count)
    }

    /// A string; empty if it is absent.
    pub(super) fn string(&self, number: usize) -> Result<&'a str> {
        str::from_utf8(self.bytes(number)?).map_err(|_| Error::new("a string is not UTF-8"))
    }

    /// The strings of a vector.
    pub(super) fn strings(&self, number: usize) -> Result<Vec<&'a str>> {
        self.references(number, |buffer, at| {
            let length = u32_at(buffer, at)?;
            str::from_utf8(slice(buffer, at + 4, length)?).map_err(|_| Error::new("a string is not UTF-8"))
        })
    }

    /// The tables of a vector.
    pub(super) fn tables(&self, number: usize) -> Result<Vec<Table<'a>>> {
        self.references(number, Table::at)
    }

    fn references<T>(&self, number: usize, read: impl Fn(&'a [u8], usize) -> Result<T>) -> Result<Vec<T>> {
        let vector = self.vector(number, 4)?;
        (0..vector.count)
            .map(|index| read(vector.buffer, follow(vector.buffer, vector.at + 4 * index)?))
            .collect()
    }

    /// The integers of a vector, `N` bytes each.
    pub(super) fn integers<const N: usize>(&self, number: usize) -> Result<Vec<usize>> {
        let vector = self.vector(number, N)?;
        let read = |index| {
            let mut wide = [0; 8];
            wide[..N].copy_from_slice(slice(vector.buffer, vector.at + N * index, N)?);
            usize::try_from(u64::from_le_bytes(wide)).map_err(|_| damaged())
        };
        (0..vector.count).map(read).collect()
    }
}
