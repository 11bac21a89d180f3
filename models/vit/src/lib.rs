//! Image classification with vision transformers, from checkpoints in timm's layout.
//!
//! * [`Vit`]: the network, with timm's names of parameters.
//! * [`Config`]: its sizes, most of which the checkpoint itself tells, and how images are to be prepared.
//! * [`prepare`]: an image file as the network takes it.
//! * [`Classifier`]: a directory of weights, opened and compiled.
//!
//! Small networks are compared with timm layer by layer in tests. At full size that is done by hand, with random weights
//! (`tests/reference/full.py`, `examples/parity.rs`): of `vit_base_patch16_224` (86.6 million parameters) no layer was off by more than
//! 1.2e-6 of its largest element, of `vit_medium_patch16_reg1_gap_256` 8.3e-7 (November 2026, CPU, timm 1.0.31 in double precision).
#![forbid(unsafe_code)]

mod classifier;
mod config;
mod model;
mod picture;

pub use classifier::{Classifier, Guess};
pub use config::{Config, Pool, Preparation};
pub use model::{Vit, VitOutput};
pub use picture::{decode, prepare};
