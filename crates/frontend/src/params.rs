//! Parameters: graph inputs with dotted names, made when a model first asks for them.
//!
//! A model never holds weights. It asks a [`Params`] for a path with the type it expects; the path becomes a named input
//! of the graph, and whoever runs the graph finds the tensor of that name in a checkpoint and checks its type.

use crate::trace::Trace;
use crate::{DType, Location, Shape, Spec, Tensor};
use std::rc::Rc;

/// A place in the tree of a model's parameters.
///
/// ```
/// use bering_frontend::{DType, Params, trace};
/// let graph = trace("f", &[], |params: &Params, _| {
///     let layer = params.at("encoder").at("layer.0");
///     layer.get("weight", DType::F32, [4, 4]) + layer.get("bias", DType::F32, [4])
/// })?;
/// let names: Vec<_> = graph.inputs().iter().filter_map(|input| input.name.as_deref()).collect();
/// assert_eq!(names, ["encoder.layer.0.weight", "encoder.layer.0.bias"]);
/// # Ok::<(), bering_frontend::Error>(())
/// ```
#[derive(Clone)]
pub struct Params {
    trace: Rc<Trace>,
    path: String,
}

impl Params {
    pub(crate) fn root(trace: Rc<Trace>) -> Params {
        Params { trace, path: String::new() }
    }

    /// The place below this one; `name` may hold dots. An empty name is this place.
    pub fn at(&self, name: impl AsRef<str>) -> Params {
        Params { trace: self.trace.clone(), path: self.join(name.as_ref()) }
    }

    /// The `index`-th place below this one, as lists of layers are numbered.
    pub fn index(&self, index: usize) -> Params {
        self.at(index.to_string())
    }

    /// The dotted path of this place, empty for the root.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The parameter `name` below this place. Asking again gives the same tensor.
    ///
    /// # Errors
    /// Recorded when the path was asked for before with another type.
    #[track_caller]
    pub fn get(&self, name: impl AsRef<str>, dtype: DType, dims: impl Into<Shape>) -> Tensor {
        self.trace.parameter(&self.join(name.as_ref()), Spec::new(dtype, dims), Location::caller())
    }

    fn join(&self, name: &str) -> String {
        match (self.path.as_str(), name) {
            ("", name) => name.to_string(),
            (path, "") => path.to_string(),
            (path, name) => format!("{path}.{name}"),
        }
    }
}
