//! Reducing an ELF file to what loading it and linking against it need.
//!
//! The libraries of the CPU compiler carry 150 MB of static symbols and debug data. Everything that a loader maps lies in the
//! program headers' ranges and keeps its place; what follows is replaced by a fresh table of section names and the section
//! headers of the mapped sections. Sections keep their numbers (dropped ones in between become null headers), so that no
//! `sh_link` and no symbol's section index has to be rewritten.

use anyhow::{Context as _, Result, bail};
use object::elf::{ELFCLASS64, FileHeader64, SectionHeader64};
use object::read::elf::{FileHeader as _, ProgramHeader as _, SectionHeader as _};
use object::{Endianness, ReadCache, elf, pod};
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};

type Header = FileHeader64<Endianness>;
type Section = SectionHeader64<Endianness>;

/// What is written behind the mapped part.
struct Tail {
    offset: u64,
    names: Vec<u8>,
    headers: Vec<Section>,
    header: Header,
}

/// Reduces the file in place. Says `false`, and changes nothing, if it is no 64-bit ELF file or has nothing to drop.
pub(crate) fn reduce(file: &mut File) -> Result<bool> {
    let mut magic = [0; 5];
    file.rewind()?;
    if file.read_exact(&mut magic).is_err() || magic[..4] != elf::ELFMAG || magic[4] != ELFCLASS64.0 {
        return Ok(false);
    }
    let Some(tail) = plan(file)? else { return Ok(false) };
    let end = write_tail(file, &tail).context("the trimmed file cannot be written")?;
    file.set_len(end)?;
    Ok(true)
}

fn plan(file: &File) -> Result<Option<Tail>> {
    let data = ReadCache::new(file.try_clone()?);
    let header = *Header::parse(&data).context("its ELF header is damaged")?;
    let endian = header.endian().context("its ELF header is damaged")?;
    let sections = header.sections(endian, &data).context("its section table is damaged")?;
    let mapped = |section: &Section| section.sh_flags.get(endian).contains(elf::SHF_ALLOC);
    let Some(last) = sections.iter().rposition(mapped) else { return Ok(None) };

    let table = u64::from(header.e_phnum(endian)) * u64::from(header.e_phentsize(endian));
    let mut end = header.e_phoff(endian).saturating_add(table);
    for segment in header.program_headers(endian, &data).context("its program headers are damaged")? {
        end = end.max(segment.p_offset(endian).saturating_add(segment.p_filesz(endian)));
    }
    let mut names = vec![0];
    let mut headers = Vec::with_capacity(last + 2);
    for section in sections.iter().take(last + 1) {
        if !mapped(section) {
            headers.push(null_section());
            continue;
        }
        if let Some((offset, size)) = section.file_range(endian) {
            end = end.max(offset.saturating_add(size));
        }
        let mut kept = *section;
        kept.sh_name.set(endian, names.len().try_into().context("too many section names")?);
        names.extend_from_slice(
            sections.section_name(endian, section).context("a section's name is damaged")?,
        );
        names.push(0);
        headers.push(kept);
    }
    let length = file.metadata()?.len();
    if end > length {
        bail!("its program headers reach behind its end ({end} of {length} bytes): it is truncated");
    }
    headers.push(names_section(endian, &mut names, end)?);
    let headers_offset = (end + names.len() as u64).next_multiple_of(8);
    let size = headers_offset + (headers.len() * size_of::<Section>()) as u64;
    if size >= length {
        return Ok(None);
    }
    let mut header = header;
    header.e_shoff.set(endian, headers_offset);
    let count: u16 = headers.len().try_into().context("too many sections")?;
    header.e_shnum.set(endian, count);
    header.e_shstrndx.set(endian, elf::SymbolSection(count - 1));
    Ok(Some(Tail { offset: end, names, headers, header }))
}

/// The header of the table of section names, whose own name goes into it last.
fn names_section(endian: Endianness, names: &mut Vec<u8>, offset: u64) -> Result<Section> {
    let mut section = null_section();
    section.sh_name.set(endian, names.len().try_into().context("too many section names")?);
    names.extend_from_slice(b".shstrtab\0");
    section.sh_type.set(endian, elf::SHT_STRTAB);
    section.sh_offset.set(endian, offset);
    section.sh_size.set(endian, names.len() as u64);
    section.sh_addralign.set(endian, 1);
    Ok(section)
}

/// All zeros, which is what the ELF specification calls a null section header.
fn null_section() -> Section {
    let zeros = [0; size_of::<Section>()];
    let (section, _) =
        pod::from_bytes::<Section>(&zeros).unwrap_or_else(|()| unreachable!("the size is its own"));
    *section
}

fn write_tail(file: &mut File, tail: &Tail) -> std::io::Result<u64> {
    file.seek(SeekFrom::Start(tail.offset))?;
    file.write_all(&tail.names)?;
    let written = tail.offset + tail.names.len() as u64;
    let padding = written.next_multiple_of(8) - written;
    file.write_all(&[0; 8][..padding as usize])?;
    file.write_all(pod::bytes_of_slice(&tail.headers))?;
    let end = file.stream_position()?;
    // The header last: until then the old tables' places are wrong, but nobody reads a file under `tmp/`.
    file.rewind()?;
    file.write_all(pod::bytes_of(&tail.header))?;
    Ok(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;
    use std::process::Command;

    fn run(program: &str, arguments: &[&str], dir: &Path) -> String {
        let output = Command::new(program).args(arguments).current_dir(dir).output().unwrap();
        assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn open(path: &Path) -> File {
        File::options().read(true).write(true).open(path).unwrap()
    }

    #[test]
    fn a_trimmed_library_links_and_runs() {
        let dir = tempfile::tempdir().unwrap();
        let source = "static int hidden = 41; int answer(void) { return ++hidden; }";
        std::fs::write(dir.path().join("lib.c"), source).unwrap();
        std::fs::write(
            dir.path().join("main.c"),
            "int answer(void); int main(void) { return answer() != 42; }",
        )
        .unwrap();
        run("cc", &["-g", "-shared", "-fPIC", "-o", "libx.so", "lib.c"], dir.path());
        let path = dir.path().join("libx.so");
        let before = std::fs::metadata(&path).unwrap().len();

        assert!(reduce(&mut open(&path)).unwrap());
        assert!(std::fs::metadata(&path).unwrap().len() < before);
        let found = std::fs::read(&path).unwrap();
        for gone in [&b".symtab\0"[..], b".debug_info\0", b"hidden\0"] {
            assert!(
                !found.windows(gone.len()).any(|window| window == gone),
                "{}",
                String::from_utf8_lossy(gone)
            );
        }
        run("cc", &["-o", "main", "main.c", "libx.so", "-Wl,-rpath,$ORIGIN"], dir.path());
        run("./main", &[], dir.path());
        assert!(!reduce(&mut open(&path)).unwrap(), "there is nothing more to drop");
    }

    #[test]
    fn other_files_are_left_alone_and_truncated_ones_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("text");
        std::fs::write(&path, "no ELF").unwrap();
        assert!(!reduce(&mut open(&path)).unwrap());
        assert_eq!(std::fs::read(&path).unwrap(), b"no ELF");

        let program = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        std::fs::write(&path, &program[..4096]).unwrap();
        assert!(reduce(&mut open(&path)).is_err());
    }
}
