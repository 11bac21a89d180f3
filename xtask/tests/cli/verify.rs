//! `targets verify` and `lock inspect` on a plugin that a C compiler made here: what is good is said, what is wrong is named, and a plugin that
//! takes its process down takes down no more than that.
//!
//! The checkout has stand-ins for the two examples of the runtime that the command builds: one opens the plugin as the real
//! one does and asks for its version, one knows which of two programs it shall refuse.

use crate::fixture::{Fake, Outcome, Site, usual, wheel};
use std::path::{Path, PathBuf};
use std::process::Command;

const PLUGIN: &str = "jax_plugins/xla_cuda13/xla_cuda_plugin.so";
const CUBLAS: &str = "nvidia/cu13/lib/libcublas.so.13";
/// As NVIDIA's plugin has it: from the plugin's directory to the libraries of another package, also for what it opens.
const SEARCH: &str = "-Wl,--disable-new-dtags,-rpath,$ORIGIN/../../nvidia/cu13/lib";
const GOOD: &str = "int cublas(void); int GetPjrtApi(void) { return cublas(); }";

const FILES: [(&str, &str); 6] = [
    ("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"runtime\"]\n"),
    ("Cargo.lock", "version = 4\n\n[[package]]\nname = \"bering-runtime\"\nversion = \"0.1.0\"\n"),
    (
        "runtime/Cargo.toml",
        "[package]\nname = \"bering-runtime\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[lib]\npath = \"empty.rs\"\n\
         [[example]]\nname = \"plugin_info\"\npath = \"plugin_info.rs\"\n[[example]]\nname = \"compile_for\"\npath = \"compile_for.rs\"\n",
    ),
    ("runtime/empty.rs", ""),
    ("runtime/plugin_info.rs", PLUGIN_INFO),
    ("runtime/compile_for.rs", COMPILE_FOR),
];

const PLUGIN_INFO: &str = r#"
use std::ffi::{CStr, CString, c_char, c_int, c_void};
#[link(name = "dl")]
unsafe extern "C" {
    fn dlopen(file: *const c_char, flags: c_int) -> *mut c_void;
    fn dlsym(library: *mut c_void, name: *const c_char) -> *mut c_void;
    fn dlerror() -> *const c_char;
}
fn main() {
    let path = CString::new(std::env::args().next_back().unwrap()).unwrap();
    let (library, entry) = unsafe {
        let library = dlopen(path.as_ptr(), 2);
        (library, if library.is_null() { library } else { dlsym(library, c"GetPjrtApi".as_ptr()) })
    };
    if library.is_null() || entry.is_null() {
        eprintln!("error: {}", unsafe { CStr::from_ptr(dlerror()) }.to_string_lossy());
        std::process::exit(1);
    }
    let version = unsafe { std::mem::transmute::<*mut c_void, extern "C" fn() -> c_int>(entry) };
    println!("pjrt=0.{}", version());
}
"#;

const COMPILE_FOR: &str = r#"
fn main() {
    let programs: Vec<String> = std::env::args().filter(|argument| argument.ends_with(".mlir")).collect();
    let described = std::env::args().any(|argument| argument.starts_with("target_config=@"));
    assert!(described && std::env::args().nth(2).as_deref() == Some("cuda"));
    let good = programs.iter().filter(|program| {
        let good = !std::fs::read_to_string(program).unwrap().contains("refuse");
        if !good { println!("failed {program}: INVALID_ARGUMENT: refused"); }
        good
    });
    let good = good.count();
    println!("compiled {good} of {} for cuda (PJRT 0.116)", programs.len());
    std::process::exit((good != programs.len()).into());
}
"#;

struct Bench {
    site: Site,
    /// For cargo; not in memory, where nothing may be allowed to run.
    target: tempfile::TempDir,
}

impl Bench {
    /// A checkout with a plugin of this source, which is linked to cuBLAS if it calls that, and to what is named.
    fn new(plugin: &str, needs: &[&str]) -> Self {
        let work = tempfile::tempdir().unwrap();
        let cublas = library(work.path(), "libcublas.so.13", "int cublas(void) { return 116; }", &[]);
        let mut with: Vec<PathBuf> = plugin.contains("cublas").then(|| cublas.clone()).into_iter().collect();
        with.extend(needs.iter().map(|name| library(work.path(), name, "", &[])));
        let plugin = library(work.path(), "xla_cuda_plugin.so", plugin, &with);
        let mut fakes = vec![
            usual("one"),
            part("cuda13-plugin", PLUGIN, &std::fs::read(plugin).unwrap()),
            part("cuda13-cublas", CUBLAS, &std::fs::read(cublas).unwrap()),
        ];
        for (name, member) in [
            ("cuda13-cudart", "nvidia/cu13/lib/version.txt"),
            ("cuda13-nvcc", "nvidia/cu13/bin/ptxas"),
            ("cuda13-nvjitlink", "nvidia/cu13/include/nvjitlink.h"),
            ("cuda13-nvrtc", "nvidia/cu13/include/nvrtc.h"),
            ("cuda13-nvvm", "nvidia/cu13/nvvm/libdevice/libdevice.10.bc"),
        ] {
            fakes.push(part(name, member, name.as_bytes()));
        }
        let site = Site::new(&fakes.iter().collect::<Vec<_>>());
        for (path, text) in FILES {
            write(&site.checkout().join(path), text);
        }
        for name in ["add", "dot"] {
            write(&site.checkout().join(format!("crates/frontend/tests/golden/{name}.mlir")), "module {}\n");
        }
        Self { site, target: tempfile::tempdir().unwrap() }
    }

    fn verify(&self, more: &[&str]) -> Outcome {
        self.run(&[&["targets", "verify", "cuda13"], more].concat())
    }

    fn run(&self, arguments: &[&str]) -> Outcome {
        let cargo = std::env::var_os("CARGO").expect("cargo runs the tests");
        let tools = Path::new(&cargo).parent().unwrap().display().to_string();
        let mut command = self.site.command(arguments);
        command
            .env("PATH", format!("{tools}:/usr/bin:/bin"))
            .env("CARGO", cargo)
            .env("CARGO_TARGET_DIR", self.target.path());
        Outcome::of(command.output().unwrap())
    }

    #[track_caller]
    fn finds(&self, lines: &[&str]) {
        let outcome = self.verify(&[]);
        outcome.finds(lines);
    }
}

impl Outcome {
    /// Ends with exit code 1 and a report that has these parts, and no panic.
    #[track_caller]
    fn finds(&self, parts: &[&str]) {
        assert_eq!(self.code, Some(1), "{}", self.text);
        assert!(!self.text.contains("panicked"), "{}", self.text);
        for part in parts {
            assert!(self.text.contains(part), "`{part}` is not in:\n{}", self.text);
        }
    }
}

fn part(name: &'static str, member: &str, content: &[u8]) -> Fake {
    let mut fake = wheel(name, &[(member, content)]);
    fake.rule = ["**", "", "plugins/cuda13/"];
    fake
}

fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// Compiles a library of that name, which asks for all the others whether it uses them or not.
fn library(work: &Path, name: &str, source: &str, with: &[PathBuf]) -> PathBuf {
    let (text, made) = (work.join(format!("{name}.c")), work.join(name));
    std::fs::write(&text, source).unwrap();
    let status = Command::new("cc")
        .args(["-shared", "-fPIC", "-Wl,--no-as-needed", SEARCH])
        .arg(format!("-Wl,-soname,{name}"))
        .arg(&text)
        .args(with)
        .arg("-o")
        .arg(&made)
        .status();
    assert!(status.unwrap().success(), "{name}");
    made
}

#[test]
fn a_good_target_is_hashed_laid_out_resolved_loaded_and_compiled_for() {
    let bench = Bench::new(GOOD, &[]);
    let text = bench.verify(&[]).succeeds();
    for part in [
        "ok       hash       7 files",
        "ok       layout     every file is at its place below `plugins/cuda13`",
        "ok       symbols    the plugin exports `GetPjrtApi`",
        "ok       libraries  2 ELF files find all they need: 1 among themselves",
        "ok       load       the plugin loads, PJRT 0.116",
        "ok       compile    for NVIDIA H100, which is not here: compiled 2 of 2 for cuda",
        "cuda13 on x86_64-unknown-linux-gnu: 0 problems",
    ] {
        let part = part.replace("x86_64", std::env::consts::ARCH);
        assert!(text.contains(&part), "`{part}` is not in:\n{text}");
    }
    assert!(!bench.verify(&["--no-compile"]).succeeds().contains("compile "));
    assert!(!bench.site.checkout().join(".bering").exists(), "the checkout is not set up for it");
}

#[test]
fn a_library_that_nobody_has_is_named_and_so_is_what_the_loader_says() {
    let bench = Bench::new(GOOD, &["libmissing.so.9"]);
    bench.finds(&[
        "PROBLEM  libraries  `jax_plugins/xla_cuda13/xla_cuda_plugin.so` needs `libmissing.so.9`, which neither the target nor \
         the machine has",
        "PROBLEM  load       error: libmissing.so.9: cannot open shared object file",
        "2 problems",
    ]);
}

#[test]
fn what_the_driver_brings_is_no_fault_of_the_files() {
    let text = Bench::new(GOOD, &["libcuda.so.1"]).verify(&[]).succeeds();
    assert!(text.contains("from the machine beyond the C and C++ libraries libcuda.so.1"), "{text}");
    // Where there is a driver the plugin loads, which is the better for it.
    let here = text.contains("ok       load ");
    assert!(here || text.contains("note     load       not possible here: error: libcuda.so.1"), "{text}");
}

#[test]
fn a_library_without_the_entry_point_is_no_plugin() {
    let bench = Bench::new("int Other(void) { return 0; }", &[]);
    bench.finds(&["PROBLEM  symbols    `", "exports no `GetPjrtApi`", "PROBLEM  load ", "2 problems"]);
}

#[test]
fn a_plugin_that_ends_its_process_is_a_problem_and_no_end() {
    let source =
        format!("void abort(void); __attribute__((constructor)) static void s(void) {{ abort(); }} {GOOD}");
    Bench::new(&source, &[]).finds(&["PROBLEM  load       it ended without a message", "1 problem;"]);
}

#[test]
fn a_program_that_does_not_compile_is_named() {
    let bench = Bench::new(GOOD, &[]);
    write(&bench.site.checkout().join("crates/frontend/tests/golden/dot.mlir"), "refuse\n");
    bench.finds(&[
        "PROBLEM  compile    for NVIDIA H100: failed ",
        "dot.mlir: INVALID_ARGUMENT: refused",
        "1 problem;",
    ]);
}

#[test]
fn a_file_that_changed_in_the_store_is_found() {
    let bench = Bench::new(GOOD, &[]);
    bench.verify(&["--no-compile"]).succeeds();
    let artifacts = bench.site.store().join("artifacts-v1");
    let changed = std::fs::read_dir(&artifacts).unwrap().flatten().find_map(|artifact| {
        let file = artifact.path().join("tree/plugins/cuda13/nvidia/cu13/bin/ptxas");
        file.is_file().then_some(file)
    });
    let changed = changed.expect("ptxas is in the store");
    std::fs::remove_file(&changed).unwrap();
    std::fs::write(&changed, "another").unwrap();
    bench.finds(&[
        "PROBLEM  hash       `nvidia/cu13/bin/ptxas` is not what was unpacked",
        "store verify --repair",
    ]);
}

#[test]
fn files_for_another_machine_are_examined_and_not_loaded() {
    let other = match std::env::consts::ARCH {
        "aarch64" => "x86_64",
        _ => "aarch64",
    };
    let outcome = Bench::new(GOOD, &[]).verify(&["--host", &format!("{other}-unknown-linux-gnu")]);
    outcome.finds(&[&format!("not for `{other}`"), "note     load       not tried: this machine is"]);
}

/// What the lock says in the entry of that name.
fn entry(bench: &Bench, name: &str) -> String {
    let lock = std::fs::read_to_string(bench.site.checkout().join("third_party.lock")).unwrap();
    let entries: Vec<&str> = lock.split("[[artifact]]\n").collect();
    let found = entries.iter().find(|entry| entry.starts_with(&format!("name = \"{name}\"")));
    found.unwrap_or_else(|| panic!("no `{name}` in {lock}")).to_string()
}

#[test]
fn inspecting_writes_down_sizes_and_the_version_that_a_plugin_speaks() {
    let bench = Bench::new(GOOD, &["libcuda.so.1"]);
    bench.run(&["lock", "inspect", "cuda14-plugin"]).fails_with(&["has no `cuda14-plugin` for "]);
    // Without what it needs it tells no version, and the rest is known all the same.
    let told = bench.run(&["lock", "inspect", "cuda13-plugin"]).succeeds();
    assert!(told.contains("needs    libc.so.6 libcublas.so.13 libcuda.so.1"), "{told}");
    // NVIDIA's opens its libraries when they are called, so it loads alone.
    let bench = Bench::new("int GetPjrtApi(void) { return 116; }", &[]);
    let told = bench.run(&["lock", "inspect", "cuda13-plugin", "cuda13-nvcc"]).succeeds();
    assert!(told.contains("PJRT     0.116") && told.contains("wrote `third_party.lock`"), "{told}");
    let plugin = entry(&bench, "cuda13-plugin");
    assert!(plugin.contains("checked = \"inspected\"\npjrt = \"0.116\"\nunpacked = "), "{plugin}");
    assert!(entry(&bench, "cuda13-nvcc").contains("unpacked = 11\n"), "the length of its only file");
    assert!(entry(&bench, "cuda13-cublas").contains("checked = \"locked\"\n"), "nobody asked for it");
    let told = bench.run(&["lock", "inspect", "cuda13-plugin", "--offline"]).succeeds();
    assert!(told.contains("says all of it already"), "{told}");
}

#[test]
fn another_machines_plugin_is_looked_into_and_loaded_by_a_runner_alone() {
    let other = match std::env::consts::ARCH {
        "aarch64" => "x86_64-unknown-linux-gnu",
        _ => "aarch64-unknown-linux-gnu",
    };
    let bench = Bench::new(GOOD, &[]);
    let lock = bench.site.checkout().join("third_party.lock");
    let text = std::fs::read_to_string(&lock).unwrap();
    std::fs::write(&lock, text.replace("host = \"any\"", &format!("host = \"{other}\""))).unwrap();
    let told = bench.run(&["lock", "inspect", "cuda13-plugin", "--host", other]).succeeds();
    let runner = format!("CARGO_TARGET_{}_RUNNER", other.to_uppercase().replace('-', "_"));
    assert!(told.contains("tells no version") && told.contains(&runner), "{told}");
    let plugin = entry(&bench, "cuda13-plugin");
    assert!(plugin.contains("unpacked = ") && !plugin.contains("pjrt = "), "{plugin}");
}
