//! Prefix results of an associative function, in a number of rounds that grows with the logarithm of the length.
//!
//! Each round combines neighbours, which leaves half as many elements to scan; what comes back are the prefixes that end
//! at odd positions, and one more combination with the elements between gives the even ones.

use super::closed::{check_alike, mistake};
use crate::error::{Result, error};
use crate::trace::current_or_none;
use crate::tree::{leaf_names, leaves, rebuild};
use crate::{DType, IntoAxis, Location, Op, Padding, Scalar, Tensor, Tree};

/// For every position along an axis the combination of all elements up to it: `x0`, `combine(x0, x1)`,
/// `combine(combine(x0, x1), x2)`, ..
///
/// `combine` must be associative, as it is applied in another grouping, and works on many elements at once: it gets
/// arrays that are shorter along the axis and combines them element by element. It is called about `2 log2 N` times while
/// tracing. With `reverse` everything goes from the last position to the first.
///
/// # Shapes
/// Any tree of `[.., N, ..]` -> the same.
/// # DTypes
/// Any that `combine` takes and that has zeros.
/// # Errors
/// Recorded when the axis does not exist or has different sizes, there is no array, or `combine` returns something else
/// than it takes, naming the leaf.
/// # Gradient
/// That of the operations it consists of.
/// # Source
/// Blelloch, Prefix Sums and Their Applications; `jax.lax.associative_scan`.
/// # Examples
/// ```
/// use bering_frontend::{DType, Spec, Tensor, control::associative_scan, trace};
/// // x[t] = a[t] x[t - 1] + b[t], for all t in a few steps.
/// let specs = [Spec::new(DType::F32, [100, 8]), Spec::new(DType::F32, [100, 8])];
/// let graph = trace("linear_recurrence", &specs, |_, x| {
///     let after = |(a, b): (Tensor, Tensor), (c, d): (Tensor, Tensor)| (&a * &c, b * c + d);
///     associative_scan(after, (&x[0], &x[1]), 0, false).1
/// })?;
/// assert_eq!(graph.outputs()[0].dims(), [100, 8]);
/// # Ok::<(), bering_frontend::Error>(())
/// ```
#[track_caller]
pub fn associative_scan<X: Tree, Y: Tree<Owned = X::Owned>>(
    combine: impl Fn(X::Owned, X::Owned) -> Y,
    elements: X,
    axis: impl IntoAxis,
    reverse: bool,
) -> X::Owned {
    let location = Location::caller();
    let mut elements_now = leaves(&elements);
    let axes = match axes(&elements, axis) {
        Ok(axes) => axes,
        Err(error) => {
            mistake(error, location);
            return rebuild(&elements, elements_now);
        }
    };
    let along = Along { axes, location };
    let combine = |left: Vec<Tensor>, right: Vec<Tensor>| {
        let (left, right) = (rebuild(&elements, left), rebuild(&elements, right));
        let shape = rebuild(&elements, leaves(&right));
        let combined = combine(left, right);
        match check_alike("associative_scan: the function returns", &combined, "elements", &shape) {
            Ok(()) => leaves(&combined),
            Err(error) => {
                mistake(error, location);
                leaves(&shape)
            }
        }
    };
    if reverse {
        elements_now = along.flip(&elements_now);
    }
    let mut prefixes = along.scan(&combine, elements_now);
    if reverse {
        prefixes = along.flip(&prefixes);
    }
    rebuild(&elements, prefixes)
}

/// The axis of each leaf; all of one size.
fn axes(elements: &impl Tree, axis: impl IntoAxis) -> Result<Vec<usize>> {
    let tensors = leaves(elements);
    let Some(first) = tensors.first() else {
        return Err(error!(Argument, "associative_scan: takes at least one array"));
    };
    let mut axes: Vec<usize> = Vec::with_capacity(tensors.len());
    for (name, tensor) in leaf_names(elements, "elements").iter().zip(&tensors) {
        let own = tensor.axis("associative_scan", axis)?;
        let size = first.dims()[*axes.first().unwrap_or(&own)];
        if tensor.dims()[own] != size {
            return Err(error!(
                Shape,
                "associative_scan: `{name}` is {} and has {} elements along axis {own}, the first has {size}",
                tensor.spec(),
                tensor.dims()[own]
            ));
        }
        axes.push(own);
    }
    Ok(axes)
}

type Combine<'f> = &'f dyn Fn(Vec<Tensor>, Vec<Tensor>) -> Vec<Tensor>;

/// The axis of each leaf, and the line of the scan.
struct Along {
    axes: Vec<usize>,
    location: Location,
}

impl Along {
    fn scan(&self, combine: Combine<'_>, elements: Vec<Tensor>) -> Vec<Tensor> {
        let size = elements[0].dims()[self.axes[0]];
        if size < 2 {
            return elements;
        }
        let pairs = combine(self.every_second(&elements, 0, size - 1), self.every_second(&elements, 1, size));
        let odd = self.scan(combine, pairs);
        let mut placed = vec![self.place(&self.cut(&elements, 0, 1, 1), 0, size)];
        let count = (size - 1) / 2;
        // Two elements have no even position but the first.
        if count > 0 {
            let even = combine(self.cut(&odd, 0, count, 1), self.every_second(&elements, 2, size));
            placed.push(self.place(&even, 2, size));
        }
        placed.push(self.place(&odd, 1, size));
        placed.into_iter().reduce(|sum, more| self.merge(&sum, &more)).unwrap_or_default()
    }

    fn every_second(&self, elements: &[Tensor], start: usize, end: usize) -> Vec<Tensor> {
        self.cut(elements, start, end, 2)
    }

    fn cut(&self, elements: &[Tensor], start: usize, end: usize, step: usize) -> Vec<Tensor> {
        self.each(elements, |tensor, axis| {
            let (mut starts, mut limits) = (vec![0; tensor.rank()], tensor.dims().to_vec());
            let mut strides = vec![1; tensor.rank()];
            (starts[axis], limits[axis], strides[axis]) = (start.min(end), end, step);
            self.apply(Op::Slice { starts, limits, strides }, &[tensor])
        })
    }

    fn flip(&self, elements: &[Tensor]) -> Vec<Tensor> {
        self.each(elements, |tensor, axis| self.apply(Op::Reverse { axes: vec![axis] }, &[tensor]))
    }

    /// Elements at every second position from `start` on, of `size`, and zeros at the others. Such arrays add up to one in
    /// which they take turns, and compilers turn that into one pass.
    fn place(&self, elements: &[Tensor], start: usize, size: usize) -> Vec<Tensor> {
        self.each(elements, |tensor, axis| {
            let after = size - start - (2 * tensor.dims()[axis]).saturating_sub(1);
            let (mut low, mut high) = (vec![0; tensor.rank()], vec![0; tensor.rank()]);
            let mut interior = vec![0; tensor.rank()];
            (low[axis], high[axis], interior[axis]) = (start as i64, after as i64, 1);
            let padding = Padding { low, high, interior };
            self.apply(Op::Pad(padding), &[tensor, &self.zero(tensor.dtype())])
        })
    }

    fn zero(&self, dtype: DType) -> Tensor {
        let number = if dtype == DType::Bool { DType::U8 } else { dtype };
        let zero = current_or_none().scalar(Scalar::Int(0), number, self.location);
        match dtype {
            DType::Bool => self.apply(Op::Convert { dtype }, &[&zero]),
            _ => zero,
        }
    }

    fn merge(&self, lhs: &[Tensor], rhs: &[Tensor]) -> Vec<Tensor> {
        let op = |dtype| if dtype == DType::Bool { Op::Or } else { Op::Add };
        lhs.iter().zip(rhs).map(|(lhs, rhs)| self.apply(op(lhs.dtype()), &[lhs, rhs])).collect()
    }

    fn each(&self, elements: &[Tensor], function: impl Fn(&Tensor, usize) -> Tensor) -> Vec<Tensor> {
        elements.iter().zip(&self.axes).map(|(tensor, &axis)| function(tensor, axis)).collect()
    }

    fn apply(&self, op: Op, operands: &[&Tensor]) -> Tensor {
        current_or_none().apply(op, operands, self.location)
    }
}
