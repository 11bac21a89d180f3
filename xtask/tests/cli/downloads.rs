//! What a server can do to a download.

use crate::fixture::{Site, names, usual};
use crate::server::Answer;

#[test]
fn a_good_server_is_set_up_from_and_asked_once() {
    let (one, two) = (usual("one"), usual("two"));
    let site = Site::new(&[&one, &two]);
    site.run(&["setup"]).succeeds();
    assert_eq!(site.laid("one/readme.txt").as_deref(), Some(&b"one\n"[..]));
    assert_eq!(site.laid("two/blob.bin").map(|bytes| bytes.len()), Some(200_000));
    assert_eq!(site.laid("unwanted.txt"), None);
    site.assert_store_is_whole();
    let asked = site.server.requests().len();
    site.run(&["setup"]).succeeds();
    assert_eq!(site.server.requests().len(), asked, "a warm set-up asks nobody");
}

#[test]
fn a_flipped_byte_is_found_before_anything_is_unpacked() {
    let fake = usual("one");
    let site = Site::new(&[&fake]);
    let mut bytes = fake.bytes.clone();
    bytes[fake.bytes.len() / 2] ^= 1;
    site.server.answer(&fake.path(), Answer::Body(bytes));
    let expected = format!("expected sha256:{}", fake.sha256());
    site.run(&["setup"]).fails_with(&[
        "hash mismatch for `pkg:pypi/one@1.0`",
        &expected,
        "computed sha256:",
        "hint: nothing was unpacked; if upstream replaced the file, run `cargo xtask lock update one`",
    ]);
    site.assert_nothing_was_set_up();
    site.server.answer(&fake.path(), Answer::Body(fake.bytes.clone()));
    site.run(&["setup"]).succeeds();
    site.assert_store_is_whole();
}

#[test]
fn a_file_of_another_length_is_refused_at_once() {
    let fake = usual("one");
    let site = Site::new(&[&fake]);
    let half = fake.bytes.len() / 2;
    site.server.answer(&fake.path(), Answer::Body(fake.bytes[..half].to_vec()));
    let (here, locked) = (format!("a file of {half} bytes"), format!("the lock says {}", fake.bytes.len()));
    site.run(&["setup"]).fails_with(&[&here, &locked, "pkg:pypi/one@1.0"]);
    assert_eq!(site.server.requests_for(&fake.path()).len(), 1, "a lie is not asked for twice");
    site.assert_nothing_was_set_up();
}

#[test]
fn a_truncated_download_is_never_taken_for_whole() {
    let fake = usual("one");
    let site = Site::new(&[&fake]);
    let half = fake.bytes[..fake.bytes.len() / 2].to_vec();
    site.server.answer(&fake.path(), Answer::Short { body: half, announced: fake.bytes.len() });
    site.run_with(&["setup"], &[("BERING_RETRIES", "0")]).fails_with(&[
        "broke off at",
        "pkg:pypi/one@1.0",
        "are kept",
    ]);
    site.assert_nothing_was_set_up();
    // What arrived is good, so the next run asks for the rest only.
    site.server.answer(&fake.path(), Answer::Body(fake.bytes.clone()));
    site.run(&["setup"]).succeeds();
    let last = site.server.requests_for(&fake.path()).pop().unwrap();
    assert_eq!(last.headers.get("range"), Some(&format!("bytes={}-", fake.bytes.len() / 2)));
    site.assert_store_is_whole();
}

#[test]
fn a_server_that_dies_midway_is_resumed_in_the_same_run() {
    let fake = usual("one");
    let site = Site::new(&[&fake]);
    site.server.answer(&fake.path(), Answer::Dies { body: fake.bytes.clone(), after: 70_000, times: 1 });
    site.run(&["setup"]).succeeds();
    let ranges: Vec<_> = site
        .server
        .requests_for(&fake.path())
        .iter()
        .map(|request| request.headers.get("range").cloned())
        .collect();
    assert_eq!(ranges.len(), 2, "{ranges:?}");
    assert!(
        ranges[0].is_none() && ranges[1].as_ref().is_some_and(|range| range.starts_with("bytes=")),
        "{ranges:?}"
    );
    site.assert_store_is_whole();
}

#[test]
fn a_server_that_cannot_resume_sends_all_again() {
    let fake = usual("one");
    let site = Site::new(&[&fake]);
    site.server.answer(&fake.path(), Answer::Dies { body: fake.bytes.clone(), after: 70_000, times: 1 });
    site.run_with(&["setup"], &[("BERING_RETRIES", "0")]).fails_with(&["broke off"]);
    site.server.answer(&fake.path(), Answer::Whole(fake.bytes.clone()));
    site.run(&["setup"]).succeeds();
    site.assert_store_is_whole();
}

#[test]
fn parts_of_two_different_files_do_not_become_one() {
    let fake = usual("one");
    let site = Site::new(&[&fake]);
    // The first half is wrong already: resuming it can only give a wrong hash, starting over a right one.
    let mut wrong = fake.bytes.clone();
    wrong[1000] ^= 1;
    site.server.answer(&fake.path(), Answer::Dies { body: wrong, after: 70_000, times: 1 });
    site.run_with(&["setup"], &[("BERING_RETRIES", "0")]).fails_with(&["broke off"]);
    site.server.answer(&fake.path(), Answer::Body(fake.bytes.clone()));
    site.run(&["setup"]).succeeds();
    site.assert_store_is_whole();
}

#[test]
fn a_server_that_stalls_is_given_up() {
    let fake = usual("one");
    let site = Site::new(&[&fake]);
    site.server.answer(&fake.path(), Answer::Stalls { body: fake.bytes.clone(), after: 70_000, times: 9 });
    let impatient = [("BERING_RETRIES", "0"), ("BERING_STALL_TIMEOUT", "0.3")];
    site.run_with(&["setup"], &impatient).fails_with(&[
        "the transfer stalled at",
        "pkg:pypi/one@1.0",
        "the next run goes on from there",
    ]);
    site.assert_nothing_was_set_up();
    site.server.answer(&fake.path(), Answer::Body(fake.bytes.clone()));
    site.run(&["setup"]).succeeds();
    site.assert_store_is_whole();
}

#[test]
fn an_index_that_stalls_is_given_up() {
    let fake = usual("one");
    let site = Site::new(&[&fake]);
    site.server
        .answer("/simple/one/", Answer::Stalls { body: b"{\"files\": []}".to_vec(), after: 3, times: 9 });
    let impatient = [("BERING_STALL_TIMEOUT", "0.3")];
    site.run_with(&["setup"], &impatient).fails_with(&["/simple/one/", "pkg:pypi/one@1.0"]);
    site.assert_nothing_was_set_up();
}

#[test]
fn refusals_name_the_file_and_the_status() {
    let fake = usual("one");
    let site = Site::new(&[&fake]);
    for (status, text) in [(404, "404"), (403, "403"), (410, "410")] {
        site.server.answer(&fake.path(), Answer::Status(status));
        site.run(&["setup"]).fails_with(&[text, "pkg:pypi/one@1.0", &fake.file]);
        site.assert_nothing_was_set_up();
    }
    assert_eq!(site.server.requests_for(&fake.path()).len(), 3, "refusals are final");
}

#[test]
fn an_ailing_server_is_asked_again() {
    let fake = usual("one");
    let site = Site::new(&[&fake]);
    site.server.answer(&fake.path(), Answer::Status(500));
    site.run_with(&["setup"], &[("BERING_RETRIES", "1")]).fails_with(&["500", "gave up after 2 attempts"]);
    assert_eq!(site.server.requests_for(&fake.path()).len(), 2);
    site.assert_nothing_was_set_up();
}

#[test]
fn one_bad_artifact_does_not_spoil_the_others() {
    let (good, bad) = (usual("good"), usual("bad"));
    let site = Site::new(&[&good, &bad]);
    site.server.answer(&bad.path(), Answer::Status(404));
    site.run(&["setup"]).fails_with(&["pkg:pypi/bad@1.0", "404"]);
    assert!(!site.checkout().join(".bering").exists());
    site.server.answer(&bad.path(), Answer::Body(bad.bytes.clone()));
    site.run(&["setup"]).succeeds();
    assert_eq!(site.server.requests_for(&good.path()).len(), 1, "what was good is not fetched again");
}

#[test]
fn redirects_are_followed() {
    let fake = usual("one");
    let site = Site::new(&[&fake]);
    site.server.answer("/elsewhere", Answer::Body(fake.bytes.clone()));
    site.server.answer(&fake.path(), Answer::Moved(site.server.url("/elsewhere")));
    site.run(&["setup"]).succeeds();
    site.assert_store_is_whole();
    site.server.answer("/loop", Answer::Moved(site.server.url("/loop")));
    let other = usual("two");
    site.lock(&crate::fixture::lock_text(&[&other]));
    site.publish(&other);
    site.server.answer(&other.path(), Answer::Moved(site.server.url("/loop")));
    site.run_with(&["setup"], &[("BERING_RETRIES", "0")]).fails_with(&["redirect"]);
}

#[test]
fn a_network_that_is_not_there_is_said() {
    let fake = usual("one");
    let site = Site::new(&[&fake]);
    let closed = {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        format!("http://127.0.0.1:{}/simple", listener.local_addr().unwrap().port())
    };
    site.run(&["setup", "--index-url", &closed]).fails_with(&[
        &closed,
        "Connection refused",
        "pkg:pypi/one@1.0",
    ]);
    site.assert_nothing_was_set_up();
}

#[test]
fn a_flipped_byte_in_the_store_is_found_and_repaired() {
    let fake = usual("one");
    let site = Site::new(&[&fake]);
    site.run(&["setup", "--keep-downloads"]).succeeds();
    let key = names(&site.store().join("artifacts-v1")).remove(0);
    let blob = site.store().join("artifacts-v1").join(key).join("tree/one/blob.bin");
    let mut bytes = std::fs::read(&blob).unwrap();
    bytes[5] ^= 1;
    overwrite(&blob, &bytes);
    site.run(&["store", "verify"]).fails_with(&["one/blob.bin"]);
    site.run(&["store", "verify", "--repair"]).succeeds();
    site.assert_store_is_whole();
    assert_ne!(site.laid("one/blob.bin"), Some(bytes));
}

#[test]
fn a_flipped_byte_in_a_kept_download_is_not_unpacked() {
    let fake = usual("one");
    let site = Site::new(&[&fake]);
    let stored = site.store().join("downloads-v1/sha256").join(fake.sha256());
    std::fs::create_dir_all(stored.parent().unwrap()).unwrap();
    let mut bytes = fake.bytes.clone();
    bytes[5] ^= 1;
    std::fs::write(&stored, bytes).unwrap();
    site.run(&["setup"]).succeeds();
    assert_eq!(site.server.requests_for(&fake.path()).len(), 1, "the damaged file was replaced");
    site.assert_store_is_whole();
}

/// Changes a read-only file.
fn overwrite(path: &std::path::Path, bytes: &[u8]) {
    std::fs::remove_file(path).unwrap();
    std::fs::write(path, bytes).unwrap();
}
