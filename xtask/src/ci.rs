//! Continuous integration: one declarative matrix, and everything that is made from it.
//!
//! `ci/matrix.toml` says what is done where. A job here and a job on a service are the same steps, because a service only ever
//! calls `cargo xtask ci run JOB`; the workflow files hold no knowledge of their own and are generated.

pub(crate) mod github;
pub(crate) mod gitlab;
pub(crate) mod matrix;
pub(crate) mod steps;

/// Where the matrix stands in a checkout.
pub(crate) const MATRIX: &str = "ci/matrix.toml";

/// The first line of every generated file.
const GENERATED: &str =
    "# Made from ci/matrix.toml and third_party.lock by `cargo xtask ci generate`; do not edit.\n";

/// The store's directory in a service's checkout: caches of services keep paths below it.
const STORE: &str = ".bering-cache";

/// How long a job may take, in minutes.
const MINUTES: u32 = 90;
