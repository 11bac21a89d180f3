//! Trees: values made of tensors, as control flow and transforms take and return them.
//!
//! A tree is flattened into its leaves, the leaves are replaced one by one, and a tree of the same structure is rebuilt
//! around the new ones; the old tree serves as the pattern, so there is no separate type for structures.

use crate::error::error;
use crate::trace::current_or_none;
use crate::{DType, Location, Spec, Tensor};
use std::collections::BTreeMap;

/// A value made of tensors: a tensor, `()`, or tuples, arrays, vectors, options and maps of such.
///
/// References are trees too, so that nothing has to be cloned to be passed; what is rebuilt from them owns its tensors.
///
/// Implement it for a struct by doing for every field what its own implementation does, in one order in all three methods:
/// ```
/// use bering_frontend::{DType, Leaves, Spec, Tensor, Tree, trace};
///
/// struct State { mean: Tensor, history: Vec<Tensor> }
///
/// impl Tree for State {
///     type Owned = State;
///     fn flatten(&self, leaves: &mut Vec<Tensor>) {
///         (&self.mean, &self.history).flatten(leaves);
///     }
///     fn rebuild(&self, leaves: &mut Leaves) -> State {
///         State { mean: self.mean.rebuild(leaves), history: self.history.rebuild(leaves) }
///     }
///     fn name_leaves(&self, path: &str, names: &mut Vec<String>) {
///         self.mean.name_leaves(&format!("{path}.mean"), names);
///         self.history.name_leaves(&format!("{path}.history"), names);
///     }
/// }
///
/// let graph = trace("f", &[Spec::new(DType::F32, [2])], |_, x| State { mean: x[0].exp(), history: x.to_vec() })?;
/// assert_eq!(graph.outputs().len(), 2);
/// # Ok::<(), bering_frontend::Error>(())
/// ```
pub trait Tree {
    /// The same structure without references: what [`Tree::rebuild`] makes.
    type Owned: Tree<Owned = Self::Owned>;

    /// Appends the leaves in order.
    fn flatten(&self, leaves: &mut Vec<Tensor>);

    /// This structure around the next leaves.
    fn rebuild(&self, leaves: &mut Leaves) -> Self::Owned;

    /// Appends what each leaf is called in messages, for example `carry.0[2]` below the path `carry`.
    fn name_leaves(&self, path: &str, names: &mut Vec<String>);
}

/// The leaves from which a tree is rebuilt, in order.
pub struct Leaves {
    rest: std::vec::IntoIter<Tensor>,
}

impl Leaves {
    pub(crate) fn new(leaves: Vec<Tensor>) -> Leaves {
        Leaves { rest: leaves.into_iter() }
    }

    /// The next leaf. A tree that takes more than it gave gets placeholders, and the trace an error.
    pub fn take(&mut self) -> Tensor {
        self.rest.next().unwrap_or_else(|| {
            let error = error!(Argument, "tree: `rebuild` takes more leaves than `flatten` gives");
            current_or_none().mistake(error.at(Location::caller()), Spec::scalar(DType::F32))
        })
    }
}

/// The leaves of a tree.
pub(crate) fn leaves(tree: &impl Tree) -> Vec<Tensor> {
    let mut leaves = Vec::new();
    tree.flatten(&mut leaves);
    leaves
}

/// The structure of `tree` around other leaves.
pub(crate) fn rebuild<T: Tree>(tree: &T, leaves: Vec<Tensor>) -> T::Owned {
    tree.rebuild(&mut Leaves::new(leaves))
}

/// What the leaves of a tree are called in messages.
pub(crate) fn leaf_names(tree: &impl Tree, path: &str) -> Vec<String> {
    let mut names = Vec::new();
    tree.name_leaves(path, &mut names);
    names
}

/// The types of tensors.
pub(crate) fn specs(leaves: &[Tensor]) -> Vec<Spec> {
    leaves.iter().map(|leaf| leaf.spec().clone()).collect()
}

impl Tree for Tensor {
    type Owned = Tensor;

    fn flatten(&self, leaves: &mut Vec<Tensor>) {
        leaves.push(self.clone());
    }

    fn rebuild(&self, leaves: &mut Leaves) -> Tensor {
        leaves.take()
    }

    fn name_leaves(&self, path: &str, names: &mut Vec<String>) {
        names.push(path.to_string());
    }
}

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
        }
    };
}
tuple!();
tuple!(A 0);
tuple!(A 0 B 1);
tuple!(A 0 B 1 C 2);
tuple!(A 0 B 1 C 2 D 3);
tuple!(A 0 B 1 C 2 D 3 E 4);
tuple!(A 0 B 1 C 2 D 3 E 4 F 5);
tuple!(A 0 B 1 C 2 D 3 E 4 F 5 G 6);
tuple!(A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace;

    #[test]
    fn trees_rebuild_in_the_order_in_which_they_flatten() {
        trace("trees", &[Spec::new(DType::F32, [2]), Spec::new(DType::I32, [3])], |_, x| {
            let map = BTreeMap::from([("b".to_string(), &x[0]), ("a".to_string(), &x[1])]);
            let tree = ((&x[0], [&x[1], &x[0]]), vec![Some(&x[1]), None], map, ());
            let expected = ["t.0.0", "t.0.1[0]", "t.0.1[1]", "t.1[0]", "t.2[\"a\"]", "t.2[\"b\"]"];
            assert_eq!(leaf_names(&tree, "t"), expected);
            let owned = rebuild(&tree, leaves(&tree).iter().map(|leaf| leaf + 1).collect());
            assert!(owned.1[1].is_none() && owned.2["a"].dtype() == DType::I32);
            assert_eq!(specs(&leaves(&owned)), specs(&leaves(&tree)));
            owned
        })
        .unwrap();
    }
}
