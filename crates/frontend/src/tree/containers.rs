//! The standard library's containers as trees: references, lists, options, maps, boxes and tuples.

use super::{Leaves, Structure, Tree};
use crate::Tensor;
use std::collections::BTreeMap;

impl<T: Tree + ?Sized> Tree for &T {
    type Owned = T::Owned;

    fn flatten(&self, leaves: &mut Vec<Tensor>) {
        (**self).flatten(leaves);
    }

    fn rebuild(&self, leaves: &mut Leaves) -> T::Owned {
        (**self).rebuild(leaves)
    }

    fn name_leaves(&self, path: &str, names: &mut Vec<String>) {
        (**self).name_leaves(path, names);
    }

    fn structure(&self, structure: &mut Structure) {
        (**self).structure(structure);
    }
}

impl<T: Tree> Tree for [T] {
    type Owned = Vec<T::Owned>;

    fn flatten(&self, leaves: &mut Vec<Tensor>) {
        self.iter().for_each(|tree| tree.flatten(leaves));
    }

    fn rebuild(&self, leaves: &mut Leaves) -> Vec<T::Owned> {
        self.iter().map(|tree| tree.rebuild(leaves)).collect()
    }

    fn name_leaves(&self, path: &str, names: &mut Vec<String>) {
        for (i, tree) in self.iter().enumerate() {
            tree.name_leaves(&format!("{path}[{i}]"), names);
        }
    }

    fn structure(&self, structure: &mut Structure) {
        structure.node("list", self.len());
        self.iter().for_each(|tree| tree.structure(structure));
    }
}

impl<T: Tree> Tree for Vec<T> {
    type Owned = Vec<T::Owned>;

    fn flatten(&self, leaves: &mut Vec<Tensor>) {
        self.as_slice().flatten(leaves);
    }

    fn rebuild(&self, leaves: &mut Leaves) -> Vec<T::Owned> {
        self.as_slice().rebuild(leaves)
    }

    fn name_leaves(&self, path: &str, names: &mut Vec<String>) {
        self.as_slice().name_leaves(path, names);
    }

    fn structure(&self, structure: &mut Structure) {
        self.as_slice().structure(structure);
    }
}

impl<T: Tree, const N: usize> Tree for [T; N] {
    type Owned = [T::Owned; N];

    fn flatten(&self, leaves: &mut Vec<Tensor>) {
        self.as_slice().flatten(leaves);
    }

    fn rebuild(&self, leaves: &mut Leaves) -> [T::Owned; N] {
        self.each_ref().map(|tree| tree.rebuild(leaves))
    }

    fn name_leaves(&self, path: &str, names: &mut Vec<String>) {
        self.as_slice().name_leaves(path, names);
    }

    fn structure(&self, structure: &mut Structure) {
        self.as_slice().structure(structure);
    }
}

impl<T: Tree> Tree for Box<T> {
    type Owned = Box<T::Owned>;

    fn flatten(&self, leaves: &mut Vec<Tensor>) {
        (**self).flatten(leaves);
    }

    fn rebuild(&self, leaves: &mut Leaves) -> Box<T::Owned> {
        Box::new((**self).rebuild(leaves))
    }

    fn name_leaves(&self, path: &str, names: &mut Vec<String>) {
        (**self).name_leaves(path, names);
    }

    fn structure(&self, structure: &mut Structure) {
        (**self).structure(structure);
    }
}

impl<T: Tree> Tree for Option<T> {
    type Owned = Option<T::Owned>;

    fn flatten(&self, leaves: &mut Vec<Tensor>) {
        self.iter().for_each(|tree| tree.flatten(leaves));
    }

    fn rebuild(&self, leaves: &mut Leaves) -> Option<T::Owned> {
        self.as_ref().map(|tree| tree.rebuild(leaves))
    }

    fn name_leaves(&self, path: &str, names: &mut Vec<String>) {
        self.iter().for_each(|tree| tree.name_leaves(path, names));
    }

    fn structure(&self, structure: &mut Structure) {
        structure.node("option", usize::from(self.is_some()));
        self.iter().for_each(|tree| tree.structure(structure));
    }
}

impl<T: Tree> Tree for BTreeMap<String, T> {
    type Owned = BTreeMap<String, T::Owned>;

    fn flatten(&self, leaves: &mut Vec<Tensor>) {
        self.values().for_each(|tree| tree.flatten(leaves));
    }

    fn rebuild(&self, leaves: &mut Leaves) -> BTreeMap<String, T::Owned> {
        self.iter().map(|(name, tree)| (name.clone(), tree.rebuild(leaves))).collect()
    }

    fn name_leaves(&self, path: &str, names: &mut Vec<String>) {
        self.iter().for_each(|(name, tree)| tree.name_leaves(&format!("{path}[{name:?}]"), names));
    }

    fn structure(&self, structure: &mut Structure) {
        structure.node("map", self.len());
        for (name, tree) in self {
            structure.node(name, 1);
            tree.structure(structure);
        }
    }
}

macro_rules! tuple {
    ($($name:ident $index:tt)*) => {
        impl<$($name: Tree),*> Tree for ($($name,)*) {
            type Owned = ($($name::Owned,)*);

            #[allow(unused_variables)]
            fn flatten(&self, leaves: &mut Vec<Tensor>) {
                $(self.$index.flatten(leaves);)*
            }

            #[allow(unused_variables, clippy::unused_unit)]
            fn rebuild(&self, leaves: &mut Leaves) -> Self::Owned {
                ($(self.$index.rebuild(leaves),)*)
            }

            #[allow(unused_variables)]
            fn name_leaves(&self, path: &str, names: &mut Vec<String>) {
                $(self.$index.name_leaves(&format!("{path}.{}", $index), names);)*
            }

            fn structure(&self, structure: &mut Structure) {
                structure.node("tuple", 0usize $(+ { let _ = $index; 1 })*);
                $(self.$index.structure(structure);)*
            }
        }
    };
}
tuples!(tuple);
