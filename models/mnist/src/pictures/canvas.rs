//! A picture in the making: areas, lines and numbers.

use crate::digits::segments_of;
use anyhow::{Context as _, Result};
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

/// Red, green and blue.
pub(crate) type Colour = [u8; 3];

pub(crate) const WHITE: Colour = [255, 255, 255];
pub(crate) const BLACK: Colour = [30, 30, 30];
pub(crate) const GREY: Colour = [215, 215, 215];
pub(crate) const BLUE: Colour = [31, 119, 180];
pub(crate) const ORANGE: Colour = [255, 127, 14];

/// Pixels, row after row.
pub(crate) struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Canvas {
    /// A white picture.
    pub(crate) fn new(width: usize, height: usize) -> Canvas {
        Canvas { width, height, pixels: vec![255; width * height * 3] }
    }

    /// Lays a colour over a pixel; 1 hides what was there.
    fn blend(&mut self, x: usize, y: usize, colour: Colour, opacity: f64) {
        if x >= self.width || y >= self.height {
            return;
        }
        let start = (y * self.width + x) * 3;
        for (old, new) in self.pixels[start..start + 3].iter_mut().zip(colour) {
            *old = (f64::from(*old) * (1.0 - opacity) + f64::from(new) * opacity).round() as u8;
        }
    }

    /// Fills a rectangle from its upper left corner.
    pub(crate) fn fill(&mut self, [x, y]: [usize; 2], [width, height]: [usize; 2], colour: Colour) {
        for row in y..y + height {
            (x..x + width).for_each(|column| self.blend(column, row, colour, 1.0));
        }
    }

    /// Draws a line with a soft edge.
    pub(crate) fn line(&mut self, from: [f64; 2], to: [f64; 2], width: f64, colour: Colour) {
        let radius = width / 2.0;
        let bounds = |axis: usize| {
            let low = (from[axis].min(to[axis]) - radius - 1.0).floor().max(0.0);
            let high = (from[axis].max(to[axis]) + radius + 1.0).ceil().max(0.0);
            low as usize..=high as usize
        };
        let (dx, dy) = (to[0] - from[0], to[1] - from[1]);
        let length = (dx * dx + dy * dy).max(1e-12);
        for y in bounds(1) {
            for x in bounds(0) {
                let (px, py) = (x as f64 - from[0], y as f64 - from[1]);
                let along = ((px * dx + py * dy) / length).clamp(0.0, 1.0);
                let distance = (px - along * dx).hypot(py - along * dy);
                let opacity = (radius + 0.5 - distance).clamp(0.0, 1.0);
                if opacity > 0.0 {
                    self.blend(x, y, colour, opacity);
                }
            }
        }
    }

    /// Writes a number of digits, points and minus signs around its middle.
    pub(crate) fn number(&mut self, text: &str, [x, y]: [f64; 2], height: f64, colour: Colour) {
        let advance = height * 0.75;
        let left = x - advance * text.chars().count() as f64 / 2.0;
        for (i, letter) in text.chars().enumerate() {
            let corner = [left + advance * (i as f64 + 0.15), y - height / 2.0];
            let place = |[u, v]: [f64; 2]| [corner[0] + u * advance * 0.7, corner[1] + v * height];
            let lines = match letter {
                '.' => vec![[[0.5, 0.95], [0.5, 1.0]]],
                '-' => vec![[[0.2, 0.5], [0.8, 0.5]]],
                digit => digit.to_digit(10).map(|digit| segments_of(digit as usize)).unwrap_or_default(),
            };
            for [from, to] in lines {
                self.line(place(from), place(to), height / 9.0 + 0.4, colour);
            }
        }
    }

    /// Writes the picture as a PNG.
    pub(crate) fn save(&self, path: &Path) -> Result<()> {
        let write = || -> Result<()> {
            let (width, height) = (u32::try_from(self.width)?, u32::try_from(self.height)?);
            let mut encoder = png::Encoder::new(BufWriter::new(File::create(path)?), width, height);
            encoder.set_color(png::ColorType::Rgb);
            encoder.set_depth(png::BitDepth::Eight);
            let mut writer = encoder.write_header()?;
            writer.write_image_data(&self.pixels)?;
            Ok(writer.finish()?)
        };
        write().with_context(|| format!("cannot write `{}`", path.display()))
    }
}
