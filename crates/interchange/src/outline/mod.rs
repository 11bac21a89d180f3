//! What the text of a StableHLO module says: the signature of `main`, how often each operation stands in it, the custom calls
//! it makes.
//!
//! The text is MLIR's pretty form as a printer writes it: one operation a line, no comments. This is no parser of MLIR, which
//! takes the dialects' libraries: what is not of interest is skipped by balancing brackets and strings, so text that is not
//! MLIR gives an error or a poor outline, nothing worse.

mod scan;
mod specialize;
#[cfg(test)]
mod tests;

use crate::{Error, Result};
use scan::Scanner;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

pub use specialize::specialize;

/// The function that runs.
const ENTRY: &str = "main";

/// What was found in a module's text.
#[derive(Clone, Debug, PartialEq)]
pub struct Outline {
    /// The module's name; empty if it has none.
    pub name: String,
    /// The arguments of `main`.
    pub arguments: Vec<Value>,
    /// The results of `main`.
    pub results: Vec<Value>,
    /// How many functions there are besides `main`.
    pub functions: usize,
    /// How often each operation stands in the text, by its full name (`stablehlo.add`); a loop's body counts once.
    pub operations: BTreeMap<String, usize>,
    /// The targets of custom calls.
    pub custom_calls: BTreeSet<String>,
    /// Over how many devices the module says that it is split, times its copies.
    pub devices: u64,
}

/// An argument or result of `main`.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// The argument's name in its source, if the module has it.
    pub name: Option<String>,
    /// Its type.
    pub ty: Type,
    /// The attributes, as written between braces; empty if there are none.
    pub attributes: String,
}

impl Value {
    /// Whether an attribute is there; `name` is looked for as it is written.
    pub fn has_attribute(&self, name: &str) -> bool {
        scan::attributes(&self.attributes).any(|(key, _)| key == name)
    }

    /// An attribute's value, without the quotes if it is a string.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let (_, value) = scan::attributes(&self.attributes).find(|(key, _)| *key == name)?;
        Some(value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value))
    }
}

/// A type: an array of known rank, or something else (`!stablehlo.token`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Type {
    text: String,
    array: Option<(Vec<Option<usize>>, String)>,
}

impl Type {
    /// Reads a type as MLIR writes it.
    pub fn parse(text: &str) -> Type {
        let text = text.trim();
        Type { text: text.to_owned(), array: array(text) }
    }

    /// The sizes of the dimensions, `None` where they are dynamic; nothing if it is no array.
    pub fn dims(&self) -> Option<&[Option<usize>]> {
        Some(&self.array.as_ref()?.0)
    }

    /// The element type in MLIR's spelling (`f32`, `ui8`, `complex<f32>`); nothing if it is no array.
    pub fn element(&self) -> Option<&str> {
        Some(&self.array.as_ref()?.1)
    }

    /// Whether it is an array with a dynamic dimension.
    pub fn is_dynamic(&self) -> bool {
        self.dims().is_some_and(|dims| dims.contains(&None))
    }

    /// The same with other sizes.
    fn with_dims(&self, dims: &[usize]) -> Option<Type> {
        let element = self.element()?;
        let sizes: String = dims.iter().map(|dim| format!("{dim}x")).collect();
        Some(Type::parse(&format!("tensor<{sizes}{element}>")))
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The dimensions and element type of `tensor<2x?xf32>`.
fn array(text: &str) -> Option<(Vec<Option<usize>>, String)> {
    let mut rest = text.strip_prefix("tensor<")?.strip_suffix('>')?;
    let mut dims = Vec::new();
    while let Some((dim, after)) = rest.split_once('x') {
        match dim {
            "?" => dims.push(None),
            _ if !dim.is_empty() && dim.bytes().all(|byte| byte.is_ascii_digit()) => {
                dims.push(Some(dim.parse().ok()?))
            }
            _ => break,
        }
        rest = after;
    }
    // An encoding (`, #stablehlo.bounds<4>`) may follow the element type.
    let element = scan::until_comma(rest).trim();
    (!element.is_empty()).then(|| (dims, element.to_owned()))
}

impl Outline {
    /// Reads a module's text.
    ///
    /// ```
    /// use bering_interchange::outline::Outline;
    /// let outline = Outline::read(
    ///     "module @f {
    ///        func.func public @main(%arg0: tensor<?x2xf32> loc(\"x\")) -> tensor<?x2xf32> {
    ///          %0 = stablehlo.add %arg0, %arg0 : tensor<?x2xf32>
    ///          return %0 : tensor<?x2xf32>
    ///        }
    ///      }",
    /// )?;
    /// assert_eq!(outline.name, "f");
    /// assert_eq!(outline.arguments[0].name.as_deref(), Some("x"));
    /// assert_eq!(outline.arguments[0].ty.dims(), Some(&[None, Some(2)][..]));
    /// assert_eq!(outline.operations["stablehlo.add"], 1);
    /// # Ok::<(), bering_interchange::Error>(())
    /// ```
    ///
    /// # Errors
    /// If there is no function `main`, or its signature cannot be made out.
    pub fn read(text: &str) -> Result<Outline> {
        let mut outline = Outline {
            name: String::new(),
            arguments: Vec::new(),
            results: Vec::new(),
            functions: 0,
            operations: BTreeMap::new(),
            custom_calls: BTreeSet::new(),
            devices: 1,
        };
        let mut found = false;
        for line in text.lines() {
            let line = line.trim_start();
            if line.starts_with("module") {
                outline.module(line);
                continue;
            }
            let Some(operation) = scan::operation(line) else { continue };
            if operation == "func.func" {
                let signature = Signature::read(line)?;
                if signature.name == ENTRY && !found {
                    found = true;
                    (outline.arguments, outline.results) = (signature.arguments, signature.results);
                } else {
                    outline.functions += 1;
                }
                continue;
            }
            if matches!(operation, "stablehlo.custom_call" | "mhlo.custom_call") {
                outline.custom_calls.extend(scan::call_target(line));
            }
            // Terminators are no work.
            if !operation.ends_with(".return") {
                *outline.operations.entry(operation.to_owned()).or_default() += 1;
            }
        }
        if !found {
            return Err(Error::new(format!("the module has no function `{ENTRY}`")));
        }
        Ok(outline)
    }

    /// The arguments that a caller gives: all but the platform's number.
    pub fn has_platform_index(&self) -> bool {
        let first = self.arguments.first().and_then(|argument| argument.attribute("jax.global_constant"));
        first == Some("_platform_index")
    }

    /// Whether some argument of `main` has a dynamic dimension.
    pub fn is_dynamic(&self) -> bool {
        self.arguments.iter().any(|argument| argument.ty.is_dynamic())
    }

    fn module(&mut self, line: &str) {
        let mut scanner = Scanner::new(line);
        scanner.accept("module");
        if scanner.accept("@") {
            self.name = scanner.symbol().to_owned();
        }
        if scanner.accept("attributes") {
            let inside = scanner.braces().unwrap_or_default();
            let count = |name: &str| {
                let (_, value) = scan::attributes(inside).find(|(key, _)| *key == name)?;
                value.split_whitespace().next()?.parse::<u64>().ok()
            };
            let (partitions, replicas) = (count("mhlo.num_partitions"), count("mhlo.num_replicas"));
            self.devices = partitions.unwrap_or(1).saturating_mul(replicas.unwrap_or(1));
        }
    }
}

/// A function's first line.
struct Signature {
    name: String,
    arguments: Vec<Value>,
    results: Vec<Value>,
    /// Where in the line the symbol's name stands, and where the body's brace.
    name_at: usize,
}

impl Signature {
    fn read(line: &str) -> Result<Signature> {
        let mut scanner = Scanner::new(line);
        scanner.accept("func.func");
        let _ = scanner.accept("public") || scanner.accept("private") || scanner.accept("nested");
        let missing = |what: &str| Error::new(format!("a function without {what}"));
        if !scanner.accept("@") {
            return Err(missing("a name"));
        }
        let name_at = scanner.at();
        let name = scanner.symbol().to_owned();
        let arguments = scanner.parentheses().ok_or_else(|| missing("arguments"))?;
        let arguments = scan::split_commas(arguments).map(argument).collect::<Option<Vec<_>>>();
        let arguments =
            arguments.ok_or_else(|| Error::new(format!("the arguments of `{name}` cannot be made out")))?;
        let mut results = Vec::new();
        if scanner.accept("->") {
            results = match scanner.parentheses() {
                Some(list) => scan::split_commas(list).map(|text| result(text, None)).collect(),
                None => vec![result(scanner.ty(), None)],
            };
        }
        Ok(Signature { name, arguments, results, name_at })
    }
}

/// `%arg0: tensor<f32> {attributes} loc("x")`.
fn argument(text: &str) -> Option<Value> {
    let (name, rest) = text.split_once(':')?;
    if !name.trim_start().starts_with('%') {
        return None;
    }
    let mut scanner = Scanner::new(rest);
    scanner.ty();
    scanner.braces();
    let name = scanner.accept("loc").then(|| scanner.parentheses()).flatten();
    // A location that is a name and not a file's line.
    let name = name.and_then(|name| name.strip_prefix('"')?.strip_suffix('"'));
    let name = name.filter(|name| !name.is_empty() && !name.contains('"')).map(str::to_owned);
    Some(result(rest, name))
}

/// `tensor<f32> {attributes}`.
fn result(text: &str, name: Option<String>) -> Value {
    let mut scanner = Scanner::new(text);
    let ty = Type::parse(scanner.ty());
    Value { name, ty, attributes: scanner.braces().unwrap_or_default().to_owned() }
}
