//! Optimizers: from gradients to updates of parameters, as functions of trees inside of traced programs.
//!
//! As in optax, an optimizer is a chain of stages, each of which changes the updates that flow through it: clips them, divides them
//! by their usual size, adds weight decay, scales them by the learning rate. [`chain`] joins chains; [`sgd`], [`adam`], [`adamw`] and
//! [`lion`] are the usual ones. An optimizer has no state: [`Optimizer::init`] makes one for parameters, [`Optimizer::update`] takes
//! it and gives the next, and [`apply`] adds updates to parameters.
//!
//! The state of every optimizer is of one type, [`State`]: the number of steps, and trees with the parameters' structure.
//!
//! ```
//! use bering_frontend::{DType, Params, Spec, Tensor, nn::{self, Linear, Module}, optim, random::Key, trace, value_and_grad};
//!
//! let schedule = optim::warmup_cosine(0.0, 1e-3, 100, 1000, 1e-5);
//! let optimizer = optim::chain([optim::clip_by_global_norm(1.0), optim::adamw(schedule, 1e-4)]);
//!
//! let specs = [Spec::new(DType::F32, [32, 784]), Spec::new(DType::I32, [32])];
//! let graph = trace("first_step", &specs, |_, batch| {
//!     let model = Linear::new(&Params::random(&Key::new(0)), 784, 10);
//!     let state = optimizer.init(&model);
//!     let loss = |model: Linear| nn::cross_entropy(&model.forward(&batch[0]), &batch[1]).mean(..);
//!     let (loss, gradients) = value_and_grad(loss, &model);
//!     let (updates, state) = optimizer.update(&gradients, &state, &model);
//!     (optim::apply(&model, &updates), state, loss)
//! })?;
//! // Weight and bias; the count and twice two moments; the loss.
//! assert_eq!(graph.outputs().len(), 2 + 5 + 1);
//! # Ok::<(), bering_frontend::Error>(())
//! ```
//! A program's own stage implements [`Stage`]; [`stateless`] makes one without state from a closure.

mod schedule;
mod stage;
mod stages;

pub use schedule::{
    Schedule, constant, cosine, exponential, join, linear, piecewise, polynomial, schedule, warmup_cosine,
};
pub use stage::{Optimizer, Slot, Stage, State, Step, apply, chain, global_norm, masked, stateless};
pub use stages::{
    Adam, add_decayed_weights, clip, clip_by_global_norm, scale, scale_by_adam, scale_by_learning_rate,
    scale_by_lion, trace,
};

/// Gradient descent: steps of the learning rate against the gradient.
pub fn sgd(rate: impl Into<Schedule>) -> Optimizer {
    scale_by_learning_rate(rate)
}

/// Gradient descent with momentum: gradients accumulate, decayed by `momentum` each step; with `nesterov` the step looks one ahead
/// (`optax.sgd`).
pub fn momentum(rate: impl Into<Schedule>, momentum: f64, nesterov: bool) -> Optimizer {
    chain([trace(momentum, nesterov), scale_by_learning_rate(rate)])
}

/// Adam (Kingma and Ba, 2014) with the paper's constants; [`scale_by_adam`] takes others.
pub fn adam(rate: impl Into<Schedule>) -> Optimizer {
    chain([scale_by_adam(Adam::default()), scale_by_learning_rate(rate)])
}

/// Adam with weights that decay apart from the gradient (Loshchilov and Hutter, 2017). To spare some of them, such as biases, chain
/// the parts with [`masked`]:
/// ```
/// use bering_frontend::optim::{self, Adam};
/// let _optimizer = optim::chain([
///     optim::scale_by_adam(Adam::default()),
///     optim::masked(optim::add_decayed_weights(0.01), |leaf| leaf.spec.rank() > 1),
///     optim::scale_by_learning_rate(3e-4),
/// ]);
/// ```
pub fn adamw(rate: impl Into<Schedule>, decay: f64) -> Optimizer {
    chain([scale_by_adam(Adam::default()), add_decayed_weights(decay), scale_by_learning_rate(rate)])
}

/// Lion (Chen et al., 2023) with the paper's constants: steps of one size, in the direction of a moving average's sign.
pub fn lion(rate: impl Into<Schedule>, decay: f64) -> Optimizer {
    chain([scale_by_lion(0.9, 0.99), add_decayed_weights(decay), scale_by_learning_rate(rate)])
}
