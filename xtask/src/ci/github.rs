//! The workflow of GitHub Actions: a job that prints the matrix, and one that is made from it.

use super::{GENERATED, MINUTES, STORE};

/// Where the service looks for it.
pub(crate) const PATH: &str = ".github/workflows/ci.yml";

/// The text of the workflow. It asks `ci matrix` when it runs, so it changes only when its own shape does.
pub(crate) fn workflow() -> String {
    format!(
        r#"{GENERATED}name: ci

on:
  push:
    branches: [main]
  pull_request:

permissions:
  contents: read

concurrency:
  group: ${{{{ github.workflow }}}}-${{{{ github.ref }}}}
  cancel-in-progress: ${{{{ github.ref != 'refs/heads/main' }}}}

jobs:
  plan:
    runs-on: ubuntu-24.04
    timeout-minutes: 15
    outputs:
      matrix: ${{{{ steps.matrix.outputs.matrix }}}}
    steps:
      - uses: actions/checkout@v4
      - run: cargo xtask ci check
      - id: matrix
        run: echo "matrix=$(cargo xtask ci matrix)" >> "$GITHUB_OUTPUT"

  job:
    needs: plan
    strategy:
      fail-fast: false
      matrix: ${{{{ fromJSON(needs.plan.outputs.matrix) }}}}
    name: ${{{{ matrix.name }}}}
    runs-on: ${{{{ matrix.runner }}}}
    continue-on-error: ${{{{ matrix.experimental }}}}
    timeout-minutes: {MINUTES}
    env:
      BERING_CACHE: ${{{{ github.workspace }}}}/{STORE}
    steps:
      - uses: actions/checkout@v4
      - uses: actions/cache@v4
        with:
          path: {STORE}
          key: ${{{{ matrix.cache_key }}}}
      - uses: actions/cache@v4
        with:
          path: |
            ~/.cargo/registry
            target
          key: cargo-${{{{ matrix.name }}}}-${{{{ hashFiles('Cargo.lock', 'rust-toolchain.toml') }}}}
          restore-keys: cargo-${{{{ matrix.name }}}}-
      - if: matrix.packages != ''
        run: |
          sudo apt-get update
          sudo apt-get install --yes ${{{{ matrix.packages }}}}
          rustup target add ${{{{ matrix.host }}}}
      - run: cargo xtask ci run ${{{{ matrix.name }}}}
      - if: ${{{{ contains(matrix.runs, 'dist') }}}}
        uses: actions/upload-artifact@v4
        with:
          name: dist-${{{{ matrix.name }}}}
          path: target/dist/*.tar.zst
          if-no-files-found: error
"#
    )
}
