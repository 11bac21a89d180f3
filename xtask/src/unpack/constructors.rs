//! Leaves static constructors out of a library that are run at every load for nothing.
//!
//! The XLA library comes as part of TensorFlow: of its 4,958 static constructors about a thousand register TensorFlow's
//! operations and kernels, and one every pattern of oneDNN's graph compiler. XLA's CPU client has no use for either; they
//! were 45 ms of the 90 that a load took (2026-11). A constructor is the function that the compiler makes of a source file's
//! globals, and its symbol names the file, so whole files are left out, by name. The code stays where it is.
//!
//! Of the rest three in four only see to it that the standard streams exist, once more for each file that includes
//! `<iostream>` ([`iostreams`]). They do little, but each lies in a page of its own that has to be mapped.
//!
//! The table of constructors is filled by relative relocations. Those of the ones that stay are moved to its front, in their
//! order, and the dynamic section learns that the table is shorter.

mod iostreams;

pub(super) use self::iostreams::drop_iostreams;

use anyhow::{Context as _, Result, bail, ensure};
use object::LittleEndian as LE;
use object::elf::{self, Dyn64, FileHeader64, Rela64};
use object::pod;
use object::read::elf::{FileHeader, SectionHeader, SectionTable, Sym};
use std::collections::HashSet;
use std::ops::Range;

/// What the compiler calls the constructor of a file.
const PREFIX: &[u8] = b"_GLOBAL__sub_I_";

/// The fewest that must be found, or the library is not the one this was written for.
const AT_LEAST: usize = 500;

/// Files of TensorFlow's operations, their kernels and gradients (`matmul_op.cc`, `array_ops.cc`, `relu_op_impl.cc`,
/// `list_kernels.cc`, `nn_grad.cc`), and those of [`OTHERS`].
fn is_tensorflow(file: &str) -> bool {
    let operations = ["_op", "_ops"]
        .iter()
        .any(|end| file.ends_with(&format!("{end}.cc")) || file.contains(&format!("{end}_")));
    let implementations = ["_kernel.cc", "_kernels.cc", "_grad.cc"].iter().any(|end| file.ends_with(end));
    OTHERS.contains(&file) || implementations || operations && file.ends_with(".cc")
}

/// Slow ones: options of TensorFlow Lite's tools, TensorFlow's devices, DTensor's operations, and oneDNN's graph compiler,
/// which XLA uses only if a flag that is off by default asks for it.
const OTHERS: [&str; 4] =
    ["import_quant_stats_pass.cc", "xla_cpu_device.cc", "spmd_expanders.cc", "dnnl_backend.cpp"];

/// Leaves out the constructors that only TensorFlow needs.
///
/// # Errors
/// If the library has too few of them, or its tables are not as expected.
pub(super) fn drop_tensorflow(bytes: &mut [u8]) -> Result<()> {
    let unwanted = addresses(bytes, is_tensorflow)?;
    let dropped = drop_constructors(bytes, &unwanted)?;
    ensure!(
        dropped >= AT_LEAST,
        "it has {dropped} constructors of TensorFlow's, at least {AT_LEAST} expected"
    );
    Ok(())
}

/// Leaves out the constructors at the addresses `unwanted`; says how many.
fn drop_constructors(bytes: &mut [u8], unwanted: &HashSet<i64>) -> Result<usize> {
    let table = Table::read(bytes)?;
    let kept: Vec<i64> = table
        .slots
        .iter()
        .map(|slot| slot.function)
        .filter(|function| !unwanted.contains(function))
        .collect();
    let dropped = table.slots.len() - kept.len();
    // Slots behind the new end keep what they have; nobody looks there.
    for (slot, function) in table.slots.iter().zip(&kept) {
        bytes[slot.addend.clone()].copy_from_slice(&function.to_le_bytes());
    }
    bytes[table.size].copy_from_slice(&((kept.len() * 8) as u64).to_le_bytes());
    Ok(dropped)
}

/// The table of constructors: places in the file of what decides it.
struct Table {
    /// By the order in which they run.
    slots: Vec<Slot>,
    /// The value of `DT_INIT_ARRAYSZ`.
    size: Range<usize>,
}

struct Slot {
    address: u64,
    function: i64,
    addend: Range<usize>,
}

impl Table {
    fn read(bytes: &[u8]) -> Result<Table> {
        let header = FileHeader64::<LE>::parse(bytes).context("not a 64-bit ELF file")?;
        let relative = match header.e_machine.get(LE) {
            elf::EM_X86_64 => elf::R_X86_64_RELATIVE,
            elf::EM_AARCH64 => elf::R_AARCH64_RELATIVE,
            other => bail!("machine {} is not known here", other.0),
        };
        let sections = header.sections(LE, bytes).context("unreadable section table")?;
        let array = section(&sections, ".init_array")?;
        let places = array.sh_addr(LE)..array.sh_addr(LE).saturating_add(array.sh_size(LE));
        let relocations = range(section(&sections, ".rela.dyn")?, bytes)?;
        let entry = size_of::<Rela64<LE>>();
        let (entries, _) =
            pod::slice_from_bytes::<Rela64<LE>>(&bytes[relocations.clone()], relocations.len() / entry)
                .map_err(|()| anyhow::anyhow!("unreadable relocations"))?;
        let mut slots = Vec::new();
        for (index, relocation) in entries.iter().enumerate() {
            let address = relocation.r_offset.get(LE);
            if !places.contains(&address) {
                continue;
            }
            ensure!(
                relocation.r_type(LE, false) == relative,
                "a constructor is not given by a relative address"
            );
            let addend = relocations.start + index * entry + 16;
            slots.push(Slot { address, function: relocation.r_addend.get(LE), addend: addend..addend + 8 });
        }
        slots.sort_by_key(|slot| slot.address);
        let whole = slots.iter().map(|slot| slot.address).eq(places.step_by(8));
        ensure!(whole, "the table of constructors is not filled by one relocation a slot");
        let size = dynamic_value(bytes, &sections, elf::DT_INIT_ARRAYSZ)?;
        // Less than the section has room for where some were left out before.
        let used = usize::try_from(u64::from_le_bytes(bytes[size.clone()].try_into()?))? / 8;
        ensure!(used <= slots.len(), "the table of constructors is longer than its section");
        slots.truncate(used);
        Ok(Table { slots, size })
    }
}

/// The addresses of the constructors of files that `unwanted` picks.
fn addresses(bytes: &[u8], unwanted: impl Fn(&str) -> bool) -> Result<HashSet<i64>> {
    let header = FileHeader64::<LE>::parse(bytes).context("not a 64-bit ELF file")?;
    let sections = header.sections(LE, bytes).context("unreadable section table")?;
    let symbols = sections.symbols(LE, bytes, elf::SHT_SYMTAB).context("unreadable symbols")?;
    let mut found = HashSet::new();
    for symbol in symbols.iter() {
        let name = symbol.name(LE, symbols.strings()).context("unreadable symbol name")?;
        let file = name.strip_prefix(PREFIX).and_then(|file| std::str::from_utf8(file).ok());
        if file.is_some_and(&unwanted) {
            found.insert(symbol.st_value(LE).cast_signed());
        }
    }
    Ok(found)
}

fn section<'a>(
    sections: &SectionTable<'a, FileHeader64<LE>>,
    name: &str,
) -> Result<&'a elf::SectionHeader64<LE>> {
    let found = sections.section_by_name(LE, name.as_bytes());
    found.map(|(_, section)| section).with_context(|| format!("it has no section `{name}`"))
}

fn range(section: &elf::SectionHeader64<LE>, bytes: &[u8]) -> Result<Range<usize>> {
    let start = usize::try_from(section.sh_offset(LE))?;
    let end = start.checked_add(usize::try_from(section.sh_size(LE))?);
    let end = end.filter(|end| *end <= bytes.len()).context("a section runs past the end of the file")?;
    Ok(start..end)
}

/// Where the file has the value of an entry of the dynamic section.
fn dynamic_value(
    bytes: &[u8],
    sections: &SectionTable<'_, FileHeader64<LE>>,
    wanted: elf::DynamicTag,
) -> Result<Range<usize>> {
    let place = range(section(sections, ".dynamic")?, bytes)?;
    let entry = size_of::<Dyn64<LE>>();
    for (index, bytes) in bytes[place.clone()].chunks_exact(entry).enumerate() {
        if elf::DynamicTag(i64::from_le_bytes(bytes[..8].try_into()?)) == wanted {
            let at = place.start + index * entry;
            return Ok(at + 8..at + 16);
        }
    }
    bail!("its dynamic section lacks entry {:#x}", wanted.0)
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

    /// A library whose constructors, of files of these names, append to a text in this order; and a program that prints it.
    fn library(dir: &Path, files: &[&str]) -> Vec<u8> {
        let mut source =
            String::from("static char text[64]; static int at; const char *said(void) { return text; }\n");
        for (index, file) in files.iter().enumerate() {
            let letter = char::from(b'a' + index as u8);
            source += &format!(
                "static void f{index}(void) __asm__(\"_GLOBAL__sub_I_{file}\");\n\
                 __attribute__((constructor, used)) static void f{index}(void) {{ text[at++] = '{letter}'; }}\n"
            );
        }
        std::fs::write(dir.join("lib.c"), source).unwrap();
        let main = "#include <stdio.h>\nconst char *said(void); int main(void) { puts(said()); return 0; }";
        std::fs::write(dir.join("main.c"), main).unwrap();
        run("cc", &["-shared", "-fPIC", "-o", "libx.so", "lib.c"], dir);
        run("cc", &["-o", "main", "main.c", "libx.so", "-Wl,-rpath,$ORIGIN"], dir);
        std::fs::read(dir.join("libx.so")).unwrap()
    }

    #[test]
    fn only_what_is_unwanted_no_longer_runs() {
        let dir = tempfile::tempdir().unwrap();
        let mut bytes = library(dir.path(), &["keep.cc", "cast_op.cc", "dnnl_backend.cpp", "other.cc"]);
        assert_eq!(run("./main", &[], dir.path()), "abcd\n");
        let unwanted = addresses(&bytes, is_tensorflow).unwrap();
        assert_eq!(drop_constructors(&mut bytes, &unwanted).unwrap(), 2);
        std::fs::write(dir.path().join("libx.so"), &bytes).unwrap();
        assert_eq!(run("./main", &[], dir.path()), "ad\n");
    }

    #[test]
    fn a_library_without_tensorflow_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let mut bytes = library(dir.path(), &["keep.cc", "cast_op.cc"]);
        let error = drop_tensorflow(&mut bytes).unwrap_err().to_string();
        assert_eq!(error, "it has 1 constructors of TensorFlow's, at least 500 expected");
        assert!(drop_tensorflow(&mut b"no library"[..].to_vec()).is_err());
    }

    #[test]
    fn files_of_operations() {
        for file in [
            "cast_op.cc",
            "array_ops.cc",
            "relu_op_gpu.cc",
            "mkl_conv_ops_test.cc",
            "list_kernels.cc",
            "nn_grad.cc",
            "dnnl_backend.cpp",
        ] {
            assert!(is_tensorflow(file), "{file}");
        }
        for file in [
            "shape.cc",
            "copy_thunk.cc",
            "topk.cc",
            "op.cc",
            "ops.cc",
            "grad.cc",
            "MachineScheduler.cpp",
            "x_op.cpp",
        ] {
            assert!(!is_tensorflow(file), "{file}");
        }
    }
}
