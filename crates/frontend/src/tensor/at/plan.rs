//! The plan of an index: which axis of the result comes from where, and how that is read or written.

use super::{At, Index};
use crate::error::{Result, error};
use crate::literal::Scalar;
use crate::tensor::Tensor;
use crate::tensor::dynamic::{index_dtype, index_spec};
use crate::tensor::operators::broadcast_shape;
use crate::{GatherDims, Location, Op, Reducer, ScatterDims, Spec};

/// One axis of the tensor: `size` positions from `start` on. A size of 1 at `step` 0 has no axis in the result.
#[derive(Clone, Copy)]
struct Span {
    start: usize,
    size: usize,
    step: i64,
    kept: bool,
}

/// Where an axis of the result comes from.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Source {
    /// The axes of the index tensors, all of them.
    Positions,
    /// A range of this axis of the tensor.
    Axis(usize),
    New,
}

/// An index resolved against a shape.
pub(super) struct Plan {
    /// For each axis of the tensor what is taken; for those with index tensors nothing of meaning.
    axes: Vec<Span>,
    /// Index tensors, counted from the start of their axis and broadcast to one shape, with their axes.
    positions: Vec<(usize, Tensor)>,
    /// The shape of the index tensors; empty also when there are none.
    broadcast: Vec<usize>,
    /// The result's axes.
    order: Vec<Source>,
    /// Those of them that a gather must count: index tensors and ranges with steps beside them.
    pub(super) batch: Vec<Source>,
}

impl Plan {
    /// `writes` says that a range with a step cannot be a static slice.
    pub(super) fn new(tensor: &Tensor, indices: &[Index], writes: bool, location: Location) -> Result<Plan> {
        let indices = expanded(&tensor.spec, indices)?;
        let advanced = indices.iter().any(|index| matches!(index, Index::Positions(_)));
        let mut plan = Plan {
            axes: Vec::new(),
            positions: Vec::new(),
            broadcast: Vec::new(),
            order: Vec::new(),
            batch: Vec::new(),
        };
        let (mut first, mut apart, mut before) = (None, false, false);
        for index in &indices {
            let joins =
                matches!(index, Index::Positions(_)) || (advanced && matches!(index, Index::Position(_)));
            if joins {
                apart |= first.is_some() && !before;
                first.get_or_insert(plan.order.len());
            }
            before = joins;
            plan.push(tensor, index, location)?;
        }
        if let (true, Some(first)) = (advanced, first) {
            plan.order.insert(if apart { 0 } else { first }, Source::Positions);
            plan.broadcast_positions(location)?;
        }
        let counted = |source: &Source| match *source {
            Source::Positions => true,
            Source::Axis(axis) => (advanced || writes) && plan.axes[axis].step != 1,
            Source::New => false,
        };
        plan.batch = plan.order.iter().copied().filter(counted).collect();
        Ok(plan)
    }

    fn push(&mut self, tensor: &Tensor, index: &Index, location: Location) -> Result<()> {
        let axis = self.axes.len();
        match index {
            Index::NewAxis => self.order.push(Source::New),
            Index::Positions(positions) => {
                let size = tensor.dims()[axis];
                if !positions.dtype().is_integer() {
                    return Err(error!(DType, "at: positions must be integers, got {}", positions.spec)
                        .hint("choose by a `bool` tensor with `select`"));
                }
                if size == 0 && positions.spec.shape.elements() != Some(0) {
                    return Err(error!(
                        Shape,
                        "at: axis {axis} of {} has nothing to take for {}", tensor.spec, positions.spec
                    ));
                }
                self.positions.push((axis, positions.counted_from_start(size, location)));
                self.axes.push(Span { start: 0, size: size.min(1), step: 1, kept: false });
            }
            Index::Position(_) | Index::Range { .. } | Index::Ellipsis => {
                let span = span(&tensor.spec, axis, index)?;
                if span.kept {
                    self.order.push(Source::Axis(axis));
                }
                self.axes.push(span);
            }
        }
        Ok(())
    }

    fn broadcast_positions(&mut self, location: Location) -> Result<()> {
        let mut spec = self.positions[0].1.spec.clone();
        for (_, positions) in &self.positions[1..] {
            spec = spec.with_shape(broadcast_shape("at", &spec, &positions.spec)?);
        }
        for (_, positions) in &mut self.positions {
            *positions = positions.trace.broadcast(positions, &spec.shape, location);
        }
        self.broadcast = spec.dims().to_vec();
        Ok(())
    }

    /// The shape of the result.
    pub(super) fn shape(&self) -> Vec<usize> {
        self.sizes(&self.order, 1)
    }

    /// The sizes of axes, `new` for new ones.
    fn sizes(&self, sources: &[Source], new: usize) -> Vec<usize> {
        let mut sizes = Vec::new();
        for source in sources {
            match *source {
                Source::Positions => sizes.extend(&self.broadcast),
                Source::Axis(axis) => sizes.push(self.axes[axis].size),
                Source::New => sizes.push(new),
            }
        }
        sizes
    }

    /// The result of a plan without index tensors.
    #[track_caller]
    pub(super) fn sliced(&self, tensor: &Tensor, location: Location) -> Tensor {
        let lowest = |span: &Span| match span.step {
            step if step < 0 && span.size > 0 => span.start - (span.size - 1) * step.unsigned_abs() as usize,
            _ => span.start,
        };
        let strides: Vec<usize> = self.axes.iter().map(|span| span.step.unsigned_abs() as usize).collect();
        let starts: Vec<usize> = self.axes.iter().map(lowest).collect();
        let limit = |(span, &start): (&Span, &usize)| match span.size {
            0 => start,
            size => start + (size - 1) * span.step.unsigned_abs() as usize + 1,
        };
        let limits: Vec<usize> = self.axes.iter().zip(&starts).map(limit).collect();
        let whole = limits == tensor.dims() && starts.iter().all(|&start| start == 0);
        let sliced = match whole && strides.iter().all(|&stride| stride == 1) {
            true => tensor.clone(),
            false => tensor.unary(Op::Slice { starts, limits, strides }, location),
        };
        let backwards: Vec<usize> = (0..self.axes.len()).filter(|&axis| self.axes[axis].step < 0).collect();
        let ordered = match backwards.is_empty() {
            true => sliced,
            false => sliced.unary(Op::Reverse { axes: backwards }, location),
        };
        ordered.shaped(self.shape(), location)
    }

    /// The tensor with a sub-array of it combined with `value`.
    pub(super) fn overwritten(
        &self,
        tensor: &Tensor,
        value: &Tensor,
        op: Option<Op>,
        location: Location,
    ) -> Tensor {
        let sizes: Vec<usize> = self.axes.iter().map(|span| span.size).collect();
        let value = value.shaped(sizes, location);
        let value = match op {
            None => value,
            Some(op) => {
                let starts: Vec<usize> = self.axes.iter().map(|span| span.start).collect();
                let limits = self.axes.iter().map(|span| span.start + span.size).collect();
                let strides = vec![1; starts.len()];
                let old = tensor.unary(Op::Slice { starts, limits, strides }, location);
                tensor.trace.apply(op, &[&old, &value], location)
            }
        };
        if value.dims() == tensor.dims() && value.dtype() == tensor.dtype() {
            return value;
        }
        let dtype = index_dtype(tensor.dims().iter().copied().max().unwrap_or(0));
        let start = |span: &Span| tensor.trace.scalar(Scalar::Int(span.start as i64), dtype, location);
        let starts: Vec<Tensor> = self.axes.iter().map(start).collect();
        tensor.apply_at(Op::DynamicUpdateSlice, &[tensor, &value], &starts, location)
    }

    /// The axes of the gathered or scattered array that come from windows: all that are not counted, new ones left out.
    fn windows(&self) -> Vec<usize> {
        let (mut windows, mut at) = (Vec::new(), 0);
        for source in &self.order {
            match source {
                Source::New => continue,
                Source::Positions => at += self.broadcast.len(),
                Source::Axis(_) => {
                    if !self.batch.contains(source) {
                        windows.push(at);
                    }
                    at += 1;
                }
            }
        }
        windows
    }

    /// Axes of the tensor that a window has no axis for.
    fn collapsed(&self) -> Vec<usize> {
        (0..self.axes.len())
            .filter(|&axis| !self.axes[axis].kept || self.batch.contains(&Source::Axis(axis)))
            .collect()
    }

    /// The index vectors and the axes that their components address.
    fn vectors(&self, tensor: &Tensor, clamps: bool, location: Location) -> (Tensor, Vec<usize>) {
        let shape = self.sizes(&self.batch, 1);
        let largest = tensor.dims().iter().copied().max().unwrap_or(0);
        let spec = index_spec(&shape, largest);
        let dtype = match self.positions.iter().map(|(_, positions)| positions.dtype()).max() {
            Some(widest) if widest.bits() > spec.dtype.bits() => widest,
            _ => spec.dtype,
        };
        let spec = spec.with_dtype(dtype);
        let (mut components, mut axes) = (Vec::new(), Vec::new());
        for (axis, span) in self.axes.iter().enumerate() {
            let component = match self.positions.iter().find(|(own, _)| *own == axis) {
                Some((_, positions)) => {
                    let positions = positions.converted(dtype, location);
                    let positions =
                        if clamps { bounded(&positions, tensor.dims()[axis], location) } else { positions };
                    let place =
                        self.batch.iter().position(|source| *source == Source::Positions).unwrap_or(0);
                    let axes = (place..place + self.broadcast.len()).collect();
                    positions.unary(Op::BroadcastInDim { shape: spec.shape.clone(), axes }, location)
                }
                None if self.batch.contains(&Source::Axis(axis)) => {
                    self.counted(axis, &spec, tensor, location)
                }
                // Whole windows start at the beginning, which an index vector need not say.
                None if span.start == 0 && span.kept => continue,
                None => {
                    let start = tensor.trace.scalar(Scalar::Int(span.start as i64), dtype, location);
                    tensor.trace.broadcast(&start, &spec.shape, location)
                }
            };
            components.push(component.shaped([&shape[..], &[1]].concat(), location));
            axes.push(axis);
        }
        let operands: Vec<&Tensor> = components.iter().collect();
        let vectors = match operands[..] {
            [only] => only.clone(),
            _ => tensor.trace.apply(Op::Concatenate { axis: shape.len() }, &operands, location),
        };
        (vectors, axes)
    }

    /// The positions of a range with a step, along its axis of the index vectors.
    fn counted(&self, axis: usize, spec: &Spec, tensor: &Tensor, location: Location) -> Tensor {
        let place = self.batch.iter().take_while(|source| **source != Source::Axis(axis));
        let place =
            place.map(|source| if *source == Source::Positions { self.broadcast.len() } else { 1 }).sum();
        let iota = tensor.trace.apply(Op::Iota { spec: spec.clone(), axis: place }, &[], location);
        let Span { start, step, .. } = self.axes[axis];
        let scaled = iota.binary(Op::Multiply, &step, location);
        scaled.binary(Op::Add, &(start as i64), location)
    }

    #[track_caller]
    pub(super) fn gathered(&self, at: &At, location: Location) -> Tensor {
        let (vectors, start_index_map) = self.vectors(&at.tensor, false, location);
        let collapsed = self.collapsed();
        let size = |axis: usize| match collapsed.contains(&axis) {
            true => at.tensor.dims()[axis].min(1),
            false => self.axes[axis].size,
        };
        let dims = GatherDims {
            offset_dims: self.windows(),
            slice_sizes: (0..self.axes.len()).map(size).collect(),
            collapsed_slice_dims: collapsed,
            start_index_map,
            index_vector_dim: vectors.rank().saturating_sub(1),
            indices_are_sorted: at.sorted,
            ..GatherDims::default()
        };
        let gathered = at.tensor.trace.apply(Op::Gather(dims), &[&at.tensor, &vectors], location);
        gathered.shaped(self.shape(), location)
    }

    pub(super) fn scattered(
        &self,
        at: &At,
        value: &Tensor,
        combine: Option<Reducer>,
        location: Location,
    ) -> Tensor {
        let (vectors, axes) = self.vectors(&at.tensor, at.clamps, location);
        let dims = ScatterDims {
            update_window_dims: self.windows(),
            inserted_window_dims: self.collapsed(),
            scatter_dims_to_operand_dims: axes,
            index_vector_dim: vectors.rank().saturating_sub(1),
            indices_are_sorted: at.sorted,
            unique_indices: at.unique,
            ..ScatterDims::default()
        };
        let kept: Vec<Source> = self.order.iter().copied().filter(|source| *source != Source::New).collect();
        let updates = value.shaped(self.sizes(&kept, 1), location);
        at.tensor.trace.apply(Op::Scatter { dims, combine }, &[&at.tensor, &vectors, &updates], location)
    }

    /// Where all index tensors are in range, in the shape of the result.
    pub(super) fn inside(&self, tensor: &Tensor, location: Location) -> Tensor {
        let mut inside: Option<Tensor> = None;
        for (axis, positions) in &self.positions {
            let bounds = bounded(positions, tensor.dims()[*axis], location);
            let fits = positions.binary(Op::Compare(crate::Comparison::Eq), &bounds, location);
            inside = Some(match inside {
                Some(others) => others.binary(Op::And, &fits, location),
                None => fits,
            });
        }
        let shape = self.shape();
        let place = self.order.iter().take_while(|source| **source != Source::Positions).count();
        let axes = (place..place + self.broadcast.len()).collect();
        match inside {
            Some(inside) => inside.unary(Op::BroadcastInDim { shape: shape.into(), axes }, location),
            None => tensor.placeholder(),
        }
    }
}

/// Positions clamped into an axis.
fn bounded(positions: &Tensor, size: usize, location: Location) -> Tensor {
    let scalar = |value: i64| positions.trace.scalar(Scalar::Int(value), positions.dtype(), location);
    let last = scalar((size as i64 - 1).max(0));
    positions.trace.apply(Op::Clamp, &[&scalar(0), positions, &last], location)
}

/// Indices with one entry for each axis.
fn expanded(spec: &Spec, indices: &[Index]) -> Result<Vec<Index>> {
    let whole = Index::Range { start: None, end: None, step: 1 };
    let used = indices.iter().filter(|index| !matches!(index, Index::NewAxis | Index::Ellipsis)).count();
    let ellipses = indices.iter().filter(|index| matches!(index, Index::Ellipsis)).count();
    if used > spec.rank() || ellipses > 1 {
        return Err(error!(
            Axis,
            "at: {used} indices with {ellipses} ellipses do not fit the axes of {spec}"
        ));
    }
    let rest = vec![whole; spec.rank() - used];
    let mut all = Vec::with_capacity(spec.rank());
    for index in indices {
        match index {
            Index::Ellipsis => all.extend_from_slice(&rest),
            Index::Position(_) | Index::Range { .. } | Index::Positions(_) | Index::NewAxis => {
                all.push(index.clone());
            }
        }
    }
    if ellipses == 0 {
        all.extend(rest);
    }
    Ok(all)
}

/// What a position or range takes of an axis.
fn span(spec: &Spec, axis: usize, index: &Index) -> Result<Span> {
    let size = spec.dims()[axis] as i64;
    let from_start = |at: i64| if at < 0 { at.saturating_add(size) } else { at };
    let (start, end, step) = match *index {
        Index::Range { start, end, step } => (start, end, step),
        Index::Position(number) => {
            let at = from_start(number);
            return match at >= 0 && at < size {
                true => Ok(Span { start: at as usize, size: 1, step: 1, kept: false }),
                false => {
                    Err(error!(Argument, "at: position {number} is out of range for axis {axis} of {spec}"))
                }
            };
        }
        Index::Positions(_) | Index::Ellipsis | Index::NewAxis => (None, None, 1),
    };
    let (first, stop) = match step > 0 {
        true => (start.map_or(0, from_start), end.map_or(size, from_start)),
        false => (start.map_or(size - 1, from_start), end.map_or(-1, from_start)),
    };
    let fits = match step {
        0 => false,
        1.. => 0 <= first && first <= stop && stop <= size,
        _ => -1 <= stop && stop <= first && first < size.max(1),
    };
    if !fits {
        let text = |end: Option<i64>| end.map_or(String::new(), |end| end.to_string());
        return Err(error!(
            Argument,
            "at: {}..{} by {step} is not within axis {axis} of {spec}",
            text(start),
            text(end)
        ));
    }
    let count = (first.abs_diff(stop)).div_ceil(step.unsigned_abs());
    // A step beyond the axis takes one element; the largest would overflow what follows.
    let step = step.clamp(-size.max(1), size.max(1));
    Ok(Span {
        start: first.max(0) as usize,
        size: count as usize,
        step: if count < 2 { 1 } else { step },
        kept: true,
    })
}
