//! The checkout that a command works on: its root, its lock and its `.bering` link.

use anyhow::{Context as _, Result, bail};
use bering_build::lock::Lock;
use std::path::{Path, PathBuf};

/// A checkout and the text of its lock.
pub(crate) struct Checkout {
    root: PathBuf,
}

impl Checkout {
    /// The nearest directory above the current one that holds a lock, else the workspace that this binary was built in.
    pub(crate) fn find() -> Result<Self> {
        let current = std::env::current_dir().context("the current directory is gone")?;
        let holds_lock = |dir: &&Path| dir.join(bering_build::LOCK_FILE).is_file();
        let built_in = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
        let root = current.ancestors().find(holds_lock).or(built_in);
        Ok(Self { root: root.context("no checkout found")?.to_path_buf() })
    }

    pub(crate) fn at(root: PathBuf) -> Self {
        Self { root }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn lock_path(&self) -> PathBuf {
        self.root.join(bering_build::LOCK_FILE)
    }

    /// The link that build scripts and cargo's `[env]` go through.
    pub(crate) fn link(&self) -> PathBuf {
        self.root.join(bering_build::PREFIX_LINK)
    }

    /// The link to what builds for another machine go through.
    pub(crate) fn link_for(&self, host: &str) -> PathBuf {
        self.root.join(format!("{}-{host}", bering_build::PREFIX_LINK))
    }

    pub(crate) fn lock_text(&self) -> Result<String> {
        let path = self.lock_path();
        std::fs::read_to_string(&path).with_context(|| format!("`{}` cannot be read", path.display()))
    }

    pub(crate) fn lock(&self) -> Result<Lock> {
        parse_lock(&self.lock_text()?)
    }
}

pub(crate) fn parse_lock(text: &str) -> Result<Lock> {
    Lock::parse(text).with_context(|| format!("`{}` is malformed", bering_build::LOCK_FILE))
}

/// The triple of the machine that this binary runs on. Artifacts are chosen by it.
pub(crate) fn host() -> Result<&'static str> {
    match (std::env::consts::ARCH, std::env::consts::OS, cfg!(target_env = "gnu")) {
        ("x86_64", "linux", true) => Ok("x86_64-unknown-linux-gnu"),
        ("aarch64", "linux", true) => Ok("aarch64-unknown-linux-gnu"),
        ("aarch64", "macos", _) => Ok("aarch64-apple-darwin"),
        ("x86_64", "macos", _) => Ok("x86_64-apple-darwin"),
        ("x86_64", "windows", _) => Ok("x86_64-pc-windows-msvc"),
        (arch, os, _) => bail!("no artifacts are known for `{arch}` on `{os}` (musl is not supported)"),
    }
}
