//! Opening plugins: the good one, many things that are none, and looking for them.

use std::fs;
use std::path::PathBuf;

use bering_runtime::{ErrorKind, Plugin};

use crate::{error_text, plugin};

#[test]
fn one_file_is_one_plugin() {
    let plugins: Vec<Plugin> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(plugin)).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    assert!(plugins.iter().all(|other| *other == plugins[0]));

    let directory = tempfile::tempdir().expect("a directory for temporary files");
    let link = directory.path().join("linked.so");
    std::os::unix::fs::symlink(bering_pjrt_cpu::plugin_path(), &link).expect("a link");
    assert_eq!(Plugin::load(link).expect("it loads"), plugins[0], "a link is the same file");
}

#[test]
fn a_plugin_says_what_it_is() {
    let (major, minor) = plugin().api_version();
    assert_eq!(major, 0);
    assert!(minor >= 90, "PJRT 0.{minor}");
    let attributes = plugin().attributes().expect("attributes");
    assert!(attributes.iter().any(|(name, _)| name == "stablehlo_current_version"), "{attributes:?}");
}

#[test]
fn files_that_are_no_plugin_are_errors() {
    let directory = tempfile::tempdir().expect("a directory for temporary files");
    let write = |name: &str, bytes: &[u8]| -> PathBuf {
        let path = directory.path().join(name);
        fs::write(&path, bytes).expect("writable");
        path
    };
    // The ELF header of this program, and the same for another machine (62 is x86-64, 183 is aarch64).
    let native = fs::read(std::env::current_exe().expect("this program")).expect("readable")[..4096].to_vec();
    let mut foreign = native.clone();
    foreign[18] = if foreign[18] == 62 { 183 } else { 62 };
    let cases = [
        (directory.path().join("absent.so"), ErrorKind::NotFound, "No such file"),
        (directory.path().to_path_buf(), ErrorKind::FailedPrecondition, "it is not a file"),
        (write("empty.so", b""), ErrorKind::FailedPrecondition, "it is not a shared library (ELF)"),
        (write("text.so", &[b'x'; 5000]), ErrorKind::FailedPrecondition, "it is not a shared library (ELF)"),
        (write("foreign.so", &foreign), ErrorKind::FailedPrecondition, "this process is `"),
        (write("cut.so", &native[..100]), ErrorKind::FailedPrecondition, "cut.so: "),
    ];
    for (path, kind, words) in cases {
        let error = Plugin::load(&path).expect_err("it is no plugin");
        let text = error.to_string();
        assert_eq!(error.kind(), kind, "{text}");
        assert!(text.starts_with(&format!("cannot load PJRT plugin `{}`: ", path.display())), "{text}");
        assert!(text.contains(words), "{text}");
    }
}

#[test]
fn a_library_that_is_no_plugin_says_so() {
    // The C library is a shared library, and everywhere.
    let error = Plugin::load(libc_path()).expect_err("it is no plugin");
    assert!(error.to_string().contains("it exports no `GetPjrtApi`, so it is no PJRT plugin"), "{error}");
}

/// Where this process has its C library from.
fn libc_path() -> PathBuf {
    let maps = fs::read_to_string("/proc/self/maps").expect("readable");
    let line = maps.lines().find(|line| line.contains("/libc.so")).expect("the C library is mapped");
    line[line.find('/').expect("a path")..].into()
}

#[test]
fn plugins_are_found_by_target() {
    let file = bering_pjrt_cpu::plugin_path();
    let directory = file.parent().expect("a directory").to_path_buf();
    let empty = tempfile::tempdir().expect("a directory for temporary files");
    let found = Plugin::find("cpu", &[empty.path().to_path_buf(), directory]).expect("it is there");
    assert_eq!(found, plugin());

    let own = empty.path().join("cpu");
    fs::create_dir_all(&own).expect("writable");
    std::os::unix::fs::symlink(bering_pjrt_cpu::plugin_path(), own.join("libpjrt_cpu.so")).expect("a link");
    assert_eq!(Plugin::find("cpu", &[empty.path().to_path_buf()]).expect("in its own directory"), plugin());

    let text = error_text(Plugin::find("cuda13", &[empty.path().to_path_buf()]));
    assert!(text.starts_with("no PJRT plugin for `cuda13`; looked for `jax_plugins/xla_cuda13/"), "{text}");
    assert!(
        text.contains(&empty.path().display().to_string()) && text.contains("BERING_PJRT_CUDA13_PLUGIN"),
        "{text}"
    );
    let text = error_text(Plugin::find("abacus", &[]));
    assert_eq!(text, "no PJRT target `abacus`; there are `cpu`, `cuda12`, `cuda13`, `rocm7`, `tpu`");
}
