//! The few files of a prefix that come from no archive.
//!
//! Debian's `llvm-config` names libraries that the trimmed set does not have, so ours answers instead. libclang comes
//! without its builtin headers, so two fallbacks lie where `bindgen` looks last.

use super::index::Entry;
use bering_build::lock::Artifact;

const LLVM_CONFIG: &str = include_str!("own/llvm-config.sh");
const STDDEF: &str = include_str!("own/stddef.h");
const STDBOOL: &str = include_str!("own/stdbool.h");

/// A file with the content that this program gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OwnFile {
    pub(crate) path: String,
    pub(crate) content: String,
    pub(crate) executable: bool,
}

/// Changes whenever the text of one of our files does.
pub(crate) fn fingerprint() -> String {
    crate::sha256::of([LLVM_CONFIG, STDDEF, STDBOOL].join("\0").as_bytes()).to_string()
}

/// Our files for a prefix of these artifacts; `files` are theirs.
pub(crate) fn files(artifacts: &[&Artifact], files: &[Entry]) -> Vec<OwnFile> {
    let Some(llvm) = artifacts.iter().find(|artifact| artifact.name == "mlir") else {
        return Vec::new();
    };
    let config = LLVM_CONFIG
        .replace("@VERSION@", upstream_version(&llvm.purl.version))
        .replace("@LIBNAMES@", &llvm_libraries(files).join(" "));
    let file = |path: &str, content: &str, executable| OwnFile {
        path: path.into(),
        content: content.into(),
        executable,
    };
    vec![
        file("mlir/bin/llvm-config", &config, true),
        file("mlir/include/stddef.h", STDDEF, false),
        file("mlir/include/stdbool.h", STDBOOL, false),
    ]
}

/// `1:22.1.8-1~deb12u1` is Debian's name for `22.1.8`.
fn upstream_version(version: &str) -> &str {
    let version = version.split_once(':').map_or(version, |(_, rest)| rest);
    version.split_once(['-', '+', '~']).map_or(version, |(upstream, _)| upstream)
}

/// The static LLVM libraries of the prefix, users before what they use: linkers read them once, from left to right.
fn llvm_libraries(files: &[Entry]) -> Vec<&str> {
    const LAST: [&str; 2] = ["libLLVMSupport.a", "libLLVMDemangle.a"];
    let mut names: Vec<_> = files.iter().filter_map(|entry| entry.path.strip_prefix("mlir/lib/")).collect();
    names.retain(|name| name.starts_with("libLLVM") && name.ends_with(".a"));
    names.sort_by_key(|name| (LAST.iter().position(|last| last == name).map_or(0, |at| at + 1), *name));
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use bering_build::lock::Sha256;
    use std::process::Command;

    fn library(name: &str) -> Entry {
        Entry { path: format!("mlir/lib/{name}"), sha256: Sha256([0; 32]), size: 1, executable: false }
    }

    #[test]
    fn debian_versions_lose_epoch_and_revision() {
        for (debian, upstream) in
            [("1:22.1.8-1~deb12u1", "22.1.8"), ("22.1.8", "22.1.8"), ("1:23.0~rc1", "23.0")]
        {
            assert_eq!(upstream_version(debian), upstream);
        }
    }

    #[test]
    fn libraries_come_before_what_they_use() {
        let files =
            ["libLLVMDemangle.a", "libLLVMSupport.a", "libLLVMTableGen.a", "libMLIRIR.a"].map(library);
        assert_eq!(llvm_libraries(&files), ["libLLVMTableGen.a", "libLLVMSupport.a", "libLLVMDemangle.a"]);
    }

    /// Runs the script as build scripts do: through a link, by its logical path.
    #[cfg(unix)]
    fn ask(arguments: &[&str]) -> (bool, String) {
        let dir = tempfile::tempdir().unwrap();
        let real = dir.path().join("real");
        let script = real.join("mlir/bin/llvm-config");
        let text = LLVM_CONFIG.replace("@VERSION@", "22.1.8").replace("@LIBNAMES@", "libLLVMSupport.a");
        crate::store::durable::write_new(&script, text.as_bytes(), true).unwrap();
        let link = dir.path().join("link");
        crate::store::durable::symlink(&real, &link).unwrap();
        // Through `sh`: executing a file that was just written fails while another thread forks (text file busy).
        let output =
            Command::new("sh").arg(link.join("mlir/bin/llvm-config")).args(arguments).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        (output.status.success(), text.replace(dir.path().to_str().unwrap(), "DIR"))
    }

    #[cfg(unix)]
    #[test]
    fn the_script_answers_by_its_logical_path() {
        for (arguments, answer) in [
            (&["--version"][..], "22.1.8\n"),
            (&["--link-static", "--ignore-libllvm", "--libdir"], "DIR/link/mlir/lib\n"),
            (&["--includedir"], "DIR/link/mlir/include\n"),
            (&["--prefix"], "DIR/link/mlir\n"),
            (&["--cxxflags"], "-IDIR/link/mlir/include\n"),
            (&["--link-static", "--libnames"], "libLLVMSupport.a\n"),
            (&["--shared-mode"], "static\n"),
        ] {
            assert_eq!(ask(arguments), (true, answer.to_owned()), "{arguments:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn the_script_refuses_what_it_does_not_know() {
        for arguments in [&["--bindir"][..], &["--link-shared", "--libnames"], &["support"], &[]] {
            assert!(!ask(arguments).0, "{arguments:?}");
        }
    }
}
