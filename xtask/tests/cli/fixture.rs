//! Small fake artifacts, a lock for them, a checkout, and running `xtask` in it.

use sha2::{Digest, Sha256};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::server::{Answer, Server};

/// A file that a registry has.
#[derive(Clone)]
pub(crate) struct Fake {
    pub(crate) name: &'static str,
    pub(crate) purl: String,
    pub(crate) file: String,
    pub(crate) bytes: Vec<u8>,
    /// The lock's unpack rule: glob, strip, to.
    pub(crate) rule: [&'static str; 3],
}

/// Bytes that do not compress, so that a download has a length to break off in.
pub(crate) fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    (0..length).map(|_| next()).collect()
}

/// A wheel with the given members.
pub(crate) fn wheel(name: &'static str, members: &[(&str, &[u8])]) -> Fake {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (member, content) in members {
        zip.start_file(*member, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    wheel_of(name, zip.finish().unwrap().into_inner())
}

/// A wheel with the given bytes, good or bad.
pub(crate) fn wheel_of(name: &'static str, bytes: Vec<u8>) -> Fake {
    Fake {
        name,
        purl: format!("pkg:pypi/{name}@1.0"),
        file: format!("{name}-1.0-py3-none-any.whl"),
        bytes,
        rule: ["data/**", "data/", ""],
    }
}

/// The usual wheel: a text, a large file and something that nobody asked for.
pub(crate) fn usual(name: &'static str) -> Fake {
    let text = format!("{name}\n");
    let (readme, blob) = (format!("data/{name}/readme.txt"), format!("data/{name}/blob.bin"));
    wheel(name, &[(&readme, text.as_bytes()), (&blob, &noise(200_000)), ("other/unwanted.txt", b"no")])
}

/// A Debian package whose data archive holds the given members.
pub(crate) fn deb(name: &'static str, members: &[(&str, &[u8])]) -> Fake {
    let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    for (member, content) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, member, *content).unwrap();
    }
    deb_of(name, tar.into_inner().unwrap().finish().unwrap())
}

/// A Debian package around a gzip-compressed tar.
pub(crate) fn deb_of(name: &'static str, data: Vec<u8>) -> Fake {
    let mut archive = ar::Builder::new(Vec::new());
    for (member, bytes) in [("debian-binary", &b"2.0\n"[..]), ("control.tar.gz", b""), ("data.tar.gz", &data)]
    {
        archive.append(&ar::Header::new(member.into(), bytes.len() as u64), bytes).unwrap();
    }
    Fake {
        name,
        purl: format!("pkg:deb/debian/{name}@2.0-1?arch=amd64&upstream=demo"),
        file: format!("{name}_2.0-1_amd64.deb"),
        bytes: archive.into_inner().unwrap(),
        rule: ["usr/lib/**", "usr/lib/", "lib/"],
    }
}

impl Fake {
    pub(crate) fn sha256(&self) -> String {
        Sha256::digest(&self.bytes).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Where the server has it.
    pub(crate) fn path(&self) -> String {
        if self.purl.starts_with("pkg:deb") {
            format!("/debian/pool/main/d/demo/{}", self.file)
        } else {
            format!("/files/{}", self.file)
        }
    }

    pub(crate) fn entry(&self) -> String {
        let [glob, strip, to] = self.rule;
        format!(
            "\n[[artifact]]\nname = \"{}\"\nhost = \"any\"\npurl = \"{}\"\nfile = \"{}\"\nsize = {}\nsha256 = \"{}\"\n\
             license = \"MIT\"\nchecked = \"locked\"\n[[artifact.unpack]]\nglob = \"{glob}\"\nstrip = \"{strip}\"\nto = \"{to}\"\n",
            self.name,
            self.purl,
            self.file,
            self.bytes.len(),
            self.sha256()
        )
    }
}

/// The text of a lock with these artifacts; they come in the order of their names.
pub(crate) fn lock_text(fakes: &[&Fake]) -> String {
    let mut sorted = fakes.to_vec();
    sorted.sort_by_key(|fake| fake.name);
    let head = "# Every prebuilt artifact by identity and hash. Written by `cargo xtask lock`; do not edit by hand.\nversion = 1\n";
    sorted.iter().fold(head.to_string(), |text, fake| text + &fake.entry())
}

/// A checkout with a lock, a store of its own and a registry on this machine.
pub(crate) struct Site {
    directory: tempfile::TempDir,
    pub(crate) server: Server,
}

/// What a run of `xtask` gave.
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) text: String,
}

/// In memory where there is such a place: the store flushes what it writes, and a busy disk makes that take minutes.
fn directory() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

impl Site {
    /// A site whose registry has the artifacts and whose lock asks for them.
    pub(crate) fn new(fakes: &[&Fake]) -> Self {
        let site = Self { directory: directory(), server: Server::start() };
        std::fs::create_dir_all(site.checkout()).unwrap();
        std::fs::create_dir_all(site.path("home")).unwrap();
        site.lock(&lock_text(fakes));
        for fake in fakes {
            site.publish(fake);
            site.server.answer(&fake.path(), Answer::Body(fake.bytes.clone()));
        }
        site
    }

    /// Puts a wheel on the index (a Debian pool needs no index).
    pub(crate) fn publish(&self, fake: &Fake) {
        if fake.purl.starts_with("pkg:pypi") {
            let page = format!(
                r#"{{"meta":{{"api-version":"1.1"}},"name":"{}","files":[{{"filename":"{}","url":"{}","hashes":{{"sha256":"{}"}},"size":{}}}]}}"#,
                fake.name,
                fake.file,
                self.server.url(&fake.path()),
                fake.sha256(),
                fake.bytes.len()
            );
            self.server.answer(&format!("/simple/{}/", fake.name), Answer::Body(page.into_bytes()));
        }
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.directory.path().join(relative)
    }

    pub(crate) fn checkout(&self) -> PathBuf {
        self.path("checkout")
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.path("store")
    }

    pub(crate) fn lock(&self, text: &str) {
        std::fs::write(self.checkout().join("third_party.lock"), text).unwrap();
    }

    /// `xtask` with this site's store and registries and nothing else of the environment.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command.args(arguments);
        self.prepare(&mut command);
        command
    }

    /// The same through a shell, e.g. to set limits first; `xtask` is `$0`.
    pub(crate) fn shell(&self, script: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script, env!("CARGO_BIN_EXE_xtask")]);
        self.prepare(&mut command);
        command
    }

    fn prepare(&self, command: &mut Command) {
        command
            .current_dir(self.checkout())
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", self.path("home"))
            .env("BERING_CACHE", self.store())
            .env("BERING_INDEX_URL", self.server.url("/simple"))
            .env("BERING_DEBIAN_URL", self.server.url("/debian"))
            // Long enough for a busy machine; tests of stalls set their own.
            .env("BERING_STALL_TIMEOUT", "60")
            .stdin(Stdio::null());
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Outcome {
        Outcome::of(self.command(arguments).output().unwrap())
    }

    /// Like `run`, with further variables.
    pub(crate) fn run_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Outcome {
        Outcome::of(self.command(arguments).envs(variables.iter().copied()).output().unwrap())
    }

    /// What `.bering` shows, or `None` if it is not there.
    pub(crate) fn laid(&self, path: &str) -> Option<Vec<u8>> {
        std::fs::read(self.checkout().join(".bering").join(path)).ok()
    }

    /// The store has no half-written thing: what is in a bucket is whole, and nobody set up a prefix.
    pub(crate) fn assert_nothing_was_set_up(&self) {
        assert!(!self.checkout().join(".bering").exists(), "a prefix was linked");
        for bucket in ["artifacts-v1", "prefixes-v1"] {
            assert_eq!(names(&self.store().join(bucket)), Vec::<String>::new(), "in {bucket}");
        }
    }

    /// Every check that `xtask` has finds the store good, and the checkout works.
    pub(crate) fn assert_store_is_whole(&self) {
        self.run(&["store", "verify"]).succeeds();
        for fake in names(&self.store().join("downloads-v1/sha256")) {
            let bytes = std::fs::read(self.store().join("downloads-v1/sha256").join(&fake)).unwrap();
            let hash: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(hash, fake, "a download under a wrong name");
        }
    }
}

/// The names in a directory; none if it is not there.
pub(crate) fn names(directory: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(directory) else { return Vec::new() };
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

impl Outcome {
    pub(crate) fn of(output: Output) -> Self {
        let text =
            [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        Self { code: output.status.code(), text }
    }

    #[track_caller]
    pub(crate) fn succeeds(self) -> String {
        assert_eq!(self.code, Some(0), "{}", self.text);
        self.text
    }

    /// Fails as a program does that knows what is wrong: exit code 1 and a message with these parts, no panic.
    #[track_caller]
    pub(crate) fn fails_with(self, parts: &[&str]) -> String {
        assert_eq!(self.code, Some(1), "{}", self.text);
        assert!(self.text.contains("error: ") && !self.text.contains("panicked"), "{}", self.text);
        for part in parts {
            assert!(self.text.contains(part), "`{part}` is not in:\n{}", self.text);
        }
        self.text
    }
}
