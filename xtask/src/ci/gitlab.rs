//! The pipeline of GitLab CI: every job written out, because a cache's key must stand in the file.

use super::matrix::Entry;
use super::steps::Step;
use super::{GENERATED, MINUTES, STORE};
use std::fmt::Write as _;

/// Where the service looks for it.
pub(crate) const PATH: &str = ".gitlab-ci.yml";

/// The image the jobs run in: Rust and a C++ compiler on Debian, nothing else. The toolchain is that of `rust-toolchain.toml`.
const IMAGE: &str = "rust:1-bookworm";

/// The text of the pipeline for these jobs.
pub(crate) fn pipeline(entries: &[Entry<'_>]) -> String {
    let mut text = format!(
        r#"{GENERATED}stages: [plan, jobs]

default:
  image: {IMAGE}
  timeout: {MINUTES} minutes

variables:
  BERING_CACHE: $CI_PROJECT_DIR/{STORE}
  CARGO_HOME: $CI_PROJECT_DIR/.cargo-home

plan:
  stage: plan
  script:
    - cargo xtask ci check
"#
    );
    entries.iter().for_each(|entry| push_job(&mut text, entry));
    text
}

fn push_job(text: &mut String, entry: &Entry<'_>) {
    let Entry { name, tag, cache_key, experimental, .. } = entry;
    // Writing to a String cannot fail.
    let _ = write!(
        text,
        r"
{name}:
  stage: jobs
  tags: [{tag}]
  allow_failure: {experimental}
  cache:
    - key: {cache_key}
      paths: [{STORE}/]
    - key:
        prefix: cargo-{name}
        files: [Cargo.lock]
      paths: [.cargo-home/registry/, target/]
  script:
"
    );
    if !entry.packages.is_empty() {
        let _ = write!(
            text,
            "    - apt-get update && apt-get install --yes {}\n    - rustup target add {}\n",
            entry.packages, entry.host
        );
    }
    let _ = writeln!(text, "    - cargo xtask ci run {name}");
    if entry.runs.contains(&Step::Dist) {
        text.push_str("  artifacts:\n    paths: [target/dist/*.tar.zst]\n");
    }
}
