//! Which licences let a file be passed on.
//!
//! Fetching for oneself is what every artifact is published for. A bundle, a mirror or a distribution passes files on, and
//! some vendors' terms allow that only under conditions that a program cannot check.

/// Licences whose files may be passed on as they are, with their texts.
const FREE: [&str; 12] = [
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MPL-2.0",
    "NCSA",
    "Unlicense",
    "Zlib",
    "0BSD",
];

/// What vendors say, by the name in the lock.
const VENDORS: [(&str, &str); 2] = [
    (
        "LicenseRef-NVIDIA",
        "NVIDIA's terms let its libraries be passed on only as part of an application that adds to them, under terms that \
         protect NVIDIA's at least as well",
    ),
    ("LicenseRef-Google-libtpu", "Google's terms allow use on Cloud TPUs and no passing on"),
];

/// Why files under this licence may not be passed on without looking at its terms; `None` if they may.
///
/// An expression that is not understood counts as one that forbids it.
pub(crate) fn restriction(license: &str) -> Option<String> {
    let words = license.split([' ', '(', ')']).filter(|word| !word.is_empty());
    let mut exception = false;
    for word in words {
        let of_exception = std::mem::replace(&mut exception, word == "WITH");
        // An exception only adds permissions; either side of an `OR` must do, which errs on the strict side.
        if of_exception || matches!(word, "AND" | "OR" | "WITH") || FREE.contains(&word) {
            continue;
        }
        let vendor = VENDORS.iter().find(|(name, _)| word.starts_with(name));
        return Some(match vendor {
            Some((_, why)) => (*why).to_owned(),
            None => format!("`{word}` is no licence that this program knows to allow it"),
        });
    }
    license.trim().is_empty().then(|| "no licence is stated".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_licences_pass_and_vendors_terms_do_not() {
        for free in
            ["MIT", "Apache-2.0 AND MPL-2.0", "Apache-2.0 WITH LLVM-exception", "(MIT OR Zlib) AND ISC"]
        {
            assert_eq!(restriction(free), None, "{free}");
        }
        for (license, part) in [
            ("LicenseRef-NVIDIA-Proprietary", "NVIDIA's terms"),
            ("Apache-2.0 AND LicenseRef-Google-libtpu", "Google's terms"),
            ("LicenseRef-Other", "`LicenseRef-Other`"),
            ("", "no licence"),
        ] {
            assert!(restriction(license).is_some_and(|why| why.contains(part)), "{license}");
        }
    }
}
