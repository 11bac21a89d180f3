//! Static argument types for a module with dynamic ones, as a change of its text.

use super::{ENTRY, Outline, Signature, Type, scan};
use crate::{Error, Result};
use std::fmt::Write;

/// The module with another `main`, whose arguments have the sizes `dims` and which calls the old one.
///
/// Argument and result attributes (donation, sharding) are the new `main`'s. The module's other shapes are as dynamic as
/// before: refining them is the compiler's work.
///
/// # Errors
/// If the number of arguments is another, or a size contradicts what the module fixes; the message names argument and sizes.
pub fn specialize(text: &str, outline: &Outline, dims: &[&[usize]]) -> Result<String> {
    let arguments = &outline.arguments;
    if arguments.len() != dims.len() {
        return Err(Error::new(format!(
            "the program takes {} arguments, got {}",
            arguments.len(),
            dims.len()
        )));
    }
    let mut types = Vec::new();
    for (index, (argument, dims)) in arguments.iter().zip(dims).enumerate() {
        types.push(
            static_type(&argument.ty, dims).ok_or_else(|| {
                Error::new(format!("argument {index} is {}, got sizes {dims:?}", argument.ty))
            })?,
        );
    }
    let (line_at, name_at) = entry(text)?;
    let mut inner = format!("{ENTRY}_of_any_shape");
    while text.contains(&inner) {
        inner.push('_');
    }
    let new = wrapper(outline, &types, &inner);
    let (before, line) = text.split_at(line_at);
    // Private, so that nothing takes it for another entry.
    let rest = &line[name_at + ENTRY.len()..];
    Ok(format!("{before}{new}func.func private @{inner}{rest}"))
}

/// Where the line of `main` begins, and where in it the name.
fn entry(text: &str) -> Result<(usize, usize)> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = line.trim_start();
        let offset = at + line.len() - start.len();
        at += line.len();
        if scan::operation(start) == Some("func.func") {
            let signature = Signature::read(start)?;
            if signature.name == ENTRY {
                return Ok((offset, signature.name_at));
            }
        }
    }
    Err(Error::new(format!("the module has no function `{ENTRY}`")))
}

/// The type with these sizes, if it admits them.
fn static_type(ty: &Type, dims: &[usize]) -> Option<Type> {
    let known = ty.dims()?;
    let admits = known.len() == dims.len()
        && known.iter().zip(dims).all(|(known, dim)| known.is_none_or(|known| known == *dim));
    if !admits {
        return None;
    }
    if ty.is_dynamic() { ty.with_dims(dims) } else { Some(ty.clone()) }
}

/// The new `main`: converts its arguments to dynamic types, which refinement folds away, and calls `inner`.
fn wrapper(outline: &Outline, types: &[Type], inner: &str) -> String {
    let braces =
        |attributes: &str| if attributes.is_empty() { String::new() } else { format!(" {{{attributes}}}") };
    let arguments: Vec<String> = outline
        .arguments
        .iter()
        .zip(types)
        .enumerate()
        .map(|(index, (argument, ty))| format!("%a{index}: {ty}{}", braces(&argument.attributes)))
        .collect();
    let results: Vec<String> =
        outline.results.iter().map(|result| format!("{}{}", result.ty, braces(&result.attributes))).collect();
    let mut text =
        format!("func.func public @{ENTRY}({}) -> ({}) {{\n", arguments.join(", "), results.join(", "));
    let mut passed = Vec::new();
    for (index, (argument, ty)) in outline.arguments.iter().zip(types).enumerate() {
        if argument.ty == *ty {
            passed.push(format!("%a{index}"));
            continue;
        }
        let _ = writeln!(text, "    %d{index} = stablehlo.convert %a{index} : ({ty}) -> {}", argument.ty);
        passed.push(format!("%d{index}"));
    }
    let list = |values: &[super::Value]| {
        values.iter().map(|value| value.ty.to_string()).collect::<Vec<_>>().join(", ")
    };
    let (inputs, outputs) = (list(&outline.arguments), list(&outline.results));
    let count = outline.results.len();
    let bound = if count == 0 { String::new() } else { format!("%r:{count} = ") };
    let _ =
        writeln!(text, "    {bound}func.call @{inner}({}) : ({inputs}) -> ({outputs})", passed.join(", "));
    let returned: Vec<String> = (0..count).map(|index| format!("%r#{index}")).collect();
    let typed = if count == 0 { String::new() } else { format!(" {} : {outputs}", returned.join(", ")) };
    let _ = writeln!(text, "    func.return{typed}\n  }}");
    text + "  "
}
