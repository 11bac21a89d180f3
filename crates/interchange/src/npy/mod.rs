//! NumPy's `npy` format: a header that is a Python literal, then the elements.
//!
//! An [`Array`] in memory is always little-endian and row-major; Fortran order and big-endian files are converted on the way
//! in. Element types are NumPy's own: kind and width. What NumPy has no type for (bf16, the 8-bit floats, 4-bit integers one
//! to a byte) is void of its width, which is how `ml_dtypes` saves it; the program that takes the array says what it is.

mod element;
mod header;
#[cfg(test)]
mod tests;

use crate::{Error, Result};
pub use element::{Element, Kind};
pub use header::Header;
use std::io::{Read, Write};

/// An array in memory: little-endian, row-major.
#[derive(Clone, Debug)]
pub struct Array {
    element: Element,
    dims: Vec<usize>,
    /// The elements lie behind the first `start` bytes.
    data: Vec<u8>,
    start: usize,
}

/// Devices use memory in place from such addresses on; else they copy.
const ALIGNMENT: usize = 64;

impl Array {
    /// An array of elements that are in order already.
    ///
    /// # Errors
    /// If the data are not as long as elements and dimensions say.
    pub fn new(element: Element, dims: Vec<usize>, data: Vec<u8>) -> Result<Array> {
        match element.size_of(&dims) {
            Some(size) if size == data.len() => Ok(Array { element, dims, data, start: 0 }),
            _ => Err(Error::new(format!("{element}{dims:?} does not have {} bytes", data.len()))),
        }
    }

    /// Reads an array and nothing else from `reader`; at most `limit` bytes of elements.
    ///
    /// ```
    /// use bering_interchange::npy::{Array, Element};
    /// let array = Array::new(Element::F32, vec![2], [1.0f32, 2.0].map(f32::to_le_bytes).concat())?;
    /// let mut file = Vec::new();
    /// array.write(&mut file)?;
    /// assert_eq!(Array::read(&file[..], 1 << 20)?, array);
    /// # Ok::<(), bering_interchange::Error>(())
    /// ```
    ///
    /// # Errors
    /// If it is no npy file, its elements are of a type that no program takes (objects, strings, dates, records), or it is
    /// shorter or longer than its header says.
    pub fn read(mut reader: impl Read, limit: usize) -> Result<Array> {
        let header = Header::read(&mut reader)?;
        let size =
            header.element().size_of(header.dims()).filter(|&size| size <= limit).ok_or_else(|| {
                Error::new(format!(
                    "{}{:?} takes more than the {limit} bytes that are allowed",
                    header.element(),
                    header.dims()
                ))
            })?;
        // Only what is read is touched, so a header alone takes no memory. Without the room it grows with what is there.
        let mut data: Vec<u8> = Vec::new();
        let _ = data.try_reserve_exact(size.saturating_add(ALIGNMENT));
        let start = data.as_ptr().align_offset(ALIGNMENT).min(ALIGNMENT);
        data.resize(start, 0);
        let found = reader.by_ref().take(size as u64).read_to_end(&mut data)?;
        if found < size {
            let (element, dims) = (header.element(), header.dims());
            return Err(Error::new(format!("{element}{dims:?} takes {size} bytes, the file has {found}")));
        }
        if reader.read(&mut [0])? != 0 {
            return Err(Error::new(format!("the file goes on after the {size} bytes of its array")));
        }
        Ok(header.decode(data, start))
    }

    /// Writes the array in version 1.0 of the format, or 2.0 if the header is too long for that.
    ///
    /// # Errors
    /// If `writer` fails.
    pub fn write(&self, mut writer: impl Write) -> Result<()> {
        writer.write_all(&Header::of(self).encode())?;
        Ok(writer.write_all(self.data())?)
    }

    /// The element type.
    pub fn element(&self) -> Element {
        self.element
    }

    /// The sizes of the dimensions, outermost first.
    pub fn dims(&self) -> &[usize] {
        &self.dims
    }

    /// The elements: little-endian, row-major.
    pub fn data(&self) -> &[u8] {
        &self.data[self.start..]
    }

    /// As [`data`](Array::data), to change them.
    pub fn data_mut(&mut self) -> &mut [u8] {
        &mut self.data[self.start..]
    }
}

impl PartialEq for Array {
    fn eq(&self, other: &Array) -> bool {
        (self.element, self.dims(), self.data()) == (other.element, other.dims(), other.data())
    }
}

/// The elements' bytes.
impl AsRef<[u8]> for Array {
    fn as_ref(&self) -> &[u8] {
        self.data()
    }
}
