//! Arrays of files and buffers of devices: which of NumPy's element types holds which of a program's, and the way between.
//!
//! NumPy has no bf16, no 8-bit floats and nothing narrower than a byte. `ml_dtypes` saves those as void of their width (some
//! as a float of one byte), so such files say too little, and the program's own type decides.

use crate::error::{Error, ErrorKind, Result};
use bering_interchange::npy::{Array, Element, Kind};
use bering_runtime::{Buffer, DType, Device};
use std::sync::Arc;

/// Puts an array of a file on a device as what a program takes.
///
/// # Errors
/// If its elements are no `dtype`: nothing is converted.
pub fn upload(device: &Device, mut array: Array, dtype: DType) -> Result<Buffer> {
    let dims = array.dims().to_vec();
    if !holds(array.element(), dtype) {
        let file = stored(dtype);
        let message = format!(
            "an array of {dtype} is {file} in a file, got {}{dims:?}\nhint: convert it before, for example with `x.astype(...)` in NumPy",
            array.element()
        );
        return Err(Error::new(ErrorKind::Mismatch, message));
    }
    if dtype == DType::Bool {
        // A device may take any other bit for garbage.
        array.data_mut().iter_mut().for_each(|byte| *byte = u8::from(*byte != 0));
    }
    let range = 0..array.data().len();
    Ok(device.client().buffer_from_shared(Arc::new(array), range, dtype, dims, device)?)
}

/// Fetches a buffer's contents as an array that can be saved.
///
/// # Errors
/// If the work that makes the contents failed.
pub fn download(buffer: &Buffer) -> Result<Array> {
    Ok(Array::new(stored(buffer.dtype()), buffer.dims().to_vec(), buffer.to_bytes()?)?)
}

/// What a file has for elements of `dtype`.
pub fn stored(dtype: DType) -> Element {
    let (kind, bytes) = match dtype {
        DType::Bool => (Kind::Bool, 1),
        DType::I8 | DType::I16 | DType::I32 | DType::I64 => (Kind::Int, dtype.host_bytes()),
        DType::U8 | DType::U16 | DType::U32 | DType::U64 => (Kind::Unsigned, dtype.host_bytes()),
        DType::F16 | DType::F32 | DType::F64 => (Kind::Float, dtype.host_bytes()),
        DType::C64 | DType::C128 => (Kind::Complex, dtype.host_bytes()),
        // bf16, 8-bit floats, and what is narrower than a byte.
        _ => (Kind::Void, dtype.host_bytes()),
    };
    // A test goes through all types.
    Element::new(kind, bytes).unwrap_or(Element::F32)
}

/// Whether elements of a file can be `dtype`.
fn holds(element: Element, dtype: DType) -> bool {
    if element == stored(dtype) {
        return true;
    }
    let one_byte = |kind| element.kind() == kind && element.bytes() == 1;
    match dtype {
        DType::I1 | DType::I2 | DType::I4 => one_byte(Kind::Int),
        DType::U1 | DType::U2 | DType::U4 => one_byte(Kind::Unsigned),
        _ => stored(dtype).kind() == Kind::Void && one_byte(Kind::Float) && dtype.host_bytes() == 1,
    }
}

/// The runtime's type for an element type in MLIR's spelling.
pub(crate) fn from_mlir(element: &str) -> Option<DType> {
    let name = match element {
        "i1" => return Some(DType::Bool),
        "complex<f32>" => return Some(DType::C64),
        "complex<f64>" => return Some(DType::C128),
        other => other.to_ascii_lowercase(),
    };
    let name = name.strip_prefix("ui").map_or(name.clone(), |bits| format!("u{bits}"));
    DType::ALL.iter().copied().find(|dtype| dtype.name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_a_place_in_a_file() {
        for &dtype in DType::ALL {
            assert_eq!(stored(dtype).bytes(), dtype.host_bytes(), "{dtype}");
            assert!(holds(stored(dtype), dtype), "{dtype}");
        }
    }

    #[test]
    fn types_of_mlir_are_known() {
        for (element, dtype) in [
            ("i1", DType::Bool),
            ("ui8", DType::U8),
            ("i4", DType::I4),
            ("bf16", DType::Bf16),
            ("f8E4M3FN", DType::F8E4M3Fn),
            ("f4E2M1FN", DType::F4E2M1Fn),
            ("complex<f64>", DType::C128),
        ] {
            assert_eq!(from_mlir(element), Some(dtype));
        }
        assert_eq!(
            (from_mlir("index"), from_mlir("!quant.uniform<i8:f32, 1.0>"), from_mlir("")),
            (None, None, None)
        );
    }

    #[test]
    fn bytes_of_another_meaning_are_refused() {
        let device = crate::device("cpu").unwrap();
        let array = |kind, bytes| {
            Array::new(Element::new(kind, bytes).unwrap(), vec![2], vec![2; 2 * bytes]).unwrap()
        };
        for (kind, bytes, dtype) in [
            (Kind::Float, 8, DType::F32),
            (Kind::Unsigned, 2, DType::Bf16),
            (Kind::Int, 1, DType::U4),
            (Kind::Void, 1, DType::I8),
        ] {
            let error = upload(&device, array(kind, bytes), dtype).unwrap_err().to_string();
            assert!(
                error.starts_with(&format!("an array of {dtype} is ")) && error.contains("hint: "),
                "{error}"
            );
        }
        let truths = upload(&device, array(Kind::Bool, 1), DType::Bool).unwrap();
        assert_eq!(truths.to_bytes().unwrap(), [1, 1]);
        let small = upload(&device, array(Kind::Float, 1), DType::F8E5M2).unwrap();
        assert_eq!(download(&small).unwrap(), array(Kind::Void, 1));
    }
}
