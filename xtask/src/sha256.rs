//! Hashing while bytes pass through.

use bering_build::lock::Sha256;
use sha2::Digest as _;
use std::io::{Read, Write};
use std::path::Path;

/// A hash in the making.
#[derive(Default, Clone)]
pub(crate) struct Hasher(sha2::Sha256);

impl Hasher {
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(crate) fn finish(self) -> Sha256 {
        Sha256(self.0.finalize().into())
    }
}

impl Write for Hasher {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

pub(crate) fn of(bytes: &[u8]) -> Sha256 {
    let mut hasher = Hasher::default();
    hasher.update(bytes);
    hasher.finish()
}

/// Feeds all of `reader` to the hasher; says how many bytes there were.
pub(crate) fn feed(hasher: &mut Hasher, reader: &mut impl Read) -> std::io::Result<u64> {
    let mut buffer = vec![0; 1 << 18];
    let mut total = 0;
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return Ok(total),
            Ok(count) => {
                hasher.update(&buffer[..count]);
                total += count as u64;
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// The hash and size of a file.
pub(crate) fn of_file(path: &Path) -> std::io::Result<(Sha256, u64)> {
    let mut hasher = Hasher::default();
    let size = feed(&mut hasher, &mut std::fs::File::open(path)?)?;
    Ok((hasher.finish(), size))
}
