//! The three crates' element types, mapped onto each other.
//!
//! Each crate keeps its own enum so that it depends on none of the others; only here do they meet.

use bering_frontend as frontend;
use bering_runtime as runtime;
use bering_weights as weights;

/// The graph's type as the runtime's.
pub(crate) fn to_runtime(dtype: frontend::DType) -> Option<runtime::DType> {
    // Both print StableHLO-like names (`f32`, `bf16`, `f8e4m3fn`), which a test compares for every type.
    runtime::DType::ALL.iter().copied().find(|known| known.name() == dtype.name())
}

/// The runtime's type as the graph's.
pub(crate) fn from_runtime(dtype: runtime::DType) -> Option<frontend::DType> {
    frontend::DType::ALL.iter().copied().find(|known| known.name() == dtype.name())
}

/// A stored type as the graph's, if the graph has it in the same number of bits per element.
pub(crate) fn from_weights(dtype: weights::DType) -> Option<frontend::DType> {
    use frontend::DType as To;
    use weights::DType::*;
    Some(match dtype {
        Bool => To::Bool,
        U8 => To::U8,
        I8 => To::I8,
        F8E5M2 => To::F8E5M2,
        F8E4M3 => To::F8E4M3Fn,
        F8E8M0 => To::F8E8M0Fnu,
        F8E4M3Fnuz => To::F8E4M3Fnuz,
        F8E5M2Fnuz => To::F8E5M2Fnuz,
        I16 => To::I16,
        U16 => To::U16,
        F16 => To::F16,
        Bf16 => To::Bf16,
        I32 => To::I32,
        U32 => To::U32,
        F32 => To::F32,
        I64 => To::I64,
        U64 => To::U64,
        F64 => To::F64,
        C64 => To::C64,
        // Packed in the file, one to a byte in host arrays: not the same bytes.
        _ => return None,
    })
}

/// The graph's type as a stored one of the same bytes, if files have it.
pub(crate) fn to_weights(dtype: frontend::DType) -> Option<weights::DType> {
    weights::DType::ALL.iter().copied().find(|&stored| from_weights(stored) == Some(dtype))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_graph_type_has_a_runtime_type() {
        for dtype in frontend::DType::ALL {
            assert_eq!(to_runtime(dtype).map(runtime::DType::name), Some(dtype.name()));
        }
    }

    #[test]
    fn stored_types_keep_their_size() {
        for &dtype in weights::DType::ALL {
            if let Some(mapped) = from_weights(dtype) {
                assert_eq!(mapped.bytes() * 8, dtype.bits(), "{dtype}");
            }
        }
    }
}
