//! Training: what a step is, and the loop around it.

use crate::digits::{Digits, SIDE};
use crate::model::Cnn;
use crate::random::Random;
use bering::Error;
use bering::frontend::optim::{self, Optimizer, State};
use bering::frontend::value_and_grad;
use bering::prelude::*;

/// How to train.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// What everything random follows from.
    pub seed: u64,
    /// Digits to learn from.
    pub digits: usize,
    /// How often each of them is seen.
    pub epochs: usize,
    /// Digits of one step.
    pub batch: usize,
    /// The highest learning rate.
    pub rate: f64,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { seed: 0, digits: 12_000, epochs: 4, batch: 64, rate: 2e-3 }
    }
}

impl Settings {
    /// The number of steps.
    pub fn steps(&self) -> usize {
        self.digits / self.batch.max(1) * self.epochs
    }

    /// AdamW with a short warm-up; only weights decay, biases do not.
    fn optimizer(&self) -> Optimizer {
        let steps = self.steps();
        let rate = optim::warmup_cosine(0.0, self.rate, steps / 20, steps, self.rate / 100.0);
        optim::chain([
            optim::clip_by_global_norm(1.0),
            optim::scale_by_adam(optim::Adam::default()),
            optim::masked(optim::add_decayed_weights(1e-2), |leaf| leaf.spec.rank() > 1),
            optim::scale_by_learning_rate(rate),
        ])
    }
}

/// What training goes on from: one tree, saved and loaded as such.
pub type Progress = (Cnn, State<Cnn>);

/// Images `f32[B, 28, 28, 1]` and labels `i32[B]`.
type Batch = (Tensor, Tensor);

type Compiled<A, O> = Jit<A, O, Box<dyn Fn(A) -> O>>;

/// The functions of a training, each compiled when it is first called.
pub struct Trainer {
    device: Device,
    settings: Settings,
    init: Compiled<Tensor, Progress>,
    step: Compiled<(Progress, Batch, Tensor), (Progress, Tensor)>,
    predict: Compiled<(Cnn, Tensor), Tensor>,
}

impl Trainer {
    /// A trainer for a device.
    pub fn new(device: Device, settings: Settings) -> Trainer {
        let optimizer = settings.optimizer();
        let init = {
            let optimizer = optimizer.clone();
            move |key: Tensor| {
                let model = Cnn::new(&Params::random(&random::Key::wrap(&key)));
                let state = optimizer.init(&model);
                (model, state)
            }
        };
        let step = move |((model, state), (images, labels), key): (Progress, Batch, Tensor)| {
            let key = random::Key::wrap(&key).fold_in(&state.count);
            let loss = |model: Cnn| {
                let logits = model.forward(&images, Some(&key));
                nn::cross_entropy(&logits, &labels).mean(..)
            };
            let (loss, gradients) = value_and_grad(loss, &model);
            let (updates, state) = optimizer.update(&gradients, &state, &model);
            ((optim::apply(&model, &updates), state), loss)
        };
        let predict = |(model, images): (Cnn, Tensor)| model.forward(&images, None).argmax(-1);
        Trainer {
            device,
            settings,
            init: jit("init", Box::new(init)),
            step: jit("step", Box::new(step)),
            predict: jit("predict", Box::new(predict)),
        }
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The device.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// The network before the first step.
    ///
    /// # Errors
    /// If a program cannot be compiled or run.
    pub fn start(&self) -> Result<Progress, Error> {
        self.init.call(&self.device, self.key()?)
    }

    /// Trains from where `progress` is until so many steps are done in all, and tells the loss of every step as it is known.
    ///
    /// # Errors
    /// If a program cannot be compiled or run.
    pub fn train(
        &self,
        mut progress: Progress,
        digits: &Digits,
        until: usize,
        mut tell: impl FnMut(f32) -> Result<(), Error>,
    ) -> Result<Progress, Error> {
        let (key, done) = (self.key()?, progress.1.count.item::<i32>()?);
        let mut last: Option<Tensor> = None;
        let done = usize::try_from(done).unwrap_or(0);
        for batch in self.batches(digits).take(until).skip(done) {
            let (images, labels) = self.place(&digits.pick(&batch))?;
            let loss;
            (progress, loss) = self.step.call(&self.device, (Donate(progress), (&images, &labels), &key))?;
            // One step behind, so that the device has the next one before this waits for the last.
            if let Some(loss) = last.replace(loss) {
                tell(loss.item()?)?;
            }
        }
        if let Some(loss) = last {
            tell(loss.item()?)?;
        }
        Ok(progress)
    }

    /// What the network takes every digit for.
    ///
    /// # Errors
    /// If a program cannot be compiled or run.
    pub fn predict(&self, model: &Cnn, digits: &Digits) -> Result<Vec<i32>, Error> {
        // A few hundred at once, the last ones filled up with the first so that there is one program.
        const BATCH: usize = 250;
        let mut found = Vec::with_capacity(digits.len() + BATCH);
        for start in (0..digits.len()).step_by(BATCH) {
            let places: Vec<usize> = (start..start + BATCH).map(|i| i % digits.len()).collect();
            let (images, _) = self.place(&digits.pick(&places))?;
            found.extend(self.predict.call(&self.device, (model, &images))?.to_vec::<i32>()?);
        }
        found.truncate(digits.len());
        Ok(found)
    }

    /// The places of each step's digits: every epoch in an order of its own, which the seed decides.
    pub fn batches(&self, digits: &Digits) -> impl Iterator<Item = Vec<usize>> + use<> {
        let (count, size, seed) = (digits.len(), self.settings.batch.max(1), self.settings.seed);
        (0..self.settings.epochs).flat_map(move |epoch| {
            let mut order: Vec<usize> = (0..count).collect();
            Random::new(seed ^ (epoch as u64 + 1) << 32).shuffle(&mut order);
            let batches: Vec<Vec<usize>> = order.chunks_exact(size).map(<[usize]>::to_vec).collect();
            batches
        })
    }

    fn place(&self, digits: &Digits) -> Result<Batch, Error> {
        let count = digits.len();
        Ok((
            self.device.tensor(&digits.images, [count, SIDE, SIDE, 1])?,
            self.device.tensor(&digits.labels, [count])?,
        ))
    }

    /// The key of the seed, as `random::Key::new` makes it.
    fn key(&self) -> Result<Tensor, Error> {
        let seed = self.settings.seed;
        self.device.tensor(&[(seed >> 32) as u32, seed as u32], [2])
    }
}
