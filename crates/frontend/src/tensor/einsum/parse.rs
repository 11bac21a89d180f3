//! The text of a specification as terms.
//!
//! The tokens are found by a `const` function, as the check at compile time reads the same language.

use crate::error::{Result, error};

/// What a specification says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Specification<'a> {
    /// One term an operand.
    pub(super) terms: Vec<Term<'a>>,
    /// The result's, if it is said.
    pub(super) output: Option<Term<'a>>,
}

/// The indices of one operand or of the result.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Term<'a> {
    pub(super) indices: Vec<&'a str>,
    /// How many indices stand before `...`, if it is there.
    pub(super) ellipsis: Option<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    End,
    Comma,
    Arrow,
    Ellipsis,
    Index,
    /// Nothing that belongs in a specification.
    Stray,
}

/// A piece of a specification, in bytes.
#[derive(Clone, Copy)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The token at or after a position. Indices are whole names, or single letters.
pub(super) const fn token(text: &[u8], mut start: usize, names: bool) -> Token {
    while start < text.len() && text[start].is_ascii_whitespace() {
        start += 1;
    }
    let rest = text.len() - start;
    let (kind, length) = if rest == 0 {
        (Kind::End, 0)
    } else if text[start] == b',' {
        (Kind::Comma, 1)
    } else if rest >= 2 && text[start] == b'-' && text[start + 1] == b'>' {
        (Kind::Arrow, 2)
    } else if rest >= 3 && text[start] == b'.' && text[start + 1] == b'.' && text[start + 2] == b'.' {
        (Kind::Ellipsis, 3)
    } else if text[start].is_ascii_alphabetic() || (names && text[start] == b'_') {
        (Kind::Index, if names { identifier(text, start) } else { 1 })
    } else {
        (Kind::Stray, 1)
    };
    Token { kind, start, end: start + length }
}

const fn identifier(text: &[u8], start: usize) -> usize {
    let mut end = start;
    while end < text.len() && (text[end].is_ascii_alphanumeric() || text[end] == b'_') {
        end += 1;
    }
    end - start
}

/// Whether indices are names: when two of them stand apart in one term, or one has what no letter is.
pub(super) const fn has_names(text: &[u8]) -> bool {
    let mut at = 0;
    let mut previous = Kind::Comma;
    loop {
        let token = token(text, at, true);
        let wide = matches!(token.kind, Kind::Index) && has_digit(text, token);
        let apart = matches!(token.kind, Kind::Index) && matches!(previous, Kind::Index);
        if wide || apart {
            return true;
        }
        if matches!(token.kind, Kind::End) {
            return false;
        }
        // Across `...` two indices are of one term and tell nothing: `i...j` is as good as `i ... j`.
        previous = token.kind;
        at = token.end;
    }
}

const fn has_digit(text: &[u8], token: Token) -> bool {
    let mut at = token.start;
    while at < token.end {
        if !text[at].is_ascii_alphabetic() {
            return true;
        }
        at += 1;
    }
    false
}

/// The terms of a specification.
pub(super) fn parse(text: &str) -> Result<Specification<'_>> {
    let names = has_names(text.as_bytes());
    let (mut terms, mut term) = (Vec::new(), Term::default());
    let (mut at, mut after_arrow) = (0, false);
    loop {
        let token = token(text.as_bytes(), at, names);
        at = token.end;
        match token.kind {
            Kind::Index => term.indices.push(&text[token.start..token.end]),
            Kind::Ellipsis if term.ellipsis.is_none() => term.ellipsis = Some(term.indices.len()),
            Kind::Ellipsis => return Err(error!(Argument, "einsum: a term of `{text}` has `...` twice")),
            Kind::Comma if !after_arrow => terms.push(std::mem::take(&mut term)),
            Kind::Arrow if !after_arrow => {
                terms.push(std::mem::take(&mut term));
                after_arrow = true;
            }
            Kind::Comma => return Err(error!(Argument, "einsum: `{text}` has several results after `->`")),
            Kind::Arrow => return Err(error!(Argument, "einsum: `{text}` has `->` twice")),
            Kind::Stray => {
                let stray = text[token.start..].chars().next().unwrap_or(' ');
                return Err(error!(Argument, "einsum: `{stray}` in `{text}` is no index").hint(
                    "indices are letters, or names that stand apart; `...` stands for the axes without one",
                ));
            }
            Kind::End => break,
        }
    }
    let output = match after_arrow {
        true => Some(term),
        false => {
            terms.push(term);
            None
        }
    };
    let specification = Specification { terms, output };
    check_output(text, &specification)?;
    Ok(specification)
}

fn check_output(text: &str, specification: &Specification<'_>) -> Result<()> {
    let Some(output) = &specification.output else { return Ok(()) };
    for (position, index) in output.indices.iter().enumerate() {
        if output.indices[..position].contains(index) {
            return Err(error!(Argument, "einsum: the result of `{text}` has index `{index}` twice"));
        }
        if !specification.terms.iter().any(|term| term.indices.contains(index)) {
            return Err(error!(Argument, "einsum: index `{index}` of the result is in no term of `{text}`"));
        }
    }
    Ok(())
}

impl std::fmt::Display for Term<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut parts: Vec<&str> = self.indices.clone();
        if let Some(at) = self.ellipsis {
            parts.insert(at, "...");
        }
        let names = parts.iter().any(|part| part.len() > 1 && *part != "...");
        f.write_str(&parts.join(if names { " " } else { "" }))
    }
}
