//! The operations of the graph: one enum, close to StableHLO in names and meaning.
//!
//! An operation holds its attributes, never its operands or types; everything its result type depends on is either an
//! attribute or an operand type, so that inference is a pure function. Each pass matches this enum without a wildcard:
//! a new operation does not compile until every pass has an answer for it.

mod attributes;

pub use attributes::{Comparison, Dot, Padding, Precision, Reducer};

use crate::sharding::{Collective, Exchange, Mesh, ShardMap, Sharding};
use crate::{
    Convolution, CustomCall, DType, FftKind, GatherDims, Graph, Literal, Rule, Scan, ScatterDims, Shape,
    Spec, TriangularSolve, Window,
};
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
    /// Inverse cosine (CHLO, as the other functions here that StableHLO lacks; XLA expands them).
    Acos,
    /// Inverse hyperbolic cosine (CHLO).
    Acosh,
    /// Inverse sine (CHLO).
    Asin,
    /// Inverse hyperbolic sine (CHLO).
    Asinh,
    /// Inverse tangent (CHLO).
    Atan,
    /// Inverse hyperbolic tangent (CHLO).
    Atanh,
    /// Hyperbolic cosine (CHLO).
    Cosh,
    /// The number of zero bits before the first one.
    CountLeadingZeros,
    /// `1 - erf(x)`, accurate for large arguments (CHLO).
    Erfc,
    /// The inverse of the Gauss error function (CHLO).
    ErfInv,
    /// The derivative of [`Op::Lgamma`] (CHLO).
    Digamma,
    /// The logarithm of the absolute value of the gamma function (CHLO).
    Lgamma,
    /// The derivative of [`Op::Digamma`] of the order `lhs`, a whole number, at `rhs` (CHLO).
    Polygamma,
    /// The imaginary part of a complex number.
    Imag,
    /// The real part of a complex number.
    Real,
    /// Rounding to a float of fewer bits, kept in the operand's type.
    ReducePrecision {
        /// Bits of the exponent.
        exponent_bits: u32,
        /// Bits of the mantissa.
        mantissa_bits: u32,
    },
    /// Hyperbolic sine (CHLO).
    Sinh,
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
    /// The complex number of a real part, `lhs`, and an imaginary part.
    Complex,
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

    /// The same bits as another type; a last axis appears or goes where the widths differ.
    BitcastConvert {
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
    /// A sub-array of static size; after the operand one scalar start an axis, clamped so that the slice fits.
    DynamicSlice {
        /// The size of the slice, per axis.
        sizes: Vec<usize>,
    },
    /// `operands[0]` with `operands[1]` written over it; then one scalar start an axis, clamped so that it fits.
    DynamicUpdateSlice,
    /// `operands[0]` with the windows of `operands[2]` combined into it at the index vectors in `operands[1]`. A window
    /// that does not lie inside is left out.
    Scatter {
        /// Which axis is what.
        dims: ScatterDims,
        /// How an element and its update combine; `None` replaces.
        combine: Option<Reducer>,
    },
    /// Operands ordered together along an axis. Always stable: a comparator that is no order then still moves elements
    /// within the axis, where the faster algorithm would leave memory.
    Sort {
        /// The axis along which elements move.
        axis: usize,
        /// A graph from two scalars of each operand's type (left and right of the first, then of the second, ..) to a
        /// `bool`: left goes before right.
        comparator: Arc<Graph>,
    },
    /// The largest elements along the last axis, descending, and their positions as `i32` (CHLO).
    TopK {
        /// How many.
        k: usize,
    },
    /// Axes reduced by a reducer; operands are n inputs, then n scalar initial values.
    Reduce {
        /// The axes that disappear, ascending.
        axes: Vec<usize>,
        /// How two elements combine.
        reducer: Reducer,
    },

    /// Windows that move over the operand, each reduced to one element; operands are n inputs, then n scalar initial
    /// values.
    ReduceWindow {
        /// Sizes, steps and edges.
        window: Window,
        /// How two elements combine.
        reducer: Reducer,
    },
    /// A kernel that moves over an input, multiplied and summed at every position.
    Convolution(Box<Convolution>),
    /// The discrete Fourier transform over the last axes.
    Fft {
        /// Which transform.
        kind: FftKind,
        /// The transform's sizes, 1 to 3 of them; of the real side for the real transforms.
        lengths: Vec<usize>,
    },
    /// The triangular factor of Hermitian positive definite matrices in the last two axes; NaN for others. Elements of
    /// the other triangle are of no meaning.
    Cholesky {
        /// Whether the factor is the lower triangle, with `a = l l^H`; else the upper, with `a = u^H u`.
        lower: bool,
    },
    /// Linear systems with triangular matrices: `operands[0]` is `a`, `operands[1]` is `b`.
    TriangularSolve(TriangularSolve),

    /// A graph on the operands.
    Call {
        /// The graph.
        body: Arc<Graph>,
        /// What transforms make of it.
        rule: Rule,
    },
    /// The graph that `operands[0]` selects, on the other operands. An index out of range selects the last.
    Case {
        /// Graphs from one list of types to another.
        branches: Vec<Arc<Graph>>,
    },
    /// A graph applied to carried values as long as another graph says so; operands are the values, then constants of
    /// the loop, which both graphs get too.
    While {
        /// Whether to go on: from carried values and constants to one `bool`.
        cond: Arc<Graph>,
        /// From carried values and constants to the next carried values.
        body: Arc<Graph>,
    },
    /// A loop over slices of arrays.
    Scan(Scan),

    /// Its operand, split over the devices of a mesh as told (Shardy `sharding_constraint`).
    ShardingConstraint(Sharding),
    /// A graph that every device of a mesh runs on its parts of the operands (Shardy `manual_computation`).
    ShardMap(ShardMap),
    /// An exchange between devices, in the graph of [`Op::ShardMap`].
    Collective(Collective),
    /// The place of the device along an axis of its mesh, as `i32[]`, in the graph of [`Op::ShardMap`].
    AxisIndex {
        /// The devices.
        mesh: Mesh,
        /// The axis.
        axis: Arc<str>,
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
    /// Its operand, as a constant for whoever differentiates. It means nothing else and is lowered to its operand.
    StopGradient,
}

impl Op {
    /// The operation's sub-graphs.
    pub fn bodies(&self) -> Vec<&Arc<Graph>> {
        let graphs: &[Arc<Graph>] = match self {
            Op::Call { body, rule: Rule::CustomVjp { forward, backward } } => {
                return vec![body, forward, backward];
            }
            Op::Call { body, rule: Rule::Plain | Rule::Checkpoint } | Op::Scan(Scan { body, .. }) => {
                std::slice::from_ref(body)
            }
            Op::Case { branches } => branches,
            Op::While { cond, body } => return vec![cond, body],
            Op::Reduce { reducer: Reducer::Body(body), .. } => std::slice::from_ref(body),
            Op::ReduceWindow { reducer: Reducer::Body(body), .. } => std::slice::from_ref(body),
            Op::Scatter { combine: Some(Reducer::Body(body)), .. } => std::slice::from_ref(body),
            Op::Sort { comparator, .. } => std::slice::from_ref(comparator),
            Op::ReduceWindow { .. } | Op::Scatter { .. } => &[],
            Op::Acos | Op::Acosh | Op::Asin | Op::Asinh | Op::Atan | Op::Atanh | Op::Cosh | Op::Sinh => &[],
            Op::Digamma | Op::Lgamma | Op::Polygamma => &[],
            Op::CountLeadingZeros | Op::Erfc | Op::ErfInv | Op::Imag | Op::Real | Op::Complex => &[],
            Op::ReducePrecision { .. } | Op::BitcastConvert { .. } | Op::Convolution(_) | Op::Fft { .. } => {
                &[]
            }
            Op::Cholesky { .. } | Op::TriangularSolve(_) | Op::DynamicSlice { .. } => &[],
            Op::DynamicUpdateSlice | Op::TopK { .. } => &[],
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
            Op::StopGradient | Op::ShardingConstraint(_) | Op::Collective(_) | Op::AxisIndex { .. } => &[],
            Op::ShardMap(map) => std::slice::from_ref(&map.body),
        };
        graphs.iter().collect()
    }

    /// Whether it does something besides its results, itself or in a graph of its own.
    pub fn has_effect(&self) -> bool {
        if let Op::CustomCall(call) = self {
            return call.effect;
        }
        self.bodies().iter().any(|body| body.nodes().iter().any(|node| node.op.has_effect()))
    }

    /// The operation's name, StableHLO's where it has one.
    pub fn name(&self) -> &'static str {
        match self {
            Op::Input { .. } => "input",
            Op::Constant(_) => "constant",
            Op::Iota { .. } => "iota",
            Op::Abs => "abs",
            Op::Acos => "acos",
            Op::Acosh => "acosh",
            Op::Asin => "asin",
            Op::Asinh => "asinh",
            Op::Atan => "atan",
            Op::Atanh => "atanh",
            Op::Cosh => "cosh",
            Op::CountLeadingZeros => "count_leading_zeros",
            Op::Erfc => "erfc",
            Op::ErfInv => "erf_inv",
            Op::Digamma => "digamma",
            Op::Lgamma => "lgamma",
            Op::Polygamma => "polygamma",
            Op::Imag => "imag",
            Op::Real => "real",
            Op::ReducePrecision { .. } => "reduce_precision",
            Op::Sinh => "sinh",
            Op::Complex => "complex",
            Op::BitcastConvert { .. } => "bitcast_convert",
            Op::DynamicSlice { .. } => "dynamic_slice",
            Op::DynamicUpdateSlice => "dynamic_update_slice",
            Op::Scatter { .. } => "scatter",
            Op::Sort { .. } => "sort",
            Op::TopK { .. } => "top_k",
            Op::ReduceWindow { .. } => "reduce_window",
            Op::Convolution(_) => "convolution",
            Op::Fft { .. } => "fft",
            Op::Cholesky { .. } => "cholesky",
            Op::TriangularSolve(_) => "triangular_solve",
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
            Op::Call { .. } => "call",
            Op::Case { .. } => "case",
            Op::While { .. } => "while",
            Op::Scan(_) => "scan",
            Op::CustomCall(_) => "custom_call",
            Op::Element { .. } => "element",
            Op::OptimizationBarrier => "optimization_barrier",
            Op::ShardingConstraint(_) => "sharding_constraint",
            Op::ShardMap(_) => "manual_computation",
            Op::Collective(collective) => match collective.exchange {
                Exchange::Sum | Exchange::Total | Exchange::Max | Exchange::Min => "all_reduce",
                Exchange::Gather { .. } => "all_gather",
                Exchange::ReduceScatter { .. } => "reduce_scatter",
                Exchange::AllToAll { .. } => "all_to_all",
                Exchange::Permute { .. } => "collective_permute",
                Exchange::Vary => "vary",
                Exchange::Same => "same",
            },
            Op::AxisIndex { .. } => "axis_index",
            Op::StopGradient => "stop_gradient",
        }
    }
}
