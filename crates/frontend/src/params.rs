//! Parameters: graph inputs with dotted names, made when a model first asks for them.
//!
//! A model never holds weights. It asks a [`Params`] for a path with the type it expects; the path becomes a named input
//! of the graph, and whoever runs the graph finds the tensor of that name in a checkpoint and checks its type.
//!
//! The same model is made with random parameters from [`Params::random`], which draws each where it is asked for: what training
//! starts from.

use crate::error::error;
use crate::random::Key;
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
    /// What parameters are drawn from, if they are not inputs.
    key: Option<Key>,
}

impl Params {
    pub(crate) fn root(trace: Rc<Trace>) -> Params {
        Params { trace, path: String::new(), key: None }
    }

    /// The root of parameters that are drawn where they are asked for, each from a key of its own that its path decides.
    ///
    /// ```
    /// use bering_frontend::{DType, Params, Spec, nn::{Linear, Module}, random::Key, trace};
    /// // A function that makes the initial weights, for whoever trains them.
    /// let graph = trace("init", &[Spec::new(DType::U32, [2])], |_, key| {
    ///     Linear::new(&Params::random(&Key::wrap(&key[0])), 384, 10)
    /// })?;
    /// assert_eq!(graph.outputs()[0].to_string(), "f32[10, 384]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    pub fn random(key: &Key) -> Params {
        Params { trace: key.words().trace().clone(), path: String::new(), key: Some(key.clone()) }
    }

    /// The place below this one; `name` may hold dots. An empty name is this place.
    pub fn at(&self, name: impl AsRef<str>) -> Params {
        Params { path: self.join(name.as_ref()), ..self.clone() }
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
    /// Recorded when the path was asked for before with another type, or parameters are drawn: nothing says from what.
    #[track_caller]
    pub fn get(&self, name: impl AsRef<str>, dtype: DType, dims: impl Into<Shape>) -> Tensor {
        let (path, spec, location) = (self.join(name.as_ref()), Spec::new(dtype, dims), Location::caller());
        if self.key.is_some() {
            let error = error!(Parameter, "parameter `{path}` has no distribution to draw it from")
                .hint("the model has to ask for it with `Params::get_or`");
            return self.trace.innermost().mistake(error.at(location), spec);
        }
        self.trace.parameter(&path, spec, location)
    }

    /// As [`Params::get`], with what gives it a value where parameters are drawn: see [`nn::init`](crate::nn::init).
    ///
    /// # Errors
    /// As of [`Params::get`]; and when `init` gives another type.
    #[track_caller]
    pub fn get_or(
        &self,
        name: impl AsRef<str>,
        dtype: DType,
        dims: impl Into<Shape>,
        init: impl FnOnce(&Key, &Spec) -> Tensor,
    ) -> Tensor {
        let Some(key) = &self.key else { return self.get(name, dtype, dims) };
        let (path, spec, location) = (self.join(name.as_ref()), Spec::new(dtype, dims), Location::caller());
        let value = init(&key.fold_in(i64::from(hash(&path))), &spec);
        if *value.spec() != spec {
            let error = error!(Parameter, "parameter `{path}` is {spec}, its initial value {}", value.spec());
            return self.trace.innermost().mistake(error.at(location), spec);
        }
        value
    }

    fn join(&self, name: &str) -> String {
        match (self.path.as_str(), name) {
            ("", name) => name.to_string(),
            (path, "") => path.to_string(),
            (path, name) => format!("{path}.{name}"),
        }
    }
}

/// A number for a path (FNV-1a), so that what a parameter is does not depend on those asked for before it.
fn hash(path: &str) -> u32 {
    path.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
