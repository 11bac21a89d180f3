//! What all of control flow shares: several closures of one operation get one list of captured operands, and what a
//! closure returns is compared with what it must return, leaf by leaf.

use crate::error::{Result, error};
use crate::trace::{Closed, current_or_none};
use crate::tree::{leaf_names, leaves, rebuild, specs};
use crate::{Graph, Location, NodeId, Op, Spec, Tensor, Tree};
use std::collections::HashMap;
use std::sync::Arc;

/// Graphs of the same inputs: `given` ones, then everything that any of them captured.
pub(crate) struct Joined {
    pub(crate) graphs: Vec<Arc<Graph>>,
    pub(crate) captures: Vec<Tensor>,
}

/// Gives all closures of an operation the same inputs; `None` if one of them has no graph.
pub(crate) fn join(closed: Vec<Option<Closed>>, given: &[Spec]) -> Option<Joined> {
    let closed: Vec<Closed> = closed.into_iter().collect::<Option<_>>()?;
    let mut captures: Vec<Tensor> = Vec::new();
    let mut known: HashMap<Option<NodeId>, usize> = HashMap::new();
    // All captures are of the one trace around the closures, so nodes tell them apart.
    for capture in closed.iter().flat_map(|closed| &closed.captures) {
        known.entry(capture.id()).or_insert_with(|| {
            captures.push(capture.clone());
            given.len() + captures.len() - 1
        });
    }
    let inputs = [given, &specs(&captures)].concat();
    let graphs = closed.into_iter().map(|Closed { graph, captures: own }| {
        let positions: Vec<usize> =
            (0..given.len()).chain(own.iter().map(|capture| known[&capture.id()])).collect();
        match positions.len() == inputs.len() && positions.is_sorted() {
            true => graph,
            false => Arc::new(graph.with_inputs(&inputs, &positions)),
        }
    });
    Some(Joined { graphs: graphs.collect(), captures })
}

/// The results of an operation on `operands`, then captures.
pub(crate) fn apply(op: Op, operands: &[Tensor], captures: &[Tensor], location: Location) -> Vec<Tensor> {
    let operands: Vec<&Tensor> = operands.iter().chain(captures).collect();
    current_or_none().apply_tuple(op, &operands, location)
}

/// `tree` around placeholders of these types: what an operation answers after a mistake.
pub(crate) fn placeholders<T: Tree>(tree: &T, specs: &[Spec]) -> T::Owned {
    let trace = current_or_none();
    let placeholder = |spec: &Spec| Tensor::from_parts(trace.clone(), None, spec.clone());
    rebuild(tree, specs.iter().map(placeholder).collect())
}

/// Records a mistake of an operation.
pub(super) fn mistake(error: crate::Error, location: Location) {
    current_or_none().mistake(error.at(location), Spec::scalar(crate::DType::F32));
}

/// Checks that what a closure returned has the leaves of something else, in number and type.
///
/// `what` is how the former is introduced, as in ``scan: the body returns``; `path` names the latter.
pub(crate) fn check_alike(what: &str, returned: &impl Tree, path: &str, expected: &impl Tree) -> Result<()> {
    let (names, found) = (leaf_names(expected, path), leaf_names(returned, path));
    if names != found {
        return Err(error!(
            Argument,
            "{what} another structure: ({}), not ({})",
            found.join(", "),
            names.join(", ")
        ));
    }
    for (name, (found, wanted)) in names.iter().zip(leaves(returned).iter().zip(&leaves(expected))) {
        if found.spec() != wanted.spec() {
            let error = error!(Shape, "{what} {} for `{name}`, which is {}", found.spec(), wanted.spec());
            return Err(match found.dtype() == wanted.dtype() {
                true => error,
                false => error.hint("dtypes are never promoted implicitly; convert one of the two"),
            });
        }
    }
    Ok(())
}
