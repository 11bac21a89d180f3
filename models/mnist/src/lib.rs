//! A convolutional network trained from scratch on digits that this program draws.
//!
//! The training loop reads like JAX's: a model is a struct of tensors, a step a function of (model, state, batch), compiled by
//! `jit`, and the loop passes what it gives back in, donated.
//!
//! * [`Digits`]: the data. [`Cnn`]: the network.
//! * [`Trainer`]: the step and the loop; [`Settings`] decide everything, and the same settings give the same bits.
//! * [`pictures`]: the loss curve, the confusion matrix, the digits.
#![forbid(unsafe_code)]

mod digits;
mod model;
pub mod pictures;
mod random;
mod training;

pub use digits::{Digits, PIXELS, SIDE};
pub use model::Cnn;
pub use training::{Progress, Settings, Trainer};

/// How often each digit (first) was taken for each (second).
///
/// ```
/// let counts = mnist::confusions(&[3, 3, 8], &[3, 8, 8]);
/// assert_eq!((counts[3][3], counts[3][8], counts[8][8]), (1, 1, 1));
/// ```
pub fn confusions(labels: &[i32], predictions: &[i32]) -> [[usize; 10]; 10] {
    let mut counts = [[0; 10]; 10];
    for (&label, &prediction) in labels.iter().zip(predictions) {
        // Both are digits: labels are drawn, predictions chosen among ten.
        if let (Ok(label @ 0..10), Ok(prediction @ 0..10)) =
            (usize::try_from(label), usize::try_from(prediction))
        {
            counts[label][prediction] += 1;
        }
    }
    counts
}
