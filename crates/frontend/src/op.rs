//! The operations of the graph: one enum, close to StableHLO in names and meaning.
//!
//! An operation holds its attributes, never its operands or types; everything its result type depends on is either an
//! attribute or an operand type, so that inference is a pure function. Each pass matches this enum without a wildcard:
//! a new operation does not compile until every pass has an answer for it.

use crate::{CustomCall, DType, Graph, Literal, Shape, Spec};
use std::sync::Arc;

/// One operation. The StableHLO specification's section of the same name defines each.
#[derive(Clone, Debug)]
pub enum Op {
    /// The graph's input of this index.
    Input {
        /// Position in [`Graph::inputs`].
        index: usize,
        /// The type of the input.
        spec: Spec,
    },
    /// A value known while tracing.
    Constant(Literal),
    /// `0, 1, 2, ..` along one axis, the same along all others.
    Iota {
        /// The type of the result.
        spec: Spec,
        /// The axis that counts.
        axis: usize,
    },

    /// Absolute value; of a complex number its modulus.
    Abs,
    /// Cube root.
    Cbrt,
    /// Round up.
    Ceil,
    /// Cosine.
    Cosine,
    /// Gauss error function (a CHLO operation that XLA expands).
    Erf,
    /// `e^x`.
    Exponential,
    /// `e^x - 1`, accurate near zero.
    ExponentialMinusOne,
    /// Round down.
    Floor,
    /// Neither infinite nor NaN.
    IsFinite,
    /// Natural logarithm.
    Log,
    /// `ln(1 + x)`, accurate near zero.
    LogPlusOne,
    /// `1 / (1 + e^-x)`.
    Logistic,
    /// Arithmetic negation.
    Negate,
    /// Bitwise, or for `bool` logical, complement.
    Not,
    /// The number of bits that are set.
    Popcnt,
    /// Round to nearest, ties away from zero.
    RoundNearestAfz,
    /// Round to nearest, ties to even.
    RoundNearestEven,
    /// `1 / sqrt(x)`.
    Rsqrt,
    /// -1, 0 or 1 with the operand's sign.
    Sign,
    /// Sine.
    Sine,
    /// Square root.
    Sqrt,
    /// Tangent.
    Tan,
    /// Hyperbolic tangent.
    Tanh,

    /// Sum; for `bool` logical or.
    Add,
    /// Bitwise or logical and.
    And,
    /// The angle of the point `(rhs, lhs)`.
    Atan2,
    /// Quotient; of integers rounded towards zero.
    Divide,
    /// The larger; NaN if either is NaN.
    Maximum,
    /// The smaller; NaN if either is NaN.
    Minimum,
    /// Product; for `bool` logical and.
    Multiply,
    /// Bitwise or logical or.
    Or,
    /// `lhs` to the power `rhs`.
    Power,
    /// Remainder with the dividend's sign.
    Remainder,
    /// Shift towards the high bits.
    ShiftLeft,
    /// Shift towards the low bits, copying the sign.
    ShiftRightArithmetic,
    /// Shift towards the low bits, filling with zeros.
    ShiftRightLogical,
    /// Difference.
    Subtract,
    /// Bitwise or logical exclusive or.
    Xor,

    /// Comparison, giving `bool`.
    Compare(Comparison),
    /// `operands[0] ? operands[1] : operands[2]`, element by element.
    Select,
    /// `operands[1]` bounded by `operands[0]` below and `operands[2]` above; the bounds may be scalars.
    Clamp,
    /// Conversion of every element.
    Convert {
        /// The element type of the result.
        dtype: DType,
    },

    /// Axes of the operand become `axes` of the result; a size of 1 stretches, other axes repeat.
    BroadcastInDim {
        /// The shape of the result.
        shape: Shape,
        /// For each axis of the operand the axis of the result, strictly ascending.
        axes: Vec<usize>,
    },
    /// Operands one after another along an axis.
    Concatenate {
        /// The axis that grows.
        axis: usize,
    },
    /// Edges and gaps filled with a scalar, `operands[1]`.
    Pad(Padding),
    /// The same elements in row-major order under another shape.
    Reshape {
        /// The shape of the result.
        shape: Shape,
    },
    /// The order of elements along these axes turned around.
    Reverse {
        /// The axes that turn.
        axes: Vec<usize>,
    },
    /// A regular sub-array with static bounds.
    Slice {
        /// First index, per axis.
        starts: Vec<usize>,
        /// One past the last index, per axis.
        limits: Vec<usize>,
        /// Step, per axis; at least 1.
        strides: Vec<usize>,
    },
    /// Axis `i` of the result is axis `permutation[i]` of the operand.
    Transpose {
        /// A permutation of the operand's axes.
        permutation: Vec<usize>,
    },

    /// Products summed over contracting axes; result axes are batch, free of lhs, free of rhs.
    DotGeneral(Dot),
    /// Slices of `operands[0]` at the index vectors in `operands[1]`, which are clamped into range.
    Gather(GatherDims),
    /// Axes reduced by a reducer; operands are n inputs, then n scalar initial values.
    Reduce {
        /// The axes that disappear, ascending.
        axes: Vec<usize>,
        /// How two elements combine.
        reducer: Reducer,
    },

    /// A call of code registered with the plugin.
    CustomCall(CustomCall),
    /// One value of an operation that has several.
    Element {
        /// Position in the tuple.
        index: usize,
    },
    /// Its operands, which no optimisation may move operations across; a tuple when there are several.
    OptimizationBarrier,
}

/// The order relation of [`Op::Compare`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// Equal.
    Eq,
    /// Not equal; true where either is NaN.
    Ne,
    /// Less.
    Lt,
    /// Less or equal.
    Le,
    /// Greater.
    Gt,
    /// Greater or equal.
    Ge,
}

/// Amounts of [`Op::Pad`], per axis. Negative edges cut.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Padding {
    /// Before the first element.
    pub low: Vec<i64>,
    /// After the last element.
    pub high: Vec<i64>,
    /// Between two elements.
    pub interior: Vec<usize>,
}

/// Axes and numerics of [`Op::DotGeneral`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Dot {
    /// Batch axes of lhs, pairwise with those of rhs.
    pub lhs_batch: Vec<usize>,
    /// Batch axes of rhs.
    pub rhs_batch: Vec<usize>,
    /// Contracted axes of lhs, pairwise with those of rhs.
    pub lhs_contract: Vec<usize>,
    /// Contracted axes of rhs.
    pub rhs_contract: Vec<usize>,
    /// The element type of the result: the operands', or a wider one.
    pub dtype: DType,
    /// How exactly the hardware must multiply.
    pub precision: Precision,
}

/// How exactly a contraction must multiply; the CPU always multiplies in the operands' type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Precision {
    /// The device's fast path.
    #[default]
    Default,
    /// Between the two.
    High,
    /// The operands' full precision.
    Highest,
}

/// Axes of [`Op::Gather`], with the StableHLO specification's names and meaning.
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

/// How [`Op::Reduce`] combines two elements.
#[derive(Clone, Debug)]
pub enum Reducer {
    /// [`Op::Add`].
    Add,
    /// [`Op::Multiply`].
    Multiply,
    /// [`Op::Maximum`].
    Maximum,
    /// [`Op::Minimum`].
    Minimum,
    /// [`Op::And`].
    And,
    /// [`Op::Or`].
    Or,
    /// A graph from two scalars of each input's type (all left ones, then all right ones) to one of each.
    Body(Arc<Graph>),
}

impl Reducer {
    /// The binary operation of a reducer that is one, `None` for a body.
    pub fn op(&self) -> Option<Op> {
        match self {
            Reducer::Add => Some(Op::Add),
            Reducer::Multiply => Some(Op::Multiply),
            Reducer::Maximum => Some(Op::Maximum),
            Reducer::Minimum => Some(Op::Minimum),
            Reducer::And => Some(Op::And),
            Reducer::Or => Some(Op::Or),
            Reducer::Body(_) => None,
        }
    }
}

impl Op {
    /// The operation's sub-graphs.
    pub fn bodies(&self) -> &[Arc<Graph>] {
        match self {
            Op::Reduce { reducer: Reducer::Body(body), .. } => std::slice::from_ref(body),
            Op::Reduce { .. } | Op::Input { .. } | Op::Constant(_) | Op::Iota { .. } | Op::Element { .. } => {
                &[]
            }
            Op::Abs | Op::Cbrt | Op::Ceil | Op::Cosine | Op::Erf | Op::Exponential => &[],
            Op::ExponentialMinusOne | Op::Floor | Op::IsFinite | Op::Log | Op::LogPlusOne => &[],
            Op::Logistic | Op::Negate | Op::Not | Op::Popcnt | Op::RoundNearestAfz => &[],
            Op::RoundNearestEven | Op::Rsqrt | Op::Sign | Op::Sine | Op::Sqrt | Op::Tan | Op::Tanh => &[],
            Op::Add | Op::And | Op::Atan2 | Op::Divide | Op::Maximum | Op::Minimum | Op::Multiply => &[],
            Op::Or | Op::Power | Op::Remainder | Op::ShiftLeft | Op::ShiftRightArithmetic => &[],
            Op::ShiftRightLogical | Op::Subtract | Op::Xor | Op::Compare(_) | Op::Select | Op::Clamp => &[],
            Op::Convert { .. } | Op::BroadcastInDim { .. } | Op::Concatenate { .. } | Op::Pad(_) => &[],
            Op::Reshape { .. } | Op::Reverse { .. } | Op::Slice { .. } | Op::Transpose { .. } => &[],
            Op::DotGeneral(_) | Op::Gather(_) | Op::CustomCall(_) | Op::OptimizationBarrier => &[],
        }
    }

    /// The operation's name, StableHLO's where it has one.
    pub fn name(&self) -> &'static str {
        match self {
            Op::Input { .. } => "input",
            Op::Constant(_) => "constant",
            Op::Iota { .. } => "iota",
            Op::Abs => "abs",
            Op::Cbrt => "cbrt",
            Op::Ceil => "ceil",
            Op::Cosine => "cosine",
            Op::Erf => "erf",
            Op::Exponential => "exponential",
            Op::ExponentialMinusOne => "exponential_minus_one",
            Op::Floor => "floor",
            Op::IsFinite => "is_finite",
            Op::Log => "log",
            Op::LogPlusOne => "log_plus_one",
            Op::Logistic => "logistic",
            Op::Negate => "negate",
            Op::Not => "not",
            Op::Popcnt => "popcnt",
            Op::RoundNearestAfz => "round_nearest_afz",
            Op::RoundNearestEven => "round_nearest_even",
            Op::Rsqrt => "rsqrt",
            Op::Sign => "sign",
            Op::Sine => "sine",
            Op::Sqrt => "sqrt",
            Op::Tan => "tan",
            Op::Tanh => "tanh",
            Op::Add => "add",
            Op::And => "and",
            Op::Atan2 => "atan2",
            Op::Divide => "divide",
            Op::Maximum => "maximum",
            Op::Minimum => "minimum",
            Op::Multiply => "multiply",
            Op::Or => "or",
            Op::Power => "power",
            Op::Remainder => "remainder",
            Op::ShiftLeft => "shift_left",
            Op::ShiftRightArithmetic => "shift_right_arithmetic",
            Op::ShiftRightLogical => "shift_right_logical",
            Op::Subtract => "subtract",
            Op::Xor => "xor",
            Op::Compare(_) => "compare",
            Op::Select => "select",
            Op::Clamp => "clamp",
            Op::Convert { .. } => "convert",
            Op::BroadcastInDim { .. } => "broadcast_in_dim",
            Op::Concatenate { .. } => "concatenate",
            Op::Pad(_) => "pad",
            Op::Reshape { .. } => "reshape",
            Op::Reverse { .. } => "reverse",
            Op::Slice { .. } => "slice",
            Op::Transpose { .. } => "transpose",
            Op::DotGeneral(_) => "dot_general",
            Op::Gather(_) => "gather",
            Op::Reduce { .. } => "reduce",
            Op::CustomCall(_) => "custom_call",
            Op::Element { .. } => "element",
            Op::OptimizationBarrier => "optimization_barrier",
        }
    }
}
