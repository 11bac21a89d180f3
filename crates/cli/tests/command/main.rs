//! The `bering` command, as a user calls it: programs of other frameworks, what it prints, what it says about bad input.

mod bench;
mod errors;
mod harness;
mod inspect;
mod programs;
