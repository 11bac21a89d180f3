//! Graph to graph: each transform reads one graph and builds others; none changes what it reads.

mod hoist;

pub use hoist::{Hoisted, hoist_parameters};
