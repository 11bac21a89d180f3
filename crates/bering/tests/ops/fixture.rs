//! The fixture file and how close a result must come to it.

use bering::frontend::{DType, Spec};
use half::{bf16, f16};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// One array of the fixture.
pub(crate) struct Array {
    pub(crate) dtype: DType,
    pub(crate) dims: Vec<usize>,
    pub(crate) bytes: Vec<u8>,
}

/// All arrays by `<case>.in<i>` and `<case>.out<i>`.
pub(crate) struct Fixture(BTreeMap<String, Array>);

impl Fixture {
    /// What the files of a directory hold.
    pub(crate) fn load(directory: &str) -> Fixture {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join(directory);
        let paths = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
        let files = paths.filter(|path| path.extension().is_some_and(|extension| extension == "safetensors"));
        Fixture(files.flat_map(|path| read(&path)).collect())
    }

    /// The names of all cases.
    pub(crate) fn names(&self) -> BTreeSet<String> {
        self.0.keys().filter_map(|key| key.rsplit_once('.')).map(|(name, _)| name.to_string()).collect()
    }

    /// A case's arguments (`in`) or results (`out`).
    pub(crate) fn arrays(&self, case: &str, kind: &str) -> Vec<&Array> {
        (0..).map_while(|i| self.0.get(&format!("{case}.{kind}{i}"))).collect()
    }
}

fn read(path: &Path) -> Vec<(String, Array)> {
    let weights = bering::weights::SafeTensors::open(path).unwrap();
    let array = |name: &str| {
        let view = weights.get(name).unwrap();
        // What the format has no type for comes as bytes along a last axis, with its type behind the name.
        let (key, dtype, dims) = match (name.split_once(':'), view.dims) {
            (Some((key, dtype)), [dims @ .., _]) => (key, dtype.to_string(), dims),
            _ => (name, view.dtype.to_string().to_lowercase(), view.dims),
        };
        let dtype = DType::ALL.into_iter().find(|known| known.name() == dtype);
        let dtype = dtype.unwrap_or_else(|| panic!("{name}: no graph type {}", view.dtype));
        (key.to_string(), Array { dtype, dims: dims.to_vec(), bytes: view.bytes.to_vec() })
    };
    weights.names().map(array).collect()
}

impl Array {
    pub(crate) fn spec(&self) -> Spec {
        Spec::new(self.dtype, &self.dims)
    }

    pub(crate) fn runtime_dtype(&self) -> Result<bering::runtime::DType, String> {
        let known =
            bering::runtime::DType::ALL.iter().copied().find(|dtype| dtype.name() == self.dtype.name());
        known.ok_or_else(|| format!("the runtime has no {}", self.dtype))
    }

    /// Compares a result element by element; integers and bools must be equal, NaN equals NaN. Where every element is a sum
    /// over `all` others, rounding is as large as the largest element makes it.
    pub(crate) fn compare(&self, got: &[u8], all: bool) -> Result<(), String> {
        self.compare_within(got, tolerance(self.dtype), all)
    }

    /// As [`Array::compare`] where several roundings meet.
    #[allow(dead_code)] // One of the test programs needs it.
    pub(crate) fn compare_times(&self, got: &[u8], all: bool, times: f64) -> Result<(), String> {
        let (relative, absolute) = tolerance(self.dtype);
        self.compare_within(got, (relative * times, absolute * times), all)
    }

    /// As [`Array::compare`] for results that were computed in `dtype` and are carried in another type.
    #[allow(dead_code)] // One of the test programs needs it.
    pub(crate) fn compare_as(&self, got: &[u8], dtype: DType) -> Result<(), String> {
        match self.dtype.is_float() || self.dtype.is_complex() {
            true => self.compare_within(got, tolerance(dtype), false),
            false => self.compare(got, false),
        }
    }

    fn compare_within(
        &self,
        got: &[u8],
        (relative, mut absolute): (f64, f64),
        all: bool,
    ) -> Result<(), String> {
        if got.len() != self.bytes.len() {
            return Err(format!("has {} bytes, not {}", got.len(), self.bytes.len()));
        }
        let width = self.dtype.real().bytes();
        if all {
            let largest = self.bytes.chunks(width).map(|bytes| number(self.dtype.real(), bytes).abs());
            absolute = relative * largest.fold(0.0, f64::max);
        }
        for (i, (got, want)) in got.chunks(width).zip(self.bytes.chunks(width)).enumerate() {
            let (got, want) = (number(self.dtype.real(), got), number(self.dtype.real(), want));
            let same = got == want || (got.is_nan() && want.is_nan());
            // Beside an infinity every number would be within a relative tolerance; a NaN is close to nothing.
            let close = want.is_finite() && (got - want).abs() <= absolute + relative * want.abs();
            if !same && !close {
                return Err(format!("element {i} of {} is {got:e}, not {want:e}", self.spec()));
            }
        }
        Ok(())
    }
}

/// Relative and absolute tolerance: a few units in the last place, as XLA's functions are not correctly rounded.
fn tolerance(dtype: DType) -> (f64, f64) {
    match dtype {
        DType::F64 | DType::C128 => (1e-13, 1e-15),
        DType::F32 | DType::C64 => (2e-6, 2e-7),
        DType::F16 => (1e-3, 1e-4),
        DType::Bf16 => (8e-3, 1e-3),
        // One unit in the last place, and the smallest number.
        DType::F8E4M3 | DType::F8E4M3Fn | DType::F8E4M3Fnuz | DType::F8E4M3B11Fnuz => (0.125, 0.002),
        DType::F8E3M4 => (0.0625, 0.016),
        DType::F8E5M2 | DType::F8E5M2Fnuz => (0.25, 2e-5),
        DType::F4E2M1Fn => (0.5, 0.5),
        DType::F8E8M0Fnu => (0.5, 0.0),
        _ => (0.0, 0.0),
    }
}

/// One element; exact for every type of the fixture but large 64-bit integers, which differ in their leading bits.
fn number(dtype: DType, bytes: &[u8]) -> f64 {
    match dtype {
        DType::Bool | DType::U8 => f64::from(bytes[0]),
        DType::I8 => f64::from(bytes[0] as i8),
        DType::I16 => i16::from_le_bytes(bytes.try_into().unwrap()).into(),
        DType::U16 => u16::from_le_bytes(bytes.try_into().unwrap()).into(),
        DType::I32 => i32::from_le_bytes(bytes.try_into().unwrap()).into(),
        DType::U32 => u32::from_le_bytes(bytes.try_into().unwrap()).into(),
        DType::I64 => i64::from_le_bytes(bytes.try_into().unwrap()) as f64,
        DType::U64 => u64::from_le_bytes(bytes.try_into().unwrap()) as f64,
        DType::Bf16 => bf16::from_le_bytes(bytes.try_into().unwrap()).into(),
        DType::F16 => f16::from_le_bytes(bytes.try_into().unwrap()).into(),
        DType::F32 => f32::from_le_bytes(bytes.try_into().unwrap()).into(),
        DType::F64 => f64::from_le_bytes(bytes.try_into().unwrap()),
        other => panic!("the fixture has no {other}"),
    }
}
