//! From a recipe and the registries to a lock entry: which file it is today, with its hash and size.

use anyhow::{Context as _, Result, anyhow, bail};
use bering_build::lock::{Artifact, Checked, Sha256};
use bering_build::purl::Purl;

use crate::fetch::http::Client;
use crate::recipe::{HOSTS, Package, Recipe, Versions};
use crate::registry::Registries;
use crate::registry::python::simple::IndexFile;
use crate::registry::python::wheel::{WheelName, compare_versions, is_prerelease};

/// Who is asked.
pub(crate) struct Resolver<'a> {
    pub(crate) registries: &'a Registries,
    pub(crate) client: &'a Client,
}

impl Resolver<'_> {
    /// The entry of a recipe for one of its hosts. Its `checked` is `locked`: nobody has run it yet.
    ///
    /// `version` asks for exactly that one instead of what the recipe's policy gives.
    pub(crate) fn resolve(&self, recipe: &Recipe, host: &str, version: Option<&str>) -> Result<Artifact> {
        let package = recipe
            .package_for(host)
            .with_context(|| format!("recipe `{}` is not for `{host}`", recipe.name))?;
        let found = match &recipe.package {
            Package::Wheel { pythons, versions, .. } => {
                self.wheel(package, host, pythons, *versions, version)
            }
            Package::Deb { .. } => self.deb(package, host, version),
        };
        let found = found.with_context(|| format!("`{}` for `{host}` was not resolved", recipe.name))?;
        Ok(Artifact {
            name: recipe.name.to_string(),
            host: host.to_string(),
            unpack: recipe.unpack(&found.purl.version, host)?,
            purl: found.purl,
            file: found.file,
            size: found.size,
            sha256: found.sha256,
            license: recipe.license.to_string(),
            checked: Checked::Locked,
            pjrt: None,
            unpacked: None,
        })
    }

    fn wheel(
        &self,
        project: &str,
        host: &str,
        pythons: &[&str],
        versions: Versions,
        version: Option<&str>,
    ) -> Result<Found> {
        let files = self.registries.python.files(project)?;
        let file = choose_wheel(&files, host, pythons, versions, version)
            .map_err(|why| anyhow!("the index has no wheel of `{project}` that fits: {why}"))?;
        let name = WheelName::parse(&file.name).context("a chosen wheel has a wheel's name")?;
        let hash = file.sha256.as_deref().with_context(|| {
            format!("the index gives no sha256 for `{}`\nhint: resolve against an index that does (`--index-url`)", file.name)
        })?;
        Ok(Found {
            purl: Purl {
                kind: "pypi".to_string(),
                namespace: String::new(),
                name: project.to_string(),
                version: name.version.to_string(),
                qualifiers: Vec::new(),
            },
            sha256: parse_hash(hash)?,
            size: match file.size {
                Some(size) => size,
                None => self.size_of(file)?,
            },
            file: file.name.clone(),
        })
    }

    /// The HTML encoding of an index has no sizes; the file server says them.
    fn size_of(&self, file: &IndexFile) -> Result<u64> {
        let response = self.client.get(file.url.as_str()).send().map_err(crate::fetch::http::plain)?;
        let response = response.error_for_status().map_err(crate::fetch::http::plain)?;
        response
            .content_length()
            .filter(|size| *size > 0)
            .with_context(|| format!("no server says the size of `{}`", file.name))
    }

    fn deb(&self, package: &str, host: &str, version: Option<&str>) -> Result<Found> {
        let arch = HOSTS.iter().find(|(known, _)| *known == host).map(|(_, arch)| *arch);
        let arch = arch.with_context(|| format!("Debian has no name for `{host}`"))?;
        let found = self.registries.debian.newest(package, arch)?;
        if let Some(version) = version.filter(|version| *version != found.version) {
            bail!("`{package}` {version} is not in apt's sources; they have {}", found.version);
        }
        let (directory, file) = found.uri.rsplit_once('/').context("apt gave a URI without a path")?;
        // Pools keep a package below its source package's name.
        let source = directory.rsplit('/').next().unwrap_or(package);
        let mut qualifiers = vec![("arch".to_string(), arch.to_string())];
        if source != package {
            qualifiers.push(("upstream".to_string(), source.to_string()));
        }
        Ok(Found {
            purl: Purl {
                kind: "deb".to_string(),
                namespace: "debian".to_string(),
                name: package.to_string(),
                version: found.version,
                qualifiers,
            },
            file: file.replace("%7e", "~").replace("%7E", "~").replace("%2b", "+").replace("%2B", "+"),
            sha256: parse_hash(&found.sha256)?,
            size: found.size,
        })
    }
}

struct Found {
    purl: Purl,
    file: String,
    sha256: Sha256,
    size: u64,
}

fn parse_hash(text: &str) -> Result<Sha256> {
    text.parse().map_err(|why: String| anyhow!("the registry's hash: {why}"))
}

/// The newest version that the policy allows, then the first Python tag of the list, then the oldest platform (which
/// runs on the most machines).
fn choose_wheel<'a>(
    files: &'a [IndexFile],
    host: &str,
    pythons: &[&str],
    versions: Versions,
    version: Option<&str>,
) -> Result<&'a IndexFile, String> {
    let mut fitting: Vec<(WheelName<'_>, &IndexFile)> = Vec::new();
    for file in files {
        let Some(name) = WheelName::parse(&file.name) else { continue };
        let allowed = match version {
            Some(exact) => name.version == exact,
            None => !file.yanked && versions.allow(name.version, is_prerelease(name.version)),
        };
        if allowed && name.fits(pythons, host) {
            fitting.push((name, file));
        }
    }
    let rank = |name: &WheelName<'_>| {
        let has = |tag: &&str| name.python.split('.').any(|own| own == *tag);
        pythons.iter().position(has).unwrap_or(usize::MAX)
    };
    fitting.sort_by(|(a, _), (b, _)| {
        compare_versions(b.version, a.version)
            .then_with(|| rank(a).cmp(&rank(b)))
            .then_with(|| b.build.cmp(&a.build))
            .then_with(|| a.platform.cmp(b.platform))
    });
    fitting.first().map(|(_, file)| *file).ok_or_else(|| {
        let what = version.map_or_else(|| format!("{versions:?}"), |version| format!("version {version}"));
        format!("{what}, Python tags {}, host `{host}`; it lists {} files", pythons.join(" or "), files.len())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const X86: &str = "x86_64-unknown-linux-gnu";

    fn files(names: &[&str]) -> Vec<IndexFile> {
        let file = |name: &&str| IndexFile {
            name: name.trim_end_matches('!').to_string(),
            url: "http://files.test/x".parse().unwrap(),
            sha256: None,
            size: None,
            yanked: name.ends_with('!'),
        };
        names.iter().map(file).collect()
    }

    #[test]
    fn the_newest_allowed_wheel_is_chosen() {
        let files = files(&[
            "demo-1.0-cp311-cp311-manylinux_2_17_x86_64.whl",
            "demo-2.0-cp312-cp312-manylinux_2_17_x86_64.whl",
            "demo-2.0-cp311-cp311-manylinux_2_28_x86_64.whl",
            "demo-2.0-cp311-cp311-manylinux_2_17_x86_64.whl",
            "demo-2.0-cp311-cp311-win_amd64.whl",
            "demo-2.1rc1-cp311-cp311-manylinux_2_17_x86_64.whl",
            "demo-2.2-cp311-cp311-manylinux_2_17_x86_64.whl!",
            "demo-2.0.tar.gz",
        ]);
        let choose = |versions, version| {
            choose_wheel(&files, X86, &["cp311", "cp312"], versions, version).map(|file| file.name.as_str())
        };
        assert_eq!(choose(Versions::Newest, None), Ok("demo-2.0-cp311-cp311-manylinux_2_17_x86_64.whl"));
        assert_eq!(
            choose(Versions::Within("2.1"), None),
            Ok("demo-2.1rc1-cp311-cp311-manylinux_2_17_x86_64.whl")
        );
        assert_eq!(
            choose(Versions::Newest, Some("1.0")),
            Ok("demo-1.0-cp311-cp311-manylinux_2_17_x86_64.whl")
        );
        let error = choose(Versions::Within("3."), None).unwrap_err();
        assert!(error.contains("3.") && error.contains("cp311 or cp312") && error.contains(X86), "{error}");
    }
}
