//! The few lines of protobuf that talking to XLA takes: a writer for options, a reader for what XLA serializes.
//!
//! PJRT passes compile options, profiler options, optimised programs and profiles as serialized protos. Of each this
//! crate needs a handful of fields, so it writes and reads the wire format directly and has no generated code.

use std::borrow::Cow;

/// Writes the fields of one message, in the order of the calls.
#[derive(Clone, Debug, Default)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    pub(crate) fn new() -> Writer {
        Writer::default()
    }

    fn raw_varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }

    fn tag(&mut self, field: u32, wire: u32) {
        self.raw_varint(u64::from(field << 3 | wire));
    }

    /// An integer or enum; negative ones are sign-extended to 64 bits, as protobuf has it.
    pub(crate) fn int(mut self, field: u32, value: i64) -> Writer {
        self.tag(field, 0);
        self.raw_varint(value as u64);
        self
    }

    pub(crate) fn bool(self, field: u32, value: bool) -> Writer {
        self.int(field, i64::from(value))
    }

    pub(crate) fn double(mut self, field: u32, value: f64) -> Writer {
        self.tag(field, 1);
        self.bytes.extend(value.to_le_bytes());
        self
    }

    pub(crate) fn bytes(mut self, field: u32, value: &[u8]) -> Writer {
        self.tag(field, 2);
        self.raw_varint(value.len() as u64);
        self.bytes.extend(value);
        self
    }

    pub(crate) fn string(self, field: u32, value: &str) -> Writer {
        self.bytes(field, value.as_bytes())
    }

    pub(crate) fn message(self, field: u32, value: Writer) -> Writer {
        self.bytes(field, &value.bytes)
    }

    /// A repeated integer in its packed form.
    pub(crate) fn packed(self, field: u32, values: impl IntoIterator<Item = i64>) -> Writer {
        let mut packed = Writer::new();
        for value in values {
            packed.raw_varint(value as u64);
        }
        self.message(field, packed)
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

/// A field's value as the wire has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Value<'a> {
    Varint(u64),
    Fixed64(u64),
    Fixed32(u32),
    Bytes(&'a [u8]),
}

impl<'a> Value<'a> {
    pub(crate) fn int(self) -> u64 {
        match self {
            Value::Varint(value) | Value::Fixed64(value) => value,
            Value::Fixed32(value) => u64::from(value),
            Value::Bytes(_) => 0,
        }
    }

    pub(crate) fn bytes(self) -> &'a [u8] {
        match self {
            Value::Bytes(bytes) => bytes,
            _ => &[],
        }
    }

    pub(crate) fn text(self) -> Cow<'a, str> {
        String::from_utf8_lossy(self.bytes())
    }

    pub(crate) fn message(self) -> Reader<'a> {
        Reader { bytes: self.bytes() }
    }
}

/// Reads the fields of one message as `(number, value)`.
///
/// Input that is no protobuf ends the iteration early: what comes from a plugin is only ever described, never trusted
/// to be whole.
#[derive(Clone, Debug)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { bytes }
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.bytes.split_first()?;
            self.bytes = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(count)?;
        self.bytes = rest;
        Some(taken)
    }

    /// The integers of a repeated field's occurrence, packed or single.
    pub(crate) fn ints(value: Value<'a>) -> Vec<u64> {
        match value {
            Value::Bytes(bytes) => {
                let mut reader = Reader { bytes };
                std::iter::from_fn(|| reader.varint()).collect()
            }
            other => vec![other.int()],
        }
    }
}

impl<'a> Iterator for Reader<'a> {
    type Item = (u32, Value<'a>);

    fn next(&mut self) -> Option<(u32, Value<'a>)> {
        let tag = self.varint()?;
        let value = match tag & 7 {
            0 => Value::Varint(self.varint()?),
            1 => Value::Fixed64(u64::from_le_bytes(self.take(8)?.try_into().ok()?)),
            2 => {
                let length = self.varint()?;
                Value::Bytes(self.take(usize::try_from(length).ok()?)?)
            }
            5 => Value::Fixed32(u32::from_le_bytes(self.take(4)?.try_into().ok()?)),
            _ => return None,
        };
        Some((u32::try_from(tag >> 3).ok()?, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_what_protobuf_says() {
        // The example of protobuf's own encoding page: field 1 = 150, field 2 = "testing".
        let bytes = Writer::new().int(1, 150).string(2, "testing").finish();
        assert_eq!(bytes, b"\x08\x96\x01\x12\x07testing");
        assert_eq!(Writer::new().int(1, -1).finish().len(), 11);
        assert_eq!(Writer::new().packed(4, [3, 270, 86942]).finish(), b"\x22\x06\x03\x8E\x02\x9E\xA7\x05");
    }

    #[test]
    fn reads_what_it_writes() {
        let bytes = Writer::new().int(1, 7).double(2, 0.5).message(3, Writer::new().bool(1, true)).finish();
        let fields: Vec<_> = Reader::new(&bytes).collect();
        assert_eq!(fields[0], (1, Value::Varint(7)));
        assert_eq!(fields[1], (2, Value::Fixed64(0.5f64.to_bits())));
        assert_eq!(fields[2].1.message().next(), Some((1, Value::Varint(1))));
    }

    #[test]
    fn broken_input_ends_quietly() {
        let bytes = Writer::new().int(1, 7).string(2, "long enough").finish();
        for cut in 0..bytes.len() {
            assert!(Reader::new(&bytes[..cut]).count() < 2);
        }
        assert_eq!(Reader::new(&[0xff; 40]).count(), 0);
        assert_eq!(Reader::new(b"\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01").count(), 0);
    }
}
