//! Shape and dtype inference: the result type of an operation from its attributes and operand types.
//!
//! One pure function. It is the only judge of whether an operation is well formed: tracing asks it at every node, the
//! verifier asks it again between passes, and lowering trusts it. It is strict, as StableHLO is; NumPy's conveniences
//! (broadcasting, negative axes, host scalars) are resolved by [`Tensor`](crate::Tensor) before.

mod contraction;
mod control;
mod dynamic;
mod elementwise;
mod indexing;
mod linear_algebra;
mod movement;
mod names;
mod narrow;
mod ordering;
mod reduction;
mod scatter;
mod window;

use crate::error::{Result, error};
use crate::{Op, Spec, Type};

pub(crate) use names::check_aligned;
pub(crate) use narrow::computes_in;

/// The type that `op` yields on operands of these types.
///
/// # Errors
/// With the rule that the operands break and their types, without a source location.
pub fn infer(op: &Op, operands: &[&Type]) -> Result<Type> {
    match infer_with_names(op, operands)? {
        (ty, None) => Ok(ty),
        (_, Some(conflict)) => Err(conflict),
    }
}

/// As [`infer`], but axes whose names disagree only lose them: for what transforms derive from a program whose names agreed.
pub(crate) fn infer_derived(op: &Op, operands: &[&Type]) -> Result<Type> {
    Ok(infer_with_names(op, operands)?.0)
}

/// The type, and the first disagreement about names, if there is one.
fn infer_with_names(op: &Op, operands: &[&Type]) -> Result<(Type, Option<crate::Error>)> {
    let mut ty = infer_sizes(op, operands)?;
    let specs: Vec<&Spec> = operands.iter().flat_map(|ty| ty.specs()).collect();
    let conflict = names::propagate(op, &specs, &mut ty);
    Ok((ty, conflict))
}

fn infer_sizes(op: &Op, operands: &[&Type]) -> Result<Type> {
    if let Op::Element { index } = op {
        return infer_element(*index, operands);
    }
    let name = op.name();
    let specs: Option<Vec<&Spec>> = operands.iter().map(|ty| ty.spec()).collect();
    let specs =
        specs.ok_or_else(|| error!(Verify, "{name}: an operand is a tuple; take its elements first"))?;
    check_arity(op, specs.len())?;
    narrow::check(op, &specs)?;
    let spec = match op {
        Op::Input { spec, .. } => spec.clone(),
        Op::Constant(literal) => literal.spec().clone(),
        Op::Iota { spec, axis } => elementwise::infer_iota(spec, *axis)?,

        Op::Abs => elementwise::infer_abs(specs[0])?,
        Op::Negate => elementwise::infer_unary(name, specs[0], elementwise::NUMERIC)?,
        Op::Sign => elementwise::infer_unary(name, specs[0], elementwise::SIGNED)?,
        Op::Not => elementwise::infer_unary(name, specs[0], elementwise::BITS)?,
        Op::Popcnt | Op::CountLeadingZeros => elementwise::infer_unary(name, specs[0], elementwise::INTEGER)?,
        Op::IsFinite => {
            elementwise::infer_unary(name, specs[0], elementwise::FLOAT)?.with_dtype(crate::DType::Bool)
        }
        Op::Real | Op::Imag => elementwise::infer_part(name, specs[0])?,
        Op::Complex => elementwise::infer_complex(specs[0], specs[1])?,
        Op::BitcastConvert { dtype } => elementwise::infer_bitcast(specs[0], *dtype)?,
        Op::ReducePrecision { exponent_bits, mantissa_bits } => {
            elementwise::infer_reduce_precision(specs[0], *exponent_bits, *mantissa_bits)?
        }
        Op::Erfc
        | Op::ErfInv
        | Op::Digamma
        | Op::Lgamma
        | Op::Cbrt
        | Op::Ceil
        | Op::Floor
        | Op::RoundNearestAfz
        | Op::RoundNearestEven
        | Op::Erf => elementwise::infer_unary(name, specs[0], elementwise::FLOAT)?,
        Op::Cosine
        | Op::Exponential
        | Op::ExponentialMinusOne
        | Op::Log
        | Op::LogPlusOne
        | Op::Logistic
        | Op::Rsqrt
        | Op::Sine
        | Op::Sqrt
        | Op::Tan
        | Op::Tanh
        | Op::Acos
        | Op::Acosh
        | Op::Asin
        | Op::Asinh
        | Op::Atan
        | Op::Atanh
        | Op::Cosh
        | Op::Sinh => elementwise::infer_unary(name, specs[0], elementwise::INEXACT)?,

        Op::Add | Op::Maximum | Op::Minimum | Op::Multiply => {
            elementwise::infer_binary(name, specs[0], specs[1], elementwise::ANY)?
        }
        Op::Divide | Op::Power | Op::Subtract => {
            elementwise::infer_binary(name, specs[0], specs[1], elementwise::NUMERIC)?
        }
        Op::Polygamma => elementwise::infer_binary(name, specs[0], specs[1], elementwise::FLOAT)?,
        Op::Remainder => elementwise::infer_binary(name, specs[0], specs[1], elementwise::REAL)?,
        Op::Atan2 => elementwise::infer_binary(name, specs[0], specs[1], elementwise::INEXACT)?,
        Op::And | Op::Or | Op::Xor => elementwise::infer_binary(name, specs[0], specs[1], elementwise::BITS)?,
        Op::ShiftLeft | Op::ShiftRightArithmetic | Op::ShiftRightLogical => {
            elementwise::infer_binary(name, specs[0], specs[1], elementwise::INTEGER)?
        }
        Op::Compare(direction) => elementwise::infer_compare(*direction, specs[0], specs[1])?,
        Op::Select => elementwise::infer_select(specs[0], specs[1], specs[2])?,
        Op::Clamp => elementwise::infer_clamp(specs[0], specs[1], specs[2])?,
        Op::Convert { dtype } => elementwise::infer_convert(specs[0], *dtype)?,

        Op::BroadcastInDim { shape, axes } => movement::infer_broadcast_in_dim(specs[0], shape, axes)?,
        Op::Concatenate { axis } => movement::infer_concatenate(&specs, *axis)?,
        Op::Pad(padding) => movement::infer_pad(specs[0], specs[1], padding)?,
        Op::Reshape { shape } => movement::infer_reshape(specs[0], shape)?,
        Op::Reverse { axes } => movement::infer_reverse(specs[0], axes)?,
        Op::Slice { starts, limits, strides } => movement::infer_slice(specs[0], starts, limits, strides)?,
        Op::Transpose { permutation } => movement::infer_transpose(specs[0], permutation)?,

        Op::DotGeneral(dot) => contraction::infer_dot(specs[0], specs[1], dot)?,
        Op::Gather(dims) => indexing::infer_gather(specs[0], specs[1], dims)?,
        Op::DynamicSlice { sizes } => dynamic::infer_dynamic_slice(&specs, sizes)?,
        Op::DynamicUpdateSlice => dynamic::infer_dynamic_update_slice(&specs)?,
        Op::Scatter { dims, combine } => scatter::infer_scatter(&specs, dims, combine.as_ref())?,
        Op::Sort { axis, comparator, .. } => return ordering::infer_sort(&specs, *axis, comparator),
        Op::TopK { k } => return ordering::infer_top_k(specs[0], *k),
        Op::ReduceWindow { window, reducer } => {
            let ty = window::infer_reduce_window(&specs, window, reducer)?;
            ty.specs().iter().try_for_each(|spec| check_size(name, spec))?;
            return Ok(ty);
        }
        Op::Convolution(conv) => window::infer_convolution(specs[0], specs[1], conv)?,
        Op::Fft { kind, lengths } => linear_algebra::infer_fft(specs[0], *kind, lengths)?,
        Op::Cholesky { .. } => linear_algebra::infer_cholesky(specs[0])?,
        Op::TriangularSolve(solve) => linear_algebra::infer_triangular_solve(specs[0], specs[1], solve)?,
        Op::Reduce { axes, reducer } => return reduction::infer_reduce(&specs, axes, reducer),
        Op::Call { body, rule } => return control::infer_call(&specs, body, rule),
        Op::Case { branches } => return control::infer_case(&specs, branches),
        Op::While { cond, body } => return control::infer_while(&specs, cond, body),
        Op::Scan(scan) => return control::infer_scan(&specs, scan),
        Op::CustomCall(call) => call.result.clone(),
        Op::StopGradient => specs[0].clone(),
        Op::ShardingConstraint(sharding) => {
            sharding.partition.local(name, &sharding.mesh, specs[0])?;
            specs[0].clone()
        }
        Op::ShardMap(map) => {
            let results = map.infer(&specs)?;
            results.iter().try_for_each(|spec| check_size(name, spec))?;
            return Ok(pack(results));
        }
        Op::Collective(collective) => collective.infer(name, specs[0])?,
        Op::AxisIndex { mesh, axis } => crate::sharding::infer_axis_index(mesh, axis)?,
        Op::OptimizationBarrier => return Ok(pack(specs.into_iter().cloned().collect())),
        Op::Element { index } => return infer_element(*index, operands),
    };
    check_size(name, &spec)?;
    Ok(Type::Tensor(spec))
}

/// One value as a tensor, several as a tuple.
fn pack(mut specs: Vec<Spec>) -> Type {
    match (specs.len(), specs.pop()) {
        (1, Some(spec)) => Type::Tensor(spec),
        (_, last) => {
            specs.extend(last);
            Type::Tuple(specs)
        }
    }
}

fn infer_element(index: usize, operands: &[&Type]) -> Result<Type> {
    match operands {
        [Type::Tuple(specs)] if index < specs.len() => Ok(Type::Tensor(specs[index].clone())),
        [ty] => Err(error!(Verify, "element: {ty} has no element {index}")),
        _ => Err(error!(Verify, "element: takes 1 operand, got {}", operands.len())),
    }
}

/// How many operands an operation takes; `usize::MAX` for any number from the minimum on.
fn arity(op: &Op) -> (usize, usize) {
    match op {
        Op::Input { .. } | Op::Constant(_) | Op::Iota { .. } | Op::AxisIndex { .. } => (0, 0),
        Op::ShardingConstraint(_) | Op::Collective(_) => (1, 1),
        Op::Abs | Op::Cbrt | Op::Ceil | Op::Cosine | Op::Erf | Op::Exponential | Op::ExponentialMinusOne => {
            (1, 1)
        }
        Op::Floor | Op::IsFinite | Op::Log | Op::LogPlusOne | Op::Logistic | Op::Negate | Op::Not => (1, 1),
        Op::Popcnt | Op::RoundNearestAfz | Op::RoundNearestEven | Op::Rsqrt | Op::Sign | Op::Sine => (1, 1),
        Op::Sqrt | Op::Tan | Op::Tanh | Op::Convert { .. } | Op::BroadcastInDim { .. } => (1, 1),
        Op::Reshape { .. } | Op::Reverse { .. } | Op::Slice { .. } | Op::Transpose { .. } => (1, 1),
        Op::Acos | Op::Acosh | Op::Asin | Op::Asinh | Op::Atan | Op::Atanh | Op::Cosh | Op::Sinh => (1, 1),
        Op::CountLeadingZeros | Op::Erfc | Op::ErfInv | Op::Imag | Op::Real | Op::ReducePrecision { .. } => {
            (1, 1)
        }
        Op::Digamma | Op::Lgamma => (1, 1),
        Op::BitcastConvert { .. } | Op::TopK { .. } | Op::Fft { .. } | Op::Cholesky { .. } => (1, 1),
        Op::Polygamma | Op::Complex | Op::Convolution(_) | Op::TriangularSolve(_) => (2, 2),
        Op::Scatter { .. } => (3, 3),
        Op::DynamicSlice { .. } | Op::Sort { .. } => (1, usize::MAX),
        Op::DynamicUpdateSlice | Op::ReduceWindow { .. } => (2, usize::MAX),
        Op::Element { .. } | Op::StopGradient => (1, 1),
        Op::Add | Op::And | Op::Atan2 | Op::Divide | Op::Maximum | Op::Minimum | Op::Multiply | Op::Or => {
            (2, 2)
        }
        Op::Power | Op::Remainder | Op::ShiftLeft | Op::ShiftRightArithmetic | Op::ShiftRightLogical => {
            (2, 2)
        }
        Op::Subtract | Op::Xor | Op::Compare(_) | Op::Pad(_) | Op::DotGeneral(_) | Op::Gather(_) => (2, 2),
        Op::Select | Op::Clamp => (3, 3),
        Op::Concatenate { .. } | Op::CustomCall(_) | Op::OptimizationBarrier => (1, usize::MAX),
        Op::Reduce { .. } => (2, usize::MAX),
        Op::Case { .. } => (1, usize::MAX),
        Op::Call { .. } | Op::While { .. } | Op::Scan(_) | Op::ShardMap(_) => (0, usize::MAX),
    }
}

fn check_arity(op: &Op, got: usize) -> Result<()> {
    let (least, most) = arity(op);
    match (least..=most).contains(&got) {
        true => Ok(()),
        false if most == usize::MAX => {
            Err(error!(Argument, "{}: takes at least {least} operands, got {got}", op.name()))
        }
        false => Err(error!(Argument, "{}: takes {least} operands, got {got}", op.name())),
    }
}

/// Refuses arrays that no machine can hold, so that no size arithmetic overflows, here or in XLA. Axes of size 0 count as
/// 1: an empty array of absurd other axes would trip the same arithmetic.
fn check_size(name: &str, spec: &Spec) -> Result<()> {
    let bytes =
        spec.dims().iter().try_fold(spec.dtype.bytes(), |product, &dim| product.checked_mul(dim.max(1)));
    match bytes {
        Some(bytes) if bytes <= isize::MAX as usize => Ok(()),
        _ => Err(error!(Shape, "{name}: {spec} is larger than the address space")),
    }
}

/// Refuses axes outside of the rank and axes given twice.
fn check_axes(name: &str, what: &str, axes: &[usize], spec: &Spec) -> Result<()> {
    for (i, &axis) in axes.iter().enumerate() {
        if axis >= spec.rank() {
            return Err(error!(Axis, "{name}: {what} {axis} is out of range for {spec}"));
        }
        if axes[..i].contains(&axis) {
            return Err(error!(Axis, "{name}: {what} {axis} is given twice in {axes:?}"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
