//! Without a network: the store alone, bundles, stores that cannot be written.

use crate::fixture::{Site, lock_text, names, usual};
use crate::server::Answer;

#[test]
fn offline_works_with_the_store_and_says_what_it_lacks_without() {
    let (one, two) = (usual("one"), usual("two"));
    let site = Site::new(&[&one]);
    site.run(&["setup", "--offline"]).fails_with(&[
        "`--offline` forbids",
        "pkg:pypi/one@1.0",
        "hint: run `cargo xtask setup` once",
    ]);
    assert_eq!(site.server.requests().len(), 0);
    site.run(&["setup"]).succeeds();
    std::fs::remove_file(site.checkout().join(".bering")).unwrap();
    let asked = site.server.requests().len();
    site.run(&["setup", "--offline"]).succeeds();
    assert_eq!(site.server.requests().len(), asked);
    site.lock(&lock_text(&[&one, &two]));
    let text = site.run(&["setup", "--offline"]).fails_with(&["pkg:pypi/two@1.0"]);
    assert!(!text.contains("pkg:pypi/one@1.0"), "{text}");
    assert!(site.laid("one/readme.txt").is_some(), "the old prefix stays until there is a new one");
}

/// A directory in the shape of a bundle, made the way that users make it.
fn bundle(site: &Site) -> String {
    site.run(&["setup", "--keep-downloads"]).succeeds();
    site.store().join("downloads-v1").display().to_string()
}

#[test]
fn a_bundle_directory_serves_a_machine_without_network() {
    let fake = usual("one");
    let (source, site) = (Site::new(&[&fake]), Site::new(&[&fake]));
    let bundle = bundle(&source);
    site.run(&["setup", "--offline", "--bundle", &bundle]).succeeds();
    assert_eq!(site.server.requests().len(), 0);
    assert!(site.laid("one/readme.txt").is_some());
    site.assert_store_is_whole();
}

#[test]
fn a_bundle_is_checked_like_a_download() {
    let fake = usual("one");
    let (source, site) = (Site::new(&[&fake]), Site::new(&[&fake]));
    let bundle = bundle(&source);
    let file = source.store().join("downloads-v1/sha256").join(fake.sha256());
    let mut bytes = fake.bytes.clone();
    bytes[7] ^= 1;
    std::fs::remove_file(&file).unwrap();
    std::fs::write(&file, bytes).unwrap();
    site.run(&["setup", "--bundle", &bundle]).fails_with(&["hash mismatch for `pkg:pypi/one@1.0`"]);
    site.assert_nothing_was_set_up();
    std::fs::remove_file(&file).unwrap();
    site.run(&["setup", "--bundle", &bundle]).fails_with(&["pkg:pypi/one@1.0", &fake.sha256()]);
    assert_eq!(site.server.requests().len(), 0, "a bundle is asked alone");
    site.run(&["setup", "--bundle", "/nonexistent"]).fails_with(&["/nonexistent"]);
}

#[test]
fn a_bundle_url_serves_by_hash() {
    let fake = usual("one");
    let site = Site::new(&[&fake]);
    let path = format!("/bundle/sha256/{}", fake.sha256());
    site.server.answer(&path, Answer::Body(fake.bytes.clone()));
    site.run(&["setup", "--bundle", &site.server.url("/bundle")]).succeeds();
    let asked: Vec<String> = site.server.requests().into_iter().map(|request| request.path).collect();
    assert_eq!(asked, [path]);
}

#[test]
fn a_mirror_is_asked_first_and_the_registry_after_it() {
    let fake = usual("one");
    let site = Site::new(&[&fake]);
    site.run_with(&["setup"], &[("BERING_MIRROR", &site.server.url("/mirror"))]).succeeds();
    let asked: Vec<String> = site.server.requests().into_iter().map(|request| request.path).collect();
    assert!(
        asked.contains(&format!("/mirror/sha256/{}", fake.sha256())) && asked.contains(&fake.path()),
        "{asked:?}"
    );
}

#[test]
fn a_store_that_cannot_be_made_is_said() {
    let site = Site::new(&[&usual("one")]);
    // A file where the directory should be stops root too.
    std::fs::write(site.store(), "in the way").unwrap();
    site.run(&["setup"]).fails_with(&["the store", "cannot be written", "BERING_CACHE"]);
    assert_eq!(std::fs::read(site.store()).unwrap(), b"in the way");
}

#[test]
fn a_full_store_that_is_read_only_still_serves() {
    let fake = usual("one");
    let site = Site::new(&[&fake]);
    site.run(&["setup"]).succeeds();
    set_modes(&site.store(), 0o555);
    let warm = site.run(&["setup"]);
    std::fs::remove_file(site.checkout().join(".bering")).unwrap();
    let linked = site.run(&["setup", "--offline"]);
    let other = Site::new(&[&fake]);
    let second = other.run_with(&["setup"], &[("BERING_CACHE", site.store().to_str().unwrap())]);
    set_modes(&site.store(), 0o755);
    warm.succeeds();
    linked.succeeds();
    second.succeeds();
    assert!(site.laid("one/readme.txt").is_some() && other.laid("one/readme.txt").is_some());
    assert_eq!(other.server.requests().len(), 0);
}

/// Sets the mode of a tree's directories. Root writes all the same; elsewhere this test has teeth.
fn set_modes(directory: &std::path::Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(directory, std::fs::Permissions::from_mode(0o755)).unwrap();
    for entry in std::fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            set_modes(&entry.path(), mode);
        }
    }
    std::fs::set_permissions(directory, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn gc_keeps_what_a_checkout_uses() {
    let (one, two) = (usual("one"), usual("two"));
    let site = Site::new(&[&one, &two]);
    site.run(&["setup"]).succeeds();
    site.lock(&lock_text(&[&one]));
    site.run(&["setup"]).succeeds();
    site.run(&["store", "gc"]).succeeds();
    assert_eq!(names(&site.store().join("artifacts-v1")).len(), 1);
    assert!(site.laid("one/readme.txt").is_some());
    site.assert_store_is_whole();
}
