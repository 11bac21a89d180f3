//! Pictures of every kind against Pillow, and what of them the network is given; `tests/reference/generate_pictures.py` made them.

use bering::prelude::SafeTensors;
use std::path::{Path, PathBuf};
use vit::{Preparation, decode, prepare};

fn reference(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference").join(name)
}

/// How far a colour may be from Pillow's. PNG is exact but for 16 bits, which Pillow cuts and we round; decoders of JPEG round at
/// several steps, more of them where colours are stored at half the resolution, or mixed from four inks.
fn tolerance(name: &str) -> u8 {
    match name {
        "coarse.jpg" => 8,
        "cmyk.jpg" => 4,
        _ if name.ends_with(".jpg") => 3,
        "grey16.png" => 1,
        _ => 0,
    }
}

#[test]
fn pictures_are_read_as_by_pillow() {
    let decoded = SafeTensors::open(reference("pictures/decoded.safetensors")).unwrap();
    let mut failures = Vec::new();
    for name in decoded.names() {
        let expected = decoded.get(name).unwrap();
        let found = decode(&reference("pictures").join(name)).unwrap();
        let dims = [found.height() as usize, found.width() as usize, 3];
        assert_eq!(dims, expected.dims, "{name}");
        let furthest = found.as_raw().iter().zip(expected.bytes).map(|(a, b)| a.abs_diff(*b)).max();
        if furthest > Some(tolerance(name)) {
            failures.push(format!("{name} is off by {furthest:?}"));
        }
    }
    assert_eq!(decoded.names().len(), 15);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The picture lies on its side in the file, and is prepared as if it did not.
#[test]
fn turned_pictures_are_prepared_upright() {
    let preparation = Preparation { size: 32, crop: 0.875, mean: [0.5; 3], std: [0.25; 3] };
    let prepared = |name: &str| prepare(&decode(&reference("pictures").join(name)).unwrap(), &preparation);
    let (upright, mirrored) = (prepared("colours.jpg"), prepared("mirrored.jpg"));
    assert!(upright.iter().zip(&mirrored).any(|(a, b)| (a - b).abs() > 0.5));
    let back = |row: &[f32]| row.iter().rev().copied().collect::<Vec<f32>>();
    let twice: Vec<f32> = mirrored.chunks(32).flat_map(back).collect();
    let furthest = upright.iter().zip(&twice).map(|(a, b)| (a - b).abs()).fold(0.0f32, f32::max);
    assert!(furthest <= 3.0 / 255.0 / 0.25, "{furthest}");
}

/// Very long pictures, and those of one pixel.
#[test]
fn any_shape_is_prepared() {
    let preparation = Preparation { size: 16, crop: 0.9, mean: [0.5; 3], std: [0.5; 3] };
    for (width, height) in [(1, 1), (1, 300), (300, 1), (17, 16), (3, 2000)] {
        let image = image::RgbImage::from_pixel(width, height, image::Rgb([255, 0, 128]));
        let numbers = prepare(&image, &preparation);
        assert_eq!(numbers.len(), 3 * 16 * 16);
        let colours = [1.0, -1.0, 128.0 / 255.0 * 2.0 - 1.0];
        for (channel, colour) in numbers.chunks(256).zip(colours) {
            assert!(channel.iter().all(|number| (number - colour).abs() < 0.01), "{width} x {height}");
        }
    }
}
