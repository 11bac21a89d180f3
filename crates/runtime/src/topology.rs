//! Compiling for hardware that is not here.
//!
//! XLA's compilers for GPUs and TPUs run on any machine: what they must know of the hardware is a description. What comes out
//! is loaded where the hardware is, with [`Client::deserialize`](crate::Client::deserialize) of the same plugin.

use std::fmt;

use crate::error::{Context, Result};
use crate::options::{ClientOptions, CompileOptions};
use crate::plugin::Plugin;
use crate::program::Program;
use crate::raw::RawTopology;
use crate::toolkit;

/// Devices by description: what a program can be compiled for without having them.
pub struct Topology {
    raw: RawTopology,
    plugin: Plugin,
    platform: String,
}

impl Topology {
    /// Describes devices to a plugin, which must know how.
    ///
    /// * libtpu takes names such as `v5e:2x2` and no options.
    /// * The GPU plugins take the option `target_config` (XLA's `GpuTargetConfigProto` as text) and `topology`, the numbers
    ///   of slices, hosts in each and devices in each of those (`1x1x1`).
    ///
    /// # Errors
    /// If the plugin has no such devices, or no topologies at all, as the CPU plugin.
    pub fn new(plugin: Plugin, name: &str, options: &ClientOptions) -> Result<Topology> {
        let context = || format!("cannot describe `{name}` to `{}`", plugin.path().display());
        let raw = RawTopology::create(plugin.api(), name, options.values()).context(context)?;
        let platform = raw.platform_name().context(context)?;
        Ok(Topology { raw, plugin, platform })
    }

    /// The platform's name: `cuda`, `tpu`.
    pub fn platform_name(&self) -> &str {
        &self.platform
    }

    /// Compiles a program for these devices; gives the executable serialized.
    ///
    /// # Errors
    /// If the options contradict themselves, or the plugin does not accept the program.
    pub fn compile<'a>(&self, program: impl Into<Program<'a>>, options: &CompileOptions) -> Result<Vec<u8>> {
        let program = program.into();
        let options = toolkit::prepare(self.plugin, &crate::dump::prepare(&program, options));
        let (major, minor) = self.plugin.api_version();
        options
            .encode()
            .and_then(|options| self.raw.compile(program.code(), program.format(), &options))
            .context(|| format!("compile failed for `{}` (PJRT {major}.{minor})", self.platform))
    }
}

impl fmt::Debug for Topology {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Topology").field("platform", &self.platform).field("plugin", &self.plugin).finish()
    }
}
