//! The transposed convolutional layer.

use super::{Module, init};
use crate::error::{Result, error};
use crate::{Conv as Settings, DType, Location, Pads, Params, Tensor, Tree};

/// A convolution the other way around, which makes images larger: the derivative of [`nn::Conv`](super::Conv) by its input, with `weight`
/// `[in, out / groups, k..]` and `bias`, as in PyTorch's checkpoints.
///
/// Strides, dilation, groups and padding are those of the convolution that is turned around, so padding makes results smaller: sizes are
/// `(S - 1) stride - 2 padding + dilation (k - 1) + 1`, and [`ConvTranspose::larger`] adds to that. Images are `[N, C, S..]`.
///
/// ```
/// use bering_frontend::{Conv, DType, Pads, Params, Spec, nn, nn::Module, trace};
/// let graph = trace("f", &[Spec::new(DType::F32, [8, 16, 14, 14])], |params: &Params, args| {
///     let settings = Conv::new().strides([2, 2]).padding(Pads::Explicit(vec![(1, 1), (1, 1)]));
///     nn::ConvTranspose::new(&params.at("up"), 16, 4, &[3, 3], settings).larger([1, 1]).forward(&args[0])
/// })?;
/// assert_eq!(graph.inputs()[1].spec.dims(), [16, 4, 3, 3]);
/// assert_eq!(graph.outputs()[0].dims(), [8, 4, 28, 28]);
/// # Ok::<(), bering_frontend::Error>(())
/// ```
#[derive(Clone, Debug, Tree)]
#[tree(crate = crate)]
pub struct ConvTranspose {
    weight: Tensor,
    bias: Option<Tensor>,
    #[tree(static)]
    settings: Settings,
    #[tree(static)]
    larger: Vec<usize>,
}

impl ConvTranspose {
    /// A layer from `inputs` to `outputs` features with a kernel of `sizes` and `f32` parameters.
    #[track_caller]
    pub fn new(
        params: &Params,
        inputs: usize,
        outputs: usize,
        sizes: &[usize],
        settings: Settings,
    ) -> ConvTranspose {
        let layer = ConvTranspose::without_bias(params, inputs, outputs, sizes, settings, DType::F32);
        ConvTranspose { bias: Some(params.get_or("bias", DType::F32, [outputs], init::zeros)), ..layer }
    }

    /// A layer without `bias`, with a weight of another type.
    #[track_caller]
    pub fn without_bias(
        params: &Params,
        inputs: usize,
        outputs: usize,
        sizes: &[usize],
        settings: Settings,
        dtype: DType,
    ) -> ConvTranspose {
        let dims = [&[inputs, outputs / settings.group_count().max(1)], sizes].concat();
        let seen = sizes.iter().fold(inputs, |seen, &size| seen.saturating_mul(size));
        let weight = params.get_or("weight", dtype, dims, init::fan_in(seen));
        ConvTranspose { weight, bias: None, settings, larger: vec![0; sizes.len()] }
    }

    /// Adds so many places at the end of each spatial axis: strides make several sizes one, and this says which was meant
    /// (`output_padding`).
    pub fn larger(mut self, places: impl Into<Vec<usize>>) -> ConvTranspose {
        self.larger = places.into();
        self
    }

    /// The kernel as a convolution takes it: `[out, in / groups, k..]`, turned around.
    #[track_caller]
    fn kernel(&self, groups: usize) -> Tensor {
        let [inputs, outputs, sizes @ ..] = self.weight.dims() else { return self.weight.clone() };
        let spatial = sizes.len();
        let grouped = [&[groups, inputs / groups, *outputs], sizes].concat();
        let order: Vec<usize> = [0, 2, 1].into_iter().chain(3..3 + spatial).collect();
        let turned = self.weight.reshape(grouped).transpose(order);
        let turned = turned.reshape([&[groups * outputs, inputs / groups], sizes].concat());
        turned.flip((2..2 + spatial).collect::<Vec<_>>())
    }

    fn forward_settings(&self, groups: usize) -> Result<Settings> {
        let sizes = self.weight.dims().get(2..).unwrap_or_default();
        let (strides, dilation) = self.settings.steps(sizes.len());
        let lists = [strides.len(), dilation.len(), self.larger.len()];
        if lists != [sizes.len(); 3] || !self.settings.is_channels_first() {
            return Err(error!(
                Argument,
                "conv_transpose: takes images of features before {} spatial axes and as many strides, dilations and places, got \
                 {lists:?}",
                sizes.len()
            ));
        }
        let taken = match self.settings.pads() {
            Pads::Valid => vec![(0, 0); sizes.len()],
            Pads::Explicit(taken) if taken.len() == sizes.len() => taken.clone(),
            other => {
                return Err(error!(
                    Argument,
                    "conv_transpose: padding must be explicit, a pair for each of {} axes, got {other:?}",
                    sizes.len()
                ));
            }
        };
        let pads = (0..sizes.len()).map(|i| {
            let larger = self.larger[i].min(1 << 60) as i64;
            let reach = (sizes[i].max(1) - 1).saturating_mul(dilation[i]).min(1 << 60) as i64;
            (reach.saturating_sub(taken[i].0), reach.saturating_sub(taken[i].1).saturating_add(larger))
        });
        let pads = Pads::Explicit(pads.collect());
        Ok(Settings::new().input_dilation(strides).dilation(dilation).padding(pads).groups(groups))
    }
}

impl Module for ConvTranspose {
    #[track_caller]
    fn forward(&self, x: &Tensor) -> Tensor {
        let groups = self.settings.group_count();
        let inputs = self.weight.dim(0);
        let settings = match self.forward_settings(groups) {
            Ok(_) if groups == 0 || !inputs.is_multiple_of(groups) => {
                Err(error!(Argument, "conv_transpose: {groups} groups do not divide {inputs} features"))
            }
            settings => settings,
        };
        match settings {
            Ok(settings) => {
                let product = x.conv(&self.kernel(groups), &settings);
                let Some(bias) = &self.bias else { return product };
                let dims: Vec<usize> =
                    (0..product.rank()).map(|axis| if axis == 1 { bias.dim(0) } else { 1 }).collect();
                product + bias.reshape(dims)
            }
            Err(error) => x.mistake_as(error, Location::caller(), x.spec().clone()),
        }
    }
}
