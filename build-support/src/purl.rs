//! Package URLs (`pkg:pypi/libclang@18.1.1`): the identity of an artifact, without a host.
//!
//! Only what the lock uses: type, namespace, name, version and qualifiers. A subpath is refused.

use std::fmt;
use std::str::FromStr;

/// A parsed package URL. `Display` prints the canonical form: lower-case type, sorted qualifiers, percent-encoding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Purl {
    /// The ecosystem, e.g. `pypi` or `deb`.
    pub kind: String,
    /// What stands between type and name, e.g. `debian`; empty if nothing does.
    pub namespace: String,
    /// The package's name.
    pub name: String,
    /// The exact version; decoded, e.g. `1:22.1.8-1~deb12u1`.
    pub version: String,
    /// Qualifiers such as `arch` and `distro`, sorted by key.
    pub qualifiers: Vec<(String, String)>,
}

impl Purl {
    /// The value of a qualifier.
    pub fn qualifier(&self, key: &str) -> Option<&str> {
        self.qualifiers.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }
}

impl fmt::Display for Purl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pkg:{}/", self.kind)?;
        for segment in self.namespace.split('/').filter(|segment| !segment.is_empty()) {
            write!(f, "{}/", encode(segment))?;
        }
        write!(f, "{}@{}", encode(&self.name), encode(&self.version))?;
        for (index, (key, value)) in self.qualifiers.iter().enumerate() {
            write!(f, "{}{key}={}", if index == 0 { '?' } else { '&' }, encode(value))?;
        }
        Ok(())
    }
}

impl FromStr for Purl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = |why: &str| format!("`{text}` is not a package URL of the lock: {why}");
        let rest = text.strip_prefix("pkg:").ok_or_else(|| bad("it must begin with `pkg:`"))?;
        if rest.contains('#') {
            return Err(bad("a subpath is not allowed"));
        }
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (path, version) = rest.rsplit_once('@').ok_or_else(|| bad("it names no version"))?;
        let (kind, path) = path.split_once('/').ok_or_else(|| bad("it names no package"))?;
        let (namespace, name) = path.rsplit_once('/').unwrap_or(("", path));
        let decode = |part: &str| decode(part).ok_or_else(|| bad("bad percent-encoding"));
        let mut qualifiers = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').ok_or_else(|| bad("a qualifier has no value"))?;
            qualifiers.push((key.to_ascii_lowercase(), decode(value)?));
        }
        qualifiers.sort();
        let purl = Purl {
            kind: kind.to_ascii_lowercase(),
            namespace: decode(namespace)?,
            name: decode(name)?,
            version: decode(version)?,
            qualifiers,
        };
        if purl.kind.is_empty() || purl.name.is_empty() || purl.version.is_empty() {
            return Err(bad("type, name and version must not be empty"));
        }
        // They would not be written again.
        if !purl.namespace.is_empty() && purl.namespace.split('/').any(str::is_empty) {
            return Err(bad("a part of the namespace is empty"));
        }
        Ok(purl)
    }
}

/// Percent-encodes everything but unreserved characters and `:`, as the purl specification asks.
fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b':' => {
                out.push(byte as char)
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn decode(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let high = (bytes.next()? as char).to_digit(16)?;
            let low = (bytes.next()? as char).to_digit(16)?;
            out.push((high * 16 + low) as u8);
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::Purl;

    #[test]
    fn canonical_text_survives_a_round_trip() {
        for text in [
            "pkg:pypi/tensorflow-cpu@2.22.0rc0",
            "pkg:deb/debian/libmlir-22-dev@1:22.1.8-1~deb12u1?arch=amd64&distro=bookworm",
            "pkg:generic/a%2Bb@1%2B2",
        ] {
            assert_eq!(text.parse::<Purl>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn qualifiers_are_sorted_and_versions_decoded() {
        let purl: Purl = "pkg:deb/debian/x@1%3A2%2Bb?distro=bookworm&arch=arm64".parse().unwrap();
        assert_eq!(purl.version, "1:2+b");
        assert_eq!(purl.qualifier("arch"), Some("arm64"));
        assert_eq!(purl.to_string(), "pkg:deb/debian/x@1:2%2Bb?arch=arm64&distro=bookworm");
    }

    #[test]
    fn what_is_not_a_purl_is_refused() {
        for text in [
            "pypi/x@1",
            "pkg:pypi/x",
            "pkg:pypi@1",
            "pkg:pypi/@1",
            "pkg:pypi/x@%zz",
            "pkg:pypi/x@1#sub",
            "pkg:deb/a//x@1",
            "pkg:deb/a%2F/x@1",
        ] {
            assert!(text.parse::<Purl>().is_err(), "{text}");
        }
    }
}
