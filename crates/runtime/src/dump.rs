//! `BERING_DUMP=dir`: every compiled module as a file, with XLA's own dump beside it.
//!
//! A dump is for people who look into a failure, so nothing here makes a compilation fail: a directory that cannot be
//! written is as if the variable were not set.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::options::CompileOptions;
use crate::program::Program;

/// The variable that asks for dumps.
pub(crate) const VARIABLE: &str = "BERING_DUMP";

/// The directory dumps go to, if they are wanted.
pub(crate) fn directory() -> Option<PathBuf> {
    std::env::var_os(VARIABLE).filter(|value: &OsString| !value.is_empty()).map(PathBuf::from)
}

/// Writes the module where dumps are wanted, and gives the options with which XLA dumps too.
pub(crate) fn prepare(program: &Program<'_>, options: &CompileOptions) -> CompileOptions {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let Some(directory) = directory() else { return options.clone() };
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let extension = match program.format() {
        "mlir" if program.code().starts_with(b"ML\xefR") => "mlirbc",
        format => format,
    };
    let file = directory.join(format!("module_{}_{number:04}.{extension}", std::process::id()));
    let written = std::fs::create_dir_all(&directory).and_then(|()| std::fs::write(file, program.code()));
    match (written, directory.to_str()) {
        (Ok(()), Some(directory)) => options.clone().set("xla_dump_to", directory),
        _ => options.clone(),
    }
}
