//! Which libraries a program needs, where each comes from, and what the machine must bring.
//!
//! A library of the distribution is found as the loader finds it: by the run path of the file that names it, relative to
//! that file. The C and C++ runtimes are the machine's: they fit its kernel and its drivers, and a second copy would not.

use super::tree::{Content, File, Part, Tree};
use crate::elf::{self, Dynamic};
use anyhow::{Context as _, Result, bail};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A library that every machine of a kind has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum System {
    Glibc,
    /// libstdc++ and libgcc.
    Gcc,
    Zlib,
    /// Comes with the device: its driver, or a system of the vendor's like ROCm.
    Machine,
}

/// Whose a library is that the distribution does not bring.
pub(crate) fn system(soname: &str) -> Option<System> {
    let of_machine = |target: &crate::targets::Target| target.system.contains(&soname);
    match soname {
        "libc.so.6"
        | "libm.so.6"
        | "libdl.so.2"
        | "libpthread.so.0"
        | "librt.so.1"
        | "libresolv.so.2"
        | "libutil.so.1"
        | "ld-linux-x86-64.so.2"
        | "ld-linux-aarch64.so.1" => Some(System::Glibc),
        "libstdc++.so.6" | "libgcc_s.so.1" => Some(System::Gcc),
        "libz.so.1" => Some(System::Zlib),
        _ if crate::targets::TARGETS.iter().any(of_machine) => Some(System::Machine),
        _ => None,
    }
}

/// What a distribution needs of the machine.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Needs {
    /// Libraries by name.
    pub(crate) libraries: BTreeSet<String>,
    /// The highest version of each kind of symbol, e.g. `GLIBC` and `2.34`.
    pub(crate) versions: BTreeMap<String, String>,
    /// The program loader.
    pub(crate) interpreter: Option<String>,
}

/// Adds a library to the tree, and with it every one that its run path finds beside it.
pub(crate) fn insert_with_needed(tree: &mut Tree, to: &str, library: &Path, built: bool) -> Result<()> {
    let mut due = vec![(library.to_path_buf(), built)];
    while let Some((path, built)) = due.pop() {
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.with_context(|| format!("`{}` has no file name", path.display()))?;
        let place = format!("{to}/{name}");
        if tree.get(&place).is_some() {
            continue;
        }
        let found =
            elf::dynamic(&path)?.with_context(|| format!("`{}` is no shared library", path.display()))?;
        let file = File { built, executable: true, ..File::of(&path, Part::Libraries) };
        tree.insert(place, file)?;
        let beside = found.run_paths().iter().any(|run_path| is_origin(run_path));
        let directory = path.parent().unwrap_or(Path::new("")).to_path_buf();
        let neighbours = found.needed.iter().map(|needed| directory.join(needed));
        due.extend(neighbours.filter(|path| beside && path.is_file()).map(|path| (path, false)));
    }
    Ok(())
}

fn is_origin(run_path: &str) -> bool {
    matches!(run_path.trim_end_matches('/'), "$ORIGIN" | "${ORIGIN}")
}

/// Looks at every ELF file of the tree: each library that it names is in the tree or known to be the machine's.
pub(crate) fn needs(tree: &Tree) -> Result<Needs> {
    let mut needs = Needs::default();
    for (path, file) in tree.iter() {
        let Content::Path(from) = &file.content else { continue };
        let Some(found) = elf::dynamic(from)? else { continue };
        needs.add(tree, path, &found).with_context(|| format!("`{path}` would not load"))?;
    }
    Ok(needs)
}

impl Needs {
    fn add(&mut self, tree: &Tree, path: &str, elf: &Dynamic) -> Result<()> {
        for library in &elf.needed {
            if brings(tree, path, library, elf) {
                continue;
            }
            if system(library).is_some() {
                self.libraries.insert(library.clone());
            } else {
                bail!(
                    "it needs `{library}`, which is neither in the distribution nor a library of the system; its run path is \
                     `{}`",
                    elf.run_paths().join(":")
                );
            }
        }
        for (library, version) in &elf.versions {
            if let Some((kind, number)) = version.rsplit_once('_').filter(|_| system(library).is_some()) {
                self.require(kind, number);
            }
        }
        if let Some(interpreter) = &elf.interpreter {
            self.interpreter = Some(interpreter.clone());
        }
        Ok(())
    }

    fn require(&mut self, kind: &str, number: &str) {
        let parse = |text: &str| text.split('.').map(|part| part.parse().ok()).collect::<Option<Vec<u32>>>();
        // `GLIBC_PRIVATE` and the like have no number.
        let Some(new) = parse(number) else { return };
        let known = self.versions.get(kind).and_then(|known| parse(known));
        if known.is_none_or(|known| known < new) {
            self.versions.insert(kind.to_owned(), number.to_owned());
        }
    }

    /// One line a need, for people.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let libraries: Vec<_> = self.libraries.iter().map(String::as_str).collect();
        if !libraries.is_empty() {
            lines.push(format!("libraries of the system: {}", libraries.join(", ")));
        }
        let versions: Vec<_> =
            self.versions.iter().map(|(kind, number)| format!("{kind}_{number}")).collect();
        if !versions.is_empty() {
            lines.push(format!("in versions that have: {}", versions.join(", ")));
        }
        lines
    }
}

/// Whether the tree has a library where the loader will look for it.
fn brings(tree: &Tree, path: &str, library: &str, elf: &Dynamic) -> bool {
    let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
    let by_run_path = elf.run_paths().iter().any(|run_path| {
        let run_path = run_path.replace("${ORIGIN}", "$ORIGIN");
        let relative = run_path.strip_prefix("$ORIGIN").and_then(|rest| join(directory, rest));
        relative.is_some_and(|place| tree.get(&join_name(&place, library)).is_some())
    });
    // A vendor's libraries name each other without a run path, too: whoever opens one has loaded the others before.
    let of_plugin = || {
        let root = path.strip_prefix("lib/").and_then(|rest| rest.split_once('/'));
        let root = root.map(|(target, _)| format!("lib/{target}/"));
        let name = format!("/{library}");
        root.is_some_and(|root| tree.iter().any(|(path, _)| path.starts_with(&root) && path.ends_with(&name)))
    };
    by_run_path || of_plugin()
}

fn join_name(directory: &str, name: &str) -> String {
    if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") }
}

/// `base` and then `relative`, in which `..` goes up; `None` if that leaves the distribution.
fn join(base: &str, relative: &str) -> Option<String> {
    let mut parts: Vec<&str> = base.split('/').filter(|part| !part.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn elf(needed: &[&str], run_paths: &[&str]) -> Dynamic {
        let own = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Dynamic { needed: own(needed), runpath: own(run_paths), ..Dynamic::default() }
    }

    fn tree(paths: &[&str]) -> Tree {
        let mut tree = Tree::default();
        for path in paths {
            tree.insert(*path, File::text(String::new(), Part::Libraries)).unwrap();
        }
        tree
    }

    #[test]
    fn libraries_are_found_as_the_loader_finds_them() {
        let tree = tree(&["lib/libb.so", "lib/t/nvidia/lib/libc.so", "demo"]);
        let mut needs = Needs::default();
        needs
            .add(&tree, "lib/liba.so", &elf(&["libb.so", "libc.so.6"], &["$ORIGIN/../x", "$ORIGIN"]))
            .unwrap();
        needs.add(&tree, "lib/t/own/libp.so", &elf(&["libc.so"], &["${ORIGIN}/../nvidia/lib"])).unwrap();
        needs.add(&tree, "lib/t/own/libq.so", &elf(&["libc.so"], &[])).unwrap();
        assert_eq!(needs.libraries, BTreeSet::from(["libc.so.6".to_owned()]));
        let error = needs.add(&tree, "demo", &elf(&["libb.so"], &["$ORIGIN/../lib"])).unwrap_err();
        assert!(error.to_string().contains("`libb.so`") && error.to_string().contains("$ORIGIN/../lib"));
        needs.add(&tree, "lib/t/r.so", &elf(&["libamdhip64.so.7"], &["/opt/rocm/lib"])).unwrap();
        assert_eq!(system("libamdhip64.so.7"), Some(System::Machine));
    }

    #[test]
    fn the_highest_version_counts() {
        let mut needs = Needs::default();
        for (kind, number) in [
            ("GLIBC", "2.4"),
            ("GLIBC", "2.34"),
            ("GLIBC", "2.9"),
            ("GLIBC", "PRIVATE"),
            ("GLIBCXX", "3.4.30"),
        ] {
            needs.require(kind, number);
        }
        assert_eq!(needs.lines(), ["in versions that have: GLIBC_2.34, GLIBCXX_3.4.30"]);
    }
}
