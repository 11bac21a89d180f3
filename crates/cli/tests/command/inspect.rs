//! What `inspect` and `devices` print.

use crate::harness::{bering, fails, fixture, path, succeeds};

#[test]
fn a_program_is_described() {
    let text = succeeds(&["inspect", path(&fixture("donated_arguments.jax"))]);
    for line in [
        "step: jax.export, ",
        "exported for: cpu",
        "  0: f32[6, 2]  weights  (donated)",
        "  1: f32[8, 6]  x\n",
        "  2: f32[6, 2]  velocity  (donated)",
        "  2: tensor<f32>  result[2]",
        "  stablehlo.dot_general",
        "  arguments      352",
        "  shared by both 96",
        "  arguments: {1,0} {1,0} {1,0} {1,0}",
        " FLOP, ",
    ] {
        assert!(text.contains(line), "`{line}` is not in: {text}");
    }
    let text = succeeds(&["inspect", path(&fixture("unused_arguments.jax"))]);
    assert!(text.contains("  1: f32[100]  (unused)\n"), "{text}");
}

#[test]
fn open_sizes_are_named() {
    let file = fixture("dynamic_batch.jax");
    let text = succeeds(&["inspect", path(&file)]);
    assert!(text.contains("  0: f32[b, 4]\n") && text.contains("  1: f32[b, n]\n"), "{text}");
    assert!(text.contains("sizes are open"), "{text}");
    let text = succeeds(&["inspect", path(&file), "--dim", "b=3", "--dim", "n=2"]);
    assert!(text.contains("  1: tensor<3x4xf32>") && text.contains("layouts, minor to major"), "{text}");
    fails(&["inspect", path(&file), "--dim", "b=3"], &["leaves sizes open: `b`, `n`", "hint: "]);
    fails(&["inspect", path(&file), "--dim", "c=3"], &["no open size `c`"]);
}

#[test]
fn custom_calls_are_listed() {
    let output = bering(&["inspect", path(&fixture("missing_custom_call.mlirbc"))]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("  lapack_sgeev_ffi  (no handler"), "{text}");
    assert_eq!(output.status.code(), Some(1), "it does not compile");
}

#[test]
fn devices_are_listed() {
    let text = succeeds(&["devices"]);
    assert!(text.starts_with("cpu:0 ") && text.contains("PJRT 0."), "{text}");
}
