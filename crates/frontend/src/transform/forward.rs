//! Forward mode: tangents computed beside the values they belong to, in one pass over the graph.

use super::emit::{Origin, Slots, emit, emit_one, fill, gather, steps, store, value};
use super::rule::{Derivative, Dual, Partial, Site};
use super::rules::rule;
use crate::error::{Result, error};
use crate::{Graph, Node, Op, Tensor};

/// Outputs of a graph and their tangents, written into the current trace.
///
/// # Errors
/// When a node on the way from a tangent to an output has no derivative; with the user's line.
pub(super) fn jvp(graph: &Graph, primals: &[Tensor], tangents: &[Option<Tensor>]) -> Result<Dual> {
    let slots = Slots::new(graph);
    let mut values = fill(graph, &slots, primals)?;
    let mut moving: Vec<Option<Tensor>> = slots.empty();
    for (input, tangent) in graph.inputs().iter().zip(tangents) {
        moving[slots.of(input.node)] = tangent.clone().filter(|_| is_inexact(&input.spec));
    }
    for index in steps(graph) {
        let node = &graph.nodes()[index];
        let _origin = Origin::of(node);
        let operands = gather(&slots, &values, node)?;
        let tangents: Vec<Option<Tensor>> =
            node.operands.iter().map(|&id| moving[slots.of(id)].clone()).collect();
        let (results, tangents) =
            jvp_node(node, &operands, &tangents).map_err(|error| error.at(node.location))?;
        let range = slots.range(graph, index);
        for (slot, (tangent, spec)) in range.clone().zip(tangents.into_iter().zip(node.ty.specs())) {
            moving[slot] = tangent.filter(|_| is_inexact(spec));
        }
        store(&mut values, range, results);
    }
    let outputs: Result<Vec<Tensor>> =
        graph.output_ids().iter().map(|&id| value(&slots, &values, id)).collect();
    Ok((outputs?, graph.output_ids().iter().map(|&id| moving[slots.of(id)].clone()).collect()))
}

/// Whether tensors of this type have tangents.
pub(super) fn is_inexact(spec: &crate::Spec) -> bool {
    spec.dtype.is_float() || spec.dtype.is_complex()
}

fn jvp_node(node: &Node, operands: &[Tensor], tangents: &[Option<Tensor>]) -> Result<Dual> {
    let op = &node.op;
    let still = tangents.iter().all(Option::is_none);
    let derivative = rule(op).derivative;
    if let (Derivative::Structured(structured), false) = (&derivative, still) {
        return (structured.forward)(op, operands, tangents);
    }
    let results = emit(op.clone(), &operands.iter().collect::<Vec<_>>());
    let none = vec![None; results.len()];
    if still {
        return Ok((results, none));
    }
    let wanted: Vec<bool> = tangents.iter().map(Option::is_some).collect();
    let site = Site { op, operands, results: &results, wanted: &wanted, saved: None };
    let tangents = match derivative {
        Derivative::Zero | Derivative::Structured(_) => none,
        Derivative::Elementwise(partials) => vec![elementwise(&site, partials, tangents)],
        Derivative::Linear(_) => linear(&site, tangents),
        Derivative::Multilinear(_) => multilinear(&site, tangents),
        Derivative::Custom { forward, .. } => forward(&site, tangents)?,
        Derivative::Refused(reason) => return Err(error!(Argument, "{}: {}", op.name(), reason(op))),
    };
    Ok((results, tangents))
}

fn elementwise(site: &Site<'_>, partials: &[Partial], tangents: &[Option<Tensor>]) -> Option<Tensor> {
    let shape = &site.result().spec().shape;
    let mut total = None;
    for (partial, tangent) in partials.iter().zip(tangents) {
        if let Some(tangent) = tangent {
            // Scalar operands beside larger ones stretch, and so do their tangents.
            let term = partial(site, &tangent.broadcast_to(shape));
            total = Some(add(total, term));
        }
    }
    total
}

fn linear(site: &Site<'_>, tangents: &[Option<Tensor>]) -> Vec<Option<Tensor>> {
    let operands: Vec<Tensor> = site
        .operands
        .iter()
        .zip(tangents)
        .map(|(operand, tangent)| match tangent {
            Some(tangent) => tangent.clone(),
            None if is_inexact(operand.spec()) => Tensor::zeros(operand.dtype(), operand.dims()),
            None => operand.clone(),
        })
        .collect();
    emit(site.op.clone(), &operands.iter().collect::<Vec<_>>()).into_iter().map(Some).collect()
}

fn multilinear(site: &Site<'_>, tangents: &[Option<Tensor>]) -> Vec<Option<Tensor>> {
    let mut total = None;
    for (at, tangent) in tangents.iter().enumerate() {
        if let Some(tangent) = tangent {
            let mut operands: Vec<&Tensor> = site.operands.iter().collect();
            operands[at] = tangent;
            total = Some(add(total, emit_one(site.op.clone(), &operands)));
        }
    }
    vec![total]
}

/// `term` added to what there is already.
pub(super) fn add(total: Option<Tensor>, term: Tensor) -> Tensor {
    match total {
        Some(total) => emit_one(Op::Add, &[&total, &term]),
        None => term,
    }
}
