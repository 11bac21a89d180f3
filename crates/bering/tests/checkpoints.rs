//! Checkpoints that are damaged, of another tree, or were cut short: an error, and the file that was there is whole.

use bering::Error;
use bering::checkpoint::{self, Checkpoint};
use bering::prelude::*;
use bering::weights::{DType as Stored, NewTensor, SafeTensors, save};
use bering_damage::{Random, Trial, json};
use std::path::Path;

type Tree = (Tensor, Vec<Tensor>, (Tensor, Option<Tensor>));

/// Floats, integers, a key, a scalar and nothing at all in one tree.
fn tree(device: &Device) -> Tree {
    let list = vec![device.scalar(7).unwrap(), device.tensor(&[1u32, 2], [2]).unwrap()];
    (device.tensor(&[1.0f32, 2.0, 3.0, 4.0], [2, 2]).unwrap(), list, (device.scalar(0.5f32).unwrap(), None))
}

fn saved(device: &Device, path: &Path) -> Vec<u8> {
    checkpoint::save(path, &tree(device), &[("step", "3")]).unwrap();
    std::fs::read(path).unwrap()
}

/// What is wrong, if something is.
fn restore(device: &Device, path: &Path) -> Result<Tree, Error> {
    Checkpoint::open(path)?.restore(device, &tree(device))
}

fn values((x, list, (y, _)): &Tree) -> (Vec<f32>, i32, Vec<u32>, f32) {
    (x.to_vec().unwrap(), list[0].item().unwrap(), list[1].to_vec().unwrap(), y.item().unwrap())
}

#[test]
fn damage_is_an_error_or_the_same_tree() {
    let device = device("cpu").unwrap();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("checkpoint.safetensors");
    let good = saved(&device, &path);
    let length = u64::from_le_bytes(good[..8].try_into().unwrap()) as usize;
    let header = String::from_utf8(good[8..8 + length].to_vec()).unwrap();
    let make = |random: &mut Random| {
        let header = match random.below(3) {
            0 => return random.bytes(&[&good]),
            1 => random.text(&[&header], &["\"F32\"", "\"U8\"", "\"0\"", "\"1.0\"", "[]", "[2,2]", "[0,16]"]),
            _ => json::damaged(random, &[&header]),
        };
        [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &good[8 + length..]].concat()
    };
    Trial::new("checkpoint").attempts(1500).memory(8 << 20).run(make, |bytes| {
        std::fs::write(&path, bytes).unwrap();
        match restore(&device, &path) {
            // Elements may be others: the format has no checksum. Shapes and types are those of the tree.
            Ok(tree) => assert_eq!(values(&tree).0.len(), 4),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
        if let Ok(weights) = SafeTensors::read(&path) {
            drop(Parameters::load(&device, &parameters(), &weights));
        }
    });
}

/// A graph whose parameters have the names and types of the tree.
fn parameters() -> Graph {
    let graph = trace("f", &[], |params: &Params, _| {
        let params =
            [params.get("0", DType::F32, [2, 2]), params.get("2.0", DType::F32, []).broadcast_to([2, 2])];
        &params[0] + &params[1]
    });
    graph.unwrap()
}

#[test]
fn trees_that_differ_are_told_apart() {
    let device = device("cpu").unwrap();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("checkpoint.safetensors");
    let (floats, number, key, half) = ([0u8; 16], [0u8; 4], [0u8; 8], [0u8; 4]);
    let tensor = |name, dtype, dims: &'static [usize], bytes| NewTensor { name, dtype, dims, bytes };
    let good = [
        tensor("0", Stored::F32, &[2, 2], &floats[..]),
        tensor("1.0", Stored::I32, &[], &number[..]),
        tensor("1.1", Stored::U32, &[2], &key[..]),
        tensor("2.0", Stored::F32, &[], &half[..]),
    ];
    save(&path, &good).unwrap();
    assert_eq!(values(&restore(&device, &path).unwrap()), (vec![0.0; 4], 0, vec![0; 2], 0.0));
    let refused = |tensors: &[NewTensor<'_>], text: &str| {
        save(&path, tensors).unwrap();
        let error = restore(&device, &path).expect_err(text).to_string();
        assert!(error.contains(text), "{error}");
    };
    refused(&good[1..], "lacks `0` of the tree");
    refused(
        &[&good[..], &[tensor("3", Stored::U8, &[0], &[])]].concat(),
        "holds `3`, which the tree has no place for",
    );
    let replaced = |i: usize, other| {
        let mut tensors = good;
        tensors[i] = other;
        tensors
    };
    refused(&replaced(0, tensor("0", Stored::F32, &[4], &floats[..])), "tensor `0` is f32[4] in");
    refused(&replaced(0, tensor("0", Stored::I32, &[2, 2], &floats[..])), "tensor `0` is i32[2, 2] in");
    refused(&replaced(1, tensor("1.0", Stored::I32, &[1], &number[..])), "the tree has i32[]");
}

/// A checkpoint that cannot be written leaves the one that is there.
#[test]
fn what_is_there_stays_until_the_next_is_whole() {
    let device = device("cpu").unwrap();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("checkpoint.safetensors");
    let good = saved(&device, &path);
    // Two tensors of one name: found before anything is written.
    let dotted = std::collections::BTreeMap::from([
        ("a.b".to_owned(), std::collections::BTreeMap::from([("c".to_owned(), device.scalar(1).unwrap())])),
        ("a".to_owned(), std::collections::BTreeMap::from([("b.c".to_owned(), device.scalar(2).unwrap())])),
    ]);
    let error = checkpoint::save(&path, &dotted, &[]).unwrap_err().to_string();
    assert!(error.contains("names tensor `a.b.c` twice"), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), good);
    // Over a directory nothing is renamed, and nothing is left beside it.
    let taken = directory.path().join("taken");
    std::fs::create_dir(&taken).unwrap();
    assert!(checkpoint::save(&taken, &tree(&device), &[]).is_err());
    let mut names: Vec<_> =
        std::fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["checkpoint.safetensors", "taken"]);
}
