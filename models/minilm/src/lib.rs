//! Sentence embeddings with BERT encoders, on Bering.
//!
//! Any directory in the layout of sentence-transformers, or a plain transformers checkpoint, whose encoder is a `BertModel`
//! works: `config.json`, `tokenizer.json`, `model.safetensors` and the small files beside them.
//!
//! ```no_run
//! use minilm::{Embedder, Options};
//! use std::path::Path;
//!
//! let embedder = Embedder::open(Path::new(".bering/models/minilm"), &Options::default())?;
//! let embeddings = embedder.embed(&["A man is playing guitar.", "Someone strums an instrument."])?;
//! let rows: Vec<&[f32]> = embeddings.rows().collect();
//! let cosine: f32 = rows[0].iter().zip(rows[1]).map(|(a, b)| a * b).sum();
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
