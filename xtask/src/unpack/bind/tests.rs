//! A small library is bound and then really loaded: the loader is the oracle.

use std::path::Path;
use std::process::Command;

use super::*;

const LIBRARY: &str = r#"
    #include <stdlib.h>
    #include <string.h>
    int answer(void) { return 42; }
    int shadowed(void) { return 1; }
    int (*table[])(void) = { answer, shadowed };
    int by_plt(void) { return answer() + shadowed(); }
    int by_table(void) { return table[0]() + table[1](); }
    int outside(const char *text) { return (int)strlen(text) + by_plt() + atoi(text) + by_table() + abs(-1); }
"#;

const LOADER: &str = r#"
    #include <dlfcn.h>
    #include <stdio.h>
    int main(int argc, char **argv) {
        int mode = argc > 2 ? RTLD_LAZY : RTLD_NOW;
        void *library = dlopen(argv[1], mode | RTLD_LOCAL);
        if (!library) { puts(dlerror()); return 1; }
        int (*by_plt)(void) = (int (*)(void))dlsym(library, "by_plt");
        int (*by_table)(void) = (int (*)(void))dlsym(library, "by_table");
        int (*outside)(const char *) = (int (*)(const char *))dlsym(library, "outside");
        printf("%d %d %d\n", by_plt(), by_table(), outside("7 seven"));
        return 0;
    }
"#;

fn compile(source: &str, out: &Path, flags: &[&str]) {
    let file = out.with_extension("c");
    std::fs::write(&file, source).unwrap();
    let status = Command::new("cc").args(flags).arg("-o").arg(out).arg(&file).arg("-ldl").status().unwrap();
    assert!(status.success());
}

fn run(loader: &Path, library: &Path, lazy: bool) -> String {
    let output = Command::new(loader).arg(library).args(lazy.then_some("lazy")).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// Names of the library's own symbols that its relocations still mention.
fn own_names_left(bytes: &[u8]) -> Vec<u32> {
    let layout = Layout::read(bytes, &HashSet::new()).unwrap().unwrap();
    let tables = [Some(layout.rela_dyn), layout.rela_plt];
    tables
        .into_iter()
        .flatten()
        .flat_map(|table| layout.relocations(bytes, table).unwrap())
        .filter(|entry| layout.value(entry.symbol).is_some())
        .map(|entry| entry.symbol)
        .collect()
}

#[test]
fn a_bound_library_computes_the_same_without_naming_itself() {
    let dir = tempfile::tempdir().unwrap();
    let (library, loader) = (dir.path().join("lib.so"), dir.path().join("loader"));
    compile(LIBRARY, &library, &["-shared", "-fPIC", "-O0", "-Wl,-z,lazy"]);
    compile(LOADER, &loader, &["-O0"]);
    assert_eq!(run(&loader, &library, false), "43 43 101\n");

    let mut bytes = std::fs::read(&library).unwrap();
    assert!(!own_names_left(&bytes).is_empty());
    let report = bind_own_symbols(&mut bytes, &HashSet::new()).unwrap();
    assert!(report.bound >= 4, "{report:?}");
    assert!(own_names_left(&bytes).is_empty());
    let layout = Layout::read(&bytes, &HashSet::new()).unwrap().unwrap();
    if let (true, Some(slots)) = (layout.machine.stub_carries_index, layout.got_plt) {
        let left = layout.relocations(&bytes, layout.rela_plt.unwrap()).unwrap();
        let packed = (0..left.len()).map(|index| slots.address + (3 + index as u64) * 8);
        assert!(left.iter().map(|slot| slot.offset).eq(packed), "slots that are looked up lie together");
    }
    std::fs::write(&library, &bytes).unwrap();
    assert_eq!(run(&loader, &library, false), "43 43 101\n");
    assert_eq!(run(&loader, &library, true), "43 43 101\n");

    assert_eq!(
        bind_own_symbols(&mut bytes, &HashSet::new()).unwrap().bound,
        0,
        "binding twice changes nothing"
    );
}

#[test]
fn names_of_an_earlier_library_keep_their_look_up() {
    let dir = tempfile::tempdir().unwrap();
    let library = dir.path().join("lib.so");
    compile(LIBRARY, &library, &["-shared", "-fPIC", "-O0", "-Wl,-z,lazy"]);
    let mut bytes = std::fs::read(&library).unwrap();
    assert!(exported_names(&bytes).unwrap().contains(b"answer".as_slice()));
    let shadowed = HashSet::from([b"shadowed".to_vec()]);
    bind_own_symbols(&mut bytes, &shadowed).unwrap();
    assert!(!own_names_left(&bytes).is_empty());
}

#[test]
fn garbage_is_an_error() {
    assert!(bind_own_symbols(&mut [0; 64], &HashSet::new()).is_err());
    assert!(exported_names(b"\x7fELF").is_err());
}

#[test]
fn damaged_libraries_are_errors_or_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let library = dir.path().join("lib.so");
    let source =
        format!("{LIBRARY}\n static int made; __attribute__((constructor)) void make(void) {{ made = 1; }}");
    compile(&source, &library, &["-shared", "-fPIC", "-O0", "-Wl,-z,lazy"]);
    let good = [std::fs::read(&library).unwrap()];
    bering_damage::Trial::new("library").attempts(3000).run(
        |random| random.bytes(&good),
        |bytes| {
            let mut bytes = bytes.to_vec();
            let _ = (names(&bytes), exported_names(&bytes));
            let _ = constructors::drop_iostreams(&mut bytes);
            let _ = bind_own_symbols(&mut bytes, &HashSet::new());
        },
    );
}
