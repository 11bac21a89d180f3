//! The assembled prefix as a build script sees it.
//!
//! `cargo xtask setup` points the checkout's `.bering` link at a directory of the store and copies the lock it was made
//! from into it. Paths handed out here always go through the link, never through the store: when the link is swapped,
//! cargo sees other files at the same paths and reruns whoever tracks them.

use crate::error::{Error, ErrorKind};
use std::env;
use std::path::{Path, PathBuf};

/// The link in the checkout's root that points at the assembled prefix.
pub const PREFIX_LINK: &str = ".bering";
/// The lock in the checkout's root; the prefix holds a copy of the one it was assembled from.
pub const LOCK_FILE: &str = "third_party.lock";
/// What `xtask` writes last into a prefix: a prefix without it is not one.
pub const MANIFEST_FILE: &str = "manifest.toml";

/// A directory with the components that the lock names, ready to be compiled and linked against.
#[derive(Debug, Clone)]
pub struct Prefix {
    root: PathBuf,
}

impl Prefix {
    /// Finds the prefix of the running build script.
    ///
    /// `BERING_PREFIX` decides if it is set (the checkout's `.cargo/config.toml` sets it), else the nearest checkout above
    /// `CARGO_MANIFEST_DIR`. Prints the `rerun-if` directives for everything the answer depends on, also when it fails:
    /// a build that failed for want of a prefix must run again once there is one.
    ///
    /// # Errors
    /// If no prefix is set up, or it was made from another lock than the checkout's.
    pub fn locate() -> Result<Self, Error> {
        directive("rerun-if-env-changed=BERING_PREFIX");
        let manifest = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let checkout = manifest.as_deref().and_then(find_checkout);
        let root = match env::var_os("BERING_PREFIX").filter(|value| !value.is_empty()) {
            Some(value) => PathBuf::from(value),
            None => match &checkout {
                Some(checkout) => checkout.join(PREFIX_LINK),
                None => {
                    let message = "no checkout found above the build script, and `BERING_PREFIX` is not set";
                    return Err(Error::new(ErrorKind::Environment, message));
                }
            },
        };
        let root = std::path::absolute(&root).unwrap_or(root);
        track(&root.join(MANIFEST_FILE));
        let lock = checkout.map(|checkout| checkout.join(LOCK_FILE)).filter(|lock| lock.is_file());
        if let Some(lock) = &lock {
            track(lock);
        }
        Self::open(root, lock.as_deref())
    }

    /// Opens the prefix at `root` and compares it with the checkout's `lock`, if there is one. Prints nothing.
    ///
    /// # Errors
    /// If there is no complete prefix at `root`, or it was made from another lock.
    pub fn open(root: impl Into<PathBuf>, lock: Option<&Path>) -> Result<Self, Error> {
        let root = root.into();
        let manifest = root.join(MANIFEST_FILE);
        if !manifest.is_file() {
            return Err(Error::new(ErrorKind::NotSetUp, "the prebuilt artifacts are not set up").at(manifest));
        }
        if let Some(lock) = lock {
            let wanted = std::fs::read(lock).ok();
            // A copy is compared instead of a hash: a build script has no business computing sha256.
            let made_from = std::fs::read(root.join(LOCK_FILE)).ok();
            if wanted != made_from {
                let message =
                    format!("the prefix was assembled from another `{LOCK_FILE}` than the checkout's");
                return Err(Error::new(ErrorKind::Stale, message).at(lock));
            }
        }
        Ok(Self { root })
    }

    /// The prefix itself, by the path that it was found under.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The path of `relative`, which must exist and is part of `component`; cargo reruns the script when it changes.
    ///
    /// # Errors
    /// If it is not there; the message names the component.
    pub fn require(&self, relative: impl AsRef<Path>, component: &str) -> Result<PathBuf, Error> {
        let path = self.root.join(relative);
        track(&path);
        if path.exists() {
            return Ok(path);
        }
        Err(Error::new(ErrorKind::NotSetUp, format!("artifact `{component}` is not set up")).at(path))
    }
}

/// The nearest directory above `start` that carries a lock or a prefix link.
fn find_checkout(start: &Path) -> Option<PathBuf> {
    let is_checkout = |dir: &&Path| dir.join(LOCK_FILE).is_file() || dir.join(PREFIX_LINK).exists();
    start.ancestors().find(is_checkout).map(Path::to_path_buf)
}

fn track(path: &Path) {
    directive(&format!("rerun-if-changed={}", path.display()));
}

#[allow(clippy::print_stdout)] // cargo reads a build script's directives from its stdout
fn directive(text: &str) {
    println!("cargo::{text}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// A directory that is removed at the end; this crate has no test dependencies either.
    struct Dir(PathBuf);

    impl Dir {
        fn new(name: &str) -> Self {
            let path = env::temp_dir().join(format!("bering-build-{}-{name}", std::process::id()));
            fs::create_dir_all(path.join("prefix/mlir/lib")).unwrap();
            Self(path)
        }

        fn write(&self, relative: &str, text: &str) -> PathBuf {
            let path = self.0.join(relative);
            fs::write(&path, text).unwrap();
            path
        }
    }

    impl Drop for Dir {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_directory_without_a_manifest_is_no_prefix() {
        let dir = Dir::new("no-manifest");
        let error = Prefix::open(dir.0.join("prefix"), None).unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::NotSetUp);
        assert!(error.path().unwrap().ends_with("prefix/manifest.toml"));
        assert!(
            error.to_string().ends_with("\nhint: run `cargo xtask setup` (build scripts never download)")
        );
    }

    #[test]
    fn a_prefix_of_another_lock_is_stale() {
        let dir = Dir::new("stale");
        dir.write("prefix/manifest.toml", "");
        dir.write("prefix/third_party.lock", "version = 1\n");
        let lock = dir.write("third_party.lock", "version = 1\n");
        assert!(Prefix::open(dir.0.join("prefix"), Some(&lock)).is_ok());
        fs::write(&lock, "version = 1\n# another\n").unwrap();
        let error = Prefix::open(dir.0.join("prefix"), Some(&lock)).unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Stale);
        assert!(error.to_string().contains("another `third_party.lock`"), "{error}");
    }

    #[test]
    fn a_missing_file_names_its_component() {
        let dir = Dir::new("require");
        dir.write("prefix/manifest.toml", "");
        let there = dir.write("prefix/mlir/lib/libMLIRIR.a", "");
        let prefix = Prefix::open(dir.0.join("prefix"), None).unwrap();
        assert_eq!(prefix.require("mlir/lib/libMLIRIR.a", "mlir").unwrap(), there);
        let error = prefix.require("mlir/lib/none.a", "mlir").unwrap_err().to_string();
        assert!(error.starts_with("artifact `mlir` is not set up (looked for `"), "{error}");
        assert!(error.contains("hint: run `cargo xtask setup`"), "{error}");
    }

    #[test]
    fn the_nearest_checkout_is_found() {
        let dir = Dir::new("checkout");
        dir.write("third_party.lock", "");
        assert_eq!(find_checkout(&dir.0.join("prefix/mlir")).as_deref(), Some(dir.0.as_path()));
        dir.write("prefix/third_party.lock", "");
        assert_eq!(find_checkout(&dir.0.join("prefix/mlir")), Some(dir.0.join("prefix")));
    }
}
