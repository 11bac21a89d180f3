//! What is done to the scores of [`attention`](super::attention): masks, biases, caps.
//!
//! A [`Modifier`] changes scores, or says which keys a query sees, or sets what concerns softmax as a whole. Everything here is
//! made by [`score`] or [`mask`] from a closure of a line or two, as a program makes its own.

use crate::tensor::Operand;
use crate::{DType, Tensor};

/// Something done to the scores of [`attention`](super::attention). See [`score`] and [`mask`] for how to make one.
///
/// Modifiers combine: `()` is none, a tuple all of its parts in order, `Option` perhaps one. A tensor is one, too: numbers are added to the
/// scores, truths are a mask; it must broadcast to `[B, H, Q, K]`.
pub trait Modifier {
    /// The changed scores, `[B, H, Q, K]`.
    #[track_caller]
    fn score(&self, scores: Tensor, at: &Positions) -> Tensor {
        let _ = at;
        scores
    }

    /// Where a key is seen, as `bool` that broadcasts to `[B, H, Q, K]`; `None` for everywhere.
    #[track_caller]
    fn mask(&self, at: &Positions) -> Option<Tensor> {
        let _ = at;
        None
    }

    /// Changes what there is one of.
    fn settings(&self, settings: &mut Settings) {
        let _ = settings;
    }
}

/// What there is one of in an attention; of several modifiers that set it, the last counts.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// What products of queries and keys are multiplied by, instead of `1 / sqrt(width)`.
    pub scale: Option<f64>,
    /// Scores `[H]` that take part in softmax without a value.
    pub sinks: Option<Tensor>,
    /// The position of the first query, an integer scalar or `[B, 1, 1, 1]`, instead of 0.
    pub start: Option<Tensor>,
}

/// The positions of scores, each as a small integer tensor that broadcasts against them.
#[derive(Clone, Debug)]
pub struct Positions {
    sizes: [usize; 4],
    start: Option<Tensor>,
}

impl Positions {
    pub(super) fn new(sizes: [usize; 4], start: Option<Tensor>) -> Positions {
        Positions { sizes, start }
    }

    /// The sequence in the batch, `i32[B, 1, 1, 1]`.
    #[track_caller]
    pub fn batch(&self) -> Tensor {
        self.along(0)
    }

    /// The head, `i32[1, H, 1, 1]`.
    #[track_caller]
    pub fn head(&self) -> Tensor {
        self.along(1)
    }

    /// The query's position, `i32[1, 1, Q, 1]`, or `i32[B, 1, Q, 1]` if sequences start at different ones.
    #[track_caller]
    pub fn query(&self) -> Tensor {
        let own = self.along(2);
        match &self.start {
            Some(start) => own + start.convert(DType::I32),
            None => own,
        }
    }

    /// The key's position, `i32[1, 1, 1, K]`.
    #[track_caller]
    pub fn key(&self) -> Tensor {
        self.along(3)
    }

    /// Numbers of sequences, heads, queries, keys.
    pub fn sizes(&self) -> [usize; 4] {
        self.sizes
    }

    #[track_caller]
    fn along(&self, axis: usize) -> Tensor {
        let mut dims = [1; 4];
        dims[axis] = self.sizes[axis];
        Tensor::iota(DType::I32, dims, axis)
    }
}

struct Score<F>(F);

impl<F: Fn(Tensor, &Positions) -> Tensor> Modifier for Score<F> {
    #[track_caller]
    fn score(&self, scores: Tensor, at: &Positions) -> Tensor {
        (self.0)(scores, at)
    }
}

struct Mask<F>(F);

impl<F: Fn(&Positions) -> Tensor> Modifier for Mask<F> {
    #[track_caller]
    fn mask(&self, at: &Positions) -> Option<Tensor> {
        Some((self.0)(at))
    }
}

struct Set<F>(F);

impl<F: Fn(&mut Settings)> Modifier for Set<F> {
    fn settings(&self, settings: &mut Settings) {
        (self.0)(settings);
    }
}

/// The modifier that changes scores by a function of them, `[B, H, Q, K]`, and their positions.
///
/// ```
/// use bering_frontend::nn;
/// /// Relative positions are worth a little each.
/// fn relative(weight: f64) -> impl nn::Modifier {
///     nn::score(move |scores, at| scores + (at.key() - at.query()).convert(bering_frontend::DType::F32) * weight)
/// }
/// # let _ = relative(0.5);
/// ```
pub fn score(function: impl Fn(Tensor, &Positions) -> Tensor) -> impl Modifier {
    Score(function)
}

/// The modifier that hides keys where a function of positions is false.
///
/// ```
/// use bering_frontend::nn;
/// /// Every second key is seen.
/// fn strided() -> impl nn::Modifier {
///     nn::mask(|at| ((at.query() - at.key()) % 2).eq(0))
/// }
/// # let _ = strided();
/// ```
pub fn mask(function: impl Fn(&Positions) -> Tensor) -> impl Modifier {
    Mask(function)
}

/// No query sees a key after it.
pub fn causal() -> impl Modifier {
    mask(|at| at.key().le(at.query()))
}

/// A query sees the last `size` keys up to its own, and the next ones: combine it with [`causal`] (Mistral).
pub fn sliding_window(size: usize) -> impl Modifier {
    let size = clipped(size);
    mask(move |at| (at.query() - at.key()).lt(size))
}

/// Queries and keys whose positions have one quotient by `size` see each other: combine it with [`causal`] (Llama 4).
pub fn chunked(size: usize) -> impl Modifier {
    let size = clipped(size.max(1));
    mask(move |at| (at.query() / size).eq(at.key() / size))
}

/// All see the first `length` keys, and the others as with [`causal`] (PaliGemma's prefix language model). `length` is a number or a
/// tensor that broadcasts to `[B, 1, 1, 1]`.
pub fn prefix(length: impl Operand + Clone) -> impl Modifier {
    mask(move |at| at.key().le(at.query()) | at.key().lt(length.clone()))
}

/// Only tokens of one segment see each other: sequences packed into one, numbered by `segments` `[B, T]`.
pub fn same_segment(segments: &Tensor) -> impl Modifier + use<> {
    let segments = segments.clone();
    mask(move |_| {
        let queries = segments.expand_dims([1, 3]);
        queries.eq(segments.expand_dims([1, 2]))
    })
}

/// Only keys that are there are seen: `present` `[B, K]`, of any type, is zero for those of padding.
pub fn present(present: &Tensor) -> impl Modifier + use<> {
    let present = present.clone();
    mask(move |_| present.convert(DType::Bool).expand_dims([1, 2]))
}

/// Scores stay between `-cap` and `cap`: `cap tanh(score / cap)` (Gemma 2).
pub fn softcap(cap: f64) -> impl Modifier {
    score(move |scores, _| (scores / cap).tanh() * cap)
}

/// Scores fall with the distance to the key by a rate that halves from head to head (Press et al., ALiBi, 2021).
///
/// The rates are those of the paper; between two powers of two, the heads beyond the smaller one take every other rate of the
/// larger one.
pub fn alibi() -> impl Modifier {
    score(|scores, at| {
        let slopes = alibi_slopes(at.sizes()[1]);
        let slopes = Tensor::constant(&slopes, [slopes.len(), 1, 1]).convert(scores.dtype());
        let distance = (at.key() - at.query()).convert(scores.dtype());
        scores + distance * slopes
    })
}

/// The rate of each head.
fn alibi_slopes(heads: usize) -> Vec<f32> {
    let powers = |count: usize| (1..=count).map(move |i| (-8.0 * i as f64 / count as f64).exp2() as f32);
    let whole = if heads.is_power_of_two() { heads } else { heads.next_power_of_two() / 2 };
    powers(whole).chain(powers(2 * whole).step_by(2)).take(heads).collect()
}

/// Every head gives a part of its attention, as to a key with the score in `sinks` `[H]`, to nothing (Xiao et al., 2023; gpt-oss).
pub fn sinks(sinks: &Tensor) -> impl Modifier + use<> {
    let sinks = sinks.clone();
    Set(move |settings: &mut Settings| settings.sinks = Some(sinks.clone()))
}

/// Products are multiplied by `scale` instead of `1 / sqrt(width)`.
pub fn scale(scale: f64) -> impl Modifier {
    Set(move |settings: &mut Settings| settings.scale = Some(scale))
}

/// The first query stands at position `start`, an integer scalar or `[B, 1, 1, 1]`, as when keys of earlier steps are kept.
pub fn starting_at(start: &Tensor) -> impl Modifier + use<> {
    let start = start.clone();
    Set(move |settings: &mut Settings| settings.start = Some(start.clone()))
}

/// A size as a number to compare positions with, which are `i32`.
fn clipped(size: usize) -> i32 {
    i32::try_from(size).unwrap_or(i32::MAX)
}

impl Modifier for Tensor {
    #[track_caller]
    fn score(&self, scores: Tensor, _: &Positions) -> Tensor {
        match self.dtype() {
            DType::Bool => scores,
            own if own == scores.dtype() || !own.is_float() => scores + self,
            // Of a model in 16 bits, whose scores are kept in more.
            _ => scores.clone() + self.convert(scores.dtype()),
        }
    }

    fn mask(&self, _: &Positions) -> Option<Tensor> {
        (self.dtype() == DType::Bool).then(|| self.clone())
    }
}

impl<M: Modifier + ?Sized> Modifier for &M {
    #[track_caller]
    fn score(&self, scores: Tensor, at: &Positions) -> Tensor {
        (**self).score(scores, at)
    }

    #[track_caller]
    fn mask(&self, at: &Positions) -> Option<Tensor> {
        (**self).mask(at)
    }

    fn settings(&self, settings: &mut Settings) {
        (**self).settings(settings);
    }
}

impl<M: Modifier> Modifier for Option<M> {
    #[track_caller]
    fn score(&self, scores: Tensor, at: &Positions) -> Tensor {
        match self {
            Some(modifier) => modifier.score(scores, at),
            None => scores,
        }
    }

    #[track_caller]
    fn mask(&self, at: &Positions) -> Option<Tensor> {
        self.as_ref().and_then(|modifier| modifier.mask(at))
    }

    fn settings(&self, settings: &mut Settings) {
        self.iter().for_each(|modifier| modifier.settings(settings));
    }
}

macro_rules! tuple {
    ($($name:ident $index:tt)*) => {
        impl<$($name: Modifier),*> Modifier for ($($name,)*) {
            #[allow(unused_variables)]
            #[track_caller]
            fn score(&self, scores: Tensor, at: &Positions) -> Tensor {
                $(let scores = self.$index.score(scores, at);)*
                scores
            }

            #[allow(unused_variables)]
            #[track_caller]
            fn mask(&self, at: &Positions) -> Option<Tensor> {
                let masks: [Option<Tensor>; count!($($name)*)] = [$(self.$index.mask(at)),*];
                masks.into_iter().flatten().reduce(|all, mask| all & mask)
            }

            #[allow(unused_variables)]
            fn settings(&self, settings: &mut Settings) {
                $(self.$index.settings(settings);)*
            }
        }
    };
}
macro_rules! count {
    () => { 0 };
    ($first:ident $($rest:ident)*) => { 1 + count!($($rest)*) };
}
tuples!(tuple);
