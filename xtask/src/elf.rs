//! What a shared library says about itself: whom it needs, where it looks for them, what it exports.
//!
//! String tables are read whole: a cached file gives no string beyond 4096 bytes, and there are search paths that long.

use anyhow::{Context as _, Result};
use object::elf::FileHeader64;
use object::read::elf::{Dyn as _, FileHeader as _, ProgramHeader as _, SectionHeader as _, Sym as _};
use object::{Endianness, ReadCache, ReadRef, StringTable, elf};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

type Header = FileHeader64<Endianness>;

/// The dynamic section of an ELF file, as far as the loader goes by it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Dynamic {
    /// `DT_NEEDED`, in order.
    pub(crate) needed: Vec<String>,
    /// `DT_SONAME`.
    pub(crate) soname: Option<String>,
    /// `DT_RPATH` split at its colons; the loader ignores it where there is a `DT_RUNPATH`.
    pub(crate) rpath: Vec<String>,
    /// `DT_RUNPATH` split at its colons.
    pub(crate) runpath: Vec<String>,
    /// The architecture, as in a triple; empty for one that no host of ours has.
    pub(crate) machine: &'static str,
    /// The versions that it asks of libraries, e.g. `libc.so.6` and `GLIBC_2.34`.
    pub(crate) versions: BTreeSet<(String, String)>,
    /// The program loader, for executables.
    pub(crate) interpreter: Option<String>,
}

impl Dynamic {
    /// Where libraries are looked for before the system's directories.
    pub(crate) fn run_paths(&self) -> &[String] {
        if self.runpath.is_empty() { &self.rpath } else { &self.runpath }
    }
}

/// The dynamic section of a 64-bit ELF file; `None` for other files and for statically linked programs.
pub(crate) fn dynamic(path: &Path) -> Result<Option<Dynamic>> {
    let Some(data) = open(path)? else { return Ok(None) };
    let header = Header::parse(&data)?;
    let endian = header.endian()?;
    let sections = header.sections(endian, &data)?;
    let Some((entries, link)) = sections.dynamic(endian, &data)? else { return Ok(None) };
    let table = sections.section(link)?.data(endian, &data)?;
    let strings = StringTable::new(table, 0, table.len() as u64);
    let mut dynamic = Dynamic { machine: machine(header.e_machine.get(endian)), ..Dynamic::default() };
    for entry in entries {
        let text =
            || -> Result<String> { Ok(String::from_utf8_lossy(entry.string(endian, strings)?).into_owned()) };
        let list =
            |text: String| text.split(':').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        match entry.d_tag(endian) {
            elf::DT_NEEDED => dynamic.needed.push(text()?),
            elf::DT_SONAME => dynamic.soname = Some(text()?),
            elf::DT_RPATH => dynamic.rpath = list(text()?),
            elf::DT_RUNPATH => dynamic.runpath = list(text()?),
            _ => {}
        }
    }
    if let Some((mut needs, link)) = sections.gnu_verneed(endian, &data)? {
        let table = sections.section(link)?.data(endian, &data)?;
        let strings = StringTable::new(table, 0, table.len() as u64);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        while let Some((need, mut versions)) = needs.next()? {
            let library = text(need.file(endian, strings)?);
            while let Some(version) = versions.next()? {
                dynamic.versions.insert((library.clone(), text(version.name(endian, strings)?)));
            }
        }
    }
    dynamic.interpreter = interpreter(header, endian, &data)?;
    Ok(Some(dynamic))
}

fn interpreter(header: &Header, endian: Endianness, data: &ReadCache<File>) -> Result<Option<String>> {
    for segment in header.program_headers(endian, data)? {
        if segment.p_type(endian) == elf::PT_INTERP {
            let (offset, size) = (segment.p_offset(endian), segment.p_filesz(endian));
            let bytes =
                data.read_bytes_at(offset, size).ok().context("its interpreter lies beyond its end")?;
            return Ok(Some(String::from_utf8_lossy(bytes).trim_end_matches('\0').to_owned()));
        }
    }
    Ok(None)
}

/// The names that a 64-bit ELF file exports, without their versions; none for other files.
pub(crate) fn exports(path: &Path) -> Result<BTreeSet<String>> {
    dynamic_symbols(path, false)
}

/// The names that a 64-bit ELF file wants from other libraries, without their versions; none for other files.
pub(crate) fn imports(path: &Path) -> Result<BTreeSet<String>> {
    dynamic_symbols(path, true)
}

fn dynamic_symbols(path: &Path, undefined: bool) -> Result<BTreeSet<String>> {
    let Some(data) = open(path)? else { return Ok(BTreeSet::new()) };
    let header = Header::parse(&data)?;
    let endian = header.endian()?;
    let sections = header.sections(endian, &data)?;
    let symbols = sections.symbols(endian, &data, elf::SHT_DYNSYM)?;
    if symbols.is_empty() {
        return Ok(BTreeSet::new());
    }
    let table = sections.section(symbols.string_section())?.data(endian, &data)?;
    let strings = StringTable::new(table, 0, table.len() as u64);
    let mut names = BTreeSet::new();
    for symbol in symbols.iter().filter(|symbol| symbol.is_undefined(endian) == undefined) {
        if symbol.st_bind() != elf::STB_LOCAL {
            names.insert(String::from_utf8_lossy(symbol.name(endian, strings)?).into_owned());
        }
    }
    names.remove("");
    Ok(names)
}

/// The file, if it is a 64-bit ELF file.
fn open(path: &Path) -> Result<Option<ReadCache<File>>> {
    let mut file = File::open(path).with_context(|| format!("`{}` cannot be opened", path.display()))?;
    let mut magic = [0; 5];
    if file.read_exact(&mut magic).is_err() || magic[..4] != elf::ELFMAG || magic[4] != elf::ELFCLASS64.0 {
        return Ok(None);
    }
    let data = ReadCache::new(file);
    // A truncated file fails here, and not as one that is no ELF file.
    (&data).read_bytes_at(0, 64).ok().context("its ELF header is cut off")?;
    Ok(Some(data))
}

fn machine(id: elf::Machine) -> &'static str {
    match id {
        elf::EM_X86_64 => "x86_64",
        elf::EM_AARCH64 => "aarch64",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn a_library_tells_whom_it_needs_and_what_it_exports() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(
            dir.path().join("x.c"),
            "#include <stdlib.h>\nvoid *answer(void) { return malloc(1); } static int hidden;\n",
        )
        .unwrap();
        let library = dir.path().join("libx.so.1");
        let flags = ["-shared", "-fPIC", "-Wl,-soname,libx.so.1,-rpath,$ORIGIN/a:/b,--disable-new-dtags"];
        let built =
            Command::new("cc").args(flags).arg("-o").args([&library, &dir.path().join("x.c")]).status();
        assert!(built.unwrap().success());
        let found = dynamic(&library).unwrap().unwrap();
        assert_eq!(found.soname.as_deref(), Some("libx.so.1"));
        assert_eq!((found.rpath, found.runpath), (vec!["$ORIGIN/a".to_owned(), "/b".to_owned()], vec![]));
        assert!(found.needed.iter().any(|name| name.starts_with("libc.so")), "{:?}", found.needed);
        assert_eq!(found.machine, std::env::consts::ARCH);
        let names = exports(&library).unwrap();
        assert!(names.contains("answer") && !names.contains("hidden"), "{names:?}");
    }

    #[test]
    fn a_program_names_its_loader_and_the_versions_that_it_needs() {
        let found = dynamic(&std::env::current_exe().unwrap()).unwrap().unwrap();
        assert!(
            found
                .versions
                .iter()
                .any(|(library, version)| library.starts_with("libc.so") && version.starts_with("GLIBC_2."))
        );
        assert!(found.interpreter.as_deref().is_some_and(|path| path.contains("/ld-linux")), "{found:?}");
    }

    #[test]
    fn other_files_have_no_dynamic_section() {
        let text = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(text.path(), "#!/bin/sh\n").unwrap();
        assert_eq!(dynamic(text.path()).unwrap(), None);
        assert!(exports(text.path()).unwrap().is_empty());
        std::fs::write(text.path(), b"\x7fELF\x02\x01\x01").unwrap();
        assert!(dynamic(text.path()).is_err());
    }
}
