//! What can be said about a specification without operands, as a `const` function: the compiler runs it for
//! [`einsum!`](crate::einsum!). It refuses what [`parse`](super::parse) refuses, and a wrong number of terms.

use super::parse::{Kind, Token, has_names, token};

/// What is wrong with a specification for this many operands, if anything is.
pub const fn check(specification: &str, operands: usize) -> Option<&'static str> {
    let text = specification.as_bytes();
    let names = has_names(text);
    let (mut at, mut terms, mut ellipsis, mut output) = (0, 1, false, None);
    loop {
        let token = token(text, at, names);
        at = token.end;
        match (token.kind, output) {
            (Kind::End, _) => break,
            (Kind::Stray, _) => return Some("einsum!: a character of the specification is no index"),
            (Kind::Ellipsis, _) if ellipsis => return Some("einsum!: a term has `...` twice"),
            (Kind::Ellipsis, _) => ellipsis = true,
            (Kind::Comma, Some(_)) => return Some("einsum!: there are several results after `->`"),
            (Kind::Arrow, Some(_)) => return Some("einsum!: there is `->` twice"),
            (Kind::Comma, None) => (terms, ellipsis) = (terms + 1, false),
            (Kind::Arrow, None) => (output, ellipsis) = (Some(token), false),
            (Kind::Index, Some(arrow)) => {
                if within(text, token, arrow.end, token.start, names) {
                    return Some("einsum!: an index of the result is there twice");
                }
                if !within(text, token, 0, arrow.start, names) {
                    return Some("einsum!: an index of the result is in no term");
                }
            }
            (Kind::Index, None) => {}
        }
    }
    match terms == operands {
        true => None,
        false => Some("einsum!: the number of terms is not the number of operands"),
    }
}

/// Whether an index occurs between two positions.
const fn within(text: &[u8], index: Token, start: usize, end: usize, names: bool) -> bool {
    let mut at = start;
    while at < end {
        let other = token(text, at, names);
        if matches!(other.kind, Kind::End) || other.start >= end {
            return false;
        }
        if matches!(other.kind, Kind::Index) && same(text, index, other) {
            return true;
        }
        at = other.end;
    }
    false
}

const fn same(text: &[u8], a: Token, b: Token) -> bool {
    if a.end - a.start != b.end - b.start {
        return false;
    }
    let mut offset = 0;
    while a.start + offset < a.end {
        if text[a.start + offset] != text[b.start + offset] {
            return false;
        }
        offset += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::super::parse::parse;
    use super::check;

    #[test]
    fn compiler_and_parser_agree() {
        let right = [
            ("", 1),
            (",", 2),
            ("ij,jk", 2),
            ("ij , jk -> ik", 2),
            ("i...j,...->i...", 2),
            ("ii", 1),
            ("b h q d, b h k d -> b h q k", 2),
            ("batch width, width -> batch", 2),
            ("d_model, d_model ->", 2),
            ("i->...i", 1),
            ("... i , j -> i j ...", 2),
        ];
        for (text, operands) in right {
            let parsed = parse(text).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(parsed.terms.len(), operands, "{text}");
            assert_eq!(check(text, operands), None, "{text}");
            assert!(check(text, operands + 1).is_some_and(|mistake| mistake.contains("number of terms")));
        }
        let wrong = [
            ("ij->ii", "einsum!: an index of the result is there twice"),
            ("ij->k", "einsum!: an index of the result is in no term"),
            ("b q, b k -> b n", "einsum!: an index of the result is in no term"),
            ("bq -> b q", "einsum!: an index of the result is in no term"),
            ("i..j", "einsum!: a character of the specification is no index"),
            ("i-j", "einsum!: a character of the specification is no index"),
            ("é", "einsum!: a character of the specification is no index"),
            ("...i...", "einsum!: a term has `...` twice"),
            ("i->i->i", "einsum!: there is `->` twice"),
            ("ij->i,j", "einsum!: there are several results after `->`"),
        ];
        for (text, mistake) in wrong {
            assert!(parse(text).is_err(), "{text}");
            assert_eq!(check(text, 1), Some(mistake), "{text}");
        }
    }
}
