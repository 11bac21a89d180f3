//! Windows that move: `reduce_window` and `convolution`.

use super::pack;
use super::reduction::{check_inits, check_reducer};
use crate::error::{Result, error};
use crate::{Convolution, ConvolutionAxes, DType, Reducer, Spec, Type, Window};

pub(super) fn infer_reduce_window(operands: &[&Spec], window: &Window, reducer: &Reducer) -> Result<Type> {
    let inputs = check_inits("reduce_window", operands)?;
    check_reducer("reduce_window", inputs, reducer)?;
    let (first, rank) = (inputs[0], inputs[0].rank());
    let Window { sizes, strides, base_dilation, dilation, padding } = window;
    let lengths = [sizes.len(), strides.len(), base_dilation.len(), dilation.len(), padding.len()];
    if lengths != [rank; 5] {
        return Err(error!(Argument, "reduce_window: {first} needs one entry an axis, got {window:?}"));
    }
    let moves: Vec<Move> = (0..rank)
        .map(|axis| Move {
            size: first.dims()[axis],
            window: sizes[axis],
            stride: strides[axis],
            base_dilation: base_dilation[axis],
            dilation: dilation[axis],
            padding: padding[axis],
        })
        .collect();
    let mut dims = Vec::with_capacity(rank);
    for (axis, moved) in moves.iter().enumerate() {
        dims.push(
            moved
                .positions()
                .map_err(|why| error!(Argument, "reduce_window: axis {axis} of {first}: {why}"))?,
        );
    }
    Ok(pack(inputs.iter().map(|input| Spec::new(input.dtype, &dims)).collect()))
}

/// A window of one axis.
struct Move {
    size: usize,
    window: usize,
    stride: usize,
    base_dilation: usize,
    dilation: usize,
    padding: (i64, i64),
}

impl Move {
    /// How many positions the window has, or what is wrong with it.
    fn positions(&self) -> std::result::Result<usize, String> {
        if self.window == 0 || self.stride == 0 || self.base_dilation == 0 || self.dilation == 0 {
            return Err(format!(
                "window size {}, stride {} and dilations {} and {} must be at least 1",
                self.window, self.stride, self.base_dilation, self.dilation
            ));
        }
        let dilated = |size: usize, by: usize| match size as i128 {
            0 => 0,
            size => (size - 1).saturating_mul(by as i128).saturating_add(1),
        };
        let padded = dilated(self.size, self.base_dilation)
            .saturating_add(self.padding.0 as i128)
            .saturating_add(self.padding.1 as i128);
        let window = dilated(self.window, self.dilation);
        let largest = i64::MAX as i128;
        if padded < 0 || padded > largest || window > largest || self.stride as i128 > largest {
            let (low, high) = self.padding;
            return Err(format!(
                "a window of {window} does not move over {padded} elements (padding {low} and {high})"
            ));
        }
        match padded - window {
            room if room < 0 => Ok(0),
            room => Ok((room / self.stride as i128) as usize + 1),
        }
    }
}

pub(super) fn infer_convolution(lhs: &Spec, rhs: &Spec, conv: &Convolution) -> Result<Spec> {
    if lhs.dtype != rhs.dtype {
        return Err(error!(DType, "convolution: operands must have one dtype, got lhs {lhs} and rhs {rhs}")
            .hint("convert one of them; dtypes are never promoted implicitly"));
    }
    if lhs.dtype == DType::Bool {
        return Err(error!(
            DType,
            "convolution: takes integer, floating-point or complex operands, got {lhs}"
        ));
    }
    super::contraction::check_result_dtype("convolution", lhs.dtype, conv.dtype)?;
    let rank = lhs.rank();
    let spatial = check_convolution_axes(lhs, rhs, conv)?;
    let lengths = [conv.strides.len(), conv.padding.len(), conv.lhs_dilation.len(), conv.rhs_dilation.len()];
    if lengths != [spatial; 4] {
        return Err(error!(
            Argument,
            "convolution: strides, padding and dilations must have one entry for each of {spatial} spatial axes, got \
             {lengths:?}"
        ));
    }
    check_groups(lhs, rhs, conv)?;
    let mut dims = vec![0; rank];
    dims[conv.result.batch] = lhs.dims()[conv.lhs.batch] / conv.batch_groups;
    dims[conv.result.feature] = rhs.dims()[conv.rhs.batch];
    for i in 0..spatial {
        let moved = Move {
            size: lhs.dims()[conv.lhs.spatial[i]],
            window: rhs.dims()[conv.rhs.spatial[i]],
            stride: conv.strides[i],
            base_dilation: conv.lhs_dilation[i],
            dilation: conv.rhs_dilation[i],
            padding: conv.padding[i],
        };
        dims[conv.result.spatial[i]] = moved.positions().map_err(|why| {
            error!(Argument, "convolution: spatial axis {i} of lhs {lhs} and rhs {rhs}: {why}")
        })?;
    }
    Ok(Spec::new(conv.dtype, dims))
}

/// The number of spatial axes, the same on all sides.
fn check_convolution_axes(lhs: &Spec, rhs: &Spec, conv: &Convolution) -> Result<usize> {
    let rank = lhs.rank();
    if rank != rhs.rank() || rank < 2 {
        return Err(error!(
            Shape,
            "convolution: operands must have one rank of at least 2, got lhs {lhs} and rhs {rhs}"
        ));
    }
    for (side, axes) in [("lhs", &conv.lhs), ("rhs", &conv.rhs), ("result", &conv.result)] {
        let ConvolutionAxes { batch, feature, spatial } = axes;
        let mut all = [&[*batch, *feature][..], spatial].concat();
        all.sort_unstable();
        if !all.iter().copied().eq(0..rank) {
            return Err(error!(
                Axis,
                "convolution: {side} axes {batch}, {feature}, {spatial:?} are not those of rank {rank}"
            ));
        }
    }
    Ok(rank - 2)
}

fn check_groups(lhs: &Spec, rhs: &Spec, conv: &Convolution) -> Result<()> {
    let (features, batch) = (lhs.dims()[conv.lhs.feature], lhs.dims()[conv.lhs.batch]);
    let (outputs, inputs) = (rhs.dims()[conv.rhs.batch], rhs.dims()[conv.rhs.feature]);
    let (groups, batch_groups) = (conv.feature_groups, conv.batch_groups);
    if groups == 0 || batch_groups == 0 || (groups > 1 && batch_groups > 1) {
        return Err(error!(
            Argument,
            "convolution: takes feature groups or batch groups, got {groups} and {batch_groups}"
        ));
    }
    if inputs.checked_mul(groups) != Some(features) {
        return Err(error!(
            Shape,
            "convolution: {groups} groups of {inputs} input features (rhs {rhs}) are not the {features} of lhs {lhs}"
        ));
    }
    if !outputs.is_multiple_of(groups)
        || !outputs.is_multiple_of(batch_groups)
        || !batch.is_multiple_of(batch_groups)
    {
        return Err(error!(
            Shape,
            "convolution: {outputs} output features (rhs {rhs}) and a batch of {batch} do not divide into {groups} feature \
             groups and {batch_groups} batch groups"
        ));
    }
    Ok(())
}
