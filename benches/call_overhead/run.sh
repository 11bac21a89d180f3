#!/bin/sh
# What a call costs: XLA's C++ classes alone, then the same program through the plugin's C API and bering-runtime.
# Needs a set-up checkout (`cargo xtask setup`) and g++ or clang++; run it on a quiet machine.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
cargo bench -q -p bering-runtime --no-run --manifest-path "$root/Cargo.toml"
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
xla=$root/.bering/xla
"${CXX:-c++}" -std=c++17 -O2 -DNDEBUG -w -fvisibility=hidden -fvisibility-inlines-hidden \
    -isystem "$root/crates/pjrt-cpu/stubs" -I "$root/crates/pjrt-cpu/src" \
    -isystem "$xla/include" -isystem "$xla/include/external/highwayhash" \
    -isystem "$xla/include/external/farmhash_archive/src" -isystem "$xla/include/third_party" \
    "$root/benches/call_overhead/overhead.cc" -o "$out/overhead" \
    "$xla/lib/libtensorflow_cc.so.2" "$xla/lib/libtensorflow_framework.so.2" \
    -Wl,-rpath,"$(readlink -f "$xla/lib")"
for _ in 1 2 3; do
    TF_ENABLE_ONEDNN_OPTS=0 "$out/overhead"
    cargo bench -q -p bering-runtime --manifest-path "$root/Cargo.toml" --bench overhead -- tiny
done
