//! Scanning MLIR text: words, symbols, strings, and things between brackets.

/// A position in one line.
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Scanner<'a> {
        Scanner { text, at: 0 }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip_space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    /// Steps over `token`, and space before it, if it is next.
    pub(super) fn accept(&mut self, token: &str) -> bool {
        self.skip_space();
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    /// A symbol's name, with its quotes if it has some.
    pub(super) fn symbol(&mut self) -> &'a str {
        let rest = self.rest();
        let end = match rest.starts_with('"') {
            true => string_end(rest, 0),
            false => {
                rest.find(|c: char| !c.is_ascii_alphanumeric() && !"_$.-".contains(c)).unwrap_or(rest.len())
            }
        };
        self.at += end;
        &rest[..end]
    }

    /// What is between the parentheses that are next.
    pub(super) fn parentheses(&mut self) -> Option<&'a str> {
        self.between('(')
    }

    /// What is between the braces that are next.
    pub(super) fn braces(&mut self) -> Option<&'a str> {
        self.between('{')
    }

    fn between(&mut self, open: char) -> Option<&'a str> {
        self.skip_space();
        let rest = self.rest();
        if !rest.starts_with(open) {
            return None;
        }
        let end = balanced_end(rest)?;
        self.at += end;
        Some(&rest[1..end - 1])
    }

    /// A type: up to space, comma or brace outside of its own brackets.
    pub(super) fn ty(&mut self) -> &'a str {
        self.skip_space();
        let rest = self.rest();
        let end = find_outside(rest, |byte| matches!(byte, b' ' | b',' | b'{')).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }
}

/// The end of the string that begins at `start`, behind its closing quote.
fn string_end(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

/// The first byte for which `wanted` holds outside of brackets and strings.
fn find_outside(text: &str, wanted: impl Fn(u8) -> bool) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (0, 0usize);
    while at < bytes.len() {
        let byte = bytes[at];
        if depth == 0 && wanted(byte) {
            return Some(at);
        }
        match byte {
            b'"' => {
                at = string_end(text, at);
                continue;
            }
            b'(' | b'[' | b'{' | b'<' => depth += 1,
            // An arrow's head closes nothing.
            b'>' if at > 0 && bytes[at - 1] == b'-' => {}
            b')' | b']' | b'}' | b'>' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    None
}

/// The end of the bracket that `text` begins with, behind what closes it.
fn balanced_end(text: &str) -> Option<usize> {
    // Behind the opening bracket, the first closing one outside of further brackets.
    let inside = text.get(1..)?;
    let bytes = inside.as_bytes();
    let (mut at, mut depth) = (0, 0usize);
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                at = string_end(inside, at);
                continue;
            }
            b'(' | b'[' | b'{' | b'<' => depth += 1,
            b'>' if at > 0 && bytes[at - 1] == b'-' => {}
            b')' | b']' | b'}' | b'>' if depth == 0 => return Some(at + 2),
            b')' | b']' | b'}' | b'>' => depth -= 1,
            _ => {}
        }
        at += 1;
    }
    None
}

/// The text up to a comma outside of brackets.
pub(super) fn until_comma(text: &str) -> &str {
    &text[..find_outside(text, |byte| byte == b',').unwrap_or(text.len())]
}

/// The parts between commas outside of brackets; none for an empty text.
pub(super) fn split_commas(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text.trim()).filter(|text| !text.is_empty());
    std::iter::from_fn(move || {
        let text = rest?;
        let part = until_comma(text);
        rest = text.get(part.len() + 1..);
        Some(part.trim())
    })
}

/// Names and values of an attribute dictionary's inside; a unit attribute's value is empty.
pub(super) fn attributes(text: &str) -> impl Iterator<Item = (&str, &str)> {
    split_commas(text).map(|part| match find_outside(part, |byte| byte == b'=') {
        Some(at) => (part[..at].trim(), part[at + 1..].trim()),
        None => (part, ""),
    })
}

/// The full name of the operation on a line, if it has one.
pub(super) fn operation(line: &str) -> Option<&str> {
    let mut line = line;
    // `%0:2 = ...`, `%0, %1 = ...`
    if line.starts_with('%') {
        line = line.split_once(" = ")?.1.trim_start();
    }
    if let Some(quoted) = line.strip_prefix('"') {
        let (name, rest) = quoted.split_once('"')?;
        return (rest.starts_with('(') && name.contains('.')).then_some(name);
    }
    if line.starts_with("call ") {
        return Some("func.call");
    }
    let end = line.find(|c: char| !c.is_ascii_alphanumeric() && !"_$.".contains(c)).unwrap_or(line.len());
    let name = &line[..end];
    let named =
        name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.contains('.') && !name.ends_with('.');
    named.then_some(name)
}

/// The target of a custom call: `custom_call @name(` or, in generic form, `call_target_name = "name"`.
pub(super) fn call_target(line: &str) -> Option<String> {
    const GENERIC: &str = "call_target_name = \"";
    let target = if let Some(at) = line.find(GENERIC) {
        let text = &line[at + GENERIC.len() - 1..];
        &text[..string_end(text, 0)]
    } else {
        let (_, rest) = line.split_once("custom_call @")?;
        Scanner::new(rest).symbol()
    };
    Some(target.strip_prefix('"').and_then(|target| target.strip_suffix('"')).unwrap_or(target).to_owned())
}
