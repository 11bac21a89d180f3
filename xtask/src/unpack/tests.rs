//! Archives, good and hostile, against what lands on the disk. The command line's side of this is in `tests/cli`.

mod mutations;

use super::sink::Limits;
use super::*;
use bering_build::lock::{Checked, Sha256, Unpack};
use std::io::Write as _;
use std::path::PathBuf;

fn rule(glob: &str, strip: &str, to: &str) -> Unpack {
    let glob = glob.parse().unwrap();
    Unpack { glob, strip: strip.into(), to: to.into(), trim: false, edit: None, executable: false }
}

fn artifact(file: &str, unpack: Vec<Unpack>) -> Artifact {
    Artifact {
        name: "sample".into(),
        host: "any".into(),
        purl: "pkg:generic/sample@1".parse().unwrap(),
        file: file.into(),
        size: 1,
        sha256: Sha256([0; 32]),
        license: "MIT".into(),
        checked: Checked::Locked,
        pjrt: None,
        unpacked: None,
        unpack,
    }
}

/// Unpacks `bytes` as `file` with the rule `in/** -> out/` and lists what was laid, with contents.
fn lay(file: &str, bytes: &[u8]) -> Result<Vec<(String, String)>> {
    lay_by(file, bytes, vec![rule("in/**", "in/", "out/")])
}

fn lay_by(file: &str, bytes: &[u8], rules: Vec<Unpack>) -> Result<Vec<(String, String)>> {
    let dir = tempfile::tempdir().unwrap();
    let (archive, root) = (dir.path().join("archive"), dir.path().join("root"));
    std::fs::write(&archive, bytes).unwrap();
    std::fs::create_dir(&root).unwrap();
    let mut entries = unpack(&archive, &artifact(file, rules), &root)?;
    entries.sort();
    let mut seen = Vec::new();
    for entry in entries {
        let path: PathBuf = root.join(&entry.path);
        assert!(std::fs::symlink_metadata(&path).unwrap().is_file(), "links are never laid");
        assert_eq!(crate::sha256::of_file(&path).unwrap(), (entry.sha256, entry.size));
        let content = std::fs::read(path).unwrap();
        seen.push((entry.path, String::from_utf8_lossy(&content).into_owned()));
    }
    let outside: Vec<_> =
        std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(outside.len(), 2, "something was laid outside the root: {outside:?}");
    Ok(seen)
}

#[track_caller]
fn refuse(file: &str, bytes: &[u8], text: &str) {
    let error = format!("{:#}", lay(file, bytes).expect_err(text));
    assert!(error.contains(text), "`{error}` must contain `{text}`");
}

fn zip_of(members: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ::zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = ::zip::write::SimpleFileOptions::default();
    for (name, content) in members {
        zip.start_file(*name, options).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// What a member of a tar is: a file's content, or the type and target of something else.
type Content<'a> = Result<&'a str, (::tar::EntryType, &'a str)>;

/// A tar of files (`Ok(content)`) and links (`Err((type, target))`), with names that no good program would write.
fn tar_of(members: &[(&str, Content<'_>)]) -> Vec<u8> {
    let mut tar = ::tar::Builder::new(Vec::new());
    for (name, member) in members {
        let mut header = ::tar::Header::new_gnu();
        header.set_mode(0o644);
        header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
        let content = match member {
            Ok(content) => *content,
            Err((kind, target)) => {
                header.set_entry_type(*kind);
                header.as_gnu_mut().unwrap().linkname[..target.len()].copy_from_slice(target.as_bytes());
                ""
            }
        };
        header.set_size(content.len() as u64);
        header.set_cksum();
        tar.append(&header, content.as_bytes()).unwrap();
    }
    tar.into_inner().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn deb(member: &str, bytes: &[u8]) -> Vec<u8> {
    let mut ar = ar::Builder::new(Vec::new());
    for (name, content) in [("debian-binary", &b"2.0\n"[..]), ("control.tar.xz", b"junk"), (member, bytes)] {
        ar.append(&ar::Header::new(name.into(), content.len() as u64), content).unwrap();
    }
    ar.into_inner().unwrap()
}

const SYMLINK: ::tar::EntryType = ::tar::EntryType::Symlink;
const HARD_LINK: ::tar::EntryType = ::tar::EntryType::Link;

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(path, content)| ((*path).to_owned(), (*content).to_owned())).collect()
}

#[test]
fn only_selected_members_are_laid() {
    let zip = zip_of(&[("in/a", "1"), ("in/b/c", "2"), ("other/d", "3"), ("in", "")]);
    assert_eq!(lay("x.whl", &zip).unwrap(), pairs(&[("out/a", "1"), ("out/b/c", "2")]));
}

#[test]
fn every_packing_of_a_tar_is_read() {
    let tar = tar_of(&[("./in/a", Ok("1"))]);
    let mut xz = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(1)).unwrap();
    xz.write_all(&tar).unwrap();
    let xz = xz.finish().unwrap();
    let zstd = zstd::stream::encode_all(tar.as_slice(), 1).unwrap();
    for (file, bytes) in [
        ("x.tar.gz", gzip(&tar)),
        ("x.tar.xz", xz.clone()),
        ("x.tar.zst", zstd.clone()),
        ("x.deb", deb("data.tar.xz", &xz)),
        ("x.deb", deb("data.tar.zst", &zstd)),
        ("x.deb", deb("data.tar.gz", &gzip(&tar))),
    ] {
        assert_eq!(lay(file, &bytes).unwrap(), pairs(&[("out/a", "1")]), "{file}");
    }
}

#[test]
fn names_that_leave_the_tree_are_refused() {
    for (name, text) in
        [("../evil", "leaves"), ("in/../../evil", "leaves"), ("/evil", "absolute"), ("c:/evil", "absolute")]
    {
        refuse("x.whl", &zip_of(&[("in/a", "1"), (name, "2")]), text);
        refuse("x.tar.gz", &gzip(&tar_of(&[("in/a", Ok("1")), (name, Ok("2"))])), text);
    }
    refuse("x.whl", &zip_of(&[("in\\..\\evil", "2")]), "backslash");
}

#[test]
fn links_inside_the_tree_are_followed_and_copied() {
    let tar = tar_of(&[
        ("in/name", Err((SYMLINK, "../real/file"))),
        ("in/hard", Err((HARD_LINK, "real/file"))),
        ("in/chain", Err((SYMLINK, "name"))),
        ("real/file", Ok("content")),
        ("unselected", Err((SYMLINK, "/etc/passwd"))),
    ]);
    let expected = pairs(&[("out/chain", "content"), ("out/hard", "content"), ("out/name", "content")]);
    assert_eq!(lay("x.tar.gz", &gzip(&tar)).unwrap(), expected);
}

#[test]
fn a_rule_may_name_files_through_a_linked_directory() {
    let tar = tar_of(&[
        ("real/h/a.h", Ok("a")),
        ("real/h/b.c", Ok("b")),
        ("lib/include", Err((SYMLINK, "../real/h"))),
        ("lib/self", Err((SYMLINK, "."))),
        ("lib/x.a", Ok("x")),
    ]);
    let rules = vec![rule("lib/include/*.h", "lib/", ""), rule("lib/*.a", "lib/", "")];
    let laid = lay_by("x.tar.gz", &gzip(&tar), rules).unwrap();
    assert_eq!(laid, pairs(&[("include/a.h", "a"), ("x.a", "x")]));
}

#[test]
fn links_that_leave_the_tree_are_refused() {
    for (target, text) in [
        ("/etc/passwd", "leaves"),
        ("../../etc/passwd", "leaves"),
        ("nothing", "not in the archive"),
        ("evil", "not in the archive"),
        ("../in", "not a file"),
    ] {
        let tar = tar_of(&[("in/a", Ok("1")), ("in/evil", Err((SYMLINK, target)))]);
        refuse("x.tar.gz", &gzip(&tar), text);
    }
    refuse("x.tar.gz", &gzip(&tar_of(&[("in/evil", Err((HARD_LINK, "../x")))])), "leaves");

    let mut zip = ::zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.add_symlink("in/evil", "../../outside", ::zip::write::SimpleFileOptions::default()).unwrap();
    refuse("x.whl", &zip.finish().unwrap().into_inner(), "leaves");
}

#[test]
fn a_file_below_a_link_does_not_follow_it() {
    let tar = tar_of(&[("in/dir", Err((SYMLINK, "/tmp"))), ("in/dir/file", Ok("1"))]);
    refuse("x.tar.gz", &gzip(&tar), "leaves");
}

#[test]
fn devices_and_duplicates_are_refused() {
    let device = tar_of(&[("in/null", Err((::tar::EntryType::Char, "")))]);
    refuse("x.tar.gz", &gzip(&device), "neither a file");
    refuse("x.tar.gz", &gzip(&tar_of(&[("in/a", Ok("1")), ("in/a", Ok("2"))])), "two members");
    refuse("x.whl", &zip_of(&[("in/a", "1"), ("in/A", "2")]), "two members are laid at");
}

#[test]
fn damage_is_named() {
    let stored =
        ::zip::write::SimpleFileOptions::default().compression_method(::zip::CompressionMethod::Stored);
    let mut zip = ::zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("in/a", stored).unwrap();
    zip.write_all(b"some content to damage").unwrap();
    let mut bytes = zip.finish().unwrap().into_inner();
    let at = bytes.windows(7).position(|window| window == b"content").unwrap();
    bytes[at] ^= 1;
    refuse("x.whl", &bytes, "member `in/a` is damaged");

    let whole = gzip(&tar_of(&[("in/a", Ok("1"))]));
    refuse("x.tar.gz", &whole[..whole.len() / 2], "damaged");
    refuse("x.whl", b"no zip at all", "not a zip archive");
    refuse("x.deb", b"no package at all", "not a Debian package");
}

#[test]
fn bombs_are_refused() {
    let zeros = "\0".repeat(3 << 20);
    // The second is not selected, but a tar has to be decompressed as a whole.
    for (file, bytes, text) in [
        ("x.whl", zip_of(&[("in/zeros", &zeros)]), "more than the"),
        ("x.tar.gz", gzip(&tar_of(&[("other/zeros", Ok(&zeros))])), "decompression bomb"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let archive = dir.path().join("archive");
        std::fs::write(&archive, &bytes).unwrap();
        let limits = Limits { member: 1 << 20, total: 2 << 20, members: 10 };
        let rules = artifact(file, vec![rule("in/**", "in/", "out/")]);
        let error = unpack_within(&archive, &rules, &dir.path().join("root"), limits).expect_err(file);
        assert!(format!("{error:#}").contains(text), "{error:#}");
    }
}

#[test]
fn too_many_members_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let archive = dir.path().join("archive");
    std::fs::write(&archive, zip_of(&[("in/a", ""), ("b", ""), ("c", "")])).unwrap();
    let limits = Limits { member: 9, total: 9, members: 2 };
    let rules = artifact("x.whl", vec![rule("in/**", "in/", "out/")]);
    let error = unpack_within(&archive, &rules, &dir.path().join("root"), limits).unwrap_err();
    assert!(format!("{error:#}").contains("more than 2 members"), "{error:#}");
}

#[test]
fn limits_grow_with_the_archive() {
    let (small, large) = (Limits::for_archive(1 << 10), Limits::for_archive(300 << 20));
    assert!(small.total < 20 << 20 && large.total > 10 << 30);
    assert!(Limits::for_archive(u64::MAX).total < u64::MAX);
}

#[test]
fn a_rule_that_takes_nothing_is_an_error() {
    refuse("x.whl", &zip_of(&[("other/a", "1")]), "no member that matches `in/**`");
}

#[test]
fn unknown_formats_and_edits_are_refused_before_a_download() {
    assert!(check(&artifact("x.rar", vec![])).unwrap_err().to_string().contains("no known archive format"));
    let mut edited = rule("in/**", "", "");
    edited.edit = Some("nothing".into());
    assert!(check(&artifact("x.whl", vec![edited])).unwrap_err().to_string().contains("no edit is named"));
}
