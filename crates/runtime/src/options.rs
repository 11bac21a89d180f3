//! Options of clients and of compilation, as typed values.

use crate::device::Device;
use crate::error::{Error, Result};
use crate::proto::Writer;
use crate::raw::NamedValue;

/// What a client is created with: names and values that the plugin defines.
///
/// The CPU plugin knows `cpu_device_count`; a plugin refuses names that it does not know.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClientOptions {
    values: Vec<(String, NamedValue)>,
}

impl ClientOptions {
    /// No options: the plugin's defaults.
    pub fn new() -> ClientOptions {
        ClientOptions::default()
    }

    /// Sets an option, replacing an earlier value of that name.
    ///
    /// ```
    /// # use bering_runtime::ClientOptions;
    /// let options = ClientOptions::new().set("cpu_device_count", 4);
    /// ```
    pub fn set(mut self, name: impl Into<String>, value: impl Into<NamedValue>) -> ClientOptions {
        let name = name.into();
        self.values.retain(|(earlier, _)| *earlier != name);
        self.values.push((name, value.into()));
        self
    }

    pub(crate) fn values(&self) -> &[(String, NamedValue)] {
        &self.values
    }
}

macro_rules! named_value_from {
    ($($from:ty => $variant:ident),*) => {$(
        impl From<$from> for NamedValue {
            fn from(value: $from) -> NamedValue {
                NamedValue::$variant(value.into())
            }
        }
    )*};
}
named_value_from!(&str => String, String => String, i32 => I64, i64 => I64, Vec<i64> => I64List, f32 => F32, bool => Bool);

/// The value of an XLA option in [`CompileOptions::set`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum OptionValue {
    /// Text; XLA also parses other types from it.
    String(String),
    /// A truth value.
    Bool(bool),
    /// An integer.
    I64(i64),
    /// A number.
    F64(f64),
}

macro_rules! option_value_from {
    ($($from:ty => $variant:ident),*) => {$(
        impl From<$from> for OptionValue {
            fn from(value: $from) -> OptionValue {
                OptionValue::$variant(value.into())
            }
        }
    )*};
}
option_value_from!(&str => String, String => String, bool => Bool, i32 => I64, i64 => I64, f64 => F64);

/// How a program is compiled and onto which devices.
///
/// The default is one device, chosen by the plugin, and XLA's own settings.
#[derive(Clone, Debug, PartialEq)]
pub struct CompileOptions {
    replicas: usize,
    partitions: usize,
    /// Device ids, one row a replica with one entry a partition; empty for the plugin's choice.
    devices: Vec<Vec<i32>>,
    spmd: bool,
    shardy: bool,
    overrides: Vec<(String, OptionValue)>,
}

impl Default for CompileOptions {
    fn default() -> CompileOptions {
        CompileOptions {
            replicas: 1,
            partitions: 1,
            devices: Vec::new(),
            spmd: false,
            shardy: false,
            overrides: Vec::new(),
        }
    }
}

impl CompileOptions {
    /// One device of the plugin's choice.
    pub fn new() -> CompileOptions {
        CompileOptions::default()
    }

    /// Runs `count` copies of the program, on as many devices.
    pub fn replicas(mut self, count: usize) -> CompileOptions {
        self.replicas = count;
        self
    }

    /// Splits the program over `count` devices, following its sharding annotations (`mhlo.sharding`).
    pub fn partitions(mut self, count: usize) -> CompileOptions {
        self.partitions = count;
        self.spmd = count > 1;
        self
    }

    /// Partitions with Shardy: the annotations are `sdy.sharding`.
    pub fn shardy(mut self) -> CompileOptions {
        self.shardy = true;
        self.spmd = true;
        self
    }

    /// Compiles for one given device.
    pub fn device(self, device: &Device) -> CompileOptions {
        self.device_ids(vec![vec![device.id()]])
    }

    /// Assigns devices by id: one row a replica, with one id a partition.
    pub fn device_ids(mut self, ids: Vec<Vec<i32>>) -> CompileOptions {
        self.devices = ids;
        self
    }

    /// Sets an XLA option (a field of XLA's `DebugOptions`, such as `xla_dump_to`) for this program alone.
    ///
    /// Unlike in `XLA_FLAGS`, a name that XLA does not know is an error of the compilation and no end of the process.
    pub fn set(mut self, name: impl Into<String>, value: impl Into<OptionValue>) -> CompileOptions {
        let name = name.into();
        self.overrides.retain(|(earlier, _)| *earlier != name);
        self.overrides.push((name, value.into()));
        // Sorted, so that the order of calls does not tell equal options apart.
        self.overrides.sort_by(|(a, _), (b, _)| a.cmp(b));
        self
    }

    /// Whether [`set`](CompileOptions::set) has given this option a value.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.overrides.iter().any(|(known, _)| known == name)
    }

    /// The serialized `CompileOptionsProto` (field numbers of `xla/pjrt/proto/compile_options.proto`).
    ///
    /// Counts of zero hit a fatal check inside XLA, so they must not get that far.
    pub(crate) fn encode(&self) -> Result<Vec<u8>> {
        if self.replicas == 0 || self.partitions == 0 {
            return Err(Error::invalid(format!(
                "replicas and partitions must be at least 1, got {} and {}",
                self.replicas, self.partitions
            )));
        }
        let mut build = Writer::new()
            .int(1, -1) // device_ordinal: none
            .int(4, count(self.replicas)?)
            .int(5, count(self.partitions)?)
            .bool(6, self.spmd);
        if !self.devices.is_empty() {
            build = build.message(9, self.encode_devices()?);
        }
        build = build.bool(19, self.shardy);
        let mut options = Writer::new().message(3, build);
        for (name, value) in &self.overrides {
            let value = match value {
                OptionValue::String(text) => Writer::new().string(1, text),
                OptionValue::Bool(truth) => Writer::new().bool(2, *truth),
                OptionValue::I64(number) => Writer::new().int(3, *number),
                OptionValue::F64(number) => Writer::new().double(4, *number),
            };
            options = options.message(7, Writer::new().string(1, name).message(2, value));
        }
        Ok(options.finish())
    }

    /// A `DeviceAssignmentProto`: one list a partition, with one device a replica.
    fn encode_devices(&self) -> Result<Writer> {
        if self.devices.len() != self.replicas || self.devices.iter().any(|row| row.len() != self.partitions)
        {
            return Err(Error::invalid(format!(
                "device ids must be {} row(s) of {}, one a replica with one id a partition, got {:?}",
                self.replicas, self.partitions, self.devices
            )));
        }
        let mut assignment = Writer::new().int(1, count(self.replicas)?).int(2, count(self.partitions)?);
        for partition in 0..self.partitions {
            let ids = self.devices.iter().map(|row| i64::from(row[partition]));
            assignment = assignment.message(3, Writer::new().packed(1, ids));
        }
        Ok(assignment)
    }
}

fn count(value: usize) -> Result<i64> {
    i32::try_from(value)
        .map(i64::from)
        .map_err(|_| Error::invalid(format!("{value} devices are more than PJRT can name")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::{Reader, Value};

    #[test]
    fn defaults_name_one_replica_and_one_partition() {
        let bytes = CompileOptions::default().encode().expect("valid options");
        let (field, build) = Reader::new(&bytes).next().expect("build options");
        let fields: Vec<_> = build.message().collect();
        assert_eq!(field, 3);
        assert!(fields.contains(&(4, Value::Varint(1))) && fields.contains(&(5, Value::Varint(1))));
    }

    #[test]
    fn counts_of_zero_are_refused() {
        let error = CompileOptions::new().replicas(0).encode().unwrap_err();
        assert_eq!(error.to_string(), "replicas and partitions must be at least 1, got 0 and 1");
    }

    #[test]
    fn device_ids_must_match_the_counts() {
        assert!(CompileOptions::new().device_ids(vec![vec![0, 1]]).encode().is_err());
        let options = CompileOptions::new().partitions(2).device_ids(vec![vec![0, 1]]);
        assert!(options.encode().is_ok());
    }

    #[test]
    fn order_of_overrides_does_not_matter() {
        let a = CompileOptions::new().set("x", true).set("a", 1);
        let b = CompileOptions::new().set("a", 2).set("x", true).set("a", 1);
        assert_eq!(a.encode().ok(), b.encode().ok());
    }
}
