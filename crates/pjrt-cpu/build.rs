//! Builds the plugin with the cmake and ninja of the prefix, against the XLA of the prefix.
//!
//! The result is laid out as it is used: `OUT_DIR/lib` holds the plugin and, beside it, links to the two XLA libraries
//! that its run path (`$ORIGIN`) finds. The plugin is always optimised: a debug build of the wrapper would
//! say nothing about XLA, which is prebuilt, and would cost every execution.

#![forbid(unsafe_code)]

use bering_build::{Prefix, fail};
use std::error::Error;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::{env, fs};

const XLA_LIBRARIES: [&str; 2] = ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"];

fn main() {
    for input in ["build.rs", "CMakeLists.txt", "exports.map", "src", "stubs", "../pjrt-sys/include"] {
        println!("cargo::rerun-if-changed={input}");
    }
    if let Err(error) = build() {
        fail(error);
    }
}

fn build() -> Result<(), Box<dyn Error>> {
    let prefix = Prefix::locate()?;
    let xla = prefix.root().join("xla");
    prefix.require("xla/include/xla/pjrt/c/pjrt_c_api.h", "xla-cpu")?;
    let libraries = XLA_LIBRARIES
        .iter()
        .map(|name| prefix.require(Path::new("xla/lib").join(name), "xla-cpu"))
        .collect::<Result<Vec<_>, _>>()?;
    // The cmake crate takes its tool from `CMAKE`, which `.cargo/config.toml` points at the prefix.
    prefix.require("tools/cmake/bin/cmake", "cmake")?;
    let ninja = prefix.require("tools/ninja/ninja", "ninja")?;
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);

    cmake::Config::new(".")
        .generator("Ninja")
        .define("CMAKE_MAKE_PROGRAM", &ninja)
        .define("BERING_XLA", &xla)
        .define("BERING_XLA_KEY", key(&xla, &libraries)?)
        .profile("Release")
        .build();

    for library in libraries {
        let name = library.file_name().ok_or("a library without a name")?;
        link(&library.canonicalize()?, &out.join("lib").join(name))?;
    }
    Ok(())
}

/// Tells one XLA from another. Headers of a release keep the times of its archive, so that ninja would not notice when
/// `.bering` points at another release; as part of the compiler's command line, this makes it.
fn key(xla: &Path, libraries: &[PathBuf]) -> Result<String, Box<dyn Error>> {
    let mut hasher = DefaultHasher::new();
    xla.canonicalize()?.hash(&mut hasher);
    for library in libraries {
        let metadata = fs::metadata(library)?;
        (metadata.len(), metadata.modified()?).hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

/// Makes `link` a symbolic link to `target`, whatever was there before.
fn link(target: &Path, link: &Path) -> Result<(), Box<dyn Error>> {
    if fs::symlink_metadata(link).is_ok() {
        fs::remove_file(link)?;
    }
    std::os::unix::fs::symlink(target, link).map_err(|error| {
        format!("cannot link `{}` to `{}`: {error}", link.display(), target.display()).into()
    })
}
