//! Where buffers lie: a result in the place of an argument, and all others apart.
//!
//! A program may declare that a result takes the memory of an argument (`output_operand_aliases`). Slices of both would be one
//! memory borrowed twice, so whoever works in place gets a single one, and everybody else an error.

use super::{Plain, byte_count, count_of, dims};
use bering_pjrt_sys as sys;
use std::marker::PhantomData;
use std::ops::Range;

/// A result that begins as a copy of an argument: in the argument's own memory, or beside it.
pub struct Place<'a> {
    argument: &'a sys::XLA_FFI_Buffer,
    result: &'a sys::XLA_FFI_Buffer,
    owner: PhantomData<&'a mut [u8]>,
}

impl<'a> Place<'a> {
    pub(super) fn new(
        argument: &'a sys::XLA_FFI_Buffer,
        result: &'a sys::XLA_FFI_Buffer,
    ) -> Result<Self, String> {
        if argument.dtype != result.dtype || dims(argument) != dims(result) {
            return Err(format!(
                "works in place, but the argument has sizes {:?} and the result {:?}, or other elements",
                dims(argument),
                dims(result)
            ));
        }
        let shared = bytes(argument)? == bytes(result)?;
        if !shared && meet(argument, result)? {
            return Err("the result lies partly where its argument does".to_owned());
        }
        Ok(Self { argument, result, owner: PhantomData })
    }

    /// That nothing else lies where this does.
    pub(super) fn check_apart(
        &self,
        arguments: &[&sys::XLA_FFI_Buffer],
        results: &[&sys::XLA_FFI_Buffer],
    ) -> Result<(), String> {
        check_apart("the result worked on in place", self.result, arguments)?;
        check_apart("another result", self.argument, results)
    }

    /// The sizes of its axes.
    pub fn dims(&self) -> &'a [i64] {
        dims(self.result)
    }

    /// The argument's elements, to be replaced by the result's.
    ///
    /// # Errors
    /// When they are of another type.
    pub fn values<T: Plain>(self) -> Result<&'a mut [T], String> {
        let count = count_of::<T>(self.result)?;
        if count == 0 {
            return Ok(&mut []);
        }
        let (from, to) = (self.argument.data.cast::<T>().cast_const(), self.result.data.cast::<T>());
        // SAFETY: both buffers have `count` aligned elements of this type (`new` compared types and sizes), the argument's are
        // initialised, and they are the same memory or do not overlap (checked in `new`). Nothing else that was handed out
        // overlaps the result (`check_apart`), every bit pattern is an element, and `self` is consumed.
        unsafe {
            if !std::ptr::eq(from, to) {
                std::ptr::copy_nonoverlapping(from, to, count);
            }
            Ok(std::slice::from_raw_parts_mut(to, count))
        }
    }
}

/// That a buffer overlaps none of others.
pub(super) fn check_apart(
    what: &str,
    buffer: &sys::XLA_FFI_Buffer,
    others: &[&sys::XLA_FFI_Buffer],
) -> Result<(), String> {
    for (at, other) in others.iter().enumerate() {
        if meet(buffer, other)? {
            return Err(format!(
                "{what} lies where operand {at} does\nhint: declare no `output_operand_aliases` for it"
            ));
        }
    }
    Ok(())
}

fn meet(one: &sys::XLA_FFI_Buffer, other: &sys::XLA_FFI_Buffer) -> Result<bool, String> {
    let (one, other) = (bytes(one)?, bytes(other)?);
    Ok(one.start < other.end && other.start < one.end)
}

fn bytes(buffer: &sys::XLA_FFI_Buffer) -> Result<Range<usize>, String> {
    let start = buffer.data.addr();
    Ok(start..start.saturating_add(byte_count(buffer)?))
}
