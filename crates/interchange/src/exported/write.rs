//! Writing a file of `jax.export`, so that `jax.export.deserialize(...)` gives a function to call.

use super::{Abstract, DTYPES, Exported, field};
use crate::{Error, Result};
use flatbuffers::{FlatBufferBuilder, TableFinishedWIPOffset, VOffsetT, WIPOffset};

/// What JAX writes for its own sake: readers take it for the third version, and look at the fields.
const VERSION: u16 = 3;
/// The oldest convention that JAX reads; nothing here needs a later one.
const CONVENTION: u16 = 9;

/// The kinds of JAX's table `PyTreeDef`.
const LEAF: i8 = 0;
const TUPLE: i8 = 2;
const DICT: i8 = 4;

type Builder<'a> = FlatBufferBuilder<'a>;
type Table = WIPOffset<TableFinishedWIPOffset>;

impl Exported<'_> {
    /// The file. In JAX the function takes its arguments by position, and gives a single result as it is and several as a
    /// tuple.
    ///
    /// # Errors
    /// If JAX has no such element type, there are too many arguments, or there are effects: those cannot be written.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        if self.ordered_effects > 0 {
            return Err(Error::new("a function with ordered effects cannot be written"));
        }
        let kept: Vec<u16> =
            self.kept.iter().map(|&index| u16::try_from(index)).collect::<Result<_, _>>().map_err(|_| {
                Error::new(format!(
                    "{} arguments are more than a file of `jax.export` can number",
                    self.arguments.len()
                ))
            })?;
        let mut builder = Builder::new();
        let b = &mut builder;
        let arguments = abstracts(b, &self.arguments)?;
        let results = abstracts(b, &self.results)?;
        let unspecified: Vec<Table> =
            (0..arguments.len().max(results.len())).map(|_| table(b, |_| ())).collect();
        let in_tree = {
            let leaves = leaves(b, arguments.len());
            let positional = tree(b, TUPLE, &leaves);
            let named = tree(b, DICT, &[]);
            tree(b, TUPLE, &[positional, named])
        };
        let out_leaves = leaves(b, results.len());
        let out_tree = if let [leaf] = out_leaves[..] { leaf } else { tree(b, TUPLE, &out_leaves) };
        let tables = |b: &mut Builder<'_>, tables: &[Table]| b.create_vector(tables).value();
        let numbers = |b: &mut Builder<'_>, numbers: Vec<u32>| b.create_vector(&numbers).value();
        let (first, second) = (arguments.len() as u32, results.len() as u32);
        // The types twice, in lists and by number: older readers know the former, newer ones will only know the latter.
        let references = [
            (field::FUNCTION_NAME, b.create_string(self.name).value()),
            (field::IN_TREE, in_tree.value()),
            (field::IN_AVALS, tables(b, &arguments)),
            (field::OUT_TREE, out_tree.value()),
            (field::OUT_AVALS, tables(b, &results)),
            (field::IN_SHARDINGS, tables(b, &unspecified[..arguments.len()])),
            (field::OUT_SHARDINGS, tables(b, &unspecified[..results.len()])),
            (field::PLATFORMS, strings(b, &self.platforms)),
            (field::ORDERED_EFFECTS, tables(b, &[])),
            (field::UNORDERED_EFFECTS, tables(b, &[])),
            (field::DISABLED_CHECKS, tables(b, &[])),
            (field::MODULE, b.create_vector(self.module).value()),
            (field::KEPT, b.create_vector(&kept).value()),
            (field::UNIQUE_AVALS, tables(b, &[&arguments[..], &results[..]].concat())),
            (field::IN_AVAL_INDICES, numbers(b, (0..first).collect())),
            (field::OUT_AVAL_INDICES, numbers(b, (first..first + second).collect())),
            (field::IN_SHARDING_INDICES, numbers(b, vec![0; arguments.len()])),
            (field::OUT_SHARDING_INDICES, numbers(b, vec![0; results.len()])),
        ];
        let devices = u32::try_from(self.devices).map_err(|_| Error::new("too many devices"))?;
        let root = table(b, |b| {
            b.push_slot_always(slot(field::VERSION), VERSION);
            b.push_slot_always(slot(field::CONVENTION), CONVENTION);
            b.push_slot_always(slot(field::DEVICES_SHORT), devices.min(i16::MAX as u32) as i16);
            b.push_slot_always(slot(field::DEVICES), devices);
            for (number, offset) in references {
                b.push_slot_always(slot(number), WIPOffset::<TableFinishedWIPOffset>::new(offset));
            }
        });
        builder.finish_minimal(root);
        Ok(builder.finished_data().to_vec())
    }
}

/// Where a field's offset stands in a table's layout.
fn slot(number: usize) -> VOffsetT {
    4 + 2 * number as VOffsetT
}

fn table(b: &mut Builder<'_>, fill: impl FnOnce(&mut Builder<'_>)) -> Table {
    let start = b.start_table();
    fill(b);
    WIPOffset::new(b.end_table(start).value())
}

fn strings(b: &mut Builder<'_>, strings: &[&str]) -> u32 {
    let strings: Vec<_> = strings.iter().map(|string| b.create_string(string)).collect();
    b.create_vector(&strings).value()
}

fn leaves(b: &mut Builder<'_>, count: usize) -> Vec<Table> {
    (0..count).map(|_| tree(b, LEAF, &[])).collect()
}

/// A node of a tree of arguments or results.
fn tree(b: &mut Builder<'_>, kind: i8, children: &[Table]) -> Table {
    let children = (!children.is_empty()).then(|| b.create_vector(children));
    table(b, |b| {
        b.push_slot_always(slot(0), kind);
        if let Some(children) = children {
            b.push_slot_always(slot(1), children);
        }
    })
}

fn abstracts(b: &mut Builder<'_>, values: &[Abstract<'_>]) -> Result<Vec<Table>> {
    values
        .iter()
        .map(|value| {
            let dtype = DTYPES
                .iter()
                .position(|known| *known == value.dtype)
                .and_then(|index| i8::try_from(index).ok());
            let dtype =
                dtype.ok_or_else(|| Error::new(format!("JAX has no element type `{}`", value.dtype)))?;
            let dims = strings(b, &value.dims);
            Ok(table(b, |b| {
                b.push_slot_always(slot(0), 0i8);
                b.push_slot_always(slot(1), WIPOffset::<TableFinishedWIPOffset>::new(dims));
                b.push_slot_always(slot(2), dtype);
            }))
        })
        .collect()
}
