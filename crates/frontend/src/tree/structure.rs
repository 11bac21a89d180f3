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
///
/// [`Structure::is_of`] compares a structure with a tree's without making another one: nothing is allocated for it.
#[derive(Default)]
pub struct Structure<'e> {
    nodes: Vec<(Box<str>, usize)>,
    values: Vec<Box<dyn Value>>,
    /// What is appended is compared with this instead.
    expected: Option<Comparison<'e>>,
}

/// How far a tree is like a structure.
struct Comparison<'e> {
    structure: &'e Structure<'e>,
    nodes: usize,
    values: usize,
    equal: bool,
}

impl Structure<'static> {
    /// The structure of a tree.
    pub fn of(tree: &impl Tree) -> Structure<'static> {
        let mut structure = Structure::default();
        tree.structure(&mut structure);
        structure
    }
}

impl<'e> Structure<'e> {
    /// Whether it equals the structure of a tree.
    ///
    /// ```
    /// use bering_frontend::{Static, Structure};
    /// assert!(Structure::of(&Static(1)).is_of(&Static(1)));
    /// assert!(!Structure::of(&Static(1)).is_of(&Static(2)));
    /// ```
    pub fn is_of(&'e self, tree: &impl Tree) -> bool {
        let expected = Comparison { structure: self, nodes: 0, values: 0, equal: true };
        let mut compared = Structure { expected: Some(expected), ..Structure::default() };
        tree.structure(&mut compared);
        compared.expected.is_some_and(|comparison| {
            comparison.equal && comparison.nodes == self.nodes.len() && comparison.values == self.values.len()
        })
    }

    /// Appends a node with so many children, whose structures follow.
    pub fn node(&mut self, name: &str, children: usize) {
        match &mut self.expected {
            None => self.nodes.push((name.into(), children)),
            Some(comparison) => {
                let node = comparison.structure.nodes.get(comparison.nodes);
                comparison.equal &= node.is_some_and(|node| *node.0 == *name && node.1 == children);
                comparison.nodes += 1;
            }
        }
    }

    /// Appends a value that is no tree.
    pub fn value<T: Clone + PartialEq + 'static>(&mut self, value: &T) {
        self.node("static", 0);
        match &mut self.expected {
            None => self.values.push(Box::new(value.clone())),
            Some(comparison) => {
                let own = comparison.structure.values.get(comparison.values);
                comparison.equal &= own.is_some_and(|own| (**own).is(value as &dyn Any));
                comparison.values += 1;
            }
        }
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

impl PartialEq for Structure<'_> {
    fn eq(&self, other: &Structure) -> bool {
        self.nodes == other.nodes
            && self.values.len() == other.values.len()
            && self.values.iter().zip(&other.values).all(|(lhs, rhs)| (**lhs).is(&**rhs as &dyn Any))
    }
}

impl Hash for Structure<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.nodes.hash(state);
    }
}

impl fmt::Debug for Structure<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nodes: Vec<String> =
            self.nodes.iter().map(|(name, children)| format!("{name}/{children}")).collect();
        write!(f, "Structure({}, {} static values)", nodes.join(" "), self.values.len())
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
