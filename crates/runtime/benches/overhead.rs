//! What a call costs, and what large results cost: tiny programs, `x + 1` on 64 MB, f32 matrix products; and what the
//! compile cache saves.
//!
//! `cargo bench -p bering-runtime` prints medians (with the fastest and slowest tenth) over repeated batches;
//! `-- tiny` (or `elementwise`, `matmul`, `cache`) runs that group alone.
//! `benches/runtime_vs_jax.py` prints the same cases for JAX.

#![allow(clippy::print_stdout)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use bering_runtime::{
    Argument, Buffer, Client, ClientOptions, CompileCache, CompileOptions, Executable, Plugin, Result,
};

fn main() -> Result<()> {
    let start = Instant::now();
    let plugin = Plugin::load(bering_pjrt_cpu::plugin_path())?;
    let loaded = start.elapsed();
    let client = plugin.client(&ClientOptions::new())?;
    println!("plugin load {:.1} ms, client {:.1} ms", millis(loaded), millis(start.elapsed() - loaded));

    // Cargo passes flags of its own; what is left names groups.
    let wanted: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let wants = |group: &str| wanted.is_empty() || wanted.iter().any(|wanted| wanted == group);
    if wants("tiny") {
        tiny(&client)?;
    }
    if wants("cache") {
        cache(plugin)?;
    }
    if wants("elementwise") {
        elementwise(&client)?;
    }
    if wants("matmul") {
        for size in [1024, 2048] {
            matmul(&client, size)?;
        }
    }
    Ok(())
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Times `run` until it has taken a second, in batches of at least a millisecond; prints microseconds a run.
fn report(case: &str, mut run: impl FnMut() -> Result<()>) -> Result<f64> {
    let mut batch = 1u32;
    loop {
        let start = Instant::now();
        for _ in 0..batch {
            run()?;
        }
        if start.elapsed() > Duration::from_millis(1) {
            break;
        }
        batch *= 2;
    }
    let mut times = Vec::new();
    let start = Instant::now();
    while times.len() < 20 || start.elapsed() < Duration::from_secs(1) {
        let start = Instant::now();
        for _ in 0..batch {
            run()?;
        }
        times.push(start.elapsed().as_secs_f64() * 1e6 / f64::from(batch));
    }
    times.sort_by(f64::total_cmp);
    let at = |part: f64| times[((times.len() - 1) as f64 * part) as usize];
    println!("{case:<34} {:>10.2} us   ({:.2} .. {:.2}, {} batches)", at(0.5), at(0.1), at(0.9), times.len());
    Ok(at(0.5))
}

fn compile(client: &Client, name: &str, ty: &str, body: &str, args: usize) -> Result<Executable> {
    let args: Vec<String> = (0..args).map(|index| format!("%arg{index}: tensor<{ty}>")).collect();
    let program = format!(
        "module @{name} {{ func.func public @main({}) -> tensor<{ty}> {{ {body} return %out : tensor<{ty}> }} }}",
        args.join(", ")
    );
    client.compile(&program, &CompileOptions::new())
}

fn ones(client: &Client, dims: &[usize]) -> Result<Buffer> {
    client.buffer_from_slice(&vec![1.0f32; dims.iter().product()], dims)
}

/// The cost of a call itself: a program that adds two scalars.
fn tiny(client: &Client) -> Result<()> {
    let add = compile(client, "tiny", "f32", "%out = stablehlo.add %arg0, %arg1 : tensor<f32>", 2)?;
    let (x, y) = (ones(client, &[])?, ones(client, &[])?);
    report("tiny add, execute", || {
        black_box(add.execute(&[&x, &y])?);
        Ok(())
    })?;
    report("tiny add, execute + wait (buffer)", || {
        let outputs = add.execute(&[&x, &y])?;
        outputs[0].ready()?.wait()
    })?;
    report("tiny add, execute + wait (event)", || {
        let execution = add.execute_with(&[Argument::Keep(&x), Argument::Keep(&y)])?;
        execution.done.wait()
    })?;
    Ok(())
}

/// Compiling against loading, for a program of one operation. The first look-up of a client also hashes the plugin, the
/// machine and the devices, so it is timed with a client of its own.
fn cache(plugin: Plugin) -> Result<()> {
    let directory = std::env::temp_dir().join(format!("bering-overhead-{}", std::process::id()));
    let cache = CompileCache::new(&directory);
    let text = "module @cached { func.func public @main(%x: tensor<8x8xf32>) -> tensor<8x8xf32> { \
                %y = stablehlo.exponential %x : tensor<8x8xf32> return %y : tensor<8x8xf32> } }";
    let client = plugin.client(&ClientOptions::new())?;
    report("compile exp", || client.compile(text, &CompileOptions::new()).map(drop))?;
    cache.compile(&client, text, &CompileOptions::new())?;
    report("cached exp", || cache.compile(&client, text, &CompileOptions::new()).map(drop))?;
    report("client", || plugin.client(&ClientOptions::new()).map(drop))?;
    report("client + cached exp", || {
        let client = plugin.client(&ClientOptions::new())?;
        cache.compile(&client, text, &CompileOptions::new()).map(drop)
    })?;
    // What is left in the temporary directory is the system's to clean.
    let _ = std::fs::remove_dir_all(directory);
    Ok(())
}

fn elementwise(client: &Client) -> Result<()> {
    let count = 16 << 20;
    let ty = format!("{count}xf32");
    let body = format!(
        "%one = stablehlo.constant dense<1.0> : tensor<{ty}> %out = stablehlo.add %arg0, %one : tensor<{ty}>"
    );
    let program = compile(client, "elementwise", &ty, &body, 1)?;
    let x = ones(client, &[count])?;
    report("x + 1, 64 MB", || program.execute(&[&x])?[0].ready()?.wait())?;
    Ok(())
}

fn matmul(client: &Client, size: usize) -> Result<()> {
    let ty = format!("{size}x{size}xf32");
    let body = format!(
        "%out = stablehlo.dot_general %arg0, %arg1, contracting_dims = [1] x [0] : \
         (tensor<{ty}>, tensor<{ty}>) -> tensor<{ty}>"
    );
    let program = compile(client, "matmul", &ty, &body, 2)?;
    let (x, y) = (ones(client, &[size, size])?, ones(client, &[size, size])?);
    let micros = report(&format!("matmul f32 {size}"), || program.execute(&[&x, &y])?[0].ready()?.wait())?;
    println!("{:<34} {:>10.0} GFLOP/s", "", 2.0 * (size as f64).powi(3) / micros / 1e3);
    Ok(())
}
