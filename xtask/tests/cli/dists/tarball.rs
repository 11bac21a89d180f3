//! The directory and the tarball: complete, the same everywhere, whole or not there.

use super::{DEMO, SCRIPT, Workspace, artifacts, files_below, host_name, json, run_bare, write};
use crate::fixture::{Outcome, lock_text, names};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

fn unpack(tarball: &Path, to: &Path) {
    let zstd = zstd::stream::read::Decoder::new(std::fs::File::open(tarball).unwrap()).unwrap();
    tar::Archive::new(zstd).unpack(to).unwrap();
}

#[test]
fn a_tarball_runs_from_any_path_with_an_empty_environment() {
    let workspace = Workspace::new();
    workspace.dist(&[]).succeeds();
    let elsewhere = tempfile::tempdir().unwrap();
    unpack(&workspace.tarball(), elsewhere.path());
    let moved = elsewhere.path().join("moved here");
    std::fs::rename(elsewhere.path().join(host_name()), &moved).unwrap();
    // Nothing of where it was made is there any more.
    drop(workspace);
    assert_eq!(run_bare(&moved.join("demo")), "plugin true weights true variables 0");
    let expected = [
        "README.txt",
        "SHA256SUMS",
        "demo",
        "lib/libpjrt_cpu.so",
        "lib/libxla.so.2",
        "licenses/README.txt",
        "licenses/artifacts/weights-1.0/LICENSE",
        "licenses/artifacts/xla-cpu-1.0/NOTICES",
        "licenses/crates/bering-pjrt-cpu-0.1.0/LICENSE",
        "licenses/crates/demo-0.3.0/LICENSE",
        "models/demo/weights.bin",
        "sbom.cdx.json",
    ];
    let mut found = files_below(&moved);
    found.retain(|path| !path.contains("/rust-std-"));
    assert_eq!(found, expected.map(str::to_owned).into());
    let checked =
        Command::new("sha256sum").args(["-c", "--quiet", "SHA256SUMS"]).current_dir(&moved).output();
    let checked = checked.unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
    let sums = std::fs::read_to_string(moved.join("SHA256SUMS")).unwrap();
    assert_eq!(sums.lines().count() + 1, files_below(&moved).len(), "every other file is listed");
    let readme = std::fs::read_to_string(moved.join("README.txt")).unwrap();
    assert!(readme.contains("libc.so.6") && readme.contains("GLIBC_2."), "{readme}");
}

#[test]
fn two_checkouts_give_the_same_bytes() {
    let (one, two) = (Workspace::new(), Workspace::new());
    // One lies deeper than the other, is built twice, and is older.
    let deeper = two.site.path("a/deeper/place");
    std::fs::create_dir_all(deeper.parent().unwrap()).unwrap();
    std::fs::rename(two.site.checkout(), &deeper).unwrap();
    std::os::unix::fs::symlink(&deeper, two.site.checkout()).unwrap();
    one.dist(&["--oci"]).succeeds();
    let first = std::fs::read(one.tarball()).unwrap();
    std::fs::remove_dir_all(one.target.path().join("release")).unwrap_or_default();
    one.dist(&["--oci"]).succeeds();
    two.dist(&["--oci"]).succeeds();
    assert!(first == std::fs::read(one.tarball()).unwrap(), "two builds of one checkout differ");
    assert!(first == std::fs::read(two.tarball()).unwrap(), "two checkouts differ");
    let index = |workspace: &Workspace| {
        std::fs::read_to_string(workspace.out().join(format!("{}.oci/index.json", host_name()))).unwrap()
    };
    assert_eq!(index(&one), index(&two));
}

#[test]
fn a_path_of_this_machine_in_the_binary_is_refused() {
    let workspace = Workspace::new();
    let main = workspace.site.checkout().join("demo/src/main.rs");
    let leaky = DEMO.replace("fn main() {", "fn main() { println!(\"{}\", env!(\"CARGO_MANIFEST_DIR\"));");
    std::fs::write(main, leaky).unwrap();
    let checkout = workspace.site.checkout().display().to_string();
    workspace.dist(&[]).fails_with(&["`demo` has the path", &checkout, "hint: "]);
    assert_eq!(names(&workspace.out()), Vec::<String>::new());
}

#[test]
fn weights_can_be_left_out() {
    let workspace = Workspace::new();
    workspace.dist(&["--without-weights"]).succeeds();
    assert_eq!(run_bare(&workspace.made().join("demo")), "plugin true weights false variables 0");
    assert!(!workspace.made().join("licenses/artifacts/weights-1.0").exists());
}

#[test]
fn the_bill_of_materials_names_everything_once() {
    let workspace = Workspace::new();
    workspace.dist(&[]).succeeds();
    let sbom = json(&workspace.made().join("sbom.cdx.json"));
    assert_eq!((sbom["bomFormat"].as_str(), sbom["specVersion"].as_str()), (Some("CycloneDX"), Some("1.6")));
    assert_eq!(sbom["metadata"]["component"]["bom-ref"], "pkg:cargo/demo@0.3.0#own");
    let components = sbom["components"].as_array().unwrap();
    let mut refs = BTreeSet::from(["pkg:cargo/demo@0.3.0#own"]);
    for component in components {
        assert!(refs.insert(component["bom-ref"].as_str().unwrap()), "{component}");
        assert!(component["licenses"][0]["expression"].is_string(), "{component}");
        assert!(component["purl"].as_str().is_some_and(|purl| purl.starts_with("pkg:")), "{component}");
    }
    for name in ["bering-pjrt-cpu", "xla-cpu", "weights", "rust-std"] {
        let found = components.iter().find(|component| component["name"] == name);
        assert_eq!(found.unwrap_or_else(|| panic!("{name}"))["scope"], "required", "{name}");
    }
    for dependency in sbom["dependencies"].as_array().unwrap() {
        assert!(refs.contains(dependency["ref"].as_str().unwrap()), "{dependency}");
        for on in dependency["dependsOn"].as_array().unwrap() {
            assert!(refs.contains(on.as_str().unwrap()), "{dependency}");
        }
    }
}

#[test]
fn what_may_not_be_passed_on_is_refused_unless_asked_for() {
    let workspace = Workspace::new();
    let [model, xla] = artifacts();
    let text = lock_text(&[&model, &xla]).replacen("\"MIT\"", "\"LicenseRef-NVIDIA-Proprietary\"", 1);
    workspace.site.lock(&text);
    workspace.dist(&[]).fails_with(&["`weights` 1.0: NVIDIA's terms", "--include-restricted"]);
    workspace.dist(&["--without-weights"]).succeeds();
    workspace.dist(&["--include-restricted"]).succeeds();
}

#[test]
fn a_library_that_nobody_brings_is_named() {
    let workspace = Workspace::new();
    let script =
        SCRIPT.replace("libxla.so.2\", \"-Wl", "libxla.so.2\", \"-Wl,-soname,libmissing.so.9\", \"-Wl");
    let script = script.replace("-Wl,-soname,libxla.so.2", "-Wl,-soname,libmissing.so.9");
    std::fs::write(workspace.site.checkout().join("native/build.rs"), script).unwrap();
    workspace.dist(&[]).fails_with(&["`lib/libpjrt_cpu.so` would not load", "`libmissing.so.9`"]);
}

#[test]
fn output_that_cannot_be_written_is_said_before_anything_is_built() {
    let workspace = Workspace::new();
    std::fs::write(workspace.out(), "in the way").unwrap();
    let text = workspace.dist(&[]).fails_with(&["cannot be written", "hint: "]);
    assert!(!text.contains("Compiling"), "{text}");
    std::fs::remove_file(workspace.out()).unwrap();
    write(&workspace.made().join("thesis.tex"), "years of work");
    let text = workspace.dist(&[]).fails_with(&["is no distribution, so it was left alone"]);
    assert!(!text.contains("Compiling"), "{text}");
    assert_eq!(names(&workspace.made()), ["thesis.tex"]);
    workspace.dist(&["-p", "other"]).code.is_some_and(|code| code != 0).then_some(()).unwrap();
    let absent = Outcome::of(workspace.command(&["dist", "-p", "absent"]).output().unwrap());
    absent.fails_with(&["no package of this workspace is called `absent`", "demo"]);
}

#[test]
fn a_full_disk_leaves_the_earlier_distribution() {
    let workspace = Workspace::new();
    workspace.dist(&[]).succeeds();
    let before = std::fs::read(workspace.tarball()).unwrap();
    let out = workspace.out().display().to_string();
    // No file may grow beyond 2 MiB, and the weights have 3 MB; nothing has to be built any more.
    let script = format!("trap '' XFSZ; ulimit -f 4096; exec \"$0\" dist --target cpu -p demo -o '{out}'");
    let limited = workspace.with_cargo(workspace.site.shell(&script)).output().unwrap();
    Outcome::of(limited).fails_with(&["weights.bin", "cannot be written", "hint: free some space"]);
    assert!(before == std::fs::read(workspace.tarball()).unwrap());
    assert_eq!(names(&workspace.out()).len(), 3, "{:?}", names(&workspace.out()));
    assert_eq!(run_bare(&workspace.made().join("demo")), "plugin true weights true variables 0");
}

#[test]
fn killed_at_any_time_there_is_nothing_half_under_a_final_name() {
    let workspace = Workspace::new();
    let partial = workspace.out().join(format!(".{}.partial", host_name()));
    let stages = [
        partial.clone(),
        partial.join(host_name()).join("lib/libpjrt_cpu.so"),
        partial.join(host_name()).join("SHA256SUMS"),
        partial.join(format!("{}.tar.zst", host_name())),
    ];
    for stage in stages {
        let out = workspace.out().display().to_string();
        let mut command = workspace.command(&["dist", "--target", "cpu", "-p", "demo", "-o", &out]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        while !stage.exists() && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // What has its name is whole, should the process have been faster than its end.
        for made in names(&workspace.out()).iter().filter(|name| name.ends_with(".tar.zst")) {
            unpack(&workspace.out().join(made), tempfile::tempdir().unwrap().path());
        }
    }
    workspace.dist(&[]).succeeds();
    assert_eq!(names(&workspace.out()).len(), 3, "{:?}", names(&workspace.out()));
}
