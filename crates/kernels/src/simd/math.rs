//! exp, erf and the GELU family on vectors, accurate to a few units in the seventh digit.

use super::Vector;

/// e to the power of each lane. Below -87.3 the result is about 1e-38 rather than a subnormal, above 88 it stays finite.
///
/// Splits `x = n ln 2 + r` with |r| <= ln 2 / 2 and sums the Taylor series of `e^r` to the sixth power, which leaves
/// less than 2e-7 relative error; `ln 2` is taken in two parts so that `r` is exact (Cody and Waite, 1980).
///
/// # Safety
/// As [`Vector`].
#[inline(always)]
pub(crate) unsafe fn exp<V: Vector>(x: V) -> V {
    // SAFETY: the caller grants V's instruction set.
    unsafe {
        // In this order a NaN stays one: max and min give their second operand if the two do not compare.
        let x = V::splat(88.0).min(V::splat(-87.33).max(x));
        let n = x.mul(V::splat(std::f32::consts::LOG2_E)).round();
        let r = n.mul_add(V::splat(-0.693_359_4), x);
        let r = n.mul_add(V::splat(2.121_944_4e-4), r);
        let mut series = V::splat(1.0 / 720.0);
        for coefficient in [1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
            series = series.mul_add(r, V::splat(coefficient));
        }
        series.mul(n.exp2_of_integer())
    }
}

/// The error function, to 5e-7 absolute: 1.5e-7 of the formula (Abramowitz and Stegun, *Handbook of Mathematical
/// Functions*, 7.1.26), the rest of f32 arithmetic.
///
/// # Safety
/// As [`Vector`].
#[inline(always)]
pub(crate) unsafe fn erf<V: Vector>(x: V) -> V {
    // SAFETY: the caller grants V's instruction set.
    unsafe {
        let one = V::splat(1.0);
        let magnitude = x.abs();
        let t = one.div(magnitude.mul_add(V::splat(0.327_591_1), one));
        let mut series = V::splat(1.061_405_4);
        for coefficient in [-1.453_152_1, 1.421_413_8, -0.284_496_72, 0.254_829_6] {
            series = series.mul_add(t, V::splat(coefficient));
        }
        let tail = series.mul(t).mul(exp(V::splat(0.0).sub(magnitude.mul(magnitude))));
        one.sub(tail).copysign(x)
    }
}

/// `x / 2 (1 + erf(x / sqrt 2))` (Hendrycks and Gimpel, 2016).
///
/// # Safety
/// As [`Vector`].
#[inline(always)]
pub(crate) unsafe fn gelu<V: Vector>(x: V) -> V {
    // SAFETY: the caller grants V's instruction set.
    unsafe {
        let half = x.mul(V::splat(0.5));
        half.mul_add(erf(x.mul(V::splat(std::f32::consts::FRAC_1_SQRT_2))), half)
    }
}

/// `x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))`, written with `exp`.
///
/// # Safety
/// As [`Vector`].
#[inline(always)]
pub(crate) unsafe fn gelu_tanh<V: Vector>(x: V) -> V {
    // SAFETY: the caller grants V's instruction set.
    unsafe {
        let cubic = x.mul(x).mul_add(V::splat(0.044_715), V::splat(1.0)).mul(x);
        // 1 + tanh(u) = 2 / (1 + e^-2u)
        let exponential = exp(cubic.mul(V::splat(-2.0 * 0.797_884_6)));
        x.div(exponential.add(V::splat(1.0)))
    }
}

/// `x / (1 + e^-x)` (Elfwing, Uchibe and Doya, 2017).
///
/// # Safety
/// As [`Vector`].
#[inline(always)]
pub(crate) unsafe fn silu<V: Vector>(x: V) -> V {
    // SAFETY: the caller grants V's instruction set.
    unsafe { x.div(exp(V::splat(0.0).sub(x)).add(V::splat(1.0))) }
}

#[cfg(test)]
mod tests {
    use super::super::{Routine, at_every_level, dispatch};
    use super::*;

    struct Map<'a> {
        f: usize,
        values: &'a mut [f32; 32],
    }

    impl Map<'_> {
        #[inline(always)]
        unsafe fn apply<V: Vector>(self) {
            // SAFETY: 32 is a multiple of every LANES, so each access stays inside the array.
            unsafe {
                for at in (0..32).step_by(V::LANES) {
                    let x = V::load(self.values.as_ptr().add(at));
                    let y = [exp::<V>, erf::<V>, gelu::<V>, gelu_tanh::<V>, silu::<V>][self.f](x);
                    y.store(self.values.as_mut_ptr().add(at));
                }
            }
        }
    }

    impl Routine for Map<'_> {
        #[inline(always)]
        unsafe fn run<V: Vector>(self) {
            // SAFETY: passed on.
            unsafe { self.apply::<V>() }
        }
    }

    fn check(f: usize, oracle: fn(f64) -> f64, range: f32, relative: f64, absolute: f64) {
        for block in 0..1000u16 {
            let input: [f32; 32] =
                std::array::from_fn(|i| (f32::from(block) * 32.0 + i as f32) / 16_000.0 * range - range);
            let mut values = input;
            dispatch(Map { f, values: &mut values });
            for (lane, x) in input.into_iter().enumerate() {
                let expected = oracle(f64::from(x));
                let got = values[lane];
                let error = (f64::from(got) - expected).abs();
                assert!(
                    error <= absolute + relative * expected.abs(),
                    "f{f}({x}) = {got}, expected {expected}"
                );
            }
        }
    }

    #[test]
    fn a_nan_stays_a_nan() {
        at_every_level(|| {
            for f in 0..4 {
                let mut values = [f32::NAN; 32];
                dispatch(Map { f, values: &mut values });
                assert!(values.iter().all(|value| value.is_nan()), "f{f} lost a NaN");
            }
        });
    }

    #[test]
    fn functions_agree_with_libm() {
        at_every_level(|| {
            check(0, f64::exp, 80.0, 4e-7, 1e-37);
            check(1, libm::erf, 6.0, 0.0, 5e-7);
            check(2, |x| 0.5 * x * (1.0 + libm::erf(x / 2f64.sqrt())), 8.0, 2e-7, 1e-6);
            check(
                3,
                |x| 0.5 * x * (1.0 + (0.797_884_560_8 * (x + 0.044_715 * x * x * x)).tanh()),
                8.0,
                4e-7,
                1e-6,
            );
            check(4, |x| x / (1.0 + (-x).exp()), 80.0, 6e-7, 1e-6);
        });
    }
}
