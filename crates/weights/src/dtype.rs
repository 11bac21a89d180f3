//! The element types of the safetensors format, by the names the format gives them.

use std::fmt;

macro_rules! dtypes {
    ($($variant:ident $name:literal $bits:literal $doc:literal;)*) => {
        /// Element type of a stored tensor.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum DType {
            $(#[doc = $doc] $variant,)*
        }

        impl DType {
            /// Every type this crate can size, in the order of [`DType::bits`].
            pub const ALL: &[DType] = &[$(DType::$variant),*];

            /// The type with this name in a safetensors header (`"F32"`), if it is known.
            pub fn from_name(name: &str) -> Option<DType> {
                match name { $($name => Some(DType::$variant),)* _ => None }
            }

            /// The name in a safetensors header.
            pub fn name(self) -> &'static str {
                match self { $(DType::$variant => $name),* }
            }

            /// Bits an element takes. Types under a byte are packed.
            pub fn bits(self) -> usize {
                match self { $(DType::$variant => $bits),* }
            }
        }
    };
}

dtypes! {
    F4 "F4" 4 "4-bit float (E2M1), two to a byte.";
    F6E2M3 "F6_E2M3" 6 "6-bit float, 2 exponent bits.";
    F6E3M2 "F6_E3M2" 6 "6-bit float, 3 exponent bits.";
    Bool "BOOL" 8 "Boolean, one byte.";
    U8 "U8" 8 "Unsigned byte.";
    I8 "I8" 8 "Signed byte.";
    F8E5M2 "F8_E5M2" 8 "8-bit float, 5 exponent bits.";
    F8E4M3 "F8_E4M3" 8 "8-bit float, 4 exponent bits, no infinities.";
    F8E8M0 "F8_E8M0" 8 "8-bit power of two: a block scale.";
    F8E4M3Fnuz "F8_E4M3FNUZ" 8 "8-bit float, 4 exponent bits, no negative zero.";
    F8E5M2Fnuz "F8_E5M2FNUZ" 8 "8-bit float, 5 exponent bits, no negative zero.";
    I16 "I16" 16 "Signed 16-bit integer.";
    U16 "U16" 16 "Unsigned 16-bit integer.";
    F16 "F16" 16 "IEEE half precision.";
    Bf16 "BF16" 16 "The upper half of an f32.";
    I32 "I32" 32 "Signed 32-bit integer.";
    U32 "U32" 32 "Unsigned 32-bit integer.";
    F32 "F32" 32 "IEEE single precision.";
    I64 "I64" 64 "Signed 64-bit integer.";
    U64 "U64" 64 "Unsigned 64-bit integer.";
    F64 "F64" 64 "IEEE double precision.";
    C64 "C64" 64 "Complex number of two f32.";
}

impl DType {
    /// Bytes that a tensor of these dimensions takes, or `None` when that overflows or is no whole number of bytes.
    pub fn size_of(self, dims: &[usize]) -> Option<usize> {
        let bits = dims.iter().try_fold(self.bits(), |bits, &dim| bits.checked_mul(dim))?;
        bits.is_multiple_of(8).then_some(bits / 8)
    }
}

/// Writes the type as the rest of Bering spells it: `f32`, `bf16`, `f8_e4m3`.
impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name().to_ascii_lowercase())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for &dtype in DType::ALL {
            assert_eq!(DType::from_name(dtype.name()), Some(dtype));
        }
        assert_eq!(DType::from_name("f32"), None, "the format's names are upper case");
    }

    #[test]
    fn sizes() {
        assert_eq!(DType::F32.size_of(&[2, 3]), Some(24));
        assert_eq!(DType::F32.size_of(&[]), Some(4));
        assert_eq!(DType::Bf16.size_of(&[5, 0, usize::MAX]), Some(0));
        assert_eq!(DType::F4.size_of(&[3]), None, "three nibbles are no whole number of bytes");
        assert_eq!(DType::F6E2M3.size_of(&[4]), Some(3));
        assert_eq!(DType::F64.size_of(&[usize::MAX / 8, 2]), None);
    }
}
