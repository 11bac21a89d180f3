//! Loops over the slices of arrays, which collect what their steps yield.

use super::closed::{apply, check_alike, join, mistake, placeholders};
use super::rule::Scan;
use crate::error::{Result, error};
use crate::trace::subtrace;
use crate::tree::{leaf_names, leaves, rebuild, specs};
use crate::{Location, Op, Shape, Spec, Tree};

/// How a [`scan_with`] runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScanOptions {
    /// From the last slice to the first; what is collected keeps the order of the slices.
    pub reverse: bool,
    /// How many steps one turn of the compiled loop takes: more is less overhead a step, and a larger program.
    pub unroll: usize,
    /// The number of steps; needed only where no array says it.
    pub length: Option<usize>,
}

impl Default for ScanOptions {
    fn default() -> ScanOptions {
        ScanOptions { reverse: false, unroll: 1, length: None }
    }
}

/// `body(carry, slice)` for every slice of `xs` along the first axes, in order; it returns the next carry and what to collect.
///
/// The result is the last carry and everything collected, stacked along a new first axis. With no step at all the carry
/// is `init` and the stacks are empty.
///
/// # Shapes
/// Carry: any tree -> the same. `xs`: any tree of `[N, S..]`, the body gets `[S..]`. Collected: `[T..] -> [N, T..]`.
/// # DTypes
/// Any.
/// # Errors
/// Recorded when arrays have different first axes or none, when there is no array, or when the body returns another carry than
/// it takes, naming the leaf.
/// # Gradient
/// Yes, in both modes; reverse mode keeps what each step needs, see [`Rule::Checkpoint`](crate::Rule::Checkpoint) to keep less.
/// # Source
/// StableHLO `while`, `dynamic_slice`, `dynamic_update_slice`; `jax.lax.scan`.
/// # Examples
/// ```
/// use bering_frontend::{DType, Spec, control::scan, trace};
/// let specs = [Spec::new(DType::F32, [4]), Spec::new(DType::F32, [10, 4])];
/// let graph = trace("decay", &specs, |_, x| {
///     scan(|state, input| {
///         let state = state * 0.9 + input;
///         (state.clone(), state)
///     }, &x[0], &x[1])
/// })?;
/// assert_eq!(graph.outputs()[1].dims(), [10, 4]);
/// # Ok::<(), bering_frontend::Error>(())
/// ```
#[track_caller]
pub fn scan<C: Tree, X: Tree, D: Tree<Owned = C::Owned>, Y: Tree>(
    body: impl FnOnce(C::Owned, X::Owned) -> (D, Y),
    init: C,
    xs: X,
) -> (C::Owned, Y::Owned) {
    scan_at("scan", &ScanOptions::default(), body, init, xs, Location::caller())
}

/// [`scan`] backwards, in larger turns, or without arrays.
///
/// ```
/// use bering_frontend::{DType, Spec, Tensor, control::{ScanOptions, scan_with}, trace};
/// let graph = trace("powers", &[Spec::new(DType::F32, [])], |_, x| {
///     let options = ScanOptions { length: Some(8), unroll: 4, ..ScanOptions::default() };
///     scan_with(&options, |power, ()| (&power * &x[0], power), Tensor::ones(DType::F32, []), ()).1
/// })?;
/// assert_eq!(graph.outputs()[0].dims(), [8]);
/// # Ok::<(), bering_frontend::Error>(())
/// ```
#[track_caller]
pub fn scan_with<C: Tree, X: Tree, D: Tree<Owned = C::Owned>, Y: Tree>(
    options: &ScanOptions,
    body: impl FnOnce(C::Owned, X::Owned) -> (D, Y),
    init: C,
    xs: X,
) -> (C::Owned, Y::Owned) {
    scan_at("scan", options, body, init, xs, Location::caller())
}

/// `function` of every slice of `xs` along the first axes, one after another, stacked along a new first axis.
///
/// Steps run in turn and need the memory of one; for all at once batch the function instead.
///
/// # Shapes
/// Any tree of `[N, S..]`; `[S..] -> [T..]` by the function -> `[N, T..]`.
/// # DTypes
/// Any.
/// # Errors
/// Recorded when arrays have different first axes or none, or when there is no array.
/// # Gradient
/// Yes, as [`scan`].
/// # Source
/// StableHLO `while`; `jax.lax.map`.
/// # Examples
/// ```
/// use bering_frontend::{DType, Spec, control::map, trace};
/// let graph = trace("gram", &[Spec::new(DType::F32, [8, 3, 4])], |_, x| {
///     map(|x| x.matmul(&x.swap_axes(-1, -2)), &x[0])
/// })?;
/// assert_eq!(graph.outputs()[0].dims(), [8, 3, 3]);
/// # Ok::<(), bering_frontend::Error>(())
/// ```
#[track_caller]
pub fn map<X: Tree, Y: Tree>(function: impl FnOnce(X::Owned) -> Y, xs: X) -> Y::Owned {
    let step = |(), slice| ((), function(slice));
    scan_at("map", &ScanOptions::default(), step, (), xs, Location::caller()).1
}

pub(super) fn scan_at<C: Tree, X: Tree, D: Tree<Owned = C::Owned>, Y: Tree>(
    name: &str,
    options: &ScanOptions,
    body: impl FnOnce(C::Owned, X::Owned) -> (D, Y),
    init: C,
    xs: X,
    location: Location,
) -> (C::Owned, Y::Owned) {
    let (carried, arrays) = (leaves(&init), leaves(&xs));
    let length = length(name, options, &xs);
    let slices: Vec<Spec> = arrays.iter().map(|array| slice(array.spec())).collect();
    let given = [specs(&carried), slices].concat();
    let body = subtrace("body", &given, location, |mut leaves| {
        let slices = leaves.split_off(carried.len());
        body(rebuild(&init, leaves), rebuild(&xs, slices))
    });
    let (carry, collected) = &body.output;
    let checked = length.and_then(|length| {
        check_alike(&format!("{name}: the body returns"), carry, "carry", &init).map(|()| length)
    });
    let stacked =
        |length: usize| leaves(collected).iter().map(|leaf| stack(leaf.spec(), length)).collect::<Vec<_>>();
    let nothing =
        |length: usize| (placeholders(&init, &specs(&carried)), placeholders(collected, &stacked(length)));
    let length = match checked {
        Ok(length) => length,
        Err(error) => {
            mistake(error, location);
            return nothing(0);
        }
    };
    let Some(joined) = join(vec![body.closed], &given) else { return nothing(length) };
    let op = Op::Scan(Scan {
        body: joined.graphs[0].clone(),
        carry: carried.len(),
        slices: arrays.len(),
        length,
        reverse: options.reverse,
        unroll: options.unroll.clamp(1, length.max(1)),
    });
    let mut results = apply(op, &[carried.as_slice(), &arrays].concat(), &joined.captures, location);
    let stacks = results.split_off(carried.len());
    (rebuild(&init, results), rebuild(collected, stacks))
}

/// The number of steps, on which all arrays agree.
fn length(name: &str, options: &ScanOptions, xs: &impl Tree) -> Result<usize> {
    let arrays = leaves(xs);
    let mut length = options.length.map(|length| ("`length`".to_string(), length));
    for (leaf, array) in leaf_names(xs, "xs").into_iter().zip(&arrays) {
        let Some(&steps) = array.dims().first() else {
            return Err(error!(Shape, "{name}: `{leaf}` is {} and has no axis to go along", array.spec()));
        };
        match &length {
            Some((other, length)) if *length != steps => {
                let array = array.spec();
                return Err(error!(
                    Shape,
                    "{name}: `{leaf}` is {array} and takes {steps} steps, {other} {length}"
                ));
            }
            Some(_) => {}
            None => length = Some((format!("`{leaf}`"), steps)),
        }
    }
    match length {
        Some((_, length)) => Ok(length),
        None => Err(error!(Argument, "{name}: nothing says how many steps there are")
            .hint("give `ScanOptions::length` where there is no array to go along")),
    }
}

/// The type of one slice. Arrays without axes are reported by [`length`].
fn slice(array: &Spec) -> Spec {
    array.with_shape(array.shape.pick((1..array.rank()).map(Some)))
}

fn stack(slice: &Spec, length: usize) -> Spec {
    slice.with_shape(Shape::join(&[&Shape::new([length]), &slice.shape]))
}
