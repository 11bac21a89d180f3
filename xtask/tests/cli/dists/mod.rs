//! Distributions of a small workspace: that they are complete, run anywhere, are the same everywhere, and are whole or not
//! there. The workspace has a program, a plugin built by a script, and artifacts, in the places of the real ones.

mod image;
mod machines;
mod tarball;

use crate::fixture::{Fake, Outcome, Site, names, noise, wheel};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What stands in the real workspace's places: a program that says what it finds, and a plugin over a library.
const FILES: [(&str, &str); 9] = [
    (
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"demo\", \"native\"]\n[profile.dist]\ninherits = \"release\"\nstrip = \"symbols\"\n",
    ),
    (
        "Cargo.lock",
        "version = 4\n\n[[package]]\nname = \"bering-pjrt-cpu\"\nversion = \"0.1.0\"\n\n[[package]]\nname = \"demo\"\nversion = \"0.3.0\"\ndependencies = [\n \"bering-pjrt-cpu\",\n]\n",
    ),
    ("LICENSE", "the project's licence\n"),
    (
        "demo/Cargo.toml",
        "[package]\nname = \"demo\"\nversion = \"0.3.0\"\nedition = \"2024\"\nlicense = \"Apache-2.0\"\n[dependencies]\nbering-pjrt-cpu = { path = \"../native\" }\n",
    ),
    ("demo/src/main.rs", DEMO),
    (
        "native/Cargo.toml",
        "[package]\nname = \"bering-pjrt-cpu\"\nversion = \"0.1.0\"\nedition = \"2024\"\nlicense = \"Apache-2.0\"\n[lib]\nname = \"native\"\n",
    ),
    ("native/src/lib.rs", "pub fn name() -> &'static str { \"libpjrt_cpu.so\" }\n"),
    (
        "native/src/plugin.c",
        "int xla(void); const char *where(void) { return __FILE__; } int GetPjrtApi(void) { return xla(); }\n",
    ),
    ("native/build.rs", SCRIPT),
];

/// Tells what it finds beside itself. Its panics carry the path of its source.
const DEMO: &str = r#"
fn main() {
    // Without /proc, as in a bare chroot, nobody knows the first.
    let exe = std::env::current_exe().unwrap_or_else(|_| std::env::args_os().next().unwrap().into());
    let beside = |path: &str| exe.parent().unwrap().join(path).is_file();
    assert!(std::env::args().count() < 9, "a message with the file's path");
    println!("plugin {} weights {} variables {}", beside(&format!("lib/{}", native::name())),
        beside("models/demo/weights.bin"), std::env::vars().count());
}
"#;

const SCRIPT: &str = r#"
use std::path::Path;
use std::process::Command;
fn main() {
    let lib = Path::new(&std::env::var_os("OUT_DIR").unwrap()).join("lib");
    std::fs::create_dir_all(&lib).unwrap();
    std::fs::write(lib.join("xla.c"), "int xla(void) { return 7; }\n").unwrap();
    let flags = std::env::var("CFLAGS").unwrap_or_default();
    let target = std::env::var("TARGET").unwrap();
    let other = format!("{}-linux-gnu-gcc", target.split('-').next().unwrap());
    let compiler = if target == std::env::var("HOST").unwrap() { "cc" } else { &other };
    let cc = |arguments: &[&str]| {
        let status = Command::new(compiler).current_dir(&lib).args(flags.split_whitespace()).args(["-shared", "-fPIC"])
            .args(arguments).status();
        assert!(status.unwrap().success());
    };
    cc(&["xla.c", "-o", "libxla.so.2", "-Wl,-soname,libxla.so.2"]);
    let source = std::env::current_dir().unwrap().join("src/plugin.c");
    cc(&[source.to_str().unwrap(), "-o", "libpjrt_cpu.so", "-L.", "-l:libxla.so.2", "-Wl,-rpath,$ORIGIN"]);
}
"#;

const NAME: &str = "demo-0.3.0-cpu-x86_64-unknown-linux-gnu";

fn host_name() -> String {
    NAME.replace("x86_64", std::env::consts::ARCH)
}

fn artifacts() -> [Fake; 2] {
    let weights = noise(3_000_000);
    let model = wheel(
        "weights",
        &[("data/models/demo/weights.bin", &weights), ("data/licenses/weights/LICENSE", b"do as you like")],
    );
    let xla = wheel(
        "xla-cpu",
        &[("data/xla/lib/readme.txt", b"here"), ("data/licenses/xla-cpu/NOTICES", b"third parties")],
    );
    [model, xla]
}

/// A site with the workspace in its checkout.
struct Workspace {
    site: Site,
    /// Where cargo builds; not in memory, where nothing may be allowed to run.
    target: tempfile::TempDir,
}

impl Workspace {
    fn new() -> Self {
        let [model, xla] = artifacts();
        let site = Site::new(&[&model, &xla]);
        for (path, text) in FILES {
            write(&site.checkout().join(path), text);
        }
        Self { site, target: tempfile::tempdir().unwrap() }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        self.with_cargo(self.site.command(arguments))
    }

    fn with_cargo(&self, mut command: Command) -> Command {
        let cargo = std::env::var_os("CARGO").expect("cargo runs the tests");
        let tools = Path::new(&cargo).parent().unwrap().display().to_string();
        command
            .env("PATH", format!("{tools}:/usr/bin:/bin:/usr/sbin:/sbin"))
            .env("CARGO", cargo)
            .env("CARGO_TARGET_DIR", self.target.path());
        command
    }

    fn out(&self) -> PathBuf {
        self.target.path().join("out")
    }

    fn dist(&self, more: &[&str]) -> Outcome {
        let out = self.out().display().to_string();
        let arguments = [&["dist", "--target", "cpu", "-p", "demo", "-o", &out], more].concat();
        Outcome::of(self.command(&arguments).output().unwrap())
    }

    fn made(&self) -> PathBuf {
        self.out().join(host_name())
    }

    fn tarball(&self) -> PathBuf {
        self.out().join(format!("{}.tar.zst", host_name()))
    }
}

fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// Runs a program with no environment at all.
fn run_bare(program: &Path) -> String {
    let output = Command::new(program).env_clear().current_dir("/").stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn files_below(root: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for name in names(root) {
        let path = root.join(&name);
        match path.is_dir() {
            true => found.extend(files_below(&path).into_iter().map(|below| format!("{name}/{below}"))),
            false => drop(found.insert(name)),
        }
    }
    found
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn is_there(program: &str) -> bool {
    Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}
