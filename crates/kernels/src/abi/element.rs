//! Element types of buffers, as the FFI API numbers them, and their values as text.

use bering_pjrt_sys as sys;

macro_rules! elements {
    ($($variant:ident $name:literal $bytes:literal $code:ident;)*) => {
        /// The element type of an argument or result.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(missing_docs)]
        pub enum Element {$($variant,)*}

        impl Element {
            /// The element type of this number.
            ///
            /// # Errors
            /// When it is none whose elements are whole bytes.
            pub(crate) fn of(code: sys::XLA_FFI_DataType) -> Result<Element, String> {
                match code {
                    $(sys::$code => Ok(Element::$variant),)*
                    other => Err(format!("element type {other} of the FFI API is not one of whole bytes")),
                }
            }

            /// The name that Bering has for it.
            pub fn name(self) -> &'static str {
                match self {$(Element::$variant => $name,)*}
            }

            /// The bytes of one element.
            pub fn bytes(self) -> usize {
                match self {$(Element::$variant => $bytes,)*}
            }
        }
    };
}
elements! {
    Bool "bool" 1 XLA_FFI_DataType_PRED;
    I8 "i8" 1 XLA_FFI_DataType_S8;
    I16 "i16" 2 XLA_FFI_DataType_S16;
    I32 "i32" 4 XLA_FFI_DataType_S32;
    I64 "i64" 8 XLA_FFI_DataType_S64;
    U8 "u8" 1 XLA_FFI_DataType_U8;
    U16 "u16" 2 XLA_FFI_DataType_U16;
    U32 "u32" 4 XLA_FFI_DataType_U32;
    U64 "u64" 8 XLA_FFI_DataType_U64;
    F16 "f16" 2 XLA_FFI_DataType_F16;
    Bf16 "bf16" 2 XLA_FFI_DataType_BF16;
    F32 "f32" 4 XLA_FFI_DataType_F32;
    F64 "f64" 8 XLA_FFI_DataType_F64;
    C64 "c64" 8 XLA_FFI_DataType_C64;
    C128 "c128" 16 XLA_FFI_DataType_C128;
}

impl Element {
    /// One element, from its bytes.
    pub(crate) fn text(self, bytes: &[u8]) -> String {
        macro_rules! read {
            ($host:ty) => {
                bytes
                    .try_into()
                    .map_or_else(|_| "?".to_owned(), |array| format!("{:?}", <$host>::from_le_bytes(array)))
            };
        }
        match self {
            Element::Bool => (bytes != [0]).to_string(),
            Element::I8 => read!(i8),
            Element::I16 => read!(i16),
            Element::I32 => read!(i32),
            Element::I64 => read!(i64),
            Element::U8 => read!(u8),
            Element::U16 => read!(u16),
            Element::U32 => read!(u32),
            Element::U64 => read!(u64),
            Element::F16 => read!(half::f16),
            Element::Bf16 => read!(half::bf16),
            Element::F32 => read!(f32),
            Element::F64 => read!(f64),
            Element::C64 => complex(Element::F32, bytes),
            Element::C128 => complex(Element::F64, bytes),
        }
    }
}

mod sealed {
    pub trait Sealed {}
}

/// A host type with the bytes of an element type; complex numbers are pairs of real and imaginary part.
pub trait Plain: sealed::Sealed + Copy + Send + Sync + 'static {
    /// The element type.
    const ELEMENT: Element;
}

macro_rules! plain {
    ($($host:ty = $element:ident),*) => {$(
        impl sealed::Sealed for $host {}
        impl Plain for $host {
            const ELEMENT: Element = Element::$element;
        }
    )*};
}
plain!(f32 = F32, f64 = F64, i32 = I32, [f32; 2] = C64, [f64; 2] = C128);

fn complex(part: Element, bytes: &[u8]) -> String {
    let (re, im) = bytes.split_at((bytes.len() / 2).min(part.bytes()));
    let im = part.text(im);
    let sign = if im.starts_with('-') { "" } else { "+" };
    format!("{}{sign}{im}i", part.text(re))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_as_text() {
        assert_eq!(Element::Bf16.text(&half::bf16::from_f32(-2.5).to_le_bytes()), "-2.5");
        assert_eq!(Element::Bool.text(&[1]), "true");
        assert_eq!(Element::F32.text(&f32::NAN.to_le_bytes()), "NaN");
        let number: Vec<u8> = [1.5f32, -2.0].into_iter().flat_map(f32::to_le_bytes).collect();
        assert_eq!(Element::C64.text(&number), "1.5-2.0i");
        assert!(Element::of(9999).is_err());
    }
}
