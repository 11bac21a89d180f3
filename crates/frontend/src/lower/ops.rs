//! Each operation's StableHLO form: its name, its attributes, its region.

use super::attributes::{self, array, axes};
use super::emitter::Emitter;
use super::sharding;
use crate::error::Result;
use crate::{DType, Graph, Literal, Node, Op, Reducer, Spec};
use melior::ir::attribute::DenseElementsAttribute;
use melior::ir::{Attribute, Block, BlockLike, Operation, Region, Value};

/// What an operation has besides operands and results.
struct Form<'c> {
    dialect: &'static str,
    attributes: Vec<(&'static str, Attribute<'c>)>,
    regions: Vec<Region<'c>>,
}

impl<'c> Form<'c> {
    fn new(attributes: Vec<(&'static str, Attribute<'c>)>) -> Form<'c> {
        Form { dialect: "stablehlo", attributes, regions: Vec::new() }
    }

    /// An operation of the client dialect, which XLA expands.
    fn chlo(attributes: Vec<(&'static str, Attribute<'c>)>) -> Form<'c> {
        Form { dialect: "chlo", ..Form::new(attributes) }
    }
}

/// The operation of a node. `block` is where operations that must precede it go.
pub(super) fn lower<'c>(
    emitter: &Emitter<'c>,
    graph: &Graph,
    node: &Node,
    operands: &[Value<'c, '_>],
    block: &Block<'c>,
) -> Result<Operation<'c>> {
    let results = node.ty.specs().iter().map(|spec| emitter.ty(spec)).collect::<Result<Vec<_>>>()?;
    if let Op::Constant(literal) = &node.op {
        return lower_constant(emitter, node, literal, block);
    }
    let Form { dialect, attributes, regions } = form(emitter, graph, node)?;
    let name = format!("{dialect}.{}", node.op.name());
    emitter.build(&name, emitter.location(node), operands, &results, attributes, regions)
}

fn form<'c>(emitter: &Emitter<'c>, graph: &Graph, node: &Node) -> Result<Form<'c>> {
    let attribute = |text: String| emitter.attribute(&text);
    let attributes = match &node.op {
        // Inputs are block arguments, elements are results, constants are made elsewhere, what stops gradients is its
        // operand: none has attributes.
        Op::Input { .. } | Op::Element { .. } | Op::Constant(_) | Op::StopGradient => Vec::new(),
        // Control flow is lowered in `control`.
        Op::Call { .. } | Op::Case { .. } | Op::While { .. } | Op::Scan(_) => Vec::new(),
        // As is what runs on parts, in `sharding`.
        Op::ShardMap(_) | Op::AxisIndex { .. } => Vec::new(),
        Op::ShardingConstraint(to) => {
            let form = Form::new(vec![(
                "sharding",
                attribute(sharding::whole(
                    &emitter.mesh(&to.mesh)?,
                    to,
                    operand_spec(graph, node, 0).rank(),
                ))?,
            )]);
            return Ok(Form { dialect: "sdy", ..form });
        }
        Op::Collective(collective) => {
            let attributes = sharding::collective(collective);
            let read = |(name, text): (&'static str, String)| Ok((name, attribute(text)?));
            let form = Form::new(attributes.into_iter().map(read).collect::<Result<_>>()?);
            let regions = match collective.reducer() {
                Some(reducer) => vec![reducer_region(emitter, graph, node, &reducer)?],
                None => Vec::new(),
            };
            return Ok(Form { regions, ..form });
        }
        Op::Abs | Op::Cbrt | Op::Ceil | Op::Floor | Op::IsFinite | Op::Negate | Op::Not => Vec::new(),
        Op::Erf => return Ok(Form::chlo(Vec::new())),
        Op::Acos | Op::Acosh | Op::Asin | Op::Asinh | Op::Atan | Op::Atanh | Op::Cosh | Op::Sinh => {
            return Ok(Form::chlo(Vec::new()));
        }
        Op::Erfc | Op::ErfInv | Op::Digamma | Op::Lgamma | Op::Polygamma => {
            return Ok(Form::chlo(Vec::new()));
        }
        Op::TopK { k } => return Ok(Form::chlo(vec![("k", attribute(format!("{k} : i64"))?)])),
        Op::CountLeadingZeros | Op::Imag | Op::Real | Op::Complex | Op::BitcastConvert { .. } => Vec::new(),
        Op::DynamicUpdateSlice => Vec::new(),
        Op::ReducePrecision { exponent_bits, mantissa_bits } => vec![
            ("exponent_bits", attribute(format!("{exponent_bits} : i32"))?),
            ("mantissa_bits", attribute(format!("{mantissa_bits} : i32"))?),
        ],
        Op::DynamicSlice { sizes } => vec![("slice_sizes", attribute(axes(sizes))?)],
        Op::Fft { kind, lengths } => vec![
            ("fft_type", attribute(format!("#stablehlo<fft_type {}>", format!("{kind:?}").to_uppercase()))?),
            ("fft_length", attribute(axes(lengths))?),
        ],
        Op::Cholesky { lower } => vec![("lower", attribute(lower.to_string())?)],
        Op::TriangularSolve(solve) => vec![
            ("left_side", attribute(solve.left_side.to_string())?),
            ("lower", attribute(solve.lower.to_string())?),
            ("unit_diagonal", attribute(solve.unit_diagonal.to_string())?),
            ("transpose_a", attribute(attributes::transpose(solve.transpose))?),
        ],
        Op::Convolution(conv) => vec![
            ("dimension_numbers", attribute(attributes::convolution_dimension_numbers(conv))?),
            ("window_strides", attribute(axes(&conv.strides))?),
            ("padding", attribute(attributes::pairs(&conv.padding))?),
            ("lhs_dilation", attribute(axes(&conv.lhs_dilation))?),
            ("rhs_dilation", attribute(axes(&conv.rhs_dilation))?),
            ("feature_group_count", attribute(format!("{} : i64", conv.feature_groups))?),
            ("batch_group_count", attribute(format!("{} : i64", conv.batch_groups))?),
            ("precision_config", attribute(attributes::precision_config(conv.precision))?),
        ],
        Op::Cosine | Op::Exponential | Op::ExponentialMinusOne | Op::Log | Op::LogPlusOne => Vec::new(),
        Op::Logistic | Op::Popcnt | Op::RoundNearestAfz | Op::RoundNearestEven | Op::Rsqrt => Vec::new(),
        Op::Sign | Op::Sine | Op::Sqrt | Op::Tan | Op::Tanh => Vec::new(),
        Op::Add | Op::And | Op::Atan2 | Op::Divide | Op::Maximum | Op::Minimum | Op::Multiply => Vec::new(),
        Op::Or | Op::Power | Op::Remainder | Op::ShiftLeft | Op::ShiftRightArithmetic => Vec::new(),
        Op::ShiftRightLogical | Op::Subtract | Op::Xor => Vec::new(),
        Op::Select | Op::Clamp | Op::Convert { .. } | Op::Reshape { .. } => Vec::new(),
        Op::OptimizationBarrier => Vec::new(),
        Op::Iota { axis, .. } => vec![("iota_dimension", attribute(format!("{axis} : i64"))?)],
        Op::Compare(direction) => {
            let family = operand_spec(graph, node, 0).dtype.family();
            vec![
                ("comparison_direction", attribute(attributes::comparison_direction(*direction))?),
                ("compare_type", attribute(attributes::comparison_type(family))?),
            ]
        }
        Op::BroadcastInDim { axes: dims, .. } => vec![("broadcast_dimensions", attribute(axes(dims))?)],
        Op::Concatenate { axis } => vec![("dimension", attribute(format!("{axis} : i64"))?)],
        Op::Pad(padding) => vec![
            ("edge_padding_low", attribute(array(padding.low.iter().copied()))?),
            ("edge_padding_high", attribute(array(padding.high.iter().copied()))?),
            ("interior_padding", attribute(axes(&padding.interior))?),
        ],
        Op::Reverse { axes: dims } => vec![("dimensions", attribute(axes(dims))?)],
        Op::Slice { starts, limits, strides } => vec![
            ("start_indices", attribute(axes(starts))?),
            ("limit_indices", attribute(axes(limits))?),
            ("strides", attribute(axes(strides))?),
        ],
        Op::Transpose { permutation } => vec![("permutation", attribute(axes(permutation))?)],
        Op::DotGeneral(dot) => vec![
            ("dot_dimension_numbers", attribute(attributes::dot_dimension_numbers(dot))?),
            ("precision_config", attribute(attributes::precision_config(dot.precision))?),
        ],
        Op::Gather(dims) => vec![
            ("dimension_numbers", attribute(attributes::gather_dimension_numbers(dims))?),
            ("slice_sizes", attribute(axes(&dims.slice_sizes))?),
            ("indices_are_sorted", attribute(dims.indices_are_sorted.to_string())?),
        ],
        Op::CustomCall(call) => {
            let operands = (0..node.operands.len()).map(|index| operand_spec(graph, node, index).rank());
            let mut list = vec![
                ("call_target_name", attribute(attributes::string(&call.target))?),
                ("api_version", attribute("4 : i32".to_string())?),
                ("backend_config", attribute(attributes::backend_config(call))?),
                ("operand_layouts", attribute(attributes::row_major(operands))?),
                ("result_layouts", attribute(attributes::row_major([call.result.rank()]))?),
            ];
            if call.effect {
                list.push(("has_side_effect", attribute("true".to_string())?));
            }
            list
        }
        Op::ReduceWindow { window, reducer } => {
            let form = Form::new(vec![
                ("window_dimensions", attribute(axes(&window.sizes))?),
                ("window_strides", attribute(axes(&window.strides))?),
                ("base_dilations", attribute(axes(&window.base_dilation))?),
                ("window_dilations", attribute(axes(&window.dilation))?),
                ("padding", attribute(attributes::pairs(&window.padding))?),
            ]);
            return Ok(Form { regions: vec![reducer_region(emitter, graph, node, reducer)?], ..form });
        }
        Op::Scatter { dims, combine } => {
            let form = Form::new(vec![
                ("scatter_dimension_numbers", attribute(attributes::scatter_dimension_numbers(dims))?),
                ("indices_are_sorted", attribute(dims.indices_are_sorted.to_string())?),
                ("unique_indices", attribute(dims.unique_indices.to_string())?),
            ]);
            let region = match combine {
                Some(reducer) => reducer_region(emitter, graph, node, reducer)?,
                None => emitter.region(&replacing_body(graph, node)?, "stablehlo.return")?,
            };
            return Ok(Form { regions: vec![region], ..form });
        }
        Op::Sort { axis, comparator } => {
            let form = Form::new(vec![
                ("dimension", attribute(format!("{axis} : i64"))?),
                ("is_stable", attribute("true".to_string())?),
            ]);
            return Ok(Form { regions: vec![emitter.region(comparator, "stablehlo.return")?], ..form });
        }
        Op::Reduce { axes: dims, reducer } => {
            let form = Form::new(vec![("dimensions", attribute(axes(dims))?)]);
            return Ok(Form { regions: vec![reducer_region(emitter, graph, node, reducer)?], ..form });
        }
    };
    Ok(Form::new(attributes))
}

/// The type of a node's operand; every operation that asks has checked operands.
fn operand_spec<'g>(graph: &'g Graph, node: &Node, index: usize) -> &'g Spec {
    &graph.node(node.operands[index]).ty.specs()[0]
}

fn lower_constant<'c>(
    emitter: &Emitter<'c>,
    node: &Node,
    literal: &Literal,
    block: &Block<'c>,
) -> Result<Operation<'c>> {
    let location = emitter.location(node);
    let spec = literal.spec();
    let constant = |spec: &Spec, value: Attribute<'c>| {
        emitter.build(
            "stablehlo.constant",
            location,
            &[],
            &[emitter.ty(spec)?],
            vec![("value", value)],
            vec![],
        )
    };
    if spec.dtype != DType::Bool {
        let value = DenseElementsAttribute::raw_buffer(emitter.ty(spec)?, literal.bytes());
        return constant(spec, value.into());
    }
    // MLIR packs `i1` arrays into bits in some versions and not in others, so bits travel as bytes.
    if let [bit] = literal.bytes() {
        let value = DenseElementsAttribute::bool_splat(emitter.ty(spec)?, *bit != 0);
        return constant(spec, value.into());
    }
    let bytes = spec.with_dtype(DType::U8);
    let value = DenseElementsAttribute::raw_buffer(emitter.ty(&bytes)?, literal.bytes());
    let carrier = block.append_operation(constant(&bytes, value.into())?);
    let carrier: Value<'c, '_> = carrier.result(0).map_err(super::refused)?.into();
    emitter.build("stablehlo.convert", location, &[carrier], &[emitter.ty(spec)?], vec![], vec![])
}

fn reducer_region<'c>(
    emitter: &Emitter<'c>,
    graph: &Graph,
    node: &Node,
    reducer: &Reducer,
) -> Result<Region<'c>> {
    let body = match (reducer, reducer.op()) {
        (Reducer::Body(body), _) => return emitter.region(body, "stablehlo.return"),
        (_, Some(op)) => binary_body(op, &Spec::scalar(operand_spec(graph, node, 0).dtype), node)?,
        (_, None) => Graph::new("reducer"),
    };
    emitter.region(&body, "stablehlo.return")
}

/// The graph of a scatter that replaces: the second of two scalars.
fn replacing_body(graph: &Graph, node: &Node) -> Result<Graph> {
    let scalar = Spec::scalar(operand_spec(graph, node, 0).dtype);
    let mut body = Graph::new("replace");
    body.push_input(scalar.clone(), None, node.location)?;
    let update = body.push_input(scalar, None, node.location)?;
    body.set_outputs(&[update])?;
    Ok(body)
}

/// The graph of a reducer that is one operation.
fn binary_body(op: Op, scalar: &Spec, node: &Node) -> Result<Graph> {
    let mut body = Graph::new(op.name());
    let left = body.push_input(scalar.clone(), None, node.location)?;
    let right = body.push_input(scalar.clone(), None, node.location)?;
    let result = body.push(op, &[left, right], node.location, node.name.clone())?;
    body.set_outputs(&[result])?;
    Ok(body)
}
