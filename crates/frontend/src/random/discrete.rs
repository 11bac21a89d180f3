//! Choices and orders.

use super::Key;
use super::uniform::Format;
use crate::{DType, IntoAxis, Location, Tensor};

impl Key {
    /// A position along an axis, with the probabilities that `softmax` makes of logits.
    ///
    /// # Shapes
    /// `[A.., N, B..] -> [A.., B..]`
    /// # DTypes
    /// `f16`, `bf16`, `f32`, `f64` to `i32`.
    /// # Errors
    /// Recorded for other dtypes, or when the axis does not exist.
    /// # Gradient
    /// None.
    /// # Source
    /// `jax.random.categorical`: the maximum of logits and Gumbel noise.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, random::Key, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [2, 50257])], |_, logits| Key::new(0).categorical(&logits[0], -1))?;
    /// assert_eq!(graph.outputs()[0].to_string(), "i32[2]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn categorical(&self, logits: &Tensor, axis: impl IntoAxis) -> Tensor {
        match Format::of("categorical", logits.dtype()) {
            Ok(_) => (self.gumbel(logits.dtype(), logits.dims()) + logits).argmax(axis),
            Err(error) => logits.mistake_as(error, Location::caller(), logits.spec().with_dtype(DType::I32)),
        }
    }

    /// The numbers from 0 to `count - 1` in random order, all orders equally likely.
    ///
    /// # Shapes
    /// `[count]`
    /// # DTypes
    /// `i32`.
    /// # Errors
    /// None.
    /// # Gradient
    /// None.
    /// # Source
    /// `jax.random.permutation`.
    /// # Examples
    /// ```
    /// use bering_frontend::{random::Key, trace};
    /// let graph = trace("f", &[], |_, _| Key::new(0).permutation(10))?;
    /// assert_eq!(graph.outputs()[0].to_string(), "i32[10]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn permutation(&self, count: usize) -> Tensor {
        self.sorted(Tensor::arange(DType::I32, count), 0, Location::caller())
    }

    /// The slices along an axis in random order.
    ///
    /// # Shapes
    /// `[S..] -> [S..]`
    /// # DTypes
    /// Any.
    /// # Errors
    /// Recorded when the axis does not exist.
    /// # Gradient
    /// The cotangent moved back to where the slices were.
    /// # Source
    /// `jax.random.permutation`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, random::Key, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [10, 3])], |_, x| Key::new(0).shuffle(&x[0], 0))?;
    /// assert_eq!(graph.outputs()[0].to_string(), "f32[10, 3]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn shuffle(&self, tensor: &Tensor, axis: impl IntoAxis) -> Tensor {
        let location = Location::caller();
        match tensor.axis("shuffle", axis) {
            Ok(_) if tensor.rank() == 1 => self.sorted(tensor.clone(), 0, location),
            Ok(axis) if tensor.dims()[axis] == 0 => tensor.clone(),
            Ok(axis) => tensor.take(&self.permutation(tensor.dims()[axis]), axis),
            Err(error) => tensor.mistake_as(error, location, tensor.spec().clone()),
        }
    }

    /// The elements along an axis in random order, each line in an order of its own.
    ///
    /// # Shapes
    /// `[S..] -> [S..]`
    /// # DTypes
    /// Any.
    /// # Errors
    /// Recorded when the axis does not exist.
    /// # Gradient
    /// The cotangent moved back to where the elements were.
    /// # Source
    /// `jax.random.permutation` with `independent`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, random::Key, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [10, 3])], |_, x| Key::new(0).shuffle_lines(&x[0], -1))?;
    /// assert_eq!(graph.outputs()[0].to_string(), "f32[10, 3]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn shuffle_lines(&self, tensor: &Tensor, axis: impl IntoAxis) -> Tensor {
        let location = Location::caller();
        match tensor.axis("shuffle_lines", axis) {
            Ok(axis) => self.sorted(tensor.clone(), axis, location),
            Err(error) => tensor.mistake_as(error, location, tensor.spec().clone()),
        }
    }

    /// Sorts by random numbers, several times: numbers that are equal once are not so again.
    #[track_caller]
    fn sorted(&self, mut tensor: Tensor, axis: usize, location: Location) -> Tensor {
        let size = tensor.spec().shape.elements().unwrap_or(usize::MAX).max(1) as f64;
        let rounds = (3.0 * size.ln() / f64::from(u32::MAX).ln()).ceil() as usize;
        let mut key = self.clone();
        for _ in 0..rounds {
            let [next, own] = key.split();
            key = next;
            let by = own.bits(DType::U32, tensor.dims());
            let mut sorted = Tensor::sort_by(&[&by, &tensor], axis, |x| x[0].lt(&x[1]));
            let Some(last) = sorted.pop() else { return tensor };
            tensor = last.with_names(&tensor.spec().shape, location);
        }
        tensor
    }
}
