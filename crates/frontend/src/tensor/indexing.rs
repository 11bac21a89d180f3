//! Reading and writing at computed positions.

use super::operators::{Operand, operand_like};
use super::{IntoAxis, Tensor};
use crate::error::{Result, error};
use crate::{GatherDims, Location, Op, Reducer, ScatterDims};

impl Tensor {
    /// The slices at `indices` along an axis; with axis 0 of a matrix an embedding look-up.
    ///
    /// Negative indices count from the end; what is then still out of range is clamped to the nearest valid index, as in
    /// JAX's `x[indices]`. Nothing on the device reports it. [`At::get_or`](crate::At::get_or) fills instead.
    ///
    /// # Shapes
    /// `[A.., N, B..] x [I..] -> [A.., I.., B..]`
    /// # DTypes
    /// Any; indices are integers.
    /// # Errors
    /// Recorded when the axis does not exist, has size 0 while there are indices, or indices are no integers.
    /// # Gradient
    /// Cotangents added at the indices; indices are not differentiable.
    /// # Source
    /// StableHLO `gather`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let specs = [Spec::new(DType::F32, [30522, 384]), Spec::new(DType::I32, [8, 128])];
    /// let graph = trace("f", &specs, |_, args| args[0].take(&args[1], 0))?;
    /// assert_eq!(graph.outputs()[0].to_string(), "f32[8, 128, 384]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn take(&self, indices: &Tensor, axis: impl IntoAxis) -> Tensor {
        let location = Location::caller();
        let axis = match self.axis("take", axis) {
            Ok(axis) => axis,
            Err(error) => return self.mistake(error, location),
        };
        if self.dims()[axis] == 0 && indices.spec.shape.elements() != Some(0) {
            let error =
                error!(Shape, "take: axis {axis} of {} has nothing to take for {}", self.spec, indices.spec);
            return self.mistake(error, location);
        }
        let mut slice_sizes = self.dims().to_vec();
        // An empty axis has no slice of size 1; then there are no indices either and any slice will do.
        slice_sizes[axis] = slice_sizes[axis].min(1);
        let (before, taken) = (axis, indices.rank());
        let dims = GatherDims {
            offset_dims: (0..before).chain(before + taken..self.rank() - 1 + taken).collect(),
            collapsed_slice_dims: vec![axis],
            start_index_map: vec![axis],
            index_vector_dim: indices.rank(),
            slice_sizes,
            ..GatherDims::default()
        };
        self.trace.apply(
            Op::Gather(dims),
            &[self, &indices.counted_from_start(self.dims()[axis], location)],
            location,
        )
    }

    /// For each element of `indices` the element at that place of `axis` and the same place of all other axes; reads what
    /// [`Tensor::argsort`] found. Negative indices count from the end, others out of range are clamped.
    ///
    /// # Shapes
    /// `[A.., N, B..] x [A.., M, B..] -> [A.., M, B..]`
    /// # DTypes
    /// Any; indices are integers.
    /// # Errors
    /// Recorded when the axis does not exist, other axes differ, or the axis has size 0 while there are indices.
    /// # Gradient
    /// Cotangents added at the indices; indices are not differentiable.
    /// # Source
    /// StableHLO `gather`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [2, 5])], |_, x| x[0].take_along_axis(&x[0].argsort(-1), -1))?;
    /// assert_eq!(graph.outputs()[0].dims(), [2, 5]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn take_along_axis(&self, indices: &Tensor, axis: impl IntoAxis) -> Tensor {
        let location = Location::caller();
        let axis = match self.along("take_along_axis", indices, axis) {
            Ok(axis) => axis,
            Err(error) => return self.mistake_as(error, location, indices.spec.with_dtype(self.dtype())),
        };
        let others: Vec<usize> = (0..self.rank()).filter(|&other| other != axis).collect();
        let mut slice_sizes: Vec<usize> = self.dims().iter().map(|&dim| dim.min(1)).collect();
        slice_sizes[axis] = self.dims()[axis].min(1);
        let dims = GatherDims {
            collapsed_slice_dims: vec![axis],
            operand_batching_dims: others.clone(),
            start_indices_batching_dims: others,
            start_index_map: vec![axis],
            index_vector_dim: indices.rank(),
            slice_sizes,
            ..GatherDims::default()
        };
        self.trace.apply(
            Op::Gather(dims),
            &[self, &indices.counted_from_start(self.dims()[axis], location)],
            location,
        )
    }

    /// The tensor with `values` written where [`Tensor::take_along_axis`] would read them. Negative indices count from the
    /// end, others out of range are left out.
    ///
    /// # Shapes
    /// `[A.., N, B..] x [A.., M, B..] x [A.., M, B..] -> [A.., N, B..]`
    /// # DTypes
    /// Any, the same for values; indices are integers.
    /// # Errors
    /// Recorded when the axis does not exist or shapes do not fit.
    /// # Gradient
    /// The cotangent with zeros at the indices; what is there for the values.
    /// # Source
    /// StableHLO `scatter`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let specs = [Spec::new(DType::F32, [2, 5]), Spec::new(DType::I32, [2, 1])];
    /// let graph = trace("f", &specs, |_, x| x[0].put_along_axis(&x[1], 1.0, -1))?;
    /// assert_eq!(graph.outputs()[0].dims(), [2, 5]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn put_along_axis(&self, indices: &Tensor, values: impl Operand, axis: impl IntoAxis) -> Tensor {
        let location = Location::caller();
        let axis = match self.along("put_along_axis", indices, axis) {
            Ok(axis) => axis,
            Err(error) => return self.mistake(error, location),
        };
        let values = operand_like(&values, self, location);
        let values = match values.rank() {
            0 => self.trace.broadcast(&values, &indices.spec.shape, location),
            _ => values,
        };
        if self.spec.bytes() == Some(0) {
            return self.clone();
        }
        let others: Vec<usize> = (0..self.rank()).filter(|&other| other != axis).collect();
        let dims = ScatterDims {
            inserted_window_dims: vec![axis],
            input_batching_dims: others.clone(),
            scatter_indices_batching_dims: others,
            scatter_dims_to_operand_dims: vec![axis],
            index_vector_dim: indices.rank(),
            ..ScatterDims::default()
        };
        let indices = indices.counted_from_start(self.dims()[axis], location);
        self.trace.apply(Op::Scatter { dims, combine: None }, &[self, &indices, &values], location)
    }

    /// The axis along which `indices` look into this tensor, all others having one size.
    fn along(&self, name: &str, indices: &Tensor, axis: impl IntoAxis) -> Result<usize> {
        let axis = self.axis(name, axis)?;
        let fits = indices.rank() == self.rank()
            && (0..self.rank()).all(|other| other == axis || indices.dims()[other] == self.dims()[other]);
        if !fits {
            return Err(error!(
                Shape,
                "{name}: indices may differ only along axis {axis}, got {} and indices {}",
                self.spec,
                indices.spec
            ));
        }
        if self.dims()[axis] == 0 && indices.spec.shape.elements() != Some(0) {
            return Err(error!(
                Shape,
                "{name}: axis {axis} of {} has nothing to take for {}", self.spec, indices.spec
            ));
        }
        Ok(axis)
    }

    /// The general scatter with the dimension numbers of the StableHLO specification: windows of `updates` combined into
    /// this tensor, left out where they do not lie inside. Without a reducer they replace.
    ///
    /// # Shapes
    /// See the specification.
    /// # DTypes
    /// Any, the same for updates; indices are integers.
    /// # Errors
    /// Recorded when the dimension numbers break one of the specification's constraints.
    /// # Gradient
    /// Of the tensor and the updates, for replacement, sums, products and extremes.
    /// # Source
    /// StableHLO `scatter`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Reducer, ScatterDims, Spec, trace};
    /// let specs = [Spec::new(DType::F32, [10, 4]), Spec::new(DType::I32, [3, 1]), Spec::new(DType::F32, [3, 4])];
    /// let dims = ScatterDims { update_window_dims: vec![1], inserted_window_dims: vec![0],
    ///     scatter_dims_to_operand_dims: vec![0], index_vector_dim: 1, ..ScatterDims::default() };
    /// let graph = trace("f", &specs, |_, x| x[0].scatter(&x[1], &x[2], dims, Some(Reducer::Add)))?;
    /// assert_eq!(graph.outputs()[0].dims(), [10, 4]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn scatter(
        &self,
        indices: &Tensor,
        updates: &Tensor,
        dims: ScatterDims,
        combine: Option<Reducer>,
    ) -> Tensor {
        self.trace.apply(Op::Scatter { dims, combine }, &[self, indices, updates], Location::caller())
    }

    /// The general gather with the dimension numbers of the StableHLO specification.
    ///
    /// # Shapes
    /// See the specification.
    /// # DTypes
    /// Any; `start_indices` are integers.
    /// # Errors
    /// Recorded when the dimension numbers break one of the specification's constraints.
    /// # Gradient
    /// Cotangents added at the indices; indices are not differentiable.
    /// # Source
    /// StableHLO `gather`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, GatherDims, Spec, trace};
    /// let specs = [Spec::new(DType::F32, [10, 4]), Spec::new(DType::I32, [3, 2])];
    /// let dims = GatherDims { start_index_map: vec![0, 1], index_vector_dim: 1, collapsed_slice_dims: vec![0, 1],
    ///     slice_sizes: vec![1, 1], ..GatherDims::default() };
    /// let graph = trace("f", &specs, |_, args| args[0].gather(&args[1], dims))?;
    /// assert_eq!(graph.outputs()[0].to_string(), "f32[3]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn gather(&self, start_indices: &Tensor, dims: GatherDims) -> Tensor {
        self.trace.apply(Op::Gather(dims), &[self, start_indices], Location::caller())
    }
}
