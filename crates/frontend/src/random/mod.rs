//! Random numbers from splittable keys: the same bits as JAX's for the same key.
//!
//! A [`Key`] is a value of the program. Drawing from it changes nothing, so a key is used once: [`Key::split`] makes new keys,
//! [`Key::fold_in`] one for each step of a loop. The generator is Threefry-2x32 with 20 rounds (Salmon et al., Parallel Random
//! Numbers: As Easy as 1, 2, 3, 2011) with counters laid out as JAX does by default (`jax_threefry_partitionable`): what an
//! element is does not depend on how many there are. Integers, uniform numbers and permutations are JAX's bit for bit; what
//! goes through `log` or `erf_inv` is so up to the last places that compilers differ in.

mod continuous;
mod discrete;
mod threefry;
mod uniform;

use crate::error::error;
use crate::tensor::{Operand, operand_like};
use crate::{DType, Leaves, Location, Op, Spec, Tensor, Tree};

/// A key of the random number generator: two 32-bit words of the program.
///
/// ```
/// use bering_frontend::{DType, random::Key, trace};
/// let graph = trace("sample", &[], |_, _| {
///     let [noise, order] = Key::new(42).split();
///     (noise.normal(DType::F32, [2, 3]), order.permutation(10))
/// })?;
/// assert_eq!(graph.outputs()[0].to_string(), "f32[2, 3]");
/// # Ok::<(), bering_frontend::Error>(())
/// ```
/// A key that comes from outside is an argument of type `u32[2]`: `Key::wrap(&args[0])`. Keys are trees, so loops carry them.
#[derive(Clone, Debug)]
pub struct Key(Tensor);

impl Key {
    /// The key of a seed, as `jax.random.key(seed)`; of seeds over 32 bits as with `jax_enable_x64`.
    #[track_caller]
    pub fn new(seed: u64) -> Key {
        Key(Tensor::constant(&[(seed >> 32) as u32, seed as u32], [2]))
    }

    /// A key from its two words.
    ///
    /// # Errors
    /// Recorded when they are not `u32[2]`.
    #[track_caller]
    pub fn wrap(words: &Tensor) -> Key {
        let expected = Spec::new(DType::U32, [2]);
        match *words.spec() == expected {
            true => Key(words.clone()),
            false => {
                let error = error!(Argument, "key: takes {expected}, got {}", words.spec());
                Key(words.mistake_as(error, Location::caller(), expected))
            }
        }
    }

    /// The two words, `u32[2]`.
    pub fn words(&self) -> &Tensor {
        &self.0
    }

    /// New keys; this one is not to be used again.
    ///
    /// ```
    /// use bering_frontend::{random::Key, trace};
    /// let graph = trace("f", &[], |_, _| {
    ///     let [a, b, c] = Key::new(0).split();
    ///     (a, b, c)
    /// })?;
    /// assert_eq!(graph.outputs().len(), 3);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn split<const N: usize>(&self) -> [Key; N] {
        let location = Location::caller();
        let all = self.split_words(N, location);
        std::array::from_fn(|i| {
            let row = Op::Slice { starts: vec![i, 0], limits: vec![i + 1, 2], strides: vec![1, 1] };
            let row = all.trace().apply(row, &[&all], location);
            Key(all.trace().apply(Op::Reshape { shape: [2].into() }, &[&row], location))
        })
    }

    /// The words of new keys, `u32[count, 2]`: what a `scan` or `map` goes through.
    #[track_caller]
    pub fn split_many(&self, count: usize) -> Tensor {
        self.split_words(count, Location::caller())
    }

    fn split_words(&self, count: usize, location: Location) -> Tensor {
        let [high, low] = threefry::at_positions(&self.0, &[count].into(), location);
        let column =
            |word: &Tensor| word.trace().apply(Op::Reshape { shape: [count, 1].into() }, &[word], location);
        let columns = [column(&high), column(&low)];
        high.trace().apply(Op::Concatenate { axis: 1 }, &[&columns[0], &columns[1]], location)
    }

    /// The key for a number: of a step, a layer, a device.
    ///
    /// # Errors
    /// Recorded when `data` is no integer scalar.
    ///
    /// ```
    /// use bering_frontend::{DType, control::fori_loop, random::Key, trace};
    /// let graph = trace("walk", &[], |_, _| {
    ///     let key = Key::new(1);
    ///     let start = bering_frontend::Tensor::zeros(DType::F32, []);
    ///     fori_loop(0, 100, |step, at| at + key.fold_in(step).normal(DType::F32, []), start)
    /// })?;
    /// assert_eq!(graph.outputs()[0].to_string(), "f32[]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn fold_in(&self, data: impl Operand) -> Key {
        let location = Location::caller();
        let data = operand_like(&data, &self.0, location);
        if !data.dtype().is_integer() || data.rank() != 0 {
            let error = error!(Argument, "fold_in: takes an integer scalar, got {}", data.spec());
            return Key(data.mistake_as(error, location, self.0.spec().clone()));
        }
        let low = match data.dtype() {
            DType::U32 => data,
            _ => data.trace().apply(Op::Convert { dtype: DType::U32 }, &[&data], location),
        };
        let high = low.trace().scalar(crate::Scalar::Int(0), DType::U32, location);
        let words = threefry::hash(&self.0, &high, &low, location)
            .map(|word| word.trace().apply(Op::Reshape { shape: [1].into() }, &[&word], location));
        Key(words[0].trace().apply(Op::Concatenate { axis: 0 }, &[&words[0], &words[1]], location))
    }
}

impl Tree for Key {
    type Owned = Key;

    fn flatten(&self, leaves: &mut Vec<Tensor>) {
        leaves.push(self.0.clone());
    }

    fn rebuild(&self, leaves: &mut Leaves) -> Key {
        Key(leaves.take())
    }

    fn name_leaves(&self, path: &str, names: &mut Vec<String>) {
        names.push(path.to_string());
    }
}
