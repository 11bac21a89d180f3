//! Runs bindgen over the PJRT and XLA FFI headers of the prefix.
//!
//! Nothing is downloaded: the headers and libclang come from `.bering`, which `cargo xtask setup` assembles. After
//! bindgen, every struct that carries PJRT's `struct_size` convention gets a `Versioned` impl, so that callers fill
//! that field with the size the C header computes (the end of the last field) and not with Rust's `size_of`.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use bering_build::Prefix;

fn main() {
    if let Err(error) = run() {
        bering_build::fail(error);
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=headers.h");
    println!("cargo::rerun-if-changed=include");
    println!("cargo::rerun-if-env-changed=LIBCLANG_PATH");
    let prefix = Prefix::locate()?;
    prefix.require("xla/include/xla/pjrt/c/pjrt_c_api.h", "xla")?;
    prefix.require("xla/include/xla/ffi/api/c_api.h", "xla")?;
    let include = prefix.root().join("xla/include");

    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    let bindings = bindings(&include)?;
    fs::write(out.join("versioned.rs"), versioned(&bindings))?;
    fs::write(out.join("bindings.rs"), bindings)?;
    Ok(())
}

fn bindings(include: &Path) -> Result<String, Box<dyn Error>> {
    let mut builder = bindgen::Builder::default()
        .header("headers.h")
        .clang_args(["-x", "c", "-std=c11"])
        .clang_arg(format!("-I{}", include.display()))
        .clang_arg("-Iinclude")
        .allowlist_item("(PJRT|PLUGIN|XLA_FFI)_.*")
        .default_enum_style(bindgen::EnumVariation::Consts)
        .prepend_enum_name(false)
        .derive_default(true)
        .derive_debug(false)
        .layout_tests(true)
        .generate_comments(false);
    // A libclang from a package has no builtin headers; the C compiler's stddef.h and stdbool.h serve, and come last
    // so that they never shadow the ones that a full clang brings.
    if let Some(builtin) = compiler_include_dir() {
        builder = builder.clang_arg("-idirafter").clang_arg(builtin.display().to_string());
    }
    Ok(builder.generate()?.to_string())
}

/// The directory of the C compiler's own headers (`stddef.h` and its like), where that compiler says it is.
fn compiler_include_dir() -> Option<PathBuf> {
    let compiler = cc::Build::new().try_get_compiler().ok()?;
    let output = Command::new(compiler.path()).arg("-print-file-name=include").output().ok()?;
    let path = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    path.join("stddef.h").is_file().then_some(path)
}

/// `Versioned` impls for every struct of `bindings` that begins with `struct_size` and has its `_STRUCT_SIZE` constant.
fn versioned(bindings: &str) -> String {
    let constants: BTreeSet<&str> = bindings
        .lines()
        .filter_map(|line| {
            line.trim().strip_prefix("pub const ")?.split(':').next()?.strip_suffix("_STRUCT_SIZE")
        })
        .collect();
    let mut structs = BTreeSet::new();
    let mut lines = bindings.lines().map(str::trim);
    while let Some(line) = lines.next() {
        let Some(name) = line.strip_prefix("pub struct ").and_then(|rest| rest.strip_suffix(" {")) else {
            continue;
        };
        if lines.next().is_some_and(|field| field == "pub struct_size: usize,") && constants.contains(name) {
            structs.insert(name);
        }
    }
    let mut text = String::new();
    for name in structs {
        let _ = writeln!(
            text,
            "impl Versioned for {name} {{\n    const STRUCT_SIZE: usize = {name}_STRUCT_SIZE as usize;\n    \
             fn set_struct_size(&mut self, size: usize) {{ self.struct_size = size; }}\n}}"
        );
    }
    text
}
