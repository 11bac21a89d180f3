//! Values known while tracing: dense little-endian bytes with a type, and the host numbers they come from.
//!
//! A literal owns its bytes behind an `Arc`, so cloning one is cheap. Equality is of bits: two NaNs of one bit pattern
//! are equal, `0.0` and `-0.0` are not, which is what interning needs.

use crate::error::{Result, error};
use crate::{DType, Shape, Spec};
use half::{bf16, f16};
use std::fmt;
use std::sync::Arc;

/// A constant array: elements in row-major order, each in [`DType::bytes`] little-endian bytes.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Literal {
    spec: Spec,
    bytes: Arc<[u8]>,
}

/// A host type whose values can be elements.
pub trait Element: Copy + sealed::Sealed {
    /// The element type.
    const DTYPE: DType;
    #[doc(hidden)]
    fn push_le(self, bytes: &mut Vec<u8>);
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! element {
    ($($host:ty => $dtype:ident),* $(,)?) => {$(
        impl sealed::Sealed for $host {}
        impl Element for $host {
            const DTYPE: DType = DType::$dtype;
            fn push_le(self, bytes: &mut Vec<u8>) {
                bytes.extend_from_slice(&self.to_le_bytes());
            }
        }
    )*};
}

element! {
    i8 => I8, i16 => I16, i32 => I32, i64 => I64, u8 => U8, u16 => U16, u32 => U32, u64 => U64,
    bf16 => Bf16, f16 => F16, f32 => F32, f64 => F64,
}

impl sealed::Sealed for bool {}
impl Element for bool {
    const DTYPE: DType = DType::Bool;
    fn push_le(self, bytes: &mut Vec<u8>) {
        bytes.push(u8::from(self));
    }
}

/// A number of the host language that has not met a tensor yet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar {
    /// A floating-point number.
    Float(f64),
    /// An integer.
    Int(i64),
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scalar::Float(x) => write!(f, "{x:?}"),
            Scalar::Int(x) => write!(f, "{x}"),
        }
    }
}

impl Literal {
    /// Elements in row-major order under a shape.
    ///
    /// # Errors
    /// When the shape does not hold exactly `values.len()` elements.
    pub fn new<T: Element>(values: &[T], shape: impl Into<Shape>) -> Result<Literal> {
        let mut bytes = Vec::with_capacity(std::mem::size_of_val(values));
        values.iter().for_each(|value| value.push_le(&mut bytes));
        Literal::from_bytes(Spec::new(T::DTYPE, shape), bytes)
    }

    /// Elements already encoded, for the types that have no host type.
    ///
    /// # Errors
    /// When the type does not take exactly that many bytes.
    pub fn from_bytes(spec: Spec, bytes: impl Into<Arc<[u8]>>) -> Result<Literal> {
        let bytes = bytes.into();
        match spec.bytes() {
            Some(expected) if expected == bytes.len() => Ok(Literal { spec, bytes }),
            Some(expected) => {
                Err(error!(Shape, "constant: {spec} takes {expected} bytes, got {}", bytes.len()))
            }
            None => Err(error!(Shape, "constant: {spec} is larger than the address space")),
        }
    }

    /// One number as an element of a given type, or why it is none. Types under one byte and the 8-bit floats have no
    /// exact host encoding here: [`Scalar::carrier`] names the type to build them in.
    pub(crate) fn scalar(value: Scalar, dtype: DType) -> Result<Literal> {
        let mut bytes = Vec::with_capacity(16);
        let encoded = match value {
            Scalar::Float(x) => encode_float(x, dtype, &mut bytes),
            Scalar::Int(x) => encode_int(x, dtype, &mut bytes),
        };
        match encoded {
            Some(()) => Ok(Literal { spec: Spec::scalar(dtype), bytes: bytes.into() }),
            None => Err(error!(DType, "scalar `{value}` is no value of {dtype}")
                .hint("convert the tensor to a type that holds it first")),
        }
    }

    /// The type.
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// The elements, row-major and little-endian.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl Scalar {
    /// The type in which to write a scalar that a tensor of `dtype` meets: `dtype` itself, or a wider one that XLA
    /// converts, for types whose rounding rules live there and not here.
    pub(crate) fn carrier(dtype: DType) -> DType {
        match dtype {
            DType::I2 | DType::I4 => DType::I8,
            DType::U2 | DType::U4 => DType::U8,
            dtype if dtype.is_float() && dtype.bits() <= 8 => DType::F32,
            dtype => dtype,
        }
    }
}

fn encode_int(x: i64, dtype: DType, bytes: &mut Vec<u8>) -> Option<()> {
    match dtype {
        DType::I8 => i8::try_from(x).ok()?.push_le(bytes),
        DType::I16 => i16::try_from(x).ok()?.push_le(bytes),
        DType::I32 => i32::try_from(x).ok()?.push_le(bytes),
        DType::I64 => x.push_le(bytes),
        DType::U8 => u8::try_from(x).ok()?.push_le(bytes),
        DType::U16 => u16::try_from(x).ok()?.push_le(bytes),
        DType::U32 => u32::try_from(x).ok()?.push_le(bytes),
        DType::U64 => u64::try_from(x).ok()?.push_le(bytes),
        float_or_none => encode_float(x as f64, float_or_none, bytes)?,
    }
    Some(())
}

fn encode_float(x: f64, dtype: DType, bytes: &mut Vec<u8>) -> Option<()> {
    match dtype {
        DType::Bf16 => bf16::from_f64(x).push_le(bytes),
        DType::F16 => f16::from_f64(x).push_le(bytes),
        DType::F32 => (x as f32).push_le(bytes),
        DType::F64 => x.push_le(bytes),
        DType::C64 => [x as f32, 0.0].into_iter().for_each(|part| part.push_le(bytes)),
        DType::C128 => [x, 0.0].into_iter().for_each(|part| part.push_le(bytes)),
        // A whole number is a fine integer (`x * 2.0` on integers); a fraction is a mistake.
        integer if integer.is_integer() && x.fract() == 0.0 && x.abs() <= 2f64.powi(53) => {
            encode_int(x as i64, integer, bytes)?
        }
        _ => return None,
    }
    Some(())
}

impl fmt::Display for Literal {
    /// Small constants print their elements, larger ones only their first.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 8;
        let width = self.spec.dtype.bytes();
        let elements: Vec<String> =
            self.bytes.chunks(width).take(SHOWN).map(|bytes| decode(bytes, self.spec.dtype)).collect();
        let more = if self.bytes.len() > SHOWN * width { ", .." } else { "" };
        if self.spec.rank() == 0 {
            write!(f, "{}", elements.concat())
        } else {
            write!(f, "[{}{more}]", elements.join(", "))
        }
    }
}

impl fmt::Debug for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({self})", self.spec)
    }
}

/// One element as text; types without a host type as hex.
fn decode(bytes: &[u8], dtype: DType) -> String {
    macro_rules! read {
        ($host:ty) => {
            match bytes.try_into() {
                Ok(array) => format!("{:?}", <$host>::from_le_bytes(array)),
                Err(_) => hex(bytes),
            }
        };
    }
    match dtype {
        DType::Bool => (bytes != [0]).to_string(),
        DType::I8 => read!(i8),
        DType::I16 => read!(i16),
        DType::I32 => read!(i32),
        DType::I64 => read!(i64),
        DType::U8 => read!(u8),
        DType::U16 => read!(u16),
        DType::U32 => read!(u32),
        DType::U64 => read!(u64),
        DType::Bf16 => read!(bf16),
        DType::F16 => read!(f16),
        DType::F32 => read!(f32),
        DType::F64 => read!(f64),
        DType::I2 | DType::I4 | DType::U2 | DType::U4 | DType::C64 | DType::C128 => hex(bytes),
        DType::F4E2M1Fn | DType::F6E2M3Fn | DType::F6E3M2Fn => hex(bytes),
        DType::F8E3M4 | DType::F8E4M3 | DType::F8E4M3B11Fnuz | DType::F8E4M3Fn => hex(bytes),
        DType::F8E4M3Fnuz | DType::F8E5M2 | DType::F8E5M2Fnuz | DType::F8E8M0Fnu => hex(bytes),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().rev().fold("0x".to_string(), |text, byte| text + &format!("{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_adopt_a_type_or_say_why_not() {
        let bytes = |value, dtype| Literal::scalar(value, dtype).map(|literal| literal.bytes().to_vec());
        assert_eq!(bytes(Scalar::Float(0.1), DType::F32).unwrap(), 0.1f32.to_le_bytes());
        assert_eq!(bytes(Scalar::Int(3), DType::Bf16).unwrap(), bf16::from_f32(3.0).to_le_bytes());
        assert_eq!(bytes(Scalar::Float(2.0), DType::I32).unwrap(), 2i32.to_le_bytes());
        assert_eq!(bytes(Scalar::Int(255), DType::U8).unwrap(), [255]);
        let refused = |value, dtype| bytes(value, dtype).unwrap_err().message().to_string();
        assert_eq!(refused(Scalar::Int(256), DType::U8), "scalar `256` is no value of u8");
        assert_eq!(refused(Scalar::Float(0.5), DType::I32), "scalar `0.5` is no value of i32");
        assert_eq!(refused(Scalar::Int(1), DType::Bool), "scalar `1` is no value of bool");
    }

    #[test]
    fn a_literal_holds_exactly_its_shape() {
        let error = Literal::new(&[1f32, 2.0], [3]).unwrap_err();
        assert_eq!(error.message(), "constant: f32[3] takes 12 bytes, got 8");
        assert_eq!(Literal::new(&[1i64, -2], [2]).unwrap().to_string(), "[1, -2]");
        assert_eq!(Literal::new::<f32>(&[], [0, 3]).unwrap().to_string(), "[]");
    }
}
