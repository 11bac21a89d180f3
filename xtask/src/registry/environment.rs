//! The part of the process environment that discovery reads, as a value: tests give their own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Environment variables and the root of the file system.
#[derive(Debug, Clone)]
pub(crate) struct Environment {
    vars: BTreeMap<String, String>,
    root: Option<PathBuf>,
}

impl Environment {
    /// The environment of this process. Variables that are not UTF-8 are not for us.
    pub(crate) fn of_process() -> Self {
        let vars =
            std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)));
        Self { vars: vars.collect(), root: None }
    }

    /// An environment for tests: absolute paths are looked up below `root`.
    #[cfg(test)]
    pub(crate) fn fixed(root: &Path, vars: &[(&str, &str)]) -> Self {
        let vars = vars.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
        Self { vars, root: Some(root.to_path_buf()) }
    }

    /// A variable that is set and not empty.
    pub(crate) fn var(&self, name: &str) -> Option<String> {
        self.vars.get(name).filter(|value| !value.trim().is_empty()).cloned()
    }

    pub(crate) fn home(&self) -> Option<PathBuf> {
        self.var("HOME").map(PathBuf::from)
    }

    /// `$XDG_CONFIG_HOME`, else `~/.config`.
    pub(crate) fn config_home(&self) -> Option<PathBuf> {
        self.var("XDG_CONFIG_HOME")
            .map(PathBuf::from)
            .or_else(|| self.home().map(|home| home.join(".config")))
    }

    /// The given absolute path on this file system.
    pub(crate) fn root_path(&self, path: &Path) -> PathBuf {
        match &self.root {
            Some(root) => root.join(path.strip_prefix("/").unwrap_or(path)),
            None => path.to_path_buf(),
        }
    }
}
