//! Image files as the network takes them.

use crate::config::Preparation;
use anyhow::{Context as _, Result};
use image::imageops::{FilterType, crop_imm, resize};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageReader, RgbImage};
use std::path::Path;

/// The most bytes that the pixels of a file may take.
const LARGEST: u64 = 1 << 30;

/// Reads a PNG or JPEG file of any kind of colours; what is transparent is as it would be without transparency, and cameras'
/// pictures are turned as they say in their EXIF data.
///
/// # Errors
/// If there is none, it is damaged or of another kind, or it is very large.
pub fn decode(path: &Path) -> Result<RgbImage> {
    let read = || -> Result<RgbImage> {
        let mut reader = ImageReader::open(path)?.with_guessed_format()?;
        let mut limits = image::Limits::default();
        limits.max_alloc = Some(LARGEST);
        reader.limits(limits.clone());
        let mut decoder = reader.into_decoder()?;
        limits.reserve(decoder.total_bytes())?;
        // What lies beside the pixels and cannot be read says nothing of them.
        let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
        let mut image = DynamicImage::from_decoder(decoder)?;
        image.apply_orientation(orientation);
        Ok(image.into_rgb8())
    };
    read().with_context(|| format!("cannot use the image `{}`", path.display()))
}

/// The numbers of an image, colour after colour: resized by its shorter side, cut out of its middle, normalised.
pub fn prepare(image: &RgbImage, preparation: &Preparation) -> Vec<f32> {
    let size = u32::try_from(preparation.size).unwrap_or(u32::MAX);
    let shorter = (f64::from(size) / preparation.crop).floor() as u32;
    let (width, height) = image.dimensions();
    let least = width.min(height).max(1);
    let scaled = |side: u32| (u64::from(side) * u64::from(shorter) / u64::from(least)) as u32;
    // Catmull and Rom's cubic is what other libraries call bicubic with antialiasing.
    let resized = resize(image, scaled(width).max(size), scaled(height).max(size), FilterType::CatmullRom);
    let (left, top) = (middle(resized.width(), size), middle(resized.height(), size));
    let cut = crop_imm(&resized, left, top, size, size).to_image();
    let channel = |c: usize| {
        let (mean, std) = (preparation.mean[c], preparation.std[c]);
        cut.pixels().map(move |pixel| (f32::from(pixel.0[c]) / 255.0 - mean) / std).collect::<Vec<f32>>()
    };
    (0..3).flat_map(channel).collect()
}

/// Where a part begins that lies in the middle; halves are rounded to even, as Python does.
fn middle(whole: u32, part: u32) -> u32 {
    (f64::from(whole - part) / 2.0).round_ties_even() as u32
}
