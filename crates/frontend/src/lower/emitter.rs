//! The mechanics of emission: one MLIR context a lowering, caches of what repeats, functions, blocks, locations.

use super::control::{self, Site};
use super::{Annotation, Lowering, ops, refused, sharding};
use crate::error::{Result, error};
use crate::sharding::{Collective, Exchange, Mesh};
use crate::{DType, Error, Graph, Node, NodeId, Op, Spec, verify};
use melior::Context;
use melior::ir::attribute::{ArrayAttribute, DictionaryAttribute, StringAttribute, TypeAttribute};
use melior::ir::operation::{OperationBuilder, OperationLike, OperationMutLike};
use melior::ir::r#type::{FunctionType, RankedTensorType};
use melior::ir::{
    Attribute, Block, BlockLike, Identifier, Location, Module, Operation, Region, RegionLike, Type, Value,
};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

/// Builds the module and hands it to `use_module` while its context lives.
pub(super) fn with_module<T>(
    lowering: &Lowering<'_>,
    use_module: impl FnOnce(&Module<'_>) -> Result<T>,
) -> Result<T> {
    verify(lowering.graph)?;
    // One small graph is built on one thread: a thread pool would cost more than it could give.
    let context = Context::new_with_threading(false);
    context.set_allow_unregistered_dialects(true);
    // Without a handler MLIR would print its complaints to the user's terminal.
    let complaints = Rc::new(RefCell::new(Vec::new()));
    let handler = complaints.clone();
    context.attach_diagnostic_handler(move |diagnostic| {
        handler.borrow_mut().push(diagnostic.to_string());
        true
    });
    let emitter = Emitter::new(&context, complaints);
    let mut module = Module::new(Location::unknown(&context));
    let name = StringAttribute::new(&context, lowering.graph.name());
    if !lowering.graph.name().is_empty() {
        module.as_operation_mut().set_attribute("sym_name", name.into());
    }
    let main = emitter.main(lowering)?;
    let meshes = emitter.meshes.take();
    if let Some(mesh) = meshes.first() {
        // Who gets the module without its compile options, as from a file, learns how many devices it is for.
        for (name, count) in [("mhlo.num_partitions", mesh.size()), ("mhlo.num_replicas", 1)] {
            module.as_operation_mut().set_attribute(name, emitter.attribute(&format!("{count} : i32"))?);
        }
    }
    for (index, mesh) in meshes.iter().enumerate() {
        module.body().append_operation(sharding::define(&emitter, index, mesh)?);
    }
    module.body().append_operation(main);
    for function in emitter.definitions.take() {
        module.body().append_operation(function);
    }
    use_module(&module)
}

pub(super) struct Emitter<'c> {
    context: &'c Context,
    types: RefCell<HashMap<Spec, Type<'c>>>,
    elements: RefCell<HashMap<DType, Type<'c>>>,
    attributes: RefCell<HashMap<String, Attribute<'c>>>,
    /// Functions of called graphs, by the graph's address, which is kept for as long as that is a key.
    functions: RefCell<HashMap<*const Graph, (String, Arc<Graph>)>>,
    definitions: RefCell<Vec<Operation<'c>>>,
    meshes: RefCell<Vec<Mesh>>,
    /// What MLIR said about texts it could not parse.
    complaints: Rc<RefCell<Vec<String>>>,
}

/// The MLIR values of each node; empty until it is emitted.
pub(super) type Values<'c, 'a> = Vec<Vec<Value<'c, 'a>>>;

impl<'c> Emitter<'c> {
    fn new(context: &'c Context, complaints: Rc<RefCell<Vec<String>>>) -> Emitter<'c> {
        Emitter {
            context,
            types: RefCell::default(),
            elements: RefCell::default(),
            attributes: RefCell::default(),
            functions: RefCell::default(),
            definitions: RefCell::default(),
            meshes: RefCell::default(),
            complaints,
        }
    }

    /// The public function `main`.
    fn main(&self, lowering: &Lowering<'_>) -> Result<Operation<'c>> {
        let lists = [("arg_attrs", &lowering.arguments), ("res_attrs", &lowering.results)];
        self.define("main", "public", lowering.graph, &lists)
    }

    fn define(
        &self,
        name: &str,
        visibility: &str,
        graph: &Graph,
        lists: &[(&'static str, &Vec<Vec<Annotation>>)],
    ) -> Result<Operation<'c>> {
        let inputs = graph.inputs().iter().map(|input| self.ty(&input.spec)).collect::<Result<Vec<_>>>()?;
        let outputs = graph.outputs().iter().map(|spec| self.ty(spec)).collect::<Result<Vec<_>>>()?;
        let mut attributes = vec![
            ("sym_name", StringAttribute::new(self.context, name).into()),
            ("sym_visibility", StringAttribute::new(self.context, visibility).into()),
            (
                "function_type",
                TypeAttribute::new(FunctionType::new(self.context, &inputs, &outputs).into()).into(),
            ),
        ];
        for (name, annotations) in lists {
            if annotations.iter().any(|list| !list.is_empty()) {
                attributes.push((*name, self.annotations(annotations)?));
            }
        }
        let region = self.region(graph, "func.return")?;
        let location = Location::name(self.context, graph.name(), Location::unknown(self.context));
        self.build("func.func", location, &[], &[], attributes, vec![region])
    }

    pub(super) fn context(&self) -> &'c Context {
        self.context
    }

    fn annotations(&self, lists: &[Vec<Annotation>]) -> Result<Attribute<'c>> {
        let string = |text: &str| StringAttribute::new(self.context, text).into();
        let mut dictionaries = Vec::with_capacity(lists.len());
        for list in lists {
            let mut entries = Vec::with_capacity(list.len());
            for annotation in list {
                let (name, value) = match annotation {
                    Annotation::AliasedOutput(index) => {
                        ("tf.aliasing_output", self.attribute(&format!("{index} : i32"))?)
                    }
                    Annotation::BufferDonor => ("jax.buffer_donor", self.attribute("true")?),
                    Annotation::LayoutMode(layout) => ("mhlo.layout_mode", string(layout)),
                    Annotation::MemoryKind(kind) => ("mhlo.memory_kind", string(kind)),
                    Annotation::Sharding(sharding) => ("mhlo.sharding", string(sharding)),
                    Annotation::Partition(to, rank) => {
                        ("sdy.sharding", self.attribute(&sharding::whole(&self.mesh(&to.mesh)?, to, *rank))?)
                    }
                };
                entries.push((Identifier::new(self.context, name), value));
            }
            dictionaries.push(DictionaryAttribute::new(self.context, &entries).into());
        }
        Ok(ArrayAttribute::new(self.context, &dictionaries).into())
    }

    /// A region of one block: the graph's inputs as arguments, its nodes, and `terminator` on its outputs.
    pub(super) fn region(&self, graph: &Graph, terminator: &str) -> Result<Region<'c>> {
        let mut arguments = Vec::with_capacity(graph.inputs().len());
        for input in graph.inputs() {
            arguments.push((self.ty(&input.spec)?, self.location(graph.node(input.node))));
        }
        let block = Block::new(&arguments);
        let inputs = self.arguments(&block, arguments.len())?;
        let outputs = self.emit(graph, &block, &inputs)?;
        self.terminate(&block, terminator, &outputs)?;
        drop((inputs, outputs));
        Ok(self.seal(block))
    }

    /// A block with arguments of these types.
    pub(super) fn block(&self, specs: &[Spec], location: Location<'c>) -> Result<Block<'c>> {
        let arguments =
            specs.iter().map(|spec| Ok((self.ty(spec)?, location))).collect::<Result<Vec<_>>>()?;
        Ok(Block::new(&arguments))
    }

    /// The first `count` arguments of a block.
    pub(super) fn arguments<'a>(&self, block: &'a Block<'c>, count: usize) -> Result<Vec<Value<'c, 'a>>> {
        (0..count).map(|index| Ok(block.argument(index).map_err(refused)?.into())).collect()
    }

    /// Ends a block.
    pub(super) fn terminate(&self, block: &Block<'c>, name: &str, outputs: &[Value<'c, '_>]) -> Result<()> {
        let location = Location::unknown(self.context);
        block.append_operation(self.build(name, location, outputs, &[], Vec::new(), Vec::new())?);
        Ok(())
    }

    /// The region of one block.
    pub(super) fn seal(&self, block: Block<'c>) -> Region<'c> {
        let region = Region::new();
        region.append_block(block);
        region
    }

    /// Writes a graph's nodes into a block, on values for its inputs; the values of its outputs.
    pub(super) fn emit<'a>(
        &self,
        graph: &Graph,
        block: &'a Block<'c>,
        inputs: &[Value<'c, 'a>],
    ) -> Result<Vec<Value<'c, 'a>>> {
        let mut values: Values<'c, 'a> = vec![Vec::new(); graph.nodes().len()];
        for (input, &value) in graph.inputs().iter().zip(inputs) {
            values[input.node.index()] = vec![value];
        }
        let live = graph.live();
        for (index, node) in graph.nodes().iter().enumerate().filter(|(index, _)| live[*index]) {
            let operands = self.operands(node, &values);
            let site = Site { emitter: self, node, block };
            values[index] = match &node.op {
                Op::Input { .. } => continue,
                Op::Element { index: element } => operands.get(*element).copied().into_iter().collect(),
                // It gives names to the axes and nothing else.
                Op::Reshape { shape } if graph.node(node.operands[0]).ty.specs()[0].shape == *shape => {
                    operands
                }
                Op::StopGradient => operands,
                Op::Call { body, .. } => control::lower_call(site, body, &operands)?,
                Op::Case { branches } => control::lower_case(site, branches, &operands)?,
                Op::While { cond, body } => control::lower_while(site, cond, body, &operands)?,
                Op::Scan(scan) => control::lower_scan(site, scan, &operands)?,
                Op::ShardMap(map) => sharding::lower_shard_map(site, map, &operands)?,
                Op::AxisIndex { mesh, axis } => sharding::lower_axis_index(site, mesh, axis)?,
                // Nothing moves: it says who shares the value.
                Op::Collective(Collective { exchange: Exchange::Vary | Exchange::Same, .. }) => operands,
                _one_to_one => {
                    let operation = ops::lower(self, graph, node, &operands, block)?;
                    block.append_operation(operation).results().map(Value::from).collect()
                }
            };
        }
        Ok(graph.output_ids().iter().flat_map(|id: &NodeId| values[id.index()].iter().copied()).collect())
    }

    /// The name of the private function that a graph became; the same graph is one function however often it is called.
    pub(super) fn function(&self, graph: &Arc<Graph>) -> Result<String> {
        if let Some((name, _)) = self.functions.borrow().get(&Arc::as_ptr(graph)) {
            return Ok(name.clone());
        }
        let name = format!("{}.{}", graph.name(), self.functions.borrow().len());
        // Known before its body is written, so that functions called in there get other numbers.
        self.functions.borrow_mut().insert(Arc::as_ptr(graph), (name.clone(), graph.clone()));
        let function = self.define(&name, "private", graph, &[])?;
        self.definitions.borrow_mut().push(function);
        Ok(name)
    }

    /// The name that the module has a mesh under.
    pub(super) fn mesh(&self, mesh: &Mesh) -> Result<String> {
        let mut meshes = self.meshes.borrow_mut();
        let index = meshes.iter().position(|known| known == mesh).unwrap_or_else(|| {
            meshes.push(mesh.clone());
            meshes.len() - 1
        });
        Ok(sharding::mesh_name(index))
    }

    fn operands<'a>(&self, node: &Node, values: &Values<'c, 'a>) -> Vec<Value<'c, 'a>> {
        node.operands.iter().flat_map(|id| values[id.index()].iter().copied()).collect()
    }

    /// Any operation, in generic form.
    pub(super) fn build(
        &self,
        name: &str,
        location: Location<'c>,
        operands: &[Value<'c, '_>],
        results: &[Type<'c>],
        attributes: Vec<(&str, Attribute<'c>)>,
        regions: Vec<Region<'c>>,
    ) -> Result<Operation<'c>> {
        let attributes: Vec<(Identifier<'c>, Attribute<'c>)> = attributes
            .into_iter()
            .map(|(name, attribute)| (Identifier::new(self.context, name), attribute))
            .collect();
        OperationBuilder::new(name, location)
            .add_operands(operands)
            .add_results(results)
            .add_attributes(&attributes)
            .add_regions_vec(regions)
            .build()
            .map_err(refused)
    }

    /// The tensor type of a spec.
    pub(super) fn ty(&self, spec: &Spec) -> Result<Type<'c>> {
        if let Some(&ty) = self.types.borrow().get(spec) {
            return Ok(ty);
        }
        let dims: Vec<u64> = spec.dims().iter().map(|&dim| dim as u64).collect();
        let ty: Type<'c> = RankedTensorType::new(&dims, self.element(spec.dtype)?, None).into();
        self.types.borrow_mut().insert(spec.clone(), ty);
        Ok(ty)
    }

    fn element(&self, dtype: DType) -> Result<Type<'c>> {
        if let Some(&ty) = self.elements.borrow().get(&dtype) {
            return Ok(ty);
        }
        if matches!(dtype, DType::F6E2M3Fn | DType::F6E3M2Fn) {
            // It takes them for no type at all and, given a constant of one, ends the process.
            return Err(error!(DType, "lowering failed: XLA has no {dtype}; StableHLO alone does"));
        }
        let name = element_name(dtype);
        let ty = Type::parse(self.context, name).ok_or_else(|| self.unread("type", name))?;
        self.elements.borrow_mut().insert(dtype, ty);
        Ok(ty)
    }

    /// An attribute from its text.
    pub(super) fn attribute(&self, text: &str) -> Result<Attribute<'c>> {
        if let Some(&attribute) = self.attributes.borrow().get(text) {
            return Ok(attribute);
        }
        let attribute = Attribute::parse(self.context, text).ok_or_else(|| self.unread("attribute", text))?;
        self.attributes.borrow_mut().insert(text.to_string(), attribute);
        Ok(attribute)
    }

    fn unread(&self, what: &str, text: &str) -> Error {
        error!(
            Lower,
            "lowering failed: MLIR does not read the {what} `{text}`: {}",
            self.complaints.borrow().join("; ")
        )
    }

    /// The user's line, under the node's parameter path or its scope and operation.
    pub(super) fn location(&self, node: &Node) -> Location<'c> {
        let at = node.location;
        let line = Location::new(self.context, at.file(), at.line() as usize, at.column() as usize);
        match (&node.op, &node.name) {
            (Op::Input { .. }, Some(path)) => Location::name(self.context, path, line),
            (Op::Input { .. }, None) => line,
            (op, Some(scope)) => Location::name(self.context, &format!("{scope}/{}", op.name()), line),
            (op, None) => Location::name(self.context, op.name(), line),
        }
    }
}

/// The element type in MLIR's spelling.
fn element_name(dtype: DType) -> &'static str {
    match dtype {
        DType::Bool => "i1",
        DType::I2 => "i2",
        DType::I4 => "i4",
        DType::I8 => "i8",
        DType::I16 => "i16",
        DType::I32 => "i32",
        DType::I64 => "i64",
        DType::U2 => "ui2",
        DType::U4 => "ui4",
        DType::U8 => "ui8",
        DType::U16 => "ui16",
        DType::U32 => "ui32",
        DType::U64 => "ui64",
        DType::F4E2M1Fn => "f4E2M1FN",
        DType::F6E2M3Fn => "f6E2M3FN",
        DType::F6E3M2Fn => "f6E3M2FN",
        DType::F8E3M4 => "f8E3M4",
        DType::F8E4M3 => "f8E4M3",
        DType::F8E4M3B11Fnuz => "f8E4M3B11FNUZ",
        DType::F8E4M3Fn => "f8E4M3FN",
        DType::F8E4M3Fnuz => "f8E4M3FNUZ",
        DType::F8E5M2 => "f8E5M2",
        DType::F8E5M2Fnuz => "f8E5M2FNUZ",
        DType::F8E8M0Fnu => "f8E8M0FNU",
        DType::Bf16 => "bf16",
        DType::F16 => "f16",
        DType::F32 => "f32",
        DType::F64 => "f64",
        DType::C64 => "complex<f32>",
        DType::C128 => "complex<f64>",
    }
}
