//! Devices by name: `cpu`, `cpu:0`, `auto`.

use crate::error::{Error, ErrorKind, Result};
use bering_runtime::{Client, ClientOptions, Device, Plugin};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// How a client is set up for a device that is chosen by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeviceOptions {
    /// Threads a CPU client computes with; by default one a processor.
    pub threads: Option<usize>,
}

/// Opens a device by name: `cpu`, `cpu:0`, or `auto` for the best there is, which today is the CPU.
///
/// Each call makes a client of its own. Devices that are to work on the same buffers must be of one client: see
/// [`Client::devices`].
///
/// # Errors
/// If there is no such device (the message lists those that exist), or its plugin cannot be loaded.
///
/// ```
/// assert_eq!(bering::device("cpu:0")?.to_string(), "cpu:0");
/// let error = bering::device("cpu:7").unwrap_err();
/// assert_eq!(error.to_string(), "no device `cpu:7`; there is: `cpu:0`");
/// # Ok::<(), bering::Error>(())
/// ```
pub fn device(name: &str) -> Result<Device> {
    device_with(name, &DeviceOptions::default())
}

/// Like [`device()`], with options for the client.
///
/// # Errors
/// As [`device()`].
pub fn device_with(name: &str, options: &DeviceOptions) -> Result<Device> {
    let name = Name::parse(name)?;
    let client = open(name.target, options)?;
    let count = client.devices().len();
    if name.index >= count {
        let known: Vec<String> = client.devices().map(|device| format!("`{device}`")).collect();
        let are = if count == 1 { "is" } else { "are" };
        let message =
            format!("no device `{}:{}`; there {are}: {}", name.target, name.index, known.join(", "));
        return Err(Error::new(ErrorKind::Device, message));
    }
    Ok(client.device(name.index)?)
}

/// The target that a device name stands for (`cpu` for `auto`), without opening anything.
///
/// # Errors
/// If it is no device's name in this build.
pub fn target(name: &str) -> Result<&str> {
    Ok(Name::parse(name)?.target)
}

/// Targets that have a plugin in this build; `auto` takes the first.
const TARGETS: &[&str] = &["cpu"];

struct Name<'a> {
    target: &'a str,
    index: usize,
}

impl<'a> Name<'a> {
    fn parse(name: &'a str) -> Result<Name<'a>> {
        let (target, index) = match name.split_once(':') {
            Some((target, index)) => (target, Some(index)),
            None => (name, None),
        };
        let unknown = || {
            let known: Vec<String> = TARGETS.iter().map(|target| format!("`{target}`")).collect();
            let message = format!(
                "no device `{name}`; this build has: {}, numbered as in `cpu:0`, and `auto`",
                known.join(", ")
            );
            Error::new(ErrorKind::Device, message)
        };
        let index = match index {
            None => 0,
            // `+1` and the like parse as numbers, but are no device names.
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().map_err(|_| unknown())?
            }
            Some(_) => return Err(unknown()),
        };
        match target {
            "auto" if name == "auto" => Ok(Name { target: TARGETS[0], index }),
            target if TARGETS.contains(&target) => Ok(Name { target, index }),
            _ => Err(unknown()),
        }
    }
}

fn open(target: &str, options: &DeviceOptions) -> Result<Client> {
    let plugin = match target {
        "cpu" => with_kernels(Plugin::load(bering_pjrt_cpu::plugin_path())?)?,
        other => Plugin::find(other, &Vec::<PathBuf>::new())?,
    };
    let mut client = ClientOptions::new();
    if let (Some(threads), "cpu") = (options.threads, target) {
        client = client.set("num_threads", i64::try_from(threads).unwrap_or(i64::MAX));
    }
    Ok(plugin.client(&client)?)
}

/// The plugin with Bering's kernels registered, which can be done only once.
///
/// Another CPU plugin than ours may not take any: then programs that call them do not compile, and all others do.
fn with_kernels(plugin: Plugin) -> Result<Plugin> {
    static DONE: Mutex<Vec<Plugin>> = Mutex::new(Vec::new());
    let mut done = DONE.lock().unwrap_or_else(PoisonError::into_inner);
    if !done.contains(&plugin) {
        match bering_kernels::register_all(&plugin) {
            Err(error) if error.kind() != bering_runtime::ErrorKind::Unimplemented => {
                return Err(error.into());
            }
            _ => done.push(plugin),
        }
    }
    Ok(plugin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (name, expect) in
            [("cpu", ("cpu", 0)), ("cpu:0", ("cpu", 0)), ("cpu:12", ("cpu", 12)), ("auto", ("cpu", 0))]
        {
            let parsed = Name::parse(name).unwrap();
            assert_eq!((parsed.target, parsed.index), expect);
        }
        for name in [
            "",
            "cpu:",
            "cpu:x",
            "cpu:+1",
            "cpu:-1",
            "gpu",
            "auto:0",
            "CPU",
            "cpu:0:0",
            "cpu:99999999999999999999",
        ] {
            let refused =
                Name::parse(name).is_err_and(|e| e.to_string().starts_with(&format!("no device `{name}`")));
            assert!(refused, "`{name}`");
        }
    }
}
