//! `apt-get` as a client of the machine's own package sources, without root and without touching the system.
//!
//! apt knows where packages are, verifies the signed metadata, and says both in machine-readable form. For another
//! architecture, or where the lists were never fetched (a fresh container), it works on a private state directory that
//! goes away afterwards.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use super::super::programs::find_program;

/// A file that apt would download, as its signed metadata describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AptFile {
    pub(crate) uri: String,
    pub(crate) version: String,
    pub(crate) size: u64,
    pub(crate) sha256: String,
}

/// `apt-get` on the system's lists, or on private ones.
#[derive(Debug)]
pub(crate) struct Apt {
    program: PathBuf,
    private: Option<TempDir>,
}

impl Apt {
    /// apt with the lists that the system has; `None` on a machine without apt.
    pub(crate) fn of_system() -> Option<Self> {
        find_program("apt-get").map(|program| Self { program, private: None })
    }

    /// apt with freshly fetched private lists for an architecture.
    pub(crate) fn private(&self, arch: &str) -> Result<Self> {
        let dir = tempfile::Builder::new().prefix("bering-apt-").tempdir()?;
        for sub in ["state/lists/partial", "cache/archives/partial", "parts"] {
            std::fs::create_dir_all(dir.path().join(sub))?;
        }
        std::fs::write(dir.path().join("status"), "")?;
        let inherited = self.effective_config()?;
        std::fs::write(dir.path().join("apt.conf"), private_config(&inherited, dir.path(), arch))?;
        let apt = Self { program: self.program.clone(), private: Some(dir) };
        // `--error-on=any`: a source that does not answer must not pass for a source without the package.
        apt.run(&["update", "-q=2", "--error-on=any"]).with_context(|| {
            format!("apt cannot read its package sources for `{arch}`\nhint: `apt-get update` on this machine must work")
        })?;
        Ok(apt)
    }

    /// What apt would download for `package` (`name`, `name:arch` or either with `=version`); `None` if it knows none.
    pub(crate) fn download_file(&self, package: &str) -> Option<AptFile> {
        let text = self.run(&["download", "--print-uris", package]).ok()?;
        text.lines().find_map(parse_uri_line)
    }

    /// The base URIs of all sources, whether or not their lists have been fetched.
    pub(crate) fn base_uris(&self) -> Vec<String> {
        let text = self.run(&["update", "--print-uris"]).unwrap_or_default();
        let mut bases = Vec::new();
        for line in text.lines() {
            let uri = line.split('\'').nth(1).unwrap_or("");
            if let Some((base, _)) = uri.split_once("dists/")
                && base.starts_with("http")
                && !bases.iter().any(|known| known == base)
            {
                bases.push(base.to_string());
            }
        }
        bases
    }

    fn effective_config(&self) -> Result<String> {
        let program = self.program.with_file_name("apt-config");
        let output = Command::new(&program).arg("dump").env("LC_ALL", "C").stdin(Stdio::null()).output();
        let output = output.with_context(|| format!("cannot run `{} dump`", program.display()))?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn run(&self, args: &[&str]) -> Result<String> {
        let mut command = Command::new(&self.program);
        command.args(args).env("LC_ALL", "C").stdin(Stdio::null());
        if let Some(dir) = &self.private {
            command.env("APT_CONFIG", OsString::from(dir.path().join("apt.conf")));
        }
        let output = command.output().with_context(|| format!("cannot run `{}`", self.program.display()))?;
        if !output.status.success() {
            let errors = String::from_utf8_lossy(&output.stderr);
            let errors: Vec<&str> = errors.lines().filter(|line| !line.trim().is_empty()).collect();
            bail!("`apt-get {}` failed:\n{}", args.join(" "), errors.join("\n"));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// The user's own configuration (proxies, certificates, sources) with state and architecture of our own and without
/// the hooks, which belong to the system.
fn private_config(inherited: &str, dir: &Path, arch: &str) -> String {
    let ours =
        ["APT::Architecture", "Dir::State", "Dir::Cache", "Dir::Etc::parts", "Dir::Etc::main", "DPkg::"];
    let mut config = String::new();
    for line in inherited.lines() {
        let hook = line.contains("-Invoke") || line.contains("::Progress");
        let bulky = line.starts_with("Acquire::IndexTargets")
            && !line.starts_with("Acquire::IndexTargets::deb::Packages");
        if !hook && !bulky && !ours.iter().any(|name| line.starts_with(name)) {
            config.push_str(line);
            config.push('\n');
        }
    }
    let dir = dir.display();
    config.push_str(&format!(
        "APT::Architecture \"{arch}\";\nAPT::Architectures {{ \"{arch}\"; }};\n\
         Dir::Etc::parts \"{dir}/parts\";\nDir::Etc::main \"/dev/null\";\n\
         Dir::State \"{dir}/state\";\nDir::State::lists \"{dir}/state/lists\";\nDir::State::status \"{dir}/status\";\n\
         Dir::Cache \"{dir}/cache\";\nDir::Cache::archives \"{dir}/cache/archives\";\n\
         Acquire::Languages \"none\";\nAcquire::Retries \"1\";\n\
         Acquire::http::Timeout \"20\";\nAcquire::https::Timeout \"20\";\n"
    ));
    config
}

/// `'URI' name_version_arch.deb SIZE SHA256:HASH`
fn parse_uri_line(line: &str) -> Option<AptFile> {
    let (uri, rest) = line.strip_prefix('\'')?.split_once('\'')?;
    let mut words = rest.split_whitespace();
    let (file, size, hash) = (words.next()?, words.next()?, words.next()?);
    Some(AptFile {
        uri: uri.to_string(),
        version: decode_colon(file.split('_').nth(1)?),
        size: size.parse().ok()?,
        sha256: hash.strip_prefix("SHA256:")?.to_ascii_lowercase(),
    })
}

/// In apt's file names the colon of an epoch is written `%3a`.
fn decode_colon(version: &str) -> String {
    version.replace("%3a", ":").replace("%3A", ":")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_line_gives_version_size_and_hash() {
        let line = "'http://deb.test/pool/main/d/demo/demo_2.0-1%7eb1_amd64.deb' demo_1%3a2.0-1~b1_amd64.deb 42 SHA256:AB";
        let file = parse_uri_line(line).unwrap();
        assert_eq!((file.version.as_str(), file.size, file.sha256.as_str()), ("1:2.0-1~b1", 42, "ab"));
        assert_eq!(file.uri, "http://deb.test/pool/main/d/demo/demo_2.0-1%7eb1_amd64.deb");
        assert_eq!(parse_uri_line("Reading package lists..."), None);
        assert_eq!(parse_uri_line("'http://deb.test/x.deb' x_1_all.deb 4 MD5Sum:ab"), None);
    }

    #[test]
    fn the_private_configuration_keeps_proxies_and_drops_hooks() {
        let inherited = "Acquire::http::Proxy \"http://proxy.test:3128\";\nAPT::Architecture \"amd64\";\n\
                         APT::Update::Post-Invoke:: \"touch /system\";\nDir::State::lists \"lists/\";\n\
                         Acquire::IndexTargets::deb::DEP-11::MetaKey \"x\";\n\
                         Acquire::IndexTargets::deb::Packages::MetaKey \"y\";\n";
        let config = private_config(inherited, Path::new("/tmp/private"), "arm64");
        assert!(config.contains("Acquire::http::Proxy \"http://proxy.test:3128\";"));
        assert!(config.contains("Packages::MetaKey"));
        for dropped in ["amd64", "/system", "DEP-11", "\"lists/\""] {
            assert!(!config.contains(dropped), "{dropped} in:\n{config}");
        }
        assert!(config.contains("Dir::State::lists \"/tmp/private/state/lists\";"));
    }
}
