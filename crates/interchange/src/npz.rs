//! NumPy's `npz`: a zip archive of npy files.

use crate::npy::{Array, Header};
use crate::{Error, Result};
use std::io::{Read, Seek, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// More arrays than any program takes.
const MOST_ARRAYS: usize = 100_000;

/// An archive, open for reading. Arrays are read one at a time.
pub struct Archive<R> {
    zip: ZipArchive<R>,
    names: Vec<String>,
}

impl<R: Read + Seek> Archive<R> {
    /// Opens an archive.
    ///
    /// # Errors
    /// If it is no zip archive, is damaged, holds other things than npy files, or two arrays of one name.
    pub fn open(reader: R) -> Result<Archive<R>> {
        let mut zip = ZipArchive::new(reader).map_err(damaged)?;
        if zip.len() > MOST_ARRAYS {
            return Err(Error::new(format!("the archive has {} files, more than {MOST_ARRAYS}", zip.len())));
        }
        // The directory keeps the last of several members of one name: which one is meant nobody knows.
        if zip.has_duplicate_names() {
            return Err(Error::new("two arrays of the archive have one name"));
        }
        let names = (0..zip.len()).map(|index| {
            let file = zip.by_index_raw(index).map_err(damaged)?;
            let name = file.name().map_err(damaged)?;
            let stem = name.strip_suffix(".npy").map(str::to_owned);
            stem.ok_or_else(|| Error::new(format!("`{name}` in the archive is no npy file")))
        });
        let names = names.collect::<Result<_>>()?;
        Ok(Archive { zip, names })
    }

    /// The arrays' names, in the order in which they were saved.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// What the array at `index` is, without reading its elements.
    ///
    /// # Errors
    /// If there is none, or it is damaged.
    pub fn header(&mut self, index: usize) -> Result<Header> {
        let (file, name) = self.file(index)?;
        Header::read(file).map_err(|error| error.about(name))
    }

    /// Reads the array at `index`, at most `limit` bytes of elements: an archive may unpack to much more than it is.
    ///
    /// # Errors
    /// As [`Array::read`].
    pub fn read(&mut self, index: usize, limit: usize) -> Result<Array> {
        let (file, name) = self.file(index)?;
        Array::read(file, limit).map_err(|error| error.about(name))
    }

    fn file(&mut self, index: usize) -> Result<(impl Read, String)> {
        let count = self.names.len();
        let name = self
            .names
            .get(index)
            .ok_or_else(|| Error::new(format!("no array {index}; the archive has {count}")))?;
        let name = format!("array `{name}`");
        Ok((self.zip.by_index(index).map_err(|error| damaged(error).about(&name))?, name))
    }
}

/// Writes an archive of uncompressed arrays, as `numpy.savez` does.
///
/// # Errors
/// If `writer` fails.
pub fn write<'a>(
    writer: impl Write + Seek,
    arrays: impl IntoIterator<Item = (&'a str, &'a Array)>,
) -> Result<()> {
    let mut zip = ZipWriter::new(writer);
    // Without a time: equal arrays give equal files.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(zip::DateTime::default());
    for (name, array) in arrays {
        let options = options.large_file(array.data().len() >= u32::MAX as usize / 2);
        zip.start_file(format!("{name}.npy"), options).map_err(damaged)?;
        array.write(&mut zip)?;
    }
    zip.finish().map_err(damaged)?;
    Ok(())
}

fn damaged(error: zip::result::ZipError) -> Error {
    match error {
        zip::result::ZipError::Io(error) => error.into(),
        error => Error::new(format!("not a sound zip archive: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::npy::Element;
    use std::io::Cursor;

    fn archive() -> Vec<u8> {
        let x = Array::new(Element::F32, vec![2], vec![1; 8]).unwrap();
        let y = Array::new(Element::F32, vec![], vec![2; 4]).unwrap();
        let mut file = Cursor::new(Vec::new());
        write(&mut file, [("x", &x), ("y", &y)]).unwrap();
        file.into_inner()
    }

    #[test]
    fn arrays_come_back() {
        let mut archive = Archive::open(Cursor::new(archive())).unwrap();
        assert_eq!(archive.names(), ["x", "y"]);
        assert_eq!(archive.header(0).unwrap().dims(), [2]);
        assert_eq!(archive.read(1, 4).unwrap().data(), [2; 4]);
        assert!(
            archive
                .read(0, 7)
                .unwrap_err()
                .to_string()
                .contains("array `x`: f4[2] takes more than the 7 bytes")
        );
        assert!(archive.read(2, 8).unwrap_err().to_string().contains("no array 2; the archive has 2"));
    }

    #[test]
    fn what_is_no_archive_of_arrays_is_an_error() {
        assert!(Archive::open(Cursor::new(b"PK\x05\x06".to_vec())).is_err());
        let mut file = Cursor::new(Vec::new());
        let mut zip = ZipWriter::new(&mut file);
        zip.start_file("readme.txt", SimpleFileOptions::default()).unwrap();
        zip.finish().unwrap();
        let error = Archive::open(file).err().unwrap();
        assert_eq!(error.to_string(), "`readme.txt` in the archive is no npy file");
    }

    #[test]
    fn equal_arrays_give_equal_files() {
        assert_eq!(archive(), archive());
    }
}
