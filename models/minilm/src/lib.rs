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

/// Where all-MiniLM-L6-v2 may be: beside the running executable (a distribution), or in one of the [`bering::prefixes`]. Whether it
/// is there is for the caller to see.
pub fn default_directories() -> Vec<PathBuf> {
    let beside = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.to_path_buf()));
    let places = beside.into_iter().chain(bering::prefixes());
    places.map(|place| place.join("models/minilm")).collect()
}
