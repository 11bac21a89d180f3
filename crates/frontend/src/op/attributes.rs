//! What operations hold besides their names: orders, edges, axes, precision, reducers.

use super::Op;
use crate::{DType, Graph};
use std::sync::Arc;

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

/// How [`Op::Reduce`], [`Op::ReduceWindow`] and [`Op::Scatter`] combine two elements.
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
