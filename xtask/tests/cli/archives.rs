//! Archives that want more than to be unpacked. Their hashes are right: the lock itself names them.

use crate::fixture::{Fake, Site, deb, deb_of, wheel, wheel_of};
use std::io::Write;

/// Sets a site up from one archive, which must fail with these parts and lay nothing anywhere.
#[track_caller]
fn refused(fake: &Fake, parts: &[&str]) {
    let site = Site::new(&[fake]);
    site.run(&["setup"]).fails_with(&[parts, &[fake.purl.as_str()]].concat());
    site.assert_nothing_was_set_up();
    for stray in ["evil.txt", "store/evil.txt", "store/tmp/evil.txt", "checkout/evil.txt"] {
        assert!(!site.path(stray).exists(), "{stray}");
    }
}

#[test]
fn members_that_climb_out_are_refused() {
    refused(
        &wheel("one", &[("data/../../../../evil.txt", b"x")]),
        &["leaves the archive's tree", "evil.txt"],
    );
    refused(&wheel("one", &[("data/ok.txt", b"x"), ("../evil.txt", b"x")]), &["leaves the archive's tree"]);
}

#[test]
fn absolute_members_are_refused() {
    refused(&wheel("one", &[("/tmp/evil.txt", b"x")]), &["absolute path"]);
    refused(&wheel("one", &[("data/a\\..\\evil.txt", b"x")]), &["backslash"]);
}

#[test]
fn links_out_of_a_wheel_are_refused() {
    for target in ["/etc/passwd", "../../../../etc/passwd"] {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        zip.add_symlink("data/link", target, zip::write::SimpleFileOptions::default()).unwrap();
        refused(&wheel_of("one", zip.finish().unwrap().into_inner()), &["link `data/link`"]);
    }
}

/// A tar with links: (name, type, target).
fn tar_with(links: &[(&str, tar::EntryType, &str)]) -> Vec<u8> {
    let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    for (name, kind, target) in links {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(*kind);
        header.set_size(0);
        tar.append_link(&mut header, name, target).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap()
}

#[test]
fn links_out_of_a_package_are_refused() {
    for target in ["/etc/passwd", "../../../../../etc/passwd"] {
        let data = tar_with(&[("usr/lib/link", tar::EntryType::Symlink, target)]);
        refused(&deb_of("one", data), &["link `usr/lib/link`"]);
    }
    let data = tar_with(&[("usr/lib/link", tar::EntryType::Link, "../evil")]);
    refused(&deb_of("one", data), &["one"]);
}

#[test]
fn devices_are_refused() {
    refused(&deb_of("one", tar_with(&[("usr/lib/null", tar::EntryType::Char, "x")])), &["usr/lib/null"]);
}

#[test]
fn a_file_written_through_a_link_is_refused() {
    // The classic: a link to a directory outside, then a file below it.
    let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Symlink);
    header.set_size(0);
    tar.append_link(&mut header, "usr/lib/out", "/tmp").unwrap();
    let mut header = tar::Header::new_gnu();
    header.set_size(1);
    header.set_mode(0o644);
    tar.append_data(&mut header, "usr/lib/out/evil.txt", &b"x"[..]).unwrap();
    refused(&deb_of("one", tar.into_inner().unwrap().finish().unwrap()), &["usr/lib/out"]);
}

#[test]
fn a_zip_bomb_is_refused() {
    let zeros = vec![0; 48 << 20];
    let bomb = wheel("one", &[("data/zeros.bin", &zeros)]);
    assert!(bomb.bytes.len() < 1 << 20, "{} bytes", bomb.bytes.len());
    refused(&bomb, &["data/zeros.bin", "more than the"]);
}

#[test]
fn a_gzip_bomb_is_refused() {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let zeros = vec![0; 1 << 20];
    let mut header = tar::Header::new_gnu();
    header.set_path("usr/lib/zeros.bin").unwrap();
    header.set_size(64 << 20);
    header.set_mode(0o644);
    header.set_cksum();
    packed.write_all(header.as_bytes()).unwrap();
    (0..64).for_each(|_| packed.write_all(&zeros).unwrap());
    refused(&deb_of("one", packed.finish().unwrap()), &["usr/lib/zeros.bin"]);
}

#[test]
fn archives_that_are_none_are_refused() {
    refused(&wheel_of("one", b"<html>please log in</html>".to_vec()), &["not a zip archive"]);
    refused(&deb_of("one", b"not gzip".to_vec()), &["one_2.0-1_amd64.deb"]);
    let mut cut = wheel("one", &[("data/a.txt", b"x")]).bytes;
    cut.truncate(cut.len() - 10);
    refused(&wheel_of("one", cut), &["not a zip archive"]);
}

#[test]
fn two_members_of_one_name_are_refused() {
    let data = |names: &[&str]| {
        let members: Vec<(&str, &[u8])> = names.iter().map(|name| (*name, &b"x"[..])).collect();
        deb("one", &members)
    };
    refused(&data(&["usr/lib/a", "usr/lib/a"]), &["two members are laid at `lib/a`"]);
    refused(&data(&["usr/lib/a", "usr/lib/A"]), &["two members are laid"]);
}

#[test]
fn a_rule_that_takes_nothing_is_an_error() {
    refused(&wheel("one", &[("elsewhere/a.txt", b"x")]), &["no member that matches `data/**`"]);
}

#[test]
fn packages_lay_what_the_rules_take() {
    let fake = deb("one", &[("./usr/lib/a.txt", b"a"), ("./usr/share/doc/b.txt", b"b")]);
    let site = Site::new(&[&fake]);
    site.run(&["setup"]).succeeds();
    assert_eq!(site.laid("lib/a.txt").as_deref(), Some(&b"a"[..]));
    assert_eq!(crate::fixture::names(&site.checkout().join(".bering/lib")), ["a.txt"]);
}
