//! Wrong programs: the exact message of each, and that its location is the expression that is wrong.

mod arrays;
mod elements;
mod families;
mod panics;
mod traces;

use bering_frontend::{DType, Params, Spec, Tensor, Tree, trace};
use std::panic::Location;
use std::path::Path;

/// Traces `function` and compares the whole error; in it `@` stands for the location, which must be where `at` begins.
#[track_caller]
fn check<O: Tree>(specs: &[Spec], function: impl FnOnce(&Params, &[Tensor]) -> O, at: &str, expect: &str) {
    let error = trace("wrong", specs, function).expect_err("the program is wrong");
    let location = error.location().expect("a mistake has a location");
    assert_eq!(location.file(), Location::caller().file(), "{error}");
    let line = line_of(location.file(), location.line());
    let text: String = line.chars().skip(location.column() as usize - 1).collect();
    assert!(text.starts_with(at), "the error points at `{text}`, not at `{at}`\n{error}");
    assert_eq!(error.to_string().replace(&location.to_string(), "@"), expect);
}

/// A line, counted from 1, of a file that the compiler names from the workspace.
fn line_of(file: &str, line: u32) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(file);
    let source = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    source.lines().nth(line as usize - 1).expect("the line is there").to_owned()
}

fn f32<const N: usize>(dims: [usize; N]) -> Spec {
    Spec::new(DType::F32, dims)
}

fn i32<const N: usize>(dims: [usize; N]) -> Spec {
    Spec::new(DType::I32, dims)
}
