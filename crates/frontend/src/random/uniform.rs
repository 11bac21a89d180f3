//! Bits, and what is made of them alone: uniform floats and integers.

use super::{Key, threefry};
use crate::error::{Result, error};
use crate::tensor::{Operand, operand_like};
use crate::{DType, Location, Op, Shape, Spec, Tensor};
use std::ops::Range;

impl Key {
    /// Random bits.
    ///
    /// # Shapes
    /// `[S..]`
    /// # DTypes
    /// `u8`, `u16`, `u32` or `u64`.
    /// # Errors
    /// Recorded for other dtypes.
    /// # Gradient
    /// None.
    /// # Source
    /// `jax.random.bits`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, random::Key, trace};
    /// let graph = trace("f", &[], |_, _| Key::new(0).bits(DType::U64, [3]))?;
    /// assert_eq!(graph.outputs()[0].to_string(), "u64[3]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn bits(&self, dtype: DType, shape: impl Into<Shape>) -> Tensor {
        let (spec, location) = (Spec::new(dtype, shape), Location::caller());
        match dtype {
            DType::U8 | DType::U16 | DType::U32 | DType::U64 => self.words_as(&spec, location),
            _ => {
                let error = error!(DType, "bits: takes u8, u16, u32 or u64, got {dtype}");
                self.words().mistake_as(error, location, spec)
            }
        }
    }

    /// Bits of an unsigned type of 8 to 64 bits.
    #[track_caller]
    fn words_as(&self, spec: &Spec, location: Location) -> Tensor {
        let [high, low] = threefry::at_positions(self.words(), &spec.shape, location);
        let bits = match spec.dtype {
            DType::U64 => {
                let wide =
                    |word: &Tensor| word.trace().apply(Op::Convert { dtype: DType::U64 }, &[word], location);
                (wide(&high) << 32) | wide(&low)
            }
            DType::U32 => high ^ low,
            _ => (high ^ low).convert(spec.dtype),
        };
        bits.with_names(&spec.shape, location)
    }

    /// Numbers from 0 to just below 1, all mantissas equally likely.
    ///
    /// # Shapes
    /// `[S..]`
    /// # DTypes
    /// `f16`, `bf16`, `f32`, `f64`.
    /// # Errors
    /// Recorded for other dtypes.
    /// # Gradient
    /// None.
    /// # Source
    /// `jax.random.uniform`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, random::Key, trace};
    /// let graph = trace("f", &[], |_, _| Key::new(0).uniform(DType::F32, [2, 3]))?;
    /// assert_eq!(graph.outputs()[0].to_string(), "f32[2, 3]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn uniform(&self, dtype: DType, shape: impl Into<Shape>) -> Tensor {
        let (spec, location) = (Spec::new(dtype, shape), Location::caller());
        match Format::of("uniform", dtype) {
            Ok(format) => self.fractions(&spec, format, location),
            Err(error) => self.words().mistake_as(error, location, spec),
        }
    }

    /// Numbers from `low` to just below `high`.
    ///
    /// # Shapes
    /// `[S..]`; the bounds broadcast to it.
    /// # DTypes
    /// As [`Key::uniform`].
    /// # Errors
    /// As [`Key::uniform`], and when the bounds do not broadcast.
    /// # Gradient
    /// Of the bounds.
    /// # Source
    /// `jax.random.uniform`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, random::Key, trace};
    /// let graph = trace("f", &[], |_, _| Key::new(0).uniform_between(-1.0, 1.0, DType::F32, [2, 3]))?;
    /// assert_eq!(graph.outputs()[0].to_string(), "f32[2, 3]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn uniform_between(
        &self,
        low: impl Operand,
        high: impl Operand,
        dtype: DType,
        shape: impl Into<Shape>,
    ) -> Tensor {
        let fractions = self.uniform(dtype, shape);
        let location = Location::caller();
        let (low, high) =
            (operand_like(&low, &fractions, location), operand_like(&high, &fractions, location));
        (fractions * (high - &low) + &low).maximum(low)
    }

    /// The mantissas of numbers from 1 to 2, less 1.
    #[track_caller]
    fn fractions(&self, spec: &Spec, format: Format, location: Location) -> Tensor {
        let bits = self.words_as(&spec.with_dtype(format.drawn), location);
        let bits = match format.drawn == format.bits {
            true => bits,
            false => bits.convert(format.bits),
        };
        let unused = format.drawn.bits() - format.mantissa;
        let ones = (bits >> unused as i64) | format.one;
        ones.trace().apply(Op::BitcastConvert { dtype: spec.dtype }, &[&ones], location) - 1.0
    }

    /// True with probability `p`.
    ///
    /// # Shapes
    /// `[S..]`; `p` broadcasts to it.
    /// # DTypes
    /// To `bool`. A tensor `p` is of a dtype of [`Key::uniform`], a number is `f32`.
    /// # Errors
    /// Recorded for other dtypes, and when `p` does not broadcast.
    /// # Gradient
    /// None.
    /// # Source
    /// `jax.random.bernoulli`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, random::Key, trace};
    /// let graph = trace("f", &[], |_, _| Key::new(0).bernoulli(0.1, [2, 3]))?;
    /// assert_eq!(graph.outputs()[0].to_string(), "bool[2, 3]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn bernoulli(&self, p: impl Operand, shape: impl Into<Shape>) -> Tensor {
        let dtype = crate::tensor::operand_dtype(&p).unwrap_or(DType::F32);
        self.uniform(dtype, shape).lt(p)
    }

    /// Integers of a range, almost equally likely: where the size of the range is no power of two, some are by less than that
    /// size over `2^64` (`2^128` for types of 64 bits).
    ///
    /// # Shapes
    /// `[S..]`
    /// # DTypes
    /// Integers of 8 to 64 bits. Bounds beyond the type are its bounds; of an empty range all elements are its start.
    /// # Errors
    /// Recorded for other dtypes.
    /// # Gradient
    /// None.
    /// # Source
    /// `jax.random.randint`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, random::Key, trace};
    /// let graph = trace("f", &[], |_, _| Key::new(0).randint(0..6, DType::I32, [100]) + 1)?;
    /// assert_eq!(graph.outputs()[0].to_string(), "i32[100]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn randint(&self, range: Range<i64>, dtype: DType, shape: impl Into<Shape>) -> Tensor {
        let (spec, location) = (Spec::new(dtype, shape), Location::caller());
        let unsigned = match dtype {
            DType::I8 | DType::U8 | DType::I16 | DType::U16 => {
                // Few bits would favour many.
                let (least, greatest) = limits(dtype);
                let clip = |bound: i64, most: i128| i128::from(bound).clamp(least, most) as i64;
                let range = clip(range.start, greatest)..clip(range.end, greatest + 1);
                return self.randint(range, DType::I32, spec.shape).convert(dtype);
            }
            DType::I32 | DType::U32 => DType::U32,
            DType::I64 | DType::U64 => DType::U64,
            _ => {
                let error = error!(DType, "randint: takes integers of 8 to 64 bits, got {dtype}");
                return self.words().mistake_as(error, location, spec);
            }
        };
        let (low, span) = span(&range, dtype);
        let [higher, lower] = self.split();
        let bits = spec.with_dtype(unsigned);
        let lower = lower.words_as(&bits, location);
        let offset = match span {
            // The whole type.
            0 => lower,
            span => {
                // The remainder of a number of twice the bits, of which `higher` counts in units of 2 to the bits.
                let modulus = |bits: usize| (1u128 << bits) % span;
                let half = modulus(unsigned.bits() / 2);
                let wrapped = (half * half) & ((1u128 << unsigned.bits()) - 1);
                let unit = wrapped % span;
                let span = literal(span as i128, unsigned);
                let rest = lower % &span;
                match unit {
                    0 => rest,
                    unit => {
                        (higher.words_as(&bits, location) % &span * literal(unit as i128, unsigned) + rest)
                            % &span
                    }
                }
            }
        };
        offset.convert(dtype) + literal(low, dtype)
    }
}

/// The least and the greatest value of an integer type.
fn limits(dtype: DType) -> (i128, i128) {
    let bits = dtype.bits() as u32;
    match dtype.family() {
        crate::Family::Signed => (-(1i128 << (bits - 1)), (1i128 << (bits - 1)) - 1),
        _ => (0, (1i128 << bits) - 1),
    }
}

/// The least value of a range in a type, and the number of its values; 0 for all that the type has.
fn span(range: &Range<i64>, dtype: DType) -> (i128, u128) {
    let (least, greatest) = limits(dtype);
    let clip = |bound: i64| i128::from(bound).clamp(least, greatest);
    let (low, high) = (clip(range.start), clip(range.end));
    if high <= low {
        return (low, 1);
    }
    let beyond = u128::from(i128::from(range.end) > greatest);
    (low, ((high - low) as u128 + beyond) & ((1u128 << dtype.bits()) - 1))
}

/// A number as a scalar of an integer type of 32 or 64 bits; `i64` does not hold all of them.
#[track_caller]
fn literal(value: i128, dtype: DType) -> Tensor {
    match dtype {
        DType::I32 => Tensor::constant(&[value as i32], []),
        DType::I64 => Tensor::constant(&[value as i64], []),
        DType::U32 => Tensor::constant(&[value as u32], []),
        _ => Tensor::constant(&[value as u64], []),
    }
}

/// How a float is made of bits.
#[derive(Clone, Copy)]
pub(super) struct Format {
    /// The type of the bits that are drawn, and of the bits of the float.
    drawn: DType,
    bits: DType,
    mantissa: usize,
    /// The bits of 1.
    one: i64,
    /// The least positive normal number.
    pub(super) tiny: f64,
}

impl Format {
    pub(super) fn of(name: &str, dtype: DType) -> Result<Format> {
        let (drawn, bits, mantissa, one, tiny) = match dtype {
            DType::F16 => (DType::U16, DType::U16, 10, 0x3C00, f64::from(half::f16::MIN_POSITIVE)),
            // Seven bits of mantissa take no more than a byte.
            DType::Bf16 => (DType::U8, DType::U16, 7, 0x3F80, f64::from(half::bf16::MIN_POSITIVE)),
            DType::F32 => (DType::U32, DType::U32, 23, 0x3F80_0000, f64::from(f32::MIN_POSITIVE)),
            DType::F64 => (DType::U64, DType::U64, 52, 0x3FF0_0000_0000_0000, f64::MIN_POSITIVE),
            _ => return Err(error!(DType, "{name}: takes f16, bf16, f32 or f64, got {dtype}")),
        };
        Ok(Format { drawn, bits, mantissa, one, tiny })
    }
}
