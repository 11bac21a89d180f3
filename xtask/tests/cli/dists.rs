//! Distributions of a small workspace: that they are complete, run anywhere, are the same everywhere, and are whole or not
//! there. The workspace has a program, a plugin built by a script, and artifacts, in the places of the real ones.

use crate::fixture::{Fake, Outcome, Site, lock_text, names, noise, wheel};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::io::Read;
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

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unpack(tarball: &Path, to: &Path) {
    let zstd = zstd::stream::read::Decoder::new(std::fs::File::open(tarball).unwrap()).unwrap();
    tar::Archive::new(zstd).unpack(to).unwrap();
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

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
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

/// The blob that a descriptor names, its digest and size checked.
fn blob(layout: &Path, descriptor: &Value) -> Vec<u8> {
    let digest = descriptor["digest"].as_str().unwrap().strip_prefix("sha256:").unwrap();
    let bytes = std::fs::read(layout.join("blobs/sha256").join(digest)).unwrap();
    assert_eq!(sha256(&bytes), digest);
    assert_eq!(descriptor["size"].as_u64(), Some(bytes.len() as u64));
    bytes
}

/// Checks a layout against the specification and unpacks its layers.
fn unpack_image(layout: &Path, to: &Path) -> Value {
    assert_eq!(json(&layout.join("oci-layout"))["imageLayoutVersion"], "1.0.0");
    let index = json(&layout.join("index.json"));
    let entry = &index["manifests"][0];
    assert_eq!(entry["mediaType"], "application/vnd.oci.image.manifest.v1+json");
    let manifest: Value = serde_json::from_slice(&blob(layout, entry)).unwrap();
    assert_eq!(manifest["schemaVersion"], 2);
    assert_eq!(manifest["config"]["mediaType"], "application/vnd.oci.image.config.v1+json");
    let config: Value = serde_json::from_slice(&blob(layout, &manifest["config"])).unwrap();
    assert_eq!((config["os"].as_str(), config["rootfs"]["type"].as_str()), (Some("linux"), Some("layers")));
    assert_eq!(entry["platform"]["architecture"], config["architecture"]);
    let (layers, diffs) =
        (manifest["layers"].as_array().unwrap(), config["rootfs"]["diff_ids"].as_array().unwrap());
    assert_eq!((layers.len(), config["history"].as_array().unwrap().len()), (diffs.len(), diffs.len()));
    for (layer, diff) in layers.iter().zip(diffs) {
        assert_eq!(layer["mediaType"], "application/vnd.oci.image.layer.v1.tar+gzip");
        let mut tar = Vec::new();
        flate2::read::GzDecoder::new(&blob(layout, layer)[..]).read_to_end(&mut tar).unwrap();
        assert_eq!(diff.as_str().unwrap(), format!("sha256:{}", sha256(&tar)));
        tar::Archive::new(&tar[..]).unpack(to).unwrap();
    }
    let referred: BTreeSet<&str> = layers.iter().filter_map(|layer| layer["digest"].as_str()).collect();
    assert_eq!(names(&layout.join("blobs/sha256")).len(), 2 + referred.len(), "no blob is left over");
    config
}

fn is_there(program: &str) -> bool {
    Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

fn tool(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn an_image_is_what_the_specification_says_and_runs_alone() {
    let workspace = Workspace::new();
    workspace.dist(&["--oci"]).succeeds();
    let layout = workspace.out().join(format!("{}.oci", host_name()));
    let root = tempfile::tempdir().unwrap();
    let config = unpack_image(&layout, root.path());
    assert_eq!(config["config"]["Entrypoint"][0], "/opt/demo/demo");
    assert_eq!(config["config"]["User"], "65532:65532");
    for path in [
        "lib/libc.so.6",
        "lib64/libgcc_s.so.1",
        "usr/share/sbom/runtime.cdx.json",
        "opt/demo/SHA256SUMS",
        "tmp",
    ] {
        assert!(root.path().join(path).exists(), "{path} in {:?}", files_below(root.path()));
    }
    run_in(root.path());
    // Programs of others judge, where they are installed.
    let image = format!("{}:0.3.0", layout.display());
    if is_there("skopeo") {
        let told = tool("skopeo", &["inspect", &format!("oci:{image}")]);
        assert!(told.contains("\"Os\": \"linux\""), "{told}");
    }
    if is_there("umoci") {
        let bundle = root.path().join("bundle");
        tool("umoci", &["unpack", "--rootless", "--image", &image, &bundle.display().to_string()]);
        run_in(&bundle.join("rootfs"));
    }
}

/// Runs the image's program with nothing but the image, which only root can.
fn run_in(root: &Path) {
    let output = Command::new("/usr/sbin/chroot")
        .args([root, Path::new("/opt/demo/demo")])
        .env_clear()
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    if told.contains("Operation not permitted") {
        return;
    }
    assert!(output.status.success(), "{told}");
    assert_eq!(output.stdout, b"plugin true weights true variables 0\n");
}

#[test]
fn an_image_can_stand_on_another() {
    let workspace = Workspace::new();
    workspace.dist(&["--oci"]).succeeds();
    let name = format!("{}.oci", host_name());
    let base = workspace.target.path().join("base");
    std::fs::rename(workspace.out().join(&name), &base).unwrap();
    let place = base.display().to_string();
    workspace.dist(&["--oci", "--oci-base", &place]).succeeds();
    let root = tempfile::tempdir().unwrap();
    let config = unpack_image(&workspace.out().join(&name), root.path());
    assert_eq!(config["rootfs"]["diff_ids"].as_array().unwrap().len(), 4 + 3);
    run_in(root.path());
    // A base with a flipped byte is no base.
    let blobs = base.join("blobs/sha256");
    let largest = names(&blobs).into_iter().max_by_key(|name| blobs.join(name).metadata().unwrap().len());
    let largest = blobs.join(largest.unwrap());
    let mut bytes = std::fs::read(&largest).unwrap();
    bytes[100] ^= 1;
    std::fs::write(&largest, bytes).unwrap();
    workspace.dist(&["--oci", "--oci-base", &place]).fails_with(&["cannot be the base", "is damaged"]);
    workspace.dist(&["--oci", "--oci-base", "/nonexistent"]).fails_with(&["/nonexistent"]);
}

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
