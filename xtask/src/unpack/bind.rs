//! Binds a shared library's references to its own symbols once, when it is laid out, instead of at every start.
//!
//! The XLA library names about 430,000 of its own symbols in relocations; the dynamic loader looks each one up by
//! name in every process, which is most of the time a `dlopen` takes. A relocation whose symbol the library itself
//! defines always resolves to that definition in the way we load it (`RTLD_LOCAL | RTLD_DEEPBIND`, first in its
//! scope), so it is rewritten as a relative one: same address, no look-up. This is what `-Bsymbolic` does at link
//! time. What remains is sorted by symbol, because the loader remembers the last symbol it looked up. Calls by way of the
//! procedure linkage table become jumps ([`stubs`]) and need no relocation at all.
//!
//! Nothing moves but relocations and the slots of that table: entries of the adjacent tables `.rela.dyn` and `.rela.plt`
//! are rewritten in place and the dynamic section learns where each part ends. A library that is not shaped as expected is
//! left as it was.

mod stubs;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use self::stubs::Stubs;
use super::constructors;
use crate::store::durable;
use anyhow::{Context as _, Result, ensure};
use object::LittleEndian as LE;
use object::elf::{self, Dyn64, FileHeader64, Rela64, Sym64};
use object::pod;
use object::read::elf::{Dyn as _, FileHeader, SectionHeader, SectionTable, Sym};

/// What [`bind_own_symbols`] did.
#[derive(Debug, Default, PartialEq, Eq)]
struct Report {
    /// Relocations that no longer name a symbol.
    bound: usize,
    /// Relocations that still need a look-up at load time.
    left: usize,
}

/// The relocation types of one machine that matter here.
struct Machine {
    absolute: elf::RelocationType,
    glob_dat: elf::RelocationType,
    jump_slot: elf::RelocationType,
    relative: elf::RelocationType,
    /// Whether a lazy stub carries its own index into `.rela.plt` (x86-64), so that the table and its slots may be packed.
    /// On AArch64 the loader derives the index from the slot's address, so both must keep their order.
    stub_carries_index: bool,
}

fn machine(id: elf::Machine) -> Option<Machine> {
    match id {
        elf::EM_X86_64 => Some(Machine {
            absolute: elf::R_X86_64_64,
            glob_dat: elf::R_X86_64_GLOB_DAT,
            jump_slot: elf::R_X86_64_JUMP_SLOT,
            relative: elf::R_X86_64_RELATIVE,
            stub_carries_index: true,
        }),
        elf::EM_AARCH64 => Some(Machine {
            absolute: elf::R_AARCH64_ABS64,
            glob_dat: elf::R_AARCH64_GLOB_DAT,
            jump_slot: elf::R_AARCH64_JUMP_SLOT,
            relative: elf::R_AARCH64_RELATIVE,
            stub_carries_index: false,
        }),
        _ => None,
    }
}

/// A section's place in the file and in memory.
#[derive(Clone, Copy)]
struct Place {
    index: usize,
    offset: usize,
    size: usize,
    address: u64,
}

impl Place {
    fn range(self) -> std::ops::Range<usize> {
        self.offset..self.offset + self.size
    }
}

/// One relocation, decoded.
#[derive(Clone, Copy)]
struct Relocation {
    offset: u64,
    kind: elf::RelocationType,
    symbol: u32,
    addend: i64,
}

const ENTRY: usize = size_of::<Rela64<LE>>();

/// Binds the libraries among `files` that [`trim`](super::trim) has reduced, as they will be loaded together.
///
/// A library comes earlier in the loader's scope than those it needs, so of a name that two of them define the
/// needing one's is taken by both. Files that are no ELF libraries are left alone.
pub(super) fn bind_together(files: &[PathBuf]) -> Result<()> {
    let mut libraries = Vec::new();
    for path in files {
        let bytes = std::fs::read(path).map_err(|error| durable::failed(error, path))?;
        if let Some((name, needed)) = names(&bytes) {
            libraries.push(Library { path, name, needed, bytes });
        }
    }
    let mut shadowed = HashSet::new();
    while !libraries.is_empty() {
        let is_first =
            |library: &Library<'_>| !libraries.iter().any(|other| other.needed.contains(&library.name));
        // Libraries that need each other in a circle have no order; they keep their look-ups.
        let Some(first) = libraries.iter().position(is_first) else { break };
        let mut library = libraries.swap_remove(first);
        let exported = exported_names(&library.bytes)?;
        constructors::drop_iostreams(&mut library.bytes)?;
        bind_own_symbols(&mut library.bytes, &shadowed)?;
        shadowed.extend(exported);
        std::fs::write(library.path, &library.bytes).map_err(|error| durable::failed(error, library.path))?;
    }
    Ok(())
}

/// A library in memory, with its own name and the names of those it needs.
struct Library<'a> {
    path: &'a Path,
    name: Vec<u8>,
    needed: Vec<Vec<u8>>,
    bytes: Vec<u8>,
}

/// DT_SONAME and DT_NEEDED; `None` for what is no 64-bit ELF library.
fn names(bytes: &[u8]) -> Option<(Vec<u8>, Vec<Vec<u8>>)> {
    let header = FileHeader64::<LE>::parse(bytes).ok()?;
    let sections = header.sections(LE, bytes).ok()?;
    let (entries, strings) = sections.dynamic(LE, bytes).ok()??;
    let strings = sections.strings(LE, bytes, strings).ok()?;
    let text = |entry: &Dyn64<LE>| Some(entry.string(LE, strings).ok()?.to_vec());
    let tagged =
        |tag: elf::DynamicTag| entries.iter().filter(move |entry| entry.tag(LE) == tag).filter_map(text);
    Some((tagged(elf::DT_SONAME).next()?, tagged(elf::DT_NEEDED).collect()))
}

/// The names a library defines and exports: what it would shadow in a library later in the same scope.
///
/// # Errors
/// When `bytes` is no 64-bit little-endian ELF file.
fn exported_names(bytes: &[u8]) -> Result<HashSet<Vec<u8>>> {
    let header = FileHeader64::<LE>::parse(bytes).context("not a 64-bit ELF file")?;
    let sections = header.sections(LE, bytes).context("unreadable section table")?;
    let symbols = sections.symbols(LE, bytes, elf::SHT_DYNSYM).context("unreadable dynamic symbols")?;
    let strings = symbols.strings();
    let mut names = HashSet::new();
    for symbol in symbols.iter().filter(|symbol| is_defined(symbol)) {
        names.insert(symbol.name(LE, strings).context("unreadable symbol name")?.to_vec());
    }
    Ok(names)
}

/// Rewrites the relocations of the library in `bytes` that name its own symbols as relative ones.
///
/// `shadowed` holds the names that a library earlier in the scope defines too: references to those must still be
/// looked up, or the two libraries would each use their own copy of one object.
///
/// # Errors
/// When `bytes` is no 64-bit little-endian ELF file or its tables contradict each other.
fn bind_own_symbols(bytes: &mut [u8], shadowed: &HashSet<Vec<u8>>) -> Result<Report> {
    let Some(layout) = Layout::read(bytes, shadowed)? else { return Ok(Report::default()) };
    let machine = &layout.machine;

    let mut relative = Vec::new();
    let mut named = Vec::new();
    for mut relocation in layout.relocations(bytes, layout.rela_dyn)? {
        let binds = relocation.kind == machine.absolute || relocation.kind == machine.glob_dat;
        if binds && let Some(value) = layout.value(relocation.symbol) {
            // GLOB_DAT ignores its addend by definition (x86-64 psABI, AArch64 ELF ABI keeps S + A with A = 0).
            let addend = if relocation.kind == machine.absolute { relocation.addend } else { 0 };
            relocation = Relocation {
                kind: machine.relative,
                symbol: 0,
                addend: addend.wrapping_add(value),
                ..relocation
            };
        }
        if relocation.kind == machine.relative { relative.push(relocation) } else { named.push(relocation) }
    }

    let mut slots = Vec::new();
    let mut jumps = 0;
    let plt = layout.rela_plt.map(|plt| layout.relocations(bytes, plt)).transpose()?.unwrap_or_default();
    let stubs = layout.stubs(bytes, &plt);
    for (entry, mut relocation) in plt.into_iter().enumerate() {
        let Some(stubs) = &stubs else {
            slots.push(relocation);
            continue;
        };
        if let Some(function) = layout.value(relocation.symbol) {
            stubs.jump(bytes, entry, function.cast_unsigned())?;
            jumps += 1;
        } else {
            relocation.offset = stubs.look_up(bytes, entry, slots.len())?;
            slots.push(relocation);
        }
    }

    relative.sort_unstable_by_key(|relocation| relocation.offset);
    named.sort_by_key(|relocation| (relocation.symbol, relocation.kind.0, relocation.offset));
    let bound = relative.len() - layout.already_relative + jumps;
    let report = Report { bound, left: named.len() + slots.len() };
    layout.write(bytes, &relative, &named, &slots)?;
    Ok(report)
}

fn is_defined(symbol: &Sym64<LE>) -> bool {
    !symbol.st_shndx(LE).is_special()
}

/// Where everything lies, read before anything is changed.
struct Layout {
    machine: Machine,
    rela_dyn: Place,
    rela_plt: Option<Place>,
    plt: Option<Place>,
    got_plt: Option<Place>,
    dynamic: Place,
    section_table: usize,
    already_relative: usize,
    /// For each dynamic symbol its address, if a reference to it may be bound here.
    values: Vec<Option<i64>>,
}

impl Layout {
    /// `None` where the library has nothing to bind or a shape we do not know.
    fn read(bytes: &[u8], shadowed: &HashSet<Vec<u8>>) -> Result<Option<Self>> {
        let header = FileHeader64::<LE>::parse(bytes).context("not a 64-bit ELF file")?;
        let Some(machine) = machine(header.e_machine.get(LE)) else { return Ok(None) };
        let sections = header.sections(LE, bytes).context("unreadable section table")?;
        let find = |name: &str| place(bytes, &sections, name);
        let (Some(rela_dyn), Some(dynamic)) = (find(".rela.dyn")?, find(".dynamic")?) else {
            return Ok(None);
        };
        let rela_plt = find(".rela.plt")?;
        let mut layout = Self {
            machine,
            rela_dyn,
            rela_plt,
            plt: find(".plt")?,
            got_plt: find(".got.plt")?,
            dynamic,
            section_table: usize::try_from(header.e_shoff.get(LE))?,
            already_relative: 0,
            values: Vec::new(),
        };
        if rela_plt.is_some_and(|plt| {
            plt.offset != rela_dyn.offset + rela_dyn.size
                || plt.address != rela_dyn.address.wrapping_add(rela_dyn.size as u64)
        }) {
            return Ok(None);
        }
        let symbols = sections.symbols(LE, bytes, elf::SHT_DYNSYM).context("unreadable dynamic symbols")?;
        for symbol in symbols.iter() {
            let ordinary = !matches!(symbol.st_type(), elf::STT_GNU_IFUNC | elf::STT_TLS)
                && symbol.st_bind() != elf::STB_GNU_UNIQUE;
            let ours = ordinary
                && is_defined(symbol)
                && !shadowed.contains(symbol.name(LE, symbols.strings()).context("unreadable symbol name")?);
            layout.values.push(ours.then(|| symbol.st_value(LE).cast_signed()));
        }
        let relative = layout.machine.relative;
        layout.already_relative =
            layout.relocations(bytes, rela_dyn)?.iter().filter(|entry| entry.kind == relative).count();
        Ok(Some(layout))
    }

    fn value(&self, symbol: u32) -> Option<i64> {
        self.values.get(symbol as usize).copied().flatten()
    }

    fn relocations(&self, bytes: &[u8], table: Place) -> Result<Vec<Relocation>> {
        ensure!(
            table.size.is_multiple_of(ENTRY),
            "relocation table of {} bytes is not made of {ENTRY}-byte entries",
            table.size
        );
        let (entries, _) = pod::slice_from_bytes::<Rela64<LE>>(&bytes[table.range()], table.size / ENTRY)
            .map_err(|()| anyhow::anyhow!("relocation table runs past the end of the file"))?;
        Ok(entries
            .iter()
            .map(|entry| Relocation {
                offset: entry.r_offset.get(LE),
                kind: entry.r_type(LE, false),
                symbol: entry.r_sym(LE, false),
                addend: entry.r_addend.get(LE),
            })
            .collect())
    }

    fn stubs(&self, bytes: &[u8], relocations: &[Relocation]) -> Option<Stubs> {
        let (plt, slots) = self.plt.zip(self.got_plt)?;
        let lazy = self.machine.stub_carries_index
            && relocations.iter().all(|relocation| relocation.kind == self.machine.jump_slot);
        if lazy { Stubs::read(bytes, plt, slots, relocations) } else { None }
    }

    fn write(
        &self,
        bytes: &mut [u8],
        relative: &[Relocation],
        named: &[Relocation],
        slots: &[Relocation],
    ) -> Result<()> {
        let room = self.rela_dyn.size + self.rela_plt.map_or(0, |plt| plt.size);
        let dyn_entries = relative.len() + named.len();
        ensure!((dyn_entries + slots.len()) * ENTRY <= room, "relocations were made while sorting");
        let mut at = self.rela_dyn.offset;
        for entry in relative.iter().chain(named).chain(slots) {
            bytes[at..at + 8].copy_from_slice(&entry.offset.to_le_bytes());
            let info = (u64::from(entry.symbol) << 32) | u64::from(entry.kind.0);
            bytes[at + 8..at + 16].copy_from_slice(&info.to_le_bytes());
            bytes[at + 16..at + 24].copy_from_slice(&entry.addend.to_le_bytes());
            at += ENTRY;
        }
        let dyn_size = (dyn_entries * ENTRY) as u64;
        let slot_size = (slots.len() * ENTRY) as u64;
        let slot_address = self.rela_dyn.address.wrapping_add(dyn_size);
        for entry in bytes[self.dynamic.range()].chunks_exact_mut(size_of::<Dyn64<LE>>()) {
            let (tag, place) = entry.split_at_mut(8);
            let tag = u64::from_le_bytes((&*tag).try_into()?);
            let value = match elf::DynamicTag(tag.cast_signed()) {
                elf::DT_RELASZ => dyn_size,
                elf::DT_RELACOUNT => relative.len() as u64,
                elf::DT_JMPREL => slot_address,
                elf::DT_PLTRELSZ => slot_size,
                _ => continue,
            };
            place.copy_from_slice(&value.to_le_bytes());
        }
        // The section table is not read by the loader; it is kept true for linkers and inspectors.
        self.write_section(
            bytes,
            self.rela_dyn.index,
            self.rela_dyn.address,
            self.rela_dyn.offset as u64,
            dyn_size,
        );
        if let Some(plt) = self.rela_plt {
            self.write_section(
                bytes,
                plt.index,
                slot_address,
                self.rela_dyn.offset as u64 + dyn_size,
                slot_size,
            );
        }
        Ok(())
    }

    fn write_section(&self, bytes: &mut [u8], index: usize, address: u64, offset: u64, size: u64) {
        let header = self.section_table + index * size_of::<elf::SectionHeader64<LE>>();
        for (field, value) in [(16, address), (24, offset), (32, size)] {
            bytes[header + field..header + field + 8].copy_from_slice(&value.to_le_bytes());
        }
    }
}

fn place(bytes: &[u8], sections: &SectionTable<'_, FileHeader64<LE>>, name: &str) -> Result<Option<Place>> {
    let Some((index, section)) = sections.section_by_name(LE, name.as_bytes()) else { return Ok(None) };
    let place = Place {
        index: index.0,
        offset: usize::try_from(section.sh_offset(LE))?,
        size: usize::try_from(section.sh_size(LE))?,
        address: section.sh_addr(LE),
    };
    let inside = place.offset.checked_add(place.size).is_some_and(|end| end <= bytes.len());
    ensure!(inside, "section `{name}` runs past the end of the file");
    Ok(Some(place))
}

#[cfg(test)]
mod tests;
