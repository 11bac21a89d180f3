//! `BERING_DUMP=dir`: every graph as Bering sees it and as StableHLO text, beside what the runtime writes there.
//!
//! A dump must not make a program fail, so what cannot be written is left out.

use bering_frontend::{Graph, lower};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

/// Writes the graph, if dumps are wanted.
pub(crate) fn graph(graph: &Graph) {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let Some(directory) = std::env::var_os("BERING_DUMP").filter(|value| !value.is_empty()) else { return };
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let safe = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    let name: String = graph.name().chars().take(64).map(safe).collect();
    let path = PathBuf::from(directory).join(format!("{name}_{}_{number:04}", std::process::id()));
    let _ = path.parent().map(std::fs::create_dir_all);
    let _ = std::fs::write(path.with_extension("graph"), graph.to_string());
    if let Ok(text) = lower::to_stablehlo_text(graph) {
        let _ = std::fs::write(path.with_extension("mlir"), text);
    }
}
