//! Reading at computed positions.

use super::{IntoAxis, Tensor};
use crate::error::error;
use crate::{GatherDims, Location, Op};

impl Tensor {
    /// The slices at `indices` along an axis; with axis 0 of a matrix an embedding look-up.
    ///
    /// Indices out of range are clamped to the nearest valid one, as StableHLO defines; negative ones are not counted
    /// from the end but become 0. Nothing on the device reports them.
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
        self.trace.apply(Op::Gather(dims), &[self, indices], location)
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
