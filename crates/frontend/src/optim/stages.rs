//! The stages of the usual optimizers, with optax's names and numbers.

use super::Schedule;
use super::stage::{Optimizer, Slot, Stage, Step, norm, stateless};
use crate::{DType, Tensor};

/// Updates times a number.
pub fn scale(factor: f64) -> Optimizer {
    stateless(move |updates, _| updates.iter().map(|update| update * factor).collect())
}

/// Updates times the learning rate of the step, turned around so that they lead down.
pub fn scale_by_learning_rate(rate: impl Into<Schedule>) -> Optimizer {
    let rate = rate.into();
    stateless(move |updates, step| {
        let factor = -rate.at(step.count);
        updates.iter().map(|update| update * factor.convert(update.dtype())).collect()
    })
}

/// Elements of updates between `-limit` and `limit`.
pub fn clip(limit: f64) -> Optimizer {
    stateless(move |updates, _| updates.iter().map(|update| update.clamp(-limit, limit)).collect())
}

/// All updates scaled down together where the norm of all is greater than `limit` (Pascanu et al., 2012).
pub fn clip_by_global_norm(limit: f64) -> Optimizer {
    stateless(move |updates, _| {
        let norm = norm(&updates);
        let fits = norm.lt(limit);
        let clipped = |update: &Tensor| {
            // As optax has it, to the last digit.
            let scaled = update / norm.convert(update.dtype()) * limit;
            fits.select(update, scaled)
        };
        updates.iter().map(clipped).collect()
    })
}

/// The parameters times `decay` added to the updates: weight decay, once the learning rate has turned it around.
pub fn add_decayed_weights(decay: f64) -> Optimizer {
    stateless(move |updates, step| {
        updates.iter().zip(&step.params).map(|(update, param)| update + param * decay).collect()
    })
}

/// Updates accumulated with decay: momentum. With `nesterov` one step further.
pub fn trace(decay: f64, nesterov: bool) -> Optimizer {
    Optimizer::new(Trace { decay, nesterov })
}

struct Trace {
    decay: f64,
    nesterov: bool,
}

impl Stage for Trace {
    fn slots(&self) -> Vec<Slot> {
        vec![Slot::zeros("trace")]
    }

    fn update(&self, updates: Vec<Tensor>, slots: &mut [Vec<Tensor>], _: &Step) -> Vec<Tensor> {
        let accumulate = |update: &Tensor, trace: &Tensor| update + trace * self.decay;
        for (update, trace) in updates.iter().zip(&mut slots[0]) {
            *trace = accumulate(update, trace);
        }
        match self.nesterov {
            true => updates.iter().zip(&slots[0]).map(|(update, trace)| accumulate(update, trace)).collect(),
            false => slots[0].clone(),
        }
    }
}

/// The constants of Adam: `Adam { b2: 0.95, ..Adam::default() }`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adam {
    /// Decay of the mean of gradients.
    pub b1: f64,
    /// Decay of the mean of their squares.
    pub b2: f64,
    /// Added to the root of the latter.
    pub eps: f64,
    /// Added below the root.
    pub eps_root: f64,
    /// Whether the mean is looked at one step further (Dozat, NAdam, 2016).
    pub nesterov: bool,
}

impl Default for Adam {
    fn default() -> Adam {
        Adam { b1: 0.9, b2: 0.999, eps: 1e-8, eps_root: 0.0, nesterov: false }
    }
}

/// Means of updates divided by roots of means of their squares.
pub fn scale_by_adam(constants: Adam) -> Optimizer {
    Optimizer::new(constants)
}

impl Stage for Adam {
    fn slots(&self) -> Vec<Slot> {
        vec![Slot::zeros("mu"), Slot::zeros("nu")]
    }

    fn update(&self, updates: Vec<Tensor>, slots: &mut [Vec<Tensor>], step: &Step) -> Vec<Tensor> {
        let Adam { b1, b2, eps, eps_root, nesterov } = *self;
        let count = (step.count + 1).convert(DType::F32);
        // What the means lack since they began at zero.
        let missing = |decay: f64, count: &Tensor| 1.0 - Tensor::full(decay, DType::F32, []).pow(count);
        let (first, second) = (missing(b1, &count), missing(b2, &count));
        let next = missing(b1, &(&count + 1.0));
        let [mu, nu] = slots else { return updates };
        let mut scaled = Vec::with_capacity(updates.len());
        for ((update, mu), nu) in updates.iter().zip(mu).zip(nu) {
            let by = |value: &Tensor, divisor: &Tensor| value / divisor.convert(value.dtype());
            *mu = update * (1.0 - b1) + &*mu * b1;
            *nu = update * update * (1.0 - b2) + &*nu * b2;
            let mean = match nesterov {
                true => by(mu, &next) * b1 + by(update, &first) * (1.0 - b1),
                false => by(mu, &first),
            };
            scaled.push(mean / ((by(nu, &second) + eps_root).sqrt() + eps));
        }
        scaled
    }
}

/// Signs of a mean of updates.
pub fn scale_by_lion(b1: f64, b2: f64) -> Optimizer {
    Optimizer::new(Lion { b1, b2 })
}

struct Lion {
    b1: f64,
    b2: f64,
}

impl Stage for Lion {
    fn slots(&self) -> Vec<Slot> {
        vec![Slot::zeros("mu")]
    }

    fn update(&self, updates: Vec<Tensor>, slots: &mut [Vec<Tensor>], _: &Step) -> Vec<Tensor> {
        let blend = |update: &Tensor, mean: &Tensor, decay: f64| update * (1.0 - decay) + mean * decay;
        let mut signs = Vec::with_capacity(updates.len());
        for (update, mean) in updates.iter().zip(&mut slots[0]) {
            signs.push(blend(update, mean, self.b1).sign());
            *mean = blend(update, mean, self.b2);
        }
        signs
    }
}
