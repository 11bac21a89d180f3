//! What `bench` measures.

use crate::harness::{fixture, path, succeeds};

fn json(arguments: &[&str]) -> serde_json::Value {
    serde_json::from_str(&succeeds(&[&["bench", "--seconds", "0", "--json"], arguments].concat()))
        .expect("JSON")
}

#[test]
fn times_and_rates_are_consistent() {
    let found = json(&[path(&fixture("int8_matmul.jax"))]);
    let number = |name: &str| found[name].as_f64().unwrap_or_else(|| panic!("no `{name}` in {found}"));
    let (low, median, high) = (number("p10_s"), number("median_s"), number("p90_s"));
    assert!(0.0 < number("min_s") && number("min_s") <= low && low <= median && median <= high, "{found}");
    assert!(number("batches") >= 10.0 && number("compile_s") > 0.0 && number("load_s") > 0.0, "{found}");
    let rate = number("flops") / median / 1e9;
    assert!((number("gflop_per_s") - rate).abs() < 1e-6 * rate && number("bytes") > 0.0, "{found}");
}

#[test]
fn inputs_come_from_files_or_are_made_up() {
    json(&[path(&fixture("causal_attention.jax"))]);
    json(&[path(&fixture("donated_arguments.jax"))]);
    json(&[path(&fixture("dynamic_batch.jax")), "--dim", "b=2", "--dim", "n=3"]);
    let text = succeeds(&["bench", "--seconds", "0", path(&fixture("small_types.jax"))]);
    for word in ["run on cpu:0", "compile ", "load ", "GFLOP/s", "GB/s"] {
        assert!(text.contains(word), "`{word}` is not in: {text}");
    }
}
