//! The printed graph: stable text, one node a line, for people, dumps and golden tests.
//!
//! ```text
//! graph affine(%0: f32[2, 3], %1 "weight": f32[3, 4]) -> f32[2, 4] {
//!   %2 = dot_general(%0, %1) {contract = [1] x [0]} : f32[2, 4]
//!   return %2
//! }
//! ```
//! Graphs inside an operation stand below it, indented. Locations are left out, as a golden text must not change when a line
//! moves; the alternate form (`{graph:#}`) ends each line with the scope and the user's line.

use crate::{
    Convolution, CustomCall, Dot, GatherDims, Graph, Input, Node, Op, Padding, Precision, Reducer, Rule,
    Scan, ScatterDims, Window,
};
use std::fmt::{self, Write};

impl fmt::Display for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let located = f.alternate();
        print_graph(f, self, "", located)
    }
}

fn print_graph(f: &mut dyn Write, graph: &Graph, indent: &str, located: bool) -> fmt::Result {
    let inputs = join(graph.inputs(), |f, input: &Input| match &input.name {
        Some(name) => write!(f, "{} {name:?}: {}", input.node, input.spec),
        None => write!(f, "{}: {}", input.node, input.spec),
    })?;
    let outputs = join(&graph.outputs(), |f, spec| write!(f, "{spec}"))?;
    writeln!(f, "graph {}({inputs}) -> {outputs} {{", graph.name())?;
    for (index, node) in graph.nodes().iter().enumerate() {
        if !matches!(node.op, Op::Input { .. }) {
            print_node(f, index, node, &format!("{indent}  "), located)?;
        }
    }
    let ids = join(graph.output_ids(), |f, id| write!(f, "{id}"))?;
    writeln!(f, "{indent}  return {ids}\n{indent}}}")
}

fn print_node(f: &mut dyn Write, index: usize, node: &Node, indent: &str, located: bool) -> fmt::Result {
    let operands = join(&node.operands, |f, id| write!(f, "{id}"))?;
    write!(f, "{indent}%{index} = {}({operands})", node.op.name())?;
    let mut attributes = String::new();
    print_attributes(&mut attributes, &node.op)?;
    if !attributes.is_empty() {
        write!(f, " {{{attributes}}}")?;
    }
    write!(f, " : {}", node.ty)?;
    match &node.name {
        Some(scope) if located => writeln!(f, "  // {scope}, {}", node.location)?,
        None if located => writeln!(f, "  // {}", node.location)?,
        _ => writeln!(f)?,
    }
    for body in node.op.bodies() {
        write!(f, "{indent}  ")?;
        print_graph(f, body, &format!("{indent}  "), located)?;
    }
    Ok(())
}

fn print_attributes(f: &mut String, op: &Op) -> fmt::Result {
    match op {
        Op::Input { index, .. } => write!(f, "index = {index}"),
        Op::Constant(literal) => write!(f, "{literal}"),
        Op::Iota { axis, .. } | Op::Concatenate { axis } | Op::Sort { axis, .. } => {
            write!(f, "axis = {axis}")
        }
        Op::Abs | Op::Cbrt | Op::Ceil | Op::Cosine | Op::Erf | Op::Exponential | Op::ExponentialMinusOne => {
            Ok(())
        }
        Op::Floor | Op::IsFinite | Op::Log | Op::LogPlusOne | Op::Logistic | Op::Negate | Op::Not => Ok(()),
        Op::Popcnt | Op::RoundNearestAfz | Op::RoundNearestEven | Op::Rsqrt | Op::Sign | Op::Sine => Ok(()),
        Op::Sqrt | Op::Tan | Op::Tanh | Op::Add | Op::And | Op::Atan2 | Op::Divide | Op::Maximum => Ok(()),
        Op::Minimum | Op::Multiply | Op::Or | Op::Power | Op::Remainder | Op::ShiftLeft => Ok(()),
        Op::ShiftRightArithmetic | Op::ShiftRightLogical | Op::Subtract | Op::Xor => Ok(()),
        Op::Select | Op::Clamp | Op::OptimizationBarrier | Op::StopGradient => Ok(()),
        Op::AxisIndex { mesh, axis } => write!(f, "{axis} of {mesh}"),
        Op::ShardingConstraint(sharding) => write!(f, "{sharding:?}"),
        Op::ShardMap(map) => {
            let unchecked = if map.checked { "" } else { ", unchecked" };
            write!(f, "mesh = {}, {:?} -> {:?}{unchecked}", map.mesh, map.inputs, map.outputs)
        }
        Op::Collective(collective) => {
            write!(f, "{:?} along {} of {}", collective.exchange, collective.axes.join("+"), collective.mesh)
        }
        Op::Compare(direction) => write!(f, "{}", format!("{direction:?}").to_lowercase()),
        Op::Acos | Op::Acosh | Op::Asin | Op::Asinh | Op::Atan | Op::Atanh | Op::Cosh | Op::Sinh => Ok(()),
        Op::Digamma | Op::Lgamma | Op::Polygamma => Ok(()),
        Op::CountLeadingZeros | Op::Erfc | Op::ErfInv | Op::Imag | Op::Real | Op::Complex => Ok(()),
        Op::ReducePrecision { exponent_bits, mantissa_bits } => {
            write!(f, "exponent = {exponent_bits}, mantissa = {mantissa_bits}")
        }
        // The result type says these in full.
        Op::Convert { .. } | Op::Reshape { .. } | Op::BitcastConvert { .. } | Op::DynamicSlice { .. } => {
            Ok(())
        }
        Op::DynamicUpdateSlice | Op::TopK { .. } => Ok(()),
        Op::Scatter { dims, combine } => print_scatter(f, dims, combine.as_ref()),
        Op::ReduceWindow { window, reducer } => {
            print_reducer(f, reducer)?;
            print_window(f, window)
        }
        Op::Convolution(conv) => print_convolution(f, conv),
        Op::Fft { kind, lengths } => {
            write!(f, "{}, lengths = {lengths:?}", format!("{kind:?}").to_lowercase())
        }
        Op::Cholesky { lower } => f.write_str(if *lower { "lower" } else { "upper" }),
        Op::TriangularSolve(solve) => {
            let side = if solve.left_side { "left" } else { "right" };
            write!(f, "{side}, {}", if solve.lower { "lower" } else { "upper" })?;
            f.write_str(if solve.unit_diagonal { ", unit diagonal" } else { "" })?;
            write!(f, ", transpose = {}", format!("{:?}", solve.transpose).to_lowercase())
        }
        Op::BroadcastInDim { axes, .. } | Op::Reverse { axes } => write!(f, "axes = {axes:?}"),
        Op::Pad(Padding { low, high, interior }) => {
            write!(f, "low = {low:?}, high = {high:?}, interior = {interior:?}")
        }
        Op::Slice { starts, limits, strides } => {
            write!(f, "starts = {starts:?}, limits = {limits:?}, strides = {strides:?}")
        }
        Op::Transpose { permutation } => write!(f, "permutation = {permutation:?}"),
        Op::DotGeneral(dot) => print_dot(f, dot),
        Op::Gather(dims) => print_gather(f, dims),
        Op::Reduce { axes, reducer } => {
            print_reducer(f, reducer)?;
            write!(f, "axes = {axes:?}")
        }
        Op::Call { rule: Rule::Plain, .. } | Op::Case { .. } | Op::While { .. } => Ok(()),
        Op::Call { rule: Rule::Checkpoint, .. } => write!(f, "checkpoint"),
        Op::Call { rule: Rule::CustomVjp { .. }, .. } => write!(f, "custom_vjp"),
        Op::Scan(scan) => print_scan(f, scan),
        Op::CustomCall(call) => print_custom_call(f, call),
        Op::Element { index } => write!(f, "{index}"),
    }
}

fn print_scan(f: &mut String, scan: &Scan) -> fmt::Result {
    write!(f, "carry = {}, slices = {}, length = {}", scan.carry, scan.slices, scan.length)?;
    write!(f, "{}", if scan.reverse { ", reverse" } else { "" })?;
    match scan.unroll {
        1 => Ok(()),
        unroll => write!(f, ", unroll = {unroll}"),
    }
}

fn print_custom_call(f: &mut String, call: &CustomCall) -> fmt::Result {
    write!(f, "target = {:?}", call.target)?;
    call.attributes.iter().try_for_each(|(name, value)| write!(f, ", {name} = {value}"))?;
    f.write_str(if call.effect { ", effect" } else { "" })
}

fn print_dot(f: &mut String, dot: &Dot) -> fmt::Result {
    if !dot.lhs_batch.is_empty() {
        write!(f, "batch = {:?} x {:?}, ", dot.lhs_batch, dot.rhs_batch)?;
    }
    write!(f, "contract = {:?} x {:?}", dot.lhs_contract, dot.rhs_contract)?;
    print_precision(f, dot.precision)
}

fn print_gather(f: &mut String, dims: &GatherDims) -> fmt::Result {
    write!(f, "offset = {:?}, collapsed = {:?}, ", dims.offset_dims, dims.collapsed_slice_dims)?;
    if !dims.operand_batching_dims.is_empty() {
        write!(f, "batch = {:?} x {:?}, ", dims.operand_batching_dims, dims.start_indices_batching_dims)?;
    }
    write!(f, "map = {:?}, vector = {}, ", dims.start_index_map, dims.index_vector_dim)?;
    write!(f, "slice = {:?}{}", dims.slice_sizes, if dims.indices_are_sorted { ", sorted" } else { "" })
}

/// The reducer's operation and a comma; a body is printed below the node.
fn print_reducer(f: &mut String, reducer: &Reducer) -> fmt::Result {
    reducer.op().map_or(Ok(()), |op| write!(f, "{}, ", op.name()))
}

fn print_scatter(f: &mut String, dims: &ScatterDims, combine: Option<&Reducer>) -> fmt::Result {
    match combine {
        Some(reducer) => print_reducer(f, reducer)?,
        None => f.write_str("replace, ")?,
    }
    write!(f, "window = {:?}, inserted = {:?}, ", dims.update_window_dims, dims.inserted_window_dims)?;
    if !dims.input_batching_dims.is_empty() {
        write!(f, "batch = {:?} x {:?}, ", dims.input_batching_dims, dims.scatter_indices_batching_dims)?;
    }
    write!(f, "map = {:?}, vector = {}", dims.scatter_dims_to_operand_dims, dims.index_vector_dim)?;
    f.write_str(if dims.indices_are_sorted { ", sorted" } else { "" })?;
    f.write_str(if dims.unique_indices { ", unique" } else { "" })
}

fn print_window(f: &mut String, window: &Window) -> fmt::Result {
    let Window { sizes, strides, base_dilation, dilation, padding } = window;
    write!(f, "sizes = {sizes:?}, strides = {strides:?}, padding = {padding:?}")?;
    print_dilations(f, base_dilation, dilation)
}

/// Dilations where there are any.
fn print_dilations(f: &mut String, base: &[usize], window: &[usize]) -> fmt::Result {
    if base.iter().chain(window).all(|&by| by == 1) {
        return Ok(());
    }
    write!(f, ", dilation = {base:?} x {window:?}")
}

fn print_convolution(f: &mut String, conv: &Convolution) -> fmt::Result {
    for (side, axes) in [("lhs", &conv.lhs), ("rhs", &conv.rhs), ("result", &conv.result)] {
        write!(f, "{side} = {} {} {:?}, ", axes.batch, axes.feature, axes.spatial)?;
    }
    write!(f, "strides = {:?}, padding = {:?}", conv.strides, conv.padding)?;
    print_dilations(f, &conv.lhs_dilation, &conv.rhs_dilation)?;
    if (conv.feature_groups, conv.batch_groups) != (1, 1) {
        write!(f, ", groups = {} x {}", conv.feature_groups, conv.batch_groups)?;
    }
    print_precision(f, conv.precision)
}

fn print_precision(f: &mut String, precision: Precision) -> fmt::Result {
    match precision {
        Precision::Default => Ok(()),
        Precision::High => write!(f, ", precision = high"),
        Precision::Highest => write!(f, ", precision = highest"),
    }
}

fn join<T>(items: &[T], print: impl Fn(&mut String, &T) -> fmt::Result) -> Result<String, fmt::Error> {
    let mut text = String::new();
    for (i, item) in items.iter().enumerate() {
        text.push_str(if i == 0 { "" } else { ", " });
        print(&mut text, item)?;
    }
    Ok(text)
}
