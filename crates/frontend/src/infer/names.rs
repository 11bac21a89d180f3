//! Axis names of results: what inference says about them once sizes and element types are judged.
//!
//! An axis keeps its name through whatever keeps the axis. Where axes meet, a name meets no name or itself; two names are a
//! conflict, which is the user's mistake while tracing and is dropped with both names in what transforms derive: a
//! cotangent may well meet one under another name. Most programs have no names, and then nothing happens here.

use crate::error::error;
use crate::{Convolution, Dot, Error, GatherDims, Op, Shape, Spec, Type};
use std::sync::Arc;

/// Puts names on a judged result type. Answers with the first conflict; the axes in conflict have no name then.
pub(super) fn propagate(op: &Op, operands: &[&Spec], result: &mut Type) -> Option<Error> {
    let named = |spec: &&Spec| spec.shape.is_named();
    if !operands.iter().any(named) && !result.specs().iter().any(|spec| spec.shape.is_named()) {
        return None;
    }
    let mut names = Unifier::new(op.name(), operands, result.specs().first().map_or(0, Spec::rank));
    match op {
        // What these say about names is an attribute or a body's type, and the result has it already.
        Op::Input { .. } | Op::Constant(_) | Op::Iota { .. } | Op::CustomCall(_) => return None,
        Op::Element { .. } | Op::OptimizationBarrier | Op::StopGradient => return None,
        Op::Call { .. } | Op::Case { .. } | Op::While { .. } | Op::Scan(_) => return None,
        Op::ShardingConstraint(_) | Op::ShardMap(_) | Op::Collective(_) | Op::AxisIndex { .. } => {
            return None;
        }

        Op::Abs | Op::Cbrt | Op::Ceil | Op::Cosine | Op::Erf | Op::Exponential | Op::ExponentialMinusOne => {
            names.same_axes()
        }
        Op::Floor | Op::IsFinite | Op::Log | Op::LogPlusOne | Op::Logistic | Op::Negate | Op::Not => {
            names.same_axes()
        }
        Op::Popcnt | Op::RoundNearestAfz | Op::RoundNearestEven | Op::Rsqrt | Op::Sign | Op::Sine => {
            names.same_axes()
        }
        Op::Sqrt | Op::Tan | Op::Tanh | Op::Convert { .. } => names.same_axes(),
        Op::Add | Op::And | Op::Atan2 | Op::Divide | Op::Maximum | Op::Minimum | Op::Multiply | Op::Or => {
            names.same_axes()
        }
        Op::Power | Op::Remainder | Op::ShiftLeft | Op::ShiftRightArithmetic | Op::ShiftRightLogical => {
            names.same_axes()
        }
        Op::Subtract | Op::Xor | Op::Compare(_) | Op::Select | Op::Clamp => names.same_axes(),
        // The padding value is a scalar and has no axes to meet.
        Op::Concatenate { .. } | Op::Pad(_) | Op::Reverse { .. } | Op::Slice { .. } => names.same_axes(),

        Op::Acos | Op::Acosh | Op::Asin | Op::Asinh | Op::Atan | Op::Atanh | Op::Cosh | Op::Sinh => {
            names.same_axes()
        }
        Op::Digamma | Op::Lgamma | Op::Polygamma => names.same_axes(),
        Op::CountLeadingZeros | Op::Erfc | Op::ErfInv | Op::Imag | Op::Real | Op::Complex => {
            names.same_axes()
        }
        Op::ReducePrecision { .. } | Op::Sort { .. } | Op::TopK { .. } => names.same_axes(),
        // Starts and initial values are scalars too.
        Op::DynamicSlice { .. } | Op::DynamicUpdateSlice | Op::ReduceWindow { .. } => names.same_axes(),
        Op::Fft { .. } | Op::Cholesky { .. } => names.same_axes(),
        Op::BitcastConvert { .. } | Op::Scatter { .. } => names.axes_of(0),
        Op::TriangularSolve(_) => names.axes_of(1),
        Op::Convolution(conv) => names.convolution(conv),

        Op::BroadcastInDim { shape, axes } => names.broadcast(shape, axes),
        Op::Reshape { shape } => match shape.stated_names() {
            Some(_) => return None,
            None => names.reshape(shape),
        },
        Op::Transpose { permutation } => {
            permutation.iter().enumerate().for_each(|(to, &from)| names.meet(to, 0, from))
        }
        Op::DotGeneral(dot) => names.dot(dot),
        Op::Gather(dims) => names.gather(dims),
        Op::Reduce { axes, .. } => names.reduce(axes),
    }
    names.apply(result)
}

/// The names of a result under way.
struct Unifier<'a> {
    op: &'static str,
    operands: &'a [&'a Spec],
    /// Where each name came from: operand and its axis.
    sources: Vec<Option<(usize, usize)>>,
    /// Result axes whose names are in conflict.
    clashed: Vec<usize>,
    conflict: Option<Error>,
    /// Names given by an attribute.
    stated: Option<Shape>,
}

impl<'a> Unifier<'a> {
    fn new(op: &'static str, operands: &'a [&'a Spec], rank: usize) -> Unifier<'a> {
        Unifier { op, operands, sources: vec![None; rank], clashed: Vec::new(), conflict: None, stated: None }
    }

    fn name(&self, (operand, axis): (usize, usize)) -> Option<&'a str> {
        self.operands[operand].shape.name(axis)
    }

    /// Axis `axis` of an operand becomes axis `to` of the result, or meets what is there.
    fn meet(&mut self, to: usize, operand: usize, axis: usize) {
        let Some(name) = self.name((operand, axis)) else { return };
        match self.sources.get(to).copied().flatten() {
            None => {
                if let Some(slot) = self.sources.get_mut(to) {
                    *slot = Some((operand, axis));
                }
            }
            Some(source) if self.name(source) == Some(name) => {}
            Some(source) => {
                self.clashed.push(to);
                self.clash("axes that meet", source, (operand, axis));
            }
        }
    }

    fn clash(&mut self, what: &str, first: (usize, usize), second: (usize, usize)) {
        let specs = [self.operands[first.0], self.operands[second.0]];
        let sides = [side(first.0, self.operands.len()), side(second.0, self.operands.len())];
        let axes = [specs[0].shape.describe(first.1), specs[1].shape.describe(second.1)];
        self.conflict.get_or_insert_with(|| conflict(self.op, what, &axes, &sides, &specs));
    }

    /// Every operand of the result's rank lies over the result.
    fn same_axes(&mut self) {
        let rank = self.sources.len();
        for (index, operand) in self.operands.iter().enumerate() {
            if operand.rank() == rank {
                (0..rank).for_each(|axis| self.meet(axis, index, axis));
            }
        }
    }

    /// One operand lies over the result, as far as both go.
    fn axes_of(&mut self, operand: usize) {
        let rank = self.operands.get(operand).map_or(0, |spec| spec.rank());
        (0..rank).for_each(|axis| self.meet(axis, operand, axis));
    }

    fn convolution(&mut self, conv: &Convolution) {
        self.meet(conv.result.batch, 0, conv.lhs.batch);
        self.meet(conv.result.feature, 1, conv.rhs.batch);
        conv.result.spatial.iter().zip(&conv.lhs.spatial).for_each(|(&to, &from)| self.meet(to, 0, from));
    }

    fn broadcast(&mut self, shape: &Shape, axes: &[usize]) {
        axes.iter().enumerate().for_each(|(from, &to)| self.meet(to, 0, from));
        let disagreement = axes.iter().enumerate().find_map(|(from, &to)| {
            let (own, stated) = (self.name((0, from))?, shape.name(to)?);
            (own != stated).then_some((from, to))
        });
        if let Some((from, to)) = disagreement {
            let operand = self.operands[0];
            self.clashed.push(to);
            self.conflict.get_or_insert_with(|| {
                error!(
                    Axis,
                    "{}: axes that meet must have one name, got {} in {operand} and {} in the shape {shape}",
                    self.op,
                    operand.shape.describe(from),
                    shape.describe(to)
                )
            });
        }
        self.stated = Some(shape.clone());
    }

    /// Leading and trailing axes that stay keep their names; of those between nothing is certain.
    fn reshape(&mut self, shape: &Shape) {
        let (from, to) = (self.operands[0].dims(), shape.dims());
        let least = from.len().min(to.len());
        let leading = (0..least).take_while(|&axis| from[axis] == to[axis]).count();
        let trailing =
            (1..=least - leading).take_while(|back| from[from.len() - back] == to[to.len() - back]).count();
        (0..leading).for_each(|axis| self.meet(axis, 0, axis));
        (1..=trailing).for_each(|back| self.meet(to.len() - back, 0, from.len() - back));
    }

    fn dot(&mut self, dot: &Dot) {
        let mut to = 0;
        for (&lhs, &rhs) in dot.lhs_batch.iter().zip(&dot.rhs_batch) {
            self.meet(to, 0, lhs);
            self.meet(to, 1, rhs);
            to += 1;
        }
        let sides = [(0, &dot.lhs_batch, &dot.lhs_contract), (1, &dot.rhs_batch, &dot.rhs_contract)];
        for (operand, batch, contract) in sides {
            for axis in 0..self.operands[operand].rank() {
                if !batch.contains(&axis) && !contract.contains(&axis) {
                    self.meet(to, operand, axis);
                    to += 1;
                }
            }
        }
        for (&lhs, &rhs) in dot.lhs_contract.iter().zip(&dot.rhs_contract) {
            let names = (self.name((0, lhs)), self.name((1, rhs)));
            if let (Some(left), Some(right)) = names
                && left != right
            {
                self.clash("contracted axes", (0, lhs), (1, rhs));
            }
        }
    }

    /// Whole slices keep the operand's names, the rest of the result is as the indices are.
    fn gather(&mut self, dims: &GatherDims) {
        let [operand, indices] = self.operands else { return };
        let mut offset = (0..operand.rank()).filter(|axis| {
            !dims.collapsed_slice_dims.contains(axis) && !dims.operand_batching_dims.contains(axis)
        });
        let mut batch = (0..indices.rank()).filter(|&axis| axis != dims.index_vector_dim);
        for to in 0..self.sources.len() {
            if dims.offset_dims.contains(&to) {
                match offset.next() {
                    Some(axis) if dims.slice_sizes.get(axis) == operand.dims().get(axis) => {
                        self.meet(to, 0, axis)
                    }
                    _ => {}
                }
            } else if let Some(axis) = batch.next() {
                self.meet(to, 1, axis);
            }
        }
    }

    fn reduce(&mut self, axes: &[usize]) {
        for operand in 0..self.operands.len() / 2 {
            let kept = (0..self.operands[operand].rank()).filter(|axis| !axes.contains(axis));
            kept.enumerate().for_each(|(to, axis)| self.meet(to, operand, axis));
        }
    }

    /// The names on a result of one value or several of one shape.
    fn apply(self, result: &mut Type) -> Option<Error> {
        let name = |(axis, source): (usize, &Option<(usize, usize)>)| -> Option<Arc<str>> {
            if self.clashed.contains(&axis) {
                return None;
            }
            match source {
                Some((operand, from)) => self.operands[*operand].shape.shared_name(*from).cloned(),
                None => self.stated.as_ref().and_then(|shape| shape.shared_name(axis).cloned()),
            }
        };
        let names: Vec<Option<Arc<str>>> = self.sources.iter().enumerate().map(name).collect();
        let names = names.iter().any(Option::is_some).then(|| Arc::from(names));
        let rename = |spec: &mut Spec| spec.shape = spec.shape.with_names(names.clone());
        match result {
            Type::Tensor(spec) => rename(spec),
            Type::Tuple(specs) => specs.iter_mut().for_each(rename),
        }
        self.conflict
    }
}

/// How messages call an operand.
fn side(index: usize, count: usize) -> String {
    match (index, count) {
        (0, 2) => "lhs".to_string(),
        (1, 2) => "rhs".to_string(),
        _ => format!("operand {index}"),
    }
}

/// Two names where there can be one.
fn conflict(op: &str, what: &str, axes: &[String; 2], sides: &[String; 2], specs: &[&Spec; 2]) -> Error {
    error!(
        Axis,
        "{op}: {what} must have one name, got {} in {} {} and {} in {} {}",
        axes[0],
        sides[0],
        specs[0],
        axes[1],
        sides[1],
        specs[1]
    )
    .hint("`rename` one of them, or `transpose` if the order is wrong")
}

/// The conflict of two operands that are aligned at their last axes, before they are broadcast to one shape.
pub(crate) fn check_aligned(op: &'static str, lhs: &Spec, rhs: &Spec) -> Option<Error> {
    if !lhs.shape.is_named() || !rhs.shape.is_named() {
        return None;
    }
    let operands = [lhs, rhs];
    let mut names = Unifier::new(op, &operands, lhs.rank().max(rhs.rank()));
    for (index, operand) in operands.iter().enumerate() {
        let offset = names.sources.len() - operand.rank();
        (0..operand.rank()).for_each(|axis| names.meet(offset + axis, index, axis));
    }
    names.conflict
}
