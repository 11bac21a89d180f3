//! The StableHLO text of every operation, and our own printed form, as they were last looked at.
//!
//! Each program of the op table is lowered, read back by MLIR, and compared with `tests/golden/<op>.mlir`; the printed
//! graphs of all of them are in `tests/golden/graphs.txt`. After a change
//! that is meant to change the text: `BERING_UPDATE_GOLDEN=1 cargo test -p bering-frontend --test golden`, then review the
//! difference.

#[path = "cases/mod.rs"]
mod cases;
#[path = "cases/exchanges.rs"]
mod exchanges;

use bering_frontend::{Graph, lower, verify};
use melior::ir::Module;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// Every program of the op table, then those for several devices.
fn programs() -> Vec<(&'static str, Graph)> {
    let cases = cases::all().into_iter().map(|case| (case.name, case.graph()));
    let named = |(name, graph): (&'static str, bering_frontend::Result<Graph>)| {
        (name, graph.unwrap_or_else(|error| panic!("{name}: {error}")))
    };
    cases.chain(exchanges::all()).map(named).collect()
}

#[test]
fn lowered_text_is_as_reviewed() {
    let update = std::env::var_os("BERING_UPDATE_GOLDEN").is_some();
    let context = melior::Context::new_with_threading(false);
    context.set_allow_unregistered_dialects(true);
    let mut differences = Vec::new();
    for (name, graph) in programs() {
        verify(&graph).unwrap_or_else(|error| panic!("{name}: {error}"));
        let text = lower::to_stablehlo_text(&graph).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(Module::parse(&context, &text).is_some(), "{name}: MLIR does not read\n{text}");
        if name.contains("__") {
            continue;
        }
        let path = directory().join(format!("{name}.mlir"));
        if update {
            std::fs::write(&path, &text).unwrap();
        }
        let golden = std::fs::read_to_string(&path).unwrap_or_default();
        if golden != text {
            differences.push(format!("{}:\n--- golden\n{golden}+++ lowered\n{text}", path.display()));
        }
    }
    assert!(
        differences.is_empty(),
        "set BERING_UPDATE_GOLDEN=1 if this is meant\n{}",
        differences.join("\n")
    );
}

#[test]
fn printed_graphs_are_as_reviewed() {
    let graphs = programs().iter().map(|(_, graph)| graph.to_string()).collect::<Vec<_>>().join("\n");
    let path = directory().join("graphs.txt");
    if std::env::var_os("BERING_UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &graphs).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap();
    let differing = golden.lines().zip(graphs.lines()).find(|(golden, printed)| golden != printed);
    assert_eq!(differing, None, "set BERING_UPDATE_GOLDEN=1 if this is meant");
    assert_eq!(golden.lines().count(), graphs.lines().count());
}

#[test]
fn every_golden_text_belongs_to_a_case() {
    let mut names: BTreeSet<String> = programs().iter().map(|(name, _)| format!("{name}.mlir")).collect();
    names.insert("graphs.txt".to_string());
    for entry in std::fs::read_dir(directory()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(names.contains(&name), "`{name}` has no case in the op table");
    }
}
