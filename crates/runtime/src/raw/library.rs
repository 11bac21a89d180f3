//! Opening a plugin: `dlopen` with the flags it needs, `GetPjrtApi`, and errors that say what the file was instead.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::ptr::NonNull;

use bering_pjrt_sys as sys;
use libloading::os::unix::{Library, RTLD_LAZY, RTLD_LOCAL};

use super::Api;
use crate::error::{Context, Error, ErrorKind, Result};

/// `DEEPBIND` lets the plugin's own LLVM win over one that the process may have loaded; without it two copies of LLVM abort
/// over an option registered twice.
///
/// A library that is missing, or lacks a version, fails here, with its name. Functions are looked up when they are first
/// called, as XLA's own loader of plugins has it, except in plugins that were linked to have all of them looked up now, as
/// our CPU plugin is: of the ten thousand that the XLA libraries name of each other a run calls a few hundred, and the
/// others took 4 of the 47 ms of a start (2026-11).
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const FLAGS: i32 = RTLD_LAZY | RTLD_LOCAL | libc::RTLD_DEEPBIND;
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
const FLAGS: i32 = RTLD_LAZY | RTLD_LOCAL;

/// Opens the plugin at `path` for the rest of the process and initialises it.
pub(crate) fn open(path: &Path) -> Result<&'static Api> {
    let context = || format!("cannot load PJRT plugin `{}`", path.display());
    check_file(path).context(context)?;
    let opened = dlopen(path).or_else(|error| match path.canonicalize() {
        // `$ORIGIN` in the plugin's search path is the directory of the name it is opened by. A link in a directory of
        // links finds its libraries there, a lone link finds them beside the file it points at.
        Ok(target) if target != path => dlopen(&target).map_err(|_| error),
        _ => Err(error),
    });
    let library = opened.context(context)?;
    // SAFETY: pjrt_c_api.h gives every plugin this entry point, with this type.
    let entry = unsafe { library.get::<unsafe extern "C" fn() -> *const sys::PJRT_Api>(b"GetPjrtApi\0") };
    let entry = match entry {
        Ok(entry) => *entry,
        Err(error) => {
            return Err(Error::new(
                ErrorKind::FailedPrecondition,
                "it exports no `GetPjrtApi`, so it is no PJRT plugin",
            )
            .with_source(error)
            .with_context(context()));
        }
    };
    // From here on the library stays: its threads and the objects it hands out may outlive whatever we could count.
    std::mem::forget(library);
    // SAFETY: the entry point takes no arguments; it may be called at any time.
    let table = NonNull::new(unsafe { entry() }.cast_mut()).ok_or_else(|| {
        Error::new(ErrorKind::Internal, "`GetPjrtApi` returned null").with_context(context())
    })?;
    // SAFETY: the table of a plugin that is never unloaded.
    let api: &'static Api = Box::leak(Box::new(unsafe { Api::new(table) }.context(context)?));
    api.initialize().context(context)?;
    Ok(api)
}

fn dlopen(path: &Path) -> Result<Library> {
    // SAFETY: opening runs the library's constructors. That the file is a PJRT plugin, and to be trusted with this
    // process, is what the caller says by naming it: no check could tell before its code runs.
    unsafe { Library::open(Some(path), FLAGS) }.map_err(|error| {
        // The loader's own words are the source of libloading's error, which only says which call failed.
        let text = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
        let hint = if text.contains("cannot open shared object file") {
            "a library it needs is missing; `ldd` on the plugin shows which"
        } else {
            "the file must be a shared library for this machine"
        };
        Error::new(ErrorKind::FailedPrecondition, text).with_hint(hint)
    })
}

/// Tells apart the ways in which a path is no library before the loader says something vaguer.
fn check_file(path: &Path) -> Result<()> {
    let metadata = std::fs::metadata(path).map_err(|error| {
        let kind = match error.kind() {
            std::io::ErrorKind::NotFound => ErrorKind::NotFound,
            std::io::ErrorKind::PermissionDenied => ErrorKind::PermissionDenied,
            _ => ErrorKind::Unknown,
        };
        Error::new(kind, error.to_string()).with_source(error)
    })?;
    if !metadata.is_file() {
        return Err(Error::new(ErrorKind::FailedPrecondition, "it is not a file"));
    }
    let mut header = Vec::new();
    let read = File::open(path).and_then(|file| file.take(20).read_to_end(&mut header));
    // What cannot be read is left to the loader, which says why.
    if cfg!(target_os = "linux") && read.is_ok() { check_elf(&header) } else { Ok(()) }
}

/// The architectures by their number in an ELF header, as far as somebody might mix them up.
const MACHINES: &[(u16, &str)] =
    &[(3, "x86"), (40, "arm"), (62, "x86_64"), (183, "aarch64"), (243, "riscv64")];

/// Whether the start of a file is an ELF header for this machine. The loader calls a file for another one missing.
fn check_elf(header: &[u8]) -> Result<()> {
    let refuse = |message: String| Err(Error::new(ErrorKind::FailedPrecondition, message));
    if !header.starts_with(b"\x7fELF") || header.len() < 20 {
        return refuse("it is not a shared library (ELF)".into());
    }
    // Byte 5 is the byte order, bytes 18 and 19 are the machine in it.
    let bytes = [header[18], header[19]];
    let machine = if header[5] == 2 { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) };
    match MACHINES.iter().find(|(number, _)| *number == machine) {
        Some(&(_, name)) if name != std::env::consts::ARCH => {
            refuse(format!("it is for `{name}`, this process is `{}`", std::env::consts::ARCH))
        }
        _ => Ok(()),
    }
}
