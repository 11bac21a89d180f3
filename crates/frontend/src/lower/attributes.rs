//! StableHLO's attributes in the text form its parser reads.
//!
//! They are opaque to MLIR without the dialect, so they are written as text; each distinct text is parsed once a module.

use crate::{
    Attribute, Comparison, Convolution, ConvolutionAxes, CustomCall, Dot, Family, GatherDims, Precision,
    ScatterDims, Transpose,
};
use std::fmt::Write;

pub(super) fn array(values: impl IntoIterator<Item = i64>) -> String {
    let mut text = "array<i64".to_string();
    for (i, value) in values.into_iter().enumerate() {
        // Writing to a string cannot fail.
        let _ = write!(text, "{}{value}", if i == 0 { ": " } else { ", " });
    }
    text + ">"
}

pub(super) fn axes(values: &[usize]) -> String {
    array(values.iter().map(|&value| value as i64))
}

pub(super) fn comparison_direction(direction: Comparison) -> String {
    let name = match direction {
        Comparison::Eq => "EQ",
        Comparison::Ne => "NE",
        Comparison::Lt => "LT",
        Comparison::Le => "LE",
        Comparison::Gt => "GT",
        Comparison::Ge => "GE",
    };
    format!("#stablehlo<comparison_direction {name}>")
}

pub(super) fn comparison_type(family: Family) -> String {
    let name = match family {
        Family::Bool | Family::Unsigned => "UNSIGNED",
        Family::Signed => "SIGNED",
        Family::Float | Family::Complex => "FLOAT",
    };
    format!("#stablehlo<comparison_type {name}>")
}

pub(super) fn dot_dimension_numbers(dot: &Dot) -> String {
    fields(
        "dot",
        &[
            ("lhs_batching_dimensions", &dot.lhs_batch),
            ("rhs_batching_dimensions", &dot.rhs_batch),
            ("lhs_contracting_dimensions", &dot.lhs_contract),
            ("rhs_contracting_dimensions", &dot.rhs_contract),
        ],
        None,
    )
}

pub(super) fn precision_config(precision: Precision) -> String {
    let name = match precision {
        Precision::Default => "DEFAULT",
        Precision::High => "HIGH",
        Precision::Highest => "HIGHEST",
    };
    format!("[#stablehlo<precision {name}>, #stablehlo<precision {name}>]")
}

pub(super) fn gather_dimension_numbers(dims: &GatherDims) -> String {
    fields(
        "gather",
        &[
            ("offset_dims", &dims.offset_dims),
            ("collapsed_slice_dims", &dims.collapsed_slice_dims),
            ("operand_batching_dims", &dims.operand_batching_dims),
            ("start_indices_batching_dims", &dims.start_indices_batching_dims),
            ("start_index_map", &dims.start_index_map),
        ],
        Some(("index_vector_dim", dims.index_vector_dim)),
    )
}

pub(super) fn scatter_dimension_numbers(dims: &ScatterDims) -> String {
    fields(
        "scatter",
        &[
            ("update_window_dims", &dims.update_window_dims),
            ("inserted_window_dims", &dims.inserted_window_dims),
            ("input_batching_dims", &dims.input_batching_dims),
            ("scatter_indices_batching_dims", &dims.scatter_indices_batching_dims),
            ("scatter_dims_to_operand_dims", &dims.scatter_dims_to_operand_dims),
        ],
        Some(("index_vector_dim", dims.index_vector_dim)),
    )
}

/// `[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]`.
pub(super) fn convolution_dimension_numbers(conv: &Convolution) -> String {
    let side = |axes: &ConvolutionAxes, batch: &str, feature: &str| {
        let mut names = vec![String::new(); axes.spatial.len() + 2];
        names[axes.batch] = batch.to_string();
        names[axes.feature] = feature.to_string();
        axes.spatial.iter().enumerate().for_each(|(i, &axis)| names[axis] = i.to_string());
        format!("[{}]", names.join(", "))
    };
    let (lhs, rhs) = (side(&conv.lhs, "b", "f"), side(&conv.rhs, "o", "i"));
    format!("#stablehlo.conv<{lhs}x{rhs}->{}>", side(&conv.result, "b", "f"))
}

pub(super) fn transpose(transpose: Transpose) -> String {
    let name = match transpose {
        Transpose::None => "NO_TRANSPOSE",
        Transpose::Transpose => "TRANSPOSE",
        Transpose::Adjoint => "ADJOINT",
    };
    format!("#stablehlo<transpose {name}>")
}

/// Pairs as a matrix.
pub(super) fn pairs(pairs: &[(i64, i64)]) -> String {
    let rows: Vec<String> = pairs.iter().map(|(low, high)| format!("[{low}, {high}]")).collect();
    match pairs {
        [] => "dense<> : tensor<0x2xi64>".to_string(),
        _ => format!("dense<[{}]> : tensor<{}x2xi64>", rows.join(", "), pairs.len()),
    }
}

/// A string literal; MLIR's escapes are two hex digits.
pub(super) fn string(text: &str) -> String {
    let mut literal = "\"".to_string();
    for byte in text.bytes() {
        match byte {
            b' '..=b'~' if !matches!(byte, b'"' | b'\\') => literal.push(byte.into()),
            // Writing to a string cannot fail.
            _ => drop(write!(literal, "\\{byte:02X}")),
        }
    }
    literal + "\""
}

pub(super) fn backend_config(call: &CustomCall) -> String {
    let fields = call.attributes.iter().map(|(name, value)| match value {
        Attribute::Bool(value) => format!("{name} = {value}"),
        Attribute::I64(value) => format!("{name} = {value} : i64"),
        // The bits, because decimal text would have to be exact for every value and has no NaN.
        Attribute::F32(value) => format!("{name} = 0x{:08X} : f32", value.to_bits()),
        Attribute::String(value) => format!("{name} = {}", string(value)),
    });
    format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
}

/// The layouts of dense row-major arrays of these ranks, minor axis first.
pub(super) fn row_major(ranks: impl IntoIterator<Item = usize>) -> String {
    let layouts = ranks.into_iter().map(|rank| match rank {
        0 => "dense<> : tensor<0xindex>".to_string(),
        _ => format!("dense<{:?}> : tensor<{rank}xindex>", (0..rank).rev().collect::<Vec<_>>()),
    });
    format!("[{}]", layouts.collect::<Vec<_>>().join(", "))
}

/// `#stablehlo.name<field = [..], ..>` without the empty fields, as StableHLO itself prints.
fn fields(name: &str, lists: &[(&str, &Vec<usize>)], number: Option<(&str, usize)>) -> String {
    let lists =
        lists.iter().filter(|(_, list)| !list.is_empty()).map(|(field, list)| format!("{field} = {list:?}"));
    let number = number.iter().map(|(field, value)| format!("{field} = {value}"));
    format!("#stablehlo.{name}<{}>", lists.chain(number).collect::<Vec<_>>().join(", "))
}
