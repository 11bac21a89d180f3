//! C++ names across standard libraries: is what one build needs of a library in another build of it?
//!
//! The CPU plugin is compiled against XLA's classes. Its undefined symbols on Linux are mangled with libstdc++'s types in their
//! parameters; a macOS library exports the same functions with libc++'s, and with `long long` where Linux has `long`. So the names are
//! compared up to their parameters: `xla::PjRtClient::Compile`. That finds what is not there at all, not what takes other
//! arguments.

use std::collections::BTreeSet;

/// The qualified name in a mangled one (Itanium C++ ABI), up to the first template argument; `None` for names that are not C++,
/// or belong to the C++ library itself.
pub(crate) fn qualified(mangled: &str) -> Option<String> {
    let body = mangled.strip_prefix("_Z")?;
    // Tables, type information and guards are named after what they are of.
    let body = ["TV", "TI", "TS", "TT", "GV"].iter().find_map(|kind| body.strip_prefix(kind)).unwrap_or(body);
    let (mut rest, nested) = match body.strip_prefix('N') {
        Some(rest) => (rest.trim_start_matches(['K', 'V', 'r', 'O', 'R']), true),
        None => (body, false),
    };
    let mut parts = Vec::new();
    loop {
        if let Some((name, after)) = identifier(rest) {
            parts.push(name);
            rest = after;
            // An ABI tag is part of no name in the source.
            while let Some((_, after)) = rest.strip_prefix('B').and_then(identifier) {
                rest = after;
            }
        } else if let Some(letter) = rest.get(..2).filter(|two| nested && is_special(two)) {
            parts.push(letter);
            rest = &rest[2..];
        } else {
            break;
        }
        if !nested {
            break;
        }
    }
    (!parts.is_empty() && parts[0] != "std").then(|| parts.join("::"))
}

/// `5hello...` is `hello` and the rest.
fn identifier(text: &str) -> Option<(&str, &str)> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let length: usize = text[..digits].parse().ok()?;
    Some((text.get(digits..digits + length)?, &text[digits + length..]))
}

/// Constructors, destructors and operators; constructors of all kinds are one in the source.
fn is_special(two: &str) -> bool {
    let bytes = two.as_bytes();
    matches!(bytes[0], b'C' | b'D') && bytes[1].is_ascii_digit()
        || bytes[0].is_ascii_lowercase() && bytes[1].is_ascii_alphabetic()
}

/// Those of `needed` that no name of `offered` has, by their qualified names.
pub(crate) fn missing(needed: &BTreeSet<String>, offered: &BTreeSet<String>) -> (usize, Vec<String>) {
    let offered: BTreeSet<String> = offered.iter().filter_map(|name| qualified(name)).collect();
    let needed: BTreeSet<String> = needed.iter().filter_map(|name| qualified(name)).collect();
    let gone = needed.iter().filter(|name| !offered.contains(*name)).cloned().collect();
    (needed.len(), gone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_up_to_their_parameters() {
        for (mangled, name) in [
            ("_ZN3xla19GetXlaPjrtCpuClientENS_16CpuClientOptionsE", Some("xla::GetXlaPjrtCpuClient")),
            ("_ZNK3xla5Shape7ToProtoEv", Some("xla::Shape::ToProto")),
            ("_ZN3xla5ShapeC1ERKS0_", Some("xla::Shape::C1")),
            ("_ZN4absl12lts_202508146StatusaSERKS1_", Some("absl::lts_20250814::Status::aS")),
            ("_ZTVN3xla10PjRtClientE", Some("xla::PjRtClient")),
            ("_ZN3xla6FutureINS_7LiteralEE5AwaitEv", Some("xla::Future")),
            ("_Z5plainv", Some("plain")),
            ("_ZNSt6vectorIiE4sizeEv", None),
            ("_ZN3stdE", None),
            ("memcpy", None),
        ] {
            let name = name.map(str::to_owned);
            let found = qualified(mangled);
            assert_eq!(found, name, "{mangled}");
        }
    }

    #[test]
    fn parameters_of_other_libraries_make_no_difference() {
        let set = |names: &[&str]| names.iter().map(|name| name.to_string()).collect::<BTreeSet<_>>();
        let linux = set(&["_ZN3xla4DumpERKNSt7__cxx1112basic_stringIcEE", "_ZN3xla4GoneEl", "free"]);
        let macos = set(&["_ZN3xla4DumpERKNSt3__112basic_stringIcEE", "_ZN3xla5OtherEx"]);
        assert_eq!(missing(&linux, &macos), (2, vec!["xla::Gone".to_owned()]));
    }
}
