//! Structures of trees as values: what is left of a tree without its leaves, to be compared.

use super::{Leaves, Tree};
use crate::Tensor;
use std::any::Any;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;

/// What a tree is beside its leaves: which fields, how many entries, which variants, and the values of static fields.
///
/// Programs are compiled once for each structure of their arguments, so two structures are equal only if every static value is.
///
/// ```
/// use bering_frontend::{DType, Spec, tree};
/// use bering_frontend::tree::{Static, Structure};
/// let of = |layers: usize, rate: f32| Structure::of(&(vec![(); layers], Static(rate)));
/// assert_eq!(of(2, 0.5), of(2, 0.5));
/// assert_ne!(of(2, 0.5), of(3, 0.5));
/// assert_ne!(of(2, 0.5), of(2, 0.25));
/// ```
#[derive(Default)]
pub struct Structure {
    text: String,
    values: Vec<Box<dyn Value>>,
}

impl Structure {
    /// The structure of a tree.
    pub fn of(tree: &impl Tree) -> Structure {
        let mut structure = Structure::default();
        tree.structure(&mut structure);
        structure
    }

    /// Appends a node with so many children, whose structures follow.
    pub fn node(&mut self, name: &str, children: usize) {
        // With its length, so that no name can be taken for another node's.
        self.text += &format!("{}:{name}/{children} ", name.len());
    }

    /// Appends a value that is no tree.
    pub fn value<T: Clone + PartialEq + 'static>(&mut self, value: &T) {
        self.node("static", 0);
        self.values.push(Box::new(value.clone()));
    }
}

/// A static value with its type forgotten.
trait Value: Any {
    fn is(&self, other: &dyn Any) -> bool;
}

impl<T: PartialEq + 'static> Value for T {
    fn is(&self, other: &dyn Any) -> bool {
        other.downcast_ref::<T>().is_some_and(|other| self == other)
    }
}

impl PartialEq for Structure {
    fn eq(&self, other: &Structure) -> bool {
        self.text == other.text
            && self.values.len() == other.values.len()
            && self.values.iter().zip(&other.values).all(|(lhs, rhs)| (**lhs).is(&**rhs as &dyn Any))
    }
}

impl Hash for Structure {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl fmt::Debug for Structure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Structure({}, {} static values)", self.text.trim_end(), self.values.len())
    }
}

/// A value that is no tensor, as a tree without leaves: an argument that a program is compiled anew for.
///
/// It reads as the value it holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Static<T>(pub T);

impl<T: Clone + PartialEq + 'static> Tree for Static<T> {
    type Owned = Static<T>;

    fn flatten(&self, _leaves: &mut Vec<Tensor>) {}

    fn rebuild(&self, _leaves: &mut Leaves) -> Static<T> {
        self.clone()
    }

    fn name_leaves(&self, _path: &str, _names: &mut Vec<String>) {}

    fn structure(&self, structure: &mut Structure) {
        structure.value(&self.0);
    }
}

impl<T> Deref for Static<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}
