//! What an unpacked artifact needs and offers: the facts that a reviewer of a new version asks for.

use anyhow::{Context as _, Result};
use bering_build::lock::Artifact;
use object::elf::FileHeader64;
use object::read::elf::{Dyn as _, FileHeader as _};
use object::{Endianness, ReadCache, elf};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use crate::store::{Store, artifact, index};

/// The PJRT C API's header declares the version that plugins built from it speak.
const PJRT_HEADER: &str = "xla/pjrt/c/pjrt_c_api.h";

/// Facts about the files of one artifact.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    /// Every library that some ELF file of it asks the loader for, less those that it brings itself.
    pub(crate) needed: BTreeSet<String>,
    /// `MAJOR.MINOR` of the PJRT C API.
    pub(crate) pjrt: Option<String>,
    /// The unpacked bytes.
    pub(crate) unpacked: u64,
}

/// The facts about an artifact, if it is in the store.
pub(crate) fn facts(store: &Store, artifact: &Artifact) -> Result<Option<Facts>> {
    let key = artifact::key(artifact);
    if !artifact::is_present(store, &key) {
        return Ok(None);
    }
    let directory = store.artifact(&key);
    let mut facts = Facts::default();
    let mut own = BTreeSet::new();
    for entry in index::read(&directory)? {
        let path = directory.join(artifact::TREE).join(&entry.path);
        facts.unpacked += entry.size;
        own.extend(path.file_name().map(|name| name.to_string_lossy().into_owned()));
        let needed =
            libraries_needed(&path).with_context(|| format!("`{}` cannot be read", path.display()))?;
        facts.needed.extend(needed);
        if entry.path.ends_with(PJRT_HEADER) {
            let text = std::fs::read_to_string(&path).with_context(|| format!("`{}`", path.display()))?;
            facts.pjrt = pjrt_version(&text);
        }
    }
    facts.needed.retain(|name| !own.contains(name));
    Ok(Some(facts))
}

/// The `DT_NEEDED` entries of a 64-bit ELF file; none for other files.
fn libraries_needed(path: &Path) -> Result<Vec<String>> {
    let mut file = File::open(path)?;
    let mut magic = [0; 5];
    if file.read_exact(&mut magic).is_err() || magic[..4] != elf::ELFMAG || magic[4] != elf::ELFCLASS64.0 {
        return Ok(Vec::new());
    }
    let data = ReadCache::new(file);
    let header = FileHeader64::<Endianness>::parse(&data)?;
    let endian = header.endian()?;
    let sections = header.sections(endian, &data)?;
    let Some((entries, link)) = sections.dynamic(endian, &data)? else { return Ok(Vec::new()) };
    let strings = sections.strings(endian, &data, link)?;
    let needed = entries.iter().filter(|entry| entry.d_tag(endian) == elf::DT_NEEDED);
    needed.map(|entry| Ok(String::from_utf8_lossy(entry.string(endian, strings)?).into_owned())).collect()
}

fn pjrt_version(header: &str) -> Option<String> {
    let number = |name: &str| {
        header.lines().find_map(|line| {
            let mut words = line.split_whitespace();
            (words.next() == Some("#define") && words.next() == Some(name))
                .then(|| words.next()?.parse::<u32>().ok())?
        })
    };
    Some(format!("{}.{}", number("PJRT_API_MAJOR")?, number("PJRT_API_MINOR")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dynamic_program_needs_its_c_library() {
        let needed = libraries_needed(&std::env::current_exe().unwrap()).unwrap();
        assert!(needed.iter().any(|name| name.starts_with("libc.so")), "{needed:?}");
        let text = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(text.path(), "#!/bin/sh\n").unwrap();
        assert_eq!(libraries_needed(text.path()).unwrap(), Vec::<String>::new());
    }

    #[test]
    fn the_version_stands_in_the_header() {
        let header =
            "// PJRT_API_MINOR 3\n#define PJRT_API_MAJOR 0\n#define  PJRT_API_MINOR 115  // see above\n";
        assert_eq!(pjrt_version(header).as_deref(), Some("0.115"));
        assert_eq!(pjrt_version("#define PJRT_API_MAJOR 0\n"), None);
    }
}
