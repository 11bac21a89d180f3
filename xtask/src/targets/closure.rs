//! Would the loader find everything? Each library that a target's files need, looked up as the dynamic linker does.
//!
//! Only names are compared: nothing is loaded, so this works for another machine's files too. The order is ld.so's
//! (man 8 ld.so): the `DT_RPATH` of the file and of whoever loaded it, unless the file has a `DT_RUNPATH`, then that;
//! at last the machine's own directories, for which a list of names stands here. `$ORIGIN` is the directory by which a file was
//! opened, before links are followed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::Target;
use crate::elf::{self, Dynamic};

/// What every Linux machine with a C++ program on it has.
const BASE: [&str; 11] = [
    "ld-linux-aarch64.so.1",
    "ld-linux-x86-64.so.2",
    "libc.so.6",
    "libdl.so.2",
    "libgcc_s.so.1",
    "libm.so.6",
    "libpthread.so.0",
    "librt.so.1",
    "libstdc++.so.6",
    "libutil.so.1",
    "linux-vdso.so.1",
];

/// What was found out about a directory of libraries.
#[derive(Debug, Default)]
pub(crate) struct Closure {
    /// ELF files that were looked at.
    pub(crate) files: usize,
    /// Needs that another file of the target meets.
    pub(crate) inside: usize,
    /// The libraries that the machine must have beyond [`BASE`], with those that need them.
    pub(crate) machine: BTreeMap<String, Vec<String>>,
    /// What is wrong, a line each.
    pub(crate) problems: Vec<String>,
}

/// Follows every need of every ELF file below `root`, a target's directory, for a machine of the given architecture.
pub(crate) fn examine(root: &Path, target: &Target, files: &[String], arch: &str) -> Result<Closure> {
    let mut closure = Closure::default();
    let plugin = root.join(target.plugin);
    let loader = elf::dynamic(&plugin)?.with_context(|| format!("`{}` is no ELF file", plugin.display()))?;
    for file in files {
        let path = root.join(file);
        let Some(dynamic) = elf::dynamic(&path).with_context(|| format!("`{file}` cannot be read"))? else {
            continue;
        };
        closure.files += 1;
        if dynamic.machine != arch {
            closure.problems.push(format!("`{file}` is for `{}`, not for `{arch}`", dynamic.machine));
        }
        let places = places(&path, &dynamic, &plugin, &loader);
        for need in &dynamic.needed {
            if places.iter().any(|place| place.join(need).is_file()) {
                closure.inside += 1;
            } else if target.system.contains(&need.as_str()) {
                closure.machine.entry(need.clone()).or_default().push(file.clone());
            } else if !BASE.contains(&need.as_str()) {
                closure.problems.push(format!(
                    "`{file}` needs `{need}`, which neither the target nor the machine has (looked in {})",
                    places
                        .iter()
                        .map(|place| format!("`{}`", place.display()))
                        .collect::<Vec<_>>()
                        .join(", ")
                ));
            }
        }
    }
    Ok(closure)
}

/// Where the loader looks for what a file needs, when the plugin opens that file.
fn places(path: &Path, dynamic: &Dynamic, plugin: &Path, loader: &Dynamic) -> Vec<PathBuf> {
    if !dynamic.runpath.is_empty() {
        return expand(path, &dynamic.runpath);
    }
    let mut places = expand(path, &dynamic.rpath);
    if loader.runpath.is_empty() {
        places.extend(expand(plugin, &loader.rpath));
    }
    places
}

fn expand(path: &Path, list: &[String]) -> Vec<PathBuf> {
    let origin = path.parent().unwrap_or(path).to_string_lossy();
    list.iter()
        .map(|place| place.replace("${ORIGIN}", "$ORIGIN").replace("$ORIGIN", &origin).into())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    const TARGET: Target = Target {
        name: "test",
        title: "a test",
        plugin: "plugins/x/plugin.so",
        parts: &[],
        machine: &[],
        system: &["libdriver.so.1"],
        devices: &[],
        seen: "",
    };

    /// Makes a library below `root` that needs others, which are there already or stubs.
    fn library(root: &Path, file: &str, needs: &[&str], flags: &str) {
        let path = root.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let stubs = root.join("stubs");
        std::fs::create_dir_all(&stubs).unwrap();
        let mut command = Command::new("cc");
        command.args(["-shared", "-fPIC", "-nostdlib", "-x", "c", "/dev/null", "-o"]).arg(&path);
        command.args(flags.split_whitespace()).arg("-Wl,--no-as-needed").arg("-L").arg(&stubs);
        for need in needs {
            let stub = stubs.join(need);
            let soname = format!("-Wl,-soname,{need}");
            let made = Command::new("cc")
                .args(["-shared", "-fPIC", "-nostdlib", "-x", "c", "/dev/null", &soname, "-o"])
                .arg(&stub)
                .status();
            assert!(made.unwrap().success());
            command.arg("-x").arg("none").arg(&stub);
        }
        assert!(command.status().unwrap().success(), "{file}");
    }

    fn look(root: &Path, files: &[&str]) -> Closure {
        let files: Vec<String> = files.iter().map(|file| file.to_string()).collect();
        examine(root, &TARGET, &files, std::env::consts::ARCH).unwrap()
    }

    const PLUGIN: &str = "plugins/x/plugin.so";
    const OLD_STYLE: &str = "-Wl,--disable-new-dtags,-rpath,$ORIGIN/../../vendor/lib";

    #[test]
    fn needs_are_met_inside_by_the_machine_or_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        library(root, PLUGIN, &["libvendor.so.1", "libdriver.so.1"], OLD_STYLE);
        library(root, "vendor/lib/libvendor.so.1", &["libdeep.so.2"], "");
        let files = [PLUGIN, "vendor/lib/libvendor.so.1"];
        let found = look(root, &files);
        assert_eq!((found.files, found.inside, found.problems.len()), (2, 1, 1), "{found:?}");
        assert!(
            found.problems[0].starts_with("`vendor/lib/libvendor.so.1` needs `libdeep.so.2`"),
            "{found:?}"
        );
        assert_eq!(found.machine["libdriver.so.1"], [PLUGIN]);
        // The plugin's DT_RPATH also serves what it opens.
        library(root, "vendor/lib/libdeep.so.2", &[], "");
        assert_eq!(look(root, &files).problems, Vec::<String>::new());
    }

    #[test]
    fn a_runpath_is_for_its_own_file_alone() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        library(root, PLUGIN, &[], "-Wl,--enable-new-dtags,-rpath,$ORIGIN/../../vendor/lib");
        library(root, "vendor/lib/libvendor.so.1", &["libdeep.so.2"], "");
        library(root, "vendor/lib/libdeep.so.2", &[], "");
        assert_eq!(look(root, &["vendor/lib/libvendor.so.1"]).problems.len(), 1);
        library(
            root,
            "vendor/lib/libvendor.so.1",
            &["libdeep.so.2"],
            "-Wl,--enable-new-dtags,-rpath,$ORIGIN",
        );
        assert_eq!(look(root, &["vendor/lib/libvendor.so.1"]).problems, Vec::<String>::new());
    }

    /// `..` is resolved by the kernel, after links: a plugin in a linked directory looks beside the link's target.
    #[test]
    fn a_linked_directory_hides_what_lies_beside_it() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        library(root, "store/plugins/x/plugin.so", &["libvendor.so.1"], OLD_STYLE);
        library(root, "vendor/lib/libvendor.so.1", &[], "");
        std::os::unix::fs::symlink(root.join("store/plugins"), root.join("plugins")).unwrap();
        assert_eq!(look(root, &[PLUGIN]).problems.len(), 1);
        std::fs::remove_file(root.join("plugins")).unwrap();
        std::fs::create_dir_all(root.join("plugins/x")).unwrap();
        std::os::unix::fs::symlink(root.join("store/plugins/x/plugin.so"), root.join(PLUGIN)).unwrap();
        assert_eq!(look(root, &[PLUGIN]).problems, Vec::<String>::new());
    }

    #[test]
    fn files_of_another_machine_are_found() {
        let dir = tempfile::tempdir().unwrap();
        library(dir.path(), PLUGIN, &[], "");
        let found = examine(dir.path(), &TARGET, &[PLUGIN.to_owned()], "riscv64").unwrap();
        assert!(found.problems[0].contains("not for `riscv64`"), "{found:?}");
    }
}
