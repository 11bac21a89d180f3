//! Named edits of files, for what upstream ships and we cannot or need not use as it is.
//!
//! An edit must fit exactly or fail: silently not fitting would move the error into somebody's compiler output.

use super::constructors;
use anyhow::{Context as _, Result, bail};

/// An edit, by what it works on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Edit {
    /// Takes the text of a file and gives the edited one.
    Text(fn(&str) -> Result<String>),
    /// Changes a library in place, before its symbols are trimmed away.
    Library(fn(&mut [u8]) -> Result<()>),
}

const EDITS: &[(&str, Edit)] = &[
    ("future-flatten", Edit::Text(drop_future_flatten)),
    ("tensorflow-constructors", Edit::Library(constructors::drop_tensorflow)),
];

/// # Errors
/// If there is no edit of that name.
pub(crate) fn find(name: &str) -> Result<Edit> {
    match EDITS.iter().find(|(known, _)| *known == name) {
        Some((_, edit)) => Ok(*edit),
        None => {
            let known: Vec<_> = EDITS.iter().map(|(name, _)| *name).collect();
            bail!("no edit is named `{name}`; there are: {}", known.join(", "))
        }
    }
}

/// `xla/tsl/concurrency/future.h`: g++ 12 does not match the out-of-line definition of `Future<T>::Flatten() const&` with its
/// declaration (clang does). Nobody here calls it, so the definition goes.
fn drop_future_flatten(text: &str) -> Result<String> {
    const SIGNATURE: &str = "Future<T>::Flatten()const&{";
    const START: &str = "template <typename T>";
    let mut found = Vec::new();
    let mut start = None;
    for (offset, line) in line_offsets(text) {
        match (line.trim_end(), start) {
            (START, _) => start = Some(offset),
            ("}", Some(from)) => {
                let end = offset + line.len();
                let squeezed: String = text[from..end].split_whitespace().collect();
                if squeezed.contains(SIGNATURE) {
                    found.push(from..end);
                }
                start = None;
            }
            _ => {}
        }
    }
    match &found[..] {
        [definition] => {
            let rest = text.get(definition.end..).context("the definition ends outside the text")?;
            Ok(format!("{}{}", &text[..definition.start], rest.trim_start_matches('\n')))
        }
        _ => bail!(
            "the definition of `Future<T>::Flatten() const&` must be there once, found {} times",
            found.len()
        ),
    }
}

/// Each line with its newline, and where it begins.
fn line_offsets(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split_inclusive('\n').scan(0, |next, line| {
        let offset = *next;
        *next += line.len();
        Some((offset, line))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFINITION: &str = "template <typename T>\ntemplate <typename U>\nint Future<T>::Flatten()\n    const& {\n  if (a) {\n  }\n}\n\n";

    #[test]
    fn one_definition_is_removed_and_nothing_else() {
        let before = "template <typename T>\nint f() {\n}\n\n";
        let after = "template <typename T>\nint Future<T>::Flatten() && {\n}\n";
        let edited = drop_future_flatten(&format!("{before}{DEFINITION}{after}")).unwrap();
        assert_eq!(edited, format!("{before}{after}"));
    }

    #[test]
    fn none_or_two_definitions_are_errors() {
        assert!(drop_future_flatten("int x;\n").unwrap_err().to_string().contains("found 0 times"));
        let twice = format!("{DEFINITION}{DEFINITION}");
        assert!(drop_future_flatten(&twice).unwrap_err().to_string().contains("found 2 times"));
    }

    #[test]
    fn an_unknown_edit_names_the_known_ones() {
        assert!(find("nothing").unwrap_err().to_string().contains("future-flatten"));
    }
}
