//! Tars, bare or inside a Debian package, under any of their compressions.

use super::sink::{Placement, Sink};
use super::tree::{Member, Tree};
use anyhow::{Context as _, Result, anyhow, bail};
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

/// How the tar is wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    Gzip,
    Xz,
    Zstd,
    /// An `ar` archive whose member `data.tar.*` is meant.
    Deb,
}

/// What a decoder may allocate; Debian's packages need 8 to 64 MiB.
const MAX_DECODER_MEMORY: u32 = 512 << 20;

pub(crate) fn unpack(path: &Path, packing: Packing, sink: &mut Sink<'_>) -> Result<()> {
    let mut tree = Tree::default();
    with_tar(path, packing, sink.limits().total, |tar| first_pass(tar, sink, &mut tree))?;
    let mut wanted: HashMap<String, Vec<Placement>> = HashMap::new();
    for (name, placement) in tree.linked(sink)? {
        wanted.entry(name).or_default().push(placement);
    }
    if wanted.is_empty() {
        return Ok(());
    }
    // A tar cannot be read backwards, so what links name is taken on a second run, which is rare.
    with_tar(path, packing, sink.limits().total, |tar| second_pass(tar, sink, &wanted))
}

fn first_pass(tar: &mut dyn Read, sink: &mut Sink<'_>, tree: &mut Tree) -> Result<()> {
    let mut archive = tar::Archive::new(tar);
    for entry in archive.entries().context("it is not a tar")? {
        let mut entry = entry.context("it is damaged")?;
        let name = sink.admit(&entry.path_bytes())?;
        let kind = kind(&entry, &name)?;
        if kind == Member::File
            && let Some(placement) = sink.place(&name)?
        {
            let size = entry.size();
            sink.lay(&name, &placement, size, &mut entry)?;
        }
        tree.insert(name, kind)?;
    }
    Ok(())
}

fn second_pass(
    tar: &mut dyn Read,
    sink: &mut Sink<'_>,
    wanted: &HashMap<String, Vec<Placement>>,
) -> Result<()> {
    let mut archive = tar::Archive::new(tar);
    for entry in archive.entries().context("it is not a tar")? {
        let mut entry = entry.context("it is damaged")?;
        let name = super::sink::clean_name(&entry.path_bytes())?;
        let Some(placements) = wanted.get(&name).filter(|_| entry.header().entry_type().is_file()) else {
            continue;
        };
        let size = entry.size();
        if let [placement] = &placements[..] {
            sink.lay(&name, placement, size, &mut entry)?;
            continue;
        }
        // Several links to one file: its bytes are needed once for each.
        let mut content = Vec::new();
        entry.take(sink.limits().member).read_to_end(&mut content).context("it is damaged")?;
        for placement in placements {
            sink.lay(&name, placement, size, &mut content.as_slice())?;
        }
    }
    Ok(())
}

fn kind<R: Read>(entry: &tar::Entry<'_, R>, name: &str) -> Result<Member> {
    use tar::EntryType;
    let target = || -> Result<String> {
        let bytes = entry.link_name_bytes().with_context(|| format!("link `{name}` has no target"))?;
        String::from_utf8(bytes.into_owned())
            .map_err(|_| anyhow!("link `{name}` has a target that is not UTF-8"))
    };
    Ok(match entry.header().entry_type() {
        EntryType::Regular | EntryType::Continuous => Member::File,
        EntryType::Directory => Member::Directory,
        EntryType::Symlink => Member::Symlink(target()?),
        EntryType::Link => Member::HardLink(super::sink::clean_name(target()?.as_bytes())?),
        other => bail!(
            "member `{name}` is neither a file, a directory nor a link (tar type {:?})",
            other.as_byte() as char
        ),
    })
}

/// Hands the decompressed tar to `run`, cut off with an error after `limit` bytes.
fn with_tar(
    path: &Path,
    packing: Packing,
    limit: u64,
    run: impl FnOnce(&mut dyn Read) -> Result<()>,
) -> Result<()> {
    let file = File::open(path).with_context(|| format!("`{}` cannot be opened", path.display()))?;
    let file = BufReader::with_capacity(1 << 18, file);
    if packing != Packing::Deb {
        return run(&mut Limited { inner: decoder(file, packing)?, left: limit });
    }
    let mut ar = ar::Archive::new(file);
    while let Some(entry) = ar.next_entry() {
        let entry = entry.context("it is not a Debian package")?;
        let packing = match entry.header().identifier() {
            b"data.tar.xz" => Packing::Xz,
            b"data.tar.zst" => Packing::Zstd,
            b"data.tar.gz" => Packing::Gzip,
            _ => continue,
        };
        return run(&mut Limited { inner: decoder(entry, packing)?, left: limit });
    }
    bail!("it is not a Debian package with a data.tar.xz, .zst or .gz")
}

fn decoder<'a>(packed: impl Read + 'a, packing: Packing) -> Result<Box<dyn Read + 'a>> {
    Ok(match packing {
        Packing::Gzip => Box::new(flate2::read::MultiGzDecoder::new(packed)),
        Packing::Xz => Box::new(lzma_rust2::XzReader::new_mem_limit(packed, true, MAX_DECODER_MEMORY >> 10)),
        Packing::Zstd => {
            let mut decoder =
                zstd::stream::read::Decoder::new(packed).context("the zstd decoder cannot be set up")?;
            decoder
                .window_log_max(MAX_DECODER_MEMORY.ilog2())
                .context("the zstd decoder cannot be limited")?;
            Box::new(decoder)
        }
        Packing::Deb => bail!("a Debian package inside a Debian package"),
    })
}

/// Fails instead of ending: a tar that is cut off silently would look whole.
struct Limited<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.left = self.left.checked_sub(count as u64).ok_or_else(|| {
            std::io::Error::other("it holds far more than an archive of its size may (a decompression bomb?)")
        })?;
        Ok(count)
    }
}
