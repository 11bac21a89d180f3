//! Damaged files of others: arrays, archives, exported functions, module texts. The good ones are those of the command's tests.

mod archive;

use archive::zip;
use bering_damage::{Random, Trial};
use bering_interchange::exported::Exported;
use bering_interchange::npy::Array;
use bering_interchange::npz::{self, Archive};
use bering_interchange::outline::{Outline, specialize};
use std::io::Cursor;
use std::path::{Path, PathBuf};

/// The most bytes of elements that a reader here is allowed.
const LIMIT: usize = 1 << 20;
/// What a reader may hold: elements twice (those of column-major arrays are copied), and what describes them.
const MEMORY: usize = 4 << 20;

fn corpus(extension: &str) -> Vec<Vec<u8>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cli/tests/fixtures");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(directory).expect("fixtures").map(|entry| entry.expect("a file").path()).collect();
    files.retain(|path| path.extension().is_some_and(|found| found == extension));
    files.sort();
    assert!(!files.is_empty(), "no good files of `{extension}`");
    files.iter().map(|path| std::fs::read(path).expect("readable")).collect()
}

/// An npy file of version 1.0 around a header.
fn npy(header: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend(u16::try_from(header.len()).unwrap_or(u16::MAX).to_le_bytes());
    bytes.extend_from_slice(header.as_bytes());
    bytes.extend_from_slice(data);
    bytes
}

const HEADERS: [&str; 6] = [
    "{'descr': '<f4', 'fortran_order': False, 'shape': (4, 4), }",
    "{'descr': '>i8', 'fortran_order': True, 'shape': (2, 2, 2), }",
    "{'descr': '|b1', 'fortran_order': False, 'shape': (64,), }",
    "{'descr': '<c16', 'fortran_order': True, 'shape': (4,), }",
    "{'descr': '<V2', 'fortran_order': False, 'shape': (), }\n",
    "{'shape': (0, 5), 'fortran_order': True, 'descr': '<u2'}",
];
const WORDS: [&str; 12] = [
    "True",
    "False",
    "<f4",
    "|S3",
    "<U1",
    "|O",
    "<f16",
    "descr",
    "shape",
    "()",
    "None",
    "9223372036854775807",
];

fn damaged_npy(random: &mut Random, files: &[Vec<u8>]) -> Vec<u8> {
    match random.below(2) {
        0 => random.bytes(files),
        _ => npy(&random.text(&HEADERS, &WORDS), &[3; 64]),
    }
}

/// The arrays of the good archives, as files.
fn arrays(archives: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut files: Vec<Vec<u8>> = HEADERS.iter().map(|header| npy(header, &[3; 64])).collect();
    for bytes in archives {
        let mut archive = Archive::open(Cursor::new(bytes)).expect("an archive");
        for index in 0..archive.names().len() {
            let mut file = Vec::new();
            archive.read(index, LIMIT).and_then(|array| array.write(&mut file)).expect("an array");
            files.push(file);
        }
    }
    files
}

#[test]
fn npy_files() {
    let files = arrays(&corpus("npz"));
    Trial::new("npy").attempts(10_000).memory(MEMORY).run(
        |random| damaged_npy(random, &files),
        |bytes| match Array::read(bytes, LIMIT) {
            // What is read can be written, and is then the same.
            Ok(array) => {
                let mut file = Vec::new();
                array.write(&mut file).expect("memory takes it");
                assert!(Array::read(&file[..], LIMIT).expect("a good file") == array);
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        },
    );
}

fn read_all(bytes: &[u8]) -> Vec<Result<usize, String>> {
    let mut archive = match Archive::open(Cursor::new(bytes)) {
        Ok(archive) => archive,
        Err(error) => return vec![Err(error.to_string())],
    };
    let count = archive.names().len();
    let read = |index| {
        drop(archive.header(index));
        archive.read(index, LIMIT).map(|array| array.data().len()).map_err(|error| error.to_string())
    };
    (0..count).map(read).collect()
}

#[test]
fn npz_archives() {
    let archives = corpus("npz");
    let files = arrays(&archives);
    let make = |random: &mut Random| match random.below(3) {
        0 => random.bytes(&archives),
        // Bad arrays under good checksums, and the other way around.
        1 => zip(&[("x.npy", &damaged_npy(random, &files)), ("y.npy", &damaged_npy(random, &files))]),
        _ => random.bytes(&[zip(&[("x.npy", &files[0]), ("../y.npy", &files[1])])]),
    };
    Trial::new("npz").attempts(1000).memory(MEMORY).run(make, |bytes| drop(read_all(bytes)));
}

/// An array of a gigabyte in an archive of a few megabytes, as a bomb, is an error before it has gone off.
#[test]
fn bombs_do_not_go_off() {
    let huge = npy("{'descr': '|u1', 'fortran_order': False, 'shape': (1073741824,), }", &[]);
    let bomb = archive::bomb("x.npy", &huge, 1 << 30);
    assert!(bomb.len() < 8 << 20, "{}", bomb.len());
    let lying = archive::bomb(
        "x.npy",
        &npy("{'descr': '|u1', 'fortran_order': False, 'shape': (9,), }", &[]),
        1 << 30,
    );
    Trial::new("bomb").attempts(1).memory(MEMORY).run(
        |_| Vec::new(),
        |_| {
            let errors = read_all(&bomb);
            assert!(
                errors[0].as_ref().is_err_and(|error| error.contains("takes more than the 1048576 bytes"))
            );
            // More than the header says is not read to its end.
            drop(read_all(&lying));
        },
    );
}

#[test]
fn archives_that_lie_are_errors() {
    let array = npy(HEADERS[0], &[3; 64]);
    let good = zip(&[("x.npy", &array)]);
    assert_eq!(read_all(&good), [Ok(64)]);
    let error = |bytes: &[u8]| read_all(bytes).into_iter().find_map(Result::err).expect("an error");

    let mut bad_checksum = good.clone();
    let at = bad_checksum.windows(4).position(|bytes| bytes == [3; 4]).expect("elements");
    bad_checksum[at] = 4;
    assert!(
        error(&bad_checksum).contains("the file is damaged: Invalid checksum"),
        "{}",
        error(&bad_checksum)
    );

    for cut in [good.len() - 1, good.len() - 22, 40, 4] {
        assert!(!error(&good[..cut]).is_empty());
    }
    // Sizes and counts of 64 bits that are not there.
    assert!(!error(&archive::zip64(&[("x.npy", &array)], u64::MAX)).is_empty());
    assert_eq!(read_all(&archive::zip64(&[("x.npy", &array)], 1)), [Ok(64)]);
}

/// Names say what an array is called and lead nowhere; two of one name would hide one.
#[test]
fn names_are_names() {
    let array = npy(HEADERS[0], &[3; 64]);
    let archive = zip(&[("../../x.npy", &array), ("/y.npy", &array)]);
    let archive = Archive::open(Cursor::new(archive)).expect("an archive");
    assert_eq!(archive.names(), ["../../x", "/y"]);
    let twice = zip(&[("x.npy", &array), ("x.npy", &array)]);
    let Err(error) = Archive::open(Cursor::new(twice)) else { panic!("it was opened") };
    assert_eq!(error.to_string(), "two arrays of the archive have one name");
}

#[test]
fn what_is_written_survives() {
    let array = Array::read(&npy(HEADERS[1], &[3; 64])[..], LIMIT).expect("an array");
    let mut file = Cursor::new(Vec::new());
    npz::write(&mut file, [("a", &array)]).expect("memory takes it");
    assert_eq!(read_all(&file.into_inner()), [Ok(64)]);
}

#[test]
fn exported_functions() {
    let exports = corpus("jax");
    Trial::new("exported").attempts(10_000).memory(MEMORY).run(
        |random| random.bytes(&exports),
        |bytes| drop(Exported::parse(bytes).map(|exported| format!("{exported:?}"))),
    );
}

#[test]
fn module_texts() {
    let texts: Vec<String> =
        corpus("mlir").into_iter().map(|bytes| String::from_utf8(bytes).expect("text")).collect();
    let words = [
        "tensor<?xf32>",
        "tensor<0x0xf32>",
        "i1",
        "%0",
        "@main",
        "dense<0>",
        "->",
        "\"",
        "func.func",
        "<",
        ">",
    ];
    Trial::new("outline").attempts(1500).run(
        |random| random.text(&texts, &words).into_bytes(),
        |bytes| {
            let text = std::str::from_utf8(bytes).expect("text");
            if let Ok(outline) = Outline::read(text) {
                let sizes = vec![&[2usize, 3][..]; outline.arguments.len()];
                drop(specialize(text, &outline, &sizes));
            }
        },
    );
}
