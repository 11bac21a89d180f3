//! Sets of axes of one mesh.

use super::{Mesh, Partition};
use std::sync::Arc;

/// Axes of a mesh, one bit each.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq, Hash)]
pub(crate) struct AxisSet(u64);

impl AxisSet {
    /// How many axes a mesh may have.
    pub(super) const MOST: usize = u64::BITS as usize;

    pub(crate) fn and(self, other: AxisSet) -> AxisSet {
        AxisSet(self.0 | other.0)
    }

    pub(crate) fn without(self, other: AxisSet) -> AxisSet {
        AxisSet(self.0 & !other.0)
    }

    pub(crate) fn shared(self, other: AxisSet) -> AxisSet {
        AxisSet(self.0 & other.0)
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The axes of any of several sets.
    pub(crate) fn of_all(sets: impl IntoIterator<Item = AxisSet>) -> AxisSet {
        sets.into_iter().fold(AxisSet::default(), AxisSet::and)
    }
}

impl Mesh {
    /// The set of these axes.
    pub(crate) fn set<'a>(&self, axes: impl IntoIterator<Item = &'a Arc<str>>) -> AxisSet {
        let bit = |axis: &Arc<str>| self.position(axis).map_or(0, |at| 1 << at);
        AxisSet(axes.into_iter().map(bit).fold(0, |set, bit| set | bit))
    }

    /// The axes that a partition splits over.
    pub(crate) fn split_over(&self, partition: &Partition) -> AxisSet {
        self.set(partition.mentioned())
    }

    /// The axes of a set, in the mesh's order.
    pub(crate) fn named(&self, set: AxisSet) -> Vec<Arc<str>> {
        let inside =
            |(at, (name, _)): (usize, (&str, usize))| (set.0 >> at & 1 == 1).then(|| Arc::from(name));
        self.axes().enumerate().filter_map(inside).collect()
    }

    /// Every axis.
    pub(crate) fn every(&self) -> AxisSet {
        self.axes().enumerate().fold(AxisSet::default(), |set, (at, _)| AxisSet(set.0 | 1 << at))
    }
}
