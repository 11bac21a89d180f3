//! Learning rates that change with the number of steps, with optax's formulas.

use crate::{DType, Tensor};
use std::f64::consts::PI;
use std::rc::Rc;

/// A number for every step: a function from the number of steps before it, `i32[]`, to `f32[]`. A host number is one that never changes.
#[derive(Clone)]
pub struct Schedule(Rc<dyn Fn(&Tensor) -> Tensor>);

impl Schedule {
    /// The number for a step.
    #[track_caller]
    pub fn at(&self, count: &Tensor) -> Tensor {
        (self.0)(count)
    }
}

impl From<f64> for Schedule {
    fn from(value: f64) -> Schedule {
        constant(value)
    }
}

/// A schedule from a function of the step, as `f32[]`.
///
/// ```
/// use bering_frontend::optim;
/// // The schedule of "Attention Is All You Need".
/// let _inverse_root = optim::schedule(|step| {
///     let step = step + 1.0;
///     step.rsqrt().minimum(&step * 4000f64.powf(-1.5)) * 512f64.powf(-0.5)
/// });
/// ```
pub fn schedule(function: impl Fn(Tensor) -> Tensor + 'static) -> Schedule {
    Schedule(Rc::new(move |count| function(count.convert(DType::F32))))
}

/// Always the same.
pub fn constant(value: f64) -> Schedule {
    Schedule(Rc::new(move |_| Tensor::full(value, DType::F32, [])))
}

/// The part of `steps` that is done, at most 1.
fn progress(step: &Tensor, steps: usize) -> Tensor {
    step.clamp(0.0, steps as f64) / (steps.max(1) as f64)
}

/// From `start` to `end` over `steps` in a straight line (`optax.linear_schedule`).
pub fn linear(start: f64, end: f64, steps: usize) -> Schedule {
    polynomial(start, end, 1.0, steps)
}

/// From `start` to `end` over `steps`, the rest to go as a power of the time left (`optax.polynomial_schedule`).
pub fn polynomial(start: f64, end: f64, power: f64, steps: usize) -> Schedule {
    schedule(move |step| {
        // Division may be compiled as a product that is a little off, and powers of negative numbers are none.
        let left = (-progress(&step, steps) + 1.0).maximum(0.0);
        let left = if power == 1.0 { left } else { left.pow(power) };
        left * (start - end) + end
    })
}

/// Half a cosine from `start` over `steps`, down to `floor` of it (`optax.cosine_decay_schedule`, whose `alpha` this is).
pub fn cosine(start: f64, steps: usize, floor: f64) -> Schedule {
    schedule(move |step| {
        let decayed = ((progress(&step, steps) * PI).cos() + 1.0) * 0.5;
        (decayed * (1.0 - floor) + floor) * start
    })
}

/// A straight line from `start` to `peak` over `warmup` steps, then half a cosine to `end`; `steps` in all
/// (`optax.warmup_cosine_decay_schedule`).
pub fn warmup_cosine(start: f64, peak: f64, warmup: usize, steps: usize, end: f64) -> Schedule {
    let floor = if peak == 0.0 { 0.0 } else { end / peak };
    join([linear(start, peak, warmup), cosine(peak, steps.saturating_sub(warmup), floor)], &[warmup])
}

/// `start` times `rate` for every `steps`; in whole jumps with `staircase` (`optax.exponential_decay`).
pub fn exponential(start: f64, rate: f64, steps: usize, staircase: bool) -> Schedule {
    schedule(move |step| {
        let times = step / steps.max(1) as f64;
        let times = if staircase { times.floor() } else { times };
        Tensor::full(rate, DType::F32, []).pow(times) * start
    })
}

/// `start`, multiplied by a factor at each of some steps and from there on (`optax.piecewise_constant_schedule`).
pub fn piecewise(start: f64, factors: &[(usize, f64)]) -> Schedule {
    let factors = factors.to_vec();
    Schedule(Rc::new(move |count| {
        let step = count.convert(DType::F32);
        factors.iter().fold(Tensor::full(start, DType::F32, []), |value, &(boundary, factor)| {
            step.ge(boundary as f64).select(&value * factor, value)
        })
    }))
}

/// Schedules one after another, each beginning at 0 at its boundary (`optax.join_schedules`); one more than there are boundaries.
pub fn join(schedules: impl IntoIterator<Item = Schedule>, boundaries: &[usize]) -> Schedule {
    let schedules: Vec<Schedule> = schedules.into_iter().collect();
    let boundaries = boundaries.to_vec();
    Schedule(Rc::new(move |count| {
        let Some(first) = schedules.first() else { return Tensor::zeros(DType::F32, []) };
        schedules[1..].iter().zip(&boundaries).fold(first.at(count), |value, (schedule, &boundary)| {
            let boundary = i64::try_from(boundary).unwrap_or(i64::MAX);
            count.ge(boundary).select(schedule.at(&(count - boundary)), value)
        })
    }))
}
