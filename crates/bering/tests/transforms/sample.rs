//! Points at which cases are tried: random, the same in every run, from where an operation is smooth.

use bering::frontend::{DType, Spec};

/// Where the elements of an input come from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Domain {
    /// Any real number of ordinary size.
    Real,
    /// 0.5 to 2.
    Positive,
    /// -0.9 to 0.9.
    Unit,
    /// At least 0.05 apart from each other, from those of other inputs, and from 0: no ties, no kinks.
    Apart,
    /// Whole numbers from 0, less than this.
    Index(usize),
}

/// One host array: every element as `f64`, which holds all values that cases use.
#[derive(Clone, Debug)]
pub(crate) struct Array {
    pub(crate) spec: Spec,
    pub(crate) values: Vec<f64>,
}

impl Array {
    pub(crate) fn is_float(&self) -> bool {
        self.spec.dtype.is_float()
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for &value in &self.values {
            match self.spec.dtype {
                DType::Bool => bytes.push(u8::from(value != 0.0)),
                DType::I32 => bytes.extend((value as i32).to_le_bytes()),
                DType::U32 => bytes.extend((value as u32).to_le_bytes()),
                DType::F32 => bytes.extend((value as f32).to_le_bytes()),
                DType::F64 => bytes.extend(value.to_le_bytes()),
                other => panic!("no case has inputs of {other}"),
            }
        }
        bytes
    }

    pub(crate) fn from_bytes(spec: &Spec, bytes: &[u8]) -> Array {
        let width = spec.dtype.bytes();
        let value = |bytes: &[u8]| match spec.dtype {
            DType::Bool => f64::from(bytes[0]),
            DType::I32 => i32::from_le_bytes(bytes.try_into().unwrap()).into(),
            DType::U32 => u32::from_le_bytes(bytes.try_into().unwrap()).into(),
            DType::F32 => f32::from_le_bytes(bytes.try_into().unwrap()).into(),
            DType::F64 => f64::from_le_bytes(bytes.try_into().unwrap()),
            other => panic!("no case has outputs of {other}"),
        };
        Array { spec: spec.clone(), values: bytes.chunks(width).map(value).collect() }
    }
}

/// Numbers that look random and are the same in every run (splitmix64).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(name: &str) -> Random {
        Random(
            name.bytes().fold(0x9E37_79B9, |seed: u64, byte| seed.wrapping_mul(31).wrapping_add(byte.into())),
        )
    }

    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// From `low` to `high`.
    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// An array of this type; `salt` tells inputs apart that must not meet.
    pub(crate) fn array(&mut self, spec: &Spec, domain: Domain, salt: usize) -> Array {
        let count = spec.shape.elements().unwrap();
        let values = match domain {
            Domain::Real => (0..count).map(|_| self.between(-1.5, 1.5)).collect(),
            Domain::Positive => (0..count).map(|_| self.between(0.5, 2.0)).collect(),
            Domain::Unit => (0..count).map(|_| self.between(-0.9, 0.9)).collect(),
            Domain::Index(end) => (0..count).map(|_| (self.bits() % end as u64) as f64).collect(),
            Domain::Apart => self.apart(count, salt),
        };
        Array { spec: spec.clone(), values }
    }

    fn apart(&mut self, count: usize, salt: usize) -> Vec<f64> {
        let mut values: Vec<f64> =
            (0..count).map(|i| 0.4 * i as f64 - 0.2 * count as f64 + 0.07 + 0.1 * salt as f64).collect();
        for i in (1..count).rev() {
            values.swap(i, (self.bits() % (i as u64 + 1)) as usize);
        }
        values
    }

    /// A direction: ordinary numbers of the type of `like`.
    pub(crate) fn direction(&mut self, like: &Spec) -> Array {
        self.array(like, Domain::Real, 0)
    }
}
