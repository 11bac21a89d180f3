//! The header: magic bytes, a version, and a Python dictionary of three keys.

use super::{Array, Element};
use crate::{Error, Result};
use std::io::Read;

const MAGIC: &[u8; 6] = b"\x93NUMPY";
/// As NumPy's own limit for files that are not trusted.
const LONGEST: usize = 10_000;
/// More dimensions than any program has.
const MOST_DIMENSIONS: usize = 64;
/// Elements begin at a multiple of this.
const ALIGNMENT: usize = 64;

/// What a header says.
#[derive(Clone, Debug, PartialEq)]
pub struct Header {
    element: Element,
    big_endian: bool,
    fortran: bool,
    dims: Vec<usize>,
}

impl Header {
    pub(super) fn of(array: &Array) -> Header {
        Header { element: array.element, big_endian: false, fortran: false, dims: array.dims.clone() }
    }

    /// The element type.
    pub fn element(&self) -> Element {
        self.element
    }

    /// The sizes of the dimensions, outermost first.
    pub fn dims(&self) -> &[usize] {
        &self.dims
    }

    /// Reads a header of version 1.0, 2.0 or 3.0.
    ///
    /// # Errors
    /// If it is none, or describes elements that no program takes.
    pub fn read(mut reader: impl Read) -> Result<Header> {
        let mut start = [0; 8];
        let none = |_| Error::new("not an npy file: it is shorter than a header");
        reader.read_exact(&mut start).map_err(none)?;
        if start[..6] != MAGIC[..] {
            return Err(Error::new(format!("not an npy file: it begins with {:02x?}", &start[..6])));
        }
        let length = match start[6..] {
            [1, 0] => usize::from(u16::from_le_bytes(array(&mut reader)?)),
            [2 | 3, 0] => u32::from_le_bytes(array(&mut reader)?) as usize,
            [major, minor] => {
                return Err(Error::new(format!("npy version {major}.{minor} is not known; 1.0 to 3.0 are")));
            }
            _ => return Err(Error::new("no npy version")),
        };
        if length > LONGEST {
            return Err(Error::new(format!(
                "the header has {length} bytes, more than the {LONGEST} that are allowed"
            )));
        }
        let mut text = vec![0; length];
        reader.read_exact(&mut text)?;
        let text = str::from_utf8(&text).map_err(|_| Error::new("the header is not UTF-8"))?;
        Parser { text, at: 0 }.header().map_err(|error| error.about("the header is damaged"))
    }

    /// The whole header, padded so that elements are aligned.
    pub(super) fn encode(&self) -> Vec<u8> {
        let fortran = if self.fortran { "True" } else { "False" };
        let mut dims: String = self.dims.iter().map(|dim| format!("{dim}, ")).collect();
        if self.dims.len() > 1 {
            dims.truncate(dims.len() - 2);
        } else {
            dims.truncate(dims.trim_end().len());
        }
        let text = format!(
            "{{'descr': '{}', 'fortran_order': {fortran}, 'shape': ({dims}), }}",
            self.element.descr()
        );
        let wide = text.len() + ALIGNMENT > usize::from(u16::MAX);
        let fixed = MAGIC.len() + 2 + if wide { 4 } else { 2 };
        let total = (fixed + text.len() + 1).next_multiple_of(ALIGNMENT);
        let length = total - fixed;
        let mut bytes = MAGIC.to_vec();
        bytes.extend(if wide { [2, 0] } else { [1, 0] });
        let encoded = (length as u32).to_le_bytes();
        bytes.extend_from_slice(if wide { &encoded } else { &encoded[..2] });
        bytes.extend_from_slice(text.as_bytes());
        bytes.resize(total - 1, b' ');
        bytes.push(b'\n');
        bytes
    }

    /// The array whose elements were read from the file, behind `start` other bytes: little-endian and row-major from now on.
    pub(super) fn decode(self, mut data: Vec<u8>, mut start: usize) -> Array {
        let unit = self.element.unit();
        if self.big_endian && unit > 1 {
            data[start..].chunks_exact_mut(unit).for_each(<[u8]>::reverse);
        }
        if self.fortran && self.dims.len() > 1 {
            data = row_major(&data[start..], &self.dims, self.element.bytes());
            start = 0;
        }
        Array { element: self.element, dims: self.dims, data, start }
    }
}

fn array<const N: usize>(mut reader: impl Read) -> Result<[u8; N]> {
    let mut bytes = [0; N];
    reader.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Column-major elements in row-major order.
fn row_major(data: &[u8], dims: &[usize], width: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len());
    if data.is_empty() {
        return out;
    }
    let mut strides = vec![width; dims.len()];
    for axis in 1..dims.len() {
        strides[axis] = strides[axis - 1] * dims[axis - 1];
    }
    let mut index = vec![0; dims.len()];
    let mut offset = 0;
    while out.len() < data.len() {
        out.extend_from_slice(&data[offset..offset + width]);
        for axis in (0..dims.len()).rev() {
            index[axis] += 1;
            offset += strides[axis];
            if index[axis] < dims[axis] {
                break;
            }
            offset -= strides[axis] * dims[axis];
            index[axis] = 0;
        }
    }
    out
}

/// A parser of the one dictionary that headers are.
struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    fn header(mut self) -> Result<Header> {
        let (mut descr, mut fortran, mut dims) = (None, None, None);
        self.expect("{")?;
        while !self.accept("}") {
            match self.string()? {
                "descr" if descr.is_none() => {
                    self.expect(":")?;
                    if self.peek("[") {
                        let hint = "save each field as an array of its own";
                        return Err(Error::new(format!(
                            "the elements are records, which no program takes\nhint: {hint}"
                        )));
                    }
                    descr = Some(Element::parse(self.string()?)?);
                }
                "fortran_order" if fortran.is_none() => {
                    self.expect(":")?;
                    fortran = Some(self.boolean()?);
                }
                "shape" if dims.is_none() => {
                    self.expect(":")?;
                    dims = Some(self.dims()?);
                }
                key => return Err(Error::new(format!("key `{key}` is twice there or not known"))),
            }
            if !self.accept(",") && !self.peek("}") {
                return Err(self.unexpected("`,` or `}`"));
            }
        }
        if !self.rest().trim().is_empty() {
            return Err(self.unexpected("the end"));
        }
        let missing = |key| Error::new(format!("key `{key}` is missing"));
        let (element, big_endian) = descr.ok_or_else(|| missing("descr"))?;
        let fortran = fortran.ok_or_else(|| missing("fortran_order"))?;
        Ok(Header { element, big_endian, fortran, dims: dims.ok_or_else(|| missing("shape"))? })
    }

    fn dims(&mut self) -> Result<Vec<usize>> {
        self.expect("(")?;
        let mut dims = Vec::new();
        while !self.accept(")") {
            dims.push(self.number()?);
            if dims.len() > MOST_DIMENSIONS {
                return Err(Error::new(format!("more than {MOST_DIMENSIONS} dimensions")));
            }
            if !self.accept(",") && !self.peek(")") {
                return Err(self.unexpected("`,` or `)`"));
            }
        }
        Ok(dims)
    }

    fn number(&mut self) -> Result<usize> {
        let rest = self.rest().trim_start();
        let end = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number = rest[..end].parse().map_err(|_| self.unexpected("a size"))?;
        self.at = self.text.len() - rest.len() + end;
        // Python 2 wrote long integers with this suffix.
        self.accept("L");
        Ok(number)
    }

    fn boolean(&mut self) -> Result<bool> {
        if self.accept("True") {
            return Ok(true);
        }
        self.expect("False")?;
        Ok(false)
    }

    fn string(&mut self) -> Result<&'a str> {
        let quote = ["'", "\""]
            .into_iter()
            .find(|quote| self.accept(quote))
            .ok_or_else(|| self.unexpected("a string"))?;
        let text = self.rest();
        let end = text.find(quote).ok_or_else(|| self.unexpected("a string"))?;
        self.at += end + 1;
        Ok(&text[..end])
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self, token: &str) -> bool {
        self.rest().trim_start().starts_with(token)
    }

    fn accept(&mut self, token: &str) -> bool {
        let rest = self.rest().trim_start();
        let found = rest.starts_with(token);
        if found {
            self.at = self.text.len() - rest.len() + token.len();
        }
        found
    }

    fn expect(&mut self, token: &str) -> Result<()> {
        if self.accept(token) { Ok(()) } else { Err(self.unexpected(&format!("`{token}`"))) }
    }

    fn unexpected(&self, expected: &str) -> Error {
        let found: String = self.rest().trim().chars().take(12).collect();
        Error::new(format!("expected {expected}, found `{}`", found.replace(char::is_control, " ")))
    }
}
