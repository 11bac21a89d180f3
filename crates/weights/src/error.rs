//! What can be wrong with a checkpoint, and how it is said.

use crate::DType;
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Broad class of an [`Error`], to decide on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The file system refused, or there is no checkpoint at the path.
    Io,
    /// The header (or the index of a sharded checkpoint) is not what the format allows.
    Header,
    /// A tensor's entry contradicts itself, the file, or another tensor.
    Tensor,
    /// No tensor has the name asked for.
    Missing,
}

/// Why a checkpoint, or a tensor in it, cannot be used. Names the file, and the tensor where there is one.
#[derive(Debug)]
pub struct Error {
    path: PathBuf,
    reason: Box<Reason>,
}

#[derive(Debug)]
pub(crate) enum Reason {
    Open(std::io::Error),
    Write(std::io::Error),
    NoCheckpoint,
    TooShort { len: usize },
    HeaderBeyondFile { header: u64, file: usize },
    HeaderTooLong { header: u64, limit: usize },
    NotAnObject { first: Option<u8> },
    Json(serde_json::Error),
    DuplicateName(String),
    ReservedName(String),
    UnknownDType { tensor: String, dtype: String },
    Overflow { tensor: String, dtype: DType, dims: Vec<u64> },
    WrongSize { tensor: String, dtype: DType, dims: Vec<usize>, needs: usize, range: Range<u64> },
    Backwards { tensor: String, range: Range<u64> },
    BeyondData { tensor: String, range: Range<u64>, data: usize },
    Overlap { first: String, second: String, at: usize },
    Hole { from: usize, to: usize },
    NoIndex { index: serde_json::Error },
    IndexTooLong { len: u64, limit: usize },
    ShardName { tensor: String, shard: String },
    NotInShard { tensor: String, shard: String },
    Missing { tensor: String, close: Vec<String> },
}

impl Error {
    pub(crate) fn new(path: &Path, reason: Reason) -> Error {
        Error { path: path.to_owned(), reason: Box::new(reason) }
    }

    /// The class of this error.
    pub fn kind(&self) -> ErrorKind {
        use Reason::*;
        match *self.reason {
            Open(_) | Write(_) | NoCheckpoint => ErrorKind::Io,
            TooShort { .. }
            | HeaderBeyondFile { .. }
            | HeaderTooLong { .. }
            | NotAnObject { .. }
            | Json(_)
            | DuplicateName(_)
            | ReservedName(_)
            | NoIndex { .. }
            | IndexTooLong { .. }
            | ShardName { .. } => ErrorKind::Header,
            UnknownDType { .. }
            | Overflow { .. }
            | WrongSize { .. }
            | Backwards { .. }
            | BeyondData { .. }
            | Overlap { .. }
            | Hole { .. }
            | NotInShard { .. } => ErrorKind::Tensor,
            Missing { .. } => ErrorKind::Missing,
        }
    }

    /// The file (or directory) in question.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The tensor in question, if it is about one.
    pub fn tensor(&self) -> Option<&str> {
        use Reason::*;
        match &*self.reason {
            DuplicateName(tensor)
            | ReservedName(tensor)
            | UnknownDType { tensor, .. }
            | Overflow { tensor, .. }
            | WrongSize { tensor, .. }
            | Backwards { tensor, .. }
            | BeyondData { tensor, .. }
            | Overlap { second: tensor, .. }
            | ShardName { tensor, .. }
            | NotInShard { tensor, .. }
            | Missing { tensor, .. } => Some(tensor),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use Reason::*;
        let path = self.path.display();
        match &*self.reason {
            Open(_) => write!(f, "cannot read `{path}`"),
            Write(_) => write!(f, "cannot write `{path}`"),
            NoCheckpoint => write!(
                f,
                "no checkpoint in `{path}`: it holds neither `model.safetensors` nor `model.safetensors.index.json`"
            ),
            TooShort { len } => {
                write!(
                    f,
                    "`{path}` is {len} bytes long, a safetensors file starts with an 8-byte header length"
                )
            }
            HeaderBeyondFile { header, file } => write!(
                f,
                "`{path}` announces a header of {header} bytes but is only {file} bytes long\n\
                 hint: the file is truncated or not a safetensors file"
            ),
            HeaderTooLong { header, limit } => write!(
                f,
                "`{path}` announces a header of {header} bytes, more than the format's limit of {limit}\n\
                 hint: the file is corrupt or not a safetensors file"
            ),
            NotAnObject { first } => {
                let found = first.map_or("nothing".into(), |byte| format!("byte 0x{byte:02x}"));
                write!(f, "the header of `{path}` must start with `{{`, got {found}")
            }
            Json(_) => write!(f, "the header of `{path}` is not the JSON that the format asks for"),
            DuplicateName(tensor) => write!(f, "`{path}` names tensor `{tensor}` twice"),
            ReservedName(tensor) => {
                write!(
                    f,
                    "no tensor can be called `{tensor}` in `{path}`: the format keeps that name for metadata"
                )
            }
            UnknownDType { tensor, dtype } => {
                write!(f, "tensor `{tensor}` in `{path}` has the unknown dtype `{dtype}`; known are: ")?;
                list(f, DType::ALL.iter().map(|dtype| dtype.name()))
            }
            Overflow { tensor, dtype, dims } => {
                write!(
                    f,
                    "tensor `{tensor}` in `{path}` is {dtype}{dims:?}: no whole number of bytes, or too many"
                )
            }
            WrongSize { tensor, dtype, dims, needs, range } => write!(
                f,
                "tensor `{tensor}` in `{path}` is {dtype}{dims:?}, which takes {needs} bytes, but its offsets {}..{} hold {}",
                range.start,
                range.end,
                range.end - range.start
            ),
            Backwards { tensor, range } => write!(
                f,
                "tensor `{tensor}` in `{path}` ends (offset {}) before it starts (offset {})",
                range.end, range.start
            ),
            BeyondData { tensor, range, data } => write!(
                f,
                "tensor `{tensor}` in `{path}` has the offsets {}..{}, the file holds {data} bytes of data\n\
                 hint: the file is truncated or its header does not belong to it",
                range.start, range.end
            ),
            Overlap { first, second, at } => {
                write!(f, "tensors `{first}` and `{second}` in `{path}` share the byte at offset {at}")
            }
            Hole { from, to } => write!(f, "no tensor in `{path}` claims the data bytes {from}..{to}"),
            NoIndex { .. } => write!(f, "`{path}` is not the index of a sharded checkpoint"),
            IndexTooLong { len, limit } => write!(f, "`{path}` has {len} bytes, an index may have {limit}"),
            ShardName { tensor, shard } => write!(
                f,
                "`{path}` puts tensor `{tensor}` into `{shard}`, which is not a plain file name beside the index"
            ),
            NotInShard { tensor, shard } => {
                write!(f, "`{path}` says that tensor `{tensor}` is in `{shard}`, which does not hold it")
            }
            Missing { tensor, close } => {
                write!(f, "no tensor `{tensor}` in `{path}`")?;
                if !close.is_empty() {
                    f.write_str("\nhint: similar names there: ")?;
                    list(f, close.iter().map(|name| format!("`{name}`")))?;
                }
                Ok(())
            }
        }
    }
}

fn list<T: fmt::Display>(f: &mut fmt::Formatter<'_>, items: impl Iterator<Item = T>) -> fmt::Result {
    for (i, item) in items.enumerate() {
        write!(f, "{}{item}", if i == 0 { "" } else { ", " })?;
    }
    Ok(())
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &*self.reason {
            Reason::Open(source) | Reason::Write(source) => Some(source),
            Reason::Json(source) | Reason::NoIndex { index: source } => Some(source),
            _ => None,
        }
    }
}
