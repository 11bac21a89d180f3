//! Tars whose bytes depend on nothing but what is in them: sorted, owned by root, of one time, modes from the list.

use super::output::failed;
use anyhow::{Context as _, Result};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

/// One member.
#[derive(Debug, Clone)]
pub(crate) enum Member {
    Directory { mode: u32 },
    File { from: PathBuf, executable: bool },
    Text(String),
    Link { to: String },
}

/// Members by path. Directories above them are added.
#[derive(Debug, Default)]
pub(crate) struct Archive {
    members: BTreeMap<String, Member>,
}

impl Archive {
    pub(crate) fn insert(&mut self, path: impl Into<String>, member: Member) {
        let path = path.into();
        for (at, _) in path.match_indices('/') {
            self.members.entry(path[..at].to_owned()).or_insert(Member::Directory { mode: 0o755 });
        }
        self.members.insert(path, member);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Writes the tar. `to` is what `place` is written through; an error names the place.
    pub(crate) fn write<W: Write>(&self, to: W, place: &Path, time: u64) -> Result<W> {
        let mut tar = tar::Builder::new(to);
        for (path, member) in &self.members {
            append(&mut tar, path, member, place, time)?;
        }
        tar.into_inner().map_err(|error| failed(error, place))
    }
}

fn append<W: Write>(
    tar: &mut tar::Builder<W>,
    path: &str,
    member: &Member,
    place: &Path,
    time: u64,
) -> Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_mtime(time);
    header.set_uid(0);
    header.set_gid(0);
    header.set_size(0);
    let written = |error| failed(error, place);
    match member {
        Member::Directory { mode } => {
            header.set_entry_type(tar::EntryType::Directory);
            header.set_mode(*mode);
            tar.append_data(&mut header, format!("{path}/"), std::io::empty()).map_err(written)
        }
        Member::File { from, executable } => {
            let file = File::open(from).with_context(|| format!("`{}` cannot be read", from.display()))?;
            header.set_size(file.metadata()?.len());
            header.set_mode(if *executable { 0o755 } else { 0o644 });
            tar.append_data(&mut header, path, file).map_err(written)
        }
        Member::Text(text) => {
            header.set_size(text.len() as u64);
            header.set_mode(0o644);
            tar.append_data(&mut header, path, text.as_bytes()).map_err(written)
        }
        Member::Link { to } => {
            header.set_entry_type(tar::EntryType::Symlink);
            header.set_mode(0o777);
            tar.append_link(&mut header, path, to).map_err(written)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn bytes_do_not_depend_on_times_modes_or_order() {
        let dir = tempfile::tempdir().unwrap();
        let make = |name: &str, mode: u32| {
            let path = dir.path().join(name);
            std::fs::write(&path, "text").unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            path
        };
        let (one, two) = (make("one", 0o600), make("two", 0o777));
        let long = format!("top/{}/deep", "d".repeat(120));
        let write = |files: [(&str, &PathBuf); 2]| {
            let mut archive = Archive::default();
            archive.insert("top/link", Member::Link { to: "b".into() });
            for (path, from) in files {
                archive.insert(path, Member::File { from: from.clone(), executable: false });
            }
            archive.write(Vec::new(), Path::new("out"), 315_532_800).unwrap()
        };
        let bytes = write([("top/b", &one), (&long, &two)]);
        assert_eq!(bytes, write([(&long, &one), ("top/b", &two)]));
        let mut read = tar::Archive::new(&bytes[..]);
        let mut names = Vec::new();
        for entry in read.entries().unwrap() {
            let entry = entry.unwrap();
            let header = entry.header();
            assert_eq!((header.uid().unwrap(), header.mtime().unwrap()), (0, 315_532_800));
            names.push(entry.path().unwrap().display().to_string());
        }
        let directory = format!("top/{}/", "d".repeat(120));
        assert_eq!(names, ["top/", "top/b", &directory, &long, "top/link"]);
    }
}
