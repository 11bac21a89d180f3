//! Trees: values made of tensors, as control flow and transforms take and return them.
//!
//! A tree is flattened into its leaves, the leaves are replaced one by one, and a tree of the same structure is rebuilt
//! around the new ones; the old tree serves as the pattern, so there is no separate type for structures.

mod containers;
mod structure;

pub use structure::{Static, Structure};

use crate::error::error;
use crate::trace::current_or_none;
use crate::{DType, Location, Spec, Tensor};

/// A value made of tensors: a tensor, `()`, or tuples, arrays, vectors, options and maps of such.
///
/// References are trees too, so that nothing has to be cloned to be passed; what is rebuilt from them owns its tensors.
///
/// Derive it for structs and enums; fields that are no trees are marked `#[tree(static)]` and kept as they are:
/// ```
/// use bering_frontend::{DType, Spec, Tensor, Tree, trace};
///
/// #[derive(Tree)]
/// struct Linear { weight: Tensor, bias: Option<Tensor>, #[tree(static)] scale: f32 }
///
/// let specs = [Spec::new(DType::F32, [3, 4]), Spec::new(DType::F32, [4])];
/// let graph = trace("f", &specs, |_, x| {
///     let linear = Linear { weight: x[0].clone(), bias: Some(x[1].clone()), scale: 2.0 };
///     assert_eq!(bering_frontend::tree::names(&linear), ["weight", "bias"]);
///     bering_frontend::tree::map(&linear, |leaf| leaf * linear.scale)
/// })?;
/// assert_eq!(graph.outputs(), specs);
/// # Ok::<(), bering_frontend::Error>(())
/// ```
///
/// The derive works with generics (a parameter in a field that is a tree stands for a tree, and `Pair<&Tensor>` is rebuilt as
/// `Pair<Tensor>`). A field that is no tree is an error of the compiler at that field:
/// ```compile_fail,E0277
/// use bering_frontend::{Tensor, Tree};
/// #[derive(Tree)]
/// struct Linear { weight: Tensor, scale: f32 }
/// ```
/// Nor is a map without an order a tree, as which of its leaves comes first would change from run to run; a `BTreeMap` is:
/// ```compile_fail,E0277
/// use bering_frontend::{Tensor, Tree};
/// #[derive(Tree)]
/// struct Model { layers: std::collections::HashMap<String, Tensor> }
/// ```
/// A static field must be comparable, as a program is made for its value:
/// ```compile_fail,E0277
/// use bering_frontend::{Tensor, Tree};
/// #[derive(Clone)]
/// struct Mode;
/// #[derive(Tree)]
/// struct Model { weight: Tensor, #[tree(static)] mode: Mode }
/// ```
/// A type that borrows trees names what its copy without references is:
/// ```
/// use bering_frontend::{Tensor, Tree};
/// #[derive(Tree)]
/// struct Batch { images: Tensor, labels: Tensor }
/// #[derive(Tree)]
/// #[tree(owned = Batch)]
/// struct View<'a> { images: &'a Tensor, labels: &'a Tensor }
/// ```
///
/// By hand, do for every field what its own implementation does, in one order in all methods:
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
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no tree of tensors",
    note = "a field that is no tree is marked `#[tree(static)]`; structs and enums can `#[derive(Tree)]`"
)]
pub trait Tree {
    /// The same structure without references: what [`Tree::rebuild`] makes.
    type Owned: Tree<Owned = Self::Owned>;

    /// Appends the leaves in order.
    fn flatten(&self, leaves: &mut Vec<Tensor>);

    /// This structure around the next leaves.
    fn rebuild(&self, leaves: &mut Leaves) -> Self::Owned;

    /// Appends what each leaf is called in messages, for example `carry.0[2]` below the path `carry`.
    fn name_leaves(&self, path: &str, names: &mut Vec<String>);

    /// Appends everything but the leaves: what tells trees of different structure apart, with values that are no tensors.
    ///
    /// By default the names of the leaves, which suffices where those say it all.
    fn structure(&self, structure: &mut Structure) {
        let mut names = Vec::new();
        self.name_leaves("", &mut names);
        names.iter().for_each(|name| structure.node(name, 0));
    }
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

/// The leaves of a tree, in order.
pub fn leaves(tree: &impl Tree) -> Vec<Tensor> {
    let mut leaves = Vec::new();
    tree.flatten(&mut leaves);
    leaves
}

/// The structure of `tree` around other leaves.
pub fn rebuild<T: Tree>(tree: &T, leaves: Vec<Tensor>) -> T::Owned {
    tree.rebuild(&mut Leaves::new(leaves))
}

/// What the leaves of a tree are called in messages.
pub(crate) fn leaf_names(tree: &impl Tree, path: &str) -> Vec<String> {
    let mut names = Vec::new();
    tree.name_leaves(path, &mut names);
    names
}

/// The leaves' paths, in order: `layers[0].weight`. What a checkpoint calls them.
pub fn names(tree: &impl Tree) -> Vec<String> {
    let names = leaf_names(tree, "").into_iter();
    names.map(|name| name.strip_prefix('.').map_or(name.clone(), str::to_owned)).collect()
}

/// The same structure around what `function` makes of each leaf.
pub fn map<T: Tree>(tree: &T, function: impl FnMut(Tensor) -> Tensor) -> T::Owned {
    rebuild(tree, leaves(tree).into_iter().map(function).collect())
}

/// The structure of `tree` around what `function` makes of its leaves and those of `other` at the same place.
///
/// # Errors
/// Recorded when `other` has another number of leaves.
#[track_caller]
pub fn zip<T: Tree>(
    tree: &T,
    other: &impl Tree,
    mut function: impl FnMut(Tensor, Tensor) -> Tensor,
) -> T::Owned {
    let (lhs, rhs) = (leaves(tree), leaves(other));
    if lhs.len() != rhs.len() {
        let error = error!(Argument, "tree: zip of trees with {} and {} leaves", lhs.len(), rhs.len());
        current_or_none().mistake(error.at(Location::caller()), Spec::scalar(DType::F32));
        return rebuild(tree, lhs);
    }
    rebuild(tree, lhs.into_iter().zip(rhs).map(|(lhs, rhs)| function(lhs, rhs)).collect())
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

    fn structure(&self, structure: &mut Structure) {
        structure.node("tensor", 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace;
    use std::collections::BTreeMap;

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
