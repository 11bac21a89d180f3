//! Profiles: what a plugin did between two moments, for xprof and Perfetto.
//!
//! A plugin records an `XSpace`: planes (a host, a device) of lines (threads, streams) of timed events. xprof reads it as
//! it is (`*.xplane.pb`); for Perfetto and `chrome://tracing` it is converted to their JSON.

mod trace;
mod xspace;

use std::io::Write as _;
use std::path::Path;

use crate::error::{Context, Error, ErrorKind, Result};
use crate::plugin::Plugin;
use crate::proto::Writer;
use crate::raw::RawProfiler;

/// What to record.
#[derive(Clone, Debug)]
pub struct ProfileOptions {
    host_level: u8,
    device_level: u8,
}

impl Default for ProfileOptions {
    fn default() -> ProfileOptions {
        ProfileOptions { host_level: 2, device_level: 1 }
    }
}

impl ProfileOptions {
    /// Operations on the host and on devices, without details.
    pub fn new() -> ProfileOptions {
        ProfileOptions::default()
    }

    /// How much to record on the host: 0 nothing, 1 what callers marked, 2 also operations, 3 everything.
    pub fn host_level(mut self, level: u8) -> ProfileOptions {
        self.host_level = level;
        self
    }

    /// How much to record on devices: 0 nothing, 1 operations.
    pub fn device_level(mut self, level: u8) -> ProfileOptions {
        self.device_level = level;
        self
    }

    /// The serialized `ProfileOptions` proto.
    fn encode(&self) -> Vec<u8> {
        Writer::new()
            .int(2, i64::from(self.host_level))
            .int(3, i64::from(self.device_level))
            .int(5, 1) // version
            .bool(7, true) // enable_hlo_proto: lets xprof relate events to operations
            .finish()
    }
}

/// A recording under way. A plugin allows one at a time; dropping it throws the recording away.
///
/// ```no_run
/// # use bering_runtime::{Plugin, Profiler, ProfileOptions};
/// # let plugin = Plugin::load("libpjrt_cpu.so")?;
/// let profiler = Profiler::start(plugin, &ProfileOptions::new())?;
/// // ... execute something and wait for it ...
/// let profile = profiler.stop()?;
/// profile.write_trace("run.trace.json")?; // ui.perfetto.dev opens it
/// profile.write_xspace("run.xplane.pb")?; // xprof opens it
/// # Ok::<(), bering_runtime::Error>(())
/// ```
pub struct Profiler {
    raw: RawProfiler,
}

impl Profiler {
    /// Starts recording what `plugin` does, for all its clients.
    ///
    /// # Errors
    /// If the plugin has no profiler or is recording already.
    pub fn start(plugin: Plugin, options: &ProfileOptions) -> Result<Profiler> {
        let context = || String::from("cannot start profiling");
        let mut raw = RawProfiler::create(plugin.api(), &options.encode()).context(context)?;
        raw.start().context(context)?;
        Ok(Profiler { raw })
    }

    /// Ends the recording.
    ///
    /// # Errors
    /// If the plugin cannot hand it out.
    pub fn stop(mut self) -> Result<Profile> {
        let context = || String::from("cannot stop profiling");
        self.raw.stop().context(context)?;
        Ok(Profile { xspace: self.raw.collect().context(context)? })
    }
}

/// A finished recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    xspace: Vec<u8>,
}

impl Profile {
    /// The recording as a serialized `XSpace` proto.
    pub fn xspace(&self) -> &[u8] {
        &self.xspace
    }

    /// Writes the `XSpace` to a file; xprof looks for `<log directory>/plugins/profile/<run>/<host>.xplane.pb`.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write_xspace(&self, path: impl AsRef<Path>) -> Result<()> {
        write(path.as_ref(), |file| file.write_all(&self.xspace))
    }

    /// Writes the events as a trace in the JSON format that Perfetto and `chrome://tracing` open.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write_trace(&self, path: impl AsRef<Path>) -> Result<()> {
        write(path.as_ref(), |file| trace::write(&xspace::read(&self.xspace), file))
    }
}

fn write(path: &Path, body: impl FnOnce(&mut dyn std::io::Write) -> std::io::Result<()>) -> Result<()> {
    let written = std::fs::File::create(path).and_then(|file| {
        let mut file = std::io::BufWriter::new(file);
        body(&mut file)?;
        file.flush()
    });
    written.map_err(|error| {
        let kind = match error.kind() {
            std::io::ErrorKind::NotFound => ErrorKind::NotFound,
            std::io::ErrorKind::PermissionDenied => ErrorKind::PermissionDenied,
            _ => ErrorKind::Unknown,
        };
        Error::new(kind, error.to_string())
            .with_source(error)
            .with_context(format!("cannot write `{}`", path.display()))
    })
}
