//! Operations that act on each element alone: the result has the operands' one shape.

use crate::error::{Result, error};
use crate::{Comparison, DType, Family, Spec};

/// The families an operation takes, with their name in messages.
pub(super) struct Domain {
    families: &'static [Family],
    name: &'static str,
}

pub(super) const ANY: Domain = Domain {
    families: &[Family::Bool, Family::Signed, Family::Unsigned, Family::Float, Family::Complex],
    name: "any",
};
pub(super) const NUMERIC: Domain = Domain {
    families: &[Family::Signed, Family::Unsigned, Family::Float, Family::Complex],
    name: "integer, floating-point or complex",
};
pub(super) const REAL: Domain = Domain {
    families: &[Family::Signed, Family::Unsigned, Family::Float],
    name: "integer or floating-point",
};
pub(super) const SIGNED: Domain = Domain {
    families: &[Family::Signed, Family::Float, Family::Complex],
    name: "signed integer, floating-point or complex",
};
pub(super) const INTEGER: Domain = Domain { families: &[Family::Signed, Family::Unsigned], name: "integer" };
pub(super) const BITS: Domain =
    Domain { families: &[Family::Bool, Family::Signed, Family::Unsigned], name: "integer or bool" };
pub(super) const FLOAT: Domain = Domain { families: &[Family::Float], name: "floating-point" };
pub(super) const INEXACT: Domain =
    Domain { families: &[Family::Float, Family::Complex], name: "floating-point or complex" };

impl Domain {
    fn check(&self, name: &str, spec: &Spec) -> Result<()> {
        if self.families.contains(&spec.dtype.family()) {
            return Ok(());
        }
        let error = error!(DType, "{name}: takes {} operands, got {spec}", self.name);
        Err(
            match (
                spec.dtype.is_integer() || spec.dtype == DType::Bool,
                self.families.contains(&Family::Float),
            ) {
                (true, true) => error.hint("convert the operand to a floating-point type first"),
                _ => error,
            },
        )
    }
}

pub(super) fn infer_unary(name: &str, operand: &Spec, domain: Domain) -> Result<Spec> {
    domain.check(name, operand)?;
    Ok(operand.clone())
}

pub(super) fn infer_abs(operand: &Spec) -> Result<Spec> {
    SIGNED.check("abs", operand)?;
    Ok(operand.with_dtype(operand.dtype.real()))
}

pub(super) fn infer_binary(name: &str, lhs: &Spec, rhs: &Spec, domain: Domain) -> Result<Spec> {
    check_same(name, lhs, rhs)?;
    domain.check(name, lhs)?;
    Ok(lhs.clone())
}

pub(super) fn infer_compare(direction: Comparison, lhs: &Spec, rhs: &Spec) -> Result<Spec> {
    check_same("compare", lhs, rhs)?;
    if lhs.dtype.is_complex() && !matches!(direction, Comparison::Eq | Comparison::Ne) {
        return Err(error!(DType, "compare: complex numbers have no order, got {lhs}"));
    }
    Ok(lhs.with_dtype(DType::Bool))
}

pub(super) fn infer_select(predicate: &Spec, on_true: &Spec, on_false: &Spec) -> Result<Spec> {
    check_same("select", on_true, on_false)?;
    if predicate.dtype != DType::Bool {
        return Err(error!(DType, "select: the predicate must be bool, got {predicate}")
            .hint("compare it with something, for example `x.ne(0)`"));
    }
    if predicate.rank() != 0 && predicate.shape != on_true.shape {
        return Err(error!(Shape, "select: predicate {predicate} does not have the shape of {on_true}"));
    }
    Ok(on_true.clone())
}

pub(super) fn infer_clamp(min: &Spec, operand: &Spec, max: &Spec) -> Result<Spec> {
    for (bound, side) in [(min, "lower"), (max, "upper")] {
        if bound.dtype != operand.dtype {
            return Err(mixed_dtypes("clamp", operand, bound));
        }
        if bound.rank() != 0 && bound.shape != operand.shape {
            return Err(error!(
                Shape,
                "clamp: {side} bound {bound} is no scalar and not of the shape of {operand}"
            ));
        }
    }
    REAL.check("clamp", operand)?;
    Ok(operand.clone())
}

pub(super) fn infer_convert(operand: &Spec, dtype: DType) -> Result<Spec> {
    if operand.dtype.is_complex() && !dtype.is_complex() {
        return Err(error!(DType, "convert: {operand} would lose its imaginary part in {dtype}"));
    }
    Ok(operand.with_dtype(dtype))
}

pub(super) fn infer_iota(spec: &Spec, axis: usize) -> Result<Spec> {
    if axis >= spec.rank() {
        return Err(error!(Axis, "iota: axis {axis} is out of range for {spec}"));
    }
    NUMERIC.check("iota", spec)?;
    Ok(spec.clone())
}

fn check_same(name: &str, lhs: &Spec, rhs: &Spec) -> Result<()> {
    if lhs.dtype != rhs.dtype {
        return Err(mixed_dtypes(name, lhs, rhs));
    }
    if lhs.shape != rhs.shape {
        return Err(error!(Shape, "{name}: operands must have one shape, got lhs {lhs} and rhs {rhs}"));
    }
    Ok(())
}

fn mixed_dtypes(name: &str, lhs: &Spec, rhs: &Spec) -> crate::Error {
    error!(DType, "{name}: operands must have one dtype, got lhs {lhs} and rhs {rhs}")
        .hint("convert one of them; dtypes are never promoted implicitly")
}

pub(super) fn infer_complex(real: &Spec, imaginary: &Spec) -> Result<Spec> {
    check_same("complex", real, imaginary)?;
    match real.dtype {
        DType::F32 => Ok(real.with_dtype(DType::C64)),
        DType::F64 => Ok(real.with_dtype(DType::C128)),
        _ => Err(error!(DType, "complex: takes f32 or f64 operands, got {real}")),
    }
}

pub(super) fn infer_part(name: &str, operand: &Spec) -> Result<Spec> {
    match operand.dtype.is_complex() {
        true => Ok(operand.with_dtype(operand.dtype.real())),
        false => Err(error!(DType, "{name}: takes complex operands, got {operand}")),
    }
}

pub(super) fn infer_reduce_precision(operand: &Spec, exponent_bits: u32, mantissa_bits: u32) -> Result<Spec> {
    FLOAT.check("reduce_precision", operand)?;
    // Wider than any float means no rounding; XLA's arithmetic on larger numbers is not defined.
    if !(1..=11).contains(&exponent_bits) || mantissa_bits > 52 {
        return Err(error!(
            Argument,
            "reduce_precision: takes 1 to 11 exponent bits and at most 52 mantissa bits, got {exponent_bits} and {mantissa_bits}"
        ));
    }
    Ok(operand.clone())
}

/// The same bits in elements of another width: the last axis holds the parts of the wider type.
pub(super) fn infer_bitcast(operand: &Spec, dtype: DType) -> Result<Spec> {
    let (from, to) = (operand.dtype, dtype);
    if from == DType::Bool || to == DType::Bool || from.is_complex() != to.is_complex() {
        return Err(error!(DType, "bitcast_convert: the bits of {operand} are none of {dtype}"));
    }
    let dims = operand.dims();
    match (from.bits(), to.bits()) {
        (wide, narrow) if wide == narrow => Ok(operand.with_dtype(dtype)),
        (wide, narrow) if wide > narrow && wide.is_multiple_of(narrow) => {
            Ok(Spec::new(dtype, [dims, &[wide / narrow]].concat()))
        }
        (narrow, wide) if wide.is_multiple_of(narrow) && dims.last() == Some(&(wide / narrow)) => {
            Ok(Spec::new(dtype, &dims[..dims.len() - 1]))
        }
        (narrow, wide) => Err(error!(
            Shape,
            "bitcast_convert: {dtype} takes a last axis of {} elements, got {operand}",
            wide.div_ceil(narrow)
        )),
    }
}
