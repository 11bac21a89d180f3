//! Embeddings as JSON lines, CSV or a NumPy file, to stdout or a file that appears only when it is complete.

use anyhow::{Context, Result};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// How embeddings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// One object a line: `{"text": "...", "embedding": [...]}`.
    Jsonl,
    /// A NumPy array of 32-bit floats, one row a sentence.
    Npy,
    /// One line of numbers a sentence, without a header.
    Csv,
}

/// Writes embeddings in one format to one place.
pub(super) struct Output {
    format: Format,
    dimension: usize,
    place: Place,
    /// The rows of an NPY file, whose header, with their number, comes first.
    rows: Vec<f32>,
}

enum Place {
    Stdout(BufWriter<io::StdoutLock<'static>>),
    File { temporary: BufWriter<NamedTempFile>, path: PathBuf },
}

impl Place {
    fn writer(&mut self) -> &mut dyn Write {
        match self {
            Place::Stdout(writer) => writer,
            Place::File { temporary, .. } => temporary,
        }
    }
}

impl Output {
    /// Opens the output: stdout, or a temporary file beside `path` that takes its name at the end.
    pub(super) fn open(format: Format, dimension: usize, path: Option<&Path>) -> Result<Output> {
        let place = match path {
            None => Place::Stdout(BufWriter::new(io::stdout().lock())),
            Some(path) => {
                let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
                let temporary = NamedTempFile::new_in(parent.unwrap_or(Path::new(".")))
                    .with_context(|| format!("cannot write `{}`", path.display()))?;
                Place::File { temporary: BufWriter::new(temporary), path: path.into() }
            }
        };
        Ok(Output { format, dimension, place, rows: Vec::new() })
    }

    /// Writes one embedding.
    pub(super) fn write(&mut self, text: &str, embedding: &[f32]) -> io::Result<()> {
        let writer = self.place.writer();
        match self.format {
            Format::Jsonl => {
                writer.write_all(b"{\"text\":")?;
                serde_json::to_writer(&mut *writer, text)?;
                writer.write_all(b",\"embedding\":")?;
                serde_json::to_writer(&mut *writer, embedding)?;
                writer.write_all(b"}\n")
            }
            Format::Csv => {
                for (i, value) in embedding.iter().enumerate() {
                    write!(writer, "{}{value}", if i == 0 { "" } else { "," })?;
                }
                writer.write_all(b"\n")
            }
            Format::Npy => {
                self.rows.extend_from_slice(embedding);
                Ok(())
            }
        }
    }

    /// Lets a reader see what was written so far.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.place.writer().flush()
    }

    /// Writes what could not be written before, and gives a file its name.
    pub(super) fn finish(mut self) -> Result<()> {
        if self.format == Format::Npy {
            let (rows, dimension) = (self.rows.len() / self.dimension, self.dimension);
            let writer = self.place.writer();
            writer.write_all(&npy_header(rows, dimension))?;
            for value in &self.rows {
                writer.write_all(&value.to_le_bytes())?;
            }
        }
        self.flush()?;
        if let Place::File { temporary, path } = self.place {
            let file = temporary.into_inner().map_err(io::IntoInnerError::into_error)?;
            file.persist(&path).with_context(|| format!("cannot write `{}`", path.display()))?;
        }
        Ok(())
    }
}

/// The header of a version 1.0 NPY file with a row-major `f32` array, padded to a multiple of 64 bytes as the format asks.
fn npy_header(rows: usize, columns: usize) -> Vec<u8> {
    let mut description =
        format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}");
    let start = 10;
    let end = (start + description.len() + 1).next_multiple_of(64);
    description.extend(std::iter::repeat_n(' ', end - start - description.len() - 1));
    description.push('\n');
    let mut header = b"\x93NUMPY\x01\x00".to_vec();
    header.extend_from_slice(&(description.len() as u16).to_le_bytes());
    header.extend_from_slice(description.as_bytes());
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn npy_headers_are_aligned_and_exact() {
        let header = npy_header(7, 384);
        assert!(header.len().is_multiple_of(64));
        assert_eq!(&header[..8], b"\x93NUMPY\x01\x00");
        assert_eq!(usize::from(u16::from_le_bytes([header[8], header[9]])), header.len() - 10);
        assert!(header.ends_with(b"\n"));
        let text = std::str::from_utf8(&header[10..]).unwrap();
        assert!(text.starts_with("{'descr': '<f4', 'fortran_order': False, 'shape': (7, 384), }"), "{text}");
    }

    #[test]
    fn a_file_appears_only_when_finished() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("out.csv");
        let mut output = Output::open(Format::Csv, 2, Some(&path)).unwrap();
        output.write("a", &[0.5, -1.0]).unwrap();
        assert!(!path.exists());
        output.finish().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "0.5,-1\n");
        drop(Output::open(Format::Csv, 2, Some(&directory.path().join("other.csv"))).unwrap());
        assert_eq!(
            std::fs::read_dir(directory.path()).unwrap().count(),
            1,
            "an abandoned output leaves nothing"
        );
    }
}
