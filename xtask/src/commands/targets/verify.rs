//! `cargo xtask targets verify NAME`: all that can be known of a target on a machine without its hardware.
//!
//! The files are set up (in a prefix of their own), hashed, laid out and examined as the loader would; the plugin is loaded in
//! a process of its own if it is for this machine; and where the vendor's compiler works from a description of a device,
//! it compiles the program of every operation that the project has.

use anyhow::{Context as _, Result, bail};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::checkout::{self, Checkout};
use crate::commands::doctor::plugin;
use crate::inspect::{self, ENTRY_POINT};
use crate::progress::size;
use crate::setup::{self, Options};
use crate::store::{Store, artifact};
use crate::targets::{self, Described, Machines, RuntimeFile, Selection, Target, closure, symbols};
use crate::{elf, macho, sha256};

/// The StableHLO of each operation, as the frontend's tests keep it.
const PROGRAMS: &str = "crates/frontend/tests/golden";
/// For all programs on one device.
const COMPILE_LIMIT: Duration = Duration::from_secs(1200);

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The target, e.g. `cuda13`
    name: String,
    /// Another host than this machine: its files are examined, and loaded only where cargo has a runner for that host
    #[arg(long, value_name = "TRIPLE")]
    host: Option<String>,
    /// Leave out what only some programs need
    #[arg(long)]
    minimal: bool,
    /// Add what is not set up by default, e.g. `nccl`
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    with: Vec<String>,
    /// Do not compile programs
    #[arg(long)]
    no_compile: bool,
    /// Options of the set-up: a Python package index to ask instead of the configured one
    #[arg(long, value_name = "URL")]
    index_url: Option<String>,
    /// Use only what is in the store
    #[arg(long)]
    offline: bool,
}

pub(super) fn main(arguments: &Arguments) -> Result<ExitCode> {
    let checkout = Checkout::find()?;
    let target = targets::find(&arguments.name)?;
    let here = checkout::host()?;
    let host = arguments.host.as_deref().unwrap_or(here);
    if target.is_cpu() {
        return cpu(&checkout, here, host, arguments);
    }
    let selection = Selection::new(&[target.name.to_owned()], arguments.minimal, &arguments.with)?;
    let store = Store::from_environment()?;
    let options =
        Options { index_url: arguments.index_url.clone(), offline: arguments.offline, ..Options::default() };
    let lock_text = checkout.lock_text()?;
    let lock = checkout::parse_lock(&lock_text)?;
    let prefix = setup::provide(&store, &lock_text, Machines::one(host), &selection, &options)?;
    let root = prefix.join(target.directory());
    let files = targets::files(&store, &lock, host, target, &selection)?;

    let mut report = Report::default();
    hashes(&files, &mut report)?;
    layout(&root, target, &files, &mut report)?;
    libraries(&root, target, &files, host, &mut report)?;
    if host == here || inspect::runs_here(host)? {
        let version = load(&checkout, host, &root, target, &mut report);
        if version && !arguments.no_compile && host == here {
            target
                .devices
                .iter()
                .try_for_each(|device| compile(&checkout, &root, target, device, &mut report))?;
        }
    } else {
        report.note("load", format!("not tried: this machine is `{here}`"));
    }
    Ok(report.conclude(target, host))
}

/// The CPU's libraries on another host: do they have what our plugin, as it was built here, asks XLA for?
fn cpu(checkout: &Checkout, here: &str, host: &str, arguments: &Arguments) -> Result<ExitCode> {
    if host == here {
        bail!("`cpu` is verified by running it\nhint: run `cargo xtask test`");
    }
    let (plugin, _) = plugin::newest(&plugin::target_directory(checkout)).context(
        "the CPU plugin is not built here, so nobody knows what it needs\nhint: run `cargo build`",
    )?;
    let lock = checkout.lock()?;
    let artifact = lock.artifacts.iter().find(|artifact| artifact.name == "xla-cpu" && artifact.host == host);
    let artifact = artifact.with_context(|| format!("the lock has no `xla-cpu` for `{host}`"))?;
    let store = Store::from_environment()?;
    store.prepare()?;
    let options =
        Options { index_url: arguments.index_url.clone(), offline: arguments.offline, ..Options::default() };
    {
        let _guard = store.guard_shared()?;
        if !artifact::is_present(&store, &artifact::key(artifact)) {
            setup::obtain(&store, "setting up", &[artifact], &options, &|fetcher, artifact, task| {
                fetcher.install(artifact, task)
            })?;
        }
    }
    let target = targets::find(targets::CPU)?;
    let files = targets::files(&store, &lock, host, target, &Selection::default())?;
    let (mut ours, mut theirs) = (BTreeSet::new(), BTreeSet::new());
    for name in ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"] {
        ours.extend(elf::exports(&checkout.link().join("xla/lib").join(name))?);
    }
    for file in &files {
        let exports = match file.path.ends_with(".dylib") {
            true => macho::exports(&file.source),
            false => elf::exports(&file.source),
        };
        theirs.extend(exports.with_context(|| format!("`{}`", file.path))?);
    }
    let wanted: BTreeSet<String> =
        elf::imports(&plugin)?.into_iter().filter(|name| ours.contains(name)).collect();
    let (count, gone) = symbols::missing(&wanted, &theirs);
    let mut report = Report::default();
    hashes(&files, &mut report)?;
    match gone.is_empty() {
        true => report
            .good("symbols", format!("all {count} C++ names that our plugin takes from XLA are exported")),
        false => report.problem(
            "symbols",
            format!("{} of {count} names are not exported: {}", gone.len(), gone.join(" ")),
        ),
    }
    report.note("load", format!("not tried: this machine is `{here}`"));
    Ok(report.conclude(target, host))
}

#[derive(Default)]
struct Report {
    problems: usize,
}

impl Report {
    fn good(&mut self, what: &str, detail: String) {
        println!("ok       {what:<10} {detail}");
    }

    fn note(&mut self, what: &str, detail: String) {
        println!("note     {what:<10} {detail}");
    }

    fn problem(&mut self, what: &str, detail: String) {
        self.problems += 1;
        println!("PROBLEM  {what:<10} {detail}");
    }

    fn conclude(self, target: &Target, host: &str) -> ExitCode {
        let plural = if self.problems == 1 { "" } else { "s" };
        println!("{} on {host}: {} problem{plural}; run so far: {}", target.name, self.problems, target.seen);
        if self.problems == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

fn hashes(files: &[RuntimeFile], report: &mut Report) -> Result<()> {
    let mut bad = 0;
    for file in files {
        let (hash, _) = sha256::of_file(&file.source)?;
        if hash != file.sha256 {
            bad += 1;
            report.problem(
                "hash",
                format!("`{}` is not what was unpacked: run `cargo xtask store verify --repair`", file.path),
            );
        }
    }
    if bad == 0 {
        let total = files.iter().map(|file| file.size).sum();
        report.good("hash", format!("{} files, {}, as they were unpacked", files.len(), size(total)));
    }
    Ok(())
}

fn layout(root: &Path, target: &Target, files: &[RuntimeFile], report: &mut Report) -> Result<()> {
    let absent: Vec<&str> =
        files.iter().map(|file| file.path.as_str()).filter(|path| !root.join(path).is_file()).collect();
    match absent.first() {
        None => report.good("layout", format!("every file is at its place below `{}`", target.directory())),
        Some(first) => {
            report.problem("layout", format!("{} files are not there, e.g. `{first}`", absent.len()))
        }
    }
    let exports = elf::exports(&root.join(target.plugin)).context("the plugin cannot be read")?;
    match exports.contains(ENTRY_POINT) {
        true => report.good(
            "symbols",
            format!("the plugin exports `{ENTRY_POINT}` and {} other names", exports.len() - 1),
        ),
        false => report.problem("symbols", format!("`{}` exports no `{ENTRY_POINT}`", target.plugin)),
    }
    Ok(())
}

fn libraries(
    root: &Path,
    target: &Target,
    files: &[RuntimeFile],
    host: &str,
    report: &mut Report,
) -> Result<()> {
    let arch = host.split('-').next().unwrap_or(host);
    let names: Vec<String> = files.iter().map(|file| file.path.clone()).collect();
    let found = closure::examine(root, target, &names, arch)?;
    let machine: Vec<&str> = found.machine.keys().map(String::as_str).collect();
    for problem in &found.problems {
        report.problem("libraries", problem.clone());
    }
    if found.problems.is_empty() {
        let machine = if machine.is_empty() { "nothing".to_owned() } else { machine.join(" ") };
        report.good(
            "libraries",
            format!(
                "{} ELF files find all they need: {} among themselves, from the machine beyond the C and C++ libraries {machine}",
                found.files, found.inside
            ),
        );
    }
    Ok(())
}

/// Whether the plugin loads here.
fn load(checkout: &Checkout, host: &str, root: &Path, target: &Target, report: &mut Report) -> bool {
    match inspect::plugin_version(checkout.root(), host, &root.join(target.plugin)) {
        Ok(version) => {
            report.good("load", format!("the plugin loads, PJRT {version}"));
            true
        }
        // What its machine brings is not here, which is no fault of the files.
        Err(error) if target.system.iter().any(|library| error.to_string().contains(library)) => {
            report.note("load", format!("not possible here: {error}"));
            false
        }
        Err(error) => {
            report.problem("load", format!("{error:#}"));
            false
        }
    }
}

fn compile(
    checkout: &Checkout,
    root: &Path,
    target: &Target,
    device: &Described,
    report: &mut Report,
) -> Result<()> {
    let programs = programs(&checkout.root().join(PROGRAMS))?;
    let description = tempfile::NamedTempFile::new().context("no temporary file can be made")?;
    std::fs::write(description.path(), targets::H100)?;
    let place = description.path().display().to_string();
    let mut arguments = vec![root.join(target.plugin).display().to_string(), device.topology.to_owned()];
    arguments.extend(device.options.iter().map(|option| option.replace("@h100", &format!("@{place}"))));
    arguments.extend(programs.iter().map(|program| program.display().to_string()));
    let started = Instant::now();
    let output = inspect::example(checkout.root(), "compile_for", &arguments, COMPILE_LIMIT)?;
    let text = String::from_utf8_lossy(&output.stdout);
    for line in text.lines().filter(|line| line.starts_with("failed ")) {
        report.problem("compile", format!("for {}: {line}", device.title));
    }
    match text.lines().last().filter(|_| output.status.success()) {
        Some(summary) => report.good(
            "compile",
            format!(
                "for {}, which is not here: {summary} in {:.1} s",
                device.title,
                started.elapsed().as_secs_f64()
            ),
        ),
        None if !text.contains("compiled ") => {
            report.problem(
                "compile",
                format!("for {}: {}", device.title, inspect::first_error(&output.stderr)),
            );
        }
        None => {}
    }
    Ok(())
}

fn programs(directory: &Path) -> Result<Vec<PathBuf>> {
    let entries =
        std::fs::read_dir(directory).with_context(|| format!("`{}` cannot be read", directory.display()))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "mlir"));
    files.sort();
    Ok(files)
}
