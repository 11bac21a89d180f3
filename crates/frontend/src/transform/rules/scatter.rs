//! `scatter`: linear where it adds; where updates replace, multiply or compete with what is there, the derivative follows
//! the element that made it. Windows that do not lie inside are left out, and so are their cotangents.

use super::super::emit::emit_one;
use super::super::rule::{Lane, Lanes, Site};
use super::indexing::component_bounds;
use crate::error::Result;
use crate::{Comparison, DType, GatherDims, Op, Reducer, ScatterDims, Tensor};

const BODY: &str = "a reducer with a body has no derivative rule";

/// A scatter taken apart.
struct Parts<'a> {
    dims: &'a ScatterDims,
    combine: Option<&'a Reducer>,
    operand: &'a Tensor,
    indices: &'a Tensor,
    updates: &'a Tensor,
    result: &'a Tensor,
}

impl<'a> Parts<'a> {
    fn new(site: &'a Site<'_>) -> Option<Parts<'a>> {
        let (Op::Scatter { dims, combine }, [operand, indices, updates]) = (site.op, site.operands) else {
            return None;
        };
        Some(Parts { dims, combine: combine.as_ref(), operand, indices, updates, result: site.result() })
    }

    fn scatter(&self, combine: Option<Reducer>, operand: &Tensor, updates: &Tensor) -> Tensor {
        let op = Op::Scatter { dims: self.dims.clone(), combine };
        emit_one(op, &[operand, self.indices, updates])
    }

    /// The elements of an array like the operand that the updates went to; anything where they did not fit.
    fn gather(&self, array: &Tensor) -> Tensor {
        let window = self.window_sizes();
        let dims = GatherDims {
            offset_dims: self.dims.update_window_dims.clone(),
            collapsed_slice_dims: self.dims.inserted_window_dims.clone(),
            operand_batching_dims: self.dims.input_batching_dims.clone(),
            start_indices_batching_dims: self.dims.scatter_indices_batching_dims.clone(),
            start_index_map: self.dims.scatter_dims_to_operand_dims.clone(),
            index_vector_dim: self.dims.index_vector_dim,
            slice_sizes: window,
            indices_are_sorted: self.dims.indices_are_sorted,
        };
        emit_one(Op::Gather(dims), &[array, self.indices])
    }

    /// The size of a window along each axis of the operand.
    fn window_sizes(&self) -> Vec<usize> {
        let mut window = self.dims.update_window_dims.iter().map(|&axis| self.updates.dims()[axis]);
        let absent = |axis: &usize| {
            self.dims.inserted_window_dims.contains(axis) || self.dims.input_batching_dims.contains(axis)
        };
        (0..self.operand.rank())
            .map(|axis| if absent(&axis) { 1 } else { window.next().unwrap_or(1) })
            .collect()
    }

    /// Which updates' windows lie inside, in the shape of the updates.
    fn inside(&self) -> Tensor {
        let (window, vector) = (self.window_sizes(), self.dims.index_vector_dim);
        let room = |&axis: &usize| self.operand.dims()[axis] - window[axis];
        let last: Vec<usize> = self.dims.scatter_dims_to_operand_dims.iter().map(room).collect();
        let bounds = component_bounds(&last, self.indices, vector);
        let fits = self.indices.ge(0) & self.indices.le(bounds);
        let fits = if vector < self.indices.rank() { fits.all(vector) } else { fits };
        let axes =
            (0..self.updates.rank()).filter(|axis| !self.dims.update_window_dims.contains(axis)).collect();
        emit_one(Op::BroadcastInDim { shape: self.updates.dims().into(), axes }, &[&fits])
    }

    /// Which updates replaced an element and were not replaced by another: each update writes its number, and wins
    /// where it finds it again.
    fn winners(&self) -> Tensor {
        let inside = self.inside();
        if self.dims.unique_indices {
            return inside;
        }
        let count = self.updates.spec().shape.elements().unwrap_or(0);
        let numbers = Tensor::arange(DType::I64, count).reshape(self.updates.dims());
        let nobody = Tensor::full(-1i64, DType::I64, self.operand.dims());
        let written = self.scatter(None, &nobody, &numbers);
        inside & emit_one(Op::Compare(Comparison::Eq), &[&self.gather(&written), &numbers])
    }

    /// `array` with 0 where an update went.
    fn cleared(&self, array: &Tensor) -> Tensor {
        self.scatter(None, array, &Tensor::zeros(array.dtype(), self.updates.dims()))
    }

    /// For every update the product of all that meets it at its place, 0 where it did not fit. Zeros are counted apart, so
    /// that nothing is divided by them; second derivatives by an update that is 0 are lost that way.
    fn partners(&self) -> Tensor {
        if self.dims.unique_indices {
            return self.inside().select(self.gather(self.operand), 0);
        }
        let (zero, dtype) = (self.updates.eq(0), self.updates.dtype());
        let factors = zero.select(Tensor::ones(dtype, []), self.updates);
        let product = self.scatter(Some(Reducer::Multiply), self.operand, &factors);
        let none = Tensor::zeros(DType::I32, self.operand.dims());
        let own = zero.convert(DType::I32);
        let zeros = self.scatter(Some(Reducer::Add), &none, &own);
        let others = self.gather(&zeros).eq(own) & self.inside();
        others.select(self.gather(&product) / factors, 0)
    }

    /// The shares of operand and updates in an extremum: 1 over the number of all that are equal to it, else 0.
    fn shares(&self) -> (Tensor, Tensor) {
        let dtype = self.result.dtype();
        let own = self.operand.eq(self.result).convert(dtype);
        let wins = (self.updates.eq(self.gather(self.result)) & self.inside()).convert(dtype);
        let count = self.scatter(Some(Reducer::Add), &own, &wins);
        // Where nothing is equal to the extremum it is NaN, and so is its derivative.
        let own = own / &count;
        (own, wins / self.gather(&count))
    }
}

pub(super) fn jvp_scatter(site: &Site<'_>, tangents: &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>> {
    let Some(parts) = Parts::new(site) else { return Ok(vec![None]) };
    let zeros = |like: &Tensor| Tensor::zeros(like.dtype(), like.dims());
    let of_operand = tangents[0].clone().unwrap_or_else(|| zeros(parts.operand));
    let of_updates = tangents[2].clone().unwrap_or_else(|| zeros(parts.updates));
    let sum = |operand: &Tensor, updates: &Tensor| parts.scatter(Some(Reducer::Add), operand, updates);
    Ok(vec![Some(match parts.combine {
        Some(Reducer::Add) => sum(&of_operand, &of_updates),
        None if parts.dims.unique_indices => parts.scatter(None, &of_operand, &of_updates),
        None => sum(&parts.cleared(&of_operand), &parts.winners().select(&of_updates, 0)),
        Some(Reducer::Multiply) => {
            let scaled = parts.scatter(Some(Reducer::Multiply), &of_operand, parts.updates);
            match &tangents[2] {
                None => scaled,
                Some(of_updates) => sum(&scaled, &(of_updates * parts.partners())),
            }
        }
        Some(Reducer::Maximum | Reducer::Minimum) => {
            let (own, theirs) = parts.shares();
            sum(&(of_operand * own), &(of_updates * theirs))
        }
        Some(Reducer::And | Reducer::Or) => return Ok(vec![None]),
        Some(Reducer::Body(_)) => return site.refuse(BODY),
    })])
}

pub(super) fn vjp_scatter(site: &Site<'_>, cotangents: &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>> {
    let (Some(parts), Some(ct)) = (Parts::new(site), &cotangents[0]) else { return Ok(vec![None; 3]) };
    let (operand, updates) = (site.wanted[0], site.wanted[2]);
    let (for_operand, for_updates) = match parts.combine {
        Some(Reducer::Add) => (Some(ct.clone()), updates.then(|| parts.inside().select(parts.gather(ct), 0))),
        None => {
            (operand.then(|| parts.cleared(ct)), updates.then(|| parts.winners().select(parts.gather(ct), 0)))
        }
        Some(Reducer::Multiply) => (
            operand.then(|| parts.scatter(Some(Reducer::Multiply), ct, parts.updates)),
            updates.then(|| parts.inside().select(parts.gather(ct) * parts.partners(), 0)),
        ),
        Some(Reducer::Maximum | Reducer::Minimum) => {
            let (own, theirs) = parts.shares();
            (operand.then(|| ct * own), updates.then(|| parts.gather(ct) * theirs))
        }
        Some(Reducer::And | Reducer::Or) => (None, None),
        Some(Reducer::Body(_)) => return site.refuse(BODY),
    };
    Ok(vec![for_operand, None, for_updates])
}

pub(super) fn batch_scatter(lanes: &Lanes<'_>) -> Result<Vec<Lane>> {
    let Op::Scatter { dims, combine } = lanes.op else { return Ok(Vec::new()) };
    let indices = &lanes.operands[1];
    let shift = |axes: &[usize]| axes.iter().map(|axis| axis + 1).collect::<Vec<usize>>();
    let mut batched = ScatterDims {
        update_window_dims: shift(&dims.update_window_dims),
        inserted_window_dims: shift(&dims.inserted_window_dims),
        input_batching_dims: shift(&dims.input_batching_dims),
        scatter_dims_to_operand_dims: shift(&dims.scatter_dims_to_operand_dims),
        ..dims.clone()
    };
    match indices.batched {
        true => {
            batched.scatter_indices_batching_dims = shift(&dims.scatter_indices_batching_dims);
            batched.index_vector_dim += 1;
            batched.input_batching_dims.insert(0, 0);
            batched.scatter_indices_batching_dims.insert(0, 0);
            // A promise about each example says nothing of the whole.
            batched.indices_are_sorted = false;
        }
        // The whole batch is part of every window.
        false => batched.update_window_dims.insert(0, 0),
    }
    let op = Op::Scatter { dims: batched, combine: combine.clone() };
    lanes.emit(op, &[&lanes.with_batch(0), &indices.tensor, &lanes.with_batch(2)])
}
