use super::{Checked, Lock};

const GOOD: &str = r#"# Every prebuilt artifact by identity and hash. Written by `cargo xtask lock`; do not edit by hand.
version = 1

[[artifact]]
name = "cmake"
host = "x86_64-unknown-linux-gnu"
purl = "pkg:pypi/cmake@4.4.4"
file = "cmake-4.4.4-py3-none-any.whl"
size = 30245729
sha256 = "f773a0544c66370408f451acd487c2c643b0dfebb48c5d64f3638bc1bb820238"
license = "BSD-3-Clause"
checked = "run"
[[artifact.unpack]]
glob = "cmake/data/bin/cmake"
strip = "cmake/data/"
to = "tools/cmake/"
trim = true
executable = true
[[artifact.unpack]]
glob = "cmake/data/share/**"
strip = "cmake/data/"
to = "tools/cmake/"
edit = "some-edit"
"#;

/// Replaces `from` (which must be there) and expects an error at `line` that contains `text`.
fn refuse(from: &str, to: &str, line: usize, text: &str) {
    assert!(GOOD.contains(from), "`{from}` is not in the sample");
    let error = Lock::parse(&GOOD.replacen(from, to, 1)).expect_err(to);
    assert!(error.to_string().contains(text), "`{error}` must contain `{text}`");
    assert_eq!(error.line(), line, "{error}");
}

#[test]
fn canonical_text_survives_a_round_trip() {
    let lock = Lock::parse(GOOD).unwrap();
    assert_eq!(lock.to_string(), GOOD);
    let artifact = &lock.artifacts[0];
    assert_eq!((artifact.checked, artifact.unpack.len()), (Checked::Run, 2));
    assert_eq!(artifact.unpack[1].edit.as_deref(), Some("some-edit"));
}

#[test]
fn what_was_found_inside_survives_a_round_trip() {
    let text =
        GOOD.replace("checked = \"run\"", "checked = \"inspected\"\npjrt = \"0.116\"\nunpacked = 12345");
    let lock = Lock::parse(&text).unwrap();
    assert_eq!(lock.to_string(), text);
    let artifact = &lock.artifacts[0];
    assert_eq!((artifact.checked, artifact.unpacked), (Checked::Inspected, Some(12345)));
    assert_eq!(artifact.pjrt.as_deref(), Some("0.116"));
}

#[test]
fn rules_place_members() {
    let lock = Lock::parse(GOOD).unwrap();
    let rules = &lock.artifacts[0].unpack;
    assert_eq!(rules[0].place("cmake/data/bin/cmake").unwrap().as_deref(), Some("tools/cmake/bin/cmake"));
    assert_eq!(rules[0].place("cmake/data/bin/ctest").unwrap(), None);
    let mut lying = rules[1].clone();
    lying.strip = "other/".into();
    assert!(lying.place("cmake/data/share/x").is_err());
}

#[test]
fn unknown_keys_are_refused() {
    refuse("license =", "licence =", 11, "unknown field `licence`");
    refuse("trim = true", "trim = true\nstripped = true", 18, "unknown field `stripped`");
    refuse("version = 1", "version = 1\nowner = 2", 3, "unknown field `owner`");
}

#[test]
fn wrong_values_are_refused() {
    refuse("version = 1", "version = 2", 2, "lock version 2 is not supported");
    refuse("f773a054", "F773a054", 10, "not a sha256");
    refuse("f773a054", "f773a05", 10, "not a sha256");
    refuse("size = 30245729", "size = 0", 9, "size must not be 0");
    refuse("size = 30245729", "size = -1", 9, "");
    refuse("\"run\"", "\"run\"\npjrt = \"0.x\"", 13, "not a PJRT version");
    refuse("pkg:pypi/", "pypi/", 7, "must begin with `pkg:`");
    refuse("\"run\"", "\"tried\"", 12, "must be `run`, `inspected` or `locked`");
}

#[test]
fn paths_that_leave_the_tree_are_refused() {
    refuse("to = \"tools/cmake/\"", "to = \"/usr/\"", 16, "not a relative path");
    refuse("to = \"tools/cmake/\"", "to = \"../x/\"", 16, "not a relative path");
    refuse("to = \"tools/cmake/\"", "to = \"a/../../x/\"", 16, "not a relative path");
    refuse("strip = \"cmake/data/\"", "strip = \"../\"", 15, "not a relative path");
    refuse("glob = \"cmake/data/bin/cmake\"", "glob = \"../**\"", 14, "not a relative path");
    refuse("file = \"cmake", "file = \"../cmake", 8, "not a plain file name");
    refuse("name = \"cmake\"", "name = \"a/b\"", 5, "not a plain name");
}

#[test]
fn duplicates_are_refused() {
    let entry = GOOD.split_once("\n\n").unwrap().1;
    let error = Lock::parse(&format!("{GOOD}\n{entry}")).expect_err("a duplicate");
    assert!(error.to_string().contains("duplicate entry `cmake` for"), "{error}");
    assert!(error.line() > 24, "{error}");
}

#[test]
fn text_is_sorted_by_name_and_host() {
    let mut lock = Lock::parse(GOOD).unwrap();
    let mut second = lock.artifacts[0].clone();
    second.host = "aarch64-unknown-linux-gnu".into();
    let mut third = second.clone();
    third.name = "aaa".into();
    lock.artifacts.extend([second, third]);
    let text = lock.to_string();
    let order: Vec<_> = Lock::parse(&text).unwrap().artifacts.into_iter().map(|a| (a.name, a.host)).collect();
    let expected =
        [("aaa", "aarch64"), ("cmake", "aarch64"), ("cmake", "x86_64")].map(|(name, arch)| (name, arch));
    for ((name, host), (want_name, want_arch)) in order.iter().zip(expected) {
        assert!(name == want_name && host.starts_with(want_arch), "{order:?}");
    }
    assert_eq!(lock.hosts(), ["aarch64-unknown-linux-gnu", "x86_64-unknown-linux-gnu"]);
}

/// Damaged locks: an error that names a line, or a lock that says the same when it is written and read again.
#[test]
fn damage_is_an_error_or_another_lock() {
    let words = [
        "[[artifact]]",
        "[[artifact.unpack]]",
        "host",
        "true",
        "\"**\"",
        "\"{a,b}{a,b}{a,b}\"",
        "..",
        "pkg:pypi/x@1",
        "%zz",
    ];
    let make = |random: &mut bering_damage::Random| match random.below(3) {
        0 => random.bytes(&[GOOD]),
        _ => random.text(&[GOOD], &words).into_bytes(),
    };
    bering_damage::Trial::new("lock").attempts(2000).run(make, |bytes| {
        let Ok(text) = std::str::from_utf8(bytes) else { return };
        match Lock::parse(text) {
            Ok(lock) => {
                assert_eq!(Lock::parse(&lock.to_string()).expect("what was written"), lock);
                for rule in lock.artifacts.iter().flat_map(|artifact| &artifact.unpack) {
                    drop(rule.place("cmake/data/bin/cmake"));
                }
            }
            Err(error) => {
                assert!(error.line() <= text.lines().count() + 1 && !error.to_string().is_empty())
            }
        }
    });
}
