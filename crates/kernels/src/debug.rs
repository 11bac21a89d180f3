//! `bering.debug_print`: values of a running program as text.
//!
//! Where the text goes is set once for the process ([`set_print`]), by default to standard error. A program's prints come in
//! the order in which XLA runs them, which its data dependences alone decide.

use crate::abi::{Argument, Call, Element, Handler, Operands};
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::{PoisonError, RwLock};

type Print = Box<dyn Fn(&str) + Send + Sync>;

static PRINT: RwLock<Option<Print>> = RwLock::new(None);

/// Sets where `debug_print` writes: `print` gets one line or several, without a last line break. It must not wait for the
/// program that prints.
pub fn set_print(print: impl Fn(&str) + Send + Sync + 'static) {
    *PRINT.write().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(print));
}

/// `value` -> `u8[]`, of no meaning; attribute `label`.
pub(crate) struct DebugPrint;

impl Handler for DebugPrint {
    const TARGET: &'static str = "bering.debug_print";

    fn run(call: Call<'_>) -> Result<(), String> {
        let Operands { arguments: [value], results: [nothing], attributes, .. } = call.operands()?;
        nothing.bytes()?.fill(0);
        let text = format!("{}: {}", attributes.string("label")?, shown(&value)?);
        match &*PRINT.read().unwrap_or_else(PoisonError::into_inner) {
            Some(print) => print(&text),
            // A program does not fail because nobody reads what it prints.
            None => drop(writeln!(std::io::stderr().lock(), "{text}")),
        }
        Ok(())
    }
}

/// How many elements are shown at either end of an axis that is too long.
const ENDS: usize = 3;
/// The longest axis that is shown in full.
const WHOLE: usize = 8;

/// A value as `f32[2, 3] [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]`; the middle of long axes is left out.
fn shown(value: &Argument<'_>) -> Result<String, String> {
    let dims: Vec<usize> = value.dims().iter().map(|&dim| usize::try_from(dim).unwrap_or(0)).collect();
    let element = value.element()?;
    let mut text = format!("{}{dims:?} ", element.name());
    nested(&mut text, &dims, value.bytes()?, element);
    Ok(text)
}

fn nested(text: &mut String, dims: &[usize], bytes: &[u8], element: Element) {
    let Some((&size, inner)) = dims.split_first() else {
        text.push_str(&element.text(bytes));
        return;
    };
    let stride = inner.iter().product::<usize>() * element.bytes();
    text.push('[');
    for position in 0..size {
        if size > WHOLE && (ENDS..size - ENDS).contains(&position) {
            if position == ENDS {
                text.push_str(", ..");
            }
            continue;
        }
        // Writing to a string cannot fail.
        let _ = text.write_str(if position == 0 { "" } else { ", " });
        nested(text, inner, &bytes[position * stride..(position + 1) * stride], element);
    }
    text.push(']');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_axes_lose_their_middle() {
        let values: Vec<u8> = (0..20).flat_map(|i: i32| i.to_le_bytes()).collect();
        let mut text = String::new();
        nested(&mut text, &[2, 10], &values, Element::I32);
        assert_eq!(text, "[[0, 1, 2, .., 7, 8, 9], [10, 11, 12, .., 17, 18, 19]]");
        text.clear();
        nested(&mut text, &[0, 3], &[], Element::F32);
        assert_eq!(text, "[]");
        text.clear();
        nested(&mut text, &[], &1.5f32.to_le_bytes(), Element::F32);
        assert_eq!(text, "1.5");
    }
}
