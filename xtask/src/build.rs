//! Building the binary of one package, and finding what the build made.
//!
//! There are two ways. [`Manner::Usual`] is what `cargo build --release` does, in the directories where it does it.
//! [`Manner::Relocatable`] is for what leaves this machine: the same bytes wherever the checkout lies (paths are mapped to
//! fixed names in both languages), no symbol tables, and no place of this machine built in as a default.

use crate::cargo;
use crate::checkout::{self, Checkout};
use crate::cross;
use crate::targets::Selection;
use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What to build.
#[derive(Debug, Clone)]
pub(crate) struct Build<'a> {
    pub(crate) root: &'a Path,
    pub(crate) package: &'a str,
    /// The hardware targets; each but the CPU, the default, is a cargo feature.
    pub(crate) selection: &'a Selection,
    /// The triple of the machine that the binary is for, if it was named.
    pub(crate) host: Option<&'a str>,
    pub(crate) manner: Manner,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    Usual,
    Relocatable,
}

/// What a build made.
#[derive(Debug, Default)]
pub(crate) struct Built {
    pub(crate) binary: PathBuf,
    /// Where the build scripts of packages left their output, by package name.
    pub(crate) out_dirs: BTreeMap<String, PathBuf>,
    /// The ids of all packages that took part, as `cargo metadata` names them.
    pub(crate) packages: BTreeSet<String>,
}

/// The profile of `Cargo.toml` for what leaves this machine.
const RELOCATABLE_PROFILE: &str = "dist";

impl Build<'_> {
    /// Builds; `None` if cargo failed, which has said why.
    pub(crate) fn run(&self) -> Result<Option<Built>> {
        let output = self
            .command()?
            .args(["--package", self.package, "--message-format", "json-render-diagnostics"])
            .stderr(Stdio::inherit())
            .output()
            .context("cargo cannot be run")?;
        if !output.status.success() {
            return Ok(None);
        }
        collect(&String::from_utf8_lossy(&output.stdout), self.package).map(Some)
    }

    fn command(&self) -> Result<Command> {
        let mut command = cargo::command(self.root);
        command.arg("build");
        let (here, host) = (checkout::host()?, or_here(self.host)?);
        if let Some(cross) = cross::find(here, host)? {
            command.envs(cross.environment(&Checkout::at(self.root.to_path_buf()).link_for(host)));
        }
        command.args(features(self.selection).iter().flat_map(|feature| ["--features", *feature]));
        match self.manner {
            Manner::Usual => {
                command.arg("--release");
                if let Some(host) = self.host {
                    command.args(["--target", host]);
                }
            }
            Manner::Relocatable => {
                // A named target keeps the flags below from build scripts and macros, which run here.
                command.args(["--profile", RELOCATABLE_PROFILE, "--locked", "--target"]);
                command.arg(host);
                for (name, value) in relocatable_environment(self.root)? {
                    command.env(name, value);
                }
            }
        }
        Ok(command)
    }
}

/// The cargo features of some targets.
pub(crate) fn features(selection: &Selection) -> Vec<&'static str> {
    selection.targets().map(|target| target.name).collect()
}

/// The triple that was named, else this machine's.
pub(crate) fn or_here(host: Option<&str>) -> Result<&str> {
    match host {
        Some(host) => Ok(host),
        None => checkout::host(),
    }
}

/// The names that stand for directories of this machine, later ones first in force.
fn mapped_paths(root: &Path) -> Result<Vec<(PathBuf, &'static str)>> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    let home = home.context("cargo's home is not known: neither CARGO_HOME nor HOME is set")?;
    let target = cargo::target_directory(root)?;
    let root = std::path::absolute(root)?;
    // A path through a link and the place that it leads to may both end up in a binary.
    let mut paths = Vec::new();
    for (path, name) in [(home, "/cargo"), (root, "/bering"), (target, "/target")] {
        if let Some(real) = path.canonicalize().ok().filter(|real| *real != path) {
            paths.push((real, name));
        }
        paths.push((path, name));
    }
    Ok(paths)
}

/// The places of this machine that must not stand in what leaves it.
pub(crate) fn private_paths(root: &Path) -> Result<Vec<PathBuf>> {
    Ok(mapped_paths(root)?.into_iter().map(|(path, _)| path).collect())
}

fn relocatable_environment(root: &Path) -> Result<Vec<(OsString, OsString)>> {
    let paths = mapped_paths(root)?;
    // Flags of the user's own are kept: a linker or a processor may depend on them.
    let mut rust: Vec<String> = match std::env::var("CARGO_ENCODED_RUSTFLAGS") {
        Ok(flags) => flags.split('\u{1f}').filter(|flag| !flag.is_empty()).map(str::to_owned).collect(),
        Err(_) => {
            std::env::var("RUSTFLAGS").unwrap_or_default().split_whitespace().map(str::to_owned).collect()
        }
    };
    rust.push("--cfg=bering_relocatable".to_owned());
    let mut native = String::new();
    for (path, name) in &paths {
        let path = path.to_str().with_context(|| format!("`{}` is not UTF-8", path.display()))?;
        if path.contains([' ', '=']) {
            bail!(
                "`{path}` has a space or `=` in it, which compilers cannot map away\nhint: build in another directory"
            );
        }
        rust.push(format!("--remap-path-prefix={path}={name}"));
        native.push_str(&format!(" -ffile-prefix-map={path}={name}"));
    }
    let mut variables = vec![("CARGO_ENCODED_RUSTFLAGS".into(), rust.join("\u{1f}").into())];
    for name in ["CFLAGS", "CXXFLAGS"] {
        let own = std::env::var(name).unwrap_or_default();
        variables.push((name.into(), format!("{own}{native}").trim().into()));
    }
    // Archivers and `__DATE__` take the time from here.
    if std::env::var_os("SOURCE_DATE_EPOCH").is_none() {
        variables.push(("SOURCE_DATE_EPOCH".into(), crate::dist::EPOCH.to_string().into()));
    }
    Ok(variables)
}

/// The part of cargo's messages that says what was built.
#[derive(Deserialize)]
struct Message {
    reason: String,
    package_id: Option<String>,
    executable: Option<PathBuf>,
    target: Option<Target>,
    out_dir: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

/// Finds the binary, the one of the package's name or the only one, and what else is to be known.
pub(crate) fn collect(messages: &str, package: &str) -> Result<Built> {
    let mut built = Built::default();
    let mut binaries: Vec<(String, PathBuf)> = Vec::new();
    for line in messages.lines() {
        let Ok(message) = serde_json::from_str::<Message>(line) else { continue };
        let Some(id) = message.package_id else { continue };
        match message.reason.as_str() {
            "compiler-artifact" => {
                if let (Some(executable), Some(target)) = (message.executable, message.target) {
                    binaries.push((target.name, executable));
                }
            }
            "build-script-executed" => {
                if let Some(out_dir) = message.out_dir {
                    built.out_dirs.insert(name_of(&id).to_owned(), out_dir);
                }
            }
            _ => continue,
        }
        built.packages.insert(id);
    }
    built.binary = match binaries.iter().position(|(name, _)| name == package) {
        Some(at) => binaries.swap_remove(at).1,
        None if binaries.len() == 1 => binaries.remove(0).1,
        None if binaries.is_empty() => bail!("package `{package}` has no binary"),
        None => bail!("package `{package}` has several binaries, none of its name"),
    };
    Ok(built)
}

/// The package's name in an id such as `path+file:///src/demo#0.1.0` or `registry+https://index#demo@0.1.0`.
fn name_of(id: &str) -> &str {
    let (source, fragment) = id.split_once('#').unwrap_or(("", id));
    match fragment.split_once('@') {
        Some((name, _)) => name,
        None => source.rsplit('/').next().unwrap_or(fragment),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_in_both_forms_of_an_id() {
        assert_eq!(name_of("path+file:///work/models/minilm#0.1.0"), "minilm");
        assert_eq!(name_of("path+file:///work/crates/pjrt-cpu#bering-pjrt-cpu@0.1.0"), "bering-pjrt-cpu");
        assert_eq!(name_of("registry+https://index.test/x#serde@1.0.229"), "serde");
    }

    fn binary(name: &str) -> String {
        format!(
            r#"{{"reason":"compiler-artifact","package_id":"path+file:///w/demo#0.1.0","target":{{"name":"{name}"}},"executable":"/t/{name}"}}"#
        )
    }

    #[test]
    fn the_binary_of_the_package_is_found_and_so_is_what_scripts_made() {
        let script = r#"{"reason":"build-script-executed","package_id":"path+file:///w/p#native@0.1.0","out_dir":"/t/out"}"#;
        let text = [binary("tool"), script.to_owned(), binary("demo"), "noise".to_owned()].join("\n");
        let built = collect(&text, "demo").unwrap();
        assert_eq!(built.binary, Path::new("/t/demo"));
        assert_eq!(built.out_dirs["native"], Path::new("/t/out"));
        assert_eq!(built.packages.len(), 2);
        let several = collect(&[binary("a"), binary("b")].join("\n"), "demo").unwrap_err();
        assert!(several.to_string().contains("several binaries"), "{several}");
        assert!(collect("", "demo").unwrap_err().to_string().contains("no binary"));
    }
}
