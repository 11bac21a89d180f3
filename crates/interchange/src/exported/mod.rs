//! The files of `jax.export`: `Exported.serialize()`, a FlatBuffer around a StableHLO portable artifact, read and written.
//!
//! Read is what running the function takes: the module, the types of all its arguments, which of them the module has, and the
//! platforms it was exported for. Trees of arguments and results are flat here, in JAX's order; shardings, effects' names
//! and gradients (`vjp`) are left alone. Field numbers are those of JAX's schema (`serialization.fbs`, its versions 2 to 11).

mod flatbuffer;
#[cfg(test)]
mod tests;
mod write;

use crate::{Error, Result};
use flatbuffer::Table;
use std::fmt;
use std::ops::RangeInclusive;

/// The conventions between caller and module that are known here; JAX itself refuses others, too.
const CONVENTIONS: RangeInclusive<u64> = 9..=10;

/// More dimensions than any program has.
const MOST_DIMENSIONS: usize = 64;

/// The fields of JAX's table `Exported`, by number.
mod field {
    pub(super) const VERSION: usize = 0;
    pub(super) const FUNCTION_NAME: usize = 1;
    pub(super) const IN_TREE: usize = 2;
    pub(super) const IN_AVALS: usize = 3;
    pub(super) const OUT_TREE: usize = 4;
    pub(super) const OUT_AVALS: usize = 5;
    pub(super) const DEVICES_SHORT: usize = 6;
    pub(super) const IN_SHARDINGS: usize = 7;
    pub(super) const OUT_SHARDINGS: usize = 8;
    pub(super) const PLATFORMS: usize = 9;
    pub(super) const ORDERED_EFFECTS: usize = 10;
    pub(super) const UNORDERED_EFFECTS: usize = 11;
    pub(super) const DISABLED_CHECKS: usize = 12;
    pub(super) const MODULE: usize = 13;
    pub(super) const CONVENTION: usize = 14;
    pub(super) const KEPT: usize = 15;
    pub(super) const DEVICES: usize = 18;
    pub(super) const UNIQUE_AVALS: usize = 19;
    pub(super) const IN_AVAL_INDICES: usize = 22;
    pub(super) const OUT_AVAL_INDICES: usize = 23;
    pub(super) const IN_SHARDING_INDICES: usize = 24;
    pub(super) const OUT_SHARDING_INDICES: usize = 25;
}

/// JAX's names of its element types, by number.
const DTYPES: [&str; 30] = [
    "bool",
    "i8",
    "i16",
    "i32",
    "i64",
    "u8",
    "u16",
    "u32",
    "u64",
    "f16",
    "f32",
    "f64",
    "c64",
    "c128",
    "bf16",
    "i4",
    "u4",
    "f8e4m3b11fnuz",
    "f8e4m3fn",
    "f8e4m3fnuz",
    "f8e5m2",
    "f8e5m2fnuz",
    "float0",
    "f8e4m3",
    "f8e3m4",
    "f8e8m0fnu",
    "f4e2m1fn",
    "key<fry>",
    "key<rbg>",
    "key<unsafe_rbg>",
];

/// An exported function.
#[derive(Clone, Debug, PartialEq)]
pub struct Exported<'a> {
    /// The function's name.
    pub name: &'a str,
    /// The StableHLO module, a portable artifact.
    pub module: &'a [u8],
    /// Every argument of the function, leaves of trees in order.
    pub arguments: Vec<Abstract<'a>>,
    /// Every result.
    pub results: Vec<Abstract<'a>>,
    /// Which of `arguments` the module has, ascending; JAX drops those that nothing uses.
    pub kept: Vec<usize>,
    /// The platforms it was exported for, such as `cpu`. The module of several takes the platform's place in this list first.
    pub platforms: Vec<&'a str>,
    /// How many devices it runs on.
    pub devices: u64,
    /// How many effects are ordered: each is a token among the module's arguments and results.
    pub ordered_effects: usize,
}

/// The type of an argument or result: JAX's abstract value. Prints as `f32[b, 4]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Abstract<'a> {
    /// The element type in Bering's spelling.
    pub dtype: &'static str,
    /// Each dimension as JAX spells it: a number, a variable (`b`) or an expression (`2*b + 1`).
    pub dims: Vec<&'a str>,
}

impl fmt::Display for Abstract<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}]", self.dtype, self.dims.join(", "))
    }
}

impl<'a> Exported<'a> {
    /// Reads a file's bytes.
    ///
    /// # Errors
    /// If they are no such file, are damaged, or follow a calling convention that is not known.
    pub fn parse(bytes: &'a [u8]) -> Result<Exported<'a>> {
        let damaged = |error: Error| error.about("not a file of `jax.export`, or a damaged one");
        let table = Table::root(bytes).map_err(damaged)?;
        let exported = Exported::read(&table).map_err(damaged)?;
        let convention = table.integer::<2>(field::CONVENTION).map_err(damaged)?;
        if !CONVENTIONS.contains(&convention) {
            return Err(Error::new(format!(
                "the function was exported with calling convention {convention}; known are {} to {}",
                CONVENTIONS.start(),
                CONVENTIONS.end()
            )));
        }
        Ok(exported)
    }

    fn read(table: &Table<'a>) -> Result<Exported<'a>> {
        let module = table.bytes(field::MODULE)?;
        if !module.starts_with(b"ML\xefR") {
            return Err(Error::new("it holds no MLIR module"));
        }
        let unique =
            table.tables(field::UNIQUE_AVALS)?.iter().map(Abstract::read).collect::<Result<Vec<_>>>()?;
        let values = |plain, indices| -> Result<Vec<Abstract<'a>>> {
            let indices = table.integers::<4>(indices)?;
            if indices.is_empty() {
                return table.tables(plain)?.iter().map(Abstract::read).collect();
            }
            let value = |index: usize| unique.get(index).cloned();
            let missing = || Error::new("a type is referred to that is not there");
            indices.into_iter().map(|index| value(index).ok_or_else(missing)).collect()
        };
        let arguments = values(field::IN_AVALS, field::IN_AVAL_INDICES)?;
        let kept = table.integers::<2>(field::KEPT)?;
        if !kept.is_sorted_by(|a, b| a < b) || kept.last().is_some_and(|&last| last >= arguments.len()) {
            return Err(Error::new(format!("arguments {kept:?} of {} are kept", arguments.len())));
        }
        let devices = match table.integer::<4>(field::DEVICES)? {
            0 => table.integer::<2>(field::DEVICES_SHORT)?,
            count => count,
        };
        Ok(Exported {
            name: table.string(field::FUNCTION_NAME)?,
            module,
            arguments,
            results: values(field::OUT_AVALS, field::OUT_AVAL_INDICES)?,
            kept,
            platforms: table.strings(field::PLATFORMS)?,
            devices,
            ordered_effects: table.tables(field::ORDERED_EFFECTS)?.len(),
        })
    }
}

impl<'a> Abstract<'a> {
    /// Table `AbstractValue`: 0 is its kind (0 for arrays), 1 the shape, 2 the element type.
    fn read(table: &Table<'a>) -> Result<Abstract<'a>> {
        if table.integer::<1>(0)? != 0 {
            return Err(Error::new("an argument or result is no array"));
        }
        let dtype = table.integer::<1>(2)?;
        let known = usize::try_from(dtype).ok().and_then(|index| DTYPES.get(index));
        let dtype = known.ok_or_else(|| Error::new(format!("element type {dtype} is not known")))?;
        // Many arguments may refer to one shape, so that its length counts many times.
        if table.vector(1, 4)?.len() > MOST_DIMENSIONS {
            return Err(Error::new(format!(
                "an argument or result has more than {MOST_DIMENSIONS} dimensions"
            )));
        }
        Ok(Abstract { dtype, dims: table.strings(1)? })
    }
}
