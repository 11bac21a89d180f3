//! The CPU plugin, if it was built: does it load, and which PJRT version does it speak?
//!
//! xtask neither depends on the runtime nor loads libraries itself: the runtime's example `plugin_info` does, in a process
//! of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;

use super::Report;
use crate::checkout::Checkout;

const LIBRARY: &str = "libpjrt_cpu.so";
/// The build script's output directory begins with the package's name.
const PACKAGE: &str = "bering-pjrt-cpu-";

pub(super) fn examine(checkout: &Checkout, report: &mut Report) {
    let Some((path, profile)) = newest(&target_directory(checkout)) else {
        return report.note("CPU plugin", "not built yet; `cargo xtask run` and `cargo build` build it");
    };
    let shown = path.display();
    match ask(checkout, &path, &profile) {
        Ok(answer) => report.good("CPU plugin", format!("{answer}\n`{shown}`")),
        Err(error) => report.missing(
            "CPU plugin",
            format!("`{shown}` does not load: {error}"),
            "build it again (`cargo clean -p bering-pjrt-cpu`, then `cargo build`)",
        ),
    }
}

pub(crate) fn target_directory(checkout: &Checkout) -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR").filter(|value| !value.is_empty()) {
        Some(target) => checkout.root().join(target),
        None => checkout.root().join("target"),
    }
}

/// The plugin that was built last, with the profile that it was built in.
pub(crate) fn newest(target: &Path) -> Option<(PathBuf, String)> {
    let mut found: Option<(SystemTime, PathBuf, String)> = None;
    for profile in ["release", "debug"] {
        let Ok(outputs) = std::fs::read_dir(target.join(profile).join("build")) else { continue };
        for output in outputs.flatten() {
            let path = output.path().join("out/lib").join(LIBRARY);
            let ours = output.file_name().to_string_lossy().starts_with(PACKAGE);
            let Some(built) = path.metadata().ok().filter(|_| ours).and_then(|meta| meta.modified().ok())
            else {
                continue;
            };
            if found.as_ref().is_none_or(|(newest, ..)| built > *newest) {
                found = Some((built, path, profile.to_string()));
            }
        }
    }
    found.map(|(_, path, profile)| (path, profile))
}

/// What `plugin_info` prints, e.g. `platform=cpu pjrt=0.115 devices=1`.
fn ask(checkout: &Checkout, plugin: &Path, profile: &str) -> Result<String, String> {
    let mut command = Command::new("cargo");
    command.args(["run", "--quiet", "--package", "bering-runtime", "--example", "plugin_info"]);
    if profile == "release" {
        command.arg("--release");
    }
    command.arg("--").arg(plugin).current_dir(checkout.root()).stdin(Stdio::null());
    let output = command.output().map_err(|error| format!("`cargo` does not run: {error}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_string();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        let errors = text(&output.stderr);
        let last = errors.lines().rev().find(|line| !line.is_empty()).unwrap_or("no message").to_string();
        Err(if output.status.code().is_some() {
            last
        } else {
            format!("the process died ({})", output.status)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_build_of_the_plugin_is_found() {
        let target = tempfile::tempdir().unwrap();
        assert_eq!(newest(target.path()), None);
        for (profile, package) in
            [("debug", "bering-pjrt-cpu-1"), ("release", "bering-pjrt-cpu-2"), ("debug", "other-3")]
        {
            let dir = target.path().join(profile).join("build").join(package).join("out/lib");
            std::fs::create_dir_all(&dir).unwrap();
            std::fs::write(dir.join(LIBRARY), "").unwrap();
        }
        let old = target.path().join("debug/build/bering-pjrt-cpu-1/out/lib").join(LIBRARY);
        let past = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000);
        std::fs::File::options().write(true).open(old).unwrap().set_modified(past).unwrap();
        let (path, profile) = newest(target.path()).unwrap();
        assert!(
            path.starts_with(target.path().join("release/build/bering-pjrt-cpu-2")),
            "{}",
            path.display()
        );
        assert_eq!(profile, "release");
    }
}
