//! Convolutions over any number of spatial axes, in any layout.

use super::Tensor;
use super::pooling::{Pads, span};
use crate::error::{Result, error};
use crate::{Convolution, ConvolutionAxes, DType, Location, Op, Precision, Spec};

/// How a kernel moves over an input: `Conv::new().strides([2, 2]).padding(Pads::Same)`.
///
/// Without more said: `[batch, feature, spatial..]` inputs and results, `[output, input, spatial..]` kernels, strides of 1,
/// no padding, no dilation, one group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conv {
    strides: Option<Vec<usize>>,
    padding: Pads,
    dilation: Option<Vec<usize>>,
    input_dilation: Option<Vec<usize>>,
    groups: Option<usize>,
    batch_groups: Option<usize>,
    layout: Layout,
    dtype: Option<DType>,
    precision: Precision,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Layout {
    #[default]
    ChannelsFirst,
    ChannelsLast,
    Letters([String; 3]),
}

impl Conv {
    /// The kernel moves one by one over an input with its features before the spatial axes.
    pub fn new() -> Conv {
        Conv::default()
    }

    /// Inputs and results are `[batch, spatial.., feature]`, kernels `[spatial.., input, output]`.
    pub fn channels_last() -> Conv {
        Conv { layout: Layout::ChannelsLast, ..Conv::default() }
    }

    /// The layout in letters, as `("NHWC", "HWIO", "NHWC")`: `N` the batch, `C` the features, `O` and `I` the kernel's
    /// output and input features, any others the spatial axes.
    pub fn layout(mut self, input: &str, kernel: &str, result: &str) -> Conv {
        self.layout = Layout::Letters([input, kernel, result].map(str::to_string));
        self
    }

    /// How far the kernel moves, per spatial axis.
    pub fn strides(mut self, strides: impl Into<Vec<usize>>) -> Conv {
        self.strides = Some(strides.into());
        self
    }

    /// Zeros around the input, per spatial axis.
    pub fn padding(mut self, padding: Pads) -> Conv {
        self.padding = padding;
        self
    }

    /// How far apart the kernel's elements stand, per spatial axis.
    pub fn dilation(mut self, dilation: impl Into<Vec<usize>>) -> Conv {
        self.dilation = Some(dilation.into());
        self
    }

    /// How far apart the input's elements stand, with zeros between.
    pub fn input_dilation(mut self, dilation: impl Into<Vec<usize>>) -> Conv {
        self.input_dilation = Some(dilation.into());
        self
    }

    /// Features are cut into so many groups that do not see each other; as many as features for a depthwise convolution.
    pub fn groups(mut self, groups: usize) -> Conv {
        self.groups = Some(groups);
        self
    }

    /// The batch is cut into so many groups, each of which makes its own share of the output features.
    pub fn batch_groups(mut self, groups: usize) -> Conv {
        self.batch_groups = Some(groups);
        self
    }

    /// Accumulates and answers in a wider dtype, as `bf16 x bf16 -> f32`.
    pub fn accumulate(mut self, dtype: DType) -> Conv {
        self.dtype = Some(dtype);
        self
    }

    /// How exactly the hardware must multiply.
    pub fn precision(mut self, precision: Precision) -> Conv {
        self.precision = precision;
        self
    }

    /// The operation on operands of these types.
    fn resolve(&self, lhs: &Spec, rhs: &Spec) -> Result<Convolution> {
        let [lhs_axes, rhs_axes, result] = self.axes(lhs, rhs)?;
        let spatial = lhs_axes.spatial.len();
        let all = |given: &Option<Vec<usize>>| given.clone().unwrap_or_else(|| vec![1; spatial]);
        let (strides, rhs_dilation) = (all(&self.strides), all(&self.dilation));
        let lhs_dilation = all(&self.input_dilation);
        let mut padding = Vec::with_capacity(spatial);
        for i in 0..spatial {
            let pick = |list: &[usize]| list.get(i).copied().unwrap_or(1);
            let size = span(lhs.dims()[lhs_axes.spatial[i]], pick(&lhs_dilation));
            let reach = span(rhs.dims()[rhs_axes.spatial[i]], pick(&rhs_dilation));
            let amounts = self.padding.amounts(i, size, reach, pick(&strides));
            padding.extend(amounts);
        }
        Ok(Convolution {
            lhs: lhs_axes,
            rhs: rhs_axes,
            result,
            strides,
            padding,
            lhs_dilation,
            rhs_dilation,
            feature_groups: self.groups.unwrap_or(1),
            batch_groups: self.batch_groups.unwrap_or(1),
            dtype: self.dtype.unwrap_or(lhs.dtype),
            precision: self.precision,
        })
    }

    /// Strides and dilation over so many spatial axes.
    pub(crate) fn steps(&self, spatial: usize) -> (Vec<usize>, Vec<usize>) {
        let all = |given: &Option<Vec<usize>>| given.clone().unwrap_or_else(|| vec![1; spatial]);
        (all(&self.strides), all(&self.dilation))
    }

    pub(crate) fn group_count(&self) -> usize {
        self.groups.unwrap_or(1)
    }

    pub(crate) fn pads(&self) -> &Pads {
        &self.padding
    }

    pub(crate) fn is_channels_first(&self) -> bool {
        self.layout == Layout::ChannelsFirst
    }

    /// The kernel's dimensions for numbers of features and its own spatial sizes.
    pub(crate) fn kernel_dims(&self, inputs: usize, outputs: usize, sizes: &[usize]) -> Result<Vec<usize>> {
        let rank = sizes.len() + 2;
        let like = Spec::new(DType::F32, vec![1; rank]);
        let [_, kernel, _] = self.axes(&like, &like)?;
        let mut dims = vec![0; rank];
        dims[kernel.batch] = outputs;
        dims[kernel.feature] = inputs / self.groups.unwrap_or(1).max(1);
        kernel.spatial.iter().zip(sizes).for_each(|(&axis, &size)| dims[axis] = size);
        Ok(dims)
    }

    /// The shape in which one number a feature broadcasts against a result of `rank` axes.
    pub(crate) fn bias_dims(&self, outputs: usize, rank: usize) -> Result<Vec<usize>> {
        let like = Spec::new(DType::F32, vec![1; rank]);
        let [_, _, result] = self.axes(&like, &like)?;
        let mut dims = vec![1; rank];
        dims[result.feature] = outputs;
        Ok(dims)
    }

    /// The axes of input, kernel and result.
    fn axes(&self, lhs: &Spec, rhs: &Spec) -> Result<[ConvolutionAxes; 3]> {
        let rank = lhs.rank();
        if rank < 2 || rhs.rank() != rank {
            return Err(error!(
                Shape,
                "convolution: operands must have one rank of at least 2, got lhs {lhs} and rhs {rhs}"
            ));
        }
        let first = ConvolutionAxes { batch: 0, feature: 1, spatial: (2..rank).collect() };
        let last = ConvolutionAxes { batch: 0, feature: rank - 1, spatial: (1..rank - 1).collect() };
        match &self.layout {
            Layout::ChannelsFirst => Ok([first.clone(), first.clone(), first]),
            Layout::ChannelsLast => {
                let kernel =
                    ConvolutionAxes { batch: rank - 1, feature: rank - 2, spatial: (0..rank - 2).collect() };
                Ok([last.clone(), kernel, last])
            }
            Layout::Letters(letters) => lettered(letters, rank),
        }
    }
}

/// The axes that letters name.
fn lettered(letters: &[String; 3], rank: usize) -> Result<[ConvolutionAxes; 3]> {
    let [input, kernel, result] = letters;
    let wrong = || {
        error!(
            Argument,
            "convolution: layouts `{input}`, `{kernel}`, `{result}` do not name the axes of rank {rank} one by one"
        )
        .hint("for example `NHWC`, `HWIO`, `NHWC`")
    };
    let spatial: Vec<char> = input.chars().filter(|letter| !"NC".contains(*letter)).collect();
    let find = |text: &str, letter: char| {
        let mut found = text.chars().enumerate().filter(|&(_, other)| other == letter).map(|(axis, _)| axis);
        match (found.next(), found.next()) {
            (Some(axis), None) => Ok(axis),
            (_, _) => Err(wrong()),
        }
    };
    let side = |text: &str, batch: char, feature: char| -> Result<ConvolutionAxes> {
        if text.chars().count() != rank {
            return Err(wrong());
        }
        let spatial = spatial.iter().map(|&letter| find(text, letter)).collect::<Result<Vec<usize>>>()?;
        Ok(ConvolutionAxes { batch: find(text, batch)?, feature: find(text, feature)?, spatial })
    };
    Ok([side(input, 'N', 'C')?, side(kernel, 'O', 'I')?, side(result, 'N', 'C')?])
}

impl Tensor {
    /// A kernel moved over this tensor, multiplied and summed at every position. The kernel is not turned around, as in
    /// every machine-learning library.
    ///
    /// # Shapes
    /// `[N, C, S..] x [O, C / groups, K..] -> [N, O, (before + S + after - K) / stride + 1 ..]`, or another layout
    /// # DTypes
    /// Integers, floats and complex, equal on both sides; the result has the same or a wider one.
    /// # Errors
    /// Recorded for unequal dtypes, ranks below 2, features that do not fit, groups that do not divide them, and another
    /// number of strides, dilations or padding than spatial axes.
    /// # Gradient
    /// Of both operands.
    /// # Source
    /// StableHLO `convolution`.
    /// # Examples
    /// ```
    /// use bering_frontend::{Conv, DType, Pads, Spec, trace};
    /// let specs = [Spec::new(DType::F32, [1, 3, 32, 32]), Spec::new(DType::F32, [8, 3, 5, 5])];
    /// let conv = Conv::new().strides([2, 2]).padding(Pads::Same);
    /// let graph = trace("f", &specs, |_, x| x[0].conv(&x[1], &conv))?;
    /// assert_eq!(graph.outputs()[0].dims(), [1, 8, 16, 16]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn conv(&self, kernel: &Tensor, conv: &Conv) -> Tensor {
        self.convolved(kernel, conv.resolve(&self.spec, &kernel.spec), Location::caller())
    }

    /// The transposed convolution, which makes an image larger: every element moves the kernel's size of `stride` positions
    /// on. The kernel has the layout of [`Tensor::conv`] and is not turned around; flip its spatial axes for the gradient
    /// of a convolution.
    ///
    /// [`Pads::Valid`] keeps every product, [`Pads::Same`] gives `stride` times the size; explicit padding is that of the
    /// dilated input.
    ///
    /// # Shapes
    /// `[N, C, S..] x [O, C, K..] -> [N, O, stride S + max(K - stride, 0) ..]` for [`Pads::Valid`]
    /// # DTypes
    /// As [`Tensor::conv`].
    /// # Errors
    /// As [`Tensor::conv`], and for dilation of the input, which the strides are.
    /// # Gradient
    /// Of both operands.
    /// # Source
    /// StableHLO `convolution` with a dilated input; Dumoulin and Visin, A guide to convolution arithmetic, 2016.
    /// # Examples
    /// ```
    /// use bering_frontend::{Conv, DType, Pads, Spec, trace};
    /// let specs = [Spec::new(DType::F32, [1, 3, 16, 16]), Spec::new(DType::F32, [8, 3, 5, 5])];
    /// let conv = Conv::new().strides([2, 2]).padding(Pads::Same);
    /// let graph = trace("f", &specs, |_, x| x[0].conv_transpose(&x[1], &conv))?;
    /// assert_eq!(graph.outputs()[0].dims(), [1, 8, 32, 32]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn conv_transpose(&self, kernel: &Tensor, conv: &Conv) -> Tensor {
        let resolved = conv.resolve(&self.spec, &kernel.spec).and_then(|resolved| {
            if conv.input_dilation.is_some() {
                return Err(error!(Argument, "conv_transpose: the input's dilation is the stride"));
            }
            Ok(transposed(resolved, &conv.padding, &kernel.spec))
        });
        self.convolved(kernel, resolved, Location::caller())
    }

    fn convolved(&self, kernel: &Tensor, conv: Result<Convolution>, location: Location) -> Tensor {
        match conv {
            Ok(conv) => self.trace.apply(Op::Convolution(Box::new(conv)), &[self, kernel], location),
            Err(_) if kernel.is_placeholder() => self.placeholder(),
            Err(error) => self.mistake(error, location),
        }
    }
}

/// Strides become dilation of the input, and padding what makes the sizes come out.
fn transposed(conv: Convolution, pads: &Pads, kernel: &Spec) -> Convolution {
    let mut padding = conv.padding.clone();
    for (i, amounts) in padding.iter_mut().enumerate() {
        let stride = conv.strides.get(i).copied().unwrap_or(1);
        let dilation = conv.rhs_dilation.get(i).copied().unwrap_or(1);
        let reach = span(kernel.dims()[conv.rhs.spatial[i]], dilation);
        let (stride, reach) = (clipped(stride), clipped(reach));
        match pads {
            Pads::Explicit(_) => {}
            Pads::Valid => {
                let total = reach + stride - 2 + (reach - stride).max(0);
                *amounts = (reach - 1, total - (reach - 1));
            }
            Pads::Same | Pads::SameLower => {
                let total = reach + stride - 2;
                let low = if stride > reach - 1 { reach - 1 } else { (total + 1) / 2 };
                *amounts = (low, total - low);
            }
        }
    }
    let ones = vec![1; conv.strides.len()];
    Convolution { lhs_dilation: conv.strides, strides: ones, padding, ..conv }
}

/// A size small enough that sums of a few do not overflow; larger ones are refused anyway.
fn clipped(size: usize) -> i64 {
    size.min(1 << 60) as i64
}
