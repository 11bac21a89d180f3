//! Operations that own graphs: calls as functions, branches and loops as regions.
//!
//! Carried values are arguments of a region's block; what a loop or branch only reads, its region takes from around it,
//! which spares XLA the work to find that it does not change. A scan is a loop with a counter, whose arrays are cut by
//! dynamic slices and whose stacks are written in place by dynamic updates.

use super::attributes;
use super::emitter::Emitter;
use crate::error::Result;
use crate::{Comparison, DType, Family, Graph, Node, Scan, Spec};
use melior::ir::attribute::FlatSymbolRefAttribute;
use melior::ir::operation::OperationLike;
use melior::ir::{Attribute, Block, BlockLike, Location, Region, Value};
use std::sync::Arc;

/// The terminator of StableHLO's regions.
const RETURN: &str = "stablehlo.return";

/// Where operations of one node are written.
#[derive(Clone, Copy)]
pub(super) struct Site<'e, 'c, 'a> {
    pub(super) emitter: &'e Emitter<'c>,
    pub(super) node: &'e Node,
    pub(super) block: &'a Block<'c>,
}

type Values<'c, 'a> = Vec<Value<'c, 'a>>;

pub(super) fn lower_call<'c, 'a>(
    site: Site<'_, 'c, 'a>,
    body: &Arc<Graph>,
    operands: &[Value<'c, 'a>],
) -> Result<Values<'c, 'a>> {
    let name = site.emitter.function(body)?;
    let callee = FlatSymbolRefAttribute::new(site.emitter.context(), &name);
    site.write("func.call", operands, site.node.ty.specs(), vec![("callee", callee.into())], vec![])
}

pub(super) fn lower_case<'c, 'a>(
    site: Site<'_, 'c, 'a>,
    branches: &[Arc<Graph>],
    operands: &[Value<'c, 'a>],
) -> Result<Values<'c, 'a>> {
    let mut regions = Vec::with_capacity(branches.len());
    for branch in branches {
        let block = Block::new(&[]);
        let outputs = site.emitter.emit(branch, &block, &operands[1..])?;
        site.emitter.terminate(&block, RETURN, &outputs)?;
        drop(outputs);
        regions.push(site.emitter.seal(block));
    }
    site.write("stablehlo.case", &operands[..1], site.node.ty.specs(), vec![], regions)
}

pub(super) fn lower_while<'c, 'a>(
    site: Site<'_, 'c, 'a>,
    cond: &Graph,
    body: &Graph,
    operands: &[Value<'c, 'a>],
) -> Result<Values<'c, 'a>> {
    let specs = site.node.ty.specs();
    let (carried, constants) = operands.split_at(specs.len());
    let mut regions = Vec::with_capacity(2);
    for graph in [cond, body] {
        let block = site.emitter.block(specs, site.location())?;
        let mut inputs: Values<'c, '_> = site.emitter.arguments(&block, specs.len())?;
        inputs.extend(constants);
        let outputs = site.emitter.emit(graph, &block, &inputs)?;
        site.emitter.terminate(&block, RETURN, &outputs)?;
        drop((inputs, outputs));
        regions.push(site.emitter.seal(block));
    }
    site.write("stablehlo.while", carried, specs, vec![], regions)
}

pub(super) fn lower_scan<'c, 'a>(
    site: Site<'_, 'c, 'a>,
    scan: &Scan,
    operands: &[Value<'c, 'a>],
) -> Result<Values<'c, 'a>> {
    let looped = scan.length - scan.length % scan.unroll;
    let counter = Spec::scalar(if i32::try_from(scan.length).is_ok() { DType::I32 } else { DType::I64 });
    let results = site.node.ty.specs();
    // The loop's state: counter, carried values, stacks.
    let mut state = vec![site.integer(&counter, 0)?];
    state.extend(&operands[..scan.carry]);
    for stack in &results[scan.carry..] {
        state.push(site.zeros(stack)?);
    }
    let turns =
        Turns { scan, counter: &counter, stacks: &results[scan.carry..], constants: &operands[scan.carry..] };
    if looped > 0 {
        let specs: Vec<Spec> = std::iter::once(&counter).chain(results).cloned().collect();
        let regions = vec![turns.condition(site, &specs, looped)?, turns.body(site, &specs)?];
        state = site.write("stablehlo.while", &state, &specs, vec![], regions)?;
    }
    for rest in looped..scan.length {
        state[0] = site.integer(&counter, rest)?;
        state = turns.step(site, state)?;
    }
    state.remove(0);
    Ok(state)
}

/// What is the same for all steps of a scan.
struct Turns<'s, 'c, 'a> {
    scan: &'s Scan,
    counter: &'s Spec,
    stacks: &'s [Spec],
    /// The arrays, then the constants of the loop.
    constants: &'s [Value<'c, 'a>],
}

impl<'c, 'o> Turns<'_, 'c, 'o> {
    fn condition(&self, site: Site<'_, 'c, '_>, specs: &[Spec], end: usize) -> Result<Region<'c>> {
        let emitter = site.emitter;
        let block = emitter.block(specs, site.location())?;
        let inner = Site { emitter, node: site.node, block: &block };
        let arguments = emitter.arguments(&block, specs.len())?;
        let operands = [arguments[0], inner.integer(self.counter, end)?];
        let attributes = vec![
            ("comparison_direction", emitter.attribute(&attributes::comparison_direction(Comparison::Lt))?),
            ("compare_type", emitter.attribute(&attributes::comparison_type(Family::Signed))?),
        ];
        let more =
            inner.write("stablehlo.compare", &operands, &[Spec::scalar(DType::Bool)], attributes, vec![])?;
        emitter.terminate(&block, RETURN, &more)?;
        drop((arguments, operands, more));
        Ok(emitter.seal(block))
    }

    fn body(&self, site: Site<'_, 'c, '_>, specs: &[Spec]) -> Result<Region<'c>> {
        let block = site.emitter.block(specs, site.location())?;
        let inner = Site { emitter: site.emitter, node: site.node, block: &block };
        let turns =
            Turns { scan: self.scan, counter: self.counter, stacks: self.stacks, constants: self.constants };
        let mut state = site.emitter.arguments(&block, specs.len())?;
        for _ in 0..self.scan.unroll {
            state = turns.step(inner, state)?;
        }
        site.emitter.terminate(&block, RETURN, &state)?;
        drop(state);
        Ok(site.emitter.seal(block))
    }

    /// The state after one step.
    fn step<'a>(&self, site: Site<'_, 'c, 'a>, mut state: Values<'c, 'a>) -> Result<Values<'c, 'a>>
    where
        'o: 'a,
    {
        let Scan { body, carry, slices, length, reverse, .. } = self.scan;
        let position = match reverse {
            true => {
                let last = site.integer(self.counter, length - 1)?;
                site.one("stablehlo.subtract", &[last, state[0]], self.counter, vec![])?
            }
            false => state[0],
        };
        let mut inputs = state[1..1 + carry].to_vec();
        for (input, &array) in body.inputs()[*carry..].iter().zip(&self.constants[..*slices]) {
            inputs.push(self.cut(site, array, position, &input.spec)?);
        }
        inputs.extend(&self.constants[*slices..]);
        let outputs = site.emitter.emit(body, site.block, &inputs)?;
        let one = site.integer(self.counter, 1)?;
        state[0] = site.one("stablehlo.add", &[state[0], one], self.counter, vec![])?;
        state[1..1 + carry].copy_from_slice(&outputs[..*carry]);
        for (at, spec) in self.stacks.iter().enumerate() {
            let stack = state[1 + carry + at];
            state[1 + carry + at] = self.put(site, stack, outputs[carry + at], position, spec)?;
        }
        Ok(state)
    }

    /// One slice of an array along its first axis, without that axis.
    fn cut<'a>(
        &self,
        site: Site<'_, 'c, 'a>,
        array: Value<'c, 'a>,
        position: Value<'c, 'a>,
        slice: &Spec,
    ) -> Result<Value<'c, 'a>> {
        let row = row(slice);
        let mut operands = vec![array];
        operands.extend(self.starts(site, position, row.rank())?);
        let sizes = vec![("slice_sizes", site.emitter.attribute(&attributes::axes(row.dims()))?)];
        let cut = site.one("stablehlo.dynamic_slice", &operands, &row, sizes)?;
        site.one("stablehlo.reshape", &[cut], slice, vec![])
    }

    /// `stack` with `slice` at a position of its first axis.
    fn put<'a>(
        &self,
        site: Site<'_, 'c, 'a>,
        stack: Value<'c, 'a>,
        slice: Value<'c, 'a>,
        position: Value<'c, 'a>,
        spec: &Spec,
    ) -> Result<Value<'c, 'a>> {
        let row = row(&spec.with_shape(&spec.dims()[1..]));
        let mut operands = vec![stack, site.one("stablehlo.reshape", &[slice], &row, vec![])?];
        operands.extend(self.starts(site, position, row.rank())?);
        site.one("stablehlo.dynamic_update_slice", &operands, spec, vec![])
    }

    /// Start indices: the position along the first axis, 0 along the others.
    fn starts<'a>(
        &self,
        site: Site<'_, 'c, 'a>,
        position: Value<'c, 'a>,
        rank: usize,
    ) -> Result<Values<'c, 'a>> {
        let mut starts = vec![position];
        if rank > 1 {
            starts.resize(rank, site.integer(self.counter, 0)?);
        }
        Ok(starts)
    }
}

/// The type of a slice that still has the axis along which it was cut.
fn row(slice: &Spec) -> Spec {
    let dims: Vec<usize> = std::iter::once(1).chain(slice.dims().iter().copied()).collect();
    slice.with_shape(dims)
}

impl<'c, 'a> Site<'_, 'c, 'a> {
    fn location(&self) -> Location<'c> {
        self.emitter.location(self.node)
    }

    /// An operation and its results.
    pub(super) fn write(
        &self,
        name: &str,
        operands: &[Value<'c, '_>],
        results: &[Spec],
        attributes: Vec<(&str, Attribute<'c>)>,
        regions: Vec<Region<'c>>,
    ) -> Result<Values<'c, 'a>> {
        let types = results.iter().map(|spec| self.emitter.ty(spec)).collect::<Result<Vec<_>>>()?;
        let operation = self.emitter.build(name, self.location(), operands, &types, attributes, regions)?;
        Ok(self.block.append_operation(operation).results().map(Value::from).collect())
    }

    /// An operation with one result.
    pub(super) fn one(
        &self,
        name: &str,
        operands: &[Value<'c, '_>],
        result: &Spec,
        attributes: Vec<(&str, Attribute<'c>)>,
    ) -> Result<Value<'c, 'a>> {
        let results = self.write(name, operands, std::slice::from_ref(result), attributes, vec![])?;
        Ok(results[0])
    }

    pub(super) fn integer(&self, spec: &Spec, value: usize) -> Result<Value<'c, 'a>> {
        self.constant(spec, &value.to_string())
    }

    /// An array of zeros, or of the least value of a type that has none.
    fn zeros(&self, spec: &Spec) -> Result<Value<'c, 'a>> {
        let zero = match spec.dtype.family() {
            _ if spec.dtype == DType::F8E8M0Fnu => "1.0",
            Family::Bool => "false",
            Family::Signed | Family::Unsigned => "0",
            Family::Float => "0.0",
            Family::Complex => "(0.0, 0.0)",
        };
        let scalar = self.constant(&Spec::scalar(spec.dtype), zero)?;
        let axes = vec![("broadcast_dimensions", self.emitter.attribute(&attributes::axes(&[]))?)];
        self.one("stablehlo.broadcast_in_dim", &[scalar], spec, axes)
    }

    fn constant(&self, scalar: &Spec, text: &str) -> Result<Value<'c, 'a>> {
        let value = self.emitter.attribute(&format!("dense<{text}> : {}", self.emitter.ty(scalar)?))?;
        self.one("stablehlo.constant", &[], scalar, vec![("value", value)])
    }
}
