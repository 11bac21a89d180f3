//! Lines of a pen on a grid of pixels.

use super::strokes::Point;
use super::{PIXELS, SIDE};

/// A straight line between two places, in pixels.
pub(super) struct Segment(pub(super) [Point; 2]);

impl Segment {
    /// How far a place is from the line.
    fn distance(&self, [x, y]: Point) -> f64 {
        let [[ax, ay], [bx, by]] = self.0;
        let (dx, dy) = (bx - ax, by - ay);
        let length = dx * dx + dy * dy;
        let along = if length > 0.0 { ((x - ax) * dx + (y - ay) * dy) / length } else { 0.0 };
        let along = along.clamp(0.0, 1.0);
        (ax + along * dx - x).hypot(ay + along * dy - y)
    }
}

/// An image in the making.
pub(super) struct Canvas {
    pixels: [f32; PIXELS],
}

impl Canvas {
    pub(super) fn new() -> Canvas {
        Canvas { pixels: [0.0; PIXELS] }
    }

    /// Draws a line of a pen with a radius; its edge is soft over one pixel.
    pub(super) fn line(&mut self, segment: Segment, radius: f64) {
        let range = |axis: usize| {
            let ends = [segment.0[0][axis], segment.0[1][axis]];
            let low = ends[0].min(ends[1]) - radius - 1.0;
            let high = ends[0].max(ends[1]) + radius + 1.0;
            let pixel = |at: f64| at.clamp(0.0, SIDE as f64) as usize;
            pixel(low.floor())..pixel(high.ceil())
        };
        for row in range(1) {
            for column in range(0) {
                let distance = segment.distance([column as f64 + 0.5, row as f64 + 0.5]);
                let ink = (radius + 0.5 - distance).clamp(0.0, 1.0) as f32;
                let pixel = &mut self.pixels[row * SIDE + column];
                *pixel = pixel.max(ink);
            }
        }
    }

    /// The image, every pixel changed by a function.
    pub(super) fn finish(mut self, mut change: impl FnMut(f32) -> f32) -> [f32; PIXELS] {
        self.pixels.iter_mut().for_each(|pixel| *pixel = change(*pixel));
        self.pixels
    }
}
