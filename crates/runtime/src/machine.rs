//! What the machine must have before a plugin is worth opening.
//!
//! Opening a plugin for hardware that is not there costs time, prints the vendor's complaints and ends in an error that says
//! little. The driver's files in `/dev` and `/proc` tell the same in microseconds, and why.

use std::fs;
use std::path::Path;

/// Whether programs can run on a target here, as far as its driver's files tell.
///
/// # Errors
/// What is missing, in a few words: `no NVIDIA driver is loaded`.
pub fn check_machine(target: &str) -> Result<(), String> {
    check_below(target, Path::new("/"))
}

fn check_below(target: &str, root: &Path) -> Result<(), String> {
    match target {
        "cuda12" => check_nvidia(root, 525),
        "cuda13" => check_nvidia(root, 580),
        "rocm7" if !root.join("dev/kfd").exists() => {
            Err("no amdgpu driver is loaded (`/dev/kfd` is not there)".into())
        }
        "rocm7" if !root.join("opt/rocm").exists() => {
            Err("no ROCm is installed (`/opt/rocm` is not there)".into())
        }
        "tpu" if !has_tpu(root) => {
            Err("no TPU is attached (neither `/dev/accel*` nor `/dev/vfio/*` is there)".into())
        }
        _ => Ok(()),
    }
}

/// Under WSL the driver is Windows' own, behind `/dev/dxg`.
fn check_nvidia(root: &Path, least: u32) -> Result<(), String> {
    if root.join("dev/dxg").exists() {
        return Ok(());
    }
    if !root.join("dev/nvidiactl").exists() {
        return Err("no NVIDIA driver is loaded (`/dev/nvidiactl` is not there)".into());
    }
    // A driver that does not say its version is left to the plugin.
    let text = fs::read_to_string(root.join("proc/driver/nvidia/version")).unwrap_or_default();
    match driver_version(&text) {
        Some((version, major)) if major < least => {
            Err(format!("the NVIDIA driver is {version}, {least} or newer is needed"))
        }
        _ => Ok(()),
    }
}

/// The version in `NVRM version: NVIDIA UNIX x86_64 Kernel Module  580.65.06  Sun ...`, and its major number.
fn driver_version(text: &str) -> Option<(&str, u32)> {
    let line = text.lines().find(|line| line.starts_with("NVRM version"))?;
    line.split_whitespace().find_map(|word| Some((word, word.split_once('.')?.0.parse().ok()?)))
}

/// Whether there are device files of TPUs: one a chip in `/dev`, or with newer drivers numbered ones in `/dev/vfio`.
pub(crate) fn has_tpu(root: &Path) -> bool {
    let has = |directory: &str, wanted: fn(&str) -> bool| {
        let entries = fs::read_dir(root.join(directory)).into_iter().flatten().flatten();
        entries.into_iter().any(|entry| wanted(&entry.file_name().to_string_lossy()))
    };
    let numbered = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
    has("dev", |name| {
        name.strip_prefix("accel").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    }) || has("dev/vfio", numbered)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().expect("a directory for temporary files");
        for (file, text) in files {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().expect("a directory")).expect("writable");
            fs::write(path, text).expect("writable");
        }
        root
    }

    #[test]
    fn an_empty_machine_has_a_cpu_and_says_what_it_lacks() {
        let root = with(&[]);
        assert_eq!(check_below("cpu", root.path()), Ok(()));
        for (target, words) in [
            ("cuda12", "no NVIDIA driver is loaded"),
            ("cuda13", "no NVIDIA driver is loaded"),
            ("rocm7", "no amdgpu driver is loaded"),
            ("tpu", "no TPU is attached"),
        ] {
            let error = check_below(target, root.path()).expect_err(target);
            assert!(error.starts_with(words), "{error}");
        }
    }

    #[test]
    fn an_old_driver_is_too_old_for_the_newer_cuda() {
        let text = |version: &str| {
            format!("NVRM version: NVIDIA UNIX x86_64 Kernel Module  {version}  Sun Jul 1\nGCC 12\n")
        };
        let old = with(&[("dev/nvidiactl", ""), ("proc/driver/nvidia/version", &text("535.104.05"))]);
        assert_eq!(check_below("cuda12", old.path()), Ok(()));
        let error = check_below("cuda13", old.path()).expect_err("too old");
        assert_eq!(error, "the NVIDIA driver is 535.104.05, 580 or newer is needed");
        let new = with(&[("dev/nvidiactl", ""), ("proc/driver/nvidia/version", &text("580.65.06"))]);
        assert_eq!(check_below("cuda13", new.path()), Ok(()));
        let silent = with(&[("dev/nvidiactl", "")]);
        assert_eq!(check_below("cuda13", silent.path()), Ok(()));
    }

    #[test]
    fn devices_of_other_targets() {
        assert_eq!(check_below("tpu", with(&[("dev/accel0", "")]).path()), Ok(()));
        assert_eq!(check_below("tpu", with(&[("dev/vfio/0", "")]).path()), Ok(()));
        assert!(
            check_below("tpu", with(&[("dev/vfio/vfio", ""), ("dev/accelerometer", "")]).path()).is_err()
        );
        assert!(
            check_below("rocm7", with(&[("dev/kfd", "")]).path()).expect_err("no ROCm").contains("/opt/rocm")
        );
        assert_eq!(check_below("rocm7", with(&[("dev/kfd", ""), ("opt/rocm/x", "")]).path()), Ok(()));
    }
}
