//! Wheels and zips.

use super::sink::Sink;
use super::tree::{Member, Tree};
use anyhow::{Context as _, Result, bail};
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::Path;

/// The text of a link is short; anything longer is no link.
const MAX_LINK: u64 = 4096;

pub(crate) fn unpack(path: &Path, sink: &mut Sink<'_>) -> Result<()> {
    let file = File::open(path).with_context(|| format!("`{}` cannot be opened", path.display()))?;
    let mut archive = zip::ZipArchive::new(BufReader::new(file)).context("it is not a zip archive")?;
    if archive.has_duplicate_names() {
        bail!("it has two members of one name");
    }
    let mut tree = Tree::default();
    let mut positions = HashMap::new();
    for position in 0..archive.len() {
        let mut member = archive.by_index(position).context("its directory is damaged")?;
        let name = sink.admit(member.name_raw())?;
        let kind = kind(&mut member, &name)?;
        if kind == Member::File {
            positions.insert(name.clone(), position);
            if let Some(placement) = sink.place(&name)? {
                let size = member.size();
                sink.lay(&name, &placement, size, &mut member)?;
            }
        }
        tree.insert(name, kind)?;
    }
    for (name, placement) in tree.linked(sink)? {
        let position = positions.get(&name).with_context(|| format!("`{name}` is missing"))?;
        let mut member = archive.by_index(*position).context("its directory is damaged")?;
        let size = member.size();
        sink.lay(&name, &placement, size, &mut member)?;
    }
    Ok(())
}

fn kind<R: std::io::Read>(member: &mut zip::read::ZipFile<'_, R>, name: &str) -> Result<Member> {
    if member.encrypted() {
        bail!("member `{name}` is encrypted");
    }
    if member.is_dir() {
        return Ok(Member::Directory);
    }
    // The high bits of a Unix mode say what a member is; archives made elsewhere have none.
    match member.unix_mode().unwrap_or(0) & 0o170_000 {
        0 | 0o100_000 => Ok(Member::File),
        0o120_000 => {
            let mut target = String::new();
            member
                .take(MAX_LINK)
                .read_to_string(&mut target)
                .with_context(|| format!("link `{name}` is damaged"))?;
            Ok(Member::Symlink(target))
        }
        _ => bail!("member `{name}` is neither a file, a directory nor a link"),
    }
}
