//! The strokes of every digit, in the unit square with y downwards.

use crate::random::Random;
use std::f64::consts::PI;

/// A place in the unit square.
pub(super) type Point = [f64; 2];

/// How many digits there are.
pub(super) const CLASSES: usize = 10;

/// Points that a pen goes through, round the corners or straight from one to the next.
#[derive(Clone, Debug)]
pub(super) struct Stroke {
    pub(super) points: Vec<Point>,
    round: bool,
}

fn round(points: &[Point]) -> Stroke {
    Stroke { points: points.to_vec(), round: true }
}

fn straight(points: &[Point]) -> Stroke {
    Stroke { points: points.to_vec(), round: false }
}

/// Points of an ellipse, by angles in parts of a turn; 0 is to the right, a quarter is below.
fn arc(centre: Point, radii: Point, from: f64, to: f64) -> Vec<Point> {
    let count = ((to - from).abs() * 12.0).ceil().max(2.0) as usize;
    let at = |i: usize| {
        let angle = 2.0 * PI * (from + (to - from) * i as f64 / count as f64);
        [centre[0] + radii[0] * angle.cos(), centre[1] + radii[1] * angle.sin()]
    };
    (0..=count).map(at).collect()
}

/// The strokes of a digit, in one of the manners in which it is written.
pub(super) fn strokes(digit: usize, random: &mut Random) -> Vec<Stroke> {
    let manner = random.below(3);
    manners(digit, manner)
}

fn manners(digit: usize, manner: usize) -> Vec<Stroke> {
    match digit {
        0 => zero(manner),
        1 => one(manner),
        2 => two(manner),
        3 => three(manner),
        4 => four(manner),
        5 => five(manner),
        6 => six(manner),
        7 => seven(manner),
        8 => eight(manner),
        _ => nine(manner),
    }
}

fn zero(manner: usize) -> Vec<Stroke> {
    let radii = [[0.34, 0.48], [0.42, 0.46], [0.28, 0.5]][manner];
    // The pen does not end quite where it began.
    vec![round(&arc([0.5, 0.5], radii, -0.3, 0.72))]
}

fn one(manner: usize) -> Vec<Stroke> {
    match manner {
        0 => vec![straight(&[[0.5, 0.0], [0.5, 1.0]])],
        1 => vec![straight(&[[0.3, 0.22], [0.55, 0.0], [0.55, 1.0]])],
        _ => vec![straight(&[[0.3, 0.2], [0.52, 0.0], [0.52, 1.0]]), straight(&[[0.25, 1.0], [0.8, 1.0]])],
    }
}

fn two(manner: usize) -> Vec<Stroke> {
    let mut top = arc([0.5, 0.28], [0.36, 0.28], -0.48, 0.08);
    match manner {
        0 => {
            top.extend([[0.55, 0.68], [0.12, 1.0]]);
            vec![round(&top), straight(&[[0.12, 1.0], [0.9, 1.0]])]
        }
        1 => {
            top.extend([[0.5, 0.7], [0.16, 0.97]]);
            vec![round(&top), round(&[[0.16, 0.97], [0.4, 0.9], [0.65, 1.0], [0.92, 0.92]])]
        }
        // With a loop at the foot.
        _ => {
            top.extend([[0.55, 0.72], [0.22, 0.98], [0.1, 0.88], [0.28, 0.8], [0.6, 0.97], [0.92, 0.9]]);
            vec![round(&top)]
        }
    }
}

fn three(manner: usize) -> Vec<Stroke> {
    let lower = arc([0.45, 0.72], [0.4, 0.28], -0.27, 0.42);
    match manner {
        0 => {
            let mut points = arc([0.45, 0.24], [0.33, 0.24], -0.45, 0.22);
            points.extend(lower);
            vec![round(&points)]
        }
        1 => {
            let mut points = vec![[0.5, 0.4]];
            points.extend(arc([0.42, 0.69], [0.42, 0.3], -0.2, 0.42));
            vec![straight(&[[0.14, 0.02], [0.82, 0.02], [0.44, 0.4]]), round(&points)]
        }
        _ => {
            let upper = arc([0.47, 0.25], [0.35, 0.25], -0.42, 0.2);
            vec![round(&upper), round(&lower)]
        }
    }
}

fn four(manner: usize) -> Vec<Stroke> {
    match manner {
        0 => {
            vec![straight(&[[0.62, 0.0], [0.08, 0.66], [0.95, 0.66]]), straight(&[[0.68, 0.36], [0.68, 1.0]])]
        }
        1 => vec![straight(&[[0.66, 1.0], [0.66, 0.0], [0.08, 0.68], [0.95, 0.68]])],
        // Open at the top.
        _ => vec![
            round(&[[0.2, 0.02], [0.14, 0.28], [0.16, 0.5], [0.45, 0.54], [0.8, 0.5]]),
            straight(&[[0.8, 0.04], [0.74, 1.0]]),
        ],
    }
}

fn five(manner: usize) -> Vec<Stroke> {
    let bowl = arc([0.42, 0.68], [0.42, 0.32], -0.3, 0.4);
    match manner {
        0 => vec![straight(&[[0.84, 0.02], [0.2, 0.02], [0.16, 0.46]]), round(&bowl)],
        1 => {
            let mut points = vec![[0.24, 0.05], [0.18, 0.25], [0.17, 0.45]];
            points.extend(arc([0.44, 0.68], [0.38, 0.3], -0.28, 0.38));
            vec![round(&points), straight(&[[0.22, 0.04], [0.88, 0.0]])]
        }
        _ => vec![straight(&[[0.3, 0.0], [0.2, 0.45]]), round(&bowl), straight(&[[0.3, 0.0], [0.85, 0.06]])],
    }
}

fn six(manner: usize) -> Vec<Stroke> {
    match manner {
        0 => {
            let mut points = vec![[0.72, 0.0], [0.4, 0.2], [0.2, 0.5]];
            points.extend(arc([0.5, 0.7], [0.34, 0.3], 0.5, -0.52));
            vec![round(&points)]
        }
        1 => {
            let mut points = vec![[0.8, 0.12], [0.6, 0.0], [0.35, 0.12], [0.16, 0.45]];
            points.extend(arc([0.5, 0.71], [0.35, 0.27], 0.45, -0.5));
            vec![round(&points)]
        }
        _ => {
            let mut points = vec![[0.4, 0.0], [0.24, 0.35]];
            points.extend(arc([0.5, 0.74], [0.3, 0.25], 0.5, -0.5));
            vec![round(&points)]
        }
    }
}

fn seven(manner: usize) -> Vec<Stroke> {
    match manner {
        0 => vec![straight(&[[0.1, 0.03], [0.88, 0.03], [0.4, 1.0]])],
        1 => vec![straight(&[[0.1, 0.03], [0.9, 0.03], [0.42, 1.0]]), straight(&[[0.32, 0.5], [0.84, 0.48]])],
        _ => vec![round(&[[0.1, 0.12], [0.14, 0.03], [0.5, 0.06], [0.9, 0.02], [0.6, 0.5], [0.46, 1.0]])],
    }
}

fn eight(manner: usize) -> Vec<Stroke> {
    match manner {
        // Two circles.
        0 => vec![
            round(&arc([0.5, 0.25], [0.27, 0.24], 0.25, 1.27)),
            round(&arc([0.5, 0.74], [0.34, 0.26], -0.25, 0.77)),
        ],
        // One line that crosses itself.
        1 => vec![round(&[
            [0.78, 0.14],
            [0.5, 0.0],
            [0.2, 0.2],
            [0.5, 0.47],
            [0.82, 0.76],
            [0.5, 1.0],
            [0.16, 0.78],
            [0.5, 0.47],
            [0.78, 0.22],
            [0.7, 0.05],
        ])],
        _ => vec![round(&[
            [0.6, 0.48],
            [0.26, 0.26],
            [0.5, 0.02],
            [0.76, 0.24],
            [0.4, 0.5],
            [0.2, 0.76],
            [0.5, 0.98],
            [0.8, 0.74],
            [0.55, 0.47],
        ])],
    }
}

fn nine(manner: usize) -> Vec<Stroke> {
    let ring = arc([0.48, 0.28], [0.32, 0.27], -0.02, -1.02);
    match manner {
        0 => vec![round(&ring), straight(&[[0.8, 0.26], [0.74, 1.0]])],
        1 => {
            let mut points = ring;
            points.extend([[0.8, 0.55], [0.68, 0.86], [0.4, 1.0], [0.18, 0.92]]);
            vec![round(&points)]
        }
        _ => {
            let mut points = ring;
            points.extend([[0.76, 0.5], [0.6, 0.8], [0.48, 1.0]]);
            vec![round(&points)]
        }
    }
}

/// Points close to each other along a stroke (Catmull-Rom between those of a round one).
pub(super) fn smooth(stroke: &Stroke) -> Vec<Point> {
    const STEPS: usize = 5;
    let points = &stroke.points;
    if !stroke.round || points.len() < 3 {
        return points.clone();
    }
    let at = |i: isize| points[i.clamp(0, points.len() as isize - 1) as usize];
    let mut all = vec![points[0]];
    for i in 0..points.len() as isize - 1 {
        let [a, b, c, d] = [at(i - 1), at(i), at(i + 1), at(i + 2)];
        all.extend((1..=STEPS).map(|step| {
            let t = step as f64 / STEPS as f64;
            std::array::from_fn(|k| {
                let linear = c[k] - a[k];
                let square = 2.0 * a[k] - 5.0 * b[k] + 4.0 * c[k] - d[k];
                let cube = 3.0 * (b[k] - c[k]) + d[k] - a[k];
                b[k] + 0.5 * t * (linear + t * (square + t * cube))
            })
        }));
    }
    all
}

/// The lines of a digit as it is printed, from and to places in the unit square.
pub(crate) fn segments_of(digit: usize) -> Vec<[[f64; 2]; 2]> {
    let manner = if digit == 1 { 1 } else { 0 };
    let lines =
        |stroke: &Stroke| smooth(stroke).windows(2).map(|ends| [ends[0], ends[1]]).collect::<Vec<_>>();
    manners(digit, manner).iter().flat_map(lines).collect()
}
