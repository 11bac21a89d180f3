//! The convolutional layer.

use super::{Module, init};
use crate::{Conv as Settings, DType, Location, Params, Tensor, Tree};

/// A convolution with `weight` and `bias`, over any number of spatial axes.
///
/// How the kernel moves, and the layout of images and weights, is said by [`bering_frontend::Conv`](crate::Conv). Without more
/// said images are `[N, C, H, W]` and `weight` is `[out, in / groups, h, w]`, as in PyTorch's checkpoints.
///
/// ```
/// use bering_frontend::{Conv, DType, Pads, Params, Spec, nn, nn::Module, trace};
/// let graph = trace("f", &[Spec::new(DType::F32, [8, 28, 28, 1])], |params: &Params, args| {
///     let settings = Conv::channels_last().padding(Pads::Same);
///     nn::Conv::new(&params.at("conv1"), 1, 16, &[3, 3], settings).forward(&args[0])
/// })?;
/// assert_eq!(graph.inputs()[1].spec.dims(), [3, 3, 1, 16]);
/// assert_eq!(graph.outputs()[0].dims(), [8, 28, 28, 16]);
/// # Ok::<(), bering_frontend::Error>(())
/// ```
#[derive(Clone, Debug, Tree)]
#[tree(crate = crate)]
pub struct Conv {
    weight: Tensor,
    bias: Option<Tensor>,
    #[tree(static)]
    settings: Settings,
}

impl Conv {
    /// A layer from `inputs` to `outputs` features with a kernel of `sizes` and `f32` parameters.
    ///
    /// # Errors
    /// Recorded when the settings' layout does not have as many axes.
    #[track_caller]
    pub fn new(params: &Params, inputs: usize, outputs: usize, sizes: &[usize], settings: Settings) -> Conv {
        Conv::with_dtype(params, inputs, outputs, sizes, settings, DType::F32)
    }

    /// As [`Conv::new`] with parameters of another type.
    ///
    /// # Errors
    /// As of [`Conv::new`].
    #[track_caller]
    pub fn with_dtype(
        params: &Params,
        inputs: usize,
        outputs: usize,
        sizes: &[usize],
        settings: Settings,
        dtype: DType,
    ) -> Conv {
        let layer = Conv::without_bias(params, inputs, outputs, sizes, settings, dtype);
        Conv { bias: Some(params.get_or("bias", dtype, [outputs], init::zeros)), ..layer }
    }

    /// A layer without `bias`, with a weight of another type.
    ///
    /// # Errors
    /// As of [`Conv::new`].
    #[track_caller]
    pub fn without_bias(
        params: &Params,
        inputs: usize,
        outputs: usize,
        sizes: &[usize],
        settings: Settings,
        dtype: DType,
    ) -> Conv {
        let dims = settings.kernel_dims(inputs, outputs, sizes);
        // What is wrong with the layout is recorded when it is used.
        let dims = dims.unwrap_or_else(|_| [&[outputs, inputs], sizes].concat());
        let seen = dims.iter().fold(1, |seen: usize, &dim| seen.saturating_mul(dim)) / outputs.max(1);
        Conv { weight: params.get_or("weight", dtype, dims, init::fan_in(seen)), bias: None, settings }
    }
}

impl Module for Conv {
    #[track_caller]
    fn forward(&self, x: &Tensor) -> Tensor {
        let product = x.conv(&self.weight, &self.settings);
        let Some(bias) = &self.bias else { return product };
        match self.settings.bias_dims(bias.dim(0), product.rank()) {
            Ok(dims) => product + bias.reshape(dims),
            Err(error) => product.mistake_as(error, Location::caller(), product.spec().clone()),
        }
    }
}
