//! The crates that a binary is made of, from what cargo built and what `cargo metadata` says about it.

use crate::cargo;
use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// The crates of one build, by cargo's package id, the binary's own among them.
#[derive(Debug, Default)]
pub(crate) struct Crates {
    pub(crate) root: String,
    pub(crate) all: BTreeMap<String, Crate>,
}

#[derive(Debug)]
pub(crate) struct Crate {
    pub(crate) name: String,
    pub(crate) version: String,
    /// An SPDX expression, as far as the crate gives one.
    pub(crate) license: Option<String>,
    /// The hash of its archive, if it came from a registry.
    pub(crate) checksum: Option<String>,
    /// Its code is in the binary; otherwise it only helped to build.
    pub(crate) linked: bool,
    /// It is part of this project.
    pub(crate) own: bool,
    pub(crate) directory: PathBuf,
    pub(crate) license_file: Option<PathBuf>,
    pub(crate) repository: Option<String>,
    pub(crate) dependencies: BTreeSet<String>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    license: Option<String>,
    license_file: Option<PathBuf>,
    repository: Option<String>,
    source: Option<String>,
    manifest_path: PathBuf,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    kind: Vec<String>,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<Kind>,
}

#[derive(Deserialize)]
struct Kind {
    kind: Option<String>,
}

/// The crates of `package` among those that were `built`.
pub(crate) fn collect(
    root: &Path,
    package: &str,
    host: &str,
    features: &[&str],
    built: &BTreeSet<String>,
) -> Result<Crates> {
    let mut command = cargo::command(root);
    command.args(["metadata", "--format-version", "1", "--locked", "--filter-platform", host]);
    command.args(features.iter().map(|feature| format!("--features={package}/{feature}")));
    let output = command.stderr(Stdio::inherit()).output().context("cargo cannot be run")?;
    if !output.status.success() {
        bail!("`cargo metadata` failed");
    }
    let metadata: Metadata =
        serde_json::from_slice(&output.stdout).context("`cargo metadata` gave no JSON")?;
    let lock = std::fs::read_to_string(root.join("Cargo.lock")).context("`Cargo.lock` cannot be read")?;
    assemble(metadata, &checksums(&lock)?, package, built)
}

#[derive(Deserialize)]
struct CargoLock {
    #[serde(default)]
    package: Vec<LockedPackage>,
}

#[derive(Deserialize)]
struct LockedPackage {
    name: String,
    version: String,
    checksum: Option<String>,
}

/// The hashes of `Cargo.lock`, by name and version.
fn checksums(lock: &str) -> Result<BTreeMap<(String, String), String>> {
    let lock: CargoLock = toml::from_str(lock).context("`Cargo.lock` is malformed")?;
    let known = lock.package.into_iter().filter_map(|p| Some(((p.name, p.version), p.checksum?))).collect();
    Ok(known)
}

fn assemble(
    metadata: Metadata,
    checksums: &BTreeMap<(String, String), String>,
    package: &str,
    built: &BTreeSet<String>,
) -> Result<Crates> {
    let own = |candidate: &&Package| candidate.name == package && candidate.source.is_none();
    let root = metadata.packages.iter().find(own);
    let root = root.with_context(|| format!("`{package}` is no package of this workspace"))?.id.clone();
    let macros: BTreeSet<&str> = metadata
        .packages
        .iter()
        .filter(|package| package.targets.iter().any(|target| target.kind.iter().any(|k| k == "proc-macro")))
        .map(|package| package.id.as_str())
        .collect();
    let edges = edges(&metadata.resolve, built);
    let linked = reach(&root, |id| {
        let normal = edges.get(id).into_iter().flatten().filter(|(_, normal)| *normal);
        normal.map(|(id, _)| *id).filter(|id| !macros.contains(id)).collect()
    });
    let involved = reach(&root, |id| edges.get(id).into_iter().flatten().map(|(id, _)| *id).collect());
    let mut all = BTreeMap::new();
    for package in metadata.packages.iter().filter(|package| involved.contains(package.id.as_str())) {
        let of = edges.get(package.id.as_str()).into_iter().flatten();
        let directory = package.manifest_path.parent().unwrap_or(Path::new("")).to_path_buf();
        let found = Crate {
            name: package.name.clone(),
            version: package.version.clone(),
            // The old way to write a choice.
            license: package.license.as_ref().map(|text| text.replace('/', " OR ")),
            checksum: checksums.get(&(package.name.clone(), package.version.clone())).cloned(),
            linked: linked.contains(package.id.as_str()),
            own: package.source.is_none(),
            license_file: package.license_file.as_ref().map(|file| directory.join(file)),
            directory,
            repository: package.repository.clone(),
            dependencies: of.map(|(id, _)| (*id).to_owned()).collect(),
        };
        all.insert(package.id.clone(), found);
    }
    Ok(Crates { root, all })
}

/// Who depends on whom among the packages that were built; `true` if not only for building or testing.
fn edges<'a>(resolve: &'a Resolve, built: &BTreeSet<String>) -> BTreeMap<&'a str, Vec<(&'a str, bool)>> {
    let of = |node: &'a Node| {
        let took_part = |dependency: &&Dependency| built.contains(&dependency.pkg);
        let is = |dependency: &Dependency, kind: Option<&str>| {
            dependency.dep_kinds.iter().any(|found| found.kind.as_deref() == kind)
        };
        let kept = node.deps.iter().filter(took_part).filter(|d| is(d, None) || is(d, Some("build")));
        kept.map(|dependency| (dependency.pkg.as_str(), is(dependency, None))).collect()
    };
    resolve.nodes.iter().map(|node| (node.id.as_str(), of(node))).collect()
}

/// Everything that can be reached from `start`, itself included.
fn reach<'a>(start: &'a str, next: impl Fn(&str) -> Vec<&'a str>) -> BTreeSet<&'a str> {
    let mut seen = BTreeSet::from([start]);
    let mut due = vec![start];
    while let Some(id) = due.pop() {
        due.extend(next(id).into_iter().filter(|id| seen.insert(id)));
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, kind: &str) -> Package {
        Package {
            id: name.to_owned(),
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            license: Some("MIT/Apache-2.0".to_owned()),
            license_file: None,
            repository: None,
            source: (name != "demo").then(|| "registry".to_owned()),
            manifest_path: PathBuf::from(format!("/src/{name}/Cargo.toml")),
            targets: vec![Target { kind: vec![kind.to_owned()] }],
        }
    }

    fn node(id: &str, deps: &[(&str, Option<&str>)]) -> Node {
        let dependency = |(pkg, kind): &(&str, Option<&str>)| Dependency {
            pkg: (*pkg).to_owned(),
            dep_kinds: vec![Kind { kind: kind.map(str::to_owned) }],
        };
        Node { id: id.to_owned(), deps: deps.iter().map(dependency).collect() }
    }

    #[test]
    fn only_what_ends_in_the_binary_is_linked() {
        let packages = ["demo", "used", "tool", "macro", "parser", "tested", "optional"];
        let kind = |name: &str| if name == "macro" { "proc-macro" } else { "lib" };
        let metadata = Metadata {
            packages: packages.iter().map(|name| package(name, kind(name))).collect(),
            resolve: Resolve {
                nodes: vec![
                    node(
                        "demo",
                        &[("used", None), ("tool", Some("build")), ("macro", None), ("tested", Some("dev"))],
                    ),
                    node("macro", &[("parser", None)]),
                    node("used", &[("optional", None)]),
                ],
            },
        };
        let built = packages.iter().filter(|name| **name != "optional").map(|name| (*name).to_owned());
        let sums =
            checksums("[[package]]\nname = \"used\"\nversion = \"1.0.0\"\nchecksum = \"abc\"\n").unwrap();
        let crates = assemble(metadata, &sums, "demo", &built.collect()).unwrap();
        let linked: Vec<_> = crates.all.values().filter(|c| c.linked).map(|c| c.name.as_str()).collect();
        let helped: Vec<_> = crates.all.values().filter(|c| !c.linked).map(|c| c.name.as_str()).collect();
        assert_eq!(linked, ["demo", "used"]);
        assert_eq!(helped, ["macro", "parser", "tool"]);
        assert_eq!(crates.all["used"].checksum.as_deref(), Some("abc"));
        assert_eq!(crates.all["used"].license.as_deref(), Some("MIT OR Apache-2.0"));
        assert!(crates.all["demo"].own && !crates.all["used"].own);
    }
}
