//! Building for another machine: what this one must have for it, and what cargo and build scripts must be told.
//!
//! The compilers of the other machine are the system's, as Debian and others package them; they are asked for, never fetched. What
//! comes from the lock is mixed: tools are this machine's, libraries the other's ([`Machines`](crate::targets::Machines)), so
//! build scripts find both at the usual paths of one prefix.

use anyhow::{Context as _, Result, bail};
use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

/// A machine that can be built for from another one.
#[derive(Debug)]
pub(crate) struct Cross {
    pub(crate) host: &'static str,
    /// What GNU tools for it are called before the dash.
    gnu: &'static str,
    /// Debian's package with its C and C++ compilers.
    pub(crate) package: &'static str,
}

const ALL: [Cross; 2] = [
    Cross { host: "aarch64-unknown-linux-gnu", gnu: "aarch64-linux-gnu", package: "g++-aarch64-linux-gnu" },
    Cross { host: "x86_64-unknown-linux-gnu", gnu: "x86_64-linux-gnu", package: "g++-x86-64-linux-gnu" },
];

/// How to build on `here` for `host`; `None` if they are one machine.
///
/// # Errors
/// If nobody knows how.
pub(crate) fn find(here: &str, host: &str) -> Result<Option<&'static Cross>> {
    if here == host {
        return Ok(None);
    }
    let found = ALL.iter().find(|cross| cross.host == host && here.ends_with("-linux-gnu"));
    let Some(found) = found else {
        let others =
            ALL.iter().map(|cross| cross.host).filter(|host| *host != here && here.ends_with("-linux-gnu"));
        let there: Vec<_> = std::iter::once(here).chain(others).collect();
        bail!("nothing is built for `{host}` on `{here}`; there is: {}", there.join(", "));
    };
    Ok(Some(found))
}

impl Cross {
    /// The C compiler for it, which also links.
    pub(crate) fn compiler(&self) -> String {
        format!("{}-gcc", self.gnu)
    }

    /// Fails unless compilers and Rust's library for it are there.
    ///
    /// # Errors
    /// Names what is missing and the command that brings it.
    pub(crate) fn check(&self) -> Result<()> {
        for compiler in [self.compiler(), format!("{}-g++", self.gnu)] {
            if Command::new(&compiler).arg("--version").output().is_err() {
                bail!(
                    "building for `{}` takes a cross compiler, and `{compiler}` cannot be run\nhint: on Debian, `apt-get install {}`",
                    self.host,
                    self.package
                );
            }
        }
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let output = Command::new(rustc).args(["--print", "target-libdir", "--target", self.host]).output();
        let output = output.context("rustc cannot be run")?;
        let directory = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        if directory.is_empty() || !Path::new(&directory).is_dir() {
            bail!(
                "Rust's standard library for `{0}` is not installed\nhint: run `rustup target add {0}` in the checkout",
                self.host
            );
        }
        Ok(())
    }

    /// The variable with which cargo is told about this target, e.g. `CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER`.
    pub(crate) fn variable(&self, what: &str) -> String {
        format!("CARGO_TARGET_{}_{what}", self.host.to_uppercase().replace('-', "_"))
    }

    /// What cargo gets in its environment to build with this prefix. `.cargo/config.toml` names this machine's prefix, and
    /// the environment wins over it. LLVM's table generator and libclang run here, so theirs stay.
    pub(crate) fn environment(&self, prefix: &Path) -> Vec<(String, OsString)> {
        let linker = self.variable("LINKER");
        let mut variables = vec![
            ("BERING_PREFIX".to_owned(), prefix.into()),
            ("MLIR_SYS_220_PREFIX".to_owned(), prefix.join("mlir").into()),
        ];
        if std::env::var_os(&linker).is_none() {
            variables.push((linker, self.compiler().into()));
        }
        variables
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_machine_is_no_cross_build_and_strangers_are_named() {
        let (arm, x86) = ("aarch64-unknown-linux-gnu", "x86_64-unknown-linux-gnu");
        assert!(find(x86, x86).unwrap().is_none());
        assert_eq!(find(x86, arm).unwrap().unwrap().compiler(), "aarch64-linux-gnu-gcc");
        let error = find(x86, "riscv64gc-unknown-linux-gnu").unwrap_err().to_string();
        assert_eq!(
            error,
            format!("nothing is built for `riscv64gc-unknown-linux-gnu` on `{x86}`; there is: {x86}, {arm}")
        );
        let error = find("aarch64-apple-darwin", arm).unwrap_err().to_string();
        assert!(error.ends_with("there is: aarch64-apple-darwin"), "{error}");
    }

    #[test]
    fn libraries_are_the_other_machines_and_tools_stay() {
        let cross = find("x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu").unwrap().unwrap();
        let names: Vec<String> =
            cross.environment(Path::new("/p")).into_iter().map(|(name, _)| name).collect();
        assert!(
            names.contains(&"MLIR_SYS_220_PREFIX".to_owned()) && names.contains(&"BERING_PREFIX".to_owned())
        );
        assert!(
            !names
                .iter()
                .any(|name| ["CMAKE", "LIBCLANG_PATH", "TABLEGEN_220_PREFIX"].contains(&name.as_str()))
        );
    }
}
