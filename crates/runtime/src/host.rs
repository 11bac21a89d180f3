//! Views of host memory as arrays: what a buffer is made from, checked once so that nothing reads out of bounds.

use smallvec::SmallVec;

use crate::dtype::{DType, Spec};
use crate::error::{Error, Result};
use crate::raw::{self, Element};

/// Borrowed host memory with element type, dimensions and, optionally, strides and a layout for the device.
///
/// ```
/// # use bering_runtime::HostView;
/// // The transpose of a 2 x 3 matrix, without moving it: strides are in bytes.
/// let matrix = [1.0f32, 2.0, 3.0, 4.0, 5.0, 6.0];
/// let transposed = HostView::of(&matrix, [2, 3])?.with_byte_strides([3, 2], [4, 12], 0)?;
/// assert_eq!(transposed.dims(), [3, 2]);
/// # Ok::<(), bering_runtime::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct HostView<'a> {
    bytes: &'a [u8],
    spec: Spec,
    /// Byte offset of the element whose indices are all zero.
    offset: usize,
    strides: Option<SmallVec<[i64; 8]>>,
    device_order: Option<SmallVec<[usize; 8]>>,
}

impl<'a> HostView<'a> {
    /// A dense, row-major array of typed elements.
    ///
    /// # Errors
    /// If the number of values is not that of the dimensions.
    pub fn of<T: Element>(values: &'a [T], dims: impl AsRef<[usize]>) -> Result<HostView<'a>> {
        HostView::from_bytes(T::DTYPE, dims, raw::bytes_of(values))
    }

    /// A dense, row-major array given as bytes in the machine's byte order.
    ///
    /// Types narrower than a byte come one element to a byte.
    ///
    /// # Errors
    /// If the number of bytes is not that of the array.
    pub fn from_bytes(dtype: DType, dims: impl AsRef<[usize]>, bytes: &'a [u8]) -> Result<HostView<'a>> {
        let spec = Spec::new(dtype, dims);
        let expected = spec.host_bytes()?;
        if bytes.len() != expected {
            return Err(Error::invalid(format!(
                "{spec} takes {} elements of {} bytes, got {} bytes",
                spec.elements().unwrap_or(usize::MAX),
                dtype.host_bytes(),
                bytes.len()
            )));
        }
        Ok(HostView { bytes, spec, offset: 0, strides: None, device_order: None })
    }

    /// The same memory seen with other dimensions and strides.
    ///
    /// `strides` say how many bytes to go from one element to the next along each dimension, negative ones backwards;
    /// `offset` is the position, in bytes, of the first element.
    ///
    /// # Errors
    /// If some element would lie outside the memory.
    pub fn with_byte_strides(
        mut self,
        dims: impl AsRef<[usize]>,
        strides: impl AsRef<[i64]>,
        offset: usize,
    ) -> Result<HostView<'a>> {
        let spec = Spec::new(self.spec.dtype(), dims);
        let strides = strides.as_ref();
        if strides.len() != spec.dims().len() {
            return Err(Error::invalid(format!(
                "{spec} has {} dimensions, got {} strides",
                spec.dims().len(),
                strides.len()
            )));
        }
        spec.host_bytes()?;
        // The extreme addresses, in wide arithmetic so that nothing overflows unseen.
        let (mut low, mut high) = (offset as i128, offset as i128);
        for (&dim, &stride) in spec.dims().iter().zip(strides) {
            let span = (dim as i128 - 1) * stride as i128;
            if span < 0 {
                low += span;
            } else {
                high += span;
            }
        }
        high += spec.dtype().host_bytes() as i128;
        let empty = spec.elements() == Some(0);
        if offset > self.bytes.len() || (!empty && (low < 0 || high > self.bytes.len() as i128)) {
            return Err(Error::invalid(format!(
                "{spec} with byte strides {strides:?} from offset {offset} reaches bytes {low}..{high} of {}",
                self.bytes.len()
            )));
        }
        self.spec = spec;
        self.offset = offset;
        self.strides = Some(strides.into());
        Ok(self)
    }

    /// Asks for a device layout other than row-major: the dimensions from the fastest varying to the slowest.
    ///
    /// A program takes such a buffer if its argument asks for that layout.
    ///
    /// # Errors
    /// If `minor_to_major` is not a permutation of the dimensions.
    pub fn with_device_layout(mut self, minor_to_major: impl AsRef<[usize]>) -> Result<HostView<'a>> {
        let order = minor_to_major.as_ref();
        let mut sorted: SmallVec<[usize; 8]> = order.into();
        sorted.sort_unstable();
        if !sorted.iter().copied().eq(0..self.spec.dims().len()) {
            return Err(Error::invalid(format!(
                "layout {order:?} is no permutation of the dimensions of {}",
                self.spec
            )));
        }
        self.device_order = Some(order.into());
        Ok(self)
    }

    /// Element type and dimensions.
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// The element type.
    pub fn dtype(&self) -> DType {
        self.spec.dtype()
    }

    /// The dimensions.
    pub fn dims(&self) -> &[usize] {
        self.spec.dims()
    }

    /// The address of the first element.
    pub(crate) fn first(&self) -> *const u8 {
        self.bytes[self.offset..].as_ptr()
    }

    pub(crate) fn byte_strides(&self) -> Option<&[i64]> {
        self.strides.as_deref()
    }

    pub(crate) fn device_order(&self) -> Option<&[usize]> {
        self.device_order.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_must_agree() {
        assert!(HostView::of(&[1.0f32; 6], [2, 3]).is_ok());
        let error = HostView::of(&[1.0f32; 5], [2, 3]).unwrap_err();
        assert_eq!(error.to_string(), "f32[2, 3] takes 6 elements of 4 bytes, got 20 bytes");
        assert!(HostView::of::<f64>(&[], [0, 7]).is_ok());
        assert!(HostView::of(&[7u8], []).is_ok());
    }

    #[test]
    fn strides_stay_inside() {
        let values = [0i16; 6];
        let view = || HostView::of(&values, [6]).expect("six values");
        assert!(view().with_byte_strides([3, 2], [2, 6], 0).is_ok());
        // Backwards over all six values, from the last one.
        assert!(view().with_byte_strides([6], [-2], 10).is_ok());
        assert!(view().with_byte_strides([6], [-2], 8).is_err());
        assert!(view().with_byte_strides([7], [2], 0).is_err());
        assert!(view().with_byte_strides([2], [i64::MAX], 0).is_err());
        assert!(view().with_byte_strides([6], [2, 2], 0).is_err());
        // One value seen many times is fine; nothing at all reaches nowhere.
        assert!(view().with_byte_strides([1000], [0], 10).is_ok());
        assert!(view().with_byte_strides([0], [1 << 40], 12).is_ok());
        assert!(view().with_byte_strides([0], [2], 13).is_err());
    }

    #[test]
    fn layouts_are_permutations() {
        let values = [0u8; 4];
        let view = || HostView::of(&values, [2, 2]).expect("four values");
        assert!(view().with_device_layout([0, 1]).is_ok());
        assert!(view().with_device_layout([0, 0]).is_err());
        assert!(view().with_device_layout([0]).is_err());
    }
}
