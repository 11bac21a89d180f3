//! `docs/ops.md`: every operation with its dtypes, gradient, batching and source, as the code says.
//!
//! Nothing in the table is written by hand. Operations and the methods that make them come from the op table
//! (`cases`), dtypes from asking inference about each, gradient and batching from the transforms' rules, the source from the
//! lowered text. After a change: `BERING_UPDATE_GOLDEN=1 cargo test -p bering-frontend --test op_table`.

#[path = "cases/mod.rs"]
mod cases;
#[path = "cases/exchanges.rs"]
mod exchanges;

use bering_frontend::transform::{Gradient, support};
use bering_frontend::{DType, Family, Graph, Node, Op, Spec, Tensor, Type, checkpoint, infer, lower, trace};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

/// What is known of one operation.
struct Row {
    /// It and its operands as the cases have them.
    samples: Vec<(Op, Vec<Type>)>,
    source: &'static str,
    methods: BTreeSet<&'static str>,
}

/// One row an operation, from every node of every case.
fn rows() -> BTreeMap<&'static str, Row> {
    let mut rows = BTreeMap::new();
    let mut add = |graph: Graph, name: &'static str| {
        let text = lower::to_stablehlo_text(&graph).unwrap();
        visit(&graph, &text, name, &mut rows);
    };
    cases::all().into_iter().for_each(|case| add(case.graph().unwrap(), case.name));
    // What has no values to compare, or is compared elsewhere.
    let specs = [Spec::new(DType::F32, [2])];
    let called = trace("f", &specs, |_, x| x[0].custom_call("acme.same", &[], [], x[0].spec().clone()));
    add(called.unwrap(), "custom_call");
    add(trace("f", &specs, |_, x| checkpoint(|x: Tensor| x.exp(), &x[0])).unwrap(), "checkpoint");
    for (name, exchange) in exchanges::all().into_iter().filter(|(name, _)| !name.contains("_of_")) {
        // Derivatives are made of operations that no method has.
        add(exchange.unwrap(), if name.ends_with("_gradient") { "__" } else { name });
    }
    rows
}

fn visit(graph: &Graph, text: &str, case: &'static str, rows: &mut BTreeMap<&'static str, Row>) {
    for node in graph.nodes() {
        let row = rows.entry(node.op.name()).or_insert_with(|| row(node, text));
        row.samples
            .push((node.op.clone(), node.operands.iter().map(|&id| graph.node(id).ty.clone()).collect()));
        if !case.contains("__") {
            row.methods.insert(case);
        }
        node.op.bodies().into_iter().for_each(|body| visit(body, text, case, rows));
    }
}

fn row(node: &Node, text: &str) -> Row {
    let name = node.op.name();
    let source = [("StableHLO", "stablehlo"), ("Shardy", "sdy"), ("CHLO", "chlo"), ("MLIR `func`", "func")]
        .into_iter()
        .find(|(_, dialect)| text.contains(&format!("\"{dialect}.{name}\"")));
    Row {
        samples: Vec::new(),
        source: source.map_or("Bering", |(source, _)| source),
        methods: BTreeSet::new(),
    }
}

/// The families whose types inference takes in place of the first operand's, or of the result's where there is none.
fn dtypes(row: &Row) -> String {
    let op = &row.samples[0].0;
    let owns_graphs = row.samples.iter().all(|(op, _)| !op.bodies().is_empty());
    if owns_graphs || matches!(op, Op::CustomCall(_)) {
        return "as it is told".to_string();
    }
    let takes = |dtype: DType| row.samples.iter().any(|(op, operands)| probe(op, operands, dtype));
    let families = [
        ("bool", Family::Bool),
        ("signed", Family::Signed),
        ("unsigned", Family::Unsigned),
        ("float", Family::Float),
        ("complex", Family::Complex),
    ];
    let taken: Vec<&str> = families
        .into_iter()
        .filter(|(_, family)| DType::ALL.into_iter().any(|dtype| dtype.family() == *family && takes(dtype)))
        .map(|(name, _)| name)
        .collect();
    match taken.len() {
        5 => "any".to_string(),
        _ => taken.join(", "),
    }
}

fn probe(op: &Op, operands: &[Type], dtype: DType) -> bool {
    let own = |ty: &Type| ty.specs().first().map(|spec| spec.dtype);
    // A predicate or indices beside the values keep their type.
    let values = operands.get(usize::from(matches!(op, Op::Select))).and_then(own);
    let replaced =
        |spec: &Spec| if Some(spec.dtype) == values { spec.with_dtype(dtype) } else { spec.clone() };
    let operands: Vec<Type> = operands
        .iter()
        .map(|ty| match ty {
            Type::Tensor(spec) => Type::Tensor(replaced(spec)),
            Type::Tuple(specs) => Type::Tuple(specs.iter().map(replaced).collect()),
        })
        .collect();
    let op = match op.clone() {
        Op::DotGeneral(dot) => Op::DotGeneral(bering_frontend::Dot { dtype, ..dot }),
        Op::Convert { .. } => Op::Convert { dtype },
        Op::Iota { spec, axis } => Op::Iota { spec: spec.with_dtype(dtype), axis },
        Op::Input { index, spec } => Op::Input { index, spec: spec.with_dtype(dtype) },
        op => op,
    };
    infer(&op, &operands.iter().collect::<Vec<_>>()).is_ok()
}

fn table() -> String {
    let mut text = "\
# Operations

Generated by `crates/frontend/tests/op_table.rs` from the code; after a change run
`BERING_UPDATE_GOLDEN=1 cargo test -p bering-frontend --test op_table`.

* **dtypes**: families that inference takes for the values (signed and unsigned integers apart). Indices and predicates beside them have
  their own; `as it is told` where graphs or attributes decide.
* **gradient**: `yes` in both modes, `forward` in forward mode alone, `zero` where results are constant or change in jumps, `no` where asking is an
  error that names your line.
* **batching**: whether `vmap` passes it.
* **source**: the dialect whose specification defines it; `Bering` where it is resolved before or while lowering.
* **made by**: programs of the op table, most of them named after the method, that hold the operation.

| operation | dtypes | gradient | batching | source | made by |
|---|---|---|---|---|---|
"
    .to_string();
    for (name, row) in rows() {
        let support = support(&row.samples[0].0);
        let gradient = match support.gradient {
            Gradient::Yes => "yes",
            Gradient::Forward => "forward",
            Gradient::Zero => "zero",
            Gradient::No => "no",
        };
        let batching = if support.batching { "yes" } else { "no" };
        const SHOWN: usize = 6;
        let mut methods: Vec<&str> = row.methods.iter().copied().collect();
        // The operation's own method first.
        methods.sort_by_key(|method| *method != name);
        let more = if methods.len() > SHOWN { ", .." } else { "" };
        methods.truncate(SHOWN);
        let methods = methods.join(", ");
        let dtypes = dtypes(&row);
        writeln!(
            text,
            "| `{name}` | {dtypes} | {gradient} | {batching} | {} | {methods}{more} |",
            row.source
        )
        .unwrap();
    }
    text
}

#[test]
fn the_documented_table_is_what_the_code_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/ops.md");
    let table = table();
    if std::env::var_os("BERING_UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &table).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    let differing = written.lines().zip(table.lines()).find(|(written, told)| written != told);
    assert_eq!(differing, None, "set BERING_UPDATE_GOLDEN=1 if this is meant");
    assert_eq!(written, table);
}

#[test]
fn every_operation_has_a_row() {
    // The names that `Op::name` gives, as its source says them.
    let source = include_str!("../src/op/mod.rs");
    let (_, names) = source.split_once("pub fn name(&self)").unwrap();
    let names: BTreeSet<&str> = names
        .lines()
        .filter_map(|line| line.split_once("=> \"")?.1.split_once('"'))
        .map(|(name, _)| name)
        .collect();
    assert!(names.len() > 80);
    assert_eq!(names, rows().into_keys().collect());
}
