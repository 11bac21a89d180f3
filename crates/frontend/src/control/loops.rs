//! Loops that carry values: as long as a condition holds, or a number of times.

use super::closed::{apply, check_alike, join, mistake, placeholders};
use super::scan::{ScanOptions, scan_at};
use crate::error::{Result, error};
use crate::trace::{current_or_none, subtrace};
use crate::tree::{leaves, rebuild, specs};
use crate::{Comparison, DType, Leaves, Location, Op, Spec, Tensor, Tree};

/// `body` applied to `init`, then to what it returned, as long as `cond` holds for it.
///
/// # Shapes
/// Any tree -> the same structure, shapes and dtypes; `cond` returns `bool[]`.
/// # DTypes
/// Any.
/// # Errors
/// Recorded when `cond` returns something else than `bool[]`, or `body` something else than it takes, naming the leaf.
/// # Gradient
/// In forward mode only: the number of steps is not known, and so is what reverse mode had to keep. Use [`scan`](super::scan)
/// or [`fori_loop`] with fixed bounds for reverse mode. Batched, the loop runs until the condition holds for no element.
/// # Source
/// StableHLO `while`; `jax.lax.while_loop`.
/// # Examples
/// ```
/// use bering_frontend::{DType, Spec, control::while_loop, trace};
/// // The integer part of the base-2 logarithm.
/// let graph = trace("log2", &[Spec::new(DType::I32, [])], |_, x| {
///     let zero = &x[0] * 0;
///     let (_, steps) = while_loop(|(x, _)| x.gt(1), |(x, steps)| (x / 2, steps + 1), (&x[0], zero));
///     steps
/// })?;
/// assert_eq!(graph.outputs()[0].to_string(), "i32[]");
/// # Ok::<(), bering_frontend::Error>(())
/// ```
#[track_caller]
pub fn while_loop<C: Tree, D: Tree<Owned = C::Owned>>(
    cond: impl FnOnce(C::Owned) -> Tensor,
    body: impl FnOnce(C::Owned) -> D,
    init: C,
) -> C::Owned {
    while_at("while_loop", cond, body, init, Location::caller())
}

fn while_at<C: Tree, D: Tree<Owned = C::Owned>>(
    name: &str,
    cond: impl FnOnce(C::Owned) -> Tensor,
    body: impl FnOnce(C::Owned) -> D,
    init: C,
    location: Location,
) -> C::Owned {
    let given = leaves(&init);
    let types = specs(&given);
    let cond = subtrace("cond", &types, location, |leaves| cond(rebuild(&init, leaves)));
    let body = subtrace("body", &types, location, |leaves| body(rebuild(&init, leaves)));
    let checked = check_condition(name, &cond.output)
        .and_then(|()| check_alike(&format!("{name}: the body returns"), &body.output, "carry", &init));
    if let Err(error) = checked {
        mistake(error, location);
        return placeholders(&init, &types);
    }
    let Some(joined) = join(vec![cond.closed, body.closed], &types) else {
        return placeholders(&init, &types);
    };
    let [cond, body] = [0, 1].map(|index| joined.graphs[index].clone());
    rebuild(&init, apply(Op::While { cond, body }, &given, &joined.captures, location))
}

fn check_condition(name: &str, condition: &Tensor) -> Result<()> {
    match *condition.spec() == Spec::scalar(DType::Bool) {
        true => Ok(()),
        false => Err(error!(DType, "{name}: the condition must be bool[], got {}", condition.spec())),
    }
}

/// A bound of [`fori_loop`]: a number of the host language, or an integer scalar of the program.
#[derive(Clone, Debug)]
pub enum Bound {
    /// Known while tracing.
    Static(i64),
    /// Known when the program runs.
    Traced(Tensor),
}

macro_rules! bounds {
    ($($integer:ty)*) => {$(
        impl From<$integer> for Bound {
            fn from(value: $integer) -> Bound {
                // Saturating: a loop of that many steps does not end either way.
                Bound::Static(i64::try_from(value).unwrap_or(i64::MAX))
            }
        }
    )*};
}
bounds!(i32 i64 u32 usize);

impl From<Tensor> for Bound {
    fn from(value: Tensor) -> Bound {
        Bound::Traced(value)
    }
}

impl From<&Tensor> for Bound {
    fn from(value: &Tensor) -> Bound {
        Bound::Traced(value.clone())
    }
}

/// `body(i, carried)` for every `i` from `lower` to `upper - 1`, starting with `init`.
///
/// # Shapes
/// Any tree -> the same structure, shapes and dtypes.
/// # DTypes
/// Any. The counter is an `i32`, or an `i64` where the bounds need it; with bounds of the program it is of their dtype.
/// # Errors
/// Recorded when `body` returns something else than it takes, naming the leaf, or bounds are no integer scalars of one dtype.
/// # Gradient
/// Yes, if both bounds are numbers of the host language: it is a [`scan`](super::scan) then. Else a [`while_loop`].
/// # Source
/// StableHLO `while`; `jax.lax.fori_loop`.
/// # Examples
/// ```
/// use bering_frontend::{DType, Spec, control::fori_loop, trace};
/// let graph = trace("power", &[Spec::new(DType::F32, [4, 4])], |_, x| {
///     fori_loop(0, 10, |_i, power| power.matmul(&x[0]), &x[0])
/// })?;
/// assert_eq!(graph.outputs()[0].dims(), [4, 4]);
/// # Ok::<(), bering_frontend::Error>(())
/// ```
#[track_caller]
pub fn fori_loop<C: Tree, D: Tree<Owned = C::Owned>>(
    lower: impl Into<Bound>,
    upper: impl Into<Bound>,
    body: impl FnOnce(Tensor, C::Owned) -> D,
    init: C,
) -> C::Owned {
    let location = Location::caller();
    match (lower.into(), upper.into()) {
        (Bound::Static(lower), Bound::Static(upper)) => fixed(lower, upper, body, init, location),
        (lower, upper) => match counters(&lower, &upper, location) {
            Ok([lower, upper]) => traced(lower, upper, body, init, location),
            Err(error) => {
                mistake(error, location);
                placeholders(&init, &specs(&leaves(&init)))
            }
        },
    }
}

/// What the loop under a [`fori_loop`] carries. Messages name what the user carries as if there were no counter.
struct Counted<C>(Tensor, C);

impl<C: Tree> Tree for Counted<C> {
    type Owned = Counted<C::Owned>;

    fn flatten(&self, leaves: &mut Vec<Tensor>) {
        leaves.push(self.0.clone());
        self.1.flatten(leaves);
    }

    fn rebuild(&self, leaves: &mut Leaves) -> Counted<C::Owned> {
        Counted(self.0.rebuild(leaves), self.1.rebuild(leaves))
    }

    fn name_leaves(&self, path: &str, names: &mut Vec<String>) {
        names.push("counter".to_owned());
        self.1.name_leaves(path, names);
    }
}

/// A scan over nothing that counts.
fn fixed<C: Tree, D: Tree<Owned = C::Owned>>(
    lower: i64,
    upper: i64,
    body: impl FnOnce(Tensor, C::Owned) -> D,
    init: C,
    location: Location,
) -> C::Owned {
    let narrow = [lower, upper].iter().all(|&bound| i32::try_from(bound).is_ok());
    let counter = if narrow { DType::I32 } else { DType::I64 };
    let steps = usize::try_from(upper.saturating_sub(lower)).unwrap_or(0);
    let options = ScanOptions { length: Some(steps), ..ScanOptions::default() };
    let first = current_or_none().scalar(lower.into(), counter, location);
    let step = |Counted(i, carry): Counted<C::Owned>, ()| (Counted(next(&i, location), body(i, carry)), ());
    scan_at("fori_loop", &options, step, Counted(first, init), (), location).0.1
}

fn traced<C: Tree, D: Tree<Owned = C::Owned>>(
    lower: Tensor,
    upper: Tensor,
    body: impl FnOnce(Tensor, C::Owned) -> D,
    init: C,
    location: Location,
) -> C::Owned {
    let more = |Counted(i, _): Counted<C::Owned>| {
        current_or_none().apply(Op::Compare(Comparison::Lt), &[&i, &upper], location)
    };
    let step = |Counted(i, carry): Counted<C::Owned>| Counted(next(&i, location), body(i, carry));
    while_at("fori_loop", more, step, Counted(lower, init), location).1
}

/// Both bounds as tensors of one integer type.
fn counters(lower: &Bound, upper: &Bound, location: Location) -> Result<[Tensor; 2]> {
    let ((Bound::Traced(like), _) | (_, Bound::Traced(like))) = (lower, upper) else {
        return Err(error!(Verify, "fori_loop: no bound is a tensor"));
    };
    let bounds = [lower, upper].map(|bound| match bound {
        Bound::Traced(tensor) => tensor.clone(),
        Bound::Static(value) => current_or_none().scalar((*value).into(), like.dtype(), location),
    });
    for bound in &bounds {
        if bound.rank() != 0 || !bound.dtype().is_integer() || bound.dtype() != like.dtype() {
            return Err(error!(
                DType,
                "fori_loop: bounds must be integer scalars of one dtype, got {} and {}",
                bounds[0].spec(),
                bounds[1].spec()
            ));
        }
    }
    Ok(bounds)
}

/// One more.
fn next(counter: &Tensor, location: Location) -> Tensor {
    let trace = current_or_none();
    let one = trace.scalar(1i64.into(), counter.dtype(), location);
    trace.apply(Op::Add, &[counter, &one], location)
}
