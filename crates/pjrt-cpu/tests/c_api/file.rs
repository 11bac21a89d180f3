//! The plugin as a file: what it exports, and what lies beside it.

use bering_pjrt_cpu::plugin_path;
use memchr::memmem;

fn number(bytes: &[u8], at: usize, width: usize) -> usize {
    let mut value = [0u8; 8];
    value[..width].copy_from_slice(&bytes[at..at + width]);
    usize::from_le_bytes(value)
}

/// The zero-terminated string at `at`.
fn string(bytes: &[u8], at: usize) -> String {
    let end = bytes[at..].iter().position(|byte| *byte == 0).expect("terminated");
    String::from_utf8_lossy(&bytes[at..at + end]).into_owned()
}

/// (type, offset, size, link) of the sections of a 64-bit little-endian ELF file.
fn sections(bytes: &[u8]) -> Vec<(usize, usize, usize, usize)> {
    assert_eq!(&bytes[..6], b"\x7fELF\x02\x01");
    let (table, size, count) = (number(bytes, 0x28, 8), number(bytes, 0x3a, 2), number(bytes, 0x3c, 2));
    let section = |index: usize| {
        let at = table + index * size;
        (
            number(bytes, at + 4, 4),
            number(bytes, at + 24, 8),
            number(bytes, at + 32, 8),
            number(bytes, at + 40, 4),
        )
    };
    (0..count).map(section).collect()
}

#[test]
fn one_symbol_is_exported() {
    const SHT_DYNSYM: usize = 11;
    let bytes = std::fs::read(plugin_path()).expect("the plugin");
    let sections = sections(&bytes);
    let (_, offset, size, link) =
        *sections.iter().find(|section| section.0 == SHT_DYNSYM).expect("dynamic symbols");
    let names = sections[link].1;
    // 24 bytes a symbol: name, info, other, section, value, size. Section 0 means that it is imported.
    let exported: Vec<String> = (offset..offset + size)
        .step_by(24)
        .filter(|at| number(&bytes, at + 6, 2) != 0 && number(&bytes, *at, 4) != 0)
        .map(|at| string(&bytes, names + number(&bytes, at, 4)))
        .collect();
    assert_eq!(exported, ["GetPjrtApi"]);
}

#[test]
fn the_libraries_it_needs_lie_beside_it() {
    let path = plugin_path();
    for name in ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"] {
        assert!(path.with_file_name(name).is_file(), "no {name} beside {}", path.display());
    }
    // The run path, which is a string among the dynamic ones.
    let bytes = std::fs::read(path).expect("the plugin");
    assert!(bytes.windows(8).any(|window| window == b"$ORIGIN\0"));
}

/// `intra_op_pool.cc` knows YNNPACK's work by the name of its type, which nothing but the release of XLA says.
#[test]
fn the_work_of_ynnpack_has_the_name_that_the_pool_looks_for() {
    let library = std::fs::read(plugin_path().with_file_name("libtensorflow_cc.so.2")).expect("the library");
    // The lambda that is scheduled; functions of the class have names that begin alike.
    let begin = b"ZN3xla3cpu16SlinkyThreadPool4Impl15ScheduleWorkers";
    assert!(memmem::find_iter(&library, begin).any(|at| string(&library, at).ends_with("$_0")),);
}
