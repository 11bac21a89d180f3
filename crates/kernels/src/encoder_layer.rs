//! A whole layer of a post-norm Transformer encoder, as BERT has it (Devlin et al., 2018), in one call.
//!
//! Nothing is computed here that the other kernels do not; they run as the steps of one call. For a few rows that is what
//! counts: threads are woken once, and while the last panels of one weight are worked on, the first of the next are read.
//! What goes from step to step lies in memory that the caller lends.

use crate::attention::Attention;
use crate::layer_norm::{self, LayerNorm};
use crate::linear::{Activation, Linear};

/// A dense layer's parameters: packed `weight` f32 `[panels, inputs, 48]`, `bias` f32 `[outputs]`.
#[derive(Clone, Copy)]
pub struct Dense<'a> {
    /// See [`pack`](crate::pack).
    pub weight: &'a [f32],
    /// One value an output.
    pub bias: &'a [f32],
}

/// A normalisation's parameters, f32 `[hidden]` each.
#[derive(Clone, Copy)]
pub struct Norm<'a> {
    /// What the normalised values are multiplied by.
    pub scale: &'a [f32],
    /// What is added to them then.
    pub shift: &'a [f32],
}

/// The parameters of an encoder layer, in the order in which they are used.
#[derive(Clone, Copy)]
pub struct EncoderWeights<'a> {
    /// Queries, keys and values side by side, from `hidden` to `3 * hidden`.
    pub qkv: Dense<'a>,
    /// From `hidden` to `hidden`.
    pub context: Dense<'a>,
    /// Of what attention adds.
    pub context_norm: Norm<'a>,
    /// From `hidden` to `inner`.
    pub expand: Dense<'a>,
    /// From `inner` to `hidden`.
    pub contract: Dense<'a>,
    /// Of what the feed-forward network adds.
    pub output_norm: Norm<'a>,
}

/// An encoder layer's operands: `input` f32 `[batch, tokens, hidden]`, `bias` f32 `[batch, tokens]`, added to every score
/// of that key.
#[derive(Clone, Copy)]
pub struct EncoderLayer<'a> {
    input: &'a [f32],
    bias: &'a [f32],
    sizes: [usize; 4],
    qkv: Linear<'a>,
    context: Linear<'a>,
    context_norm: LayerNorm<'a>,
    expand: Linear<'a>,
    contract: Linear<'a>,
    output_norm: LayerNorm<'a>,
}

/// What is done one after another.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Qkv,
    Attention,
    Context,
    ContextNorm,
    Expand,
    Contract,
    OutputNorm,
}

impl Step {
    const ALL: [Self; 7] = [
        Self::Qkv,
        Self::Attention,
        Self::Context,
        Self::ContextNorm,
        Self::Expand,
        Self::Contract,
        Self::OutputNorm,
    ];
}

/// Results of steps, in memory that is used twice: what attention makes of `wide` is in `narrow` when `wide` is
/// overwritten, and so on.
#[derive(Clone, Copy)]
struct Places {
    /// Three times `hidden` a row: queries, keys and values; then what is to be added to the residual.
    wide: *mut f32,
    /// `hidden` a row: attention's result; then the normalised sum.
    narrow: *mut f32,
    /// `inner` a row.
    inner: *mut f32,
}

impl<'a> EncoderLayer<'a> {
    /// Checks that the sizes fit together: `[batch, tokens, heads, width]`, where `heads * width` is `hidden`.
    ///
    /// # Errors
    /// Names the operand that does not fit, with both sizes.
    pub fn new(
        input: &'a [f32],
        bias: &'a [f32],
        sizes: [usize; 4],
        weights: &EncoderWeights<'a>,
        activation: Activation,
        epsilon: f32,
    ) -> Result<Self, String> {
        let [batch, tokens, heads, width] = sizes;
        let (hidden, inner) = (heads * width, weights.expand.bias.len());
        let same = |what: &str, found: usize, expected: usize| match found == expected {
            true => Ok(()),
            false => Err(format!("encoder layer: {what} has {found} elements, {expected} expected")),
        };
        same("input", input.len(), batch * tokens * hidden)?;
        same("bias", bias.len(), batch * tokens)?;
        same("the projections' bias", weights.qkv.bias.len(), 3 * hidden)?;
        same("attention's bias", weights.context.bias.len(), hidden)?;
        same("attention's norm", weights.context_norm.scale.len(), hidden)?;
        same("the network's bias", weights.contract.bias.len(), hidden)?;
        same("the network's norm", weights.output_norm.scale.len(), hidden)?;
        let dense = |dense: Dense<'a>, inputs, activation| {
            Linear::new(&[], dense.weight, dense.bias, inputs, activation)
        };
        let norm = |norm: Norm<'a>| LayerNorm::new(&[], &[], norm.scale, norm.shift, epsilon);
        let EncoderWeights { qkv, context, context_norm, expand, contract, output_norm } = *weights;
        let plain = Activation::Identity;
        Ok(Self {
            input,
            bias,
            sizes,
            qkv: dense(qkv, hidden, plain)?.followed_by(context.weight, hidden),
            context: dense(context, hidden, plain)?.followed_by(expand.weight, hidden),
            context_norm: norm(context_norm)?,
            expand: dense(expand, hidden, activation)?.followed_by(contract.weight, inner),
            contract: dense(contract, inner, plain)?,
            output_norm: norm(output_norm)?,
        })
    }

    fn rows(&self) -> usize {
        self.sizes[0] * self.sizes[1]
    }

    fn hidden(&self) -> usize {
        self.sizes[2] * self.sizes[3]
    }

    /// How many f32 of memory [`run_piece`](Self::run_piece) works in.
    pub(crate) fn scratch(&self) -> usize {
        self.rows() * (4 * self.hidden() + self.contract.inputs())
    }

    /// The pieces of each step. None of any if there are no rows.
    pub(crate) fn steps(&self, threads: usize) -> [usize; 7] {
        let rows = self.rows();
        Step::ALL.map(|step| match step {
            _ if rows == 0 => 0,
            Step::Qkv => self.qkv.pieces(rows, threads).count(),
            Step::Attention => self.sizes[0] * self.sizes[2],
            Step::Context => self.context.pieces(rows, threads).count(),
            Step::Expand => self.expand.pieces(rows, threads).count(),
            Step::Contract => self.contract.pieces(rows, threads).count(),
            Step::ContextNorm | Step::OutputNorm => layer_norm::pieces(rows, threads),
        })
    }

    /// Computes one piece of a step into `output`, f32 `[batch, tokens, hidden]`, or into `scratch`.
    ///
    /// # Safety
    /// `output` is writable for its whole size and `scratch` for [`scratch`](Self::scratch) f32, both initialised; all
    /// pieces of the steps before are done, and no other thread works on the same piece. `threads` is always the same.
    pub(crate) unsafe fn run_piece(
        &self,
        step: usize,
        piece: usize,
        threads: usize,
        scratch: *mut f32,
        output: *mut f32,
    ) {
        let (rows, hidden) = (self.rows(), self.hidden());
        // SAFETY: the places lie in `scratch` one after another. In every step the one that is written is not read, and
        // those that are read were written by an earlier one; pieces write disjoint parts.
        unsafe {
            let to = Places {
                wide: scratch,
                narrow: scratch.add(rows * 3 * hidden),
                inner: scratch.add(rows * 4 * hidden),
            };
            let read =
                |from: *mut f32, width: usize| std::slice::from_raw_parts(from.cast_const(), rows * width);
            let linear = |layer: Linear<'_>, to: *mut f32| {
                layer.run_piece(layer.pieces(rows, threads), piece, to);
            };
            let norm = |layer: LayerNorm<'_>, to: *mut f32| {
                layer.run_piece(piece, layer_norm::pieces(rows, threads), to);
            };
            match Step::ALL[step] {
                Step::Qkv => linear(self.qkv.on(self.input), to.wide),
                Step::Attention => {
                    Attention::of(read(to.wide, 3 * hidden), self.bias, self.sizes)
                        .run_piece(piece, to.narrow);
                }
                Step::Context => linear(self.context.on(read(to.narrow, hidden)), to.wide),
                Step::ContextNorm => {
                    norm(self.context_norm.on(read(to.wide, hidden), self.input), to.narrow);
                }
                Step::Expand => linear(self.expand.on(read(to.narrow, hidden)), to.inner),
                Step::Contract => {
                    linear(self.contract.on(read(to.inner, self.contract.inputs())), to.wide);
                }
                Step::OutputNorm => {
                    norm(self.output_norm.on(read(to.wide, hidden), read(to.narrow, hidden)), output);
                }
            }
        }
    }

    /// The whole layer on the calling thread: `output` is f32 `[batch, tokens, hidden]`.
    ///
    /// # Panics
    /// When `output` has another size.
    pub fn run(&self, output: &mut [f32]) {
        assert_eq!(output.len(), self.input.len());
        let mut scratch = vec![0.0; self.scratch()];
        for (step, pieces) in self.steps(1).into_iter().enumerate() {
            for piece in 0..pieces {
                // SAFETY: both have the sizes asked for and are borrowed here alone; steps come in order.
                unsafe { self.run_piece(step, piece, 1, scratch.as_mut_ptr(), output.as_mut_ptr()) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::pack;
    use crate::reference::{self, Noise};
    use crate::simd::at_every_level;

    /// A layer's parameters as a checkpoint has them.
    struct Parameters {
        matrices: [Vec<f32>; 4],
        packed: [Vec<f32>; 4],
        biases: [Vec<f32>; 4],
        norms: [Vec<f32>; 4],
    }

    impl Parameters {
        fn new(hidden: usize, inner: usize) -> Self {
            let mut noise = Noise::new(hidden + inner);
            let sizes = [(hidden, 3 * hidden), (hidden, hidden), (hidden, inner), (inner, hidden)];
            let matrices = sizes.map(|(inputs, outputs)| {
                let scale = 1.0 / (inputs as f32).sqrt();
                noise.take(inputs * outputs).into_iter().map(|weight| weight * scale).collect::<Vec<f32>>()
            });
            let packed = [0, 1, 2, 3].map(|at| pack(&matrices[at], sizes[at].0));
            let biases = sizes.map(|(_, outputs)| noise.take(outputs));
            Self { matrices, packed, biases, norms: [(); 4].map(|()| noise.take(hidden)) }
        }

        fn weights(&self) -> EncoderWeights<'_> {
            let dense = |at: usize| Dense { weight: &self.packed[at], bias: &self.biases[at] };
            let norm = |at: usize| Norm { scale: &self.norms[at], shift: &self.norms[at + 1] };
            EncoderWeights {
                qkv: dense(0),
                context: dense(1),
                context_norm: norm(0),
                expand: dense(2),
                contract: dense(3),
                output_norm: norm(2),
            }
        }

        /// The layer in f64, one definition after another; what goes between them is rounded.
        fn reference(
            &self,
            input: &[f32],
            bias: &[f32],
            sizes: [usize; 4],
            activation: Activation,
        ) -> Vec<f64> {
            let round = |values: Vec<f64>| values.into_iter().map(|value| value as f32).collect::<Vec<f32>>();
            let linear = |input: &[f32], at: usize, inputs: usize, activation| {
                reference::linear(input, &self.matrices[at], &self.biases[at], inputs, activation)
            };
            let norm = |x: &[f32], residual: &[f32], at: usize| {
                reference::layer_norm(x, residual, &self.norms[at], &self.norms[at + 1], EPSILON.into())
            };
            let (hidden, inner) = (sizes[2] * sizes[3], self.biases[2].len());
            let qkv = round(linear(input, 0, hidden, Activation::Identity));
            let attended = round(reference::attention(&qkv, bias, sizes));
            let mixed = round(linear(&attended, 1, hidden, Activation::Identity));
            let middle = round(norm(&mixed, input, 0));
            let expanded = round(linear(&middle, 2, hidden, activation));
            let contracted = round(linear(&expanded, 3, inner, Activation::Identity));
            norm(&contracted, &middle, 2)
        }
    }

    const EPSILON: f32 = 1e-12;

    fn check(sizes: [usize; 4], inner: usize, activation: Activation) {
        let [batch, tokens, heads, width] = sizes;
        let parameters = Parameters::new(heads * width, inner);
        let input = Noise::new(tokens).take(batch * tokens * heads * width);
        let bias: Vec<f32> =
            (0..batch * tokens).map(|key| if key % 5 == 3 { f32::MIN } else { 0.0 }).collect();
        let mut got = vec![f32::NAN; input.len()];
        EncoderLayer::new(&input, &bias, sizes, &parameters.weights(), activation, EPSILON)
            .unwrap()
            .run(&mut got);
        reference::assert_close(&got, &parameters.reference(&input, &bias, sizes, activation), 2e-5);
    }

    #[test]
    fn agrees_with_the_definition() {
        at_every_level(|| {
            for activation in Activation::ALL {
                check([1, 16, 12, 32], 1536, activation);
                check([3, 35, 2, 20], 50, activation);
                check([2, 1, 1, 7], 3, activation);
            }
        });
    }

    #[test]
    fn nothing_in_nothing_out() {
        check([0, 5, 2, 4], 6, Activation::Gelu);
    }

    #[test]
    fn sizes_that_do_not_fit_are_named() {
        let parameters = Parameters::new(8, 6);
        let refused = |input: usize, heads: usize, weights: &EncoderWeights<'_>| {
            let layer = EncoderLayer::new(
                &[0.0; 64][..input],
                &[0.0; 2],
                [1, 2, heads, 4],
                weights,
                Activation::Gelu,
                0.0,
            );
            layer.err().unwrap()
        };
        let weights = parameters.weights();
        assert_eq!(refused(15, 2, &weights), "encoder layer: input has 15 elements, 16 expected");
        assert_eq!(
            refused(8, 1, &weights),
            "encoder layer: the projections' bias has 24 elements, 12 expected"
        );
        let short = EncoderWeights { contract: weights.expand, ..weights };
        assert_eq!(refused(16, 2, &short), "encoder layer: the network's bias has 6 elements, 8 expected");
        let thin = EncoderWeights { contract: Dense { weight: &[0.0; 48], ..weights.contract }, ..weights };
        assert_eq!(refused(16, 2, &thin), "linear: packed weight has 48 elements, 288 expected");
    }
}
