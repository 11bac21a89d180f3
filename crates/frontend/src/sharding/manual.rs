//! `shard_map`: a function of one device's parts.

use super::{AxisSet, Mesh, Partition};
use crate::control::{apply, placeholders};
use crate::error::{Result, error};
use crate::trace::{Closed, Subtrace, current_or_none, subtrace};
use crate::transform::Varying;
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
    /// Whether results are known to be the same along the axes that their partitions do not mention.
    pub checked: bool,
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
        let whole = outputs.iter().zip(&self.outputs).map(whole).collect::<Result<Vec<_>>>()?;
        match self.checked {
            true => self.check_alike(&|at| format!("result {at}")).map(|()| whole),
            false => Ok(whole),
        }
    }

    /// The axes that operands or results differ along, as their partitions say.
    pub(crate) fn split_over(&self, partitions: &[Partition]) -> Vec<AxisSet> {
        partitions.iter().map(|partition| self.mesh.split_over(partition)).collect()
    }

    /// Checks that no result differs along an axis that its partition does not mention.
    fn check_alike(&self, name: &dyn Fn(usize) -> String) -> Result<()> {
        let found = Varying::by_value(&self.mesh).outputs(&self.body, &self.split_over(&self.inputs))?;
        for (at, (found, partition)) in found.into_iter().zip(&self.outputs).enumerate() {
            let surplus = self.mesh.named(found.without(self.mesh.split_over(partition))).join("+");
            if !surplus.is_empty() {
                return Err(error!(
                    Argument,
                    "shard_map: {} differs from device to device along `{surplus}` of the mesh {}, its partition {partition} says that it \
                     does not",
                    name(at),
                    self.mesh
                )
                .hint(format!(
                    "sum it (`all_reduce(\"{surplus}\")`), mention `{surplus}` in its partition, or use `shard_map_unchecked` if it is \
                     the same for a reason that is not seen"
                )));
            }
        }
        Ok(())
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
/// `inputs` and `outputs` say how leaves are split, one entry for all of them or one a leaf. Tensors that the function captures are
/// copied to all devices.
///
/// A result that is not split along an axis of the mesh must be the same on all devices along it, and this is checked while tracing:
/// parts differ along the axes that arguments are split over and [`axis_index`](super::axis_index) was asked for, results where an
/// operand does, until [`all_reduce`](crate::Tensor::all_reduce) or [`all_gather`](crate::Tensor::all_gather) makes them alike. An exchange
/// in a branch or loop that devices take or not, each by itself, is refused too: they would wait for each other forever.
///
/// # Shapes
/// Arguments and results are whole, inside they are parts: an axis that is split over `n` devices is `n` times smaller.
/// # DTypes
/// Any.
/// # Errors
/// Recorded when partitions do not fit the mesh or the leaves, a size is no multiple of the number of parts, a result differs between
/// devices that its partition says share it, or it is called inside of another.
/// # Gradient
/// The function's. What its way back needs is kept, split over the devices that have it. A `grad` *inside* of the function is that
/// of the sum over devices of what each computes, so it is each device's own: sum it over those that share a parameter.
/// # Source
/// Shardy `manual_computation`; JAX's `shard_map`.
/// # Examples
/// A matrix product whose contracted axis is split:
/// ```
/// use bering_frontend::{DType, Spec, Tensor, sharding::{Mesh, shard_map}, trace};
/// let mesh = Mesh::new([("x", 2)])?;
/// let specs = [Spec::new(DType::F32, [4, 8]), Spec::new(DType::F32, [8, 3])];
/// let product = |sum: bool| trace("f", &specs, |_, x| {
///     let product = |(a, b): (Tensor, Tensor)| match sum {
///         true => a.matmul(&b).all_reduce("x"),
///         false => a.matmul(&b),
///     };
///     shard_map(&mesh, [["_", "x"], ["x", "_"]], [["_", "_"]], product, (&x[0], &x[1]))
/// });
/// assert_eq!(product(true)?.outputs(), [Spec::new(DType::F32, [4, 3])]);
/// let forgotten = product(false).unwrap_err();
/// assert!(forgotten.message().contains("differs from device to device along `x`"), "{forgotten}");
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
    let (inputs, outputs) = (partitions(inputs), partitions(outputs));
    Manual { mesh, checked: true, location }.run(inputs, outputs, function, arguments)
}

/// [`shard_map`] without checks of which devices have the same: of a result that is not split along an axis of the mesh one device's is
/// taken. For values that are the same for a reason that is not seen, such as a ring of
/// [`collective_permute`](crate::Tensor::collective_permute)s that has gone all the way round.
///
/// # Gradient
/// As [`shard_map`]'s, with more exchanges on the way back: each device's value counts as its own.
/// # Source
/// JAX's `shard_map` with `check_vma=False`.
#[track_caller]
pub fn shard_map_unchecked<A: Tree, T: Tree, P: Into<Partition>, Q: Into<Partition>>(
    mesh: &Mesh,
    inputs: impl IntoIterator<Item = P>,
    outputs: impl IntoIterator<Item = Q>,
    function: impl FnOnce(A::Owned) -> T,
    arguments: A,
) -> T::Owned {
    let location = Location::caller();
    let (inputs, outputs) = (partitions(inputs), partitions(outputs));
    Manual { mesh, checked: false, location }.run(inputs, outputs, function, arguments)
}

fn partitions<P: Into<Partition>>(partitions: impl IntoIterator<Item = P>) -> Vec<Partition> {
    partitions.into_iter().map(Into::into).collect()
}

/// One use of [`shard_map`].
struct Manual<'m> {
    mesh: &'m Mesh,
    checked: bool,
    location: Location,
}

impl Manual<'_> {
    fn run<A: Tree, T: Tree>(
        &self,
        inputs: Vec<Partition>,
        outputs: Vec<Partition>,
        function: impl FnOnce(A::Owned) -> T,
        arguments: A,
    ) -> T::Owned {
        let given = leaves(&arguments);
        let (mut inputs, parts) = self.parts(inputs, &arguments).unwrap_or_else(|error| {
            self.mistake(error);
            (Vec::new(), specs(&given))
        });
        let Subtrace { closed, output } = subtrace("shard_map", &parts, self.location, |parts| {
            let _entered = Entered::new(self.mesh);
            function(rebuild(&arguments, parts))
        });
        let blank = || placeholders(&output, &specs(&leaves(&output)));
        let names = leaf_names(&output, "results");
        let outputs = match spread("results", outputs, &names) {
            Ok(outputs) => outputs,
            Err(error) => {
                self.mistake(error);
                return blank();
            }
        };
        let Some(Closed { graph, captures }) = closed else { return blank() };
        inputs.resize(given.len() + captures.len(), Partition::replicated());
        let map = ShardMap { mesh: self.mesh.clone(), body: graph, inputs, outputs, checked: self.checked };
        if let (true, Err(error)) = (self.checked, map.check_alike(&|at| format!("`{}`", names[at]))) {
            self.mistake(error);
            return blank();
        }
        rebuild(&output, apply(Op::ShardMap(map), &given, &captures, self.location))
    }

    /// How the arguments are split, and the types of their parts.
    fn parts(&self, inputs: Vec<Partition>, arguments: &impl Tree) -> Result<(Vec<Partition>, Vec<Spec>)> {
        if let Some(outer) = innermost() {
            return Err(error!(
                Trace,
                "shard_map: inside of another on the mesh {outer}, whose function is one device's already"
            ));
        }
        let inputs = spread("arguments", inputs, &leaf_names(arguments, "arguments"))?;
        let local = |(partition, spec): (&Partition, &Spec)| partition.local("shard_map", self.mesh, spec);
        let parts = inputs.iter().zip(&specs(&leaves(arguments))).map(local).collect::<Result<_>>()?;
        Ok((inputs, parts))
    }

    fn mistake(&self, error: crate::Error) {
        current_or_none().mistake(error.at(self.location), Spec::scalar(crate::DType::F32));
    }
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
