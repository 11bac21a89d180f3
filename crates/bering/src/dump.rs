//! `BERING_DUMP=dir`: every graph as Bering sees it, as StableHLO and as XLA optimised it, beside what the runtime and XLA write
//! there.
//!
//! A dump must not make a program fail, so what cannot be written is left out.

use bering_frontend::{Graph, lower};
use bering_runtime::Executable;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

/// The files of one program: `<name>_<process>_<number>` with an extension for each form.
pub(crate) struct Dump {
    path: PathBuf,
}

impl Dump {
    /// Writes the graph as text with lines (`.graph`) and as StableHLO (`.mlir`), if dumps are wanted.
    pub(crate) fn graph(graph: &Graph) -> Option<Dump> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let directory = std::env::var_os("BERING_DUMP").filter(|value| !value.is_empty())?;
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let safe = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
        let name: String = graph.name().chars().take(64).map(safe).collect();
        let dump = Dump {
            path: PathBuf::from(directory).join(format!("{name}_{}_{number:04}", std::process::id())),
        };
        let _ = dump.path.parent().map(std::fs::create_dir_all);
        dump.write("graph", format!("{graph:#}").as_bytes());
        if let Ok(text) = lower::to_stablehlo_text(graph) {
            dump.write("mlir", text.as_bytes());
        }
        Some(dump)
    }

    /// Writes what XLA made of it, a serialised proto (`.hlo.pb` or `.hlo_with_config.pb`).
    pub(crate) fn executable(&self, executable: &Executable) {
        if let Ok((format, program)) = executable.optimized_program() {
            self.write(&format!("{format}.pb"), &program);
        }
    }

    fn write(&self, extension: &str, text: &[u8]) {
        let _ = std::fs::write(self.path.with_extension(extension), text);
    }
}
