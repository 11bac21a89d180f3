//! Element types: every type of StableHLO, its size, its family and its spelling.
//!
//! The idea: one flat enum and a few total functions over it. Arithmetic on values is not here; conversion of host
//! numbers into bytes is in [`literal`](crate::Literal).

use std::fmt;

/// The type of one tensor element.
///
/// Types are never promoted implicitly: operands of one operation have one dtype, and [`Tensor::convert`] changes it.
/// Numbers of the host language adopt the dtype of the tensor they meet.
///
/// [`Tensor::convert`]: crate::Tensor::convert
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DType {
    /// True or false; one byte in buffers.
    Bool,
    /// 2-bit signed integer.
    I2,
    /// 4-bit signed integer.
    I4,
    /// 8-bit signed integer.
    I8,
    /// 16-bit signed integer.
    I16,
    /// 32-bit signed integer.
    I32,
    /// 64-bit signed integer.
    I64,
    /// 2-bit unsigned integer.
    U2,
    /// 4-bit unsigned integer.
    U4,
    /// 8-bit unsigned integer.
    U8,
    /// 16-bit unsigned integer.
    U16,
    /// 32-bit unsigned integer.
    U32,
    /// 64-bit unsigned integer.
    U64,
    /// 4-bit float of the OCP microscaling formats: no infinities, no NaN.
    F4E2M1Fn,
    /// 6-bit float of the OCP microscaling formats, 2 exponent bits. XLA does not have it, so it does not lower.
    F6E2M3Fn,
    /// 6-bit float of the OCP microscaling formats, 3 exponent bits. XLA does not have it, so it does not lower.
    F6E3M2Fn,
    /// 8-bit float, 3 exponent bits, with infinities.
    F8E3M4,
    /// 8-bit float, 4 exponent bits, with infinities.
    F8E4M3,
    /// 8-bit float, 4 exponent bits with bias 11, no infinities, no negative zero.
    F8E4M3B11Fnuz,
    /// 8-bit float, 4 exponent bits, no infinities: OCP's E4M3.
    F8E4M3Fn,
    /// 8-bit float, 4 exponent bits, no infinities, no negative zero.
    F8E4M3Fnuz,
    /// 8-bit float, 5 exponent bits: OCP's E5M2.
    F8E5M2,
    /// 8-bit float, 5 exponent bits, no infinities, no negative zero.
    F8E5M2Fnuz,
    /// 8-bit power-of-two scale of the OCP microscaling formats.
    F8E8M0Fnu,
    /// The upper half of an IEEE binary32.
    Bf16,
    /// IEEE binary16.
    F16,
    /// IEEE binary32.
    F32,
    /// IEEE binary64.
    F64,
    /// Complex number of two `f32`.
    C64,
    /// Complex number of two `f64`.
    C128,
}

/// The family of a [`DType`]; operations state which families they take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// [`DType::Bool`].
    Bool,
    /// Signed integers.
    Signed,
    /// Unsigned integers.
    Unsigned,
    /// Floating point of any width.
    Float,
    /// Complex numbers.
    Complex,
}

impl DType {
    /// Every element type, in declaration order.
    pub const ALL: [DType; 30] = [
        DType::Bool,
        DType::I2,
        DType::I4,
        DType::I8,
        DType::I16,
        DType::I32,
        DType::I64,
        DType::U2,
        DType::U4,
        DType::U8,
        DType::U16,
        DType::U32,
        DType::U64,
        DType::F4E2M1Fn,
        DType::F6E2M3Fn,
        DType::F6E3M2Fn,
        DType::F8E3M4,
        DType::F8E4M3,
        DType::F8E4M3B11Fnuz,
        DType::F8E4M3Fn,
        DType::F8E4M3Fnuz,
        DType::F8E5M2,
        DType::F8E5M2Fnuz,
        DType::F8E8M0Fnu,
        DType::Bf16,
        DType::F16,
        DType::F32,
        DType::F64,
        DType::C64,
        DType::C128,
    ];

    /// The name in messages and printed graphs (`f32`, `bf16`, `bool`, `u8`, `f8e4m3fn`, `c64`).
    pub const fn name(self) -> &'static str {
        match self {
            DType::Bool => "bool",
            DType::I2 => "i2",
            DType::I4 => "i4",
            DType::I8 => "i8",
            DType::I16 => "i16",
            DType::I32 => "i32",
            DType::I64 => "i64",
            DType::U2 => "u2",
            DType::U4 => "u4",
            DType::U8 => "u8",
            DType::U16 => "u16",
            DType::U32 => "u32",
            DType::U64 => "u64",
            DType::F4E2M1Fn => "f4e2m1fn",
            DType::F6E2M3Fn => "f6e2m3fn",
            DType::F6E3M2Fn => "f6e3m2fn",
            DType::F8E3M4 => "f8e3m4",
            DType::F8E4M3 => "f8e4m3",
            DType::F8E4M3B11Fnuz => "f8e4m3b11fnuz",
            DType::F8E4M3Fn => "f8e4m3fn",
            DType::F8E4M3Fnuz => "f8e4m3fnuz",
            DType::F8E5M2 => "f8e5m2",
            DType::F8E5M2Fnuz => "f8e5m2fnuz",
            DType::F8E8M0Fnu => "f8e8m0fnu",
            DType::Bf16 => "bf16",
            DType::F16 => "f16",
            DType::F32 => "f32",
            DType::F64 => "f64",
            DType::C64 => "c64",
            DType::C128 => "c128",
        }
    }

    /// The number of bits that carry information; 1 for [`DType::Bool`].
    pub const fn bits(self) -> usize {
        match self {
            DType::Bool => 1,
            DType::I2 | DType::U2 => 2,
            DType::I4 | DType::U4 | DType::F4E2M1Fn => 4,
            DType::F6E2M3Fn | DType::F6E3M2Fn => 6,
            DType::I8 | DType::U8 => 8,
            DType::F8E3M4
            | DType::F8E4M3
            | DType::F8E4M3B11Fnuz
            | DType::F8E4M3Fn
            | DType::F8E4M3Fnuz
            | DType::F8E5M2
            | DType::F8E5M2Fnuz
            | DType::F8E8M0Fnu => 8,
            DType::I16 | DType::U16 | DType::Bf16 | DType::F16 => 16,
            DType::I32 | DType::U32 | DType::F32 => 32,
            DType::I64 | DType::U64 | DType::F64 | DType::C64 => 64,
            DType::C128 => 128,
        }
    }

    /// The bytes one element takes in a host array; types under 8 bits take a whole byte there.
    pub const fn bytes(self) -> usize {
        self.bits().div_ceil(8)
    }

    /// The family the type belongs to.
    pub const fn family(self) -> Family {
        match self {
            DType::Bool => Family::Bool,
            DType::I2 | DType::I4 | DType::I8 | DType::I16 | DType::I32 | DType::I64 => Family::Signed,
            DType::U2 | DType::U4 | DType::U8 | DType::U16 | DType::U32 | DType::U64 => Family::Unsigned,
            DType::F4E2M1Fn
            | DType::F6E2M3Fn
            | DType::F6E3M2Fn
            | DType::F8E3M4
            | DType::F8E4M3
            | DType::F8E4M3B11Fnuz
            | DType::F8E4M3Fn
            | DType::F8E4M3Fnuz
            | DType::F8E5M2
            | DType::F8E5M2Fnuz
            | DType::F8E8M0Fnu
            | DType::Bf16
            | DType::F16
            | DType::F32
            | DType::F64 => Family::Float,
            DType::C64 | DType::C128 => Family::Complex,
        }
    }

    /// Whether the type is floating point.
    pub const fn is_float(self) -> bool {
        matches!(self.family(), Family::Float)
    }

    /// Whether the type is an integer, signed or not; `bool` is none.
    pub const fn is_integer(self) -> bool {
        matches!(self.family(), Family::Signed | Family::Unsigned)
    }

    /// Whether the type is complex.
    pub const fn is_complex(self) -> bool {
        matches!(self.family(), Family::Complex)
    }

    /// The type of the real and imaginary part of a complex type, the type itself otherwise.
    pub const fn real(self) -> DType {
        match self {
            DType::C64 => DType::F32,
            DType::C128 => DType::F64,
            real => real,
        }
    }
}

impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_distinct_and_state_the_width() {
        let mut names: Vec<_> = DType::ALL.iter().map(|dtype| dtype.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), DType::ALL.len());
        for dtype in DType::ALL {
            let digits: String = dtype
                .name()
                .chars()
                .skip_while(|c| !c.is_ascii_digit())
                .take_while(char::is_ascii_digit)
                .collect();
            if dtype != DType::Bool {
                assert_eq!(digits.parse::<usize>(), Ok(dtype.bits()), "{dtype}");
            }
        }
    }
}
