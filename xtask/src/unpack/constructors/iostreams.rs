//! Constructors that only make the standard streams.
//!
//! With libstdc++ before GCC 13 every file that includes `<iostream>` has a static `std::ios_base::Init`, whose constructor
//! counts its users and makes `std::cout` and its kin for the first one. The first that a library has does for all of them.

use super::{Table, drop_constructors};
use anyhow::{Context as _, Result};
use object::LittleEndian as LE;
use object::elf::{self, FileHeader64, ProgramHeader64, Rela64};
use object::pod;
use object::read::elf::{FileHeader, ProgramHeader, SectionHeader, Sym};
use std::collections::{HashMap, HashSet};

/// What clang makes of one such object on x86-64, but for five distances.
const CODE: [(usize, &[u8]); 5] = [
    // push %rbp; mov %rsp,%rbp; push %rbx; push %rax; lea OBJECT,%rbx
    (0, &[0x55, 0x48, 0x89, 0xe5, 0x53, 0x50, 0x48, 0x8d, 0x1d]),
    // mov %rbx,%rdi; call MAKE
    (13, &[0x48, 0x89, 0xdf, 0xe8]),
    // mov END,%rdi
    (21, &[0x48, 0x8b, 0x3d]),
    // lea LIBRARY,%rdx
    (28, &[0x48, 0x8d, 0x15]),
    // mov %rbx,%rsi; add $8,%rsp; pop %rbx; pop %rbp; jmp REGISTER
    (35, &[0x48, 0x89, 0xde, 0x48, 0x83, 0xc4, 0x08, 0x5b, 0x5d, 0xe9]),
];
const SIZE: usize = 49;

/// Behind which distances these names lie: by way of a stub that jumps by a slot, or the slot itself.
const MAKE: (usize, &[u8]) = (17, b"_ZNSt8ios_base4InitC1Ev");
const END: (usize, &[u8]) = (24, b"_ZNSt8ios_base4InitD1Ev");
const REGISTER: (usize, &[u8]) = (45, b"__cxa_atexit");

/// Leaves out all but the first; says how many. A library whose constructors lie elsewhere than expected keeps them.
///
/// # Errors
/// If the library's other tables are damaged.
pub(crate) fn drop_iostreams(bytes: &mut [u8]) -> Result<usize> {
    let (Some(library), Ok(table)) = (Library::read(bytes)?, Table::read(bytes)) else { return Ok(0) };
    let found = table.slots.into_iter().map(|slot| slot.function);
    let unwanted: HashSet<i64> =
        found.filter(|function| library.only_makes_streams(*function)).skip(1).collect();
    drop_constructors(bytes, &unwanted)
}

/// A library that may have such constructors.
struct Library<'a> {
    bytes: &'a [u8],
    segments: &'a [ProgramHeader64<LE>],
    /// The names behind [`MAKE`], [`END`] and [`REGISTER`] by the slots that the loader fills with their addresses.
    slots: HashMap<u64, &'a [u8]>,
}

impl<'a> Library<'a> {
    /// `None` if it is for another processor.
    fn read(bytes: &'a [u8]) -> Result<Option<Self>> {
        let header = FileHeader64::<LE>::parse(bytes).context("not a 64-bit ELF file")?;
        let sections = header.sections(LE, bytes).context("unreadable section table")?;
        let symbols = sections.symbols(LE, bytes, elf::SHT_DYNSYM).context("unreadable dynamic symbols")?;
        if header.e_machine.get(LE) != elf::EM_X86_64 {
            return Ok(None);
        }
        let mut names = HashMap::new();
        for (index, symbol) in symbols.enumerate() {
            let name = symbol.name(LE, symbols.strings()).context("unreadable symbol name")?;
            if [MAKE.1, END.1, REGISTER.1].contains(&name) {
                names.insert(u32::try_from(index.0)?, name);
            }
        }
        let mut slots = HashMap::new();
        for name in [".rela.dyn", ".rela.plt"] {
            let Some((_, section)) = sections.section_by_name(LE, name.as_bytes()) else { continue };
            let table = section.data(LE, bytes).with_context(|| format!("`{name}` is damaged"))?;
            let count = table.len() / size_of::<Rela64<LE>>();
            let (entries, _) = pod::slice_from_bytes::<Rela64<LE>>(table, count)
                .map_err(|()| anyhow::anyhow!("`{name}` is damaged"))?;
            let named =
                |entry: &Rela64<LE>| Some((entry.r_offset.get(LE), *names.get(&entry.r_sym(LE, false))?));
            slots.extend(entries.iter().filter_map(named));
        }
        let segments = header.program_headers(LE, bytes).context("unreadable program headers")?;
        Ok(Some(Self { bytes, segments, slots }))
    }

    fn only_makes_streams(&self, function: i64) -> bool {
        let address = function.cast_unsigned();
        let Some(code) = self.loaded(address, SIZE) else { return false };
        let target = |(at, _): (usize, &[u8])| relative(code, address, at);
        CODE.iter().all(|(at, part)| code[*at..].starts_with(part))
            && self.behind_stub(target(MAKE)) == Some(MAKE.1)
            && self.slots.get(&target(END)) == Some(&END.1)
            && self.behind_stub(target(REGISTER)) == Some(REGISTER.1)
    }

    /// The name of the function that a stub at `address` jumps to: `jmp *slot`.
    fn behind_stub(&self, address: u64) -> Option<&'a [u8]> {
        let stub = self.loaded(address, 6)?;
        let slot = stub.starts_with(&[0xff, 0x25]).then(|| relative(stub, address, 2))?;
        self.slots.get(&slot).copied()
    }

    /// What the file has for `size` bytes of memory.
    fn loaded(&self, address: u64, size: usize) -> Option<&'a [u8]> {
        let of = |segment: &ProgramHeader64<LE>| {
            let data = segment.data(LE, self.bytes).ok()?;
            let start = usize::try_from(address.checked_sub(segment.p_vaddr(LE))?).ok()?;
            data.get(start..start.checked_add(size)?)
        };
        let loaded = self.segments.iter().filter(|segment| segment.p_type(LE) == elf::PT_LOAD);
        loaded.filter_map(of).next()
    }
}

/// The address that the four bytes at `at` of code at `address` give by the distance from their end.
fn relative(code: &[u8], address: u64, at: usize) -> u64 {
    let distance = i32::from_le_bytes([code[at], code[at + 1], code[at + 2], code[at + 3]]);
    address.wrapping_add(at as u64 + 4).wrapping_add_signed(distance.into())
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::*;
    use std::process::Command;

    /// A constructor as clang writes it, which calls `make`.
    fn constructor(name: &str, make: &str) -> String {
        format!(
            "{name}: push %rbp\nmov %rsp,%rbp\npush %rbx\npush %rax\nlea object(%rip),%rbx\nmov %rbx,%rdi\n\
             call {make}@PLT\nmov _ZNSt8ios_base4InitD1Ev@GOTPCREL(%rip),%rdi\nlea __dso_handle(%rip),%rdx\n\
             mov %rbx,%rsi\nadd $8,%rsp\npop %rbx\npop %rbp\njmp __cxa_atexit@PLT\n"
        )
    }

    #[test]
    fn one_of_many_stays_and_all_others_do() {
        let dir = tempfile::tempdir().unwrap();
        let run = |program: &str, arguments: &[&str]| {
            let output = Command::new(program).args(arguments).current_dir(&dir).output().unwrap();
            assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8(output.stdout).unwrap()
        };
        let write = |name: &str, text: String| std::fs::write(dir.path().join(name), text).unwrap();
        let mut library = String::from(".hidden __dso_handle\n.local object\n.comm object,1\n.text\n");
        for (name, make) in [
            ("a", "_ZNSt8ios_base4InitC1Ev"),
            ("b", "other"),
            ("c", "_ZNSt8ios_base4InitC1Ev"),
            ("d", "_ZNSt8ios_base4InitC1Ev"),
        ] {
            library += &constructor(name, make);
        }
        library += ".section .init_array,\"aw\"\n.quad a, b, c, d\n.section .note.GNU-stack,\"\"\n";
        write("lib.s", library);
        write(
            "main.c",
            "#include <stdio.h>\n\
             void _ZNSt8ios_base4InitC1Ev(void *x) { putchar('m'); }\n\
             void _ZNSt8ios_base4InitD1Ev(void *x) { putchar('e'); }\n\
             void other(void *x) { putchar('o'); }\n\
             int main(void) { putchar(' '); return 0; }\n"
                .to_owned(),
        );
        run("cc", &["-shared", "-Wl,-z,lazy", "-o", "libx.so", "lib.s"]);
        run(
            "cc",
            &["-rdynamic", "-o", "main", "main.c", "-Wl,--no-as-needed", "libx.so", "-Wl,-rpath,$ORIGIN"],
        );
        assert_eq!(run("./main", &[]), "momm eeee");

        let path = dir.path().join("libx.so");
        let mut bytes = std::fs::read(&path).unwrap();
        assert_eq!(drop_iostreams(&mut bytes).unwrap(), 2);
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(run("./main", &[]), "mo ee");
        assert_eq!(drop_iostreams(&mut bytes).unwrap(), 0, "there is one left, which stays");
    }

    #[test]
    fn damage_is_an_error() {
        assert!(drop_iostreams(&mut [0; 64]).is_err());
        assert!(drop_iostreams(&mut b"\x7fELF".to_vec()).is_err());
    }
}
