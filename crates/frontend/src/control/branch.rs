//! Branches: one of several closures runs, as a value of the program decides.

use super::closed::{apply, check_alike, join, mistake, placeholders};
use crate::error::{Result, error};
use crate::trace::{Subtrace, current_or_none, subtrace};
use crate::tree::{leaves, rebuild, specs};
use crate::{DType, Location, Op, Spec, Tensor, Tree};

/// `then(operands)` where `predicate` holds, else `otherwise(operands)`; only one of them runs.
///
/// Closures may use tensors from around them, so `operands` can be `()`.
///
/// # Shapes
/// `bool[]`, operands any -> what both closures return, alike in structure, shapes and dtypes.
/// # DTypes
/// Any.
/// # Errors
/// Recorded when the predicate is no `bool[]` or the closures return different types, naming the leaf.
/// # Gradient
/// That of the branch that ran. Batched by a predicate, both run and elements are selected.
/// # Source
/// StableHLO `case`; `jax.lax.cond`.
/// # Examples
/// ```
/// use bering_frontend::{DType, Spec, control::cond, trace};
/// let graph = trace("f", &[Spec::new(DType::F32, [3])], |_, x| {
///     cond(&x[0].sum(..).gt(0), |x| &x * 2.0, |x| -x, &x[0])
/// })?;
/// assert_eq!(graph.outputs()[0].dims(), [3]);
/// # Ok::<(), bering_frontend::Error>(())
/// ```
#[track_caller]
pub fn cond<A: Tree, T: Tree, U: Tree<Owned = T::Owned>>(
    predicate: &Tensor,
    then: impl FnOnce(A::Owned) -> T,
    otherwise: impl FnOnce(A::Owned) -> U,
    operands: A,
) -> T::Owned {
    let location = Location::caller();
    let given = leaves(&operands);
    let on_true = subtrace("then", &specs(&given), location, |leaves| then(rebuild(&operands, leaves)));
    let on_false =
        subtrace("otherwise", &specs(&given), location, |leaves| otherwise(rebuild(&operands, leaves)));
    let checked = check_predicate(predicate)
        .and_then(|()| check_alike("cond: `otherwise` returns", &on_false.output, "result", &on_true.output));
    if let Err(error) = checked {
        mistake(error, location);
        return placeholders(&on_true.output, &specs(&leaves(&on_true.output)));
    }
    let index = current_or_none().apply(Op::Convert { dtype: DType::I32 }, &[predicate], location);
    let Subtrace { closed, output } = on_true;
    select(index, vec![on_false.closed, closed], &given, &output, location)
}

fn check_predicate(predicate: &Tensor) -> Result<()> {
    match *predicate.spec() == Spec::scalar(DType::Bool) {
        true => Ok(()),
        false => Err(error!(DType, "cond: the predicate must be bool[], got {}", predicate.spec())
            .hint("for an elementwise choice use `select`")),
    }
}

/// `branch(i, operands)` for the `i` that `index` says, which is clamped to `0..count`; only that one runs.
///
/// The closure is called once for each branch while tracing, with the number of the branch to trace: it is the place for a
/// `match`.
///
/// # Shapes
/// `[]`, operands any -> what the branches return, alike in structure, shapes and dtypes.
/// # DTypes
/// Any; the index is an integer.
/// # Errors
/// Recorded when the index is no integer scalar, `count` is 0, or branches return different types, naming the leaf.
/// # Gradient
/// That of the branch that ran. Batched by an index, all run and elements are selected.
/// # Source
/// StableHLO `case`; `jax.lax.switch`.
/// # Examples
/// ```
/// use bering_frontend::{DType, Spec, control::switch, trace};
/// let graph = trace("f", &[Spec::new(DType::I32, []), Spec::new(DType::F32, [3])], |_, x| {
///     switch(&x[0], 3, |branch, x| match branch {
///         0 => x.sin(),
///         1 => x.cos(),
///         _ => x * 0.5,
///     }, &x[1])
/// })?;
/// assert_eq!(graph.outputs()[0].dims(), [3]);
/// # Ok::<(), bering_frontend::Error>(())
/// ```
#[track_caller]
pub fn switch<A: Tree, T: Tree>(
    index: &Tensor,
    count: usize,
    branch: impl Fn(usize, A::Owned) -> T,
    operands: A,
) -> T::Owned {
    let location = Location::caller();
    let given = leaves(&operands);
    let run = |number: usize| {
        subtrace(&format!("branch{number}"), &specs(&given), location, |leaves| {
            branch(number, rebuild(&operands, leaves))
        })
    };
    let Subtrace { closed, output } = run(0);
    let mut all = vec![closed];
    let mut checked = check_index(index, count);
    for number in 1..count {
        let Subtrace { closed, output: other } = run(number);
        let what = format!("switch: branch {number} returns");
        checked = checked.and_then(|()| check_alike(&what, &other, "result", &output));
        all.push(closed);
    }
    if let Err(error) = checked {
        mistake(error, location);
        return placeholders(&output, &specs(&leaves(&output)));
    }
    select(clamped(index, count, location), all, &given, &output, location)
}

fn check_index(index: &Tensor, count: usize) -> Result<()> {
    if !(1..=i32::MAX as usize).contains(&count) {
        return Err(error!(Argument, "switch: takes 1 to {} branches, got {count}", i32::MAX));
    }
    match index.rank() == 0 && index.dtype().is_integer() {
        true => Ok(()),
        false => Err(error!(DType, "switch: the index must be an integer scalar, got {}", index.spec())),
    }
}

/// The index as a number of one of `count` branches.
fn clamped(index: &Tensor, count: usize, location: Location) -> Tensor {
    let trace = current_or_none();
    // Narrow types are widened before, as they may not hold the number of branches; wide ones narrowed after.
    let to_i32 = |index: &Tensor| match index.dtype() {
        DType::I32 => index.clone(),
        _ => trace.apply(Op::Convert { dtype: DType::I32 }, &[index], location),
    };
    let wide = if index.dtype().bits() < 32 { to_i32(index) } else { index.clone() };
    let bound = |value: usize| trace.scalar((value as i64).into(), wide.dtype(), location);
    to_i32(&trace.apply(Op::Clamp, &[&bound(0), &wide, &bound(count - 1)], location))
}

fn select<T: Tree>(
    index: Tensor,
    closed: Vec<Option<crate::trace::Closed>>,
    given: &[Tensor],
    output: &T,
    location: Location,
) -> T::Owned {
    let Some(joined) = join(closed, &specs(given)) else {
        return placeholders(output, &specs(&leaves(output)));
    };
    let operands: Vec<Tensor> = std::iter::once(&index).chain(given).cloned().collect();
    let results = apply(Op::Case { branches: joined.graphs }, &operands, &joined.captures, location);
    rebuild(output, results)
}
