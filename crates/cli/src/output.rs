//! Results: saved as npy or npz, or shown.

use anyhow::{Context, Result, bail};
use bering::interchange::npy::{Array, Kind};
use bering::interchange::npz;
use bering::runtime::DType;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// Values that are shown of a result.
const SHOWN: usize = 8;

/// Refuses a path to which results cannot be written, before any work is done for them.
pub(crate) fn check(path: &Path, count: Option<usize>) -> Result<()> {
    match (path.extension().and_then(|extension| extension.to_str()), count) {
        (Some("npz"), _) | (Some("npy"), None | Some(1)) => Ok(()),
        (Some("npy"), Some(count)) => {
            bail!("an npy file holds one array, and the program gives {count}\nhint: name an npz file")
        }
        _ => bail!("`{}` is neither an npy nor an npz file", path.display()),
    }
}

/// Writes results as `out0`, `out1`, ... The file appears when it is whole.
pub(crate) fn save(path: &Path, results: &[Array]) -> Result<()> {
    let temporary = PathBuf::from(format!("{}.{}.tmp", path.display(), std::process::id()));
    let written = write(&temporary, path, results).and_then(|()| Ok(std::fs::rename(&temporary, path)?));
    if written.is_err() {
        let _ = std::fs::remove_file(&temporary);
    }
    written.with_context(|| format!("cannot write `{}`", path.display()))
}

fn write(temporary: &Path, path: &Path, results: &[Array]) -> Result<()> {
    let mut file = BufWriter::new(File::create(temporary)?);
    if path.extension().is_some_and(|extension| extension == "npy") {
        results.iter().try_for_each(|array| array.write(&mut file))?;
    } else {
        let names: Vec<String> = (0..results.len()).map(|index| format!("out{index}")).collect();
        npz::write(&mut file, names.iter().map(String::as_str).zip(results))?;
    }
    file.flush()?;
    Ok(())
}

/// A result in one line: `0: f32[2, 3] = 1, 2, 3, ...`.
pub(crate) fn show(index: usize, dtype: DType, array: &Array) -> String {
    let width = array.element().bytes();
    let mut values: Vec<String> =
        array.data().chunks_exact(width).take(SHOWN).map(|bytes| value(dtype, array, bytes)).collect();
    if array.data().len() / width > SHOWN {
        values.push("...".to_owned());
    }
    format!("{index}: {dtype}{:?} = {}", array.dims(), values.join(", "))
}

fn value(dtype: DType, array: &Array, bytes: &[u8]) -> String {
    let mut wide = [0; 8];
    wide[..bytes.len().min(8)].copy_from_slice(&bytes[..bytes.len().min(8)]);
    let unsigned = u64::from_le_bytes(wide);
    match (dtype, array.element().kind()) {
        (DType::Bf16, _) => half::bf16::from_bits(unsigned as u16).to_string(),
        (DType::F16, _) => half::f16::from_bits(unsigned as u16).to_string(),
        (DType::F32, _) => f32::from_bits(unsigned as u32).to_string(),
        (DType::F64, _) => f64::from_bits(unsigned).to_string(),
        (DType::C64 | DType::C128, _) => complex(bytes),
        (DType::I2 | DType::I4, _) => (unsigned as i8).to_string(),
        (_, Kind::Bool) => (unsigned != 0).to_string(),
        (_, Kind::Unsigned) => unsigned.to_string(),
        (_, Kind::Int) => {
            let unused = 64 - 8 * bytes.len().min(8);
            (((unsigned << unused) as i64) >> unused).to_string()
        }
        // Types of few bits that are rarely looked at: their bits.
        _ => format!("0x{unsigned:02x}"),
    }
}

fn complex(bytes: &[u8]) -> String {
    let part = |bytes: &[u8]| match *bytes {
        [a, b, c, d] => f64::from(f32::from_le_bytes([a, b, c, d])),
        [a, b, c, d, e, f, g, h] => f64::from_le_bytes([a, b, c, d, e, f, g, h]),
        _ => f64::NAN,
    };
    let (real, imaginary) = bytes.split_at(bytes.len() / 2);
    format!("{}{:+}i", part(real), part(imaginary))
}
