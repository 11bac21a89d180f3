//! A store with small artifacts: assembling, verifying, repairing and cleaning it.

use super::*;
use crate::checkout::{self, Checkout};
use crate::setup::{self, Options, Outcome};
use bering_build::lock::{Artifact, Checked, Lock};
use std::fs;
use std::io::Write as _;

/// A store, a checkout and a bundle with the archives of its lock.
struct Site {
    dir: tempfile::TempDir,
    store: Store,
}

impl Site {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("bundle/sha256")).unwrap();
        let store = Store::at(dir.path().join("store"));
        Self { dir, store }
    }

    fn path(&self, relative: &str) -> PathBuf {
        self.dir.path().join(relative)
    }

    /// Puts an archive with these members, laid as they are named, into the bundle.
    fn artifact(&self, name: &str, members: &[(&str, &str)]) -> Artifact {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (member, content) in members {
            zip.start_file(*member, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(content.as_bytes()).unwrap();
        }
        let bytes = zip.finish().unwrap().into_inner();
        let sha256 = crate::sha256::of(&bytes);
        fs::write(self.path(&format!("bundle/sha256/{sha256}")), &bytes).unwrap();
        let glob = "**".parse().unwrap();
        let rule = bering_build::lock::Unpack {
            glob,
            strip: String::new(),
            to: String::new(),
            trim: false,
            edit: None,
            executable: false,
        };
        Artifact {
            name: name.into(),
            host: bering_build::lock::ANY_HOST.into(),
            purl: format!("pkg:pypi/{name}@1.0").parse().unwrap(),
            file: format!("{name}.whl"),
            size: bytes.len() as u64,
            sha256,
            license: "MIT".into(),
            checked: Checked::Run,
            pjrt: None,
            unpacked: None,
            unpack: vec![rule],
        }
    }

    fn checkout(&self, name: &str, artifacts: Vec<Artifact>) -> Checkout {
        let root = self.path(name);
        fs::create_dir_all(&root).unwrap();
        fs::write(root.join(bering_build::LOCK_FILE), Lock { artifacts }.to_string()).unwrap();
        Checkout::at(root)
    }

    fn set_up(&self, checkout: &Checkout) -> Result<Outcome> {
        let bundle = self.path("bundle").to_str().unwrap().to_owned();
        setup::run(checkout, &self.store, &Options { bundle: Some(bundle), ..Options::default() })
    }
}

fn read(checkout: &Checkout, path: &str) -> String {
    fs::read_to_string(checkout.link().join(path)).unwrap()
}

#[test]
fn directories_of_one_owner_are_one_link() {
    let site = Site::new();
    let one = site.artifact("one", &[("alone/deep/a", "1"), ("shared/x/b", "2"), ("shared/c", "3")]);
    let two = site.artifact("two", &[("shared/y/d", "4")]);
    let checkout = site.checkout("checkout", vec![one, two]);
    assert_eq!(site.set_up(&checkout).unwrap(), Outcome::Linked);
    assert_eq!(site.set_up(&checkout).unwrap(), Outcome::Warm);

    let kind = |path: &str| fs::symlink_metadata(checkout.link().join(path)).unwrap().file_type();
    assert!(kind("alone").is_symlink() && kind("shared").is_dir() && kind("shared/x").is_symlink());
    assert_eq!(read(&checkout, "alone/deep/a") + &read(&checkout, "shared/y/d"), "14");
    assert_eq!(
        fs::read_dir(site.store.downloads()).unwrap().count(),
        0,
        "archives are dropped once unpacked"
    );

    // Relative links: the store may be moved.
    fs::rename(site.store.root(), site.path("moved")).unwrap();
    let prefix = fs::read_dir(site.path("moved/prefixes-v1")).unwrap().next().unwrap().unwrap().path();
    assert_eq!(fs::read_to_string(prefix.join("shared/c")).unwrap(), "3");
}

#[test]
fn two_artifacts_may_not_lay_one_path() {
    let site = Site::new();
    let one = site.artifact("one", &[("lib/a", "1")]);
    let below = site.artifact("two", &[("lib/a/b", "2")]);
    let same = site.artifact("two", &[("lib/a", "2")]);
    for (other, text) in [(below, "below a file"), (same, "laid by two artifacts")] {
        let checkout = site.checkout("checkout", vec![one.clone(), other]);
        let error = format!("{:#}", site.set_up(&checkout).unwrap_err());
        assert!(error.contains(text), "{error}");
        assert!(!checkout.link().exists());
    }
}

#[test]
fn files_of_the_store_are_read_only() {
    let site = Site::new();
    let checkout = site.checkout("checkout", vec![site.artifact("one", &[("a/b", "1")])]);
    site.set_up(&checkout).unwrap();
    assert!(fs::metadata(checkout.link().join("a/b")).unwrap().permissions().readonly());
}

#[test]
fn many_set_ups_at_once_agree() {
    let site = Site::new();
    let artifacts: Vec<_> =
        ["one", "two", "three"].map(|name| site.artifact(name, &[(&format!("{name}/file"), name)])).into();
    let checkouts: Vec<_> =
        (0..4).map(|n| site.checkout(&format!("checkout{n}"), artifacts.clone())).collect();
    std::thread::scope(|scope| {
        for checkout in checkouts.iter().chain(&checkouts) {
            scope.spawn(|| site.set_up(checkout).unwrap());
        }
    });
    for checkout in &checkouts {
        assert_eq!(read(checkout, "two/file"), "two");
    }
    assert!(verify::run(&site.store).unwrap().damages.is_empty());
    assert_eq!(fs::read_dir(site.store.tmp()).unwrap().count(), 0);
}

#[test]
fn every_kind_of_damage_is_found() {
    let site = Site::new();
    let artifact = site.artifact("one", &[("dir/a", "1"), ("dir/b", "2")]);
    let key = artifact::key(&artifact);
    let checkout = site.checkout("checkout", vec![artifact]);
    site.set_up(&checkout).unwrap();
    let tree = site.store.artifact(&key).join(artifact::TREE);
    let damaged = || -> Vec<String> {
        let damages = verify::run(&site.store).unwrap().damages;
        damages.iter().map(|damage| verify::name(&damage.path)).collect()
    };
    assert_eq!(damaged(), Vec::<String>::new());

    fs::remove_file(tree.join("dir/a")).unwrap();
    fs::write(tree.join("dir/a"), "x").unwrap();
    fs::remove_file(tree.join("dir/b")).unwrap();
    fs::write(tree.join("dir/c"), "3").unwrap();
    assert_eq!(damaged(), ["a", "b", "c"]);

    durable::remove_tree(&site.store.artifact(&key).join(index::FILES)).unwrap();
    assert!(damaged().contains(&key.0), "an artifact without its list");
    // Such an artifact counts as missing, so a set-up with a prefix that is gone makes it again.
    let prefix = fs::read_link(checkout.link()).unwrap();
    durable::remove_tree(&prefix).unwrap();
    durable::remove_tree(&site.store.artifact(&key)).unwrap();
    assert_eq!(site.set_up(&checkout).unwrap(), Outcome::Linked);
    assert_eq!(damaged(), Vec::<String>::new());
}

#[test]
fn gc_removes_only_what_no_checkout_uses() {
    let site = Site::new();
    let (shared, old) = (site.artifact("shared", &[("s/a", "1")]), site.artifact("old", &[("o/a", "2")]));
    let stays = site.checkout("stays", vec![shared.clone()]);
    let goes = site.checkout("goes", vec![shared.clone(), old.clone()]);
    site.set_up(&stays).unwrap();
    site.set_up(&goes).unwrap();
    fs::write(site.store.tmp().join("left by a killed process"), "12345").unwrap();
    let host = checkout::host().unwrap();
    let names = || -> Vec<String> {
        let garbage = gc::garbage(&site.store, host, true).unwrap();
        garbage.iter().map(|item| verify::name(&item.path)).collect()
    };
    assert_eq!(names(), ["left by a killed process"]);

    // A lock that moved on: what the link still points at is in use until the next set-up.
    fs::write(goes.lock_path(), fs::read(stays.lock_path()).unwrap()).unwrap();
    assert_eq!(names().len(), 1);
    fs::remove_dir_all(goes.root()).unwrap();
    let gone = names();
    assert_eq!(gone.len(), 3, "{gone:?}");
    assert!(gone.contains(&artifact::key(&old).0) && !gone.contains(&artifact::key(&shared).0));
}

#[test]
fn keys_depend_on_everything_that_decides_the_result() {
    let site = Site::new();
    let base = site.artifact("one", &[("a", "1")]);
    let mut keys = vec![artifact::key(&base)];
    let mut vary = |change: &dyn Fn(&mut Artifact)| {
        let mut other = base.clone();
        change(&mut other);
        keys.push(artifact::key(&other));
    };
    vary(&|artifact| artifact.sha256.0[0] ^= 1);
    vary(&|artifact| artifact.unpack[0].trim = true);
    vary(&|artifact| artifact.unpack[0].executable = true);
    vary(&|artifact| artifact.unpack[0].to = "x/".into());
    vary(&|artifact| artifact.unpack[0].edit = Some("future-flatten".into()));
    vary(&|artifact| artifact.unpack.push(artifact.unpack[0].clone()));
    let distinct: std::collections::BTreeSet<_> = keys.iter().collect();
    assert_eq!(distinct.len(), keys.len());
    // What only describes it does not.
    let mut described = base.clone();
    described.checked = Checked::Locked;
    described.license = "other".into();
    assert_eq!(artifact::key(&described), keys[0]);
}
