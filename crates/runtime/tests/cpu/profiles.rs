//! Recording what the plugin does, as xprof's and as Perfetto's file.

use bering_runtime::{ProfileOptions, Profiler};

use crate::{client, compile, error_text, plugin};

#[test]
fn a_profile_names_the_operations_that_ran() {
    let client = client();
    let ty = "tensor<256x256xf32>";
    let body = format!(
        "%out = stablehlo.dot_general %arg0, %arg0, contracting_dims = [1] x [0] : ({ty}, {ty}) -> {ty}"
    );
    let dot = compile(&client, &[ty], ty, &body);
    let x = client.buffer_from_slice(&vec![1.0f32; 256 * 256], [256, 256]).expect("a buffer");

    let profiler = Profiler::start(plugin(), &ProfileOptions::new()).expect("it records");
    for _ in 0..3 {
        dot.execute(&[&x]).expect("it starts")[0].ready().expect("an event").wait().expect("it runs");
    }
    let profile = profiler.stop().expect("a profile");

    let directory = tempfile::tempdir().expect("a directory for temporary files");
    let (xspace, trace) = (directory.path().join("run.xplane.pb"), directory.path().join("run.trace.json"));
    profile.write_xspace(&xspace).expect("written");
    profile.write_trace(&trace).expect("written");
    assert_eq!(std::fs::read(&xspace).expect("readable"), profile.xspace());

    let trace: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&trace).expect("readable")).expect("valid JSON");
    let events = trace["traceEvents"].as_array().expect("a list");
    let named = |wanted: &dyn Fn(&str) -> bool| {
        let complete = events.iter().filter(|event| event["ph"] == "X");
        complete.filter(|event| event["name"].as_str().is_some_and(wanted)).collect::<Vec<_>>()
    };
    // The program by its name, and the operation that the compiler made of the product: XLA marks the end of each.
    assert!(named(&|name| name.contains("(test)")).len() >= 3, "three runs of the program");
    let ends = named(&|name| name.starts_with("end: "));
    let operation = ends.first().and_then(|event| event["name"].as_str()).expect("an operation ended");
    let operations = named(&|name| Some(name) == operation.strip_prefix("end: "));
    assert!(operations.len() >= 3, "three runs of the product");
    assert!(operations.iter().all(|event| event["dur"].as_f64().is_some_and(|duration| duration > 0.0)));

    let text = error_text(profile.write_trace(directory.path().join("absent/run.json")));
    assert!(text.starts_with("cannot write `"), "{text}");
}
