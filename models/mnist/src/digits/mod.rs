//! Digits drawn by the program: what it learns from and is tested on, without a download.
//!
//! A digit is a few strokes ([`strokes`]) in one of several manners of writing. For every image their points are moved a little, the
//! whole is turned, sheared, stretched and shifted ([`Hand`]), drawn with a pen of some width ([`raster`]) and covered with
//! noise. All of it follows from a seed.

mod raster;
mod strokes;

use crate::random::Random;
use raster::{Canvas, Segment};
use strokes::{CLASSES, Point, smooth, strokes};

pub(crate) use strokes::segments_of;

/// Width and height of an image.
pub const SIDE: usize = 28;
/// Pixels of an image.
pub const PIXELS: usize = SIDE * SIDE;

/// Images with their labels, in host memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Digits {
    /// Brightness of every pixel between 0 and 1, image after image, row after row.
    pub images: Vec<f32>,
    /// The digit of every image.
    pub labels: Vec<i32>,
}

impl Digits {
    /// `count` digits, each class as often as the others, in random order. The same seed gives the same digits.
    pub fn draw(seed: u64, count: usize) -> Digits {
        let mut random = Random::new(seed);
        let mut labels: Vec<i32> = (0..count).map(|i| (i % CLASSES) as i32).collect();
        random.shuffle(&mut labels);
        let mut images = vec![0.0; count * PIXELS];
        for (image, &label) in images.chunks_exact_mut(PIXELS).zip(&labels) {
            image.copy_from_slice(&one(label as usize, &mut random));
        }
        Digits { images, labels }
    }

    /// The number of images.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// One image.
    pub fn image(&self, i: usize) -> &[f32] {
        &self.images[i * PIXELS..(i + 1) * PIXELS]
    }

    /// Those at some places, in their order.
    pub fn pick(&self, places: &[usize]) -> Digits {
        Digits {
            images: places.iter().flat_map(|&i| self.image(i)).copied().collect(),
            labels: places.iter().map(|&i| self.labels[i]).collect(),
        }
    }
}

/// How one digit is written: the affine map from the unit square to pixels, and the pen.
struct Hand {
    matrix: [[f64; 2]; 2],
    centre: Point,
    pen: f64,
    ink: f64,
    tremble: f64,
    noise: f64,
}

impl Hand {
    fn new(random: &mut Random) -> Hand {
        let (turn, shear) = (random.between(-0.3, 0.3), random.between(-0.35, 0.35));
        let size = SIDE as f64 * random.between(0.5, 0.82);
        let (wide, high) = (size * random.between(0.65, 1.0), size);
        let (sine, cosine) = turn.sin_cos();
        let middle = SIDE as f64 / 2.0;
        let shift = 2.5;
        Hand {
            matrix: [
                [cosine * wide, (cosine * shear - sine) * high],
                [sine * wide, (sine * shear + cosine) * high],
            ],
            centre: [random.between(-shift, shift) + middle, random.between(-shift, shift) + middle],
            pen: random.between(0.7, 1.7),
            ink: random.between(0.7, 1.0),
            tremble: random.between(0.0, 0.035),
            noise: random.between(0.0, 0.12),
        }
    }

    fn place(&self, [x, y]: Point) -> Point {
        let (x, y) = (x - 0.5, y - 0.5);
        let [first, second] = self.matrix;
        [self.centre[0] + first[0] * x + first[1] * y, self.centre[1] + second[0] * x + second[1] * y]
    }
}

/// One image of a digit.
fn one(digit: usize, random: &mut Random) -> [f32; PIXELS] {
    let hand = Hand::new(random);
    let mut canvas = Canvas::new();
    for stroke in strokes(digit, random) {
        let mut moved = stroke;
        for point in &mut moved.points {
            point.iter_mut().for_each(|value| *value += random.normal() * hand.tremble);
        }
        let points: Vec<Point> = smooth(&moved).into_iter().map(|point| hand.place(point)).collect();
        points.windows(2).for_each(|ends| canvas.line(Segment([ends[0], ends[1]]), hand.pen));
    }
    canvas.finish(|pixel| {
        let noisy = f64::from(pixel) * hand.ink + random.normal() * hand.noise;
        noisy.clamp(0.0, 1.0) as f32
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_follow_from_the_seed() {
        let digits = Digits::draw(7, 40);
        assert_eq!(digits, Digits::draw(7, 40));
        assert_ne!(digits, Digits::draw(8, 40));
        assert!((0..10).all(|class| digits.labels.iter().filter(|&&label| label == class).count() == 4));
    }

    #[test]
    fn every_image_has_ink_and_paper() {
        let digits = Digits::draw(1, 300);
        for i in 0..digits.len() {
            let image = digits.image(i);
            assert!(image.iter().all(|pixel| (0.0..=1.0).contains(pixel)));
            let ink = image.iter().filter(|&&pixel| pixel > 0.5).count();
            assert!((12..PIXELS / 2).contains(&ink), "image {i} of a {} has {ink} pixels", digits.labels[i]);
        }
    }
}
