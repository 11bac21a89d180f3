//! `bundle create --crates`: a workspace that takes a crate from a registry is built where there is no network.

use crate::fixture::{Fake, Outcome, Site, names, usual};
use crate::server::Answer;
use sha2::{Digest, Sha256};
use std::path::Path;
use std::process::Command;

const MANIFEST: &str = "[package]\nname = \"leaf\"\nversion = \"1.2.0\"\nedition = \"2024\"\n";
const PROGRAM: &str = "fn main() { println!(\"{}\", leaf::word()); }\n";

/// The crate as a registry has it.
fn package() -> Vec<u8> {
    let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    let library = "pub fn word() -> &'static str { \"vendored\" }\n";
    for (path, text) in [("Cargo.toml", MANIFEST), ("src/lib.rs", library)] {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, format!("leaf-1.2.0/{path}"), text.as_bytes()).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap()
}

/// A checkout whose program needs a crate of a registry on this machine.
struct Workspace {
    site: Site,
    target: tempfile::TempDir,
}

impl Workspace {
    fn new(fakes: &[&Fake]) -> Self {
        let workspace = Self { site: Site::new(fakes), target: tempfile::tempdir().unwrap() };
        workspace.publish();
        let index = format!("sparse+{}", workspace.site.server.url("/index/"));
        let manifest = "[package]\nname = \"demo\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[dependencies]\nleaf = { version = \"1\", registry = \"here\" }\n";
        for (path, text) in [
            ("Cargo.toml", manifest.to_owned()),
            ("src/main.rs", PROGRAM.to_owned()),
            (".cargo/config.toml", format!("[registries.here]\nindex = \"{index}\"\n")),
        ] {
            write(&workspace.site.checkout().join(path), &text);
        }
        let locked = workspace.cargo(&workspace.site.checkout(), "first", &["generate-lockfile"]);
        locked.succeeds();
        workspace
    }

    fn publish(&self) {
        let (server, package) = (&self.site.server, package());
        let checksum: String = Sha256::digest(&package).iter().map(|byte| format!("{byte:02x}")).collect();
        let config = format!("{{\"dl\":\"{}\"}}", server.url("/crates/{crate}-{version}.crate"));
        let entry = format!(
            "{{\"name\":\"leaf\",\"vers\":\"1.2.0\",\"deps\":[],\"cksum\":\"{checksum}\",\"features\":{{}},\"yanked\":false}}\n"
        );
        server.answer("/index/config.json", Answer::Body(config.into_bytes()));
        server.answer("/index/le/af/leaf", Answer::Body(entry.into_bytes()));
        server.answer("/crates/leaf-1.2.0.crate", Answer::Body(package));
    }

    /// A command that finds cargo, with a home of that name for it, which is empty at first.
    fn with_cargo(&self, mut command: Command, home: &str) -> Command {
        let cargo = std::env::var_os("CARGO").expect("cargo runs the tests");
        let tools = Path::new(&cargo).parent().unwrap().display().to_string();
        command
            .env("PATH", format!("{tools}:/usr/bin:/bin"))
            .env("CARGO", cargo)
            .env("CARGO_HOME", self.site.path(home))
            .env("CARGO_NET_RETRY", "0")
            .env("CARGO_TARGET_DIR", self.target.path());
        command
    }

    fn cargo(&self, checkout: &Path, home: &str, arguments: &[&str]) -> Outcome {
        let mut command = Command::new(std::env::var_os("CARGO").expect("cargo runs the tests"));
        command.args(arguments).current_dir(checkout).env_clear();
        Outcome::of(self.with_cargo(command, home).output().unwrap())
    }

    fn create(&self, home: &str) -> Outcome {
        let bundle = self.site.path("bundle").display().to_string();
        let command = self.site.command(&["bundle", "create", &bundle, "--crates"]);
        Outcome::of(self.with_cargo(command, home).output().unwrap())
    }
}

fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

#[test]
fn a_checkout_below_a_bundle_is_set_up_and_built_without_a_network() {
    let fake = usual("one");
    let workspace = Workspace::new(&[&fake]);
    workspace.create("second").succeeds();
    let bundle = workspace.site.path("bundle");
    assert_eq!(names(&bundle), [".cargo", "SHA256SUMS", "crates", "sha256", "third_party.lock"]);
    assert_eq!(names(&bundle.join("crates")), ["leaf-1.2.0"]);
    let config = std::fs::read_to_string(bundle.join(".cargo/config.toml")).unwrap();
    assert!(config.contains("directory = \"crates\""), "{config}");
    assert!(!config.contains(&workspace.site.path("").display().to_string()), "{config}");

    // Carried to another place with a checkout in it; whoever is asked from here on has nothing to say.
    let carried = workspace.site.path("carried/bundle");
    std::fs::create_dir_all(carried.parent().unwrap()).unwrap();
    std::fs::rename(&bundle, &carried).unwrap();
    let checkout = carried.join("checkout");
    std::fs::rename(workspace.site.checkout(), &checkout).unwrap();
    let asked = workspace.site.server.requests().len();
    let place = carried.display().to_string();
    let mut set_up = workspace.site.command(&["setup", "--offline", "--bundle", &place]);
    set_up.current_dir(&checkout).env("BERING_CACHE", workspace.site.path("other store"));
    Outcome::of(set_up.output().unwrap()).succeeds();
    assert!(checkout.join(".bering/one/readme.txt").is_file());
    workspace.cargo(&checkout, "third", &["build", "--offline", "--locked"]).succeeds();
    assert_eq!(workspace.site.server.requests().len(), asked);
    let program = Command::new(workspace.target.path().join("debug/demo")).output().unwrap();
    assert_eq!(program.stdout, b"vendored\n");
}

#[test]
fn crates_that_cannot_be_had_leave_those_of_before() {
    let workspace = Workspace::new(&[&usual("one")]);
    workspace.create("second").succeeds();
    let bundle = workspace.site.path("bundle");
    // What a run that was killed has left goes with the next.
    write(&bundle.join(".crates.partial/half/Cargo.toml"), "half");
    workspace.site.server.answer("/crates/leaf-1.2.0.crate", Answer::Status(503));
    workspace.create("third").fails_with(&["`cargo vendor` failed", "leaf"]);
    assert!(bundle.join("crates/leaf-1.2.0/src/lib.rs").is_file());
    workspace.publish();
    workspace.create("third").succeeds();
    assert_eq!(names(&bundle), [".cargo", "SHA256SUMS", "crates", "sha256", "third_party.lock"]);
}

#[test]
fn a_lock_of_crates_that_is_stale_is_not_rewritten() {
    let workspace = Workspace::new(&[&usual("one")]);
    let lock = workspace.site.checkout().join("Cargo.lock");
    let text = std::fs::read_to_string(&lock).unwrap();
    let stale = text.replace(" \"leaf\",\n", "");
    assert_ne!(stale, text);
    std::fs::write(&lock, &stale).unwrap();
    workspace.create("second").fails_with(&["`cargo vendor` failed", "--locked"]);
    assert_eq!(std::fs::read_to_string(&lock).unwrap(), stale);
    assert!(!workspace.site.path("bundle/crates").exists());
}
