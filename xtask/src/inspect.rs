//! What an unpacked artifact needs and offers: the facts that a reviewer of a new version asks for.

use anyhow::{Context as _, Result, bail};
use bering_build::lock::Artifact;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::checkout::{self, Checkout};
use crate::cross::{self, Cross};
use crate::setup::{self, Options};
use crate::store::{Store, artifact, index};
use crate::targets::Selection;
use crate::{build, elf, targets};

/// What every PJRT plugin exports.
pub(crate) const ENTRY_POINT: &str = "GetPjrtApi";

/// The PJRT C API's header declares the version that plugins built from it speak.
const PJRT_HEADER: &str = "xla/pjrt/c/pjrt_c_api.h";

/// Facts about the files of one artifact.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    /// Every library that some ELF file of it asks the loader for, less those that it brings itself.
    pub(crate) needed: BTreeSet<String>,
    /// `MAJOR.MINOR` of the PJRT C API, from a header or from a plugin that loads here.
    pub(crate) pjrt: Option<String>,
    /// Every name that some PJRT plugin of it exports.
    pub(crate) exports: BTreeSet<String>,
    /// The plugin among its files.
    pub(crate) plugin: Option<PathBuf>,
    /// The unpacked bytes.
    pub(crate) unpacked: u64,
}

/// The facts about an artifact, if it is in the store.
pub(crate) fn facts(store: &Store, artifact: &Artifact) -> Result<Option<Facts>> {
    let key = artifact::key(artifact);
    if !artifact::is_present(store, &key) {
        return Ok(None);
    }
    let directory = store.artifact(&key);
    let mut facts = Facts::default();
    let mut own = BTreeSet::new();
    for entry in index::read(&directory)? {
        let path = directory.join(artifact::TREE).join(&entry.path);
        facts.unpacked += entry.size;
        own.extend(path.file_name().map(|name| name.to_string_lossy().into_owned()));
        let read = || format!("`{}` cannot be read", path.display());
        if let Some(dynamic) = elf::dynamic(&path).with_context(read)? {
            facts.needed.extend(dynamic.needed);
            if entry.path.starts_with(targets::PLUGINS) {
                let exports = elf::exports(&path).with_context(read)?;
                if exports.contains(ENTRY_POINT) {
                    facts.exports = exports;
                    facts.plugin = Some(path.clone());
                }
            }
        }
        if entry.path.ends_with(PJRT_HEADER) {
            let text = std::fs::read_to_string(&path).with_context(|| format!("`{}`", path.display()))?;
            facts.pjrt = pjrt_version(&text);
        }
    }
    facts.needed.retain(|name| !own.contains(name));
    Ok(Some(facts))
}

/// Loading a plugin takes a few seconds at most; what takes longer waits for hardware or a network that is not there.
const LOAD_LIMIT: Duration = Duration::from_secs(60);
/// An emulator takes minutes to relocate hundreds of megabytes.
const EMULATED_LOAD_LIMIT: Duration = Duration::from_secs(900);

/// Asks a plugin for `host` for its version: loads it in a process of its own, as xtask neither knows PJRT nor loads libraries.
///
/// # Errors
/// If it does not load here, the checkout's runtime cannot be built, or nothing here runs programs of that machine.
pub(crate) fn plugin_version(root: &Path, host: &str, plugin: &Path) -> Result<String> {
    let arguments = ["--no-client".to_owned(), plugin.display().to_string()];
    let limit = if host == checkout::host()? { LOAD_LIMIT } else { EMULATED_LOAD_LIMIT };
    let output = run_example(root, host, "plugin_info", &arguments, limit)?;
    match String::from_utf8_lossy(&output.stdout).lines().find_map(|line| line.strip_prefix("pjrt=")) {
        Some(version) if output.status.success() => Ok(version.trim().to_owned()),
        _ => bail!("{}", first_error(&output.stderr)),
    }
}

/// Runs an example of the runtime on this machine.
pub(crate) fn example(root: &Path, name: &str, arguments: &[String], limit: Duration) -> Result<Output> {
    run_example(root, checkout::host()?, name, arguments, limit)
}

/// Runs an example of the runtime, which is built first: the limit is for the run alone.
fn run_example(root: &Path, host: &str, name: &str, arguments: &[String], limit: Duration) -> Result<Output> {
    let example = ["--quiet", "--package", "bering-runtime", "--example", name];
    let mut cargo = crate::cargo::command(root);
    cargo.arg("build").args(example).args(["--message-format", "json-render-diagnostics"]);
    let mut runner = None;
    if let Some(cross) = foreign(host)? {
        let checkout = Checkout::at(root.to_path_buf());
        // The checkout's own set-up is the user's concern, that for another machine comes with the wish for it.
        let store = Store::from_environment()?;
        setup::run_for(&checkout, &store, host, &Selection::default(), &Options::default())?;
        cargo.args(["--target", host]).envs(cross.environment(&checkout.link_for(host)));
        runner = std::env::var(cross.variable("RUNNER")).ok();
    }
    let built = cargo.output().context("cargo cannot be run")?;
    if !built.status.success() {
        bail!("`{name}` cannot be built: {}", first_error(&built.stderr));
    }
    // Not by `cargo run`, which waits as long as another cargo builds here.
    let program = build::collect(&String::from_utf8_lossy(&built.stdout), name)?.binary;
    let words = runner.iter().flat_map(|runner| runner.split_whitespace()).map(OsString::from);
    let mut words = words.chain([program.into_os_string()]);
    let mut command = Command::new(words.next().unwrap_or_default());
    command.args(words).args(arguments).current_dir(root);
    // libtpu asks the cloud's metadata server otherwise, for minutes where there is none, and complains of what it misses.
    command.envs([
        ("TPU_SKIP_MDS_QUERY", "1"),
        ("TPU_WORKER_HOSTNAMES", "localhost"),
        ("TPU_ACCELERATOR_TYPE", "v5litepod-4"),
    ]);
    limited(command, limit)
}

/// Whether programs of a machine run on this one: it is this one, or cargo has a runner for it.
pub(crate) fn runs_here(host: &str) -> Result<bool> {
    let here = checkout::host()?;
    Ok(host == here
        || cross::find(here, host)
            .ok()
            .flatten()
            .is_some_and(|cross| std::env::var_os(cross.variable("RUNNER")).is_some()))
}

/// How to build for another machine whose programs run here; `None` if it is this machine.
fn foreign(host: &str) -> Result<Option<&'static Cross>> {
    let Some(cross) = cross::find(checkout::host()?, host)? else { return Ok(None) };
    if !runs_here(host)? {
        bail!(
            "it is for `{host}`, and `{}` names nothing that runs its programs here",
            cross.variable("RUNNER")
        );
    }
    cross.check()?;
    Ok(Some(cross))
}

pub(crate) fn first_error(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    text.lines().find(|line| line.starts_with("error")).unwrap_or("it ended without a message").to_owned()
}

/// Runs a command to its end, or ends it.
fn limited(mut command: Command, limit: Duration) -> Result<Output> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    // A pipe holds little, so both are read while the child runs.
    let stdout = child.stdout.take().map(read_all);
    let stderr = child.stderr.take().map(read_all);
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if started.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            bail!("it did not end within {} s", limit.as_secs());
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let bytes = |reader: Option<JoinHandle<Vec<u8>>>| {
        reader.and_then(|reader| reader.join().ok()).unwrap_or_default()
    };
    Ok(Output { status, stdout: bytes(stdout), stderr: bytes(stderr) })
}

fn read_all(mut pipe: impl std::io::Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // What arrived before an error is what there is.
        let _ = pipe.read_to_end(&mut bytes);
        bytes
    })
}

fn pjrt_version(header: &str) -> Option<String> {
    let number = |name: &str| {
        header.lines().find_map(|line| {
            let mut words = line.split_whitespace();
            (words.next() == Some("#define") && words.next() == Some(name))
                .then(|| words.next()?.parse::<u32>().ok())?
        })
    };
    Some(format!("{}.{}", number("PJRT_API_MAJOR")?, number("PJRT_API_MINOR")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_stands_in_the_header() {
        let header =
            "// PJRT_API_MINOR 3\n#define PJRT_API_MAJOR 0\n#define  PJRT_API_MINOR 115  // see above\n";
        assert_eq!(pjrt_version(header).as_deref(), Some("0.115"));
        assert_eq!(pjrt_version("#define PJRT_API_MAJOR 0\n"), None);
    }
}
