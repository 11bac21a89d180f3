//! The kernels' definitions in plain f64, which the tests compare against.

use crate::linear::Activation;

/// Numbers in -1..1 that look random and are the same every time.
pub(crate) struct Noise(u64);

impl Noise {
    pub(crate) fn new(seed: usize) -> Self {
        Self(seed as u64 + 1)
    }

    pub(crate) fn take(&mut self, count: usize) -> Vec<f32> {
        // SplitMix64 (Steele, Lea and Flood, 2014).
        (0..count)
            .map(|_| {
                self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
                let mut z = self.0;
                z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                ((z ^ (z >> 31)) >> 40) as f32 / (1 << 23) as f32 - 1.0
            })
            .collect()
    }
}

pub(crate) fn assert_close(got: &[f32], expected: &[f64], tolerance: f64) {
    assert_eq!(got.len(), expected.len());
    for (at, (got, expected)) in got.iter().zip(expected).enumerate() {
        let error = (f64::from(*got) - expected).abs();
        assert!(error <= tolerance * (1.0 + expected.abs()), "element {at} is {got}, expected {expected}");
    }
}

pub(crate) fn linear(x: &[f32], w: &[f32], b: &[f32], inputs: usize, activation: Activation) -> Vec<f64> {
    let mut out = Vec::new();
    for row in x.chunks_exact(inputs) {
        for (weights, bias) in w.chunks_exact(inputs).zip(b) {
            let sum: f64 = row.iter().zip(weights).map(|(x, w)| f64::from(*x) * f64::from(*w)).sum();
            let y = sum + f64::from(*bias);
            out.push(match activation {
                Activation::Identity => y,
                Activation::Relu => y.max(0.0),
                Activation::Gelu => 0.5 * y * (1.0 + libm::erf(y / 2f64.sqrt())),
                Activation::Silu => y / (1.0 + (-y).exp()),
                Activation::GeluTanh => {
                    0.5 * y * (1.0 + (0.797_884_560_8 * (y + 0.044_715 * y * y * y)).tanh())
                }
            });
        }
    }
    out
}

/// `qkv` is `[batch, tokens, 3, heads, width]`, `bias` `[batch, tokens]`; the result `[batch, tokens, heads, width]`.
pub(crate) fn attention(qkv: &[f32], bias: &[f32], [batch, tokens, heads, width]: [usize; 4]) -> Vec<f64> {
    let at = |b: usize, t: usize, part: usize, h: usize, d: usize| {
        f64::from(qkv[(((b * tokens + t) * 3 + part) * heads + h) * width + d])
    };
    let mut out = Vec::new();
    for (b, t, h) in
        (0..batch).flat_map(|b| (0..tokens).flat_map(move |t| (0..heads).map(move |h| (b, t, h))))
    {
        let score = |key: usize| {
            let dot: f64 = (0..width).map(|d| at(b, t, 0, h, d) * at(b, key, 1, h, d)).sum();
            dot / (width as f64).sqrt() + f64::from(bias[b * tokens + key])
        };
        let scores: Vec<f64> = (0..tokens).map(score).collect();
        let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let weights: Vec<f64> = scores.iter().map(|score| (score - top).exp()).collect();
        let total: f64 = weights.iter().sum();
        for d in 0..width {
            out.push(weights.iter().enumerate().map(|(key, w)| w / total * at(b, key, 2, h, d)).sum());
        }
    }
    out
}

pub(crate) fn layer_norm(
    x: &[f32],
    residual: &[f32],
    scale: &[f32],
    shift: &[f32],
    epsilon: f64,
) -> Vec<f64> {
    let width = scale.len();
    let mut out = Vec::new();
    for (x, residual) in x.chunks_exact(width).zip(residual.chunks_exact(width)) {
        let row: Vec<f64> = x.iter().zip(residual).map(|(x, r)| f64::from(*x) + f64::from(*r)).collect();
        let mean = row.iter().sum::<f64>() / width as f64;
        let variance = row.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / width as f64;
        for (x, (scale, shift)) in row.iter().zip(scale.iter().zip(shift)) {
            out.push((x - mean) / (variance + epsilon).sqrt() * f64::from(*scale) + f64::from(*shift));
        }
    }
    out
}
