//! Damaged files for the tests of parsers: mutations of good files that a seed decides, and the loop that tries them.
//!
//! A [`Trial`] hands mutations to a parser and fails if it panics, hangs, or asks for much more memory than its input is worth; an
//! error is as good as a result. In tests it makes a fixed number of attempts from a fixed seed; with `BERING_FUZZ_SECONDS` it goes on
//! that long from a seed of the moment, which `BERING_FUZZ_SEED` repeats. What it found is left in `target/tmp`.
//!
//! Mutations know something of what they damage: [`Random::bytes`] of lengths and offsets, [`Random::text`] of words and numbers, [`json`]
//! of values in their places. What is wrapped (compressed, with a checksum, behind a length) is damaged before it is wrapped, by
//! the test, which knows how; damage outside alone would never get past the wrapping.
//!
//! A development dependency: nothing that is shipped sees this crate. Linking it counts the memory of the test program.

pub mod json;
mod memory;
mod random;
mod trial;

pub use random::Random;
pub use trial::Trial;
