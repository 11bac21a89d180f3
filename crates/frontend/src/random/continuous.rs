//! Floats of other distributions, by the inverse of their distribution function.

use super::Key;
use super::uniform::Format;
use crate::error::error;
use crate::{DType, Location, Op, Shape, Spec, Tensor};
use half::{bf16, f16};
use std::f64::consts::SQRT_2;

impl Key {
    /// Numbers of the normal distribution with mean 0 and variance 1; of complex ones each part has half of it.
    ///
    /// # Shapes
    /// `[S..]`
    /// # DTypes
    /// `f16`, `bf16`, `f32`, `f64`, `c64`, `c128`.
    /// # Errors
    /// Recorded for other dtypes.
    /// # Gradient
    /// None.
    /// # Source
    /// `jax.random.normal`; CHLO `erf_inv`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, random::Key, trace};
    /// let graph = trace("f", &[], |_, _| Key::new(0).normal(DType::F32, [2, 3]) * 0.02)?;
    /// assert_eq!(graph.outputs()[0].to_string(), "f32[2, 3]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn normal(&self, dtype: DType, shape: impl Into<Shape>) -> Tensor {
        let (shape, location) = (shape.into(), Location::caller());
        if dtype.is_complex() {
            let [re, im] = self.split();
            let (re, im) = (re.normal(dtype.real(), &shape), im.normal(dtype.real(), &shape));
            return re.trace().apply(Op::Complex, &[&re, &im], location) / SQRT_2;
        }
        if let Err(error) = Format::of("normal", dtype) {
            return self.words().mistake_as(error, location, Spec::new(dtype, shape));
        }
        // -1 itself would be infinite.
        let low = next_after(-1.0, 0.0, dtype);
        erf_inv(&self.uniform_between(low, 1.0, dtype, shape), location) * SQRT_2
    }

    /// Numbers of the normal distribution with mean 0 and variance 1, given that they are between two bounds.
    ///
    /// # Shapes
    /// `[S..]`
    /// # DTypes
    /// `f16`, `bf16`, `f32`, `f64`.
    /// # Errors
    /// Recorded for other dtypes, and when `lower` is not less than `upper`.
    /// # Gradient
    /// None.
    /// # Source
    /// `jax.random.truncated_normal`; CHLO `erf_inv`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, random::Key, trace};
    /// let graph = trace("f", &[], |_, _| Key::new(0).truncated_normal(-2.0, 2.0, DType::F32, [2, 3]))?;
    /// assert_eq!(graph.outputs()[0].to_string(), "f32[2, 3]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn truncated_normal(&self, lower: f64, upper: f64, dtype: DType, shape: impl Into<Shape>) -> Tensor {
        let (spec, location) = (Spec::new(dtype, shape), Location::caller());
        let checked = Format::of("truncated_normal", dtype).and_then(|_| match lower < upper {
            true => Ok(()),
            false => Err(error!(Argument, "truncated_normal: {lower} is not less than {upper}")),
        });
        if let Err(error) = checked {
            return self.words().mistake_as(error, location, spec);
        }
        let low = (Tensor::full(lower, dtype, []) / SQRT_2).erf();
        let high = (Tensor::full(upper, dtype, []) / SQRT_2).erf();
        let normal = erf_inv(&self.uniform_between(low, high, dtype, &spec.shape), location) * SQRT_2;
        // Rounding may have left the open interval.
        let (least, greatest) =
            (next_after(lower, f64::INFINITY, dtype), next_after(upper, f64::NEG_INFINITY, dtype));
        normal.clamp(least, greatest)
    }

    /// Numbers of the exponential distribution with rate 1.
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
    /// `jax.random.exponential`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, random::Key, trace};
    /// let graph = trace("f", &[], |_, _| Key::new(0).exponential(DType::F32, [2, 3]))?;
    /// assert_eq!(graph.outputs()[0].to_string(), "f32[2, 3]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn exponential(&self, dtype: DType, shape: impl Into<Shape>) -> Tensor {
        -(-self.uniform(dtype, shape)).log1p()
    }

    /// Numbers of the standard Gumbel distribution, whose maximum with logits samples from them.
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
    /// `jax.random.gumbel`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, random::Key, trace};
    /// let graph = trace("f", &[], |_, _| Key::new(0).gumbel(DType::F32, [2, 3]))?;
    /// assert_eq!(graph.outputs()[0].to_string(), "f32[2, 3]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn gumbel(&self, dtype: DType, shape: impl Into<Shape>) -> Tensor {
        let (shape, location) = (shape.into(), Location::caller());
        match Format::of("gumbel", dtype) {
            // The logarithm of 0 would be infinite.
            Ok(format) => -(-self.uniform_between(format.tiny, 1.0, dtype, shape).log()).log(),
            Err(error) => self.words().mistake_as(error, location, Spec::new(dtype, shape)),
        }
    }
}

fn erf_inv(tensor: &Tensor, location: Location) -> Tensor {
    tensor.trace().apply(Op::ErfInv, &[tensor], location)
}

/// The number of a float type next to `value` on the way to `towards`, which is another.
fn next_after(value: f64, towards: f64, dtype: DType) -> f64 {
    // On the bits of a type: magnitudes are in order.
    macro_rules! step {
        ($value:expr, $from_bits:path) => {{
            let value = $value;
            let up = towards > f64::from(value);
            let grows = up == (f64::from(value) > 0.0);
            match f64::from(value) == 0.0 {
                true => f64::from($from_bits(1)) * if up { 1.0 } else { -1.0 },
                false if grows => f64::from($from_bits(value.to_bits() + 1)),
                false => f64::from($from_bits(value.to_bits() - 1)),
            }
        }};
    }
    match dtype {
        DType::F16 => step!(f16::from_f64(value), f16::from_bits),
        DType::Bf16 => step!(bf16::from_f64(value), bf16::from_bits),
        DType::F32 => step!(value as f32, f32::from_bits),
        _ => step!(value, f64::from_bits),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours() {
        assert_eq!(next_after(-1.0, 0.0, DType::F32), f64::from(-1.0f32 + f32::EPSILON / 2.0));
        assert_eq!(next_after(-1.0, 0.0, DType::F64), -1.0 + f64::EPSILON / 2.0);
        assert_eq!(next_after(1.0, f64::INFINITY, DType::F16), 1.0 + 2f64.powi(-10));
        assert_eq!(next_after(0.0, f64::NEG_INFINITY, DType::Bf16), -2f64.powi(-133));
        assert_eq!(next_after(2.0, f64::NEG_INFINITY, DType::Bf16), 2.0 - 2f64.powi(-7));
    }
}
