//! Plugins: where they are looked for, and that each is opened once.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;

use crate::cache;
use crate::client::Client;
use crate::error::{Error, ErrorKind, Result};
use crate::options::ClientOptions;
use crate::raw::{self, Api, NamedValue};

/// Where the plugin of each target lies below a directory that is searched, or below the one in it that is called after the
/// target: as `cargo xtask setup` and the vendors' packages lay it out, and bare.
const FILES: &[(&str, &[&str])] = &[
    ("cpu", &["libpjrt_cpu.so", "libpjrt_cpu.dylib"]),
    ("cuda12", &["jax_plugins/xla_cuda12/xla_cuda_plugin.so", "libpjrt_cuda12.so"]),
    ("cuda13", &["jax_plugins/xla_cuda13/xla_cuda_plugin.so", "libpjrt_cuda13.so"]),
    ("rocm7", &["jax_plugins/xla_rocm7/xla_rocm_plugin.so", "libpjrt_rocm7.so"]),
    ("tpu", &["libtpu/libtpu.so", "libtpu.so"]),
];

/// A PJRT plugin: a shared library, open for the rest of the process.
///
/// Opening runs the library's own code, so open only files that you trust as much as your program. A plugin is never
/// closed, and opening the same file again gives the same plugin; the value itself is a cheap handle.
#[derive(Clone, Copy)]
pub struct Plugin {
    shared: &'static Shared,
}

struct Shared {
    path: PathBuf,
    api: &'static Api,
    libraries: Libraries,
}

/// The hash of a plugin's libraries, which a thread computes while a client is made: with glibc its first steps wait for the
/// loader's lock. To have it begin before the loader does was no faster, both read the same files.
struct Libraries {
    thread: Mutex<Option<JoinHandle<[u8; 32]>>>,
    hash: OnceLock<[u8; 32]>,
}

impl Libraries {
    fn start(plugin: &Path) -> Libraries {
        let plugin = plugin.to_owned();
        let thread = std::thread::Builder::new().spawn(move || cache::libraries(&plugin));
        Libraries { thread: Mutex::new(thread.ok()), hash: OnceLock::new() }
    }

    fn hash(&self, plugin: &Path) -> &[u8; 32] {
        self.hash.get_or_init(|| {
            let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
            let computed = thread.and_then(|thread| thread.join().ok());
            computed.unwrap_or_else(|| cache::libraries(plugin))
        })
    }
}

/// The plugins of the process by their canonical path. The lock is held while one is opened, so that two threads that
/// ask for one file open it once.
static LOADED: Mutex<BTreeMap<PathBuf, Plugin>> = Mutex::new(BTreeMap::new());

impl Plugin {
    /// Opens the plugin in the file `path`.
    ///
    /// This takes a few tenths of a second for the libraries that hold XLA.
    ///
    /// # Errors
    /// If there is no such file, the loader refuses it (not a library, for another machine, a library missing), it is no
    /// PJRT plugin, or it speaks an incompatible version of PJRT.
    pub fn load(path: impl AsRef<Path>) -> Result<Plugin> {
        let path = path.as_ref();
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        // A path that cannot be made canonical does not exist, which `open` says better.
        let canonical = path.canonicalize().unwrap_or_else(|_| path.into());
        if let Some(&plugin) = loaded.get(&canonical) {
            return Ok(plugin);
        }
        // Opened by the path as given: `$ORIGIN` in the plugin's search path is the directory of that, where links to
        // the libraries it needs may lie.
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.into());
        let libraries = Libraries::start(&absolute);
        let api = raw::open(&absolute)?;
        let plugin = Plugin { shared: Box::leak(Box::new(Shared { path: absolute, api, libraries })) };
        loaded.insert(canonical, plugin);
        Ok(plugin)
    }

    /// Opens the plugin for a target by name: `cpu`, `cuda12`, `cuda13`, `rocm7`, `tpu`.
    ///
    /// Looked for, in this order: the file in `BERING_PJRT_<TARGET>_PLUGIN` (upper case); the directories in
    /// `BERING_PLUGIN_PATH`; `lib/` beside the executable, and its own directory; those in `directories`. In each, a
    /// directory that is called after the target comes first: that of `cuda13` holds `jax_plugins/` beside `nvidia/`, and
    /// another one's libraries of the same names lie elsewhere.
    ///
    /// # Errors
    /// If no place has it (the message lists them), or as [`load`](Plugin::load).
    pub fn find(target: &str, directories: &[PathBuf]) -> Result<Plugin> {
        let Some((_, files)) = FILES.iter().find(|(name, _)| *name == target) else {
            let known: Vec<_> = FILES.iter().map(|(name, _)| format!("`{name}`")).collect();
            return Err(Error::new(
                ErrorKind::NotFound,
                format!("no PJRT target `{target}`; there are {}", known.join(", ")),
            ));
        };
        let variable = format!("BERING_PJRT_{}_PLUGIN", target.to_uppercase());
        if let Some(file) = set_variable(&variable) {
            return Plugin::load(file)
                .map_err(|error| error.with_hint(format!("`{variable}` names this file")));
        }
        let mut places: Vec<PathBuf> = Vec::new();
        if let Some(list) = set_variable("BERING_PLUGIN_PATH") {
            places.extend(std::env::split_paths(&list).filter(|place| !place.as_os_str().is_empty()));
        }
        if let Some(beside) = std::env::current_exe().ok().and_then(|exe| exe.parent().map(Path::to_path_buf))
        {
            places.extend([beside.join("lib"), beside]);
        }
        places.extend_from_slice(directories);
        for place in &places {
            let own = files.iter().map(|file| place.join(target).join(file));
            for file in own.chain(files.iter().map(|file| place.join(file))) {
                if file.is_file() {
                    return Plugin::load(file);
                }
            }
        }
        let searched: Vec<_> = places.iter().map(|place| format!("`{}`", place.display())).collect();
        Err(Error::new(
            ErrorKind::NotFound,
            format!(
                "no PJRT plugin for `{target}`; looked for `{}` in {}",
                files.join("`, `"),
                searched.join(", ")
            ),
        )
        .with_hint(format!("set `{variable}` to the plugin's file or `BERING_PLUGIN_PATH` to its directory")))
    }

    /// The file the plugin was opened from.
    pub fn path(&self) -> &Path {
        &self.shared.path
    }

    /// The version of the PJRT C API that the plugin was built with: major, minor.
    ///
    /// Versions of one major number work together: what the other side does not know yet is left out.
    pub fn api_version(&self) -> (i32, i32) {
        self.shared.api.version()
    }

    /// What the plugin says of itself, such as `xla_version` or `stablehlo_current_version`.
    pub fn attributes(&self) -> Result<Vec<(String, NamedValue)>> {
        self.shared.api.attributes()
    }

    /// Makes a client: the plugin's devices, ready for work.
    ///
    /// # Errors
    /// If the plugin refuses an option or finds no device.
    pub fn client(&self, options: &ClientOptions) -> Result<Client> {
        Client::create(*self, options)
    }

    /// Tells this plugin, with the libraries it needs, from others and other versions.
    pub(crate) fn libraries(&self) -> &'static [u8; 32] {
        self.shared.libraries.hash(&self.shared.path)
    }

    pub(crate) fn api(&self) -> &'static Api {
        self.shared.api
    }
}

/// A variable that is set and not empty.
fn set_variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

impl PartialEq for Plugin {
    fn eq(&self, other: &Plugin) -> bool {
        std::ptr::eq(self.shared, other.shared)
    }
}

impl Eq for Plugin {}

impl fmt::Debug for Plugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (major, minor) = self.api_version();
        f.debug_struct("Plugin")
            .field("path", &self.path())
            .field("pjrt", &format_args!("{major}.{minor}"))
            .finish()
    }
}
