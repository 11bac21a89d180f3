//! Hardware targets: what one is, and which artifacts it adds to what every build needs.
//!
//! A target is a name (`cuda13`) for a PJRT plugin and the vendor's libraries beside it. Its components are locked like
//! all others; what makes them a target's is this module's [`table`]. A component that no target lists belongs to every build.
//!
//! Everything of a target lies below one directory, `plugins/<target>/` of the prefix, in the layout of the vendors' own
//! packages, because plugins look for their libraries relative to themselves. A distribution copies that directory to
//! `lib/<target>/` beside its binary; the runtime searches both places. The CPU target is the exception: its plugin is
//! built, and loads the XLA libraries of `xla/lib/`.

pub(crate) mod closure;
pub(crate) mod selection;
pub(crate) mod symbols;
mod table;

pub(crate) use selection::Selection;
pub(crate) use table::{ABSENT, H100, TARGETS};

use crate::recipe;
use crate::store::{Store, artifact, index};
use anyhow::{Context as _, Result, bail};
use bering_build::lock::{Artifact, Lock};
use std::path::PathBuf;

/// Where the prefix shows the files of targets.
pub(crate) const PLUGINS: &str = "plugins";

/// One kind of hardware that programs can be run on.
#[derive(Debug)]
pub(crate) struct Target {
    /// What `--target`, the cargo feature and the directory are called.
    pub(crate) name: &'static str,
    /// For people.
    pub(crate) title: &'static str,
    /// The plugin's path below [`Target::directory`]. The CPU's is made by cargo, so it is in no prefix.
    pub(crate) plugin: &'static str,
    /// What it adds to the components of every build.
    pub(crate) parts: &'static [Part],
    /// What the machine must have besides, for people.
    pub(crate) machine: &'static [&'static str],
    /// Libraries that come with the machine (driver, system ROCm), beside those of every C++ program.
    pub(crate) system: &'static [&'static str],
    /// Devices that its plugin compiles for where there are none: names for people, and of topologies.
    pub(crate) devices: &'static [Described],
    /// Where it has been run, or that it has not.
    pub(crate) seen: &'static str,
}

/// A device by description.
#[derive(Debug)]
pub(crate) struct Described {
    pub(crate) title: &'static str,
    /// The name of the topology.
    pub(crate) topology: &'static str,
    /// Its options; `@h100` stands for the file with that description.
    pub(crate) options: &'static [&'static str],
}

/// A component of a target.
#[derive(Debug)]
pub(crate) struct Part {
    /// Its name in the lock.
    pub(crate) component: &'static str,
    pub(crate) share: Share,
}

/// When a component of a target is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Share {
    /// Always: without it nothing runs.
    Core,
    /// Unless `--minimal`.
    Usual,
    /// Only with `--with NAME`.
    Extra(&'static str),
}

/// A target that people ask for and that has no artifacts here.
#[derive(Debug)]
pub(crate) struct Absent {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) why: &'static str,
}

impl Target {
    /// Where its files lie in a prefix.
    pub(crate) fn directory(&self) -> String {
        format!("{PLUGINS}/{}", self.name)
    }

    pub(crate) fn is_cpu(&self) -> bool {
        self.name == CPU
    }
}

/// The target that every build has.
pub(crate) const CPU: &str = "cpu";

/// The target of that name.
///
/// # Errors
/// If there is none; the message says why, where that is known.
pub(crate) fn find(name: &str) -> Result<&'static Target> {
    if let Some(target) = TARGETS.iter().find(|target| target.name == name) {
        return Ok(target);
    }
    if let Some(absent) = ABSENT.iter().find(|absent| absent.name == name) {
        bail!("target `{name}` ({}) is not there: {}", absent.title, absent.why);
    }
    let known: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
    bail!("no target is called `{name}`; there are: {}", known.join(", "))
}

/// The target that a component belongs to, with its part; `None` for what every build needs.
pub(crate) fn owner(component: &str) -> Option<(&'static Target, &'static Part)> {
    TARGETS.iter().find_map(|target| {
        target.parts.iter().find(|part| part.component == component).map(|part| (target, part))
    })
}

/// The machines of a build: tools run on one, what they make runs on the other. Most often they are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Machines<'a> {
    /// The triple of the machine that builds.
    pub(crate) here: &'a str,
    /// The triple of the machine that it builds for.
    pub(crate) host: &'a str,
}

impl<'a> Machines<'a> {
    pub(crate) fn one(host: &'a str) -> Self {
        Self { here: host, host }
    }

    /// The machine whose artifact of a component is wanted.
    pub(crate) fn of(self, component: &str) -> &'a str {
        if recipe::is_tool(component) { self.here } else { self.host }
    }
}

/// The artifacts that a selection needs for a build: those of every build, and those of its targets.
///
/// # Errors
/// If the lock has none for a machine, or a target of the selection has none for the one that is built for.
pub(crate) fn artifacts<'a>(
    lock: &'a Lock,
    machines: Machines<'_>,
    selection: &Selection,
) -> Result<Vec<&'a Artifact>> {
    let hosts = lock.hosts();
    for machine in [machines.here, machines.host] {
        if !hosts.is_empty() && !hosts.contains(&machine) {
            bail!("no artifacts for `{machine}`; {} has: {}", bering_build::LOCK_FILE, hosts.join(", "));
        }
    }
    for target in selection.targets() {
        require(lock, machines.host, target)?;
    }
    let wanted = |artifact: &&Artifact| {
        let machine = machines.of(&artifact.name);
        [machine, bering_build::lock::ANY_HOST].contains(&artifact.host.as_str())
            && selection.includes(&artifact.name)
    };
    Ok(lock.artifacts.iter().filter(wanted).collect())
}

/// An error unless the lock has all core parts of a target for a host.
fn require(lock: &Lock, host: &str, target: &Target) -> Result<()> {
    for part in target.parts.iter().filter(|part| part.share == Share::Core) {
        let known: Vec<&Artifact> =
            lock.artifacts.iter().filter(|artifact| artifact.name == part.component).collect();
        if known.iter().any(|artifact| [host, bering_build::lock::ANY_HOST].contains(&artifact.host.as_str()))
        {
            continue;
        }
        let hosts: Vec<_> = known.iter().map(|artifact| artifact.host.as_str()).collect();
        bail!(
            "target `{}` needs `{}`, and {} has it for {}, not for `{host}`",
            target.name,
            part.component,
            bering_build::LOCK_FILE,
            if hosts.is_empty() { "no host".to_owned() } else { hosts.join(", ") }
        );
    }
    Ok(())
}

/// The artifacts of one target alone on a host, as the selection wants it.
pub(crate) fn of<'a>(
    lock: &'a Lock,
    host: &'a str,
    target: &'static Target,
    selection: &'a Selection,
) -> impl Iterator<Item = &'a Artifact> {
    lock.for_host(host).filter(move |artifact| {
        owner(&artifact.name).is_some_and(|(owner, _)| owner.name == target.name)
            && selection.includes(&artifact.name)
    })
}

/// A file that runs with a program: part of a plugin, of a library that it loads, or of their licences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RuntimeFile {
    /// Its path below the target's directory, which a distribution must keep.
    pub(crate) path: String,
    /// Where its bytes are.
    pub(crate) source: PathBuf,
    pub(crate) executable: bool,
    pub(crate) size: u64,
    pub(crate) sha256: bering_build::lock::Sha256,
    /// The component that it comes from.
    pub(crate) component: String,
}

/// Every file that a program for the target needs at run time, by path. The artifacts must be in the store.
///
/// For the CPU these are the two XLA libraries, which belong beside the plugin that cargo builds.
///
/// # Errors
/// If an artifact is not in the store.
pub(crate) fn files(
    store: &Store,
    lock: &Lock,
    host: &str,
    target: &'static Target,
    selection: &Selection,
) -> Result<Vec<RuntimeFile>> {
    let (below, artifacts): (String, Vec<&Artifact>) = if target.is_cpu() {
        ("xla/lib/".into(), lock.for_host(host).filter(|artifact| artifact.name == "xla-cpu").collect())
    } else {
        (format!("{}/", target.directory()), of(lock, host, target, selection).collect())
    };
    let mut files = Vec::new();
    for artifact in artifacts {
        let directory = store.artifact(&artifact::key(artifact));
        let entries = index::read(&directory).with_context(|| {
            format!("`{}` is not in the store\nhint: run `cargo xtask setup`", artifact.purl)
        })?;
        for entry in entries {
            let Some(path) = entry.path.strip_prefix(&below) else { continue };
            files.push(RuntimeFile {
                path: path.to_owned(),
                source: directory.join(artifact::TREE).join(&entry.path),
                executable: entry.executable,
                size: entry.size,
                sha256: entry.sha256,
                component: artifact.name.clone(),
            });
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_has_a_recipe_and_one_owner() {
        let mut seen = Vec::new();
        for target in TARGETS {
            for part in target.parts {
                let recipe = recipe::find(part.component).unwrap_or_else(|| panic!("{}", part.component));
                assert!(!seen.contains(&part.component), "{} is in two targets", part.component);
                seen.push(part.component);
                let inside = format!("{}/", target.directory());
                for host in recipe.hosts() {
                    for rule in recipe.unpack("1", host).unwrap() {
                        assert!(rule.to.starts_with(&inside), "{} is laid at `{}`", part.component, rule.to);
                    }
                }
            }
        }
        let free = recipe::names().into_iter().filter(|name| owner(name).is_none());
        assert!(free.eq(["cmake", "libclang", "llvm", "minilm", "mlir", "ninja", "xla-cpu"]));
    }

    #[test]
    fn a_build_for_another_machine_takes_its_libraries_and_our_tools() {
        let (here, host) = ("x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu");
        let entry = |name: &str, host: &str| {
            format!(
                "[[artifact]]\nname = \"{name}\"\nhost = \"{host}\"\npurl = \"pkg:pypi/{name}@1\"\nfile = \"f.whl\"\nsize = 1\n\
                 sha256 = \"{}\"\nlicense = \"MIT\"\nchecked = \"locked\"\n\
                 [[artifact.unpack]]\nglob = \"**\"\nstrip = \"\"\nto = \"{name}/\"\n",
                "a".repeat(64)
            )
        };
        let both = |name| entry(name, host) + &entry(name, here);
        let text = format!("version = 1\n{}{}{}", both("cmake"), entry("minilm", "any"), both("mlir"));
        let lock = Lock::parse(&text).unwrap();
        let taken = |machines| {
            let artifacts = artifacts(&lock, machines, &Selection::default()).unwrap();
            artifacts.iter().map(|a| (a.name.as_str(), a.host.as_str())).collect::<Vec<_>>()
        };
        assert_eq!(taken(Machines { here, host }), [("cmake", here), ("minilm", "any"), ("mlir", host)]);
        assert_eq!(taken(Machines::one(host)), [("cmake", host), ("minilm", "any"), ("mlir", host)]);
    }

    #[test]
    fn unknown_targets_say_what_there_is_or_why_not() {
        assert_eq!(find("cuda13").unwrap().name, "cuda13");
        let error = find("cuda14").unwrap_err().to_string();
        assert_eq!(error, "no target is called `cuda14`; there are: cpu, cuda12, cuda13, rocm7, tpu");
        assert!(
            find("metal").unwrap_err().to_string().starts_with("target `metal` (Apple GPUs) is not there: ")
        );
    }
}
