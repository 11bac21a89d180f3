//! A program's inputs: arrays from files, or made up.

use anyhow::{Context, Result, bail};
use bering::interchange::npy::{Array, Header};
use bering::interchange::npz::Archive;
use bering::runtime::{Buffer, DType, Device, HostView, Spec};
use bering::{Module, arrays};
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

/// What one array may take. A small archive may unpack to any size, and only what a program leaves open gets this far.
const LARGEST: usize = 1 << 34;

/// Arrays in files, of which only the headers are read: a program's sizes are checked before anything large is loaded.
pub(crate) struct Inputs {
    sources: Vec<Source>,
}

/// A file, with the headers of its arrays in order.
struct Source {
    path: PathBuf,
    headers: Vec<Header>,
    /// Kept open: its directory lists every array, and is long where programs take many.
    archive: Option<Archive<BufReader<File>>>,
}

impl Inputs {
    /// Finds every array of the files, in order; of an npz file in the order in which it has them.
    pub(crate) fn open(files: &[PathBuf]) -> Result<Inputs> {
        let open =
            |path: &PathBuf| Source::open(path).with_context(|| format!("cannot read `{}`", path.display()));
        Ok(Inputs { sources: files.iter().map(open).collect::<Result<_>>()? })
    }

    /// The arrays' sizes.
    pub(crate) fn sizes(&self) -> Vec<Vec<usize>> {
        self.sources.iter().flat_map(|source| &source.headers).map(|header| header.dims().to_vec()).collect()
    }

    /// Loads them.
    pub(crate) fn read(self) -> Result<Vec<Array>> {
        let mut arrays = Vec::new();
        for mut source in self.sources {
            let read = source.read(&mut arrays);
            read.with_context(|| format!("cannot read `{}`", source.path.display()))?;
        }
        Ok(arrays)
    }
}

impl Source {
    fn open(path: &Path) -> Result<Source> {
        let file = BufReader::new(File::open(path)?);
        let (headers, archive) = match path.extension().and_then(|extension| extension.to_str()) {
            Some("npy") => (vec![Header::read(file)?], None),
            Some("npz") => {
                let mut archive = Archive::open(file)?;
                let headers = (0..archive.names().len()).map(|index| archive.header(index));
                (headers.collect::<Result<_, _>>()?, Some(archive))
            }
            _ => bail!("inputs are `.npy` or `.npz` files"),
        };
        Ok(Source { path: path.to_owned(), headers, archive })
    }

    fn read(&mut self, arrays: &mut Vec<Array>) -> Result<()> {
        let Some(archive) = &mut self.archive else {
            // No longer than its file.
            arrays.push(Array::read(BufReader::new(File::open(&self.path)?), isize::MAX as usize)?);
            return Ok(());
        };
        for index in 0..self.headers.len() {
            arrays.push(archive.read(index, LARGEST)?);
        }
        Ok(())
    }
}

/// Puts the arrays on the device as what the program takes. Sizes were checked before; what the program does not use
/// needs no room on the device, and is an empty buffer there.
pub(crate) fn upload(device: &Device, module: &Module, arrays: Vec<Array>) -> Result<Vec<Buffer>> {
    let mut inputs = module.inputs();
    if inputs.len() != arrays.len() {
        inputs.retain(|input| input.used);
    }
    let mut buffers = Vec::new();
    for (index, (input, array)) in inputs.iter().zip(arrays).enumerate() {
        buffers.push(match input.dtype {
            Some(dtype) if input.used => {
                let name = input.name.as_ref().map(|name| format!(" (`{name}`)")).unwrap_or_default();
                arrays::upload(device, array, dtype)
                    .with_context(|| format!("input {index}{name} is of another type"))?
            }
            None if input.used => bail!("input {index} has an element type that no buffer holds"),
            _ => device.client().buffer_from_slice::<u8>(&[], [0])?,
        });
    }
    Ok(buffers)
}

/// Makes inputs up: floats between -1 and 1, and zeros where any other number might be an index out of bounds.
pub(crate) fn invent(device: &Device, module: &Module) -> Result<Vec<Buffer>> {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut buffers = Vec::new();
    for (index, input) in module.inputs().iter().enumerate() {
        let dims: Vec<usize> = input.dims.iter().map(|dim| *dim.as_ref().unwrap_or(&0)).collect();
        let spec = Spec::new(input.dtype.unwrap_or(DType::U8), if input.used { dims } else { vec![0] });
        if input.used && input.dtype.is_none() {
            bail!("input {index} has an element type that no buffer holds");
        }
        let bytes = random.bytes(&spec)?;
        let view = HostView::from_bytes(spec.dtype(), spec.dims(), &bytes)?;
        buffers.push(device.client().buffer(&view, device)?);
    }
    Ok(buffers)
}

/// The same numbers every time: xorshift64.
struct Random(u64);

impl Random {
    fn uniform(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    }

    fn bytes(&mut self, spec: &Spec) -> Result<Vec<u8>> {
        let size = spec.host_bytes()?;
        let mut fill = |encode: &dyn Fn(f32) -> Vec<u8>| -> Vec<u8> {
            let mut bytes = Vec::with_capacity(size);
            while bytes.len() < size {
                bytes.extend(encode(self.uniform()));
            }
            bytes
        };
        Ok(match spec.dtype() {
            DType::F32 | DType::C64 => fill(&|value| value.to_le_bytes().to_vec()),
            DType::F64 | DType::C128 => fill(&|value| f64::from(value).to_le_bytes().to_vec()),
            DType::Bf16 => fill(&|value| half::bf16::from_f32(value).to_le_bytes().to_vec()),
            DType::F16 => fill(&|value| half::f16::from_f32(value).to_le_bytes().to_vec()),
            _ => vec![0; size],
        })
    }
}
