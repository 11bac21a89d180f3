//! What optimizers are made of: stages that change updates, chains of them, and the state they share.

use crate::error::error;
use crate::trace::current_or_none;
use crate::tree::{leaves, rebuild};
use crate::{DType, Location, Spec, Tensor, Tree, tree};
use std::collections::BTreeMap;
use std::rc::Rc;

/// What an optimizer remembers: the number of steps so far, and trees like the parameters, by name (`mu`, `nu`, `trace`).
///
/// Names are those of the stages that own them; a second stage that wants one gets it with its place in the chain, as `2.mu`.
#[derive(Clone, Debug, Tree)]
#[tree(crate = crate)]
pub struct State<T> {
    /// The number of steps, `i32[]`.
    pub count: Tensor,
    /// What stages remember of every parameter.
    pub slots: BTreeMap<String, T>,
}

/// One part of an optimizer: a function of updates, with what it remembers of every parameter.
///
/// ```
/// use bering_frontend::{Tensor, optim::{self, Optimizer, Slot, Stage, Step}};
/// /// Updates divided by the root of the sum of all their squares so far (Duchi et al., AdaGrad, 2011).
/// struct AdaGrad { eps: f64 }
/// impl Stage for AdaGrad {
///     fn slots(&self) -> Vec<Slot> {
///         vec![Slot::zeros("sum")]
///     }
///     fn update(&self, updates: Vec<Tensor>, slots: &mut [Vec<Tensor>], _: &Step) -> Vec<Tensor> {
///         let sums = slots[0].iter_mut();
///         updates.iter().zip(sums).map(|(update, sum)| {
///             *sum = &*sum + update * update;
///             update / (sum.sqrt() + self.eps)
///         }).collect()
///     }
/// }
/// let _optimizer = optim::chain([Optimizer::new(AdaGrad { eps: 1e-10 }), optim::scale_by_learning_rate(0.1)]);
/// ```
pub trait Stage {
    /// What it remembers of every parameter, in the order in which [`Stage::update`] gets it.
    fn slots(&self) -> Vec<Slot> {
        Vec::new()
    }

    /// The changed updates, one for each parameter. `slots` hold what was remembered, and then what is to be.
    fn update(&self, updates: Vec<Tensor>, slots: &mut [Vec<Tensor>], step: &Step) -> Vec<Tensor>;
}

/// Something remembered of every parameter: a tensor of its shape and type.
#[derive(Clone, Debug)]
pub struct Slot {
    /// Its name in the state.
    pub name: String,
    /// What every element is at first.
    pub init: f64,
}

impl Slot {
    /// One that starts at 0.
    pub fn zeros(name: &str) -> Slot {
        Slot { name: name.to_owned(), init: 0.0 }
    }
}

/// What a stage may look at.
#[derive(Clone, Debug)]
pub struct Step<'a> {
    /// The number of steps before this one, `i32[]`.
    pub count: &'a Tensor,
    /// The parameters, in the order of the updates.
    pub params: Vec<Tensor>,
    /// What the parameters are called: `layers[0].weight`.
    pub names: Vec<String>,
}

/// A parameter, for [`masked`] to decide on.
#[derive(Clone, Debug)]
pub struct Leaf<'a> {
    /// Its path in the tree: `layers[0].weight`.
    pub name: &'a str,
    /// Its type.
    pub spec: &'a Spec,
}

/// A chain of stages. Cheap to clone; knows nothing of any parameters.
#[derive(Clone)]
pub struct Optimizer {
    stages: Vec<Rc<dyn Stage>>,
}

impl Optimizer {
    /// The optimizer of one stage.
    pub fn new(stage: impl Stage + 'static) -> Optimizer {
        Optimizer { stages: vec![Rc::new(stage)] }
    }

    /// The state before the first step.
    #[track_caller]
    pub fn init<T: Tree>(&self, params: &T) -> State<T::Owned> {
        let names = self.names();
        let slots = self.stages.iter().zip(names).flat_map(|(stage, names)| {
            let full =
                |slot: Slot| tree::map(params, |leaf| Tensor::full(slot.init, leaf.dtype(), leaf.dims()));
            names.into_iter().zip(stage.slots().into_iter().map(full)).collect::<Vec<_>>()
        });
        State { count: Tensor::zeros(DType::I32, []), slots: slots.collect() }
    }

    /// The updates for gradients, and the state after this step. [`apply`] adds the updates to the parameters.
    ///
    /// # Errors
    /// Recorded when gradients or state are not those of such parameters, or a state is not this optimizer's.
    #[track_caller]
    pub fn update<G: Tree, S: Tree<Owned = S>, T: Tree<Owned = S>>(
        &self,
        gradients: &G,
        state: &State<S>,
        params: &T,
    ) -> (S, State<S>) {
        let location = Location::caller();
        let own = leaves(params);
        let names = tree::names(params);
        let mut updates = like(&own, &names, gradients, "gradients", location);
        let mut slots = tree::map(&state.slots, |leaf| leaf);
        let step = Step { count: &state.count, params: own.clone(), names: names.clone() };
        for (stage, wanted) in self.stages.iter().zip(self.names()) {
            let mut remembered: Vec<Vec<Tensor>> = wanted
                .iter()
                .map(|slot| match slots.get(slot) {
                    Some(tree) => like(&own, &names, tree, slot, location),
                    None => {
                        let error = error!(Argument, "optimizer: the state has no `{slot}`")
                            .hint("make it with `init` of the same optimizer");
                        current_or_none().mistake(error.at(location), Spec::scalar(DType::F32));
                        own.clone()
                    }
                })
                .collect();
            updates = stage.update(updates, &mut remembered, &step);
            for (slot, values) in wanted.into_iter().zip(remembered) {
                slots.insert(slot, rebuild(params, values));
            }
        }
        (rebuild(params, updates), State { count: &state.count + 1, slots })
    }

    /// The names of all slots, by stage.
    fn names(&self) -> Vec<Vec<String>> {
        let mut taken = Vec::new();
        let names = self.stages.iter().enumerate().map(|(place, stage)| {
            let name = |slot: Slot| match taken.contains(&slot.name) {
                true => format!("{place}.{}", slot.name),
                false => slot.name,
            };
            let names: Vec<String> = stage.slots().into_iter().map(name).collect();
            taken.extend(names.iter().cloned());
            names
        });
        names.collect()
    }
}

/// The leaves of a tree that must be as those of the parameters are.
fn like(own: &[Tensor], names: &[String], other: &impl Tree, what: &str, location: Location) -> Vec<Tensor> {
    let found = leaves(other);
    let differs = own.iter().zip(&found).position(|(own, found)| own.spec() != found.spec());
    let message = match differs {
        _ if own.len() != found.len() => {
            let (wanted, found) = (own.len(), found.len());
            format!("there are {wanted} parameters, `{what}` has {found} leaves")
        }
        Some(i) => format!(
            "`{what}` must be as the parameters are, got {} for `{}` {}",
            found[i].spec(),
            names[i],
            own[i].spec()
        ),
        None => return found,
    };
    current_or_none()
        .mistake(error!(Argument, "optimizer: {message}").at(location), Spec::scalar(DType::F32));
    own.to_vec()
}

/// Optimizers one after another: each gets the updates of the one before.
pub fn chain(optimizers: impl IntoIterator<Item = Optimizer>) -> Optimizer {
    Optimizer { stages: optimizers.into_iter().flat_map(|optimizer| optimizer.stages).collect() }
}

/// An optimizer that sees only the parameters that a predicate chooses, by name or type; updates of the others pass as they are.
///
/// ```
/// use bering_frontend::optim;
/// let decay = optim::add_decayed_weights(0.01);
/// let _spares_norms = optim::masked(decay, |leaf| leaf.spec.rank() > 1 && !leaf.name.contains("norm"));
/// ```
pub fn masked(optimizer: Optimizer, predicate: impl Fn(&Leaf<'_>) -> bool + 'static) -> Optimizer {
    let predicate: Rc<Predicate> = Rc::new(predicate);
    let masked = |stage| Rc::new(Masked { stage, predicate: predicate.clone() }) as Rc<dyn Stage>;
    Optimizer { stages: optimizer.stages.into_iter().map(masked).collect() }
}

type Predicate = dyn Fn(&Leaf<'_>) -> bool;

struct Masked {
    stage: Rc<dyn Stage>,
    predicate: Rc<Predicate>,
}

impl Stage for Masked {
    fn slots(&self) -> Vec<Slot> {
        self.stage.slots()
    }

    fn update(&self, mut updates: Vec<Tensor>, slots: &mut [Vec<Tensor>], step: &Step) -> Vec<Tensor> {
        let leaf = |(name, param): (&String, &Tensor)| (self.predicate)(&Leaf { name, spec: param.spec() });
        let chosen: Vec<bool> = step.names.iter().zip(&step.params).map(leaf).collect();
        let only = |all: &[Tensor]| -> Vec<Tensor> {
            all.iter().zip(&chosen).filter(|(_, chosen)| **chosen).map(|(tensor, _)| tensor.clone()).collect()
        };
        let names = step.names.iter().zip(&chosen).filter(|(_, chosen)| **chosen);
        let inner = Step {
            count: step.count,
            params: only(&step.params),
            names: names.map(|(name, _)| name.clone()).collect(),
        };
        let mut remembered: Vec<Vec<Tensor>> = slots.iter().map(|slot| only(slot)).collect();
        let changed = self.stage.update(only(&updates), &mut remembered, &inner);
        put(&mut updates, &chosen, changed);
        slots.iter_mut().zip(remembered).for_each(|(slot, values)| put(slot, &chosen, values));
        updates
    }
}

/// Puts values where they were chosen from.
fn put(all: &mut [Tensor], chosen: &[bool], values: Vec<Tensor>) {
    let places = all.iter_mut().zip(chosen).filter(|(_, chosen)| **chosen);
    places.zip(values).for_each(|((place, _), value)| *place = value);
}

/// An optimizer without state: a function of updates and what a stage may look at.
///
/// ```
/// use bering_frontend::optim;
/// /// Only the sign of an update counts (signSGD).
/// let _sign = optim::stateless(|updates, _| updates.iter().map(|update| update.sign()).collect());
/// ```
pub fn stateless(function: impl Fn(Vec<Tensor>, &Step) -> Vec<Tensor> + 'static) -> Optimizer {
    Optimizer::new(Stateless(function))
}

struct Stateless<F>(F);

impl<F: Fn(Vec<Tensor>, &Step) -> Vec<Tensor>> Stage for Stateless<F> {
    fn update(&self, updates: Vec<Tensor>, _: &mut [Vec<Tensor>], step: &Step) -> Vec<Tensor> {
        (self.0)(updates, step)
    }
}

/// Parameters with their updates added.
///
/// # Errors
/// Recorded when the trees differ.
#[track_caller]
pub fn apply<T: Tree>(params: &T, updates: &impl Tree) -> T::Owned {
    tree::zip(params, updates, |param, update| {
        let update = if update.dtype() == param.dtype() { update } else { update.convert(param.dtype()) };
        param + update
    })
}

/// The root of the sum of the squares of all elements of a tree, `f32[]`.
#[track_caller]
pub fn global_norm(tree: &impl Tree) -> Tensor {
    norm(&leaves(tree))
}

#[track_caller]
pub(super) fn norm(leaves: &[Tensor]) -> Tensor {
    let square = |leaf: &Tensor| {
        let wide = leaf.convert(DType::F32);
        (&wide * &wide).sum(..)
    };
    let sum = leaves.iter().map(square).reduce(|sum, square| sum + square);
    sum.unwrap_or_else(|| Tensor::zeros(DType::F32, [])).sqrt()
}
