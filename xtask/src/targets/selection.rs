//! Which targets a prefix is for, and how much of each.

use super::{CPU, Share, TARGETS, Target, find, owner};
use anyhow::{Result, bail};
use serde::Deserialize;
use std::collections::BTreeSet;

/// A set of targets with their options. The CPU is always part of it: it is what a binary falls back to.
///
/// It is written into the manifest of the prefix made for it, so that a later `setup` without `--target` keeps it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Selection {
    /// Names of targets other than the CPU.
    targets: BTreeSet<String>,
    /// Leave out what only some programs need.
    minimal: bool,
    /// Names of extras to add.
    with: BTreeSet<String>,
}

impl Selection {
    /// A selection of named targets.
    ///
    /// # Errors
    /// If a target or an extra is unknown, or no chosen target has the extra.
    pub(crate) fn new(targets: &[String], minimal: bool, with: &[String]) -> Result<Self> {
        for name in targets {
            find(name)?;
        }
        let targets = targets.iter().filter(|name| *name != CPU).cloned().collect();
        let selection = Self { targets, minimal, with: with.iter().cloned().collect() };
        for name in with {
            let known = selection.extras();
            if !known.contains(name.as_str()) {
                let known: Vec<_> = known.into_iter().collect();
                let of: Vec<_> = selection.names().collect();
                bail!(
                    "`--with {name}`: no such extra for {}; there {}",
                    of.join(", "),
                    if known.is_empty() {
                        "is none".to_owned()
                    } else {
                        format!("are: {}", known.join(", "))
                    }
                );
            }
        }
        Ok(selection)
    }

    /// Everything of the given targets that a set-up would bring by default.
    pub(crate) fn of(target: &Target) -> Self {
        let targets = (!target.is_cpu()).then(|| target.name.to_owned()).into_iter().collect();
        Self { targets, ..Self::default() }
    }

    /// Everything that is locked for the given targets.
    pub(crate) fn all_of(target: &Target) -> Self {
        let mut selection = Self::of(target);
        selection.with = selection.extras().into_iter().map(str::to_owned).collect();
        selection
    }

    /// Whether a component is part of it.
    pub(crate) fn includes(&self, component: &str) -> bool {
        let Some((target, part)) = owner(component) else { return true };
        self.targets.contains(target.name)
            && match part.share {
                Share::Core => true,
                Share::Usual => !self.minimal,
                Share::Extra(name) => self.with.contains(name),
            }
    }

    /// The targets besides the CPU. Names that this version does not know are left out.
    pub(crate) fn targets(&self) -> impl Iterator<Item = &'static Target> + '_ {
        TARGETS.iter().filter(|target| self.targets.contains(target.name))
    }

    /// The names of all targets, the CPU first.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        std::iter::once(CPU).chain(self.targets().map(|target| target.name))
    }

    fn extras(&self) -> BTreeSet<&'static str> {
        let parts = self.targets().flat_map(|target| target.parts);
        parts
            .filter_map(|part| match part.share {
                Share::Extra(name) => Some(name),
                Share::Core | Share::Usual => None,
            })
            .collect()
    }

    /// Its fields as they stand in a manifest; equal selections have equal texts.
    pub(crate) fn to_text(&self) -> String {
        let list = |names: &BTreeSet<String>| {
            let quoted: Vec<_> = names.iter().map(|name| format!("\"{name}\"")).collect();
            format!("[{}]", quoted.join(", "))
        };
        format!(
            "targets = {}\nminimal = {}\nwith = {}\n",
            list(&self.targets),
            self.minimal,
            list(&self.with)
        )
    }
}

impl std::fmt::Display for Selection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.names().collect::<Vec<_>>().join(", "))?;
        if self.minimal {
            f.write_str(" (minimal)")?;
        }
        self.with.iter().try_for_each(|name| write!(f, " with {name}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn select(targets: &[&str], minimal: bool, with: &[&str]) -> Result<Selection> {
        let owned = |names: &[&str]| names.iter().map(|name| name.to_string()).collect::<Vec<_>>();
        Selection::new(&owned(targets), minimal, &owned(with))
    }

    #[test]
    fn what_is_included() {
        let check = |selection: &Selection, yes: &[&str], no: &[&str]| {
            yes.iter().for_each(|name| assert!(selection.includes(name), "{name} in {selection}"));
            no.iter().for_each(|name| assert!(!selection.includes(name), "{name} in {selection}"));
        };
        let base = ["mlir", "xla-cpu", "some-component-of-the-future"];
        check(&Selection::default(), &base, &["cuda13-plugin", "tpu-plugin"]);
        let cuda = select(&["cuda13", "cpu"], false, &[]).unwrap();
        check(
            &cuda,
            &[&base[..], &["cuda13-plugin", "cuda13-cudnn"]].concat(),
            &["cuda12-plugin", "cuda13-nccl"],
        );
        let minimal = select(&["cuda13"], true, &["nccl"]).unwrap();
        check(&minimal, &["cuda13-plugin", "cuda13-nccl", "cuda13-nvcc"], &["cuda13-cudnn", "cuda13-cupti"]);
    }

    #[test]
    fn a_selection_survives_its_text() {
        let selection = select(&["tpu", "cuda13"], true, &["nccl"]).unwrap();
        let text = selection.to_text();
        assert_eq!(text, "targets = [\"cuda13\", \"tpu\"]\nminimal = true\nwith = [\"nccl\"]\n");
        assert_eq!(toml::from_str::<Selection>(&text).unwrap(), selection);
        assert_eq!(toml::from_str::<Selection>("").unwrap(), Selection::default());
        assert_eq!(selection.to_string(), "cpu, cuda13, tpu (minimal) with nccl");
    }

    #[test]
    fn unknown_names_are_refused() {
        assert!(
            select(&["cuda11"], false, &[])
                .unwrap_err()
                .to_string()
                .starts_with("no target is called `cuda11`")
        );
        let error = select(&["cuda12"], false, &["tensorrt"]).unwrap_err().to_string();
        assert_eq!(error, "`--with tensorrt`: no such extra for cpu, cuda12; there are: nccl");
        assert!(select(&["tpu"], false, &["nccl"]).unwrap_err().to_string().ends_with("there is none"));
    }
}
