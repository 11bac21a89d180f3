//! Operations that own graphs: what goes into a graph and comes out of it must fit the operands and results around it.

use super::pack;
use crate::error::{Result, error};
use crate::{DType, Graph, Rule, Scan, Shape, Spec, Type};
use std::sync::Arc;

pub(super) fn infer_call(operands: &[&Spec], body: &Graph, rule: &Rule) -> Result<Type> {
    check_inputs("call", body, operands)?;
    if let Rule::CustomVjp { forward, backward } = rule {
        check_custom_vjp(operands, body, forward, backward)?;
    }
    Ok(pack(body.outputs()))
}

fn check_custom_vjp(operands: &[&Spec], body: &Graph, forward: &Graph, backward: &Graph) -> Result<()> {
    check_inputs("call: forward", forward, operands)?;
    let (outputs, all) = (body.outputs(), forward.outputs());
    if !all.starts_with(&outputs) {
        return Err(mismatch("call: forward", forward, "yields", &all, &outputs));
    }
    let smooth = |spec: &&Spec| spec.dtype.is_float() || spec.dtype.is_complex();
    let cotangents: Vec<&Spec> = all[outputs.len()..].iter().chain(outputs.iter().filter(smooth)).collect();
    check_inputs("call: backward", backward, &cotangents)?;
    let expected: Vec<Spec> = operands.iter().copied().filter(smooth).cloned().collect();
    match backward.outputs() == expected {
        true => Ok(()),
        false => Err(mismatch("call: backward", backward, "yields", &backward.outputs(), &expected)),
    }
}

pub(super) fn infer_case(operands: &[&Spec], branches: &[Arc<Graph>]) -> Result<Type> {
    let (index, operands) = (operands[0], &operands[1..]);
    if *index != Spec::scalar(DType::I32) {
        return Err(error!(DType, "case: the index must be i32[], got {index}"));
    }
    let Some(first) = branches.first() else {
        return Err(error!(Argument, "case: takes at least one branch"));
    };
    for branch in branches {
        check_inputs("case", branch, operands)?;
        if branch.outputs() != first.outputs() {
            return Err(mismatch("case", branch, "yields", &branch.outputs(), &first.outputs()));
        }
    }
    Ok(pack(first.outputs()))
}

pub(super) fn infer_while(operands: &[&Spec], cond: &Graph, body: &Graph) -> Result<Type> {
    check_inputs("while: condition", cond, operands)?;
    check_inputs("while: body", body, operands)?;
    let holds = [Spec::scalar(DType::Bool)];
    if cond.outputs() != holds {
        return Err(mismatch("while: condition", cond, "yields", &cond.outputs(), &holds));
    }
    check_carried("while: body", body, &body.outputs(), operands)?;
    // They keep the names that they went in with.
    Ok(pack(operands[..body.output_ids().len()].iter().map(|&spec| spec.clone()).collect()))
}

pub(super) fn infer_scan(operands: &[&Spec], scan: &Scan) -> Result<Type> {
    let Scan { body, carry, slices, length, unroll, .. } = scan;
    if carry.saturating_add(*slices) > operands.len() || *carry > body.output_ids().len() || *unroll == 0 {
        return Err(error!(
            Argument,
            "scan: {carry} carried values and {slices} arrays, {unroll} steps at once, do not fit {} operands and \
             {} outputs of `{}`",
            operands.len(),
            body.output_ids().len(),
            body.name()
        ));
    }
    let mut inputs: Vec<Spec> = operands.iter().map(|&spec| spec.clone()).collect();
    for input in &mut inputs[*carry..carry + slices] {
        if input.dims().first() != Some(length) {
            return Err(error!(
                Shape,
                "scan: takes {length} steps, array {input} does not have as many slices"
            ));
        }
        *input = input.with_shape(input.shape.pick((1..input.rank()).map(Some)));
    }
    check_inputs("scan", body, &inputs.iter().collect::<Vec<_>>())?;
    let mut outputs = body.outputs();
    check_carried("scan", body, &outputs[..*carry], operands)?;
    // Carried values keep the names that they went in with.
    outputs[..*carry].iter_mut().zip(operands).for_each(|(output, &operand)| *output = operand.clone());
    for output in &mut outputs[*carry..] {
        *output = output.with_shape(Shape::join(&[&Shape::new([*length]), &output.shape]));
        super::check_size("scan", output)?;
    }
    Ok(pack(outputs))
}

fn check_inputs(name: &str, body: &Graph, operands: &[&Spec]) -> Result<()> {
    let inputs = body.inputs().iter().map(|input| &input.spec);
    if inputs.clone().eq(operands.iter().copied()) {
        return Ok(());
    }
    let inputs: Vec<Spec> = inputs.cloned().collect();
    let operands: Vec<Spec> = operands.iter().map(|&spec| spec.clone()).collect();
    Err(mismatch(name, body, "takes", &inputs, &operands))
}

/// What a loop carries must come out as it went in.
fn check_carried(name: &str, body: &Graph, outputs: &[Spec], operands: &[&Spec]) -> Result<()> {
    let carried: Vec<Spec> = operands.iter().take(outputs.len()).map(|&spec| spec.clone()).collect();
    match carried == outputs {
        true => Ok(()),
        false => Err(mismatch(name, body, "carries on", outputs, &carried)),
    }
}

fn mismatch(name: &str, body: &Graph, what: &str, got: &[Spec], expected: &[Spec]) -> crate::Error {
    let list = |specs: &[Spec]| specs.iter().map(Spec::to_string).collect::<Vec<_>>().join(", ");
    error!(Shape, "{name}: `{}` {what} ({}), expected ({})", body.name(), list(got), list(expected))
}
