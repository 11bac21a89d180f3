//! `doctor` on machines that have everything, little and nothing.

use crate::fixture::{Site, usual};

#[test]
fn a_checkout_that_is_not_set_up_is_told_the_command() {
    let site = Site::new(&[&usual("one")]);
    let said = site.run(&["doctor"]);
    assert_eq!(said.code, Some(1), "{}", said.text);
    let prefix: Vec<&str> =
        said.text.lines().skip_while(|line| !line.starts_with("MISSING  prefix")).take(2).collect();
    assert!(prefix[1].ends_with("hint: run `cargo xtask setup`"), "{}", said.text);
    assert_eq!(site.server.requests().len(), 0, "a doctor asks nobody");
    assert!(!site.store().exists(), "a doctor changes nothing");
}

#[test]
fn what_is_there_is_shown() {
    let site = Site::new(&[&usual("one")]);
    site.run(&["setup"]).succeeds();
    let said = site.run(&["doctor"]).text;
    let index = format!("ok       Python index   `{}` (from $BERING_INDEX_URL)", site.server.url("/simple"));
    for part in
        [index.as_str(), "ok       prefix         1 component in", "ok       C++ compiler", "unpacked 200."]
    {
        assert!(said.contains(part), "`{part}` is not in:\n{said}");
    }
}

#[test]
fn a_prefix_that_lost_files_or_is_of_another_lock_is_found() {
    let (one, two) = (usual("one"), usual("two"));
    let site = Site::new(&[&one]);
    site.run(&["setup"]).succeeds();
    site.lock(&crate::fixture::lock_text(&[&one, &two]));
    assert!(site.run(&["doctor"]).text.contains("the prefix was assembled from another `third_party.lock`"));
    site.lock(&crate::fixture::lock_text(&[&one]));
    std::fs::remove_dir_all(site.store().join("artifacts-v1")).unwrap();
    assert!(site.run(&["doctor"]).text.contains("files that were set up are gone"));
}

#[test]
fn a_machine_with_nothing_gets_a_hint_for_each() {
    let site = Site::new(&[&usual("one")]);
    let said = site.run_with(&["doctor"], &[("PATH", "/nonexistent")]);
    assert_eq!(said.code, Some(1));
    for what in ["MISSING  rust", "MISSING  C++ compiler", "MISSING  prefix"] {
        let hint = said.text.lines().skip_while(|line| !line.starts_with(what)).nth(1);
        assert!(hint.is_some_and(|line| line.contains("hint: ")), "{what} has no hint:\n{}", said.text);
    }
    assert!(said.text.contains("3 things are missing"), "{}", said.text);
}
