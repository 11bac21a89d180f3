//! The PJRT CPU plugin: XLA's CPU compiler and runtime behind the PJRT C API.
//!
//! The plugin itself is C++ (`src/*.cc`), built by this crate's build script over prebuilt XLA libraries. All that
//! Rust code needs of it is where it lies: it is loaded at run time (`bering-runtime` does that), never linked, because
//! the LLVM inside XLA must not meet another LLVM in one symbol namespace.
//!
//! # Options of a client
//! The plugin's `PJRT_Client_Create` knows these named values; any other name is an error that lists them.
//!
//! | name | type | default | meaning |
//! |---|---|---|---|
//! | `cpu_device_count` | int64 | 1 | devices to make of the one CPU |
//! | `num_threads`, `intra_op_parallelism` | int64 | the CPUs this process may use | compute threads |
//! | `asynchronous` | bool | true | executions may run on a thread of the pool |
//! | `max_inflight_computations` | int64 | 32 | executions a device may have queued |
//! | `pool_allocator` | bool | true | freed memory is kept for the next execution: results by a pool, YNNPACK's temporaries by `malloc`, whose limits rise as if 32 MiB had been freed |
//! | `pool_max_cached_bytes` | int64 | a quarter of the memory there is | how much of it is kept |
//!
//! # Extensions
//! FFI, layouts, memory descriptions, profiler and shardings as the C API has them, and one of its own, declared in `bering-pjrt-sys`
//! (`include/pjrt_c_api_bering_programs_extension.h`): a program as text or portable artifact, with dynamic shapes refined, and whether a
//! custom-call target has a handler.
//!
//! # What it adds to XLA
//! * **Products with a vector** (`x @ w` and `x @ w.T` for one row, `w @ x`; f32, and bf16 weights) of matrices of 16384 elements or more call
//!   a kernel of this crate on all threads. A row's sum has the same bits whatever the number of threads. bf16 weights that are donated, or carried by a
//!   loop, may be widened by XLA first. Batches of them (f32) do, too, if their matrices are of up to 4096 elements or all of 262144 and more.
//! * **Products with a transposed matrix on the left** (`x.T @ y` and batches of them, f32 and bf16: every gradient of weights) call another, on all threads
//!   and with the same bits whatever their number. XLA leaves them to Eigen and oneDNN, which makes its kernels while the first one waits; some of bf16
//!   it computes an element at a time.
//! * **Kernels of XLA that are divided between threads** stay with the thread that runs the program, which goes on when all parts are done. The first
//!   few runs of those that are not large are timed on one thread: what takes less than 6 µs stays there. Whoever computes a part, its bits are the same.
//! * **Help**: kernels and YNNPACK have the help of all threads but one where the thread that runs the program is not one of them: one thread more than
//!   there are processors to run on holds up the others. Who has helped waits 50 µs for more before it sleeps.
//! * **Dispatch** by estimates that are made at compile time: a program of up to 5 ms of one thread's time runs on the thread that executes it and
//!   has run when the execution returns; one whose operations all take less than 25 µs also uses no other thread.
//! * **Vectors of 512 bits** on x86-64 processors with AVX-512 VBMI2, unless compile options or `XLA_FLAGS` say otherwise.
//! * **Serialized executables** have their program beside them and load without it: loading takes as long as what runs is long, and not as the
//!   program. Costs, memory statistics, the optimised program and profiles are the same as of what was compiled; they are read when asked for.
//! * **NaN in minimum and maximum** is passed on, as StableHLO says.
//!
//! # Environment
//! `BERING_LOG` (`error`, `warning`, `info`) lets XLA's own log lines through to stderr; by default none are.
#![forbid(unsafe_code)]

use std::env;
use std::path::PathBuf;

/// The plugin's file name.
pub const PLUGIN_FILE: &str = "libpjrt_cpu.so";

/// Overrides [`plugin_path`] when it is set and not empty.
pub const PLUGIN_VARIABLE: &str = "BERING_PJRT_CPU_PLUGIN";

/// Where the plugin is, in this order: what `BERING_PJRT_CPU_PLUGIN` says, `lib/libpjrt_cpu.so` beside the running
/// executable (a distribution that was moved to another machine), and where the build script put it. A binary that
/// `cargo xtask dist` built knows no build script's place: without the others, it names the second.
///
/// Only the second is checked for existence: loading tells what is wrong with the other two.
pub fn plugin_path() -> PathBuf {
    if let Some(path) = env::var_os(PLUGIN_VARIABLE).filter(|path| !path.is_empty()) {
        return PathBuf::from(path);
    }
    let bundled = env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join("lib").join(PLUGIN_FILE)));
    match bundled {
        Some(path) if path.is_file() || cfg!(bering_relocatable) => path,
        _ => built_in(),
    }
}

#[cfg(not(bering_relocatable))]
fn built_in() -> PathBuf {
    PathBuf::from(concat!(env!("OUT_DIR"), "/lib/libpjrt_cpu.so"))
}

#[cfg(bering_relocatable)]
fn built_in() -> PathBuf {
    PathBuf::from("lib").join(PLUGIN_FILE)
}
