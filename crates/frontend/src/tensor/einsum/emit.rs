//! A plan as operations: diagonals and lone sums first, then one contraction a step, at the end the order of the result.

use super::order::order;
use super::plan::{Index, Plan};
use crate::tensor::Tensor;
use crate::{DType, Dot, Location, Op, Precision, Shape, Spec};

/// A tensor and the index of each of its axes, all different.
struct Factor {
    tensor: Tensor,
    indices: Vec<Index>,
}

pub(super) fn emit(plan: &Plan, operands: &[&Tensor], location: Location) -> Tensor {
    let emitter = Emitter { plan, location };
    let prepared = operands.iter().zip(&plan.operands);
    let prepared: Vec<Factor> = prepared.map(|(tensor, indices)| emitter.prepare(tensor, indices)).collect();
    let owners = |index: Index| prepared.iter().filter(|factor| factor.indices.contains(&index)).count();
    let alone: Vec<bool> =
        (0..plan.sizes.len()).map(|index| owners(index) == 1 && !plan.output.contains(&index)).collect();
    let mut values: Vec<Option<Factor>> =
        prepared.into_iter().map(|factor| Some(emitter.sum(factor, |index| alone[index]))).collect();
    let indices: Vec<&[Index]> = values.iter().flatten().map(|factor| &factor.indices[..]).collect();
    let steps = order(&indices, plan);
    let last = steps.len();
    for (step, &(left, right)) in steps.iter().enumerate() {
        let (Some(lhs), Some(rhs)) = (values[left].take(), values[right].take()) else { continue };
        let elsewhere = |index: Index| {
            plan.output.contains(&index)
                || values.iter().flatten().any(|value| value.indices.contains(&index))
        };
        let kept: Vec<bool> = (0..plan.sizes.len()).map(elsewhere).collect();
        let target = (step + 1 == last).then_some(&plan.output[..]);
        values.push(Some(emitter.contract(lhs, rhs, &kept, target)));
    }
    match values.into_iter().flatten().next() {
        Some(result) => emitter.arrange(result),
        None => Tensor::nothing("einsum: takes at least one operand", location),
    }
}

struct Emitter<'a> {
    plan: &'a Plan,
    location: Location,
}

impl Emitter<'_> {
    /// An operand without repeated indices and without axes of size 1 that stretch.
    fn prepare(&self, tensor: &Tensor, indices: &[Index]) -> Factor {
        let mut factor = Factor { tensor: tensor.clone(), indices: indices.to_vec() };
        while let Some(repeated) = first_repeated(&factor.indices) {
            factor = self.diagonal(factor, repeated);
        }
        let stretches =
            |axis: &usize| factor.tensor.dims()[*axis] == 1 && self.plan.sizes[factor.indices[*axis]] != 1;
        let (dropped, kept): (Vec<usize>, Vec<usize>) = (0..factor.indices.len()).partition(stretches);
        if !dropped.is_empty() {
            let shape = factor.tensor.spec().shape.pick(kept.iter().copied().map(Some));
            factor = Factor {
                tensor: self.apply(Op::Reshape { shape }, &factor.tensor),
                indices: kept.iter().map(|&axis| factor.indices[axis]).collect(),
            };
        }
        factor
    }

    fn apply(&self, op: Op, operand: &Tensor) -> Tensor {
        operand.trace().apply(op, &[operand], self.location)
    }

    fn transpose(&self, tensor: &Tensor, permutation: Vec<usize>) -> Tensor {
        match permutation.iter().copied().eq(0..tensor.rank()) {
            true => tensor.clone(),
            false => self.apply(Op::Transpose { permutation }, tensor),
        }
    }

    /// The diagonal over all axes of one index: flattened, its elements are equally far from one another.
    fn diagonal(&self, factor: Factor, index: Index) -> Factor {
        let shape = &factor.tensor.spec().shape;
        let (on, off): (Vec<usize>, Vec<usize>) =
            (0..factor.indices.len()).partition(|&axis| factor.indices[axis] == index);
        let size = shape.dims()[on[0]];
        let (mut length, mut step) = (1usize, 0usize);
        for _ in &on {
            step = step.saturating_add(length);
            length = length.saturating_mul(size);
        }
        let others = shape.pick(off.iter().copied().map(Some));
        let together = self.transpose(&factor.tensor, [&off[..], &on].concat());
        let flat = Shape::join(&[&others, &Shape::new([length])]);
        let flat = self.apply(Op::Reshape { shape: flat }, &together);
        let rank = flat.rank();
        let slice = Op::Slice {
            starts: vec![0; rank],
            limits: flat.dims().to_vec(),
            strides: (0..rank).map(|axis| if axis + 1 == rank { step.max(1) } else { 1 }).collect(),
        };
        let named = Shape::join(&[&others, &shape.pick([Some(on[0])])]);
        let tensor = self.apply(slice, &flat).with_names(&named, self.location);
        Factor { tensor, indices: off.iter().map(|&axis| factor.indices[axis]).chain([index]).collect() }
    }

    /// Sums over the indices that are not wanted any more.
    fn sum(&self, factor: Factor, summed: impl Fn(Index) -> bool) -> Factor {
        let axes: Vec<usize> =
            (0..factor.indices.len()).filter(|&axis| summed(factor.indices[axis])).collect();
        if axes.is_empty() {
            return factor;
        }
        let tensor = match factor.tensor.dtype() {
            DType::Bool => factor.tensor.reduce_any("einsum", &axes, self.location),
            _ => factor.tensor.reduce_sum("einsum", &axes, self.location),
        };
        Factor { tensor, indices: factor.indices.into_iter().filter(|&index| !summed(index)).collect() }
    }

    /// The product of two factors, summed over the indices that nothing else needs.
    fn contract(&self, lhs: Factor, rhs: Factor, kept: &[bool], target: Option<&[Index]>) -> Factor {
        let shared: Vec<Index> = lhs.indices.iter().copied().filter(|i| rhs.indices.contains(i)).collect();
        let (mut batch, contracted): (Vec<Index>, Vec<Index>) =
            shared.iter().partition(|&&index| kept[index]);
        if contracted.is_empty() || lhs.tensor.dtype() == DType::Bool {
            let product = self.product(lhs, rhs, target);
            return self.sum(product, |index| !kept[index]);
        }
        if let Some(target) = target {
            batch.sort_by_key(|index| target.iter().position(|other| other == index));
        }
        let free = |factor: &Factor| -> Vec<Index> {
            factor.indices.iter().copied().filter(|index| !shared.contains(index)).collect()
        };
        let straight = [&batch[..], &free(&lhs), &free(&rhs)].concat();
        let swapped = [&batch[..], &free(&rhs), &free(&lhs)].concat();
        // The order of the sides is free, and may spare the transpose at the end.
        let (lhs, rhs, indices) = match target {
            Some(target) if swapped == target && straight != target => (rhs, lhs, swapped),
            _ => (lhs, rhs, straight),
        };
        let positions = |factor: &Factor, of: &[Index]| -> Vec<usize> {
            of.iter().filter_map(|index| factor.indices.iter().position(|own| own == index)).collect()
        };
        let dot = Dot {
            lhs_batch: positions(&lhs, &batch),
            rhs_batch: positions(&rhs, &batch),
            lhs_contract: positions(&lhs, &contracted),
            rhs_contract: positions(&rhs, &contracted),
            dtype: lhs.tensor.dtype(),
            precision: Precision::Default,
        };
        let operands = [&lhs.tensor, &rhs.tensor];
        Factor { tensor: lhs.tensor.trace().apply(Op::DotGeneral(dot), &operands, self.location), indices }
    }

    /// The product element by element, over all indices of both.
    fn product(&self, lhs: Factor, rhs: Factor, target: Option<&[Index]>) -> Factor {
        let all =
            || lhs.indices.iter().chain(rhs.indices.iter().filter(|index| !lhs.indices.contains(index)));
        let mut indices: Vec<Index> = all().copied().collect();
        if let Some(target) = target {
            // What the result has in its order; what is still to be summed after that.
            indices
                .sort_by_key(|index| target.iter().position(|other| other == index).unwrap_or(target.len()));
        }
        let (left, right) = (self.stretch(&lhs, &indices), self.stretch(&rhs, &indices));
        let op = match left.dtype() {
            DType::Bool => Op::And,
            _ => Op::Multiply,
        };
        Factor { tensor: left.trace().apply(op, &[&left, &right], self.location), indices }
    }

    /// A factor over these indices, which include its own.
    fn stretch(&self, factor: &Factor, indices: &[Index]) -> Tensor {
        let own: Vec<usize> =
            indices.iter().filter_map(|index| factor.indices.iter().position(|own| own == index)).collect();
        let tensor = self.transpose(&factor.tensor, own);
        let axes: Vec<usize> =
            (0..indices.len()).filter(|&axis| factor.indices.contains(&indices[axis])).collect();
        let shape: Shape = indices.iter().map(|&index| self.plan.sizes[index]).collect::<Vec<usize>>().into();
        match tensor.spec().shape == shape {
            true => tensor,
            false => self.apply(Op::BroadcastInDim { shape, axes }, &tensor),
        }
    }

    /// The result with its axes in order.
    fn arrange(&self, result: Factor) -> Tensor {
        let permutation: Vec<usize> = self
            .plan
            .output
            .iter()
            .filter_map(|index| result.indices.iter().position(|own| own == index))
            .collect();
        match permutation.len() == result.tensor.rank() {
            true => self.transpose(&result.tensor, permutation),
            // Only a placeholder has another rank than its indices.
            false => {
                let dims: Vec<usize> = self.plan.output.iter().map(|&index| self.plan.sizes[index]).collect();
                Tensor::from_parts(
                    result.tensor.trace().clone(),
                    None,
                    Spec::new(result.tensor.dtype(), dims),
                )
            }
        }
    }
}

fn first_repeated(indices: &[Index]) -> Option<Index> {
    indices.iter().enumerate().find(|(axis, index)| indices[..*axis].contains(index)).map(|(_, &index)| index)
}
