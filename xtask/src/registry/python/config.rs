//! What the user told pip and uv about their package index, read from the same variables and files those read.
//!
//! Only the index URLs matter here. Values are never printed with their credentials.

use std::path::{Path, PathBuf};

use super::super::environment::Environment;

/// An index URL and where it was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stated {
    pub(crate) url: String,
    pub(crate) origin: String,
}

impl Stated {
    pub(crate) fn new(url: &str, origin: impl Into<String>) -> Option<Self> {
        let url = url.trim();
        (!url.is_empty()).then(|| Self { url: url.to_string(), origin: origin.into() })
    }
}

/// The index that the environment or a configuration file names, in the order in which pip and uv would let
/// them win; `None` when the user left it at the client's default.
pub(crate) fn index(env: &Environment) -> Option<Stated> {
    ["BERING_INDEX_URL", "PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL"]
        .into_iter()
        .find_map(|name| env.var(name).and_then(|url| Stated::new(named_url(&url), format!("${name}"))))
        .or_else(|| pip_files(env).iter().find_map(|path| pip_setting(path, "index-url")))
        .or_else(|| uv_files(env).iter().find_map(|path| uv_index(path)))
}

/// Further indexes, asked when the first does not have a file.
pub(crate) fn extra_indexes(env: &Environment) -> Vec<Stated> {
    let mut extra = Vec::new();
    for name in ["BERING_EXTRA_INDEX_URL", "PIP_EXTRA_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_INDEX"] {
        let value = env.var(name).unwrap_or_default();
        extra.extend(
            value.split_whitespace().filter_map(|url| Stated::new(named_url(url), format!("${name}"))),
        );
    }
    for path in pip_files(env) {
        if let Some(value) = pip_setting(&path, "extra-index-url") {
            extra.extend(
                value.url.split_whitespace().filter_map(|url| Stated::new(url, value.origin.clone())),
            );
        }
    }
    for path in uv_files(env) {
        extra.extend(uv_extra_indexes(&path));
    }
    extra
}

/// uv lets an index carry a name: `name=https://...`.
fn named_url(value: &str) -> &str {
    match value.split_once('=') {
        Some((name, url)) if name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) => {
            url
        }
        _ => value,
    }
}

/// pip's configuration files, the winning one first (environment, virtual environment, user, system).
fn pip_files(env: &Environment) -> Vec<PathBuf> {
    let mut files = Vec::new();
    if let Some(path) = env.var("PIP_CONFIG_FILE") {
        // pip's documented way to say "no configuration files at all".
        if path == "/dev/null" {
            return files;
        }
        files.push(PathBuf::from(path));
    }
    if let Some(venv) = env.var("VIRTUAL_ENV") {
        files.push(Path::new(&venv).join("pip.conf"));
    }
    if let Some(config) = env.config_home() {
        files.push(config.join("pip/pip.conf"));
    }
    if let Some(home) = env.home() {
        files.push(home.join(".pip/pip.conf"));
        if cfg!(target_os = "macos") {
            files.push(home.join("Library/Application Support/pip/pip.conf"));
        }
    }
    let system = env.var("XDG_CONFIG_DIRS").unwrap_or_else(|| "/etc/xdg".to_string());
    files.push(PathBuf::from("/etc/pip.conf"));
    files.extend(
        system.split(':').filter(|dir| !dir.is_empty()).map(|dir| Path::new(dir).join("pip/pip.conf")),
    );
    files.into_iter().map(|path| env.root_path(&path)).collect()
}

/// A setting of `[global]`, or of the commands that fetch, as pip reads its ini files.
fn pip_setting(path: &Path, key: &str) -> Option<Stated> {
    let text = std::fs::read_to_string(path).ok()?;
    ["download", "install", "global"].into_iter().find_map(|section| {
        ini_value(&text, section, key).and_then(|value| Stated::new(&value, path.display().to_string()))
    })
}

/// Python's configparser, as far as pip's files use it: `key = value` or `key: value`, comments, and indented
/// lines that continue a value.
pub(crate) fn ini_value(text: &str, section: &str, key: &str) -> Option<String> {
    let mut current = "";
    let mut value: Option<String> = None;
    let mut inside = false;
    for line in text.lines() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        if line.starts_with([' ', '\t']) {
            if let (true, Some(value)) = (inside, value.as_mut()) {
                value.push(' ');
                value.push_str(trimmed);
            }
            continue;
        }
        inside = false;
        if let Some(name) = trimmed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            current = name.trim();
        } else if let Some((name, text)) = trimmed.split_once(['=', ':'])
            && current == section
            && name.trim().replace('_', "-").eq_ignore_ascii_case(key)
        {
            value = Some(text.trim().to_string());
            inside = true;
        }
    }
    value.map(|value| value.trim().to_string())
}

fn uv_files(env: &Environment) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = env.var("UV_CONFIG_FILE").map(PathBuf::from).into_iter().collect();
    files.extend(env.config_home().map(|config| config.join("uv/uv.toml")));
    files.push(PathBuf::from("/etc/uv/uv.toml"));
    files.into_iter().map(|path| env.root_path(&path)).collect()
}

fn uv_table(path: &Path) -> Option<toml::Table> {
    std::fs::read_to_string(path).ok()?.parse().ok()
}

fn uv_index(path: &Path) -> Option<Stated> {
    let table = uv_table(path)?;
    let default =
        uv_entries(&table).find(|entry| entry.get("default").and_then(|v| v.as_bool()) == Some(true));
    let url = default
        .and_then(|entry| entry.get("url"))
        .or_else(|| table.get("index-url"))
        .or_else(|| table.get("pip")?.get("index-url"))?;
    Stated::new(url.as_str()?, path.display().to_string())
}

fn uv_extra_indexes(path: &Path) -> Vec<Stated> {
    let Some(table) = uv_table(path) else { return Vec::new() };
    let origin = path.display().to_string();
    let entries = uv_entries(&table)
        .filter(|entry| entry.get("default").and_then(|v| v.as_bool()) != Some(true))
        .filter_map(|entry| entry.get("url"));
    let extra = table.get("extra-index-url").and_then(|v| v.as_array()).into_iter().flatten();
    entries.chain(extra).filter_map(|url| Stated::new(url.as_str()?, origin.clone())).collect()
}

fn uv_entries(table: &toml::Table) -> impl Iterator<Item = &toml::Table> {
    table.get("index").and_then(|v| v.as_array()).into_iter().flatten().filter_map(|v| v.as_table())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_files(files: &[(&str, &str)], vars: &[(&str, &str)]) -> (tempfile::TempDir, Environment) {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path.trim_start_matches('/'));
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let mut vars: Vec<(&str, &str)> = vars.to_vec();
        vars.push(("HOME", "/home/u"));
        let env = Environment::fixed(root.path(), &vars);
        (root, env)
    }

    #[test]
    fn variables_win_over_files_and_ours_over_all() {
        let files = [("/home/u/.config/pip/pip.conf", "[global]\nindex-url = http://file.test/simple\n")];
        let (_root, env) = with_files(&files, &[("PIP_INDEX_URL", "http://pip.test/simple")]);
        assert_eq!(index(&env).unwrap().url, "http://pip.test/simple");
        let vars =
            [("BERING_INDEX_URL", "http://ours.test/simple"), ("PIP_INDEX_URL", "http://pip.test/simple")];
        let (_root, env) = with_files(&files, &vars);
        assert_eq!(index(&env).unwrap().origin, "$BERING_INDEX_URL");
        let (_root, env) = with_files(&files, &[]);
        assert_eq!(index(&env).unwrap().url, "http://file.test/simple");
    }

    #[test]
    fn pip_files_are_read_in_pips_order() {
        let system = ("/etc/pip.conf", "[global]\nindex-url = http://system.test/simple\n");
        let user = ("/home/u/.pip/pip.conf", "[global]\nindex_url: http://user.test/simple\n");
        let (_root, env) = with_files(&[system, user], &[]);
        assert_eq!(index(&env).unwrap().url, "http://user.test/simple");
        let (_root, env) = with_files(&[system], &[]);
        assert_eq!(index(&env).unwrap().url, "http://system.test/simple");
        let (_root, env) = with_files(&[system, user], &[("PIP_CONFIG_FILE", "/dev/null")]);
        assert_eq!(index(&env), None);
    }

    #[test]
    fn extra_indexes_may_stand_on_several_lines() {
        let conf = "[global]\nextra-index-url =\n    http://a.test/simple\n    http://b.test/simple\n";
        let (_root, env) = with_files(&[("/etc/pip.conf", conf)], &[]);
        let urls: Vec<String> = extra_indexes(&env).into_iter().map(|stated| stated.url).collect();
        assert_eq!(urls, ["http://a.test/simple", "http://b.test/simple"]);
    }

    #[test]
    fn uv_files_give_a_default_and_extra_indexes() {
        let toml = "[[index]]\nname = \"x\"\nurl = \"http://x.test/simple\"\n\n\
                    [[index]]\nurl = \"http://main.test/simple\"\ndefault = true\n";
        let (_root, env) = with_files(&[("/home/u/.config/uv/uv.toml", toml)], &[]);
        assert_eq!(index(&env).unwrap().url, "http://main.test/simple");
        assert_eq!(extra_indexes(&env)[0].url, "http://x.test/simple");
    }

    #[test]
    fn a_named_uv_index_loses_its_name() {
        let (_root, env) = with_files(&[], &[("UV_DEFAULT_INDEX", "corp=http://u:p@corp.test/simple?a=b")]);
        assert_eq!(index(&env).unwrap().url, "http://u:p@corp.test/simple?a=b");
    }
}
