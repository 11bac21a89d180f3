//! The index of a sharded checkpoint: `model.safetensors.index.json`, which maps tensor names to files beside it.
//!
//! The index decides: a tensor it does not list is not part of the checkpoint, even if a shard holds it.

use crate::error::{Error, Reason};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

/// Far beyond any real index (a million tensors take about 100 MB), and still read in a moment.
const MAX_INDEX: usize = 100_000_000;

/// Tensor name -> file name of its shard, every file name checked to be a plain one.
pub(crate) fn read(path: &Path) -> Result<BTreeMap<String, String>, Error> {
    let error = |reason| Error::new(path, reason);
    let len = std::fs::metadata(path).map_err(|e| error(Reason::Open(e)))?.len();
    if len > MAX_INDEX as u64 {
        return Err(error(Reason::IndexTooLong { len, limit: MAX_INDEX }));
    }
    let json = std::fs::read(path).map_err(|e| error(Reason::Open(e)))?;
    let index: Index = serde_json::from_slice(&json).map_err(|e| error(Reason::NoIndex { index: e }))?;
    for (tensor, shard) in &index.weight_map.0 {
        if !is_plain(shard) {
            return Err(error(Reason::ShardName { tensor: tensor.clone(), shard: shard.clone() }));
        }
    }
    Ok(index.weight_map.0)
}

/// Whether `name` names a file in the index's own directory and cannot lead anywhere else.
fn is_plain(name: &str) -> bool {
    !name.contains('\0') && Path::new(name).file_name().is_some_and(|file| file == name)
}

#[derive(Deserialize)]
struct Index {
    weight_map: WeightMap,
}

struct WeightMap(BTreeMap<String, String>);

impl<'de> Deserialize<'de> for WeightMap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MapVisitor)
    }
}

struct MapVisitor;

impl<'de> Visitor<'de> for MapVisitor {
    type Value = WeightMap;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object from tensor names to file names")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<WeightMap, A::Error> {
        let mut shards = BTreeMap::new();
        while let Some((tensor, shard)) = map.next_entry::<String, String>()? {
            if let Some(first) = shards.insert(tensor.clone(), shard) {
                return Err(A::Error::custom(format!(
                    "tensor `{tensor}` is listed twice, first in `{first}`"
                )));
            }
        }
        Ok(WeightMap(shards))
    }
}
