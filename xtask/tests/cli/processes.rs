//! Processes that are killed, that run at once, and that hit the limits of a disk.

use crate::fixture::{Fake, Outcome, Site, names, usual};
use crate::server::Answer;
use std::path::Path;
use std::process::{Child, Stdio};

/// Kills a child as `kill -9` does.
fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

fn spawn(site: &Site) -> Child {
    site.command(&["setup"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Whatever a killed process left behind, the next one sets up.
#[track_caller]
fn recovers(site: &Site) {
    site.run(&["setup"]).succeeds();
    site.assert_store_is_whole();
    assert_eq!(site.laid("one/readme.txt").as_deref(), Some(&b"one\n"[..]));
    assert_eq!(names(&site.store().join("downloads-v1/partial")), Vec::<String>::new());
}

#[test]
fn killed_during_a_download() {
    let fake = usual("one");
    for after in [0, 1, 70_000, fake.bytes.len() - 1] {
        let site = Site::new(&[&fake]);
        site.server.answer(&fake.path(), Answer::Stalls { body: fake.bytes.clone(), after, times: 1 });
        let child = spawn(&site);
        assert_eq!(site.server.wait_for_fault(), fake.path());
        kill(child);
        site.assert_nothing_was_set_up();
        recovers(&site);
    }
}

#[test]
fn killed_while_the_index_is_asked() {
    let fake = usual("one");
    let site = Site::new(&[&fake]);
    let page = b"{\"files\": []}".to_vec();
    site.server.answer("/simple/one/", Answer::Stalls { body: page, after: 4, times: 1 });
    let child = spawn(&site);
    site.server.wait_for_fault();
    kill(child);
    site.assert_nothing_was_set_up();
    site.publish(&fake);
    recovers(&site);
}

/// Kills a set-up as soon as a directory of the store is not empty, or lets it end if it is faster than we are.
fn kill_when_there(site: &Site, bucket: &Path) {
    let mut child = spawn(site);
    while names(bucket).is_empty() && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    kill(child);
}

/// Many members make unpacking long enough to be interrupted.
fn many_members() -> Fake {
    let names: Vec<String> = (0..400).map(|number| format!("data/one/{number}.txt")).collect();
    let mut members: Vec<(&str, &[u8])> =
        names.iter().map(|name| (name.as_str(), &b"some text"[..])).collect();
    members.push(("data/one/readme.txt", b"one\n"));
    crate::fixture::wheel("one", &members)
}

#[test]
fn killed_while_unpacking_or_linking() {
    let fake = many_members();
    for bucket in
        ["downloads-v1/partial", "downloads-v1/sha256", "tmp", "artifacts-v1", "prefixes-v1", "checkouts-v1"]
    {
        let site = Site::new(&[&fake]);
        kill_when_there(&site, &site.store().join(bucket));
        for key in names(&site.store().join("artifacts-v1")) {
            let tree = site.store().join("artifacts-v1").join(key).join("tree/one");
            assert_eq!(names(&tree).len(), 401, "a name in a bucket is whole (killed at {bucket})");
        }
        recovers(&site);
    }
}

#[test]
fn killed_again_and_again() {
    let fake = many_members();
    let site = Site::new(&[&fake]);
    // Later and later, from before it has begun to after it has ended.
    for round in 0..12_u64 {
        let mut child = spawn(&site);
        let deadline = std::time::Instant::now() + std::time::Duration::from_millis(round * round);
        while std::time::Instant::now() < deadline && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        kill(child);
    }
    recovers(&site);
}

#[test]
fn two_set_ups_at_once_share_one_download() {
    let (one, two) = (many_members(), usual("two"));
    let site = Site::new(&[&one, &two]);
    let children: Vec<Child> = (0..4)
        .map(|_| site.command(&["setup"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
        .collect();
    for child in children {
        Outcome::of(child.wait_with_output().unwrap()).succeeds();
    }
    for fake in [&one, &two] {
        assert_eq!(site.server.requests_for(&fake.path()).len(), 1, "{}", fake.name);
    }
    recovers(&site);
}

#[test]
fn a_process_that_waits_goes_on_when_the_other_is_killed() {
    let fake = usual("one");
    let site = Site::new(&[&fake]);
    site.server.answer(&fake.path(), Answer::Stalls { body: fake.bytes.clone(), after: 70_000, times: 1 });
    let first = spawn(&site);
    site.server.wait_for_fault();
    let second = site.command(&["setup"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    kill(first);
    Outcome::of(second.wait_with_output().unwrap()).succeeds();
    recovers(&site);
}

#[test]
fn a_disk_that_is_full_is_said_and_nothing_stays_half() {
    let fake = usual("one");
    let site = Site::new(&[&fake]);
    // No file may grow beyond 64 kB (128 blocks of 512 bytes); the signal is ignored, so that writing gives an error.
    let limited = site.shell("trap '' XFSZ; ulimit -f 128; exec \"$0\" setup").output().unwrap();
    Outcome::of(limited).fails_with(&["cannot be written", &site.store().display().to_string()]);
    site.assert_nothing_was_set_up();
    recovers(&site);
}

#[test]
fn a_disk_that_fills_up_while_unpacking_is_said() {
    // The archive is small enough for the limit, what is in it is not.
    let zeros = vec![0; 400_000];
    let fake =
        crate::fixture::wheel("one", &[("data/one/readme.txt", b"one\n"), ("data/one/zeros.bin", &zeros)]);
    assert!(fake.bytes.len() < 60_000);
    let site = Site::new(&[&fake]);
    let limited = site.shell("trap '' XFSZ; ulimit -f 128; exec \"$0\" setup").output().unwrap();
    Outcome::of(limited).fails_with(&["cannot be written", "zeros.bin"]);
    site.assert_nothing_was_set_up();
    recovers(&site);
}
