//! A checkpoint: one safetensors file, or the shards of one, opened and validated as a whole.

use crate::error::{Error, Reason};
use crate::header::{self, Entry, Header};
use crate::{DType, Result, index, mmap};
use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A validated checkpoint. Owns its mappings; cheap to clone views out of, free of copies.
///
/// ```
/// use bering_weights::{DType, NewTensor, SafeTensors, save};
///
/// # let directory = tempfile::tempdir()?;
/// let path = directory.path().join("model.safetensors");
/// save(&path, &[NewTensor { name: "bias", dtype: DType::F32, dims: &[2], bytes: &[0; 8] }])?;
///
/// let weights = SafeTensors::open(&path)?;
/// let bias = weights.get("bias")?;
/// assert_eq!((bias.dtype, bias.dims), (DType::F32, &[2][..]));
/// assert!(bias.alignment() >= 64);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct SafeTensors {
    path: PathBuf,
    shards: Vec<Shard>,
    /// Tensor name -> index of its shard.
    tensors: BTreeMap<String, usize>,
}

#[derive(Debug)]
struct Shard {
    path: PathBuf,
    storage: Arc<Storage>,
    header: Header,
}

/// Where a file's bytes live.
#[derive(Debug)]
enum Storage {
    Mapped(memmap2::Mmap),
    Owned(Vec<u8>),
}

impl Storage {
    fn bytes(&self) -> &[u8] {
        match self {
            Storage::Mapped(map) => map,
            Storage::Owned(bytes) => bytes,
        }
    }
}

/// How a file is brought in: mapped or copied.
type Load = fn(&Path) -> io::Result<Storage>;

impl SafeTensors {
    /// Opens a checkpoint by mapping it: a `.safetensors` file, an index file (`.json`), or a directory with either.
    ///
    /// Costs a read of the header, not of the data. What a mapping means when the file changes is said in the
    /// [crate's documentation](crate).
    ///
    /// # Errors
    /// If a file cannot be read, or anything about it contradicts the format; see the crate's documentation.
    pub fn open(path: impl AsRef<Path>) -> Result<SafeTensors> {
        Self::load(path.as_ref(), |path| mmap::map(path).map(Storage::Mapped))
    }

    /// Like [`SafeTensors::open`], but copies the files into memory, so that later changes to them have no effect.
    ///
    /// # Errors
    /// Those of [`SafeTensors::open`].
    pub fn read(path: impl AsRef<Path>) -> Result<SafeTensors> {
        Self::load(path.as_ref(), |path| std::fs::read(path).map(Storage::Owned))
    }

    /// A checkpoint that is already in memory. `name` stands for the path in errors.
    ///
    /// # Errors
    /// If the bytes contradict the format.
    pub fn from_bytes(name: impl AsRef<Path>, bytes: Vec<u8>) -> Result<SafeTensors> {
        let shard = Shard::new(name.as_ref(), Storage::Owned(bytes))?;
        Ok(Self::single(shard))
    }

    fn load(path: &Path, load: Load) -> Result<SafeTensors> {
        let path = if path.is_dir() { Self::in_directory(path)? } else { path.to_owned() };
        if path.extension().is_some_and(|extension| extension == "json") {
            Self::sharded(&path, load)
        } else {
            Ok(Self::single(Shard::load(&path, load)?))
        }
    }

    /// The file to open in a directory. A single file wins over an index, as in the format's other readers.
    fn in_directory(directory: &Path) -> Result<PathBuf> {
        ["model.safetensors", "model.safetensors.index.json"]
            .into_iter()
            .map(|file| directory.join(file))
            .find(|path| path.exists())
            .ok_or_else(|| Error::new(directory, Reason::NoCheckpoint))
    }

    fn single(shard: Shard) -> SafeTensors {
        let tensors = shard.header.tensors.keys().map(|name| (name.clone(), 0)).collect();
        SafeTensors { path: shard.path.clone(), shards: vec![shard], tensors }
    }

    fn sharded(path: &Path, load: Load) -> Result<SafeTensors> {
        let mut shards: Vec<Shard> = Vec::new();
        let mut opened = BTreeMap::new();
        let mut tensors = BTreeMap::new();
        for (tensor, file) in index::read(path)? {
            let shard = match opened.get(&file) {
                Some(&shard) => shard,
                None => {
                    shards.push(Shard::load(&path.with_file_name(&file), load)?);
                    opened.insert(file.clone(), shards.len() - 1);
                    shards.len() - 1
                }
            };
            if !shards[shard].header.tensors.contains_key(&tensor) {
                return Err(Error::new(path, Reason::NotInShard { tensor, shard: file }));
            }
            tensors.insert(tensor, shard);
        }
        Ok(SafeTensors { path: path.to_owned(), shards, tensors })
    }

    /// The file this was opened from; for a sharded checkpoint, its index.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Names of all tensors, sorted.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// Whether there is a tensor of this name.
    pub fn contains(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// All tensors, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = TensorView<'_>> {
        self.tensors.iter().map(|(name, &shard)| self.shards[shard].view(name))
    }

    /// The tensor of this name.
    ///
    /// # Errors
    /// If there is none; the error lists similar names.
    pub fn get(&self, name: &str) -> Result<TensorView<'_>> {
        match self.tensors.get_key_value(name) {
            Some((name, &shard)) => Ok(self.shards[shard].view(name)),
            None => {
                let reason = Reason::Missing { tensor: name.into(), close: self.similar(name) };
                Err(Error::new(&self.path, reason))
            }
        }
    }

    /// Free-form metadata of the header; that of the first shard, if there are several.
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        static NONE: BTreeMap<String, String> = BTreeMap::new();
        self.shards.first().map_or(&NONE, |shard| &shard.header.metadata)
    }

    /// Up to three names that differ from `name` by a leading path only: what a wrong prefix looks like.
    fn similar(&self, name: &str) -> Vec<String> {
        let related = |other: &&str| {
            let (long, short) = if other.len() > name.len() { (*other, name) } else { (name, *other) };
            long.strip_suffix(short).is_some_and(|prefix| prefix.ends_with('.'))
        };
        self.names().filter(related).take(3).map(str::to_owned).collect()
    }
}

impl Shard {
    fn load(path: &Path, load: Load) -> Result<Shard> {
        // Before the file is opened: opening a pipe waits for its writer, and reading a device may never end.
        let regular = std::fs::metadata(path).and_then(|metadata| match metadata.is_file() {
            true => Ok(()),
            false => Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file")),
        });
        let storage = regular.and_then(|()| load(path)).map_err(|e| Error::new(path, Reason::Open(e)))?;
        Shard::new(path, storage)
    }

    fn new(path: &Path, storage: Storage) -> Result<Shard> {
        let header = header::parse(storage.bytes()).map_err(|reason| Error::new(path, reason))?;
        Ok(Shard { path: path.to_owned(), storage: Arc::new(storage), header })
    }

    fn view<'a>(&'a self, name: &'a str) -> TensorView<'a> {
        let Entry { dtype, dims, range } = &self.header.tensors[name];
        let bytes = &self.storage.bytes()[range.clone()];
        TensorView { name, dtype: *dtype, dims, bytes, file: &self.path, storage: &self.storage, range }
    }
}

/// A tensor of an opened checkpoint: borrowed, not copied.
#[derive(Clone, Copy, Debug)]
pub struct TensorView<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its element type.
    pub dtype: DType,
    /// Its dimensions, outermost first; the layout is dense and row-major.
    pub dims: &'a [usize],
    /// Its little-endian bytes, exactly as many as dtype and dimensions ask for.
    pub bytes: &'a [u8],
    /// The file (shard) that holds it.
    pub file: &'a Path,
    storage: &'a Arc<Storage>,
    range: &'a Range<usize>,
}

impl TensorView<'_> {
    /// The largest power of two, at most 4096, that the address of the bytes is a multiple of.
    ///
    /// A device that takes host memory without a copy asks for a minimum (XLA's CPU: 64). The format promises none:
    /// it depends on the length of the header and on the tensors that come before.
    pub fn alignment(&self) -> usize {
        1 << (self.bytes.as_ptr() as usize).trailing_zeros().min(12)
    }

    /// The same bytes with shared ownership: they keep the mapping alive and may outlive the [`SafeTensors`].
    pub fn to_shared(&self) -> Bytes {
        Bytes { storage: Arc::clone(self.storage), range: self.range.clone() }
    }
}

/// Bytes of a tensor that keep the mapping they lie in alive.
#[derive(Clone, Debug)]
pub struct Bytes {
    storage: Arc<Storage>,
    range: Range<usize>,
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        &self.storage.bytes()[self.range.clone()]
    }
}
