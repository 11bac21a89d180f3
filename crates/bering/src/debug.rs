//! Looking into programs: which operation made a NaN, and what values are.
//!
//! * [`compile_checked`] compiles a program that tests every result; a call then fails with the first operation whose result is
//!   forbidden, and the line that made it. `BERING_CHECK_NANS=1` makes [`compile`](crate::compile) do so for NaN,
//!   `BERING_CHECK_NANS=inf` for infinities too. Such programs are slower, and compile longer.
//! * [`debug_print`] prints values while a program runs on the CPU; [`set_print`] says where to.
//! * `println!("{graph}")` shows a graph, `println!("{graph:#}")` with scopes and lines; `BERING_DUMP=dir` writes all forms of a
//!   program to files.
//!
//! ```
//! use bering::debug::{Forbidden, compile_checked};
//! use bering::prelude::*;
//!
//! let graph = trace("loss", &[Spec::new(DType::F32, [2])], |_, x| scope("head", || x[0].log()).sum(0))?;
//! let device = device("cpu")?;
//! let loss = compile_checked(&device, &graph, Forbidden::Nan)?;
//! let x = device.client().buffer_from_slice(&[1.0f32, -1.0], [2])?;
//! let error = loss.call(&[&x]).unwrap_err();
//! assert!(error.to_string().starts_with("log: result f32[2] of `loss` holds a NaN, in scope `head` ("));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::compile::{Function, Lowered};
use crate::error::{Error, ErrorKind, Result};
use bering_frontend::Graph;
use bering_frontend::instrument::{Checked, Site};
use bering_runtime::{Buffer, CompileOptions, Device};

pub use bering_frontend::debug_print;
pub use bering_frontend::instrument::Forbidden;
pub use bering_kernels::set_print;

/// Compiles a graph with a test of every floating-point result; calls of it wait for the tests.
///
/// # Errors
/// As [`compile`](crate::compile).
pub fn compile_checked(device: &Device, graph: &Graph, forbidden: Forbidden) -> Result<Function> {
    Lowered::checked(graph, forbidden)?.compile(device, &CompileOptions::default())
}

/// What `BERING_CHECK_NANS` asks for.
pub(crate) fn wanted() -> Option<Forbidden> {
    let value = std::env::var_os("BERING_CHECK_NANS")?;
    match value.to_str() {
        Some("" | "0" | "off") => None,
        Some("inf") => Some(Forbidden::NonFinite),
        Some(_) | None => Some(Forbidden::Nan),
    }
}

/// The tests of a compiled program.
pub(crate) struct Checks {
    pub(crate) sites: Vec<Site>,
    pub(crate) forbidden: Forbidden,
}

impl Checks {
    /// Judges a run by its last result, which is taken off.
    pub(crate) fn judge(&self, graph: &str, results: &mut Vec<Buffer>) -> Result<()> {
        let code = match results.pop() {
            Some(code) => code.to_vec::<i32>()?.first().copied().unwrap_or(Checked::PASSED),
            None => Checked::PASSED,
        };
        match usize::try_from(code).ok().and_then(|index| self.sites.get(index)) {
            None => Ok(()),
            Some(site) => Err(Error::new(ErrorKind::Number, self.message(graph, site))),
        }
    }

    fn message(&self, graph: &str, Site { name, scope, spec, location }: &Site) -> String {
        let what = match self.forbidden {
            Forbidden::Nan => "a NaN",
            Forbidden::NonFinite => "a NaN or an infinity",
        };
        let kind = if name.contains(' ') { "value" } else { "result" };
        let scope = scope.as_ref().map_or_else(String::new, |scope| format!(", in scope `{scope}`"));
        format!("{name}: {kind} {spec} of `{graph}` holds {what}{scope} ({location})")
    }
}
