//! Writing a checkpoint, laid out so that a device can use it in place.
//!
//! The header is padded so that the data starts at a multiple of 64 bytes in the file (hence, mapped, in memory), and tensors whose size
//! is a multiple of 64 come first: all of those, which in practice are all large ones, can be handed to a device
//! without a copy. Files by other writers rarely have this property.

use crate::error::{Error, Reason};
use crate::{DType, Result};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

/// What XLA's CPU backend asks of host memory that it is to use in place.
const ALIGNMENT: usize = 64;
/// The entry of a header that is no tensor.
const METADATA: &str = "__metadata__";

/// A tensor to be written.
#[derive(Clone, Copy, Debug)]
pub struct NewTensor<'a> {
    /// Its name; no two of a file may be equal.
    pub name: &'a str,
    /// Its element type.
    pub dtype: DType,
    /// Its dimensions.
    pub dims: &'a [usize],
    /// Its little-endian, row-major bytes.
    pub bytes: &'a [u8],
}

/// Writes a safetensors file: into a temporary file beside `path`, then renamed over it, so that no reader ever sees
/// half of it. It is on the disk before it gets its name: after a loss of power there is the old file or the new one.
///
/// # Errors
/// If two tensors share a name, one has the name that the format keeps for metadata, a tensor's bytes do not fit its dtype and
/// dimensions, or the file cannot be written.
pub fn save(path: impl AsRef<Path>, tensors: &[NewTensor<'_>]) -> Result<()> {
    save_with(path, tensors, &BTreeMap::new())
}

/// As [`save`], with free-form metadata, which [`SafeTensors::metadata`](crate::SafeTensors::metadata) reads.
///
/// # Errors
/// As of [`save`].
///
/// ```
/// use bering_weights::{DType, NewTensor, SafeTensors, save_with};
/// # let directory = tempfile::tempdir()?;
/// let path = directory.path().join("checkpoint.safetensors");
/// let tensors = [NewTensor { name: "bias", dtype: DType::F32, dims: &[2], bytes: &[0; 8] }];
/// save_with(&path, &tensors, &[("step".to_owned(), "100".to_owned())].into())?;
/// assert_eq!(SafeTensors::open(&path)?.metadata()["step"], "100");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn save_with(
    path: impl AsRef<Path>,
    tensors: &[NewTensor<'_>],
    metadata: &BTreeMap<String, String>,
) -> Result<()> {
    let path = path.as_ref();
    let mut order: Vec<&NewTensor<'_>> = tensors.iter().collect();
    order.sort_by_key(|tensor| (!tensor.bytes.len().is_multiple_of(ALIGNMENT), tensor.name));
    let header = header(&order, metadata).map_err(|reason| Error::new(path, reason))?;
    write(path, &header, &order).map_err(|source| Error::new(path, Reason::Write(source)))
}

fn header(tensors: &[&NewTensor<'_>], metadata: &BTreeMap<String, String>) -> Result<String, Reason> {
    if let Some(tensor) = tensors.iter().find(|tensor| tensor.name == METADATA) {
        return Err(Reason::ReservedName(tensor.name.into()));
    }
    let mut map = Map::new();
    if !metadata.is_empty() {
        map.insert(METADATA.into(), json!(metadata));
    }
    let mut start = 0;
    for tensor in tensors {
        let end = start + tensor.bytes.len();
        let needs = tensor.dtype.size_of(tensor.dims).ok_or_else(|| Reason::Overflow {
            tensor: tensor.name.into(),
            dtype: tensor.dtype,
            dims: tensor.dims.iter().map(|&dim| dim as u64).collect(),
        })?;
        if needs != tensor.bytes.len() {
            let range = start as u64..end as u64;
            let (tensor, dtype, dims) = (tensor.name.into(), tensor.dtype, tensor.dims.to_vec());
            return Err(Reason::WrongSize { tensor, dtype, dims, needs, range });
        }
        let entry =
            json!({ "dtype": tensor.dtype.name(), "shape": tensor.dims, "data_offsets": [start, end] });
        if map.insert(tensor.name.into(), entry).is_some() {
            return Err(Reason::DuplicateName(tensor.name.into()));
        }
        start = end;
    }
    let mut text = Value::Object(map).to_string();
    // Trailing spaces belong to the header by the format, for exactly this purpose.
    let padded = (8 + text.len()).next_multiple_of(ALIGNMENT) - 8;
    text.extend(std::iter::repeat_n(' ', padded - text.len()));
    Ok(text)
}

fn write(path: &Path, header: &str, tensors: &[&NewTensor<'_>]) -> std::io::Result<()> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = temporary(directory)?;
    file.write_all(&(header.len() as u64).to_le_bytes())?;
    file.write_all(header.as_bytes())?;
    for tensor in tensors {
        file.write_all(tensor.bytes)?;
    }
    file.as_file().sync_all()?;
    file.persist(path)?;
    sync_directory(directory)
}

/// Makes a new name last. Other systems than Unix do not open directories.
fn sync_directory(directory: &Path) -> std::io::Result<()> {
    match cfg!(unix) {
        true => std::fs::File::open(directory)?.sync_all(),
        false => Ok(()),
    }
}

/// A temporary file that, unlike the default one, others may read once it has its final name (as far as the umask allows).
fn temporary(directory: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(directory)
}
