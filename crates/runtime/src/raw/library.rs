//! Opening a plugin: `dlopen` with the flags it needs, `GetPjrtApi`, and errors that say what the file was instead.

use std::path::Path;
use std::ptr::NonNull;

use bering_pjrt_sys as sys;
use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};

use super::Api;
use crate::error::{Context, Error, ErrorKind, Result};

/// Symbols are bound eagerly: a library that is missing or too old fails here, with its name, and not in the middle of
/// a computation. `DEEPBIND` lets the plugin's own LLVM win over one that the process may have loaded; without it two
/// copies of LLVM abort over an option registered twice.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const FLAGS: i32 = RTLD_NOW | RTLD_LOCAL | libc::RTLD_DEEPBIND;
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
const FLAGS: i32 = RTLD_NOW | RTLD_LOCAL;

/// Opens the plugin at `path` for the rest of the process and initialises it.
pub(crate) fn open(path: &Path) -> Result<&'static Api> {
    let context = || format!("cannot load PJRT plugin `{}`", path.display());
    check_file(path).context(context)?;
    // SAFETY: opening runs the library's constructors. That the file is a PJRT plugin, and to be trusted with this
    // process, is what the caller says by naming it: no check could tell before its code runs.
    let library = unsafe { Library::open(Some(path), FLAGS) }.map_err(|error| {
        let text = error.to_string();
        let hint = if text.contains("cannot open shared object file") {
            "a library it needs is missing; `ldd` on the plugin shows which"
        } else {
            "the file must be a shared library for this machine"
        };
        Error::new(ErrorKind::FailedPrecondition, text).with_hint(hint).with_context(context())
    })?;
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
    Ok(())
}
