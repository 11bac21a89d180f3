//! Recording what the plugin does, as xprof's and as Perfetto's file.

use std::sync::{Mutex, PoisonError};

use bering_runtime::{CompileOptions, ProfileOptions, Profiler};

use crate::{client, compile, error_text, plugin};

/// A process has one recorder.
static RECORDER: Mutex<()> = Mutex::new(());

#[test]
fn a_profile_has_the_program_whether_it_was_compiled_or_loaded() {
    let _recorder = RECORDER.lock().unwrap_or_else(PoisonError::into_inner);
    let client = client();
    let program = r#"module @test { func.func public @main(%a: tensor<64xf32>) -> tensor<64xf32> {
        %sine = stablehlo.sine %a : tensor<64xf32> loc("written_here.py":7:3)
        return %sine : tensor<64xf32> } }"#;
    let compiled = client.compile(program, &CompileOptions::new()).expect("it compiles");
    let loaded = client.deserialize(&compiled.serialize().expect("bytes")).expect("it loads");
    let x = client.buffer_from_slice(&[1.0f32; 64], [64]).expect("a buffer");
    for executable in [&compiled, &loaded] {
        let profiler = Profiler::start(plugin(), &ProfileOptions::new()).expect("it records");
        executable.execute(&[&x]).expect("it starts")[0].ready().expect("an event").wait().expect("it runs");
        let profile = profiler.stop().expect("a profile");
        // The module itself, which viewers show beside the events, says where operations were written.
        let holds = |text: &str| profile.xspace().windows(text.len()).any(|bytes| bytes == text.as_bytes());
        assert!(holds("written_here.py"));
        assert!(!holds("bering.outlined"));
    }
}

#[test]
fn a_profile_names_the_operations_that_ran() {
    let _recorder = RECORDER.lock().unwrap_or_else(PoisonError::into_inner);
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
