//! Element types that move between Rust slices and buffers, and their views as bytes.

use half::{bf16, f16};

use crate::dtype::DType;

/// A Rust type that is a buffer's element: `f64 f32 f16 bf16`, `i8..i64`, `u8..u64` and `bool`.
///
/// The 8-bit floats and the types narrower than a byte have no Rust type; they move as raw bytes.
///
/// # Safety
/// The type has no padding, [`Raw`](Element::Raw) has its size and alignment, and every bit pattern is a valid `Raw`.
pub unsafe trait Element: Copy + Send + Sync + 'static {
    /// The element type of buffers.
    const DTYPE: DType;

    /// A type of the same layout of which every bit pattern is valid: what is read from a device before it is checked.
    #[doc(hidden)]
    type Raw: Copy + Send + 'static;

    /// Turns freshly read elements into values.
    #[doc(hidden)]
    fn from_raw(raw: Vec<Self::Raw>) -> Vec<Self>;
}

macro_rules! elements {
    ($($rust:ty = $dtype:ident),*) => {$(
        // SAFETY: a plain number: no padding, every bit pattern is a value (`f16` and `bf16` are transparent `u16`s).
        unsafe impl Element for $rust {
            const DTYPE: DType = DType::$dtype;
            type Raw = $rust;
            fn from_raw(raw: Vec<$rust>) -> Vec<$rust> {
                raw
            }
        }
    )*};
}
elements!(f64 = F64, f32 = F32, f16 = F16, bf16 = Bf16);
elements!(i8 = I8, i16 = I16, i32 = I32, i64 = I64, u8 = U8, u16 = U16, u32 = U32, u64 = U64);

// SAFETY: `u8` has the size and alignment of `bool`, and any byte is a valid `u8`.
unsafe impl Element for bool {
    const DTYPE: DType = DType::Bool;
    type Raw = u8;
    fn from_raw(raw: Vec<u8>) -> Vec<bool> {
        // Buffers may hold bytes other than 0 and 1 (they can be made from raw bytes), which no `bool` may.
        raw.into_iter().map(|byte| byte != 0).collect()
    }
}

/// The bytes of a slice of elements.
pub(crate) fn bytes_of<T: Element>(values: &[T]) -> &[u8] {
    // SAFETY: elements have no padding, so all `size_of_val` bytes are initialised; `u8` has no alignment.
    unsafe { std::slice::from_raw_parts(values.as_ptr().cast(), size_of_val(values)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_have_the_size_of_the_values() {
        assert_eq!(bytes_of(&[1.0f32]), 1.0f32.to_ne_bytes());
        assert_eq!(bytes_of::<u64>(&[]).len(), 0);
        assert_eq!(bytes_of(&[true, false]), [1, 0]);
    }

    #[test]
    fn any_byte_makes_a_bool() {
        assert_eq!(bool::from_raw(vec![0, 1, 2, 255]), [false, true, true, true]);
    }
}
