//! The plugin through the raw C API, as any PJRT client sees it: what it can do, and that nothing a caller passes ends
//! the process.

mod buffers;
mod compile;
mod compiler;
mod executables;
mod execute;
mod extensions;
mod file;
mod gemm;
mod harness;
mod kernels;
mod options;
mod outline;
mod pool;
mod table;
mod transfers;
