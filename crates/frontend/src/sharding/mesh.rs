//! Meshes, and how tensors are split over them.

use super::AxisSet;
use crate::error::{Result, error};
use crate::{Shape, Spec};
use std::fmt;
use std::sync::Arc;

/// Devices in a grid with named axes. It says which devices there are, not where: a program for a mesh runs on any devices that are
/// laid out so. Prints as `[x=2, y=4]`.
///
/// ```
/// use bering_frontend::sharding::Mesh;
/// let mesh = Mesh::new([("data", 2), ("model", 4)])?;
/// assert_eq!((mesh.size(), mesh.to_string()), (8, "[data=2, model=4]".to_string()));
/// assert!(Mesh::new([("data", 2), ("data", 4)]).is_err());
/// # Ok::<(), bering_frontend::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Mesh {
    axes: Arc<[(Arc<str>, usize)]>,
}

impl Mesh {
    /// A mesh of these axes, the last one fastest.
    ///
    /// # Errors
    /// If there is no axis or more than 64, one has no devices or a name that is empty, `_` or not made of letters, digits and `_`,
    /// or two share a name.
    pub fn new<'a>(axes: impl IntoIterator<Item = (&'a str, usize)>) -> Result<Mesh> {
        let axes: Vec<(Arc<str>, usize)> =
            axes.into_iter().map(|(name, size)| (Arc::from(name), size)).collect();
        if axes.len() > AxisSet::MOST {
            return Err(error!(Argument, "mesh: takes at most {} axes, got {}", AxisSet::MOST, axes.len()));
        }
        for (at, (name, size)) in axes.iter().enumerate() {
            let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            if !plain || name.is_empty() || &**name == "_" {
                return Err(error!(Argument, "mesh: `{name}` cannot name an axis"));
            }
            if axes[..at].iter().any(|(known, _)| known == name) {
                return Err(error!(Argument, "mesh: two axes are named `{name}`"));
            }
            if *size == 0 {
                return Err(error!(Argument, "mesh: axis `{name}` has no devices"));
            }
        }
        let sizes =
            axes.iter().try_fold(1_i32, |product, (_, size)| product.checked_mul(i32::try_from(*size).ok()?));
        match (axes.is_empty(), sizes) {
            (false, Some(_)) => Ok(Mesh { axes: axes.into() }),
            (true, _) => Err(error!(Argument, "mesh: takes at least one axis")),
            (_, None) => Err(error!(Argument, "mesh: more devices than can be numbered")),
        }
    }

    /// Names and sizes of the axes, in order.
    pub fn axes(&self) -> impl ExactSizeIterator<Item = (&str, usize)> {
        self.axes.iter().map(|(name, size)| (&**name, *size))
    }

    /// The number of devices.
    pub fn size(&self) -> usize {
        self.axes.iter().map(|(_, size)| size).product()
    }

    /// The size of an axis.
    pub fn axis_size(&self, name: &str) -> Option<usize> {
        self.position(name).map(|at| self.axes[at].1)
    }

    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.axes.iter().position(|(known, _)| &**known == name)
    }

    /// How far apart neighbours along an axis are in the order of devices.
    pub(crate) fn stride(&self, at: usize) -> usize {
        self.axes[at + 1..].iter().map(|(_, size)| size).product()
    }

    /// How many devices lie along some axes together.
    pub(crate) fn count(&self, axes: &[Arc<str>]) -> usize {
        axes.iter().filter_map(|name| self.axis_size(name)).product()
    }

    /// The devices that differ along `axes` alone, one list for each place along the others; in a list the last of `axes` is
    /// the fastest.
    pub(crate) fn groups(&self, axes: &[Arc<str>]) -> Vec<Vec<usize>> {
        let along: Vec<usize> = axes.iter().filter_map(|name| self.position(name)).collect();
        let others = (0..self.axes.len()).filter(|at| !along.contains(at)).collect::<Vec<_>>();
        let members = self.offsets(&along);
        self.offsets(&others)
            .into_iter()
            .map(|base| members.iter().map(|member| base + member).collect())
            .collect()
    }

    /// The device numbers of all places along some axes, at the start of the others.
    fn offsets(&self, along: &[usize]) -> Vec<usize> {
        along.iter().fold(vec![0], |offsets, &at| {
            let steps = 0..self.axes[at].1;
            offsets
                .iter()
                .flat_map(|base| steps.clone().map(move |step| base + step * self.stride(at)))
                .collect()
        })
    }

    /// The place of a device along an axis.
    pub fn coordinate(&self, device: usize, axis: &str) -> Option<usize> {
        let at = self.position(axis)?;
        Some(device / self.stride(at) % self.axes[at].1)
    }
}

impl fmt::Display for Mesh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let axes: Vec<String> = self.axes().map(|(name, size)| format!("{name}={size}")).collect();
        write!(f, "[{}]", axes.join(", "))
    }
}

impl fmt::Debug for Mesh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Along which axes of a mesh each axis of a tensor is split: `["data", "_"]` splits rows and keeps columns whole, `["x+y"]` splits
/// over two axes of the mesh. Axes that are not mentioned are whole, so `[]` is a copy everywhere.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Partition {
    axes: Vec<Vec<Arc<str>>>,
}

impl Partition {
    /// Copies on all devices.
    pub fn replicated() -> Partition {
        Partition::default()
    }

    /// The first axis split over these, the others whole.
    pub(crate) fn leading(axes: Vec<Arc<str>>) -> Partition {
        Partition { axes: if axes.is_empty() { Vec::new() } else { vec![axes] } }
    }

    /// The axes of the mesh that an axis of a tensor is split along, the first one slowest.
    pub fn axis(&self, at: usize) -> &[Arc<str>] {
        self.axes.get(at).map_or(&[], Vec::as_slice)
    }

    /// For each axis that it has an entry for, the axes of the mesh.
    pub(crate) fn axes(&self) -> impl Iterator<Item = &[Arc<str>]> {
        self.axes.iter().map(Vec::as_slice)
    }

    /// The same with an entry for each axis of a tensor of this rank.
    pub fn to_rank(&self, rank: usize) -> Partition {
        let mut axes = self.axes.clone();
        axes.resize(rank, Vec::new());
        Partition { axes }
    }

    /// All axes of the mesh that it mentions.
    pub(crate) fn mentioned(&self) -> impl Iterator<Item = &Arc<str>> {
        self.axes.iter().flatten()
    }

    /// The same for a tensor with a new first axis that is whole.
    pub(crate) fn below_new_axis(&self) -> Partition {
        Partition { axes: std::iter::once(Vec::new()).chain(self.axes.iter().cloned()).collect() }
    }

    /// Checks that it can split a tensor over a mesh; the part that each device has.
    ///
    /// # Errors
    /// If it mentions axes that the mesh or the tensor lacks, one twice, or a size is no multiple of the number of parts.
    pub fn local(&self, name: &str, mesh: &Mesh, spec: &Spec) -> Result<Spec> {
        self.check(name, mesh, spec)?;
        let mut dims = spec.dims().to_vec();
        for (at, dim) in dims.iter_mut().enumerate() {
            let parts = mesh.count(self.axis(at));
            if *dim % parts != 0 {
                return Err(error!(
                    Shape,
                    "{name}: axis {} of {spec} is not divided by the {parts} devices along `{}` of the mesh {mesh}",
                    spec.shape.describe(at),
                    self.axis(at).join("+")
                ));
            }
            *dim /= parts;
        }
        Ok(spec.with_shape(resized(&spec.shape, dims)))
    }

    /// The tensor that is split into parts of this type.
    pub(crate) fn global(&self, name: &str, mesh: &Mesh, spec: &Spec) -> Result<Spec> {
        self.check(name, mesh, spec)?;
        let grow = |(at, &dim): (usize, &usize)| {
            dim.checked_mul(mesh.count(self.axis(at)))
                .ok_or_else(|| error!(Shape, "{name}: {spec} is too large"))
        };
        let dims = spec.dims().iter().enumerate().map(grow).collect::<Result<Vec<_>>>()?;
        Ok(spec.with_shape(resized(&spec.shape, dims)))
    }

    fn check(&self, name: &str, mesh: &Mesh, spec: &Spec) -> Result<()> {
        if self.axes.len() > spec.rank() {
            return Err(error!(Axis, "{name}: {self} splits {} axes of {spec}", self.axes.len()));
        }
        let mut seen: Vec<&Arc<str>> = Vec::new();
        for axis in self.mentioned() {
            if mesh.position(axis).is_none() {
                return Err(error!(Axis, "{name}: {self} mentions `{axis}`, the mesh is {mesh}"));
            }
            if seen.contains(&axis) {
                return Err(error!(Axis, "{name}: {self} mentions `{axis}` twice"));
            }
            seen.push(axis);
        }
        Ok(())
    }
}

/// Other sizes under the same names.
fn resized(shape: &Shape, dims: Vec<usize>) -> Shape {
    Shape::new(dims).with_names(shape.stated_names().cloned())
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let spell = |axes: &Vec<Arc<str>>| if axes.is_empty() { "_".to_string() } else { axes.join("+") };
        write!(f, "[{}]", self.axes.iter().map(spell).collect::<Vec<_>>().join(", "))
    }
}

impl fmt::Debug for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<const N: usize> From<[&str; N]> for Partition {
    fn from(axes: [&str; N]) -> Partition {
        let split = |axis: &str| match axis {
            "_" | "" => Vec::new(),
            axis => axis.split('+').map(|name| Arc::from(name.trim())).collect(),
        };
        Partition { axes: axes.into_iter().map(split).collect() }
    }
}

impl From<&Partition> for Partition {
    fn from(partition: &Partition) -> Partition {
        partition.clone()
    }
}

/// A tensor's partition over a mesh. Prints as `[x=2, y=2] [x, _]`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Sharding {
    /// The devices.
    pub mesh: Mesh,
    /// What is split along what.
    pub partition: Partition,
}

impl Sharding {
    /// A partition over a mesh.
    pub fn new(mesh: &Mesh, partition: impl Into<Partition>) -> Sharding {
        Sharding { mesh: mesh.clone(), partition: partition.into() }
    }
}

impl fmt::Debug for Sharding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.mesh, self.partition)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DType;

    #[test]
    fn groups_are_jaxs() {
        let mesh = Mesh::new([("x", 2), ("y", 2)]).unwrap();
        let of = |axes: &[&str]| mesh.groups(&axes.iter().map(|&axis| Arc::from(axis)).collect::<Vec<_>>());
        assert_eq!(of(&["x"]), [[0, 2], [1, 3]]);
        assert_eq!(of(&["y"]), [[0, 1], [2, 3]]);
        assert_eq!(of(&["x", "y"]), [[0, 1, 2, 3]]);
        assert_eq!(of(&["y", "x"]), [[0, 2, 1, 3]]);
        assert_eq!((mesh.coordinate(2, "x"), mesh.coordinate(2, "y")), (Some(1), Some(0)));
    }

    #[test]
    fn partitions_divide() {
        let mesh = Mesh::new([("x", 2), ("y", 3)]).unwrap();
        let spec = Spec::new(DType::F32, [12, 4]);
        let local = |partition: Partition| partition.local("f", &mesh, &spec);
        assert_eq!(local(["x+y", "_"].into()).unwrap().dims(), [2, 4]);
        assert_eq!(local(["y"].into()).unwrap().dims(), [4, 4]);
        let wrong = |partition: Partition| local(partition).unwrap_err().message().to_string();
        assert_eq!(wrong(["x", "x"].into()), "f: [x, x] mentions `x` twice");
        assert_eq!(wrong(["z"].into()), "f: [z] mentions `z`, the mesh is [x=2, y=3]");
        assert_eq!(wrong(["_", "_", "x"].into()), "f: [_, _, x] splits 3 axes of f32[12, 4]");
        let uneven = "f: axis 4 (axis 1) of f32[12, 4] is not divided by the 3 devices along `y` of the mesh [x=2, y=3]";
        assert_eq!(wrong(["_", "y"].into()), uneven);
        let whole = Partition::from(["x+y", "_"]).global("f", &mesh, &Spec::new(DType::F32, [2, 4])).unwrap();
        assert_eq!(whole, spec);
    }
}
