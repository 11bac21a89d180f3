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
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    element: Element,
    dims: Vec<usize>,
    data: Vec<u8>,
}

impl Array {
    /// An array of elements that are in order already.
    ///
    /// # Errors
    /// If the data are not as long as elements and dimensions say.
    pub fn new(element: Element, dims: Vec<usize>, data: Vec<u8>) -> Result<Array> {
        match element.size_of(&dims) {
            Some(size) if size == data.len() => Ok(Array { element, dims, data }),
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
        // Grows with what is there, so a header alone allocates nothing.
        let mut data = Vec::new();
        let found = reader.by_ref().take(size as u64).read_to_end(&mut data)?;
        if found < size {
            let (element, dims) = (header.element(), header.dims());
            return Err(Error::new(format!("{element}{dims:?} takes {size} bytes, the file has {found}")));
        }
        if reader.read(&mut [0])? != 0 {
            return Err(Error::new(format!("the file goes on after the {size} bytes of its array")));
        }
        Ok(header.decode(data))
    }

    /// Writes the array in version 1.0 of the format, or 2.0 if the header is too long for that.
    ///
    /// # Errors
    /// If `writer` fails.
    pub fn write(&self, mut writer: impl Write) -> Result<()> {
        writer.write_all(&Header::of(self).encode())?;
        Ok(writer.write_all(&self.data)?)
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
        &self.data
    }

    /// The elements, taken out.
    pub fn into_data(self) -> Vec<u8> {
        self.data
    }
}
