//! The generator: a hash of two counters under a key of two words, and the counters of an array's elements.

use crate::error::Result;
use crate::{DType, Graph, Location, NodeId, Op, Rule, Scalar, Shape, Spec, Tensor};
use std::sync::Arc;

/// Rotations of the two kinds of groups of four rounds.
const ROTATIONS: [[u32; 4]; 2] = [[13, 15, 26, 6], [17, 29, 16, 24]];
/// What makes the third key word of the other two.
const PARITY: u32 = 0x1BD1_1BDA;

/// The hashes of the positions of all elements of a shape, in row-major order: the high and the low word.
pub(super) fn at_positions(key: &Tensor, shape: &Shape, location: Location) -> [Tensor; 2] {
    let trace = key.trace();
    let apply = |op: Op, operands: &[&Tensor]| trace.apply(op, operands, location);
    let count = shape.elements().unwrap_or(usize::MAX);
    let line = |dtype| apply(Op::Iota { spec: Spec::new(dtype, [count]), axis: 0 }, &[]);
    let shaped = |tensor: Tensor| match tensor.spec().shape == *shape {
        true => tensor,
        false => apply(Op::Reshape { shape: shape.with_names(None) }, &[&tensor]),
    };
    let (high, low) = match u32::try_from(count) {
        Ok(_) => {
            let zero = trace.scalar(Scalar::Int(0), DType::U32, location);
            (trace.broadcast(&zero, shape, location), shaped(line(DType::U32)))
        }
        Err(_) => {
            let positions = shaped(line(DType::U64));
            let half = trace.scalar(Scalar::Int(32), DType::U64, location);
            let half = trace.broadcast(&half, shape, location);
            let high = apply(Op::ShiftRightLogical, &[&positions, &half]);
            let words = Op::Convert { dtype: DType::U32 };
            (apply(words.clone(), &[&high]), apply(words, &[&positions]))
        }
    };
    hash(key, &high, &low, location)
}

/// The hash of two counters, which have one shape.
pub(super) fn hash(key: &Tensor, high: &Tensor, low: &Tensor, location: Location) -> [Tensor; 2] {
    let trace = key.trace();
    let shape = &high.spec().shape;
    let results = match body(shape, location) {
        Ok(body) => {
            let call = Op::Call { body: Arc::new(body), rule: Rule::Plain };
            trace.apply_tuple(call, &[key, high, low], location)
        }
        Err(error) => vec![trace.mistake(error, high.spec().clone()); 2],
    };
    // After a mistake there may be fewer.
    <[Tensor; 2]>::try_from(results).unwrap_or_else(|_| [high.clone(), low.clone()])
}

/// The hash as a graph from the key, `u32[2]`, and two counters to two words.
fn body(shape: &Shape, location: Location) -> Result<Graph> {
    let mut rounds = Rounds { graph: Graph::new("threefry2x32"), shape: shape.with_names(None), location };
    let counters = Spec::new(DType::U32, &rounds.shape);
    let key = rounds.graph.push_input(Spec::new(DType::U32, [2]), None, location)?;
    let mut x = [
        rounds.graph.push_input(counters.clone(), None, location)?,
        rounds.graph.push_input(counters, None, location)?,
    ];
    let (first, second) = (rounds.word(key, 0)?, rounds.word(key, 1)?);
    let parity = rounds.constant(PARITY)?;
    let both = rounds.push(Op::Xor, &[first, second])?;
    let keys = [first, second, rounds.push(Op::Xor, &[both, parity])?];
    x = [rounds.push(Op::Add, &[x[0], keys[0]])?, rounds.push(Op::Add, &[x[1], keys[1]])?];
    for group in 0..5 {
        for rotation in ROTATIONS[group % 2] {
            let sum = rounds.push(Op::Add, &x)?;
            let rotated = rounds.rotate(x[1], rotation)?;
            x = [sum, rounds.push(Op::Xor, &[sum, rotated])?];
        }
        let number = rounds.constant(group as u32 + 1)?;
        let last = rounds.push(Op::Add, &[x[1], keys[(group + 2) % 3]])?;
        x = [rounds.push(Op::Add, &[x[0], keys[(group + 1) % 3]])?, rounds.push(Op::Add, &[last, number])?];
    }
    rounds.graph.set_outputs(&x)?;
    Ok(rounds.graph)
}

/// A hash under way.
struct Rounds {
    graph: Graph,
    shape: Shape,
    location: Location,
}

impl Rounds {
    fn push(&mut self, op: Op, operands: &[NodeId]) -> Result<NodeId> {
        self.graph.push(op, operands, self.location, None)
    }

    fn spread(&mut self, scalar: NodeId) -> Result<NodeId> {
        match self.shape.rank() {
            0 => Ok(scalar),
            _ => self.push(Op::BroadcastInDim { shape: self.shape.clone(), axes: Vec::new() }, &[scalar]),
        }
    }

    fn constant(&mut self, value: u32) -> Result<NodeId> {
        let scalar = self.push(Op::Constant(crate::Literal::new(&[value], [])?), &[])?;
        self.spread(scalar)
    }

    fn word(&mut self, key: NodeId, index: usize) -> Result<NodeId> {
        let slice = Op::Slice { starts: vec![index], limits: vec![index + 1], strides: vec![1] };
        let word = self.push(slice, &[key])?;
        let scalar = self.push(Op::Reshape { shape: Shape::scalar() }, &[word])?;
        self.spread(scalar)
    }

    fn rotate(&mut self, x: NodeId, by: u32) -> Result<NodeId> {
        let (left, right) = (self.constant(by)?, self.constant(32 - by)?);
        let high = self.push(Op::ShiftLeft, &[x, left])?;
        let low = self.push(Op::ShiftRightLogical, &[x, right])?;
        self.push(Op::Or, &[high, low])
    }
}
