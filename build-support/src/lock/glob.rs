//! Globs over member paths: `*` and `?` stay inside a path segment, `**` crosses them, `{a,b}` alternates.
//!
//! Small on purpose: the lock's globs are reviewed by people, and what is not here (character classes, negation) has not
//! been needed to say which headers to take.

use std::fmt;
use std::str::FromStr;

/// A checked glob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glob {
    text: String,
    /// The alternatives with their braces expanded.
    expanded: Vec<String>,
}

/// Braces multiply; a lock has no use for more than this.
const MAX_ALTERNATIVES: usize = 1024;

impl Glob {
    /// Whether the whole of `path` matches.
    pub fn matches(&self, path: &str) -> bool {
        self.expanded.iter().any(|pattern| matches(pattern.as_bytes(), path.as_bytes()))
    }
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Glob {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = |why: &str| Err(format!("`{text}` is not a glob of the lock: {why}"));
        if text.is_empty() {
            return bad("it is empty");
        }
        if text.contains(['[', ']', '\\']) {
            return bad("classes and escapes are not supported");
        }
        match expand(text) {
            Some(expanded) => Ok(Glob { text: text.to_owned(), expanded }),
            None => bad("unbalanced, nested or too many braces"),
        }
    }
}

/// All alternatives of the braces, or `None` if they are malformed.
fn expand(text: &str) -> Option<Vec<String>> {
    let Some(open) = text.find('{') else {
        return (!text.contains('}')).then(|| vec![text.to_owned()]);
    };
    let close = open + text[open..].find('}')?;
    let inner = &text[open + 1..close];
    if inner.contains('{') || text[..open].contains('}') {
        return None;
    }
    let tails = expand(&text[close + 1..])?;
    let mut out = Vec::new();
    for choice in inner.split(',') {
        for tail in &tails {
            out.push(format!("{}{choice}{tail}", &text[..open]));
            if out.len() > MAX_ALTERNATIVES {
                return None;
            }
        }
    }
    Some(out)
}

/// Backtracks only over the last star and the last double star, so that the time is at most quadratic.
fn matches(pattern: &[u8], path: &[u8]) -> bool {
    let (mut p, mut s) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    let mut deep: Option<(usize, usize)> = None;
    loop {
        if pattern[p..].starts_with(b"**") {
            // `a/**/b` also matches `a/b`: the slash after a double star may match nothing.
            p += 2;
            deep = Some((p, s));
            star = None;
            if pattern.get(p) == Some(&b'/')
                && (s == 0 || path[s - 1] == b'/')
                && matches(&pattern[p + 1..], &path[s..])
            {
                return true;
            }
            continue;
        }
        match (pattern.get(p), path.get(s)) {
            (None, None) => return true,
            (Some(b'*'), _) => {
                p += 1;
                star = Some((p, s));
                continue;
            }
            (Some(b'?'), Some(byte)) if *byte != b'/' => {
                p += 1;
                s += 1;
                continue;
            }
            (Some(expected), Some(byte)) if expected == byte => {
                p += 1;
                s += 1;
                continue;
            }
            _ => {}
        }
        if let Some((after, from)) =
            star.filter(|(_, from)| path.get(*from).is_some_and(|byte| *byte != b'/'))
        {
            star = Some((after, from + 1));
            (p, s) = (after, from + 1);
        } else if let Some((after, from)) = deep.filter(|(_, from)| *from < path.len()) {
            deep = Some((after, from + 1));
            star = None;
            (p, s) = (after, from + 1);
        } else {
            return false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Glob;

    fn check(glob: &str, yes: &[&str], no: &[&str]) {
        let glob: Glob = glob.parse().unwrap();
        for path in yes {
            assert!(glob.matches(path), "`{glob}` must match `{path}`");
        }
        for path in no {
            assert!(!glob.matches(path), "`{glob}` must not match `{path}`");
        }
    }

    #[test]
    fn a_star_stays_inside_its_segment() {
        check("a/*.h", &["a/b.h", "a/.h"], &["a/b/c.h", "a/b.hh", "b.h"]);
        check("a/?.h", &["a/b.h"], &["a/.h", "a/bb.h", "a//.h"]);
    }

    #[test]
    fn a_double_star_crosses_segments() {
        check("xla/**", &["xla/a", "xla/a/b.h"], &["xla", "yxla/a"]);
        check("a/**/z.h", &["a/z.h", "a/b/z.h", "a/b/c/z.h"], &["a/b/zz.h", "az.h", "b/z.h"]);
        check("**/p*.inc", &["p.inc", "a/b/px.inc"], &["a/q.inc"]);
        check("a/**/*.h", &["a/x.h", "a/b/x.h"], &["a/x.hh"]);
    }

    #[test]
    fn braces_alternate_and_multiply() {
        check("{a,b}/{x,y}.h", &["a/x.h", "b/y.h"], &["c/x.h", "a/z.h"]);
        check("lib{A,B*}.a", &["libA.a", "libBig.a"], &["libAa.a"]);
    }

    #[test]
    fn malformed_globs_are_refused() {
        for text in ["", "{a", "a}", "{a,{b}}", "[ab]", "a\\b"] {
            assert!(text.parse::<Glob>().is_err(), "{text}");
        }
    }
}
