//! What a program is made for: the structure of its arguments, their types, and which are given away.

use crate::Values;
use bering_frontend::sharding::{Mesh, Partition};
use bering_frontend::{Spec, Structure, Tensor, Tree};

/// What a program is traced for.
#[derive(PartialEq)]
pub(super) struct Key {
    pub(super) mesh: Option<Mesh>,
    pub(super) structure: Structure<'static>,
    pub(super) leaves: Vec<Leaf>,
}

#[derive(PartialEq)]
pub(super) struct Leaf {
    pub(super) spec: Spec,
    pub(super) donated: bool,
    /// How it is split over the mesh, if there is one.
    pub(super) partition: Partition,
}

impl Key {
    pub(super) fn of(arguments: &impl Tree, leaves: &[Tensor], mesh: Option<&Mesh>) -> Key {
        let leaf = |leaf: &Tensor| Leaf {
            spec: leaf.spec().clone(),
            donated: leaf.is_donated(),
            partition: partition(leaf, mesh).cloned().unwrap_or_default(),
        };
        let leaves = leaves.iter().map(leaf).collect();
        Key { mesh: mesh.cloned(), structure: Structure::of(arguments), leaves }
    }

    /// Whether it is the key of these arguments: what every call asks, so nothing is made for it.
    ///
    /// A static value that is not equal to itself, a NaN, is never found, and so traced for again and again.
    pub(super) fn is_of(&self, arguments: &impl Tree, leaves: &[Tensor], mesh: Option<&Mesh>) -> bool {
        self.leaves.len() == leaves.len()
            && self.leaves.iter().zip(leaves).all(|(own, leaf)| own.is_of(leaf, mesh))
            && self.mesh.as_ref() == mesh
            && self.structure.is_of(arguments)
    }
}

impl Leaf {
    fn is_of(&self, leaf: &Tensor, mesh: Option<&Mesh>) -> bool {
        self.donated == leaf.is_donated()
            && self.spec == *leaf.spec()
            && match partition(leaf, mesh) {
                Some(partition) => self.partition == *partition,
                None => self.partition == Partition::default(),
            }
    }
}

/// How a leaf is split, where that matters.
fn partition<'l>(leaf: &'l Tensor, mesh: Option<&Mesh>) -> Option<&'l Partition> {
    mesh.and_then(|_| leaf.partition())
}
