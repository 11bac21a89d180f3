//! Sentence embeddings with BERT encoders, on Bering.
//!
//! Any directory in the layout of sentence-transformers, or a plain transformers checkpoint, whose encoder is a `BertModel`
//! works: `config.json`, `tokenizer.json`, `model.safetensors` and the small files beside them.
//!
//! ```
//! use minilm::{Embedder, Options};
//!
//! // all-MiniLM-L6-v2, where `cargo xtask setup` puts it.
//! let directory = minilm::default_directories().into_iter().find(|place| place.is_dir()).expect("set up");
//! let embedder = Embedder::open(&directory, &Options::default())?;
//! let embeddings = embedder.embed(&["A man is playing guitar.", "Someone strums an instrument."])?;
//! let rows: Vec<&[f32]> = embeddings.rows().collect();
//! let cosine: f32 = rows[0].iter().zip(rows[1]).map(|(a, b)| a * b).sum();
//! assert!(cosine > 0.5);
//! # Ok::<(), minilm::Error>(())
//! ```
#![forbid(unsafe_code)]

pub mod bert;
pub mod bucket;
pub mod config;
pub mod directory;
mod embedder;
mod error;
mod layers;
mod loading;
pub mod sentence;
pub mod tokenizer;
mod weights;

pub use config::Config;
pub use directory::Directory;
pub use embedder::{Embedder, Embeddings, Options};
pub use error::{Error, ErrorKind};
pub use layers::Form;
pub use sentence::SentenceEncoder;
pub use tokenizer::{Tokenizer, Tokens};

use std::path::PathBuf;

/// Where set-up puts all-MiniLM-L6-v2: in the prefix that cargo announces (`BERING_PREFIX`), or in that of the checkout
/// this was built in. Whether it is there is for the caller to see.
pub fn default_directories() -> Vec<PathBuf> {
    let announced = std::env::var_os("BERING_PREFIX").filter(|prefix| !prefix.is_empty()).map(PathBuf::from);
    let built_in = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../.bering"));
    announced.into_iter().chain([built_in]).map(|prefix| prefix.join("models/minilm")).collect()
}
