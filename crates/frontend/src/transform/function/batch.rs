//! `vmap`: a closure written for one example, on a batch.

use super::super::batching::batch;
use super::super::graph::{carried, delivered};
use super::super::rule::Lane;
use super::{blank, glue, or_placeholders};
use crate::error::{Result, error};
use crate::trace::{Closed, Subtrace, subtrace};
use crate::tree::{leaf_names, leaves, rebuild, specs};
use crate::{Location, Spec, Tensor, Tree};

/// Which axis of each leaf carries the batch: one answer for all leaves, an array with one for each, in order, or a tuple with an
/// answer of any of these kinds for each part of a tuple. Negative axes count from the end; `None::<i32>` says that a leaf is the
/// same for all examples.
pub trait BatchAxes {
    /// One entry for all leaves, one a leaf, or some for each part.
    fn entries(&self) -> Entries;
}

/// See [`BatchAxes`].
pub enum Entries {
    /// The same for all leaves.
    All(Option<i64>),
    /// One a leaf.
    Each(Vec<Option<i64>>),
    /// Those of each part of a tuple.
    Parts(Vec<Entries>),
}

mod sealed {
    pub trait Number: Copy {
        fn number(self) -> i64;
    }
}
use sealed::Number;

macro_rules! batch_axes {
    ($($integer:ty)*) => {$(
        impl Number for $integer {
            fn number(self) -> i64 {
                // Saturating keeps absurd numbers out of range instead of wrapping them into it.
                i64::try_from(self).unwrap_or(i64::MAX)
            }
        }

        impl BatchAxes for $integer {
            fn entries(&self) -> Entries {
                Entries::All(Some(self.number()))
            }
        }
    )*};
}
batch_axes!(i32 i64 isize u32 usize);

impl<T: Number> BatchAxes for Option<T> {
    fn entries(&self) -> Entries {
        Entries::All(self.map(Number::number))
    }
}

impl<T: Number> BatchAxes for &[Option<T>] {
    fn entries(&self) -> Entries {
        Entries::Each(self.iter().map(|axis| axis.map(Number::number)).collect())
    }
}

impl<T: Number, const N: usize> BatchAxes for [Option<T>; N] {
    fn entries(&self) -> Entries {
        self.as_slice().entries()
    }
}

macro_rules! parts {
    ($($name:ident $index:tt)*) => {
        impl<$($name: BatchAxes),*> BatchAxes for ($($name,)*) {
            fn entries(&self) -> Entries {
                Entries::Parts(vec![$(self.$index.entries()),*])
            }
        }
    };
}
tuples!(parts);

impl Entries {
    /// One entry a leaf, for leaves of these paths.
    fn spread(&self, what: &str, paths: &[&str], found: &mut Vec<Option<i64>>) -> Result<()> {
        match self {
            Entries::All(number) => found.extend(vec![*number; paths.len()]),
            Entries::Each(numbers) if numbers.len() == paths.len() => found.extend(numbers),
            Entries::Each(numbers) => {
                let (given, count) = (numbers.len(), paths.len());
                return Err(error!(Axis, "vmap: {what} have {count} leaves, got {given} axes"));
            }
            Entries::Parts(parts) => {
                let inside: Option<Vec<_>> = paths.iter().map(|path| enter(path)).collect();
                let inside =
                    inside.filter(|inside| inside.last().is_none_or(|last| last.0 + 1 == parts.len()));
                let Some(inside) = inside else {
                    return Err(error!(Axis, "vmap: {what} are no tuple of {} parts", parts.len()));
                };
                for (index, part) in parts.iter().enumerate() {
                    let own = inside.iter().filter(|(part, _)| *part == index).map(|(_, rest)| *rest);
                    part.spread(what, &own.collect::<Vec<_>>(), found)?;
                }
            }
        }
        Ok(())
    }
}

/// The part of a tuple that a path leads into, and the path within it.
fn enter(path: &str) -> Option<(usize, &str)> {
    let path = path.strip_prefix('.')?;
    let (part, rest) = path.split_at(path.find(['.', '[']).unwrap_or(path.len()));
    Some((part.parse().ok()?, rest))
}

/// One axis for each leaf of a tree, each within the rank that the leaf has with its batch.
fn resolve(
    what: &str,
    axes: &impl BatchAxes,
    tree: &impl Tree,
    ranks: &[usize],
) -> Result<Vec<Option<usize>>> {
    let paths = leaf_names(tree, "");
    let mut numbers = Vec::with_capacity(ranks.len());
    axes.entries().spread(what, &paths.iter().map(String::as_str).collect::<Vec<_>>(), &mut numbers)?;
    let position = |(number, &rank): (Option<i64>, &usize)| {
        let Some(number) = number else { return Ok(None) };
        let position = if number < 0 { number.checked_add(rank as i64) } else { Some(number) };
        match position.and_then(|position| usize::try_from(position).ok()) {
            Some(position) if position < rank => Ok(Some(position)),
            _ => Err(error!(Axis, "vmap: axis {number} is out of range for {what} with {rank} axes")),
        }
    };
    numbers.into_iter().zip(ranks).map(position).collect()
}

/// The size of the batch, the same in all leaves that carry it.
fn batch_size(leaves: &[Tensor], axes: &[Option<usize>]) -> Result<usize> {
    let mut found: Option<(usize, &Tensor)> = None;
    for (leaf, axis) in leaves.iter().zip(axes) {
        let Some(axis) = axis else { continue };
        match found {
            Some((size, first)) if size != leaf.dims()[*axis] => {
                return Err(error!(
                    Shape,
                    "vmap: batches must have one size, got {size} in {} and {} in axis {axis} of {}",
                    first.spec(),
                    leaf.dims()[*axis],
                    leaf.spec()
                ));
            }
            Some(_) => {}
            None => found = Some((leaf.dims()[*axis], leaf)),
        }
    }
    found.map(|(size, _)| size).ok_or_else(|| {
        error!(Axis, "vmap: no argument carries a batch").hint("give at least one argument an axis")
    })
}

fn example(spec: &Spec, axis: Option<usize>) -> Spec {
    match axis {
        Some(axis) => {
            spec.with_shape(spec.shape.pick((0..spec.rank()).filter(|&other| other != axis).map(Some)))
        }
        None => spec.clone(),
    }
}

/// A function of one example, on a batch of them: `in_axes` says where leaves of the arguments carry the batch, `out_axes`
/// where leaves of the results get it; see [`BatchAxes`].
///
/// There is no loop: every operation works on the whole batch, matrix products as batched matrix products. Tensors that
/// the function captures are the same for all examples.
///
/// # Shapes
/// Arguments with an axis of the batch `[.., N, ..]`, results too.
/// # DTypes
/// Any.
/// # Errors
/// Recorded when axes do not exist, sizes of batches differ, or an operation cannot be batched; the latter with its line.
/// # Gradient
/// Of everything.
/// # Source
/// JAX's `vmap`.
/// # Examples
/// Gradients of a loss, one an example:
/// ```
/// use bering_frontend::{DType, Spec, grad, trace, vmap};
/// let specs = [Spec::new(DType::F32, [3]), Spec::new(DType::F32, [8, 3])];
/// let graph = trace("f", &specs, |_, x| {
///     vmap(|row| grad(|weight| weight.matmul(&row).tanh(), &x[0]), 0, 0, &x[1])
/// })?;
/// assert_eq!(graph.outputs()[0].to_string(), "f32[8, 3]");
/// # Ok::<(), bering_frontend::Error>(())
/// ```
/// A tuple says it for each argument, whatever is inside:
/// ```
/// use bering_frontend::{DType, Spec, Tensor, trace, vmap};
/// let specs = [Spec::new(DType::F32, [4, 3]), Spec::new(DType::F32, [4]), Spec::new(DType::F32, [8, 3])];
/// let graph = trace("layer", &specs, |_, x| {
///     let layer = |((weight, bias), row): ((Tensor, Tensor), Tensor)| (weight.matmul(&row) + bias).tanh();
///     vmap(layer, (None::<i32>, 0), 0, ((&x[0], &x[1]), &x[2]))
/// })?;
/// assert_eq!(graph.outputs()[0].to_string(), "f32[8, 4]");
/// # Ok::<(), bering_frontend::Error>(())
/// ```
#[track_caller]
pub fn vmap<A: Tree, T: Tree>(
    function: impl FnOnce(A::Owned) -> T,
    in_axes: impl BatchAxes,
    out_axes: impl BatchAxes,
    arguments: A,
) -> T::Owned {
    let location = Location::caller();
    let given = leaves(&arguments);
    let ranks: Vec<usize> = given.iter().map(Tensor::rank).collect();
    let sized = resolve("arguments", &in_axes, &arguments, &ranks)
        .and_then(|axes| batch_size(&given, &axes).map(|size| (axes, size)));
    let (axes, failure) = match sized {
        Ok((axes, size)) => (axes, Ok(size)),
        Err(error) => (vec![None; given.len()], Err(error)),
    };
    let types: Vec<Spec> = specs(&given).iter().zip(&axes).map(|(spec, &axis)| example(spec, axis)).collect();
    let Subtrace { closed, output } =
        subtrace("vmap", &types, location, |leaves| function(rebuild(&arguments, leaves)));
    let Some(Closed { graph, captures }) = closed else { return blank(&output) };
    let computed = failure.and_then(|size| {
        let ranks: Vec<usize> = leaves(&output).iter().map(|leaf| leaf.rank() + 1).collect();
        let out_axes = resolve("results", &out_axes, &output, &ranks)?;
        let moved = glue(location);
        let own = given.iter().zip(&axes).map(|(leaf, &axis)| carried(leaf, axis));
        let lanes: Vec<Lane> = own.chain(captures.into_iter().map(Lane::unbatched)).collect();
        drop(moved);
        let lanes = batch(&graph, &lanes, size)?;
        let _glue = glue(location);
        lanes.iter().zip(out_axes).map(|(lane, axis)| delivered(lane, axis, size)).collect()
    });
    or_placeholders(computed, &output, location)
}
