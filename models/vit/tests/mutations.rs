//! Damaged models and pictures: nothing panics, hangs, or takes memory for what is not there.

use bering::prelude::SafeTensors;
use bering_damage::{Random, Trial, json};
use std::path::{Path, PathBuf};
use vit::{Config, Preparation, decode, prepare};

fn reference(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference").join(name)
}

#[test]
fn configurations() {
    let good: Vec<String> = ["plain", "registers"]
        .map(|name| std::fs::read_to_string(reference(name).join("config.json")).unwrap())
        .to_vec();
    let weights = ["plain", "registers"].map(|name| SafeTensors::open(reference(name)).unwrap());
    let directory = tempfile::tempdir().unwrap();
    let make = |random: &mut Random| match random.below(3) {
        0 => random.bytes(&good),
        _ => json::damaged(random, &good).into_bytes(),
    };
    Trial::new("vit-config").attempts(2000).run(make, |bytes| {
        std::fs::write(directory.path().join("config.json"), bytes).unwrap();
        for weights in &weights {
            if let Ok(config) = Config::read(directory.path(), weights) {
                assert!(config.features.is_multiple_of(config.heads));
            }
        }
    });
}

/// Networks whose tensors have other shapes, other names, or are not there.
#[test]
fn networks() {
    let good = std::fs::read(reference("registers").join("model.safetensors")).unwrap();
    let length = u64::from_le_bytes(good[..8].try_into().unwrap()) as usize;
    let header = String::from_utf8(good[8..8 + length].to_vec()).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let make = |random: &mut Random| {
        let header = match random.below(2) {
            0 => random.text(
                &[&header],
                &["cls_token", "reg_token", "pos_embed", "fc_norm.weight", "head.weight", "[]"],
            ),
            _ => json::damaged(random, &[&header]),
        };
        [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &good[8 + length..]].concat()
    };
    Trial::new("vit-network").attempts(1000).memory(64 << 20).run(make, |bytes| {
        if let Ok(weights) = SafeTensors::from_bytes("damaged", bytes.to_vec()) {
            drop(Config::read(directory.path(), &weights));
        }
    });
}

#[test]
fn pictures() {
    let good = ["photo.png", "photo.jpg"].map(|name| std::fs::read(reference(name)).unwrap());
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("picture");
    let preparation = Preparation { size: 32, crop: 0.875, mean: [0.5; 3], std: [0.5; 3] };
    // What a picture says of its size is allowed for up to a limit, far above what these files are.
    Trial::new("picture").attempts(300).memory(1 << 30).run(
        |random| random.bytes(&good),
        |bytes| {
            std::fs::write(&path, bytes).unwrap();
            if let Ok(image) = decode(&path)
                && image.width() > 0
                && image.height() > 0
                && image.width() < 4096
                && image.height() < 4096
            {
                let numbers = prepare(&image, &preparation);
                assert!(numbers.len() == 3 * 32 * 32 && numbers.iter().all(|number| number.is_finite()));
            }
        },
    );
}
