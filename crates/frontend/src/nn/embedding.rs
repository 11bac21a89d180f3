//! The look-up table.

use super::{Module, init};
use crate::{DType, Params, Tensor, Tree};

/// Rows of `weight` `[count, width]` at integer indices; indices out of range are clamped, see [`Tensor::take`].
///
/// ```
/// use bering_frontend::{DType, Params, Spec, nn::{Embedding, Module}, trace};
/// let graph = trace("f", &[Spec::new(DType::I32, [8, 16])], |params: &Params, args| {
///     Embedding::new(&params.at("word_embeddings"), 30522, 384).forward(&args[0])
/// })?;
/// assert_eq!(graph.outputs()[0].to_string(), "f32[8, 16, 384]");
/// # Ok::<(), bering_frontend::Error>(())
/// ```
#[derive(Clone, Debug, Tree)]
#[tree(crate = crate)]
pub struct Embedding {
    weight: Tensor,
}

impl Embedding {
    /// A table of `count` rows of `width` `f32`.
    #[track_caller]
    pub fn new(params: &Params, count: usize, width: usize) -> Embedding {
        Embedding::with_dtype(params, count, width, DType::F32)
    }

    /// As [`Embedding::new`] with rows of another type.
    #[track_caller]
    pub fn with_dtype(params: &Params, count: usize, width: usize, dtype: DType) -> Embedding {
        Embedding { weight: params.get_or("weight", dtype, [count, width], init::normal(0.02)) }
    }

    /// The whole table.
    pub fn weight(&self) -> &Tensor {
        &self.weight
    }
}

impl Module for Embedding {
    #[track_caller]
    fn forward(&self, indices: &Tensor) -> Tensor {
        self.weight.take(indices, 0)
    }
}
