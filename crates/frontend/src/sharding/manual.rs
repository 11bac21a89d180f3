//! `shard_map`: a function of one device's parts.

use super::{Mesh, Partition};
use crate::control::{apply, placeholders};
use crate::error::{Result, error};
use crate::trace::{Closed, Subtrace, current_or_none, subtrace};
use crate::tree::{leaf_names, leaves, rebuild, specs};
use crate::{Graph, Location, Op, Spec, Tree};
use std::cell::RefCell;
use std::sync::Arc;

/// The body of [`Op::ShardMap`](crate::Op::ShardMap): what every device of a mesh does with its parts of the operands.
#[derive(Clone, Debug)]
pub struct ShardMap {
    /// The devices.
    pub mesh: Mesh,
    /// From parts of the operands to parts of the results.
    pub body: Arc<Graph>,
    /// How operands are split, one a leaf.
    pub inputs: Vec<Partition>,
    /// How results are put together, one a leaf.
    pub outputs: Vec<Partition>,
}

impl ShardMap {
    /// The types of the whole results.
    pub(crate) fn infer(&self, operands: &[&Spec]) -> Result<Vec<Spec>> {
        let (inputs, outputs) = (self.body.inputs(), self.body.outputs());
        if inputs.len() != operands.len()
            || self.inputs.len() != operands.len()
            || self.outputs.len() != outputs.len()
        {
            return Err(error!(
                Argument,
                "shard_map: {} partitions for {} operands and {} for {} results",
                self.inputs.len(),
                operands.len(),
                self.outputs.len(),
                outputs.len()
            ));
        }
        for ((&operand, partition), input) in operands.iter().zip(&self.inputs).zip(inputs) {
            let local = partition.local("shard_map", &self.mesh, operand)?;
            if local != input.spec {
                return Err(error!(
                    Shape,
                    "shard_map: `{}` takes {}, its part is {local}",
                    self.body.name(),
                    input.spec
                ));
            }
        }
        let whole = |(spec, partition): (&Spec, &Partition)| partition.global("shard_map", &self.mesh, spec);
        outputs.iter().zip(&self.outputs).map(whole).collect()
    }
}

thread_local! {
    /// The meshes of the `shard_map`s whose functions are running.
    static MESHES: RefCell<Vec<Mesh>> = const { RefCell::new(Vec::new()) };
}

/// The mesh of the innermost `shard_map`.
pub(crate) fn innermost() -> Option<Mesh> {
    MESHES.with_borrow(|meshes| meshes.last().cloned())
}

/// Takes the mesh off again, also when the function unwinds.
struct Entered;

impl Entered {
    fn new(mesh: &Mesh) -> Entered {
        MESHES.with_borrow_mut(|meshes| meshes.push(mesh.clone()));
        Entered
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        MESHES.with_borrow_mut(Vec::pop);
    }
}

/// A function that every device of a mesh runs on its parts of the arguments; the parts of the results are put together.
///
/// `inputs` and `outputs` say how leaves are split, one entry for all of them or one a leaf. A result that is not split along an axis of
/// the mesh must be the same on all devices along it, for example by [`all_reduce`](crate::Tensor::all_reduce); one of them is taken. Tensors that
/// the function captures are copied to all devices.
///
/// # Shapes
/// Arguments and results are whole, inside they are parts: an axis that is split over `n` devices is `n` times smaller.
/// # DTypes
/// Any.
/// # Errors
/// Recorded when partitions do not fit the mesh or the leaves, or a size is no multiple of the number of parts.
/// # Gradient
/// The function's. It is computed again on the way back, as in [`checkpoint`](crate::checkpoint()).
/// # Source
/// Shardy `manual_computation`; JAX's `shard_map` without checks of what is replicated.
/// # Examples
/// A matrix product whose contracted axis is split:
/// ```
/// use bering_frontend::{DType, Spec, Tensor, sharding::{Mesh, shard_map}, trace};
/// let mesh = Mesh::new([("x", 2)])?;
/// let specs = [Spec::new(DType::F32, [4, 8]), Spec::new(DType::F32, [8, 3])];
/// let graph = trace("f", &specs, |_, x| {
///     let product = |(a, b): (Tensor, Tensor)| a.matmul(&b).all_reduce("x");
///     shard_map(&mesh, [["_", "x"], ["x", "_"]], [["_", "_"]], product, (&x[0], &x[1]))
/// })?;
/// assert_eq!(graph.outputs(), [Spec::new(DType::F32, [4, 3])]);
/// # Ok::<(), bering_frontend::Error>(())
/// ```
#[track_caller]
pub fn shard_map<A: Tree, T: Tree, P: Into<Partition>, Q: Into<Partition>>(
    mesh: &Mesh,
    inputs: impl IntoIterator<Item = P>,
    outputs: impl IntoIterator<Item = Q>,
    function: impl FnOnce(A::Owned) -> T,
    arguments: A,
) -> T::Owned {
    let location = Location::caller();
    let given = leaves(&arguments);
    let inputs: Vec<Partition> = inputs.into_iter().map(Into::into).collect();
    let outputs: Vec<Partition> = outputs.into_iter().map(Into::into).collect();
    let names = leaf_names(&arguments, "arguments");
    let parts = spread("arguments", inputs, &names).and_then(|inputs| {
        let local = |(partition, spec): (&Partition, &Spec)| partition.local("shard_map", mesh, spec);
        let parts = inputs.iter().zip(&specs(&given)).map(local).collect::<Result<Vec<_>>>()?;
        Ok((inputs, parts))
    });
    let (mut inputs, parts) = match parts {
        Ok(parts) => parts,
        Err(error) => {
            current_or_none().mistake(error.at(location), Spec::scalar(crate::DType::F32));
            (Vec::new(), specs(&given))
        }
    };
    let Subtrace { closed, output } = subtrace("shard_map", &parts, location, |parts| {
        let _entered = Entered::new(mesh);
        function(rebuild(&arguments, parts))
    });
    let blank = || placeholders(&output, &specs(&leaves(&output)));
    let outputs = match spread("results", outputs, &leaf_names(&output, "results")) {
        Ok(outputs) => outputs,
        Err(error) => {
            current_or_none().mistake(error.at(location), Spec::scalar(crate::DType::F32));
            return blank();
        }
    };
    let Some(Closed { graph, captures }) = closed else { return blank() };
    inputs.resize(given.len() + captures.len(), Partition::replicated());
    let map = ShardMap { mesh: mesh.clone(), body: graph, inputs, outputs };
    rebuild(&output, apply(Op::ShardMap(map), &given, &captures, location))
}

/// One partition a leaf.
fn spread(what: &str, partitions: Vec<Partition>, names: &[String]) -> Result<Vec<Partition>> {
    match partitions.as_slice() {
        [one] => Ok(vec![one.clone(); names.len()]),
        many if many.len() == names.len() => Ok(partitions),
        many => Err(error!(
            Argument,
            "shard_map: {} partitions for {} leaves of the {what}: {}",
            many.len(),
            names.len(),
            names.join(", ")
        )),
    }
}
