//! Control flow: branches and loops whose bodies are closures, each traced once.
//!
//! The closures take and return trees of tensors ([`Tree`](crate::Tree)) and may use tensors from around them, and a model's
//! parameters; those become operands of the operation. Both branches and all steps of a loop are one graph each, so what a
//! program costs to trace and to compile does not depend on how often a loop runs.
//!
//! Which loop: [`scan`] where there is something to go through or to collect, [`fori_loop`] for a number of steps,
//! [`while_loop`] where the data says when to stop, [`associative_scan`] where steps can be grouped at will and so run
//! at once. All but [`while_loop`] can be differentiated in reverse mode.

mod associative;
mod branch;
mod closed;
mod loops;
mod rule;
mod scan;

pub use associative::associative_scan;
pub use branch::{cond, switch};
pub use loops::{Bound, fori_loop, while_loop};
pub use rule::{Rule, Scan};
pub use scan::{ScanOptions, map, scan, scan_with};

pub(crate) use closed::{apply, check_alike, join, placeholders};
