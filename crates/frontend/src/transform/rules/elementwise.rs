//! Partial derivatives of elementwise operations; they batch as they are.
//!
//! At kinks and poles the conventions are those of `jax.grad`, so that ported models train alike: `abs` has slope 1 at 0,
//! ties of `maximum` share, an active bound of `clamp` takes all.

use super::super::emit::emit_one;
use super::super::rule::{Partial, Site};
use crate::error::Result;
use crate::{Op, Tensor};
use std::f64::consts::PI;

type Partials = &'static [Partial];

pub(super) const ADD: Partials = &[|_, t| t.clone(), |_, t| t.clone()];
pub(super) const SUBTRACT: Partials = &[|_, t| t.clone(), |_, t| -t];
pub(super) const NEGATE: Partials = &[|_, t| -t];
pub(super) const MULTIPLY: Partials = &[|at, t| t * at.y(), |at, t| t * at.x()];
pub(super) const DIVIDE: Partials = &[|at, t| t / at.y(), |at, t| -t * at.result() / at.y()];
pub(super) const REMAINDER: Partials = &[|_, t| t.clone(), |at, t| -t * truncated_quotient(at)];

pub(super) const CBRT: Partials = &[|at, t| t * (at.result().pow(-2) * (1.0 / 3.0))];
pub(super) const SQRT: Partials = &[|at, t| t * (0.5 / at.result())];
pub(super) const RSQRT: Partials = &[|at, t| t * (at.result() / at.x() * -0.5)];
pub(super) const EXPONENTIAL: Partials = &[|at, t| t * at.result()];
// Not the result plus one, which has lost its digits where x is far below 0.
pub(super) const EXPONENTIAL_MINUS_ONE: Partials = &[|at, t| t * at.x().exp()];
pub(super) const LOG: Partials = &[|at, t| t / at.x()];
pub(super) const LOG_PLUS_ONE: Partials = &[|at, t| t / (at.x() + 1.0)];
pub(super) const ERF: Partials = &[|at, t| t * ((-(at.x() * at.x())).exp() * (2.0 / PI.sqrt()))];

pub(super) const ERFC: Partials = &[|at, t| t * ((-(at.x() * at.x())).exp() * (-2.0 / PI.sqrt()))];
pub(super) const ERF_INV: Partials = &[|at, t| t * ((at.result() * at.result()).exp() * (PI.sqrt() / 2.0))];

pub(super) const LGAMMA: Partials = &[|at, t| t * emit_one(Op::Digamma, &[at.x()])];
pub(super) const DIGAMMA: Partials =
    &[|at, t| t * emit_one(Op::Polygamma, &[&Tensor::ones(t.dtype(), t.dims()), at.x()])];

pub(super) const ACOS: Partials = &[|at, t| -t * (1.0f64 - at.x() * at.x()).rsqrt()];
pub(super) const ASIN: Partials = &[|at, t| t * (1.0f64 - at.x() * at.x()).rsqrt()];
pub(super) const ATAN: Partials = &[|at, t| t / (at.x() * at.x() + 1.0)];
pub(super) const ACOSH: Partials = &[|at, t| t * ((at.x() - 1.0) * (at.x() + 1.0)).rsqrt()];
pub(super) const ASINH: Partials = &[|at, t| t * (at.x() * at.x() + 1.0).rsqrt()];
pub(super) const ATANH: Partials = &[|at, t| t / ((at.x() + 1.0) * (1.0 - at.x()))];
pub(super) const COSH: Partials = &[|at, t| t * emit_one(Op::Sinh, &[at.x()])];
pub(super) const SINH: Partials = &[|at, t| t * emit_one(Op::Cosh, &[at.x()])];
pub(super) const COSINE: Partials = &[|at, t| -(t * at.x().sin())];
pub(super) const SINE: Partials = &[|at, t| t * at.x().cos()];
pub(super) const TAN: Partials = &[|at, t| t * (at.result() * at.result() + 1.0)];
pub(super) const ATAN2: Partials =
    &[|at, t| t * (at.y() / squared_radius(at)), |at, t| t * (-at.x() / squared_radius(at))];
pub(super) const TANH: Partials = &[|at, t| t * (1.0 - at.result() * at.result())];
pub(super) const LOGISTIC: Partials = &[|at, t| t * (at.result() * (1.0 - at.result()))];

pub(super) const POWER: Partials = &[
    |at, t| t * (at.y() * at.x().pow(at.y() - 1.0)),
    // The power is 0 at base 0, where its logarithm is not finite.
    |at, t| t * (at.x().eq(0).select(1, at.x()).log() * at.result()),
];
pub(super) const EXTREMUM: Partials =
    &[|at, t| t * share(at, at.x(), at.y()), |at, t| t * share(at, at.y(), at.x())];
pub(super) const CLAMP: Partials = &[
    |at, t| where_true(at.operands[0].gt(&at.operands[1]) & at.operands[0].lt(&at.operands[2]), t),
    |at, t| where_true(at.operands[1].gt(&at.operands[0]) & at.operands[1].lt(&at.operands[2]), t),
    |at, t| where_true(at.operands[2].lt(&at.operands[1]), t),
];

/// `x / y` rounded towards zero.
fn truncated_quotient(at: &Site<'_>) -> Tensor {
    let quotient = at.x() / at.y();
    quotient.sign() * quotient.abs().floor()
}

fn squared_radius(at: &Site<'_>) -> Tensor {
    at.x() * at.x() + at.y() * at.y()
}

/// 1 where `own` is the extremum, one half where `other` is too.
fn share(at: &Site<'_>, own: &Tensor, other: &Tensor) -> Tensor {
    let (result, dtype) = (at.result(), at.result().dtype());
    own.eq(result).convert(dtype) * other.eq(result).select(Tensor::full(0.5, dtype, []), 1)
}

/// `t` where `predicate` holds, else 0.
fn where_true(predicate: Tensor, t: &Tensor) -> Tensor {
    predicate.select(t, 0)
}

/// `t` times the derivative of `polygamma` by its second operand.
fn next_polygamma(site: &Site<'_>, t: &Tensor) -> Tensor {
    t * emit_one(Op::Polygamma, &[&(site.x() + 1.0), site.y()])
}

const ORDER: &str = "it has no derivative by its order";

pub(super) fn jvp_polygamma(site: &Site<'_>, tangents: &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>> {
    match tangents {
        [None, of_x] => Ok(vec![of_x.as_ref().map(|t| next_polygamma(site, t))]),
        _ => site.refuse(ORDER),
    }
}

pub(super) fn vjp_polygamma(site: &Site<'_>, cotangents: &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>> {
    if site.wanted[0] {
        return site.refuse(ORDER);
    }
    Ok(vec![None, cotangents[0].as_ref().map(|ct| next_polygamma(site, ct))])
}

/// `jax.grad`'s convention: the tangent's part along the number, nothing at 0.
pub(super) fn jvp_abs(site: &Site<'_>, tangents: &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>> {
    Ok(vec![tangents[0].as_ref().map(|t| match t.dtype().is_complex() {
        true => emit_one(Op::Real, &[&(t * phase_conjugate(site))]),
        false => site.x().ge(0).select(t, -t),
    })])
}

pub(super) fn vjp_abs(site: &Site<'_>, cotangents: &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>> {
    Ok(vec![cotangents[0].as_ref().map(|ct| match site.x().dtype().is_complex() {
        true => emit_one(Op::Complex, &[ct, &Tensor::zeros(ct.dtype(), ct.dims())]) * phase_conjugate(site),
        false => site.x().ge(0).select(ct, -ct),
    })])
}

/// The conjugate of a complex number over its modulus.
fn phase_conjugate(site: &Site<'_>) -> Tensor {
    let modulus = site.result().eq(0).select(1, site.result());
    let real = emit_one(Op::Real, &[site.x()]) / &modulus;
    let imaginary = -emit_one(Op::Imag, &[site.x()]) / modulus;
    emit_one(Op::Complex, &[&real, &imaginary])
}

/// Transposes do not conjugate: `real` gets its cotangent back as a real part, `imag` as minus an imaginary one.
pub(super) fn vjp_real(_site: &Site<'_>, cotangents: &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>> {
    let complex = |ct: &Tensor| emit_one(Op::Complex, &[ct, &Tensor::zeros(ct.dtype(), ct.dims())]);
    Ok(vec![cotangents[0].as_ref().map(complex)])
}

pub(super) fn vjp_imag(_site: &Site<'_>, cotangents: &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>> {
    let complex = |ct: &Tensor| emit_one(Op::Complex, &[&Tensor::zeros(ct.dtype(), ct.dims()), &-ct]);
    Ok(vec![cotangents[0].as_ref().map(complex)])
}

pub(super) fn vjp_complex(site: &Site<'_>, cotangents: &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>> {
    let Some(cotangent) = &cotangents[0] else { return Ok(vec![None; 2]) };
    let real = site.wanted[0].then(|| emit_one(Op::Real, &[cotangent]));
    let imaginary = site.wanted[1].then(|| -emit_one(Op::Imag, &[cotangent]));
    Ok(vec![real, imaginary])
}

pub(super) fn vjp_reduce_precision(
    site: &Site<'_>,
    cotangents: &[Option<Tensor>],
) -> Result<Vec<Option<Tensor>>> {
    Ok(vec![cotangents[0].as_ref().map(|ct| emit_one(site.op.clone(), &[ct]))])
}

pub(super) fn vjp_select(site: &Site<'_>, cotangents: &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>> {
    let Some(cotangent) = &cotangents[0] else { return Ok(vec![None; 3]) };
    let on_true = site.wanted[1].then(|| site.x().select(cotangent, 0));
    let on_false = site.wanted[2].then(|| site.x().select(Tensor::zeros(cotangent.dtype(), []), cotangent));
    Ok(vec![None, on_true, on_false])
}

pub(super) fn vjp_convert(site: &Site<'_>, cotangents: &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>> {
    let dtype = site.x().dtype();
    match &cotangents[0] {
        Some(cotangent) if cotangent.dtype().is_complex() && !dtype.is_complex() => {
            Ok(vec![Some(emit_one(Op::Real, &[cotangent]).convert(dtype))])
        }
        Some(cotangent) => Ok(vec![Some(cotangent.convert(dtype))]),
        None => Ok(vec![None]),
    }
}
