//! Taking from an archive what the lock's rules ask for, and nothing else.
//!
//! Wheels and zips, Debian packages and compressed tars end in one place, [`sink::Sink`], which owns every check that does not
//! depend on the format: names stay inside the tree, nothing is laid twice, sizes stay under limits. Links are never made;
//! a link that a rule selects is followed inside the archive ([`tree::Tree`]) and laid as a copy of the file it names.
//!
//! *Invariant:* the caller has checked the archive's hash. The checks here are the second line: a reviewed lock entry must
//! not be able to write outside its directory either.

mod bind;
mod constructors;
mod edit;
mod sink;
mod tar;
#[cfg(test)]
mod tests;
mod tree;
mod trim;
mod zip;

pub(crate) use trim::reduce;

use crate::store::index::Entry;
use anyhow::{Context as _, Result, bail};
use bering_build::lock::Artifact;
use std::path::Path;

/// Goes into the key of everything that is unpacked: raise it when the same input gives another result.
pub(crate) const VERSION: u32 = 3;

/// Checks what can be checked before a download: that the rules' edits exist and the format is known.
pub(crate) fn check(artifact: &Artifact) -> Result<()> {
    for name in artifact.unpack.iter().filter_map(|rule| rule.edit.as_deref()) {
        edit::find(name)?;
    }
    format_of(&artifact.file).map(|_| ())
}

/// Lays the selected members of `archive` under `root`, an empty directory.
///
/// # Errors
/// If the archive is damaged or does what no archive of ours may; `root` is then to be thrown away.
pub(crate) fn unpack(archive: &Path, artifact: &Artifact, root: &Path) -> Result<Vec<Entry>> {
    let size =
        std::fs::metadata(archive).with_context(|| format!("`{}` cannot be read", archive.display()))?.len();
    unpack_within(archive, artifact, root, sink::Limits::for_archive(size))
}

fn unpack_within(
    archive: &Path,
    artifact: &Artifact,
    root: &Path,
    limits: sink::Limits,
) -> Result<Vec<Entry>> {
    let mut sink = sink::Sink::new(&artifact.unpack, root, limits);
    let unpacked = match format_of(&artifact.file)? {
        Format::Zip => zip::unpack(archive, &mut sink),
        Format::Tar(tar) => tar::unpack(archive, tar, &mut sink),
    };
    unpacked.and_then(|()| sink.finish()).with_context(|| format!("`{}` cannot be unpacked", artifact.file))
}

enum Format {
    Zip,
    Tar(tar::Packing),
}

fn format_of(file: &str) -> Result<Format> {
    let ends = |suffixes: &[&str]| suffixes.iter().any(|suffix| file.ends_with(suffix));
    Ok(match () {
        () if ends(&[".whl", ".zip"]) => Format::Zip,
        () if ends(&[".deb"]) => Format::Tar(tar::Packing::Deb),
        () if ends(&[".tar.gz", ".tgz"]) => Format::Tar(tar::Packing::Gzip),
        () if ends(&[".tar.xz"]) => Format::Tar(tar::Packing::Xz),
        () if ends(&[".tar.zst"]) => Format::Tar(tar::Packing::Zstd),
        () => bail!("`{file}` is of no known archive format (.whl, .zip, .deb, .tar.gz, .tar.xz, .tar.zst)"),
    })
}
