//! Image classification with vision transformers, from checkpoints in timm's layout.
//!
//! * [`Vit`]: the network, with timm's names of parameters.
//! * [`Config`]: its sizes, most of which the checkpoint itself tells, and how images are to be prepared.
//! * [`prepare`]: an image file as the network takes it.
//! * [`Classifier`]: a directory of weights, opened and compiled.
#![forbid(unsafe_code)]

mod classifier;
mod config;
mod model;
mod picture;

pub use classifier::{Classifier, Guess};
pub use config::{Config, Pool, Preparation};
pub use model::{Vit, VitOutput};
pub use picture::{decode, prepare};
