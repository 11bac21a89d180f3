//! Calling cargo as the user would: without what the outer `cargo run` put into the environment.

use crate::store::prefix::Manifest;
use crate::targets;
use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A cargo command in the checkout's root.
///
/// The outer cargo exports `.cargo/config.toml`'s `[env]` and its own `CARGO_*`. The inner one sets them again where they are
/// due; inherited, they would make builds here and builds from the shell differ, and each rebuild the other's work.
pub(crate) fn command(root: &Path) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.current_dir(root);
    clean_environment(&mut command, root);
    command
}

/// Takes away what the outer cargo added.
pub(crate) fn clean_environment(command: &mut Command, root: &Path) {
    let link = root.join(bering_build::PREFIX_LINK);
    for (name, value) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let of_package = text.starts_with("CARGO_PKG_")
            || text.starts_with("CARGO_MANIFEST_")
            || text.starts_with("CARGO_BIN_");
        if of_package || Path::new(&value).starts_with(&link) {
            command.env_remove(&name);
        }
    }
}

#[derive(Deserialize)]
struct Metadata {
    target_directory: PathBuf,
    /// Where intermediate files are, if elsewhere; cargo says it since 1.91.
    build_directory: Option<PathBuf>,
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    kind: Option<String>,
}

fn metadata(root: &Path) -> Result<Metadata> {
    let output = command(root)
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .stderr(Stdio::null())
        .output()
        .context("cargo cannot be run")?;
    if !output.status.success() {
        bail!("`cargo metadata` failed");
    }
    serde_json::from_slice(&output.stdout).context("`cargo metadata` gave no JSON")
}

/// Where cargo puts what it builds.
pub(crate) fn target_directory(root: &Path) -> Result<PathBuf> {
    Ok(metadata(root)?.target_directory)
}

/// The version of a package of the workspace.
pub(crate) fn version_of(root: &Path, package: &str) -> Result<String> {
    let packages = metadata(root)?.packages;
    let found = packages.iter().find(|candidate| candidate.name == package);
    let found = found.with_context(|| {
        let known: Vec<_> = packages.iter().map(|package| package.name.as_str()).collect();
        format!("no package of this workspace is called `{package}`; there are: {}", known.join(", "))
    })?;
    Ok(found.version.clone())
}

/// Packages of others whose build scripts read the prefix without telling cargo all that they read.
const FOREIGN: [&str; 3] = ["melior-macro", "mlir-sys", "tblgen"];
/// The components that these read.
const FOREIGN_COMPONENTS: [&str; 3] = ["libclang", "llvm", "mlir"];

/// Makes cargo build again what was built from another prefix.
///
/// Cargo compares times, not contents: files of the store may be older than the last build although the prefix shows them
/// only since now. Best effort, because a failure here costs at worst a `cargo clean` by hand; it is said, not hidden.
pub(crate) fn forget_builds(root: &Path, before: Option<&Manifest>, after: &Manifest) {
    if let Err(error) = try_forget(root, before, after) {
        eprintln!(
            "note: earlier builds could not be forgotten ({error:#}); if a build fails now, run `cargo clean`"
        );
    }
}

fn try_forget(root: &Path, before: Option<&Manifest>, after: &Manifest) -> Result<()> {
    // Plugins are opened when a program runs: no build reads them.
    if !root.join("Cargo.toml").is_file() || !changed(before, after, &|name| targets::owner(name).is_none()) {
        return Ok(());
    }
    let metadata = metadata(root)?;
    let reads_prefix = |package: &&Package| {
        let build = |dependency: &Dependency| dependency.kind.as_deref() == Some("build");
        package.dependencies.iter().any(|dependency| dependency.name == "bering-build" && build(dependency))
    };
    let mut packages: Vec<String> =
        metadata.packages.iter().filter(reads_prefix).map(|package| package.name.clone()).collect();
    if changed(before, after, &|name| FOREIGN_COMPONENTS.contains(&name)) {
        let lock = std::fs::read_to_string(root.join("Cargo.lock")).unwrap_or_default();
        let used = |name: &&&str| lock.contains(&format!("name = \"{name}\"\n"));
        packages.extend(FOREIGN.iter().filter(used).map(|name| (*name).to_owned()));
    }
    let built = metadata.build_directory.unwrap_or(metadata.target_directory);
    let host = crate::checkout::host()?;
    let places = [
        ("dev", "debug", None),
        ("release", "release", None),
        ("dist", "dist", None),
        ("dist", "dist", Some(host)),
    ];
    for (profile, directory, target) in places {
        let directory = built.join(target.unwrap_or("")).join(directory);
        let stale = built_of(&packages, &directory.join(".fingerprint"));
        if stale.is_empty() {
            continue;
        }
        // Said before it is done: a build that is running elsewhere holds cargo's lock, and this waits for it.
        eprintln!("dropping what was built from another prefix: {} ({profile})", stale.join(", "));
        let mut clean = command(root);
        clean.args(["clean", "--quiet", "--offline", "--profile", profile]);
        clean.args(target.iter().flat_map(|target| ["--target", *target]));
        for package in &stale {
            clean.args(["--package", package]);
        }
        let output = clean.stdout(Stdio::null()).output().context("cargo cannot be run")?;
        if !output.status.success() {
            bail!("`cargo clean` failed: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
    }
    Ok(())
}

/// Those of `packages` that cargo has built under this directory of fingerprints. In a fresh clone that is none, and
/// cargo, which might have to download them to name them, is not asked.
fn built_of<'a>(packages: &'a [String], fingerprints: &Path) -> Vec<&'a str> {
    let entries = std::fs::read_dir(fingerprints).into_iter().flatten().flatten();
    let names: Vec<_> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    let is_built = |package: &&str| {
        let hashed = |name: &String| name.rsplit_once('-').is_some_and(|(stem, _)| stem == *package);
        names.iter().any(hashed)
    };
    packages.iter().map(String::as_str).filter(is_built).collect()
}

/// Whether one of the components that `relevant` names is another one now; without a manifest nobody knows, so yes.
fn changed(before: Option<&Manifest>, after: &Manifest, relevant: &dyn Fn(&str) -> bool) -> bool {
    let keys = |manifest: &Manifest| -> BTreeMap<String, String> {
        let components = manifest.component.iter().filter(|component| relevant(&component.name));
        components.map(|component| (component.name.clone(), component.artifact.clone())).collect()
    };
    before.is_none_or(|before| keys(before) != keys(after))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn manifest(components: &[(&str, &str)]) -> Manifest {
        let mut text = String::from("host = \"h\"\npaths = []\n");
        for (name, artifact) in components {
            text += &format!("[[component]]\nname = \"{name}\"\nartifact = \"{artifact}\"\n");
        }
        toml::from_str(&text).unwrap()
    }

    #[test]
    fn a_component_changes_when_its_artifact_does() {
        let before = manifest(&[("mlir", "1"), ("minilm", "1")]);
        let foreign = |name: &str| FOREIGN_COMPONENTS.contains(&name);
        assert!(!changed(Some(&before), &manifest(&[("mlir", "1"), ("minilm", "2")]), &foreign));
        assert!(changed(Some(&before), &manifest(&[("mlir", "2"), ("minilm", "1")]), &foreign));
        assert!(changed(Some(&before), &manifest(&[]), &foreign));
        assert!(changed(None, &before, &foreign));
    }

    /// A workspace with a package that reads the prefix in its build script, and one that does not.
    fn workspace(root: &Path) {
        let package = |name: &str, more: &str| {
            let dir = root.join(name);
            fs::create_dir_all(dir.join("src")).unwrap();
            let text =
                format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n{more}");
            fs::write(dir.join("Cargo.toml"), text).unwrap();
            fs::write(dir.join("src/lib.rs"), "").unwrap();
            dir
        };
        fs::write(
            root.join("Cargo.toml"),
            "[workspace]\nresolver = \"3\"\nmembers = [\"bering-build\", \"other\", \"reader\"]\n",
        )
        .unwrap();
        package("bering-build", "");
        package("other", "");
        let reader =
            package("reader", "[build-dependencies]\nbering-build = { path = \"../bering-build\" }\n");
        fs::write(reader.join("build.rs"), "fn main() { println!(\"cargo::rerun-if-changed=build.rs\") }")
            .unwrap();
    }

    #[test]
    fn what_reads_the_prefix_is_built_again_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        workspace(root);
        let build = || {
            let output =
                command(root).args(["build", "--offline", "--message-format", "json"]).output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            let text = String::from_utf8(output.stdout).unwrap();
            let fresh = |name: &str| {
                let is_library = |line: &&str| {
                    line.contains(&format!("\"name\":\"{name}\"")) && line.contains("\"fresh\"")
                };
                text.lines().filter(is_library).all(|line| line.contains("\"fresh\":true"))
            };
            (fresh("reader"), fresh("other"))
        };
        // Nothing is built yet, and nothing has to be forgotten.
        try_forget(root, None, &manifest(&[])).unwrap();
        build();
        assert_eq!(build(), (true, true));
        let (before, after) = (manifest(&[("xla-cpu", "1")]), manifest(&[("xla-cpu", "2")]));
        try_forget(root, Some(&before), &after).unwrap();
        assert_eq!(build(), (false, true));
    }
}
