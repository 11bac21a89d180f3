//! Rotary position embeddings: pairs of features turned by an angle that grows with the position.
//!
//! All of the family differ in three things: how fast each pair turns ([`Scaling`]), which features are a pair ([`Pairs`]), and how many
//! features turn at all. The frequencies are computed here, in double precision; the program gets them as a constant.

use crate::error::error;
use crate::{Location, Tensor};
use std::f64::consts::PI;

/// Which features turn together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pairs {
    /// `i` and `i + width / 2`, as checkpoints of Hugging Face have it.
    #[default]
    Halves,
    /// `2 i` and `2 i + 1`, as the paper and GGUF files of Llama have it.
    Interleaved,
}

/// How frequencies are changed for sequences longer than those a model was trained with. Names in configurations of Hugging Face
/// (`rope_type`) are `linear`, `dynamic`, `yarn`, `longrope`, `llama3` and `proportional`.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Scaling {
    /// Not at all.
    #[default]
    None,
    /// Positions are divided by `factor` (Chen et al., 2023).
    Linear {
        /// How many times longer sequences get.
        factor: f64,
    },
    /// The base grows, so that slow pairs stretch by `factor` and fast ones do not.
    Ntk {
        /// How many times longer sequences get.
        factor: f64,
    },
    /// As NTK, with a factor that follows the length of the sequence: none up to the trained length.
    Dynamic {
        /// How many times longer sequences get, where they are twice as long.
        factor: f64,
        /// The length of sequences the model was trained with.
        trained: f64,
        /// The length of this sequence.
        length: f64,
    },
    /// Fast pairs stay, slow ones are divided by `factor`, those between are blended, and attention gets a temperature
    /// (Peng et al., YaRN, 2023).
    Yarn {
        /// How many times longer sequences get.
        factor: f64,
        /// The length of sequences the model was trained with.
        trained: f64,
        /// Pairs that turn more often than this over the trained length stay; 32 in the paper.
        fast: f64,
        /// Pairs that turn less often than this are divided; 1 in the paper.
        slow: f64,
        /// Whether the blend begins and ends at whole pairs, as it does in the paper's code; not so in gpt-oss.
        truncate: bool,
    },
    /// Every pair is divided by a factor of its own, found by search, and attention gets a temperature (Ding et al., LongRoPE, 2024).
    LongRope {
        /// A factor a pair: of the two lists of a configuration, `short_factor` up to the trained length, `long_factor` beyond.
        factors: Vec<f64>,
        /// The length of sequences the model was trained with.
        trained: f64,
        /// The length that sequences get at most.
        longest: f64,
    },
    /// As YaRN without a temperature, blended by wavelength (Llama 3.1).
    Llama3 {
        /// How many times longer sequences get.
        factor: f64,
        /// The length of sequences the model was trained with.
        trained: f64,
        /// Wavelengths longer than `trained / low` are stretched.
        low: f64,
        /// Wavelengths shorter than `trained / high` stay.
        high: f64,
    },
    /// Only the fastest pairs turn, at the speed that they have among all of them; positions are divided by `factor` (Gemma 4).
    Proportional {
        /// The part of the pairs that turns.
        part: f64,
        /// How many times longer sequences get.
        factor: f64,
    },
}

/// A rotary embedding (Su et al., RoFormer, 2021) for heads of one width.
///
/// ```
/// use bering_frontend::{DType, Spec, Tensor, nn::{Pairs, Rope, Scaling}, trace};
/// let rope = Rope::new(64, 500_000.0)
///     .scaling(Scaling::Llama3 { factor: 8.0, trained: 8192.0, low: 1.0, high: 4.0 });
/// let heads = Spec::new(DType::F32, [2, 10, 8, 64]);
/// let graph = trace("f", &[heads.clone()], |_, x| rope.apply(&x[0], &Tensor::arange(DType::I32, 10)))?;
/// assert_eq!(graph.outputs(), [heads]);
/// // A quarter of the features turns, in neighbouring pairs.
/// let _partial = Rope::new(64, 10_000.0).rotating(16).pairs(Pairs::Interleaved);
/// # Ok::<(), bering_frontend::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Rope {
    width: usize,
    rotating: usize,
    base: f64,
    pairs: Pairs,
    scaling: Scaling,
    temperature: Option<f64>,
}

impl Rope {
    /// For heads of `width` features; `base` is 10 000 in the paper and `rope_theta` in configurations.
    pub fn new(width: usize, base: f64) -> Rope {
        let (pairs, scaling) = (Pairs::default(), Scaling::default());
        Rope { width, rotating: width, base, pairs, scaling, temperature: None }
    }

    /// Only the first `features` of a head turn (GPT-NeoX, Phi).
    pub fn rotating(mut self, features: usize) -> Rope {
        self.rotating = features;
        self
    }

    /// Which features turn together.
    pub fn pairs(mut self, pairs: Pairs) -> Rope {
        self.pairs = pairs;
        self
    }

    /// What is done for longer sequences.
    pub fn scaling(mut self, scaling: Scaling) -> Rope {
        self.scaling = scaling;
        self
    }

    /// Sines and cosines are multiplied by this instead of what the scaling says: `attention_factor` in configurations.
    pub fn with_temperature(mut self, temperature: f64) -> Rope {
        self.temperature = Some(temperature);
        self
    }

    /// Angle per position of each pair, fastest first.
    pub fn frequencies(&self) -> Vec<f64> {
        let width = self.rotating as f64;
        let base = match self.scaling {
            Scaling::Ntk { factor } => self.base * factor.powf(width / (width - 2.0)),
            Scaling::Dynamic { factor, trained, length } => {
                let factor = factor * length.max(trained) / trained - (factor - 1.0);
                self.base * factor.powf(width / (width - 2.0))
            }
            _ => self.base,
        };
        let plain = (0..self.rotating / 2).map(|i| base.powf(-2.0 * i as f64 / width));
        plain.enumerate().map(|(i, frequency)| self.scaled(i, frequency)).collect()
    }

    fn scaled(&self, pair: usize, frequency: f64) -> f64 {
        match &self.scaling {
            Scaling::None | Scaling::Ntk { .. } | Scaling::Dynamic { .. } => frequency,
            Scaling::Linear { factor } => frequency / factor,
            // `apply` refuses a list of another length.
            Scaling::LongRope { factors, .. } => frequency / factors.get(pair).copied().unwrap_or(1.0),
            Scaling::Proportional { part, factor } => {
                let turning = (part * self.rotating as f64 / 2.0).floor();
                if (pair as f64) < turning { frequency / factor } else { 0.0 }
            }
            &Scaling::Yarn { factor, trained, fast, slow, truncate } => {
                // The pair that turns so often over the trained length.
                let width = self.rotating as f64;
                let pair_of =
                    |turns: f64| width * (trained / (turns * 2.0 * PI)).ln() / (2.0 * self.base.ln());
                let (first, last) = match truncate {
                    true => (pair_of(fast).floor(), pair_of(slow).ceil()),
                    false => (pair_of(fast), pair_of(slow)),
                };
                let (first, last) = (first.max(0.0), last.min(width - 1.0));
                let last = if first == last { last + 0.001 } else { last };
                let stretched = ((pair as f64 - first) / (last - first)).clamp(0.0, 1.0);
                frequency * (1.0 - stretched) + frequency / factor * stretched
            }
            &Scaling::Llama3 { factor, trained, low, high } => {
                let turns = trained * frequency / (2.0 * PI);
                let kept = ((turns - low) / (high - low)).clamp(0.0, 1.0);
                frequency * kept + frequency / factor * (1.0 - kept)
            }
        }
    }

    /// What sines and cosines are multiplied by: not 1 for YaRN and LongRoPE, if nothing else is said.
    pub fn temperature(&self) -> f64 {
        self.temperature.unwrap_or(match self.scaling {
            Scaling::Yarn { factor, .. } if factor > 1.0 => 0.1 * factor.ln() + 1.0,
            Scaling::LongRope { trained, longest, .. } if longest > trained => {
                (1.0 + (longest / trained).ln() / trained.ln()).sqrt()
            }
            _ => 1.0,
        })
    }

    /// Heads turned to their positions.
    ///
    /// # Shapes
    /// `x [B, T, H, D]`, `positions [T]` or `[B, T]` `-> [B, T, H, D]`
    /// # DTypes
    /// Floats; positions are integers. Angles are computed in `f32`.
    /// # Errors
    /// Recorded when the last axis is not the width, an odd number of features turns, there is not one factor of LongRoPE a pair, or
    /// shapes do not fit.
    /// # Gradient
    /// Of `x`.
    /// # Source
    /// Su et al., RoFormer, 2021, section 3.4.2.
    /// # Examples
    /// See [`Rope`].
    #[track_caller]
    pub fn apply(&self, x: &Tensor, positions: &Tensor) -> Tensor {
        if x.dim(-1) != self.width || !self.rotating.is_multiple_of(2) || self.rotating > self.width {
            let error = error!(
                Shape,
                "rope: turns an even number of features of heads of {} features, got {} of {}",
                self.width,
                self.rotating,
                x.spec()
            );
            return x.mistake_as(error, Location::caller(), x.spec().clone());
        }
        if let Scaling::LongRope { factors, .. } = &self.scaling
            && factors.len() != self.rotating / 2
        {
            let (found, pairs) = (factors.len(), self.rotating / 2);
            let error =
                error!(Argument, "rope: LongRoPE takes a factor for each of {pairs} pairs, got {found}");
            return x.mistake_as(error, Location::caller(), x.spec().clone());
        }
        let _scope = x.trace().enter("rope");
        let half = self.rotating / 2;
        let frequencies: Vec<f32> = self.frequencies().iter().map(|&frequency| frequency as f32).collect();
        let positions = positions.convert(crate::DType::F32).expand_dims([-1, -2]);
        let angles = positions * Tensor::constant(&frequencies, [half]);
        let turn = |values: Tensor| (values * self.temperature()).convert(x.dtype());
        let (cosines, sines) = (turn(angles.cos()), turn(angles.sin()));
        let [first, second] = self.halves(x);
        let turned = [&first * &cosines - &second * &sines, &second * &cosines + &first * &sines];
        let turned = self.joined(x, &turned);
        match self.rotating == self.width {
            true => turned,
            false => Tensor::concatenate(&[&turned, &x.slice(-1, self.rotating..self.width)], -1),
        }
    }

    /// The two features of every pair.
    #[track_caller]
    fn halves(&self, x: &Tensor) -> [Tensor; 2] {
        let half = self.rotating / 2;
        match self.pairs {
            Pairs::Halves => [x.slice(-1, 0..half), x.slice(-1, half..self.rotating)],
            Pairs::Interleaved => {
                [x.slice_step(-1, 0..self.rotating, 2), x.slice_step(-1, 1..self.rotating, 2)]
            }
        }
    }

    #[track_caller]
    fn joined(&self, x: &Tensor, turned: &[Tensor; 2]) -> Tensor {
        let [first, second] = turned;
        match self.pairs {
            Pairs::Halves => Tensor::concatenate(&[first, second], -1),
            Pairs::Interleaved => {
                let mut dims = x.dims().to_vec();
                dims.pop();
                dims.push(self.rotating);
                Tensor::stack(&[first, second], -1).reshape(dims)
            }
        }
    }
}
