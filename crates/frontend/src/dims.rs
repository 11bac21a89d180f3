//! Dimension numbers: the attributes of operations that have many, with the StableHLO specification's names and meaning.

use crate::{DType, Precision};

/// Axes of [`Op::Gather`](crate::Op::Gather), with the StableHLO specification's names and meaning.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct GatherDims {
    /// Result axes that come from the slice.
    pub offset_dims: Vec<usize>,
    /// Operand axes of slice size 1 that the result lacks.
    pub collapsed_slice_dims: Vec<usize>,
    /// Operand axes that go with `start_indices_batching_dims` one to one.
    pub operand_batching_dims: Vec<usize>,
    /// Index axes that go with `operand_batching_dims`.
    pub start_indices_batching_dims: Vec<usize>,
    /// The operand axis that each component of an index vector addresses.
    pub start_index_map: Vec<usize>,
    /// The axis of `start_indices` that holds the index vector; its rank for scalars.
    pub index_vector_dim: usize,
    /// The size of one slice, per operand axis.
    pub slice_sizes: Vec<usize>,
    /// A promise that index vectors ascend.
    pub indices_are_sorted: bool,
}

/// Axes of [`Op::Scatter`](crate::Op::Scatter), with the StableHLO specification's names and meaning.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ScatterDims {
    /// Update axes that lie within the window.
    pub update_window_dims: Vec<usize>,
    /// Operand axes of window size 1 that the updates lack.
    pub inserted_window_dims: Vec<usize>,
    /// Operand axes that go with `scatter_indices_batching_dims` one to one.
    pub input_batching_dims: Vec<usize>,
    /// Index axes that go with `input_batching_dims`.
    pub scatter_indices_batching_dims: Vec<usize>,
    /// The operand axis that each component of an index vector addresses.
    pub scatter_dims_to_operand_dims: Vec<usize>,
    /// The axis of the indices that holds the index vector; their rank for scalars.
    pub index_vector_dim: usize,
    /// A promise that index vectors ascend.
    pub indices_are_sorted: bool,
    /// A promise that no two updates meet.
    pub unique_indices: bool,
}

/// The windows of [`Op::ReduceWindow`](crate::Op::ReduceWindow); one entry an axis of the operand in each list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Window {
    /// How many elements one window takes.
    pub sizes: Vec<usize>,
    /// How far a window starts after the one before; at least 1.
    pub strides: Vec<usize>,
    /// The operand's elements stand this far apart, with initial values between; 1 is side by side.
    pub base_dilation: Vec<usize>,
    /// The window's elements stand this far apart; 1 is side by side.
    pub dilation: Vec<usize>,
    /// Initial values before and after the operand; negative amounts cut.
    pub padding: Vec<(i64, i64)>,
}

impl Window {
    /// Windows of these sizes, side by side at every position, without padding.
    pub fn new(sizes: impl Into<Vec<usize>>) -> Window {
        let sizes = sizes.into();
        let (ones, none) = (vec![1; sizes.len()], vec![(0, 0); sizes.len()]);
        Window { sizes, strides: ones.clone(), base_dilation: ones.clone(), dilation: ones, padding: none }
    }
}

/// Where the axes of one side of a convolution are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConvolutionAxes {
    /// The batch axis of inputs and results; of the kernel its output features.
    pub batch: usize,
    /// The feature axis; of the kernel its input features.
    pub feature: usize,
    /// The axes along which the kernel moves.
    pub spatial: Vec<usize>,
}

/// Axes, windows and numerics of [`Op::Convolution`](crate::Op::Convolution).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Convolution {
    /// Axes of the input, `operands[0]`.
    pub lhs: ConvolutionAxes,
    /// Axes of the kernel, `operands[1]`: `batch` is the output feature, `feature` the input feature.
    pub rhs: ConvolutionAxes,
    /// Axes of the result.
    pub result: ConvolutionAxes,
    /// How far the kernel moves, per spatial axis; at least 1.
    pub strides: Vec<usize>,
    /// Zeros before and after the dilated input, per spatial axis; negative amounts cut.
    pub padding: Vec<(i64, i64)>,
    /// The input's elements stand this far apart, with zeros between.
    pub lhs_dilation: Vec<usize>,
    /// The kernel's elements stand this far apart.
    pub rhs_dilation: Vec<usize>,
    /// Input and output features are cut into this many groups that do not see each other.
    pub feature_groups: usize,
    /// The batch is cut into this many groups, each of which makes its own share of the output features.
    pub batch_groups: usize,
    /// The element type of the result: the operands', or a wider one.
    pub dtype: DType,
    /// How exactly the hardware must multiply.
    pub precision: Precision,
}

/// The transform of [`Op::Fft`](crate::Op::Fft).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FftKind {
    /// Complex to complex.
    Fft,
    /// The inverse of `Fft`.
    Ifft,
    /// Real to the non-negative half of a Hermitian spectrum.
    Rfft,
    /// The inverse of `Rfft`.
    Irfft,
}

/// What [`Op::TriangularSolve`](crate::Op::TriangularSolve) solves: `op(a) x = b`, or `x op(a) = b`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TriangularSolve {
    /// `a` stands on the left of `x`.
    pub left_side: bool,
    /// The lower triangle of `a` is read, else the upper.
    pub lower: bool,
    /// The diagonal is taken for ones and not read.
    pub unit_diagonal: bool,
    /// What is done to `a` first.
    pub transpose: Transpose,
}

/// What is done to the matrix of a [`TriangularSolve`] first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transpose {
    /// Nothing.
    None,
    /// Rows become columns.
    Transpose,
    /// Rows become columns, elements their conjugates.
    Adjoint,
}
