//! Element types and array specifications: what a buffer holds, apart from where it is.

use std::fmt;

use bering_pjrt_sys as sys;

use crate::error::{Error, Result};

macro_rules! dtypes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $bits:literal, $raw:ident;)*) => {
        /// The type of an array's elements: everything PJRT buffers can hold.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum DType { $($(#[$doc])* $variant,)* }

        impl DType {
            /// Every type, in PJRT's order.
            pub const ALL: &'static [DType] = &[$(DType::$variant),*];

            /// The short name, such as `f32`, `bf16` or `bool`.
            pub fn name(self) -> &'static str {
                match self { $(DType::$variant => $name,)* }
            }

            /// The size of one element on a device that packs, in bits.
            pub fn bits(self) -> usize {
                match self { $(DType::$variant => $bits,)* }
            }

            pub(crate) fn to_raw(self) -> sys::PJRT_Buffer_Type {
                match self { $(DType::$variant => sys::$raw,)* }
            }

            pub(crate) fn from_raw(raw: sys::PJRT_Buffer_Type) -> Result<DType> {
                match raw {
                    $(sys::$raw => Ok(DType::$variant),)*
                    _ => Err(Error::new(
                        crate::ErrorKind::Unimplemented,
                        format!("element type number {raw} of the plugin is not known here"),
                    )),
                }
            }
        }
    };
}

dtypes! {
    /// Truth values, one byte each.
    Bool = "bool", 8, PJRT_Buffer_Type_PRED;
    /// Signed 8-bit integers.
    I8 = "i8", 8, PJRT_Buffer_Type_S8;
    /// Signed 16-bit integers.
    I16 = "i16", 16, PJRT_Buffer_Type_S16;
    /// Signed 32-bit integers.
    I32 = "i32", 32, PJRT_Buffer_Type_S32;
    /// Signed 64-bit integers.
    I64 = "i64", 64, PJRT_Buffer_Type_S64;
    /// Unsigned 8-bit integers.
    U8 = "u8", 8, PJRT_Buffer_Type_U8;
    /// Unsigned 16-bit integers.
    U16 = "u16", 16, PJRT_Buffer_Type_U16;
    /// Unsigned 32-bit integers.
    U32 = "u32", 32, PJRT_Buffer_Type_U32;
    /// Unsigned 64-bit integers.
    U64 = "u64", 64, PJRT_Buffer_Type_U64;
    /// IEEE half precision.
    F16 = "f16", 16, PJRT_Buffer_Type_F16;
    /// IEEE single precision.
    F32 = "f32", 32, PJRT_Buffer_Type_F32;
    /// IEEE double precision.
    F64 = "f64", 64, PJRT_Buffer_Type_F64;
    /// The upper half of a single-precision number.
    Bf16 = "bf16", 16, PJRT_Buffer_Type_BF16;
    /// A pair of `f32`: real and imaginary part.
    C64 = "c64", 64, PJRT_Buffer_Type_C64;
    /// A pair of `f64`: real and imaginary part.
    C128 = "c128", 128, PJRT_Buffer_Type_C128;
    /// 8-bit float, 5 exponent bits, with infinities.
    F8E5M2 = "f8e5m2", 8, PJRT_Buffer_Type_F8E5M2;
    /// 8-bit float, 4 exponent bits, finite, with NaN.
    F8E4M3Fn = "f8e4m3fn", 8, PJRT_Buffer_Type_F8E4M3FN;
    /// 8-bit float, 4 exponent bits, bias 11, finite, no negative zero.
    F8E4M3B11Fnuz = "f8e4m3b11fnuz", 8, PJRT_Buffer_Type_F8E4M3B11FNUZ;
    /// 8-bit float, 5 exponent bits, finite, no negative zero.
    F8E5M2Fnuz = "f8e5m2fnuz", 8, PJRT_Buffer_Type_F8E5M2FNUZ;
    /// 8-bit float, 4 exponent bits, finite, no negative zero.
    F8E4M3Fnuz = "f8e4m3fnuz", 8, PJRT_Buffer_Type_F8E4M3FNUZ;
    /// Signed 4-bit integers, one to a byte on the host.
    I4 = "i4", 4, PJRT_Buffer_Type_S4;
    /// Unsigned 4-bit integers, one to a byte on the host.
    U4 = "u4", 4, PJRT_Buffer_Type_U4;
    /// Signed 2-bit integers, one to a byte on the host.
    I2 = "i2", 2, PJRT_Buffer_Type_S2;
    /// Unsigned 2-bit integers, one to a byte on the host.
    U2 = "u2", 2, PJRT_Buffer_Type_U2;
    /// 8-bit float, 4 exponent bits, with infinities.
    F8E4M3 = "f8e4m3", 8, PJRT_Buffer_Type_F8E4M3;
    /// 8-bit float, 3 exponent bits, with infinities.
    F8E3M4 = "f8e3m4", 8, PJRT_Buffer_Type_F8E3M4;
    /// 8-bit powers of two: the scale type of the MX formats.
    F8E8M0Fnu = "f8e8m0fnu", 8, PJRT_Buffer_Type_F8E8M0FNU;
    /// 4-bit float of the MX formats, one to a byte on the host.
    F4E2M1Fn = "f4e2m1fn", 4, PJRT_Buffer_Type_F4E2M1FN;
    /// Signed 1-bit integers, one to a byte on the host.
    I1 = "i1", 1, PJRT_Buffer_Type_S1;
    /// Unsigned 1-bit integers, one to a byte on the host.
    U1 = "u1", 1, PJRT_Buffer_Type_U1;
    /// 6-bit float of the MX formats, 2 exponent bits, one to a byte on the host.
    F6E2M3Fn = "f6e2m3fn", 6, PJRT_Buffer_Type_F6E2M3FN;
    /// 6-bit float of the MX formats, 3 exponent bits, one to a byte on the host.
    F6E3M2Fn = "f6e3m2fn", 6, PJRT_Buffer_Type_F6E3M2FN;
}

impl DType {
    /// The size of one element in host memory, in bytes.
    ///
    /// PJRT moves types narrower than a byte to and from the host one element to a byte and packs them on the device.
    pub fn host_bytes(self) -> usize {
        self.bits().div_ceil(8)
    }

    /// The type XLA's protos number so (`xla_data.proto`, `PrimitiveType`): not the numbers of the C API.
    pub(crate) fn from_xla(number: u64) -> Option<DType> {
        use DType::*;
        Some(match number {
            1 => Bool,
            2 => I8,
            3 => I16,
            4 => I32,
            5 => I64,
            6 => U8,
            7 => U16,
            8 => U32,
            9 => U64,
            10 => F16,
            11 => F32,
            12 => F64,
            15 => C64,
            16 => Bf16,
            18 => C128,
            19 => F8E5M2,
            20 => F8E4M3Fn,
            21 => I4,
            22 => U4,
            23 => F8E4M3B11Fnuz,
            24 => F8E5M2Fnuz,
            25 => F8E4M3Fnuz,
            26 => I2,
            27 => U2,
            28 => F8E4M3,
            29 => F8E3M4,
            30 => I1,
            31 => U1,
            32 => F4E2M1Fn,
            33 => F8E8M0Fnu,
            35 => F6E3M2Fn,
            36 => F6E2M3Fn,
            _ => return None,
        })
    }
}

impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Element type and dimensions of an array; prints as `f32[2, 3]`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Spec {
    dtype: DType,
    dims: Box<[usize]>,
}

impl Spec {
    /// A specification. Dimensions may be zero; no dimensions make a scalar.
    ///
    /// ```
    /// # use bering_runtime::{DType, Spec};
    /// assert_eq!(Spec::new(DType::F32, [2, 3]).to_string(), "f32[2, 3]");
    /// ```
    pub fn new(dtype: DType, dims: impl AsRef<[usize]>) -> Spec {
        Spec { dtype, dims: dims.as_ref().into() }
    }

    /// The element type.
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// The sizes of the dimensions, outermost first.
    pub fn dims(&self) -> &[usize] {
        &self.dims
    }

    /// The number of elements, or `None` if it does not fit.
    pub fn elements(&self) -> Option<usize> {
        // A zero anywhere makes the array empty, however large the other dimensions are.
        if self.dims.contains(&0) {
            return Some(0);
        }
        self.dims.iter().try_fold(1usize, |count, &dim| count.checked_mul(dim))
    }

    /// The bytes a dense copy takes in host memory, or an error if that is more than an address space holds.
    pub fn host_bytes(&self) -> Result<usize> {
        self.elements()
            .and_then(|count| count.checked_mul(self.dtype.host_bytes()))
            .filter(|&bytes| bytes <= isize::MAX as usize)
            .ok_or_else(|| Error::invalid(format!("{self} is larger than the address space")))
    }
}

impl fmt::Display for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{:?}", self.dtype, self.dims)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_numbers_round_trip() {
        for &dtype in DType::ALL {
            assert_eq!(DType::from_raw(dtype.to_raw()).ok(), Some(dtype));
        }
        assert!(DType::from_raw(sys::PJRT_Buffer_Type_TOKEN).is_err());
    }

    #[test]
    fn xla_numbers_cover_every_type_once() {
        let mut found: Vec<DType> = (0..64).filter_map(DType::from_xla).collect();
        let count = found.len();
        found.dedup();
        assert_eq!((found.len(), count), (DType::ALL.len(), DType::ALL.len()));
    }

    #[test]
    fn sizes_are_checked() {
        assert_eq!(Spec::new(DType::F32, []).elements(), Some(1));
        assert_eq!(Spec::new(DType::I4, [3]).host_bytes().ok(), Some(3));
        assert_eq!(Spec::new(DType::F32, [usize::MAX, 0]).host_bytes().ok(), Some(0));
        assert!(Spec::new(DType::F32, [usize::MAX / 2, 4]).host_bytes().is_err());
    }
}
