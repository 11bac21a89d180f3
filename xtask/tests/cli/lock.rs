//! Locks that are not what `lock update` writes, and the `lock` commands.

use crate::fixture::{Site, lock_text, usual, wheel};
use crate::server::Answer;
use std::process::Stdio;

#[test]
fn a_lock_that_is_garbage_is_refused_with_its_line() {
    let site = Site::new(&[&usual("one")]);
    let good = lock_text(&[&usual("one")]);
    for (text, parts) in [
        ("\u{0}\u{1}garbage".to_string(), &["third_party.lock", "line 1"][..]),
        (String::new(), &["third_party.lock"]),
        ("version = 7\n".to_string(), &["lock version 7 is not supported"]),
        (good.replace("sha256 = \"", "sha256 = \"zz"), &["not a sha256", "line 10"]),
        (good.replace("size = ", "size = -"), &["line 9"]),
        (good.replace("strip = \"data/\"", "strip = \"../\""), &["not a relative path"]),
        (format!("{good}{}", usual("one").entry()), &["duplicate entry `one` for `any`"]),
        (good.replace("glob = ", "globe = "), &["unknown field `globe`"]),
    ] {
        site.lock(&text);
        site.run(&["setup"]).fails_with(parts);
        site.assert_nothing_was_set_up();
    }
    std::fs::write(site.checkout().join("third_party.lock"), [0xff, 0xfe, 0x00]).unwrap();
    site.run(&["setup"]).fails_with(&["third_party.lock"]);
}

#[test]
fn a_lock_for_other_machines_says_which() {
    let site = Site::new(&[&usual("one")]);
    site.lock(&lock_text(&[&usual("one")]).replace("host = \"any\"", "host = \"sparc64-unknown-linux-gnu\""));
    site.run(&["setup"]).fails_with(&["no artifacts for", "third_party.lock has: sparc64-unknown-linux-gnu"]);
}

#[test]
fn an_unsorted_lock_is_a_problem_for_verify() {
    let (one, two) = (usual("one"), usual("two"));
    let site = Site::new(&[&one, &two]);
    let head = lock_text(&[]);
    site.lock(&format!("{head}{}{}", two.entry(), one.entry()));
    // Its meaning is clear, so set-up works; the review habit is what is hurt.
    site.run(&["setup"]).succeeds();
    let outcome = site.run(&["lock", "verify", "--offline"]);
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.text.contains("problem  the file is not as `lock update` writes it"), "{}", outcome.text);
}

#[test]
fn verify_misses_what_the_recipes_ask_for() {
    let site = Site::new(&[&usual("one")]);
    let outcome = site.run(&["lock", "verify", "--offline"]);
    assert_eq!(outcome.code, Some(1));
    for part in ["`mlir` (x86_64-unknown-linux-gnu) lacks `libmlir-22-dev`", "`one` (any) has no recipe"] {
        assert!(outcome.text.contains(part), "{}", outcome.text);
    }
}

#[test]
fn verify_asks_the_registries() {
    let (one, two) = (usual("one"), usual("two"));
    let site = Site::new(&[&one, &two]);
    let mut replaced = two.clone();
    replaced.bytes.push(0);
    site.publish(&replaced);
    let said = site.run(&["lock", "verify"]).text;
    assert!(said.contains(&format!("ok       one (any) 1.0: {}", site.server.url(&one.path()))), "{said}");
    let problem =
        said.lines().find(|line| line.contains("does not confirm")).unwrap_or_else(|| panic!("{said}"));
    assert!(problem.starts_with("problem  `two` (any)"), "{problem}");
    assert!(problem.contains(&replaced.sha256()) && problem.contains(&two.sha256()), "{problem}");
    let mut longer = one.clone();
    longer.file = "one-1.0-2-py3-none-any.whl".to_string();
    site.publish(&longer);
    let said = site.run(&["lock", "verify"]).text;
    assert!(said.contains("it is called `one-1.0-2-py3-none-any.whl` there"), "{said}");
}

#[test]
fn audit_finds_what_was_withdrawn_and_shows_licences() {
    let (one, two) = (usual("one"), usual("two"));
    let site = Site::new(&[&one, &two]);
    let metadata = "Metadata-Version: 2.4\nName: one\nLicense-Expression: GPL-3.0-only\n\nText\n";
    site.server.answer(&format!("{}.metadata", one.path()), Answer::Body(metadata.into()));
    let said = site.run(&["lock", "audit"]).succeeds();
    let row = |said: &str, name: &str| {
        said.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_string()
    };
    let one_row = row(&said, "one");
    assert!(one_row.contains(" GPL-3.0-only ") && one_row.ends_with("compare the licences"), "{said}");
    assert!(row(&said, "two").ends_with("(no metadata served)"), "{said}");
    let page = format!(
        r#"{{"files":[{{"filename":"{}","url":"{}","hashes":{{"sha256":"{}"}},"size":{},"yanked":"broken"}}]}}"#,
        two.file,
        site.server.url(&two.path()),
        two.sha256(),
        two.bytes.len()
    );
    site.server.answer("/simple/two/", Answer::Body(page.into_bytes()));
    let outcome = site.run(&["lock", "audit"]);
    assert_eq!(outcome.code, Some(1), "{}", outcome.text);
    assert!(row(&outcome.text, "two").contains("WITHDRAWN"), "{}", outcome.text);
}

#[test]
fn list_shows_every_entry() {
    let site = Site::new(&[&usual("one"), &usual("two")]);
    let text = site.run(&["lock", "list"]).succeeds();
    let row: Vec<&str> =
        text.lines().find(|line| line.starts_with("two")).unwrap().split_whitespace().collect();
    assert_eq!((&row[..4], &row[5..]), (&["two", "any", "two", "1.0"][..], &["kB", "MIT", "locked"][..]));
    assert!(row[4].starts_with("200."), "{row:?}");
    assert!(text.contains("2 artifacts"), "{text}");
}

/// Puts ninja wheels for both hosts on the index; `program` is what they carry.
fn ninja(site: &Site, version: &str, program: &[u8]) {
    let mut files = Vec::new();
    for arch in ["x86_64", "aarch64"] {
        let member = format!("ninja-{version}.data/scripts/ninja");
        let other = format!("for {arch}");
        let mut fake = wheel("ninja", &[(&member, program), ("ninja/__init__.py", other.as_bytes())]);
        fake.file = format!("ninja-{version}-py3-none-manylinux2014_{arch}.whl");
        site.server.answer(&fake.path(), Answer::Body(fake.bytes.clone()));
        let (url, hash) = (site.server.url(&fake.path()), fake.sha256());
        let (name, size) = (&fake.file, fake.bytes.len());
        files.push(format!(
            r#"{{"filename":"{name}","url":"{url}","hashes":{{"sha256":"{hash}"}},"size":{size}}}"#
        ));
    }
    site.server
        .answer("/simple/ninja/", Answer::Body(format!(r#"{{"files":[{}]}}"#, files.join(",")).into_bytes()));
}

fn text(site: &Site) -> String {
    std::fs::read_to_string(site.checkout().join("third_party.lock")).unwrap()
}

#[test]
fn update_writes_what_changed_and_says_it() {
    let site = Site::new(&[]);
    ninja(&site, "1.0", b"#!/bin/sh\n");
    let said = site.run(&["lock", "update", "ninja"]).succeeds();
    assert!(said.contains("new      ninja (aarch64-unknown-linux-gnu): pkg:pypi/ninja@1.0"), "{said}");
    assert!(said.contains("contents ninja") && said.contains("needs    nothing"), "{said}");
    let first = text(&site);
    assert!(first.contains("glob = \"ninja-1.0.data/scripts/ninja\""), "{first}");
    assert!(!first.contains("127.0.0.1"), "a host in:\n{first}");
    for state in ["locked", "inspected"] {
        assert_eq!(first.matches(&format!("checked = \"{state}\"")).count(), 1, "{state} in:\n{first}");
    }
    assert!(first.contains("unpacked = 10\n"), "{first}");

    assert!(site.run(&["lock", "update", "ninja"]).succeeds().contains("is up to date"));
    site.run(&["lock", "update", "ninja", "--tested"]).succeeds();
    let tested = text(&site);
    assert_eq!(tested.matches("checked = \"run\"").count(), 1, "only this machine's entry: {tested}");

    // The shell is an ELF file that needs the C library.
    ninja(&site, "1.1", &std::fs::read("/bin/sh").unwrap());
    let dry = site.run(&["lock", "update", "ninja", "--dry-run", "--no-inspect"]).succeeds();
    assert!(dry.contains("version  1.0 -> 1.1") && dry.contains("nothing was written"), "{dry}");
    assert_eq!(text(&site), tested);
    let said = site.run(&["lock", "update", "ninja"]).succeeds();
    assert!(said.contains("checked  run -> inspected"), "nobody has run the new one: {said}");
    let needs =
        said.lines().find(|line| line.contains("needs    nothing -> ")).unwrap_or_else(|| panic!("{said}"));
    assert!(needs.contains("libc.so"), "{needs}");
}

#[test]
fn update_locks_nothing_that_cannot_be_unpacked() {
    let site = Site::new(&[]);
    let before = text(&site);
    // A wheel whose data directory is not named after its version, as the recipe says it is.
    let mut fake = wheel("ninja", &[("ninja-0.9.data/scripts/ninja", b"x")]);
    fake.file = "ninja-1.0-py3-none-manylinux2014_x86_64.whl".to_string();
    let (url, hash, size) = (site.server.url(&fake.path()), fake.sha256(), fake.bytes.len());
    site.server.answer(&fake.path(), Answer::Body(fake.bytes.clone()));
    let entry = |name: &str| {
        format!(r#"{{"filename":"{name}","url":"{url}","hashes":{{"sha256":"{hash}"}},"size":{size}}}"#)
    };
    let page = format!(
        r#"{{"files":[{},{}]}}"#,
        entry(&fake.file),
        entry("ninja-1.0-py3-none-manylinux2014_aarch64.whl")
    );
    site.server.answer("/simple/ninja/", Answer::Body(page.into_bytes()));
    site.run(&["lock", "update", "ninja"])
        .fails_with(&["no member that matches `ninja-1.0.data/scripts/ninja`"]);
    assert_eq!(text(&site), before);
}

#[test]
fn update_that_fails_leaves_the_lock_alone() {
    let site = Site::new(&[&usual("one")]);
    let before = text(&site);
    site.run(&["lock", "update", "nothing"])
        .fails_with(&["no component is called `nothing`; there are: cmake, cuda12-cublas, "]);
    site.run(&["lock", "update", "ninja"]).fails_with(&["`ninja` for", "was not resolved", "404"]);
    ninja(&site, "1.0", b"x");
    site.run(&["lock", "update", "ninja", "--version", "9.9"])
        .fails_with(&["no wheel of `ninja` that fits", "version 9.9"]);
    assert_eq!(text(&site), before);
    assert_eq!(crate::fixture::names(&site.checkout()), ["third_party.lock"]);
}

/// As in `cargo xtask lock list | head`.
#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let site = Site::new(&[&usual("one")]);
    let mut child =
        site.command(&["lock", "list"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}
