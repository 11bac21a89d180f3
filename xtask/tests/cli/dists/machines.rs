//! Distributions for accelerators and for other machines.

use super::image::unpack_image;
use super::{Workspace, artifacts, host_name, is_there, json, run_bare};
use crate::fixture::{Fake, Outcome, lock_text, wheel};
use std::path::Path;
use std::process::Command;

#[test]
fn a_targets_plugin_comes_along_in_its_vendors_layout() {
    let workspace = Workspace::new();
    let manifest = workspace.site.checkout().join("demo/Cargo.toml");
    let text = std::fs::read_to_string(&manifest).unwrap();
    std::fs::write(&manifest, text + "[features]\ncuda13 = []\n").unwrap();
    let parts = ["plugin", "cudart", "cublas", "nvcc", "nvjitlink", "nvrtc", "nvvm"];
    let names = parts.map(|part| &*format!("cuda13-{part}").leak());
    let fakes = names.map(|name| {
        let (library, licence) = (
            format!("data/plugins/cuda13/nvidia/lib{name}.so"),
            format!("data/plugins/cuda13/licenses/{name}/License.txt"),
        );
        wheel(name, &[(&library, name.as_bytes()), (&licence, b"terms")])
    });
    let base = artifacts();
    let all: Vec<&Fake> = base.iter().chain(&fakes).collect();
    for fake in &fakes {
        workspace.site.publish(fake);
        workspace.site.server.answer(&fake.path(), crate::server::Answer::Body(fake.bytes.clone()));
    }
    workspace.site.lock(&lock_text(&all));
    let out = workspace.out().display().to_string();
    let dist = |target: &str| {
        let arguments = ["dist", "--target", target, "-p", "demo", "-o", &out];
        Outcome::of(workspace.command(&arguments).output().unwrap()).succeeds()
    };
    dist("cuda13");
    let made = workspace.out().join(host_name().replace("-cpu-", "-cuda13-"));
    assert_eq!(run_bare(&made.join("demo")), "plugin true weights true variables 0");
    for name in names {
        assert!(made.join(format!("lib/cuda13/nvidia/lib{name}.so")).is_file(), "{name}");
        assert!(made.join(format!("licenses/artifacts/{name}-1.0/License.txt")).is_file(), "{name}");
    }
    let sbom = json(&made.join("sbom.cdx.json"));
    let scope = |name: &str| {
        let components = sbom["components"].as_array().unwrap();
        let found = components.iter().find(|component| component["name"] == name);
        found.unwrap_or_else(|| panic!("{name}"))["scope"].clone()
    };
    assert!(names.iter().all(|name| scope(name) == "required"));
    let readme = std::fs::read_to_string(made.join("README.txt")).unwrap();
    assert!(readme.contains("for `cuda13`: NVIDIA driver"), "{readme}");
    // A distribution for the CPU has nothing of it, and the checkout is set up as it was.
    dist("cpu");
    assert!(!workspace.made().join("lib/cuda13").exists());
    assert!(!workspace.site.checkout().join(".bering/plugins").exists());
}

#[test]
fn build_says_where_the_binary_is() {
    let workspace = Workspace::new();
    let output = workspace.command(&["build", "--target", "cpu", "-p", "demo"]).output().unwrap();
    let path = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(Path::new(path.trim()).ends_with("release/demo"), "{path}");
    let other = workspace.command(&["build", "-p", "demo", "--host", "sparc-unknown-none"]).output().unwrap();
    Outcome::of(other).fails_with(&["nothing is built for `sparc-unknown-none`"]);
}

/// Whether Rust's library for a machine is installed.
fn has_rust_for(workspace: &Workspace, host: &str) -> bool {
    let mut rustc = workspace.with_cargo(Command::new("rustc"));
    let told = rustc.args(["--print", "target-libdir", "--target", host]).output().unwrap().stdout;
    Path::new(String::from_utf8(told).unwrap().trim()).is_dir()
}

/// Without the compilers of the other machine the command says what to install, with them it makes that machine's files.
#[test]
fn a_distribution_for_another_machine_is_that_machines() {
    let (arch, code, architecture) = match std::env::consts::ARCH {
        "aarch64" => ("x86_64", 62, "amd64"),
        _ => ("aarch64", 183, "arm64"),
    };
    let (host, gcc) = (format!("{arch}-unknown-linux-gnu"), format!("{arch}-linux-gnu-gcc"));
    let workspace = Workspace::new();
    let outcome = workspace.dist(&["--oci", "--host", &host]);
    if !is_there(&gcc) {
        outcome.fails_with(&["takes a cross compiler", &gcc, "hint: on Debian, `apt-get install g++-"]);
        return;
    }
    if !has_rust_for(&workspace, &host) {
        outcome.fails_with(&["Rust's standard library", &format!("`rustup target add {host}`")]);
        return;
    }
    outcome.succeeds();
    let name = host_name().replace(std::env::consts::ARCH, arch);
    let made = workspace.out().join(&name);
    for file in ["demo", "lib/libpjrt_cpu.so", "lib/libxla.so.2"] {
        let header = &std::fs::read(made.join(file)).unwrap()[..20];
        assert_eq!((&header[..4], header[18]), (&b"\x7fELF"[..], code), "{file}");
    }
    let readme = std::fs::read_to_string(made.join("README.txt")).unwrap();
    assert!(readme.contains("libc.so.6"), "{readme}");
    let root = tempfile::tempdir().unwrap();
    let config = unpack_image(&workspace.out().join(format!("{name}.oci")), root.path());
    assert_eq!(config["architecture"], architecture);
    // With the runtime of the image alone, where there is something that runs that machine's programs.
    let emulator = format!("qemu-{arch}-static");
    if is_there(&emulator) {
        let mut qemu = Command::new(emulator);
        let output = qemu.arg("-L").arg(root.path()).arg(root.path().join("opt/demo/demo")).output().unwrap();
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            told.starts_with("plugin true weights true"),
            "{told}{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}
