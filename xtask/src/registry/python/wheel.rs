//! Wheel file names: `name-version[-build]-python-abi-platform.whl`, and which of them fits a host.

use std::cmp::Ordering;

/// The parts of a wheel's file name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WheelName<'a> {
    pub(crate) version: &'a str,
    pub(crate) build: Option<&'a str>,
    pub(crate) python: &'a str,
    pub(crate) platform: &'a str,
}

impl<'a> WheelName<'a> {
    pub(crate) fn parse(file: &'a str) -> Option<Self> {
        let parts: Vec<&str> = file.strip_suffix(".whl")?.split('-').collect();
        let (build, tags) = match parts.len() {
            5 => (None, &parts[2..]),
            6 => (Some(parts[2]), &parts[3..]),
            _ => return None,
        };
        Some(Self { version: parts[1], build, python: tags[0], platform: tags[2] })
    }

    /// Whether this wheel is for one of the given Python tags and for the host; `any` fits every host.
    pub(crate) fn fits(&self, pythons: &[&str], host: &str) -> bool {
        self.python.split('.').any(|tag| pythons.contains(&tag))
            && self.platform.split('.').any(|tag| platform_fits(tag, host))
    }
}

fn platform_fits(tag: &str, host: &str) -> bool {
    let arch = host.split('-').next().unwrap_or("");
    if tag == "any" {
        true
    } else if host.ends_with("-unknown-linux-gnu") {
        tag.starts_with("manylinux") && tag.strip_suffix(arch).is_some_and(|rest| rest.ends_with('_'))
    } else if host.ends_with("-apple-darwin") {
        let arch = if arch == "aarch64" { "arm64" } else { arch };
        tag.starts_with("macosx_") && (tag.ends_with(arch) || tag.ends_with("universal2"))
    } else {
        false
    }
}

/// Orders versions as PEP 440 does for the forms seen in practice: `1.2.3`, `1.2.3rc1`, `1.2.post1`, `1.2.dev3`.
pub(crate) fn compare_versions(a: &str, b: &str) -> Ordering {
    let ((a, a_suffix), (b, b_suffix)) = (release_and_suffix(a), release_and_suffix(b));
    let longest = a_suffix.len().max(b_suffix.len());
    // A missing suffix stands between a pre-release and a post-release: 1.2rc1 < 1.2 < 1.2.post1.
    let suffix =
        |suffix: &[(i8, u64)]| (0..longest).map(|at| suffix.get(at).copied().unwrap_or((0, 0))).collect();
    let (a_suffix, b_suffix): (Vec<_>, Vec<_>) = (suffix(&a_suffix), suffix(&b_suffix));
    a.cmp(&b).then_with(|| a_suffix.cmp(&b_suffix))
}

/// Whether the version is a pre-release (`a`, `b`, `rc`, `dev`).
pub(crate) fn is_prerelease(version: &str) -> bool {
    version_key(version).iter().any(|(kind, _)| *kind < 0)
}

/// The release numbers without zeros at their end (1.2 is 1.2.0), and what follows them.
fn release_and_suffix(version: &str) -> (Vec<u64>, Vec<(i8, u64)>) {
    let mut key = version_key(version);
    let suffix = key.split_off(key.iter().position(|(kind, _)| *kind != 0).unwrap_or(key.len()));
    let mut release: Vec<u64> = key.into_iter().map(|(_, number)| number).collect();
    while release.last() == Some(&0) {
        release.pop();
    }
    (release, suffix)
}

/// Parts as (kind, number); the kinds sort dev < a < b < rc < plain number < post.
fn version_key(version: &str) -> Vec<(i8, u64)> {
    // A local version (`+cuda`) does not order releases of one file kind.
    let version = version.split('+').next().unwrap_or("").to_ascii_lowercase();
    let mut key = Vec::new();
    let mut rest = version.as_str();
    while !rest.is_empty() {
        let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let (word, after) = rest.split_at(letters);
        let after = after.trim_start_matches(['.', '-', '_', '!']);
        let digits = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
        let (number, after) = after.split_at(digits);
        let kind = match word {
            "dev" => -4,
            "a" | "alpha" => -3,
            "b" | "beta" => -2,
            "rc" | "c" | "pre" => -1,
            "post" | "rev" | "r" => 1,
            _ => 0,
        };
        key.push((kind, number.parse().unwrap_or(0)));
        // Something that is neither letter nor digit must not stall the loop.
        let skipped = after.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
        rest = if skipped.len() < rest.len() { skipped } else { "" };
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    const X86: &str = "x86_64-unknown-linux-gnu";
    const ARM: &str = "aarch64-unknown-linux-gnu";

    #[test]
    fn names_are_taken_apart() {
        let wheel = WheelName::parse("libclang-18.1.1-1-py2.py3-none-macosx_11_0_arm64.whl").unwrap();
        assert_eq!((wheel.version, wheel.build, wheel.python), ("18.1.1", Some("1"), "py2.py3"));
        assert_eq!(wheel.platform, "macosx_11_0_arm64");
        assert_eq!(WheelName::parse("demo-1.0.tar.gz"), None);
        assert_eq!(WheelName::parse("demo.whl"), None);
    }

    #[test]
    fn tags_fit_their_host_only() {
        let fits = |file, pythons: &[&str], host| WheelName::parse(file).unwrap().fits(pythons, host);
        let cmake = "cmake-4.4.4-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl";
        assert!(fits(cmake, &["py3"], X86));
        assert!(!fits(cmake, &["py3"], ARM));
        assert!(!fits(cmake, &["cp311"], X86));
        assert!(!fits("cmake-4.4.4-py3-none-musllinux_1_2_x86_64.whl", &["py3"], X86));
        assert!(fits("demo-1-py3-none-any.whl", &["py3"], ARM));
        assert!(fits("libclang-18.1.1-py2.py3-none-manylinux2014_aarch64.whl", &["py3"], ARM));
        assert!(fits("libclang-18.1.1-py2.py3-none-macosx_11_0_arm64.whl", &["py3"], "aarch64-apple-darwin"));
    }

    #[test]
    fn versions_are_ordered_as_releases_are() {
        let sorted =
            ["2.21.0", "2.22.0.dev3", "2.22.0rc0", "2.22.0rc1", "2.22", "2.22.post1", "2.22.1", "10.0"];
        for (at, a) in sorted.iter().enumerate() {
            for (bt, b) in sorted.iter().enumerate() {
                assert_eq!(compare_versions(a, b), at.cmp(&bt), "{a} and {b}");
            }
        }
        assert_eq!(compare_versions("2.22", "2.22.0"), Ordering::Equal);
        assert!(is_prerelease("2.22.0rc0") && !is_prerelease("2.22.0") && !is_prerelease("1.13.post1"));
    }
}
