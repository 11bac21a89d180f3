//! Normalisation: of features ([`LayerNorm`], [`RmsNorm`]), of groups of channels ([`GroupNorm`]), over a batch ([`BatchNorm`]).
//!
//! 16-bit floats are normalised in `f32`, weight and bias included, and rounded once; so parameters in `f32` serve inputs of any
//! floats.

use super::{Module, init};
use crate::error::error;
use crate::{DType, Location, Params, Tensor, Tree};

/// `(x - mean) / sqrt(variance + eps) * weight + bias` over the last axis (Ba, Kiros and Hinton, 2016).
///
/// ```
/// use bering_frontend::{DType, Params, Spec, nn::{LayerNorm, Module}, trace};
/// let graph = trace("f", &[Spec::new(DType::F32, [8, 384])], |params: &Params, args| {
///     LayerNorm::new(&params.at("LayerNorm"), 384, 1e-12).forward(&args[0])
/// })?;
/// assert_eq!(graph.outputs()[0].dims(), [8, 384]);
/// # Ok::<(), bering_frontend::Error>(())
/// ```
#[derive(Clone, Debug, Tree)]
#[tree(crate = crate)]
pub struct LayerNorm {
    weight: Tensor,
    bias: Option<Tensor>,
    #[tree(static)]
    eps: f64,
}

impl LayerNorm {
    /// A layer over `width` features with `f32` parameters.
    #[track_caller]
    pub fn new(params: &Params, width: usize, eps: f64) -> LayerNorm {
        LayerNorm::with_dtype(params, width, eps, DType::F32)
    }

    /// As [`LayerNorm::new`] with parameters of another type.
    #[track_caller]
    pub fn with_dtype(params: &Params, width: usize, eps: f64, dtype: DType) -> LayerNorm {
        let layer = LayerNorm::without_bias(params, width, eps, dtype);
        LayerNorm { bias: Some(params.get_or("bias", dtype, [width], init::zeros)), ..layer }
    }

    /// A layer without `bias`.
    #[track_caller]
    pub fn without_bias(params: &Params, width: usize, eps: f64, dtype: DType) -> LayerNorm {
        LayerNorm { weight: params.get_or("weight", dtype, [width], init::ones), bias: None, eps }
    }
}

impl Module for LayerNorm {
    #[track_caller]
    fn forward(&self, x: &Tensor) -> Tensor {
        let _scope = x.trace().enter("layer_norm");
        let wide = widened(x);
        let centered = &wide - wide.mean_keepdims(-1);
        let variance = (&centered * &centered).mean_keepdims(-1);
        let scaled = centered * (variance + self.eps).rsqrt() * widened(&self.weight);
        let result = match &self.bias {
            Some(bias) => scaled + widened(bias),
            None => scaled,
        };
        result.convert(x.dtype())
    }
}

/// `x / sqrt(mean(x^2) + eps) * weight` over the last axis (Zhang and Sennrich, 2019).
///
/// ```
/// use bering_frontend::{DType, Params, Spec, nn::{Module, RmsNorm}, trace};
/// let graph = trace("f", &[Spec::new(DType::Bf16, [8, 384])], |params: &Params, args| {
///     RmsNorm::with_dtype(&params.at("norm"), 384, 1e-6, DType::Bf16).forward(&args[0])
/// })?;
/// assert_eq!(graph.outputs()[0].to_string(), "bf16[8, 384]");
/// # Ok::<(), bering_frontend::Error>(())
/// ```
#[derive(Clone, Debug, Tree)]
#[tree(crate = crate)]
pub struct RmsNorm {
    weight: Tensor,
    #[tree(static)]
    eps: f64,
    #[tree(static)]
    offset: f64,
}

impl RmsNorm {
    /// A layer over `width` features with an `f32` weight.
    #[track_caller]
    pub fn new(params: &Params, width: usize, eps: f64) -> RmsNorm {
        RmsNorm::with_dtype(params, width, eps, DType::F32)
    }

    /// As [`RmsNorm::new`] with a weight of another type.
    #[track_caller]
    pub fn with_dtype(params: &Params, width: usize, eps: f64, dtype: DType) -> RmsNorm {
        RmsNorm { weight: params.get_or("weight", dtype, [width], init::ones), eps, offset: 0.0 }
    }

    /// A layer whose weight is stored as its difference from 1 (Gemma).
    #[track_caller]
    pub fn around_one(params: &Params, width: usize, eps: f64, dtype: DType) -> RmsNorm {
        RmsNorm { weight: params.get_or("weight", dtype, [width], init::zeros), eps, offset: 1.0 }
    }
}

impl Module for RmsNorm {
    #[track_caller]
    fn forward(&self, x: &Tensor) -> Tensor {
        let _scope = x.trace().enter("rms_norm");
        let wide = widened(x);
        let square = (&wide * &wide).mean_keepdims(-1);
        let normal = wide * (square + self.eps).rsqrt();
        let weight = widened(&self.weight);
        let weight = if self.offset == 0.0 { weight } else { weight + self.offset };
        (normal * weight).convert(x.dtype())
    }
}

/// Each example's channels normalised in groups, over the spatial axes too (Wu and He, 2018); channels are axis 1.
///
/// As many groups as channels make an instance normalisation.
///
/// ```
/// use bering_frontend::{DType, Params, Spec, nn::{GroupNorm, Module}, trace};
/// let graph = trace("f", &[Spec::new(DType::F32, [2, 32, 8, 8])], |params: &Params, args| {
///     GroupNorm::new(&params.at("norm"), 32, 4, 1e-5).forward(&args[0])
/// })?;
/// assert_eq!(graph.outputs()[0].dims(), [2, 32, 8, 8]);
/// # Ok::<(), bering_frontend::Error>(())
/// ```
#[derive(Clone, Debug, Tree)]
#[tree(crate = crate)]
pub struct GroupNorm {
    weight: Tensor,
    bias: Tensor,
    #[tree(static)]
    groups: usize,
    #[tree(static)]
    eps: f64,
}

impl GroupNorm {
    /// A layer over `channels` in `groups`, with `f32` parameters.
    #[track_caller]
    pub fn new(params: &Params, channels: usize, groups: usize, eps: f64) -> GroupNorm {
        GroupNorm::with_dtype(params, channels, groups, eps, DType::F32)
    }

    /// As [`GroupNorm::new`] with parameters of another type.
    #[track_caller]
    pub fn with_dtype(params: &Params, channels: usize, groups: usize, eps: f64, dtype: DType) -> GroupNorm {
        let weight = params.get_or("weight", dtype, [channels], init::ones);
        GroupNorm { weight, bias: params.get_or("bias", dtype, [channels], init::zeros), groups, eps }
    }
}

impl Module for GroupNorm {
    #[track_caller]
    fn forward(&self, x: &Tensor) -> Tensor {
        let _scope = x.trace().enter("group_norm");
        let channels = self.weight.dim(0);
        let fits = x.rank() >= 2 && x.dims()[1] == channels && channels.is_multiple_of(self.groups.max(1));
        if !fits {
            let error = error!(
                Shape,
                "group_norm: axis 1 must hold {channels} channels in {} groups, got {}",
                self.groups,
                x.spec()
            );
            return x.mistake_as(error, Location::caller(), x.spec().clone());
        }
        let count = x.dims()[1..].iter().product::<usize>() / self.groups.max(1);
        let wide = widened(x).reshape([x.dims()[0], self.groups, count]);
        let centered = &wide - wide.mean_keepdims(-1);
        let variance = (&centered * &centered).mean_keepdims(-1);
        let normal = (centered * (variance + self.eps).rsqrt()).reshape(x.dims());
        affine(&normal, &self.weight, &self.bias, 1).convert(x.dtype())
    }
}

/// Channels normalised over everything else: by the batch's own statistics in training, by running ones afterwards (Ioffe
/// and Szegedy, 2015).
///
/// The running statistics are no parameters, so they are a tree of their own: [`BatchNorm::train`] takes and gives them.
///
/// ```
/// use bering_frontend::{DType, Params, Spec, nn::{BatchNorm, BatchStats}, trace};
/// let graph = trace("f", &[Spec::new(DType::F32, [2, 32, 8, 8])], |params: &Params, x| {
///     let params = params.at("bn1");
///     let (norm, stats) = (BatchNorm::new(&params, 32, 1e-5), BatchStats::new(&params, 32));
///     let (_, stats) = norm.train(&x[0], &stats);
///     norm.infer(&x[0], &stats)
/// })?;
/// assert_eq!(graph.outputs()[0].dims(), [2, 32, 8, 8]);
/// # Ok::<(), bering_frontend::Error>(())
/// ```
#[derive(Clone, Debug, Tree)]
#[tree(crate = crate)]
pub struct BatchNorm {
    weight: Tensor,
    bias: Tensor,
    #[tree(static)]
    eps: f64,
    #[tree(static)]
    momentum: f64,
    #[tree(static)]
    axis: isize,
}

/// Running mean and variance of a [`BatchNorm`].
#[derive(Clone, Debug, Tree)]
#[tree(crate = crate)]
pub struct BatchStats {
    running_mean: Tensor,
    running_var: Tensor,
}

impl BatchStats {
    /// Statistics of `channels`, in `f32`; 0 and 1 before any batch.
    #[track_caller]
    pub fn new(params: &Params, channels: usize) -> BatchStats {
        BatchStats {
            running_mean: params.get_or("running_mean", DType::F32, [channels], init::zeros),
            running_var: params.get_or("running_var", DType::F32, [channels], init::ones),
        }
    }
}

impl BatchNorm {
    /// A layer over `channels`, which are axis 1, with `f32` parameters. A tenth of the running statistics is replaced in every step.
    #[track_caller]
    pub fn new(params: &Params, channels: usize, eps: f64) -> BatchNorm {
        let weight = params.get_or("weight", DType::F32, [channels], init::ones);
        let bias = params.get_or("bias", DType::F32, [channels], init::zeros);
        BatchNorm { weight, bias, eps, momentum: 0.1, axis: 1 }
    }

    /// Channels are another axis; negative ones count from the last.
    pub fn axis(mut self, axis: isize) -> BatchNorm {
        self.axis = axis;
        self
    }

    /// The part of the running statistics that a step replaces.
    pub fn momentum(mut self, momentum: f64) -> BatchNorm {
        self.momentum = momentum;
        self
    }

    /// `x` normalised by its own statistics, and the running ones after it. The batch's variance enters them with the correction
    /// for a sample, as PyTorch has it.
    ///
    /// # Errors
    /// Recorded when the axis does not have as many channels.
    #[track_caller]
    pub fn train(&self, x: &Tensor, stats: &BatchStats) -> (Tensor, BatchStats) {
        let Some(axis) = self.channels(x) else { return (x.clone(), stats.clone()) };
        let _scope = x.trace().enter("batch_norm");
        let others: Vec<usize> = (0..x.rank()).filter(|&other| other != axis).collect();
        let wide = widened(x);
        let count: usize = others.iter().map(|&other| x.dims()[other]).product();
        let mean = wide.mean(others.as_slice());
        let centered = &wide - per_channel(&mean, axis, x);
        let variance = (&centered * &centered).mean(others.as_slice());
        let normal = centered * per_channel(&(&variance + self.eps).rsqrt(), axis, x);
        let corrected = &variance * (count as f64 / count.saturating_sub(1).max(1) as f64);
        let blend =
            |old: &Tensor, new: &Tensor| (old * (1.0 - self.momentum) + new * self.momentum).stop_gradient();
        let stats = BatchStats {
            running_mean: blend(&stats.running_mean, &mean),
            running_var: blend(&stats.running_var, &corrected),
        };
        (affine(&normal, &self.weight, &self.bias, axis).convert(x.dtype()), stats)
    }

    /// `x` normalised by the running statistics.
    ///
    /// # Errors
    /// Recorded when the axis does not have as many channels.
    #[track_caller]
    pub fn infer(&self, x: &Tensor, stats: &BatchStats) -> Tensor {
        let Some(axis) = self.channels(x) else { return x.clone() };
        let _scope = x.trace().enter("batch_norm");
        let centered = widened(x) - per_channel(&stats.running_mean, axis, x);
        let normal = centered * per_channel(&(&stats.running_var + self.eps).rsqrt(), axis, x);
        affine(&normal, &self.weight, &self.bias, axis).convert(x.dtype())
    }

    /// The axis of channels, if it fits.
    #[track_caller]
    fn channels(&self, x: &Tensor) -> Option<usize> {
        let axis = match self.axis {
            axis if axis < 0 => x.rank().checked_add_signed(axis),
            axis => axis.try_into().ok(),
        };
        let channels = self.weight.dim(0);
        let axis = axis.filter(|&axis| x.dims().get(axis) == Some(&channels));
        if axis.is_none() {
            let axis = self.axis;
            let error =
                error!(Shape, "batch_norm: axis {axis} must hold {channels} channels, got {}", x.spec());
            x.mistake_as(error, Location::caller(), x.spec().clone());
        }
        axis
    }
}

/// Every channel of a normalised tensor, which is wide, scaled and moved.
#[track_caller]
fn affine(normal: &Tensor, weight: &Tensor, bias: &Tensor, axis: usize) -> Tensor {
    normal * per_channel(&widened(weight), axis, normal) + per_channel(&widened(bias), axis, normal)
}

/// One number a channel, in the shape and type in which it broadcasts against `x`.
#[track_caller]
fn per_channel(values: &Tensor, axis: usize, x: &Tensor) -> Tensor {
    let mut dims = vec![1; x.rank()];
    dims[axis] = values.dim(0);
    values.reshape(dims)
}

/// 16-bit floats as `f32`.
#[track_caller]
pub(super) fn widened(x: &Tensor) -> Tensor {
    match x.dtype() {
        DType::F16 | DType::Bf16 => x.convert(DType::F32),
        _ => x.clone(),
    }
}
