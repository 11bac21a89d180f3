//! Devices by name: `cpu`, `cuda:1`, `auto`.

use crate::error::{Error, ErrorKind, Result};
use crate::places::prefixes;
use bering_runtime::{Client, ClientOptions, Device, Plugin, check_machine};
use std::path::PathBuf;
#[cfg(feature = "cpu")]
use std::sync::{Mutex, PoisonError};

/// How a client is set up for a device that is chosen by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeviceOptions {
    /// Threads a CPU client computes with; by default one a processor.
    pub threads: Option<usize>,
    /// How many devices a CPU client has, for programs that are split over several: one by default. They share the machine's memory
    /// and threads.
    pub devices: Option<usize>,
}

/// Opens a device by name.
///
/// | name | device |
/// |---|---|
/// | `cpu`, `cuda12`, `cuda13`, `rocm7`, `tpu` | the first device of that target |
/// | `cuda`, `rocm` | the first GPU of the newest CUDA or ROCm that this build has and the driver can do |
/// | `cuda:1` | the second one, in the plugin's order |
/// | `auto` | the first device of the best target that works here; the CPU if no other does |
///
/// Which targets there are is decided by the cargo features of this crate (`cpu` alone by default). A plugin is opened when
/// its device is: a program with the feature `cuda13` starts on a machine without a driver.
///
/// Each call makes a client of its own. Devices that are to work on the same buffers must be of one client: see
/// [`Client::devices`].
///
/// # Errors
/// If there is no such device (the message lists those that exist, or says what the machine lacks), or its plugin cannot
/// be loaded.
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
    Ok(open(name, options)?.device)
}

/// All devices of a target, of one client: what a [`DeviceMesh`](crate::DeviceMesh) is made of.
///
/// # Errors
/// As [`device()`].
///
/// ```
/// let four = bering::DeviceOptions { devices: Some(4), ..Default::default() };
/// assert_eq!(bering::devices("cpu", &four)?.len(), 4);
/// # Ok::<(), bering::Error>(())
/// ```
pub fn devices(name: &str, options: &DeviceOptions) -> Result<Vec<Device>> {
    Ok(device_with(name, options)?.client().devices().collect())
}

/// A device, and what was tried before it.
#[derive(Debug)]
pub struct Opened {
    /// The device.
    pub device: Device,
    /// For `auto`, one line for each better target that is part of this build and does not work here: `CUDA 13 is not used:
    /// no NVIDIA driver is loaded`. A program shows them to its user.
    pub notes: Vec<String>,
}

/// Like [`device_with`], and says what `auto` passed over.
///
/// # Errors
/// As [`device()`].
pub fn open(name: &str, options: &DeviceOptions) -> Result<Opened> {
    let name = Name::parse(name)?;
    let mut notes = Vec::new();
    let mut last = None;
    for target in &name.targets {
        match open_one(target, &name, options) {
            Ok(device) => return Ok(Opened { device, notes }),
            Err(error) => {
                // The hints are for those who asked for this target.
                let why = error.to_string();
                notes.push(format!(
                    "{} is not used: {}",
                    target.title,
                    why.lines().next().unwrap_or_default()
                ));
                last = Some(error);
            }
        }
    }
    Err(last.unwrap_or_else(|| name.unknown()))
}

fn open_one(target: &Target, name: &Name<'_>, options: &DeviceOptions) -> Result<Device> {
    if let Err(why) = check_machine(target.name) {
        return Err(match name.is_auto() {
            true => Error::new(ErrorKind::Device, why),
            false => Error::new(ErrorKind::Device, format!("no device `{}`: {why}", name.text)),
        });
    }
    let client = client(target, options)?;
    let count = client.devices().len();
    if name.index >= count {
        let known: Vec<String> = client.devices().map(|device| format!("`{device}`")).collect();
        let are = if count == 1 { "is" } else { "are" };
        let message = format!("no device `{}`; there {are}: {}", name.text, known.join(", "));
        return Err(Error::new(ErrorKind::Device, message));
    }
    Ok(client.device(name.index)?)
}

/// The target that a device name stands for on this machine, without opening anything: what [`device()`] will try first.
///
/// # Errors
/// If it is no device's name in this build.
pub fn target(name: &str) -> Result<&'static str> {
    let name = Name::parse(name)?;
    let works = |target: &&&Target| check_machine(target.name).is_ok();
    let found = name.targets.iter().find(works).or(name.targets.last());
    found.map(|target| target.name).ok_or_else(|| name.unknown())
}

/// A target that this build has.
struct Target {
    name: &'static str,
    /// Without a version, if people say it so.
    family: &'static str,
    title: &'static str,
}

/// The targets of this build; `auto` takes the first that works.
const TARGETS: &[Target] = &[
    #[cfg(feature = "tpu")]
    Target { name: "tpu", family: "tpu", title: "TPU" },
    #[cfg(feature = "cuda13")]
    Target { name: "cuda13", family: "cuda", title: "CUDA 13" },
    #[cfg(feature = "cuda12")]
    Target { name: "cuda12", family: "cuda", title: "CUDA 12" },
    #[cfg(feature = "rocm7")]
    Target { name: "rocm7", family: "rocm", title: "ROCm 7" },
    #[cfg(feature = "cpu")]
    Target { name: "cpu", family: "cpu", title: "CPU" },
];

/// Every feature that adds a target, for the hint.
const FEATURES: [&str; 5] = ["cpu", "cuda12", "cuda13", "rocm7", "tpu"];

struct Name<'a> {
    text: &'a str,
    /// Those that it may stand for, best first; never empty.
    targets: Vec<&'static Target>,
    index: usize,
}

impl<'a> Name<'a> {
    fn parse(text: &'a str) -> Result<Name<'a>> {
        let (target, index) = match text.split_once(':') {
            Some((target, index)) => (target, Some(index)),
            None => (text, None),
        };
        let mut name = Name { text, targets: Vec::new(), index: 0 };
        name.index = match index {
            None => 0,
            // `+1` and the like parse as numbers, but are no device names.
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().map_err(|_| name.unknown())?
            }
            Some(_) => return Err(name.unknown()),
        };
        let wanted = |known: &&Target| match target {
            "auto" => index.is_none(),
            target => known.name == target || known.family == target,
        };
        name.targets = TARGETS.iter().filter(wanted).collect();
        if name.targets.is_empty() { Err(name.unknown()) } else { Ok(name) }
    }

    fn is_auto(&self) -> bool {
        self.text == "auto"
    }

    fn unknown(&self) -> Error {
        let known: Vec<String> = TARGETS.iter().map(|target| format!("`{}`", target.name)).collect();
        let mut message = match known.last() {
            None => format!("no device `{}`; this build has no target", self.text),
            Some(last) => format!(
                "no device `{}`; this build has: {}, numbered as in {}:0`, and `auto`",
                self.text,
                known.join(", "),
                last.trim_end_matches('`'),
            ),
        };
        let asked = self.text.split(':').next().unwrap_or_default();
        let family = |feature: &str| feature.trim_end_matches(|c: char| c.is_ascii_digit()) == asked;
        if let Some(feature) = FEATURES.iter().rev().find(|feature| **feature == asked || family(feature)) {
            message.push_str(&format!("\nhint: build with `--features {feature}`"));
        }
        Error::new(ErrorKind::Device, message)
    }
}

/// The CPU plugin. It also reads and writes StableHLO for programs on any device: that dialect's library lies in it.
pub(crate) fn cpu_plugin() -> Result<Plugin> {
    #[cfg(feature = "cpu")]
    return with_kernels(Plugin::load(bering_pjrt_cpu::plugin_path())?);
    #[cfg(not(feature = "cpu"))]
    Err(Error::new(ErrorKind::Device, "this build has no CPU plugin\nhint: build with `--features cpu`"))
}

fn client(target: &Target, options: &DeviceOptions) -> Result<Client> {
    let places: Vec<PathBuf> = prefixes().iter().map(|prefix| prefix.join("plugins")).collect();
    let plugin = match target.name {
        "cpu" => cpu_plugin()?,
        name => Plugin::find(name, &places).map_err(|error| match error.kind() {
            bering_runtime::ErrorKind::NotFound => Error::new(
                ErrorKind::Device,
                format!(
                    "the plugin of `{name}` is not there\nhint: run `cargo xtask setup --target {name}` in the checkout, or keep \
                     `lib/{name}` beside the program"
                ),
            ),
            _ => error.into(),
        })?,
    };
    let mut client = ClientOptions::new();
    if let (Some(devices), "cpu") = (options.devices, target.name) {
        client = client.set("cpu_device_count", i64::try_from(devices).unwrap_or(i64::MAX));
    }
    if let (Some(threads), "cpu") = (options.threads, target.name) {
        client = client.set("num_threads", i64::try_from(threads).unwrap_or(i64::MAX));
    }
    Ok(plugin.client(&client)?)
}

/// The plugin with Bering's kernels registered, which can be done only once.
///
/// Another CPU plugin than ours may not take any: then programs that call them do not compile, and all others do.
#[cfg(feature = "cpu")]
fn with_kernels(plugin: Plugin) -> Result<Plugin> {
    static DONE: Mutex<Vec<Plugin>> = Mutex::new(Vec::new());
    let mut done = DONE.lock().unwrap_or_else(PoisonError::into_inner);
    if !done.contains(&plugin) {
        let registered = bering_kernels::register_all(&plugin);
        #[cfg(feature = "lapack")]
        let registered =
            registered.and_then(|()| bering_kernels::register_each(&plugin, bering_lapack::registrations()));
        match registered {
            Err(error) if error.kind() != bering_runtime::ErrorKind::Unimplemented => {
                return Err(error.into());
            }
            _ => done.push(plugin),
        }
    }
    Ok(plugin)
}

#[cfg(test)]
mod tests;
