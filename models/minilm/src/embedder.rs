//! Texts to embeddings: the tokenizer, the weights and the compiled encoder of one model directory.
//!
//! Opening returns as soon as the configuration is read and checked. The plugin (a few tenths of a second of dynamic linking) and
//! the weights come in on threads of their own while the tokenizer loads and the first batch is tokenized, traced and lowered.

use crate::bucket::{self, Batch};
use crate::directory::Directory;
use crate::error::{Error, ErrorKind};
use crate::layers::Form;
use crate::loading::Loading;
use crate::sentence::SentenceEncoder;
use crate::tokenizer::{Tokenizer, Tokens};
use crate::weights::Weights;
use bering::prelude::{Buffer, Device};
use bering::runtime::CompileOptions;
use bering::{Bound, DeviceOptions, Lowered, Opened, Parameters, kernels};
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// How to run a model.
#[derive(Clone, Debug)]
pub struct Options {
    /// The device, as [`bering::device()`] takes it.
    pub device: String,
    /// Threads to compute with; by default one a processor.
    pub threads: Option<usize>,
    /// Sentences of a batch at most; by default as many as [`bucket::TOKENS`] allows.
    pub batch: Option<usize>,
    /// Scale embeddings to unit length even if the model does not ask for it.
    pub normalize: bool,
    /// How the encoder is written; by default with kernels where the device takes them.
    pub form: Option<Form>,
}

impl Default for Options {
    fn default() -> Options {
        Options { device: "auto".into(), threads: None, batch: None, normalize: false, form: None }
    }
}

/// A sentence embedding model, ready to use.
pub struct Embedder {
    encoder: SentenceEncoder,
    max_seq_length: usize,
    batch: Option<usize>,
    tokenizer: Tokenizer,
    device: Loading<Opened>,
    weights: Loading<Weights>,
    parameters: Mutex<Option<Parameters>>,
    /// Compiled encoders by rows and tokens.
    compiled: Mutex<HashMap<(usize, usize), Arc<Bound>>>,
}

impl Embedder {
    /// Opens a model directory.
    ///
    /// # Errors
    /// If a file of it is missing or malformed, or it describes something else than a BERT sentence encoder. What is wrong
    /// with the weights or the device may be reported only by the first [`embed`](Embedder::embed).
    pub fn open(directory: &Path, options: &Options) -> Result<Embedder, Error> {
        let failed = |source: bering::Error| {
            Error::new(ErrorKind::Execution, "cannot open the device").caused_by(source)
        };
        let target = bering::target(&options.device).map_err(failed)?;
        let best = if kernels::available(target) { Form::Kernels } else { Form::Plain };
        let directory = Directory::read(directory)?;
        let encoder = SentenceEncoder {
            config: directory.config.clone(),
            pooling: directory.pooling,
            normalize: directory.normalize || options.normalize,
            form: options.form.unwrap_or(best),
        };
        let (path, of) = (directory.transformer.clone(), encoder.clone());
        let weights = Loading::start_ready(move || Weights::load(&path, &of));
        bering::ready_thread();
        Tokenizer::ready();
        let (name, device_options) =
            (options.device.clone(), DeviceOptions { threads: options.threads, ..DeviceOptions::default() });
        let device = Loading::start(move || bering::open(&name, &device_options).map_err(failed));
        Ok(Embedder {
            encoder,
            max_seq_length: directory.max_seq_length,
            batch: options.batch,
            tokenizer: Tokenizer::open(&directory)?,
            device,
            weights,
            parameters: Mutex::new(None),
            compiled: Mutex::new(HashMap::new()),
        })
    }

    /// Width of an embedding.
    pub fn dimension(&self) -> usize {
        self.encoder.config.hidden_size
    }

    /// Tokens of the longest input that is not truncated.
    pub fn max_seq_length(&self) -> usize {
        self.max_seq_length
    }

    /// The device that it runs on.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub fn device(&self) -> Result<&Device, Error> {
        Ok(&self.device.get()?.device)
    }

    /// What the device `auto` passed over and why, a line each, for the user to see.
    ///
    /// # Errors
    /// As [`device`](Embedder::device).
    pub fn notes(&self) -> Result<&[String], Error> {
        Ok(&self.device.get()?.notes)
    }

    /// The model's tokenizer.
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    /// Embeds texts. An empty text is embedded like any other, as the special tokens around nothing.
    ///
    /// # Errors
    /// If the weights do not fit the model, compiling or running fails, or an embedding is not finite.
    pub fn embed<T: AsRef<str>>(&self, texts: &[T]) -> Result<Embeddings, Error> {
        let tokens =
            texts.iter().map(|text| self.tokenizer.encode(text.as_ref())).collect::<Result<Vec<_>, _>>()?;
        let mut embeddings = self.embed_tokens(&tokens)?;
        embeddings.truncated = tokens.iter().filter(|tokens| tokens.truncated).count();
        Ok(embeddings)
    }

    /// Embeds sentences that are tokenized already.
    ///
    /// # Errors
    /// If a sentence has no token, more than there are positions, or one that is no word of the model; else as
    /// [`embed`](Embedder::embed).
    pub fn embed_tokens(&self, sentences: &[Tokens]) -> Result<Embeddings, Error> {
        sentences.iter().try_for_each(|sentence| self.check(sentence))?;
        let lengths: Vec<usize> = sentences.iter().map(|sentence| sentence.ids.len()).collect();
        let dimension = self.dimension();
        let mut values = vec![0.0; sentences.len() * dimension];
        for batch in bucket::plan(&lengths, self.encoder.config.max_position_embeddings, self.batch) {
            let rows = self.run(&batch, sentences)?;
            for (row, &sentence) in rows.chunks_exact(dimension).zip(&batch.sentences) {
                values[sentence * dimension..][..dimension].copy_from_slice(row);
            }
        }
        self.check_finite(&values)?;
        Ok(Embeddings { values, dimension, truncated: 0 })
    }

    fn check(&self, sentence: &Tokens) -> Result<(), Error> {
        let config = &self.encoder.config;
        let length = sentence.ids.len();
        if length == 0 || length > config.max_position_embeddings {
            let message =
                format!("a sentence must have 1 to {} tokens, got {length}", config.max_position_embeddings);
            return Err(Error::new(ErrorKind::Tokenizer, message));
        }
        match sentence.ids.iter().find(|&&id| id as usize >= config.vocab_size) {
            Some(id) => {
                let message = format!("token {id} is no word of the model, which has {}", config.vocab_size);
                Err(Error::new(ErrorKind::Tokenizer, message))
            }
            None => Ok(()),
        }
    }

    /// Runs one batch; the result has a row for each of the batch's rows.
    fn run(&self, batch: &Batch, sentences: &[Tokens]) -> Result<Vec<f32>, Error> {
        let encoder = self.compiled(batch.rows, batch.length)?;
        let mut ids = vec![self.encoder.config.pad_token_id as i32; batch.rows * batch.length];
        let mut lengths = vec![0i32; batch.rows];
        for (row, &sentence) in batch.sentences.iter().enumerate() {
            let tokens = &sentences[sentence].ids;
            lengths[row] = tokens.len() as i32;
            ids[row * batch.length..].iter_mut().zip(tokens).for_each(|(to, &from)| *to = from as i32);
        }
        let device = self.device()?;
        let run = || -> bering::Result<Vec<f32>> {
            let client = device.client();
            let ids = client.buffer_from_vec(ids, [batch.rows, batch.length], device)?;
            let lengths = client.buffer_from_vec(lengths, [batch.rows], device)?;
            let outputs = encoder.call(&[&ids, &lengths])?;
            Ok(outputs.first().map(Buffer::to_vec::<f32>).transpose()?.unwrap_or_default())
        };
        run().map_err(|source| Error::new(ErrorKind::Execution, "cannot run the encoder").caused_by(source))
    }

    /// The encoder for batches of this shape, compiled at most once.
    fn compiled(&self, rows: usize, tokens: usize) -> Result<Arc<Bound>, Error> {
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = compiled.get(&(rows, tokens)) {
            return Ok(known.clone());
        }
        let failed = |source: bering::Error| {
            Error::new(ErrorKind::Execution, "cannot compile the encoder").caused_by(source)
        };
        let graph = self.encoder.trace(rows, tokens).map_err(|source| failed(source.into()))?;
        let lowered = Lowered::new(&graph).map_err(failed)?;
        let function = lowered.compile(self.device()?, &CompileOptions::default()).map_err(failed)?;
        let bound = Arc::new(function.bind(&self.parameters()?).map_err(failed)?);
        compiled.insert((rows, tokens), bound.clone());
        Ok(bound)
    }

    fn parameters(&self) -> Result<Parameters, Error> {
        let mut parameters = self.parameters.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = &*parameters {
            return Ok(known.clone());
        }
        let uploaded = self.weights.get()?.host.upload(self.device()?).map_err(|source| {
            Error::new(ErrorKind::Weights, "cannot bring the weights to the device").caused_by(source)
        })?;
        Ok(parameters.insert(uploaded).clone())
    }

    /// A NaN or infinity in an embedding comes from the weights; the error says which, where one is to be seen.
    fn check_finite(&self, values: &[f32]) -> Result<(), Error> {
        if values.iter().all(|value| value.is_finite()) {
            return Ok(());
        }
        let culprit = match self.weights.get()?.first_non_finite() {
            Some(tensor) => format!("tensor {tensor} holds a value that is not a finite number"),
            None => "all weights are finite, so their values must be too large".into(),
        };
        Err(Error::new(ErrorKind::Weights, format!("non-finite embedding: {culprit}")))
    }
}

/// Embeddings of several texts, in the order of the texts.
#[derive(Clone, Debug, PartialEq)]
pub struct Embeddings {
    values: Vec<f32>,
    dimension: usize,
    truncated: usize,
}

impl Embeddings {
    /// One embedding a text.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        self.values.chunks_exact(self.dimension)
    }

    /// How many texts were longer than the model takes, and were cut.
    pub fn truncated(&self) -> usize {
        self.truncated
    }
}
