//! Read-only file mappings, and bytes seen as numbers: the one module of this crate with `unsafe` in it.
//!
//! A mapping is shared by `Arc` between every view of it, so the file stays mapped for as long as anyone (a device
//! buffer that aliases it, say) still holds bytes of it.

use std::fs::File;
use std::io;
use std::path::Path;

/// Maps the file at `path`. An empty file gives an empty mapping.
pub(crate) fn map(path: &Path) -> io::Result<memmap2::Mmap> {
    let file = File::open(path)?;
    // SAFETY: the mapping is private and read-only, and all access is through `&[u8]`. That the file does
    // not shrink or change in place while it is mapped cannot be enforced; the crate's documentation says what happens
    // then and points to `SafeTensors::read`, which does not map.
    unsafe { memmap2::Mmap::map(&file) }
}

/// Bytes as f32, from the first aligned one to the last whole one.
pub(crate) fn as_mut_f32s(bytes: &mut [u8]) -> &mut [f32] {
    // SAFETY: every bit pattern is an f32, and every f32 is four bytes.
    unsafe { bytes.align_to_mut().1 }
}
