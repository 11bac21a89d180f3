//! The header of a safetensors file, and every check that can be made before its bytes are used.
//!
//! Layout of a file: eight bytes with the header's length (little endian), the header (a JSON object from tensor
//! name to dtype, shape and offsets; `__metadata__` maps strings to strings), then the data that the offsets count in.
//! [`parse`] accepts a header only if its tensors tile the data exactly, so that a range it returns can be sliced
//! without a further check.

use crate::DType;
use crate::error::Reason;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::ops::Range;

/// The reference implementation's limit, which keeps a lying length from costing memory.
const MAX_HEADER: usize = 100_000_000;

/// A validated header.
#[derive(Debug)]
pub(crate) struct Header {
    pub(crate) tensors: BTreeMap<String, Entry>,
    pub(crate) metadata: BTreeMap<String, String>,
}

/// One tensor: what it is and which bytes of the whole file hold it.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) dtype: DType,
    pub(crate) dims: Vec<usize>,
    pub(crate) range: Range<usize>,
}

/// Parses and validates the header of `file`, the bytes of a whole file.
pub(crate) fn parse(file: &[u8]) -> Result<Header, Reason> {
    let (json, data_start) = split(file)?;
    let raw: RawHeader = serde_json::from_slice(json).map_err(Reason::Json)?;
    let data = file.len() - data_start;
    let mut names = HashSet::with_capacity(raw.tensors.len());
    let mut spans = Vec::with_capacity(raw.tensors.len());
    let mut tensors = BTreeMap::new();
    for (name, entry) in &raw.tensors {
        if !names.insert(name.as_str()) {
            return Err(Reason::DuplicateName(name.clone()));
        }
        let checked = entry.check(name, data)?;
        spans.push((checked.range.clone(), name.as_str()));
        let range = data_start + checked.range.start..data_start + checked.range.end;
        tensors.insert(name.clone(), Entry { range, ..checked });
    }
    check_tiling(spans, data)?;
    Ok(Header { tensors, metadata: raw.metadata })
}

/// Splits off the header's JSON; also says where the data starts.
fn split(file: &[u8]) -> Result<(&[u8], usize), Reason> {
    let Some((length, rest)) = file.split_first_chunk::<8>() else {
        return Err(Reason::TooShort { len: file.len() });
    };
    let header = u64::from_le_bytes(*length);
    let json = usize::try_from(header).ok().and_then(|length| rest.get(..length));
    let Some(json) = json else {
        return Err(Reason::HeaderBeyondFile { header, file: file.len() });
    };
    if json.len() > MAX_HEADER {
        return Err(Reason::HeaderTooLong { header, limit: MAX_HEADER });
    }
    if json.first() != Some(&b'{') {
        return Err(Reason::NotAnObject { first: json.first().copied() });
    }
    Ok((json, 8 + json.len()))
}

/// The tensors must cover the data without overlap or hole: a hole is where a lying header hides something.
fn check_tiling(mut spans: Vec<(Range<usize>, &str)>, data: usize) -> Result<(), Reason> {
    spans.sort_by_key(|(range, _)| (range.start, range.end));
    let (mut end, mut previous) = (0, "");
    for (range, name) in spans {
        if range.start < end {
            return Err(Reason::Overlap { first: previous.into(), second: name.into(), at: range.start });
        }
        if range.start > end {
            return Err(Reason::Hole { from: end, to: range.start });
        }
        (end, previous) = (range.end, name);
    }
    if end < data {
        return Err(Reason::Hole { from: end, to: data });
    }
    Ok(())
}

/// The header as JSON says it: nothing checked but its types, order and duplicates kept.
#[derive(Default)]
struct RawHeader {
    tensors: Vec<(String, RawEntry)>,
    metadata: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct RawEntry {
    dtype: String,
    shape: Vec<u64>,
    data_offsets: (u64, u64),
}

impl RawEntry {
    /// Checks dtype, shape and offsets of one tensor against `data` bytes; the range is relative to the data.
    fn check(&self, name: &str, data: usize) -> Result<Entry, Reason> {
        let tensor = || name.to_owned();
        let (start, end) = self.data_offsets;
        let Some(dtype) = DType::from_name(&self.dtype) else {
            return Err(Reason::UnknownDType { tensor: tensor(), dtype: self.dtype.clone() });
        };
        let overflow = || Reason::Overflow { tensor: tensor(), dtype, dims: self.shape.clone() };
        let dims: Result<Vec<usize>, _> = self.shape.iter().map(|&dim| usize::try_from(dim)).collect();
        let dims = dims.map_err(|_| overflow())?;
        let needs = dtype.size_of(&dims).ok_or_else(overflow)?;
        if start > end {
            return Err(Reason::Backwards { tensor: tensor(), range: start..end });
        }
        if end > data as u64 {
            return Err(Reason::BeyondData { tensor: tensor(), range: start..end, data });
        }
        if end - start != needs as u64 {
            return Err(Reason::WrongSize { tensor: tensor(), dtype, dims, needs, range: start..end });
        }
        Ok(Entry { dtype, dims, range: start as usize..end as usize })
    }
}

impl<'de> Deserialize<'de> for RawHeader {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(HeaderVisitor)
    }
}

/// Reads the object pair by pair, because a map type would silently drop duplicates.
struct HeaderVisitor;

impl<'de> Visitor<'de> for HeaderVisitor {
    type Value = RawHeader;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object from tensor names to their dtype, shape and data_offsets")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawHeader, A::Error> {
        let mut header = RawHeader::default();
        let mut told = false;
        while let Some(name) = map.next_key::<String>()? {
            if name == "__metadata__" {
                if std::mem::replace(&mut told, true) {
                    return Err(A::Error::custom("`__metadata__` is there twice"));
                }
                header.metadata = map.next_value()?;
            } else {
                let entry =
                    map.next_value().map_err(|e| A::Error::custom(format!("tensor `{name}`: {e}")))?;
                header.tensors.push((name, entry));
            }
        }
        Ok(header)
    }
}
