//! Programs from elsewhere, read while other threads compile.
//!
//! The plugin reads them in forks of the process, where a lock that another thread held at that time stays locked for ever.

use bering::Module;
use bering::runtime::CompileOptions;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// A program that takes the compiler a while; no two numbers give the same.
fn text(number: usize) -> String {
    let steps: String = (0..20)
        .map(|step| {
            format!(
                "    %d{step} = stablehlo.dot_general %{}, %x, contracting_dims = [1] x [0] : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
    %{} = stablehlo.tanh %d{step} : tensor<8x8xf32>\n",
                if step == 0 { "x".to_owned() } else { step.to_string() },
                step + 1,
            )
        })
        .collect();
    format!(
        "module @steps_{number} {{
  func.func public @main(%x: tensor<8x8xf32>) -> tensor<8x8xf32> {{
{steps}    return %20 : tensor<8x8xf32>
  }}
}}"
    )
}

#[test]
fn threads_read_and_compile_at_once() {
    let device = bering::device("cpu").expect("a device");
    let input = device.client().buffer_from_slice(&[0.1f32; 64], [8, 8]).expect("a buffer");
    let count = AtomicUsize::new(0);
    let end = Instant::now() + Duration::from_secs(4);
    let work = |thread: usize| {
        let mut last = None;
        for round in 0.. {
            let module = Module::read(text(1000 * thread + round).into_bytes()).expect("a module");
            let bytecode = module.portable_artifact(None).expect("bytecode");
            let module = Module::read(bytecode).expect("the same module");
            let program = module.compile_anew(&device, &CompileOptions::new()).expect("compiled");
            let found = program.run(&[&input]).expect("run")[0].to_vec::<f32>().expect("floats");
            assert_eq!(*last.get_or_insert_with(|| found.clone()), found);
            count.fetch_add(1, Ordering::Relaxed);
            if Instant::now() > end {
                return;
            }
        }
    };
    let work = &work;
    std::thread::scope(|scope| {
        for thread in 0..3 {
            scope.spawn(move || work(thread));
        }
    });
    assert!(count.into_inner() >= 3, "every thread did its work");
}
