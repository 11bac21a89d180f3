//! Writes the encoder's whole program as StableHLO, in the form that runs on every device: what a compiler for hardware that is
//! not here is given.
//!
//! ```text
//! program .bering/models/minilm 8 64 > minilm_8x64.mlir
//! compile_for libtpu.so v5e:2x2 minilm_8x64.mlir            # an example of bering-runtime
//! ```
//!
//! After the model's directory come the sentences of a batch and the tokens of each. The weights are arguments, so the text has
//! none of them.

use bering::frontend::lower::to_stablehlo_text;
use minilm::sentence::SentenceEncoder;
use minilm::{Directory, Form};
use std::io::{self, Write};
use std::path::Path;

const USAGE: &str = "usage: program MODEL ROWS TOKENS";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, rows, tokens] = &arguments[..] else { return Err(USAGE.into()) };
    let directory = Directory::read(Path::new(model))?;
    let encoder = SentenceEncoder {
        config: directory.config,
        pooling: directory.pooling,
        normalize: directory.normalize,
        form: Form::Plain,
    };
    let graph = encoder.trace(rows.parse()?, tokens.parse()?)?;
    io::stdout().write_all(to_stablehlo_text(&graph)?.as_bytes())?;
    Ok(())
}
